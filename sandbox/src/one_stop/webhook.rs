//! Signing after the Standard Webhooks specification, `v1` (HMAC-SHA256).

use base64::{Engine, engine::general_purpose::STANDARD};
use gandan_domain::time::Instant;
use ring::hmac;

/// Key bytes from a secret as it is handed around: `whsec_` and base64, or any other text as it is.
pub fn secret_from_text(text: &str) -> Vec<u8> {
    let text = text.trim();
    text.strip_prefix("whsec_")
        .and_then(|encoded| STANDARD.decode(encoded).ok())
        .unwrap_or_else(|| text.as_bytes().to_vec())
}

/// The `webhook-signature` header over `id.timestamp.body`.
pub fn signature(secret: &[u8], id: &str, at: Instant, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let mut context = hmac::Context::with_key(&key);
    context.update(format!("{id}.{}.", at.unix_seconds()).as_bytes());
    context.update(body);
    format!("v1,{}", STANDARD.encode(context.sign()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worked example of the specification's reference libraries.
    #[test]
    fn signs_as_the_reference_libraries_do() {
        let secret = secret_from_text("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n");
        let at = Instant(1_614_265_330_000);
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        assert_eq!(
            signature(&secret, id, at, br#"{"test": 2432232314}"#),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }
}
