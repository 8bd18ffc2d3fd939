//! Everything the stand-ins remember. Cannot be printed: it holds what citizens sent.

use std::collections::BTreeMap;

use gandan_domain::{dossier::DossierCode, time::Instant};
use serde::{Deserialize, Serialize};

use crate::{
    faults::{Fault, Part},
    one_stop::{callbacks::Callback, dossier::Dossier},
    vneid::grants::{AccessToken, Grant},
};

#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    pub faults: BTreeMap<Part, Fault>,
    /// By SHA-256 of the authorization code.
    pub grants: BTreeMap<String, Grant>,
    /// By SHA-256 of the access token.
    pub access_tokens: BTreeMap<String, AccessToken>,
    pub dossiers: BTreeMap<DossierCode, Dossier>,
    /// In the order in which the acts happened.
    pub callbacks: Vec<Callback>,
    pub money: crate::payment::Ledger,
}

impl State {
    /// Codes and tokens that can no longer be used are not kept.
    pub fn forget_expired(&mut self, now: Instant) {
        self.grants.retain(|_, grant| grant.until > now);
        self.access_tokens.retain(|_, token| token.until > now);
    }
}
