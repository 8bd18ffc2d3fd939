//! A dossier (hồ sơ) on the state's side: filed in one transaction, delivered by a worker, moved
//! by signed reports.

pub mod agency_url;
pub mod one_stop;
pub mod webhook;
