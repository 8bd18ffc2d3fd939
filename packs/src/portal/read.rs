//! One record: everything that can be taken from it, and a doubt for the rest.

use gandan_domain::catalog::{search::fold, search::fold::words};
use jiff::civil::{Date, date};
use serde_json::{Map, Value};

use super::{
    Case, Channel, Coded, Decision, Doubt, Group, Kind, Law, ListedFee, Listing, Method, Offer,
    Paper, Portal, PortalSubject, ServiceLevel, Step, Subject,
    fee::{self, says_province_decides},
    time::{self, plain},
};

/// Collects what is doubtful about one record.
pub struct Reader<'a> {
    code: String,
    doubts: &'a mut Vec<Doubt>,
}

/// The portal opened in December 2019; decisions are older, but not older than this.
const OLDEST: Date = date(1990, 1, 1);

/// A Vietnamese syllable has at most seven letters.
const LONGEST_SYLLABLE: usize = 7;

/// The kinds of applicant that the portal knows.
const APPLICANTS: [(&str, Subject); 15] = [
    ("ĐT1", Subject::Citizen),
    ("ĐT2", Subject::Enterprise),
    ("ĐT3", Subject::Foreigner),
    ("ĐT4", Subject::Foreigner),
    ("ĐT5", Subject::PartyMember),
    ("ĐT6", Subject::Organisation),
    ("ĐT7", Subject::Organisation),
    ("ĐT8", Subject::Enterprise),
    ("ĐT9", Subject::Organisation),
    ("ĐT10", Subject::Enterprise),
    ("DT11", Subject::Cooperative),
    ("DT12", Subject::Overseas),
    ("DT13", Subject::Official),
    ("ĐT14", Subject::Citizen),
    ("ĐT15", Subject::Foreigner),
];

impl Reader<'_> {
    pub fn doubt(&mut self, kind: Kind, path: &str, said: &str, done: &'static str) {
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut short: String = said.chars().take(120).collect();
        if short.len() < said.len() {
            short.push('…');
        }
        self.doubts.push(Doubt {
            code: self.code.clone(),
            kind,
            path: path.to_owned(),
            said: short,
            done,
        });
    }

    /// A text without HTML, invisible characters and odd spaces; empty where there is none.
    pub fn text(&mut self, value: Option<&Value>, path: &str) -> String {
        let text = match value {
            None | Some(Value::Null) => return String::new(),
            Some(Value::String(text)) => text,
            Some(other) => {
                self.doubt(Kind::WrongType, path, &plain(other), "left out");
                return String::new();
            }
        };
        let (clean, changed) = clean(text);
        if changed {
            self.doubt(Kind::TextCleaned, path, text, "cleaned");
        }
        let misread = clean
            .split(|letter: char| !letter.is_alphabetic())
            .find(|word| {
                word.chars().count() > LONGEST_SYLLABLE && !word.is_ascii() && is_vietnamese(word)
            });
        if let Some(word) = misread {
            self.doubt(Kind::RunTogether, path, word, "kept");
        }
        clean
    }

    fn list<'v>(&mut self, value: Option<&'v Value>, path: &str) -> &'v [Value] {
        match value {
            Some(Value::Array(items)) => items,
            None | Some(Value::Null) => &[],
            Some(other) => {
                self.doubt(Kind::WrongType, path, &plain(other), "left out");
                &[]
            }
        }
    }

    fn objects<'v>(
        &mut self,
        value: Option<&'v Value>,
        path: &str,
    ) -> Vec<(String, &'v Map<String, Value>)> {
        let mut objects = Vec::new();
        for (at, item) in self.list(value, path).iter().enumerate() {
            let path = format!("{path}[{at}]");
            match item {
                Value::Object(object) => objects.push((path, object)),
                other => self.doubt(Kind::WrongType, &path, &plain(other), "left out"),
            }
        }
        objects
    }

    fn flag(&mut self, value: Option<&Value>, path: &str) -> bool {
        match value {
            Some(Value::Bool(flag)) => *flag,
            None | Some(Value::Null) => false,
            Some(other) => {
                self.doubt(Kind::WrongType, path, &plain(other), "taken as no");
                false
            }
        }
    }

    fn count(&mut self, value: Option<&Value>, path: &str) -> u32 {
        match value {
            None | Some(Value::Null) => 0,
            Some(other) => other
                .as_u64()
                .and_then(|it| u32::try_from(it).ok())
                .unwrap_or_else(|| {
                    self.doubt(Kind::WrongType, path, &plain(other), "taken as none");
                    0
                }),
        }
    }

    fn day(&mut self, value: Option<&Value>, path: &str) -> Option<Date> {
        let value = value.filter(|value| !value.is_null())?;
        let day = value
            .as_str()
            .and_then(|text| text.get(..10)?.parse::<Date>().ok());
        let day = day.filter(|day| *day >= OLDEST);
        if day.is_none() {
            self.doubt(Kind::BadDate, path, &plain(value), "unknown");
        }
        day
    }

    fn unknown_keys(&mut self, object: &Map<String, Value>, path: &str, known: &[&str]) {
        for (key, value) in object {
            if !known.contains(&key.as_str()) {
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                self.doubt(Kind::UnknownKey, &path, &plain(value), "left out");
            }
        }
    }
}

/// `None` for what is no procedure at all: that is a doubt too.
pub fn procedure(number: usize, record: &Value, doubts: &mut Vec<Doubt>) -> Option<Portal> {
    let mut reader = Reader {
        code: format!("#{number}"),
        doubts,
    };
    let Some(object) = record.as_object() else {
        reader.doubt(Kind::NotARecord, "", &plain(record), "left out");
        return None;
    };
    let code = object
        .get("code")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .trim();
    if code.is_empty() {
        reader.doubt(Kind::NotARecord, "code", &plain(record), "left out");
        return None;
    }
    reader.code = code.to_owned();
    if !is_code(code) {
        reader.doubt(Kind::BadCode, "code", code, "left out");
        return None;
    }
    let title = reader.text(object.get("name"), "name");
    if title.is_empty() {
        reader.doubt(Kind::NotARecord, "name", "", "left out");
        return None;
    }
    reader.unknown_keys(object, "", &KEYS);
    let title = sentence_case(&mut reader, title);
    let methods = methods(&mut reader, object.get("methods"));
    let cases = cases(&mut reader, object.get("cases"));
    let level = level(&mut reader, object, &methods);
    let publisher = object.get("publisher");
    let empty = Map::new();
    let decision = object
        .get("decision")
        .and_then(Value::as_object)
        .unwrap_or(&empty);
    let decision = Decision {
        number: reader.text(decision.get("no"), "decision.no"),
        date: reader.day(decision.get("date"), "decision.date"),
        agency: reader.text(decision.get("agency"), "decision.agency"),
    };
    let updated = reader.day(object.get("updated"), "updated");
    if updated.is_none() && object.get("updated").is_none_or(Value::is_null) {
        reader.doubt(
            Kind::BadDate,
            "updated",
            "",
            "not in the catalogue: nothing dates its facts",
        );
    }
    if let (Some(decided), Some(updated)) = (decision.date, updated)
        && decided > updated
    {
        let said = format!("{decided} > {updated}");
        reader.doubt(Kind::DecidedLater, "decision.date", &said, "kept");
    }
    let (subjects, who) = subjects(&mut reader, object.get("subjects"));
    let executing = agencies(&mut reader, object.get("executing"), "executing");
    if executing.is_empty() {
        reader.doubt(Kind::AgencyMissing, "executing", "", "unknown");
    }
    let mut procedure = Portal {
        code: code.to_owned(),
        title,
        field: reader.text(object.get("category"), "category"),
        field_code: reader.text(object.get("category_code"), "category_code"),
        agency: reader.text(publisher.and_then(|it| it.get("name")), "publisher.name"),
        level: match level {
            ServiceLevel::Full => "full",
            ServiceLevel::Partial => "partial",
            ServiceLevel::InPerson => "in_person",
        },
        subjects,
        methods,
        cases,
        component_groups: papers(&mut reader, object.get("component_groups")),
        legal_basis: laws(&mut reader, object.get("legal_basis")),
        steps: steps(&mut reader, object.get("steps")),
        results: coded(&mut reader, object.get("results"), "results"),
        executing,
        coordinating: agencies(&mut reader, object.get("coordinating"), "coordinating"),
        conditions: reader.text(object.get("conditions"), "conditions"),
        decision,
        updated,
        listing: None,
    };
    compare_times(&mut reader, &procedure);
    procedure.listing = listing(&procedure, who, level);
    Some(procedure)
}

const KEYS: [&str; 23] = [
    "code",
    "name",
    "publisher",
    "category",
    "category_code",
    "levels",
    "full_process_online",
    "offline_only",
    "non_territorial",
    "formality",
    "decision",
    "executing",
    "coordinating",
    "subjects",
    "methods",
    "cases",
    "component_groups",
    "results",
    "legal_basis",
    "conditions",
    "steps",
    "portal_groups",
    "updated",
];

fn is_code(code: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    code.split_once('.')
        .is_some_and(|(one, other)| digits(one) && digits(other))
}

/// "THỦ TỤC ĐĂNG KÝ" is read letter by letter by some voices.
fn sentence_case(reader: &mut Reader<'_>, title: String) -> String {
    let letters = || title.chars().filter(|letter| letter.is_alphabetic());
    if letters().count() < 8 || letters().any(char::is_lowercase) {
        return title;
    }
    reader.doubt(
        Kind::ShoutedTitle,
        "name",
        &title,
        "written in small letters",
    );
    let mut small = String::new();
    for letter in title.chars() {
        if small.is_empty() {
            small.push(letter);
        } else {
            small.extend(letter.to_lowercase());
        }
    }
    small
}

fn methods(reader: &mut Reader<'_>, value: Option<&Value>) -> Vec<Method> {
    let found = reader.objects(value, "methods");
    if found.is_empty() {
        reader.doubt(Kind::NoChannel, "methods", "", "no way to file is shown");
    }
    let province = found.iter().any(|(_, method)| {
        let fees = method
            .get("fees")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        fees.chain([&Value::Object((*method).clone())])
            .any(|value| {
                let text = value.get("description").and_then(Value::as_str);
                text.is_some_and(|text| says_province_decides(&fold(text)))
            })
    });
    let mut methods = Vec::new();
    for (path, method) in found {
        reader.unknown_keys(
            method,
            &path,
            &["channel", "time", "unit", "description", "fees"],
        );
        let channel = match method.get("channel").and_then(Value::as_str) {
            Some("ONLINE") => "online",
            Some("POSTAL") => "post",
            Some("DIRECT") => "counter",
            _ => {
                let said = method.get("channel").map(plain).unwrap_or_default();
                reader.doubt(
                    Kind::UnknownChannel,
                    &format!("{path}.channel"),
                    &said,
                    "left out",
                );
                continue;
            }
        };
        let null = Value::Null;
        let time = time::time(
            reader,
            method.get("time").unwrap_or(&null),
            method.get("unit").unwrap_or(&null),
            &format!("{path}.time"),
        );
        let note = reader.text(method.get("description"), &format!("{path}.description"));
        let lines = format!("{path}.fees");
        let mut fees = Vec::new();
        for (at, line) in reader.list(method.get("fees"), &lines).iter().enumerate() {
            let path = format!("{lines}[{at}]");
            if line.is_object() {
                fees.extend(fee::fee(reader, line, &note, province, &path));
            } else {
                reader.doubt(Kind::WrongType, &path, &plain(line), "left out");
            }
        }
        if fees.is_empty() {
            reader.doubt(Kind::FeeNotListed, &lines, "", "unknown");
        }
        methods.push(Method {
            channel,
            time,
            note,
            fees,
        });
    }
    methods
}

fn cases(reader: &mut Reader<'_>, value: Option<&Value>) -> Vec<Case> {
    let mut cases = Vec::new();
    for (path, case) in reader.objects(value, "cases") {
        reader.unknown_keys(case, &path, &["code", "name", "time", "unit"]);
        let null = Value::Null;
        cases.push(Case {
            code: reader.text(case.get("code"), &format!("{path}.code")),
            name: reader.text(case.get("name"), &format!("{path}.name")),
            time: time::time(
                reader,
                case.get("time").unwrap_or(&null),
                case.get("unit").unwrap_or(&null),
                &format!("{path}.time"),
            ),
        });
    }
    cases
}

fn level(reader: &mut Reader<'_>, object: &Map<String, Value>, methods: &[Method]) -> ServiceLevel {
    let full = reader.flag(object.get("full_process_online"), "full_process_online");
    let offline = reader.flag(object.get("offline_only"), "offline_only");
    let online = methods.iter().any(|method| method.channel == "online");
    match (full, offline, online) {
        (_, true, true) => {
            reader.doubt(
                Kind::OfflineWithChannel,
                "offline_only",
                "true",
                "taken as in person",
            );
            ServiceLevel::InPerson
        }
        (_, true, false) | (false, false, false) => ServiceLevel::InPerson,
        (true, false, false) => {
            reader.doubt(
                Kind::LevelWithoutChannel,
                "full_process_online",
                "true",
                "taken as in person",
            );
            ServiceLevel::InPerson
        }
        (true, false, true) => ServiceLevel::Full,
        (false, false, true) => ServiceLevel::Partial,
    }
}

fn subjects(reader: &mut Reader<'_>, value: Option<&Value>) -> (Vec<PortalSubject>, Vec<Subject>) {
    let mut listed = Vec::new();
    let mut who = Vec::new();
    for (path, subject) in reader.objects(value, "subjects") {
        reader.unknown_keys(subject, &path, &["code", "name"]);
        let code = reader.text(subject.get("code"), &format!("{path}.code"));
        let name = reader.text(subject.get("name"), &format!("{path}.name"));
        match APPLICANTS.iter().find(|(known, _)| *known == code) {
            Some((_, subject)) => who.push(*subject),
            None => {
                let said = format!("{code} {name}");
                reader.doubt(
                    Kind::UnknownSubject,
                    &path,
                    &said,
                    "listed, not searched by",
                );
            }
        }
        listed.push(PortalSubject { code, name });
    }
    if who.is_empty() {
        reader.doubt(Kind::NoSubject, "subjects", "", "not in the catalogue");
    }
    (listed, who)
}

fn papers(reader: &mut Reader<'_>, value: Option<&Value>) -> Vec<Group> {
    let mut groups = Vec::new();
    let mut many = 0;
    let mut required = 0;
    for (path, group) in reader.objects(value, "component_groups") {
        reader.unknown_keys(group, &path, &["group", "components"]);
        let name = reader.text(group.get("group"), &format!("{path}.group"));
        let list = format!("{path}.components");
        let mut components = Vec::new();
        for (path, paper) in reader.objects(group.get("components"), &list) {
            reader.unknown_keys(
                paper,
                &path,
                &[
                    "code",
                    "name",
                    "original_qty",
                    "copy_qty",
                    "required",
                    "has_eform",
                    "is_result",
                    "forms",
                ],
            );
            let forms = format!("{path}.forms");
            let mut files = Vec::new();
            for (at, form) in reader.list(paper.get("forms"), &forms).iter().enumerate() {
                files.push(reader.text(Some(form), &format!("{forms}[{at}]")));
            }
            let paper = Paper {
                code: reader.text(paper.get("code"), &format!("{path}.code")),
                name: reader.text(paper.get("name"), &format!("{path}.name")),
                originals: reader.count(paper.get("original_qty"), &format!("{path}.original_qty")),
                copies: reader.count(paper.get("copy_qty"), &format!("{path}.copy_qty")),
                required: reader.flag(paper.get("required"), &format!("{path}.required")),
                electronic_form: reader.flag(paper.get("has_eform"), &format!("{path}.has_eform")),
                forms: files,
            };
            many += 1;
            required += usize::from(paper.required);
            let counts = format!("{} originals, {} copies", paper.originals, paper.copies);
            if paper.name.is_empty() {
                reader.doubt(Kind::ComponentNameless, &path, &paper.code, "kept");
            } else if paper.originals + paper.copies == 0 {
                reader.doubt(Kind::ComponentNoCopies, &path, &paper.name, "kept");
            } else if paper.originals > 5 || paper.copies > 5 {
                reader.doubt(Kind::ComponentManyCopies, &path, &counts, "kept");
            }
            components.push(paper);
        }
        if components.is_empty() {
            reader.doubt(Kind::EmptyGroup, &path, &name, "kept");
        }
        groups.push(Group { name, components });
    }
    if many > 0 && required == 0 {
        let said = format!("0 of {many}");
        reader.doubt(
            Kind::NothingRequired,
            "component_groups",
            &said,
            "the mark is not used",
        );
    }
    groups
}

fn laws(reader: &mut Reader<'_>, value: Option<&Value>) -> Vec<Law> {
    let mut laws = Vec::new();
    for (path, law) in reader.objects(value, "legal_basis") {
        reader.unknown_keys(law, &path, &["no", "title"]);
        laws.push(Law {
            number: reader.text(law.get("no"), &format!("{path}.no")),
            title: reader.text(law.get("title"), &format!("{path}.title")),
        });
    }
    if laws.is_empty() {
        reader.doubt(Kind::NoLegalBasis, "legal_basis", "", "unknown");
    }
    laws
}

fn steps(reader: &mut Reader<'_>, value: Option<&Value>) -> Vec<Step> {
    let mut steps = Vec::new();
    for (path, step) in reader.objects(value, "steps") {
        reader.unknown_keys(step, &path, &["name", "text"]);
        steps.push(Step {
            name: reader.text(step.get("name"), &format!("{path}.name")),
            text: reader.text(step.get("text"), &format!("{path}.text")),
        });
    }
    if steps.is_empty() {
        reader.doubt(Kind::NoSteps, "steps", "", "unknown");
    }
    steps
}

fn coded(reader: &mut Reader<'_>, value: Option<&Value>, path: &str) -> Vec<Coded> {
    let mut all = Vec::new();
    for (path, item) in reader.objects(value, path) {
        reader.unknown_keys(item, &path, &["code", "name"]);
        all.push(Coded {
            code: reader.text(item.get("code"), &format!("{path}.code")),
            name: reader.text(item.get("name"), &format!("{path}.name")),
        });
    }
    all
}

fn agencies(reader: &mut Reader<'_>, value: Option<&Value>, path: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (at, name) in reader.list(value, path).iter().enumerate() {
        let path = format!("{path}[{at}]");
        if name.is_null() {
            reader.doubt(Kind::AgencyMissing, &path, "null", "left out");
            continue;
        }
        let name = reader.text(Some(name), &path);
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The cases often have the time that a method with the unit "other" has not.
fn compare_times(reader: &mut Reader<'_>, procedure: &Portal) {
    let mut times = procedure.cases.iter().filter_map(|case| case.time);
    let Some(first) = times.next() else { return };
    if times.any(|time| time != first) {
        return;
    }
    for (at, method) in procedure.methods.iter().enumerate() {
        if let Some(time) = method.time
            && time != first
        {
            let said = format!(
                "{} {}, cases {} {}",
                time.amount, time.unit, first.amount, first.unit
            );
            reader.doubt(
                Kind::TimeDiffers,
                &format!("methods[{at}].time"),
                &said,
                "kept",
            );
        }
    }
}

fn listing(procedure: &Portal, mut who: Vec<Subject>, level: ServiceLevel) -> Option<Listing> {
    let of_households = |text: &str| {
        let words = words(text);
        words
            .windows(3)
            .any(|three| three == ["ho", "kinh", "doanh"])
    };
    // The portal has no kind of applicant for them.
    if of_households(&procedure.title) || of_households(&procedure.field) {
        who.push(Subject::HouseholdBusiness);
    }
    who.sort_unstable();
    who.dedup();
    if who.is_empty() {
        return None;
    }
    let mut times = procedure.cases.iter().map(|case| case.time);
    let of_cases = times
        .next()
        .flatten()
        .filter(|first| times.all(|time| time == Some(*first)));
    let mut offers: Vec<Offer> = Vec::new();
    for method in &procedure.methods {
        let mut amounts = method.fees.iter().map(|fee| fee.vnd);
        let mut fee = match amounts.next().flatten() {
            None => ListedFee::Unknown,
            Some(first) => ListedFee::Between {
                least: first,
                most: first,
            },
        };
        for amount in amounts {
            fee = match (fee, amount) {
                (ListedFee::Between { least, most }, Some(amount)) => ListedFee::Between {
                    least: least.min(amount),
                    most: most.max(amount),
                },
                _ => ListedFee::Unknown,
            };
        }
        if fee == (ListedFee::Between { least: 0, most: 0 }) {
            fee = ListedFee::Free;
        }
        let offer = Offer {
            via: match method.channel {
                "online" => Channel::Online,
                "post" => Channel::Post,
                _ => Channel::Counter,
            },
            time: method.time.or(of_cases).and_then(time::span),
            fee,
        };
        if !offers.contains(&offer) {
            offers.push(offer);
        }
    }
    Some(Listing {
        code: procedure.code.clone(),
        title: procedure.title.clone(),
        field: procedure.field.clone(),
        agency: procedure.agency.clone(),
        subjects: who,
        level,
        offers,
        decision: procedure.decision.number.clone(),
        decided: procedure.decision.date,
        updated: procedure.updated?,
    })
}

/// Without HTML, invisible characters, odd spaces; and whether more than spaces changed.
fn clean(text: &str) -> (String, bool) {
    let mut changed = false;
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find(['<', '&']) {
        let (before, from) = rest.split_at(open);
        plain.push_str(before);
        match html(from) {
            Some((meant, length)) => {
                changed = true;
                plain.push_str(meant);
                rest = &from[length..];
            }
            None => {
                plain.push_str(&from[..1]);
                rest = &from[1..];
            }
        }
    }
    plain.push_str(rest);
    let mut kept = String::with_capacity(plain.len());
    let mut blank = false;
    for letter in plain.chars() {
        let invisible = matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{feff}' | '\u{ad}' | '\u{fffd}');
        if letter.is_whitespace() || letter == '\u{a0}' {
            changed |= letter == '\u{a0}';
            blank = true;
        } else if invisible || letter.is_control() {
            changed = true;
        } else {
            if blank && !kept.is_empty() {
                kept.push(' ');
            }
            blank = false;
            kept.push(letter);
        }
    }
    (composed(&kept), changed)
}

/// Marks as they are typed on most keyboards: one character a letter. Half of the portal has them
/// apart, which is the same text and no doubt.
fn composed(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    text.nfc().collect()
}

/// A tag or entity at the beginning of `text`: what it means, and its length.
fn html(text: &str) -> Option<(&'static str, usize)> {
    const ENTITIES: [(&str, &str); 6] = [
        ("&nbsp;", " "),
        ("&amp;", "&"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
    ];
    if let Some((entity, meant)) = ENTITIES.iter().find(|(entity, _)| text.starts_with(entity)) {
        return Some((meant, entity.len()));
    }
    let inside = text.strip_prefix('<')?;
    let end = inside.find('>').filter(|end| *end < 200)?;
    let tag = inside.get(..end)?.trim_start_matches('/');
    // "< 3 ngày" is no tag.
    tag.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '!')
        .then_some((" ", end + 2))
}

/// Letters that only Vietnamese has.
fn is_vietnamese(word: &str) -> bool {
    word.chars().any(|letter| {
        matches!(
            letter,
            'đ' | 'Đ' | 'ă' | 'â' | 'ê' | 'ô' | 'ơ' | 'ư' | '\u{1ea0}'..='\u{1ef9}'
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cleaned_of_what_no_reader_wants() {
        for (text, kept, changed) in [
            ("<p>Bước 1:&nbsp;Nộp</p>", "Bước 1: Nộp", true),
            ("dưới < 3 ngày & hơn", "dưới < 3 ngày & hơn", false),
            ("a\u{200e}b  c\nd", "ab c d", true),
            ("e\u{302}\u{301}", "ế", false),
            ("", "", false),
        ] {
            assert_eq!(clean(text), (kept.to_owned(), changed), "{text}");
        }
    }
}
