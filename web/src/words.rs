//! The shell's own words: what a browser does not say by itself. Fluent messages like all others.

use gandan_domain::{
    text::{
        Lang, Text,
        messages::{Arg, Device, Messages},
        spoken,
    },
    time::Instant,
};

pub struct Words(Messages);

impl Words {
    pub fn new(lang: &Lang) -> Self {
        Self(Messages::new(lang).on(Device::Browser))
    }

    pub fn lang(&self) -> &Lang {
        self.0.lang()
    }

    pub fn plain(&self, id: &str) -> Text {
        self.0.plain(id)
    }

    pub fn text(&self, id: &str, args: &[(&str, Arg)]) -> Text {
        self.0.text(id, args)
    }

    pub fn count(&self, id: &str, count: usize) -> Text {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        self.text(id, &[("count", count.into())])
    }

    /// Something that ends at a time of this day.
    pub fn until(&self, id: &str, at: Instant) -> Text {
        let at = spoken::time(at.local().time(), self.lang());
        self.text(id, &[("at", at.into())])
    }

    pub fn at_of(&self, id: &str, at: usize, of: usize) -> Text {
        let number = |number: usize| i64::try_from(number).unwrap_or(i64::MAX).into();
        self.text(id, &[("at", number(at)), ("of", number(of))])
    }
}
