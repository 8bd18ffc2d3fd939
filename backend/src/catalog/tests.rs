#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use axum::body::Body;
use http::{Request, StatusCode};

use crate::testing::Rig;

#[tokio::test]
async fn the_pack_is_sent_once() {
    let rig = Rig::new().await;
    let first = rig.get("/v1/content").await;
    assert_eq!(first.status(), StatusCode::OK);
    let etag = first.headers()["etag"].clone();
    assert_eq!(
        etag.to_str().unwrap(),
        format!("\"{}\"", gandan_domain::jws::sha256_hex(first.body()))
    );
    for (known, status) in [
        (etag.to_str().unwrap(), StatusCode::NOT_MODIFIED),
        ("\"x\", *", StatusCode::NOT_MODIFIED),
        ("\"x\"", StatusCode::OK),
    ] {
        let request = Request::get("/v1/content")
            .header("if-none-match", known)
            .body(Body::empty());
        assert_eq!(rig.send(request.unwrap()).await.status(), status);
    }
}

#[tokio::test]
async fn the_key_set_is_the_one_the_root_signed() {
    let rig = Rig::new().await;
    let keys = rig.get("/v1/keys").await;
    assert_eq!(keys.headers()["content-type"], "application/jose");
    assert_eq!(keys.body(), &rig.backend.keys.keyset);
}

#[tokio::test]
async fn a_changed_pack_keeps_the_backend_from_starting() {
    let rig = Rig::new().await;
    let error = rig.open_with_a_changed_pack().await.err().expect("refused");
    assert!(
        error
            .to_string()
            .contains("its content is not what was signed"),
        "{error}"
    );
}
