//! What a shell must redraw, from one screen to the next.
//!
//! Blocks are compared by value, keyed by block: a screen holds some tens of blocks, and comparing
//! them costs less than asking every view which of its inputs changed.

use super::{Block, Screen, ScreenChange};

/// The smallest change that turns `before` into `after`: blocks where only their content changed,
/// the whole screen where anything came, went or moved.
pub fn diff(before: &Screen, after: &Screen) -> ScreenChange {
    let full = || ScreenChange::Full {
        screen: Box::new(after.clone()),
    };
    if before == after {
        return ScreenChange::Nothing;
    }
    let frame = |screen: &Screen| {
        (
            screen.id.clone(),
            screen.title.clone(),
            screen.back,
            screen.progress,
            screen.lang.clone(),
            screen.focus.clone(),
        )
    };
    let keys = |screen: &Screen| -> Vec<String> {
        screen
            .blocks
            .iter()
            .map(|block| block.key.clone())
            .collect()
    };
    if frame(before) != frame(after) || keys(before) != keys(after) {
        return full();
    }
    let blocks: Vec<Block> = before
        .blocks
        .iter()
        .zip(&after.blocks)
        .filter(|(old, new)| old != new)
        .map(|(_, new)| new.clone())
        .collect();
    ScreenChange::Blocks {
        blocks,
        actions: after.actions.clone(),
    }
}

impl ScreenChange {
    /// What a shell does with a change: the screen it shows afterwards.
    #[must_use]
    pub fn apply(&self, shown: Screen) -> Screen {
        match self {
            Self::Nothing => shown,
            Self::Full { screen } => (**screen).clone(),
            Self::Blocks { blocks, actions } => Screen {
                blocks: shown
                    .blocks
                    .into_iter()
                    .map(|old| {
                        blocks
                            .iter()
                            .find(|new| new.key == old.key)
                            .cloned()
                            .unwrap_or(old)
                    })
                    .collect(),
                actions: actions.clone(),
                ..shown
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use gandan_domain::text::{Lang, Text};

    use super::*;
    use crate::screen::{BlockKind, Progress};

    fn screen(blocks: &[(&str, &str)]) -> Screen {
        Screen {
            id: "home".into(),
            title: Text::vi("Trang đầu"),
            blocks: blocks
                .iter()
                .map(|(key, text)| Block {
                    key: (*key).into(),
                    kind: BlockKind::Paragraph {
                        text: Text::vi(*text),
                    },
                })
                .collect(),
            actions: Vec::new(),
            focus: None,
            back: false,
            progress: None,
            lang: Lang::vi(),
        }
    }

    #[test]
    fn only_what_changed_is_sent() {
        let before = screen(&[("a", "một"), ("b", "hai")]);
        let after = screen(&[("a", "một"), ("b", "ba")]);
        let change = diff(&before, &after);
        assert!(
            matches!(&change, ScreenChange::Blocks { blocks, .. } if blocks.len() == 1
                && blocks.iter().all(|block| block.key == "b"))
        );
        assert!(change.apply(before) == after);
    }

    #[test]
    fn a_block_that_comes_goes_or_moves_changes_the_whole_screen() {
        let before = screen(&[("a", "một"), ("b", "hai")]);
        for after in [
            screen(&[("a", "một")]),
            screen(&[("b", "hai"), ("a", "một")]),
            Screen {
                progress: Some(Progress { at: 1, of: 2 }),
                ..before.clone()
            },
        ] {
            let change = diff(&before, &after);
            assert!(matches!(change, ScreenChange::Full { .. }));
            assert!(change.apply(before.clone()) == after);
        }
    }

    #[test]
    fn nothing_is_sent_for_nothing() {
        let same = screen(&[("a", "một")]);
        assert!(diff(&same, &same) == ScreenChange::Nothing);
    }
}
