//! One fee: what it is, how to pay it, what is known of the money.
//!
//! "Đã nộp phí" is said by one branch only, and it takes a [`VerifiedPayment`] (as "Đã nộp" takes a
//! verified receipt). While an order is being looked into, nothing can be paid (S20).

use gandan_domain::{
    dossier::Status,
    payment::{Method, State, VerifiedPayment},
    text::{Text, spoken},
    wire::{DossierView, FeeView, OrderView, RefundView},
};

use super::fee::money;
use crate::{
    journey::{Effect, Facts, Page, row, sentences},
    screen::{Action, BlockKind, Request, Screen, Tone},
    store::{PayAct, PayWish},
};

/// The fee of the dossier on display.
pub fn find<'f>(facts: &'f Facts<'_>, fee: uuid::Uuid) -> Option<&'f FeeView> {
    facts
        .dossier
        .as_ref()?
        .fees
        .iter()
        .find(|one| one.id == fee)
}

fn open_order(fee: &FeeView) -> Option<&OrderView> {
    fee.order.as_ref().filter(|order| order.state.is_open())
}

fn wish<'f>(fee: &FeeView, facts: &'f Facts<'_>) -> Option<&'f PayWish> {
    facts.pay_wish.as_ref().filter(|wish| wish.fee == fee.id)
}

/// What an act on the fee's screen brings about; `None` where it means nothing now.
pub fn act(action: &str, fee: uuid::Uuid, facts: &Facts<'_>) -> Option<Effect> {
    let dossier = facts.dossier.as_ref()?;
    let fee = find(facts, fee)?;
    let idle = facts.pay_wish.is_none() && facts.signed_in && !fee.paid && !is_over(dossier);
    let order = open_order(fee);
    match (action, order) {
        ("open-browser", Some(order)) => order
            .url
            .clone()
            .map(|url| Effect::Ask(Request::OpenBrowser { url })),
        ("look-again", _) => Some(Effect::LookAgain),
        ("give-up", Some(order)) if idle && order.method == Method::Vietqr => Some(Effect::Pay {
            intent: dossier.intent,
            fee: fee.id,
            act: PayAct::GiveUp(order.id),
        }),
        (_, None) if idle => {
            let method = Method::from_name(action.strip_prefix("pay/")?)?;
            fee.methods.contains(&method).then_some(Effect::Pay {
                intent: dossier.intent,
                fee: fee.id,
                act: PayAct::Start(method),
            })
        }
        _ => None,
    }
}

/// What the dossier's screen says of its fees, with a way to each.
pub fn on_dossier(page: &mut Page<'_>, dossier: &DossierView, facts: &Facts<'_>) {
    let say = facts.say;
    if dossier.fees.is_empty() {
        return;
    }
    page.heading("fees-heading", 2, say.plain("fees-heading"));
    for (at, fee) in dossier.fees.iter().enumerate() {
        let amount = money(fee.vnd, say);
        let over = is_over(dossier);
        let message = match (facts.payments.contains_key(&fee.id), open_order(fee)) {
            (true, _) => "fees-paid",
            (false, Some(order)) if order.state == State::Checking => "fees-checking",
            (false, _) if fee.paid => "fees-unproven",
            (false, _) if over => "fee-not-due",
            (false, _) => "fees-due",
        };
        let text = say.text(message, &[("amount", amount.clone().into())]);
        page.paragraph(format!("fee/{at}"), text);
        for (at_refund, refund) in fee.refunds.iter().enumerate() {
            let owed = refund_text(refund, dossier, facts);
            page.notice(format!("fee/{at}/refund/{at_refund}"), Tone::Warning, owed);
        }
        if over && !fee.paid && open_order(fee).is_none() {
            continue;
        }
        let label = if fee.paid { "fees-see" } else { "fees-pay" };
        page.push_action(Action {
            id: format!("fee/{}", fee.id),
            label: say.text(label, &[("amount", amount.into())]),
            confirm: None,
            enabled: true,
        });
    }
}

/// Nothing is due for it any more: it was refused, or given back.
const fn is_over(dossier: &DossierView) -> bool {
    matches!(dossier.status, Status::NotAccepted | Status::Stopped)
}

/// What is owed back, or was, and why.
fn refund_text(refund: &RefundView, dossier: &DossierView, facts: &Facts<'_>) -> Text {
    let say = facts.say;
    let mut history = dossier.history.iter();
    let withdrawn = dossier.status == Status::Stopped
        && history.any(|entry| entry.status == Status::WithdrawalRequested);
    let message = match (withdrawn, refund.done) {
        (true, false) => "fee-withdrawn-due",
        (true, true) => "fee-withdrawn-refunded",
        (false, false) => "fee-refund-due",
        (false, true) => "fee-refunded",
    };
    let owed = money(refund.vnd, say);
    let at = spoken::date(refund.at.date(), say.lang());
    say.text(message, &[("amount", owed.into()), ("date", at.into())])
}

pub fn view(fee: &FeeView, facts: &Facts<'_>) -> Screen {
    let say = facts.say;
    let amount = money(fee.vnd, say);
    let title = say.text("fee-title", &[("amount", amount.clone().into())]);
    let mut page = Page::new(say, "fee", title);
    page.back(true);
    match facts.payments.get(&fee.id) {
        Some(proof) => paid(&mut page, proof, facts),
        None if fee.paid => page.notice("state", Tone::Warning, say.plain("fee-unproven")),
        None => due(&mut page, fee, facts),
    }
    if let Some(dossier) = &facts.dossier {
        for (at, refund) in fee.refunds.iter().enumerate() {
            let text = refund_text(refund, dossier, facts);
            page.notice(format!("refund/{at}"), Tone::Warning, text);
        }
    }
    page.heading("for-heading", 2, say.plain("fee-for"));
    let mut rows: Vec<_> = fee
        .lines
        .iter()
        .map(|line| {
            let sum = money(line.vnd, say);
            let value = if line.basis.is_empty() {
                sum
            } else {
                say.text(
                    "fee-with-basis",
                    &[
                        ("amount", sum.into()),
                        ("basis", Text::vi(line.basis.clone()).into()),
                    ],
                )
            };
            row(Text::vi(line.name.clone()), value)
        })
        .collect();
    if let Some(reason) = &fee.reason {
        let reason = Text::vi(reason.expose().clone());
        rows.push(row(say.plain("fee-reason"), reason));
    }
    rows.push(row(say.plain("fee-sum"), amount));
    page.summary("for", rows);
    page.action("dossier", "sent-follow");
    page.action("home", "common-home");
    page.done()
}

fn paid(page: &mut Page<'_>, proof: &VerifiedPayment, facts: &Facts<'_>) {
    let say = facts.say;
    let lang = say.lang();
    let receipt = proof.receipt();
    let amount = money(receipt.vnd, say);
    let text = say.text("fee-is-paid", &[("amount", amount.into())]);
    page.notice("state", Tone::Success, text);
    page.push(
        "receipt",
        BlockKind::Code {
            label: say.plain("fee-receipt"),
            code: spoken::code(&receipt.reference, lang),
            qr: None,
        },
    );
    page.summary(
        "proof",
        vec![
            row(
                say.plain("fee-paid-at"),
                spoken::moment(receipt.paid_at, lang),
            ),
            row(say.plain("fee-method"), method_name(receipt.method, facts)),
            row(
                say.plain("fee-transaction"),
                spoken::code(&receipt.transaction, lang),
            ),
        ],
    );
}

fn method_name(method: Method, facts: &Facts<'_>) -> Text {
    facts.say.plain(match method {
        Method::Vnpay => "fee-by-vnpay",
        Method::Vietqr => "fee-by-vietqr",
        Method::Cash => "fee-by-cash",
    })
}

fn due(page: &mut Page<'_>, fee: &FeeView, facts: &Facts<'_>) {
    let say = facts.say;
    let amount = money(fee.vnd, say);
    if let Some(wish) = wish(fee, facts) {
        let text = if wish.sent && !facts.online {
            "fee-asking-offline"
        } else {
            "fee-asking"
        };
        page.push(
            "asking",
            BlockKind::Busy {
                text: say.plain(text),
                done: None,
                of: None,
            },
        );
        pay_actions(page, fee, facts, false);
        return;
    }
    let problem = facts.pay_problem.as_ref();
    if let Some(problem) = problem.filter(|problem| problem.fee == fee.id) {
        let said = say.problem(&problem.problem, facts.office());
        let text = sentences([say.plain("fee-not-started"), said]);
        page.notice("problem", Tone::Problem, text);
    }
    match (open_order(fee), fee.order.as_ref()) {
        (Some(order), _) if order.state == State::Checking => {
            page.notice("state", Tone::Warning, say.plain("fee-is-checking"));
            page.action("look-again", "fee-look-again");
            if order.method == Method::Vietqr {
                give_up(page, facts);
            }
            pay_actions(page, fee, facts, false);
        }
        (Some(order), _) => started(page, fee, order, facts),
        (None, _) if facts.dossier.as_ref().is_some_and(is_over) => {
            let text = say.text("fee-not-due", &[("amount", amount.into())]);
            page.notice("state", Tone::Info, text);
        }
        (None, last) => {
            let text = match last.map(|order| order.state) {
                Some(State::Failed) => "fee-failed",
                Some(State::Expired) => "fee-expired",
                _ => "fee-is-due",
            };
            let text = say.text(text, &[("amount", amount.into())]);
            page.notice("state", Tone::Info, text);
            page.paragraph("how", say.plain("fee-how"));
            if facts.signed_in {
                pay_actions(page, fee, facts, true);
            } else {
                page.paragraph("link-first", say.plain("dossiers-none-not-linked"));
            }
        }
    }
}

fn pay_actions(page: &mut Page<'_>, fee: &FeeView, facts: &Facts<'_>, enabled: bool) {
    let say = facts.say;
    let amount = money(fee.vnd, say);
    for method in &fee.methods {
        let name = method_name(*method, facts);
        let args = [("amount", amount.clone().into()), ("method", name.into())];
        page.push_action(Action {
            id: format!("pay/{}", method.name()),
            label: say.text("fee-pay-by", &args),
            confirm: Some(say.text("fee-pay-confirm", &args)),
            enabled,
        });
    }
}

fn started(page: &mut Page<'_>, fee: &FeeView, order: &OrderView, facts: &Facts<'_>) {
    let say = facts.say;
    let lang = say.lang();
    let until = spoken::moment(order.expires_at, lang);
    let text = say.text("fee-started", &[("until", until.into())]);
    page.notice("state", Tone::Info, text);
    if order.url.is_some() {
        page.paragraph("browser", say.plain("fee-browser"));
        page.action("open-browser", "fee-open-page");
    }
    if let Some(transfer) = &order.transfer {
        page.push(
            "qr",
            BlockKind::Code {
                label: say.plain("fee-qr"),
                code: spoken::code(&transfer.memo, lang),
                qr: Some(transfer.qr.clone()),
            },
        );
        page.summary(
            "transfer",
            vec![
                row(say.plain("fee-bank"), Text::vi(transfer.bank.clone())),
                row(
                    say.plain("fee-account"),
                    spoken::code(&transfer.account, lang),
                ),
                row(say.plain("fee-holder"), Text::vi(transfer.holder.clone())),
                row(say.plain("fee-sum"), money(fee.vnd, say)),
                row(say.plain("fee-memo"), spoken::code(&transfer.memo, lang)),
            ],
        );
        page.paragraph("exactly", say.plain("fee-exactly"));
    }
    page.action("look-again", "fee-look-again");
    // Last: the first action is what most people should do next.
    if order.transfer.is_some() {
        give_up(page, facts);
    }
}

fn give_up(page: &mut Page<'_>, facts: &Facts<'_>) {
    page.confirmed(
        "give-up",
        "fee-give-up",
        facts.say.plain("fee-give-up-confirm"),
    );
}
