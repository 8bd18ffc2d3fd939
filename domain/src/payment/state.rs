//! What is known of an order, and the one table of moves.
//!
//! ```text
//!            Returned, Elapsed            NotThere, GivenUp
//!  Started ───────────────────► Checking ───────────────────► Expired
//!     │  Credited                  │  Credited                   │ Credited (late)
//!     ├───────────► Paid ◄─────────┤                             ├──────► Paid
//!     │  Declined                  │  Declined                   │ CreditedTooMuch
//!     └───────────► Failed ◄───────┘                             └──────► RefundDue ─► Refunded
//! ```
//!
//! *Checking* is the state that others forget: money may have moved and nobody has said so. It
//! ends only by the word of whoever holds the money, never by the browser's return, and while it
//! lasts nothing else can be paid. No state forgets a late credit: after *Failed* and *Expired* it
//! settles the fee if that is still due, else it is owed back.

use serde::{Deserialize, Deserializer, Serialize};

/// How a fee is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The gateway's page.
    Vnpay,
    /// A transfer to the office's account, by VietQR or typed.
    Vietqr,
    /// At the counter.
    Cash,
}

impl Method {
    pub const ALL: [Self; 3] = [Self::Vnpay, Self::Vietqr, Self::Cash];

    /// As stored and sent.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Vnpay => "vnpay",
            Self::Vietqr => "vietqr",
            Self::Cash => "cash",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }
}

/// What is known of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The citizen can pay it now.
    Started,
    /// Unknown: money may have moved. Nothing else may be paid meanwhile.
    Checking,
    Paid,
    /// The gateway says that no money moved.
    Failed,
    /// Its time is over and no money is known to have moved.
    Expired,
    /// Money came that settles nothing: it is owed back.
    RefundDue,
    Refunded,
}

/// A state of a newer server reads as *Checking*: the one in which nothing is paid twice.
impl<'de> Deserialize<'de> for State {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let name = String::deserialize(from)?;
        Ok(Self::from_name(&name).unwrap_or(Self::Checking))
    }
}

/// What happens to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The browser came back. It proves nothing.
    Returned,
    /// The time to pay is over.
    Elapsed,
    /// Whoever holds the money says that it came, and the fee was still due.
    Credited,
    /// The same, and it settles nothing: the fee is paid already, or the sum is another one.
    CreditedTooMuch,
    /// Whoever holds the money says that none moved.
    Declined,
    /// The gateway does not know the order, and its time is over.
    NotThere,
    /// The citizen says that they have not transferred, or enough time has passed for a transfer
    /// to be credited.
    GivenUp,
    /// What was owed has been paid back.
    PaidBack,
}

impl State {
    pub const ALL: [Self; 7] = [
        Self::Started,
        Self::Checking,
        Self::Paid,
        Self::Failed,
        Self::Expired,
        Self::RefundDue,
        Self::Refunded,
    ];

    /// As stored and sent.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Checking => "checking",
            Self::Paid => "paid",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::RefundDue => "refund_due",
            Self::Refunded => "refunded",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// The order holds its fee: no other may be started.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Started | Self::Checking)
    }

    /// The one table. What changes nothing gives the same state.
    #[must_use]
    pub const fn after(self, event: Event) -> Self {
        use Event::{
            Credited, CreditedTooMuch, Declined, Elapsed, GivenUp, NotThere, PaidBack, Returned,
        };
        use State::{Checking, Expired, Failed, Paid, RefundDue, Refunded, Started};
        match (self, event) {
            (Started | Checking, Returned | Elapsed) => Checking,
            (Started | Checking | Failed | Expired, Credited) => Paid,
            (Started | Checking | Failed | Expired, CreditedTooMuch) => RefundDue,
            (Started | Checking, Declined) => Failed,
            (Started | Checking, NotThere | GivenUp) => Expired,
            (RefundDue, PaidBack) => Refunded,
            // Paid is paid: a second credit is a case of its own, and no word takes money back.
            // A later credit on an order that owes is one more case, and the order goes on owing.
            (Refunded, CreditedTooMuch) => RefundDue,
            (state, _) => state,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENTS: [Event; 8] = [
        Event::Returned,
        Event::Elapsed,
        Event::Credited,
        Event::CreditedTooMuch,
        Event::Declined,
        Event::NotThere,
        Event::GivenUp,
        Event::PaidBack,
    ];

    #[test]
    fn only_a_credit_pays() {
        for state in State::ALL {
            for event in EVENTS {
                let next = state.after(event);
                if next == State::Paid && state != State::Paid {
                    assert_eq!(event, Event::Credited, "{state:?}");
                }
            }
        }
    }

    #[test]
    fn paid_stays_paid_and_nothing_closed_opens() {
        for event in EVENTS {
            assert_eq!(State::Paid.after(event), State::Paid);
            for state in State::ALL {
                assert!(state.is_open() || !state.after(event).is_open());
            }
        }
    }

    #[test]
    fn whatever_comes_twice_changes_nothing_more() {
        for state in State::ALL {
            for event in EVENTS {
                let once = state.after(event);
                assert_eq!(once.after(event), once, "{state:?} {event:?}");
            }
        }
    }

    #[test]
    fn a_credit_is_never_lost_in_whatever_order() {
        bolero::check!().with_type::<Vec<u8>>().for_each(|events| {
            let mut state = State::Started;
            let mut credited = false;
            for event in events {
                let event = EVENTS[usize::from(*event) % EVENTS.len()];
                credited |= matches!(event, Event::Credited | Event::CreditedTooMuch);
                state = state.after(event);
            }
            let shows = matches!(state, State::Paid | State::RefundDue | State::Refunded);
            assert_eq!(credited, shows);
        });
    }

    #[test]
    fn names_are_read_back_and_new_ones_are_unknown() {
        for state in State::ALL {
            assert_eq!(State::from_name(state.name()), Some(state));
            assert_eq!(serde_json::to_value(state).ok(), Some(state.name().into()));
        }
        assert_eq!(
            serde_json::from_str::<State>("\"in_escrow\"").ok(),
            Some(State::Checking)
        );
    }
}
