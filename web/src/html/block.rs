//! One block, as the vocabulary in `core/src/screen/mod.rs` names it.

use gandan_core::screen::{Action, Block, BlockKind, Card, Step, StepState, SummaryRow, Tone};
use gandan_domain::text::Text;
use maud::{Markup, html};

use super::{
    Ctx, field, pictogram, qr,
    text::{eye, full},
};

/// The list that leads from an error to its question.
pub const ERRORS_LIST: &str = "errors-list";

pub fn block(block: &Block, ctx: &Ctx<'_>) -> Markup {
    let key = block.key.as_str();
    let focus = ctx.focus == Some(key);
    let class = |kind: &str| format!("block block-{kind}");
    match &block.kind {
        BlockKind::Heading { level, text } => html! {
            div class=(class("heading")) data-key=(key) {
                @match level {
                    0..=2 => h2 { (full(text, ctx.lang)) },
                    3 => h3 { (full(text, ctx.lang)) },
                    _ => h4 { (full(text, ctx.lang)) },
                }
            }
        },
        BlockKind::Paragraph { text } => html! {
            p class=(class("paragraph")) data-key=(key) {
                // Where a list would stand.
                @if matches!(key, "none" | "nothing") { (pictogram::EMPTY) }
                (full(text, ctx.lang))
            }
        },
        BlockKind::Notice { tone, text } => notice(key, *tone, text, focus, ctx),
        BlockKind::TextField(text) => wrapped(
            "text-field",
            key,
            text.error.is_some(),
            &field::text(key, text, ctx),
        ),
        BlockKind::DateField(date) => wrapped(
            "date-field",
            key,
            date.error.is_some(),
            &field::date(key, date, ctx),
        ),
        BlockKind::Choice(choice) => wrapped(
            "choice",
            key,
            choice.error.is_some(),
            &field::choice(key, choice, false, ctx),
        ),
        BlockKind::MultiChoice(choice) => wrapped(
            "multi-choice",
            key,
            choice.error.is_some(),
            &field::choice(key, choice, true, ctx),
        ),
        BlockKind::File(file) => wrapped(
            "file",
            key,
            file.error.is_some(),
            &field::file(key, file, ctx),
        ),
        BlockKind::Cards { items } => html! {
            ul class=(class("cards")) data-key=(key) {
                @for card in items { li { (self::card(key, card, ctx)) } }
            }
        },
        BlockKind::Summary { rows } => html! {
            dl class=(class("summary")) data-key=(key) {
                @for row in rows { (summary_row(row, ctx)) }
            }
        },
        BlockKind::Steps { steps } => html! {
            ol class=(class("steps")) data-key=(key) {
                @for step in steps { (self::step(step, ctx)) }
            }
        },
        BlockKind::Code { label, code, qr } => html! {
            div class=(class("code")) data-key=(key) {
                p.label id={ "l-" (key) } { (full(label, ctx.lang)) }
                output.code-text aria-labelledby={ "l-" (key) } { (full(code, ctx.lang)) }
                @if let Some(svg) = qr.as_deref().and_then(qr::svg) {
                    // The code itself stands beside it as text.
                    div.qr-box role="img" aria-labelledby={ "l-" (key) } { (svg) }
                }
            }
        },
        BlockKind::Clip {
            label,
            source,
            captions,
        } => clip(key, label, source, captions.as_deref(), ctx),
        BlockKind::Busy { text, done, of } => html! {
            div class=(class("busy")) data-key=(key) {
                p id={ "l-" (key) } { (full(text, ctx.lang)) }
                progress aria-labelledby={ "l-" (key) } max=[*of] value=[done.filter(|_| of.is_some())] {}
            }
        },
        BlockKind::Divider => {
            html! { hr class=(class("divider")) data-key=(key) aria-hidden="true"; }
        }
    }
}

fn wrapped(kind: &str, key: &str, error: bool, inner: &Markup) -> Markup {
    html! {
        div class={ "block block-" (kind) @if error { " has-error" } } data-key=(key) { (inner) }
    }
}

/// Speaks up when it appears or changes, unless it takes the focus, which reads it already.
fn notice(key: &str, tone: Tone, text: &Text, focus: bool, ctx: &Ctx<'_>) -> Markup {
    let (name, role) = match tone {
        Tone::Info => ("info", None),
        Tone::Success => ("success", Some("status")),
        Tone::Warning => ("warning", Some("status")),
        Tone::Problem => ("problem", Some("alert")),
    };
    html! {
        div class={ "block block-notice tone-" (name) } data-key=(key) data-tone=(name)
            role=[role.filter(|_| !focus)] tabindex=[focus.then_some("-1")] autofocus[focus] {
            (pictogram::tone(tone))
            p { (full(text, ctx.lang)) }
        }
    }
}

fn card(key: &str, card: &Card, ctx: &Ctx<'_>) -> Markup {
    let inner = html! {
        @if let Some(picture) = card.picture { (pictogram::picture(picture)) }
        span.card-words {
            span.card-title { (eye(&card.title, ctx.lang)) }
            @if let Some(detail) = &card.detail {
                " " span.card-detail { (eye(detail, ctx.lang)) }
            }
        }
    };
    // A link where the question is, a post where only the core knows the way.
    if key == ERRORS_LIST && ctx.questions.contains(&card.id.as_str()) {
        let to = match ctx.by_question {
            Some(page) => format!("{page}&q={}&e=1&only=1", encoded(&card.id)),
            None => format!("#f-{}", card.id),
        };
        return html! { a.card href=(to) { (inner) } };
    }
    html! {
        button.card type="submit" name="do" value={ "open:" (key) ":" (card.id) } { (inner) }
    }
}

pub fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn summary_row(row: &SummaryRow, ctx: &Ctx<'_>) -> Markup {
    html! {
        div.row {
            dt { (full(&row.name, ctx.lang)) }
            dd.value { bdi { (full(&row.value, ctx.lang)) } }
            @if let Some(change) = &row.change {
                dd.change { (action(change, "link-button", ctx)) }
            }
        }
    }
}

fn step(step: &Step, ctx: &Ctx<'_>) -> Markup {
    let (name, word) = match step.state {
        StepState::Done => ("done", "web-step-done"),
        StepState::Current => ("current", "web-step-current"),
        StepState::Next => ("next", "web-step-next"),
    };
    html! {
        li class={ "step step-" (name) } aria-current=[(step.state == StepState::Current).then_some("step")] {
            span.step-text { (full(&step.text, ctx.lang)) }
            span.visually-hidden { " (" (eye(&ctx.words.plain(word), ctx.lang)) ")" }
            @if let Some(detail) = &step.detail {
                p.step-detail { (full(detail, ctx.lang)) }
            }
        }
    }
}

fn clip(key: &str, label: &Text, source: &str, captions: Option<&str>, ctx: &Ctx<'_>) -> Markup {
    let is_film = [".mp4", ".webm"].iter().any(|end| source.ends_with(end));
    let track = html! {
        @if let Some(captions) = captions {
            track kind="captions" src=(captions) srclang=(ctx.lang.as_str()) default;
        }
    };
    html! {
        figure class="block block-clip" data-key=(key) {
            figcaption id={ "l-" (key) } { (full(label, ctx.lang)) }
            @if is_film {
                video controls preload="none" aria-labelledby={ "l-" (key) } src=(source) { (track) }
            } @else {
                audio controls preload="none" aria-labelledby={ "l-" (key) } src=(source) { (track) }
            }
        }
    }
}

/// What has to be confirmed is asked on a page of its own.
pub fn action(action: &Action, class: &str, ctx: &Ctx<'_>) -> Markup {
    let verb = if action.confirm.is_some() {
        "ask"
    } else {
        "act"
    };
    html! {
        button class=(class) type="submit" name="do" value={ (verb) ":" (action.id) }
            data-action=(action.id) disabled[!action.enabled] {
            @if let Some(pictogram) = pictogram::action(&action.id) { (pictogram) }
            (eye(&action.label, ctx.lang))
        }
    }
}
