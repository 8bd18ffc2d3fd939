//! Every mistake an author can make, made once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::path::Path;

use gandan_domain::{
    catalog::{ContentPack, Index},
    dossier::{
        KeySet,
        deadline::Limit,
        keyset::{KeyUse, ListedKey},
    },
    form::{Answers, FileAnswer, FormError, Value},
    jws::PublicKey,
    text::messages,
};
use jiff::civil::date;
use ring::signature::{Ed25519KeyPair, KeyPair};

use crate::{BuildError, ConditionError, Content, Mistake, Sources, What};

const HOLIDAYS: &str = r#"
first = "2026-01-01"
last = "2026-12-31"
source = { name = "không", date = "2026-01-01" }

[[holiday]]
name = "Ngày nghỉ"
days = ["2026-09-02"]
decided = "law"

[[swap]]
off = "2026-08-31"
worked = "2026-08-22"
decided = "decree"
"#;

pub const PROCEDURE: &str = r#"
code = "9.000001"
title = { vi = "Thủ tục thử" }
summary = { vi = "Để thử" }
publisher = "Không ai"
service_level = "full"
valid_from = "2026-01-01"
approved = false
fee = { free = true, basis = "không" }
time_limit = { same_day = true }
source = { name = "không", date = "2026-01-01" }
legal_basis = []

[[component]]
code = "C1"
name = { vi = "Giấy" }
field = "paper.photo"

[form]
version = 1
commune_field = "office.commune"

[[form.page]]
id = "first"
title = { vi = "Trang" }

[[form.page.group]]
id = "all"

[[form.page.group.field]]
id = "case"
kind = "choice"
label = { vi = "Trường hợp" }
required = true
option = [{ id = "one", label = { vi = "Một" } }, { id = "two", label = { vi = "Hai" } }]

[[form.page.group.field]]
id = "child.name"
kind = "person_name"
label = { vi = "Tên" }
visible = "case == 'one'"
prefill = [{ key = "requester.full_name", when = "case == 'one'" }]

[[form.page.group.field]]
id = "office.commune"
kind = "commune"
label = { vi = "Xã" }

[[form.page.group.field]]
id = "paper.photo"
kind = "file"
max_bytes = 10
media_types = ["image/png"]
label = { vi = "Ảnh" }

[[form.rule]]
field = "child.name"
holds = "has(child.name)"
message = "form-required"
"#;

pub const PLACES: &str = r#"
source = { name = "không", date = "2026-01-01" }

[[commune]]
code = "00715"
valid_from = "2025-07-01"
full_name = "Xã Lũng Cú"
province_code = "08"
province_name = "Tuyên Quang"
office = { code = "T00.00715", name = "Thử" }
"#;

const OLD_COMMUNES: &str = "\
code\ttype\tname\tdistrict\tbecomes\tdoubt
00715\tx\tLũng Cú\t026\t00715
00718\tx\tMá Lé\t026\t00715";

pub fn sources(procedure: &str, places: &str) -> Sources {
    let files = [
        ("pack.toml", "serial = 1"),
        ("holidays.toml", HOLIDAYS),
        ("procedures/9.000001.toml", procedure),
        ("places/communes.toml", places),
        (
            "places/old_provinces.tsv",
            "code\ttype\tname\tbecomes\n02\tT\tHà Giang\t08",
        ),
        (
            "places/old_districts.tsv",
            "code\ttype\tname\tprovince\tbecomes\n026\th\tĐồng Văn\t02",
        ),
        ("places/old_communes.tsv", OLD_COMMUNES),
        (
            "places/provinces.tsv",
            "code\tfrom\ttype\tname\n08\t2025-07-01\tT\tTuyên Quang",
        ),
        (
            "places/communes.tsv",
            "code\tfrom\ttype\tname\tprovince\tdoubt\talso\n00715\t2025-07-01\tx\tLũng Cú\t08",
        ),
    ];
    Sources(
        files
            .map(|(file, text)| (file.to_owned(), text.to_owned()))
            .into(),
        Vec::new(),
    )
}

/// The one mistake after `from` becomes `to`, which must be told at the line of `at`.
fn broken(text: &str, from: &str, to: &str, at: &str) -> What {
    assert_eq!(text.matches(from).count(), 1, "`{from}` is not there once");
    let text_now = text.replace(from, to);
    let sources = if text == PROCEDURE {
        sources(&text_now, PLACES)
    } else {
        sources(PROCEDURE, &text_now)
    };
    let mut mistakes = sources.compile().expect_err(to);
    assert_eq!(mistakes.len(), 1, "{mistakes:?}");
    let Mistake { file, line, what } = mistakes.remove(0);
    assert_eq!(file.starts_with("procedures"), text == PROCEDURE);
    let expected = 1 + text_now
        .lines()
        .position(|line| line.contains(at))
        .expect(at);
    assert_eq!(line, expected, "{what}");
    what
}

fn procedure(from: &str, to: &str, at: &str) -> What {
    broken(PROCEDURE, from, to, at)
}

fn condition(source: &str) -> ConditionError {
    match procedure(
        "visible = \"case == 'one'\"",
        &format!("visible = \"{source}\""),
        source,
    ) {
        What::Condition(error) => error,
        other => panic!("{other}"),
    }
}

#[test]
fn sound_content_compiles() {
    let content = sources(PROCEDURE, PLACES).compile().unwrap();
    assert_eq!(content.pack.procedures.len(), 1);
    assert_eq!(content.pack.communes.len(), 1);
    assert_eq!(content.pack.check(), Ok(()));
}

#[test]
fn conditions_are_checked_in_place() {
    assert_eq!(
        condition("father.name == 'An'"),
        ConditionError::UnknownField("father.name".into())
    );
    assert!(matches!(
        condition("case == 'three'"),
        ConditionError::UnknownChoice { .. }
    ));
    assert!(matches!(condition("case ="), ConditionError::Syntax(_)));
    assert!(matches!(
        condition("case.size() == 'one'"),
        ConditionError::Unsupported(_)
    ));
    let what = procedure(
        "when = \"case == 'one'\"",
        "when = \"nobody == 'x'\"",
        "nobody",
    );
    assert!(matches!(
        what,
        What::Condition(ConditionError::UnknownField(_))
    ));
    let what = procedure("has(child.name)", "has(child.age)", "child.age");
    assert!(matches!(
        what,
        What::Condition(ConditionError::UnknownField(_))
    ));
}

#[test]
fn ids_are_checked() {
    let twice = "[[form.page.group.field]]\nid = \"case\"\nkind = \"phone\"\nlabel = { vi = \"x\" }\n\n[[form.rule]]";
    let text = PROCEDURE.replace("[[form.rule]]", twice);
    let mistakes = sources(&text, PLACES).compile().unwrap_err();
    let duplicate = mistakes
        .iter()
        .find(|mistake| matches!(mistake.what, What::Duplicate { .. }))
        .expect("found");
    let lines: Vec<usize> = (1..)
        .zip(text.lines())
        .filter(|(_, line)| *line == "id = \"case\"")
        .map(|(number, _)| number)
        .collect();
    assert_eq!(duplicate.line, lines[1]);
    let what = What::Duplicate {
        id: "case".into(),
        first: lines[0],
    };
    assert_eq!(duplicate.what, what);

    let what = procedure("id = \"first\"", "id = \"Trang một\"", "Trang một");
    assert_eq!(what, What::BadId("Trang một".into()));
}

#[test]
fn circles_and_dead_questions_are_found() {
    let what = procedure(
        "visible = \"case == 'one'\"",
        "visible = \"has(child.name)\"",
        "id = \"child.name\"",
    );
    let cycle = FormError::Cycle {
        field: "child.name".into(),
    };
    assert_eq!(what, What::Form(cycle));
    let what = procedure(
        "visible = \"case == 'one'\"",
        "visible = \"case == 'one' && case == 'two'\"",
        "id = \"child.name\"",
    );
    let dead = FormError::Unreachable {
        field: "child.name".into(),
    };
    assert_eq!(what, What::Form(dead));
}

#[test]
fn texts_need_vietnamese() {
    for (from, to) in [
        ("title = { vi = \"Trang\" }", "title = { en = \"Page\" }"),
        (
            "label = { vi = \"Tên\" }",
            "label = { vi = \" \", en = \"Name\" }",
        ),
        ("{ vi = \"Hai\" }", "{ en = \"Two\" }"),
        ("{ vi = \"Giấy\" }", "{ en = \"Paper\" }"),
        ("{ vi = \"Để thử\" }", "{ en = \"For a test\" }"),
    ] {
        assert_eq!(procedure(from, to, to), What::NoVietnamese);
    }
}

#[test]
fn what_is_named_exists() {
    let message = procedure("form-required", "form-nonsense", "form-nonsense");
    assert_eq!(message, What::UnknownMessage("form-nonsense".into()));
    let rule = procedure(
        "field = \"child.name\"",
        "field = \"father\"",
        "field = \"father\"",
    );
    assert_eq!(rule, What::RuleField("father".into()));
    for field in ["nobody", "child.name"] {
        let to = format!("field = \"{field}\"");
        let from = "field = \"paper.photo\"";
        let at = format!("{to}\n");
        let what = procedure(from, &to, at.trim_end());
        assert_eq!(what, What::ComponentField(field.into()));
    }
    let key = procedure("requester.full_name", "requester.shoe_size", "shoe_size");
    assert_eq!(key, What::UnknownPrefill("requester.shoe_size".into()));
    let commune = "commune_field = \"case\"";
    let what = procedure("commune_field = \"office.commune\"", commune, commune);
    assert!(matches!(what, What::Form(FormError::NotACommune { .. })));
    let code = procedure("code = \"9.000001\"", "code = \"9.000002\"", "9.000002");
    assert_eq!(code, What::CodeIsNotFileName("9.000002".into()));
}

#[test]
fn kinds_have_what_they_need_and_nothing_else() {
    for (from, to, at) in [
        (
            "kind = \"commune\"",
            "kind = \"commune\"\nmax = 3",
            "id = \"office.commune\"",
        ),
        (
            "kind = \"commune\"",
            "kind = \"commune\"\npast = true",
            "id = \"office.commune\"",
        ),
        ("max_bytes = 10\n", "", "id = \"paper.photo\""),
        (
            "kind = \"person_name\"",
            "kind = \"text\"",
            "id = \"child.name\"",
        ),
        (
            "kind = \"person_name\"",
            "kind = \"date\"",
            "id = \"child.name\"",
        ),
    ] {
        assert!(matches!(procedure(from, to, at), What::FieldKind(_)));
    }
}

#[test]
fn bad_toml_is_told_with_its_line() {
    let what = procedure("publisher = \"Không ai\"", "publisher = Không", "publisher");
    assert!(matches!(what, What::Toml(_)));
    let what = procedure(
        "service_level = \"full\"",
        "service_level = \"some\"",
        "some",
    );
    assert!(matches!(what, What::Toml(_)));
    let what = procedure(
        "service_level = \"full\"",
        "service_level = \"full\"\npicture = \"bith\"",
        "bith",
    );
    assert!(matches!(what, What::Toml(_)));
    let what = procedure("id = \"all\"", "id = \"all\"\ncolour = \"red\"", "colour");
    assert!(matches!(what, What::Toml(_)));
    let what = procedure(
        "\"2026-01-01\"\napproved",
        "\"2026-02-30\"\napproved",
        "2026-02-30",
    );
    assert!(matches!(what, What::Toml(_)));
    let mut missing = sources(PROCEDURE, PLACES);
    missing.0.remove("pack.toml");
    assert_eq!(missing.compile().unwrap_err()[0].what, What::MissingFile);
}

#[test]
fn facts_are_checked() {
    let limit = "time_limit = { same_day = true }";
    let two = "time_limit = { same_day = true, months = 1 }";
    assert_eq!(procedure(limit, two, "months"), What::TimeLimit);
    let none = "time_limit = { note = { vi = \"Mau\" } }";
    assert_eq!(procedure(limit, none, "Mau"), What::TimeLimit);
    let by_case = format!(
        "{limit}\ntime_limit_case = [{{ case = {{ vi = \"Một\" }}, when = \"case == 'no'\", limit = {{ working_hours = 1 }} }}]"
    );
    assert!(matches!(
        procedure(limit, &by_case, "working_hours"),
        What::Condition(ConditionError::UnknownChoice { .. })
    ));
    let approved = procedure("approved = false", "approved = true", "approved");
    assert_eq!(approved, What::Approval);
    let level = "service_level = \"full\"";
    let closed = "service_level = \"full\"\nchannels = [\"post\"]";
    assert_eq!(procedure(level, closed, "code = \"9"), What::Channels);
    let open = "service_level = \"in_person\"\nchannels = [\"online\"]";
    assert_eq!(procedure(level, open, "code = \"9"), What::Channels);
    let late = "approved = false\nvalid_until = \"2025-01-01\"";
    assert_eq!(
        procedure("approved = false", late, "valid_until"),
        What::EndsBeforeItBegins
    );
    let required = procedure("required = true", "required = \"perhaps\"", "perhaps");
    assert!(matches!(required, What::Toml(why) if why.contains("or_why_not")));
}

#[test]
fn the_facts_of_a_procedure_reach_its_readers() {
    let facts = r#"
who = ["household_business", "organisation"]
channels = ["counter", "post"]
valid_until = "2027-12-31"
visit = [{ why = { vi = "Ký sổ" }, when = "case == 'one'" }]
case = [{ id = "small", name = { vi = "Nhỏ" }, when = "case == 'two'" }]
time_limit_case = [{ case = { vi = "Nhỏ" }, when = "case == 'two'", limit = { working_hours = 4 } }]
approved = false"#;
    let text = PROCEDURE
        .replace("\napproved = false", facts)
        .replace("\"full\"", "\"in_person\"")
        .replace(
            "field = \"paper.photo\"\n\n[form]",
            "originals = 1\ncopies = 2\nrequired = false\nwhen = \"case == 'one'\"\n\n[form]",
        )
        .replace(
            "kind = \"person_name\"",
            "kind = \"person_name\"\nrequired = \"or_why_not\"",
        );
    let content = sources(&text, PLACES).compile().unwrap();
    let procedure = &content.pack.procedures[0];
    assert!(!procedure.is_online());
    assert!(procedure.applies_on(date(2027, 12, 31)) && !procedure.applies_on(date(2028, 1, 1)));
    let of = |case: &str| {
        let mut answers = Answers::default();
        answers.set("case", Value::Text(case.into()));
        answers
    };
    assert_eq!(procedure.time_limit(&of("one")).limit, Some(Limit::SameDay));
    assert_eq!(
        procedure.time_limit(&of("two")).limit,
        Some(Limit::WorkingHours(4))
    );
    assert_eq!(procedure.components_for(&of("one")).count(), 1);
    assert_eq!(procedure.components_for(&of("two")).count(), 0);
    let name = procedure.form.field("child.name").unwrap();
    assert!(name.or_why_not && !name.required);
    let read: ContentPack = serde_json::from_slice(&content.payload().unwrap()).unwrap();
    assert_eq!(read, content.pack);
}

const MEMBERS: &str = r#"
[[form.page.group]]
id = "member"
title = { vi = "Người trong hộ" }
repeat = { min = 0, max = 9, item = { vi = "người" } }

[[form.page.group.field]]
id = "member.income"
kind = "money"
max = 1000000000
label = { vi = "Thu nhập" }

[[form.page.group]]
id = "end"

[[form.page.group.field]]
id = "total"
kind = "money"
max = 1000000000
label = { vi = "Tổng" }
compute = "sum(member.map(m, m.income))"

[[form.rule]]
field = "child.name""#;

fn members(from: &str, to: &str, at: &str) -> What {
    let rule = "[[form.rule]]\nfield = \"child.name\"";
    let text = PROCEDURE.replace(rule, MEMBERS.trim_start());
    assert_eq!(text.matches(from).count(), 1, "`{from}` is not there once");
    let text = text.replace(from, to);
    let mut mistakes = sources(&text, PLACES).compile().expect_err(to);
    assert_eq!(mistakes.len(), 1, "{mistakes:?}");
    let Mistake { line, what, .. } = mistakes.remove(0);
    assert!(
        text.lines().nth(line - 1).unwrap().contains(at),
        "{line}: {what}"
    );
    what
}

#[test]
fn repeating_groups_and_computed_values_are_checked() {
    let rule = "[[form.rule]]\nfield = \"child.name\"";
    let sound = PROCEDURE.replace(rule, MEMBERS.trim_start());
    let content = sources(&sound, PLACES).compile().unwrap();
    let mut answers = Answers::default();
    answers.set("member", Value::Many(vec!["1".into(), "4".into()]));
    answers.set("member.income#1", Value::Text("1.000.000".into()));
    answers.set("member.income#4", Value::Text("500000".into()));
    let clean = content.pack.procedures[0].form.clean(&answers);
    assert_eq!(clean.text("total"), Some("1500000"));

    let computed = "compute = \"sum(member.map(m, m.income))\"";
    let many = members(computed, "compute = \"member.income + 1\"", "compute");
    let many_answers = matches!(many, What::Condition(ConditionError::ManyAnswers { .. }));
    assert!(many_answers, "{many}");
    let no_list = members(computed, "compute = \"size(child)\"", "compute");
    let not_a_list = matches!(no_list, What::Condition(ConditionError::NotAList(_)));
    assert!(not_a_list, "{no_list}");
    let kind = members(computed, "compute = \"child.name\"", "compute");
    assert_eq!(kind, What::ComputedKind);
    let today = members(
        computed,
        "compute = \"years('2000-01-01', today)\"",
        "compute",
    );
    assert_eq!(today, What::Condition(ConditionError::Today));
    let asked = format!("{computed}\nrequired = true");
    assert_eq!(members(computed, &asked, "compute"), What::ComputedAsked);
    let limits = members("max = 9,", "max = 0,", "id = \"member\"");
    assert!(
        matches!(limits, What::Form(FormError::Repeat { .. })),
        "{limits}"
    );
    let circle = format!("{computed}\nvisible = \"total > 5\"");
    let circle = members(computed, &circle, "id = \"total\"");
    assert!(
        matches!(circle, What::Form(FormError::Cycle { .. })),
        "{circle}"
    );
}

#[test]
fn places_are_checked() {
    let code = broken(PLACES, "\"00715\"", "\"715\"", "\"715\"");
    assert_eq!(code, What::CommuneCode("715".into()));
    let office = broken(PLACES, "T00.00715", "Trụ sở", "Trụ sở");
    assert_eq!(office, What::OfficeCode("Trụ sở".into()));
    let (_, commune) = PLACES.split_once("[[commune]]").unwrap();
    let twice = format!("{PLACES}\n[[commune]]{commune}");
    let mistakes = sources(PROCEDURE, &twice).compile().unwrap_err();
    assert!(matches!(mistakes[0].what, What::Duplicate { first: 5, .. }));
}

#[test]
fn units_are_checked_with_their_line() {
    let told = |from: &str, to: &str, line: usize, words: &str| {
        let mut sources = sources(PROCEDURE, PLACES);
        let text = OLD_COMMUNES.replacen(from, to, 1);
        assert_ne!(text, OLD_COMMUNES);
        sources.0.insert("places/old_communes.tsv".into(), text);
        let mistakes = sources.compile().unwrap_err();
        let found = mistakes.iter().any(|mistake| {
            mistake.file == "places/old_communes.tsv"
                && mistake.line == line
                && mistake.to_string().contains(words)
        });
        assert!(found, "{mistakes:?}");
    };
    told("00718", "718", 3, "2, 3 or 5 digits");
    told("00718\tx", "00718\tT", 3, "no type of this level");
    told(
        "Má Lé\t026",
        "Má Lé\t027",
        3,
        "district or province is not in the table",
    );
    told(
        "026\t00715\n",
        "026\t00721\n",
        2,
        "what it became is not in the table",
    );
    told("026\t00715\n", "026\t\n", 2, "became nothing");
    told("00718", "00715", 3, "already there");
    told("Má Lé", "", 3, "the name is empty");
}

#[test]
fn a_mistake_reads_as_a_sentence() {
    let mistakes = sources(
        &PROCEDURE.replace("== 'one'\"\nprefill", "== 'three'\"\nprefill"),
        PLACES,
    )
    .compile()
    .unwrap_err();
    assert_eq!(
        mistakes[0].to_string(),
        "procedures/9.000001.toml:41: failed to compile the condition: `case` has no choice `three`"
    );
}

/// Any text is content or a list of mistakes, and so is every file with something put into it or in
/// the place of something.
#[test]
fn reading_content_never_falls() {
    let event = ("life-events/something_happened.toml", LIFE_EVENT);
    let more = [
        event,
        (
            "terms.toml",
            "[[term]]\nid = \"dossier\"\nvi = \"hồ sơ\"\nen = \"dossier\"\n",
        ),
        ("banks.tsv", "bin\tname\n970436\tVietcombank\n"),
        (
            "search/thesaurus.tsv",
            "sổ đỏ\tgiấy chứng nhận | đất\ntôi\t\n",
        ),
        ("search/sayings.tsv", "thả diều chỗ nào\t9.1\n"),
        (
            "catalogue/ward.tsv",
            "9.1\tThả diều\tChơi\tBộ Diều\tc\tI\tC:?:?\t1/QĐ\t\t2026-07-17\n",
        ),
        (
            "offices/list.csv",
            "commune,valid_from,office_code,name,source,as_of\n00715,2025-07-01,T00.1,Thử,thử,2026-01-01\n",
        ),
    ];
    let mut sound = sources(PROCEDURE, PLACES);
    for (file, text) in more {
        sound.0.insert(file.into(), text.into());
    }
    sound.compile().expect("sound before anything is changed");
    let files: Vec<String> = sound.0.keys().cloned().collect();
    bolero::check!()
        .with_type::<(usize, usize, usize, String)>()
        .for_each(|(file, at, length, patch)| {
            let mut changed = sound.clone();
            let text = changed.0.get_mut(&files[file % files.len()]).unwrap();
            let border = |text: &str, at: usize| {
                let at = at.min(text.len());
                (0..=at)
                    .rev()
                    .find(|at| text.is_char_boundary(*at))
                    .unwrap()
            };
            let from = border(text, at % (text.len() + 1));
            let to = border(text, from + length % 4).max(from);
            text.replace_range(from..to, patch);
            if let Err(mistakes) = changed.compile() {
                for mistake in mistakes {
                    assert!(changed.0.contains_key(&mistake.file) && mistake.line > 0);
                }
            }
        });
}

/// The table of places lies open to whatever the disk does to it between the check of its signature
/// and a question: what is damaged is refused, or answers something, and comes to an end.
#[test]
fn a_damaged_table_of_places_never_falls() {
    use gandan_domain::place::table::PlaceTable;
    let sound = sources(PROCEDURE, PLACES).compile().unwrap().places;
    let walk = |payload: Vec<u8>| {
        let Some(table) = PlaceTable::of_payload(payload) else {
            return 0;
        };
        for unit in table.units() {
            let _ = (unit.full_name(), table.path(unit.id), table.today(unit.id));
            let _ = (table.formerly(unit.id), table.province(unit.id).is_some());
        }
        for text in ["lung cu", "xã Lũng Cú, Đồng Văn", "00715"] {
            let _ = table.resolve(text, date(2026, 11, 22));
        }
        table.len()
    };
    assert!(walk(sound.clone()) > 4);
    bolero::check!()
        .with_type::<(Vec<(usize, u8)>, bool, usize)>()
        .for_each(|(changes, cut, at)| {
            let mut damaged = sound.clone();
            for (at, byte) in changes {
                let at = at % damaged.len();
                damaged[at] = *byte;
            }
            if *cut {
                damaged.truncate(at % damaged.len());
            }
            walk(damaged);
        });
}

fn this_content() -> Content {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../content");
    Sources::read(&dir)
        .unwrap()
        .compile()
        .unwrap_or_else(|mistakes| {
            let told: Vec<String> = mistakes.iter().map(Mistake::to_string).collect();
            panic!("{}", told.join("\n"))
        })
}

pub fn key() -> (Vec<u8>, KeySet) {
    // PKCS #8 version 1 (RFC 8410 §7) around a seed of sevens.
    let document = [
        &b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20"[..],
        &[7; 32],
    ]
    .concat();
    let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&document).unwrap();
    let jwk = PublicKey::ed25519(pair.public_key().as_ref());
    let keys = KeySet {
        serial: 1,
        keys: vec![ListedKey {
            kid: jwk.thumbprint(),
            key_use: KeyUse::Pack,
            jwk,
            retired: false,
        }],
    };
    (document, keys)
}

#[test]
fn the_signed_pack_is_what_readers_read_and_the_same_every_time() {
    let (pkcs8, keys) = key();
    let content = this_content();
    let pack = content.sign(&pkcs8).unwrap();
    assert_eq!(pack, this_content().sign(&pkcs8).unwrap());
    let (manifest, read) = ContentPack::read(&pack, &keys).unwrap();
    assert_eq!(manifest.serial, content.serial);
    assert_eq!(read, content.pack);
    assert!(matches!(content.sign(b"no key"), Err(BuildError::Key)));
}

/// Walks the birth registration for one case; the answers that the case needs, by field.
fn birth(given: &[(&str, &str)], files: &[&str]) -> (Vec<String>, Vec<(String, String)>) {
    let content = this_content();
    let form = &content.pack.procedure("1.001193").unwrap().form;
    let mut answers = Answers::default();
    for (field, text) in given {
        answers.set(*field, Value::Text((*text).into()));
    }
    for field in files {
        let photo = FileAnswer {
            sha256: "a".repeat(64),
            size: 1000,
            media_type: "image/jpeg".into(),
        };
        answers.set(*field, Value::File(photo));
    }
    let verdict = form.evaluate(&answers, date(2026, 11, 22), &content.pack);
    let pages = verdict
        .pages
        .iter()
        .map(|page| page.page.id.clone())
        .collect();
    let problems = verdict
        .problems
        .into_iter()
        .map(|problem| (problem.field, problem.message))
        .collect();
    (pages, problems)
}

const CHILD: [(&str, &str); 11] = [
    ("requester.full_name", "Nguyễn Thị Thử Nghiệm"),
    ("requester.id_number", "099196000003"),
    ("office.commune", "00715@2025-07-01"),
    ("child.full_name", "Trần Thử Nghiệm"),
    ("child.birth_date", "2026-11-05"),
    ("child.sex", "female"),
    ("child.birth_place", "Trạm y tế Thử Nghiệm"),
    ("child.nationality", "Việt Nam"),
    ("child.home_town", "Xã Lũng Cú, Tuyên Quang"),
    ("child.ethnicity", "Mông"),
    ("requester.relation", "mother"),
];

const MOTHER: [(&str, &str); 6] = [
    ("mother.full_name", "Nguyễn Thị Thử Nghiệm"),
    ("mother.id_number", "099196000003"),
    ("mother.birth_date", "1996-03-08"),
    ("mother.ethnicity", "Mông"),
    ("mother.nationality", "Việt Nam"),
    ("mother.residence", "Thôn Thử Nghiệm, xã Lũng Cú"),
];

const FATHER: [(&str, &str); 6] = [
    ("father.full_name", "Trần Văn Thử Nghiệm"),
    ("father.id_number", "099094000004"),
    ("father.birth_date", "1994-02-01"),
    ("father.ethnicity", "Kinh"),
    ("father.nationality", "Việt Nam"),
    ("father.residence", "Thôn Thử Nghiệm, xã Lũng Cú"),
];

#[test]
fn an_ordinary_birth_is_registered() {
    let case = [("case", "ordinary"), ("father_known", "yes")];
    let given = [&CHILD[..], &MOTHER, &FATHER, &case].concat();
    let (pages, problems) = birth(&given, &["certificate.photo"]);
    assert_eq!(problems, []);
    assert_eq!(
        pages,
        ["case", "requester", "child", "mother", "father", "papers"]
    );
    let (_, problems) = birth(&given, &[]);
    assert_eq!(
        problems,
        [("certificate.photo".into(), "form-file-missing".into())]
    );
}

#[test]
fn without_certificate_a_witness_or_a_commitment_stands_in() {
    for (witness, paper, other) in [
        ("yes", "witness.statement", "commitment"),
        ("no", "commitment", "witness.statement"),
    ] {
        let case = [
            ("case", "no_certificate"),
            ("father_known", "no"),
            ("witness.exists", witness),
        ];
        let given = [&CHILD[..], &MOTHER, &case].concat();
        let (pages, problems) = birth(&given, &[paper]);
        assert_eq!(problems, []);
        assert_eq!(pages, ["case", "requester", "child", "mother", "papers"]);
        let (_, problems) = birth(&given, &[other, "certificate.photo"]);
        assert_eq!(problems, [(paper.into(), "form-file-missing".into())]);
    }
}

#[test]
fn an_abandoned_child_has_no_parents_pages() {
    let given = [&CHILD[..9], &[("case", "abandoned")]].concat();
    let (pages, problems) = birth(&given, &["abandonment.record"]);
    assert_eq!(problems, []);
    assert_eq!(pages, ["case", "requester", "child", "papers"]);
    let (_, problems) = birth(&given, &["certificate.photo"]);
    assert_eq!(
        problems,
        [("abandonment.record".into(), "form-file-missing".into())]
    );
}

#[test]
fn the_rules_of_a_birth_are_told_where_they_break() {
    let case = [("case", "ordinary"), ("father_known", "yes")];
    let sound = [&CHILD[..], &MOTHER, &FATHER, &case].concat();
    for (field, value, at, message) in [
        (
            "father.id_number",
            "099196000003",
            "father.id_number",
            "form-same-person",
        ),
        (
            "mother.birth_date",
            "2026-11-05",
            "mother.birth_date",
            "form-parent-born-after-child",
        ),
        (
            "father.birth_date",
            "2026-11-06",
            "father.birth_date",
            "form-parent-born-after-child",
        ),
        (
            "mother.id_number",
            "099188000005",
            "mother.id_number",
            "form-requester-is-mother",
        ),
        (
            "requester.relation",
            "father",
            "father.id_number",
            "form-requester-is-father",
        ),
        (
            "child.birth_date",
            "23/11/2026",
            "child.birth_date",
            "form-date-in-future",
        ),
    ] {
        let mut given = sound.clone();
        given.retain(|(name, _)| *name != field);
        given.push((field, value));
        let (_, problems) = birth(&given, &["certificate.photo"]);
        assert_eq!(problems, [(at.to_owned(), message.to_owned())]);
        assert!(messages::exists(message));
    }
    let mut given = sound.clone();
    given.retain(|(name, _)| !["father_known", "requester.relation"].contains(name));
    given.extend([("father_known", "no"), ("requester.relation", "father")]);
    let (_, problems) = birth(&given, &["certificate.photo"]);
    let expected = (
        "requester.relation".into(),
        "form-father-not-recorded".into(),
    );
    assert_eq!(problems, [expected]);
}

#[test]
fn whoever_signs_in_finds_the_parents_filled() {
    let content = this_content();
    let form = &content.pack.procedure("1.001193").unwrap().form;
    for (relation, mother, father) in [
        (
            "mother",
            Some("requester.full_name"),
            Some("spouse.full_name"),
        ),
        (
            "father",
            Some("spouse.full_name"),
            Some("requester.full_name"),
        ),
        ("grandparent", None, None),
    ] {
        let mut answers = Answers::default();
        for (field, value) in [
            ("case", "ordinary"),
            ("father_known", "yes"),
            ("requester.relation", relation),
        ] {
            answers.set(field, Value::Text(value.into()));
        }
        let key = |field| {
            let field = form.field(field).unwrap();
            form.prefill(field, &answers).map(String::as_str)
        };
        assert_eq!(key("mother.full_name"), mother);
        assert_eq!(key("father.full_name"), father);
        assert_eq!(
            key("child.birth_date"),
            Some("birth_certificate.birth_date")
        );
        assert_eq!(key("office.commune"), Some("requester.residence_commune"));
    }
}

#[test]
fn every_text_of_the_birth_registration_is_in_english_too() {
    let content = this_content();
    let whole = serde_json::to_value(&content.pack.procedures).unwrap();
    fn walk(value: &serde_json::Value, path: &str) {
        match value {
            serde_json::Value::Object(map) => {
                if map.contains_key("vi") {
                    assert!(map.contains_key("en"), "{path}");
                }
                for (name, inner) in map {
                    walk(inner, &format!("{path}/{name}"));
                }
            }
            serde_json::Value::Array(list) => {
                for (at, inner) in list.iter().enumerate() {
                    walk(inner, &format!("{path}/{at}"));
                }
            }
            _ => {}
        }
    }
    walk(&whole, "");
}

#[test]
fn people_find_it() {
    let content = this_content();
    let index = Index::new(&content.pack.procedures);
    for query in [
        "dang ky khai sinh",
        "giay khai sinh cho con",
        "dkks",
        "khai sinh",
        "dang ki khai sihn",
        "1.001193",
        "register a birth",
    ] {
        let first = index
            .search(query, 3)
            .into_iter()
            .next()
            .map(|hit| hit.code);
        assert_eq!(first.as_deref(), Some("1.001193"), "{query}");
    }
}

/// `PROCEDURE` with this fee, and a count to hang it on.
fn with_fee(fee: &str) -> Result<Content, Vec<What>> {
    let (inline, table) = if fee.starts_with("fee =") {
        (fee, "")
    } else {
        ("", fee)
    };
    let text = PROCEDURE
        .replace("fee = { free = true, basis = \"không\" }", inline)
        .replace("[form]\n", &format!("{table}\n[form]\n"))
        .replace(
            "[[form.page.group.field]]\nid = \"office.commune\"",
            "[[form.page.group.field]]\nid = \"copies\"\nkind = \"text\"\nmax = 2\nrequired = true\nlabel = { vi = \"Số bản\" }\n\n[[form.page.group.field]]\nid = \"born\"\nkind = \"date\"\npast = true\nlabel = { vi = \"Sinh\" }\n\n[[form.page.group.field]]\nid = \"office.commune\"",
        );
    sources(&text, PLACES)
        .compile()
        .map_err(|mistakes| mistakes.into_iter().map(|mistake| mistake.what).collect())
}

#[test]
fn every_shape_of_a_fee_is_read_and_means_what_it_says() {
    use gandan_domain::payment::{Amount, Channel, Vnd, fee};
    let total = |rules: &str, copies: &str, channel: Channel, province: &str| {
        let content = with_fee(rules).expect("sound");
        let mut answers = Answers::default();
        answers.set("copies", Value::Text(copies.into()));
        answers.set("case", Value::Text("one".into()));
        answers.set("born", Value::Text("2020-11-23".into()));
        let rules = &content.pack.procedures[0].fee;
        match fee(rules, &answers, channel, Some(province), date(2026, 11, 22)) {
            Amount::Known { total, .. } => Some(total),
            Amount::Unknown { .. } => None,
        }
    };
    let online = |rules: &str, copies: &str| total(rules, copies, Channel::Online, "08");
    let vnd = |dong| Some(Vnd::new(dong));
    assert_eq!(online("fee = { free = true, basis = 'L' }", "2"), vnd(0));
    assert_eq!(online("fee = { vnd = 5, basis = 'L' }", "2"), vnd(5));
    let per = "fee = { vnd = 8000, per = 'copies', basis = 'L' }";
    assert_eq!(online(per, "2"), vnd(16_000));
    assert_eq!(online(per, "x"), None);
    let unknown = "fee = { unknown = { vi = 'Tỉnh quyết định' }, basis = 'L' }";
    assert_eq!(online(unknown, "2"), None);
    let pages = "fee = { vnd = 2000, per = 'copies', after = { units = 2, vnd = 1000 }, max = 5000, basis = 'L' }";
    assert_eq!(online(pages, "4"), vnd(5000));
    assert_eq!(online(pages, "3"), vnd(5000));
    assert_eq!(online(pages, "1"), vnd(2000));
    let lines = r#"
[[fee.line]]
id = "registration"
name = { vi = "Lệ phí" }
[[fee.line.rate]]
channel = "online"
provinces = ["08"]
vnd = 10000
basis = "A"
[[fee.line.rate]]
unknown = { vi = "Tỉnh quyết định" }
basis = "B"
[[fee.line]]
id = "copy"
name = { vi = "Bản sao" }
when = "case == 'one'"
[[fee.line.rate]]
vnd = 100
per = "copies"
basis = "C"
"#;
    assert_eq!(online(lines, "3"), vnd(10_300));
    assert_eq!(total(lines, "3", Channel::Counter, "08"), None);
    assert_eq!(total(lines, "3", Channel::Online, "01"), None);
    let exempt = format!(
        "{lines}\n[[fee.exemption]]\nid = \"child\"\nname = {{ vi = \"Trẻ em\" }}\nage = {{ field = \"born\", under = 6 }}\nlines = [\"registration\"]\nbasis = \"D\"\n"
    );
    // Six tomorrow. And what is waived whole is known wherever it is.
    assert_eq!(online(&exempt, "3"), vnd(300));
    assert_eq!(total(&exempt, "3", Channel::Online, "01"), vnd(300));
}

#[test]
fn wrong_fees_are_refused_each_for_its_reason() {
    use gandan_domain::payment::FeeError;
    let only = |fee: &str| {
        let mut mistakes = with_fee(fee).expect_err(fee);
        assert_eq!(mistakes.len(), 1, "{fee}: {mistakes:?}");
        mistakes.remove(0)
    };
    for fee in [
        "fee = { basis = 'L' }",
        "fee = { free = true, vnd = 5, basis = 'L' }",
        "fee = { free = true, per = 'copies', basis = 'L' }",
        "fee = { free = true }",
        "fee = { vnd = 5, max = 4, basis = 'L' }",
        "fee = { free = true, basis = 'L', line = [{ id = 'a', name = { vi = 'A' }, rate = [{ free = true, basis = 'L' }] }] }",
        "fee = { line = [{ id = 'a', name = { vi = 'A' }, rate = [{ provinces = ['8'], free = true, basis = 'L' }, { free = true, basis = 'L' }] }] }",
        "fee = { free = true, basis = 'L', exemption = [{ id = 'a', name = { vi = 'A' }, age = { field = 'born' }, basis = 'L' }] }",
    ] {
        assert!(matches!(only(fee), What::FeeShape(_)), "{fee}");
    }
    assert!(matches!(
        only("fee = { vnd = 0, basis = 'L' }"),
        What::Fee(FeeError::Zero { .. })
    ));
    assert!(matches!(
        only("fee = { vnd = 5, per = 'paper.photo', basis = 'L' }"),
        What::Fee(FeeError::NotACount { .. })
    ));
    assert!(matches!(
        only("fee = { unknown = { en = 'The province' }, basis = 'L' }"),
        What::NoVietnamese
    ));
    let line = |rates: &str| {
        only(&format!(
            "fee = {{ line = [{{ id = 'a', name = {{ vi = 'A' }}, rate = [{rates}] }}] }}"
        ))
    };
    assert!(matches!(
        line("{ channel = 'online', free = true, basis = 'L' }"),
        What::Fee(FeeError::Gap { .. })
    ));
    assert!(matches!(
        line("{ free = true, basis = 'L' }, { vnd = 5, basis = 'L' }"),
        What::Fee(FeeError::Unreachable { .. })
    ));
    assert!(matches!(
        line(
            "{ from = 2026-02-01, until = 2026-01-01, free = true, basis = 'L' }, { free = true, basis = 'L' }"
        ),
        What::Toml(_) | What::Fee(FeeError::Period { .. })
    ));
    assert!(matches!(
        line("{ when = \"nobody == 'x'\", case = { vi = 'x' }, free = true, basis = 'L' }"),
        What::Condition(_)
    ));
    let exempt = |rest: &str| {
        only(&format!(
            "fee = {{ free = true, basis = 'L', exemption = [{{ id = 'a', name = {{ vi = 'A' }}, basis = 'L', {rest} }}] }}"
        ))
    };
    assert!(matches!(
        exempt("percent = 101"),
        What::Fee(FeeError::Percent { .. })
    ));
    assert!(matches!(
        exempt("lines = ['b']"),
        What::Fee(FeeError::UnknownLine { .. })
    ));
    assert!(matches!(
        exempt("age = { field = 'copies', under = 6 }"),
        What::Fee(FeeError::NotADate { .. })
    ));
}

const LIFE_EVENT: &str = r#"
id = "something_happened"
title = { vi = "Có chuyện" }
summary = { vi = "Để thử" }

[[question]]
id = "registered"
label = { vi = "Đã đăng ký chưa?" }
option = [{ id = "yes", label = { vi = "Rồi" } }, { id = "no", label = { vi = "Chưa" } }]

[[question]]
id = "together"
label = { vi = "Cùng lúc?" }
visible = "registered == 'no'"
option = [{ id = "yes", label = { vi = "Có" } }]

[[ending]]
procedure = "9.000001"
when = "together == 'yes'"
text = { vi = "Làm trước" }
"#;

fn with_life_event(from: &str, to: &str) -> Result<Content, Vec<Mistake>> {
    let mut sources = sources(PROCEDURE, PLACES);
    assert!(LIFE_EVENT.contains(from), "{from}");
    sources.0.insert(
        "life-events/something_happened.toml".into(),
        LIFE_EVENT.replacen(from, to, 1),
    );
    sources.compile()
}

#[test]
fn life_events_are_read_and_their_mistakes_told_where_they_stand() {
    let sound = with_life_event("", "").expect("sound");
    assert_eq!(sound.pack.life_events.len(), 1);
    assert_eq!(sound.pack.check(), Ok(()));
    for (from, to, at) in [
        ("id = \"something_happened\"", "id = \"another\"", "another"),
        ("9.000001", "9.999999", "procedure = "),
        ("together == 'yes'", "nobody == 'yes'", "when = "),
        ("together == 'yes'", "together == 'perhaps'", "when = "),
        (
            "registered == 'no'",
            "together == 'yes'",
            "id = \"together\"",
        ),
        ("id = \"together\"", "id = \"registered\"", ""),
        (
            "text = { vi = \"Làm trước\" }",
            "text = { en = \"First\" }",
            "text = ",
        ),
        ("summary", "picture", "picture"),
    ] {
        let mistakes = with_life_event(from, to).expect_err(to);
        let text = LIFE_EVENT.replacen(from, to, 1);
        let line = text.lines().position(|line| line.contains(at)).expect(at) + 1;
        let mistake = &mistakes[0];
        assert_eq!(mistake.file, "life-events/something_happened.toml");
        assert!(at.is_empty() || mistake.line == line, "{to}: {mistake}");
    }
}

#[test]
fn another_version_stands_beside_the_first() {
    let with = |name: &str, from: &str, to: &str| {
        let mut sources = sources(PROCEDURE, PLACES);
        let other = PROCEDURE.replace(from, to);
        sources.0.insert(name.into(), other);
        sources.compile().map(|content| content.pack)
    };
    let named = |name: &str| with(name, "version = 1", "version = 2");
    let pack = named("versions/9.000001.2.toml").expect("two versions");
    assert_eq!(pack.check(), Ok(()));
    assert_eq!((pack.procedures.len(), pack.versions.len()), (1, 1));
    let what = |made: Result<_, Vec<Mistake>>| made.map(drop).unwrap_err().remove(0).what;
    assert_eq!(what(named("versions/9.000001.3.toml")), What::Version);
    let same = with("versions/9.000001.1.toml", "version = 1", "version = 1");
    assert_eq!(what(same), What::Version, "the same twice");
}
