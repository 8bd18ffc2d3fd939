//! Sealing what leaves the store as an address: see [`crate::Core::address`].

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use gandan_foundation::{ports::Random, sealing::Cell};

use super::{Result, Store, StoreError};

const CELL: Cell<'_> = Cell {
    table: "address",
    column: "place",
    row: b"",
    revision: 0,
};
/// Far above any place, far below what a URL must not be.
const LONGEST: usize = 6 << 10;

/// Gives the same nonce for the same place, and with overwhelming likelihood to no other: a keyed
/// hash of what is sealed, so that equal addresses mean equal places and nothing repeats a nonce.
struct Synthetic([u8; 32]);

impl Random for Synthetic {
    fn fill(&self, out: &mut [u8]) {
        for (to, from) in out.iter_mut().zip(self.0) {
            *to = from;
        }
    }
}

impl Store {
    pub(crate) fn seal_address(&self, place: &[u8]) -> Result<String> {
        self.read(|cells| {
            let nonce = Synthetic(cells.vault.lookup.hash(CELL.table, CELL.column, place));
            let sealed = cells
                .vault
                .data
                .seal(&nonce, &CELL, place)
                .map_err(|_| StoreError::Unwritable)?;
            Ok(URL_SAFE_NO_PAD.encode(sealed))
        })
    }

    /// `None` if it was not sealed here.
    pub(crate) fn open_address(&self, address: &str) -> Result<Option<Vec<u8>>> {
        if address.len() > LONGEST {
            return Ok(None);
        }
        let Ok(sealed) = URL_SAFE_NO_PAD.decode(address) else {
            return Ok(None);
        };
        self.read(|cells| {
            let opened = cells.vault.data.open(&CELL, &sealed);
            Ok(opened.ok().map(|place| place.to_vec()))
        })
    }
}
