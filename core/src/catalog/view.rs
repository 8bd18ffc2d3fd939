use gandan_domain::{
    catalog::{Procedure, ServiceLevel},
    dossier::deadline::Limit,
    text::{Lang, Text, spoken},
};

use super::Finding;
use crate::{
    journey::{Facts, Page, Say, row, sentences},
    payment,
    screen::{BlockKind, Card, Input, Screen, TextField, Tone},
};

impl Finding {
    pub fn view(&self, facts: &Facts<'_>) -> Screen {
        match self.code.as_deref().and_then(|code| facts.procedure(code)) {
            Some(procedure) => procedure_screen(procedure, facts),
            None => self.search_screen(facts),
        }
    }

    /// "3 procedures found", for the ear and above the list.
    pub(super) fn found(&self, facts: &Facts<'_>) -> Text {
        let count = i64::try_from(self.hits(facts).len()).unwrap_or(i64::MAX);
        facts.say.text("search-found", &[("count", count.into())])
    }

    fn search_screen(&self, facts: &Facts<'_>) -> Screen {
        let say = facts.say;
        let mut page = Page::new(say, "search", say.plain("search-title"));
        page.back(true);
        page.push(
            "query",
            BlockKind::TextField(TextField {
                label: say.plain("search-query"),
                value: self.query.clone().into(),
                lang: Lang::vi(),
                hint: Some(say.plain("search-hint")),
                source: None,
                error: None,
                required: false,
                read_only: false,
                edit: self.edit,
                input: Input::Search,
            }),
        );
        let cards: Vec<Card> = self
            .hits(facts)
            .iter()
            .filter_map(|code| facts.procedure(code))
            .map(|found| Card {
                id: found.code.clone(),
                title: say.local(&found.title),
                detail: Some(say.local(&found.summary)),
                picture: Some(found.picture),
            })
            .collect();
        page.paragraph("found", self.found(facts));
        if cards.is_empty() {
            page.paragraph("nothing", say.plain("search-nothing"));
        } else {
            page.cards("results", cards);
        }
        page.focus("query");
        page.action("home", "common-home");
        page.done()
    }
}

fn procedure_screen(procedure: &Procedure, facts: &Facts<'_>) -> Screen {
    let say = facts.say;
    let lang = say.lang();
    let mut page = Page::new(say, "procedure", say.local(&procedure.title));
    page.back(true);
    page.paragraph("summary", say.local(&procedure.summary));

    page.heading("needs-heading", 2, say.plain("procedure-needs"));
    for (at, component) in procedure.components.iter().enumerate() {
        let name = say.local(&component.name);
        let text = if component.known_to_state {
            say.text("procedure-component-known", &[("name", name.into())])
        } else {
            name
        };
        page.paragraph(format!("component/{at}"), text);
    }

    page.heading("known-heading", 2, say.plain("procedure-known"));
    let known: Vec<Text> = procedure
        .form
        .pages
        .iter()
        .filter_map(|page| known_on(page, say))
        .collect();
    if known.is_empty() {
        page.paragraph("known", say.plain("procedure-known-nothing"));
    } else {
        page.paragraph(
            "known",
            say.plain(if facts.signed_in {
                "procedure-known-linked"
            } else {
                "procedure-known-when-linked"
            }),
        );
        for (at, text) in known.into_iter().enumerate() {
            page.paragraph(format!("known/{at}"), text);
        }
    }

    page.heading("terms-heading", 2, say.plain("procedure-terms"));
    let mut terms = vec![row(say.plain("procedure-time"), time(procedure, say))];
    terms.extend(payment::rules(procedure, facts));
    terms.extend([
        row(
            say.plain("procedure-level"),
            say.plain(match procedure.service_level {
                ServiceLevel::Full => "procedure-level-full",
                ServiceLevel::Partial => "procedure-level-partial",
                ServiceLevel::InPerson => "procedure-level-in-person",
            }),
        ),
        row(
            say.plain("procedure-visits"),
            say.plain(match procedure.service_level {
                ServiceLevel::Full => "procedure-visits-none",
                ServiceLevel::Partial => "procedure-visits-one",
                ServiceLevel::InPerson => "procedure-visits-all",
            }),
        ),
        row(
            say.plain("procedure-publisher"),
            spoken::abbreviations(&procedure.publisher),
        ),
        row(
            say.plain("procedure-code"),
            spoken::code(&procedure.code, lang),
        ),
    ]);
    page.summary("terms", terms);

    page.heading("law-heading", 2, say.plain("procedure-law"));
    for (at, law) in procedure.legal_basis.iter().enumerate() {
        let mut text = Text::vi(law.document.clone());
        if let Some(article) = &law.article {
            text = sentences([text, Text::vi(article.clone())]);
        }
        page.paragraph(format!("law/{at}"), text);
    }
    page.paragraph(
        "source",
        say.text(
            "procedure-source",
            &[
                ("name", Text::vi(procedure.source.name.clone()).into()),
                ("date", spoken::date(procedure.source.date, lang).into()),
            ],
        ),
    );
    page.notice(
        "not-approved",
        Tone::Info,
        say.plain("procedure-not-approved"),
    );
    page.action("start", "common-start");
    page.action("search", "procedure-search-again");
    page.done()
}

/// Which answers of a page the state may know, in one breath.
fn known_on(page: &gandan_domain::form::Page, say: &Say) -> Option<Text> {
    let fields = page.groups.iter().flat_map(|group| &group.fields);
    let labels = fields
        .filter(|field| !field.prefill.is_empty())
        .map(|field| say.local(&field.label))
        .reduce(|all, label| all.then(Text::new("; ", say.lang().clone())).then(label))?;
    let title = say.local(&page.title);
    Some(title.then(Text::new(": ", say.lang().clone())).then(labels))
}

fn time(procedure: &Procedure, say: &Say) -> Text {
    let count = |id, count: u32| say.text(id, &[("days", i64::from(count).into())]);
    let limit = match procedure.time_limit.limit {
        Some(Limit::SameDay) => say.plain("procedure-same-day"),
        Some(Limit::WorkingHours(hours)) => count("procedure-hours", hours),
        Some(Limit::WorkingDays(days)) => count("procedure-days", days),
        Some(Limit::Days(days)) => count("procedure-calendar-days", days),
        Some(Limit::Months(months)) => count("procedure-months", months),
        None => say.plain("procedure-time-unknown"),
    };
    match &procedure.time_limit.note {
        Some(note) => sentences([limit, say.local(note)]),
        None => limit,
    }
}
