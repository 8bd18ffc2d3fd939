//! Standard Webhooks (standardwebhooks.com, v1): is this report from who it says, now, and once?
//!
//! The signature covers `id.timestamp.body`, so that neither can be changed alone; the time-stamp
//! bounds how long a stolen request is useful; the id, remembered in the transaction that
//! applies the report, makes a repeated one harmless. Rejected: trusting the network path (a
//! commune's system reaches us over the open internet), and a signature over the body alone
//! (replayable for ever).

use base64::{Engine, engine::general_purpose::STANDARD};
use gandan_domain::{Problem, time::Instant};
use http::HeaderMap;
use ring::hmac;

/// How far the sender's clock may be from ours, either way, in milliseconds.
pub const TOLERANCE_MS: i64 = 5 * 60 * 1000;

/// A report whose signature and time have been checked. Cannot be made otherwise.
#[derive(Debug, PartialEq, Eq)]
pub struct Authentic<'a> {
    /// The sender's id of this message: the same for every repetition.
    pub id: String,
    pub body: &'a [u8],
}

/// Checks the three `webhook-` headers against the body as it arrived. Every failure looks the
/// same from outside.
pub fn verify<'a>(
    key: &hmac::Key,
    headers: &HeaderMap,
    body: &'a [u8],
    now: Instant,
) -> Result<Authentic<'a>, Problem> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let (Some(id), Some(timestamp), Some(signatures)) = (
        header("webhook-id"),
        header("webhook-timestamp"),
        header("webhook-signature"),
    ) else {
        return Err(Problem::SignatureRefused);
    };
    if id.is_empty() || id.len() > 128 {
        return Err(Problem::SignatureRefused);
    }
    let signed = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body].concat();
    let genuine = signatures
        .split(' ')
        .filter_map(|signature| signature.strip_prefix("v1,"))
        .filter_map(|signature| STANDARD.decode(signature).ok())
        .any(|signature| hmac::verify(key, &signed, &signature).is_ok());
    let fresh = timestamp
        .parse::<i64>()
        .ok()
        .and_then(|seconds| seconds.checked_mul(1000))
        .and_then(|sent| now.ms().checked_sub(sent))
        .is_some_and(|age| age.unsigned_abs() <= TOLERANCE_MS.unsigned_abs());
    if genuine && fresh {
        Ok(Authentic {
            id: id.into(),
            body,
        })
    } else {
        Err(Problem::SignatureRefused)
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "a test stops at the first surprise"
    )]
    use super::*;

    /// The example of the specification's own test suite.
    const SECRET: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SECONDS: i64 = 1_614_265_330;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn headers(id: &str, timestamp: &str, signature: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("webhook-id", id.parse().unwrap());
        headers.insert("webhook-timestamp", timestamp.parse().unwrap());
        headers.insert("webhook-signature", signature.parse().unwrap());
        headers
    }

    fn check(headers: &HeaderMap, body: &[u8], now: Instant) -> Result<String, Problem> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &STANDARD.decode(SECRET).unwrap());
        verify(&key, headers, body, now).map(|report| report.id)
    }

    #[test]
    fn the_published_example_is_authentic() {
        let now = Instant(SECONDS * 1000);
        let good = headers(ID, &SECONDS.to_string(), SIGNATURE);
        assert_eq!(check(&good, BODY, now), Ok(ID.into()));
        // While a sender rotates its key it signs with both.
        let two = headers(
            ID,
            &SECONDS.to_string(),
            &format!("v1,AAAA v1a,x {SIGNATURE}"),
        );
        assert_eq!(check(&two, BODY, now), Ok(ID.into()));
    }

    #[test]
    fn anything_changed_is_refused() {
        let now = Instant(SECONDS * 1000);
        let at = SECONDS.to_string();
        let refused = Err(Problem::SignatureRefused);
        assert_eq!(check(&headers("msg_x", &at, SIGNATURE), BODY, now), refused);
        assert_eq!(
            check(
                &headers(ID, &(SECONDS + 1).to_string(), SIGNATURE),
                BODY,
                now
            ),
            refused
        );
        assert_eq!(check(&headers(ID, &at, SIGNATURE), b"{}", now), refused);
        assert_eq!(check(&headers(ID, &at, "v1,AAAA"), BODY, now), refused);
        assert_eq!(check(&headers(ID, &at, ""), BODY, now), refused);
        assert_eq!(check(&HeaderMap::new(), BODY, now), refused);
    }

    #[test]
    fn five_minutes_either_way_and_no_more() {
        let good = headers(ID, &SECONDS.to_string(), SIGNATURE);
        let at = Instant(SECONDS * 1000);
        for (drift, fits) in [
            (TOLERANCE_MS, true),
            (-TOLERANCE_MS, true),
            (TOLERANCE_MS + 1, false),
            (-TOLERANCE_MS - 1, false),
        ] {
            assert_eq!(check(&good, BODY, at.plus_ms(drift)).is_ok(), fits);
        }
    }

    #[test]
    fn nothing_invented_is_authentic() {
        bolero::check!()
            .with_type::<(String, i64, String, Vec<u8>)>()
            .for_each(|(id, at, signature, body)| {
                let mut headers = HeaderMap::new();
                for (name, value) in [
                    ("webhook-id", id.clone()),
                    ("webhook-timestamp", at.to_string()),
                    ("webhook-signature", format!("v1,{signature}")),
                ] {
                    if let Ok(value) = http::HeaderValue::from_str(&value) {
                        headers.insert(name, value);
                    }
                }
                let now = Instant(at.saturating_mul(1000));
                assert!(check(&headers, body, now).is_err());
            });
    }

    /// Near-authentic is not authentic: a report with one byte of it changed, or its headers.
    #[test]
    fn every_change_of_a_signed_report_is_noticed() {
        let now = Instant(SECONDS * 1000);
        let time = SECONDS.to_string();
        bolero::check!()
            .with_type::<(u8, usize, u8)>()
            .for_each(|(part, at, byte)| {
                let mut parts = [ID, &time, SIGNATURE, "body"].map(|part| part.as_bytes().to_vec());
                parts[3] = BODY.to_vec();
                let changed = &mut parts[usize::from(part % 4)];
                let at = at % changed.len();
                let byte = b' ' + byte % 95;
                if changed[at] == byte {
                    return;
                }
                changed[at] = byte;
                let [id, time, signature, body] = &parts;
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                let headers = headers(&text(id), &text(time), &text(signature));
                assert!(check(&headers, body, now).is_err());
            });
    }
}
