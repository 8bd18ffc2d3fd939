//! From what a page posts to what a shell sends.
//!
//! A page carries all of its visible fields in every post, whichever button was pressed, so that
//! nothing typed is lost when a script stops half-way. A field that still holds what the page
//! showed was not touched: it is not sent, and cannot overwrite what another tab has saved since.

use gandan_core::{
    Core,
    screen::{Block, BlockKind, Event, Screen, Update},
};

use crate::{html::date_parts, post::Post};

/// What the pressed button asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Keep what was typed, and show the page again.
    Stay,
    /// The question is answered: the next one.
    Answer,
    Back,
    Act(String),
    /// Show what an action would do, before it is done.
    Ask(String),
    Open {
        key: String,
        card: String,
    },
}

impl Deed {
    pub fn read(text: &str) -> Option<Self> {
        Some(match text.split_once(':') {
            None if text == "stay" => Self::Stay,
            None if text == "answer" => Self::Answer,
            None if text == "back" => Self::Back,
            Some(("act", action)) => Self::Act(action.to_owned()),
            Some(("ask", action)) => Self::Ask(action.to_owned()),
            Some(("open", rest)) => {
                let (key, card) = rest.split_once(':')?;
                Self::Open {
                    key: key.to_owned(),
                    card: card.to_owned(),
                }
            }
            _ => return None,
        })
    }
}

/// Sends what was typed or chosen on a page, field by field in the order of the screen, and gives
/// the updates to `hear`.
pub fn save(core: &Core, screen: &Screen, post: &Post, mut hear: impl FnMut(Update)) {
    for block in &screen.blocks {
        if let Some(event) = edit_of(block, post) {
            hear(core.send(event));
        }
    }
}

/// The event for one field; `None` if it is not on the page, or as it was.
fn edit_of(block: &Block, post: &Post) -> Option<Event> {
    let key = &block.key;
    match &block.kind {
        BlockKind::TextField(field) if !field.read_only => {
            let value = post.get(&format!("f.{key}"))?.to_owned();
            changed(key, &value, field.value.expose(), post)?;
            Some(Event::Edit {
                key: key.clone(),
                value: value.into(),
                edit: next_edit(key, field.edit, post),
            })
        }
        BlockKind::DateField(field) if !field.read_only => {
            let value = date(key, post)?;
            changed(key, &value, field.value.expose(), post)?;
            Some(Event::Edit {
                key: key.clone(),
                value: value.into(),
                edit: next_edit(key, field.edit, post),
            })
        }
        BlockKind::Choice(choice) | BlockKind::MultiChoice(choice) => {
            // Nothing chosen posts nothing: that the field was there is told by what it showed.
            post.get(&format!("o.{key}"))?;
            let options: Vec<String> = post
                .all(&format!("f.{key}"))
                .into_iter()
                .map(str::to_owned)
                .collect();
            let now: Vec<&str> = choice
                .options
                .iter()
                .filter(|option| option.chosen)
                .map(|option| option.id.as_str())
                .collect();
            changed(key, &options.join(" "), &now.join(" "), post)?;
            Some(Event::Choose {
                key: key.clone(),
                options,
                edit: next_edit(key, choice.edit, post),
            })
        }
        BlockKind::File(_) => Some(Event::File {
            key: key.clone(),
            bytes: post.file(&format!("f.{key}"))?.clone(),
        }),
        _ => None,
    }
}

fn changed(key: &str, value: &str, now: &str, post: &Post) -> Option<()> {
    let shown = post.get(&format!("o.{key}")).unwrap_or(now);
    (value != shown && value != now).then_some(())
}

/// Newer than what is stored, and than what a script has sent from this page.
fn next_edit(key: &str, stored: u64, post: &Post) -> u64 {
    let sent = post
        .get(&format!("e.{key}"))
        .and_then(|edit| edit.parse().ok())
        .unwrap_or(0u64)
        // Nobody types that often; a larger number would lock the field for good.
        .min(stored.saturating_add(1 << 20));
    stored.max(sent).saturating_add(1)
}

/// Three numbers as `yyyy-mm-dd`, padded; what is no number stays as it was typed.
fn date(key: &str, post: &Post) -> Option<String> {
    let part = |name: &str| post.get(&format!("f.{key}.{name}")).map(str::trim);
    let (day, month, year) = (part("d")?, part("m")?, part("y")?);
    if day.is_empty() && month.is_empty() && year.is_empty() {
        return Some(String::new());
    }
    let two = |text: &str| match text.len() {
        1 => format!("0{text}"),
        _ => text.to_owned(),
    };
    let typed = format!("{year}-{}-{}", two(month), two(day));
    // What shows the same is the same: the page's parts come from the stored text.
    let shown = post.get(&format!("o.{key}")).unwrap_or_default();
    if date_parts(shown).map(two)
        == [year.to_owned(), month.to_owned(), day.to_owned()].map(|part| two(&part))
    {
        return Some(shown.to_owned());
    }
    Some(typed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(body: &str) -> Post {
        Post::urlencoded(body.as_bytes())
    }

    #[test]
    fn a_date_is_what_was_typed() {
        let date = |body: &str| date("b", &post(body));
        assert_eq!(
            date("f.b.d=5&f.b.m=9&f.b.y=2024").as_deref(),
            Some("2024-09-05")
        );
        assert_eq!(date("f.b.d=&f.b.m=9&f.b.y=").as_deref(), Some("-09-"));
        assert_eq!(date("f.b.d=&f.b.m=&f.b.y=").as_deref(), Some(""));
        assert_eq!(date("f.b.d=1"), None);
        assert_eq!(
            date("o.b=2024-9-5&f.b.d=5&f.b.m=9&f.b.y=2024").as_deref(),
            Some("2024-9-5")
        );
    }

    #[test]
    fn an_untouched_field_is_not_sent() {
        assert_eq!(changed("a", "x", "y", &post("o.a=x")), None);
        assert_eq!(changed("a", "y", "y", &post("o.a=x")), None);
        assert_eq!(changed("a", "z", "y", &post("o.a=x")), Some(()));
        assert_eq!(next_edit("a", 3, &post("e.a=7")), 8);
        assert_eq!(next_edit("a", 9, &post("e.a=7")), 10);
        assert_eq!(
            next_edit("a", 1, &post("e.a=18446744073709551615")),
            (1 << 20) + 2
        );
    }

    #[test]
    fn a_button_says_what_it_does() {
        assert_eq!(
            Deed::read("open:results:1.001193"),
            Some(Deed::Open {
                key: "results".into(),
                card: "1.001193".into()
            })
        );
        assert_eq!(Deed::read("act:lang/vi"), Some(Deed::Act("lang/vi".into())));
        assert_eq!(Deed::read("open:x"), None);
        assert_eq!(Deed::read("submit"), None);
    }
}
