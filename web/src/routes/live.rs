//! For the script: saving what is typed while it is typed, and what happens by itself.
//!
//! The script has no rules either: it sends what a form would post, and puts the HTML that comes
//! back where blocks of the same key stand.

use std::{convert::Infallible, sync::Arc};

use axum::{
    Json,
    body::Body,
    extract::{Query, State},
    http::{HeaderMap, Request, StatusCode},
    response::{
        IntoResponse, Response,
        sse::{self, KeepAlive, Sse},
    },
};
use futures_util::stream;
use gandan_core::{
    Arrival, Core,
    screen::{Screen, ScreenChange, diff},
};
use serde::Serialize;
use tokio::sync::broadcast::error::RecvError;

use super::{
    Visit, location,
    screen::{Asked, Drawing},
};
use crate::{
    deed,
    guard::is_ours,
    html::eye,
    post::Post,
    shell::Shell,
    visitor::{Desk, Found, News, Visitor},
    words::Words,
};

/// What the script is to do with the page.
#[derive(Default, Serialize)]
pub struct Change {
    /// The page's address from now on.
    at: String,
    /// Go there instead: the page is not where the core is.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    /// All of `#screen`, where too much changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    main: Option<String>,
    /// `div.actions`, and the blocks that changed, in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    actions: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    blocks: Vec<Changed>,
    /// Move the focus there: a block's key, or `title`.
    #[serde(skip_serializing_if = "Option::is_none")]
    focus: Option<String>,
    /// Say this, politely, once.
    #[serde(skip_serializing_if = "Option::is_none")]
    announce: Option<String>,
    /// Say this when the person leaves the field.
    #[serde(skip_serializing_if = "Option::is_none")]
    saved: Option<String>,
}

#[derive(Serialize)]
struct Changed {
    key: String,
    html: String,
}

/// `/edit`: a form's fields, some of them. Answers with what changed because of them.
pub async fn edit(State(shell): State<Shell>, request: Request<Body>) -> Response {
    let headers = request.headers().clone();
    if !is_ours(shell.config(), &headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let Ok(post) = Post::read(request).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    match visitor_of(&shell, &headers, &post).await {
        Ok((visitor, drawing)) => {
            let change = visitor
                .work(move |core, desk| save(core, desk, &post, &drawing))
                .await;
            match change {
                Ok(Some(change)) => Json(change).into_response(),
                Ok(None) => StatusCode::CONFLICT.into_response(),
                Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
            }
        }
        Err(status) => status.into_response(),
    }
}

/// `/stay`: the person is there.
pub async fn stay(State(shell): State<Shell>, request: Request<Body>) -> Response {
    let headers = request.headers().clone();
    let Ok(post) = Post::read(request).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    match visitor_of(&shell, &headers, &post).await {
        Ok(_) => StatusCode::NO_CONTENT.into_response(),
        Err(status) => status.into_response(),
    }
}

/// `410 Gone` where the visitor has ended: the script then loads the page, which says so.
async fn visitor_of(
    shell: &Shell,
    headers: &HeaderMap,
    post: &Post,
) -> Result<(Arc<Visitor>, Drawing), StatusCode> {
    let visit = Visit::of(shell, headers, false)
        .await
        .map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    if !visit.secret.is_token(post.get("t").unwrap_or_default()) {
        return Err(StatusCode::FORBIDDEN);
    }
    match &visit.found {
        Found::Here(visitor) => {
            let drawing = Drawing::new(shell, &visit, visitor.about(), headers);
            Ok((Arc::clone(visitor), drawing))
        }
        Found::Nobody | Found::Ended => Err(StatusCode::GONE),
    }
}

/// `None` if the page's place takes nothing any more.
fn save(core: &Core, desk: &mut Desk, post: &Post, drawing: &Drawing) -> Option<Change> {
    let at = post.get("at").unwrap_or_default();
    if core.go_to(at, None) != Ok(Arrival::There) {
        return None;
    }
    let before = core.screen();
    deed::save(core, &before, post, |update| {
        desk.take(update);
    });
    let said = desk.flash();
    let mut change = changed(core, &before, drawing, said.focus.clone());
    let lang = &core.screen().lang;
    change.focus = said.focus;
    change.announce = said.announce.map(|text| eye(&text, lang).into_string());
    change.saved = Some(eye(&Words::new(lang).plain("web-saved"), lang).into_string());
    Some(change)
}

fn changed(core: &Core, before: &Screen, drawing: &Drawing, focus: Option<String>) -> Change {
    let after = core.screen();
    let at = core.address().unwrap_or_default();
    let main = |focus| Some(drawing.main(&after, &at, focus).into_string());
    let mut change = Change::default();
    match diff(before, &after) {
        ScreenChange::Nothing => {}
        _ if before.id != after.id => change.to = Some(location(core)),
        ScreenChange::Full { .. } => change.main = main(focus),
        ScreenChange::Blocks { blocks, .. } => {
            let (parts, actions) = drawing.parts(&after, &blocks, &at);
            change.actions = Some(actions);
            change.blocks = parts
                .into_iter()
                .map(|(key, html)| Changed { key, html })
                .collect();
        }
    }
    change.at = at;
    change
}

/// `/live?at=<address>`: what happens by itself while this page is shown, as server-sent events.
pub async fn stream(
    State(shell): State<Shell>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let visit = match Visit::by_itself(&shell, &headers, false).await {
        Ok(visit) => visit,
        Err(_) => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
    };
    let Found::Here(visitor) = &visit.found else {
        // No content tells an event source not to come again.
        return StatusCode::NO_CONTENT.into_response();
    };
    let drawing = Arc::new(Drawing::new(&shell, &visit, visitor.about(), &headers));
    let news = visitor.news();
    let visitor = Arc::clone(visitor);
    let events = stream::unfold(
        (news, visitor, drawing),
        move |(mut news, visitor, drawing)| {
            let at = asked.at.clone();
            async move {
                loop {
                    let heard = match news.recv().await {
                        Ok(heard) if heard.from == at => heard,
                        Ok(_) | Err(RecvError::Lagged(_)) => continue,
                        Err(RecvError::Closed) => return None,
                    };
                    let change = tell(&visitor, &drawing, heard, at.clone()).await?;
                    let event = sse::Event::default()
                        .event("change")
                        .json_data(&change)
                        .ok()?;
                    return Some((Ok::<_, Infallible>(event), (news, visitor, drawing)));
                }
            }
        },
    );
    Sse::new(events)
        .keep_alive(KeepAlive::default())
        .into_response()
}

async fn tell(
    visitor: &Arc<Visitor>,
    drawing: &Arc<Drawing>,
    news: News,
    at: String,
) -> Option<Change> {
    let drawing = Arc::clone(drawing);
    visitor
        .work(move |core, _| {
            let here = core.address().unwrap_or_default();
            if here != at {
                return Change {
                    to: Some(location(core)),
                    at: here,
                    ..Change::default()
                };
            }
            let screen = core.screen();
            let mut change = Change {
                at: here,
                focus: news.update.focus.clone(),
                announce: news
                    .update
                    .announce
                    .as_ref()
                    .map(|text| eye(text, &screen.lang).into_string()),
                ..Change::default()
            };
            match &news.update.change {
                ScreenChange::Nothing => {}
                ScreenChange::Full { .. } => {
                    change.main = Some(
                        drawing
                            .main(&screen, &at, change.focus.clone())
                            .into_string(),
                    );
                }
                ScreenChange::Blocks { blocks, .. } => {
                    // As they are by now.
                    let now: Vec<_> = screen
                        .blocks
                        .iter()
                        .filter(|block| blocks.iter().any(|changed| changed.key == block.key))
                        .cloned()
                        .collect();
                    let (parts, actions) = drawing.parts(&screen, &now, &at);
                    change.actions = Some(actions);
                    change.blocks = parts
                        .into_iter()
                        .map(|(key, html)| Changed { key, html })
                        .collect();
                }
            }
            change
        })
        .await
        .ok()
}
