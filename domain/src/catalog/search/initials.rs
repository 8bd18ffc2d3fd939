//! "đkks" for "đăng ký khai sinh": the first letters of a name, all of them or a run of them.

use super::{Index, range};

/// "Thủ tục", with which half of the official titles begin and nobody's initials do.
const BOILERPLATE: &[u8] = b"tt";

/// A pattern of the bit-parallel measure fits one machine word.
const LONGEST: usize = 64;

/// Names whose initials have this run, with how well that fits, in (0, 1].
pub fn with_initials(index: &Index, run: &str) -> Vec<(u32, f32)> {
    let run: Vec<u8> = run.bytes().take(LONGEST).collect();
    let mut found = Vec::new();
    if run.len() < 2 || !run.iter().all(u8::is_ascii_alphanumeric) {
        return found;
    }
    // In all names at once: a run that goes on into the next name is none.
    for place in memchr::memmem::find_iter(&index.initials, &run) {
        let at = index
            .names
            .partition_point(|name| (name.end as usize) <= place);
        let Some(name) = index.names.get(at) else {
            break;
        };
        let start = name.start as usize;
        if start <= place && place + run.len() <= name.end as usize {
            let have = &index.initials[range(name)];
            found.push((super::number(at), fit(have, run.len(), place - start)));
        }
    }
    if found.len() < 5 && run.len() >= 5 {
        let allowed = run.len() / 5;
        let masks = masks(&run);
        // With so many slips, one of so many and one more pieces is without any.
        // And what a slip changes is in two pairs of neighbours at most.
        let (pairs, missing) = (pairs(&run), 2 * super::number(allowed));
        let mut near: Vec<usize> = Vec::new();
        for piece in pieces(&run, allowed + 1) {
            let finder = memchr::memmem::Finder::new(piece);
            let mut from = 0;
            while let Some(place) = (index.initials.get(from..)).and_then(|rest| finder.find(rest))
            {
                let place = from + place;
                let at = (index.names).partition_point(|name| (name.end as usize) <= place);
                let Some(name) = index.names.get(at) else {
                    break;
                };
                if (pairs & !index.initial_pairs[at]).count_ones() <= missing {
                    near.push(at);
                }
                from = name.end as usize;
            }
        }
        near.sort_unstable();
        near.dedup();
        for at in near {
            let Some(name) = index.names.get(at) else {
                continue;
            };
            let have = &index.initials[range(name)];
            let (errors, end) = nearest(&masks, run.len(), have);
            if errors > 0 && errors <= allowed {
                let place = end.saturating_sub(run.len());
                #[expect(clippy::cast_precision_loss, reason = "at most 12")]
                let spoiled = 0.1 * errors as f32;
                let fit = (fit(have, run.len(), place) - spoiled).max(0.05);
                found.push((super::number(at), fit));
            }
        }
    }
    found
}

/// Which letters stand beside each other: one bit per hash of a pair.
pub fn pairs(initials: &[u8]) -> u64 {
    initials.windows(2).fold(0, |pairs, pair| {
        let hash = (pair.iter()).fold(0_u32, |hash, letter| hash * 37 + u32::from(*letter));
        // Fibonacci hashing: the high bits are the mixed ones.
        pairs | 1 << (hash.wrapping_mul(0x9E37_79B1) >> 26)
    })
}

/// `run` in so many parts of about one length.
fn pieces(run: &[u8], many: usize) -> impl Iterator<Item = &[u8]> {
    (0..many).map(move |part| &run[run.len() * part / many..run.len() * (part + 1) / many])
}

#[expect(clippy::cast_precision_loss, reason = "names are short")]
fn fit(have: &[u8], run: usize, place: usize) -> f32 {
    let body = have.strip_prefix(BOILERPLATE).unwrap_or(have);
    let skipped = have.len() - body.len();
    let whole = if place < skipped {
        have.len()
    } else {
        body.len()
    };
    let begins = if place == 0 || place == skipped {
        0.1
    } else {
        0.0
    };
    0.5 + begins + 0.38 * (run as f32 / whole.max(1) as f32).min(1.0)
}

fn masks(run: &[u8]) -> [u64; 256] {
    let mut masks = [0; 256];
    for (at, letter) in run.iter().enumerate() {
        masks[usize::from(*letter)] |= 1 << at;
    }
    masks
}

/// The fewest edits between the run and some part of `text`, and where that part ends
/// (Myers 1999, without its horizontal boundary: the part may begin anywhere).
fn nearest(masks: &[u64; 256], length: usize, text: &[u8]) -> (usize, usize) {
    let top = 1_u64 << (length - 1);
    let (mut up, mut down) = (u64::MAX, 0_u64);
    let mut errors = length;
    let mut best = (length, 0);
    for (at, letter) in text.iter().enumerate() {
        let equal = masks[usize::from(*letter)];
        let vertical = equal | down;
        let horizontal = ((equal & up).wrapping_add(up) ^ up) | equal;
        let plus = down | !(horizontal | up);
        let minus = up & horizontal;
        if plus & top != 0 {
            errors += 1;
        } else if minus & top != 0 {
            errors -= 1;
        }
        let plus = plus << 1;
        let minus = minus << 1;
        up = minus | !(vertical | plus);
        down = plus & vertical;
        if errors < best.0 {
            best = (errors, at + 1);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(run: &str, text: &str) -> usize {
        nearest(&masks(run.as_bytes()), run.len(), text.as_bytes()).0
    }

    #[test]
    fn the_nearest_part_is_found() {
        assert_eq!(errors("dkks", "ttdkkst"), 0);
        assert_eq!(errors("dkks", "ttdkst"), 1);
        assert_eq!(errors("dkks", "ttdxkst"), 1);
        assert_eq!(errors("dkks", ""), 4);
    }

    /// Against the plain table.
    #[test]
    fn bits_count_as_the_table_does() {
        bolero::check!()
            .with_type::<(Vec<u8>, Vec<u8>)>()
            .for_each(|(run, text)| {
                let small = |text: &[u8], most: usize| -> Vec<u8> {
                    text.iter()
                        .take(most)
                        .map(|letter| letter % 3 + b'a')
                        .collect()
                };
                let (run, text) = (small(run, 12), small(text, 30));
                if run.is_empty() {
                    return;
                }
                let mut above: Vec<usize> = vec![0; text.len() + 1];
                for (row, left) in run.iter().enumerate() {
                    let mut current = vec![row + 1];
                    for (column, right) in text.iter().enumerate() {
                        current.push(
                            (above[column] + usize::from(left != right))
                                .min(current[column] + 1)
                                .min(above[column + 1] + 1),
                        );
                    }
                    above = current;
                }
                let least = above.iter().copied().min().unwrap_or_default();
                assert_eq!(nearest(&masks(&run), run.len(), &text).0, least);
            });
    }
}
