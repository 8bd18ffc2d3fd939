//! The ten national dossier statuses and the one table of moves between them.
//!
//! Codes and names are those that one-stop systems exchange with the National Public Service
//! Portal (field `TrangThaiHoSo`, values 1 to 10). Nobody publishes the moves; the table below is
//! our reading of Decree 118/2025/NĐ-CP on the one-stop mechanism, and [`Status::may_become`] is
//! its only copy.

use serde::{Deserialize, Serialize};

/// A dossier's national status (trạng thái hồ sơ). The discriminant is the national code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
#[repr(u8)]
pub enum Status {
    /// Mới đăng ký: received by the backend, not yet looked at by the commune.
    Registered = 1,
    /// Được tiếp nhận
    Accepted = 2,
    /// Không được tiếp nhận
    NotAccepted = 3,
    /// Đang xử lý
    InProgress = 4,
    /// Yêu cầu bổ sung giấy tờ: the clock pauses.
    SupplementRequested = 5,
    /// Yêu cầu thực hiện nghĩa vụ tài chính
    PaymentRequested = 6,
    /// Công dân yêu cầu rút hồ sơ
    WithdrawalRequested = 7,
    /// Dừng xử lý
    Stopped = 8,
    /// Đã xử lý xong
    Done = 9,
    /// Đã trả kết quả
    Returned = 10,
}

impl Status {
    pub const ALL: [Self; 10] = [
        Self::Registered,
        Self::Accepted,
        Self::NotAccepted,
        Self::InProgress,
        Self::SupplementRequested,
        Self::PaymentRequested,
        Self::WithdrawalRequested,
        Self::Stopped,
        Self::Done,
        Self::Returned,
    ];

    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The statuses that may follow this one. A repeated report of the same status is not a move;
    /// intake treats it as already known.
    pub const fn next(self) -> &'static [Self] {
        use Status::{
            Accepted, Done, InProgress, NotAccepted, PaymentRequested, Registered, Returned,
            Stopped, SupplementRequested, WithdrawalRequested,
        };
        match self {
            Registered => &[
                Accepted,
                NotAccepted,
                InProgress,
                SupplementRequested,
                PaymentRequested,
                WithdrawalRequested,
            ],
            Accepted => &[
                InProgress,
                SupplementRequested,
                PaymentRequested,
                WithdrawalRequested,
                Stopped,
                Done,
            ],
            InProgress => &[
                SupplementRequested,
                PaymentRequested,
                WithdrawalRequested,
                Stopped,
                Done,
            ],
            SupplementRequested => &[
                Accepted,
                InProgress,
                NotAccepted,
                WithdrawalRequested,
                Stopped,
            ],
            PaymentRequested => &[Accepted, InProgress, WithdrawalRequested, Stopped],
            // A request that the office does not grant leads back to work.
            WithdrawalRequested => &[Stopped, InProgress, Done],
            Done => &[Returned],
            NotAccepted | Stopped | Returned => &[],
        }
    }

    pub fn may_become(self, next: Self) -> bool {
        self.next().contains(&next)
    }

    /// Nothing follows: refused, stopped, or handed over.
    pub const fn is_final(self) -> bool {
        self.next().is_empty()
    }

    /// The Fluent message that names this status, e.g. `status-4`.
    pub fn message_id(self) -> String {
        format!("status-{}", self.code())
    }
}

impl From<Status> for u8 {
    fn from(status: Status) -> Self {
        status.code()
    }
}

impl TryFrom<u8> for Status {
    type Error = UnknownStatus;

    fn try_from(code: u8) -> Result<Self, UnknownStatus> {
        Self::ALL
            .into_iter()
            .find(|status| status.code() == code)
            .ok_or(UnknownStatus(code))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is none of the ten national status codes")]
pub struct UnknownStatus(pub u8);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_is_reached_from_registered() {
        let mut reached = vec![Status::Registered];
        let mut at = 0;
        while let Some(status) = reached.get(at).copied() {
            for next in status.next() {
                if !reached.contains(next) {
                    reached.push(*next);
                }
            }
            at += 1;
        }
        reached.sort();
        assert_eq!(reached, Status::ALL);
    }

    #[test]
    fn codes_round_trip_and_others_are_refused() {
        for status in Status::ALL {
            assert_eq!(Status::try_from(status.code()), Ok(status));
        }
        assert_eq!(Status::try_from(0), Err(UnknownStatus(0)));
        assert_eq!(Status::try_from(11), Err(UnknownStatus(11)));
    }

    /// The table, written a second time from the other end: who may come before.
    #[test]
    fn each_status_follows_only_from_these() {
        use Status::*;
        for (status, before) in [
            (Registered, &[][..]),
            (
                Accepted,
                &[Registered, SupplementRequested, PaymentRequested],
            ),
            (NotAccepted, &[Registered, SupplementRequested]),
            (
                InProgress,
                &[
                    Registered,
                    Accepted,
                    SupplementRequested,
                    PaymentRequested,
                    WithdrawalRequested,
                ],
            ),
            (SupplementRequested, &[Registered, Accepted, InProgress]),
            (PaymentRequested, &[Registered, Accepted, InProgress]),
            (
                WithdrawalRequested,
                &[
                    Registered,
                    Accepted,
                    InProgress,
                    SupplementRequested,
                    PaymentRequested,
                ],
            ),
            (
                Stopped,
                &[
                    Accepted,
                    InProgress,
                    SupplementRequested,
                    PaymentRequested,
                    WithdrawalRequested,
                ],
            ),
            (Done, &[Accepted, InProgress, WithdrawalRequested]),
            (Returned, &[Done]),
        ] {
            let found: Vec<Status> = Status::ALL
                .into_iter()
                .filter(|from| from.may_become(status))
                .collect();
            assert_eq!(found, before, "{status:?}");
        }
    }

    #[test]
    fn nothing_follows_an_end_and_nothing_follows_itself() {
        for status in Status::ALL {
            let ends = matches!(
                status,
                Status::NotAccepted | Status::Stopped | Status::Returned
            );
            assert_eq!(status.is_final(), ends, "{status:?}");
            assert!(!status.may_become(status), "{status:?}");
        }
    }

    #[test]
    fn every_status_has_its_national_name() {
        let messages = crate::text::messages::Messages::new(&crate::text::Lang::vi());
        let names = Status::ALL.map(|status| messages.plain(&status.message_id()).shown());
        assert_eq!(
            names,
            [
                "Mới đăng ký",
                "Được tiếp nhận",
                "Không được tiếp nhận",
                "Đang xử lý",
                "Yêu cầu bổ sung giấy tờ",
                "Yêu cầu thực hiện nghĩa vụ tài chính",
                "Công dân yêu cầu rút hồ sơ",
                "Dừng xử lý",
                "Đã xử lý xong",
                "Đã trả kết quả",
            ]
        );
    }
}
