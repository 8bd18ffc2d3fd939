//! What a program knows of places: the communes that this deployment serves, and the table of all.

use super::{Commune, PlaceAnswer, PlaceKey, PlaceTable, UnitId};
use crate::{
    form::Places,
    text::{Text, messages::Messages},
};

/// The communes with their offices, from the content pack, and the table where it is installed.
#[derive(Clone, Copy)]
pub struct Atlas<'a> {
    pub communes: &'a [Commune],
    pub table: Option<&'a PlaceTable>,
}

impl<'a> Atlas<'a> {
    /// What the unit with this key is today, if it is one unit.
    fn today(&self, key: &PlaceKey) -> Option<UnitId> {
        let table = self.table?;
        match table.today(table.find(key)?.id).as_slice() {
            [one] => Some(*one),
            _ => None,
        }
    }

    /// The commune with its office. A unit that has changed since leads to what it is now: an open
    /// dossier or draft that names the old key goes on.
    pub fn commune(&self, key: &PlaceKey) -> Option<&'a Commune> {
        self.communes
            .iter()
            .find(|commune| commune.key == *key)
            .or_else(|| {
                let today = self.today(key)?;
                self.communes
                    .iter()
                    .find(|commune| self.today(&commune.key) == Some(today))
            })
    }

    /// The unit as it is called today, with its province.
    pub fn name(&self, key: &PlaceKey) -> Option<String> {
        let table = self.table;
        let of_table = || {
            let table = table?;
            let today = self.today(key).or_else(|| Some(table.find(key)?.id))?;
            let unit = table.unit(today)?;
            Some(match table.province_today(today) {
                Some(province) if province.id != today => {
                    format!("{}, {}", unit.full_name(), province.full_name())
                }
                _ => unit.full_name(),
            })
        };
        of_table().or_else(|| {
            let commune = self.commune(key)?;
            Some(format!("{}, {}", commune.full_name, commune.province_name))
        })
    }

    /// The answer as people read and hear it: the name of today, and the old one that was named,
    /// or that the key had.
    pub fn text(&self, answer: &PlaceAnswer, messages: &Messages) -> Option<Text> {
        let now = Text::vi(self.name(&answer.unit)?);
        let Some(formerly) = self.formerly(answer) else {
            return Some(now);
        };
        Some(messages.text(
            "place-formerly",
            &[
                ("place", now.into()),
                ("formerly", Text::vi(formerly).into()),
            ],
        ))
    }

    fn formerly(&self, answer: &PlaceAnswer) -> Option<String> {
        let table = self.table?;
        let named = answer.named.as_ref().unwrap_or(&answer.unit);
        let named = table.find(named)?;
        (self.today(&answer.unit)? != named.id).then(|| table.path(named.id))
    }

    /// "Xã Lũng Cú, Xã Má Lé, Xã Lũng Táo": what a unit was made of, as old papers write it; at
    /// most `most` names.
    pub fn made_of(&self, key: &PlaceKey, most: usize) -> Vec<String> {
        let (Some(table), Some(today)) = (self.table, self.today(key)) else {
            return Vec::new();
        };
        table
            .formerly(today)
            .into_iter()
            .take(most)
            .map(|id| table.path(id))
            .collect()
    }
}

impl Places for Atlas<'_> {
    fn has_commune(&self, key: &PlaceKey) -> bool {
        self.commune(key).is_some() || self.today(key).is_some()
    }

    fn serves(&self, key: &PlaceKey) -> bool {
        self.commune(key).is_some()
    }
}
