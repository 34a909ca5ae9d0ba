//! Takes orders for as long as it runs: a worker, a scheduler, and a server with kept connections.
//!
//! ```text
//! cargo run --example service                                the program as it is written
//! OMEGI_FLOW_RATE=0 cargo run --example service --features enable     each failing job, at once
//! OMEGI_FLOW_RATE=0 cargo omegi run --example service        the same
//! ```
//!
//! None of its functions below ever returns. Each of their loops waits for input, so each turn is a
//! flow of its own. One order in `EVERY` fails (the first argument, 50 by default).

use std::error::Error;
use std::net::TcpListener;
use std::sync::mpsc;
use std::thread;

pub(crate) fn main() -> Result<(), Box<dyn Error>> {
    let _omegi = omegi::builder().service_name("orders").init();
    let every = std::env::args().nth(1).map_or(Ok(50), |every| every.parse())?;
    let listener = TcpListener::bind("localhost:0")?;
    let address = listener.local_addr()?;
    let (orders, queue) = mpsc::channel();
    let for_requests = orders.clone();
    let (_running, stop) = mpsc::channel();
    thread::spawn(move || shop::fulfil(&queue, every));
    thread::spawn(move || shop::reorder(&stop, &orders));
    thread::spawn(move || customer::ask(address));
    shop::serve(&listener, &for_requests, every)?;
    Ok(())
}

#[omegi::instrument_crate]
mod shop {
    use std::fmt;
    use std::io::{self, BufRead as _, BufReader, Write as _};
    use std::net::{TcpListener, TcpStream};
    use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
    use std::thread;
    use std::time::{Duration, SystemTime};

    /// The reason to refuse an order.
    #[derive(Debug)]
    pub(crate) struct SoldOut {
        job: String,
    }

    impl fmt::Display for SoldOut {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "sold out: {}.", self.job)
        }
    }

    impl std::error::Error for SoldOut {}

    /// Works on the queue.
    pub(crate) fn fulfil(queue: &Receiver<u64>, every: u64) {
        while let Ok(order) = queue.recv() {
            handle("order", order, every);
        }
    }

    /// Orders something now and then.
    pub(crate) fn reorder(stop: &Receiver<()>, orders: &Sender<u64>) {
        let mut order = 0;
        while let Err(RecvTimeoutError::Timeout) = stop.recv_timeout(Duration::from_millis(1)) {
            order += 1;
            handle("reorder", order, 200);
            if orders.send(order).is_err() {
                return;
            }
        }
    }

    /// Accepts connections.
    pub(crate) fn serve(listener: &TcpListener, orders: &Sender<u64>, every: u64) -> io::Result<()> {
        for stream in listener.incoming() {
            let (stream, orders) = (stream?, orders.clone());
            thread::spawn(move || talk(stream, &orders, every));
        }
        Ok(())
    }

    /// Answers the requests of one connection.
    fn talk(mut stream: TcpStream, orders: &Sender<u64>, every: u64) -> io::Result<()> {
        let requests = BufReader::new(stream.try_clone()?);
        for request in requests.lines() {
            let order = request?.parse().unwrap_or_default();
            handle("request", order, every);
            let _ = orders.send(order + 1_000_000);
            writeln!(stream, "{order}")?;
        }
        Ok(())
    }

    /// Prints a failure, and goes on.
    fn handle(kind: &str, order: u64, every: u64) {
        if let Err(error) = check(kind, order, every) {
            println!("{} {error}", unix_ms());
        }
    }

    fn check(kind: &str, order: u64, every: u64) -> Result<(), SoldOut> {
        reserve(kind, order, every)?;
        Ok(())
    }

    fn reserve(kind: &str, order: u64, every: u64) -> Result<u64, SoldOut> {
        if order.is_multiple_of(every) { Err(SoldOut { job: format!("{kind} {order}") }) } else { Ok(order) }
    }

    #[omegi::untraced]
    fn unix_ms() -> u128 {
        SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_millis()
    }
}

/// A customer that keeps one connection.
mod customer {
    use std::io::{self, BufRead as _, BufReader, Write as _};
    use std::net::{SocketAddr, TcpStream};
    use std::thread;
    use std::time::Duration;

    #[omegi::untraced]
    pub(crate) fn ask(address: SocketAddr) -> io::Result<()> {
        let mut stream = TcpStream::connect(address)?;
        let mut answers = BufReader::new(stream.try_clone()?).lines();
        for order in 1u64.. {
            writeln!(stream, "{order}")?;
            answers.next().transpose()?;
            thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }
}
