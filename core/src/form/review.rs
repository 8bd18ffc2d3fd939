//! Everything once more, in full, before signing.

use gandan_domain::text::Text;

use super::{
    prefill::{Standing, standing},
    view::{answer, errors, source_name, state_value},
};
use crate::{
    journey::{DraftFacts, Facts, Page, row, sentences},
    payment,
    screen::{Action, Screen, SummaryRow, Tone},
};

pub fn review(draft: &DraftFacts<'_>, facts: &Facts<'_>, checked: bool) -> Screen {
    let say = facts.say;
    let evaluation = facts.evaluate(draft);
    let mut page = Page::new(say, "review", say.plain("review-title"));
    page.back(true);
    page.progress(evaluation.pages.len() + 1, evaluation.pages.len() + 1);
    let problems = if checked {
        evaluation.problems.as_slice()
    } else {
        &[]
    };
    errors(&mut page, draft, facts, problems);
    page.paragraph("not-sent", say.plain("review-not-sent"));
    for asked in &evaluation.pages {
        let id = &asked.page.id;
        page.heading(format!("page/{id}"), 2, say.local(&asked.page.title));
        let mut rows: Vec<SummaryRow> = Vec::new();
        for field in asked.fields() {
            let label = say.local(&field.label);
            let value = draft.answers.get(&field.id).map_or_else(
                || say.plain("common-not-answered"),
                |value| answer(field, value, facts),
            );
            let value = match standing(draft, field) {
                Standing::Same(known) => sentences([
                    value,
                    say.text(
                        "review-from-state",
                        &[("source", source_name(known, say).into())],
                    ),
                ]),
                Standing::Differs(known) | Standing::Contested(known) => sentences([
                    value,
                    say.text(
                        "review-contested",
                        &[
                            ("source", source_name(known, say).into()),
                            ("state", state_value(field, known, facts).into()),
                        ],
                    ),
                ]),
                Standing::Unknown => value,
            };
            rows.push(SummaryRow {
                change: Some(Action {
                    id: format!("change/{}", field.id),
                    label: say.text("review-change", &[("what", label.clone().into())]),
                    confirm: None,
                    enabled: true,
                }),
                name: label,
                value,
            });
        }
        page.summary(format!("answers/{id}"), rows);
    }
    page.heading("sending-heading", 2, say.plain("review-sending"));
    let mut rows = vec![row(
        say.plain("procedure-fee"),
        payment::amount(draft, facts),
    )];
    if let Some(office) = facts.office() {
        rows.push(row(
            say.plain("review-office"),
            gandan_domain::text::spoken::abbreviations(&office.name),
        ));
    }
    page.summary("sending", rows);
    if facts.signed_in {
        page.confirmed("submit", "common-submit", confirm(draft, facts));
    } else {
        page.notice("link-first", Tone::Info, say.plain("review-link-first"));
        page.action("link", "link-go");
    }
    page.action("home", "form-save-and-leave");
    page.confirmed(
        "abandon",
        "common-abandon",
        say.plain("review-abandon-confirm"),
    );
    page.caveat();
    page.done()
}

/// What will happen, in full.
fn confirm(draft: &DraftFacts<'_>, facts: &Facts<'_>) -> Text {
    let say = facts.say;
    let title = say.local(&draft.procedure.title);
    let fee = payment::amount(draft, facts);
    match facts.office() {
        Some(office) => say.text(
            "review-confirm",
            &[
                ("procedure", title.into()),
                (
                    "office",
                    gandan_domain::text::spoken::abbreviations(&office.name).into(),
                ),
                ("fee", fee.into()),
            ],
        ),
        None => say.text(
            "review-confirm-no-office",
            &[("procedure", title.into()), ("fee", fee.into())],
        ),
    }
}
