//! What a seed is about: what the person wants, what the office makes of it, and what becomes of
//! the money on its way. Storms and deaths come to all of them alike.

use std::collections::BTreeMap;

use gandan_domain::{payment::Method, time::Instant};
use gandan_sandbox::Mode;

use super::rng::Rng;
use crate::person::{self, Knowledge, Person};

/// Two extracts at 8,000 đ each (Circular 281/2016/TT-BTC), said here once more, so that a wrong
/// sum of the product's is seen.
pub const FEE_VND: u64 = 16_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A birth is registered.
    Birth,
    /// Two extracts are ordered and paid for.
    Extract,
    /// The office asks for a supplement, perhaps twice.
    Supplement,
    /// What was filed, and perhaps paid, is asked back.
    Withdrawal,
    /// What was signed is taken back before it goes, and mended.
    TakeBack,
}

impl Kind {
    pub const ALL: [Self; 5] = [
        Self::Birth,
        Self::Extract,
        Self::Supplement,
        Self::Withdrawal,
        Self::TakeBack,
    ];
}

/// What she does on the gateway's page the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    Pays,
    /// Cancels, and pays the next order.
    Cancels,
    /// The phone dies after the debit, and the browser never comes back.
    DiesAfter,
    /// The phone dies before she has paid.
    DiesBefore,
}

/// One seed's story.
#[derive(Clone, Debug)]
pub struct Plot {
    pub kind: Kind,
    /// How she pays, where there is something to pay.
    pub pays: Option<Method>,
    pub page: Page,
    pub changes_her_mind: bool,
    /// She asks for it back while nobody has said what became of her money.
    pub hasty: bool,
    /// Somebody of hers pays at the counter, too.
    pub cash_too: bool,
    /// Somebody forges and replays what is told of money, and transfers what was not asked for.
    pub strangers: bool,
    /// How the gateway tells of money, and the bank, and after how long where that is late.
    pub gateway: Option<Mode>,
    pub bank: Option<Mode>,
    pub late_ms: u32,
    /// For how long the gateway answers nothing once it has taken the money.
    pub silence_ms: i64,
    /// The office asks for a second supplement, or goes on once before it grants a withdrawal.
    pub insists: bool,
    /// She says "send it now".
    pub sure: bool,
}

impl Plot {
    pub fn draw(rng: &mut Rng, calm: bool) -> Self {
        let kind = match rng.below(100) {
            0..25 => Kind::Birth,
            25..60 => Kind::Extract,
            60..75 => Kind::Supplement,
            75..90 => Kind::Withdrawal,
            _ => Kind::TakeBack,
        };
        let way = match rng.below(10) {
            0..5 => Method::Vnpay,
            5..8 => Method::Vietqr,
            _ => Method::Cash,
        };
        let costs = match kind {
            Kind::Extract => true,
            Kind::Withdrawal => rng.chance(60),
            Kind::Birth | Kind::Supplement | Kind::TakeBack => false,
        };
        let page = match rng.below(8) {
            0 => Page::Cancels,
            1 | 2 => Page::DiesAfter,
            3 => Page::DiesBefore,
            _ => Page::Pays,
        };
        let gateway = [
            None,
            Some(Mode::LateCallbacks),
            Some(Mode::RepeatCallbacks),
            Some(Mode::LoseCallbacks),
            Some(Mode::ForgeCallbacks),
            Some(Mode::WrongAmount),
            Some(Mode::ReorderCallbacks),
        ];
        // A bank cannot be asked, so what it never tells nobody can know.
        let bank = [
            None,
            Some(Mode::LateCallbacks),
            Some(Mode::RepeatCallbacks),
            Some(Mode::ForgeCallbacks),
            Some(Mode::WrongAmount),
            Some(Mode::ReorderCallbacks),
        ];
        let mut pick = |modes: &[Option<Mode>]| {
            let at = usize::try_from(rng.below(modes.len() as u64)).unwrap_or(0);
            modes.get(at).copied().flatten().filter(|_| !calm)
        };
        let (gateway, bank) = (pick(&gateway), pick(&bank));
        Self {
            kind,
            pays: costs.then_some(way),
            page: if calm { Page::Pays } else { page },
            changes_her_mind: rng.chance(25),
            hasty: kind == Kind::Withdrawal && rng.chance(50),
            cash_too: way != Method::Cash && rng.chance(20) && !calm,
            strangers: rng.chance(60) && !calm,
            gateway,
            bank,
            late_ms: u32::try_from(rng.between(300_000, 3 * 3_600_000)).unwrap_or(300_000),
            silence_ms: match rng.chance(40) && !calm {
                true => rng.between(60_000, 2 * 3_600_000),
                false => 0,
            },
            insists: rng.chance(35),
            sure: rng.chance(60),
        }
    }

    pub fn knowledge(&self, now: Instant) -> Knowledge {
        match self.pays {
            Some(_) => person::two_extracts(),
            None => person::mother(now),
        }
    }

    /// What the office finds wrong, and what she says then.
    pub fn amends(&self) -> BTreeMap<String, String> {
        let amended = [
            ("child.full_name", "Vừ Thị Hoa Ban Mai"),
            (
                "child.birth_place",
                "Trạm y tế khu vực Lũng Cú (THỬ NGHIỆM)",
            ),
        ];
        match self.kind {
            Kind::Supplement => amended
                .map(|(field, value)| (field.to_owned(), value.to_owned()))
                .into(),
            _ => BTreeMap::new(),
        }
    }

    /// Gives her what she needs to know of it.
    pub fn tell(&self, person: &mut Person) {
        person.pays = self.pays;
        person.changes_her_mind = self.changes_her_mind && self.pays == Some(Method::Vietqr);
        person.hasty = self.hasty;
        person.wants_it_back = self.kind == Kind::Withdrawal;
        person.amends = self.amends();
        person.sure = self.sure;
        if self.kind == Kind::TakeBack {
            person.slip = Some(("requester.phone".into(), "0912345678".into()));
        }
    }

    /// Whether `files` are what she attached, by kind of act.
    pub const fn has_a_photo(&self) -> bool {
        self.pays.is_none()
    }
}
