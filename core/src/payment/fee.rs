//! A fee in words: the rules before anything is answered, the sum once it is.

use gandan_domain::{
    catalog::Procedure,
    payment::{
        Amount, Channel, FeeRules, Vnd,
        fee::{Exemption, Line, Period, Price, Rate, Why},
    },
    text::{Text, messages::Arg, spoken},
};

use crate::{
    journey::{DraftFacts, Facts, Say, row, sentences},
    screen::SummaryRow,
};

impl Facts<'_> {
    /// What filing this draft costs today: online where that is possible, else at the counter.
    pub fn fee<'d>(&self, draft: &DraftFacts<'d>) -> Amount<'d> {
        self.fee_by(&draft.procedure.fee, draft)
    }

    /// The same by other rules, such as those of before.
    pub fn fee_by<'r>(&self, rules: &'r FeeRules, draft: &DraftFacts<'_>) -> Amount<'r> {
        let (form, answers) = (&draft.procedure.form, &draft.clean);
        let commune = answers
            .text(&form.commune_field)
            .and_then(gandan_domain::form::evaluate::read_place)
            .and_then(|key| self.content.commune(&key));
        gandan_domain::payment::fee(
            rules,
            answers,
            if draft.procedure.is_online() {
                Channel::Online
            } else {
                Channel::Counter
            },
            commune.map(|commune| commune.province_code.as_str()),
            self.now.date(),
        )
    }
}

/// The rules, as rows of a summary: one a line of the fee, one an exemption.
pub fn rules(procedure: &Procedure, facts: &Facts<'_>) -> Vec<SummaryRow> {
    let say = facts.say;
    let FeeRules { lines, exemptions } = &procedure.fee;
    let mut rows = Vec::new();
    for line in lines {
        let name = match &lines[..] {
            [_] => say.plain("procedure-fee"),
            _ => say.local(&line.name),
        };
        let rates = line
            .rates
            .iter()
            .map(|rate| rate_text(rate, procedure, facts));
        rows.push(row(name, sentences(rates)));
    }
    rows.extend(
        exemptions
            .iter()
            .map(|exemption| row(say.local(&exemption.name), exemption_rule(exemption, say))),
    );
    rows
}

fn rate_text(rate: &Rate, procedure: &Procedure, facts: &Facts<'_>) -> Text {
    let say = facts.say;
    let lang = say.lang();
    let label = |field: &String| {
        procedure
            .form
            .field(field)
            .map_or_else(Text::default, |field| say.local(&field.label))
    };
    let mut amount = match &rate.price {
        Price::Free => say.plain("fee-free"),
        Price::Fixed { vnd } => money(*vnd, say),
        Price::Unknown { why } => say.text("fee-unknown", &[("why", say.local(why).into())]),
        Price::Per {
            vnd,
            count,
            after,
            max,
            times,
        } => {
            let mut said = say.text(
                "fee-per",
                &[
                    ("amount", money(*vnd, say).into()),
                    ("count", label(count).into()),
                ],
            );
            if let Some(after) = after {
                let units = i64::try_from(after.units).unwrap_or(i64::MAX);
                said = say.text(
                    "fee-after",
                    &[
                        ("rate", said.into()),
                        ("units", units.into()),
                        ("amount", money(after.vnd, say).into()),
                    ],
                );
            }
            if let Some(max) = max {
                let max = money(*max, say);
                said = say.text("fee-max", &[("rate", said.into()), ("amount", max.into())]);
            }
            if let Some(times) = times {
                let times = label(times);
                said = say.text(
                    "fee-times",
                    &[("rate", said.into()), ("count", times.into())],
                );
            }
            said
        }
    };
    // From the inside out: the case, the days, the province, the channel.
    if let Some(case) = &rate.case {
        amount = say.text(
            "fee-in-case",
            &[("case", say.local(case).into()), ("amount", amount.into())],
        );
    }
    amount = within(amount, rate.period, say);
    if !rate.provinces.is_empty() {
        let communes = &facts.content.pack.communes;
        let names = rate.provinces.iter().filter_map(|code| {
            let of_it = communes
                .iter()
                .find(|commune| commune.province_code == *code)?;
            Some(Text::vi(of_it.province_name.clone()))
        });
        let places = names
            .reduce(|all, next| all.then(Text::new(", ", lang.clone())).then(next))
            .unwrap_or_default();
        amount = say.text(
            "fee-at-place",
            &[("places", places.into()), ("amount", amount.into())],
        );
    }
    if let Some(channel) = rate.channel {
        let message = match channel {
            Channel::Online => "fee-online",
            Channel::Counter => "fee-counter",
            Channel::Post => "fee-post",
        };
        amount = say.text(message, &[("amount", amount.into())]);
    }
    with_basis(amount, &rate.basis, say)
}

fn within(amount: Text, period: Period, say: &Say) -> Text {
    let day = |day| -> Arg { spoken::date(day, say.lang()).into() };
    match (period.from, period.until) {
        (None, None) => amount,
        (Some(from), None) => say.text(
            "fee-from",
            &[("amount", amount.into()), ("from", day(from))],
        ),
        (None, Some(until)) => say.text(
            "fee-until",
            &[("amount", amount.into()), ("until", day(until))],
        ),
        (Some(from), Some(until)) => say.text(
            "fee-between",
            &[
                ("amount", amount.into()),
                ("from", day(from)),
                ("until", day(until)),
            ],
        ),
    }
}

fn exemption_rule(exemption: &Exemption, say: &Say) -> Text {
    let off = match exemption.percent {
        100 => say.plain("fee-exempt"),
        percent => say.text("fee-reduced", &[("percent", i64::from(percent).into())]),
    };
    with_basis(within(off, exemption.period, say), &exemption.basis, say)
}

/// What is due for the answers given, with the rule that says so.
pub fn amount(draft: &DraftFacts<'_>, facts: &Facts<'_>) -> Text {
    amount_by(&draft.procedure.fee, draft, facts)
}

/// The same by other rules.
pub fn amount_by(rules: &FeeRules, draft: &DraftFacts<'_>, facts: &Facts<'_>) -> Text {
    let say = facts.say;
    match facts.fee_by(rules, draft) {
        Amount::Known { lines, total } => match &lines[..] {
            [line] => line_text(line, say),
            _ => {
                let total = say.text("fee-total", &[("amount", money(total, say).into())]);
                let lines = lines.iter().map(|line| {
                    let name = say.local(line.name);
                    let text = line_text(line, say);
                    say.text(
                        "fee-line",
                        &[("name", name.into()), ("amount", text.into())],
                    )
                });
                sentences(std::iter::once(total).chain(lines))
            }
        },
        Amount::Unknown { why } => match why {
            Why::NotInData { why, basis } => {
                let unknown = say.text("fee-unknown", &[("why", say.local(why).into())]);
                with_basis(unknown, basis, say)
            }
            Why::Unanswered { field } => {
                let label = draft.procedure.form.field(field);
                let label = label.map_or_else(Text::default, |field| say.local(&field.label));
                say.text("fee-unanswered", &[("question", label.into())])
            }
            Why::TooLarge => say.plain("fee-too-large"),
        },
    }
}

fn line_text(line: &Line<'_>, say: &Say) -> Text {
    let amount = match line.units {
        _ if line.exemption.is_some() && line.vnd.is_zero() => say.plain("fee-nothing"),
        Some(units) if line.exemption.is_none() => say.text(
            "fee-calculated",
            &[
                ("amount", money(line.vnd, say).into()),
                ("each", money(units.each, say).into()),
                (
                    "count",
                    i64::try_from(units.count).unwrap_or(i64::MAX).into(),
                ),
            ],
        ),
        _ if line.vnd.is_zero() => say.plain("fee-free"),
        _ => money(line.vnd, say),
    };
    let said = with_basis(amount, line.basis, say);
    match line.exemption {
        None => said,
        Some(exemption) => {
            let name = say.local(&exemption.name);
            let rule = exemption_rule(exemption, say);
            let because = say.text(
                "fee-exempted",
                &[("name", name.into()), ("rule", rule.into())],
            );
            sentences([said, because])
        }
    }
}

pub fn money(vnd: Vnd, say: &Say) -> Text {
    spoken::money(vnd.get(), say.lang())
}

fn with_basis(amount: Text, basis: &str, say: &Say) -> Text {
    say.text(
        "fee-with-basis",
        &[("amount", amount.into()), ("basis", Text::vi(basis).into())],
    )
}
