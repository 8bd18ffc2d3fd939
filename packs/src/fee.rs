//! `[fee]` of a procedure: lines, rates and exemptions, or the short form for one price.
//!
//! The short form is what most procedures need (`free = true` with a basis); a price stands there
//! with the same words as in a rate, so that growing one into the other is cutting and pasting.

use std::collections::BTreeSet;

use gandan_domain::{
    catalog::LocalText,
    form::{Form, Program},
    payment::{
        FeeError, FeeRules, Vnd,
        fee::{After, Age, Channel, Exemption, FeeLine, Period, Price, Rate},
    },
};
use jiff::civil::Date;
use serde::Deserialize;

use crate::{
    What,
    condition::{self, Scope},
    source::{Checker, Spanned, Texts},
};

/// Either one price, or lines.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(transform = crate::schema::one_price_or_lines))]
#[serde(deny_unknown_fields)]
pub struct FeeToml {
    // The one price; `PriceToml` can't be flattened, since then unknown keys would pass.
    #[serde(default)]
    free: bool,
    vnd: Option<u64>,
    per: Option<String>,
    after: Option<AfterToml>,
    max: Option<u64>,
    times: Option<String>,
    unknown: Option<Texts>,
    basis: Option<String>,
    #[serde(default)]
    line: Vec<LineToml>,
    #[serde(default)]
    exemption: Vec<ExemptionToml>,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct LineToml {
    id: Spanned<String>,
    name: Texts,
    when: Option<Spanned<String>>,
    rate: Vec<Spanned<RateToml>>,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(transform = crate::schema::one_price))]
#[serde(deny_unknown_fields)]
struct RateToml {
    channel: Option<Channel>,
    #[serde(default)]
    provinces: BTreeSet<String>,
    when: Option<Spanned<String>>,
    case: Option<Texts>,
    from: Option<Date>,
    until: Option<Date>,
    #[serde(default)]
    free: bool,
    vnd: Option<u64>,
    per: Option<String>,
    after: Option<AfterToml>,
    max: Option<u64>,
    times: Option<String>,
    unknown: Option<Texts>,
    basis: String,
}

#[derive(Clone, Copy, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct AfterToml {
    units: u64,
    vnd: u64,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct ExemptionToml {
    id: Spanned<String>,
    name: Texts,
    when: Option<Spanned<String>>,
    age: Option<AgeToml>,
    from: Option<Date>,
    until: Option<Date>,
    channel: Option<Channel>,
    #[serde(default)]
    lines: BTreeSet<String>,
    percent: Option<u8>,
    basis: String,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct AgeToml {
    field: String,
    from: Option<u16>,
    under: Option<u16>,
}

/// The rules; reports what is wrong with them.
pub fn compile(
    check: &mut Checker<'_>,
    read: &Spanned<FeeToml>,
    scope: &Scope,
    form: &Form,
) -> FeeRules {
    let fee_line = check.line(read);
    let fee = read.as_ref();
    let mut ids = Vec::new();
    let mut rules = if fee.line.is_empty() {
        let basis = fee.basis.clone().unwrap_or_default();
        if basis.trim().is_empty() {
            check.report(fee_line, What::FeeShape("`basis` says which law sets it"));
        }
        let price = PriceToml {
            free: fee.free,
            vnd: fee.vnd,
            per: fee.per.as_ref(),
            after: fee.after,
            max: fee.max,
            times: fee.times.as_ref(),
            unknown: fee.unknown.as_ref(),
        };
        let price = price.compile(check, fee_line);
        FeeRules::of_one(one_line(), price, basis)
    } else {
        let one_price = fee.free
            || fee.vnd.is_some()
            || fee.per.is_some()
            || fee.after.is_some()
            || fee.max.is_some()
            || fee.times.is_some()
            || fee.unknown.is_some()
            || fee.basis.is_some();
        if one_price {
            let why = "it has lines, so every price stands in a rate of a line";
            check.report(fee_line, What::FeeShape(why));
        }
        let lines = fee
            .line
            .iter()
            .map(|line| {
                ids.push((line.id.as_ref().clone(), check.line(&line.id)));
                FeeLine {
                    id: check.id(&line.id),
                    name: check.local(&line.name),
                    when: condition(check, scope, line.when.as_ref()),
                    rates: line
                        .rate
                        .iter()
                        .map(|rate| compile_rate(check, scope, rate))
                        .collect(),
                }
            })
            .collect();
        FeeRules {
            lines,
            exemptions: Vec::new(),
        }
    };
    for exemption in &fee.exemption {
        ids.push((exemption.id.as_ref().clone(), check.line(&exemption.id)));
        rules
            .exemptions
            .push(compile_exemption(check, scope, exemption));
    }
    for mistake in rules.mistakes(form) {
        // Reported where the condition stands.
        if matches!(mistake, FeeError::UnknownField { .. }) {
            continue;
        }
        let line = ids
            .iter()
            .rev()
            .find(|(id, _)| id == mistake.at())
            .map_or(fee_line, |(_, line)| *line);
        check.report(line, What::Fee(mistake));
    }
    rules
}

/// What the only line of the short form is called.
fn one_line() -> LocalText {
    LocalText(
        [
            ("vi".into(), "Phí, lệ phí".into()),
            ("en".into(), "Fee".into()),
        ]
        .into(),
    )
}

fn compile_rate(check: &mut Checker<'_>, scope: &Scope, read: &Spanned<RateToml>) -> Rate {
    let line = check.line(read);
    let rate = read.as_ref();
    let price = PriceToml {
        free: rate.free,
        vnd: rate.vnd,
        per: rate.per.as_ref(),
        after: rate.after,
        max: rate.max,
        times: rate.times.as_ref(),
        unknown: rate.unknown.as_ref(),
    };
    let code = |province: &String| {
        province.len() == 2 && province.bytes().all(|byte| byte.is_ascii_digit())
    };
    if !rate.provinces.iter().all(code) {
        check.report(line, What::FeeShape("a province code is two digits"));
    }
    if rate.when.is_some() != rate.case.is_some() {
        let why = "a rate with `when` says in `case`, in words, which case that is";
        check.report(line, What::FeeShape(why));
    }
    Rate {
        channel: rate.channel,
        provinces: rate.provinces.clone(),
        when: condition(check, scope, rate.when.as_ref()),
        case: rate.case.as_ref().map(|case| check.local(case)),
        period: Period {
            from: rate.from,
            until: rate.until,
        },
        price: price.compile(check, line),
        basis: rate.basis.clone(),
    }
}

fn compile_exemption(check: &mut Checker<'_>, scope: &Scope, read: &ExemptionToml) -> Exemption {
    if read
        .age
        .as_ref()
        .is_some_and(|age| age.from.is_none() && age.under.is_none())
    {
        let why = "an age needs `from` or `under`, in completed years";
        check.report_at(&read.id, What::FeeShape(why));
    }
    Exemption {
        id: check.id(&read.id),
        name: check.local(&read.name),
        when: condition(check, scope, read.when.as_ref()),
        age: read.age.as_ref().map(|age| Age {
            field: age.field.clone(),
            from: age.from,
            under: age.under,
        }),
        period: Period {
            from: read.from,
            until: read.until,
        },
        channel: read.channel,
        lines: read.lines.clone(),
        percent: read.percent.unwrap_or(100),
        basis: read.basis.clone(),
    }
}

/// A price as it stands in `[fee]` or in a rate.
struct PriceToml<'t> {
    free: bool,
    vnd: Option<u64>,
    per: Option<&'t String>,
    after: Option<AfterToml>,
    max: Option<u64>,
    times: Option<&'t String>,
    unknown: Option<&'t Texts>,
}

impl PriceToml<'_> {
    fn compile(&self, check: &mut Checker<'_>, line: usize) -> Price {
        let counted = self.after.is_some() || self.max.is_some() || self.times.is_some();
        if counted && self.per.is_none() {
            let why = "`after`, `max` and `times` belong to a price `per` something";
            check.report(line, What::FeeShape(why));
        }
        match (self.free, self.vnd, self.unknown) {
            (true, None, None) if self.per.is_none() => Price::Free,
            (false, None, Some(why)) if self.per.is_none() => Price::Unknown {
                why: check.local(why),
            },
            (false, Some(vnd), None) => match self.per {
                None => Price::Fixed { vnd: Vnd::new(vnd) },
                Some(count) => Price::Per {
                    vnd: Vnd::new(vnd),
                    count: count.clone(),
                    after: self.after.map(|after| After {
                        units: after.units,
                        vnd: Vnd::new(after.vnd),
                    }),
                    max: self.max.map(Vnd::new),
                    times: self.times.cloned(),
                },
            },
            _ => {
                let why = "exactly one of `free`, `vnd` and `unknown` must be there; `per` goes with `vnd`";
                check.report(line, What::FeeShape(why));
                Price::Free
            }
        }
    }
}

fn condition(
    check: &mut Checker<'_>,
    scope: &Scope,
    source: Option<&Spanned<String>>,
) -> Option<Program> {
    let source = source?;
    match condition::compile(source.as_ref(), scope) {
        Ok(program) => Some(program),
        Err(error) => {
            check.report_at(source, What::Condition(error));
            None
        }
    }
}
