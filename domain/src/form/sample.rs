//! A small form for the tests of this room and of the catalogue.

use super::{
    Answers, ChoiceOption, Field, FieldKind, Form, Group, Page, Prefill, Program, Rule, Value,
    program::Op,
};
use crate::catalog::LocalText;

pub fn text(words: &str) -> LocalText {
    LocalText([("vi".into(), words.to_owned())].into())
}

pub fn field(id: &str, kind: FieldKind) -> Field {
    Field {
        id: id.into(),
        kind,
        label: text(id),
        hint: None,
        required: true,
        or_why_not: false,
        visible: None,
        compute: None,
        prefill: Vec::new(),
    }
}

pub fn choice(options: &[&str]) -> FieldKind {
    FieldKind::Choice {
        options: options
            .iter()
            .map(|id| ChoiceOption {
                id: (*id).into(),
                label: text(id),
            })
            .collect(),
    }
}

/// `field == 'value'`
pub fn is(field: &str, value: &str) -> Program {
    Program::new(
        vec![field.into()],
        vec![Op::Slot(0), Op::Text(value.into()), Op::Eq],
    )
    .expect("well-typed")
}

pub fn page(id: &str, visible: Option<Program>, fields: Vec<Field>) -> Page {
    Page {
        id: id.into(),
        title: text(id),
        groups: vec![Group {
            id: id.into(),
            title: None,
            fields,
            visible: None,
            repeat: None,
            groups: Vec::new(),
        }],
        visible,
    }
}

/// Who files, for whom, with which paper: every kind of field and every place for a condition.
pub fn form() -> Form {
    let mut father = field("father.id", FieldKind::IdNumber);
    father.prefill = vec![
        Prefill {
            key: "requester.id_number".into(),
            when: Some(is("relation", "father")),
        },
        Prefill {
            key: "spouse.id_number".into(),
            when: Some(is("relation", "mother")),
        },
    ];
    let mut nickname = field("nickname", FieldKind::Text { max: 5 });
    nickname.required = false;
    let mut gifts = field(
        "gifts",
        match choice(&["rice", "rattle"]) {
            FieldKind::Choice { options } => FieldKind::MultiChoice { options },
            other => other,
        },
    );
    gifts.required = false;
    let mut paper = field(
        "paper",
        FieldKind::File {
            max_bytes: 100,
            media_types: vec!["image/png".into()],
        },
    );
    paper.visible = Some(is("has_father", "yes"));
    Form {
        version: 1,
        pages: vec![
            page(
                "who",
                None,
                vec![
                    field("relation", choice(&["mother", "father"])),
                    field("has_father", choice(&["yes", "no"])),
                    field("phone", FieldKind::Phone),
                    field("commune", FieldKind::Commune),
                ],
            ),
            page("father", Some(is("has_father", "yes")), vec![father, paper]),
            page(
                "child",
                None,
                vec![
                    field("name", FieldKind::PersonName),
                    field("born", FieldKind::Date { past: true }),
                    nickname,
                    gifts,
                    field("mother.id", FieldKind::IdNumber),
                ],
            ),
        ],
        rules: vec![Rule {
            field: "father.id".into(),
            message: "form-same-person".into(),
            holds: Program::new(
                vec!["father.id".into(), "mother.id".into()],
                vec![Op::Slot(0), Op::Slot(1), Op::Ne],
            )
            .expect("well-typed"),
        }],
        commune_field: "commune".into(),
        plan: Default::default(),
    }
}

pub fn answers(given: &[(&str, &str)]) -> Answers {
    let mut answers = Answers::default();
    for (field, text) in given {
        answers.set(*field, Value::Text((*text).into()));
    }
    answers
}
