//! What a page posts, read: names and values, and the bytes of files.

use axum::{
    body::{Body, to_bytes},
    http::{Request, header},
};
use gandan_domain::Private;
use gandan_foundation::sealing::sha256;

/// What one post may hold in all: a file of the largest kind, and the words around it.
pub const LIMIT: usize = 12 << 20;
/// More parts than any page of ours has.
const MOST_PARTS: usize = 2000;

/// Has no `Debug`: it holds what people typed.
#[derive(Default)]
pub struct Post {
    fields: Vec<(String, String)>,
    files: Vec<(String, Private<Vec<u8>>)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PostError {
    #[error("read the post: it is too large")]
    TooBig,
    #[error("read the post: it is not a form")]
    NotAForm,
}

impl Post {
    pub async fn read(request: Request<Body>) -> Result<Self, PostError> {
        let kind = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        let body = to_bytes(request.into_body(), LIMIT)
            .await
            .map_err(|_| PostError::TooBig)?;
        match multer::parse_boundary(&kind) {
            Ok(boundary) => Self::multipart(body, &boundary).await,
            Err(_) if kind.starts_with("application/x-www-form-urlencoded") => {
                Ok(Self::urlencoded(&body))
            }
            Err(_) => Err(PostError::NotAForm),
        }
    }

    pub fn urlencoded(body: &[u8]) -> Self {
        let fields = form_urlencoded::parse(body)
            .take(MOST_PARTS)
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        Self {
            fields,
            files: Vec::new(),
        }
    }

    async fn multipart(body: bytes::Bytes, boundary: &str) -> Result<Self, PostError> {
        let stream = futures_util::stream::once(async move { Ok::<_, std::io::Error>(body) });
        let mut parts = multer::Multipart::new(stream, boundary);
        let mut post = Self::default();
        for _ in 0..MOST_PARTS {
            let Some(part) = parts.next_field().await.map_err(|_| PostError::NotAForm)? else {
                return Ok(post);
            };
            let name = part.name().unwrap_or_default().to_owned();
            let is_file = part.file_name().is_some();
            let bytes = part.bytes().await.map_err(|_| PostError::NotAForm)?;
            if !is_file {
                let value = String::from_utf8_lossy(&bytes).into_owned();
                post.fields.push((name, value));
            } else if !bytes.is_empty() {
                // A file input that was left empty comes as a file without bytes.
                post.files.push((name, bytes.to_vec().into()));
            }
        }
        Err(PostError::NotAForm)
    }

    /// The first value of this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).first().copied()
    }

    pub fn all(&self, name: &str) -> Vec<&str> {
        self.fields
            .iter()
            .filter(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
            .collect()
    }

    pub fn file(&self, name: &str) -> Option<&Private<Vec<u8>>> {
        self.files
            .iter()
            .find_map(|(known, bytes)| (known == name).then_some(bytes))
    }

    /// Tells this post from every other one: a page's own `once` is in it.
    pub fn fingerprint(&self) -> [u8; 32] {
        let mut all = Vec::new();
        let files = self
            .files
            .iter()
            .map(|(name, bytes)| (name, bytes.expose().as_slice()));
        let fields = self
            .fields
            .iter()
            .map(|(name, value)| (name, value.as_bytes()));
        for (name, value) in fields.chain(files) {
            for part in [name.as_bytes(), value] {
                all.extend_from_slice(&(part.len() as u64).to_be_bytes());
                all.extend_from_slice(part);
            }
        }
        sha256(&all)
    }

    /// What a person typed on the page, with the names of the fields: where it cannot be saved it is
    /// shown.
    pub fn typed(&self) -> Vec<(String, String)> {
        self.fields
            .iter()
            .filter_map(|(name, value)| {
                let key = name.strip_prefix("f.")?;
                let shown = self.get(&format!("o.{key}")).unwrap_or_default();
                (!value.is_empty() && value != shown).then(|| (key.to_owned(), value.clone()))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    fn read(kind: &str, body: &[u8]) -> Result<Post, PostError> {
        let request = Request::builder()
            .header(header::CONTENT_TYPE, kind)
            .body(Body::from(body.to_vec()))
            .unwrap();
        futures_util::FutureExt::now_or_never(Post::read(request)).unwrap()
    }

    #[test]
    fn both_kinds_of_form_are_read_and_nothing_else() {
        let post = read(
            "application/x-www-form-urlencoded",
            b"t=1&f.a=%C4%91+x&f.a=y",
        )
        .unwrap();
        assert_eq!(post.get("f.a"), Some("đ x"));
        assert_eq!(post.all("f.a").len(), 2);
        let body = "--b\r\nContent-Disposition: form-data; name=\"t\"\r\n\r\n1\r\n--b\r\n\
            Content-Disposition: form-data; name=\"f.photo\"; filename=\"a.jpg\"\r\n\r\n\u{1}x\r\n--b\r\n\
            Content-Disposition: form-data; name=\"f.none\"; filename=\"\"\r\n\r\n\r\n--b--\r\n";
        let post = read("multipart/form-data; boundary=b", body.as_bytes()).unwrap();
        assert_eq!(post.get("t"), Some("1"));
        assert_eq!(post.file("f.photo").unwrap().expose(), b"\x01x");
        assert!(post.file("f.none").is_none());
        assert_eq!(read("text/plain", b"t=1").err(), Some(PostError::NotAForm));
        let large = vec![b'x'; LIMIT + 1];
        assert_eq!(
            read("multipart/form-data; boundary=b", &large).err(),
            Some(PostError::TooBig)
        );
    }

    #[test]
    fn any_bytes_are_read_or_refused() {
        let sound = b"--b\r\nContent-Disposition: form-data; name=\"f.a\"\r\n\r\n1\r\n--b\r\nContent-Disposition: form-data; name=\"f.p\"; filename=\"x.png\"\r\nContent-Type: image/png\r\n\r\nxyz\r\n--b--\r\n";
        assert!(read("multipart/form-data; boundary=b", sound).is_ok());
        bolero::check!()
            .with_type::<(usize, usize, Vec<u8>)>()
            .for_each(|(at, length, patch)| {
                let at = at % sound.len();
                let to = (at + length % 8).min(sound.len());
                let near = [&sound[..at], patch, &sound[to..]].concat();
                if let Ok(post) = read("multipart/form-data; boundary=b", &near) {
                    let _ = (post.typed(), post.fingerprint());
                }
            });
        bolero::check!().for_each(|bytes: &[u8]| {
            let _ = read("multipart/form-data; boundary=b", bytes);
            let post = Post::urlencoded(bytes);
            for (key, value) in post.typed() {
                assert!(!value.is_empty() && post.get(&format!("f.{key}")).is_some());
            }
        });
    }
}
