//! To another site and back: VNeID, a payment gateway.

use std::time::Duration;

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, Uri, header},
    response::{IntoResponse, Response},
};
use gandan_core::screen::Event;

use super::{Visit, ended, location, screen::Drawing, to, trouble, waits, whole};
use crate::{html, shell::Shell, visitor::Found, words::Words};

/// How long a returning browser may wait until what it brought has been redeemed.
const SETTLE: Duration = Duration::from_secs(5);

/// `/callback` and `/return/…`: the core reads the URL, the shell does not.
pub async fn returned(State(shell): State<Shell>, uri: Uri, headers: HeaderMap) -> Response {
    let visit = match Visit::of(&shell, &headers, false).await {
        Ok(visit) => visit,
        Err(error) => return trouble(&shell, &headers, &error),
    };
    let Found::Here(visitor) = visit.found else {
        return ended(&shell, &headers, &[]);
    };
    let path = uri.path_and_query().map_or("", |path| path.as_str());
    let url = format!("{}{path}", shell.config().public_url);
    let told = visitor
        .work(move |core, desk| {
            desk.take(core.send(Event::BrowserReturned { url }));
        })
        .await;
    if let Err(error) = told {
        return trouble(&shell, &headers, &error);
    }
    visitor.settle(SETTLE, |core| waits(&core.screen())).await;
    match visitor.work(|core, _| location(core)).await {
        Ok(here) => to(&here),
        Err(error) => trouble(&shell, &headers, &error),
    }
}

/// `/leave`: on to the other site. A page of its own, not a redirect: the answer to a post may not
/// lead to another site (`form-action 'self'`), and without scripts only `Refresh` does the rest.
/// A refresh replaces the page, so "back" from there does not come here.
pub async fn leave(State(shell): State<Shell>, headers: HeaderMap) -> Response {
    let visit = match Visit::of(&shell, &headers, false).await {
        Ok(visit) => visit,
        Err(error) => return trouble(&shell, &headers, &error),
    };
    let Found::Here(visitor) = &visit.found else {
        return to("/");
    };
    let drawing = Drawing::new(&shell, &visit, visitor.about(), &headers);
    let drawn = visitor
        .work(move |core, desk| {
            let url = desk.leave()?;
            let words = Words::new(&core.screen().lang);
            let title = words.plain("web-leave");
            let main = html::leave(&title, &url, &words);
            let at = core.address().unwrap_or_default();
            let page = drawing.frame(&words, &title, false, "leave", Some(&at), &main);
            Some((page, HeaderValue::from_str(&format!("0; url={url}")).ok()?))
        })
        .await;
    match drawn {
        Ok(Some((page, refresh))) => ([(header::REFRESH, refresh)], whole(page)).into_response(),
        // Asked for once: whoever comes again finds the way from the screen.
        Ok(None) => to("/"),
        Err(error) => trouble(&shell, &headers, &error),
    }
}
