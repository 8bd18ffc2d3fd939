//! A photo of a paper, invented: noise over a gradient, so that it weighs what a photo weighs and no
//! two are alike.

use jpeg_encoder::{ColorType, Encoder};

const WIDTH: u16 = 320;
const HEIGHT: u16 = 240;

/// A JPEG of about 60 KB that `seed` decides.
pub fn photo(seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    let pixels: Vec<u8> = (0..u32::from(WIDTH) * u32::from(HEIGHT))
        .map(|at| {
            // Xorshift: it only has to look rough to the encoder.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let slope = at % u32::from(WIDTH) / 4;
            u8::try_from(u64::from(slope) + (state >> 33) % 160).unwrap_or(u8::MAX)
        })
        .collect();
    let mut out = Vec::new();
    // Encoding into memory does not fail; an empty photo would be refused by whoever gets it.
    let _ = Encoder::new(&mut out, 85).encode(&pixels, WIDTH, HEIGHT, ColorType::Luma);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_a_jpeg_of_the_right_weight_and_its_own() {
        let one = photo(1);
        assert!(one.starts_with(&[0xff, 0xd8, 0xff]) && one.ends_with(&[0xff, 0xd9]));
        assert!((40_000..90_000).contains(&one.len()), "{} bytes", one.len());
        assert_eq!(one, photo(1));
        assert_ne!(one, photo(2));
    }
}
