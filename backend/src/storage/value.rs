//! The three kinds of value that both databases share, and rows of them.

use uuid::Uuid;

use super::StorageError;

/// A parameter or a column. NULL keeps its type, which PostgreSQL wants to know.
///
/// Has no `Debug`: look-up hashes and sealed bytes are nobody's business in a log.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    Integer(Option<i64>),
    Text(Option<String>),
    Blob(Option<Vec<u8>>),
}

macro_rules! value_from {
    ($variant:ident: $($from:ty => $convert:expr),* $(,)?) => {$(
        impl From<$from> for Value {
            fn from(value: $from) -> Self {
                let convert: fn($from) -> _ = $convert;
                Self::$variant(Some(convert(value)))
            }
        }
        impl From<Option<$from>> for Value {
            fn from(value: Option<$from>) -> Self {
                let convert: fn($from) -> _ = $convert;
                Self::$variant(value.map(convert))
            }
        }
    )*};
}

value_from!(Integer:
    i64 => |value| value,
    i32 => i64::from,
    u32 => i64::from,
    bool => i64::from,
    gandan_domain::time::Instant => gandan_domain::time::Instant::ms,
);
value_from!(Text:
    String => |value| value,
    &str => str::to_owned,
    &String => String::clone,
    Uuid => |value| value.to_string(),
);
value_from!(Blob:
    Vec<u8> => |value| value,
    &Vec<u8> => Vec::clone,
    &[u8] => <[u8]>::to_vec,
    [u8; 32] => |value| value.to_vec(),
    &[u8; 32] => |value| value.to_vec(),
);

/// One row of an answer, columns in the order of the statement.
#[derive(Clone, PartialEq, Eq)]
pub struct Row(Vec<Value>);

impl Row {
    pub const fn new(columns: Vec<Value>) -> Self {
        Self(columns)
    }

    /// The column's value as `T`; an `Option` where it may be NULL.
    pub fn get<T: FromValue>(&self, column: usize) -> Result<T, StorageError> {
        self.0
            .get(column)
            .and_then(T::from_value)
            .ok_or(StorageError::Column { column })
    }
}

/// What a column can be read as.
pub trait FromValue: Sized {
    /// `None` if it is of another type or out of range.
    fn from_value(value: &Value) -> Option<Self>;
}

impl FromValue for i64 {
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Integer(value) => *value,
            _ => None,
        }
    }
}

impl FromValue for u64 {
    fn from_value(value: &Value) -> Option<Self> {
        i64::from_value(value)?.try_into().ok()
    }
}

impl FromValue for u32 {
    fn from_value(value: &Value) -> Option<Self> {
        i64::from_value(value)?.try_into().ok()
    }
}

impl FromValue for bool {
    fn from_value(value: &Value) -> Option<Self> {
        i64::from_value(value).map(|value| value != 0)
    }
}

impl FromValue for gandan_domain::time::Instant {
    fn from_value(value: &Value) -> Option<Self> {
        i64::from_value(value).map(Self)
    }
}

impl FromValue for String {
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Text(value) => value.clone(),
            _ => None,
        }
    }
}

impl FromValue for Uuid {
    fn from_value(value: &Value) -> Option<Self> {
        String::from_value(value)?.parse().ok()
    }
}

impl FromValue for Vec<u8> {
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Blob(value) => value.clone(),
            _ => None,
        }
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            // SQLite does not know a NULL's type, so any NULL is a `None`.
            Value::Integer(None) | Value::Text(None) | Value::Blob(None) => Some(None),
            value => T::from_value(value).map(Some),
        }
    }
}
