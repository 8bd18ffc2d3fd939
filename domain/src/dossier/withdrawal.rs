//! A withdrawal (rút hồ sơ): the citizen asks, with a signature, that a dossier be given back
//! (national status 7); the office grants it (8, stopped) or goes on.
//!
//! It has its own key and its own `typ`, as a supplement has. A dossier that has not been received
//! yet is not withdrawn but taken back, on the phone alone.

use serde::{Deserialize, Serialize};

use super::{DossierCode, IntentId, intent::IntentError};
use crate::{jws, time::Instant};

/// `typ` of a withdrawal's JWS header.
pub const WITHDRAWAL_TYP: &str = "gandan-withdrawal+jwt";

/// The payload of a withdrawal's JWS.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// Its own idempotency key.
    pub id: IntentId,
    /// Who signs, as in [`Intent::subject`](super::Intent::subject).
    pub subject: String,
    pub dossier: DossierCode,
    /// The intent that made the dossier.
    pub intent: IntentId,
    /// The phone's clock when the citizen signed.
    pub intent_at: Instant,
}

impl Withdrawal {
    /// Verifies the JWS with the device's key and reads the payload.
    pub fn verify(token: &str, key: &jws::PublicKey) -> Result<Self, IntentError> {
        let payload = jws::Unverified::parse(token)?.verify(key, WITHDRAWAL_TYP)?;
        serde_json::from_slice(&payload).map_err(|_| IntentError::Payload)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use uuid::Uuid;

    use super::*;
    use crate::dossier::{
        signing::{P256, every_change, near},
        supplement::SUPPLEMENT_TYP,
    };

    fn withdrawal() -> Withdrawal {
        Withdrawal {
            id: IntentId(Uuid::from_u128(9)),
            subject: "citizen-7".into(),
            dossier: "H99.08.01-261122-0001".parse().unwrap(),
            intent: IntentId(Uuid::from_u128(7)),
            intent_at: Instant(1_795_000_000_000),
        }
    }

    #[test]
    fn only_a_whole_withdrawal_of_this_device_counts() {
        let key = P256::new(1);
        let withdrawal = withdrawal();
        let payload = serde_json::to_vec(&withdrawal).unwrap();
        let token = key.jws(WITHDRAWAL_TYP, &payload);
        let read = Withdrawal::verify(&token, &key.public());
        assert!(read.is_ok_and(|read| read == withdrawal));
        let other = key.jws(SUPPLEMENT_TYP, &payload);
        assert!(Withdrawal::verify(&other, &key.public()).is_err());
        assert!(Withdrawal::verify(&token, &P256::new(2).public()).is_err());
        for changed in every_change(&token) {
            assert!(Withdrawal::verify(&changed, &key.public()).is_err());
        }
    }

    #[test]
    fn no_token_makes_it_fall() {
        let signer = P256::new(1);
        let sound = serde_json::to_vec(&withdrawal()).unwrap();
        let key = signer.public();
        bolero::check!()
            .with_type::<(String, usize, u8, Vec<u8>)>()
            .with_iterations(400)
            .for_each(|(text, at, pick, patch)| {
                assert!(Withdrawal::verify(text, &key).is_err());
                for payload in [patch.clone(), near(&sound, *at, pick % 16, patch)] {
                    let read = Withdrawal::verify(&signer.jws(WITHDRAWAL_TYP, &payload), &key);
                    // What is read is what it says: written and read again it is the same.
                    if let Ok(read) = read {
                        let written = serde_json::to_vec(&read).unwrap();
                        let again = Withdrawal::verify(&signer.jws(WITHDRAWAL_TYP, &written), &key);
                        assert!(again.is_ok_and(|again| again == read));
                    }
                }
            });
    }
}
