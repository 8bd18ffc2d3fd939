use gandan_domain::{
    catalog::{Applicant, Channel, Component, LifeEvent, Procedure, ServiceLevel, TimeLimit},
    dossier::deadline::Limit,
    text::{Lang, Text, spoken},
};

use super::{Finding, SURE, listing};
use crate::{
    journey::{Facts, Page, Say, row, sentences},
    payment,
    screen::{BlockKind, Card, Input, Screen, TextField, Tone},
};

impl Finding {
    pub fn view(&self, facts: &Facts<'_>) -> Screen {
        let Some(code) = self.code.as_deref() else {
            return match &self.field {
                Some(field) => self.browse_screen(field, facts),
                None => self.search_screen(facts),
            };
        };
        if let Some(procedure) = facts.procedure(code) {
            return procedure_screen(procedure, facts);
        }
        match facts.content.catalogue().find(code) {
            Some(found) => listing::screen(found, facts),
            None => self.search_screen(facts),
        }
    }

    /// "3 procedures found", for the ear and above the list.
    pub(super) fn found(&self, facts: &Facts<'_>) -> Text {
        let hits = self.hits(facts);
        let count = i64::try_from(hits.len()).unwrap_or(i64::MAX);
        // Where nothing fits well, the list is a question.
        let sure = hits.first().is_none_or(|hit| hit.score >= SURE);
        let id = if sure {
            "search-found"
        } else {
            "search-perhaps"
        };
        facts.say.text(id, &[("count", count.into())])
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
        let hits = self.hits(facts);
        let cards: Vec<Card> = hits
            .iter()
            .filter_map(|hit| match facts.procedure(&hit.code) {
                Some(procedure) => Some(card(procedure, say)),
                None => {
                    let found = facts.content.catalogue().find(&hit.code)?;
                    Some(listing::card(found, say))
                }
            })
            .collect();
        page.paragraph("found", self.found(facts));
        let events: Vec<Card> = hits
            .iter()
            .filter_map(|hit| LifeEvent::of_entry(&hit.code))
            .filter_map(|id| facts.content.pack.life_event(id))
            .map(|event| Card {
                id: event.id.clone(),
                title: say.local(&event.title),
                detail: Some(say.local(&event.summary)),
                picture: Some(event.picture),
            })
            .collect();
        let nothing = cards.is_empty() && events.is_empty();
        if !events.is_empty() {
            page.cards("events", events);
        }
        if nothing {
            page.paragraph("nothing", say.plain("search-nothing"));
        } else if !cards.is_empty() {
            page.cards("results", cards);
        }
        page.focus("query");
        if !facts.content.pack.catalogue.is_empty() {
            page.action("browse", "search-browse");
        }
        page.action("home", "common-home");
        page.done()
    }
}

/// A procedure that can be filled in here.
pub(super) fn card(procedure: &Procedure, say: &Say) -> Card {
    Card {
        id: procedure.code.clone(),
        title: say.local(&procedure.title),
        detail: Some(say.local(&procedure.summary)),
        picture: Some(procedure.picture),
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
            sentences([Some(name), on_paper(component, say)].into_iter().flatten())
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
    let who = procedure.who.iter().map(|who| match who {
        Applicant::Citizen => "procedure-who-citizen",
        Applicant::HouseholdBusiness => "procedure-who-household-business",
        Applicant::Organisation => "procedure-who-organisation",
    });
    let channels = procedure.channels.iter().map(|channel| match channel {
        Channel::Online => "procedure-channel-online",
        Channel::Post => "procedure-channel-post",
        Channel::Counter => "procedure-channel-counter",
    });
    let mut terms = vec![
        row(say.plain("procedure-who"), listed(who, say)),
        row(say.plain("procedure-channels"), listed(channels, say)),
        row(
            say.plain("procedure-time"),
            time(&procedure.time_limit, say),
        ),
    ];
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
        row(say.plain("procedure-visits"), visits(procedure, say)),
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

    if !procedure.is_online() {
        page.notice(
            "counter-only",
            Tone::Warning,
            say.plain("procedure-counter-only"),
        );
    }
    if !procedure.time_limits.is_empty() {
        page.heading("times-heading", 2, say.plain("procedure-times"));
        let rows = procedure.time_limits.iter();
        let rows = rows.map(|case| row(say.local(&case.case), time(&case.limit, say)));
        page.summary("times", rows.collect());
    }
    if !procedure.cases.is_empty() {
        page.heading("cases-heading", 2, say.plain("procedure-cases"));
        for case in &procedure.cases {
            page.paragraph(format!("case/{}", case.id), say.local(&case.name));
        }
    }

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
    page.paragraph("in-force", in_force(procedure, say));
    let approval = match &procedure.approved {
        None => say.plain("procedure-not-approved"),
        Some(approval) => say.text(
            "procedure-approved",
            &[
                ("by", spoken::abbreviations(&approval.by).into()),
                ("date", spoken::date(approval.date, lang).into()),
            ],
        ),
    };
    page.notice("not-approved", Tone::Info, approval);
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

/// The words of several messages in one breath.
fn listed(ids: impl Iterator<Item = &'static str>, say: &Say) -> Text {
    ids.map(|id| say.plain(id))
        .reduce(|all, one| all.then(Text::new("; ", say.lang().clone())).then(one))
        .unwrap_or_default()
}

/// How many originals and copies to hand in, where the source says.
fn on_paper(component: &Component, say: &Say) -> Option<Text> {
    let (originals, copies) = (i64::from(component.originals), i64::from(component.copies));
    let count = |id, count: i64| say.text(id, &[("count", count.into())]);
    let counts = [
        (originals > 0).then(|| count("procedure-originals", originals)),
        (copies > 0).then(|| count("procedure-copies", copies)),
        (!component.required).then(|| say.plain("procedure-component-if-any")),
    ];
    let mut counts = counts.into_iter().flatten().peekable();
    counts.peek()?;
    Some(sentences(counts))
}

/// Every visit that remains, or what the service level says where none is listed.
fn visits(procedure: &Procedure, say: &Say) -> Text {
    if procedure.visits.is_empty() {
        return say.plain(match procedure.service_level {
            ServiceLevel::Full => "procedure-visits-none",
            ServiceLevel::Partial => "procedure-visits-one",
            ServiceLevel::InPerson => "procedure-visits-all",
        });
    }
    let count = i64::try_from(procedure.visits.len()).unwrap_or(i64::MAX);
    let count = say.text("procedure-visits-count", &[("count", count.into())]);
    let visits = procedure.visits.iter().map(|visit| say.local(&visit.why));
    sentences(std::iter::once(count).chain(visits))
}

fn in_force(procedure: &Procedure, say: &Say) -> Text {
    let lang = say.lang();
    let from = spoken::date(procedure.valid_from, lang);
    match procedure.valid_until {
        None => say.text("procedure-in-force", &[("from", from.into())]),
        Some(until) => say.text(
            "procedure-in-force-until",
            &[
                ("from", from.into()),
                ("until", spoken::date(until, lang).into()),
            ],
        ),
    }
}

fn time(limit: &TimeLimit, say: &Say) -> Text {
    let count = |id, count: u32| say.text(id, &[("days", i64::from(count).into())]);
    let length = match limit.limit {
        Some(Limit::SameDay) => say.plain("procedure-same-day"),
        Some(Limit::WorkingHours(hours)) => count("procedure-hours", hours),
        Some(Limit::WorkingDays(days)) => count("procedure-days", days),
        Some(Limit::Days(days)) => count("procedure-calendar-days", days),
        Some(Limit::Months(months)) => count("procedure-months", months),
        None => say.plain("procedure-time-unknown"),
    };
    match &limit.note {
        Some(note) => sentences([length, say.local(note)]),
        None => length,
    }
}
