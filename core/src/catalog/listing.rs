//! Procedures that have no form in this app yet: their facts, and browsing all of them by field
//! and by who may file.

use gandan_domain::{
    catalog::{
        Listing, ServiceLevel,
        listing::{Channel, ListedFee, Offer, Span, Subject, Unit},
    },
    text::{Text, spoken},
};

use super::Finding;
use crate::{
    journey::{Facts, Page, Say, row, sentences},
    screen::{BlockKind, Card, Choice, ChoiceItem, Screen, Tone},
};

/// How many procedures of a field are listed at once.
pub(super) const PAGE: usize = 30;

/// Whose procedures are listed; the first is everybody's.
const WHO: [(&str, &str, Option<Subject>); 4] = [
    ("all", "browse-who-all", None),
    ("citizen", "browse-who-citizen", Some(Subject::Citizen)),
    (
        "household",
        "browse-who-household",
        Some(Subject::HouseholdBusiness),
    ),
    (
        "organisation",
        "browse-who-organisation",
        Some(Subject::Organisation),
    ),
];

/// Is there such a choice?
pub(super) fn is_who(id: &str) -> bool {
    WHO.iter().any(|(known, ..)| *known == id)
}

fn may(listing: &Listing, who: &str) -> bool {
    let organised = |subject: &Subject| {
        matches!(
            subject,
            Subject::Organisation | Subject::Enterprise | Subject::Cooperative
        )
    };
    let personal = |subject: &Subject| {
        matches!(
            subject,
            Subject::Citizen | Subject::Overseas | Subject::Foreigner
        )
    };
    match WHO.iter().find(|(id, ..)| *id == who) {
        Some((_, _, Some(Subject::Organisation))) => listing.subjects.iter().any(organised),
        Some((_, _, Some(Subject::Citizen))) => listing.subjects.iter().any(personal),
        Some((_, _, Some(subject))) => listing.may_file(*subject),
        Some((_, _, None)) | None => true,
    }
}

/// What a hit without a form says of itself.
pub(super) fn card(listing: &Listing, say: &Say) -> Card {
    Card {
        id: listing.code.clone(),
        title: spoken::abbreviations(&listing.title),
        detail: Some(say.text(
            "listing-card",
            &[("field", spoken::abbreviations(&listing.field).into())],
        )),
        picture: None,
    }
}

impl Finding {
    /// All fields, or the procedures of one.
    pub(super) fn browse_screen(&self, field: &str, facts: &Facts<'_>) -> Screen {
        let say = facts.say;
        let title = match field {
            "" => say.plain("browse-title"),
            field => spoken::abbreviations(field),
        };
        let mut page = Page::new(say, "browse", title);
        page.back(true);
        page.push(
            "who",
            BlockKind::Choice(Choice {
                label: say.plain("browse-who"),
                options: WHO
                    .iter()
                    .map(|(id, label, _)| ChoiceItem {
                        id: (*id).to_owned(),
                        label: say.plain(label),
                        chosen: *id == self.who(),
                    })
                    .collect(),
                hint: None,
                source: None,
                error: None,
                required: false,
                edit: self.chosen,
            }),
        );
        page.paragraph("found", self.browsed(field, facts));
        if field.is_empty() {
            let fields = fields(self.who(), facts);
            let cards = fields.into_iter().map(|(field, count)| Card {
                id: field.to_owned(),
                title: spoken::abbreviations(field),
                detail: Some(say.text("browse-count", &[("count", number(count).into())])),
                picture: None,
            });
            page.cards("fields", cards.collect());
        } else {
            let shown = self.shown.max(PAGE);
            let cards: Vec<Card> = in_field(field, self.who(), facts)
                .take(shown)
                .map(|listing| match facts.procedure(&listing.code) {
                    Some(procedure) => super::view::card(procedure, say),
                    None => card(listing, say),
                })
                .collect();
            page.cards("results", cards);
            if in_field(field, self.who(), facts).count() > shown {
                page.action("more", "browse-more");
            }
        }
        page.action("search", "procedure-search-again");
        page.action("home", "common-home");
        page.done()
    }

    fn who(&self) -> &str {
        self.who.as_deref().unwrap_or("all")
    }

    /// How much there is, for the ear too.
    pub(super) fn browsed(&self, field: &str, facts: &Facts<'_>) -> Text {
        let (id, count) = match field {
            "" => ("browse-fields", fields(self.who(), facts).len()),
            field => ("browse-count", in_field(field, self.who(), facts).count()),
        };
        facts.say.text(id, &[("count", number(count).into())])
    }
}

fn in_field<'a>(field: &str, who: &str, facts: &'a Facts<'_>) -> impl Iterator<Item = &'a Listing> {
    facts
        .content
        .catalogue()
        .in_field(field)
        .filter(move |listing| may(listing, who))
}

fn fields<'a>(who: &str, facts: &'a Facts<'_>) -> Vec<(&'a str, usize)> {
    let fields = facts.content.catalogue().fields().into_iter();
    let fields = fields.map(|(field, _)| (field, in_field(field, who, facts).count()));
    fields.filter(|(_, count)| *count > 0).collect()
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The facts of a procedure, and where to bring it.
pub(super) fn screen(listing: &Listing, facts: &Facts<'_>) -> Screen {
    let say = facts.say;
    let lang = say.lang();
    let mut page = Page::new(say, "procedure", spoken::abbreviations(&listing.title));
    page.back(true);
    page.notice("no-form", Tone::Info, say.plain("listing-no-form"));
    page.paragraph("bring", bring(listing, facts));
    let who = listing.subjects.iter().map(|subject| {
        say.plain(match subject {
            Subject::Citizen => "listing-who-citizen",
            Subject::Overseas => "listing-who-overseas",
            Subject::Foreigner => "listing-who-foreigner",
            Subject::HouseholdBusiness => "procedure-who-household-business",
            Subject::Enterprise => "listing-who-enterprise",
            Subject::Cooperative => "listing-who-cooperative",
            Subject::Organisation => "procedure-who-organisation",
            Subject::Official => "listing-who-official",
            Subject::PartyMember => "listing-who-party",
        })
    });
    let who = who
        .reduce(|all, one| all.then(Text::new("; ", lang.clone())).then(one))
        .unwrap_or_default();
    let mut rows = vec![
        row(say.plain("procedure-who"), who),
        row(
            say.plain("procedure-level"),
            say.plain(match listing.level {
                ServiceLevel::Full => "procedure-level-full",
                ServiceLevel::Partial => "procedure-level-partial",
                ServiceLevel::InPerson => "procedure-level-in-person",
            }),
        ),
    ];
    rows.extend(listing.offers.iter().map(|offer| {
        let via = say.plain(match offer.via {
            Channel::Online => "listing-via-online",
            Channel::Post => "listing-via-post",
            Channel::Counter => "listing-via-counter",
        });
        row(via, offered(offer, say))
    }));
    rows.extend([
        row(
            say.plain("listing-field"),
            spoken::abbreviations(&listing.field),
        ),
        row(
            say.plain("listing-agency"),
            spoken::abbreviations(&listing.agency),
        ),
        row(
            say.plain("procedure-code"),
            spoken::code(&listing.code, lang),
        ),
    ]);
    page.summary("terms", rows);
    page.paragraph(
        "source",
        say.text(
            "listing-source",
            &[
                ("decision", Text::vi(listing.decision.clone()).into()),
                ("date", spoken::date(listing.updated, lang).into()),
            ],
        ),
    );
    page.notice(
        "not-approved",
        Tone::Info,
        say.plain("procedure-not-approved"),
    );
    page.action("search", "procedure-search-again");
    page.action("home", "common-home");
    page.done()
}

/// Where a person takes it: her own office where one is known, else the kind of office.
fn bring(listing: &Listing, facts: &Facts<'_>) -> Text {
    let say = facts.say;
    if !listing.offered(Channel::Counter) {
        return say.plain("listing-not-at-counter");
    }
    match facts.office() {
        Some(office) => say.text(
            "listing-bring-to",
            &[("office", spoken::abbreviations(&office.name).into())],
        ),
        None => say.plain("listing-bring"),
    }
}

fn offered(offer: &Offer, say: &Say) -> Text {
    let time = offer.time.map(|time| span(time, say));
    let time = time.unwrap_or_else(|| say.plain("listing-time-unknown"));
    let lang = say.lang();
    let fee = match offer.fee {
        ListedFee::Unknown => say.plain("listing-fee-unknown"),
        ListedFee::Free => say.plain("listing-fee-free"),
        ListedFee::Between { least, most } if least == most => say.text(
            "listing-fee",
            &[("amount", spoken::money(least, lang).into())],
        ),
        ListedFee::Between { least, most } => say.text(
            "listing-fee-between",
            &[
                ("least", spoken::money(least, lang).into()),
                ("most", spoken::money(most, lang).into()),
            ],
        ),
    };
    sentences([time, fee])
}

fn span(time: Span, say: &Say) -> Text {
    let id = match time.unit {
        Unit::Hour => "listing-hours",
        Unit::WorkingDay => "listing-working-days",
        Unit::Day => "listing-days",
        Unit::Month => "listing-months",
    };
    // "17,5" in Vietnamese; a decimal point in English.
    let comma = if say.lang().as_str() == "vi" {
        ','
    } else {
        '.'
    };
    let amount = match (time.tenths / 10, time.tenths % 10) {
        (whole, 0) => whole.to_string(),
        (whole, tenth) => format!("{whole}{comma}{tenth}"),
    };
    say.text(
        id,
        &[("amount", Text::new(amount, say.lang().clone()).into())],
    )
}
