//! Electronic results: fetched once, checked against the hash the dossier names, kept sealed.

use gandan_domain::{Problem, jws::sha256_hex};
use http::Method;

use super::{
    Engine, Notification, Trouble,
    transport::{self, Call, bug},
};
use crate::store::WantedResult;

impl Engine {
    pub(super) async fn fetch_result(&self, wanted: &WantedResult) -> Result<(), Trouble> {
        let call = Call::new(Method::GET, format!("/v1/results/{}", wanted.view.id));
        let answer = self.authorized(&call).await?;
        if !answer.status().is_success() {
            return Err(transport::problem(&answer).into());
        }
        let bytes = answer.body();
        if bytes.len() as u64 != wanted.view.size || sha256_hex(bytes) != wanted.view.sha256 {
            return Err(if transport::media_type_is(answer.headers(), "text/html") {
                Problem::NotTheService.into()
            } else {
                bug("result-hash").into()
            });
        }
        self.store.put_result(wanted.intent, &wanted.view, bytes)?;
        self.tell(Notification::ResultArrived {
            intent: wanted.intent,
            result: wanted.view.id,
        });
        Ok(())
    }
}
