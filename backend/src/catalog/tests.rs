#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use axum::body::{Body, Bytes};
use gandan_domain::{Problem, catalog::delta, wire::SyncRequest};
use http::{Request, StatusCode};

use super::{Catalog, CatalogError, NOT_YET_S, Taken};
use crate::testing::{Rig, content};

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

#[tokio::test]
async fn another_pack_counts_while_the_backend_runs() {
    let rig = Rig::new().await;
    let phone = rig.citizen("099196000003").await;
    let told = async |had: u64| {
        let request = SyncRequest {
            content: Some(had),
            ..SyncRequest::default()
        };
        phone.sync(&rig, &request).await.content
    };
    assert_eq!(told(1).await, None);
    let old = rig.get("/v1/content").await;

    assert_eq!(rig.put_content(&content(2), 5).unwrap(), Taken::New(5));
    assert_eq!(told(1).await, Some(5));
    assert_eq!(told(5).await, None);
    let new = rig.get("/v1/content").await;
    assert_ne!(new.headers()["etag"], old.headers()["etag"]);

    // The phone asks for the way there from what it has, and gets it from nothing.
    let have = |pack: &Bytes| {
        let have = gandan_domain::jws::sha256_hex(pack);
        format!("/v1/content/update?have={have}")
    };
    let way = rig.get(&have(old.body())).await;
    assert_eq!(way.headers()["content-type"], delta::DELTA_TYPE);
    let made = delta::apply(old.body(), way.body(), 1 << 20).unwrap();
    assert_eq!(&made[..], &new.body()[..]);
    let none = rig.get(&have(new.body())).await;
    assert_eq!(
        (none.status(), none.body().len()),
        (StatusCode::NO_CONTENT, 0)
    );
    assert_eq!(
        rig.get("/v1/content/update").await.status(),
        StatusCode::OK,
        "a phone with nothing"
    );

    // What is older, other under the same serial, or not ours changes nothing.
    assert!(matches!(
        rig.put_content(&content(1), 4),
        Err(CatalogError::Older { found: 4, now: 5 })
    ));
    assert!(matches!(
        rig.put_content(&content(3), 5),
        Err(CatalogError::SameSerial { serial: 5 })
    ));
    let mut silently = content(2);
    silently.procedures[0].form.pages[0].title = silently.procedures[0].summary.clone();
    assert!(matches!(
        rig.put_content(&silently, 6),
        Err(CatalogError::SameVersion { version: 2, .. })
    ));
    let mut damaged = new.body().to_vec();
    *damaged.last_mut().unwrap() ^= 1;
    assert!(matches!(
        rig.put_pack(&damaged),
        Err(CatalogError::Refused { .. })
    ));
    assert_eq!(rig.put_pack(new.body()).unwrap(), Taken::Same);
    assert_eq!(rig.get("/v1/content").await.body(), new.body());
}

/// A version is accepted for as long as it is in force on the day of receipt, and no longer.
#[tokio::test]
async fn a_version_is_accepted_while_it_is_in_force() {
    let rig = Rig::new().await;
    let today = rig.backend.world.clock.now().date();
    let code = content(1).procedures[0].code.clone();
    let mut both = content(2);
    let mut old = content(1).procedures.remove(0);
    old.valid_until = Some(today);
    both.versions = vec![old];
    rig.put_content(&both, 2).unwrap();
    let catalog = rig.backend.catalog();
    let accepted = |version, day| {
        let accepted = catalog.accepted(&code, version, day);
        accepted.map(|procedure| procedure.form.version)
    };
    let tomorrow = today.tomorrow().unwrap();
    assert_eq!(accepted(1, today), Ok(1), "its last day");
    assert_eq!(accepted(2, today), Ok(2));
    assert_eq!(
        accepted(1, tomorrow),
        Err(Problem::FormChanged { had: 1, now: 2 })
    );
    let not_yet = Err(Problem::Unavailable {
        retry_after_s: NOT_YET_S,
    });
    assert_eq!(accepted(3, today), not_yet);
    assert_eq!(catalog.filed_under(&code, 1).unwrap().form.version, 1);
}

/// What was released before stays: for old dossiers, for deltas, and so that nothing goes back.
#[tokio::test]
async fn earlier_releases_are_kept() {
    let rig = Rig::new().await;
    let keys = &rig.backend.keys.trusted;
    let dir = std::env::temp_dir().join(format!("gandan-releases-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).unwrap();
    let (path, releases) = (dir.join("content.pack"), dir.join("releases"));
    let open = |pack: &[u8]| {
        std::fs::write(&path, pack).unwrap();
        Catalog::open(&path, Some(&releases), keys)
    };
    let code = content(1).procedures[0].code.clone();
    let first = rig.sign_pack(&content(1), 1);
    let second = rig.sign_pack(&content(2), 2);
    open(&first).unwrap();
    std::fs::write(releases.join("broken.pack"), b"no pack").unwrap();
    let catalog = open(&second).unwrap();
    assert_eq!(catalog.filed_under(&code, 1).unwrap().form.version, 1);
    let way = &catalog.deltas[&gandan_domain::jws::sha256_hex(&first)];
    assert_eq!(delta::apply(&first, way, 1 << 20).unwrap(), second);
    assert!(way.len() < first.len() / 4, "{} bytes", way.len());
    assert!(matches!(
        open(&first).err().unwrap(),
        CatalogError::Older { found: 1, now: 2 }
    ));
    std::fs::remove_dir_all(&dir).unwrap();
}
