//! One form, said once, and written three times: for us, as a JSON Schema, and for SurveyJS.
//!
//! 60 fields of five kinds; 35 of them are asked only if earlier answers say so. A hidden answer
//! counts for nothing, also for other conditions. JSON Schema and SurveyJS know no such thing, so
//! theirs carry the condition of what they look at.

use gandan_domain::form::{
    ChoiceOption, Field, FieldKind, Form, Group, Page, Program, program::Op,
};
use serde_json::{Value as Json, json};

use crate::Dice;

pub const FIELDS: usize = 60;
pub const CONDITIONAL: usize = 35;
const PER_PAGE: usize = 15;
const OPTIONS: [&str; 3] = ["one", "two", "three"];
const MOST: i64 = 100;
const LONGEST: u32 = 40;
const DAY: &str = r"^\d{4}-\d{2}-\d{2}$";

#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    Choice,
    YesNo,
    Number,
    Text,
    Day,
}

/// What one earlier answer must be.
enum Atom {
    Is(usize, &'static str),
    In(usize, [&'static str; 2]),
    Above(usize, i64),
    /// Since the year 2000.
    Recent(usize),
}

impl Atom {
    fn field(&self) -> usize {
        match self {
            Self::Is(at, _) | Self::In(at, _) | Self::Above(at, _) | Self::Recent(at) => *at,
        }
    }
}

/// All of the first, and, if there are some, one of the second.
struct Condition {
    all: Vec<Atom>,
    any: Vec<Atom>,
}

pub struct Spec {
    conditions: Vec<Option<Condition>>,
    required: Vec<bool>,
}

pub fn kind(at: usize) -> Kind {
    [Kind::Choice, Kind::YesNo, Kind::Number, Kind::Text, Kind::Day][at % 5]
}

pub fn name(at: usize) -> String {
    format!("f{at:02}")
}

impl Spec {
    pub fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let mut conditions: Vec<Option<Condition>> =
            (0..FIELDS - CONDITIONAL).map(|_| None).collect();
        for at in conditions.len()..FIELDS {
            let mut atom = || loop {
                let of = dice.throw(at);
                break match kind(of) {
                    Kind::Choice if dice.throw(2) == 0 => Atom::In(of, ["one", "three"]),
                    Kind::Choice => Atom::Is(of, OPTIONS[dice.throw(3)]),
                    Kind::YesNo => Atom::Is(of, ["yes", "no"][dice.throw(2)]),
                    Kind::Number => Atom::Above(of, dice.throw(60) as i64),
                    Kind::Day => Atom::Recent(of),
                    Kind::Text => continue,
                };
            };
            let all = vec![atom()];
            let any = if at % 3 == 0 { vec![atom(), atom()] } else { Vec::new() };
            conditions.push(Some(Condition { all, any }));
        }
        let required = (0..FIELDS).map(|_| dice.throw(3) > 0).collect();
        Self { conditions, required }
    }

    pub fn ours(&self) -> Form {
        let field = |at: usize| Field {
            id: name(at),
            kind: match kind(at) {
                Kind::Choice => FieldKind::Choice {
                    options: OPTIONS
                        .map(|id| ChoiceOption { id: id.into(), label: Default::default() })
                        .to_vec(),
                },
                Kind::YesNo => FieldKind::YesNo,
                Kind::Number => FieldKind::Number { min: 0, max: MOST },
                Kind::Text => FieldKind::Text { max: LONGEST },
                Kind::Day => FieldKind::Date { past: false },
            },
            label: Default::default(),
            hint: None,
            required: self.required[at],
            or_why_not: false,
            visible: self.conditions[at].as_ref().map(program),
            compute: None,
            prefill: Vec::new(),
        };
        let pages = (0..FIELDS / PER_PAGE).map(|page| Page {
            id: format!("page{page}"),
            title: Default::default(),
            groups: vec![Group {
                id: format!("group{page}"),
                title: None,
                fields: (page * PER_PAGE..(page + 1) * PER_PAGE).map(field).collect(),
                visible: None,
                repeat: None,
                groups: Vec::new(),
            }],
            visible: None,
        });
        Form {
            version: 1,
            pages: pages.collect(),
            rules: Vec::new(),
            commune_field: String::new(),
            plan: Default::default(),
        }
    }

    /// `$defs` holds when a field is asked; a field that is asked has to be there and be right.
    pub fn schema(&self) -> Json {
        let mut asked = serde_json::Map::new();
        let mut properties = serde_json::Map::new();
        let mut required = Vec::new();
        let mut all = Vec::new();
        for at in 0..FIELDS {
            let own = match kind(at) {
                Kind::Choice => json!({ "enum": OPTIONS }),
                Kind::YesNo => json!({ "enum": ["yes", "no"] }),
                Kind::Number => json!({ "type": "integer", "minimum": 0, "maximum": MOST }),
                Kind::Text => json!({ "type": "string", "maxLength": LONGEST }),
                Kind::Day => json!({ "type": "string", "pattern": DAY }),
            };
            let Some(condition) = &self.conditions[at] else {
                if self.required[at] {
                    required.push(name(at));
                }
                properties.insert(name(at), own);
                continue;
            };
            let atom = |atom: &Atom| {
                let of = atom.field();
                let must = match atom {
                    Atom::Is(_, value) => json!({ "const": value }),
                    Atom::In(_, values) => json!({ "enum": values }),
                    Atom::Above(_, number) => json!({ "exclusiveMinimum": number }),
                    Atom::Recent(_) => json!({ "pattern": "^2" }),
                };
                let holds =
                    json!({ "properties": { name(of): must }, "required": [name(of)] });
                match &self.conditions[of] {
                    None => holds,
                    Some(_) => json!({ "allOf": [holds, { "$ref": reference(of) }] }),
                }
            };
            let mut parts: Vec<Json> = condition.all.iter().map(atom).collect();
            if !condition.any.is_empty() {
                let any: Vec<Json> = condition.any.iter().map(atom).collect();
                parts.push(json!({ "anyOf": any }));
            }
            let when = if parts.len() == 1 { parts.remove(0) } else { json!({ "allOf": parts }) };
            asked.insert(format!("asked-{}", name(at)), when);
            let mut then = json!({ "properties": { name(at): own } });
            if self.required[at] {
                then["required"] = json!([name(at)]);
            }
            all.push(json!({ "if": { "$ref": reference(at) }, "then": then }));
        }
        json!({
            "type": "object",
            "$defs": asked,
            "properties": properties,
            "required": required,
            "allOf": all,
        })
    }

    pub fn survey(&self) -> Json {
        let element = |at: usize| {
            let mut element = match kind(at) {
                Kind::Choice => json!({ "type": "radiogroup", "choices": OPTIONS }),
                Kind::YesNo => json!({ "type": "radiogroup", "choices": ["yes", "no"] }),
                Kind::Number => json!({ "type": "text", "inputType": "number", "validators": [
                    { "type": "numeric", "minValue": 0, "maxValue": MOST }] }),
                Kind::Text => json!({ "type": "text", "validators": [
                    { "type": "text", "maxLength": LONGEST }] }),
                Kind::Day => json!({ "type": "text", "validators": [
                    { "type": "regex", "regex": DAY }] }),
            };
            element["name"] = name(at).into();
            element["isRequired"] = self.required[at].into();
            if let Some(condition) = &self.conditions[at] {
                element["visibleIf"] = self.expression(condition).into();
            }
            element
        };
        let pages: Vec<Json> = (0..FIELDS / PER_PAGE)
            .map(|page| {
                let elements: Vec<Json> =
                    (page * PER_PAGE..(page + 1) * PER_PAGE).map(element).collect();
                json!({ "name": format!("page{page}"), "elements": elements })
            })
            .collect();
        json!({ "pages": pages, "checkErrorsMode": "onValueChanged" })
    }

    fn expression(&self, condition: &Condition) -> String {
        let atom = |atom: &Atom| {
            let field = name(atom.field());
            let holds = match atom {
                Atom::Is(_, value) => format!("{{{field}}} = '{value}'"),
                Atom::In(_, [one, other]) => {
                    format!("({{{field}}} = '{one}' or {{{field}}} = '{other}')")
                }
                Atom::Above(_, number) => format!("{{{field}}} > {number}"),
                Atom::Recent(_) => format!("{{{field}}} >= '2000-01-01'"),
            };
            match &self.conditions[atom.field()] {
                None => holds,
                Some(inner) => format!("({holds} and {})", self.expression(inner)),
            }
        };
        let all: Vec<String> = condition.all.iter().map(atom).collect();
        let any: Vec<String> = condition.any.iter().map(atom).collect();
        match any.is_empty() {
            true => format!("({})", all.join(" and ")),
            false => format!("({} and ({}))", all.join(" and "), any.join(" or ")),
        }
    }
}

fn reference(at: usize) -> String {
    format!("#/$defs/asked-{}", name(at))
}

fn program(condition: &Condition) -> Program {
    let mut slots: Vec<String> = Vec::new();
    let mut code = Vec::new();
    let mut atom = |atom: &Atom, code: &mut Vec<Op>| {
        let field = name(atom.field());
        let slot = slots.iter().position(|have| *have == field).unwrap_or_else(|| {
            slots.push(field);
            slots.len() - 1
        }) as u16;
        match atom {
            Atom::Is(_, value) => {
                code.extend([Op::Slot(slot), Op::Text((*value).into()), Op::Eq]);
            }
            Atom::In(_, values) => {
                code.extend([Op::Slot(slot), Op::In(values.map(String::from).to_vec())]);
            }
            Atom::Above(_, number) => {
                code.extend([Op::Int(slot), Op::Number(*number), Op::Le, Op::Not]);
            }
            Atom::Recent(_) => {
                code.extend([Op::Text("2000-01-01".into()), Op::Slot(slot), Op::Le]);
            }
        }
    };
    for (number, one) in condition.all.iter().enumerate() {
        atom(one, &mut code);
        if number > 0 {
            code.push(Op::And);
        }
    }
    for (number, one) in condition.any.iter().enumerate() {
        atom(one, &mut code);
        if number > 0 {
            code.push(Op::Or);
        }
    }
    if !condition.any.is_empty() {
        code.push(Op::And);
    }
    Program::new(slots, code).expect("a typed condition")
}

/// Answers as people give them: mostly there, mostly right.
pub fn answers(dice: &mut Dice) -> Vec<(usize, Json)> {
    (0..FIELDS)
        .filter_map(|at| {
            let chance = dice.throw(100);
            if chance < 8 {
                return None;
            }
            let wrong = chance < 12;
            let value = match kind(at) {
                Kind::Choice if wrong => json!("none"),
                Kind::Choice => json!(OPTIONS[dice.throw(3)]),
                Kind::YesNo if wrong => json!("perhaps"),
                Kind::YesNo => json!(["yes", "no"][dice.throw(2)]),
                Kind::Number if wrong => json!(MOST + 1),
                Kind::Number => json!(dice.throw(MOST as usize)),
                Kind::Text if wrong => json!("long ".repeat(9).trim_end()),
                Kind::Text => json!(["Trần Thị Thử", "Xóm 3", "không"][dice.throw(3)]),
                // Before 2000, whoever compares it.
                Kind::Day if wrong => json!("1999"),
                Kind::Day => json!(format!("{}-05-1{}", 1950 + dice.throw(76), dice.throw(9))),
            };
            Some((at, value))
        })
        .collect()
}

/// What somebody types: letter by letter, a choice or a day at once.
pub fn strokes(dice: &mut Dice, many: usize) -> Vec<(usize, Json)> {
    let mut strokes = Vec::new();
    while strokes.len() < many {
        let at = dice.throw(FIELDS);
        let typed = match kind(at) {
            Kind::Choice => {
                strokes.push((at, json!(OPTIONS[dice.throw(3)])));
                continue;
            }
            Kind::YesNo => {
                strokes.push((at, json!(["yes", "no"][dice.throw(2)])));
                continue;
            }
            // From a calendar.
            Kind::Day => {
                let day = format!("{}-05-1{}", 1950 + dice.throw(76), dice.throw(9));
                strokes.push((at, json!(day)));
                continue;
            }
            Kind::Number => dice.throw(1000).to_string(),
            Kind::Text => ["Trần Thị Thử", "Xóm 3", "không"][dice.throw(3)].to_owned(),
        };
        for end in typed.char_indices().map(|(at, letter)| at + letter.len_utf8()) {
            let part = &typed[..end];
            let value = match kind(at) {
                Kind::Number => json!(part.parse::<i64>().unwrap_or_default()),
                _ if part.ends_with(' ') => continue,
                _ => json!(part),
            };
            strokes.push((at, value));
        }
    }
    strokes.truncate(many);
    strokes
}
