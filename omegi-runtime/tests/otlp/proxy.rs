//! A proxy over HTTP or SOCKS5, as far as the exporter uses it, that leads to one receiver whatever
//! host it is asked for.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A proxy that lives as long as the test's process.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

/// A function that reads a client's wish and answers it. Returns the wish, and the bytes that go on
/// to the receiver.
type Handshake = fn(&mut TcpStream) -> io::Result<(String, Vec<u8>)>;

impl Proxy {
    /// Starts a proxy over HTTP.
    pub(crate) fn http(receiver: SocketAddr) -> Self {
        Self::start(receiver, over_http)
    }

    /// Starts a SOCKS5 proxy that wants a user and a password.
    pub(crate) fn socks(receiver: SocketAddr) -> Self {
        Self::start(receiver, over_socks)
    }

    fn start(receiver: SocketAddr, handshake: Handshake) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = Self { address: listener.local_addr().unwrap(), requests: Arc::default() };
        let requests = Arc::clone(&proxy.requests);
        std::thread::spawn(move || {
            for client in listener.incoming().map(Result::unwrap) {
                let requests = Arc::clone(&requests);
                std::thread::spawn(move || serve(client, receiver, handshake, &requests));
            }
        });
        proxy
    }

    /// Returns the proxy's URL with this beginning, such as `http://user:word@`.
    pub(crate) fn url(&self, beginning: &str) -> Option<String> {
        Some(format!("{beginning}{}", self.address))
    }

    /// Returns the wish of each connection: the head of a request, or the parts of a handshake.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn serve(mut client: TcpStream, receiver: SocketAddr, handshake: Handshake, requests: &Mutex<Vec<String>>) {
    let Ok((request, first)) = handshake(&mut client) else { return };
    requests.lock().unwrap().push(request);
    let mut server = TcpStream::connect(receiver).unwrap();
    server.write_all(&first).unwrap();
    let (from_client, to_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    std::thread::spawn(move || pass_on(from_client, to_server));
    pass_on(server, client);
}

fn pass_on(mut from: TcpStream, mut to: TcpStream) {
    let _ = io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Write);
}

fn over_http(client: &mut TcpStream) -> io::Result<(String, Vec<u8>)> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.extend(exactly::<1>(client)?);
    }
    let request = String::from_utf8(head.clone()).unwrap();
    if !request.starts_with("CONNECT ") {
        return Ok((request, head));
    }
    client.write_all(b"HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n")?;
    Ok((request, Vec::new()))
}

/// Answers as RFC 1928 and RFC 1929 say. Returns `<user>:<password> <host>:<port>`.
fn over_socks(client: &mut TcpStream) -> io::Result<(String, Vec<u8>)> {
    assert_eq!(exactly(client)?, [5, 1, 2], "one method: user and password");
    client.write_all(&[5, 2])?;
    assert_eq!(exactly(client)?, [1]);
    let (user, password) = (text(client)?, text(client)?);
    client.write_all(&[1, 0])?;
    assert_eq!(exactly(client)?, [5, 1, 0, 3], "a host's name, not looked up here");
    let (host, port) = (text(client)?, u16::from_be_bytes(exactly(client)?));
    client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0])?;
    Ok((format!("{user}:{password} {host}:{port}"), Vec::new()))
}

fn exactly<const N: usize>(client: &mut TcpStream) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    client.read_exact(&mut bytes).map(|()| bytes)
}

fn text(client: &mut TcpStream) -> io::Result<String> {
    let [length] = exactly(client)?;
    let mut bytes = vec![0; length.into()];
    client.read_exact(&mut bytes)?;
    Ok(String::from_utf8(bytes).unwrap())
}
