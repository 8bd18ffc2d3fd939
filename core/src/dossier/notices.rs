//! The inbox: what the offices have done, newest first.
//!
//! A notice *is* an entry of a dossier's history: the same happening can't be told twice, and what
//! is read follows the citizen from phone to phone as one number for each dossier.

use gandan_domain::{
    dossier::IntentId,
    text::{Text, spoken},
    wire::{DossierView, StatusEntry},
};

use crate::{
    journey::{Effect, Facts, Page, sentences},
    screen::{Card, Screen},
};

/// What the office has done, each with its number in the history, from 1. The filing itself is the
/// citizen's own doing, whoever wrote it down.
pub fn happenings(dossier: &DossierView) -> impl Iterator<Item = (u32, &StatusEntry)> {
    (1..)
        .zip(&dossier.history)
        .skip(1)
        .filter(|(_, entry)| !entry.by_citizen)
}

fn read_upto(dossier: &DossierView, facts: &Facts<'_>) -> u32 {
    dossier.read.max(facts.reads.upto(dossier.intent))
}

/// How many notices nobody has read.
pub fn unread(facts: &Facts<'_>) -> i64 {
    let count: usize = facts
        .dossiers
        .iter()
        .map(|dossier| {
            let read = read_upto(dossier, facts);
            happenings(dossier)
                .filter(|(number, _)| *number > read)
                .count()
        })
        .sum();
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Marks all of a dossier as read, if anything of it is not.
pub fn read(dossier: IntentId, facts: &Facts<'_>) -> Option<Effect> {
    let found = facts
        .dossiers
        .iter()
        .chain(&facts.dossier)
        .find(|found| found.intent == dossier)?;
    let last = happenings(found).last().map(|(number, _)| number)?;
    (last > read_upto(found, facts)).then_some(Effect::Read {
        dossier,
        upto: last,
    })
}

pub fn list(facts: &Facts<'_>) -> Screen {
    let say = facts.say;
    let lang = say.lang();
    let mut page = Page::new(say, "notices", say.plain("notices-title"));
    page.back(true);
    let mut all: Vec<(&DossierView, u32, &StatusEntry)> = facts
        .dossiers
        .iter()
        .flat_map(|dossier| {
            happenings(dossier).map(move |(number, entry)| (dossier, number, entry))
        })
        .collect();
    all.sort_by_key(|(dossier, number, entry)| {
        std::cmp::Reverse((entry.at, *number, dossier.intent))
    });
    let title = |code: &str| {
        facts
            .procedure(code)
            .map_or_else(|| Text::vi(code), |found| say.local(&found.title))
    };
    let cards: Vec<Card> = all
        .into_iter()
        .map(|(dossier, number, entry)| {
            let stop = |text: Text| text.then(Text::new(".", lang.clone()));
            let is_new = number > read_upto(dossier, facts);
            let new = is_new.then(|| say.plain("notices-unread"));
            Card {
                id: format!("{}/{number}", dossier.intent),
                title: say.plain(&entry.status.message_id()),
                detail: Some(sentences(new.into_iter().chain([
                    stop(title(&dossier.procedure)),
                    stop(spoken::moment(entry.at, lang)),
                    spoken::abbreviations(&entry.agency),
                ]))),
                picture: None,
            }
        })
        .collect();
    if cards.is_empty() {
        page.paragraph("none", say.plain("notices-none"));
    } else {
        page.cards("notices", cards);
    }
    if unread(facts) > 0 {
        page.action("read-all", "notices-read-all");
    }
    page.action("home", "common-home");
    page.action("dossiers", "home-dossiers");
    page.done()
}
