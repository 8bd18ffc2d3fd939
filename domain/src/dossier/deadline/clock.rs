//! The citizen's side of the clock: who holds the dossier, until when, what comes next, and
//! whether the office is on time.
//!
//! On time is what the National Portal counts: the day on which processing ended
//! (`NgayKetThucXuLy`) is not after the appointed day (`NgayHenTra`). While the citizen is asked
//! for something the office is not late; a dossier that was refused, withdrawn or stopped ended
//! on that day. What was rejected: comparing with the day on which the result was fetched
//! (`NgayTra`), which makes an office late because a citizen has no time.

use serde::{Deserialize, Serialize};

use crate::{dossier::Status, time::Instant};

/// Who has to act now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// The one-stop shop looks whether all is there.
    OneStop,
    /// The agency that decides.
    Agency,
    Citizen,
    Nobody,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Next {
    /// Accepted, or a request for what is missing.
    Acceptance,
    Result,
    /// The citizen supplements; then the clock goes on and a new date is given.
    Supplement,
    Payment,
    /// The office says whether the dossier is given back.
    Withdrawal,
    /// The result waits to be fetched or opened.
    Fetching,
    Nothing,
}

/// How the office stands to its promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Punctuality {
    /// No date was promised.
    NoDate,
    /// Not due yet.
    Running,
    /// The clock stands: the citizen has to act.
    Standing,
    /// Ended on a day before the promised one.
    Early,
    OnTime,
    Late,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    pub holder: Holder,
    pub next: Next,
    /// Until when the holder has time, where that is known.
    pub until: Option<Instant>,
    pub punctuality: Punctuality,
}

/// Where a dossier stands that reached `status` at `since`, with what it was promised for.
pub fn clock(status: Status, since: Instant, due: Option<Instant>, now: Instant) -> Clock {
    let (holder, next) = match status {
        Status::Registered => (Holder::OneStop, Next::Acceptance),
        Status::Accepted | Status::InProgress => (Holder::Agency, Next::Result),
        Status::SupplementRequested => (Holder::Citizen, Next::Supplement),
        Status::PaymentRequested => (Holder::Citizen, Next::Payment),
        Status::WithdrawalRequested => (Holder::Agency, Next::Withdrawal),
        Status::Done => (Holder::OneStop, Next::Fetching),
        Status::NotAccepted | Status::Stopped | Status::Returned => (Holder::Nobody, Next::Nothing),
    };
    let punctuality = match (status, due) {
        (Status::SupplementRequested | Status::PaymentRequested, _) => Punctuality::Standing,
        (_, None) => Punctuality::NoDate,
        (Status::Done | Status::Returned | Status::NotAccepted | Status::Stopped, Some(due)) => {
            ended(since, due)
        }
        (_, Some(due)) if now > due => Punctuality::Late,
        (_, Some(_)) => Punctuality::Running,
    };
    let until = match holder {
        Holder::OneStop | Holder::Agency if status != Status::Done => due,
        _ => None,
    };
    Clock {
        holder,
        next,
        until,
        punctuality,
    }
}

/// The national rule, for a dossier whose processing ended.
pub fn ended(at: Instant, due: Instant) -> Punctuality {
    match at.date().cmp(&due.date()) {
        std::cmp::Ordering::Less => Punctuality::Early,
        std::cmp::Ordering::Equal => Punctuality::OnTime,
        std::cmp::Ordering::Greater => Punctuality::Late,
    }
}
