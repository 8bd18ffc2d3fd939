//! Money: whole đồng, never negative, never rounded.
//!
//! The đồng has no part that circulates, so an integer is exact. Arithmetic is checked: a sum that
//! does not fit is `None`, which a caller has to answer for, and never a small number.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An amount in đồng.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct Vnd(u64);

impl Vnd {
    pub const ZERO: Self = Self(0);

    pub const fn new(dong: u64) -> Self {
        Self(dong)
    }

    /// The number of đồng.
    pub const fn get(self) -> u64 {
        self.0
    }

    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    pub fn checked_mul(self, times: u64) -> Option<Self> {
        self.0.checked_mul(times).map(Self)
    }

    /// All of them together; `None` where that is more than there are numbers.
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        amounts.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }

    /// What is left after `percent` (at most 100) is let off. What is let off is rounded down to a
    /// whole đồng, so nobody is asked for less than the law says.
    pub fn less(self, percent: u8) -> Self {
        let off = u128::from(self.0) * u128::from(percent.min(100)) / 100;
        Self(self.0 - u64::try_from(off).unwrap_or(self.0))
    }
}

impl fmt::Display for Vnd {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "a test stops at the first surprise"
    )]

    use super::*;

    #[test]
    fn sums_that_do_not_fit_are_no_sums() {
        let most = Vnd::new(u64::MAX);
        assert_eq!(most.checked_add(Vnd::new(1)), None);
        assert_eq!(most.checked_mul(2), None);
        assert_eq!(Vnd::ZERO.checked_sub(Vnd::new(1)), None);
        assert_eq!(Vnd::sum([most, Vnd::new(1)]), None);
        assert_eq!(Vnd::sum([]), Some(Vnd::ZERO));
    }

    #[test]
    fn what_is_let_off_never_exceeds_the_law() {
        bolero::check!()
            .with_type::<(u64, u8)>()
            .for_each(|(dong, percent)| {
                let whole = Vnd::new(*dong);
                let left = whole.less(*percent);
                assert!(left <= whole);
                assert_eq!(whole.less(0), whole);
                assert_eq!(whole.less(100), Vnd::ZERO);
                let percent = u128::from((*percent).min(100));
                assert!(u128::from(left.get()) * 100 >= u128::from(*dong) * (100 - percent));
            });
        assert_eq!(Vnd::new(50_000).less(50), Vnd::new(25_000));
    }
}
