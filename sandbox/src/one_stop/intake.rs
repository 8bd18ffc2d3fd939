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

use super::dossier::{DeskFee, Dossier, Incoming, read_envelope, read_payment};
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

/// The portal tells that a fee is paid.
pub(crate) async fn paid(
    State(sandbox): State<Arc<Sandbox>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Failure> {
    check_bearer(&headers, &sandbox.config.one_stop_token)?;
    let paid = read_payment(&body)?;
    sandbox.store.change(|state| {
        for (code, fees) in paid {
            let dossier = state.dossiers.get_mut(&code).ok_or(Failure::NotFound)?;
            know_fees(dossier, fees);
        }
        Ok::<(), Failure>(())
    })?;
    Ok(Json(json!({ "error_code": "00" })))
}

/// What is paid stays paid; what the office asked for itself it knows by its own number.
fn know_fees(dossier: &mut Dossier, fees: Vec<DeskFee>) {
    for fee in fees {
        let known = dossier.fees.iter_mut().find(|known| {
            known.ma_phi_le_phi == fee.ma_phi_le_phi
                || (known.ten_phi_le_phi == fee.ten_phi_le_phi && known.gia == fee.gia)
        });
        match known {
            Some(known) if known.trang_thai_thanh_toan == "1" => {}
            Some(known) => *known = fee,
            None => dossier.fees.push(fee),
        }
    }
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
    know_fees(known, repeated.fees);
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
