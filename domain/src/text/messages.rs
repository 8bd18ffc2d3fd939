//! The phone's own words: Fluent messages, with marked fallback to Vietnamese.
//!
//! The texts stand in `domain/messages/<language>/*.ftl` and are compiled in, because an error
//! must be sayable when every file is missing. (What procedures say is content, and is not here.)
//! A message that the language lacks is said in Vietnamese, in runs tagged `vi`, and
//! [`Messages::review`] lets a screen say once that a part is not translated. No translation is
//! invented.
//!
//! Arguments keep their own runs. Fluent sees one private-use character for each text argument
//! and the result is cut at those characters, so that a Vietnamese name inside an English sentence
//! keeps its language tag and its spoken form, and can hold any character without being parsed.
//! What was rejected: Fluent's isolation marks (U+2068/U+2069) alone, since they say where an
//! argument stands but not which one, and screen readers read them aloud in some voices.

use std::sync::LazyLock;

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use unic_langid::LanguageIdentifier;

use super::{Lang, Run, Text};

/// Says, in Vietnamese, that words are missing; shown instead of an id that no file has.
const MISSING: &str = "message-missing";

/// First of the private-use characters that stand for text arguments while Fluent works.
const FIRST_MARK: u32 = 0xE000;

/// In the order of [`files!`].
const FILES: [&str; 8] = [
    "common.ftl",
    "due.ftl",
    "form.ftl",
    "place.ftl",
    "problem.ftl",
    "screen.ftl",
    "status.ftl",
    "web.ftl",
];

macro_rules! files {
    ($lang:literal) => {
        &[
            include_str!(concat!("../../messages/", $lang, "/common.ftl")),
            include_str!(concat!("../../messages/", $lang, "/due.ftl")),
            include_str!(concat!("../../messages/", $lang, "/form.ftl")),
            include_str!(concat!("../../messages/", $lang, "/place.ftl")),
            include_str!(concat!("../../messages/", $lang, "/problem.ftl")),
            include_str!(concat!("../../messages/", $lang, "/screen.ftl")),
            include_str!(concat!("../../messages/", $lang, "/status.ftl")),
            include_str!(concat!("../../messages/", $lang, "/web.ftl")),
        ]
    };
}

static VIETNAMESE: LazyLock<Catalogue> =
    LazyLock::new(|| Catalogue::read(Lang::vi(), files!("vi")));
static ENGLISH: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::read(Lang::en(), files!("en")));

/// The files as they were written, for whoever checks their words: language, file, text.
pub fn sources() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let names = FILES.iter().copied();
    let vi = names.clone().zip(files!("vi").iter().copied());
    let en = names.zip(files!("en").iter().copied());
    vi.map(|(name, text)| ("vi", name, text))
        .chain(en.map(|(name, text)| ("en", name, text)))
}

/// The languages a person can choose, in their own words (CLDR 48 self-names).
pub const LANGUAGES: [(&str, &str); 3] =
    [("vi", "Tiếng Việt"), ("km", "ភាសាខ្មែរ"), ("en", "English")];

/// How far a message can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReviewStatus {
    /// The language lacks it; it is said in Vietnamese.
    Untranslated,
    /// Translated, but no professional translator has read it.
    Unreviewed,
    /// A competent speaker has read and approved it.
    Reviewed,
    /// Vietnamese, which the others are translated from.
    Source,
}

impl ReviewStatus {
    /// From the first line of a message file: `### review: <status>`. What is not claimed is
    /// not reviewed.
    fn of_file(text: &str) -> Self {
        match text.lines().next().unwrap_or_default() {
            "### review: source" => Self::Source,
            line if line.starts_with("### review: reviewed by ") => Self::Reviewed,
            _ => Self::Unreviewed,
        }
    }
}

/// What fills a place in a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arg {
    /// Shown as it is, in its own runs.
    Text(Text),
    /// Chooses plural forms; grouped as the language does. Years and codes are not numbers.
    Number(i64),
    /// Chooses a variant and is never shown.
    Key(&'static str),
}

impl From<Text> for Arg {
    fn from(text: Text) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Arg {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

/// What a person has in front of them. Every message can choose by it, as `$device`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Device {
    /// The app runs on it and keeps everything on it.
    #[default]
    Phone,
    /// The app runs at a web site, which keeps everything for this browser alone.
    Browser,
}

impl Device {
    const fn name(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Browser => "browser",
        }
    }
}

/// All messages of one language.
struct Catalogue {
    lang: Lang,
    bundle: FluentBundle<FluentResource>,
    /// Message ids with the status of the file they stand in, in file order.
    ids: Vec<(String, ReviewStatus)>,
}

impl Catalogue {
    fn read(lang: Lang, files: &[&str]) -> Self {
        let tag: LanguageIdentifier = lang.as_str().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![tag]);
        // All our languages run left to right, and some voices read the isolation marks aloud.
        bundle.set_use_isolating(false);
        bundle.set_formatter(Some(if lang == Lang::en() {
            |value, _| grouped(value, ',')
        } else {
            |value, _| grouped(value, '.')
        }));
        let mut ids = Vec::new();
        for file in files {
            // A test makes sure that every file parses whole; whatever parses is better than nothing.
            let resource =
                FluentResource::try_new((*file).to_owned()).unwrap_or_else(|(read, _)| read);
            let status = ReviewStatus::of_file(file);
            ids.extend(message_ids(file).map(|id| (id.to_owned(), status)));
            bundle.add_resource_overriding(resource);
        }
        Self { lang, bundle, ids }
    }

    fn status(&self, id: &str) -> Option<ReviewStatus> {
        self.ids
            .iter()
            .find_map(|(known, status)| (known == id).then_some(*status))
    }

    fn text(&self, id: &str, args: &[(&str, Arg)], device: Device) -> Option<Text> {
        let pattern = self.bundle.get_message(id)?.value()?;
        let mut fluent = FluentArgs::with_capacity(args.len() + 1);
        fluent.set("device", FluentValue::from(device.name()));
        for (mark, (name, arg)) in (FIRST_MARK..).zip(args) {
            let value = match arg {
                Arg::Text(_) => char::from_u32(mark).map_or(FluentValue::None, |mark| {
                    FluentValue::String(mark.to_string().into())
                }),
                Arg::Number(number) => FluentValue::from(*number),
                Arg::Key(key) => FluentValue::from(*key),
            };
            fluent.set(*name, value);
        }
        let mut errors = Vec::new();
        let formatted = self
            .bundle
            .format_pattern(pattern, Some(&fluent), &mut errors);
        Some(self.cut(&formatted, args))
    }

    /// Puts the arguments' runs back where their marks stand.
    fn cut(&self, formatted: &str, args: &[(&str, Arg)]) -> Text {
        let mut text = Text::default();
        let mut own = String::new();
        for ch in formatted.chars() {
            let arg = u32::from(ch)
                .checked_sub(FIRST_MARK)
                .and_then(|index| args.get(usize::try_from(index).ok()?));
            match arg {
                Some((_, Arg::Text(arg))) => {
                    push(
                        &mut text,
                        Text::new(std::mem::take(&mut own), self.lang.clone()),
                    );
                    push(&mut text, arg.clone());
                }
                _ => own.push(ch),
            }
        }
        push(&mut text, Text::new(own, self.lang.clone()));
        text
    }
}

/// Appends, joining neighbours that sound alike, so that a voice is not interrupted for nothing.
fn push(text: &mut Text, more: Text) {
    for run in more.runs {
        match text.runs.last_mut() {
            Some(Run {
                text,
                lang,
                spoken: None,
            }) if *lang == run.lang && run.spoken.is_none() => text.push_str(&run.text),
            _ => text.runs.push(run),
        }
    }
}

/// Fluent's syntax: a message begins at the start of a line with a letter.
fn message_ids(file: &str) -> impl Iterator<Item = &str> {
    file.lines()
        .filter(|line| line.starts_with(|ch: char| ch.is_ascii_alphabetic()))
        .filter_map(|line| line.split_once('=').map(|(id, _)| id.trim()))
}

fn grouped(value: &FluentValue<'_>, separator: char) -> Option<String> {
    match value {
        FluentValue::Number(number) => Some(group_thousands(&number.as_string(), separator)),
        _ => None,
    }
}

/// `1234567` with `.` gives `1.234.567`; a sign stays in front.
pub(super) fn group_thousands(digits: &str, separator: char) -> String {
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", digits),
    };
    let mut out = String::from(sign);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(separator);
        }
        out.push(digit);
    }
    out
}

/// The messages as one person hears them.
#[derive(Clone)]
pub struct Messages {
    lang: Lang,
    device: Device,
    chosen: Option<&'static Catalogue>,
}

impl Messages {
    /// For a language tag; only its primary subtag decides. Any tag is fine: a language without
    /// messages falls back to Vietnamese as a whole.
    pub fn new(lang: &Lang) -> Self {
        let chosen = match lang.as_str().split('-').next() {
            Some("vi") => Some(&*VIETNAMESE),
            Some("en") => Some(&*ENGLISH),
            _ => None,
        };
        Self {
            lang: lang.clone(),
            device: Device::default(),
            chosen,
        }
    }

    /// The same, said to somebody who has this in front of them.
    #[must_use]
    pub const fn on(mut self, device: Device) -> Self {
        self.device = device;
        self
    }

    /// The language that was asked for.
    pub const fn lang(&self) -> &Lang {
        &self.lang
    }

    /// The message with its places filled. In Vietnamese where the language lacks it; an id that
    /// no file has gives the message `message-missing`, never the id.
    pub fn text(&self, id: &str, args: &[(&str, Arg)]) -> Text {
        self.chosen
            .and_then(|chosen| chosen.text(id, args, self.device))
            .or_else(|| VIETNAMESE.text(id, args, self.device))
            .or_else(|| VIETNAMESE.text(MISSING, &[], self.device))
            .unwrap_or_default()
    }

    /// A message without places.
    pub fn plain(&self, id: &str) -> Text {
        self.text(id, &[])
    }

    /// How far the message can be trusted in this language.
    pub fn review(&self, id: &str) -> ReviewStatus {
        self.chosen
            .and_then(|chosen| chosen.status(id))
            .unwrap_or(ReviewStatus::Untranslated)
    }

    /// The lowest status among these messages: what a screen that uses them has to say.
    pub fn weakest<'a>(&self, ids: impl IntoIterator<Item = &'a str>) -> ReviewStatus {
        ids.into_iter()
            .map(|id| self.review(id))
            .min()
            .unwrap_or(ReviewStatus::Source)
    }

    /// Every message exists in this language.
    pub fn is_complete(&self) -> bool {
        ids().all(|id| self.review(id) != ReviewStatus::Untranslated)
    }

    /// What to say once about the texts of this language: nothing, "not translated" or "not
    /// reviewed".
    pub fn caveat(&self) -> Option<Text> {
        match self.weakest(ids()) {
            ReviewStatus::Untranslated => Some(self.plain("common-not-translated")),
            ReviewStatus::Unreviewed => Some(self.plain("common-not-reviewed")),
            ReviewStatus::Reviewed | ReviewStatus::Source => None,
        }
    }
}

/// Every message id there is, for tests and for checking packs that name messages.
pub fn ids() -> impl Iterator<Item = &'static str> {
    VIETNAMESE.ids.iter().map(|(id, _)| id.as_str())
}

/// Whether any file has this message.
pub fn exists(id: &str) -> bool {
    VIETNAMESE.status(id).is_some()
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "a test stops at the first surprise"
    )]

    use std::{
        collections::{BTreeMap, BTreeSet},
        path::Path,
    };

    use fluent_syntax::ast;

    use super::*;

    const VI: &[&str] = files!("vi");

    #[test]
    fn every_file_has_its_name() {
        assert_eq!(FILES.len(), VI.len());
        assert_eq!(super::sources().count(), 2 * FILES.len());
    }

    const EN: &[&str] = files!("en");

    fn messages(lang: &str) -> Messages {
        Messages::new(&lang.into())
    }

    #[test]
    fn every_file_parses_whole_and_no_id_stands_twice() {
        for (lang, files) in [("vi", VI), ("en", EN)] {
            let mut bundle = FluentBundle::new_concurrent(vec![lang.parse().unwrap()]);
            for file in files {
                let resource = FluentResource::try_new((*file).to_owned())
                    .map_err(|(_, errors)| errors)
                    .unwrap();
                bundle.add_resource(resource).unwrap();
                assert!(
                    !file
                        .chars()
                        .any(|ch| (0xE000..=0xF8FF).contains(&u32::from(ch)))
                );
            }
        }
    }

    #[test]
    fn the_status_of_each_file_is_the_one_it_claims() {
        for file in VI {
            assert_eq!(ReviewStatus::of_file(file), ReviewStatus::Source);
        }
        for file in EN {
            assert!(file.starts_with("### review: unreviewed by a professional translator\n"));
            assert_eq!(ReviewStatus::of_file(file), ReviewStatus::Unreviewed);
        }
        assert_eq!(
            ReviewStatus::of_file("### review: reviewed by somebody, 2026-11-22"),
            ReviewStatus::Reviewed
        );
    }

    /// Ids with the names of what they take.
    fn shapes(files: &[&str]) -> BTreeMap<String, BTreeSet<String>> {
        let mut shapes = BTreeMap::new();
        for file in files {
            for entry in fluent_syntax::parser::parse(*file).unwrap().body {
                if let ast::Entry::Message(message) = entry {
                    let mut names = BTreeSet::new();
                    pattern(message.value.as_ref().unwrap(), &mut names);
                    shapes.insert(message.id.name.to_owned(), names);
                }
            }
        }
        shapes
    }

    fn pattern(pattern: &ast::Pattern<&str>, names: &mut BTreeSet<String>) {
        for element in &pattern.elements {
            if let ast::PatternElement::Placeable { expression } = element {
                expression_names(expression, names);
            }
        }
    }

    fn expression_names(expression: &ast::Expression<&str>, names: &mut BTreeSet<String>) {
        match expression {
            ast::Expression::Inline(inline) => inline_names(inline, names),
            ast::Expression::Select { selector, variants } => {
                inline_names(selector, names);
                for variant in variants {
                    pattern(&variant.value, names);
                }
            }
        }
    }

    fn inline_names(inline: &ast::InlineExpression<&str>, names: &mut BTreeSet<String>) {
        match inline {
            ast::InlineExpression::VariableReference { id } => {
                names.insert(id.name.to_owned());
            }
            ast::InlineExpression::Placeable { expression } => expression_names(expression, names),
            _ => {}
        }
    }

    #[test]
    fn both_languages_have_the_same_messages_with_the_same_places() {
        let (vi, en) = (shapes(VI), shapes(EN));
        assert_eq!(vi, en);
        assert_eq!(
            vi.into_keys().collect::<BTreeSet<_>>(),
            ids().map(str::to_owned).collect()
        );
        assert!(messages("vi").is_complete());
        assert!(messages("en").is_complete());
    }

    /// Every literal in the sources that begins like a message id is one.
    #[test]
    fn every_message_that_the_code_names_exists() {
        let house = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let mut found = BTreeSet::new();
        for room in ["domain/src", "core/src", "bindings/src", "web/src"] {
            sources(&house.join(room), &mut |source| {
                found.extend(
                    source
                        .split('"')
                        .skip(1)
                        .filter(|literal| is_message_id(literal))
                        .map(str::to_owned),
                );
            });
        }
        let missing: Vec<_> = found.iter().filter(|id| !exists(id)).collect();
        assert!(missing.is_empty(), "no message file has {missing:?}");
        assert!(
            found.contains("problem-help-none"),
            "the search finds nothing"
        );
    }

    fn is_message_id(literal: &str) -> bool {
        // A problem's slug, and the one literal that looks like an id and is none.
        literal != "form-changed"
            && ["problem-", "status-", "form-", "common-", "screen-", "web-"]
                .iter()
                .any(|prefix| {
                    literal
                        .strip_prefix(prefix)
                        .is_some_and(|rest| !rest.is_empty())
                })
            && !literal.ends_with('-')
            && literal
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    }

    fn sources(folder: &Path, visit: &mut impl FnMut(&str)) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, visit);
            } else if path.extension().is_some_and(|end| end == "rs") {
                visit(&std::fs::read_to_string(path).unwrap());
            }
        }
    }

    #[test]
    fn a_vietnamese_name_in_an_english_sentence_is_its_own_run() {
        let text = messages("en").text(
            "problem-help-address",
            &[
                (
                    "office",
                    Text::spoken("UBND Xã Thử", "Ủy ban nhân dân Xã Thử", Lang::vi()).into(),
                ),
                ("address", Text::vi("{ $office }").into()),
            ],
        );
        let runs: Vec<_> = text
            .runs
            .iter()
            .map(|run| (run.text.as_str(), run.lang.as_str()))
            .collect();
        assert_eq!(
            runs,
            [
                ("People help at ", "en"),
                ("UBND Xã Thử", "vi"),
                (", address ", "en"),
                ("{ $office }", "vi"),
                (".", "en"),
            ]
        );
        assert_eq!(
            text.heard(),
            "People help at Ủy ban nhân dân Xã Thử, address { $office }."
        );
    }

    #[test]
    fn nobody_at_a_browser_is_told_of_a_phone() {
        for lang in ["vi", "en"] {
            let phone = messages(lang);
            let browser = phone.clone().on(Device::Browser);
            let mut told = 0;
            for id in ids() {
                let text = browser.plain(id).shown();
                for word in [
                    "điện thoại này",
                    "this phone",
                    "Điện thoại đang",
                    "The phone",
                ] {
                    assert!(!text.contains(word), "{lang} {id}: {text}");
                }
                told += usize::from(text != phone.plain(id).shown());
            }
            assert!(told > 15, "only {told} messages know where they are read");
        }
        let browser = messages("en").on(Device::Browser);
        assert_eq!(
            browser.plain("problem-offline-safe").shown(),
            "What you have entered is kept for this browser only."
        );
    }

    #[test]
    fn numbers_are_grouped_and_counted_as_the_language_does() {
        let count = |lang, count| {
            messages(lang)
                .text("problem-invalid-happened", &[("count", Arg::Number(count))])
                .shown()
        };
        assert_eq!(count("vi", 4), "Có 4 câu trả lời cần xem lại.");
        assert_eq!(count("en", 1), "1 answer needs your attention.");
        assert_eq!(count("en", 12_000), "12,000 answers need your attention.");
        assert_eq!(count("vi", 12_000), "Có 12.000 câu trả lời cần xem lại.");
    }

    #[test]
    fn a_language_without_messages_speaks_marked_vietnamese() {
        let khmer = messages("km");
        let text = khmer.plain("common-next");
        assert_eq!(text, Text::vi("Tiếp tục"));
        assert_eq!(khmer.review("common-next"), ReviewStatus::Untranslated);
        assert!(!khmer.is_complete());
        assert_eq!(khmer.caveat(), Some(khmer.plain("common-not-translated")));
        assert_eq!(khmer.lang().as_str(), "km");
    }

    #[test]
    fn english_says_that_nobody_reviewed_it_and_vietnamese_says_nothing() {
        let english = messages("en-GB");
        assert_eq!(english.review("common-next"), ReviewStatus::Unreviewed);
        assert_eq!(english.caveat(), Some(english.plain("common-not-reviewed")));
        assert_eq!(messages("vi").caveat(), None);
    }

    #[test]
    fn an_unknown_id_is_said_to_be_missing_and_never_shown() {
        for lang in ["vi", "en", "km"] {
            let text = messages(lang).plain("no-such-message");
            assert!(text.shown().starts_with("Chỗ này đang thiếu"), "{lang}");
            assert_eq!(
                messages(lang).review("no-such-message"),
                ReviewStatus::Untranslated
            );
        }
        assert!(!exists("no-such-message"));
    }

    #[test]
    fn whatever_an_argument_holds_it_comes_out_as_it_went_in() {
        bolero::check!()
            .with_type::<(String, String)>()
            .for_each(|(office, phone)| {
                let text = messages("en").text(
                    "problem-help-phone",
                    &[
                        ("office", Text::vi(office.as_str()).into()),
                        ("phone", Text::vi(phone.as_str()).into()),
                    ],
                );
                assert_eq!(
                    text.shown(),
                    format!("People help by phone {phone}, {office}.")
                );
                assert!(text.runs.iter().all(|run| !run.text.is_empty()));
            });
    }
}
