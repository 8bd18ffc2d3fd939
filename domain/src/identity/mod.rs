//! Who a person is: the citizen id number, a person's name, and what a card's QR code says.

pub mod citizen_id;
pub mod name;
pub mod qr;

pub use citizen_id::{CitizenId, IdError, IdWarning, Sex};
pub use name::NameError;
pub use qr::{Card, QrError};
