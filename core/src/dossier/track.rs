use gandan_domain::{
    Problem,
    dossier::{Status, VerifiedReceipt},
    text::{Lang, Text, spoken},
    wire::{DossierView, ResultView, StatusEntry},
};

use super::clock;
use crate::{
    catalog::office,
    journey::{Facts, Page, Say, row, sentences},
    payment,
    screen::{Action, BlockKind, Card, Screen, Step, StepState, SummaryRow, Tone},
    store::{LaneAct, OutboxEntry, OutboxState},
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
    // Reasons that are tied to questions are told with the questions.
    let tied = dossier
        .supplement
        .as_ref()
        .is_some_and(|request| !request.flagged.is_empty());
    let note = now.and_then(|entry| entry.note.as_ref()).filter(|_| !tied);
    page.notice(
        "status",
        tone,
        match note {
            Some(note) => sentences([said, Text::vi(note.expose().clone())]),
            None => said,
        },
    );
    if !facts.signed_in {
        let text = say.problem(&Problem::SignInAgain, facts.office());
        page.notice("session", Tone::Warning, text);
        page.action("link", "link-go");
    }
    asked(&mut page, dossier, facts);
    page.push(
        "code",
        BlockKind::Code {
            label: say.plain("dossier-code"),
            code: spoken::code(dossier.code.as_str(), lang),
            qr: None,
        },
    );
    clock::notices(&mut page, dossier, facts);
    page.summary("now", facts_now(dossier, now, facts));
    payment::screen::on_dossier(&mut page, dossier, facts);
    let office = facts.office();
    page.heading("office-heading", 2, say.plain("office-heading"));
    page.summary("office", office::rows(office, facts));
    office::notes(&mut page, office, facts);
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
    // Last: the first action is what most people should do next.
    if may_withdraw(facts) {
        let office = now.map_or_else(Text::default, |now| spoken::abbreviations(&now.agency));
        page.confirmed(
            "withdraw",
            "withdraw",
            say.text("withdraw-confirm", &[("office", office.into())]),
        );
    }
    page.done()
}

/// The lanes of this dossier that have not arrived.
fn under_way<'f>(facts: &'f Facts<'_>) -> impl Iterator<Item = &'f OutboxEntry> {
    let open = |lane: &&OutboxEntry| lane.state != OutboxState::Sent;
    facts.acts.iter().filter(open)
}

/// The office waits for an answer, and none is on its way.
pub fn may_supplement(facts: &Facts<'_>) -> bool {
    let asked = facts.dossier.as_ref().and_then(|it| it.supplement.as_ref());
    asked.is_some_and(|request| request.is_open() && !request.flagged.is_empty())
        && under_way(facts).next().is_none()
}

/// The ten statuses allow it, and it is not on its way.
pub fn may_withdraw(facts: &Facts<'_>) -> bool {
    let status = facts.dossier.as_ref().map(|dossier| dossier.status);
    facts.signed_in
        && status.is_some_and(|status| status.may_become(Status::WithdrawalRequested))
        && !under_way(facts).any(|lane| matches!(lane.act, LaneAct::Withdraw { .. }))
}

/// What the office asks for, each with its reason and the way to its question; what is on its way;
/// who has it now.
fn asked(page: &mut Page<'_>, dossier: &DossierView, facts: &Facts<'_>) {
    let say = facts.say;
    for lane in under_way(facts) {
        let (message, label) = match lane.act {
            LaneAct::Withdraw { .. } => ("withdraw-under-way", "withdraw-track"),
            _ => ("supplement-under-way", "supplement-track"),
        };
        page.notice(
            format!("under-way/{}", lane.intent),
            Tone::Info,
            say.plain(message),
        );
        page.push_action(Action {
            id: format!("track/{}", lane.intent),
            label: say.plain(label),
            confirm: None,
            enabled: true,
        });
    }
    if dossier.status == Status::WithdrawalRequested {
        page.paragraph("who-has-it", say.plain("withdraw-waiting"));
    }
    let Some(request) = &dossier.supplement else {
        return;
    };
    if let Some(at) = request.answered_at {
        let when = spoken::moment(at, say.lang());
        page.paragraph(
            "who-has-it",
            say.text("supplement-answered", &[("when", when.into())]),
        );
        return;
    }
    if request.flagged.is_empty() {
        page.paragraph("who-has-it", say.plain("supplement-at-the-office"));
        return;
    }
    if !may_supplement(facts) {
        return;
    }
    let count = i64::try_from(request.flagged.len()).unwrap_or(i64::MAX);
    page.heading(
        "supplement-heading",
        2,
        say.text("supplement-heading", &[("count", count.into())]),
    );
    let form = facts.procedure(&dossier.procedure).map(|found| &found.form);
    let cards = request
        .flagged
        .iter()
        .map(|flagged| Card {
            id: flagged.field.clone(),
            title: form
                .and_then(|form| form.field(&flagged.field))
                .map_or_else(
                    || Text::vi(flagged.field.clone()),
                    |field| say.local(&field.label),
                ),
            detail: Some(Text::vi(flagged.reason.expose().clone())),
            picture: None,
        })
        .collect();
    page.cards("supplement", cards);
    page.paragraph("paused", say.plain("supplement-paused"));
    page.action("supplement", "supplement-start");
}

fn facts_now(
    dossier: &DossierView,
    now: Option<&StatusEntry>,
    facts: &Facts<'_>,
) -> Vec<SummaryRow> {
    let say = facts.say;
    let lang = say.lang();
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
    rows.extend(clock::rows(dossier, facts));
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
            // The status stays the office's while the citizen answers.
            let answered = entry.by_citizen && entry.status == Status::SupplementRequested;
            let text = if answered {
                say.plain("history-supplemented")
            } else {
                say.plain(&entry.status.message_id())
            };
            Step {
                text,
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
