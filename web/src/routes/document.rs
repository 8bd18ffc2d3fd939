//! A document on display: from memory, for this visitor, kept by nobody on the way.

use axum::{
    extract::{RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{Visit, screen::Drawing, session::still, to, trouble, whole};
use crate::{html, shell::Shell, visitor::Found, words::Words};

/// `/document`: the document within a page, and how to save it.
pub async fn page(State(shell): State<Shell>, headers: HeaderMap) -> Response {
    let visit = match Visit::of(&shell, &headers, false).await {
        Ok(visit) => visit,
        Err(error) => return trouble(&shell, &headers, &error),
    };
    let Found::Here(visitor) = &visit.found else {
        return to("/");
    };
    let drawing = Drawing::new(&shell, &visit, visitor.about(), &headers);
    let warned = drawing.warned();
    let drawn = visitor
        .work(move |core, desk| {
            let document = desk.document()?;
            let words = Words::new(&core.screen().lang);
            let title = words.plain("web-document");
            let main = html::document(&title, &document.media_type, &words);
            let at = core.address().unwrap_or_default();
            Some(drawing.frame(&words, &title, false, "document", Some(&at), &main))
        })
        .await;
    match drawn {
        Ok(Some(page)) => still(whole(page).into_response(), warned),
        Ok(None) => to("/"),
        Err(error) => trouble(&shell, &headers, &error),
    }
}

/// `/document/file`: its bytes.
pub async fn file(
    State(shell): State<Shell>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let visit = match Visit::of(&shell, &headers, false).await {
        Ok(visit) => visit,
        Err(error) => return trouble(&shell, &headers, &error),
    };
    let Found::Here(visitor) = &visit.found else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match visitor.work(|_, desk| desk.document()).await {
        Ok(Some(document)) => {
            let save = query.as_deref() == Some("save=1");
            let (kind, end) = known_type(&document.media_type);
            let how = if save { "attachment" } else { "inline" };
            let disposition = format!("{how}; filename=\"gan-dan.{end}\"");
            let disposition = HeaderValue::from_str(&disposition)
                .unwrap_or_else(|_| HeaderValue::from_static("attachment"));
            (
                [
                    (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
                    (header::CONTENT_DISPOSITION, disposition),
                ],
                document.bytes.into_inner(),
            )
                .into_response()
        }
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => trouble(&shell, &headers, &error),
    }
}

/// Only what browsers show as a document, and never as a page of ours.
fn known_type(media_type: &str) -> (&'static str, &'static str) {
    match media_type {
        "application/pdf" => ("application/pdf", "pdf"),
        "image/jpeg" => ("image/jpeg", "jpg"),
        "image/png" => ("image/png", "png"),
        _ => ("application/octet-stream", "bin"),
    }
}
