//! A minimal HTTP client, for servers on the same host. Their addresses are of this host alone, so
//! no request goes through a proxy.

use std::io::{Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::{Duration, Instant};

/// The most bytes of an answer.
const ANSWER_BYTES: usize = 256 * 1024;

/// Returns the body of the answer for this URL; `None` unless it comes before `deadline` with
/// status 200.
///
/// Uses HTTP/1.0, so that the answer comes in one piece and ends with the connection.
pub(super) fn get(url: &str, deadline: Instant) -> Option<String> {
    let (authority, path) =
        url.strip_prefix("http://").map(|rest| rest.split_once('/').unwrap_or((rest, "")))?;
    let with_port = if authority.contains(':') { authority.to_owned() } else { format!("{authority}:80") };
    let address = with_port.to_socket_addrs().ok()?.next()?;
    let mut stream = TcpStream::connect_timeout(&address, left(deadline)?).ok()?;
    stream.set_write_timeout(left(deadline)).ok()?;
    let request = format!("GET /{path} HTTP/1.0\r\nHost: {authority}\r\nAccept: application/json\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let answer = read(&mut stream, deadline)?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let is_fine = head.split(' ').nth(1) == Some("200");
    is_fine.then(|| body.to_owned())
}

/// Reads until the connection ends.
fn read(stream: &mut TcpStream, deadline: Instant) -> Option<String> {
    let mut answer = Vec::new();
    let mut piece = [0; 4096];
    loop {
        // A server that sends byte by byte gets no extra time.
        stream.set_read_timeout(left(deadline)).ok()?;
        let length = stream.read(&mut piece).ok().filter(|_| left(deadline).is_some())?;
        if length == 0 {
            return String::from_utf8(answer).ok();
        }
        answer.extend_from_slice(&piece[..length]);
        if answer.len() > ANSWER_BYTES {
            return None;
        }
    }
}

/// The time left; `None` if there is none.
fn left(deadline: Instant) -> Option<Duration> {
    deadline.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use std::thread;

    /// A server that answers one request with `answer`, and then keeps the connection open if it
    /// `lingers`.
    fn server(answer: String, lingers: bool) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/v4/a", listener.local_addr().unwrap());
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 4096];
            let length = stream.read(&mut request).unwrap();
            assert!(request[..length].starts_with(b"GET /v4/a HTTP/1.0\r\nHost: 127.0.0.1"));
            let _ = stream.write_all(answer.as_bytes());
            if lingers {
                thread::sleep(Duration::from_secs(20));
            }
        });
        url
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_millis(300)
    }

    #[test]
    fn an_answer_is_read_whole() {
        let url = server("HTTP/1.1 200 OK\r\nA: b\r\n\r\n{\"a\": 1}\r\n\r\n".to_owned(), false);
        assert_eq!(get(&url, Instant::now() + Duration::from_secs(9)).unwrap(), "{\"a\": 1}\r\n\r\n");
    }

    #[test]
    fn a_bad_or_late_answer_is_none_by_the_deadline() {
        let started = Instant::now();
        let huge = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(ANSWER_BYTES));
        for (answer, lingers) in [
            ("HTTP/1.1 404 No\r\n\r\n{}", false),
            ("", false),
            ("HTTP/1.1 200 OK\r\n\r\n{", true),
            (&huge, true),
        ] {
            assert_eq!(get(&server(answer.to_owned(), lingers), soon()), None);
        }
        assert_eq!(get("https://127.0.0.1/", soon()), None);
        assert_eq!(get("http://127.0.0.1:1/", soon()), None);
        assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    }
}
