//! A scripted receiver of OTLP over HTTP/1.1.

use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message as _;

use super::arrivals::Arrivals;
use super::door::Door;
use super::rests::Rests;

/// The treatment of a request.
pub(crate) enum Deed {
    /// The spans are taken, with this answer.
    Take(Answer),
    /// The spans are taken if the body has at most this many bytes. Otherwise the answer is 413.
    TakeUpTo(usize),
    /// The spans are not taken, with this answer.
    TurnAway(Answer),
    /// The connection is reset while the request arrives.
    Reset,
    /// The request is never answered.
    Hang,
    /// The request is never answered, but its spans are taken.
    TakeInSilence,
    /// The answer comes a byte at a time, without an end.
    Drip,
}

impl Deed {
    /// Returns the treatment of a body of this length.
    fn for_body(self, length: usize) -> Self {
        match self {
            Self::TakeUpTo(limit) if length <= limit => Self::Take(Answer::status(200)),
            Self::TakeUpTo(_) => Self::TurnAway(Answer::status(413)),
            other => other,
        }
    }
}

/// The answer of a receiver.
pub(crate) struct Answer {
    status: u16,
    headers: &'static str,
    body: Vec<u8>,
    /// The number of copies of the body.
    times: usize,
}

impl Answer {
    pub(crate) const fn status(status: u16) -> Self {
        Self { status, headers: "", body: Vec::new(), times: 1 }
    }

    /// Returns the same with these header lines, each with its line end.
    pub(crate) fn with_headers(self, headers: &'static str) -> Self {
        Self { headers, ..self }
    }

    /// Returns the same with a number of copies of this body.
    pub(crate) fn with_body(self, body: Vec<u8>, times: usize) -> Self {
        Self { body, times, ..self }
    }

    fn write(&self, stream: &mut impl Write) -> std::io::Result<()> {
        let Self { status, headers, body, times } = self;
        let length = body.len() * times;
        let mut stream = BufWriter::new(stream);
        write!(stream, "HTTP/1.1 {status} Answer\r\n{headers}content-length: {length}\r\n\r\n")?;
        (0..*times).try_for_each(|_| stream.write_all(body))?;
        stream.flush()
    }
}

/// The treatment of a request, by the time since the receiver began.
pub(crate) type Script = fn(Duration) -> Deed;

/// A receiver that lives as long as the test's process.
pub(crate) struct HttpReceiver {
    pub(crate) port: u16,
    pub(crate) arrivals: Arrivals,
    pub(crate) rests: Rests,
}

impl HttpReceiver {
    /// Starts a receiver that follows this script.
    pub(crate) fn start(door: Door, script: Script) -> Self {
        Self::start_behind(door, script, Ok)
    }

    /// Starts the same with a wrapper around each connection, such as TLS.
    pub(crate) fn start_behind<S: Read + Write>(
        door: Door,
        script: Script,
        wrap: impl Fn(TcpStream) -> std::io::Result<S> + Clone + Send + 'static,
    ) -> Self {
        let (address, streams) = door.hang();
        let (arrivals, rests) = (Arrivals::default(), Rests::default());
        let stage = Stage { script, begun: Instant::now(), arrivals: arrivals.clone(), rests: rests.clone() };
        thread::spawn(move || {
            for stream in streams {
                let (stage, wrap) = (stage.clone(), wrap.clone());
                // The receiver stops serving a client that is not trusted or leaves.
                thread::spawn(move || wrap(stream).and_then(|stream| stage.serve(stream)));
            }
        });
        Self { port: address.port(), arrivals, rests }
    }
}

/// Serves a connection.
#[derive(Clone)]
struct Stage {
    script: Script,
    begun: Instant,
    arrivals: Arrivals,
    rests: Rests,
}

impl Stage {
    /// Serves the requests of one connection until either side closes it.
    fn serve(&self, stream: impl Read + Write) -> std::io::Result<()> {
        let mut reader = BufReader::new(stream);
        while let Some(length) = read_head(&mut reader)? {
            self.rests.end();
            let deed = (self.script)(self.begun.elapsed());
            if !matches!(deed, Deed::Take(_) | Deed::TakeUpTo(_)) {
                self.arrivals.refuse();
            }
            if matches!(deed, Deed::Reset) {
                // Closing a connection with unread bytes resets it.
                return Ok(());
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body)?;
            let deed = deed.for_body(length);
            self.act(&deed, &body, reader.get_mut())?;
        }
        Ok(())
    }

    fn act(&self, deed: &Deed, body: &[u8], stream: &mut (impl Read + Write)) -> std::io::Result<()> {
        if matches!(deed, Deed::Take(_) | Deed::TakeInSilence) {
            self.arrivals.take(&ExportTraceServiceRequest::decode(body).unwrap());
        } else {
            self.rests.begin();
        }
        match deed {
            Deed::Take(answer) | Deed::TurnAway(answer) => answer.write(stream),
            Deed::Drip => drip(stream),
            Deed::Hang | Deed::TakeInSilence | Deed::Reset | Deed::TakeUpTo(_) => {
                stream.read_to_end(&mut Vec::new()).map(drop)
            }
        }
    }
}

/// Returns the length of the body after a request's head, or nothing at the end.
fn read_head(reader: &mut impl BufRead) -> std::io::Result<Option<usize>> {
    let mut length = None;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            return Ok(length);
        }
        if let Some(text) = line.strip_prefix("content-length: ") {
            length = text.parse().ok();
        }
    }
}

fn drip(stream: &mut impl Write) -> std::io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")?;
    loop {
        stream.write_all(b"x")?;
        stream.flush()?;
        thread::sleep(Duration::from_millis(20));
    }
}
