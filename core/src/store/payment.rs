//! A wish to pay, and what the backend answered.
//!
//! The wish is on disk before it is sent, marked as sent before it can have arrived, and is never
//! sent twice: what became of one whose answer is lost is learned by the next sync, because the
//! dossier tells its open order.

use gandan_domain::{Problem, dossier::IntentId, payment::Method, wire::OrderView};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Result, Store, cells::Table, settings::Setting};
use gandan_domain::wire::DossierView;

/// What the person confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayWish {
    /// Idempotency key.
    pub key: Uuid,
    pub intent: IntentId,
    pub fee: Uuid,
    pub act: PayAct,
    pub lang: String,
    /// It may have arrived.
    pub sent: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayAct {
    Start(Method),
    /// "I have not transferred": of this order.
    GiveUp(Uuid),
}

/// Why the last wish for a fee came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayProblem {
    pub fee: Uuid,
    pub problem: Problem,
}

impl Store {
    /// The wish that is under way. One at a time: a person confirms one thing.
    pub fn pay_wish(&self) -> Result<Option<PayWish>> {
        self.read(|cells| cells.setting(Setting::PayWish))
    }

    /// Puts a new wish down; while one is under way, nothing.
    pub fn wish_to_pay(&self, wish: &PayWish) -> Result<()> {
        self.write(|cells| {
            if cells.setting::<PayWish>(Setting::PayWish)?.is_some() {
                return Ok(());
            }
            cells.unset(Setting::PayProblem)?;
            cells.set(Setting::PayWish, wish)
        })
    }

    /// From here on it may have arrived.
    pub(crate) fn pay_wish_sent(&self, wish: &PayWish) -> Result<()> {
        let sent = PayWish {
            sent: true,
            ..wish.clone()
        };
        self.write(|cells| cells.set(Setting::PayWish, &sent))
    }

    /// The wish is over: with the order that came of it, with a reason, or with neither, where the
    /// dossier tells what became of it.
    pub(crate) fn end_pay_wish(
        &self,
        wish: &PayWish,
        order: Option<&OrderView>,
        problem: Option<Problem>,
    ) -> Result<()> {
        self.write(|cells| {
            cells.unset(Setting::PayWish)?;
            if let Some(problem) = problem {
                let fee = wish.fee;
                cells.set(Setting::PayProblem, &PayProblem { fee, problem })?;
            }
            let id = wish.intent.0.as_bytes();
            if let (Some(order), Some(mut dossier)) =
                (order, cells.get::<DossierView>(Table::Dossier, id)?)
            {
                for fee in &mut dossier.fees {
                    if fee.id == wish.fee {
                        fee.order = Some(order.clone());
                    }
                }
                cells.put(Table::Dossier, id, &[], &dossier)?;
            }
            Ok(())
        })
    }

    /// Why the last wish came to nothing.
    pub fn pay_problem(&self) -> Result<Option<PayProblem>> {
        self.read(|cells| cells.setting(Setting::PayProblem))
    }
}
