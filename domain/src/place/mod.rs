//! Places over time. A code alone names nothing: 3,315 of the 3,321 commune codes in use since
//! 1 July 2025 were used before, 1,877 of them for a differently named unit.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The key of a place: its code and the first day on which the code has this meaning.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PlaceKey {
    /// Five digits for a commune, two for a province (Decision 19/2025/QĐ-TTg).
    pub code: String,
    pub valid_from: Date,
}

/// A commune as the catalogue lists it (xã, phường, đặc khu).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commune {
    #[serde(flatten)]
    pub key: PlaceKey,
    /// With its type, e.g. "Xã Lũng Cú".
    pub full_name: String,
    pub province_code: String,
    pub province_name: String,
    /// The one-stop office that receives dossiers for this commune.
    pub office: Office,
    /// Names of units that were merged into this one, for old papers.
    #[serde(default)]
    pub formerly: Vec<String>,
}

/// The one-stop shop (bộ phận một cửa) of a commune.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Office {
    /// Identifier code that begins every dossier code of this office.
    pub code: String,
    pub name: String,
    /// Where a person helps; `None` where nothing is known, and then no screen promises a counter.
    #[serde(default)]
    pub address: Option<String>,
    #[serde(default)]
    pub phone: Option<String>,
}
