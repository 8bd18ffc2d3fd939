//! The routes, and what they have in common: who is asking, and a whole page as an answer.

pub mod back;
pub mod document;
pub mod live;
pub mod screen;
pub mod session;

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use gandan_core::{
    Core,
    screen::{BlockKind, Screen},
};
use gandan_domain::{
    text::{Lang, Text, messages::LANGUAGES},
    time::Instant,
};
use maud::Markup;

use crate::{
    config::Machine,
    html::{self, Frame},
    shell::Shell,
    visitor::{self, About, Found, Secret, VisitError},
    words::Words,
};

/// Who is asking, by the cookies.
pub struct Visit {
    pub secret: Secret,
    pub found: Found,
    /// The browser brought the secret along.
    pub known: bool,
}

impl Visit {
    /// `make`: somebody who has done nothing yet becomes a visitor.
    pub async fn of(shell: &Shell, headers: &HeaderMap, make: bool) -> Result<Self, VisitError> {
        let visit = Self::by_itself(shell, headers, make).await?;
        if let Found::Here(visitor) = &visit.found {
            visitor.seen(shell.house().now())?;
        }
        Ok(visit)
    }

    /// A page that loads without anybody asking for it is no sign of a person.
    pub async fn by_itself(
        shell: &Shell,
        headers: &HeaderMap,
        make: bool,
    ) -> Result<Self, VisitError> {
        let cookie = cookie(headers, cookie_name(shell)).and_then(Secret::read);
        let known = cookie.is_some();
        let secret = cookie.unwrap_or_else(|| Secret::generate(&*shell.world().random));
        let found = match known {
            true => visitor::find(shell.house(), secret.clone(), make).await?,
            false => Found::Nobody,
        };
        Ok(Self {
            secret,
            found,
            known,
        })
    }
}

/// `__Host-`: no other host can set it, and it travels over TLS only.
fn cookie_name(shell: &Shell) -> &'static str {
    match shell.config().secure() {
        true => "__Host-gandan",
        false => "gandan",
    }
}

fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

/// The script says so in a cookie of its own.
pub fn has_script(headers: &HeaderMap) -> bool {
    cookie(headers, "js") == Some("1")
}

/// The cookie that makes this browser this visitor: for good on a machine of one's own, until the
/// browser closes on others.
pub fn set_cookie(shell: &Shell, secret: &Secret, about: About) -> HeaderValue {
    let config = shell.config();
    let name = cookie_name(shell);
    let secure = if config.secure() { "; Secure" } else { "" };
    let age = match config.machine {
        Machine::Own if !about.shared => format!("; Max-Age={}", config.idle_ms / 1000),
        Machine::Own | Machine::Kiosk => String::new(),
    };
    let cookie = format!(
        "{name}={}; Path=/; HttpOnly; SameSite=Lax{secure}{age}",
        secret.expose()
    );
    header_value(&cookie)
}

pub fn forget_cookie(shell: &Shell) -> HeaderValue {
    let name = cookie_name(shell);
    let secure = if shell.config().secure() {
        "; Secure"
    } else {
        ""
    };
    header_value(&format!(
        "{name}=; Path=/; HttpOnly; SameSite=Lax{secure}; Max-Age=0"
    ))
}

/// `/no-script`: asked for by browsers that run no scripts (any more).
pub async fn no_script() -> Response {
    let cookie = [(header::SET_COOKIE, "js=; Path=/; SameSite=Lax; Max-Age=0")];
    (StatusCode::NO_CONTENT, cookie).into_response()
}

fn header_value(text: &str) -> HeaderValue {
    let mut value = HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""));
    value.set_sensitive(true);
    value
}

/// See other (RFC 9110, 15.4.4): after every post, so that a reload posts nothing.
pub fn to(location: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
}

/// Where the core is now.
pub fn location(core: &Core) -> String {
    let id = core.screen().id;
    match core.address() {
        Ok(at) => format!("/s/{id}?at={at}"),
        // Nothing can be read: the first page will say so.
        Err(_) => "/".into(),
    }
}

/// The screen only waits: for the browser's return, for the network.
pub fn waits(screen: &Screen) -> bool {
    screen
        .blocks
        .iter()
        .any(|block| matches!(block.kind, BlockKind::Busy { .. }))
}

/// The language of a page that no core speaks on: what the browser asks for first.
pub fn wanted_lang(shell: &Shell, headers: &HeaderMap) -> Lang {
    let accepted = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    accepted
        .split(',')
        .filter_map(|range| range.split([';', '-']).next())
        .map(str::trim)
        .find(|tag| LANGUAGES.iter().any(|(known, _)| known == tag))
        .map(Lang::from)
        .or_else(|| shell.config().lang.clone())
        .unwrap_or_else(Lang::vi)
}

/// What a page of words says, and how it ends.
pub struct Message<'a> {
    pub status: StatusCode,
    pub title: &'a str,
    pub text: &'a [&'a str],
    /// Where the one button leads, and what it says.
    pub on: (&'a str, &'a str),
    pub typed: &'a [(String, String)],
}

/// A page that no screen of the core's stands for.
pub fn message(shell: &Shell, lang: &Lang, message: &Message<'_>) -> Response {
    let words = Words::new(lang);
    let title = words.plain(message.title);
    let text: Vec<Text> = message.text.iter().map(|id| words.plain(id)).collect();
    let on = words.plain(message.on.1);
    let main = html::message(&title, &text, message.typed, (message.on.0, &on), &words);
    let page = html::frame(
        &Frame {
            words: &words,
            title: &title,
            error: !message.status.is_success(),
            screen: "message",
            kiosk: shell.config().machine == Machine::Kiosk,
            token: "",
            at: None,
            idle: None,
            visitor: false,
            script: false,
        },
        &main,
    );
    (message.status, whole(page)).into_response()
}

pub fn whole(page: Markup) -> Html<String> {
    Html(page.into_string())
}

/// The visitor's folder does not open, or does not write.
pub fn trouble(shell: &Shell, headers: &HeaderMap, error: &VisitError) -> Response {
    tracing::error!(%error, "a visitor's store");
    message(
        shell,
        &wanted_lang(shell, headers),
        &Message {
            status: StatusCode::SERVICE_UNAVAILABLE,
            title: "web-trouble",
            text: &["web-trouble-text"],
            on: ("/", "common-retry"),
            typed: &[],
        },
    )
}

/// Not from one of our pages.
pub fn refused(shell: &Shell, headers: &HeaderMap) -> Response {
    message(
        shell,
        &wanted_lang(shell, headers),
        &Message {
            status: StatusCode::FORBIDDEN,
            title: "web-refused",
            text: &["web-refused-text"],
            on: ("/", "web-go-on"),
            typed: &[],
        },
    )
}

/// Timed out or signed out: a new secret, and what was typed too late.
pub fn ended(shell: &Shell, headers: &HeaderMap, typed: &[(String, String)]) -> Response {
    let mut response = message(
        shell,
        &wanted_lang(shell, headers),
        &Message {
            status: StatusCode::OK,
            title: "web-ended",
            text: &["web-ended-text"],
            on: ("/", "web-start-again"),
            typed,
        },
    );
    response
        .headers_mut()
        .append(header::SET_COOKIE, forget_cookie(shell));
    response
}

/// A time-out that is short enough to be warned of (WCAG 2.2.1).
#[derive(Clone, Copy)]
pub struct Idle {
    /// How long the person may be silent.
    pub limit_ms: i64,
    /// When everything is erased if they stay silent.
    pub until: Instant,
    now: Instant,
}

impl Idle {
    pub fn of(shell: &Shell, about: About) -> Option<Self> {
        let short = about.shared || shell.config().machine == Machine::Kiosk;
        let limit_ms = shell.house().idle_ms(about);
        short.then(|| Self {
            limit_ms,
            until: Instant(about.seen).plus_ms(limit_ms),
            now: shell.house().now(),
        })
    }

    /// Whole seconds until everything has been erased.
    pub fn left(self) -> i64 {
        (self.until.ms() - self.now.ms()).max(0) / 1000 + 1
    }

    /// Whole seconds until the person is warned, with time enough left to say that they are there.
    fn until_warned(self) -> i64 {
        let warning = (self.limit_ms / 3).max((self.limit_ms / 2).min(2 * 60_000));
        (self.until.ms() - self.now.ms() - warning).max(0) / 1000
    }
}

/// Where a page without a script leads by itself: what only waits looks again, marked as nobody's
/// sign, and before a time-out comes the page that warns of it.
pub fn onward(idle: Option<Idle>, again: Option<(i64, &str)>) -> Option<HeaderValue> {
    let warned = idle.map(|idle| (idle.until_warned(), "/idle".to_owned()));
    let again = again.map(|(seconds, here)| (seconds, format!("{here}&by=itself")));
    let (seconds, url) = again.into_iter().chain(warned).min()?;
    HeaderValue::from_str(&format!("{seconds}; url={url}")).ok()
}
