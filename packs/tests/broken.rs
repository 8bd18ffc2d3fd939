//! What `check` says of broken content: a copy of the real one, with one mistake of each kind planted
//! in a file of its own, and the program itself, which has to say file, line and reason of every one
//! and nothing else.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Marks the line that has to be named, where no other word does.
const HERE: &str = "# here";

/// In a file, the first of these words become others; then the line of the third is told, for a reason.
type Planted = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

const FIELD: &str = "[[form.page.group.field]]\n";

const PLANTED: &[Planted] = &[
    (
        "procedures/1.000656.toml",
        "approved = false",
        "approved = false\ncolour = 'red'",
        "colour",
        "unknown field `colour`",
    ),
    (
        "procedures/1.000894.toml",
        FIELD,
        "[[form.page.group.field]]\nid = 'planted' # here\nkind = 'phone'\nlabel = { vi = 'x' }\nvisible = \"planted == '1'\"\n\n[[form.page.group.field]]\n",
        HERE,
        "depends, in a circle, on itself",
    ),
    (
        "procedures/1.001193.toml",
        "visible = \"case != 'abandoned'\"",
        "visible = \"case !=\"",
        "visible = \"case !=\"",
        "it is not CEL: ",
    ),
    (
        "procedures/1.001266.toml",
        FIELD,
        "[[form.page.group.field]]\nid = 'planted' # here\nkind = 'phone'\nlabel = { vi = 'x' }\nvisible = \"debts.paid == 'yes' && debts.paid == 'no'\"\n\n[[form.page.group.field]]\n",
        HERE,
        "no answers lead to the question `planted`",
    ),
    (
        "procedures/1.001570.toml",
        FIELD,
        "[[form.page.group.field]]\nid = 'planted'\nkind = 'phone'\nlabel = { vi = 'x' }\nvisible = \"request.kind.startsWith('p')\" # here\n\n[[form.page.group.field]]\n",
        HERE,
        "`startsWith` is not in the subset of CEL",
    ),
    (
        "procedures/1.001612.toml",
        "when = \"founder == 'family'\"",
        "when = \"father == 'family'\"",
        "father",
        "it asks about the field `father`, which does not exist",
    ),
    (
        "procedures/1.001699.toml",
        "request.kind == 'again'",
        "request.kind == 'agin'",
        "agin",
        "`request.kind` has no choice `agin`",
    ),
    (
        "procedures/1.001731.toml",
        FIELD,
        "[[form.page.group.field]]\nid = 'planted'\nkind = 'phone'\nlabel = { vi = 'x' }\n\n[[form.page.group.field]]\nid = 'planted' # here\nkind = 'phone'\nlabel = { vi = 'x' }\n\n[[form.page.group.field]]\n",
        HERE,
        "accept `planted`: it is already there, at line ",
    ),
    (
        "procedures/1.001776.toml",
        FIELD,
        "[[form.page.group.field]]\nid = 'planted'\nkind = 'yes_no'\nlabel = { vi = 'x' }\ncompute = '1 + 1' # here\n\n[[form.page.group.field]]\n",
        HERE,
        "it is not what the kind holds",
    ),
    (
        "procedures/1.003583.toml",
        "commune_field = \"",
        "commune_field = \"no.",
        "commune_field",
        "`commune_field` names the field `no.office.commune`, which does not exist",
    ),
    (
        "procedures/1.004194.toml",
        "document = \"Luật Cư trú 68/2020/QH14\"",
        "document = \"Luật Cư trú 68/2020/QH14\"\nartcle = '1'",
        "artcle",
        "unknown field `artcle`",
    ),
    (
        "procedures/1.004222.toml",
        "title = { vi = ",
        "title = { v = ",
        "title = { v = ",
        "it has no Vietnamese",
    ),
    (
        "procedures/1.004837.toml",
        FIELD,
        "[[form.page.group.field]]\nid = 'Planted' # here\nkind = 'phone'\nlabel = { vi = 'x' }\n\n[[form.page.group.field]]\n",
        HERE,
        "accept the id `Planted`",
    ),
    (
        "procedures/1.004859.toml",
        "message = \"form-",
        "message = \"nonsense-",
        "nonsense",
        "there is no Fluent message `nonsense-",
    ),
    (
        "procedures/1.004873.toml",
        FIELD,
        "[[form.page.group.field]]\nid = 'planted' # here\nkind = 'phone'\nlabel = { vi = 'x' }\nmax = 3\n\n[[form.page.group.field]]\n",
        HERE,
        "`max` is for the kinds",
    ),
    (
        "procedures/1.010041.toml",
        "\nbasis = ",
        "\n# basis = ",
        "[fee]",
        "`basis` says which law sets it",
    ),
    (
        "procedures/1.011607.toml",
        "approved = false",
        "approved = false\nvalid_until = '2001-01-01'",
        "valid_until",
        "it ends before it begins",
    ),
    (
        "procedures/1.012812.toml",
        "[summary]\nvi = \"",
        "[summary]\nvi = \"UBND: ",
        "UBND: ",
        "says \"UBND\" where the term is \"Ủy ban nhân dân\"",
    ),
    (
        "procedures/1.014027.toml",
        "",
        "<!doctype html>\n<title>404</title>\n",
        "<!doctype",
        "read the file: ",
    ),
    (
        "procedures/2.000635.toml",
        "approved = false",
        "approved = true",
        "approved",
        "`approved = true` needs `approval`",
    ),
    (
        "procedures/2.000720.toml",
        "[form]\n",
        "[[form.rule]]\nfield = 'nobody' # here\nholds = 'true'\nmessage = 'form-required'\n\n[form]\n",
        HERE,
        "the field `nobody`, which does not exist",
    ),
    (
        "procedures/2.000815.toml",
        "code = \"2.000815\"",
        "code = \"2.000816\"",
        "2.000816",
        "its code is `2.000816`, which is not the name of the file",
    ),
    (
        "procedures/2.000986.toml",
        "field = \"",
        "field = \"no.",
        "field = \"no.",
        "which is not a file field of the form",
    ),
    (
        "procedures/3.000228.toml",
        "requester.full_name",
        "requester.shoe_size",
        "shoe_size",
        "no register answers to it",
    ),
    (
        "procedures/3.000333.toml",
        "\nchannels = [",
        "\nchannels = [] # [",
        "code = \"3.000333\"",
        "accept the channels",
    ),
    (
        "versions/1.001193.9.toml",
        "",
        "",
        "",
        "its file is called `<code>.<version of the form>.toml`",
    ),
    (
        "life-events/i_moved.toml",
        "procedure = \"",
        "procedure = \"9",
        "procedure = \"9",
        "there is no procedure 9",
    ),
    (
        "life-events/we_marry.toml",
        "when = \"",
        "when = \"nobody == 'x' && ",
        "nobody",
        "it asks about the field `nobody`, which does not exist",
    ),
    (
        "life-events/hard_times.toml",
        "picture = \"",
        "picture = \"un",
        "picture",
        "there is no picture `un",
    ),
    (
        "places/communes.toml",
        "code = \"00070\"",
        "code = \"99999\"",
        "99999",
        "accept the commune `99999@2025-07-01`",
    ),
    (
        "offices/list.csv",
        "",
        "commune,valid_from,office_code,name,source,as_of\n99999,2025-07-01,T00.1,Thử,thử,2026-01-01\n",
        "99999",
        "there is no such commune",
    ),
    (
        "terms.toml",
        "id = \"procedure\"",
        "id = \"dossier\" # here",
        HERE,
        "accept `dossier`: it is already there",
    ),
    (
        "pack.toml",
        "serial = ",
        "serial = 'x' # ",
        "serial",
        "invalid type",
    ),
    (
        "catalogue/ward.tsv",
        "\n1.",
        "\n1.\n1.",
        "1.",
        "failed to read the listing",
    ),
    (
        "search/thesaurus.tsv",
        "",
        "# nothing\nodd\n",
        "odd",
        "accept the phrase",
    ),
    (
        "search/sayings.tsv",
        "",
        "tên tôi sai\t\n",
        "tên",
        "accept the saying: it is a phrase",
    ),
    (
        "search/sayings.tsv",
        "",
        "bay lên trời\t9.999999\n",
        "bay",
        "there is no procedure `9.999999`",
    ),
    (
        "banks.tsv",
        "\nbin\tname\n",
        "\nbin\tname\n12\tNgân hàng Thử\n",
        "12\t",
        "accept the bank",
    ),
    (
        "procedures/notes.txt",
        "",
        "Không phải thủ tục\n",
        "Không",
        "nobody reads one of such a name here",
    ),
];

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let there = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &there);
        } else {
            fs::copy(entry.path(), there).unwrap();
        }
    }
}

/// A copy of the content in a folder of its own.
fn content(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    copy(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../content"),
        &folder,
    );
    folder
}

/// What the program says line by line, without the last, which sums up.
fn check(content: &Path) -> Vec<String> {
    let run = Command::new(env!("CARGO_BIN_EXE_gandan-packs"))
        .args(["check", "--content"])
        .arg(content)
        .output()
        .unwrap();
    assert!(!run.status.success());
    let said = String::from_utf8(run.stderr).unwrap();
    let mut lines: Vec<String> = said.lines().map(str::to_owned).collect();
    assert!(lines.pop().unwrap().starts_with("failed to build the pack"));
    lines
}

#[test]
fn each_kind_of_mistake_is_refused_with_file_line_and_reason() {
    let folder = content("broken");
    let mut expected: BTreeMap<String, &str> = BTreeMap::new();
    let sound = fs::read_to_string(folder.join("procedures/1.001193.toml")).unwrap();
    for (file, from, to, at, why) in PLANTED {
        let path = folder.join(file);
        let there = fs::read_to_string(&path).unwrap_or_default();
        let text = if *why == PLANTED_VERSION {
            sound.clone()
        } else if from.is_empty() {
            (*to).to_owned()
        } else {
            assert!(there.contains(from), "{file}: {from}");
            there.replacen(from, to, 1)
        };
        let line = if at.is_empty() {
            0
        } else {
            // The first line that differs, and from there on.
            let same = text.lines().zip(there.lines());
            let same = same.take_while(|(new, old)| new == old).count();
            let from = if text.lines().skip(same).any(|line| line.contains(at)) {
                same
            } else {
                0
            };
            let found = text.lines().skip(from).position(|line| line.contains(at));
            from + found.expect(at)
        };
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        expected.insert(format!("{file}:{}: failed to ", line + 1), why);
    }
    // Bytes that are no text, in the fourth line.
    let path = folder.join("procedures/1.014028.toml");
    let mut bytes = fs::read(&path).unwrap();
    let fourth = bytes
        .split(|byte| *byte == b'\n')
        .take(3)
        .map(|line| line.len() + 1)
        .sum();
    bytes.insert(fourth, 0xff);
    fs::write(path, bytes).unwrap();
    expected.insert(
        "procedures/1.014028.toml:4: failed to ".into(),
        "it is not text in UTF-8",
    );
    fs::remove_file(folder.join("holidays.toml")).unwrap();
    expected.insert("holidays.toml:1: failed to ".into(), "find this file");

    let said = check(&folder);
    for (place, why) in &expected {
        let line = said.iter().find(|line| line.starts_with(place.as_str()));
        let line = line.unwrap_or_else(|| panic!("nothing at {place}:\n{}", said.join("\n")));
        assert!(
            format!("failed to {line}").contains(why),
            "{line}\nis not: {why}"
        );
    }
    let more: Vec<&String> = said
        .iter()
        .filter(|line| {
            !expected
                .keys()
                .any(|place| line.starts_with(place.as_str()))
        })
        .collect();
    assert!(more.is_empty(), "{more:#?}");
    assert_eq!(said.len(), expected.len(), "{said:#?}");
}

const PLANTED_VERSION: &str = "its file is called `<code>.<version of the form>.toml`";

/// Without the table of units nothing can be said of a commune: the table's own mistakes come first.
#[test]
fn a_broken_table_of_places_is_refused_with_file_line_and_reason() {
    let folder = content("broken-places");
    let path = folder.join("places/provinces.tsv");
    let text = fs::read_to_string(&path).unwrap();
    let last = text.lines().count();
    fs::write(&path, format!("{text}99\tyesterday\tT\tNowhere\n")).unwrap();
    let said = check(&folder);
    let place = format!(
        "places/provinces.tsv:{}: failed to accept the unit",
        last + 1
    );
    assert!(said.len() == 1 && said[0].starts_with(&place), "{said:#?}");
}

#[test]
fn a_directory_without_content_is_told_what_is_missing() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("empty");
    fs::create_dir_all(&folder).unwrap();
    let said = check(&folder);
    for file in ["pack.toml", "holidays.toml", "places/communes.tsv"] {
        let line = format!("{file}:1: failed to find this file, without which there is no pack");
        assert!(said.contains(&line), "{said:#?}");
    }
}
