//! What passes on the wire, for the oracles: every intent that was sent and every receipt that was
//! given, as they were, independent of what either side remembers.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use bytes::Bytes;
use gandan_domain::{
    dossier::{DossierCode, FileEntry, Intent, IntentId, KeySet, Receipt, receipt::RECEIPT_TYP},
    jws::Unverified,
    wire::{Command, OperationResult, SyncRequest, SyncResponse},
};

#[derive(Default)]
pub struct Witness(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    /// The intents' tokens, verbatim. A phone signs an intent once.
    intents: BTreeMap<IntentId, Vec<String>>,
    /// Every receipt's token that left the backend.
    receipts: Vec<String>,
}

impl Witness {
    pub fn request(&self, path: &str, body: &Bytes) {
        if path != "/v1/sync" {
            return;
        }
        let Ok(request) = serde_json::from_slice::<SyncRequest>(body) else {
            return;
        };
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for operation in request.operations {
            let Command::Submit { intent } = operation.command else {
                continue;
            };
            let tokens = seen.intents.entry(IntentId(operation.key)).or_default();
            if !tokens.contains(&intent) {
                tokens.push(intent);
            }
        }
    }

    pub fn response(&self, path: &str, body: &Bytes) {
        if path != "/v1/sync" {
            return;
        }
        let Ok(response) = serde_json::from_slice::<SyncResponse>(body) else {
            return;
        };
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for answer in response.answers {
            if let OperationResult::Accepted { receipt } = answer.result
                && !seen.receipts.contains(&receipt)
            {
                seen.receipts.push(receipt);
            }
        }
    }

    /// Is there proof for a screen that says "sent" and shows `shown`? Checks signature, intent and
    /// files by the domain's rules, from the tokens as they passed.
    pub fn prove(
        &self,
        shown: &str,
        keys: &KeySet,
        photo: &FileEntry,
    ) -> Result<DossierCode, String> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut why = "no receipt was ever given".to_owned();
        for token in &seen.receipts {
            let Some(receipt) = read(token) else {
                continue;
            };
            if receipt.dossier.as_str() != shown {
                why = "the code on the screen is in no receipt".into();
                continue;
            }
            for intent in seen.intents.get(&receipt.intent).into_iter().flatten() {
                let Some(files) = files(intent) else {
                    continue;
                };
                if files != std::slice::from_ref(photo) {
                    why = "the signed list of files is not the file on the phone".into();
                    continue;
                }
                match Receipt::verify(token, keys, receipt.intent, intent, &files) {
                    Ok(_) => return Ok(receipt.dossier),
                    Err(error) => why = error.to_string(),
                }
            }
        }
        Err(why)
    }

    /// Every dossier code that was ever promised, by intent (I2).
    pub fn promised(&self) -> BTreeMap<IntentId, Vec<DossierCode>> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut out: BTreeMap<IntentId, Vec<DossierCode>> = BTreeMap::new();
        for receipt in seen.receipts.iter().filter_map(|token| read(token)) {
            let codes = out.entry(receipt.intent).or_default();
            if !codes.contains(&receipt.dossier) {
                codes.push(receipt.dossier);
            }
        }
        out
    }
}

fn payload(token: &str) -> Option<Vec<u8>> {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()
}

fn read(token: &str) -> Option<Receipt> {
    let unverified = Unverified::parse(token).ok()?;
    (unverified.header.typ == RECEIPT_TYP).then_some(())?;
    serde_json::from_slice(&payload(token)?).ok()
}

fn files(intent: &str) -> Option<Vec<FileEntry>> {
    let intent: Intent = serde_json::from_slice(&payload(intent)?).ok()?;
    Some(intent.files)
}
