//! A commune's one-stop system: dossiers come in, a person works on them, reports and results go
//! out.
//!
//! The interface uses the national field names of `DongBoHoSoMC` and `CapNhatTienDoHoSoMC`, since
//! that is what one-stop software speaks. What comes in is deduplicated by `MaHoSo`; what goes out
//! is delivered at least once.

pub(crate) mod callbacks;
mod desk;
pub(crate) mod dossier;
mod intake;
mod officer;
mod pdf;
pub mod webhook;

use std::sync::Arc;

use axum::{
    Router, middleware,
    routing::{get, post},
};

use crate::{Part, Sandbox, faults};
pub use officer::{DossierSummary, Officer};

pub(crate) fn routes(sandbox: &Arc<Sandbox>) -> Router<Arc<Sandbox>> {
    let machine = Router::new()
        .route("/v1/DongBoHoSoMC", post(intake::receive))
        .route("/v1/results/{id}", get(intake::result))
        .layer(middleware::from_fn_with_state(
            (Arc::clone(sandbox), Part::OneStop),
            faults::layer,
        ));
    machine.merge(desk::routes())
}
