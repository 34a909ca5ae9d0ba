//! A connection that may go through a proxy.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_rustls::MaybeHttpsStream;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// A connection to a backend, or to the proxy that forwards requests to it.
#[derive(Debug)]
pub(crate) struct ProxiedConnection {
    /// Encrypted only as far as the proxy.
    stream: MaybeHttpsStream<TokioIo<TcpStream>>,
    /// True if requests have to name their whole URL.
    is_forwarding: bool,
}

impl ProxiedConnection {
    /// Returns a connection to the backend itself.
    pub(crate) fn direct(stream: TokioIo<TcpStream>) -> Self {
        Self::tunnel(stream.into())
    }

    /// Returns a connection to the backend that goes through a proxy.
    pub(crate) const fn tunnel(stream: MaybeHttpsStream<TokioIo<TcpStream>>) -> Self {
        Self { stream, is_forwarding: false }
    }

    /// Returns a connection to a proxy that gets the requests.
    pub(crate) const fn forwarding(stream: MaybeHttpsStream<TokioIo<TcpStream>>) -> Self {
        Self { stream, is_forwarding: true }
    }
}

impl Connection for ProxiedConnection {
    fn connected(&self) -> Connected {
        self.stream.connected().proxy(self.is_forwarding)
    }
}

impl Read for ProxiedConnection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl Write for ProxiedConnection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }
}
