//! The citizen's clock on the dossier screen: who holds it, until when, what comes next.
//!
//! Whether the office is late is judged by the backend's time at the last sync, never by the
//! phone's: a phone that was off has the year 2015, and a dossier of which nothing was heard since
//! may be done by now. What was rejected: the phone's clock corrected by its difference from the
//! backend's, which is wrong again as soon as somebody sets the clock.

use gandan_domain::{
    dossier::{
        Status,
        deadline::clock::{Clock, Holder, Next, Punctuality, clock},
    },
    place::PlaceAnswer,
    text::{Text, messages::Messages, spoken},
    time::Instant,
    wire::DossierView,
};

use crate::{
    journey::{Facts, Page, row},
    screen::{SummaryRow, Tone},
};

/// The newest date that was promised.
fn due(dossier: &DossierView) -> Option<Instant> {
    dossier.history.iter().rev().find_map(|entry| entry.due_at)
}

fn of(dossier: &DossierView, facts: &Facts<'_>) -> Clock {
    let since = dossier
        .history
        .last()
        .map_or(dossier.received_at, |entry| entry.at);
    clock(
        dossier.status,
        since,
        due(dossier),
        facts.told.unwrap_or(since),
    )
}

/// Says aloud what the rows below can't: that the office is late, or has named a new date.
pub fn notices(page: &mut Page<'_>, dossier: &DossierView, facts: &Facts<'_>) {
    let say = facts.say;
    if let Some(day) = new_date(dossier) {
        let day = spoken::date(day.date(), say.lang());
        page.notice(
            "apology",
            Tone::Info,
            say.text("clock-apology", &[("day", day.into())]),
        );
    }
    let clock = of(dossier, facts);
    let (tone, message) = match clock.punctuality {
        Punctuality::Late if clock.holder != Holder::Nobody && clock.next != Next::Fetching => {
            (Tone::Warning, "clock-late")
        }
        Punctuality::Standing => (Tone::Info, "clock-standing"),
        _ => return,
    };
    page.notice("clock", tone, say.plain(message));
}

/// A later date without a supplement in between: the office was late and named a new one (form 04
/// of Circular 03/2025/TT-VPCP).
fn new_date(dossier: &DossierView) -> Option<Instant> {
    if dossier.status.is_final() || dossier.status == Status::Done {
        return None;
    }
    let mut promised: Option<Instant> = None;
    let mut moved = None;
    let mut asked = false;
    for entry in &dossier.history {
        asked |= entry.status == Status::SupplementRequested;
        let Some(due) = entry.due_at else { continue };
        if promised.is_some_and(|promised| due.date() > promised.date() && entry.at > promised)
            && !asked
        {
            moved = Some(due);
        }
        promised = Some(due);
        asked = false;
    }
    moved
}

pub fn rows(dossier: &DossierView, facts: &Facts<'_>) -> Vec<SummaryRow> {
    let say = facts.say;
    let lang = say.lang();
    let clock = of(dossier, facts);
    let mut rows = Vec::new();
    let holder = match clock.holder {
        Holder::OneStop => Some("clock-holder-one-stop"),
        Holder::Agency => Some("clock-holder-agency"),
        Holder::Citizen => Some("clock-holder-citizen"),
        Holder::Nobody => None,
    };
    if let Some(holder) = holder {
        rows.push(row(say.plain("clock-holder"), say.plain(holder)));
    }
    if let Some(until) = clock.until {
        let from = dossier.received_at.date();
        let open = facts
            .content
            .pack
            .calendar
            .is_open_between(from.min(until.date()), until.date());
        let moment = spoken::moment(until, lang);
        let id = if open { "due-day-expected" } else { "due-day" };
        rows.push(row(
            say.plain("dossier-due"),
            say.text(id, &[("day", moment.into())]),
        ));
    }
    let next = match clock.next {
        Next::Acceptance => Some("clock-next-acceptance"),
        Next::Result => Some("clock-next-result"),
        Next::Supplement => Some("clock-next-supplement"),
        Next::Payment => Some("clock-next-payment"),
        Next::Withdrawal => Some("clock-next-withdrawal"),
        Next::Fetching => Some("clock-next-fetching"),
        Next::Nothing => None,
    };
    if let Some(next) = next {
        rows.push(row(say.plain("clock-next"), say.plain(next)));
    }
    let ended = match clock.punctuality {
        Punctuality::Early => Some("clock-ended-early"),
        Punctuality::OnTime => Some("clock-ended-on-time"),
        Punctuality::Late if clock.until.is_none() => Some("clock-ended-late"),
        _ => None,
    };
    if let Some(ended) = ended {
        rows.push(row(say.plain("dossier-due"), say.plain(ended)));
    }
    if let Some(place) = place(dossier, facts) {
        rows.push(row(say.plain("place-receiving"), place));
    }
    rows
}

/// The receiving place by its name of today, with the one it had when the dossier was filed.
fn place(dossier: &DossierView, facts: &Facts<'_>) -> Option<Text> {
    let answer = PlaceAnswer {
        unit: dossier.commune.clone(),
        named: None,
        unsure: false,
    };
    facts
        .content
        .atlas()
        .text(&answer, &Messages::new(facts.say.lang()))
}
