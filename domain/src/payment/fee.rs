//! What a dossier costs: rules as data, one function for phone and server.
//!
//! A fee has lines ("lệ phí đăng ký", "phí bản sao"). A line has rates, tried in order; the first
//! whose channel, province, days and condition fit says the price. Exemptions let off a part of
//! some lines, or all of it; where several fit, the greatest counts, never their sum.
//!
//! Everything a fee hangs on is an answer of the form, the channel, the province or the day of
//! filing. What the state knows of a person reaches a fee as a prefilled answer, so it is seen,
//! signed, and computed again by the server from what was signed. What was rejected: asking a
//! register for "is this household poor" while computing, since then the phone shows one sum and
//! the server asks for another, and nobody can later say why.
//!
//! *Unknown* is a value, not a zero: the National Portal writes 0 where the province's council
//! decides, and a screen that says "free" there lies. A line that is waived whole is known even
//! where its rate is not.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Vnd;
use crate::{
    catalog::LocalText,
    form::{Answers, FieldKind, Form, Program},
};

/// More of a thing than this is a slip of the finger: it counts as unanswered.
pub const MAX_COUNT: u64 = 9_999;

/// How a dossier reaches the office (hình thức nộp).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "FeeChannel"))]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Trực tuyến.
    Online,
    /// Trực tiếp.
    Counter,
    /// Bưu chính.
    Post,
}

/// What a procedure costs, as the law of its version says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FeeRules {
    pub lines: Vec<FeeLine>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exemptions: Vec<Exemption>,
}

/// One thing that is charged for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FeeLine {
    /// Names the line to exemptions and receipts, e.g. `copies`.
    pub id: String,
    pub name: LocalText,
    /// Charged only when this holds; always, if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Program>,
    /// The first that fits counts. The last fits everywhere and always: see [`FeeRules::mistakes`].
    pub rates: Vec<Rate>,
}

/// A price and where, when and for whom it is the price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Rate {
    /// Any, if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// Province codes; anywhere, if empty. Each province's council decides for itself.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub provinces: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Program>,
    /// What `when` says, in words: a condition can't be read aloud.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<LocalText>,
    #[serde(default, flatten)]
    pub period: Period,
    pub price: Price,
    /// The law that says so.
    pub basis: String,
}

/// Days of filing, first and last included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Period {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "price", rename_all = "snake_case")]
pub enum Price {
    Free,
    Fixed {
        vnd: Vnd,
    },
    /// `vnd` for each of what the field `count` counts.
    Per {
        vnd: Vnd,
        count: String,
        /// From this many on, each further one costs something else.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<After>,
        /// Never more than this, before `times`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<Vnd>,
        /// The whole as often as this field says, e.g. pages, times copies.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        times: Option<String>,
    },
    /// The amount is not in the data, e.g. since the province's council decides.
    Unknown {
        why: LocalText,
    },
}

/// "2,000 đ a page; from the third page on 1,000 đ": `{ units: 2, vnd: 1000 }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct After {
    pub units: u64,
    pub vnd: Vnd,
}

/// Who pays less, or nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Exemption {
    pub id: String,
    pub name: LocalText,
    /// Holds for these answers; always, if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Program>,
    /// Holds for people of this age on the day of filing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age: Option<Age>,
    #[serde(default, flatten)]
    pub period: Period,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// The lines it lets off; all, if empty.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub lines: BTreeSet<String>,
    /// How much of them, 1 to 100.
    pub percent: u8,
    pub basis: String,
}

/// Completed years, by the date in `field`. An unanswered date is no age.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Age {
    pub field: String,
    /// At least this old.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u16>,
    /// Younger than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub under: Option<u16>,
}

/// What is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Amount<'r> {
    Known {
        /// In the order of the rules; a line that is free or waived is there with 0.
        lines: Vec<Line<'r>>,
        total: Vnd,
    },
    Unknown {
        why: Why<'r>,
    },
}

/// Why no sum can be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why<'r> {
    /// The data does not have it; the text says who decides.
    NotInData { why: &'r LocalText, basis: &'r str },
    /// It depends on a question that is not answered yet.
    Unanswered { field: &'r str },
    /// The sum is larger than money gets.
    TooLarge,
}

/// One line of what is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line<'r> {
    pub id: &'r str,
    pub name: &'r LocalText,
    pub vnd: Vnd,
    /// Before the exemption; `None` where the rate is not known and the line is waived whole.
    pub before: Option<Vnd>,
    /// What was multiplied: 8,000 đ × 2.
    pub units: Option<Units>,
    pub basis: &'r str,
    pub exemption: Option<&'r Exemption>,
}

/// Shown as `each × count`, only where that is the whole calculation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Units {
    pub each: Vnd,
    pub count: u64,
}

impl Amount<'_> {
    /// The sum, where it is known.
    pub const fn total(&self) -> Option<Vnd> {
        match self {
            Self::Known { total, .. } => Some(*total),
            Self::Unknown { .. } => None,
        }
    }
}

/// What is due for these answers. `answers` are clean ([`Form::clean`]): a hidden answer steers no
/// fee. `province` is the code of the receiving province, `day` the day of filing in Vietnam.
pub fn fee<'r>(
    rules: &'r FeeRules,
    answers: &Answers,
    channel: Channel,
    province: Option<&str>,
    day: Date,
) -> Amount<'r> {
    let case = Case {
        answers,
        channel,
        province,
        day,
    };
    let mut lines = Vec::new();
    for line in &rules.lines {
        if !case.holds(line.when.as_ref()) {
            continue;
        }
        match case.line(line, &rules.exemptions) {
            Ok(line) => lines.push(line),
            Err(why) => return Amount::Unknown { why },
        }
    }
    match Vnd::sum(lines.iter().map(|line| line.vnd)) {
        Some(total) => Amount::Known { lines, total },
        None => Amount::Unknown { why: Why::TooLarge },
    }
}

struct Case<'a> {
    answers: &'a Answers,
    channel: Channel,
    province: Option<&'a str>,
    day: Date,
}

impl Case<'_> {
    fn line<'r>(
        &self,
        line: &'r FeeLine,
        exemptions: &'r [Exemption],
    ) -> Result<Line<'r>, Why<'r>> {
        let rate = line
            .rates
            .iter()
            .find(|rate| self.fits(rate))
            .ok_or(Why::TooLarge)?;
        let exemption = exemptions
            .iter()
            .filter(|exemption| exemption.lines.is_empty() || exemption.lines.contains(&line.id))
            .filter(|exemption| self.exempts(exemption))
            // The first of the greatest.
            .reduce(|best, next| {
                if next.percent > best.percent {
                    next
                } else {
                    best
                }
            });
        let percent = exemption.map_or(0, |exemption| exemption.percent);
        let (before, units) = match (self.price(&rate.price, &rate.basis), percent) {
            (Ok((vnd, units)), _) => (Some(vnd), units),
            // Nothing is due, whatever the rate is.
            (Err(_), 100) => (None, None),
            (Err(why), _) => return Err(why),
        };
        Ok(Line {
            id: &line.id,
            name: &line.name,
            vnd: before.map_or(Vnd::ZERO, |vnd| vnd.less(percent)),
            before,
            units,
            basis: &rate.basis,
            // Letting off nothing of nothing is no exemption.
            exemption: exemption.filter(|_| before != Some(Vnd::ZERO)),
        })
    }

    fn fits(&self, rate: &Rate) -> bool {
        rate.channel.is_none_or(|channel| channel == self.channel)
            && (rate.provinces.is_empty()
                || self
                    .province
                    .is_some_and(|province| rate.provinces.contains(province)))
            && rate.period.holds(self.day)
            && self.holds(rate.when.as_ref())
    }

    fn exempts(&self, exemption: &Exemption) -> bool {
        exemption
            .channel
            .is_none_or(|channel| channel == self.channel)
            && exemption.period.holds(self.day)
            && self.holds(exemption.when.as_ref())
            && exemption.age.as_ref().is_none_or(|age| {
                self.answers
                    .text(&age.field)
                    .and_then(|born| born.parse().ok())
                    .is_some_and(|born| age.holds(born, self.day))
            })
    }

    fn price<'r>(&self, price: &'r Price, basis: &'r str) -> Result<(Vnd, Option<Units>), Why<'r>> {
        match price {
            Price::Free => Ok((Vnd::ZERO, None)),
            Price::Fixed { vnd } => Ok((*vnd, None)),
            Price::Unknown { why } => Err(Why::NotInData { why, basis }),
            Price::Per {
                vnd,
                count,
                after,
                max,
                times,
            } => {
                let units = self.count(count)?;
                let at_first = after.map_or(units, |after| units.min(after.units));
                let further = match after {
                    Some(after) => after.vnd.checked_mul(units - at_first),
                    None => Some(Vnd::ZERO),
                };
                let mut sum = vnd
                    .checked_mul(at_first)
                    .zip(further)
                    .and_then(|(sum, further)| sum.checked_add(further))
                    .ok_or(Why::TooLarge)?;
                if let Some(max) = max {
                    sum = sum.min(*max);
                }
                let plain = after.is_none() && max.is_none() && times.is_none();
                if let Some(times) = times {
                    sum = sum.checked_mul(self.count(times)?).ok_or(Why::TooLarge)?;
                }
                let units = plain.then_some(Units {
                    each: *vnd,
                    count: units,
                });
                Ok((sum, units))
            }
        }
    }

    fn count<'r>(&self, field: &'r str) -> Result<u64, Why<'r>> {
        self.answers
            .text(field)
            .and_then(|text| text.parse().ok())
            .filter(|count| *count <= MAX_COUNT)
            .ok_or(Why::Unanswered { field })
    }

    fn holds(&self, condition: Option<&Program>) -> bool {
        condition.is_none_or(|program| crate::form::holds(program, self.answers, ""))
    }
}

impl Period {
    pub fn holds(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }

    pub const fn is_always(&self) -> bool {
        self.from.is_none() && self.until.is_none()
    }
}

impl Age {
    /// Whoever was born on 29 February is a year older on 1 March (Civil Code 2015, Articles 147
    /// and 148: a year ends with the day before).
    fn holds(&self, born: Date, day: Date) -> bool {
        let had_birthday = (day.month(), day.day()) >= (born.month(), born.day());
        let years = i32::from(day.year()) - i32::from(born.year()) - i32::from(!had_birthday);
        years >= 0
            && self.from.is_none_or(|from| years >= i32::from(from))
            && self.under.is_none_or(|under| years < i32::from(under))
    }
}

/// A mistake in fee rules.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FeeError {
    #[error("accept the fee: it has no line")]
    NoLine,
    #[error("accept the fee: `{id}` is there twice")]
    Duplicate { id: String },
    #[error("accept the fee: `{at}` asks about the field `{field}`, which does not exist")]
    UnknownField { at: String, field: String },
    #[error("accept the fee: `{at}` counts by `{field}`, whose answer is no number")]
    NotACount { at: String, field: String },
    #[error("accept the fee: `{at}` takes an age from `{field}`, which is not a date")]
    NotADate { at: String, field: String },
    #[error(
        "accept the fee: the last rate of `{line}` must hold for every channel, place, day and answer, so that no case is without one"
    )]
    Gap { line: String },
    #[error("accept the fee: after a rate of `{line}` that always holds, no other can count")]
    Unreachable { line: String },
    #[error("accept the fee: `{exemption}` lets off the line `{line}`, which does not exist")]
    UnknownLine { exemption: String, line: String },
    #[error("accept the fee: `{exemption}` lets off 1 to 100 percent")]
    Percent { exemption: String },
    #[error("accept the fee: `{at}` ends before it begins")]
    Period { at: String },
    #[error("accept the fee: `{at}` is a price of 0; say `free`, or why it is unknown")]
    Zero { at: String },
}

impl FeeError {
    /// The line or exemption to point at.
    pub fn at(&self) -> &str {
        match self {
            Self::NoLine => "",
            Self::Duplicate { id } => id,
            Self::UnknownField { at, .. }
            | Self::NotACount { at, .. }
            | Self::NotADate { at, .. }
            | Self::Period { at }
            | Self::Zero { at } => at,
            Self::Gap { line } | Self::Unreachable { line } => line,
            Self::UnknownLine { exemption, .. } | Self::Percent { exemption } => exemption,
        }
    }
}

impl FeeRules {
    /// One line that costs nothing, by this law.
    pub fn free(name: LocalText, basis: impl Into<String>) -> Self {
        Self::of_one(name, Price::Free, basis)
    }

    /// One line of one price everywhere.
    pub fn of_one(name: LocalText, price: Price, basis: impl Into<String>) -> Self {
        Self {
            lines: vec![FeeLine {
                id: "fee".into(),
                name,
                when: None,
                rates: vec![Rate {
                    channel: None,
                    provinces: BTreeSet::new(),
                    when: None,
                    case: None,
                    period: Period::default(),
                    price,
                    basis: basis.into(),
                }],
            }],
            exemptions: Vec::new(),
        }
    }

    /// Finds every mistake; empty means that [`fee`] has an answer for every case.
    pub fn mistakes(&self, form: &Form) -> Vec<FeeError> {
        let mut mistakes = Vec::new();
        if self.lines.is_empty() {
            mistakes.push(FeeError::NoLine);
        }
        let mut ids = BTreeSet::new();
        let lines = self.lines.iter().map(|line| &line.id);
        for id in lines.chain(self.exemptions.iter().map(|exemption| &exemption.id)) {
            if id.is_empty() || !ids.insert(id) {
                mistakes.push(FeeError::Duplicate { id: id.clone() });
            }
        }
        for line in &self.lines {
            line.mistakes(form, &mut mistakes);
        }
        for exemption in &self.exemptions {
            let at = &exemption.id;
            conditions(at, exemption.when.as_ref(), form, &mut mistakes);
            if !(1..=100).contains(&exemption.percent) {
                mistakes.push(FeeError::Percent {
                    exemption: at.clone(),
                });
            }
            for line in &exemption.lines {
                if !self.lines.iter().any(|known| known.id == *line) {
                    mistakes.push(FeeError::UnknownLine {
                        exemption: at.clone(),
                        line: line.clone(),
                    });
                }
            }
            if let Some(age) = &exemption.age
                && !form
                    .field(&age.field)
                    .is_some_and(|field| matches!(field.kind, FieldKind::Date { .. }))
            {
                mistakes.push(FeeError::NotADate {
                    at: at.clone(),
                    field: age.field.clone(),
                });
            }
            exemption.period.mistakes(at, &mut mistakes);
        }
        mistakes
    }

    /// The first mistake, if there is one.
    pub fn check(&self, form: &Form) -> Result<(), FeeError> {
        self.mistakes(form).into_iter().next().map_or(Ok(()), Err)
    }
}

impl FeeLine {
    fn mistakes(&self, form: &Form, mistakes: &mut Vec<FeeError>) {
        let line = || self.id.clone();
        conditions(&self.id, self.when.as_ref(), form, mistakes);
        for rate in &self.rates {
            conditions(&self.id, rate.when.as_ref(), form, mistakes);
            rate.period.mistakes(&self.id, mistakes);
            match &rate.price {
                Price::Fixed { vnd } if vnd.is_zero() => {
                    mistakes.push(FeeError::Zero { at: line() });
                }
                Price::Per {
                    vnd, count, times, ..
                } => {
                    if vnd.is_zero() {
                        mistakes.push(FeeError::Zero { at: line() });
                    }
                    for field in [Some(count), times.as_ref()].into_iter().flatten() {
                        let counts = form.field(field).is_some_and(|field| {
                            field.required
                                && matches!(
                                    field.kind,
                                    FieldKind::Text { .. } | FieldKind::Number { .. }
                                )
                        });
                        if !counts {
                            mistakes.push(FeeError::NotACount {
                                at: line(),
                                field: field.clone(),
                            });
                        }
                    }
                }
                _ => {}
            }
        }
        match self.rates.iter().position(Rate::always_fits) {
            None => mistakes.push(FeeError::Gap { line: line() }),
            Some(at) if at + 1 < self.rates.len() => {
                mistakes.push(FeeError::Unreachable { line: line() });
            }
            Some(_) => {}
        }
    }
}

impl Rate {
    fn always_fits(&self) -> bool {
        self.channel.is_none()
            && self.provinces.is_empty()
            && self.when.is_none()
            && self.period.is_always()
    }
}

impl Period {
    fn mistakes(&self, at: &str, mistakes: &mut Vec<FeeError>) {
        if let (Some(from), Some(until)) = (self.from, self.until)
            && until < from
        {
            mistakes.push(FeeError::Period { at: at.into() });
        }
    }
}

fn conditions(at: &str, program: Option<&Program>, form: &Form, mistakes: &mut Vec<FeeError>) {
    for field in program.into_iter().flat_map(Program::slots) {
        if form.field(field).is_none() {
            mistakes.push(FeeError::UnknownField {
                at: at.into(),
                field: field.clone(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "a test stops at the first surprise"
    )]

    use jiff::civil::date;

    use super::*;
    use crate::form::sample::{answers, is, text};

    const DAY: Date = date(2026, 11, 22);

    fn rate(channel: Option<Channel>, price: Price) -> Rate {
        Rate {
            channel,
            provinces: BTreeSet::new(),
            when: None,
            case: None,
            period: Period::default(),
            price,
            basis: "L".into(),
        }
    }

    fn fixed(dong: u64) -> Price {
        Price::Fixed {
            vnd: Vnd::new(dong),
        }
    }

    fn rules(rates: Vec<Rate>) -> FeeRules {
        FeeRules {
            lines: vec![FeeLine {
                id: "fee".into(),
                name: text("Lệ phí"),
                when: None,
                rates,
            }],
            exemptions: Vec::new(),
        }
    }

    fn exemption(id: &str, percent: u8) -> Exemption {
        Exemption {
            id: id.into(),
            name: text(id),
            when: None,
            age: None,
            period: Period::default(),
            channel: None,
            lines: BTreeSet::new(),
            percent,
            basis: id.into(),
        }
    }

    fn total(rules: &FeeRules, given: &[(&str, &str)], day: Date) -> Option<Vnd> {
        fee(rules, &answers(given), Channel::Online, Some("08"), day).total()
    }

    #[test]
    fn a_fee_that_the_province_decides_is_never_a_zero() {
        let unknown = Price::Unknown {
            why: text("Hội đồng nhân dân tỉnh quyết định"),
        };
        let mut rules = rules(vec![rate(None, unknown)]);
        let due = fee(
            &rules,
            &Answers::default(),
            Channel::Online,
            Some("08"),
            DAY,
        );
        assert!(matches!(
            due,
            Amount::Unknown {
                why: Why::NotInData { .. }
            }
        ));
        // Half of what is not known is not known; none of it is nothing.
        rules.exemptions = vec![exemption("half", 50)];
        assert_eq!(total(&rules, &[], DAY), None);
        rules.exemptions = vec![exemption("all", 100)];
        assert_eq!(total(&rules, &[], DAY), Some(Vnd::ZERO));
    }

    #[test]
    fn a_period_holds_on_its_first_and_last_day() {
        let mut half = exemption("half", 50);
        half.period = Period {
            from: Some(date(2025, 7, 1)),
            until: Some(date(2026, 12, 31)),
        };
        let mut rules = rules(vec![rate(None, fixed(50_000))]);
        rules.exemptions = vec![half];
        for (day, vnd) in [
            (date(2025, 6, 30), 50_000),
            (date(2025, 7, 1), 25_000),
            (date(2026, 12, 31), 25_000),
            (date(2027, 1, 1), 50_000),
        ] {
            assert_eq!(total(&rules, &[], day), Some(Vnd::new(vnd)), "{day}");
        }
    }

    #[test]
    fn of_several_exemptions_the_greatest_counts_and_is_named() {
        let mut poor = exemption("poor", 100);
        poor.when = Some(is("household", "poor"));
        let mut rules = rules(vec![rate(None, fixed(10_000))]);
        rules.exemptions = vec![exemption("online", 30), poor, exemption("other", 30)];
        let given = answers(&[("household", "poor")]);
        let Amount::Known { lines, total } = fee(&rules, &given, Channel::Online, None, DAY) else {
            panic!("not known");
        };
        assert_eq!(
            (total, lines[0].before),
            (Vnd::ZERO, Some(Vnd::new(10_000)))
        );
        assert_eq!(lines[0].exemption.map(|all| &*all.id), Some("poor"));
        let none = Answers::default();
        let Amount::Known { lines, total } = fee(&rules, &none, Channel::Online, None, DAY) else {
            panic!("not known");
        };
        assert_eq!(total, Vnd::new(7_000));
        assert_eq!(lines[0].exemption.map(|first| &*first.id), Some("online"));
    }

    #[test]
    fn ages_turn_on_the_birthday() {
        let mut child = exemption("child", 100);
        child.age = Some(Age {
            field: "born".into(),
            from: None,
            under: Some(16),
        });
        let mut rules = rules(vec![rate(None, fixed(5))]);
        rules.exemptions = vec![child];
        let due = |born: &str, day| total(&rules, &[("born", born)], day).unwrap().get();
        assert_eq!(due("2010-11-22", DAY), 5);
        assert_eq!(due("2010-11-23", DAY), 0);
        assert_eq!(due("2012-02-29", date(2028, 2, 28)), 0);
        assert_eq!(due("2012-02-29", date(2028, 2, 29)), 5);
        assert_eq!(due("2011-02-28", date(2027, 2, 28)), 5);
        // Not answered, not a day, not yet born: no age at all.
        assert_eq!(due("", DAY), 5);
        assert_eq!(due("soon", DAY), 5);
        assert_eq!(due("2027-01-01", DAY), 5);
    }

    #[test]
    fn counts_are_small_numbers_or_no_answer() {
        let per = Price::Per {
            vnd: Vnd::new(8_000),
            count: "copies".into(),
            after: None,
            max: None,
            times: None,
        };
        let rules = rules(vec![rate(None, per)]);
        assert_eq!(
            total(&rules, &[("copies", "2")], DAY),
            Some(Vnd::new(16_000))
        );
        for wrong in ["", "-1", "2.5", "hai", "10000", "99999999999999999999"] {
            assert_eq!(total(&rules, &[("copies", wrong)], DAY), None, "{wrong}");
        }
    }

    /// Whatever the rules and answers: no panic, the same twice, a total that is the sum of its
    /// lines, no line above its price before exemption.
    #[test]
    fn any_fee_adds_up() {
        bolero::check!()
            .with_type::<(Vec<(u64, u8, u8)>, u64, u8, String)>()
            .for_each(|(prices, each, percent, count)| {
                let mut rules = FeeRules {
                    lines: prices
                        .iter()
                        .map(|(dong, shape, channel)| FeeLine {
                            id: "x".into(),
                            name: text("x"),
                            when: (*shape > 200).then(|| is("a", "b")),
                            rates: vec![
                                rate((channel % 2 == 0).then_some(Channel::Post), fixed(*dong)),
                                rate(
                                    None,
                                    Price::Per {
                                        vnd: Vnd::new(*each),
                                        count: "n".into(),
                                        after: (shape % 2 == 0).then_some(After {
                                            units: 2,
                                            vnd: Vnd::new(*dong),
                                        }),
                                        max: (shape % 3 == 0).then_some(Vnd::new(7)),
                                        times: (shape % 5 == 0).then(|| "n".into()),
                                    },
                                ),
                            ],
                        })
                        .collect(),
                    exemptions: vec![exemption("e", *percent)],
                };
                rules.exemptions[0].lines = ["x".to_owned()].into();
                let given = answers(&[("n", count)]);
                let due = fee(&rules, &given, Channel::Online, None, DAY);
                assert_eq!(due, fee(&rules, &given, Channel::Online, None, DAY));
                if let Amount::Known { lines, total } = due {
                    assert_eq!(Vnd::sum(lines.iter().map(|line| line.vnd)), Some(total));
                    assert!(
                        lines
                            .iter()
                            .all(|line| line.before.is_none_or(|before| line.vnd <= before))
                    );
                }
            });
    }
}
