//! An OTLP receiver that speaks HTTP/1.1: as much of it as the exporter uses, so that what arrives can be seen
//! byte by byte.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use flate2::read::GzDecoder;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message;

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    /// The request line.
    pub(crate) line: String,
    headers: HashMap<String, String>,
    /// The body, unpacked and decoded.
    pub(crate) request: ExportTraceServiceRequest,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// What a receiver answers.
#[derive(Clone)]
pub(crate) struct Answer {
    status: u16,
    body: Vec<u8>,
    close: bool,
}

impl Answer {
    /// All spans were taken.
    pub(crate) fn taken() -> Self {
        Self::status(200)
    }

    /// This status, and nothing in the body.
    pub(crate) fn status(status: u16) -> Self {
        Self { status, body: Vec::new(), close: false }
    }

    /// Success, with this in the body.
    pub(crate) fn with(response: &ExportTraceServiceResponse) -> Self {
        Self { body: response.encode_to_vec(), ..Self::taken() }
    }

    /// The same, and the connection is closed without announcing it.
    pub(crate) fn and_close(self) -> Self {
        Self { close: true, ..self }
    }

    fn write(&self, stream: &mut TcpStream) -> std::io::Result<()> {
        write!(stream, "HTTP/1.1 {} Answer\r\nContent-Length: {}\r\n\r\n", self.status, self.body.len())?;
        stream.write_all(&self.body)
    }
}

/// A receiver that lives as long as the test's process.
pub(crate) struct HttpReceiver {
    pub(crate) address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
}

impl HttpReceiver {
    /// A receiver that answers every request like this.
    pub(crate) fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let receiver = Self { address: listener.local_addr().unwrap(), received: Arc::default() };
        let received = Arc::clone(&receiver.received);
        std::thread::spawn(move || {
            listener.incoming().for_each(|stream| serve(stream.unwrap(), &answer, &received))
        });
        receiver
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// The decoded bodies.
    pub(crate) fn requests(&self) -> Vec<ExportTraceServiceRequest> {
        self.received().into_iter().map(|received| received.request).collect()
    }
}

/// Answers the requests of one connection until either side closes it.
fn serve(mut stream: TcpStream, answer: &Answer, received: &Mutex<Vec<Received>>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while let Some(request) = read_request(&mut reader) {
        received.lock().unwrap().push(request);
        if answer.write(&mut stream).is_err() || answer.close {
            return;
        }
    }
}

fn read_request(reader: &mut impl BufRead) -> Option<Received> {
    let mut lines = reader.by_ref().lines().map(Result::unwrap).take_while(|line| !line.is_empty());
    let line = lines.next()?;
    let headers: HashMap<_, _> = lines.map(|line| header(&line)).collect();
    let mut body = vec![0; headers.get("content-length")?.parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    if headers.get("content-encoding").is_some_and(|encoding| encoding == "gzip") {
        body = unpacked(&body);
    }
    Some(Received { line, headers, request: ExportTraceServiceRequest::decode(&*body).unwrap() })
}

fn header(line: &str) -> (String, String) {
    let (name, value) = line.split_once(": ").unwrap();
    (name.to_ascii_lowercase(), value.to_owned())
}

fn unpacked(body: &[u8]) -> Vec<u8> {
    let mut unpacked = Vec::new();
    GzDecoder::new(body).read_to_end(&mut unpacked).unwrap();
    unpacked
}
