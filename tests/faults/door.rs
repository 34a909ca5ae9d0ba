//! A receiver's treatment of connections, for all protocols.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use tokio::net::TcpSocket;

/// The treatment of connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    /// Connections are accepted.
    Open,
    /// Connections are refused for this long, and then accepted.
    Closed(Duration),
    /// Connections are accepted and closed for this long, and then served.
    Slamming(Duration),
}

impl Door {
    /// The address, and the accepted connections.
    pub(crate) fn hang(self) -> (SocketAddr, Receiver<TcpStream>) {
        // The socket is bound and not listening: it reserves the port, and refuses connections.
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = socket.local_addr().unwrap();
        let (sender, receiver) = channel();
        let begun = Instant::now();
        if let Self::Closed(time) = self {
            thread::spawn(move || {
                thread::sleep(time);
                self.let_in(&listen(socket), begun, &sender);
            });
        } else {
            let listener = listen(socket);
            thread::spawn(move || self.let_in(&listener, begun, &sender));
        }
        (address, receiver)
    }

    fn let_in(self, listener: &TcpListener, begun: Instant, sender: &Sender<TcpStream>) {
        for stream in listener.incoming() {
            let slammed = matches!(self, Self::Slamming(time) if begun.elapsed() < time);
            if !slammed && sender.send(stream.unwrap()).is_err() {
                return;
            }
        }
    }
}

fn listen(socket: TcpSocket) -> TcpListener {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
    let listener = runtime.block_on(async { socket.listen(128).unwrap().into_std().unwrap() });
    listener.set_nonblocking(false).unwrap();
    listener
}
