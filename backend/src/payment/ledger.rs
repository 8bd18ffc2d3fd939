//! The books: one row for each sum that came in, and what it did.
//!
//! [`credit`] is the only way for money to become known, whoever tells: the gateway by IPN or when
//! asked, the bank, the counter. The row's key is the teller's number, so the same sum told twice
//! is one row. What was rejected: a flag "paid" on the order, set by each teller. It can't say what
//! a second sum was, so a double payment disappears, and with it somebody's money.

use gandan_domain::{
    Problem,
    dossier::{DossierCode, Status},
    payment::{Event, Method, PaymentReceipt, State, Vnd, receipt::PAYMENT_TYP},
    time::Instant,
};
use gandan_foundation::{ports::Random, sealing::SealingKey};

use super::{Fee, Order, cell, dong};
use crate::{
    app::Backend,
    dossier::{Dossier, add_change, deliver},
    log::{self, Act},
    params,
    storage::{Failure, Tx},
};

/// A sum that whoever holds the money says came in.
pub struct Money<'a> {
    pub method: Method,
    /// Their number for it.
    pub number: &'a str,
    pub vnd: Vnd,
    /// When they say it came.
    pub at: Instant,
    /// How the citizen's log names them.
    pub teller: &'a str,
}

/// What a sum did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// It paid the fee.
    Settled,
    /// It paid nothing and is owed back.
    Owed,
    /// It is in the books already.
    Known,
}

/// Enters a sum for a fee. `order` is the one that brought it, where there was one.
pub async fn credit(
    backend: &Backend,
    tx: &mut dyn Tx,
    fee: &Fee,
    order: Option<&Order>,
    money: &Money<'_>,
) -> Result<Entry, Failure> {
    let now = backend.world.clock.now();
    let dossier = Dossier::find(tx, fee.dossier).await?;
    // For what is refused or given back nothing is due any more.
    let due = !fee.paid && !matches!(dossier.status, Status::NotAccepted | Status::Stopped);
    let settles = due && money.vnd >= fee.vnd;
    let settled = if settles { fee.vnd } else { Vnd::ZERO };
    let added = tx
        .exec(
            "INSERT INTO credit (method, number, fee, vnd, settles, refunded, at)
             VALUES ($1, $2, $3, $4, $5, 0, $6)
             ON CONFLICT (method, number) DO NOTHING",
            &params![
                money.method.name(),
                money.number,
                fee.id,
                dong(money.vnd)?,
                dong(settled)?,
                money.at,
            ],
        )
        .await?;
    if added == 0 {
        return Ok(Entry::Known);
    }
    let random = &*backend.world.random;
    let key = backend.keys.citizen_key(tx, fee.citizen).await?;
    let record = dossier.record(&key)?;
    if settles {
        let reference = order.map_or_else(|| money.number.to_owned(), |o| o.reference.clone());
        let receipt = serde_json::to_vec(&PaymentReceipt {
            fee: fee.id,
            dossier: record.code.clone(),
            vnd: fee.vnd,
            method: money.method,
            reference,
            transaction: money.number.to_owned(),
            paid_at: money.at,
        })?;
        let receipt = backend
            .keys
            .receipt
            .jws(PAYMENT_TYP, &receipt)
            .map_err(|_| Problem::Bug {
                id: "receipt-key".into(),
            })?;
        let sealed = key.seal(
            random,
            &cell("fee", "receipt", fee.id.as_bytes()),
            receipt.as_bytes(),
        )?;
        tx.exec(
            "UPDATE fee SET paid = 1, receipt = $1 WHERE id = $2",
            &params![sealed, fee.id],
        )
        .await?;
        deliver::enqueue_paid(tx, random, &key, &dossier, fee.id, now).await?;
    } else {
        tracing::warn!(fee = %fee.id, method = money.method.name(), "a sum settles nothing and is owed back");
    }
    let event = match (settles, due) {
        (true, _) => Some(Event::Credited),
        (false, false) => Some(Event::CreditedTooMuch),
        // Too little came, perhaps from somebody else, and the whole sum may be on its way: the
        // order holds its fee as before, or it could be paid twice.
        (false, true) => None,
    };
    if let (Some(order), Some(event)) = (order, event) {
        set_state(tx, order, order.state.after(event)).await?;
    }
    let action = if settles { "fee.paid" } else { "fee.overpaid" };
    let act = Act {
        actor: money.teller,
        action,
        dossier: Some(&record.code),
    };
    log::append(tx, random, &key, fee.citizen, now, act).await?;
    add_change(tx, fee.citizen, fee.dossier, now).await?;
    Ok(if settles { Entry::Settled } else { Entry::Owed })
}

/// A dossier is given back because its citizen asked for it: what settled its fees is owed back, from
/// the transaction on in which the office stops it. The fee stays paid and keeps its receipt, since
/// that is what happened; what is owed stands beside it until the office reports that it has paid.
pub async fn give_back(
    tx: &mut dyn Tx,
    random: &dyn Random,
    key: &SealingKey,
    dossier: &Dossier,
    code: &DossierCode,
    now: Instant,
    actor: &str,
) -> Result<(), Failure> {
    let owed = tx
        .exec(
            "UPDATE credit SET settles = 0
             WHERE settles > 0 AND fee IN (SELECT id FROM fee WHERE dossier = $1)",
            &params![dossier.id],
        )
        .await?;
    if owed == 0 {
        return Ok(());
    }
    let act = Act {
        actor,
        action: "fee.refund_due",
        dossier: Some(code),
    };
    log::append(tx, random, key, dossier.citizen, now, act).await
}

/// Money came and nobody knows what for: it stands in the books and is owed back.
pub async fn unassigned(tx: &mut dyn Tx, money: &Money<'_>) -> Result<(), Failure> {
    tx.exec(
        "INSERT INTO credit (method, number, fee, vnd, settles, refunded, at)
         VALUES ($1, $2, '', $3, 0, 0, $4)
         ON CONFLICT (method, number) DO NOTHING",
        &params![
            money.method.name(),
            money.number,
            dong(money.vnd)?,
            money.at
        ],
    )
    .await?;
    Ok(())
}

/// Something other than money happened to an order. The citizen's phones learn of it.
pub async fn happened(
    backend: &Backend,
    tx: &mut dyn Tx,
    order: &Order,
    event: Event,
) -> Result<State, Failure> {
    let next = order.state.after(event);
    if next != order.state {
        set_state(tx, order, next).await?;
        if let Some(fee) = Fee::find(tx, order.fee).await? {
            let now = backend.world.clock.now();
            add_change(tx, order.citizen, fee.dossier, now).await?;
        }
    }
    Ok(next)
}

/// A state that is not open is not asked about any more.
async fn set_state(tx: &mut dyn Tx, order: &Order, state: State) -> Result<(), Failure> {
    tx.exec(
        "UPDATE payment_order SET state = $1 WHERE id = $2",
        &params![state.name(), order.id],
    )
    .await?;
    if !state.is_open() {
        tx.exec(
            "UPDATE payment_order SET ask_at = NULL WHERE id = $1",
            &params![order.id],
        )
        .await?;
    }
    Ok(())
}
