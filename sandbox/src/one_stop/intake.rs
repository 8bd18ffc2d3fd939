//! What the backend calls: dossiers in, result files out.

use std::{collections::btree_map::Entry, sync::Arc};

use axum::{
    Json,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderMap, header};
use serde_json::{Value, json};
use uuid::Uuid;

use super::dossier::{Dossier, Incoming, read_envelope};
use crate::{Failure, Sandbox, population::check_bearer};

pub(crate) async fn receive(
    State(sandbox): State<Arc<Sandbox>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Failure> {
    check_bearer(&headers, &sandbox.config.one_stop_token)?;
    let dossiers = read_envelope(&body)?;
    let now = sandbox.outside.clock.now();
    sandbox.store.change(|state| {
        for incoming in dossiers {
            match incoming {
                Incoming::New(dossier) => match state.dossiers.entry(dossier.code.clone()) {
                    Entry::Vacant(place) => {
                        place.insert(dossier);
                    }
                    Entry::Occupied(mut known) => again(known.get_mut(), dossier),
                },
                Incoming::Update(dossier, to) => state
                    .dossiers
                    .get_mut(&dossier.code)
                    .ok_or(Failure::NotFound)?
                    .update(dossier, to, now),
            }
        }
        Ok::<(), Failure>(())
    })?;
    Ok(Json(json!({ "error_code": "00" })))
}

/// The same dossier came again. It stays what it is; only addresses of files not yet read are
/// renewed, because the former ones may have expired.
fn again(known: &mut Dossier, repeated: Dossier) {
    known.received_times = known.received_times.saturating_add(1);
    for file in known.files.iter_mut().filter(|file| file.kept.is_none()) {
        if let Some(newer) = repeated.files.iter().find(|newer| newer.id == file.id) {
            file.url.clone_from(&newer.url);
        }
    }
}

pub(crate) async fn result(
    State(sandbox): State<Arc<Sandbox>>,
    headers: HeaderMap,
    Path(id): Path<Uuid>,
) -> Result<Response, Failure> {
    check_bearer(&headers, &sandbox.config.one_stop_token)?;
    let blob = sandbox
        .store
        .read(|state| {
            let mut results = state.dossiers.values().flat_map(|dossier| &dossier.results);
            results
                .find(|result| result.id == id)
                .map(|result| result.blob.clone())
        })
        .ok_or(Failure::NotFound)?;
    let bytes = sandbox.store.get(&blob)?.ok_or(Failure::NotFound)?;
    Ok(([(header::CONTENT_TYPE, "application/pdf")], bytes).into_response())
}
