//! For the tests of this crate: a world under control, without any runtime.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::{
    collections::BTreeMap,
    future::poll_fn,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
    task::Poll,
};

use bytes::Bytes;
use futures_util::{FutureExt, future::BoxFuture};
use gandan_domain::{jws::sha256_hex, time::Instant};
use http::{Request, Response};
use serde_json::{Value, json};

use crate::{
    Outside, Sandbox, SandboxConfig, Storage,
    ports::{self, NoAnswer},
};

pub(crate) const URL: &str = "http://sandbox";
pub(crate) const BACKEND: &str = "http://backend";
pub(crate) const SECRET: &[u8] = b"shared by both";
pub(crate) const PHOTO: &[u8] = &[0xff, 0xd8, 0xff, 0xe0, 1, 2, 3];
pub(crate) const CODE: &str = "H99.08.01-261122-0001";

/// Time stands still until a test moves it.
#[derive(Clone)]
pub(crate) struct Clock(Arc<AtomicI64>);

impl Clock {
    pub fn advance_ms(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

impl ports::Clock for Clock {
    fn now(&self) -> Instant {
        Instant(self.0.load(Ordering::SeqCst))
    }

    fn sleep_until(&self, until: Instant) -> BoxFuture<'static, ()> {
        let clock = self.clone();
        Box::pin(poll_fn(move |_| {
            if ports::Clock::now(&clock) >= until {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        }))
    }
}

/// Different bytes every time, the same in every run.
struct Counted(AtomicU64);

impl ports::Random for Counted {
    fn fill(&self, out: &mut [u8]) {
        for chunk in out.chunks_mut(32) {
            let count = self.0.fetch_add(1, Ordering::SeqCst);
            let hash = sha256_hex(&count.to_be_bytes());
            chunk.copy_from_slice(&hash.as_bytes()[..chunk.len()]);
        }
    }
}

/// The backend as the one-stop system sees it: files to read, reports to send.
#[derive(Clone, Default)]
pub(crate) struct Backend {
    pub is_down: Arc<AtomicBool>,
    /// Headers and body of each report that was taken.
    pub reports: Arc<Mutex<Vec<(http::HeaderMap, Bytes)>>>,
    pub file_reads: Arc<AtomicU64>,
}

impl ports::Http for Backend {
    fn send(
        &self,
        request: Request<Bytes>,
    ) -> BoxFuture<'static, Result<Response<Bytes>, NoAnswer>> {
        if self.is_down.load(Ordering::SeqCst) {
            return Box::pin(async { Err(NoAnswer) });
        }
        let response = if request.uri().path() == "/v1/webhooks/one-stop" {
            let (parts, body) = request.into_parts();
            self.reports.lock().unwrap().push((parts.headers, body));
            Response::new(Bytes::new())
        } else {
            self.file_reads.fetch_add(1, Ordering::SeqCst);
            let photo = Response::builder().header("content-type", "image/jpeg");
            photo.body(Bytes::from_static(PHOTO)).unwrap()
        };
        Box::pin(async move { Ok(response) })
    }
}

impl Backend {
    /// `TrangThai` of every report taken, in order.
    pub fn reported(&self) -> Vec<String> {
        let reports = self.reports.lock().unwrap();
        let bodies = reports.iter().map(|(_, body)| body);
        bodies
            .map(|body| {
                let body: Value = serde_json::from_slice(body).unwrap();
                body["data"][0]["TrangThai"].as_str().unwrap().to_owned()
            })
            .collect()
    }
}

pub(crate) struct World {
    pub sandbox: Arc<Sandbox>,
    pub clock: Clock,
    pub backend: Backend,
    callbacks: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl World {
    pub fn new() -> Self {
        Self::stored(Storage::Memory)
    }

    pub fn stored(storage: Storage) -> Self {
        let clock = Clock(Arc::new(AtomicI64::new(1_795_300_000_000)));
        let backend = Backend::default();
        let outside = Outside {
            clock: Arc::new(clock.clone()),
            random: Arc::new(Counted(AtomicU64::new(1))),
            http: Arc::new(backend.clone()),
        };
        let config = SandboxConfig {
            storage,
            ..SandboxConfig::demo(URL, BACKEND, SECRET.to_vec())
        };
        let sandbox = Sandbox::open(config, outside).unwrap();
        Self {
            callbacks: Box::pin(sandbox.run_callbacks()),
            sandbox,
            clock,
            backend,
        }
    }

    /// Lets the deliverer work until it waits.
    pub fn deliver(&mut self) {
        assert!(self.callbacks.as_mut().now_or_never().is_none());
    }

    /// One exchange that needs no waiting; `None` when the answer was lost.
    pub fn send(&self, request: Request<Bytes>) -> Option<Response<Bytes>> {
        now(self.sandbox.exchange(request)).ok()
    }

    pub fn get(&self, path: &str) -> Response<Bytes> {
        let request = Request::get(format!("{URL}{path}")).body(Bytes::new());
        self.send(request.unwrap()).unwrap()
    }

    pub fn post_form(&self, path: &str, form: &BTreeMap<&str, &str>) -> Response<Bytes> {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(form);
        let request = Request::post(format!("{URL}{path}"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Bytes::from(body.finish()));
        self.send(request.unwrap()).unwrap()
    }

    pub fn post_json(&self, path: &str, token: &str, body: &Value) -> Option<Response<Bytes>> {
        let request = Request::post(format!("{URL}{path}"))
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {token}"))
            .body(Bytes::from(body.to_string()));
        self.send(request.unwrap())
    }
}

pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("this needs no waiting")
}

pub(crate) fn json_of(response: &Response<Bytes>) -> Value {
    serde_json::from_slice(response.body()).unwrap()
}

pub(crate) fn text_of(response: &Response<Bytes>) -> String {
    String::from_utf8(response.body().to_vec()).unwrap()
}

pub(crate) fn hoso(code: &str) -> Value {
    json!({
        "MaHoSo": code, "MaTTHC": "1.001193", "TenTTHC": "Đăng ký khai sinh",
        "ChuHoSo": "Giàng Thị Sáo", "LoaiDoiTuong": "1", "MaDoiTuong": "099196000003",
        "NgayTiepNhan": "20261122083000", "TrangThaiHoSo": "1", "DonViXuLy": "UBND xã Lũng Cú",
        "HinhThuc": "0", "KENH": "2",
        "ThongTinKhac": {
            "child.full_name": {"label": "Họ, chữ đệm, tên", "value": "Vừ Thị Pà"},
            "mother.birth_date": {"label": "Ngày sinh", "value": "1996-09-21", "source": "population", "contested": "1969-09-21"},
        },
        "TaiLieuNop": [{"TepDinhKemId": 7, "TenTepDinhKem": "certificate.photo.jpg", "MaThanhPhanHoSo": "certificate.photo",
            "DuongDanTaiTepTin": "http://backend/v1/agency/files/7?exp=1&sig=x", "IsDeleted": "False"}],
    })
}

pub(crate) fn envelope(hoso: &Value) -> Value {
    json!({"service": "DongBoHoSoMC", "isUpdating": "False", "data": [hoso]})
}
