//! Fields: label, hint, source, error and input tied together, whichever way one comes to them.
//!
//! Beside each input stand the value that this page shows (`o.<key>`) and the number of its newest
//! edit (`e.<key>`), so that a page from before can be told from one on which something was typed.

use gandan_core::screen::{Choice, FileField, Input, TextField};
use gandan_domain::text::Text;
use maud::{Markup, html};

use super::{
    Ctx,
    text::{eye, full},
};

/// What explains a field, and the ids to find it by.
struct Notes<'a> {
    key: &'a str,
    hint: Option<&'a Text>,
    source: Option<&'a Text>,
    error: Option<&'a Text>,
}

impl Notes<'_> {
    fn html(&self, ctx: &Ctx<'_>) -> Markup {
        html! {
            @if let Some(hint) = self.hint {
                p.hint id={ "h-" (self.key) } { (full(hint, ctx.lang)) }
            }
            @if let Some(source) = self.source {
                p.source id={ "s-" (self.key) } { (full(source, ctx.lang)) }
            }
            @if let Some(error) = self.error {
                p.error id={ "r-" (self.key) } {
                    span.visually-hidden { (eye(&ctx.words.plain("web-error"), ctx.lang)) ": " }
                    (full(error, ctx.lang))
                }
            }
        }
    }

    fn ids(&self) -> Option<String> {
        let ids: Vec<String> = [
            self.error.map(|_| format!("r-{}", self.key)),
            self.hint.map(|_| format!("h-{}", self.key)),
            self.source.map(|_| format!("s-{}", self.key)),
        ]
        .into_iter()
        .flatten()
        .collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }

    fn invalid(&self) -> Option<&'static str> {
        self.error.map(|_| "true")
    }
}

/// What may be left out is said; of what may not be changed there is nothing to say.
fn label(text: &Text, required: bool, ctx: &Ctx<'_>) -> Markup {
    html! {
        (eye(text, ctx.lang))
        @if !required {
            " " span.optional { "(" (eye(&ctx.words.plain("common-optional"), ctx.lang)) ")" }
        }
    }
}

fn shown(key: &str, value: &str, edit: Option<u64>) -> Markup {
    html! {
        input type="hidden" name={ "o." (key) } value=(value);
        @if let Some(edit) = edit { input type="hidden" name={ "e." (key) } value=(edit); }
    }
}

const fn inputmode(input: Input) -> Option<&'static str> {
    match input {
        Input::Text | Input::PersonName => None,
        Input::Digits | Input::Date => Some("numeric"),
        Input::Phone => Some("tel"),
        Input::Search => Some("search"),
    }
}

fn autocomplete(input: Input, ctx: &Ctx<'_>) -> &'static str {
    match input {
        Input::PersonName if !ctx.shared => "name",
        Input::Phone if !ctx.shared => "tel",
        _ => "off",
    }
}

pub fn text(key: &str, field: &TextField, ctx: &Ctx<'_>) -> Markup {
    let notes = Notes {
        key,
        hint: field.hint.as_ref(),
        source: field.source.as_ref(),
        error: field.error.as_ref(),
    };
    let value = field.value.expose();
    let search = field.input == Input::Search;
    let kind = match field.input {
        Input::Phone => "tel",
        Input::Search => "search",
        _ => "text",
    };
    html! {
        label for={ "f-" (key) } { (label(&field.label, field.required || search || field.read_only, ctx)) }
        (notes.html(ctx))
        div.input-row {
            input id={ "f-" (key) } name={ "f." (key) } type=(kind) value=(value)
                lang=(field.lang.as_str()) dir="auto" spellcheck="false"
                autocapitalize=[(field.input == Input::PersonName).then_some("words")]
                inputmode=[inputmode(field.input)] autocomplete=(autocomplete(field.input, ctx))
                aria-describedby=[notes.ids()] aria-invalid=[notes.invalid()]
                aria-required=[field.required.then_some("true")] readonly[field.read_only]
                autofocus[ctx.focus == Some(key)];
            @if search {
                button.find type="submit" name="do" value="stay" {
                    (eye(&ctx.words.plain("common-search"), ctx.lang))
                }
            }
        }
        (shown(key, value, Some(field.edit)))
    }
}

/// `yyyy-mm-dd`, or as much of it as was typed: year, month, day.
pub fn date_parts(value: &str) -> [&str; 3] {
    let mut parts = value.splitn(3, '-');
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}

pub fn date(key: &str, field: &TextField, ctx: &Ctx<'_>) -> Markup {
    let notes = Notes {
        key,
        hint: field.hint.as_ref(),
        source: field.source.as_ref(),
        error: field.error.as_ref(),
    };
    let value = field.value.expose();
    let [year, month, day] = date_parts(value);
    let parts = [
        ("d", "web-day", day, 2),
        ("m", "web-month", month, 2),
        ("y", "web-year", year, 4),
    ];
    html! {
        fieldset aria-describedby=[notes.ids()] {
            legend { (label(&field.label, field.required || field.read_only, ctx)) }
            (notes.html(ctx))
            div.date-parts {
                @for (part, word, value, size) in parts {
                    @let id = if part == "d" { format!("f-{key}") } else { format!("f-{key}-{part}") };
                    div.date-part {
                        label for=(id) { (eye(&ctx.words.plain(word), ctx.lang)) }
                        input id=(id) name={ "f." (key) "." (part) } type="text" value=(value)
                            inputmode="numeric" autocomplete="off" size=(size) maxlength="8"
                            aria-invalid=[notes.invalid()] readonly[field.read_only]
                            aria-required=[field.required.then_some("true")]
                            autofocus[part == "d" && ctx.focus == Some(key)];
                    }
                }
            }
        }
        (shown(key, value, Some(field.edit)))
    }
}

pub fn choice(key: &str, choice: &Choice, many: bool, ctx: &Ctx<'_>) -> Markup {
    let notes = Notes {
        key,
        hint: choice.hint.as_ref(),
        source: choice.source.as_ref(),
        error: choice.error.as_ref(),
    };
    let kind = if many { "checkbox" } else { "radio" };
    let chosen: Vec<&str> = choice
        .options
        .iter()
        .filter(|option| option.chosen)
        .map(|option| option.id.as_str())
        .collect();
    html! {
        fieldset role=[(!many).then_some("radiogroup")] aria-describedby=[notes.ids()]
            aria-required=[(!many && choice.required).then_some("true")]
            aria-invalid=[notes.invalid().filter(|_| !many)] {
            legend { (label(&choice.label, choice.required, ctx)) }
            (notes.html(ctx))
            @for (at, option) in choice.options.iter().enumerate() {
                @let id = if at == 0 { format!("f-{key}") } else { format!("f-{key}-{at}") };
                div.option {
                    // Screen readers say what describes a group on the way in, if at all; the error
                    // belongs to the answer that has the focus too.
                    input id=(id) name={ "f." (key) } type=(kind) value=(option.id)
                        aria-describedby=[choice.error.as_ref().map(|_| format!("r-{key}"))]
                        checked[option.chosen] autofocus[at == 0 && ctx.focus == Some(key)];
                    label for=(id) { (eye(&option.label, ctx.lang)) }
                }
            }
        }
        (shown(key, &chosen.join(" "), Some(choice.edit)))
    }
}

pub fn file(key: &str, field: &FileField, ctx: &Ctx<'_>) -> Markup {
    let notes = Notes {
        key,
        hint: field.hint.as_ref(),
        source: field.added.as_ref(),
        error: field.error.as_ref(),
    };
    html! {
        label for={ "f-" (key) } { (label(&field.label, field.required, ctx)) }
        (notes.html(ctx))
        input id={ "f-" (key) } name={ "f." (key) } type="file" accept=(field.media_types.join(","))
            aria-describedby=[notes.ids()] aria-invalid=[notes.invalid()]
            aria-required=[(field.required && field.added.is_none()).then_some("true")]
            autofocus[ctx.focus == Some(key)];
        (shown(key, "", None))
    }
}
