//! Looking at a file before it is kept: by its bytes, never by its name.

use gandan_domain::Problem;

/// The media type of acceptable bytes.
pub fn inspect(bytes: &[u8], max_bytes: u64, media_types: &[String]) -> Result<String, Problem> {
    if bytes.len() as u64 > max_bytes {
        return Err(Problem::FileTooBig { max_bytes });
    }
    let found = infer::get(bytes).map(|kind| kind.mime_type());
    found
        .filter(|found| media_types.iter().any(|accepted| accepted == found))
        .map(str::to_owned)
        .ok_or_else(|| Problem::FileNotWhatItSays {
            expected: media_types.join(", "),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_bytes_say() {
        let accepted = ["image/jpeg".to_owned(), "application/pdf".to_owned()];
        let jpeg = [0xff, 0xd8, 0xff, 0xe0, 0, 0x10];
        assert_eq!(inspect(&jpeg, 6, &accepted), Ok("image/jpeg".into()));
        assert_eq!(
            inspect(&jpeg, 5, &accepted),
            Err(Problem::FileTooBig { max_bytes: 5 })
        );
        for other in [&b"<html>"[..], b"", b"\x89PNG\r\n\x1a\n"] {
            assert!(matches!(
                inspect(other, 100, &accepted),
                Err(Problem::FileNotWhatItSays { .. })
            ));
        }
    }

    #[test]
    fn any_bytes_are_judged_without_harm() {
        let accepted = ["image/jpeg".to_owned()];
        bolero::check!().for_each(|bytes: &[u8]| {
            let judged = inspect(bytes, 64, &accepted);
            assert!(judged.is_err() || bytes.len() <= 64);
        });
    }
}
