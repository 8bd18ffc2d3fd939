//! Whoever holds the money: a payment gateway shaped like VNPAY 2.1.0, and a bank with an account
//! of the office. No money is real, and both say THỬ NGHIỆM.
//!
//! Capturing and telling of it are two things, in that order and apart, because that is where real
//! payments go wrong. Every sum is in [`Ledger`] before anybody is told; the telling is a
//! [`callbacks`] row that faults can delay, repeat, lose, forge, falsify or reorder.

mod bank;
pub(crate) mod callbacks;
mod gateway;

use std::{collections::BTreeMap, sync::Arc};

use axum::{Router, middleware};
pub use bank::Made;
use gandan_domain::{
    payment::{Vnd, vnpay::Terminal},
    time::Instant,
};
use maud::{DOCTYPE, Markup, html};
use serde::{Deserialize, Serialize};

use crate::{Part, Sandbox, faults};

/// What happened to money here.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Ledger {
    /// The gateway's orders, by the shop's reference.
    pub orders: BTreeMap<String, Order>,
    /// What came into the office's account.
    pub transfers: Vec<Transfer>,
    /// The next number of a transaction.
    pub number: u64,
    /// What is still to be told.
    pub callbacks: Vec<callbacks::Callback>,
}

/// An order at the gateway.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Order {
    pub vnd: Vnd,
    pub info: String,
    pub return_url: String,
    pub expires: Instant,
    pub fate: Fate,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Fate {
    Open,
    Cancelled,
    Captured { number: String, at: Instant },
}

/// A sum in the office's account.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Transfer {
    pub number: String,
    pub vnd: Vnd,
    pub memo: String,
    pub at: Instant,
}

/// A sum that was captured, for tests: who holds it, under which reference or memo, how much.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Capture {
    pub method: &'static str,
    pub number: String,
    pub reference: String,
    pub vnd: Vnd,
}

impl Sandbox {
    pub(crate) fn terminal(&self) -> Terminal {
        Terminal::new(
            self.config.vnpay_terminal.clone(),
            &self.config.vnpay_secret,
        )
    }

    /// Every sum that was captured: the money that must be conserved.
    pub fn captures(&self) -> Vec<Capture> {
        self.store.read(|state| {
            let ledger = &state.money;
            let gateway = ledger.orders.iter().filter_map(|(reference, order)| {
                let Fate::Captured { number, .. } = &order.fate else {
                    return None;
                };
                Some(Capture {
                    method: "vnpay",
                    number: number.clone(),
                    reference: reference.clone(),
                    vnd: order.vnd,
                })
            });
            let bank = ledger.transfers.iter().map(|transfer| Capture {
                method: "vietqr",
                number: transfer.number.clone(),
                reference: transfer.memo.clone(),
                vnd: transfer.vnd,
            });
            gateway.chain(bank).collect()
        })
    }

    /// What the counter took, with the number of each receipt that it wrote and the dossier it was
    /// for.
    pub fn cash(&self) -> Vec<Capture> {
        self.store.read(|state| {
            let dossiers = state.dossiers.values();
            dossiers
                .flat_map(|dossier| {
                    // What was paid elsewhere the office knows by another's number.
                    let ours = |number: &str| number.starts_with("BL");
                    let taken = dossier.fees.iter();
                    taken
                        .filter(move |fee| ours(&fee.so_bien_lai))
                        .map(|fee| Capture {
                            method: "cash",
                            number: fee.so_bien_lai.clone(),
                            reference: dossier.code.to_string(),
                            vnd: Vnd::new(fee.gia),
                        })
                })
                .collect()
        })
    }

    /// Whether somebody who holds money still has something to tell of it, or the office of a
    /// dossier.
    pub fn has_news(&self) -> bool {
        self.store
            .read(|state| !state.money.callbacks.is_empty() || !state.callbacks.is_empty())
    }
}

pub(crate) fn routes(sandbox: &Arc<Sandbox>) -> Router<Arc<Sandbox>> {
    let layered = |routes: Router<Arc<Sandbox>>, part: Part| {
        routes.layer(middleware::from_fn_with_state(
            (Arc::clone(sandbox), part),
            faults::layer,
        ))
    };
    Router::new()
        .nest("/vnpay", layered(gateway::routes(), Part::Vnpay))
        .nest("/bank", layered(bank::routes(), Part::Bank))
}

fn page(title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="vi" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { (title) " (THỬ NGHIỆM)" }
                style {
                    "body{font:1.125rem/1.5 system-ui,sans-serif;max-width:40rem;margin:0 auto;padding:1rem;color:#111;background:#fff}"
                    ".trial{border:3px solid #8a0000;color:#8a0000;font-weight:bold;padding:.5rem}"
                    "button,input,textarea{font:inherit;min-height:3rem;padding:.5rem 1rem;margin:.5rem 0;box-sizing:border-box;max-width:100%}"
                    "textarea{width:100%}.sum{font-size:1.75rem}:focus-visible{outline:4px solid #0047b3}"
                }
            }
            body {
                main {
                    p .trial { "THỬ NGHIỆM: không phải cổng thanh toán hay ngân hàng thật, không có tiền thật. " span lang="en" { "For trial only; no real money." } }
                    h1 { (title) }
                    (body)
                }
            }
        }
    }
}

/// `16.000 đồng`.
fn dong(vnd: Vnd) -> String {
    gandan_domain::text::spoken::money(vnd.get(), &gandan_domain::text::Lang::vi()).shown()
}
