//! `POST /v1/sync`: everything the phone wants to do and know, in one round trip.
//!
//! Operations run in order, each in its own transaction with its own answer, so that one that is
//! refused holds up nothing. Changes are read after them, so that a submit and its first change
//! come in the same answer. See [`gandan_domain::wire`] for the shapes.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
};
use gandan_domain::{
    Problem,
    problem::WireProblem,
    wire::{Command, OperationAnswer, OperationResult, SyncRequest, SyncResponse},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::Shared,
    dossier::{changes, submit::submit, supplement::supplement, withdraw::withdraw},
    identity::{Citizen, CitizenId},
    notice::read::read,
    prefill,
    problem::Refusal,
};

/// How many operations one request may bring.
const OPERATIONS: usize = 50;

pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(sync))
}

/// Operations in; answers, changes and prefill out.
#[utoipa::path(post, path = "/v1/sync", tag = "sync", request_body = SyncRequest, responses(
    (status = 200, body = SyncResponse),
    (status = 400, description = "malformed"),
))]
async fn sync(
    State(backend): State<Shared>,
    citizen: Citizen,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<SyncResponse>, Refusal> {
    let body = body.map_err(|_| Problem::Malformed)?;
    let request: SyncRequest = serde_json::from_slice(&body).map_err(|_| Problem::Malformed)?;
    if request.operations.len() > OPERATIONS {
        return Err(Problem::Malformed.into());
    }
    let mut answers = Vec::new();
    for operation in request.operations {
        let (key, id) = (operation.key, citizen.id);
        let receipt = match operation.command {
            Command::Submit { intent } => submit(&backend, id, key, intent).await.map(Some),
            Command::Supplement { supplement: answer } => {
                supplement(&backend, id, key, answer).await.map(Some)
            }
            Command::Withdraw { withdrawal } => {
                withdraw(&backend, id, key, withdrawal).await.map(Some)
            }
            Command::Read { intent, upto } => read(&backend, id, intent, upto).await.map(|()| None),
        };
        answers.push(OperationAnswer {
            key,
            result: match receipt {
                Ok(Some(receipt)) => OperationResult::Accepted { receipt },
                Ok(None) => OperationResult::Done,
                Err(problem) => OperationResult::Problem {
                    problem: WireProblem::from(&problem),
                },
            },
        });
    }
    let prefill = prefill::answer(&backend, citizen.id, &request.prefill).await?;
    let (changes, more) = read_changes(&backend, citizen.id, request.cursor).await?;
    Ok(Json(SyncResponse {
        answers,
        cursor: changes.last().map_or(request.cursor, |change| change.seq),
        changes,
        more,
        prefill,
        content: request.content.and_then(|had| {
            let newest = backend.catalog().serial();
            (newest > had).then_some(newest)
        }),
        now: backend.world.clock.now(),
    }))
}

async fn read_changes(
    backend: &Shared,
    citizen: CitizenId,
    cursor: i64,
) -> Result<(Vec<gandan_domain::wire::Change>, bool), Problem> {
    let shared = Arc::clone(backend);
    let found = backend
        .storage
        .read(move |reader| {
            let backend = Arc::clone(&shared);
            Box::pin(async move {
                let key = backend.keys.citizen_key(reader, citizen).await?;
                changes(reader, &key, citizen, cursor).await
            })
        })
        .await?;
    Ok(found)
}
