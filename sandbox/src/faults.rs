//! Switches that make a part misbehave the way real systems do.
//!
//! A layer around each part looks at its switch before (and, for a lost answer, after) the part
//! itself works. Over HTTP it is `/faults`, in tests it is [`PartFaults`], and both speak the
//! same words. The officer's desk is left out: a person who can't work is another scenario.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json, Router,
    extract::{Path, Request, State},
    middleware::Next,
    response::{Html, IntoResponse, Response},
    routing::{get, put},
};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::{Failure, Sandbox, StoreError};

/// What can be told to misbehave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    Vneid,
    Population,
    OneStop,
    /// The payment gateway.
    Vnpay,
    /// The office's bank.
    Bank,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    Ok,
    /// Answers after `delay_ms`.
    Slow,
    /// 503.
    Down,
    /// 200 with a web page, as a captive portal or a maintenance notice does.
    Html,
    /// Does what was asked, then says nothing.
    LoseAnswers,
    /// Delivers reports twice: the office's, and those of whoever holds the money.
    RepeatCallbacks,
    /// Captures, and tells of it after `delay_ms` (two hours).
    LateCallbacks,
    /// Captures, and never tells.
    LoseCallbacks,
    /// Tells something with a false signature before it tells the truth.
    ForgeCallbacks,
    /// Tells of another amount (the bank: of another account) before it tells the truth.
    WrongAmount,
    /// What waits to be told is overtaken by what comes now.
    ReorderCallbacks,
}

impl Mode {
    /// Strikes what is told of money, and not a request.
    pub(crate) const fn is_of_payments(self) -> bool {
        matches!(
            self,
            Self::RepeatCallbacks
                | Self::LateCallbacks
                | Self::LoseCallbacks
                | Self::ForgeCallbacks
                | Self::WrongAmount
                | Self::ReorderCallbacks
        )
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    pub mode: Mode,
    /// How many more requests it strikes; without it, until told otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// For [`Mode::Slow`], in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<u32>,
}

const DEFAULT_DELAY_MS: u32 = 5_000;

/// Marks a response that must not reach the caller.
#[derive(Clone, Copy)]
struct Lost;

/// Whether the transport has to close the connection instead of sending this response.
pub fn is_lost<B>(response: &http::Response<B>) -> bool {
    response.extensions().get::<Lost>().is_some()
}

/// One part's switch, for tests: `sandbox.vneid().is_down()?`,
/// `sandbox.one_stop().next(2).loses_answers()?`.
pub struct PartFaults<'a> {
    sandbox: &'a Sandbox,
    part: Part,
    times: Option<u32>,
}

impl<'a> PartFaults<'a> {
    pub(crate) const fn new(sandbox: &'a Sandbox, part: Part) -> Self {
        Self {
            sandbox,
            part,
            times: None,
        }
    }

    /// Strike only this many requests, then work again.
    #[must_use]
    pub const fn next(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    pub fn is_well(self) -> Result<(), StoreError> {
        self.set(Mode::Ok, None)
    }

    pub fn is_slow(self, delay_ms: u32) -> Result<(), StoreError> {
        self.set(Mode::Slow, Some(delay_ms))
    }

    pub fn is_down(self) -> Result<(), StoreError> {
        self.set(Mode::Down, None)
    }

    pub fn answers_html(self) -> Result<(), StoreError> {
        self.set(Mode::Html, None)
    }

    pub fn loses_answers(self) -> Result<(), StoreError> {
        self.set(Mode::LoseAnswers, None)
    }

    pub fn repeats_callbacks(self) -> Result<(), StoreError> {
        self.set(Mode::RepeatCallbacks, None)
    }

    /// Any mode by its name, e.g. [`Mode::LateCallbacks`] with `delay_ms`.
    pub fn does(self, mode: Mode, delay_ms: Option<u32>) -> Result<(), StoreError> {
        self.set(mode, delay_ms)
    }

    fn set(self, mode: Mode, delay_ms: Option<u32>) -> Result<(), StoreError> {
        let fault = Fault {
            mode,
            times: self.times,
            delay_ms,
        };
        self.sandbox.set_fault(self.part, fault)
    }
}

impl Sandbox {
    fn set_fault(&self, part: Part, fault: Fault) -> Result<(), StoreError> {
        self.store.change(|state| {
            match fault.mode {
                Mode::Ok => state.faults.remove(&part),
                _ => state.faults.insert(part, fault),
            };
            Ok(())
        })
    }

    /// The fault that strikes now, counted, if `fits` says it is one for this occasion.
    pub(crate) fn strike(
        &self,
        part: Part,
        fits: impl Fn(Mode) -> bool,
    ) -> Result<Option<Fault>, StoreError> {
        let armed = self.store.read(|state| state.faults.get(&part).copied());
        let Some(fault) = armed.filter(|fault| fits(fault.mode)) else {
            return Ok(None);
        };
        let left = match fault.times {
            None => return Ok(Some(fault)),
            Some(0) => return Ok(None),
            Some(times) => times - 1,
        };
        self.set_fault(
            part,
            Fault {
                mode: if left == 0 { Mode::Ok } else { fault.mode },
                times: Some(left),
                ..fault
            },
        )?;
        Ok(Some(fault))
    }
}

/// The layer around a part.
pub(crate) async fn layer(
    State((sandbox, part)): State<(Arc<Sandbox>, Part)>,
    request: Request,
    next: Next,
) -> Response {
    let fault = match sandbox.strike(part, |mode| !mode.is_of_payments()) {
        Ok(fault) => fault,
        Err(error) => return Failure::from(error).into_response(),
    };
    match fault.map(|fault| fault.mode) {
        None | Some(Mode::Ok) => next.run(request).await,
        Some(Mode::Slow) => {
            let delay = fault
                .and_then(|fault| fault.delay_ms)
                .unwrap_or(DEFAULT_DELAY_MS);
            let clock = &sandbox.outside.clock;
            clock
                .sleep_until(clock.now().plus_ms(i64::from(delay)))
                .await;
            next.run(request).await
        }
        Some(Mode::Down) => (StatusCode::SERVICE_UNAVAILABLE, "THỬ NGHIỆM: 503").into_response(),
        Some(Mode::Html) => Html(
            "<!doctype html><html lang=\"vi\"><title>Bảo trì (THỬ NGHIỆM)</title>\
             <h1>Hệ thống đang bảo trì</h1></html>",
        )
        .into_response(),
        Some(Mode::LoseAnswers) => {
            let mut response = next.run(request).await;
            response.extensions_mut().insert(Lost);
            response
        }
        // Those strike what is told, not what is asked.
        Some(_) => next.run(request).await,
    }
}

pub(crate) fn routes() -> Router<Arc<Sandbox>> {
    Router::new()
        .route("/faults", get(show).delete(clear))
        .route("/faults/{part}", put(set))
}

async fn show(State(sandbox): State<Arc<Sandbox>>) -> Json<BTreeMap<Part, Fault>> {
    let well = Fault {
        mode: Mode::Ok,
        times: None,
        delay_ms: None,
    };
    let armed = sandbox.store.read(|state| state.faults.clone());
    Json(
        [
            Part::Vneid,
            Part::Population,
            Part::OneStop,
            Part::Vnpay,
            Part::Bank,
        ]
        .into_iter()
        .map(|part| (part, armed.get(&part).copied().unwrap_or(well)))
        .collect(),
    )
}

async fn set(
    State(sandbox): State<Arc<Sandbox>>,
    Path(part): Path<Part>,
    Json(fault): Json<Fault>,
) -> Result<StatusCode, Failure> {
    sandbox.set_fault(part, fault)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn clear(State(sandbox): State<Arc<Sandbox>>) -> Result<StatusCode, Failure> {
    sandbox.all_is_well()?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use bytes::Bytes;
    use futures_util::FutureExt;
    use serde_json::json;

    use crate::{
        demo,
        fixture::{CODE, URL, World, envelope, hoso, json_of, text_of},
    };

    const JWKS: &str = "/vneid/jwks";

    fn request(method: &str, path: &str, body: &str) -> http::Request<Bytes> {
        http::Request::builder()
            .method(method)
            .uri(format!("{URL}{path}"))
            .header("content-type", "application/json")
            .body(Bytes::copy_from_slice(body.as_bytes()))
            .unwrap()
    }

    #[test]
    fn down_strikes_the_times_it_was_told_and_only_its_part() {
        let world = World::new();
        world.sandbox.vneid().next(2).is_down().unwrap();
        let statuses = [(); 3].map(|()| world.get(JWKS).status().as_u16());
        assert_eq!(statuses, [503, 503, 200]);
        world.sandbox.vneid().is_down().unwrap();
        assert_eq!(world.get("/one-stop/desk").status(), 200);
        world.sandbox.all_is_well().unwrap();
        assert_eq!(world.get(JWKS).status(), 200);
    }

    #[test]
    fn html_is_a_success_that_is_none() {
        let world = World::new();
        world.sandbox.vneid().answers_html().unwrap();
        let answer = world.get(JWKS);
        assert_eq!(answer.status(), 200);
        assert!(text_of(&answer).contains("<!doctype html>"));
    }

    #[test]
    fn a_lost_answer_has_acted() {
        let world = World::new();
        world.sandbox.one_stop().next(1).loses_answers().unwrap();
        let body = envelope(&hoso(CODE));
        let send = || world.post_json("/one-stop/v1/DongBoHoSoMC", demo::ONE_STOP_TOKEN, &body);
        assert!(send().is_none());
        assert_eq!(send().unwrap().status(), 200);
        assert_eq!(world.sandbox.received(), [(CODE.parse().unwrap(), 2)]);
    }

    #[test]
    fn slow_answers_when_its_time_has_come() {
        let world = World::new();
        world.sandbox.vneid().is_slow(800).unwrap();
        let mut answer = Box::pin(world.sandbox.exchange(request("GET", JWKS, "")));
        assert!(answer.as_mut().now_or_never().is_none());
        world.clock.advance_ms(799);
        assert!(answer.as_mut().now_or_never().is_none());
        world.clock.advance_ms(1);
        assert!(answer.as_mut().now_or_never().is_some());
    }

    #[test]
    fn switches_are_turned_over_http_in_the_same_words() {
        let world = World::new();
        let set = request("PUT", "/faults/population", r#"{"mode":"down","times":5}"#);
        assert_eq!(world.send(set).unwrap().status(), 204);
        let shown = json_of(&world.get("/faults"));
        assert_eq!(shown["population"], json!({"mode": "down", "times": 5}));
        assert_eq!(shown["vneid"], json!({"mode": "ok"}));
        for (path, body) in [
            ("/faults/postman", r#"{"mode":"down"}"#),
            ("/faults/vneid", r#"{"mode":"lazy"}"#),
        ] {
            assert!(
                world
                    .send(request("PUT", path, body))
                    .unwrap()
                    .status()
                    .is_client_error()
            );
        }
        assert_eq!(
            world
                .send(request("DELETE", "/faults", ""))
                .unwrap()
                .status(),
            204
        );
        assert_eq!(json_of(&world.get("/faults"))["population"]["mode"], "ok");
    }
}
