//! What one look shows: of an answer that is written as it is kept, and of a condition on it.
//!
//! Most answers need nothing of what [`Field::tidied`] and [`Field::wrong`] can do. A [`Look`], made
//! once per field, walks over such a text once: it is tidy, and this is wrong with it, or nothing.
//! Whatever is not written that way is [`None`] here, and theirs to read; a test holds the two
//! against each other. On the way it notes the answer's *mark*, a number that stands for it: which
//! option it is, how many, which day. Most conditions ask for no more than where a mark lies, so an
//! [`Ask`] compares numbers where the program compares texts, and leaves it to the program where an
//! answer has no mark.
//!
//! What was rejected: marks instead of texts. A choice that is not on the list, or a day that is
//! none, is wrong, and still an answer that conditions see as it stands.

use jiff::civil::Date;

use super::{
    ChoiceOption, Field, FieldKind, Value,
    evaluate::{is_digits, is_plain},
    plan::SlotRef,
    tree::{Count, Test, Words},
};
use crate::identity::name;

/// No answer, or one that is hidden.
pub(super) const NOTHING: i64 = 0;
/// A choice of what is not on offer: like none that is.
const UNLISTED: i64 = -1;
/// An answer for which no number stands.
pub(super) const UNMARKED: i64 = i64::MIN;

/// Looks at the answers of one field.
pub(super) enum Look {
    Text {
        max: usize,
    },
    Name,
    Day {
        past: bool,
    },
    IdNumber,
    Phone,
    Number {
        min: i64,
        max: i64,
        /// The messages of what is less and more.
        wrong: [&'static str; 2],
    },
    Options {
        options: Vec<String>,
        wrong: &'static str,
    },
    /// Needs more than a look.
    Never,
}

/// What a look showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub mark: i64,
    pub wrong: Option<&'static str>,
}

/// As `==`, for the short texts that ids are: no call, and two words compared, not each letter.
#[inline]
pub(super) fn same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len() != other.len() {
        return false;
    }
    if one.len() > 16 {
        return one == other;
    }
    // The two overlap, and cover all.
    macro_rules! ends {
        ($size:literal) => {
            if let (Some(a), Some(b)) = (one.first_chunk::<$size>(), other.first_chunk()) {
                return a == b && one.last_chunk::<$size>() == other.last_chunk();
            }
        };
    }
    ends!(8);
    ends!(4);
    ends!(2);
    one == other
}

/// A day's mark: its digits. Days written `yyyy-mm-dd` compare as their marks do.
pub(super) fn day_mark(day: Date) -> i64 {
    10_000 * i64::from(day.year()) + 100 * i64::from(day.month()) + i64::from(day.day())
}

/// The mark of what is written as a day is, be it one or not.
#[inline]
fn iso_mark(text: &str) -> Option<i64> {
    let bytes: &[u8; 10] = text.as_bytes().try_into().ok()?;
    let mut mark = 0;
    let mut fits = true;
    for (at, byte) in bytes.iter().enumerate() {
        if at == 4 || at == 7 {
            fits &= *byte == b'-';
        } else {
            let digit = byte.wrapping_sub(b'0');
            fits &= digit <= 9;
            mark = 10 * mark + u32::from(digit);
        }
    }
    fits.then_some(i64::from(mark))
}

/// Whether a mark's digits are a day of the calendar.
#[inline]
fn is_day(mark: i64) -> bool {
    let (year, month, day) = (mark / 10_000, mark / 100 % 100, mark % 100);
    // All that every month has.
    if (1..=12).contains(&month) && (1..=28).contains(&day) {
        return true;
    }
    let small = |part| i8::try_from(part).ok();
    let date = || Date::new(i16::try_from(year).ok()?, small(month)?, small(day)?).ok();
    date().is_some()
}

/// The number of digits alone, none of which is a zero too many.
#[inline]
fn digits(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    if !(1..=15).contains(&bytes.len()) || (bytes.first() == Some(&b'0') && bytes.len() > 1) {
        return None;
    }
    let mut number = 0;
    for byte in bytes {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = 10 * number + i64::from(digit);
    }
    Some(number)
}

impl Look {
    pub fn new(field: &Field) -> Self {
        let options = |options: &[ChoiceOption]| {
            options
                .iter()
                .map(|option| option.id.clone())
                .collect::<Vec<_>>()
        };
        match &field.kind {
            FieldKind::Text { max } => match usize::try_from(*max) {
                Ok(max) => Self::Text { max },
                Err(_) => Self::Never,
            },
            FieldKind::PersonName => Self::Name,
            FieldKind::Date { past } => Self::Day { past: *past },
            FieldKind::IdNumber => Self::IdNumber,
            FieldKind::Phone => Self::Phone,
            FieldKind::Number { min, max } => Self::Number {
                min: *min,
                max: *max,
                wrong: ["form-number-too-small", "form-number-too-large"],
            },
            FieldKind::Money { max } => Self::Number {
                min: 0,
                max: i64::try_from(*max).unwrap_or(i64::MAX),
                wrong: ["form-bad-money", "form-number-too-large"],
            },
            FieldKind::YesNo => Self::Options {
                options: vec!["yes".to_owned(), "no".to_owned()],
                wrong: "form-not-chosen",
            },
            FieldKind::Choice { options: of } => Self::Options {
                options: options(of),
                wrong: "form-not-an-option",
            },
            FieldKind::Commune | FieldKind::MultiChoice { .. } | FieldKind::File { .. } => {
                Self::Never
            }
        }
    }

    /// What is seen of an answer that is not blank, is tidy as it stands, and is wrong at most in
    /// a way that a look shows. `today`: the day of filing, as a mark.
    #[inline]
    pub fn at(&self, text: &str, today: i64) -> Option<Seen> {
        let right = |mark| Some(Seen { mark, wrong: None });
        match self {
            Self::Options { options, wrong } => {
                let bytes = text.as_bytes();
                if !bytes.first()?.is_ascii_graphic() || !bytes.last()?.is_ascii_graphic() {
                    return None;
                }
                let mark = position(options, text).map_or(UNLISTED, option_mark);
                let wrong = (mark == UNLISTED).then_some(*wrong);
                Some(Seen { mark, wrong })
            }
            Self::Number { min, max, wrong } => {
                let mark = digits(text)?;
                let wrong = match mark {
                    _ if mark < *min => Some(wrong[0]),
                    _ if mark > *max => Some(wrong[1]),
                    _ => None,
                };
                Some(Seen { mark, wrong })
            }
            Self::Text { max } => {
                let bytes = text.as_bytes();
                // No letter of a plain text is a space but the space.
                let tidy = *bytes.first()? != b' ' && bytes.last() != Some(&b' ');
                if !tidy || !is_plain(text) {
                    return None;
                }
                // Bytes are at least as many as characters.
                let long = bytes.len() > *max && text.chars().count() > *max;
                Some(Seen {
                    mark: UNMARKED,
                    wrong: long.then_some("form-too-long"),
                })
            }
            Self::Day { past } => {
                let mark = iso_mark(text)?;
                let wrong = match is_day(mark) {
                    false => Some("form-bad-date"),
                    true => (*past && mark > today).then_some("form-date-in-future"),
                };
                Some(Seen { mark, wrong })
            }
            Self::Name if name::is_plain(text) => right(UNMARKED),
            Self::IdNumber if is_digits(text, 12..=12) => right(UNMARKED),
            Self::Phone if is_digits(text, 10..=11) && text.starts_with('0') => right(UNMARKED),
            Self::Name | Self::IdNumber | Self::Phone | Self::Never => None,
        }
    }

    /// The mark of an answer that counts.
    pub fn mark(&self, answer: Option<&Value>) -> i64 {
        let text = match answer {
            None => return NOTHING,
            Some(Value::Text(text)) => text,
            Some(_) => return UNMARKED,
        };
        match self {
            Self::Options { options, .. } => position(options, text).map_or(UNLISTED, option_mark),
            Self::Number { .. } => text.parse().unwrap_or_default(),
            Self::Day { .. } => iso_mark(text).unwrap_or(UNMARKED),
            _ => UNMARKED,
        }
    }

    /// The mark of a text that a condition holds answers against.
    fn of_literal(&self, text: &str) -> Option<i64> {
        if text.trim().is_empty() || matches!(self, Self::Number { .. }) {
            return None;
        }
        let mark = match self {
            Self::Options { options, .. } => option_mark(position(options, text)?),
            Self::Day { .. } => iso_mark(text)?,
            _ => return None,
        };
        (mark > NOTHING).then_some(mark)
    }
}

#[inline]
fn position(options: &[String], text: &str) -> Option<usize> {
    options.iter().position(|option| same(option, text))
}

#[expect(clippy::cast_possible_wrap, reason = "a Vec is shorter than i64::MAX")]
fn option_mark(at: usize) -> i64 {
    at as i64 + 1
}

/// A condition over the marks of one block.
pub(super) enum Ask {
    And(Box<[Self; 2]>),
    Or(Box<[Self; 2]>),
    Not(Box<Self>),
    /// The mark lies between these.
    Within {
        local: usize,
        from: i64,
        to: i64,
    },
    /// The mark, less than 64, is one of these bits.
    OneOf {
        local: usize,
        of: u64,
    },
    /// No mark says it.
    Unseen,
}

impl Ask {
    /// `here`: what a slot of the program is in the block that the condition stands in.
    pub fn new<'l>(
        test: &Test,
        slots: &[SlotRef],
        here: &impl Fn(SlotRef) -> Option<Here<'l>>,
    ) -> Self {
        let deeper = |test| Self::new(test, slots, here);
        match test {
            Test::And(of) => Self::And(Box::new([deeper(&of.0), deeper(&of.1)])),
            Test::Or(of) => Self::Or(Box::new([deeper(&of.0), deeper(&of.1)])),
            Test::Not(of) => Self::Not(Box::new(deeper(of))),
            _ => {
                let find = |slot: u16| here(*slots.get(usize::from(slot))?);
                Self::marked(test, find).unwrap_or(Self::Unseen)
            }
        }
    }

    fn marked<'l>(test: &Test, find: impl Fn(u16) -> Option<Here<'l>>) -> Option<Self> {
        use Count::{Int, Number};
        use Words::{Slot, Text};
        const LEAST: i64 = UNMARKED + 1;
        const MOST: i64 = i64::MAX;
        // Where the number that is asked for, or the day, must lie.
        let number = |slot: u16, from: i64, to: i64| {
            let Here { local, look } = find(slot)?;
            matches!(look, Look::Number { .. }).then_some(Self::Within { local, from, to })
        };
        let day = |slot: u16, literal: &str, range: fn(i64) -> (i64, i64)| {
            let Here { local, look } = find(slot)?;
            let (from, to) = range(look.of_literal(literal)?);
            matches!(look, Look::Day { .. }).then_some(Self::Within { local, from, to })
        };
        match test {
            Test::Is(slot, literal) => {
                let Here { local, look } = find(*slot)?;
                let mark = look.of_literal(literal)?;
                let (from, to) = (mark, mark);
                Some(Self::Within { local, from, to })
            }
            Test::In(Slot(slot), list) => {
                let Here { local, look } = find(*slot)?;
                let few = matches!(look, Look::Options { options, .. } if options.len() < 63);
                if !few {
                    return None;
                }
                let add = |of, one: &String| Some(of | (1 << look.of_literal(one)?));
                let of = list.iter().try_fold(0, add)?;
                Some(Self::OneOf { local, of })
            }
            Test::Equal(of) => match **of {
                (Int(slot), Number(is)) | (Number(is), Int(slot)) if is >= LEAST => {
                    number(slot, is, is)
                }
                _ => None,
            },
            Test::Less(of) => match **of {
                (Int(slot), Number(than)) => number(slot, LEAST, than.checked_sub(1)?),
                (Number(than), Int(slot)) => number(slot, than.checked_add(1)?, MOST),
                _ => None,
            },
            Test::AtMost(of) => match **of {
                (Int(slot), Number(most)) => number(slot, LEAST, most),
                (Number(least), Int(slot)) => number(slot, least, MOST),
                _ => None,
            },
            Test::Before(of) => match &**of {
                (Slot(slot), Text(than)) => day(*slot, than, |mark| (LEAST, mark - 1)),
                (Text(than), Slot(slot)) => day(*slot, than, |mark| (mark + 1, MOST)),
                _ => None,
            },
            Test::NotAfter(of) => match &**of {
                (Slot(slot), Text(last)) => day(*slot, last, |mark| (LEAST, mark)),
                (Text(first), Slot(slot)) => day(*slot, first, |mark| (mark, MOST)),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether it holds, where marks say so. `mark`: of the field in this place of the block.
    #[inline]
    pub fn holds(&self, mark: &impl Fn(usize) -> i64) -> Option<bool> {
        match self {
            Self::Within { local, from, to } => match mark(*local) {
                UNMARKED => None,
                mark => Some(*from <= mark && mark <= *to),
            },
            Self::OneOf { local, of } => match mark(*local) {
                UNMARKED => None,
                mark => Some(of >> (mark & 63) & 1 == 1),
            },
            _ => self.both(mark),
        }
    }

    fn both(&self, mark: &impl Fn(usize) -> i64) -> Option<bool> {
        Some(match self {
            Self::And(of) => of[0].holds(mark)? && of[1].holds(mark)?,
            Self::Or(of) => of[0].holds(mark)? || of[1].holds(mark)?,
            Self::Not(of) => !of.holds(mark)?,
            _ => return None,
        })
    }
}

/// A field of the block that a condition stands in.
#[derive(Clone, Copy)]
pub(super) struct Here<'l> {
    pub local: usize,
    pub look: &'l Look,
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "a test stops at the first surprise"
    )]

    use super::*;
    use crate::{
        form::{
            Answers, Form, Live, Program,
            evaluate::holds,
            program::Op,
            sample::{choice, field, page},
        },
        place::Commune,
    };

    const TODAY: Date = jiff::civil::date(2026, 11, 22);
    const NOWHERE: &Vec<Commune> = &Vec::new();

    fn kinds() -> Vec<FieldKind> {
        vec![
            FieldKind::Text { max: 12 },
            FieldKind::PersonName,
            FieldKind::Date { past: true },
            FieldKind::Date { past: false },
            FieldKind::IdNumber,
            FieldKind::Phone,
            FieldKind::Number { min: -5, max: 40 },
            FieldKind::Number { min: 3, max: 40 },
            FieldKind::Money { max: 1000 },
            FieldKind::YesNo,
            choice(&[
                "a",
                "bb",
                "ccccc",
                "dạ",
                "of sixteen chars",
                "of seventeen char",
                " e",
            ]),
            FieldKind::Commune,
        ]
    }

    /// Pieces of which answers near the edges of every kind are made.
    const PIECES: [&str; 40] = [
        "",
        " ",
        "\u{a0}",
        "0",
        "00",
        "7",
        "12",
        "-",
        "\u{2212}",
        "+84",
        ".",
        "/",
        "2026-11-22",
        "2026-11-23",
        "2024-02-29",
        "2023-02-29",
        "2023-04-31",
        "0000-00-00",
        "22/11/2026",
        "001196000003",
        "0900000000",
        "123456789012345",
        "yes",
        "no",
        "a",
        "bb",
        "ccccc",
        "dạ",
        "of sixteen chars",
        "of seventeen char",
        "e",
        "Trần Thị Thử",
        "Ƀ",
        "H'Hen",
        "e\u{301}",
        "\u{200b}",
        "\u{202e}",
        "\n",
        "ỹ",
        "Ỿ",
    ];

    fn texts() -> impl Iterator<Item = String> {
        let two = |first| PIECES.iter().map(move |second| format!("{first}{second}"));
        let three = |text: String| {
            [" ", "0", "\u{301}"]
                .iter()
                .flat_map(move |end| [text.clone(), format!("{text}{end}"), format!("{end}{text}")])
        };
        PIECES.iter().flat_map(two).flat_map(three)
    }

    fn is_as_read(field: &Field, text: &str) -> bool {
        let look = Look::new(field);
        let answer = Value::Text(text.to_owned());
        let Some(seen) = look.at(text, day_mark(TODAY)) else {
            return false;
        };
        let kind = &field.kind;
        let what = format!("{text:?} as {kind:?}");
        assert!(!answer.is_blank(), "{what}: blank");
        assert!(field.tidied(&answer).is_none(), "{what}: not tidy");
        assert_eq!(
            seen.wrong,
            field.wrong(Some(&answer), TODAY, NOWHERE),
            "{what}"
        );
        assert_eq!(seen.mark, look.mark(Some(&answer)), "{what}");
        true
    }

    /// Whatever a look shows is what reading shows; and most that is right is seen.
    #[test]
    fn a_look_shows_what_reading_does() {
        let fields: Vec<Field> = (kinds().into_iter()).map(|kind| field("f", kind)).collect();
        let mut seen = vec![0; fields.len()];
        for text in texts() {
            for (field, seen) in fields.iter().zip(&mut seen) {
                *seen += usize::from(is_as_read(field, &text));
            }
        }
        let (commune, others) = seen.split_last().unwrap();
        assert_eq!(*commune, 0);
        assert!(others.iter().all(|seen| *seen > 10), "{others:?}");
        bolero::check!().with_type::<String>().for_each(|text| {
            for field in &fields {
                is_as_read(field, text);
            }
        });
    }

    #[test]
    fn short_texts_are_the_same_where_all_letters_are() {
        for text in texts() {
            let bytes = text.as_bytes();
            assert!(same(&text, &text.clone()));
            for at in 0..bytes.len() {
                let mut other = bytes.to_vec();
                other[at] ^= 1;
                if let Ok(other) = String::from_utf8(other) {
                    assert!(!same(&text, &other), "{text:?} {other:?}");
                }
            }
        }
    }

    /// A form of every kind, and a condition on each of its fields; with what marks say of it.
    fn conditions() -> (Form, Vec<Program>) {
        let kinds = kinds();
        let id = |at: usize| format!("f{at:02}");
        let mut conditions = Vec::new();
        let literals = [
            "2000-01-01",
            "0000-00-00",
            "2026-11-22",
            "a",
            "yes",
            "",
            " e",
            "dạ",
            "7",
        ];
        for at in 0..kinds.len() {
            let mut add = |code: Vec<Op>| {
                conditions.push(Program::new(vec![id(at)], code).unwrap());
            };
            for literal in literals {
                let text = || Op::Text(literal.into());
                for op in [Op::Eq, Op::Ne, Op::Lt, Op::Le] {
                    add(vec![Op::Slot(0), text(), op.clone()]);
                    add(vec![text(), Op::Slot(0), op]);
                }
                let list = vec![literal.to_owned(), "bb".into(), "nobody".into()];
                add(vec![Op::Slot(0), Op::In(list.clone())]);
                add(vec![
                    Op::Slot(0),
                    Op::In(list),
                    Op::Has(0),
                    Op::And,
                    Op::Not,
                ]);
            }
            for number in [i64::MIN, -1, 0, 7, 12, i64::MAX] {
                for op in [Op::Eq, Op::Ne, Op::Lt, Op::Le] {
                    add(vec![Op::Int(0), Op::Number(number), op.clone()]);
                    add(vec![Op::Number(number), Op::Int(0), op.clone()]);
                    add(vec![Op::Number(number), Op::Int(0), op, Op::Has(0), Op::Or]);
                }
            }
        }
        let mut fields: Vec<Field> = (kinds.into_iter().enumerate())
            .map(|(at, kind)| field(&id(at), kind))
            .collect();
        for (at, condition) in conditions.iter().enumerate() {
            let mut asked = field(&format!("when{at:04}"), FieldKind::YesNo);
            asked.visible = Some(condition.clone());
            fields.push(asked);
        }
        let form = Form {
            version: 1,
            pages: vec![page("page", None, fields)],
            rules: Vec::new(),
            commune_field: String::new(),
            plan: Default::default(),
        };
        (form, conditions)
    }

    /// What is asked by marks is what the programs ask, read as they stand.
    #[test]
    fn marks_say_what_programs_do() {
        let (form, conditions) = conditions();
        let when = |answers: &Answers| {
            let live = Live::new(&form, answers, TODAY, NOWHERE);
            let clean = live.clean();
            let pages = live.pages();
            let asked: std::collections::BTreeSet<&str> = pages
                .iter()
                .flat_map(|page| page.fields())
                .map(|field| field.id.as_str())
                .collect();
            for (at, condition) in conditions.iter().enumerate() {
                let marked = asked.contains(format!("when{at:04}").as_str());
                let read = holds(condition, &clean, "");
                assert_eq!(
                    marked,
                    read,
                    "{:?} {:?}",
                    condition.slots(),
                    condition.code()
                );
            }
        };
        let kinds = kinds().len();
        when(&Answers::default());
        for text in PIECES {
            let mut answers = Answers::default();
            for at in 0..kinds {
                answers.set(format!("f{at:02}"), Value::Text(text.into()));
            }
            when(&answers);
        }
        // Of another shape than the field's.
        let mut answers = Answers::default();
        for at in 0..kinds {
            answers.set(format!("f{at:02}"), Value::Many(vec!["a".into()]));
        }
        when(&answers);
        let plan = form.plan();
        let marked = plan.ready.iter().filter(|ready| match &ready.asked {
            crate::form::plan::Asked::When(ask) => ask.holds(&|_| 1).is_some(),
            crate::form::plan::Asked::Always => false,
        });
        assert!(marked.count() > 60);
    }
}
