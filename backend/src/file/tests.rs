#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use gandan_domain::{Problem, problem::WireProblem};
use http::{Response, StatusCode};

use crate::testing::{PHOTO, PUBLIC, Phone, Rig, Sent, intent};

fn header(response: &Response<bytes::Bytes>, name: &str) -> Option<String> {
    let value = response.headers().get(name)?;
    Some(value.to_str().unwrap().to_owned())
}

fn problem(response: &Response<bytes::Bytes>) -> Problem {
    let wire: WireProblem = serde_json::from_slice(response.body()).unwrap();
    wire.gandan.unwrap()
}

fn path(response: &Response<bytes::Bytes>) -> String {
    header(response, "location")
        .unwrap()
        .strip_prefix(PUBLIC)
        .unwrap()
        .to_owned()
}

async fn start(rig: &Rig) -> (Phone, Sent) {
    let phone = rig.citizen("099196000003").await;
    (phone, Sent::photo(intent(1).id))
}

#[tokio::test]
async fn a_file_arrives_in_pieces_and_is_acknowledged_with_its_hash() {
    let rig = Rig::new().await;
    let (phone, sent) = start(&rig).await;
    let made = phone
        .post_file(&rig, &sent, PHOTO.len(), &PHOTO[..10])
        .await;
    assert_eq!(made.status(), StatusCode::CREATED);
    assert_eq!(header(&made, "upload-offset").unwrap(), "10");
    assert_eq!(header(&made, "tus-resumable").unwrap(), "1.0.0");
    assert_eq!(header(&made, "gandan-sha256"), None);
    let path = path(&made);
    let done = phone.patch(&rig, &path, 10, &PHOTO[10..]).await;
    assert_eq!(done.status(), StatusCode::NO_CONTENT);
    assert_eq!(header(&done, "gandan-sha256").unwrap(), sent.sha256);
    let head = phone.head(&rig, &path).await;
    assert_eq!(header(&head, "gandan-sha256").unwrap(), sent.sha256);
    assert_eq!(
        header(&head, "upload-offset"),
        header(&head, "upload-length")
    );
    for (name, bytes) in &*rig.blobs.0.lock().unwrap() {
        assert!(
            !bytes
                .windows(4)
                .any(|window| PHOTO.windows(4).any(|plain| plain == window))
        );
        assert!(
            name.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"/_-".contains(&b))
        );
    }
}

#[tokio::test]
async fn the_same_request_again_finds_the_same_upload() {
    let rig = Rig::new().await;
    let (phone, sent) = start(&rig).await;
    let first = phone
        .post_file(&rig, &sent, PHOTO.len(), &PHOTO[..10])
        .await;
    let again = phone
        .post_file(&rig, &sent, PHOTO.len(), &PHOTO[..10])
        .await;
    assert_eq!(path(&first), path(&again));
    assert_eq!(header(&again, "upload-offset").unwrap(), "10");
    phone.patch(&rig, &path(&first), 10, &PHOTO[10..]).await;
    let whole = phone.post_file(&rig, &sent, PHOTO.len(), PHOTO).await;
    assert_eq!(path(&first), path(&whole));
    assert_eq!(header(&whole, "gandan-sha256").unwrap(), sent.sha256);
    let other_length = phone.post_file(&rig, &sent, 3, b"").await;
    assert_eq!(problem(&other_length), Problem::Conflict);
}

#[tokio::test]
async fn a_piece_lost_between_blob_and_row_is_sent_again() {
    let rig = Rig::new().await;
    let (phone, sent) = start(&rig).await;
    let made = phone.post_file(&rig, &sent, PHOTO.len(), b"").await;
    let path = path(&made);
    rig.storage.lose_writes(1);
    let lost = phone.patch(&rig, &path, 0, PHOTO).await;
    assert_eq!(lost.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(
        header(&phone.head(&rig, &path).await, "upload-offset").unwrap(),
        "0"
    );
    // This time the bytes get through and the check of the whole file is lost.
    let made = phone.patch(&rig, &path, 0, &PHOTO[..5]).await;
    assert_eq!(made.status(), StatusCode::NO_CONTENT);
    let done = phone.patch(&rig, &path, 5, &PHOTO[5..]).await;
    assert_eq!(header(&done, "gandan-sha256").unwrap(), sent.sha256);
}

#[tokio::test]
async fn what_is_not_what_it_says_is_refused_and_removed() {
    let rig = Rig::new().await;
    let (phone, photo) = start(&rig).await;
    let html = b"<html>not a photo</html>";
    let lie = Sent {
        sha256: gandan_domain::jws::sha256_hex(html),
        ..Sent::photo(intent(1).id)
    };
    for (sent, bytes) in [(&lie, &html[..]), (&photo, &[&PHOTO[1..], b"x"].concat())] {
        let refused = phone.post_file(&rig, sent, bytes.len(), bytes).await;
        assert_eq!(refused.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
        assert!(matches!(
            problem(&refused),
            Problem::FileNotWhatItSays { .. }
        ));
        assert!(rig.blobs.0.lock().unwrap().is_empty());
    }
    assert_eq!(rig.count("SELECT COUNT(*) FROM upload").await, 0);
    assert_eq!(rig.count("SELECT COUNT(*) FROM upload_chunk").await, 0);
}

#[tokio::test]
async fn a_file_that_is_too_big_is_refused_before_it_is_sent() {
    let rig = Rig::new().await;
    let (phone, sent) = start(&rig).await;
    let refused = phone.post_file(&rig, &sent, 1_000_001, b"").await;
    assert_eq!(refused.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(
        problem(&refused),
        Problem::FileTooBig {
            max_bytes: 1_000_000
        }
    );
    let options = rig
        .send(
            http::Request::options("/v1/files")
                .body(axum::body::Body::empty())
                .unwrap(),
        )
        .await;
    assert_eq!(header(&options, "tus-max-size").unwrap(), "1000000");
    // More bytes than were announced are not kept.
    let made = phone.post_file(&rig, &sent, 3, b"").await;
    let more = phone.patch(&rig, &path(&made), 0, b"four").await;
    assert_eq!(problem(&more), Problem::Malformed);
    assert_eq!(
        header(&phone.head(&rig, &path(&made)).await, "upload-offset").unwrap(),
        "0"
    );
}

#[tokio::test]
async fn another_offset_is_a_conflict_and_another_citizens_upload_is_not_there() {
    let rig = Rig::new().await;
    let (phone, sent) = start(&rig).await;
    let made = phone
        .post_file(&rig, &sent, PHOTO.len(), &PHOTO[..10])
        .await;
    let path = path(&made);
    let ahead = phone.patch(&rig, &path, 11, &PHOTO[11..]).await;
    assert_eq!(problem(&ahead), Problem::Conflict);
    let other = rig.citizen("099094000004").await;
    assert_eq!(
        other.head(&rig, &path).await.status(),
        StatusCode::NOT_FOUND
    );
    let foreign = other.patch(&rig, &path, 10, &PHOTO[10..]).await;
    assert_eq!(problem(&foreign), Problem::NotFound);
    let own = other.post_file(&rig, &sent, PHOTO.len(), b"").await;
    assert_eq!(header(&own, "upload-offset").unwrap(), "0");
    let nonsense = phone.head(&rig, "/v1/files/x").await;
    assert_eq!(nonsense.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn another_version_of_tus_is_told_which_one_is_spoken() {
    let rig = Rig::new().await;
    let (phone, _) = start(&rig).await;
    let refused = phone
        .call(&rig, http::Method::POST, "/v1/files", &[], b"")
        .await;
    assert_eq!(refused.status(), StatusCode::PRECONDITION_FAILED);
    assert_eq!(header(&refused, "tus-version").unwrap(), "1.0.0");
}
