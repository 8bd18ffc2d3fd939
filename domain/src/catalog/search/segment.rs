//! "dangkykhaisinh": cutting what was typed without spaces into syllables of the titles.
//!
//! The cheapest way through, where a syllable costs the more the rarer it is, and less after one
//! that it follows in some title ("phương án", not "phư ơng án"). At each letter the two best
//! ways are kept: the second is needed where the best one turns out not to go on.

use super::Index;

const LONGEST_SYLLABLE: usize = 12;
const FOLLOWS: f32 = 2.5;
const UNKNOWN_LETTER: f32 = 11.0;
const UNFINISHED: f32 = 3.0;

#[derive(Clone, Copy)]
struct Way {
    cost: f32,
    /// Where the last piece begins, and which of the two ways led there.
    from: usize,
    way: usize,
    /// `None` for a letter that belongs to no syllable.
    last: Option<u16>,
    strange: usize,
}

/// The pieces of `word` (folded ASCII, `y` as `i`); `None` if too much of it is no syllable.
pub fn segment(index: &Index, word: &str) -> Option<Vec<String>> {
    if !word.is_ascii() || word.len() > 400 {
        return None;
    }
    let bytes = word.as_bytes();
    let start = Way {
        cost: 0.0,
        from: 0,
        way: 0,
        last: None,
        strange: 0,
    };
    let mut ways: Vec<Vec<Way>> = vec![Vec::new(); bytes.len() + 1];
    ways[0].push(start);
    for at in 0..bytes.len() {
        let here = std::mem::take(&mut ways[at]);
        if !here.is_empty() {
            let syllables = &index.syllables;
            let mut begun = 0..syllables.len();
            for end in at + 1..=bytes.len().min(at + LONGEST_SYLLABLE) {
                let piece = &bytes[at..end];
                begun = syllables.going_on(begun, piece.len() - 1, bytes[end - 1]);
                if begun.is_empty() {
                    break;
                }
                // A consonant alone is an initial, not a syllable.
                let alone = matches!(piece, [only] if !b"aeiou".contains(only));
                let known = syllables.is_whole(&begun, piece.len()).filter(|_| !alone);
                if let Some(id) = known {
                    let price = price(index, id) + if piece.len() == 1 { 2.0 } else { 0.0 };
                    extend(index, &here, at, price, Some(id), &mut ways[end]);
                } else if end == bytes.len() && piece.len() > 1 {
                    extend(index, &here, at, UNFINISHED + 8.0, None, &mut ways[end]);
                }
            }
            let step = &mut ways[at + 1];
            for (number, way) in here.iter().enumerate() {
                keep(
                    step,
                    Way {
                        cost: way.cost + UNKNOWN_LETTER,
                        from: at,
                        way: number,
                        last: None,
                        strange: way.strange + 1,
                    },
                );
            }
        }
        ways[at] = here;
    }
    let done = *ways.last()?.first()?;
    if done.strange * 4 > bytes.len() {
        return None;
    }
    let mut pieces: Vec<String> = Vec::new();
    let (mut end, mut way) = (bytes.len(), done);
    // Whether the piece after this one is a single strange letter: neighbours are put together.
    let mut open = false;
    while end > 0 {
        let piece = &word[way.from..end];
        let strange = way.last.is_none() && piece.len() == 1;
        match pieces.last_mut().filter(|_| open && strange) {
            Some(after) => after.insert_str(0, piece),
            None => pieces.push(piece.to_owned()),
        }
        open = strange;
        end = way.from;
        way = *ways.get(end)?.get(way.way)?;
    }
    pieces.reverse();
    (pieces.len() > 1).then_some(pieces)
}

#[expect(clippy::cast_precision_loss, reason = "a price, not a count")]
fn price(index: &Index, id: u16) -> f32 {
    let share = index.syllables.total() as f32 / index.syllables.count(id).max(1) as f32;
    share.ln() + 1.0
}

fn extend(
    index: &Index,
    here: &[Way],
    at: usize,
    price: f32,
    last: Option<u16>,
    there: &mut Vec<Way>,
) {
    for (number, way) in here.iter().enumerate() {
        let follows = match (way.last, last) {
            (Some(one), Some(other)) => index.pairs.follows(one, other),
            _ => false,
        };
        keep(
            there,
            Way {
                cost: way.cost + price - if follows { FOLLOWS } else { 0.0 },
                from: at,
                way: number,
                last,
                strange: way.strange,
            },
        );
    }
}

/// The best two, the better first.
fn keep(ways: &mut Vec<Way>, new: Way) {
    let place = ways.partition_point(|way| way.cost <= new.cost);
    if place < 2 {
        ways.insert(place, new);
        ways.truncate(2);
    }
}
