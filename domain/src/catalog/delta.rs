//! From one pack file to the next, in as few bytes as the change has.
//!
//! ```text
//! "GDD1" ‖ SHA-256 of the file it begins with (zeros: of nothing) ‖ length of the new file
//!        ‖ deflate( (length of new bytes ‖ new bytes ‖ length of a copy ‖ where from)* )
//! ```
//!
//! Lengths and places are LEB128. What comes out is a pack file like any other and is believed for
//! its own signature only, so whoever makes a delta needs no key, and a damaged one costs a download.
//! A phone without any known file gets the delta from nothing: the whole pack, deflated.
//!
//! What was rejected: `bsdiff` (its suffix array is for machine code; on JSON of which a few
//! procedures changed, copied blocks come to the same size), and zstd with the old file as its
//! dictionary, which would bring a C library to the phone. Deflate's own dictionary reaches back 32 KB.

use std::{
    collections::BTreeMap,
    io::{Read, Write},
};

use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};
use ring::digest::{SHA256, digest};

const MAGIC: &[u8; 4] = b"GDD1";
const HEAD: usize = MAGIC.len() + 32;
/// Of the old file, every block that begins at a multiple of this can be copied.
const BLOCK: usize = 24;

/// The media type of a delta.
pub const DELTA_TYPE: &str = "application/vnd.gandan.pack-delta";

/// Why a delta leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeltaError {
    #[error("read the delta: it is malformed")]
    Malformed,
    #[error("apply the delta: it begins with another file")]
    OtherBase,
    #[error("apply the delta: the file would be larger than any pack")]
    TooBig,
}

/// How to get from `old` to `new`; `old` may be empty.
pub fn make(old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut out = [MAGIC.as_slice(), &name(old)].concat();
    put(&mut out, new.len());
    let mut deflate = DeflateEncoder::new(out, Compression::best());
    // Writing to memory does not fail.
    let _ = deflate.write_all(&instructions(old, new));
    deflate.finish().unwrap_or_default()
}

/// The file that `delta` makes of `old`: at most `max` bytes, and not yet believed.
pub fn apply(old: &[u8], delta: &[u8], max: usize) -> Result<Vec<u8>, DeltaError> {
    let (head, mut rest) = delta.split_at_checked(HEAD).ok_or(DeltaError::Malformed)?;
    let (magic, base) = head.split_at(MAGIC.len());
    if magic != MAGIC {
        return Err(DeltaError::Malformed);
    }
    let nothing = base.iter().all(|byte| *byte == 0);
    let old = if nothing { &[] } else { old };
    if base != name(old) {
        return Err(DeltaError::OtherBase);
    }
    let length = take(&mut rest)?;
    if length > max {
        return Err(DeltaError::TooBig);
    }
    // Each instruction is at most a few bytes longer than what it adds.
    let limit = length.saturating_mul(2).saturating_add(64);
    let mut plain = Vec::new();
    DeflateDecoder::new(rest)
        .take(limit as u64)
        .read_to_end(&mut plain)
        .map_err(|_| DeltaError::Malformed)?;
    let mut plain = plain.as_slice();
    let mut new = Vec::new();
    while new.len() < length {
        let literal = take(&mut plain)?;
        let (bytes, after) = plain
            .split_at_checked(literal)
            .ok_or(DeltaError::Malformed)?;
        plain = after;
        let copied = take(&mut plain)?;
        let from = if copied == 0 { 0 } else { take(&mut plain)? };
        let copy = from
            .checked_add(copied)
            .and_then(|end| old.get(from..end))
            .ok_or(DeltaError::Malformed)?;
        let grown = new.len().saturating_add(literal).saturating_add(copied);
        if grown > length || literal + copied == 0 {
            return Err(DeltaError::Malformed);
        }
        new.extend_from_slice(bytes);
        new.extend_from_slice(copy);
    }
    Ok(new)
}

fn name(file: &[u8]) -> [u8; 32] {
    let mut name = [0; 32];
    if !file.is_empty() {
        name.copy_from_slice(digest(&SHA256, file).as_ref());
    }
    name
}

fn instructions(old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut blocks: BTreeMap<&[u8], usize> = BTreeMap::new();
    for (at, block) in old.chunks_exact(BLOCK).enumerate() {
        blocks.entry(block).or_insert(at * BLOCK);
    }
    let mut out = Vec::new();
    let (mut literal, mut at) = (0, 0);
    while let Some(block) = new.get(at..at + BLOCK) {
        // Where the last copy would have gone on is the likeliest place; else any block like it.
        let Some(&from) = blocks.get(block) else {
            at += 1;
            continue;
        };
        let back = common(new[literal..at].iter().rev(), old[..from].iter().rev());
        let ahead = common(new[at..].iter(), old[from..].iter());
        let begin = at - back;
        put(&mut out, begin - literal);
        out.extend_from_slice(&new[literal..begin]);
        put(&mut out, back + ahead);
        put(&mut out, from - back);
        at += ahead;
        literal = at;
    }
    if literal < new.len() {
        put(&mut out, new.len() - literal);
        out.extend_from_slice(&new[literal..]);
        put(&mut out, 0);
    }
    out
}

/// How many bytes are the same from the beginning.
fn common<'b>(one: impl Iterator<Item = &'b u8>, other: impl Iterator<Item = &'b u8>) -> usize {
    one.zip(other)
        .take_while(|(one, other)| one == other)
        .count()
}

fn put(out: &mut Vec<u8>, mut number: usize) {
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

fn take(from: &mut &[u8]) -> Result<usize, DeltaError> {
    let mut number: usize = 0;
    for shift in (0..35).step_by(7) {
        let (byte, rest) = from.split_first().ok_or(DeltaError::Malformed)?;
        *from = rest;
        let part = usize::from(byte & 0x7f);
        number |= part.checked_shl(shift).ok_or(DeltaError::Malformed)?;
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(DeltaError::Malformed)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;

    const MAX: usize = 1 << 20;

    fn catalogue(changed: usize) -> Vec<u8> {
        let procedures = (0..2000).map(|number| {
            let title = if number == changed {
                "đã đổi"
            } else {
                "thủ tục"
            };
            format!("{{\"code\":\"{number}\",\"title\":\"{title} số {number}\"}}")
        });
        procedures.collect::<Vec<_>>().join(",").into_bytes()
    }

    #[test]
    fn a_change_costs_what_it_is_and_not_the_file() {
        let (old, new) = (catalogue(usize::MAX), catalogue(1000));
        let delta = make(&old, &new);
        assert_eq!(apply(&old, &delta, MAX).unwrap(), new);
        assert!(delta.len() < 120, "{} bytes for one title", delta.len());
        let whole = make(&[], &new);
        assert_eq!(apply(&old, &whole, MAX).unwrap(), new);
        assert!(
            whole.len() < new.len() / 4,
            "{} of {}",
            whole.len(),
            new.len()
        );
    }

    #[test]
    fn a_delta_fits_one_file_only_and_makes_no_bomb() {
        let (old, new) = (catalogue(1), catalogue(2));
        let delta = make(&old, &new);
        assert_eq!(apply(&new, &delta, MAX), Err(DeltaError::OtherBase));
        assert_eq!(apply(&old, &delta, 100), Err(DeltaError::TooBig));
        let zeros = make(&[], &vec![0; MAX]);
        assert_eq!(apply(&[], &zeros, MAX - 1), Err(DeltaError::TooBig));
        assert_eq!(apply(&[], &zeros, MAX).unwrap().len(), MAX);
    }

    #[test]
    fn what_goes_in_comes_out() {
        bolero::check!()
            .with_type::<(Vec<u8>, Vec<u8>, usize, bool)>()
            .for_each(|(old, part, at, alike)| {
                let mut new = old.clone();
                if *alike {
                    let at = at % (new.len() + 1);
                    new.splice(at..at, part.iter().copied());
                } else {
                    new = part.clone();
                }
                assert_eq!(apply(old, &make(old, &new), MAX).unwrap(), new);
            });
    }

    #[test]
    fn random_and_changed_deltas_are_read_or_refused() {
        let old = catalogue(3);
        let sound = make(&old, &catalogue(4));
        bolero::check!()
            .with_type::<(Vec<u8>, usize, u8)>()
            .for_each(|(bytes, at, flip)| {
                let _ = apply(&old, bytes, MAX);
                let mut changed = sound.clone();
                let at = at % changed.len();
                changed[at] ^= *flip;
                let _ = apply(&old, &changed, MAX);
                let forged = [&sound[..HEAD], bytes].concat();
                let _ = apply(&old, &forged, MAX);
            });
    }
}
