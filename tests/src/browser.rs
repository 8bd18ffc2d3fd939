//! A browser without scripts, for the web shell: cookies, redirects, and forms read by name, so
//! that a page on which a person could not go on fails here too.

use std::{collections::BTreeMap, io, sync::Arc};

use gandan_core::screen::Input;
use gandan_foundation::{
    adapters::{HttpOptions, ReqwestHttp},
    ports::{Http, HttpError},
};
use gandan_sandbox::browser::{self, Login};
use http::{Method, Response, header};

use bytes::Bytes;

use crate::walk::BrowserLine;

/// One window.
pub struct Browser {
    http: Arc<dyn Http>,
    base: String,
    cookies: BTreeMap<String, String>,
    /// Where it is: path and query.
    pub path: String,
    pub status: u16,
    pub html: String,
    pub headers: http::HeaderMap,
}

/// A form field as the page has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub name: String,
    pub kind: String,
    pub value: String,
    pub checked: bool,
    /// What the page says may be typed.
    pub input: Input,
}

impl Browser {
    pub fn new(base: &str) -> io::Result<Self> {
        let http = ReqwestHttp::new(&HttpOptions::default()).map_err(io::Error::other)?;
        Ok(Self {
            http: Arc::new(http),
            base: base.to_owned(),
            cookies: BTreeMap::new(),
            path: "/".into(),
            status: 0,
            html: String::new(),
            headers: http::HeaderMap::new(),
        })
    }

    /// Another tab: the same cookies, its own page.
    pub fn tab(&self) -> Self {
        Self {
            http: Arc::clone(&self.http),
            base: self.base.clone(),
            cookies: self.cookies.clone(),
            path: self.path.clone(),
            status: self.status,
            html: self.html.clone(),
            headers: self.headers.clone(),
        }
    }

    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    pub fn set_cookie(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.into(), value.into());
    }

    pub async fn get(&mut self, path: &str) -> io::Result<()> {
        let path = path.strip_prefix(&self.base).unwrap_or(path).to_owned();
        self.go(Method::GET, &path, None).await
    }

    /// The same page once more.
    pub async fn reload(&mut self) -> io::Result<()> {
        let path = self.path.clone();
        self.get(&path).await
    }

    async fn go(
        &mut self,
        method: Method,
        path: &str,
        form: Option<(String, Vec<u8>)>,
    ) -> io::Result<()> {
        let (mut method, mut path, mut form) = (method, path.to_owned(), form);
        for _ in 0..8 {
            let answer = self
                .ask(&method, &path, form.take())
                .await
                .map_err(io::Error::other)?;
            self.keep_cookies(&answer);
            if answer.status().is_redirection()
                && let Some(location) = answer.headers().get(header::LOCATION)
            {
                let location = location.to_str().map_err(io::Error::other)?;
                path = location
                    .strip_prefix(&self.base)
                    .unwrap_or(location)
                    .to_owned();
                method = Method::GET;
                continue;
            }
            self.status = answer.status().as_u16();
            self.headers = answer.headers().clone();
            self.html = String::from_utf8_lossy(answer.body()).into_owned();
            if method == Method::GET {
                self.path = path;
            }
            return Ok(());
        }
        Err(io::Error::other("follow the redirects: too many"))
    }

    async fn ask(
        &self,
        method: &Method,
        path: &str,
        form: Option<(String, Vec<u8>)>,
    ) -> Result<Response<Bytes>, HttpError> {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut request = http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header(header::COOKIE, cookies.join("; "));
        let mut body = Bytes::new();
        if let Some((kind, bytes)) = form {
            request = request
                .header(header::CONTENT_TYPE, kind)
                .header(header::ORIGIN, &self.base);
            body = bytes.into();
        }
        let request = request.body(body).map_err(|_| HttpError::Broken)?;
        self.http.send(request).await
    }

    fn keep_cookies(&mut self, answer: &Response<Bytes>) {
        for cookie in answer.headers().get_all(header::SET_COOKIE) {
            let Ok(cookie) = cookie.to_str() else {
                continue;
            };
            let Some((name, rest)) = cookie.split_once('=') else {
                continue;
            };
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                let value = rest.split(';').next().unwrap_or_default();
                self.cookies.insert(name.into(), value.into());
            }
        }
    }

    /// Which screen the page says it is.
    pub fn screen(&self) -> &str {
        between(&self.html, "data-screen=\"", "\"").unwrap_or_default()
    }

    /// The question that the page asks, where it asks one.
    pub fn question(&self) -> Option<String> {
        self.fields()
            .into_iter()
            .find(|field| field.name == "q")
            .map(|field| field.value)
    }

    /// The code that the page shows, as the eye reads it.
    pub fn code(&self) -> Option<String> {
        let shown = between(&self.html, "code-text", "</output>")?;
        let (_, shown) = shown.split_once('>')?;
        // What only the ear gets stands hidden beside it.
        let text = between(shown, "aria-hidden=\"true\">", "<").unwrap_or(shown);
        Some(plain(text).trim().to_owned())
    }

    /// What the page says, without its marks.
    pub fn words(&self) -> String {
        plain(between(&self.html, "<main", "</main>").unwrap_or_default())
    }

    /// Everything in the screen's form that has a name, in order.
    pub fn fields(&self) -> Vec<Field> {
        let form = between(&self.html, "id=\"screen-form\"", "</form>").unwrap_or_default();
        form.split("<input")
            .skip(1)
            .filter_map(|rest| {
                let tag = rest.split('>').next()?;
                let kind = attribute(tag, "type").unwrap_or_default();
                Some(Field {
                    name: attribute(tag, "name")?,
                    input: match attribute(tag, "inputmode").as_deref() {
                        Some("numeric") => Input::Digits,
                        Some("tel") => Input::Phone,
                        Some("search") => Input::Search,
                        _ if tag.contains(" autocapitalize=\"words\"") => Input::PersonName,
                        _ => Input::Text,
                    },
                    kind,
                    value: attribute(tag, "value").unwrap_or_default(),
                    checked: tag.contains(" checked"),
                })
            })
            .collect()
    }

    /// What the buttons of the page do.
    pub fn deeds(&self) -> Vec<String> {
        self.html
            .split("<button")
            .skip(1)
            .filter_map(|rest| {
                let tag = rest.split('>').next()?;
                (!tag.contains(" disabled")).then(|| attribute(tag, "value"))?
            })
            .collect()
    }

    /// What is posted when this button is pressed with these fields filled in.
    pub fn filled(&self, deed: &str, with: &[(&str, &str)]) -> Vec<(String, String)> {
        let mut out = Vec::new();
        for field in self.fields() {
            let given: Vec<&str> = with
                .iter()
                .filter(|(name, _)| *name == field.name)
                .map(|(_, value)| *value)
                .collect();
            match field.kind.as_str() {
                "file" => {}
                "radio" | "checkbox" => {
                    let is_on = match given.is_empty() {
                        true => field.checked,
                        false => given.contains(&field.value.as_str()),
                    };
                    if is_on {
                        out.push((field.name, field.value));
                    }
                }
                _ => {
                    let value = given
                        .first()
                        .map_or(field.value, |value| (*value).to_owned());
                    out.push((field.name, value));
                }
            }
        }
        out.push(("do".into(), deed.into()));
        out
    }

    /// Fills in what is given and presses a button that the page has.
    pub async fn press(&mut self, deed: &str, with: &[(&str, &str)]) -> io::Result<()> {
        if !self.deeds().iter().any(|offered| offered == deed) {
            let why = format!(
                "press `{deed}` on {}: it offers {:?}",
                self.screen(),
                self.deeds()
            );
            return Err(io::Error::other(why));
        }
        let form = self.filled(deed, with);
        self.post("/do", &form).await
    }

    pub async fn post(&mut self, path: &str, form: &[(String, String)]) -> io::Result<()> {
        let body: Vec<String> = form
            .iter()
            .map(|(name, value)| format!("{}={}", percent(name), percent(value)))
            .collect();
        let kind = "application/x-www-form-urlencoded".to_owned();
        self.go(
            Method::POST,
            path,
            Some((kind, body.join("&").into_bytes())),
        )
        .await
    }

    /// Presses a button with a file chosen.
    pub async fn upload(&mut self, deed: &str, name: &str, file: &[u8]) -> io::Result<()> {
        const BOUNDARY: &str = "gandan-test-boundary";
        let mut body = Vec::new();
        for (name, value) in self.filled(deed, &[]) {
            let head =
                format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(value.as_bytes());
            body.extend_from_slice(b"\r\n");
        }
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"a.jpg\"\r\n\
             Content-Type: image/jpeg\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(file);
        body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        self.go(Method::POST, "/do", Some((kind, body))).await
    }

    /// From the page that leads to VNeID, through its login, and back.
    pub async fn log_in(&mut self, id_number: &str, password: &str) -> io::Result<()> {
        let Some((_, url)) = self.refresh() else {
            return Err(io::Error::other(format!(
                "leave for VNeID from {}: the page leads nowhere",
                self.screen()
            )));
        };
        let login = Login::Allow {
            id_number,
            password,
        };
        let line = BrowserLine::direct()?;
        let callback = format!("{}/callback", self.base);
        let back = browser::sign_in(&line, &url, &callback, login)
            .await
            .map_err(io::Error::other)?;
        self.get(&back).await
    }

    /// Where the page sends the browser by itself: seconds and URL.
    pub fn refresh(&self) -> Option<(u32, String)> {
        let value = self.headers.get(header::REFRESH)?.to_str().ok()?;
        let (seconds, url) = value.split_once("; url=").unwrap_or((value, ""));
        Some((seconds.parse().ok()?, url.to_owned()))
    }
}

/// Text without tags.
fn plain(html: &str) -> String {
    let pieces = html.split('<').enumerate().map(|(at, piece)| match at {
        0 => piece,
        _ => piece.split_once('>').map_or("", |(_, text)| text),
    });
    let text: Vec<&str> = pieces
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .collect();
    text.join(" ")
}

fn between<'h>(html: &'h str, from: &str, to: &str) -> Option<&'h str> {
    let (_, rest) = html.split_once(from)?;
    Some(rest.split_once(to)?.0)
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let raw = between(tag, &format!(" {name}=\""), "\"")?;
    Some(
        raw.replace("&quot;", "\"")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&"),
    )
}

fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect()
}
