//! A receiver, and the program that sends to it.

use std::thread;

use super::arrivals::Arrivals;
use super::door::Door;
use super::over_grpc::{self, GrpcReceiver};
use super::over_http::{self, HttpReceiver};
use super::program::{Program, Report};

/// A receiver, and the program that sends to it.
pub(crate) struct Backend {
    pub(crate) program: Program,
    pub(crate) arrivals: Arrivals,
}

impl Backend {
    /// A receiver that speaks HTTP and follows this script.
    pub(crate) fn over_http(door: Door, script: over_http::Script) -> Self {
        Self::of_http(&HttpReceiver::start(door, script))
    }

    pub(crate) fn of_http(receiver: &HttpReceiver) -> Self {
        let endpoint = format!("http://127.0.0.1:{}", receiver.port);
        Self { program: Program::new("http/protobuf", endpoint), arrivals: receiver.arrivals.clone() }
    }

    /// A receiver that speaks gRPC and follows this script.
    pub(crate) fn over_grpc(door: Door, script: over_grpc::Script) -> Self {
        let receiver = GrpcReceiver::start(door, script);
        let endpoint = format!("http://127.0.0.1:{}", receiver.port);
        Self { program: Program::new("grpc", endpoint), arrivals: receiver.arrivals }
    }

    /// Returns the same with a program that does not wait long for an answer.
    pub(crate) fn hurried(self) -> Self {
        Self { program: self.program.hurried(), ..self }
    }

    /// Runs the program, and beside it the same with a healthy backend: other work of the machine
    /// slows down both.
    pub(crate) fn beside(&self, well: &Self) -> (Report, Report) {
        thread::scope(|scope| {
            let without = scope.spawn(|| well.program.run());
            let with = self.program.run();
            (with, without.join().unwrap())
        })
    }

    /// Asserts that trouble of this backend adds no time to the program's calls, and loses no
    /// failed flow. Returns the program's report.
    pub(crate) fn assert_harmless(&self, name: &str, well: &Self) -> Report {
        let (with, without) = self.beside(well);
        println!("{name}: with {with:?}\n{name}: without {without:?}");
        without.assert_all_failed_arrived(&well.arrivals);
        with.assert_all_failed_arrived(&self.arrivals);
        with.assert_as_quick_as(&without);
        with
    }
}
