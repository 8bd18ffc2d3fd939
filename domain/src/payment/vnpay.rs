//! VNPAY 2.1.0: what our side writes to the gateway and believes of it.
//!
//! Everything is signed with one shared secret by HMAC-SHA512. A payment address and the gateway's
//! reports (return, IPN) are signed over their own query: parameters sorted by name,
//! form-urlencoded. A question about an order (`querydr`) and its answer are JSON, signed over
//! their values in a fixed order, joined by `|`. Amounts travel times 100.
//!
//! Only [`Report::verify`] and [`Told::verify`] make what the rest of the program acts on, so that
//! an unsigned word of the gateway does not compile into a payment. The return is the same
//! [`Report`], and proves only that the browser is back: it passes through the citizen's hands.

use std::collections::BTreeMap;

use form_urlencoded::{Serializer, parse};
use ring::hmac;
use serde::{Deserialize, Serialize};

use super::Vnd;
use crate::time::{Instant, VIETNAM};

const VERSION: &str = "2.1.0";
const HASH: &str = "vnp_SecureHash";
const HASH_TYPE: &str = "vnp_SecureHashType";
const TIME: &str = "%Y%m%d%H%M%S";

/// `vnp_ResponseCode`, `vnp_TransactionStatus`: done.
pub const OK: &str = "00";

/// Our terminal at the gateway. No `Debug`: it holds the secret.
#[derive(Clone)]
pub struct Terminal {
    /// `vnp_TmnCode`.
    pub code: String,
    secret: hmac::Key,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VnpayError {
    #[error("believe the gateway: the signature is not its own")]
    Signature,
    #[error("read the gateway's word: a value is missing or not what it should be")]
    Malformed,
    #[error("write to the gateway: the amount is too large")]
    Amount,
}

/// An order that the citizen pays on the gateway's page.
#[derive(Clone)]
pub struct Order<'a> {
    /// `vnp_TxnRef`: unique for ever.
    pub reference: &'a str,
    pub amount: Vnd,
    /// Shown on the page and on the statement; made plain here.
    pub info: &'a str,
    /// Where the browser goes afterwards.
    pub return_url: &'a str,
    /// The payer's address as we see it.
    pub ip: &'a str,
    /// `vn` or `en`.
    pub locale: &'a str,
    pub created: Instant,
    pub expires: Instant,
}

/// What a report or an answer says of an order, its signature verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    pub reference: String,
    pub amount: Vnd,
    pub outcome: Outcome,
    /// `vnp_TransactionNo`, by which the gateway knows the capture; `0` where there is none.
    pub transaction: String,
}

/// What became of the money, by the gateway's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Captured,
    /// None moved and none will.
    Declined,
    /// Not decided, or held on suspicion.
    Pending,
}

/// The gateway's answer to a question about an order, verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    Captured(Report),
    /// No money moved and none will.
    Declined,
    /// Not decided yet.
    Pending,
    /// The gateway has never seen the order.
    NotThere,
    /// It does not answer this question now.
    Later,
}

/// What we answer to an IPN. The gateway repeats until it reads 00 or 02.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum IpnAnswer {
    Confirmed,
    OrderNotFound,
    AlreadyConfirmed,
    InvalidAmount,
    InvalidSignature,
    Unknown,
}

impl IpnAnswer {
    /// `RspCode` and `Message`.
    pub const fn code(self) -> (&'static str, &'static str) {
        match self {
            Self::Confirmed => ("00", "Confirm Success"),
            Self::OrderNotFound => ("01", "Order not found"),
            Self::AlreadyConfirmed => ("02", "Order already confirmed"),
            Self::InvalidAmount => ("04", "Invalid amount"),
            Self::InvalidSignature => ("97", "Invalid signature"),
            Self::Unknown => ("99", "Unknown error"),
        }
    }
}

/// `yyyyMMddHHmmss` on the wall clock of Vietnam.
pub fn print_time(at: Instant) -> String {
    at.local().strftime(TIME).to_string()
}

/// The instant of a `yyyyMMddHHmmss`.
pub fn read_time(text: &str) -> Option<Instant> {
    if text.len() != 14 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let local = jiff::civil::DateTime::strptime(TIME, text).ok()?;
    let stamp = VIETNAM.to_timestamp(local).ok()?;
    Some(Instant(stamp.as_millisecond()))
}

impl Terminal {
    pub fn new(code: impl Into<String>, secret: &str) -> Self {
        Self {
            code: code.into(),
            secret: hmac::Key::new(hmac::HMAC_SHA512, secret.as_bytes()),
        }
    }

    /// The address of the gateway's page for this order. `page` is the gateway's, e.g.
    /// `https://sandbox.vnpayment.vn/paymentv2/vpcpay.html`.
    pub fn payment_url(&self, page: &str, order: &Order<'_>) -> Result<String, VnpayError> {
        let query = self.sign(&BTreeMap::from([
            ("vnp_Version", VERSION.to_owned()),
            ("vnp_Command", "pay".into()),
            ("vnp_TmnCode", self.code.clone()),
            ("vnp_Amount", times_100(order.amount)?),
            ("vnp_CurrCode", "VND".into()),
            ("vnp_TxnRef", order.reference.into()),
            ("vnp_OrderInfo", super::plain(order.info, 255)),
            ("vnp_OrderType", "other".into()),
            ("vnp_Locale", order.locale.into()),
            ("vnp_ReturnUrl", order.return_url.into()),
            ("vnp_IpAddr", order.ip.into()),
            ("vnp_CreateDate", print_time(order.created)),
            ("vnp_ExpireDate", print_time(order.expires)),
        ]));
        Ok(format!("{page}?{query}"))
    }

    /// A signed query: what the gateway's own reports are, too (the sandbox plays the gateway).
    pub fn sign(&self, parameters: &BTreeMap<&str, String>) -> String {
        let query = encode(
            parameters
                .iter()
                .map(|(name, value)| (*name, value.as_str())),
        );
        let hash = self.hash(query.as_bytes());
        format!("{query}&{HASH}={hash}")
    }

    /// Believes a signed query of either side, whatever it says.
    pub fn verify_query(&self, query: &str) -> Result<BTreeMap<String, String>, VnpayError> {
        let mut parameters = BTreeMap::new();
        for (name, value) in parse(query.as_bytes()) {
            if name.starts_with("vnp_")
                && parameters
                    .insert(name.into_owned(), value.into_owned())
                    .is_some()
            {
                // Two values of one name: whichever one is signed, another one could be read.
                return Err(VnpayError::Signature);
            }
        }
        let hash = parameters.remove(HASH).ok_or(VnpayError::Signature)?;
        parameters.remove(HASH_TYPE);
        let signed = encode(
            parameters
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str())),
        );
        self.check(signed.as_bytes(), &hash)?;
        if parameters.get("vnp_TmnCode") != Some(&self.code) {
            return Err(VnpayError::Signature);
        }
        Ok(parameters)
    }

    /// `querydr`: asks what became of an order. `request` is unique for this question.
    pub fn query(&self, request: &str, reference: &str, created: Instant, now: Instant) -> Query {
        let mut query = Query {
            request_id: request.into(),
            version: VERSION.into(),
            command: "querydr".into(),
            tmn_code: self.code.clone(),
            txn_ref: reference.into(),
            order_info: format!("Hoi ket qua {reference}"),
            transaction_date: print_time(created),
            create_date: print_time(now),
            ip_addr: "127.0.0.1".into(),
            secure_hash: String::new(),
        };
        query.secure_hash = self.hash(query.signed().as_bytes());
        query
    }

    /// The gateway's side of [`Terminal::query`], for the sandbox.
    pub fn verify_question(&self, query: &Query) -> Result<(), VnpayError> {
        self.check(query.signed().as_bytes(), &query.secure_hash)
    }

    /// The gateway's side of [`Told::verify`], for the sandbox.
    pub fn sign_answer(&self, mut answer: Answer) -> Answer {
        answer.secure_hash = self.hash(answer.signed().as_bytes());
        answer
    }

    fn hash(&self, signed: &[u8]) -> String {
        hex::encode(hmac::sign(&self.secret, signed))
    }

    /// In constant time.
    fn check(&self, signed: &[u8], hash: &str) -> Result<(), VnpayError> {
        let hash = hex::decode(hash).map_err(|_| VnpayError::Signature)?;
        hmac::verify(&self.secret, signed, &hash).map_err(|_| VnpayError::Signature)
    }
}

fn encode<'a>(sorted: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut query = Serializer::new(String::new());
    for (name, value) in sorted {
        query.append_pair(name, value);
    }
    query.finish()
}

fn times_100(amount: Vnd) -> Result<String, VnpayError> {
    Ok(amount
        .checked_mul(100)
        .ok_or(VnpayError::Amount)?
        .to_string())
}

/// An amount as it travels; `None` if it is no whole number of đồng.
fn from_times_100(text: &str) -> Option<Vnd> {
    let hundredths: u64 = text.parse().ok()?;
    hundredths
        .is_multiple_of(100)
        .then(|| Vnd::new(hundredths / 100))
}

impl Report {
    /// Believes a return or an IPN. Both come as a query (an IPN also as a form's body).
    pub fn verify(terminal: &Terminal, query: &str) -> Result<Self, VnpayError> {
        let parameters = terminal.verify_query(query)?;
        let get = |name: &str| parameters.get(name).map(String::as_str);
        let reference = get("vnp_TxnRef").filter(|text| !text.is_empty());
        let amount = get("vnp_Amount").and_then(from_times_100);
        let (Some(reference), Some(amount), Some(response)) =
            (reference, amount, get("vnp_ResponseCode"))
        else {
            return Err(VnpayError::Malformed);
        };
        let transaction = get("vnp_TransactionNo").unwrap_or_default();
        // The status of the transaction, where it is told, says whether money moved; the response
        // code alone says how the page was left, and 07 that money is held on suspicion.
        let outcome = match (response, get("vnp_TransactionStatus")) {
            (OK, None | Some(OK)) if is_transaction(transaction) => Outcome::Captured,
            (OK, None | Some(OK)) => return Err(VnpayError::Malformed),
            ("07", None) => Outcome::Pending,
            (_, None | Some("02")) => Outcome::Declined,
            (_, Some(_)) => Outcome::Pending,
        };
        Ok(Self {
            reference: reference.into(),
            amount,
            outcome,
            transaction: transaction.into(),
        })
    }
}

/// A capture has a number: by it a repeated report is known.
fn is_transaction(number: &str) -> bool {
    (1..=20).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && number != "0"
}

/// The question `querydr` as it travels (JSON).
#[derive(Clone, Serialize, Deserialize)]
pub struct Query {
    #[serde(rename = "vnp_RequestId")]
    pub request_id: String,
    #[serde(rename = "vnp_Version")]
    pub version: String,
    #[serde(rename = "vnp_Command")]
    pub command: String,
    #[serde(rename = "vnp_TmnCode")]
    pub tmn_code: String,
    #[serde(rename = "vnp_TxnRef")]
    pub txn_ref: String,
    #[serde(rename = "vnp_OrderInfo")]
    pub order_info: String,
    #[serde(rename = "vnp_TransactionDate")]
    pub transaction_date: String,
    #[serde(rename = "vnp_CreateDate")]
    pub create_date: String,
    #[serde(rename = "vnp_IpAddr")]
    pub ip_addr: String,
    #[serde(rename = "vnp_SecureHash")]
    pub secure_hash: String,
}

impl Query {
    fn signed(&self) -> String {
        [
            &*self.request_id,
            &self.version,
            &self.command,
            &self.tmn_code,
            &self.txn_ref,
            &self.transaction_date,
            &self.create_date,
            &self.ip_addr,
            &self.order_info,
        ]
        .join("|")
    }
}

/// The answer to it (JSON). A value that is absent counts as empty in what is signed.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Answer {
    #[serde(rename = "vnp_ResponseId")]
    pub response_id: String,
    #[serde(rename = "vnp_Command")]
    pub command: String,
    #[serde(rename = "vnp_ResponseCode")]
    pub response_code: String,
    #[serde(rename = "vnp_Message")]
    pub message: String,
    #[serde(rename = "vnp_TmnCode")]
    pub tmn_code: String,
    #[serde(rename = "vnp_TxnRef")]
    pub txn_ref: String,
    #[serde(rename = "vnp_Amount")]
    pub amount: String,
    #[serde(rename = "vnp_BankCode")]
    pub bank_code: String,
    #[serde(rename = "vnp_PayDate")]
    pub pay_date: String,
    #[serde(rename = "vnp_TransactionNo")]
    pub transaction_no: String,
    #[serde(rename = "vnp_TransactionType")]
    pub transaction_type: String,
    #[serde(rename = "vnp_TransactionStatus")]
    pub transaction_status: String,
    #[serde(rename = "vnp_OrderInfo")]
    pub order_info: String,
    #[serde(rename = "vnp_PromotionCode")]
    pub promotion_code: String,
    #[serde(rename = "vnp_PromotionAmount")]
    pub promotion_amount: String,
    #[serde(rename = "vnp_SecureHash")]
    pub secure_hash: String,
}

impl Answer {
    fn signed(&self) -> String {
        [
            &*self.response_id,
            &self.command,
            &self.response_code,
            &self.message,
            &self.tmn_code,
            &self.txn_ref,
            &self.amount,
            &self.bank_code,
            &self.pay_date,
            &self.transaction_no,
            &self.transaction_type,
            &self.transaction_status,
            &self.order_info,
            &self.promotion_code,
            &self.promotion_amount,
        ]
        .join("|")
    }
}

impl Told {
    /// Believes an answer about the order `reference`.
    pub fn verify(terminal: &Terminal, body: &[u8], reference: &str) -> Result<Self, VnpayError> {
        let answer: Answer = serde_json::from_slice(body).map_err(|_| VnpayError::Malformed)?;
        terminal.check(answer.signed().as_bytes(), &answer.secure_hash)?;
        if answer.tmn_code != terminal.code || answer.command != "querydr" {
            return Err(VnpayError::Signature);
        }
        match answer.response_code.as_str() {
            OK if answer.txn_ref != reference => return Err(VnpayError::Signature),
            OK => {}
            "91" => return Ok(Self::NotThere),
            _ => return Ok(Self::Later),
        }
        match answer.transaction_status.as_str() {
            OK => {
                let amount = from_times_100(&answer.amount).ok_or(VnpayError::Malformed)?;
                if !is_transaction(&answer.transaction_no) {
                    return Err(VnpayError::Malformed);
                }
                Ok(Self::Captured(Report {
                    reference: answer.txn_ref,
                    amount,
                    outcome: Outcome::Captured,
                    transaction: answer.transaction_no,
                }))
            }
            "02" => Ok(Self::Declined),
            // 01 not finished; 04 to 09: reversals and suspicions, which end otherwise.
            _ => Ok(Self::Pending),
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

    const SECRET: &str = "THUNGHIEMBIMATKHONGDUNGTHAT00000";

    fn terminal() -> Terminal {
        Terminal::new("THUNGHM1", SECRET)
    }

    fn order() -> Order<'static> {
        Order {
            reference: "GD7K2M9QX4TP",
            amount: Vnd::new(16_000),
            info: "Lệ phí trích lục (2 bản)",
            return_url: "http://127.0.0.1:8081/v1/payments/vnpay/return",
            ip: "127.0.0.1",
            locale: "vn",
            // 22 November 2026, 17:30 in Vietnam.
            created: Instant(1_795_343_400_000),
            expires: Instant(1_795_344_300_000),
        }
    }

    fn report(changes: &[(&'static str, &str)]) -> String {
        let mut parameters = BTreeMap::from([
            ("vnp_Amount", "1600000".to_owned()),
            ("vnp_BankCode", "NCB".into()),
            ("vnp_OrderInfo", "Le phi & x".into()),
            ("vnp_PayDate", "20261122173100".into()),
            ("vnp_ResponseCode", "00".into()),
            ("vnp_TmnCode", "THUNGHM1".into()),
            ("vnp_TransactionNo", "14422574".into()),
            ("vnp_TransactionStatus", "00".into()),
            ("vnp_TxnRef", "GD7K2M9QX4TP".into()),
        ]);
        for (name, value) in changes {
            match *value {
                "" => parameters.remove(name),
                value => parameters.insert(name, value.to_owned()),
            };
        }
        terminal().sign(&parameters)
    }

    /// The signature was computed by another program: python's hmac over the query printed here.
    #[test]
    fn a_payment_address_is_signed_as_the_gateway_wants() {
        let url = terminal()
            .payment_url("https://g.example/pay", &order())
            .unwrap();
        let (page, query) = url.split_once('?').unwrap();
        assert_eq!(page, "https://g.example/pay");
        let (signed, hash) = query.split_once("&vnp_SecureHash=").unwrap();
        assert_eq!(
            signed,
            "vnp_Amount=1600000&vnp_Command=pay&vnp_CreateDate=20261122173000&vnp_CurrCode=VND\
             &vnp_ExpireDate=20261122174500&vnp_IpAddr=127.0.0.1&vnp_Locale=vn\
             &vnp_OrderInfo=Le+phi+trich+luc+2+ban&vnp_OrderType=other\
             &vnp_ReturnUrl=http%3A%2F%2F127.0.0.1%3A8081%2Fv1%2Fpayments%2Fvnpay%2Freturn\
             &vnp_TmnCode=THUNGHM1&vnp_TxnRef=GD7K2M9QX4TP&vnp_Version=2.1.0"
        );
        assert_eq!(
            hash,
            "bc28ac19dce434d9f62b002d4ccd64dac616bd6d4e6f70dc527de43fb01c5d71d7a854a2ee88bcc2b318b1503c9d7766ac39593da416da5bfe68d7e5808295ef"
        );
        assert!(terminal().verify_query(query).is_ok());
    }

    #[test]
    fn a_report_is_believed_only_as_it_was_signed() {
        let good = report(&[]);
        let read = Report::verify(&terminal(), &good).unwrap();
        assert_eq!(read.amount, Vnd::new(16_000));
        assert_eq!(read.outcome, Outcome::Captured);
        assert_eq!(read.transaction, "14422574");
        let refused = Err(VnpayError::Signature);
        for changed in [
            good.replace("1600000", "1600100"),
            good.replace("14422574", "14422575"),
            good.replace("vnp_ResponseCode=00", "vnp_ResponseCode=24"),
            format!("{good}&vnp_Amount=1"),
            format!("{good}&vnp_Extra=1"),
            good.replace("vnp_SecureHash=", "vnp_SecureHash=00"),
            good.split_once("&vnp_SecureHash").unwrap().0.to_owned(),
            String::new(),
        ] {
            assert_eq!(Report::verify(&terminal(), &changed), refused, "{changed}");
        }
        let other_secret = Terminal::new("THUNGHM1", "another");
        assert_eq!(Report::verify(&other_secret, &good), refused);
        // What is not the gateway's is not signed by it, and does not matter.
        assert!(Report::verify(&terminal(), &format!("{good}&utm=1")).is_ok());
        // The hash may come in capitals, as some of its libraries send it.
        let (signed, hash) = good.split_once("vnp_SecureHash=").unwrap();
        let capitals = format!("{signed}vnp_SecureHash={}", hash.to_uppercase());
        assert!(Report::verify(&terminal(), &capitals).is_ok());
    }

    #[test]
    fn money_has_moved_only_where_it_says_so_plainly() {
        let outcome = |changes: &[(&'static str, &str)]| {
            Report::verify(&terminal(), &report(changes)).map(|report| report.outcome)
        };
        let status = "vnp_TransactionStatus";
        let response = "vnp_ResponseCode";
        assert_eq!(outcome(&[(status, "")]), Ok(Outcome::Captured));
        assert_eq!(
            outcome(&[(response, "24"), (status, "02")]),
            Ok(Outcome::Declined)
        );
        assert_eq!(
            outcome(&[(response, "24"), (status, "")]),
            Ok(Outcome::Declined)
        );
        assert_eq!(
            outcome(&[(response, "07"), (status, "")]),
            Ok(Outcome::Pending)
        );
        assert_eq!(
            outcome(&[(response, "07"), (status, "07")]),
            Ok(Outcome::Pending)
        );
        assert_eq!(outcome(&[(status, "01")]), Ok(Outcome::Pending));
        assert_eq!(
            outcome(&[(response, "24"), (status, "00")]),
            Ok(Outcome::Pending)
        );
        let malformed = Err(VnpayError::Malformed);
        for broken in [
            ("vnp_Amount", "16.000"),
            ("vnp_Amount", "1600001"),
            ("vnp_Amount", "-100"),
            ("vnp_Amount", ""),
            ("vnp_TxnRef", ""),
            (response, ""),
            ("vnp_TransactionNo", ""),
            ("vnp_TransactionNo", "0"),
        ] {
            assert_eq!(outcome(&[broken]), malformed, "{broken:?}");
        }
    }

    #[test]
    fn the_gateway_is_asked_and_its_answer_believed_only_when_signed() {
        let terminal = terminal();
        let query = terminal.query("r1", "GD7K2M9QX4TP", order().created, order().expires);
        assert!(terminal.verify_question(&query).is_ok());
        assert_eq!(query.transaction_date, "20261122173000");
        let mut changed = query.clone();
        changed.txn_ref = "other".into();
        assert_eq!(
            terminal.verify_question(&changed),
            Err(VnpayError::Signature)
        );
        let told = |answer: Answer| {
            let body = serde_json::to_vec(&terminal.sign_answer(answer)).unwrap();
            Told::verify(&terminal, &body, "GD7K2M9QX4TP")
        };
        let captured = Answer {
            command: "querydr".into(),
            response_code: "00".into(),
            tmn_code: "THUNGHM1".into(),
            txn_ref: "GD7K2M9QX4TP".into(),
            amount: "1600000".into(),
            transaction_no: "14422574".into(),
            transaction_status: "00".into(),
            ..Answer::default()
        };
        let with = |change: fn(&mut Answer)| {
            let mut answer = captured.clone();
            change(&mut answer);
            told(answer)
        };
        assert!(matches!(with(|_| {}), Ok(Told::Captured(_))));
        assert_eq!(
            with(|a| a.transaction_status = "02".into()),
            Ok(Told::Declined)
        );
        assert_eq!(
            with(|a| a.transaction_status = "01".into()),
            Ok(Told::Pending)
        );
        assert_eq!(
            with(|a| a.transaction_status = "07".into()),
            Ok(Told::Pending)
        );
        assert_eq!(with(|a| a.response_code = "91".into()), Ok(Told::NotThere));
        assert_eq!(with(|a| a.response_code = "94".into()), Ok(Told::Later));
        assert_eq!(
            with(|a| a.txn_ref = "another order".into()),
            Err(VnpayError::Signature)
        );
        assert_eq!(with(|a| a.amount = "x".into()), Err(VnpayError::Malformed));
        let mut forged = terminal.sign_answer(captured.clone());
        forged.amount = "100".into();
        let body = serde_json::to_vec(&forged).unwrap();
        assert_eq!(
            Told::verify(&terminal, &body, "GD7K2M9QX4TP"),
            Err(VnpayError::Signature)
        );
    }

    #[test]
    fn times_are_read_as_they_are_printed() {
        let at = Instant(1_795_343_400_000);
        assert_eq!(read_time(&print_time(at)), Some(at));
        for wrong in ["", "2026112217300", "20261322173000", "2026112217300x"] {
            assert_eq!(read_time(wrong), None);
        }
    }

    #[test]
    fn whatever_is_signed_is_believed_and_nothing_else() {
        bolero::check!()
            .with_type::<(Vec<(u8, String)>, String)>()
            .for_each(|(values, other)| {
                const NAMES: [&str; 3] = ["vnp_A", "vnp_OrderInfo", "vnp_Z"];
                let mut parameters: BTreeMap<&str, String> = values
                    .iter()
                    .map(|(name, value)| (NAMES[usize::from(*name) % 3], value.clone()))
                    .collect();
                parameters.insert("vnp_TmnCode", "THUNGHM1".into());
                let query = terminal().sign(&parameters);
                let read = terminal().verify_query(&query).unwrap();
                assert!(
                    read.iter()
                        .map(|(n, v)| (n.as_str(), v))
                        .eq(parameters.iter().map(|(n, v)| (*n, v)))
                );
                assert!(terminal().verify_query(other).is_err());
                let _ = Told::verify(&terminal(), other.as_bytes(), "x");
            });
    }
}
