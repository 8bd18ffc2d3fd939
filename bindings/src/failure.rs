//! What `open` and `send` can fail with: the eight things a shell can do about it.

use gandan_domain::problem::{FieldProblem, Problem, Remedy};

/// One variant per remedy (`domain::problem::Remedy`). The sentences for the person are on the
/// screen; these are for the shell.
#[derive(Debug, thiserror::Error, uniffi::Error)]
pub enum GandanError {
    #[error("reach the network")]
    Offline,
    #[error("go on without signing in again")]
    SignInAgain,
    #[error("accept the form")]
    Invalid { fields: Vec<FieldProblem> },
    #[error("go on: what was there has changed")]
    Conflict,
    #[error("do it: refused")]
    Refused,
    #[error("reach the service; retry after {retry_after_s} s")]
    Unavailable { retry_after_s: u32 },
    #[error("write: the storage is full")]
    StorageFull,
    #[error("go on: internal error {id}")]
    Bug { id: String },
}

impl From<Problem> for GandanError {
    fn from(problem: Problem) -> Self {
        match problem.remedy() {
            Remedy::Offline => Self::Offline,
            Remedy::SignInAgain => Self::SignInAgain,
            Remedy::Invalid { fields } => Self::Invalid { fields },
            Remedy::Conflict => Self::Conflict,
            Remedy::Refused => Self::Refused,
            Remedy::Unavailable { retry_after_s } => Self::Unavailable { retry_after_s },
            Remedy::StorageFull => Self::StorageFull,
            Remedy::Bug { id } => Self::Bug { id },
        }
    }
}
