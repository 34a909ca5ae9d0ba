//! Helpers of the tests: a trace of its own for each request, and the flows of that trace.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use omegi::{Flow, Span};
use omegi_tests::memory;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A part of every secret in the tests, which must never be exported.
pub(crate) const SECRET: &str = "s3cr3t";

/// A trace that another service has begun.
pub(crate) struct RemoteTrace {
    id: String,
}

impl RemoteTrace {
    /// Begins a trace that no other test has.
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        memory();
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Self { id: format!("{:016x}{number:016x}", std::process::id()) }
    }

    /// Returns the `traceparent` of its first span.
    pub(crate) fn parent(&self) -> String {
        format!("00-{}-00f067aa0ba902b7-01", self.id)
    }

    /// Waits for `count` flows of the trace. Returns them in the order of their starts.
    pub(crate) fn flows(&self, count: usize) -> Vec<Flow> {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let mut flows = memory().flows();
            flows.retain(|flow| flow.trace_id.to_string() == self.id);
            if flows.len() >= count || Instant::now() > deadline {
                assert_eq!(flows.len(), count, "{:#?}", flows.iter().map(Flow::outline).collect::<Vec<_>>());
                flows.sort_by_key(|flow| flow.spans[0].start_ns);
                return flows;
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits for the only flow of the trace.
    pub(crate) fn flow(&self) -> Flow {
        self.flows(1).remove(0)
    }
}

/// Returns the attribute `key` of a span as text; the text is empty where there is none.
pub(crate) fn attribute(span: &Span, key: &str) -> String {
    span.attribute(key).map(ToString::to_string).unwrap_or_default()
}

/// Returns the attributes `keys` of a span as text.
pub(crate) fn attributes<const N: usize>(span: &Span, keys: [&str; N]) -> [String; N] {
    keys.map(|key| attribute(span, key))
}

/// Asserts that no secret is exported.
#[track_caller]
pub(crate) fn assert_no_secret(flows: &[Flow]) {
    let text = format!("{flows:?}");
    assert!(!text.contains(SECRET), "{text}");
}

/// Returns a listener and its address.
pub(crate) async fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}

/// Sends the bytes of a request, and reads until the other side closes the connection.
pub(crate) async fn send_raw(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = Vec::new();
    let _ = stream.read_to_end(&mut response).await;
    String::from_utf8_lossy(&response).into_owned()
}

/// Returns the head of a request in `trace`, after which the connection is closed.
pub(crate) fn request_head(trace: &RemoteTrace, method: &str, path: &str) -> String {
    let parent = trace.parent();
    let headers = format!("host: shop.example:8080\r\ntraceparent: {parent}\r\nconnection: close\r\n");
    format!("{method} {path} HTTP/1.1\r\n{headers}\r\n")
}

#[omegi::instrument_crate]
pub(crate) mod shop {
    pub(crate) fn price(item: u32) -> Result<u32, String> {
        if item < 10 { Ok(item * 3) } else { Err(format!("no item {item}")) }
    }

    pub(crate) fn broken() -> u32 {
        assert!(price(12).is_ok(), "it is broken");
        0
    }
}
