//! What the office says about money: it asks for a fee, reports cash, or says that what was owed is
//! paid back. All of it comes inside its signed progress reports (`DanhSachLePhi`).

use gandan_domain::{
    Problem,
    payment::{Method, Vnd},
    time::Instant,
    wire::FeeLineView,
};
use gandan_foundation::sealing::SealingKey;
use uuid::Uuid;

use super::{
    Asked, Fee, ask,
    ledger::{self, Money},
};
use crate::{
    app::Shared,
    dossier::{Dossier, Record, add_change, one_stop::LePhi},
    log::{self, Act},
    params,
    storage::{Failure, Tx},
};

/// The largest sum that an office may ask for at once: a slip of the keyboard is caught here.
const MOST: u64 = 1_000_000_000;

/// Applies one entry of a report.
pub async fn apply(
    backend: &Shared,
    tx: &mut dyn Tx,
    key: &SealingKey,
    dossier: &Dossier,
    record: &Record,
    entry: &LePhi,
    at: Instant,
) -> Result<(), Failure> {
    let keys = &backend.keys;
    let source = keys.lookup("fee", "source", &entry.ma_phi_le_phi).to_vec();
    // The office names our fee by our id, its own by its own.
    let ours = match entry.ma_phi_le_phi.parse::<Uuid>() {
        Ok(id) => Fee::find(tx, id)
            .await?
            .filter(|fee| fee.dossier == dossier.id),
        Err(_) => None,
    };
    let known = match ours {
        Some(fee) => Some(fee),
        None => Fee::of_source(tx, dossier.id, &source).await?,
    };
    let now = backend.world.clock.now();
    let random = &*backend.world.random;
    match (entry.trang_thai_thanh_toan.as_deref(), known) {
        (Some("1"), Some(fee)) => {
            let number = entry
                .so_bien_lai
                .as_deref()
                .filter(|number| (1..=64).contains(&number.len()))
                .ok_or(Problem::Malformed)?;
            // Two offices may number their receipts alike.
            let number = format!("{}/{number}", record.office_code);
            let money = Money {
                method: Method::Cash,
                number: &number,
                vnd: Vnd::new(entry.gia),
                at,
                teller: &record.office_code,
            };
            ledger::credit(backend, tx, &fee, None, &money).await?;
            Ok(())
        }
        (Some("2"), Some(fee)) => {
            tx.exec(
                "UPDATE credit SET refunded = 1 WHERE fee = $1 AND vnd > settles",
                &params![fee.id],
            )
            .await?;
            tx.exec(
                "UPDATE payment_order SET state = 'refunded'
                 WHERE fee = $1 AND state = 'refund_due'",
                &params![fee.id],
            )
            .await?;
            let act = Act {
                actor: &record.office_code,
                action: "fee.refunded",
                dossier: Some(&record.code),
            };
            log::append(tx, random, key, dossier.citizen, now, act).await?;
            add_change(tx, dossier.citizen, dossier.id, now).await
        }
        (Some("1" | "2"), None) => Err(Problem::NotFound.into()),
        (_, Some(_)) => Ok(()),
        (_, None) => {
            if !(1..=MOST).contains(&entry.gia) {
                return Err(Problem::Malformed.into());
            }
            let asked = Asked {
                citizen: dossier.citizen,
                dossier: dossier.id,
                source,
                vnd: Vnd::new(entry.gia),
                lines: vec![FeeLineView {
                    name: entry.ten_phi_le_phi.clone(),
                    vnd: Vnd::new(entry.gia),
                    basis: entry.can_cu.clone().unwrap_or_default(),
                }],
                reason: entry.ly_do.clone(),
            };
            ask(backend, tx, random, key, asked, now).await?;
            let act = Act {
                actor: &record.office_code,
                action: "fee.asked",
                dossier: Some(&record.code),
            };
            log::append(tx, random, key, dossier.citizen, now, act).await?;
            add_change(tx, dossier.citizen, dossier.id, now).await
        }
    }
}
