//! One question a page, for browsers without JavaScript.
//!
//! What was posted is kept, and what was not is gone with the tab (I1), so without a script that
//! saves what is typed a page asks one thing. Which blocks are questions, and what belongs to each,
//! can be read off a screen: a block whose key is `<question>~<anything>` belongs to that question,
//! and so does a card whose id is the question's key. Whether there is one more of what is asked
//! several times is a question, too: the cards `<list>~items`, under the heading `group/<list>`.

use gandan_core::screen::{Block, BlockKind, Card, Screen};

use crate::html::ERRORS_LIST;

/// In place of a question: what is wrong on the page.
pub const ERRORS: &str = "errors";

/// The keys of a screen's questions, in order.
pub fn questions(screen: &Screen) -> Vec<&str> {
    screen
        .blocks
        .iter()
        .filter(|block| is_question(block))
        .map(|block| block.key.as_str())
        .collect()
}

/// The end of the key of the cards that add and remove what is asked several times.
const ITEMS: &str = "~items";

fn is_question(block: &Block) -> bool {
    if matches!(block.kind, BlockKind::Cards { .. }) {
        return block.key.ends_with(ITEMS);
    }
    let asks = match &block.kind {
        // What may not change is to be read, at the review.
        BlockKind::TextField(field) | BlockKind::DateField(field) => !field.read_only,
        BlockKind::Choice(_) | BlockKind::MultiChoice(_) | BlockKind::File(_) => true,
        _ => false,
    };
    asks && !block.key.contains('~')
}

/// A screen that is asked question by question: one of the steps of a form, or with several
/// questions. A single one (to search, say) stands with what it finds.
pub fn is_asked(screen: &Screen) -> bool {
    let count = questions(screen).len();
    count > 1 || count == 1 && screen.progress.is_some()
}

/// The question after this one; `None` after the last.
pub fn after<'s>(screen: &'s Screen, question: &str) -> Option<&'s str> {
    let all = questions(screen);
    let at = all.iter().position(|key| *key == question)?;
    all.get(at + 1).copied()
}

/// The question before this one; `None` before the first.
pub fn before<'s>(screen: &'s Screen, question: &str) -> Option<&'s str> {
    let all = questions(screen);
    let at = all.iter().position(|key| *key == question)?;
    all.get(at.checked_sub(1)?).copied()
}

/// What is wrong has been said on this screen.
pub fn has_errors(screen: &Screen) -> bool {
    screen.blocks.iter().any(|block| block.key == ERRORS_LIST)
}

/// The screen as it is when only this question is asked, or only what is wrong is shown.
pub fn only(screen: &Screen, question: &str) -> Screen {
    let at = screen.blocks.iter().position(|block| block.key == question);
    let mut before = screen.blocks.iter().take(at.unwrap_or_default());
    let heading = match question.strip_suffix(ITEMS) {
        // Of the list, not of its last item.
        Some(list) => {
            let group = format!("group/{list}");
            screen.blocks.iter().position(|block| block.key == group)
        }
        None => before.rposition(|block| matches!(block.kind, BlockKind::Heading { .. })),
    };
    let of = question.strip_suffix(ITEMS).unwrap_or(question);
    let last_question = screen.blocks.iter().rposition(is_question);
    let mut kept: Vec<Block> = Vec::new();
    let mut loose: Option<&Block> = None;
    for (index, block) in screen.blocks.iter().enumerate() {
        let owner = block.key.split('~').next().unwrap_or_default();
        let summary = matches!(block.key.as_str(), ERRORS | ERRORS_LIST);
        let after_all = last_question.is_some_and(|last| index > last);
        match &block.kind {
            _ if summary && question != ERRORS => {}
            _ if summary => kept.push(block.clone()),
            _ if owner == of => kept.push(block.clone()),
            BlockKind::Heading { .. } if Some(index) == heading => kept.push(block.clone()),
            // A heading after the last question waits for something of this question's below it.
            BlockKind::Heading { .. } if after_all => loose = Some(block),
            BlockKind::Cards { items } => {
                let own: Vec<Card> = items
                    .iter()
                    .filter(|card| card.id == question)
                    .cloned()
                    .collect();
                if !own.is_empty() {
                    kept.extend(loose.take().cloned());
                    kept.push(Block {
                        key: block.key.clone(),
                        kind: BlockKind::Cards { items: own },
                    });
                }
            }
            BlockKind::Notice { .. } if !block.key.contains('~') => kept.push(block.clone()),
            _ => {}
        }
    }
    Screen {
        blocks: kept,
        ..screen.clone()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use gandan_core::screen::{Input, Progress, TextField, Tone};
    use gandan_domain::text::{Lang, Text};

    use super::*;

    fn field(key: &str) -> Block {
        Block {
            key: key.into(),
            kind: BlockKind::TextField(TextField {
                label: Text::vi(key),
                value: String::new().into(),
                lang: Lang::vi(),
                hint: None,
                source: None,
                error: None,
                required: true,
                read_only: false,
                edit: 0,
                input: Input::Text,
            }),
        }
    }

    fn block(key: &str, kind: BlockKind) -> Block {
        Block {
            key: key.into(),
            kind,
        }
    }

    fn heading(key: &str) -> Block {
        let text = Text::vi(key);
        block(key, BlockKind::Heading { level: 2, text })
    }

    fn cards(key: &str, ids: &[&str]) -> Block {
        let items = ids
            .iter()
            .map(|id| Card {
                id: (*id).into(),
                title: Text::vi(*id),
                detail: None,
                picture: None,
            })
            .collect();
        block(key, BlockKind::Cards { items })
    }

    fn screen() -> Screen {
        let notice = BlockKind::Notice {
            tone: Tone::Problem,
            text: Text::vi("lỗi"),
        };
        Screen {
            id: "form/a".into(),
            title: Text::vi("Trang"),
            blocks: vec![
                block("errors", notice.clone()),
                cards("errors-list", &["one", "two"]),
                heading("group/1"),
                field("one"),
                field("two~find"),
                field("two"),
                cards("two~state", &["use"]),
                heading("wrong-heading"),
                cards("wrong", &["one"]),
                block("demo", notice),
            ],
            actions: Vec::new(),
            focus: None,
            back: true,
            progress: Some(Progress { at: 1, of: 2 }),
            lang: Lang::vi(),
        }
    }

    fn keys(screen: &Screen) -> Vec<&str> {
        screen
            .blocks
            .iter()
            .map(|block| block.key.as_str())
            .collect()
    }

    #[test]
    fn one_more_of_a_list_is_a_question_of_its_own() {
        let mut whole = screen();
        whole.blocks.splice(
            6..7,
            [
                heading("group/member"),
                heading("group/member/1"),
                field("member.name#1"),
                cards("member~items", &["add", "remove/1"]),
                cards("two~state", &["use"]),
            ],
        );
        let asked = ["one", "two", "member.name#1", "member~items"];
        assert_eq!(questions(&whole), asked);
        assert_eq!(
            keys(&only(&whole, "member~items")),
            ["group/member", "member~items", "demo"]
        );
        assert_eq!(
            keys(&only(&whole, "member.name#1")),
            ["group/member/1", "member.name#1", "demo"]
        );
        assert_eq!(after(&whole, "member.name#1"), Some("member~items"));
    }

    #[test]
    fn a_question_brings_what_belongs_to_it() {
        let whole = screen();
        assert_eq!(questions(&whole), ["one", "two"]);
        assert_eq!(
            keys(&only(&whole, "one")),
            ["group/1", "one", "wrong-heading", "wrong", "demo"]
        );
        assert_eq!(
            keys(&only(&whole, "two")),
            ["group/1", "two~find", "two", "two~state", "demo"]
        );
        assert_eq!(
            keys(&only(&whole, ERRORS)),
            ["errors", "errors-list", "demo"]
        );
        assert_eq!(after(&whole, "one"), Some("two"));
        assert_eq!((after(&whole, "two"), before(&whole, "one")), (None, None));
        assert!(is_asked(&whole) && has_errors(&whole));
    }
}
