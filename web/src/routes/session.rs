//! The session: how long what is typed here is kept, and ending it.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, Request, StatusCode, header},
    response::{IntoResponse, Response},
};
use maud::html;

use super::{
    Message, Visit, ended, forget_cookie, message, refused, screen::Drawing, to, trouble,
    wanted_lang, whole,
};
use crate::{
    config::Machine,
    guard::is_ours,
    html::{self, eye, full},
    post::Post,
    shell::Shell,
    visitor::{End, Found},
    words::Words,
};

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// `/session`: what is kept here, for how long, and how to end it.
pub async fn page(State(shell): State<Shell>, headers: HeaderMap) -> Response {
    let visit = match Visit::of(&shell, &headers, false).await {
        Ok(visit) => visit,
        Err(error) => return trouble(&shell, &headers, &error),
    };
    let visitor = match &visit.found {
        Found::Here(visitor) => Arc::clone(visitor),
        Found::Ended => return ended(&shell, &headers, &[]),
        Found::Nobody => return to("/"),
    };
    let about = visitor.about();
    let drawing = Drawing::new(&shell, &visit, about, &headers);
    let warned = drawing.warned();
    let drawn = visitor
        .work(move |core, _| {
            let words = Words::new(&core.screen().lang);
            let lang = words.lang();
            let kiosk = drawing.shell.config().machine == Machine::Kiosk;
            let idle = drawing.shell.house().idle_ms(about);
            let unsent = core.unsent().unwrap_or(0);
            let button = |deed: &str, word: &str, class: &str| html! {
                button class=(class) type="submit" name="do" value=(deed) { (eye(&words.plain(word), lang)) }
            };
            let long = idle >= DAY_MS;
            let (kept, unit) = if long { ("web-session-own", DAY_MS) } else { ("web-session-shared", MINUTE_MS) };
            let count = usize::try_from(idle / unit).unwrap_or_default();
            let main = html! {
                h1 #title tabindex="-1" { (eye(&words.plain("web-session-title"), lang)) }
                p.block.block-paragraph { (full(&words.count(kept, count), lang)) }
                form #screen-form method="post" action="/session" {
                    input type="hidden" name="t" value=(drawing.secret.token());
                    @if unsent > 0 {
                        div.block.block-notice.tone-warning data-tone="warning" {
                            p { strong { (eye(&words.plain("web-waiting"), lang)) } }
                            p { (full(&words.count("web-waiting-text", unsent), lang)) }
                        }
                    } @else {
                        p.block.block-paragraph { (full(&words.plain("web-session-end-text"), lang)) }
                    }
                    div.actions {
                        @if unsent > 0 {
                            (button("send", "web-waiting-send", "primary"))
                            (button("erase", "web-waiting-erase", "secondary"))
                        } @else {
                            (button("end", "web-session-end", "primary"))
                        }
                        @if !kiosk && about.shared { (button("own", "web-session-is-own", "secondary")) }
                        @if !kiosk && !about.shared { (button("shared", "web-session-is-shared", "secondary")) }
                        a.secondary.button href="/" { (eye(&words.plain("common-back"), lang)) }
                    }
                }
            };
            let title = words.plain("web-session-title");
            let at = core.address().unwrap_or_default();
            drawing.frame(&words, &title, false, "session", Some(&at), &main)
        })
        .await;
    match drawn {
        Ok(page) => still(whole(page).into_response(), warned),
        Err(error) => trouble(&shell, &headers, &error),
    }
}

/// A page on which nothing happens by itself but, without a script, the warning of a time-out.
pub fn still(mut response: Response, warned: Option<HeaderValue>) -> Response {
    if let Some(warned) = warned {
        response.headers_mut().insert(header::REFRESH, warned);
    }
    response
}

/// `/idle`: what is about to be erased, and how to stay. The page is nobody's sign; its button is.
pub async fn idle(State(shell): State<Shell>, headers: HeaderMap) -> Response {
    let visit = match Visit::by_itself(&shell, &headers, false).await {
        Ok(visit) => visit,
        Err(error) => return trouble(&shell, &headers, &error),
    };
    let visitor = match &visit.found {
        Found::Here(visitor) => Arc::clone(visitor),
        Found::Ended => return ended(&shell, &headers, &[]),
        Found::Nobody => return to("/"),
    };
    let drawing = Drawing::new(&shell, &visit, visitor.about(), &headers);
    let Some(idle) = drawing.idle() else {
        return to("/");
    };
    let drawn = visitor
        .work(move |core, _| {
            let words = Words::new(&core.screen().lang);
            let title = words.plain("web-idle-title");
            let main = html::idle(&title, idle, &drawing.secret.token(), &words);
            let at = core.address().unwrap_or_default();
            drawing.frame(&words, &title, false, "idle", Some(&at), &main)
        })
        .await;
    let over = HeaderValue::from_str(&format!("{}; url=/", idle.left()));
    match (drawn, over) {
        (Ok(page), Ok(over)) => ([(header::REFRESH, over)], whole(page)).into_response(),
        (Ok(page), Err(_)) => whole(page).into_response(),
        (Err(error), _) => trouble(&shell, &headers, &error),
    }
}

pub async fn act(State(shell): State<Shell>, request: Request<Body>) -> Response {
    let headers = request.headers().clone();
    if !is_ours(shell.config(), &headers) {
        return refused(&shell, &headers);
    }
    let Ok(post) = Post::read(request).await else {
        return refused(&shell, &headers);
    };
    let visit = match Visit::of(&shell, &headers, false).await {
        Ok(visit) => visit,
        Err(error) => return trouble(&shell, &headers, &error),
    };
    if !visit.secret.is_token(post.get("t").unwrap_or_default()) {
        return refused(&shell, &headers);
    }
    let visitor = match visit.found {
        Found::Here(visitor) => visitor,
        Found::Ended | Found::Nobody => return ended(&shell, &headers, &[]),
    };
    let name = visit.secret.folder();
    let deed = post.get("do").unwrap_or_default().to_owned();
    let unsent = match visitor.work(|core, _| core.unsent().unwrap_or(1)).await {
        Ok(unsent) => unsent,
        Err(error) => return trouble(&shell, &headers, &error),
    };
    let how = match deed.as_str() {
        "shared" | "own" => {
            if let Err(error) = visitor.set_shared(deed == "shared") {
                return trouble(&shell, &headers, &error.into());
            }
            return to("/session");
        }
        // Asking at all is the sign.
        "stay" => return to("/"),
        "end" if unsent == 0 => End::WhenSent,
        "send" => End::WhenSent,
        "erase" => End::Now,
        // Something waits to be sent: that is asked about first.
        _ => return to("/session"),
    };
    let house = Arc::clone(shell.house());
    let over = visitor
        .work(move |_, _| {
            house.end(&name, how);
            house.tend();
        })
        .await;
    if let Err(error) = over {
        return trouble(&shell, &headers, &error);
    }
    erased(&shell, &headers)
}

/// The answer to the post itself: after it the browser has no secret to ask with.
fn erased(shell: &Shell, headers: &HeaderMap) -> Response {
    let mut response = message(
        shell,
        &wanted_lang(shell, headers),
        &Message {
            status: StatusCode::OK,
            title: "web-erased",
            text: &["web-erased-text"],
            on: ("/", "web-start-again"),
            typed: &[],
        },
    );
    let headers = response.headers_mut();
    headers.append(header::SET_COOKIE, forget_cookie(shell));
    headers.insert(
        "clear-site-data",
        HeaderValue::from_static("\"cache\", \"storage\""),
    );
    response
}
