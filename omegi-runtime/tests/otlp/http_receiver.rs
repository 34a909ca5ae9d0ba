//! An OTLP receiver over HTTP/1.1, as far as the exporter uses it, that shows each request.

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
    /// The size of the body as it came, and unpacked.
    pub(crate) bytes: (usize, usize),
    /// The body, unpacked and decoded.
    pub(crate) request: ExportTraceServiceRequest,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// A receiver's choice of its answers, by the number of the request, from 0 on.
type Script = dyn Fn(usize, &Received) -> Answer + Send + Sync;

/// The answer of a receiver.
#[derive(Clone)]
pub(crate) struct Answer {
    status: u16,
    headers: String,
    body: Vec<u8>,
    close: bool,
}

impl Answer {
    /// Returns success: all spans were taken.
    pub(crate) fn taken() -> Self {
        Self::status(200)
    }

    /// Returns this status with an empty body.
    pub(crate) fn status(status: u16) -> Self {
        Self { status, headers: String::new(), body: Vec::new(), close: false }
    }

    /// Returns success with this response.
    pub(crate) fn with(response: &ExportTraceServiceResponse) -> Self {
        Self { body: response.encode_to_vec(), ..Self::taken() }
    }

    /// Returns success with this JSON.
    pub(crate) fn with_json(body: &str) -> Self {
        Self { body: body.into(), ..Self::taken().and_header("content-type: application/json") }
    }

    /// Returns this status with this JSON.
    pub(crate) fn refused_with_json(status: u16, body: &str) -> Self {
        Self { status, ..Self::with_json(body) }
    }

    /// Returns whether the request is taken.
    pub(crate) fn is_success(&self) -> bool {
        self.status == 200
    }

    /// Adds a header.
    pub(crate) fn and_header(self, header: &str) -> Self {
        Self { headers: format!("{}{header}\r\n", self.headers), ..self }
    }

    /// Closes the connection after the answer, without announcing it.
    pub(crate) fn and_close(self) -> Self {
        Self { close: true, ..self }
    }

    fn write(&self, stream: &mut impl Write) -> std::io::Result<()> {
        let Self { status, headers, body, .. } = self;
        write!(stream, "HTTP/1.1 {status} Answer\r\n{headers}Content-Length: {}\r\n\r\n", body.len())?;
        stream.write_all(body)?;
        stream.flush()
    }
}

/// A receiver that lives as long as the test's process.
pub(crate) struct HttpReceiver {
    pub(crate) address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
}

impl HttpReceiver {
    /// Starts a receiver that gives every request this answer.
    pub(crate) fn start(answer: Answer) -> Self {
        Self::start_behind(answer, Ok)
    }

    /// Starts a receiver that gives these answers in order, and then the last one again and again.
    pub(crate) fn start_with(answers: Vec<Answer>) -> Self {
        Self::start_by(move |nth, _| answers[nth.min(answers.len() - 1)].clone())
    }

    /// Starts a receiver that chooses its answer by the request.
    pub(crate) fn start_by(script: impl Fn(usize, &Received) -> Answer + Send + Sync + 'static) -> Self {
        Self::serve_on(TcpListener::bind("127.0.0.1:0").unwrap(), Arc::new(script), Ok)
    }

    /// Starts a receiver whose connections `wrap` turns into streams, such as of TLS.
    pub(crate) fn start_behind<S: Read + Write>(
        answer: Answer,
        wrap: impl Fn(TcpStream) -> std::io::Result<S> + Send + 'static,
    ) -> Self {
        Self::serve_on(TcpListener::bind("127.0.0.1:0").unwrap(), Arc::new(move |_, _| answer.clone()), wrap)
    }

    /// Starts a receiver at this address.
    pub(crate) fn start_at(address: SocketAddr, answer: Answer) -> Self {
        Self::serve_on(TcpListener::bind(address).unwrap(), Arc::new(move |_, _| answer.clone()), Ok)
    }

    fn serve_on<S: Read + Write>(
        listener: TcpListener,
        script: Arc<Script>,
        wrap: impl Fn(TcpStream) -> std::io::Result<S> + Send + 'static,
    ) -> Self {
        let receiver = Self { address: listener.local_addr().unwrap(), received: Arc::default() };
        let received = Arc::clone(&receiver.received);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                // A client may refuse the receiver.
                let _ = wrap(stream.unwrap()).map(|stream| serve(stream, &*script, &received));
            }
        });
        receiver
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// Returns the decoded bodies.
    pub(crate) fn requests(&self) -> Vec<ExportTraceServiceRequest> {
        self.received().into_iter().map(|received| received.request).collect()
    }
}

/// Answers the requests of one connection until either side closes it.
fn serve(stream: impl Read + Write, script: &Script, received: &Mutex<Vec<Received>>) {
    let mut reader = BufReader::new(stream);
    while let Some(request) = read_request(&mut reader) {
        let mut received = received.lock().unwrap();
        let answer = script(received.len(), &request);
        received.push(request);
        drop(received);
        if answer.write(reader.get_mut()).is_err() || answer.close {
            return;
        }
    }
}

fn read_request(reader: &mut impl BufRead) -> Option<Received> {
    let mut lines = reader.by_ref().lines().map_while(Result::ok).take_while(|line| !line.is_empty());
    let line = lines.next()?;
    let headers: HashMap<_, _> = lines.map(|line| header(&line)).collect();
    let mut body = vec![0; headers.get("content-length")?.parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    let packed = body.len();
    if headers.get("content-encoding").is_some_and(|encoding| encoding == "gzip") {
        body = unpacked(&body);
    }
    let request = match headers["content-type"].as_str() {
        "application/json" => serde_json::from_slice(&body).unwrap(),
        _ => ExportTraceServiceRequest::decode(&*body).unwrap(),
    };
    Some(Received { line, headers, bytes: (packed, body.len()), request })
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
