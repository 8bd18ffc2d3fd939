//! Runs of text: each in its language, for the eye and for the ear.
//!
//! maud escapes. What it cannot know are characters that turn the direction of what follows, or
//! break lines where there are none: in a name they could make a page say something else than it
//! does, so they are left out where a text is shown. (Input fields keep what was typed.)

use gandan_domain::text::{Lang, Run, Text};
use maud::{Markup, html};

/// What the eye reads, each run in its language: for what a control is called.
pub fn eye(text: &Text, lang: &Lang) -> Markup {
    html! {
        @for run in &text.runs { (tagged(run, lang, &html! { (inert(&run.text)) })) }
    }
}

/// What the eye reads and what the ear hears instead, where they differ. Not for controls: what a
/// control is called must contain what it shows (WCAG 2.5.3).
pub fn full(text: &Text, lang: &Lang) -> Markup {
    html! {
        @for run in &text.runs {
            @match &run.spoken {
                Some(spoken) => (tagged(run, lang, &html! {
                    span aria-hidden="true" { (inert(&run.text)) }
                    span.visually-hidden { (inert(spoken)) }
                })),
                None => (tagged(run, lang, &html! { (inert(&run.text)) })),
            }
        }
    }
}

fn tagged(run: &Run, lang: &Lang, inner: &Markup) -> Markup {
    if run.lang == *lang {
        html! { (inner) }
    } else {
        html! { span lang=(run.lang.as_str()) { (inner) } }
    }
}

/// Without control characters and without those that embed, override or isolate directions
/// (Unicode Standard Annex 9, 2.1–2.5).
pub fn inert(text: &str) -> String {
    text.chars().filter(|ch| !is_trick(*ch)).collect()
}

fn is_trick(ch: char) -> bool {
    ch.is_control() && !matches!(ch, '\n' | '\t')
        || matches!(ch, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}')
}
