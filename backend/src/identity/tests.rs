#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use axum::http::StatusCode;
use gandan_domain::Problem;
use serde_json::{Map, Value, json};

use super::{
    authorize::{AuthorizeError, AuthorizeParams},
    dpop::{self, Expected, NONCE_WINDOW_MS, Nonces},
    session::{ACCESS_LIFE_MS, GRACE_MS},
    testing::*,
    token::TokenParams,
    *,
};
use crate::storage::SqliteStorage;

const UNAVAILABLE: Option<&str> = Some("temporarily_unavailable");

fn claims(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

async fn profile_of(stack: &Stack, citizen: CitizenId) -> Result<Profile, Failure> {
    let backend = Arc::clone(&stack.backend);
    stack
        .backend
        .storage
        .read(move |reader| {
            let backend = Arc::clone(&backend);
            Box::pin(async move { profile(&backend, reader, citizen).await })
        })
        .await
}

#[tokio::test]
async fn a_citizen_signs_in_and_is_known() {
    let (stack, app) = (Stack::new().await, TestApp::new());
    let tokens = stack.sign_in(&app).await;
    assert_eq!(tokens.token_type, "DPoP");
    assert_eq!(tokens.expires_in, 600);
    let citizen = stack.whoami(&app, &tokens.access_token).await.unwrap();
    let profile = profile_of(&stack, citizen).await.unwrap();
    assert_eq!(profile.id_number.expose(), "099196000003");
    assert_eq!(profile.full_name.expose(), "Trần Thị Thử Nghiệm");

    // The device may sign for this citizen, and for no other.
    let thumbprint = public(&app.device).thumbprint();
    let key = async |citizen: CitizenId, thumbprint: String| {
        let read = stack.backend.storage.read(move |reader| {
            let thumbprint = thumbprint.clone();
            Box::pin(async move { device_key(reader, citizen, &thumbprint).await })
        });
        read.await.unwrap()
    };
    assert_eq!(
        key(citizen, thumbprint.clone()).await,
        Some(public(&app.device))
    );
    assert_eq!(key(CitizenId(Uuid::nil()), thumbprint).await, None);
    assert_eq!(key(citizen, public(&app.session).thumbprint()).await, None);
}

#[tokio::test]
async fn any_standard_provider_will_do() {
    let names = r#"minimum_level = 3
        scopes = ["profile"]
        [identity.claims]
        id_number = "national_id"
        full_name = "name"
        birth_date = "birthdate"
        level = "acr""#;
    let stack = Stack::with(SqliteStorage::in_memory().unwrap(), names).await;
    stack.provider.change(|says| {
        says.rsa = true;
        says.claims = claims(json!({ "acr": "urn:example:loa:3" }));
        says.userinfo = Some(claims(json!({
            "national_id": "099094000004", "name": "Nguyễn Văn Thử", "birthdate": "1994-05-06",
        })));
    });
    let app = TestApp::new();
    let tokens = stack.sign_in(&app).await;
    let citizen = stack.whoami(&app, &tokens.access_token).await.unwrap();
    let profile = profile_of(&stack, citizen).await.unwrap();
    assert_eq!(profile.id_number.expose(), "099094000004");
    assert_eq!(profile.birth_date.expose(), "1994-05-06");
}

#[tokio::test]
async fn a_provider_that_fails_sends_the_person_back_to_the_app() {
    for mood in [Mood::Down, Mood::Html, Mood::ServerError, Mood::Slow] {
        let (stack, app) = (Stack::new().await, TestApp::new());
        if mood == Mood::Slow {
            stack.clock.let_waits_end();
        }
        let begun = stack.now();

        stack.provider.change(|says| says.mood = mood);
        let back = stack.get(&app.authorize_uri()).await;
        assert!(back.location().starts_with(REDIRECT));
        assert_eq!(back.parameter("error").as_deref(), UNAVAILABLE);
        assert_eq!(back.parameter("state").as_deref(), Some(app.state));
        assert!(stack.now().ms() - begun.ms() <= PATIENCE_MS);
    }
    for mood in [Mood::Down, Mood::Html, Mood::ServerError] {
        let (stack, app) = (Stack::new().await, TestApp::new());
        let to_provider = stack.get(&app.authorize_uri()).await;
        let callback = stack.provider.log_in(to_provider.location());
        stack.provider.change(|says| says.mood = mood);
        let back = stack.get(&callback).await;
        assert_eq!(back.parameter("error").as_deref(), UNAVAILABLE);
        assert_eq!(back.parameter("code"), None);
        // The link still works once the provider is back.
        stack.provider.change(|says| says.mood = Mood::Well);
        assert!(stack.get(&callback).await.parameter("code").is_some());
    }
}

#[tokio::test]
async fn an_account_that_is_too_weak_is_refused() {
    for weak in [
        json!({ "SoDinhDanh": "099196000003", "loAs": "1" }),
        json!({ "SoDinhDanh": "099196000003", "loAs": 1 }),
        json!({ "SoDinhDanh": "099196000003", "loAs": "high" }),
        json!({ "SoDinhDanh": "099196000003" }),
        json!({ "SoDinhDanh": "", "loAs": "2" }),
        json!({ "loAs": "2" }),
    ] {
        let (stack, app) = (Stack::new().await, TestApp::new());
        stack.provider.change(|says| says.claims = claims(weak));
        let to_provider = stack.get(&app.authorize_uri()).await;
        let callback = stack.provider.log_in(to_provider.location());
        let back = stack.get(&callback).await;
        assert_eq!(back.parameter("error").as_deref(), Some("access_denied"));
        assert!(!back.location().contains("099196000003"));
    }
}

#[tokio::test]
async fn who_cancels_at_the_provider_comes_back_to_the_app() {
    let (stack, app) = (Stack::new().await, TestApp::new());
    let to_provider = stack.get(&app.authorize_uri()).await;
    let state = to_provider.parameter("state").unwrap();
    let back = stack
        .get(&format!(
            "/oauth/callback?error=access_denied&state={state}"
        ))
        .await;
    assert_eq!(back.parameter("error").as_deref(), Some("access_denied"));
    assert_eq!(back.parameter("state").as_deref(), Some(app.state));
}

#[tokio::test]
async fn an_id_token_that_is_not_for_us_signs_nobody_in() {
    let lies: [fn(&mut testing::Says); 7] = [
        |says| says.token = claims(json!({ "nonce": "another" })),
        |says| says.token = claims(json!({ "aud": "another" })),
        |says| says.token = claims(json!({ "iss": "https://evil.example" })),
        |says| says.token = claims(json!({ "exp": 1 })),
        |says| says.header = Some(json!({ "alg": "none", "typ": "JWT" })),
        |says| says.header = Some(json!({ "alg": "HS256", "typ": "JWT" })),
        // Signed by a key, named as another.
        |says| says.header = Some(json!({ "alg": "RS256", "kid": "rsa-1", "typ": "JWT" })),
    ];
    for lie in lies {
        let (stack, app) = (Stack::new().await, TestApp::new());
        stack.provider.change(lie);
        let to_provider = stack.get(&app.authorize_uri()).await;
        let callback = stack.provider.log_in(to_provider.location());
        let back = stack.get(&callback).await;
        assert_eq!(back.parameter("error").as_deref(), UNAVAILABLE);
        assert_eq!(back.parameter("code"), None);
    }
}

#[tokio::test]
async fn userinfo_of_somebody_else_signs_nobody_in() {
    let (stack, app) = (Stack::new().await, TestApp::new());
    stack
        .provider
        .change(|says| says.userinfo = Some(claims(json!({ "sub": "account-2" }))));
    let to_provider = stack.get(&app.authorize_uri()).await;
    let callback = stack.provider.log_in(to_provider.location());
    let back = stack.get(&callback).await;
    assert_eq!(back.parameter("error").as_deref(), UNAVAILABLE);
}

#[tokio::test]
async fn a_provider_may_change_its_keys() {
    let (stack, app) = (Stack::new().await, TestApp::new());
    stack.sign_in(&app).await;
    stack.provider.changes_its_key();
    stack.sign_in(&app).await;
    assert_eq!(stack.provider.calls("/.well-known/openid-configuration"), 2);
}

#[tokio::test]
async fn nobody_is_redirected_elsewhere() {
    let stack = Stack::new().await;
    let with = |name: &'static str, value: &str| {
        let mut parameters = TestApp::new().parameters();
        parameters.retain(|(found, _)| *found != name);
        parameters.push((name, value.to_owned()));
        authorize_uri(&parameters)
    };
    for elsewhere in [
        "https://evil.example/callback",
        "vn.gandan:/callback/../x",
        "vn.gandan:/callback?x=y",
        "vn.gandan://evil.example/callback",
        "http://127.0.0.1.evil.example/callback",
        "http://localhost/callback",
        "http://127.0.0.1@evil.example/callback",
        "http://user@127.0.0.1/callback",
        "https://127.0.0.1/callback",
        "http://127.0.0.1:1/elsewhere",
        "http://127.0.0.1:1/callback#x",
        "javascript:alert(1)",
        "",
    ] {
        let answer = stack.get(&with("redirect_uri", elsewhere)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{elsewhere}");
        assert!(!answer.headers.contains_key("location"));
    }
    let other_client = stack.get(&with("client_id", "another")).await;
    assert_eq!(other_client.status, StatusCode::BAD_REQUEST);
    // Twice the same parameter, the second one evil.
    let twice = format!(
        "{}&redirect_uri=https://evil.example/",
        TestApp::new().authorize_uri()
    );
    assert_eq!(stack.get(&twice).await.status, StatusCode::BAD_REQUEST);

    // RFC 8252 §7.3: the loopback interface, on whatever port was free.
    let loopback = stack
        .get(&with("redirect_uri", "http://127.0.0.1:49152/callback"))
        .await;
    assert!(loopback.location().starts_with(ISSUER));
}

#[tokio::test]
async fn an_incomplete_request_is_told_to_the_app() {
    let stack = Stack::new().await;
    for (missing, error) in [
        ("response_type", "unsupported_response_type"),
        ("state", "invalid_request"),
        ("code_challenge", "invalid_request"),
        ("code_challenge_method", "invalid_request"),
        ("dpop_jkt", "invalid_request"),
    ] {
        let mut parameters = TestApp::new().parameters();
        parameters.retain(|(name, _)| *name != missing);
        let back = stack.get(&authorize_uri(&parameters)).await;
        assert!(back.location().starts_with(REDIRECT));
        assert_eq!(back.parameter("error").as_deref(), Some(error));
    }
}

#[tokio::test]
async fn a_callback_with_a_foreign_state_goes_nowhere() {
    let (stack, app) = (Stack::new().await, TestApp::new());
    let to_provider = stack.get(&app.authorize_uri()).await;
    let callback = stack.provider.log_in(to_provider.location());
    for foreign in [
        "/oauth/callback?code=x&state=unknown",
        "/oauth/callback?code=x",
        "/oauth/callback",
        "/oauth/callback?state=a&state=b",
    ] {
        let answer = stack.get(foreign).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert!(!answer.headers.contains_key("location"));
    }
    // Another provider's answer, mixed in (RFC 9207).
    let mixed = stack
        .get(&format!("{callback}&iss=https://evil.example"))
        .await;
    assert_eq!(mixed.parameter("error").as_deref(), Some("access_denied"));
    // A code that belongs to another sign-in was asked for with another challenge and nonce.
    let other = stack.get(&app.authorize_uri()).await;
    let other_state = other.parameter("state").unwrap();
    let code = callback.split(['=', '&']).nth(1).unwrap();
    let mixed = stack
        .get(&format!("/oauth/callback?code={code}&state={other_state}"))
        .await;
    assert_eq!(mixed.parameter("error").as_deref(), UNAVAILABLE);
    // Too late.
    stack.clock.advance(16 * 60_000);
    assert_eq!(stack.get(&callback).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_repeated_callback_gets_the_same_answer() {
    let (stack, app) = (Stack::new().await, TestApp::new());
    let to_provider = stack.get(&app.authorize_uri()).await;
    let callback = stack.provider.log_in(to_provider.location());
    let first = stack.get(&callback).await;
    let again = stack.get(&callback).await;
    assert_eq!(first.location(), again.location());
    assert_eq!(stack.provider.calls("/token"), 1);
}

#[tokio::test]
async fn a_code_whose_answer_was_lost_gets_it_again_for_a_minute() {
    let (stack, app) = (Stack::new().await, TestApp::new());
    let code = stack.code(&app).await;
    let first = stack.redeem(&app, &code).await.tokens();
    stack.clock.advance(GRACE_MS);
    let again = stack.redeem(&app, &code).await.tokens();
    assert_eq!(first.access_token, again.access_token);
    assert_eq!(first.refresh_token, again.refresh_token);
    assert!(stack.whoami(&app, &first.access_token).await.is_some());

    stack.clock.advance(1);
    let late = stack.redeem(&app, &code).await;
    assert_eq!(late.status, StatusCode::BAD_REQUEST);
    assert_eq!(late.json()["error"], "invalid_grant");
    // RFC 6749 §4.1.2: its tokens go with it.
    assert!(stack.whoami(&app, &first.access_token).await.is_none());
}

#[tokio::test]
async fn a_code_is_worth_nothing_to_others() {
    let (stack, app) = (Stack::new().await, TestApp::new());
    let code = stack.code(&app).await;
    let refused = async |answer: Answer, error: &str| {
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert_eq!(answer.json()["error"], error);
        assert_eq!(answer.headers["content-type"], "application/problem+json");
    };
    // Another verifier, another session key, another device certificate, no proof at all.
    let other_verifier = TestApp {
        verifier: "another-verifier-that-is-also-long-enough-for-rfc-7636",
        ..TestApp::new()
    };
    let proof = app.proof(&stack.token_proof());
    let certificate = app.certificate(&code);
    let answer = stack
        .redeem_with(&other_verifier, &code, &proof, &certificate)
        .await;
    refused(answer, "invalid_grant").await;
    let thief = TestApp::new();
    let answer = stack.redeem(&thief, &code).await;
    refused(answer, "invalid_grant").await;
    for certificate in [
        thief.certificate(&code),
        app.certificate("another code"),
        String::new(),
        signed(&app.device, "JWT", &Map::new()),
    ] {
        let answer = stack.redeem_with(&app, &code, &proof, &certificate).await;
        refused(answer, "invalid_grant").await;
    }
    let answer = stack
        .post(
            "/oauth/token",
            None,
            &[("grant_type", "authorization_code")],
        )
        .await;
    refused(answer, "invalid_request").await;
    let answer = stack
        .post(
            "/oauth/token",
            None,
            &[("grant_type", "refresh_token"), ("refresh_token", "x")],
        )
        .await;
    refused(answer, "invalid_dpop_proof").await;
    let answer = stack
        .post("/oauth/token", None, &[("grant_type", "password")])
        .await;
    refused(answer, "unsupported_grant_type").await;
    let answer = stack
        .post(
            "/oauth/token",
            None,
            &[("client_id", "x"), ("grant_type", "refresh_token")],
        )
        .await;
    refused(answer, "invalid_client").await;
    // None of it spent the code.
    stack.redeem(&app, &code).await.tokens();
    // A code that nobody comes for ends.
    let code = stack.code(&app).await;
    stack.clock.advance(11 * 60_000);
    refused(stack.redeem(&app, &code).await, "invalid_grant").await;
}

#[tokio::test]
async fn a_phone_with_a_wrong_clock_signs_in_by_a_nonce() {
    let (stack, app) = (Stack::new().await, TestApp::new());
    let code = stack.code(&app).await;
    let mut proof = stack.token_proof();
    proof.insert("iat".into(), json!(0));
    let certificate = app.certificate(&code);
    let told = stack
        .redeem_with(&app, &code, &app.proof(&proof), &certificate)
        .await;
    assert_eq!(told.json()["error"], "use_dpop_nonce");
    proof.insert("nonce".into(), json!(told.nonce()));
    let answer = stack
        .redeem_with(&app, &code, &app.proof(&proof), &certificate)
        .await;
    answer.tokens();
}

#[tokio::test]
async fn refresh_tokens_rotate_and_reuse_ends_the_session() {
    let (stack, app) = (Stack::new().await, TestApp::new());
    let first = stack.sign_in(&app).await;
    stack.clock.advance(1_000);
    let second = stack.refresh(&app, &first.refresh_token).await.tokens();
    assert_ne!(first.refresh_token, second.refresh_token);
    // Requests under way still carry the one before.
    for token in [&first.access_token, &second.access_token] {
        assert!(stack.whoami(&app, token).await.is_some());
    }
    // The answer was lost: the same one again.
    stack.clock.advance(GRACE_MS);
    let again = stack.refresh(&app, &first.refresh_token).await.tokens();
    assert_eq!(again.refresh_token, second.refresh_token);
    // With another key it is nobody's, within the minute too, and that harms nobody.
    let thief = stack.refresh(&TestApp::new(), &first.refresh_token).await;
    assert_eq!(thief.json()["error"], "invalid_grant");
    let third = stack.refresh(&app, &second.refresh_token).await.tokens();

    stack.clock.advance(GRACE_MS + 1);
    let reused = stack.refresh(&app, &first.refresh_token).await;
    assert_eq!(reused.json()["error"], "invalid_grant");
    assert_eq!(reused.json()["gandan"]["problem"], "sign-in-again");
    assert!(stack.whoami(&app, &third.access_token).await.is_none());
    let ended = stack.refresh(&app, &third.refresh_token).await;
    assert_eq!(ended.json()["error"], "invalid_grant");
}

#[tokio::test]
async fn a_refresh_whose_answer_was_lost_gets_it_again_after_a_long_pause() {
    let (stack, app) = (Stack::new().await, TestApp::new());
    let first = stack.sign_in(&app).await;
    stack.clock.advance(1_000);
    let lost = stack.refresh(&app, &first.refresh_token).await.tokens();
    // The longest back-off of a phone, twice.
    stack.clock.advance(30 * 60_000);
    let again = stack.refresh(&app, &first.refresh_token).await.tokens();
    assert_eq!(again.refresh_token, lost.refresh_token);
    stack.refresh(&app, &again.refresh_token).await.tokens();
}

#[tokio::test]
async fn access_tokens_end() {
    let (stack, app) = (Stack::new().await, TestApp::new());
    let tokens = stack.sign_in(&app).await;
    stack.clock.advance(ACCESS_LIFE_MS - 1);
    assert!(stack.whoami(&app, &tokens.access_token).await.is_some());
    stack.clock.advance(1);
    assert!(stack.whoami(&app, &tokens.access_token).await.is_none());
    stack.refresh(&app, &tokens.refresh_token).await.tokens();
}

#[tokio::test]
async fn a_revoked_session_ends_at_once() {
    for by_refresh_token in [true, false] {
        let (stack, app) = (Stack::new().await, TestApp::new());
        let tokens = stack.sign_in(&app).await;
        let other = TestApp::new();
        let others = stack.sign_in(&other).await;
        let token = if by_refresh_token {
            &tokens.refresh_token
        } else {
            &tokens.access_token
        };
        for _ in 0..2 {
            let answer = stack.post("/oauth/revoke", None, &[("token", token)]).await;
            assert_eq!(answer.status, StatusCode::OK);
        }
        assert!(stack.whoami(&app, &tokens.access_token).await.is_none());
        let refreshed = stack.refresh(&app, &tokens.refresh_token).await;
        assert_eq!(refreshed.json()["error"], "invalid_grant");
        // The same citizen's other device goes on, and the citizen can read what happened.
        let citizen = stack.whoami(&other, &others.access_token).await.unwrap();
        assert_eq!(
            stack.log(citizen).await,
            [
                ("self", "session.started"),
                ("self", "session.started"),
                ("self", "session.ended"),
            ]
            .map(|(actor, action)| (actor.to_owned(), action.to_owned()))
        );
    }
}

#[tokio::test]
async fn a_request_needs_its_own_fresh_proof_by_the_session_key() {
    let (stack, app) = (Stack::new().await, TestApp::new());
    let token = stack.sign_in(&app).await.access_token;
    let good = stack.probe_proof(&token);
    let refused = async |proofs: &[String], error: &str| {
        let answer = stack.probe_with(&token, proofs).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        let challenge = answer.headers["www-authenticate"].to_str().unwrap();
        assert!(
            challenge.contains(&format!("error=\"{error}\"")),
            "{challenge}"
        );
        answer
    };
    let changed = |name: &str, value: Value| {
        let mut proof = good.clone();
        proof.insert(name.into(), value);
        app.proof(&proof)
    };
    let without = |name: &str| {
        let mut proof = good.clone();
        proof.remove(name);
        app.proof(&proof)
    };
    let invalid = "invalid_dpop_proof";
    for proof in [
        changed("htm", json!("POST")),
        changed("htu", json!(format!("{PUBLIC_URL}/v1/sync"))),
        changed("htu", json!("https://evil.example/probe")),
        changed("htu", json!("http://gandan.example.vn/probe")),
        changed("ath", json!("another token's hash")),
        changed("jti", json!("")),
        without("ath"),
        without("jti"),
        without("iat"),
        without("htm"),
        without("htu"),
        signed(&app.session, "JWT", &good),
        String::from("not a proof"),
        "x".repeat(5000),
    ] {
        refused(&[proof], invalid).await;
    }
    refused(&[], invalid).await;
    refused(&[app.proof(&good), app.proof(&good)], invalid).await;
    let mut header = json!({ "alg": "ES256", "typ": PROOF_TYP, "jwk": public(&app.session) });
    header["crit"] = json!(["b64"]);
    refused(&[signed_raw(&app.session, &header, &good)], invalid).await;
    let mut header = json!({ "alg": "ES256", "typ": PROOF_TYP, "jwk": public(&app.session) });
    header["jwk"]["d"] = json!("AAAA");
    refused(&[signed_raw(&app.session, &header, &good)], invalid).await;
    let header = json!({ "alg": "none", "typ": PROOF_TYP, "jwk": public(&app.session) });
    refused(&[signed_raw(&app.session, &header, &good)], invalid).await;
    let header = json!({ "alg": "ES256", "typ": PROOF_TYP, "jwk": public(&app.device) });
    refused(&[signed_raw(&app.session, &header, &good)], invalid).await;

    // A sound proof by a key that the token is not bound to.
    refused(&[TestApp::new().proof(&good)], "invalid_token").await;
    // No nonce, an invented one: told which to use, and that one works.
    refused(&[without("nonce")], "use_dpop_nonce").await;
    let told = refused(&[changed("nonce", json!("invented"))], "use_dpop_nonce").await;
    assert_eq!(told.json()["gandan"]["problem"], "proof-refused");
    let proof = changed("nonce", json!(told.nonce()));
    assert_eq!(
        stack.probe_with(&token, &[proof]).await.status,
        StatusCode::OK
    );
    // Case of scheme and host, and the default port, say nothing (RFC 3986 §6.2).
    let same = changed("htu", json!("HTTPS://GANDAN.example.vn:443/probe?a=b#c"));
    assert_eq!(
        stack.probe_with(&token, &[same]).await.status,
        StatusCode::OK
    );
    let answer = stack.get("/probe").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.json()["gandan"]["problem"], "sign-in-again");
}

#[tokio::test]
async fn a_replayed_proof_is_worthless_after_its_nonce() {
    let (stack, app) = (Stack::new().await, TestApp::new());
    let token = stack.sign_in(&app).await.access_token;
    // To the beginning of a window, so that the proof lives as long as one can.
    let into = stack.now().ms().rem_euclid(NONCE_WINDOW_MS);
    stack.clock.advance(NONCE_WINDOW_MS - into);
    let proof = [app.proof(&stack.probe_proof(&token))];
    stack.clock.advance(2 * NONCE_WINDOW_MS - 1);
    assert_eq!(
        stack.probe_with(&token, &proof).await.status,
        StatusCode::OK
    );
    stack.clock.advance(1);
    let late = stack.probe_with(&token, &proof).await;
    assert_eq!(late.status, StatusCode::UNAUTHORIZED);
    // Five minutes in all, and every answer to a proof brings the nonce for the next.
    assert_eq!(2 * NONCE_WINDOW_MS, 300_000);
    assert_eq!(late.nonce(), stack.fresh_nonce());
}

#[tokio::test]
async fn one_person_is_one_citizen() {
    let (stack, app) = (Stack::new().await, TestApp::new());
    let whoami = async |app: &TestApp| {
        let token = stack.sign_in(app).await.access_token;
        stack.whoami(app, &token).await.unwrap()
    };
    let first = whoami(&app).await;
    assert_eq!(whoami(&TestApp::new()).await, first);
    // A new account of the same person.
    stack
        .provider
        .change(|says| says.token = claims(json!({ "sub": "account-7" })));
    assert_eq!(whoami(&app).await, first);
    // The account now names another person: another citizen, who sees nothing of the first.
    stack.provider.change(|says| {
        says.claims
            .insert("SoDinhDanh".into(), json!("099094000004"));
    });
    let second = whoami(&app).await;
    assert_ne!(second, first);
    let profile = profile_of(&stack, second).await.unwrap();
    assert_eq!(profile.id_number.expose(), "099094000004");
    // And back.
    stack.provider.change(|says| {
        says.claims
            .insert("SoDinhDanh".into(), json!("099196000003"));
    });
    assert_eq!(whoami(&app).await, first);
}

#[tokio::test]
async fn a_forgotten_citizen_is_unreadable_and_begins_anew() {
    let (stack, app) = (Stack::new().await, TestApp::new());
    let token = stack.sign_in(&app).await.access_token;
    let citizen = stack.whoami(&app, &token).await.unwrap();
    let (backend, now) = (Arc::clone(&stack.backend), stack.now());
    stack
        .backend
        .storage
        .write(move |tx| {
            let backend = Arc::clone(&backend);
            Box::pin(async move { forget(&backend, tx, citizen, now).await })
        })
        .await
        .unwrap();
    assert!(stack.whoami(&app, &token).await.is_none());
    assert_eq!(
        profile_of(&stack, citizen).await.err(),
        Some(Failure::Problem(Problem::NotFound))
    );
    let token = stack.sign_in(&app).await.access_token;
    assert_ne!(stack.whoami(&app, &token).await.unwrap(), citizen);
}

#[tokio::test]
async fn nothing_of_a_citizen_lies_readable_on_the_disk() {
    let folder = std::env::temp_dir().join(format!("gandan-be-rest-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let storage = SqliteStorage::open(&folder.join("a.db")).unwrap();
    let (stack, app) = (Stack::with(storage, "").await, TestApp::new());
    let code = stack.code(&app).await;
    let tokens = stack.redeem(&app, &code).await.tokens();
    let fresh = stack.refresh(&app, &tokens.refresh_token).await.tokens();
    let mut seen = 0;
    for file in std::fs::read_dir(&folder).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        seen += bytes.len();
        for secret in [
            "099196000003",
            "Thử Nghiệm",
            "19960203",
            app.verifier,
            &code,
            &tokens.access_token,
            &fresh.refresh_token,
            &fresh.access_token,
        ] {
            let found = bytes
                .windows(secret.len())
                .any(|part| part == secret.as_bytes());
            assert!(!found, "found {secret}");
        }
    }
    assert!(seen > 10_000);
    std::fs::remove_dir_all(folder).unwrap();
}

fn nonces() -> ring::hmac::Key {
    ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"test")
}

const TARGET: Expected<'_> = Expected {
    method: "GET",
    url: "https://gandan.example.vn/probe",
    access_token: None,
};

#[test]
fn random_bytes_are_no_proof() {
    let key = nonces();
    bolero::check!().for_each(|bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        let now = gandan_domain::time::Instant(0);
        assert!(dpop::verify(&text, &TARGET, &Nonces(&key), now).is_err());
    });
}

#[test]
fn a_mutated_proof_is_no_proof() {
    let key = nonces();
    let app = TestApp::new();
    let now = gandan_domain::time::Instant(1_790_000_000_000);
    let good = app.proof(&claims(json!({
        "jti": "1", "htm": "GET", "htu": TARGET.url, "iat": now.unix_seconds(),
        "nonce": Nonces(&key).current(now),
    })));
    let proof = dpop::verify(&good, &TARGET, &Nonces(&key), now).unwrap();
    assert_eq!(proof.require_nonce(), Ok(()));
    bolero::check!()
        .with_type::<(usize, u8, bool)>()
        .for_each(|(at, byte, cut)| {
            let mut bytes = good.clone().into_bytes();
            let at = at % bytes.len();
            if *cut {
                bytes.truncate(at);
            } else if bytes[at] == *byte {
                return;
            } else {
                bytes[at] = *byte;
            }
            let text = String::from_utf8_lossy(&bytes);
            assert!(dpop::verify(&text, &TARGET, &Nonces(&key), now).is_err());
        });
}

#[test]
fn whatever_is_asked_no_foreign_address_is_answered_to() {
    let config = config("").identity;
    let text = |bytes: &Option<Vec<u8>>| {
        bytes
            .as_ref()
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    };
    bolero::check!()
        .with_type::<[Option<Vec<u8>>; 7]>()
        .for_each(|parts| {
            let params = AuthorizeParams {
                response_type: text(&parts[0]),
                client_id: text(&parts[1]).or(Some("gandan-app".into())),
                redirect_uri: text(&parts[2]).or(Some(REDIRECT.into())),
                state: text(&parts[3]),
                code_challenge: text(&parts[4]),
                code_challenge_method: text(&parts[5]),
                dpop_jkt: text(&parts[6]),
            };
            match params.check(&config) {
                Err(AuthorizeError::Nowhere) => {}
                Err(AuthorizeError::Tell { redirect_uri, .. }) => {
                    assert_eq!(redirect_uri, REDIRECT);
                }
                Ok(request) => assert_eq!(request.code_challenge.len(), 43),
            }
        });
}

#[test]
fn whatever_is_posted_is_a_request_or_a_refusal() {
    bolero::check!().for_each(|bytes: &[u8]| {
        let parsed = openidconnect::url::form_urlencoded::parse(bytes);
        let mut params = TokenParams::default();
        for (name, value) in parsed {
            let value = Some(value.into_owned());
            match &*name {
                "grant_type" => params.grant_type = value,
                "client_id" => params.client_id = value,
                "code" => params.code = value,
                "refresh_token" => params.refresh_token = value,
                _ => {}
            }
        }
        let complete = params.code_verifier.is_some() || params.refresh_token.is_some();
        let accepted = params.check("gandan-app").is_ok();
        assert!(!accepted || complete);
    });
}
