//! `procedures/<code>.toml`: one procedure with its form.
//!
//! The shapes below are the authors' format; `docs/procedures.md` describes it. They differ from
//! the domain's on purpose: an author writes conditions as text and a field's kind as one word,
//! and every value that can be wrong keeps its place in the file.

use std::{collections::BTreeMap, fmt};

use gandan_domain::{
    catalog::{
        Applicant, Case, CaseTimeLimit, Channel, Component, PREFILL_KEYS, Picture, Procedure,
        ServiceLevel, TimeLimit, Visit,
    },
    dossier::deadline::Limit,
    form::{
        ChoiceOption, Computation, Field, FieldKind, Form, FormError, Group, Page, Prefill,
        Program, Repeat, Rule, program::Type,
    },
    text::messages,
};
use jiff::civil::Date;
use serde::{
    Deserialize, Deserializer,
    de::{Error, IntoDeserializer},
};

#[cfg(feature = "schema")]
use crate::schema;
use crate::{
    Mistake, What,
    condition::{self, Named, Scope},
    fee::{self, FeeToml},
    source::{self, ApprovalToml, Checker, LegalBasisToml, SourceToml, Spanned, Texts},
};

/// Numbers of more digits are not read as an answer.
const MAX_NUMBER: i64 = 999_999_999_999_999;

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ProcedureToml {
    code: Spanned<String>,
    title: Texts,
    #[serde(default)]
    also_called: Vec<String>,
    summary: Texts,
    publisher: String,
    service_level: ServiceLevel,
    #[serde(default, deserialize_with = "picture")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::picture"))]
    picture: Picture,
    /// Who may file; a citizen, if nothing is said.
    #[serde(default = "citizens")]
    who: Vec<Applicant>,
    /// The ways in; online and the counter, if nothing is said.
    channels: Option<Vec<Channel>>,
    #[serde(default)]
    visit: Vec<VisitToml>,
    #[serde(default)]
    case: Vec<CaseToml>,
    valid_from: Date,
    valid_until: Option<Spanned<Date>>,
    /// Must be said, so that nobody forgets that nobody has.
    approved: Spanned<bool>,
    approval: Option<ApprovalToml>,
    fee: Spanned<FeeToml>,
    time_limit: Spanned<TimeLimitToml>,
    #[serde(default)]
    time_limit_case: Vec<CaseLimitToml>,
    source: SourceToml,
    legal_basis: Vec<LegalBasisToml>,
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct VisitToml {
    why: Texts,
    when: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct CaseToml {
    id: Spanned<String>,
    name: Texts,
    when: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(transform = schema::one_limit))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct CaseLimitToml {
    case: Texts,
    when: Spanned<String>,
    limit: Spanned<TimeLimitToml>,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct ComponentToml {
    code: String,
    name: Texts,
    field: Option<Spanned<String>>,
    #[serde(default)]
    known_to_state: bool,
    #[serde(default)]
    originals: u8,
    #[serde(default)]
    copies: u8,
    #[serde(default = "yes")]
    required: bool,
    when: Option<Spanned<String>>,
}

const fn yes() -> bool {
    true
}

fn citizens() -> Vec<Applicant> {
    vec![Applicant::Citizen]
}

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct FormToml {
    version: u32,
    commune_field: Spanned<String>,
    page: Vec<PageToml>,
    #[serde(default)]
    rule: Vec<RuleToml>,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct PageToml {
    id: Spanned<String>,
    title: Texts,
    visible: Option<Spanned<String>>,
    group: Vec<GroupToml>,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct GroupToml {
    id: Spanned<String>,
    title: Option<Texts>,
    visible: Option<Spanned<String>>,
    repeat: Option<RepeatToml>,
    #[serde(default)]
    field: Vec<FieldToml>,
    /// Groups in it.
    #[serde(default)]
    group: Vec<Self>,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct RepeatToml {
    min: u16,
    max: u16,
    item: Texts,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(transform = schema::kind_fits))]
#[serde(deny_unknown_fields)]
struct FieldToml {
    id: Spanned<String>,
    kind: Spanned<KindToml>,
    label: Texts,
    hint: Option<Texts>,
    #[serde(default)]
    required: RequiredToml,
    visible: Option<Spanned<String>>,
    compute: Option<Spanned<String>>,
    #[serde(default)]
    prefill: Vec<PrefillToml>,
    min: Option<i64>,
    max: Option<i64>,
    past: Option<bool>,
    #[serde(default)]
    option: Vec<OptionToml>,
    max_bytes: Option<u64>,
    #[serde(default)]
    media_types: Vec<String>,
}

/// `true`, `false`, or `"or_why_not"`: answer, or say why not.
#[derive(Clone, Copy, Default, PartialEq)]
enum RequiredToml {
    #[default]
    No,
    Yes,
    OrWhyNot,
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for RequiredToml {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Required".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "enum": [true, false, "or_why_not"] })
    }
}

impl<'de> Deserialize<'de> for RequiredToml {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reader;

        impl serde::de::Visitor<'_> for Reader {
            type Value = RequiredToml;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("true, false or \"or_why_not\"")
            }

            fn visit_bool<E>(self, value: bool) -> Result<RequiredToml, E> {
                Ok(if value {
                    RequiredToml::Yes
                } else {
                    RequiredToml::No
                })
            }

            fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<RequiredToml, E> {
                match value {
                    "or_why_not" => Ok(RequiredToml::OrWhyNot),
                    other => Err(E::invalid_value(serde::de::Unexpected::Str(other), &self)),
                }
            }
        }

        from.deserialize_any(Reader)
    }
}

#[derive(Clone, Copy, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
enum KindToml {
    Text,
    PersonName,
    Date,
    IdNumber,
    Phone,
    Commune,
    Number,
    Money,
    YesNo,
    Choice,
    MultiChoice,
    File,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct OptionToml {
    id: Spanned<String>,
    label: Texts,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct PrefillToml {
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::prefill_key"))]
    key: Spanned<String>,
    when: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    let name = file.strip_suffix(".toml").unwrap_or(file);
    let version = || name.strip_prefix("versions/")?.rsplit_once('.');
    let named = name
        .strip_prefix("procedures/")
        .or_else(|| version().map(|(code, _)| code));
    if named != Some(read.code.as_ref()) {
        let code = read.code.as_ref().clone();
        check.report_at(&read.code, What::CodeIsNotFileName(code));
    }
    let scope = scope_of(&read.form);
    let form = FormCompiler::new(&mut check, scope.clone()).compile(&read.form);
    let mut facts = Facts {
        check: &mut check,
        scope: scope.clone(),
    };
    let channels = facts.channels(&read);
    let components = facts.components(&read.component, &form);
    let visits = facts.visits(&read.visit);
    let cases = facts.cases(&read.case);
    let (time_limit, time_limits) = (
        facts.limit(&read.time_limit),
        facts.limits_by_case(&read.time_limit_case),
    );
    if let Some(until) = &read.valid_until
        && *until.as_ref() < read.valid_from
    {
        check.report_at(until, What::EndsBeforeItBegins);
    }
    if *read.approved.as_ref() != read.approval.is_some() {
        check.report_at(&read.approved, What::Approval);
    }
    let fee = fee::compile(&mut check, &read.fee, &scope, &form);
    let procedure = Procedure {
        title: check.local(&read.title),
        also_called: read.also_called,
        summary: check.local(&read.summary),
        publisher: read.publisher,
        service_level: read.service_level,
        picture: read.picture,
        who: read.who,
        channels,
        visits,
        cases,
        fee,
        time_limit,
        time_limits,
        components,
        legal_basis: read.legal_basis.into_iter().map(Into::into).collect(),
        form,
        valid_from: read.valid_from,
        valid_until: read.valid_until.map(Spanned::into_inner),
        approved: read.approval.map(Into::into),
        source: read.source.into(),
        code: read.code.into_inner(),
    };
    (mistakes.len() == before).then_some(procedure)
}

/// What stands outside the form and may ask about its answers.
struct Facts<'c, 'f> {
    check: &'c mut Checker<'f>,
    scope: Scope,
}

impl Facts<'_, '_> {
    fn condition(&mut self, source: Option<&Spanned<String>>) -> Option<Program> {
        compile_condition(self.check, &self.scope, source)
    }

    fn channels(&mut self, read: &ProcedureToml) -> Vec<Channel> {
        let in_person = read.service_level == ServiceLevel::InPerson;
        let channels = match &read.channels {
            Some(channels) => channels.clone(),
            None if in_person => vec![Channel::Counter],
            None => vec![Channel::Online, Channel::Counter],
        };
        if channels.is_empty() || in_person == channels.contains(&Channel::Online) {
            self.check.report_at(&read.code, What::Channels);
        }
        channels
    }

    fn visits(&mut self, read: &[VisitToml]) -> Vec<Visit> {
        let visit = |visit: &VisitToml| Visit {
            why: self.check.local(&visit.why),
            when: self.condition(visit.when.as_ref()),
        };
        read.iter().map(visit).collect()
    }

    fn cases(&mut self, read: &[CaseToml]) -> Vec<Case> {
        let case = |case: &CaseToml| Case {
            id: self.check.id(&case.id),
            name: self.check.local(&case.name),
            when: self.condition(case.when.as_ref()),
        };
        read.iter().map(case).collect()
    }

    fn components(&mut self, read: &[ComponentToml], form: &Form) -> Vec<Component> {
        let mut components = Vec::new();
        for component in read {
            if let Some(named) = &component.field {
                let takes_files = form
                    .field(named.as_ref())
                    .is_some_and(|field| matches!(field.kind, FieldKind::File { .. }));
                if !takes_files {
                    let what = What::ComponentField(named.as_ref().clone());
                    self.check.report_at(named, what);
                }
            }
            components.push(Component {
                code: component.code.clone(),
                name: self.check.local(&component.name),
                field: component.field.as_ref().map(|field| field.as_ref().clone()),
                known_to_state: component.known_to_state,
                originals: component.originals,
                copies: component.copies,
                required: component.required,
                when: self.condition(component.when.as_ref()),
            });
        }
        components
    }

    fn limits_by_case(&mut self, read: &[CaseLimitToml]) -> Vec<CaseTimeLimit> {
        let limit = |read: &CaseLimitToml| {
            let case = self.check.local(&read.case);
            let limit = self.limit(&read.limit);
            let when = self.condition(Some(&read.when))?;
            Some(CaseTimeLimit { when, case, limit })
        };
        read.iter().filter_map(limit).collect()
    }

    fn limit(&mut self, at: &Spanned<TimeLimitToml>) -> TimeLimit {
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
            self.check.report_at(at, What::TimeLimit);
        }
        TimeLimit {
            limit,
            note: read.note.as_ref().map(|note| self.check.local(note)),
        }
    }
}

struct FormCompiler<'c, 'f> {
    check: &'c mut Checker<'f>,
    scope: Scope,
    /// Where each page, group and field stands.
    lines: BTreeMap<String, usize>,
}

/// Conditions may ask about later questions, so all fields are known before any condition.
fn scope_of(form: &FormToml) -> Scope {
    let mut scope = Scope::default();
    for page in &form.page {
        name_groups(&page.group, &[], &mut scope);
    }
    scope
}

fn name_groups(groups: &[GroupToml], around: &[String], scope: &mut Scope) {
    for group in groups {
        let mut inside = around.to_vec();
        if group.repeat.is_some() {
            let id = group.id.as_ref().clone();
            scope.lists.insert(id.clone(), around.to_vec());
            inside.push(id);
        }
        for field in &group.field {
            let named = Named {
                kind: bare_kind(field),
                inside: inside.clone(),
            };
            scope.fields.insert(field.id.as_ref().clone(), named);
        }
        name_groups(&group.group, &inside, scope);
    }
}

fn compile_condition(
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

impl<'c, 'f> FormCompiler<'c, 'f> {
    fn new(check: &'c mut Checker<'f>, scope: Scope) -> Self {
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
            plan: Default::default(),
        };
        let commune_line = self.check.line(&read.commune_field);
        for mistake in form.mistakes() {
            let at = mistake.at();
            let line = self
                .lines
                .get(at)
                .or_else(|| self.lines.get(&format!("group {at}")));
            let line = match (&mistake, line) {
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
        let id = self.new_id("group ", &read.id);
        let title = read.title.as_ref().map(|title| self.check.local(title));
        let visible = self.condition(read.visible.as_ref());
        let repeat = read.repeat.as_ref().map(|repeat| Repeat {
            min: repeat.min,
            max: repeat.max,
            item: self.check.local(&repeat.item),
        });
        if repeat.is_some() {
            self.scope.inside.push(id.clone());
        }
        let fields = read.field.iter().map(|field| self.field(field)).collect();
        let groups = read.group.iter().map(|group| self.group(group)).collect();
        if repeat.is_some() {
            self.scope.inside.pop();
        }
        Group {
            id,
            title,
            visible,
            repeat,
            fields,
            groups,
        }
    }

    /// A computed value of the type that the field's kind has.
    fn compute(&mut self, read: &FieldToml) -> Option<Computation> {
        let source = read.compute.as_ref()?;
        let computation = match condition::compile_value(source.as_ref(), &self.scope) {
            Ok(computation) => computation,
            Err(error) => {
                self.check.report_at(source, What::Condition(error));
                return None;
            }
        };
        let wanted = match read.kind.as_ref() {
            KindToml::Number | KindToml::Money => Some(Type::Number),
            KindToml::YesNo => Some(Type::Bool),
            KindToml::Text | KindToml::Date => Some(Type::Text),
            _ => None,
        };
        if wanted != Some(computation.result()) {
            self.check.report_at(source, What::ComputedKind);
        }
        if read.required != RequiredToml::No || !read.prefill.is_empty() {
            self.check.report_at(source, What::ComputedAsked);
        }
        Some(computation)
    }

    fn field(&mut self, read: &FieldToml) -> Field {
        self.kind_fits(read);
        let compute = self.compute(read);
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
            required: read.required == RequiredToml::Yes,
            or_why_not: read.required == RequiredToml::OrWhyNot,
            compute,
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
        let is_number = matches!(kind, Kind::Number);
        let has_max = is_number || matches!(kind, Kind::Text | Kind::Money);
        let most = MAX_NUMBER;
        let fits = |limit: Option<i64>| limit.is_none_or(|limit| (-most..=most).contains(&limit));
        let wrongs = [
            (
                has_max != read.max.is_some(),
                "`max` is for the kinds `text`, `number` and `money`, which need it",
            ),
            (
                is_number != read.min.is_some(),
                "`min` is for kind `number`, which needs it",
            ),
            (
                read.min
                    .is_some_and(|min| read.max.is_some_and(|max| max < min))
                    || !fits(read.min)
                    || !fits(read.max)
                    || !is_number && read.max.is_some_and(|max| max < 1),
                "`min` and `max` are a range of numbers of at most fifteen digits",
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
        if !self.scope.fields.contains_key(&field) {
            self.check
                .report_at(&read.field, What::RuleField(field.clone()));
        }
        let message = read.message.as_ref().clone();
        if !messages::exists(&message) {
            self.check
                .report_at(&read.message, What::UnknownMessage(message.clone()));
        }
        self.scope.today = true;
        // A rule stands where its field does.
        self.scope.inside = match self.scope.fields.get(&field) {
            Some(named) => named.inside.clone(),
            None => Vec::new(),
        };
        let holds = self.condition(Some(&read.holds));
        self.scope.today = false;
        self.scope.inside.clear();
        let holds = holds?;
        Some(Rule {
            field,
            message,
            holds,
        })
    }

    fn condition(&mut self, source: Option<&Spanned<String>>) -> Option<Program> {
        compile_condition(self.check, &self.scope, source)
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
            max: read
                .max
                .and_then(|max| u32::try_from(max).ok())
                .unwrap_or_default(),
        },
        KindToml::Number => FieldKind::Number {
            min: read.min.unwrap_or_default(),
            max: read.max.unwrap_or_default(),
        },
        KindToml::Money => FieldKind::Money {
            max: read
                .max
                .and_then(|max| u64::try_from(max).ok())
                .unwrap_or_default(),
        },
        KindToml::YesNo => FieldKind::YesNo,
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
