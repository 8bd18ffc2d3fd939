use gandan_domain::{
    Problem,
    dossier::VerifiedReceipt,
    text::{Text, spoken},
};

use crate::{
    journey::{Facts, Page, row},
    screen::{BlockKind, Screen, Tone},
    store::{LaneAct, OutboxEntry, OutboxState},
};

/// On its way: truthful about what has not happened yet.
pub fn sending(lane: &OutboxEntry, facts: &Facts<'_>) -> Screen {
    let say = facts.say;
    let title = match lane.act {
        LaneAct::File => "sending-title",
        LaneAct::Supplement { .. } => "sending-supplement-title",
        LaneAct::Withdraw { .. } => "sending-withdrawal-title",
    };
    let mut page = Page::new(say, "sending", say.plain(title));
    page.back(true);
    if let Some(procedure) = facts.procedure(&lane.procedure) {
        page.paragraph("what", say.local(&procedure.title));
    }
    if let Some((_, code)) = lane.act.of() {
        page.push(
            "code",
            BlockKind::Code {
                label: say.plain("dossier-code"),
                code: spoken::code(code.as_str(), say.lang()),
                qr: None,
            },
        );
    }
    // Not a word of "received" here, however far it has come: only a receipt says that.
    page.paragraph("not-yet", say.plain("sending-not-yet"));
    let mut changeable = !lane.in_doubt && lane.held_until.is_none();
    match &lane.state {
        OutboxState::Waiting { .. } if lane.held_until.is_some() => {
            page.notice("held", Tone::Info, say.plain("sending-held"));
            page.action("take-back", "sending-take-back");
            page.action("send-now", "sending-now");
        }
        OutboxState::Waiting { last_problem, .. } => {
            match last_problem {
                Some(problem) => page.notice(
                    "problem",
                    Tone::Warning,
                    say.problem(problem, facts.office()),
                ),
                None => page.push(
                    "progress-of-sending",
                    BlockKind::Busy {
                        text: say.plain(if facts.online {
                            "sending-starting"
                        } else {
                            "sending-offline"
                        }),
                        done: None,
                        of: None,
                    },
                ),
            }
            page.action("retry", "common-retry");
        }
        OutboxState::Uploading { done, of } => {
            changeable = false;
            page.push(
                "progress-of-sending",
                BlockKind::Busy {
                    text: say.plain(if done < of {
                        "sending-files"
                    } else {
                        "sending-dossier"
                    }),
                    done: Some(*done),
                    of: Some(*of),
                },
            );
        }
        OutboxState::Sent => page.push(
            "progress-of-sending",
            BlockKind::Busy {
                text: say.plain("sending-checking"),
                done: None,
                of: None,
            },
        ),
        OutboxState::Wedged { problem } => {
            page.notice(
                "problem",
                Tone::Problem,
                say.problem(problem, facts.office()),
            );
            if !matches!(problem, Problem::FormChanged { .. }) {
                page.action("retry", "common-retry");
            }
        }
    }
    page.paragraph("safe", say.plain("sending-safe"));
    if lane.in_doubt {
        page.paragraph("in-doubt", say.plain("sending-in-doubt"));
    }
    if !facts.signed_in {
        let told = matches!(
            &lane.state,
            OutboxState::Waiting {
                last_problem: Some(Problem::SignInAgain),
                ..
            }
        );
        if !told {
            let text = say.problem(&Problem::SignInAgain, facts.office());
            page.notice("session", Tone::Warning, text);
        }
        page.action("link", "link-go");
    }
    if changeable {
        if !matches!(lane.act, LaneAct::Withdraw { .. }) {
            page.action("edit", "sending-edit");
        }
        page.confirmed(
            "abandon",
            "common-abandon",
            say.plain("sending-abandon-confirm"),
        );
    }
    page.action("home", "common-home");
    page.done()
}

/// "Đã nộp": the only place that says so, and only against a proof (I3).
pub fn sent(receipt: &VerifiedReceipt, facts: &Facts<'_>) -> Screen {
    let say = facts.say;
    let lang = say.lang();
    let receipt = receipt.receipt();
    let act = facts.lane.as_ref().map(|lane| &lane.act);
    let (title, notice) = match act {
        Some(LaneAct::Supplement { .. }) => ("sent-supplement-title", "sent-supplement-notice"),
        Some(LaneAct::Withdraw { .. }) => ("sent-withdrawal-title", "sent-withdrawal-notice"),
        Some(LaneAct::File) | None => ("sent-title", "sent-notice"),
    };
    let mut page = Page::new(say, "sent", say.plain(title));
    page.back(true);
    page.notice("sent", Tone::Success, say.plain(notice));
    page.push(
        "code",
        BlockKind::Code {
            label: say.plain("dossier-code"),
            code: spoken::code(receipt.dossier.as_str(), lang),
            qr: None,
        },
    );
    let mut rows = vec![row(
        say.plain("sent-received"),
        spoken::moment(receipt.received_at, lang),
    )];
    if !matches!(act, Some(LaneAct::Withdraw { .. })) {
        rows.push(row(
            say.plain("sent-files"),
            count(receipt.files.len(), facts),
        ));
    }
    if let Some(procedure) = facts.procedure(&receipt.procedure) {
        rows.insert(
            0,
            row(say.plain("dossier-procedure"), say.local(&procedure.title)),
        );
    }
    if let Some(office) = facts.office() {
        rows.push(row(
            say.plain("review-office"),
            spoken::abbreviations(&office.name),
        ));
    }
    page.summary("receipt", rows);
    page.paragraph("proof", say.plain("sent-proof"));
    page.paragraph("then", say.plain("sent-then"));
    page.action("dossier", "sent-follow");
    page.action("dossiers", "home-dossiers");
    page.action("home", "common-home");
    page.done()
}

fn count(files: usize, facts: &Facts<'_>) -> Text {
    let count = i64::try_from(files).unwrap_or(i64::MAX);
    facts
        .say
        .text("sent-file-count", &[("count", count.into())])
}
