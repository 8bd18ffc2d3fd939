//! Whole pages: the frame that all share, and what stands in it.

use gandan_core::screen::{Action, Screen};
use gandan_domain::text::Text;
use maud::{DOCTYPE, Markup, html};

use super::{
    Ctx,
    block::{action, block},
    pictogram,
    text::{eye, full},
};
use crate::{asset, routes::Idle, words::Words};

/// What surrounds every page.
pub struct Frame<'a> {
    pub words: &'a Words,
    /// The page's heading and the window's title.
    pub title: &'a Text,
    /// Something is wrong here: the window's title says so first.
    pub error: bool,
    pub screen: &'a str,
    pub kiosk: bool,
    /// Token against forged posts.
    pub token: &'a str,
    /// The page's address, for the script.
    pub at: Option<&'a str>,
    /// How long the person may be silent, and when everything is erased then.
    pub idle: Option<Idle>,
    /// There is a visitor whose work can be ended here.
    pub visitor: bool,
    /// The page relies on its script to save what is typed.
    pub script: bool,
}

/// What every form posts along.
pub struct Post<'a> {
    pub token: &'a str,
    /// The place that this page shows.
    pub at: &'a str,
    /// The question that this page asks, when it asks one.
    pub question: Option<&'a str>,
    /// Where this question alone was to be changed.
    pub only: bool,
    /// Of this page alone: the same post twice is one.
    pub once: &'a str,
}

pub fn frame(frame: &Frame<'_>, main: &Markup) -> Markup {
    let words = frame.words;
    let lang = words.lang();
    let title = frame.title.shown();
    html! {
        (DOCTYPE)
        html lang=(lang.as_str()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title {
                    @if frame.error { (words.plain("web-error").shown()) ": " }
                    (super::text::inert(&title))
                    @if title != APP { " – " (APP) }
                }
                link rel="stylesheet" href=(asset::url("tokens.css"));
                link rel="stylesheet" href=(asset::url("app.css"));
                @if let Some(icon) = asset::url_if("icon.svg") {
                    link rel="icon" type="image/svg+xml" href=(icon);
                }
                script type="module" src=(asset::url("live.js")) {}
            }
            body data-screen=(frame.screen) data-at=[frame.at] data-token=(frame.token)
                data-idle=[frame.idle.map(|idle| idle.limit_ms)] .kiosk[frame.kiosk] {
                a.skip-link href="#main" { (eye(&words.plain("web-skip"), lang)) }
                header.site {
                    p.trial { (eye(&words.plain("common-demo"), lang)) }
                    a.brand href="/" lang="vi" { (pictogram::BRAND) (APP) }
                    @if frame.kiosk && frame.visitor {
                        form.end method="post" action="/session" {
                            input type="hidden" name="t" value=(frame.token);
                            button.end-button type="submit" name="do" value="end" {
                                (eye(&words.plain("web-end-kiosk"), lang))
                            }
                        }
                    }
                }
                main #main tabindex="-1" { (main) }
                footer.site {
                    @if let Some(idle) = frame.idle.filter(|_| frame.visitor && !frame.script) {
                        p.until { (full(&words.until("web-idle-until", idle.until), lang)) }
                    }
                    @if frame.visitor {
                        a href="/session" { (eye(&words.plain("web-session"), lang)) }
                    }
                }
                @if frame.script {
                    // The script has been switched off: from the next page on, one question each.
                    noscript { img src="/no-script" alt="" width="1" height="1"; }
                }
                // Filled by the script only: a page that was just opened is read anyway.
                div #live role="status" aria-live="polite" .visually-hidden {}
                div #offline .tone-warning hidden { (pictogram::OFFLINE) p { (full(&words.plain("web-offline"), lang)) } }
                @if frame.idle.is_some() {
                    dialog #idle aria-labelledby="idle-text" {
                        p #idle-text { (full(&words.plain("web-idle"), lang)) }
                        button #idle-stay type="button" .primary { (eye(&words.plain("web-idle-stay"), lang)) }
                    }
                }
            }
        }
    }
}

const APP: &str = "Gần Dân";

/// What stands in `main` for a screen. `seen` tells the script this state of it from another.
pub fn screen(
    screen: &Screen,
    post: &Post<'_>,
    step: Option<(usize, usize)>,
    said: Option<&Text>,
    seen: Option<&str>,
    ctx: &Ctx<'_>,
) -> Markup {
    let has_file = screen
        .blocks
        .iter()
        .any(|block| matches!(block.kind, gandan_core::screen::BlockKind::File(_)));
    let enctype = has_file.then_some("multipart/form-data");
    html! {
        form #screen-form method="post" action="/do" enctype=[enctype] data-seen=[seen] novalidate {
            (hidden(post))
            // What Enter in a field does. Not shown, and the first in the form.
            @if !ctx.questions.is_empty() {
                button type="submit" name="do" value=(default_deed(screen, post)) hidden {}
            }
            @if screen.back || post.question.is_some() {
                button.back type="submit" name="do" value="back" { (eye(&ctx.words.plain("common-back"), ctx.lang)) }
            }
            (main(screen, post, step, said, ctx))
        }
    }
}

/// The part that a script replaces: title, blocks and actions.
pub fn main(
    screen: &Screen,
    post: &Post<'_>,
    step: Option<(usize, usize)>,
    said: Option<&Text>,
    ctx: &Ctx<'_>,
) -> Markup {
    html! {
        div #screen {
            @if let Some(progress) = screen.progress {
                p.progress {
                    (eye(&ctx.words.at_of("web-step", progress.at as usize, progress.of as usize), ctx.lang))
                    @if let Some((at, of)) = step {
                        " · " (eye(&ctx.words.at_of("web-question", at, of), ctx.lang))
                    }
                }
                // The same for the eye; the words above are for everyone.
                progress.way max=(progress.of) value=(progress.at) aria-hidden="true" {}
            }
            div.opening {
                @if let Some(pictogram) = pictogram::screen(&screen.id) { (pictogram) }
                h1 #title.long[is_long(&screen.title)] tabindex="-1" { (eye(&screen.title, ctx.lang)) }
            }
            @if let Some(said) = said {
                p.said role="status" { (full(said, ctx.lang)) }
            }
            div.blocks {
                @for part in &screen.blocks { (block(part, ctx)) }
            }
            (actions(&screen.actions, post, ctx))
        }
    }
}

/// Some official titles have fifty words: at the size of a title they would fill the screen of a phone.
fn is_long(title: &Text) -> bool {
    title.shown().chars().count() > 80
}

pub fn actions(actions: &[Action], post: &Post<'_>, ctx: &Ctx<'_>) -> Markup {
    html! {
        div.actions {
            @for (at, offered) in actions.iter().enumerate() {
                @if at == 0 && post.question == Some(crate::question::ERRORS) {
                    // Its place is taken by the links to the questions.
                } @else if at == 0 && post.question.is_some() {
                    button.primary type="submit" name="do" value="answer" data-action=(offered.id) {
                        (eye(&offered.label, ctx.lang))
                    }
                } @else {
                    (action(offered, if at == 0 { "primary" } else { "secondary" }, ctx))
                }
            }
        }
    }
}

fn default_deed(screen: &Screen, post: &Post<'_>) -> String {
    if post.question.is_some() {
        return "answer".into();
    }
    match screen.actions.first() {
        Some(first) if first.id == "next" => "act:next".into(),
        _ => "stay".into(),
    }
}

fn hidden(post: &Post<'_>) -> Markup {
    html! {
        input type="hidden" name="t" value=(post.token);
        input type="hidden" name="at" value=(post.at);
        input type="hidden" name="once" value=(post.once);
        @if let Some(question) = post.question { input type="hidden" name="q" value=(question); }
        @if post.only { input type="hidden" name="only" value="1"; }
    }
}

/// What will happen, in full, and whether it shall.
pub fn confirm(
    asked: &Action,
    what: &Text,
    seen: &str,
    back: &str,
    post: &Post<'_>,
    ctx: &Ctx<'_>,
) -> Markup {
    html! {
        form #screen-form method="post" action="/do" {
            (hidden(post))
            input type="hidden" name="seen" value=(seen);
            div.opening { h1 #title tabindex="-1" { (eye(&ctx.words.plain("web-confirm"), ctx.lang)) } }
            p.block.block-paragraph data-key="confirm" { (full(what, ctx.lang)) }
            div.actions {
                button.primary type="submit" name="do" value={ "act:" (asked.id) } data-action=(asked.id) {
                    (eye(&asked.label, ctx.lang))
                }
                a.secondary.button href=(back) { (eye(&ctx.words.plain("web-confirm-no"), ctx.lang)) }
            }
        }
    }
}

/// Before a time-out, where no script could warn of it.
pub fn idle(title: &Text, idle: Idle, token: &str, words: &Words) -> Markup {
    let lang = words.lang();
    html! {
        form #screen-form method="post" action="/session" {
            input type="hidden" name="t" value=(token);
            h1 #title tabindex="-1" { (eye(title, lang)) }
            div.block.block-notice.tone-warning data-tone="warning" role="alert" {
                (pictogram::tone(gandan_core::screen::Tone::Warning))
                p { (full(&words.until("web-idle-until", idle.until), lang)) }
            }
            div.actions {
                button.primary type="submit" name="do" value="stay" autofocus { (eye(&words.plain("web-idle-stay"), lang)) }
            }
        }
    }
}

/// On the way to another site.
pub fn leave(title: &Text, url: &str, words: &Words) -> Markup {
    let lang = words.lang();
    html! {
        h1 #title tabindex="-1" { (eye(title, lang)) }
        p.block.block-paragraph { (full(&words.plain("web-leave-text"), lang)) }
        div.actions { a.primary.button href=(url) rel="noreferrer" { (eye(&words.plain("web-leave-go"), lang)) } }
    }
}

pub fn document(title: &Text, media_type: &str, words: &Words) -> Markup {
    let lang = words.lang();
    html! {
        h1 #title tabindex="-1" { (eye(title, lang)) }
        div.actions {
            a.primary.button href="/document/file?save=1" { (eye(&words.plain("web-document-save"), lang)) }
            a.secondary.button href="/" { (eye(&words.plain("common-back"), lang)) }
        }
        @if media_type.starts_with("image/") {
            img.document src="/document/file" alt=(words.plain("web-document").shown());
        } @else {
            object.document data="/document/file" type=(media_type) aria-label=(words.plain("web-document").shown()) {
                p { a href="/document/file" { (eye(&words.plain("web-document"), lang)) } }
            }
        }
    }
}

/// A page of words: a title, paragraphs, what was typed, and one way on.
pub fn message(
    title: &Text,
    paragraphs: &[Text],
    typed: &[(String, String)],
    on: (&str, &Text),
    words: &Words,
) -> Markup {
    let lang = words.lang();
    html! {
        h1 #title tabindex="-1" { (eye(title, lang)) }
        @for text in paragraphs { p.block.block-paragraph { (full(text, lang)) } }
        @if !typed.is_empty() {
            h2 { (eye(&words.plain("web-typed"), lang)) }
            ul.typed {
                @for (_, value) in typed { li { bdi { (super::text::inert(value)) } } }
            }
        }
        div.actions { a.primary.button href=(on.0) { (eye(on.1, lang)) } }
    }
}
