//! What passed on the wire, for the oracles: every act that was sent, every receipt that was given
//! and every word about money, as they were, independent of what either side remembers.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use gandan_domain::{
    dossier::{
        DossierCode, FileEntry, Intent, IntentId, KeySet, Receipt, Supplement, receipt::RECEIPT_TYP,
    },
    form::Answers,
    jws::Unverified,
    payment::{PaymentReceipt, Vnd},
    wire::{Command, OperationResult, OrderView, SyncRequest, SyncResponse, What},
};
use http::{HeaderMap, Request};

/// What somebody signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    File,
    Supplement,
    Withdraw,
}

#[derive(Default)]
pub struct Witness(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    /// The acts' tokens, verbatim, by their key. Only one token of a key may ever be sent.
    acts: BTreeMap<IntentId, (Act, Vec<String>)>,
    /// Every receipt's token that left the backend.
    receipts: Vec<String>,
    /// Every payment receipt's token that left the backend.
    payments: Vec<String>,
    /// Every order that the backend opened or named, by its reference.
    orders: BTreeMap<String, OrderView>,
    /// Every query that the gateway sent us.
    ipns: Vec<String>,
    /// Every notice that the bank sent us.
    notices: Vec<(HeaderMap, Bytes)>,
}

impl Witness {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn request(&self, request: &Request<Bytes>) {
        match request.uri().path() {
            "/v1/sync" => self.operations(request.body()),
            "/v1/payments/vnpay/ipn" => {
                let query = request.uri().query().unwrap_or_default().to_owned();
                let mut seen = self.seen();
                if !seen.ipns.contains(&query) {
                    seen.ipns.push(query);
                }
            }
            "/v1/webhooks/bank" => {
                let notice = (request.headers().clone(), request.body().clone());
                self.seen().notices.push(notice);
            }
            _ => {}
        }
    }

    fn operations(&self, body: &Bytes) {
        let Ok(request) = serde_json::from_slice::<SyncRequest>(body) else {
            return;
        };
        let mut seen = self.seen();
        for operation in request.operations {
            let (act, token) = match operation.command {
                Command::Submit { intent } => (Act::File, intent),
                Command::Supplement { supplement } => (Act::Supplement, supplement),
                Command::Withdraw { withdrawal } => (Act::Withdraw, withdrawal),
                Command::Read { .. } => continue,
            };
            let (_, tokens) = seen
                .acts
                .entry(IntentId(operation.key))
                .or_insert_with(|| (act, Vec::new()));
            if !tokens.contains(&token) {
                tokens.push(token);
            }
        }
    }

    pub fn response(&self, path: &str, body: &Bytes) {
        match path {
            "/v1/sync" => {
                let Ok(response) = serde_json::from_slice::<SyncResponse>(body) else {
                    return;
                };
                let mut seen = self.seen();
                for answer in response.answers {
                    if let OperationResult::Accepted { receipt } = answer.result
                        && !seen.receipts.contains(&receipt)
                    {
                        seen.receipts.push(receipt);
                    }
                }
                for change in response.changes {
                    let What::Dossier { dossier } = change.what else {
                        continue;
                    };
                    for fee in dossier.fees {
                        if let Some(order) = fee.order {
                            let reference = order.reference.clone();
                            seen.orders.entry(reference).or_insert(order);
                        }
                        if let Some(token) = fee.receipt
                            && !seen.payments.contains(&token)
                        {
                            seen.payments.push(token);
                        }
                    }
                }
            }
            "/v1/payments" => {
                if let Ok(order) = serde_json::from_slice::<OrderView>(body) {
                    let reference = order.reference.clone();
                    self.seen().orders.entry(reference).or_insert(order);
                }
            }
            _ => {}
        }
    }

    /// Is there proof for a screen that says "sent" and shows `shown`? Checks signature, act and
    /// files by the domain's rules, from the tokens as they passed.
    pub fn prove(
        &self,
        shown: &str,
        keys: &KeySet,
        attached: &[FileEntry],
    ) -> Result<DossierCode, String> {
        let seen = self.seen();
        let mut why = "no receipt was ever given".to_owned();
        for token in &seen.receipts {
            let Some(receipt) = read(token) else {
                continue;
            };
            if receipt.dossier.as_str() != shown {
                why = "the code on the screen is in no receipt".into();
                continue;
            }
            let Some((act, tokens)) = seen.acts.get(&receipt.intent) else {
                continue;
            };
            for signed in tokens {
                let Some(files) = files(*act, signed) else {
                    continue;
                };
                // Only the filing brings files in these stories.
                let expected = if *act == Act::File { attached } else { &[] };
                if files != expected {
                    why = "the signed list of files is not the files on the phone".into();
                    continue;
                }
                match Receipt::verify(token, keys, receipt.intent, signed, &files) {
                    Ok(_) => return Ok(receipt.dossier),
                    Err(error) => why = error.to_string(),
                }
            }
        }
        Err(why)
    }

    /// Is there proof for a screen that says "paid" and shows the receipt `shown`?
    pub fn prove_payment(&self, shown: &str, keys: &KeySet, due: Vnd) -> Result<(), String> {
        let seen = self.seen();
        let mut why = "no payment receipt was ever given".to_owned();
        for token in &seen.payments {
            let Some(receipt) = payment(token) else {
                continue;
            };
            if receipt.reference != shown {
                why = "the reference on the screen is in no payment receipt".into();
                continue;
            }
            match PaymentReceipt::verify(token, keys, receipt.fee, &receipt.dossier, due) {
                Ok(_) => return Ok(()),
                Err(error) => why = error.to_string(),
            }
        }
        Err(why)
    }

    /// Every payment receipt that was given.
    pub fn payments(&self) -> Vec<PaymentReceipt> {
        let seen = self.seen();
        seen.payments
            .iter()
            .filter_map(|token| payment(token))
            .collect()
    }

    /// Every order that the backend opened, by its reference.
    pub fn orders(&self) -> Vec<OrderView> {
        self.seen().orders.values().cloned().collect()
    }

    pub fn ipns(&self) -> Vec<String> {
        self.seen().ipns.clone()
    }

    pub fn notices(&self) -> Vec<(HeaderMap, Bytes)> {
        self.seen().notices.clone()
    }

    /// How many tokens of each act were sent.
    pub fn sent(&self) -> Vec<(Act, IntentId, usize)> {
        let seen = self.seen();
        seen.acts
            .iter()
            .map(|(id, (act, tokens))| (*act, *id, tokens.len()))
            .collect()
    }

    /// What was sent to be filed.
    pub fn filed(&self) -> Vec<Answers> {
        let seen = self.seen();
        let filings = seen.acts.values().filter(|(act, _)| *act == Act::File);
        filings
            .flat_map(|(_, tokens)| tokens)
            .filter_map(|token| serde_json::from_slice::<Intent>(&payload(token)?).ok())
            .map(|intent| intent.answers)
            .collect()
    }

    /// Which request each accepted supplement answers.
    pub fn supplements(&self) -> Vec<u32> {
        let accepted = self.promised(Act::Supplement);
        let seen = self.seen();
        accepted
            .keys()
            .filter_map(|id| seen.acts.get(id)?.1.first())
            .filter_map(|token| serde_json::from_slice::<Supplement>(&payload(token)?).ok())
            .map(|supplement| supplement.request)
            .collect()
    }

    /// Every dossier code that was ever promised for an act, by its key (I2).
    pub fn promised(&self, act: Act) -> BTreeMap<IntentId, Vec<DossierCode>> {
        let seen = self.seen();
        let mut out: BTreeMap<IntentId, Vec<DossierCode>> = BTreeMap::new();
        for receipt in seen.receipts.iter().filter_map(|token| read(token)) {
            if seen
                .acts
                .get(&receipt.intent)
                .is_none_or(|(of, _)| *of != act)
            {
                continue;
            }
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

fn payment(token: &str) -> Option<PaymentReceipt> {
    serde_json::from_slice(&payload(token)?).ok()
}

fn files(act: Act, token: &str) -> Option<Vec<FileEntry>> {
    let payload = payload(token)?;
    match act {
        Act::File => Some(serde_json::from_slice::<Intent>(&payload).ok()?.files),
        Act::Supplement => Some(serde_json::from_slice::<Supplement>(&payload).ok()?.files),
        Act::Withdraw => Some(Vec::new()),
    }
}
