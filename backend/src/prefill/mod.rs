//! What the state already knows, so that nobody is asked for it again.
//!
//! The register is asked when a phone asks, about nobody but the citizen who signed in, and only
//! what the procedure's form can use is handed out. It gets five seconds: the citizen can fill by
//! hand, so a register that is down, slow or answers HTML is told as such and nothing waits.
//! Nothing is kept here: a copy would be one more place where personal data lies and grows stale.

pub mod population;

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use axum::http::{StatusCode, header};
use bytes::Bytes;
use gandan_domain::{
    Private, Problem,
    form::evaluate::read_place,
    wire::{PrefillAnswer, PrefillValue},
};

use crate::{
    app::Shared,
    dossier::deliver::exchange,
    identity::{self, CitizenId},
    log::{self, Act},
};

/// How long the register may take, in milliseconds.
const PATIENCE_MS: i64 = 5_000;
/// When the phone may ask again.
const RETRY_AFTER_S: u32 = 60;

/// What is known for each of these procedures; those that we don't have are left out.
pub async fn answer(
    backend: &Shared,
    citizen: CitizenId,
    procedures: &[String],
) -> Result<BTreeMap<String, PrefillAnswer>, Problem> {
    let catalog = backend.catalog();
    let pack = catalog.pack();
    let asked: Vec<_> = procedures
        .iter()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .filter_map(|code| pack.procedure(code))
        .collect();
    if asked.is_empty() {
        return Ok(BTreeMap::new());
    }
    let known = ask(backend, citizen).await?;
    let answers = asked.into_iter().map(|procedure| {
        let used: BTreeSet<&str> = procedure
            .form
            .fields()
            .flat_map(|(_, _, field)| &field.prefill)
            .map(|prefill| prefill.key.as_str())
            .collect();
        let answer = match &known {
            Some(values) => PrefillAnswer::Known {
                values: values
                    .iter()
                    .filter(|(key, _)| used.contains(key.as_str()))
                    .map(|(key, value)| (key.clone(), value.clone()))
                    .collect(),
            },
            None => PrefillAnswer::Unavailable {
                retry_after_s: RETRY_AFTER_S,
            },
        };
        (procedure.code.clone(), answer)
    });
    Ok(answers.collect())
}

/// The register's values, and a line in the citizen's log. `None`: it can't be asked now.
async fn ask(
    backend: &Shared,
    citizen: CitizenId,
) -> Result<Option<BTreeMap<String, PrefillValue>>, Problem> {
    let shared = Arc::clone(backend);
    let profile = backend
        .storage
        .read(move |reader| {
            let backend = Arc::clone(&shared);
            Box::pin(async move { identity::profile(&backend, reader, citizen).await })
        })
        .await?;
    let Some(mut values) = fetch(backend, profile.id_number.expose()).await else {
        return Ok(None);
    };
    for who in ["requester", "spouse"] {
        add_residence(backend, &mut values, who);
    }
    let shared = Arc::clone(backend);
    backend
        .storage
        .write(move |tx| {
            let backend = Arc::clone(&shared);
            Box::pin(async move {
                let key = backend.keys.citizen_key(tx, citizen).await?;
                let act = Act {
                    actor: log::BACKEND,
                    action: "prefill.read",
                    dossier: None,
                };
                let now = backend.world.clock.now();
                log::append(tx, &*backend.world.random, &key, citizen, now, act).await
            })
        })
        .await?;
    Ok(Some(values))
}

async fn fetch(backend: &Shared, id_number: &str) -> Option<BTreeMap<String, PrefillValue>> {
    let partner = &backend.config.population;
    let question = serde_json::to_vec(&population::Question { id_number }).ok()?;
    let request = http::Request::post(format!("{}/v1/citizen", partner.url))
        .header(header::AUTHORIZATION, format!("Bearer {}", partner.token))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Bytes::from(question))
        .ok()?;
    let answer = match exchange(backend, request, PATIENCE_MS).await {
        Ok(answer) => answer,
        Err(error) => {
            tracing::warn!(%error, "the population database does not answer");
            return None;
        }
    };
    match answer.status() {
        StatusCode::OK => match serde_json::from_slice(answer.body()) {
            Ok(answer) => Some(population::values(answer)),
            Err(_) => {
                tracing::warn!("the population database answers nonsense");
                None
            }
        },
        // A 404 of something else in between is not the register's.
        StatusCode::NOT_FOUND if is_json(&answer) => Some(BTreeMap::new()),
        status => {
            tracing::warn!(status = status.as_u16(), "the population database fails");
            None
        }
    }
}

fn is_json(answer: &http::Response<Bytes>) -> bool {
    serde_json::from_slice::<serde_json::Value>(answer.body()).is_ok_and(|body| body.is_object())
}

/// `residence` in one line, as a paper writes it, where the catalogue knows the commune.
fn add_residence(backend: &Shared, values: &mut BTreeMap<String, PrefillValue>, who: &str) {
    let Some(commune) = values.get(&format!("{who}.residence_commune")) else {
        return;
    };
    let Some(place) =
        read_place(commune.value.expose()).and_then(|key| backend.catalog().atlas().name(&key))
    else {
        return;
    };
    let detail = values
        .get(&format!("{who}.residence_detail"))
        .map(|detail| detail.value.expose().as_str());
    let line = detail
        .into_iter()
        .chain([place.as_str()])
        .collect::<Vec<_>>()
        .join(", ");
    let value = PrefillValue {
        value: Private::new(line),
        ..commune.clone()
    };
    values.insert(format!("{who}.residence"), value);
}
