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

/// A receiver's choice of its answers, by the number of the request, from 0 on.
type Script =
    dyn Fn(usize, &ExportTraceServiceRequest) -> Result<ExportTraceServiceResponse, Status> + Send + Sync;

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

    /// Starts a receiver that takes no message of more bytes, as tonic refuses them, and chooses
    /// its answer to others.
    pub(crate) fn start_by(
        max_bytes: usize,
        script: impl Fn(usize, &ExportTraceServiceRequest) -> Result<ExportTraceServiceResponse, Status>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        Self::serve_on(Server::builder(), max_bytes, Arc::new(script))
    }

    /// Starts the same on a configured server.
    pub(crate) fn start_on(server: Server, answer: Result<ExportTraceServiceResponse, Status>) -> Self {
        Self::serve_on(server, 4 << 20, Arc::new(move |_, _| answer.clone()))
    }

    fn serve_on(server: Server, max_bytes: usize, script: Arc<Script>) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let received = Arc::default();
        let service = TraceReceiver { script, received: Arc::clone(&received) };
        std::thread::spawn(move || serve(server, listener, service, max_bytes));
        Self { address, received }
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }
}

fn serve(mut server: Server, listener: std::net::TcpListener, service: TraceReceiver, max_bytes: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        listener.set_nonblocking(true).unwrap();
        let incoming = TcpListenerStream::new(tokio::net::TcpListener::from_std(listener).unwrap());
        let service = TraceServiceServer::new(service).accept_compressed(CompressionEncoding::Gzip);
        let service = service.max_decoding_message_size(max_bytes);
        server.add_service(service).serve_with_incoming(incoming).await.unwrap();
    });
}

struct TraceReceiver {
    script: Arc<Script>,
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
        let mut received = self.received.lock().unwrap();
        let answer = (self.script)(received.len(), request.get_ref());
        received.push((authorization, request.into_inner()));
        answer.map(Response::new)
    }
}
