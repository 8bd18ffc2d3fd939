//! Sealing: no personal value lies readable on a disk, and none can be moved unnoticed (I6).
//!
//! One value is one envelope: `version (1) ‖ nonce (12) ‖ ciphertext ‖ tag (16)`, AES-256-GCM. The
//! associated data names the cell the value belongs to (table, column, row, revision) and the
//! format version, each part preceded by its length, so that no two cells have the same encoding:
//! an envelope that is copied to another row, or brought back from an earlier revision, does not
//! open. Nonces are random; with 96 bits a key may seal 2³² values before a repeat becomes likelier
//! than 2⁻³² (NIST SP 800-38D §8.3), and every citizen has a key of their own.
//!
//! What was rejected: encrypting the whole file (SQLCipher). It needs OpenSSL on every platform,
//! hides which values are personal, can't delete one citizen by deleting a key, and does not
//! notice rows that were swapped by whoever holds the file key.

use ring::{aead, digest, hmac};
use zeroize::Zeroizing;

use crate::ports::Random;

/// The format of the envelopes that are written now.
pub const FORMAT: u8 = 1;
const NONCE: usize = aead::NONCE_LEN;
const TAG: usize = 16;

/// How much longer an envelope is than what it holds.
pub const OVERHEAD: usize = 1 + NONCE + TAG;

/// Where a sealed value stands. It opens only there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell<'a> {
    pub table: &'a str,
    pub column: &'a str,
    /// The primary key's bytes.
    pub row: &'a [u8],
    /// Grows with every write to the row; 0 where a row is written once.
    pub revision: u64,
}

/// Why a value could not be sealed or opened. Says nothing of the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    #[error("open the envelope: it is too short to be one")]
    Truncated,
    #[error("open the envelope: its format {0} is newer than this program")]
    UnknownFormat(u8),
    /// Wrong key, wrong cell, or changed bytes: the algorithm can't tell which.
    #[error("open the envelope: it was not sealed here with this key")]
    NotAuthentic,
    #[error("use the key: it is not 32 bytes long")]
    BadKey,
    #[error("seal the value: it is longer than the cipher allows")]
    TooLong,
}

/// A 256-bit key that seals and opens. No `Debug`, and wiped from memory when dropped.
#[derive(Clone)]
pub struct SealingKey(Zeroizing<[u8; 32]>);

impl SealingKey {
    pub fn generate(random: &dyn Random) -> Self {
        Self(Zeroizing::new(random.bytes()))
    }

    /// For keys that come from a file or a platform keystore.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, SealError> {
        let bytes = bytes.try_into().map_err(|_| SealError::BadKey)?;
        Ok(Self(Zeroizing::new(bytes)))
    }

    /// For handing a new key to a platform keystore to wrap, or writing a key file; nowhere else.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    pub fn seal(
        &self,
        random: &dyn Random,
        cell: &Cell<'_>,
        plain: &[u8],
    ) -> Result<Vec<u8>, SealError> {
        let nonce = random.bytes::<NONCE>();
        let mut out = Vec::with_capacity(plain.len() + OVERHEAD);
        out.push(FORMAT);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(plain);
        let tag = self
            .cipher()?
            .seal_in_place_separate_tag(
                aead::Nonce::assume_unique_for_key(nonce),
                aead::Aad::from(associated(FORMAT, cell)),
                out.get_mut(1 + NONCE..).unwrap_or_default(),
            )
            .map_err(|_| SealError::TooLong)?;
        out.extend_from_slice(tag.as_ref());
        Ok(out)
    }

    /// The value, wiped from memory when dropped.
    pub fn open(&self, cell: &Cell<'_>, envelope: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let (format, rest) = envelope.split_first().ok_or(SealError::Truncated)?;
        if *format != FORMAT {
            return Err(SealError::UnknownFormat(*format));
        }
        let (nonce, sealed) = rest
            .split_first_chunk::<NONCE>()
            .ok_or(SealError::Truncated)?;
        if sealed.len() < TAG {
            return Err(SealError::Truncated);
        }
        let mut plain = Zeroizing::new(sealed.to_vec());
        let length = self
            .cipher()?
            .open_in_place(
                aead::Nonce::assume_unique_for_key(*nonce),
                aead::Aad::from(associated(*format, cell)),
                &mut plain,
            )
            .map_err(|_| SealError::NotAuthentic)?
            .len();
        plain.truncate(length);
        Ok(plain)
    }

    /// Seals another key under this one.
    pub fn wrap(
        &self,
        random: &dyn Random,
        cell: &Cell<'_>,
        key: &Self,
    ) -> Result<Vec<u8>, SealError> {
        self.seal(random, cell, key.expose())
    }

    /// Opens a key that [`Self::wrap`] sealed.
    pub fn unwrap(&self, cell: &Cell<'_>, envelope: &[u8]) -> Result<Self, SealError> {
        Self::from_slice(&self.open(cell, envelope)?)
    }

    fn cipher(&self) -> Result<aead::LessSafeKey, SealError> {
        aead::UnboundKey::new(&aead::AES_256_GCM, self.0.as_slice())
            .map(aead::LessSafeKey::new)
            .map_err(|_| SealError::BadKey)
    }
}

/// Turns a value that must be found again into a keyed hash (HMAC-SHA256) for a look-up column, so
/// that nobody without the key can test a guess, and equal values in two columns differ.
#[derive(Clone)]
pub struct LookupKey(Zeroizing<[u8; 32]>);

impl LookupKey {
    pub fn generate(random: &dyn Random) -> Self {
        Self(Zeroizing::new(random.bytes()))
    }

    pub fn from_slice(bytes: &[u8]) -> Result<Self, SealError> {
        let bytes = bytes.try_into().map_err(|_| SealError::BadKey)?;
        Ok(Self(Zeroizing::new(bytes)))
    }

    /// See [`SealingKey::expose`].
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    pub fn hash(&self, table: &str, column: &str, value: &[u8]) -> [u8; 32] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.0.as_slice());
        let mut input = Vec::with_capacity(value.len() + table.len() + column.len() + 24);
        for part in [table.as_bytes(), column.as_bytes(), value] {
            push_part(&mut input, part);
        }
        fixed(hmac::sign(&key, &input).as_ref())
    }
}

/// SHA-256.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    fixed(digest::digest(&digest::SHA256, bytes).as_ref())
}

/// `length (8, big-endian) ‖ bytes` for table, column and row, then revision (8) and format (1).
fn associated(format: u8, cell: &Cell<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(33 + cell.table.len() + cell.column.len() + cell.row.len());
    for part in [cell.table.as_bytes(), cell.column.as_bytes(), cell.row] {
        push_part(&mut out, part);
    }
    out.extend_from_slice(&cell.revision.to_be_bytes());
    out.push(format);
    out
}

fn push_part(out: &mut Vec<u8>, part: &[u8]) {
    out.extend_from_slice(&(part.len() as u64).to_be_bytes());
    out.extend_from_slice(part);
}

fn fixed(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    for (to, from) in out.iter_mut().zip(bytes) {
        *to = *from;
    }
    out
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]
mod tests {
    use serde::Deserialize;

    use super::*;

    /// Gives out what it was filled with, so that an envelope can be written down in a vector.
    struct Fixed(Vec<u8>);

    impl Random for Fixed {
        fn fill(&self, out: &mut [u8]) {
            out.copy_from_slice(&self.0[..out.len()]);
        }
    }

    #[derive(Deserialize)]
    struct Vector {
        name: String,
        key: String,
        nonce: String,
        table: String,
        column: String,
        row: String,
        revision: u64,
        plain: String,
        envelope: String,
    }

    #[derive(Deserialize)]
    struct Vectors {
        seal: Vec<Vector>,
        lookup: Vec<LookupVector>,
    }

    #[derive(Deserialize)]
    struct LookupVector {
        key: String,
        table: String,
        column: String,
        value: String,
        hash: String,
    }

    fn vectors() -> Vectors {
        serde_json::from_str(include_str!("../tests/sealing_vectors.json")).unwrap()
    }

    fn key(hex_key: &str) -> SealingKey {
        SealingKey::from_slice(&hex::decode(hex_key).unwrap()).unwrap()
    }

    const CELL: Cell<'_> = Cell {
        table: "answer",
        column: "value",
        row: b"row-1",
        revision: 7,
    };

    fn sealed() -> (SealingKey, Vec<u8>) {
        let key = key(&"11".repeat(32));
        let envelope = key
            .seal(
                &Fixed(vec![9; 32]),
                &CELL,
                b"Th\xe1\xbb\xad nghi\xe1\xbb\x87m",
            )
            .unwrap();
        (key, envelope)
    }

    #[test]
    fn vectors_seal_and_open_byte_for_byte() {
        for vector in vectors().seal {
            let row = hex::decode(&vector.row).unwrap();
            let cell = Cell {
                table: &vector.table,
                column: &vector.column,
                row: &row,
                revision: vector.revision,
            };
            let key = key(&vector.key);
            let plain = hex::decode(&vector.plain).unwrap();
            let envelope = key
                .seal(&Fixed(hex::decode(&vector.nonce).unwrap()), &cell, &plain)
                .unwrap();
            assert_eq!(hex::encode(&envelope), vector.envelope, "{}", vector.name);
            assert_eq!(
                *key.open(&cell, &envelope).unwrap(),
                plain,
                "{}",
                vector.name
            );
        }
    }

    #[test]
    fn lookup_vectors_hash_byte_for_byte() {
        for vector in vectors().lookup {
            let key = LookupKey::from_slice(&hex::decode(&vector.key).unwrap()).unwrap();
            let value = hex::decode(&vector.value).unwrap();
            assert_eq!(
                hex::encode(key.hash(&vector.table, &vector.column, &value)),
                vector.hash
            );
        }
    }

    #[test]
    fn an_envelope_opens_in_no_other_cell() {
        let (key, envelope) = sealed();
        let others = [
            Cell {
                table: "draft",
                ..CELL
            },
            Cell {
                column: "note",
                ..CELL
            },
            Cell {
                row: b"row-2",
                ..CELL
            },
            Cell {
                revision: 6,
                ..CELL
            },
            // The same letters, cut elsewhere: lengths keep them apart.
            Cell {
                table: "answerv",
                column: "alue",
                ..CELL
            },
            Cell {
                column: "valuerow",
                row: b"-1",
                ..CELL
            },
        ];
        for other in others {
            assert_eq!(
                key.open(&other, &envelope).unwrap_err(),
                SealError::NotAuthentic
            );
        }
        assert!(key.open(&CELL, &envelope).is_ok());
    }

    #[test]
    fn swapped_rows_are_noticed() {
        let key = key(&"22".repeat(32));
        let (one, two) = (Cell { row: b"1", ..CELL }, Cell { row: b"2", ..CELL });
        let first = key.seal(&Fixed(vec![1; 12]), &one, b"first").unwrap();
        let second = key.seal(&Fixed(vec![2; 12]), &two, b"second").unwrap();
        assert_eq!(
            key.open(&one, &second).unwrap_err(),
            SealError::NotAuthentic
        );
        assert_eq!(key.open(&two, &first).unwrap_err(), SealError::NotAuthentic);
    }

    #[test]
    fn every_changed_bit_and_every_cut_is_noticed() {
        let (key, envelope) = sealed();
        for at in 0..envelope.len() {
            assert!(key.open(&CELL, &envelope[..at]).is_err(), "cut at {at}");
            for bit in 0..8 {
                let mut changed = envelope.clone();
                changed[at] ^= 1 << bit;
                assert!(key.open(&CELL, &changed).is_err(), "bit {bit} of byte {at}");
            }
        }
        assert_eq!(key.open(&CELL, &[]).unwrap_err(), SealError::Truncated);
        assert_eq!(
            key.open(&CELL, &[2; 64]).unwrap_err(),
            SealError::UnknownFormat(2)
        );
    }

    #[test]
    fn another_key_does_not_open() {
        let (_, envelope) = sealed();
        assert_eq!(
            key(&"33".repeat(32)).open(&CELL, &envelope).unwrap_err(),
            SealError::NotAuthentic
        );
        assert!(matches!(
            SealingKey::from_slice(&[0; 31]),
            Err(SealError::BadKey)
        ));
    }

    #[test]
    fn a_wrapped_key_comes_back_the_same() {
        let (outer, inner) = (key(&"44".repeat(32)), key(&"55".repeat(32)));
        let wrapped = outer.wrap(&Fixed(vec![3; 12]), &CELL, &inner).unwrap();
        let back = outer.unwrap(&CELL, &wrapped).unwrap();
        assert_eq!(back.expose(), inner.expose());
        assert!(!wrapped.windows(32).any(|part| part == inner.expose()));
    }

    #[test]
    fn bytes_that_were_never_sealed_never_open() {
        let key = key(&"66".repeat(32));
        bolero::check!().for_each(|bytes: &[u8]| {
            assert!(key.open(&CELL, bytes).is_err());
            let framed = [&[FORMAT][..], bytes].concat();
            assert!(key.open(&CELL, &framed).is_err());
        });
    }

    #[test]
    fn sha256_is_sha256() {
        assert_eq!(
            hex::encode(sha256(b"abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
