//! A wrapper for personal values that cannot be printed.
//!
//! `Private<T>` has no `Debug` and no `Display` (I6): a struct that holds one cannot derive them
//! either, so a stray `{:?}` in a log line does not compile. Serialising is allowed, because
//! sealing and the wire need it; whoever serialises decides where the bytes go.
//!
//! ```compile_fail,E0277
//! let name = gandan_domain::Private::new("Trần Thị Thử".to_owned());
//! println!("{name:?}");
//! ```

use serde::{Deserialize, Serialize};

/// A personal value: name, id number, address, an answer. Read it with [`Private::expose`].
#[derive(Clone, PartialEq, Eq, Hash, Default, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Private<T>(T);

impl<T> Private<T> {
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The only way in. Grep for it to see every place that handles personal data in the clear.
    pub const fn expose(&self) -> &T {
        &self.0
    }

    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> From<T> for Private<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}
