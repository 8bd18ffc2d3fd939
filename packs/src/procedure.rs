//! `procedures/<code>.toml`: one procedure with its form.
//!
//! The shapes below are the authors' format; `docs/procedures.md` describes it. They differ from
//! the domain's on purpose: an author writes conditions as text and a field's kind as one word,
//! and every value that can be wrong keeps its place in the file.

use std::collections::BTreeMap;

use gandan_domain::{
    catalog::{
        Component, LegalBasis, PREFILL_KEYS, Picture, Procedure, ServiceLevel, Source, TimeLimit,
    },
    dossier::deadline::Limit,
    form::{ChoiceOption, Field, FieldKind, Form, FormError, Group, Page, Prefill, Program, Rule},
    text::messages,
};
use jiff::civil::Date;
use serde::{
    Deserialize, Deserializer,
    de::{Error, IntoDeserializer},
};
use toml::Spanned;

use crate::{
    Mistake, What,
    condition::{self, Scope},
    fee::{self, FeeToml},
    source::{self, Checker, Texts},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProcedureToml {
    code: Spanned<String>,
    title: Texts,
    #[serde(default)]
    also_called: Vec<String>,
    summary: Texts,
    publisher: String,
    service_level: ServiceLevel,
    #[serde(default, deserialize_with = "picture")]
    picture: Picture,
    valid_from: Date,
    fee: Spanned<FeeToml>,
    time_limit: Spanned<TimeLimitToml>,
    source: Source,
    legal_basis: Vec<LegalBasis>,
    component: Vec<ComponentToml>,
    form: FormToml,
}

/// A reader takes a picture that it does not know for a document; an author's is a slip of the pen.
pub fn picture<'de, D: Deserializer<'de>>(from: D) -> Result<Picture, D::Error> {
    let word = String::deserialize(from)?;
    let picture = Picture::deserialize(word.as_str().into_deserializer())?;
    match picture {
        Picture::Document if word != "document" => {
            Err(D::Error::custom(format!("there is no picture `{word}`")))
        }
        picture => Ok(picture),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TimeLimitToml {
    #[serde(default)]
    same_day: bool,
    working_hours: Option<u32>,
    working_days: Option<u32>,
    /// Calendar days.
    days: Option<u32>,
    months: Option<u32>,
    #[serde(default)]
    unknown: bool,
    note: Option<Texts>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ComponentToml {
    code: String,
    name: Texts,
    field: Option<Spanned<String>>,
    #[serde(default)]
    known_to_state: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FormToml {
    version: u32,
    commune_field: Spanned<String>,
    page: Vec<PageToml>,
    #[serde(default)]
    rule: Vec<RuleToml>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PageToml {
    id: Spanned<String>,
    title: Texts,
    visible: Option<Spanned<String>>,
    group: Vec<GroupToml>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupToml {
    id: Spanned<String>,
    title: Option<Texts>,
    visible: Option<Spanned<String>>,
    field: Vec<FieldToml>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldToml {
    id: Spanned<String>,
    kind: Spanned<KindToml>,
    label: Texts,
    hint: Option<Texts>,
    #[serde(default)]
    required: bool,
    visible: Option<Spanned<String>>,
    #[serde(default)]
    prefill: Vec<PrefillToml>,
    max: Option<u32>,
    past: Option<bool>,
    #[serde(default)]
    option: Vec<OptionToml>,
    max_bytes: Option<u64>,
    #[serde(default)]
    media_types: Vec<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum KindToml {
    Text,
    PersonName,
    Date,
    IdNumber,
    Phone,
    Commune,
    Choice,
    MultiChoice,
    File,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OptionToml {
    id: Spanned<String>,
    label: Texts,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PrefillToml {
    key: Spanned<String>,
    when: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleToml {
    field: Spanned<String>,
    holds: Spanned<String>,
    message: Spanned<String>,
}

/// The procedure, if nothing in the file is wrong; reports everything that is.
pub fn compile(file: &str, text: &str, mistakes: &mut Vec<Mistake>) -> Option<Procedure> {
    let read: ProcedureToml = match source::read(file, text) {
        Ok(read) => read,
        Err(mistake) => {
            mistakes.push(mistake);
            return None;
        }
    };
    let before = mistakes.len();
    let mut check = Checker {
        file,
        text,
        mistakes,
    };
    if file
        .strip_prefix("procedures/")
        .and_then(|name| name.strip_suffix(".toml"))
        != Some(read.code.as_ref())
    {
        let code = read.code.as_ref().clone();
        check.report_at(&read.code, What::CodeIsNotFileName(code));
    }
    let compiler = FormCompiler::new(&mut check, &read.form);
    let scope = compiler.scope.clone();
    let form = compiler.compile(&read.form);
    let components = read
        .component
        .iter()
        .map(|component| compile_component(&mut check, component, &form))
        .collect();
    let fee = fee::compile(&mut check, &read.fee, &scope, &form);
    let procedure = Procedure {
        title: check.local(&read.title),
        also_called: read.also_called,
        summary: check.local(&read.summary),
        publisher: read.publisher,
        service_level: read.service_level,
        picture: read.picture,
        fee,
        time_limit: compile_time_limit(&mut check, &read.time_limit),
        components,
        legal_basis: read.legal_basis,
        form,
        valid_from: read.valid_from,
        source: read.source,
        code: read.code.into_inner(),
    };
    (mistakes.len() == before).then_some(procedure)
}

fn compile_time_limit(check: &mut Checker<'_>, at: &Spanned<TimeLimitToml>) -> TimeLimit {
    let read = at.as_ref();
    let mut limits = [
        read.same_day.then_some(Limit::SameDay),
        read.working_hours.map(Limit::WorkingHours),
        read.working_days.map(Limit::WorkingDays),
        read.days.map(Limit::Days),
        read.months.map(Limit::Months),
    ]
    .into_iter()
    .flatten();
    let limit = limits.next();
    if limits.next().is_some() || read.unknown == limit.is_some() {
        check.report_at(at, What::TimeLimit);
    }
    TimeLimit {
        limit,
        note: read.note.as_ref().map(|note| check.local(note)),
    }
}

fn compile_component(check: &mut Checker<'_>, read: &ComponentToml, form: &Form) -> Component {
    if let Some(named) = &read.field {
        let takes_files = form
            .field(named.as_ref())
            .is_some_and(|field| matches!(field.kind, FieldKind::File { .. }));
        if !takes_files {
            check.report_at(named, What::ComponentField(named.as_ref().clone()));
        }
    }
    Component {
        code: read.code.clone(),
        name: check.local(&read.name),
        field: read.field.as_ref().map(|field| field.as_ref().clone()),
        known_to_state: read.known_to_state,
    }
}

struct FormCompiler<'c, 'f> {
    check: &'c mut Checker<'f>,
    scope: Scope,
    /// Where each page, group and field stands.
    lines: BTreeMap<String, usize>,
}

impl<'c, 'f> FormCompiler<'c, 'f> {
    /// Conditions may ask about later questions, so all fields are known before any condition.
    fn new(check: &'c mut Checker<'f>, form: &FormToml) -> Self {
        let mut scope = Scope::new();
        for page in &form.page {
            for field in page.group.iter().flat_map(|group| &group.field) {
                scope.insert(field.id.as_ref().clone(), bare_kind(field));
            }
        }
        Self {
            check,
            scope,
            lines: BTreeMap::new(),
        }
    }

    fn compile(mut self, read: &FormToml) -> Form {
        let pages = read.page.iter().map(|page| self.page(page)).collect();
        let rules = read.rule.iter().map(|rule| self.rule(rule)).collect();
        let form = Form {
            version: read.version,
            pages,
            rules: Vec::into_iter(rules).flatten().collect(),
            commune_field: read.commune_field.as_ref().clone(),
        };
        let commune_line = self.check.line(&read.commune_field);
        for mistake in form.mistakes() {
            let line = match (&mistake, self.lines.get(mistake.at())) {
                // Reported with both lines, or with the condition, when they were read.
                (FormError::DuplicateId { .. }, _) => continue,
                (FormError::UnknownField { at, .. }, _) if at != "commune_field" => continue,
                (FormError::UnknownField { .. } | FormError::NotACommune { .. }, _) => commune_line,
                (_, Some(line)) => *line,
                (_, None) => 1,
            };
            self.check.report(line, What::Form(mistake));
        }
        form
    }

    fn page(&mut self, read: &PageToml) -> Page {
        Page {
            id: self.new_id("page ", &read.id),
            title: self.check.local(&read.title),
            visible: self.condition(read.visible.as_ref()),
            groups: read.group.iter().map(|group| self.group(group)).collect(),
        }
    }

    fn group(&mut self, read: &GroupToml) -> Group {
        Group {
            id: self.new_id("group ", &read.id),
            title: read.title.as_ref().map(|title| self.check.local(title)),
            visible: self.condition(read.visible.as_ref()),
            fields: read.field.iter().map(|field| self.field(field)).collect(),
        }
    }

    fn field(&mut self, read: &FieldToml) -> Field {
        self.kind_fits(read);
        let mut kind = bare_kind(read);
        if let FieldKind::Choice { options } | FieldKind::MultiChoice { options } = &mut kind {
            *options = read
                .option
                .iter()
                .map(|option| ChoiceOption {
                    id: self.check.id(&option.id),
                    label: self.check.local(&option.label),
                })
                .collect();
        }
        Field {
            id: self.new_id("", &read.id),
            kind,
            label: self.check.local(&read.label),
            hint: read.hint.as_ref().map(|hint| self.check.local(hint)),
            required: read.required,
            visible: self.condition(read.visible.as_ref()),
            prefill: read
                .prefill
                .iter()
                .map(|prefill| {
                    let key = prefill.key.as_ref().clone();
                    if !PREFILL_KEYS.contains(&key.as_str()) {
                        self.check
                            .report_at(&prefill.key, What::UnknownPrefill(key.clone()));
                    }
                    Prefill {
                        key,
                        when: self.condition(prefill.when.as_ref()),
                    }
                })
                .collect(),
        }
    }

    /// An attribute of another kind would be lost without a word.
    fn kind_fits(&mut self, read: &FieldToml) {
        use KindToml as Kind;
        let kind = *read.kind.as_ref();
        let is_choice = matches!(kind, Kind::Choice | Kind::MultiChoice);
        let is_file = matches!(kind, Kind::File);
        let is_text = matches!(kind, Kind::Text);
        let wrongs = [
            (
                is_text != read.max.is_some(),
                "`max` is for kind `text`, which needs it",
            ),
            (
                matches!(kind, Kind::Date) != read.past.is_some(),
                "`past` is for kind `date`, which needs it",
            ),
            (
                is_choice == read.option.is_empty(),
                "options are for the kinds `choice` and `multi_choice`, which need them",
            ),
            (
                is_file != read.max_bytes.is_some() || is_file == read.media_types.is_empty(),
                "`max_bytes` and `media_types` are for kind `file`, which needs both",
            ),
        ];
        for (wrong, why) in wrongs {
            if wrong {
                self.check.report_at(&read.id, What::FieldKind(why));
            }
        }
    }

    fn rule(&mut self, read: &RuleToml) -> Option<Rule> {
        let field = read.field.as_ref().clone();
        if !self.scope.contains_key(&field) {
            self.check
                .report_at(&read.field, What::RuleField(field.clone()));
        }
        let message = read.message.as_ref().clone();
        if !messages::exists(&message) {
            self.check
                .report_at(&read.message, What::UnknownMessage(message.clone()));
        }
        let holds = self.condition(Some(&read.holds))?;
        Some(Rule {
            field,
            message,
            holds,
        })
    }

    fn condition(&mut self, source: Option<&Spanned<String>>) -> Option<Program> {
        let source = source?;
        match condition::compile(source.as_ref(), &self.scope) {
            Ok(program) => Some(program),
            Err(error) => {
                self.check.report_at(source, What::Condition(error));
                None
            }
        }
    }

    /// Ids are unique among their own kind of thing.
    fn new_id(&mut self, space: &str, id: &Spanned<String>) -> String {
        let checked = self.check.id(id);
        let line = self.check.line(id);
        let first = *self
            .lines
            .entry(format!("{space}{checked}"))
            .or_insert(line);
        if first != line {
            let id = checked.clone();
            self.check.report(line, What::Duplicate { id, first });
        }
        checked
    }
}

/// The kind as conditions need it: option ids without labels.
fn bare_kind(read: &FieldToml) -> FieldKind {
    let options = || {
        read.option
            .iter()
            .map(|option| ChoiceOption {
                id: option.id.as_ref().clone(),
                label: Default::default(),
            })
            .collect()
    };
    match read.kind.as_ref() {
        KindToml::Text => FieldKind::Text {
            max: read.max.unwrap_or_default(),
        },
        KindToml::PersonName => FieldKind::PersonName,
        KindToml::Date => FieldKind::Date {
            past: read.past.unwrap_or_default(),
        },
        KindToml::IdNumber => FieldKind::IdNumber,
        KindToml::Phone => FieldKind::Phone,
        KindToml::Commune => FieldKind::Commune,
        KindToml::Choice => FieldKind::Choice { options: options() },
        KindToml::MultiChoice => FieldKind::MultiChoice { options: options() },
        KindToml::File => FieldKind::File {
            max_bytes: read.max_bytes.unwrap_or_default(),
            media_types: read.media_types.clone(),
        },
    }
}
