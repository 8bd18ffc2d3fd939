use gandan_domain::{
    dossier::{Status, VerifiedReceipt},
    text::{Lang, Text, spoken},
    wire::{DossierView, ResultView, StatusEntry},
};

use crate::{
    journey::{Facts, Page, Say, row, sentences},
    screen::{Action, BlockKind, Card, Screen, Step, StepState, SummaryRow, Tone},
    store::OutboxState,
};

pub fn list(facts: &Facts<'_>) -> Screen {
    let say = facts.say;
    let lang = say.lang();
    let mut page = Page::new(say, "dossiers", say.plain("dossiers-title"));
    page.back(true);
    let title = |code: &str| {
        facts
            .procedure(code)
            .map_or_else(|| Text::vi(code), |found| say.local(&found.title))
    };
    let sending: Vec<Card> = facts
        .outbox
        .iter()
        .filter(|lane| lane.state != OutboxState::Sent)
        .map(|lane| Card {
            id: lane.intent.to_string(),
            title: title(&lane.procedure),
            detail: Some(say.plain("home-sending-waiting")),
            picture: facts.picture(&lane.procedure),
        })
        .collect();
    if !sending.is_empty() {
        page.heading("sending-heading", 2, say.plain("home-sending"));
        page.cards("sending", sending);
    }
    if facts.dossiers.is_empty() {
        page.paragraph(
            "none",
            say.plain(if facts.signed_in {
                "dossiers-none"
            } else {
                "dossiers-none-not-linked"
            }),
        );
    } else {
        let cards = facts
            .dossiers
            .iter()
            .map(|dossier| Card {
                id: dossier.intent.to_string(),
                title: title(&dossier.procedure),
                detail: Some(sentences([
                    say.plain(&dossier.status.message_id())
                        .then(Text::new(".", lang.clone())),
                    spoken::code(dossier.code.as_str(), lang),
                ])),
                picture: facts.picture(&dossier.procedure),
            })
            .collect();
        page.cards("dossiers", cards);
    }
    page.action("home", "common-home");
    page.action("search", "home-search");
    page.done()
}

pub fn dossier(dossier: &DossierView, facts: &Facts<'_>) -> Screen {
    let say = facts.say;
    let lang = say.lang();
    let title = facts.procedure(&dossier.procedure).map_or_else(
        || say.plain("dossier-title"),
        |found| say.local(&found.title),
    );
    let mut page = Page::new(say, "dossier", title);
    page.back(true);
    let now = dossier.history.last();
    let tone = match dossier.status {
        Status::Done | Status::Returned => Tone::Success,
        Status::SupplementRequested
        | Status::PaymentRequested
        | Status::NotAccepted
        | Status::Stopped => Tone::Warning,
        Status::Registered
        | Status::Accepted
        | Status::InProgress
        | Status::WithdrawalRequested => Tone::Info,
    };
    let said = say.text(
        "dossier-status",
        &[("status", say.plain(&dossier.status.message_id()).into())],
    );
    let note = now.and_then(|entry| entry.note.as_ref());
    page.notice(
        "status",
        tone,
        match note {
            Some(note) => sentences([said, Text::vi(note.expose().clone())]),
            None => said,
        },
    );
    page.push(
        "code",
        BlockKind::Code {
            label: say.plain("dossier-code"),
            code: spoken::code(dossier.code.as_str(), lang),
            qr: None,
        },
    );
    page.summary("now", facts_now(dossier, now, say, lang));
    page.heading("history-heading", 2, say.plain("dossier-history"));
    page.steps("history", history(dossier, say, lang));
    if !dossier.results.is_empty() {
        page.heading("results-heading", 2, say.plain("dossier-results"));
    }
    for result in &dossier.results {
        page.push_action(Action {
            id: format!("result/{}", result.id),
            label: say.text(
                "dossier-open-result",
                &[("name", Text::vi(result.name.clone()).into())],
            ),
            confirm: None,
            enabled: true,
        });
    }
    if !dossier.results.is_empty() {
        let count = i64::try_from(dossier.results.len()).unwrap_or(i64::MAX);
        page.paragraph(
            "results",
            say.text("dossier-results-count", &[("count", count.into())]),
        );
    }
    page.action("dossiers", "home-dossiers");
    page.action("home", "common-home");
    page.done()
}

fn facts_now(
    dossier: &DossierView,
    now: Option<&StatusEntry>,
    say: &Say,
    lang: &Lang,
) -> Vec<SummaryRow> {
    let mut rows = vec![row(
        say.plain("sent-received"),
        spoken::moment(dossier.received_at, lang),
    )];
    if let Some(now) = now {
        rows.push(row(
            say.plain("dossier-agency"),
            spoken::abbreviations(&now.agency),
        ));
        if let Some(handler) = &now.handler {
            rows.push(row(
                say.plain("dossier-handler"),
                Text::vi(handler.expose().clone()),
            ));
        }
    }
    let due = dossier.history.iter().rev().find_map(|entry| entry.due_at);
    if let Some(due) = due.filter(|_| !dossier.status.is_final() && dossier.status != Status::Done)
    {
        rows.push(row(say.plain("dossier-due"), spoken::moment(due, lang)));
    }
    rows
}

/// What happened, oldest first; the newest is where it stands.
fn history(dossier: &DossierView, say: &Say, lang: &Lang) -> Vec<Step> {
    let last = dossier.history.len().saturating_sub(1);
    dossier
        .history
        .iter()
        .enumerate()
        .map(|(at, entry)| {
            let mut detail = vec![
                spoken::moment(entry.at, lang).then(Text::new(".", lang.clone())),
                spoken::abbreviations(&entry.agency),
            ];
            if let Some(handler) = &entry.handler {
                detail.push(Text::vi(format!("({})", handler.expose())));
            }
            Step {
                text: say.plain(&entry.status.message_id()),
                state: if at == last {
                    StepState::Current
                } else {
                    StepState::Done
                },
                detail: Some(sentences(detail)),
            }
        })
        .collect()
}

/// Received, but no status has arrived yet: what the receipt proves.
pub fn just_received(receipt: &VerifiedReceipt, facts: &Facts<'_>) -> Screen {
    let say = facts.say;
    let lang = say.lang();
    let receipt = receipt.receipt();
    let title = facts.procedure(&receipt.procedure).map_or_else(
        || say.plain("dossier-title"),
        |found| say.local(&found.title),
    );
    let mut page = Page::new(say, "dossier", title);
    page.back(true);
    page.push(
        "code",
        BlockKind::Code {
            label: say.plain("dossier-code"),
            code: spoken::code(receipt.dossier.as_str(), lang),
            qr: None,
        },
    );
    page.summary(
        "now",
        vec![row(
            say.plain("sent-received"),
            spoken::moment(receipt.received_at, lang),
        )],
    );
    page.paragraph("then", say.plain("sent-then"));
    page.action("dossiers", "home-dossiers");
    page.action("home", "common-home");
    page.done()
}

pub fn result(dossier: &DossierView, result: &ResultView, facts: &Facts<'_>) -> Screen {
    let say = facts.say;
    let lang = say.lang();
    let mut page = Page::new(say, "result", Text::vi(result.name.clone()));
    page.back(true);
    let as_of = dossier
        .history
        .iter()
        .rev()
        .find(|entry| matches!(entry.status, Status::Done | Status::Returned))
        .or(dossier.history.last())
        .map_or(dossier.received_at, |entry| entry.at);
    let mut rows = vec![
        row(
            say.plain("dossier-code"),
            spoken::code(dossier.code.as_str(), lang),
        ),
        row(say.plain("result-as-of"), spoken::moment(as_of, lang)),
        row(say.plain("result-size"), spoken::size(result.size, lang)),
    ];
    if let Some(last) = dossier.history.last() {
        rows.insert(
            1,
            row(
                say.plain("result-agency"),
                spoken::abbreviations(&last.agency),
            ),
        );
    }
    page.summary("about", rows);
    if facts.result_here {
        page.paragraph("offline", say.plain("result-here"));
        page.action("open-document", "result-open");
    } else {
        page.push(
            "fetching",
            BlockKind::Busy {
                text: say.plain(if facts.online {
                    "result-fetching"
                } else {
                    "result-fetching-offline"
                }),
                done: None,
                of: None,
            },
        );
    }
    page.action("home", "common-home");
    page.done()
}
