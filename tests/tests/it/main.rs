//! Whole-system tests in one binary. Tests whose names begin with `postgres_` need a server, which
//! they start themselves, unless `GANDAN_TEST_POSTGRES` names one.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

mod paying;
mod places;
mod returned;
mod scenarios;
mod simulation;
mod storage;
mod web;
