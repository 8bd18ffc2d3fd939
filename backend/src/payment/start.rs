//! `POST /v1/payments`: one open order for a fee, whoever asks and how often.
//!
//! The sum is the fee's: a client names the fee and nothing else. While an order is open, or what
//! became of it is unknown, every start of the same fee is answered with that order, from whichever
//! phone and by whichever method, so that two taps, two phones or a lost answer can't pay twice.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{State as Handed, rejection::BytesRejection},
};
use gandan_domain::{
    Problem,
    payment::{
        Event, Method, State, Vnd,
        vietqr::Transfer,
        vnpay::{self, Terminal},
    },
    problem::RefusalReason,
    time::Instant,
    wire::{GiveUpRequest, OrderView, PaymentRequest, TransferView},
};
use gandan_foundation::ports::Random;

use super::{Answered, Fee, Order, OrderRecord, bank_of, cell, dong, ledger, select_order};
use crate::{
    app::{Backend, Shared},
    dossier::{Dossier, add_change},
    identity::{self, Citizen, CitizenId},
    log::{self, Act},
    params,
    storage::{Failure, Tx},
};

/// How long an order can be paid: what the gateway's page gives, and a code to scan as well.
const LIFE_MS: i64 = 15 * 60_000;
/// The first time to ask the gateway by ourselves: the page takes a person about this long.
const FIRST_ASK_MS: i64 = 2 * 60_000;

/// Starts paying a fee, or gives the order that is open.
#[utoipa::path(post, path = "/v1/payments", tag = "payment", request_body = PaymentRequest, responses(
    (status = 200, body = OrderView, description = "the order; the same one while it is open or unknown"),
    (status = 404, description = "no such fee of this citizen"),
    (status = 409, description = "the fee is paid, or the key was used for another one"),
))]
pub async fn start(
    Handed(backend): Handed<Shared>,
    citizen: Citizen,
    body: Result<Bytes, BytesRejection>,
) -> Answered<Json<OrderView>> {
    let body = body.map_err(|_| Problem::Malformed)?;
    let request: PaymentRequest = serde_json::from_slice(&body).map_err(|_| Problem::Malformed)?;
    if !identity::is_redirect_uri(&backend, &request.return_to) {
        return Err(Problem::Malformed.into());
    }
    let starting = Arc::new(Starting {
        backend: Arc::clone(&backend),
        citizen: citizen.id,
        request,
    });
    let order = backend
        .storage
        .write(move |tx| {
            let starting = Arc::clone(&starting);
            Box::pin(async move { starting.run(tx).await })
        })
        .await?;
    backend.wake_workers();
    backend.news.tell(citizen.id);
    Ok(Json(order))
}

struct Starting {
    backend: Shared,
    citizen: CitizenId,
    request: PaymentRequest,
}

impl Starting {
    async fn run(&self, tx: &mut dyn Tx) -> Result<OrderView, Failure> {
        let key = self.backend.keys.citizen_key(tx, self.citizen).await?;
        let earlier = tx
            .query_opt(
                select_order!("citizen = $1 AND key = $2"),
                &params![self.citizen, self.request.key],
            )
            .await?;
        if let Some(row) = earlier {
            let order = Order::from_row(&row)?;
            if order.fee != self.request.fee {
                return Err(Problem::Conflict.into());
            }
            return order.view(&key);
        }
        let fee = Fee::find(tx, self.request.fee)
            .await?
            .filter(|fee| fee.citizen == self.citizen)
            .ok_or(Problem::NotFound)?;
        let open = tx
            .query_opt(
                select_order!("fee = $1 AND state IN ('started', 'checking')"),
                &params![fee.id],
            )
            .await?;
        if let Some(row) = open {
            return Order::from_row(&row)?.view(&key);
        }
        let dossier = Dossier::find(tx, fee.dossier).await?;
        if fee.paid || dossier.status.is_final() {
            return Err(Problem::Conflict.into());
        }
        let record = dossier.record(&key)?;
        let now = self.backend.world.clock.now();
        let random = &*self.backend.world.random;
        let reference = reference(random);
        let expires_at = now.plus_ms(LIFE_MS);
        let plan = self.plan(&reference, fee.vnd, record.code.as_str(), now, expires_at)?;
        let id = random.uuid(now);
        let sealed = key.seal(
            random,
            &cell("payment_order", "sealed", id.as_bytes()),
            &serde_json::to_vec(&plan)?,
        )?;
        let first_look = match self.request.method {
            Method::Vnpay => now.plus_ms(FIRST_ASK_MS),
            Method::Vietqr | Method::Cash => expires_at,
        };
        tx.exec(
            "INSERT INTO payment_order
                 (id, citizen, fee, key, reference, method, state, vnd, created_at, expires_at,
                  ask_at, asked, sealed)
             VALUES ($1, $2, $3, $4, $5, $6, 'started', $7, $8, $9, $10, 0, $11)",
            &params![
                id,
                self.citizen,
                fee.id,
                self.request.key,
                &reference,
                self.request.method.name(),
                dong(fee.vnd)?,
                now,
                expires_at,
                first_look,
                sealed,
            ],
        )
        .await?;
        let act = Act {
            actor: log::SELF,
            action: "fee.started",
            dossier: Some(&record.code),
        };
        log::append(tx, random, &key, self.citizen, now, act).await?;
        add_change(tx, self.citizen, fee.dossier, now).await?;
        Ok(OrderView {
            id,
            method: self.request.method,
            state: State::Started,
            reference,
            expires_at,
            url: plan.url,
            transfer: plan.transfer,
        })
    }

    /// What the citizen pays by.
    fn plan(
        &self,
        reference: &str,
        vnd: Vnd,
        code: &str,
        now: Instant,
        expires: Instant,
    ) -> Result<OrderRecord, Problem> {
        let payment = &self.backend.config.payment;
        let not_here = || Problem::Refused {
            reason: RefusalReason::NotAllowed,
        };
        let mut record = OrderRecord {
            url: None,
            transfer: None,
            return_to: self.request.return_to.clone(),
        };
        match self.request.method {
            Method::Vnpay => {
                let gateway = payment.vnpay.as_ref().ok_or_else(not_here)?;
                let order = vnpay::Order {
                    reference,
                    amount: vnd,
                    info: &format!("Le phi ho so {code}"),
                    return_url: &return_url(&self.backend),
                    // The payer's own address would tell the gateway more than it needs.
                    ip: "127.0.0.1",
                    locale: if self.request.lang.starts_with("en") {
                        "en"
                    } else {
                        "vn"
                    },
                    created: now,
                    expires,
                };
                let url = terminal(gateway).payment_url(&gateway.page, &order);
                record.url = Some(url.map_err(|_| Problem::Malformed)?);
            }
            Method::Vietqr => {
                let office = payment.transfer.as_ref().ok_or_else(not_here)?;
                let transfer = Transfer {
                    bin: office.bin.clone(),
                    account: office.account.clone(),
                    amount: Some(vnd),
                    memo: reference.into(),
                };
                record.transfer = Some(TransferView {
                    qr: transfer.encode().map_err(|_| Problem::Malformed)?,
                    bank: bank_of(office, &self.backend.catalog()).ok_or_else(not_here)?,
                    account: office.account.clone(),
                    holder: office.holder.clone(),
                    memo: reference.into(),
                });
            }
            Method::Cash => return Err(not_here()),
        }
        Ok(record)
    }
}

pub fn terminal(config: &crate::config::VnpayConfig) -> Terminal {
    Terminal::new(config.terminal.clone(), &config.secret)
}

fn return_url(backend: &Backend) -> String {
    format!("{}/v1/payments/vnpay/return", backend.config.public_url)
}

/// `GD` and twelve of the thirty-two letters that are not mistaken for each other (Crockford):
/// sixty bits of chance, so that a reference names no one and can't be guessed.
fn reference(random: &dyn Random) -> String {
    const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let bytes = random.bytes::<12>();
    let letters = bytes
        .iter()
        .filter_map(|byte| LETTERS.get(usize::from(byte % 32)))
        .map(|letter| char::from(*letter));
    "GD".chars().chain(letters).collect()
}

/// The citizen says that they have not transferred: another way of paying becomes possible. If a
/// transfer comes after all, it settles the fee or is owed back. Not for the gateway's orders:
/// there the gateway is asked.
#[utoipa::path(post, path = "/v1/payments/give-up", tag = "payment", request_body = GiveUpRequest, responses(
    (status = 200, body = OrderView),
    (status = 404, description = "no such order of this citizen"),
    (status = 409, description = "only the gateway can say that no money moved"),
))]
pub async fn give_up(
    Handed(backend): Handed<Shared>,
    citizen: Citizen,
    body: Result<Bytes, BytesRejection>,
) -> Answered<Json<OrderView>> {
    let body = body.map_err(|_| Problem::Malformed)?;
    let request: GiveUpRequest = serde_json::from_slice(&body).map_err(|_| Problem::Malformed)?;
    let shared = Arc::clone(&backend);
    let (citizen, order) = (citizen.id, request.order);
    let order = backend
        .storage
        .write(move |tx| {
            let backend = Arc::clone(&shared);
            Box::pin(async move {
                let row = tx
                    .query_opt(
                        select_order!("id = $1 AND citizen = $2"),
                        &params![order, citizen],
                    )
                    .await?
                    .ok_or(Problem::NotFound)?;
                let mut order = Order::from_row(&row)?;
                if order.method != Method::Vietqr {
                    return Err(Problem::Conflict.into());
                }
                order.state = ledger::happened(&backend, tx, &order, Event::GivenUp).await?;
                let key = backend.keys.citizen_key(tx, citizen).await?;
                order.view(&key)
            })
        })
        .await?;
    Ok(Json(order))
}
