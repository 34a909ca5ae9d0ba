//! A proxy that gives librdkafka's mock broker TLS and SASL.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use super::broker::Brokers;

/// The numbers of Kafka's requests.
pub(crate) const PRODUCE: u16 = 0;
const API_VERSIONS: u16 = 18;
pub(crate) const SASL_HANDSHAKE: u16 = 17;
pub(crate) const SASL_AUTHENTICATE: u16 = 36;

/// Answers a request instead of the broker, or returns nothing.
pub(crate) type Answer = fn(&Request) -> Option<Vec<u8>>;

/// A request in wire format, with its length.
pub(crate) struct Request(Vec<u8>);

impl Request {
    /// Returns the number of its kind.
    pub(crate) fn kind(&self) -> u16 {
        u16::from_be_bytes([self.0[4], self.0[5]])
    }

    /// Returns its size in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.0.len()
    }

    /// Returns whether it ends with these bytes.
    pub(crate) fn ends_with(&self, bytes: &[u8]) -> bool {
        self.0.ends_with(bytes)
    }

    /// Returns a response to it, with its length.
    pub(crate) fn response(&self, body: &[u8]) -> Vec<u8> {
        let correlation = &self.0[8..12];
        let length = u32::try_from(correlation.len() + body.len()).unwrap();
        [&length.to_be_bytes(), correlation, body].concat()
    }
}

/// Starts a proxy before the only broker. `accept` turns a client's connection into a stream.
/// Returns the port.
pub(crate) fn start<S: Read + Write + 'static>(
    brokers: &Brokers,
    accept: impl Fn(TcpStream) -> S + Send + Sync + 'static,
    answer: Answer,
) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (upstream, accept) = (brokers.port(), Arc::new(accept));
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let accept = Arc::clone(&accept);
            // The thread ends when one side hangs up.
            std::thread::spawn(move || relay(accept(client), upstream, port, answer));
        }
    });
    port
}

/// Carries requests to the broker and its responses back, one after the other.
fn relay(mut client: impl Read + Write, upstream: u16, port: u16, answer: Answer) -> io::Result<()> {
    let mut broker = TcpStream::connect(("127.0.0.1", upstream))?;
    loop {
        let request = Request(frame(&mut client)?);
        let response = if let Some(response) = answer(&request) {
            response
        } else {
            broker.write_all(&request.0)?;
            let response = frame(&mut broker)?;
            if request.kind() == API_VERSIONS {
                with_sasl(response)
            } else {
                advertising(response, upstream, port)
            }
        };
        client.write_all(&response)?;
        client.flush()?;
    }
}

/// Reads a request or response with its length.
fn frame(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let mut frame = length.to_vec();
    from.take(u32::from_be_bytes(length).into()).read_to_end(&mut frame)?;
    if frame.len() == 4 { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(frame) }
}

/// Replaces the broker's address in a response by the proxy's.
fn advertising(mut response: Vec<u8>, upstream: u16, port: u16) -> Vec<u8> {
    let address = |port: u16| [&b"127.0.0.1"[..], &u32::from(port).to_be_bytes()].concat();
    let (own, other) = (address(port), address(upstream));
    if let Some(at) = response.windows(other.len()).position(|window| window == other) {
        response[at..at + own.len()].copy_from_slice(&own);
    }
    response
}

/// Adds the two requests of SASL to an `ApiVersionsResponse` up to version 2.
fn with_sasl(mut response: Vec<u8>) -> Vec<u8> {
    // After length and correlation comes an error: the client asks again, with another version.
    if response[8..10] != [0, 0] {
        return response;
    }
    // Then come the count of requests, and the number, first and last version of each.
    let count = u32::from_be_bytes(response[10..14].try_into().unwrap()) + 2;
    let sasl = [SASL_HANDSHAKE, 0, 1, SASL_AUTHENTICATE, 0, 0].map(u16::to_be_bytes).concat();
    response.splice(10..14, [&count.to_be_bytes()[..], &sasl].concat());
    let length = u32::try_from(response.len() - 4).unwrap();
    response[..4].copy_from_slice(&length.to_be_bytes());
    response
}
