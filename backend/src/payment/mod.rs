//! Fees and the money for them: what is owed, what was started, what came in.
//!
//! ```text
//!  filing ─┐                start ──► payment_order ──► VNPAY's page / VietQR
//!  office ─┴─► fee ◄──────────────────────┐                    │
//!                 settles at most once    │  IPN, querydr, bank's notice, counter
//!                                       credit ◄───────────────┘
//! ```
//!
//! Money is known by rows of `credit` and by nothing else: one row for each sum that whoever holds
//! the money says came in, under their number for it. In the transaction that writes the row the
//! fee becomes paid, if it was still due and the sum fits, else the sum is owed back; so a fee is
//! settled at most once (I4), and what came in is always what settled plus what is owed. What settled
//! is owed back, too, once the office stops a dossier that was asked back. Start at [`ledger`]. The browser's return decides nothing: `docs/adr/0014-payment-truth.md`.

pub mod bank;
pub mod ledger;
pub mod office;
pub mod start;
#[cfg(test)]
mod tests;
pub mod vnpay;
pub mod worker;

use gandan_domain::{
    Private,
    payment::{Amount, Method, State, Vnd},
    text::Lang,
    time::Instant,
    wire::{FeeLineView, FeeView, OrderView, RefundView, TransferView},
};
use gandan_foundation::{
    ports::Random,
    sealing::{Cell, SealingKey},
};
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    app::Shared,
    catalog::Catalog,
    config::{Config, TransferConfig},
    identity::CitizenId,
    params,
    problem::Refusal,
    storage::{Failure, Reader, Row, Tx},
};

pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(start::start))
        .routes(routes!(start::give_up))
        .routes(routes!(vnpay::ipn_by_get, vnpay::ipn_by_post))
        .routes(routes!(vnpay::returned))
        .routes(routes!(bank::credited))
}

macro_rules! select_order {
    ($rest:literal) => {
        concat!(
            "SELECT id, citizen, fee, reference, method, state, vnd, created_at, expires_at, asked,
                 sealed
             FROM payment_order WHERE ",
            $rest
        )
    };
}
use select_order;

/// What of a fee never changes, sealed.
#[derive(Serialize, Deserialize)]
struct FeeRecord {
    lines: Vec<FeeLineView>,
    #[serde(default)]
    reason: Option<Private<String>>,
    /// How it can be paid from the phone.
    methods: Vec<Method>,
}

/// A row of `fee`.
pub struct Fee {
    pub id: Uuid,
    pub citizen: CitizenId,
    pub dossier: Uuid,
    pub vnd: Vnd,
    pub paid: bool,
    asked_at: Instant,
    sealed: Vec<u8>,
    receipt: Option<Vec<u8>>,
}

macro_rules! select_fee {
    ($rest:literal) => {
        concat!(
            "SELECT id, citizen, dossier, vnd, paid, asked_at, sealed, receipt FROM fee WHERE ",
            $rest
        )
    };
}

impl Fee {
    fn from_row(row: &Row) -> Result<Self, Failure> {
        Ok(Self {
            id: row.get(0)?,
            citizen: row.get(1)?,
            dossier: row.get(2)?,
            vnd: Vnd::new(row.get(3)?),
            paid: row.get(4)?,
            asked_at: row.get(5)?,
            sealed: row.get(6)?,
            receipt: row.get(7)?,
        })
    }

    pub async fn find(reader: &mut dyn Reader, id: Uuid) -> Result<Option<Self>, Failure> {
        let row = reader
            .query_opt(select_fee!("id = $1"), &params![id])
            .await?;
        row.as_ref().map(Self::from_row).transpose()
    }

    async fn of_source(
        reader: &mut dyn Reader,
        dossier: Uuid,
        source: &[u8],
    ) -> Result<Option<Self>, Failure> {
        let row = reader
            .query_opt(
                select_fee!("dossier = $1 AND source = $2"),
                &params![dossier, source],
            )
            .await?;
        row.as_ref().map(Self::from_row).transpose()
    }

    /// The fees of a dossier, oldest first.
    pub async fn of_dossier(reader: &mut dyn Reader, dossier: Uuid) -> Result<Vec<Self>, Failure> {
        let rows = reader
            .query(
                select_fee!("dossier = $1 ORDER BY asked_at, id"),
                &params![dossier],
            )
            .await?;
        rows.iter().map(Self::from_row).collect()
    }

    fn record(&self, key: &SealingKey) -> Result<FeeRecord, Failure> {
        let plain = key.open(&cell("fee", "sealed", self.id.as_bytes()), &self.sealed)?;
        Ok(serde_json::from_slice(&plain)?)
    }

    fn receipt(&self, key: &SealingKey) -> Result<Option<String>, Failure> {
        let Some(sealed) = &self.receipt else {
            return Ok(None);
        };
        let plain = key.open(&cell("fee", "receipt", self.id.as_bytes()), sealed)?;
        Ok(Some(String::from_utf8_lossy(&plain).into_owned()))
    }

    async fn view(&self, reader: &mut dyn Reader, key: &SealingKey) -> Result<FeeView, Failure> {
        let record = self.record(key)?;
        let orders = reader
            .query(
                select_order!("fee = $1 ORDER BY created_at DESC, id DESC LIMIT 1"),
                &params![self.id],
            )
            .await?;
        let order = orders.first().map(Order::from_row).transpose()?;
        let refunds = reader
            .query(
                "SELECT vnd, settles, at, refunded FROM credit
                 WHERE fee = $1 AND vnd > settles ORDER BY at, number",
                &params![self.id],
            )
            .await?;
        Ok(FeeView {
            id: self.id,
            vnd: self.vnd,
            asked_at: self.asked_at,
            lines: record.lines,
            reason: record.reason,
            methods: record.methods,
            paid: self.paid,
            order: order.map(|order| order.view(key)).transpose()?,
            receipt: self.receipt(key)?,
            refunds: refunds
                .iter()
                .map(|row| {
                    let owed = row.get::<u64>(0)?.saturating_sub(row.get(1)?);
                    Ok(RefundView {
                        vnd: Vnd::new(owed),
                        at: row.get(2)?,
                        done: row.get(3)?,
                    })
                })
                .collect::<Result<_, Failure>>()?,
        })
    }
}

/// What a dossier's citizen sees of its fees.
pub async fn views(
    reader: &mut dyn Reader,
    key: &SealingKey,
    dossier: Uuid,
) -> Result<Vec<FeeView>, Failure> {
    let mut views = Vec::new();
    for fee in Fee::of_dossier(reader, dossier).await? {
        views.push(fee.view(reader, key).await?);
    }
    Ok(views)
}

/// Where an order's money is to come from, and where its citizen goes back to. Sealed.
#[derive(Serialize, Deserialize)]
struct OrderRecord {
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    transfer: Option<TransferView>,
    #[serde(default)]
    return_to: String,
}

/// A row of `payment_order`.
pub struct Order {
    pub id: Uuid,
    pub citizen: CitizenId,
    pub fee: Uuid,
    pub reference: String,
    pub method: Method,
    pub state: State,
    pub vnd: Vnd,
    pub created_at: Instant,
    pub expires_at: Instant,
    asked: u32,
    sealed: Vec<u8>,
}

impl Order {
    fn from_row(row: &Row) -> Result<Self, Failure> {
        let unreadable = || gandan_domain::Problem::Bug {
            id: "payment-order".into(),
        };
        Ok(Self {
            id: row.get(0)?,
            citizen: row.get(1)?,
            fee: row.get(2)?,
            reference: row.get(3)?,
            method: Method::from_name(&row.get::<String>(4)?).ok_or_else(unreadable)?,
            state: State::from_name(&row.get::<String>(5)?).ok_or_else(unreadable)?,
            vnd: Vnd::new(row.get(6)?),
            created_at: row.get(7)?,
            expires_at: row.get(8)?,
            asked: row.get(9)?,
            sealed: row.get(10)?,
        })
    }

    pub async fn by_reference(
        reader: &mut dyn Reader,
        reference: &str,
    ) -> Result<Option<Self>, Failure> {
        let row = reader
            .query_opt(select_order!("reference = $1"), &params![reference])
            .await?;
        row.as_ref().map(Self::from_row).transpose()
    }

    fn record(&self, key: &SealingKey) -> Result<OrderRecord, Failure> {
        let plain = key.open(
            &cell("payment_order", "sealed", self.id.as_bytes()),
            &self.sealed,
        )?;
        Ok(serde_json::from_slice(&plain)?)
    }

    fn view(&self, key: &SealingKey) -> Result<OrderView, Failure> {
        // What can no longer be paid must not be offered: not even by an old screen.
        let record = match self.state {
            State::Started => Some(self.record(key)?),
            _ => None,
        };
        let (url, transfer) = record.map_or((None, None), |record| (record.url, record.transfer));
        Ok(OrderView {
            id: self.id,
            method: self.method,
            state: self.state,
            reference: self.reference.clone(),
            expires_at: self.expires_at,
            url,
            transfer,
        })
    }
}

fn cell<'a>(table: &'static str, column: &'static str, row: &'a [u8]) -> Cell<'a> {
    Cell {
        table,
        column,
        row,
        revision: 0,
    }
}

/// What to call the bank that transfers go to.
pub fn bank_of(account: &TransferConfig, catalog: &Catalog) -> Option<String> {
    let known = || catalog.pack().banks.get(&account.bin);
    account.bank.as_ref().or_else(known).cloned()
}

/// How fees can be paid here, besides at the counter.
pub fn methods(config: &Config) -> Vec<Method> {
    let payment = &config.payment;
    [
        (payment.vnpay.is_some(), Method::Vnpay),
        (payment.transfer.is_some(), Method::Vietqr),
    ]
    .into_iter()
    .filter_map(|(here, method)| here.then_some(method))
    .collect()
}

/// A fee that is asked for.
pub struct Asked {
    pub citizen: CitizenId,
    pub dossier: Uuid,
    /// Empty for the fee of filing, else the keyed hash of the office's id of it.
    pub source: Vec<u8>,
    pub vnd: Vnd,
    pub lines: Vec<FeeLineView>,
    pub reason: Option<Private<String>>,
}

/// Puts a fee into the books, once for each source. `false`: it is there already.
pub async fn ask(
    backend: &Shared,
    tx: &mut dyn Tx,
    random: &dyn Random,
    key: &SealingKey,
    asked: Asked,
    now: Instant,
) -> Result<bool, Failure> {
    let id = random.uuid(now);
    let record = serde_json::to_vec(&FeeRecord {
        lines: asked.lines,
        reason: asked.reason,
        methods: methods(&backend.config),
    })?;
    let sealed = key.seal(random, &cell("fee", "sealed", id.as_bytes()), &record)?;
    let added = tx
        .exec(
            "INSERT INTO fee (id, citizen, dossier, source, vnd, paid, asked_at, sealed)
             VALUES ($1, $2, $3, $4, $5, 0, $6, $7)
             ON CONFLICT (dossier, source) DO NOTHING",
            &params![
                id,
                asked.citizen,
                asked.dossier,
                asked.source,
                dong(asked.vnd)?,
                now,
                sealed,
            ],
        )
        .await?;
    Ok(added == 1)
}

/// The lines of an amount as the citizen and the office read them.
pub fn lines(amount: &Amount<'_>) -> Vec<FeeLineView> {
    let Amount::Known { lines, .. } = amount else {
        return Vec::new();
    };
    lines
        .iter()
        .map(|line| FeeLineView {
            name: line.name.text(&Lang::vi()).shown(),
            vnd: line.vnd,
            basis: match line.exemption {
                None => line.basis.to_owned(),
                Some(exemption) => format!("{}; {}", line.basis, exemption.basis),
            },
        })
        .collect()
}

/// As a column holds it.
fn dong(vnd: Vnd) -> Result<i64, Failure> {
    i64::try_from(vnd.get()).map_err(|_| gandan_domain::Problem::Malformed.into())
}

/// A problem inside a handler.
type Answered<T> = Result<T, Refusal>;
