//! A backend that speaks HTTP/1.1 and passes on its requests.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

/// One received request, and the answer to it.
pub(super) struct Received {
    pub(super) path: String,
    pub(super) headers: HashMap<String, String>,
    pub(super) body: Vec<u8>,
    pub(super) status: u16,
}

/// Answers every request with 200, and passes it on.
pub(super) fn receive() -> (String, mpsc::Receiver<Received>) {
    receive_with(|_| 200)
}

/// Answers the nth request with this status, and passes it on.
pub(super) fn receive_with(
    status: impl Fn(usize) -> u16 + Send + Sync + 'static,
) -> (String, mpsc::Receiver<Received>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let (sender, receiver) = mpsc::channel();
    let (status, count) = (Arc::new(status), Arc::new(AtomicUsize::new(0)));
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (sender, status, count) = (sender.clone(), Arc::clone(&status), Arc::clone(&count));
            let status = move || status(count.fetch_add(1, Ordering::Relaxed));
            thread::spawn(move || {
                let stream = stream.unwrap();
                // The test may have dropped the receiving end.
                let hand_on = |request| drop(sender.send(request));
                while serve(&stream, &status, hand_on).is_some() {}
            });
        }
    });
    (endpoint, receiver)
}

/// Passes a request on before the answer: after the answer the program may end, and the test may
/// check the requests.
fn serve(mut stream: &TcpStream, status: impl Fn() -> u16, hand_on: impl Fn(Received)) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line.trim().is_empty() {
            break;
        }
        lines.push(line.trim().to_owned());
    }
    let headers: HashMap<_, _> = lines[1..]
        .iter()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let mut body = vec![0; headers["content-length"].parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    let status = status();
    let answer = format!(
        "HTTP/1.1 {status} Answer\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n"
    );
    let path = lines[0].split(' ').nth(1).unwrap().to_owned();
    hand_on(Received { path, headers, body, status });
    stream.write_all(answer.as_bytes()).unwrap();
    Some(())
}
