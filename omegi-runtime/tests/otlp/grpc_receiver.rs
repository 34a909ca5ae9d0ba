//! An OTLP receiver over gRPC: tonic's server with the service of `opentelemetry-proto`.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::codec::CompressionEncoding;
use tonic::transport::Server;
use tonic::{Request, Response, Status};

/// An `authorization` header and the request that it came with.
type Received = (Option<String>, ExportTraceServiceRequest);

/// A receiver that lives as long as the test's process.
pub(crate) struct GrpcReceiver {
    pub(crate) address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
}

impl GrpcReceiver {
    /// Starts a receiver that gives every request this answer.
    pub(crate) fn start(answer: Result<ExportTraceServiceResponse, Status>) -> Self {
        Self::start_on(Server::builder(), answer)
    }

    /// Starts the same on a configured server.
    pub(crate) fn start_on(server: Server, answer: Result<ExportTraceServiceResponse, Status>) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let received = Arc::default();
        let service = TraceReceiver { answer, received: Arc::clone(&received) };
        std::thread::spawn(move || serve(server, listener, service));
        Self { address, received }
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }
}

fn serve(mut server: Server, listener: std::net::TcpListener, service: TraceReceiver) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        listener.set_nonblocking(true).unwrap();
        let incoming = TcpListenerStream::new(tokio::net::TcpListener::from_std(listener).unwrap());
        let service = TraceServiceServer::new(service).accept_compressed(CompressionEncoding::Gzip);
        server.add_service(service).serve_with_incoming(incoming).await.unwrap();
    });
}

struct TraceReceiver {
    answer: Result<ExportTraceServiceResponse, Status>,
    received: Arc<Mutex<Vec<Received>>>,
}

#[tonic::async_trait]
impl TraceService for TraceReceiver {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let authorization =
            request.metadata().get("authorization").map(|value| value.to_str().unwrap().to_owned());
        self.received.lock().unwrap().push((authorization, request.into_inner()));
        self.answer.clone().map(Response::new)
    }
}
