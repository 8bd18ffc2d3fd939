//! The citizen at the system browser: follows redirects, fills the login form, presses a button.
//!
//! For tests and the walk, which have no browser. It reads the page the way a browser does, by
//! form and field names, so a page that a person could not use fails here too.

use bytes::Bytes;
use http::{StatusCode, header};

use crate::ports::Http;

/// What the citizen does at the login page.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Login<'a> {
    Allow {
        id_number: &'a str,
        password: &'a str,
    },
    Deny,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BrowserError {
    #[error("load the page: no answer")]
    NoAnswer,
    #[error("load the page: status {0}")]
    Status(StatusCode),
    #[error("log in: the page has no login form")]
    NoForm,
    #[error("log in: the page refused")]
    LoginRefused,
    #[error("follow the redirects: too many")]
    TooManyRedirects,
    #[error("read an address")]
    BadAddress,
}

/// Opens `url` and returns the app's redirect (`redirect_uri` with its query) at the end of it.
pub async fn sign_in(
    browser: &dyn Http,
    url: &str,
    redirect_uri: &str,
    login: Login<'_>,
) -> Result<String, BrowserError> {
    let mut request = get(url)?;
    let mut logged_in = false;
    for _ in 0..12 {
        let answer = browser
            .send(request)
            .await
            .map_err(|_| BrowserError::NoAnswer)?;
        let location = answer.headers().get(header::LOCATION);
        request = match (answer.status(), location) {
            (status, Some(location)) if status.is_redirection() => {
                let location = location.to_str().map_err(|_| BrowserError::BadAddress)?;
                if location.starts_with(redirect_uri) {
                    return Ok(location.to_owned());
                }
                get(location)?
            }
            (StatusCode::OK, _) if !logged_in => {
                logged_in = true;
                fill(&String::from_utf8_lossy(answer.body()), login)?
            }
            (StatusCode::OK | StatusCode::UNPROCESSABLE_ENTITY, _) if logged_in => {
                return Err(BrowserError::LoginRefused);
            }
            (status, _) => return Err(BrowserError::Status(status)),
        };
    }
    Err(BrowserError::TooManyRedirects)
}

fn get(url: &str) -> Result<http::Request<Bytes>, BrowserError> {
    http::Request::get(url)
        .body(Bytes::new())
        .map_err(|_| BrowserError::BadAddress)
}

fn fill(page: &str, login: Login<'_>) -> Result<http::Request<Bytes>, BrowserError> {
    let form = page
        .split_once("<form")
        .and_then(|(_, rest)| rest.split_once("</form>"))
        .map(|(form, _)| form)
        .ok_or(BrowserError::NoForm)?;
    let action = attribute(form, "action").ok_or(BrowserError::NoForm)?;
    let hidden = form
        .split_once("name=\"request\"")
        .and_then(|(_, rest)| attribute(rest, "value"))
        .ok_or(BrowserError::NoForm)?;
    let mut body = form_urlencoded::Serializer::new(String::new());
    body.append_pair("request", &hidden);
    match login {
        Login::Allow {
            id_number,
            password,
        } => body
            .append_pair("id_number", id_number)
            .append_pair("password", password)
            .append_pair("allow", "1"),
        Login::Deny => body.append_pair("deny", "1"),
    };
    http::Request::post(action)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Bytes::from(body.finish()))
        .map_err(|_| BrowserError::BadAddress)
}

/// The next attribute of this name, unescaped.
fn attribute(html: &str, name: &str) -> Option<String> {
    let (_, rest) = html.split_once(&format!("{name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    Some(
        value
            .replace("&quot;", "\"")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&"),
    )
}

/// What the citizen does on the gateway's page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paying {
    Pay,
    Cancel,
    /// Pays, and loses the way back: the phone dies on the gateway's page.
    PayAndVanish,
}

/// Opens the gateway's page and does that. Returns the app's redirect, if the browser came so far.
pub async fn pay(
    browser: &dyn Http,
    url: &str,
    redirect_uri: &str,
    paying: Paying,
) -> Result<Option<String>, BrowserError> {
    let page = browser
        .send(get(url)?)
        .await
        .map_err(|_| BrowserError::NoAnswer)?;
    if page.status() != StatusCode::OK {
        return Err(BrowserError::Status(page.status()));
    }
    let html = String::from_utf8_lossy(page.body()).into_owned();
    let wanted = match paying {
        Paying::Pay | Paying::PayAndVanish => "/pay",
        Paying::Cancel => "/cancel",
    };
    let action = html
        .split("<form")
        .skip(1)
        .filter_map(|form| attribute(form, "action"))
        .find(|action| action.ends_with(wanted))
        .ok_or(BrowserError::NoForm)?;
    let mut request = http::Request::post(action)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Bytes::new())
        .map_err(|_| BrowserError::BadAddress)?;
    for _ in 0..6 {
        let answer = browser
            .send(request)
            .await
            .map_err(|_| BrowserError::NoAnswer)?;
        if paying == Paying::PayAndVanish {
            return Ok(None);
        }
        let location = answer.headers().get(header::LOCATION);
        let Some(location) = location.filter(|_| answer.status().is_redirection()) else {
            return Err(BrowserError::Status(answer.status()));
        };
        let location = location.to_str().map_err(|_| BrowserError::BadAddress)?;
        if location.starts_with(redirect_uri) {
            return Ok(Some(location.to_owned()));
        }
        request = get(location)?;
    }
    Err(BrowserError::TooManyRedirects)
}
