use std::{sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, future::BoxFuture, stream};
use reqwest::{Client, Proxy, redirect};

use crate::ports::{Http, HttpError, Pieces};

/// The longest that an answer in pieces may take.
const LONGEST_STREAM: Duration = Duration::from_secs(3600);

/// How patient to be, and which way to go.
#[derive(Clone, Debug)]
pub struct HttpOptions {
    pub connect_timeout: Duration,
    /// From the first byte sent to the last byte received.
    pub total_timeout: Duration,
    /// A forward proxy for everything, e.g. `http://127.0.0.1:3128`. The environment's proxy
    /// settings are not looked at: they are not ours to trust.
    pub proxy: Option<String>,
    /// Longer answers count as broken.
    pub max_body: usize,
    /// Answers may also be taken in pieces: one more connection for each core that listens.
    pub streams: bool,
    pub user_agent: String,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            total_timeout: Duration::from_secs(30),
            proxy: None,
            max_body: 32 << 20,
            streams: false,
            user_agent: concat!("gandan/", env!("CARGO_PKG_VERSION")).into(),
        }
    }
}

/// HTTP/1.1 by reqwest; TLS by rustls with ring and the web PKI's roots.
#[derive(Clone, Debug)]
pub struct ReqwestHttp {
    client: Client,
    max_body: usize,
    streams: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum HttpSetupError {
    #[error("set up TLS")]
    Tls(#[from] rustls::Error),
    #[error("set up the HTTP client")]
    Client(#[from] reqwest::Error),
}

impl ReqwestHttp {
    pub fn new(options: &HttpOptions) -> Result<Self, HttpSetupError> {
        let mut builder = Client::builder()
            .tls_backend_preconfigured(tls()?)
            .http1_only()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .connect_timeout(options.connect_timeout)
            .timeout(options.total_timeout)
            .user_agent(&options.user_agent);
        if let Some(proxy) = &options.proxy {
            builder = builder.proxy(Proxy::all(proxy)?);
        }
        Ok(Self {
            client: builder.build()?,
            max_body: options.max_body,
            streams: options.streams,
        })
    }
}

/// Set explicitly: rustls's process-wide default is whatever some dependency installed first.
fn tls() -> Result<rustls::ClientConfig, rustls::Error> {
    let roots = rustls::RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

impl Http for ReqwestHttp {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'static, Result<http::Response<Bytes>, HttpError>> {
        let Self {
            client, max_body, ..
        } = self.clone();
        Box::pin(async move {
            let request =
                reqwest::Request::try_from(request).map_err(|_| HttpError::Unreachable)?;
            let mut answer = client.execute(request).await.map_err(|error| why(&error))?;
            let mut response = http::Response::builder().status(answer.status());
            if let Some(headers) = response.headers_mut() {
                *headers = std::mem::take(answer.headers_mut());
            }
            let mut body = BytesMut::new();
            while let Some(chunk) = answer.chunk().await.map_err(|error| why(&error))? {
                if body.len() + chunk.len() > max_body {
                    return Err(HttpError::Broken);
                }
                body.extend_from_slice(&chunk);
            }
            response.body(body.freeze()).map_err(|_| HttpError::Broken)
        })
    }

    fn can_stream(&self) -> bool {
        self.streams
    }

    fn stream(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'static, Result<http::Response<Pieces>, HttpError>> {
        let client = self.client.clone();
        Box::pin(async move {
            let mut request =
                reqwest::Request::try_from(request).map_err(|_| HttpError::Unreachable)?;
            *request.timeout_mut() = Some(LONGEST_STREAM);
            let mut answer = client.execute(request).await.map_err(|error| why(&error))?;
            let mut response = http::Response::builder().status(answer.status());
            if let Some(headers) = response.headers_mut() {
                *headers = std::mem::take(answer.headers_mut());
            }
            let pieces = stream::unfold(Some(answer), |answer| async move {
                let mut answer = answer?;
                match answer.chunk().await {
                    Ok(Some(piece)) => Some((Ok(piece), Some(answer))),
                    Ok(None) => None,
                    Err(error) => Some((Err(why(&error)), None)),
                }
            });
            response.body(pieces.boxed()).map_err(|_| HttpError::Broken)
        })
    }
}

fn why(error: &reqwest::Error) -> HttpError {
    if error.is_connect() {
        HttpError::Unreachable
    } else if error.is_timeout() {
        HttpError::TimedOut
    } else {
        HttpError::Broken
    }
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test stops at the first surprise, and plays the server on the test's runtime"
)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;

    fn quick() -> HttpOptions {
        HttpOptions {
            total_timeout: Duration::from_millis(300),
            max_body: 64,
            ..HttpOptions::default()
        }
    }

    /// A server that reads one request, answers `answer` and hangs up; the request comes back.
    async fn serve(answer: &'static [u8]) -> (String, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let job = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut seen = Vec::new();
            while !seen.windows(4).any(|part| part == b"\r\n\r\n") {
                let mut part = [0; 1024];
                let length = stream.read(&mut part).await.unwrap();
                seen.extend_from_slice(&part[..length]);
            }
            if answer.is_empty() {
                // Keep the line open and say nothing.
                let _ = stream.read(&mut [0; 1]).await;
            }
            stream.write_all(answer).await.unwrap();
            String::from_utf8(seen).unwrap()
        });
        (url, job)
    }

    async fn get(options: &HttpOptions, url: String) -> Result<http::Response<Bytes>, HttpError> {
        let request = http::Request::get(url).body(Bytes::new()).unwrap();
        ReqwestHttp::new(options).unwrap().send(request).await
    }

    #[tokio::test]
    async fn carries_request_and_answer_and_follows_no_redirect() {
        let (url, job) =
            serve(b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 2\r\n\r\nhi")
                .await;
        let answer = get(&quick(), format!("{url}/a?b=c")).await.unwrap();
        assert_eq!(answer.status(), 302);
        assert_eq!(answer.headers()["location"], "/elsewhere");
        assert_eq!(answer.body(), "hi");
        assert!(job.await.unwrap().starts_with("GET /a?b=c HTTP/1.1\r\n"));
    }

    #[tokio::test]
    async fn goes_through_the_proxy_it_is_given() {
        let (url, job) = serve(b"HTTP/1.1 204 No Content\r\n\r\n").await;
        let options = HttpOptions {
            proxy: Some(url),
            ..quick()
        };
        get(&options, "http://nowhere.invalid/x".into())
            .await
            .unwrap();
        assert!(
            job.await
                .unwrap()
                .starts_with("GET http://nowhere.invalid/x HTTP/1.1\r\n")
        );
    }

    #[tokio::test]
    async fn an_answer_in_pieces_outlasts_the_time_out() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (go_on, told) = tokio::sync::oneshot::channel::<()>();
        let job = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut seen = Vec::new();
            while !seen.windows(4).any(|part| part == b"\r\n\r\n") {
                let mut part = [0; 1024];
                let length = stream.read(&mut part).await.unwrap();
                seen.extend_from_slice(&part[..length]);
            }
            let head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n:\n\n";
            stream.write_all(head).await.unwrap();
            told.await.unwrap();
            stream.write_all(b"event: sync\n\n").await.unwrap();
        });
        let options = HttpOptions {
            streams: true,
            ..quick()
        };
        let http = ReqwestHttp::new(&options).unwrap();
        assert!(http.can_stream());
        let request = http::Request::get(url).body(Bytes::new()).unwrap();
        let answer = http.stream(request).await.unwrap();
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        let mut pieces = answer.into_body();
        assert_eq!(pieces.next().await, Some(Ok(Bytes::from_static(b":\n\n"))));
        tokio::time::sleep(options.total_timeout).await;
        go_on.send(()).unwrap();
        let said = Some(Ok(Bytes::from_static(b"event: sync\n\n")));
        assert_eq!(pieces.next().await, said);
        job.await.unwrap();
        assert_eq!(pieces.next().await, None);
    }

    #[tokio::test]
    async fn says_why_there_is_no_answer() {
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let nobody = format!("http://{}", closed.local_addr().unwrap());
        drop(closed);
        assert_eq!(
            get(&quick(), nobody).await.unwrap_err(),
            HttpError::Unreachable
        );

        let (silent, _job) = serve(b"").await;
        assert_eq!(
            get(&quick(), silent).await.unwrap_err(),
            HttpError::TimedOut
        );

        let (half, _job) = serve(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nha").await;
        assert_eq!(get(&quick(), half).await.unwrap_err(), HttpError::Broken);

        let (long, _job) = serve(&[b'x'; 300]).await;
        assert_eq!(get(&quick(), long).await.unwrap_err(), HttpError::Broken);

        static LONG: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 65\r\n\r\n\
            0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0";
        let (long, _job) = serve(LONG).await;
        assert_eq!(get(&quick(), long).await.unwrap_err(), HttpError::Broken);
    }
}
