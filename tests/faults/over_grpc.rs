//! A scripted receiver of OTLP over gRPC.

use std::thread;
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::transport::Server;
use tonic::{Request, Response, Status};

use super::arrivals::Arrivals;
use super::door::Door;

/// The treatment of a request.
pub(crate) enum Deed {
    /// The spans are taken, with this answer.
    Take(ExportTraceServiceResponse),
    /// The spans are not taken, with this answer.
    TurnAway(Status),
    /// The request is never answered.
    Hang,
}

/// The treatment of a request, by the time since the receiver began.
pub(crate) type Script = fn(Duration) -> Deed;

/// A receiver that lives as long as the test's process.
pub(crate) struct GrpcReceiver {
    pub(crate) port: u16,
    pub(crate) arrivals: Arrivals,
}

impl GrpcReceiver {
    /// Starts a receiver that follows this script.
    pub(crate) fn start(door: Door, script: Script) -> Self {
        Self::start_on(Server::builder(), door, script)
    }

    /// Starts the same on a configured server.
    pub(crate) fn start_on(mut server: Server, door: Door, script: Script) -> Self {
        let (address, streams) = door.hang();
        let arrivals = Arrivals::default();
        let service = Receiver { script, begun: Instant::now(), arrivals: arrivals.clone() };
        let (sender, incoming) = tokio::sync::mpsc::unbounded_channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let handle = runtime.handle().clone();
        thread::spawn(move || {
            let server = server.add_service(TraceServiceServer::new(service));
            runtime.block_on(server.serve_with_incoming(UnboundedReceiverStream::new(incoming))).unwrap();
        });
        thread::spawn(move || {
            let _inside = handle.enter();
            for stream in streams {
                stream.set_nonblocking(true).unwrap();
                let stream = tokio::net::TcpStream::from_std(stream);
                if sender.send(stream).is_err() {
                    return;
                }
            }
        });
        Self { port: address.port(), arrivals }
    }
}

struct Receiver {
    script: Script,
    begun: Instant,
    arrivals: Arrivals,
}

#[tonic::async_trait]
impl TraceService for Receiver {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let deed = (self.script)(self.begun.elapsed());
        if !matches!(deed, Deed::Take(_)) {
            self.arrivals.refuse();
        }
        match deed {
            Deed::Take(response) => {
                self.arrivals.take(request.get_ref());
                Ok(Response::new(response))
            }
            Deed::TurnAway(status) => Err(status),
            Deed::Hang => std::future::pending().await,
        }
    }
}
