//! Looks for a citizen's values in everything that lies on a disk (I6).
//!
//! A value is looked for as it is, and as other programs would write it down: UTF-16, hexadecimal,
//! base64 at each of its three alignments, JSON with escapes. Finding none proves little about a
//! good cipher and everything about a forgotten column, log line or temporary file.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};

/// One thing that must not be found, in every form it could take.
pub struct Needle {
    /// What it is; never what it says.
    pub name: String,
    forms: Vec<Vec<u8>>,
}

/// Below this, a value is too short to mean anything when it is found ("nữ", "2", "Kinh").
const SHORTEST: usize = 6;

impl Needle {
    /// `None` for values that occur by chance.
    pub fn text(name: &str, value: &str) -> Option<Self> {
        if value.chars().count() < SHORTEST {
            return None;
        }
        let mut needle = Self::bytes(name, value.as_bytes());
        let wide =
            |unit: fn(u16) -> [u8; 2]| value.encode_utf16().flat_map(unit).collect::<Vec<u8>>();
        needle.forms.push(wide(u16::to_le_bytes));
        needle.forms.push(wide(u16::to_be_bytes));
        let escaped: String = value
            .encode_utf16()
            .map(|unit| match u8::try_from(unit) {
                Ok(byte) if byte.is_ascii() => char::from(byte).to_string(),
                _ => format!("\\u{unit:04x}"),
            })
            .collect();
        if escaped != value {
            needle.forms.push(escaped.into_bytes());
        }
        Some(needle)
    }

    pub fn bytes(name: &str, value: &[u8]) -> Self {
        let mut forms = vec![value.to_vec()];
        let hex: String = value.iter().map(|byte| format!("{byte:02x}")).collect();
        forms.push(hex.to_uppercase().into_bytes());
        forms.push(hex.into_bytes());
        for skipped in 0..3 {
            // What base64 makes of the value when `skipped` bytes stand before it: the characters
            // that depend on neighbours are cut off.
            let mut shifted = vec![0; skipped];
            shifted.extend_from_slice(value);
            let from = [0, 2, 3][skipped];
            for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
                let encoded = engine.encode(&shifted);
                let to = shifted.len() / 3 * 4;
                if let Some(inner) = encoded
                    .get(from..to)
                    .filter(|inner| inner.len() >= SHORTEST)
                {
                    forms.push(inner.as_bytes().to_vec());
                }
            }
        }
        Self {
            name: name.to_owned(),
            forms,
        }
    }

    pub fn is_in(&self, hay: &[u8]) -> bool {
        self.forms.iter().any(|form| contains(hay, form))
    }

    pub fn forms(&self) -> impl Iterator<Item = &[u8]> {
        self.forms.iter().map(Vec::as_slice)
    }
}

/// Pieces from the middle of a file, where no two photos agree; its header says nothing.
pub fn photo_needles(photo: &[u8]) -> Vec<Needle> {
    let piece = 24;
    let places = [photo.len() / 4, photo.len() / 2, photo.len() * 3 / 4];
    places
        .into_iter()
        .filter_map(|at| photo.get(at..at + piece))
        .map(|bytes| Needle::bytes("photo", bytes))
        .collect()
}

pub fn contains(hay: &[u8], needle: &[u8]) -> bool {
    memchr::memmem::find(hay, needle).is_some()
}

/// Every file below `folders` that holds one of the needles: path and what was found.
pub fn scan(folders: &[&Path], needles: &[Needle]) -> io::Result<Vec<(PathBuf, String)>> {
    let mut found = Vec::new();
    for folder in folders {
        for path in files(folder)? {
            let bytes = fs::read(&path)?;
            let named = needles.iter().filter(|needle| needle.is_in(&bytes));
            found.extend(named.map(|needle| (path.clone(), needle.name.clone())));
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let in_name = needles
                .iter()
                .filter(|needle| needle.is_in(name.as_bytes()));
            found.extend(
                in_name.map(|needle| (path.clone(), format!("{} (file name)", needle.name))),
            );
        }
    }
    Ok(found)
}

fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut out = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            out.extend(files(&entry.path())?);
        } else {
            out.push(entry.path());
        }
    }
    Ok(out)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn finds_a_value_in_every_disguise() {
        let value = "Giàng Thị Sáo";
        let needle = Needle::text("name", value).unwrap();
        let mut disguises = vec![
            value.as_bytes().to_vec(),
            value.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            value
                .bytes()
                .map(|byte| format!("{byte:02X}"))
                .collect::<String>()
                .into_bytes(),
            br"Gi\u00e0ng Th\u1ecb S\u00e1o".to_vec(),
        ];
        for before in ["", "a", "ab", "abc"] {
            disguises.push(
                STANDARD
                    .encode(format!("{before}{value} và sau đó"))
                    .into_bytes(),
            );
        }
        for disguise in disguises {
            let hay = [&b"something before "[..], &disguise, b" and after"].concat();
            assert!(needle.is_in(&hay), "{}", String::from_utf8_lossy(&disguise));
        }
        assert!(!needle.is_in("Giàng Thị Sao".as_bytes()));
        assert!(Needle::text("sex", "nữ").is_none());
    }

    #[test]
    fn reports_the_file_and_not_the_value() {
        let folder = std::env::temp_dir().join(format!("gandan-scan-{}", std::process::id()));
        fs::create_dir_all(folder.join("deep")).unwrap();
        fs::write(folder.join("deep/a.db"), "xx099196000003xx").unwrap();
        fs::write(folder.join("b.db"), "nothing").unwrap();
        let needles = [Needle::text("id number", "099196000003").unwrap()];
        let found = scan(&[&folder], &needles).unwrap();
        assert_eq!(found, [(folder.join("deep/a.db"), "id number".to_owned())]);
        fs::remove_dir_all(folder).unwrap();
    }
}
