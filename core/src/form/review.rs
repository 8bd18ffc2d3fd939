//! Everything once more, in full, before signing.

use gandan_domain::{
    dossier::supplement::Supplemented,
    form::{Field, Value},
    text::{Text, spoken},
};

use super::{
    changed,
    prefill::{Standing, standing},
    repeats::item_label,
    view::{answer, errors, source_name, state_value},
};
use crate::{
    journey::{DraftFacts, Facts, Page, row, sentences},
    payment,
    screen::{Action, Screen, SummaryRow, Tone},
};

pub fn review(draft: &DraftFacts<'_>, facts: &Facts<'_>, checked: bool) -> Screen {
    if let Some(done) = facts.supplemented(draft) {
        return supplement(draft, &done, facts, checked);
    }
    let say = facts.say;
    let evaluation = &draft.evaluation;
    let mut page = Page::new(say, "review", say.plain("review-title"));
    page.back(true);
    page.progress(evaluation.pages.len() + 1, evaluation.pages.len() + 1);
    let problems = if checked {
        evaluation.problems.as_slice()
    } else {
        &[]
    };
    errors(&mut page, draft, facts, problems);
    changed::list(&mut page, draft, facts);
    let online = draft.procedure.is_online();
    page.paragraph(
        "not-sent",
        say.plain(if online {
            "review-not-sent"
        } else {
            "review-not-online"
        }),
    );
    answers(&mut page, draft, facts, true);
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
    if !online {
        page.action("prepare", "review-prepare");
    } else if facts.signed_in {
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

/// Every question that is asked with its answer, page by page; `changing` where that can be done.
pub fn answers(page: &mut Page<'_>, draft: &DraftFacts<'_>, facts: &Facts<'_>, changing: bool) {
    let say = facts.say;
    let evaluation = &draft.evaluation;
    for asked in &evaluation.pages {
        let id = &asked.page.id;
        page.heading(format!("page/{id}"), 2, say.local(&asked.page.title));
        let mut rows: Vec<SummaryRow> = Vec::new();
        let fields = asked.groups.iter().flat_map(|group| {
            let fields = group.fields.iter();
            fields.map(move |field| (group, field))
        });
        for (group, visible) in fields {
            let field: &Field = &visible.keyed();
            let label = item_label(field, group, say);
            if let Some(value) = &visible.computed {
                rows.push(row(label, answer(field, value, facts)));
                continue;
            }
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
                change: changing.then(|| Action {
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
}

/// What changes, old beside new; then what stays, to be read.
fn supplement(
    draft: &DraftFacts<'_>,
    done: &Supplemented<'_>,
    facts: &Facts<'_>,
    checked: bool,
) -> Screen {
    let say = facts.say;
    let steps = draft.steps().len() + 1;
    let mut page = Page::new(say, "review", say.plain("supplement-review-title"));
    page.back(true);
    page.progress(steps, steps);
    let problems = if checked {
        done.problems.as_slice()
    } else {
        &[]
    };
    errors(&mut page, draft, facts, problems);
    page.paragraph("not-sent", say.plain("supplement-not-sent"));
    let shown = |field: &Field, value: Option<&Value>| {
        value.map_or_else(
            || say.plain("common-not-answered"),
            |value| answer(field, value, facts),
        )
    };
    let mut changes = Vec::new();
    let mut changed: i64 = 0;
    for field in done.evaluation.fields() {
        if !done.open.contains(&field.id) {
            continue;
        }
        let (old, new) = (draft.filed(&field.id), draft.answers.get(&field.id));
        let label = say.local(&field.label);
        let value = if old == new {
            say.text("supplement-same", &[("value", shown(field, new).into())])
        } else {
            changed += 1;
            say.text(
                "supplement-changes",
                &[
                    ("old", shown(field, old).into()),
                    ("new", shown(field, new).into()),
                ],
            )
        };
        changes.push(SummaryRow {
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
    page.heading(
        "changes-heading",
        2,
        say.plain("supplement-changes-heading"),
    );
    page.summary("changes", changes);
    page.heading("stays-heading", 2, say.plain("supplement-stays-heading"));
    for asked in &done.evaluation.pages {
        let rows: Vec<SummaryRow> = asked
            .fields()
            .filter(|field| !done.open.contains(&field.id))
            .map(|field| {
                let value = shown(field, draft.answers.get(&field.id));
                row(say.local(&field.label), value)
            })
            .collect();
        if !rows.is_empty() {
            let id = &asked.page.id;
            page.heading(format!("page/{id}"), 3, say.local(&asked.page.title));
            page.summary(format!("answers/{id}"), rows);
        }
    }
    if facts.signed_in {
        let code = draft.supplement.as_ref().map(|of| of.dossier.as_str());
        let code = spoken::code(code.unwrap_or_default(), say.lang());
        page.confirmed(
            "submit",
            "supplement-submit",
            say.text(
                "supplement-confirm",
                &[("count", changed.into()), ("code", code.into())],
            ),
        );
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
