//! The code of a prepared file: what a citizen says at the counter for a procedure that cannot be
//! filed online.
//!
//! It is a function of the draft's id, so it needs no counter, no network and no storage, and is the
//! same after every kill; and it says nothing about anybody. Seven symbols of 31 tell drafts apart
//! (34 bits: the office asks for the id number too), the eighth is a check: with a prime base and a
//! weight for each place, every single wrong symbol and every swapped pair of neighbours is noticed.
//! The alphabet has no 0, I, L, O or U, which are misread and misheard.
//!
//! What was rejected: the id itself (36 characters to spell out), and a number from the server (the
//! phone may be offline, and nothing has been filed).

use std::{fmt, str::FromStr};

use ring::digest;

use super::IntentId;

const SYMBOLS: &[u8; 31] = b"123456789ABCDEFGHJKMNPQRSTVWXYZ";
const BASE: u64 = 31;
const DATA: usize = 7;

/// Eight symbols, shown as `7K3M-9QXA`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CounterCode([u8; DATA + 1]);

/// It is not a code, or was misread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read the code: a symbol is wrong or missing")]
pub struct NotACounterCode;

impl CounterCode {
    /// Of this draft.
    pub fn of(draft: IntentId) -> Self {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(b"gandan prepared file\0");
        context.update(draft.0.as_bytes());
        let hash = context.finish();
        let mut number = hash
            .as_ref()
            .iter()
            .take(8)
            .fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        let mut values = [0_u8; DATA];
        for value in &mut values {
            *value = (number % BASE) as u8;
            number /= BASE;
        }
        let mut symbols = [0; DATA + 1];
        let last = check(&values);
        let all = values.iter().chain(std::iter::once(&last));
        for (symbol, value) in symbols.iter_mut().zip(all) {
            *symbol = SYMBOLS.get(usize::from(*value)).copied().unwrap_or(b'1');
        }
        Self(symbols)
    }
}

/// Makes the weighted sum of all eight divisible by the base: weights 1 to 8, none a multiple of it.
fn check(values: &[u8; DATA]) -> u8 {
    let sum: u64 = values
        .iter()
        .zip(1..)
        .map(|(value, weight): (_, u64)| u64::from(*value) * weight)
        .sum();
    // 8 · 4 = 32 ≡ 1: four is what undoes the weight of the last place.
    ((BASE - sum % BASE) * 4 % BASE) as u8
}

impl fmt::Display for CounterCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, symbol) in self.0.iter().enumerate() {
            if at == 4 {
                out.write_str("-")?;
            }
            write!(out, "{}", char::from(*symbol))?;
        }
        Ok(())
    }
}

impl FromStr for CounterCode {
    type Err = NotACounterCode;

    /// Forgives case, spaces and hyphens.
    fn from_str(text: &str) -> Result<Self, NotACounterCode> {
        let mut symbols = [0; DATA + 1];
        let mut values = [0; DATA + 1];
        let mut given = text
            .bytes()
            .filter(|byte| !matches!(byte, b' ' | b'-'))
            .map(|byte| byte.to_ascii_uppercase());
        for (symbol, value) in symbols.iter_mut().zip(&mut values) {
            *symbol = given.next().ok_or(NotACounterCode)?;
            let at = SYMBOLS.iter().position(|known| known == symbol);
            *value = at
                .and_then(|at| u8::try_from(at).ok())
                .ok_or(NotACounterCode)?;
        }
        let (data, last) = values.split_at(DATA);
        let data: &[u8; DATA] = data.try_into().map_err(|_| NotACounterCode)?;
        if given.next().is_some() || last.first() != Some(&check(data)) {
            return Err(NotACounterCode);
        }
        Ok(Self(symbols))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(seed: u128) -> CounterCode {
        CounterCode::of(IntentId(uuid::Uuid::from_u128(seed)))
    }

    #[test]
    fn reads_back_as_it_is_said() {
        let shown = code(7).to_string();
        assert_eq!(shown.len(), 9);
        let said = shown.to_lowercase().replace('-', " ");
        assert_eq!(said.parse(), Ok(code(7)));
        assert_eq!(code(7), code(7));
        assert_ne!(code(7), code(8));
        for wrong in ["", "7K3M-9QX", "0000-0000", "7K3M-9QXAA"] {
            assert_eq!(wrong.parse::<CounterCode>(), Err(NotACounterCode));
        }
    }

    /// Every single wrong symbol and every swapped pair of neighbours is noticed.
    #[test]
    fn a_slip_of_the_tongue_is_noticed() {
        bolero::check!().with_type::<u128>().for_each(|seed| {
            let right = code(*seed);
            for at in 0..right.0.len() {
                for symbol in SYMBOLS {
                    let mut symbols = right.0;
                    symbols[at] = *symbol;
                    let read = CounterCode(symbols).to_string().parse::<CounterCode>();
                    assert_eq!(read.is_ok(), symbols == right.0);
                }
                if at > 0 {
                    let mut symbols = right.0;
                    symbols.swap(at - 1, at);
                    let read = CounterCode(symbols).to_string().parse::<CounterCode>();
                    assert_eq!(read.is_ok(), symbols == right.0);
                }
            }
        });
    }

    #[test]
    fn reading_never_falls() {
        bolero::check!().with_type::<String>().for_each(|text| {
            let _ = text.parse::<CounterCode>();
        });
    }
}
