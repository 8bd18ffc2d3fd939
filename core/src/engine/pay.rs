//! Starting to pay: sent once. If its answer is lost, a sync tells what became of it.

use gandan_domain::{
    Problem,
    wire::{GiveUpRequest, OrderView, PaymentRequest},
};
use http::Method;

use super::{
    Engine, Notification, Trouble,
    transport::{self, Call, bug},
};
use crate::store::{PayAct, PayWish, StoreError};

impl Engine {
    pub(super) async fn do_pay(&self, wish: PayWish) -> Result<(), StoreError> {
        // A refresh that fails leaves nothing in doubt.
        let outcome = match self.session().await {
            Err(trouble) => Err(trouble),
            Ok(_) => {
                self.store.pay_wish_sent(&wish)?;
                self.tell(Notification::DossierChanged {
                    intent: wish.intent,
                });
                match self.pay(&wish).await {
                    Ok(order) => {
                        self.store.end_pay_wish(&wish, Some(&order), None)?;
                        Ok(())
                    }
                    Err(Trouble::Problem(problem)) if problem.is_recoverable() => {
                        // In doubt: the wish stays until a sync has told.
                        self.judge(Err(problem.into()))?;
                        self.shared().sync = true;
                        return Ok(());
                    }
                    Err(trouble) => Err(trouble),
                }
            }
        };
        if let Some(problem) = self.judge(outcome)? {
            self.store.end_pay_wish(&wish, None, Some(problem))?;
            self.shared().sync = true;
        }
        self.tell(Notification::DossierChanged {
            intent: wish.intent,
        });
        Ok(())
    }

    async fn pay(&self, wish: &PayWish) -> Result<OrderView, Trouble> {
        let (path, body) = match wish.act {
            PayAct::Start(method) => (
                "/v1/payments",
                serde_json::to_vec(&PaymentRequest {
                    key: wish.key,
                    fee: wish.fee,
                    method,
                    return_to: self.config.redirect_uri.clone(),
                    lang: wish.lang.clone(),
                }),
            ),
            PayAct::GiveUp(order) => (
                "/v1/payments/give-up",
                serde_json::to_vec(&GiveUpRequest { order }),
            ),
        };
        let body = body.map_err(|_| Trouble::Problem(bug("payment")))?;
        let call = Call::new(Method::POST, path).body("application/json", body);
        Ok(transport::json(&self.authorized(&call).await?)?)
    }

    /// A sync has told what there is: a wish that was in doubt before it is answered by that.
    pub(super) fn sync_told(&self, before: Option<PayWish>) -> Result<(), StoreError> {
        let Some(wish) = before.filter(|wish| wish.sent) else {
            return Ok(());
        };
        if self.store.pay_wish()?.as_ref() != Some(&wish) {
            return Ok(());
        }
        let open = self
            .store
            .dossier(wish.intent)?
            .and_then(|dossier| dossier.fees.into_iter().find(|fee| fee.id == wish.fee))
            .is_some_and(|fee| fee.paid || fee.order.is_some_and(|order| order.state.is_open()));
        let starting = matches!(wish.act, PayAct::Start(_));
        let lost = (starting && !open).then_some(Problem::Offline);
        self.store.end_pay_wish(&wish, None, lost)?;
        self.tell(Notification::DossierChanged {
            intent: wish.intent,
        });
        Ok(())
    }

    /// The browser is back from the gateway's page; it proves nothing, so the backend is asked.
    pub fn back_from_paying(&self, url: &str) -> bool {
        let is_payment = url.split_once('?').is_some_and(|(_, query)| {
            form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "payment")
        });
        if is_payment {
            self.tick();
        }
        is_payment
    }
}
