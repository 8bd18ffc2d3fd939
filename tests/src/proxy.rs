//! A forward proxy that counts: TCP payload both ways, and how often somebody waited for an answer.
//!
//! What a page costs a citizen is what goes over the wire, of all hosts and of the browser too; a
//! counter inside an HTTP client sees neither headers as sent nor what a browser loads.

use std::{
    convert::Infallible,
    io,
    net::{Ipv4Addr, SocketAddr},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, Uri, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
};

/// What went through since the last look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// TCP payload between client and proxy, both ways: request lines, headers and bodies.
    pub bytes: u64,
    /// Request bodies that carried a file, of which `bytes` holds none.
    pub file_bytes: u64,
    /// Requests that were answered or failed.
    pub round_trips: u64,
    /// Requests that nobody answered.
    pub failed: u64,
}

#[derive(Default)]
struct Counters {
    bytes: AtomicU64,
    file_bytes: AtomicU64,
    round_trips: AtomicU64,
    failed: AtomicU64,
}

pub struct Proxy {
    address: SocketAddr,
    counters: Arc<Counters>,
}

impl Proxy {
    /// Listens on a free port of the loopback interface, on the runtime it is called on.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let counters = Arc::new(Counters::default());
        let accepting = Arc::clone(&counters);
        #[expect(
            clippy::disallowed_methods,
            reason = "the proxy is a server of the walk's process"
        )]
        tokio::spawn(async move {
            loop {
                if let Ok((stream, _)) = listener.accept().await {
                    let counters = Arc::clone(&accepting);
                    tokio::spawn(serve(stream, counters));
                }
            }
        });
        Ok(Self { address, counters })
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn figures(&self) -> Figures {
        let file_bytes = self.counters.file_bytes.load(Ordering::SeqCst);
        Figures {
            bytes: self
                .counters
                .bytes
                .load(Ordering::SeqCst)
                .saturating_sub(file_bytes),
            file_bytes,
            round_trips: self.counters.round_trips.load(Ordering::SeqCst),
            failed: self.counters.failed.load(Ordering::SeqCst),
        }
    }
}

async fn serve(stream: TcpStream, counters: Arc<Counters>) {
    let counted = Counted {
        stream,
        counters: Arc::clone(&counters),
    };
    let service =
        hyper::service::service_fn(move |request| forward(request, Arc::clone(&counters)));
    // A client that hangs up is its own business.
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(counted), service)
        .with_upgrades()
        .await;
}

async fn forward(
    request: Request<Incoming>,
    counters: Arc<Counters>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    counters.round_trips.fetch_add(1, Ordering::SeqCst);
    let answered = if request.method() == Method::CONNECT {
        tunnel(request).await
    } else {
        relay(request, &counters).await
    };
    Ok(answered.unwrap_or_else(|_| {
        counters.failed.fetch_add(1, Ordering::SeqCst);
        let mut response = Response::new(Full::default());
        *response.status_mut() = StatusCode::BAD_GATEWAY;
        response
    }))
}

/// TLS: what is inside is counted as it passes, and stays unread.
async fn tunnel(request: Request<Incoming>) -> io::Result<Response<Full<Bytes>>> {
    let authority = request
        .uri()
        .authority()
        .map(ToString::to_string)
        .unwrap_or_default();
    let mut upstream = TcpStream::connect(authority).await?;
    #[expect(
        clippy::disallowed_methods,
        reason = "the tunnel lives on after the answer that opens it"
    )]
    tokio::spawn(async move {
        if let Ok(upgraded) = hyper::upgrade::on(request).await {
            let _ = tokio::io::copy_bidirectional(&mut TokioIo::new(upgraded), &mut upstream).await;
        }
    });
    Ok(Response::new(Full::default()))
}

async fn relay(
    request: Request<Incoming>,
    counters: &Counters,
) -> io::Result<Response<Full<Bytes>>> {
    let (mut parts, body) = request.into_parts();
    let host = parts
        .uri
        .authority()
        .ok_or_else(|| io::Error::other("no host"))?
        .to_string();
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    parts.uri = path.parse::<Uri>().map_err(io::Error::other)?;
    parts
        .headers
        .insert(header::HOST, host.parse().map_err(io::Error::other)?);
    parts.headers.remove("proxy-connection");
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let carries_file = parts
        .headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind == "application/offset+octet-stream");
    if carries_file {
        counters
            .file_bytes
            .fetch_add(body.len() as u64, Ordering::SeqCst);
    }
    let port = if host.contains(':') {
        host
    } else {
        format!("{host}:80")
    };
    let upstream = TcpStream::connect(port).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(upstream))
        .await
        .map_err(io::Error::other)?;
    #[expect(
        clippy::disallowed_methods,
        reason = "hyper's client connection wants a task beside its sender"
    )]
    tokio::spawn(connection);
    let answer = sender
        .send_request(Request::from_parts(parts, Full::new(body)))
        .await
        .map_err(io::Error::other)?;
    let (mut parts, body) = answer.into_parts();
    parts.headers.remove(header::CONNECTION);
    parts.headers.remove(header::TRANSFER_ENCODING);
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    Ok(Response::from_parts(parts, Full::new(body)))
}

/// Counts what passes between client and proxy.
struct Counted {
    stream: TcpStream,
    counters: Arc<Counters>,
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        let read = (buffer.filled().len() - before) as u64;
        self.counters.bytes.fetch_add(read, Ordering::SeqCst);
        polled
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        if let Poll::Ready(Ok(written)) = &polled {
            self.counters
                .bytes
                .fetch_add(*written as u64, Ordering::SeqCst);
        }
        polled
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test stops at the first surprise, and plays the server on the test's runtime"
)]
mod tests {
    use gandan_foundation::{
        adapters::{HttpOptions, ReqwestHttp},
        ports::Http,
    };

    use super::*;

    #[tokio::test]
    async fn counts_headers_bodies_and_files_apart() {
        let origin = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}/x", origin.local_addr().unwrap());
        let echo = axum::Router::new().route(
            "/x",
            axum::routing::post(|body: Bytes| async move { body.len().to_string() }),
        );
        tokio::spawn(async move { axum::serve(origin, echo).await });
        let proxy = Proxy::start().await.unwrap();
        let http = ReqwestHttp::new(&HttpOptions {
            proxy: Some(proxy.url()),
            ..HttpOptions::default()
        })
        .unwrap();
        let post = |kind: &str| {
            Request::post(&url)
                .header(header::CONTENT_TYPE, kind)
                .body(Bytes::from(vec![7; 5000]))
                .unwrap()
        };

        let answer = http.send(post("text/plain")).await.unwrap();
        assert_eq!(answer.body(), "5000");
        let first = proxy.figures();
        assert!(first.bytes > 5100 && first.bytes < 6000, "{first:?}");
        assert_eq!((first.file_bytes, first.round_trips), (0, 1));

        http.send(post("application/offset+octet-stream"))
            .await
            .unwrap();
        let second = proxy.figures();
        assert!(second.bytes - first.bytes < 1000, "{second:?}");
        assert_eq!((second.file_bytes, second.round_trips), (5000, 2));
    }
}
