//! Whatever a text says, the page stays the page that it is.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use gandan_core::screen::{
    Action, Block, BlockKind, Card, Choice, ChoiceItem, FileField, Input, Progress, Screen, Step,
    StepState, SummaryRow, TextField, Tone,
};
use gandan_domain::text::{Lang, Text};

use super::{Ctx, Post, screen};
use crate::words::Words;

/// Every kind of block with `said` wherever a text can stand.
fn every_block(said: &str) -> Vec<Block> {
    let text = || {
        Text::vi(format!("a{said}")).then(Text::spoken(
            format!("b{said}"),
            format!("c{said}"),
            Lang::en(),
        ))
    };
    let field = || TextField {
        label: text(),
        value: said.to_owned().into(),
        lang: Lang::vi(),
        hint: Some(text()),
        source: Some(text()),
        error: Some(text()),
        required: false,
        read_only: false,
        edit: 3,
        input: Input::PersonName,
    };
    let choice = || Choice {
        label: text(),
        options: vec![ChoiceItem {
            id: format!("o{said}"),
            label: text(),
            chosen: true,
        }],
        hint: Some(text()),
        source: None,
        error: Some(text()),
        required: true,
        edit: 1,
    };
    let action = || Action {
        id: format!("act{said}"),
        label: text(),
        confirm: None,
        enabled: true,
    };
    let kinds = vec![
        BlockKind::Heading {
            level: 2,
            text: text(),
        },
        BlockKind::Paragraph { text: text() },
        BlockKind::Notice {
            tone: Tone::Problem,
            text: text(),
        },
        BlockKind::TextField(field()),
        BlockKind::DateField(field()),
        BlockKind::Choice(choice()),
        BlockKind::MultiChoice(choice()),
        BlockKind::File(FileField {
            label: text(),
            hint: Some(text()),
            error: None,
            required: true,
            added: Some(text()),
            media_types: vec!["image/png".into()],
        }),
        BlockKind::Cards {
            items: vec![Card {
                id: format!("card{said}"),
                title: text(),
                detail: Some(text()),
                picture: None,
            }],
        },
        BlockKind::Summary {
            rows: vec![SummaryRow {
                name: text(),
                value: text(),
                change: Some(action()),
            }],
        },
        BlockKind::Steps {
            steps: vec![Step {
                text: text(),
                state: StepState::Current,
                detail: Some(text()),
            }],
        },
        BlockKind::Code {
            label: text(),
            code: text(),
            qr: None,
        },
        BlockKind::Clip {
            label: text(),
            source: format!("a{said}.ogg"),
            captions: Some(format!("b{said}")),
        },
        BlockKind::Busy {
            text: text(),
            done: Some(1),
            of: Some(2),
        },
        BlockKind::Divider,
    ];
    let keyed = kinds.into_iter().enumerate().map(|(at, kind)| Block {
        key: format!("key-{at}"),
        kind,
    });
    keyed.collect()
}

fn drawn(said: &str) -> String {
    let lang = Lang::vi();
    let words = Words::new(&lang);
    let shown = Screen {
        id: "form/test".into(),
        title: Text::vi(format!("t{said}")),
        blocks: every_block(said),
        actions: vec![Action {
            id: format!("next{said}"),
            label: Text::vi(format!("n{said}")),
            confirm: None,
            enabled: true,
        }],
        focus: None,
        back: true,
        progress: Some(Progress { at: 1, of: 2 }),
        lang: lang.clone(),
    };
    let ctx = Ctx {
        words: &words,
        lang: &lang,
        shared: false,
        questions: Vec::new(),
        by_question: None,
        focus: None,
    };
    let post = Post {
        token: "token",
        at: "at",
        question: None,
        only: false,
        once: "once",
    };
    screen(&shown, &post, None, None, None, &ctx).into_string()
}

/// Tags with their attributes' names: what a text must not change.
fn skeleton(html: &str) -> Vec<String> {
    let mut out = Vec::new();
    for rest in html.split('<').skip(1) {
        let (tag, _) = rest.split_once('>').unwrap();
        let outside: String = tag.split('"').step_by(2).collect();
        out.push(outside);
    }
    out
}

#[test]
fn any_text_in_any_block_stays_inert() {
    let plain = skeleton(&drawn("x"));
    assert!(plain.len() > 100);
    bolero::check!().for_each(|bytes: &[u8]| {
        let said = format!("x{}", String::from_utf8_lossy(bytes));
        assert_eq!(skeleton(&drawn(&said)), plain);
    });
    for trick in [
        "\"><script>",
        "' onclick='",
        "<!--",
        "&lt;b&gt;",
        "]]>",
        "\u{202e}txt",
    ] {
        assert_eq!(skeleton(&drawn(&format!("x{trick}"))), plain, "{trick}");
    }
}

#[test]
fn what_turns_the_direction_is_shown_nowhere_and_kept_in_fields() {
    let html = drawn("x\u{202e}\u{2066}y");
    for rest in html.split('>').skip(1) {
        let text = rest.split('<').next().unwrap();
        assert!(
            !text.contains('\u{202e}') && !text.contains('\u{2066}'),
            "{text}"
        );
    }
    assert!(html.contains("value=\"x\u{202e}\u{2066}y\""));
}

#[test]
fn a_run_has_its_language_and_the_ear_its_own_words() {
    let html = drawn("x");
    assert!(html.contains(
        "ax<span lang=\"en\"><span aria-hidden=\"true\">bx</span><span class=\"visually-hidden\">cx</span></span>"
    ));
    // What a control is called contains what it shows, and nothing else.
    let button = html.split("data-action=\"actx\"").nth(1).unwrap();
    let name = button.split("</button>").next().unwrap();
    assert!(name.contains("bx") && !name.contains("cx"), "{name}");
}
