//! The payment receipt (biên lai): the server's signed proof that a fee is paid.
//!
//! As with a dossier's receipt, only [`PaymentReceipt::verify`] makes a [`VerifiedPayment`], and
//! only that lets a screen say "Đã nộp phí".

use serde::{Deserialize, Serialize};

use super::{Method, Vnd};
use crate::{
    dossier::{DossierCode, KeySet, keyset::KeyUse},
    jws,
    time::Instant,
};

/// `typ` of a payment receipt's JWS header.
pub const PAYMENT_TYP: &str = "gandan-payment+jwt";

/// The payload. Holds no personal data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentReceipt {
    pub fee: uuid::Uuid,
    pub dossier: DossierCode,
    pub vnd: Vnd,
    pub method: Method,
    /// Our order's reference, which the gateway or the transfer carried.
    pub reference: String,
    /// The number under which whoever holds the money knows it.
    pub transaction: String,
    pub paid_at: Instant,
}

/// A payment receipt whose signature, fee and sum have been checked. Cannot be made otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedPayment(PaymentReceipt);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PaymentReceiptError {
    #[error(transparent)]
    Signature(#[from] jws::JwsError),
    #[error("verify the payment receipt: it is signed by a key that is not in the key set")]
    UnknownKey,
    #[error("read the payment receipt: its payload is not one")]
    Payload,
    #[error("accept the payment receipt: it is for another fee, dossier or sum")]
    Other,
}

impl VerifiedPayment {
    pub const fn receipt(&self) -> &PaymentReceipt {
        &self.0
    }
}

impl PaymentReceipt {
    /// Checks `token` against the key set and against the fee as this phone knows it.
    pub fn verify(
        token: &str,
        keys: &KeySet,
        fee: uuid::Uuid,
        dossier: &DossierCode,
        vnd: Vnd,
    ) -> Result<VerifiedPayment, PaymentReceiptError> {
        let unverified = jws::Unverified::parse(token)?;
        let kid = unverified
            .header
            .kid
            .clone()
            .ok_or(PaymentReceiptError::UnknownKey)?;
        let key = keys
            .find(&kid, KeyUse::Receipt)
            .ok_or(PaymentReceiptError::UnknownKey)?;
        let payload = unverified.verify(key, PAYMENT_TYP)?;
        let receipt: Self =
            serde_json::from_slice(&payload).map_err(|_| PaymentReceiptError::Payload)?;
        if receipt.fee == fee && receipt.dossier == *dossier && receipt.vnd == vnd {
            Ok(VerifiedPayment(receipt))
        } else {
            Err(PaymentReceiptError::Other)
        }
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
    use crate::dossier::{
        receipt::RECEIPT_TYP,
        signing::{Ed25519, every_change, near},
    };

    fn receipt() -> PaymentReceipt {
        PaymentReceipt {
            fee: uuid::Uuid::from_u128(1),
            dossier: "H99.08.01-261122-0001".parse().unwrap(),
            vnd: Vnd::new(16_000),
            method: Method::Vnpay,
            reference: "GD1".into(),
            transaction: "14422574".into(),
            paid_at: Instant(1_795_000_000_000),
        }
    }

    fn verify(token: &str, keys: &KeySet) -> Result<VerifiedPayment, PaymentReceiptError> {
        let known = receipt();
        PaymentReceipt::verify(token, keys, known.fee, &known.dossier, known.vnd)
    }

    #[test]
    fn only_what_the_server_signed_for_this_fee_proves_a_payment() {
        let key = Ed25519::new(1);
        let keys = key.listed(KeyUse::Receipt);
        let payload = serde_json::to_vec(&receipt()).unwrap();
        let token = key.jws(PAYMENT_TYP, &payload);
        assert_eq!(*verify(&token, &keys).unwrap().receipt(), receipt());
        let stranger = Ed25519::new(2).jws(PAYMENT_TYP, &payload);
        assert!(verify(&stranger, &keys).is_err());
        assert!(verify(&key.jws(RECEIPT_TYP, &payload), &keys).is_err());
        let pack_key = key.listed(KeyUse::Pack);
        assert_eq!(
            verify(&token, &pack_key),
            Err(PaymentReceiptError::UnknownKey)
        );
        for change in [
            PaymentReceipt {
                fee: uuid::Uuid::nil(),
                ..receipt()
            },
            PaymentReceipt {
                vnd: Vnd::new(8_000),
                ..receipt()
            },
            PaymentReceipt {
                dossier: "H99.08.01-261122-0002".parse().unwrap(),
                ..receipt()
            },
        ] {
            let other = key.jws(PAYMENT_TYP, &serde_json::to_vec(&change).unwrap());
            assert_eq!(verify(&other, &keys), Err(PaymentReceiptError::Other));
        }
        for changed in every_change(&token) {
            assert!(verify(&changed, &keys).is_err());
        }
    }

    #[test]
    fn no_token_makes_it_fall_and_a_proof_is_of_this_fee() {
        let key = Ed25519::new(1);
        let keys = key.listed(KeyUse::Receipt);
        let sound = serde_json::to_vec(&receipt()).unwrap();
        bolero::check!()
            .with_type::<(String, usize, u8, Vec<u8>)>()
            .for_each(|(token, at, pick, patch)| {
                assert!(verify(token, &keys).is_err());
                let payload = near(&sound, *at, pick % 16, patch);
                if let Ok(read) = verify(&key.jws(PAYMENT_TYP, &payload), &keys) {
                    assert_eq!(read.receipt().vnd, receipt().vnd);
                    assert_eq!(read.receipt().fee, receipt().fee);
                }
            });
    }
}
