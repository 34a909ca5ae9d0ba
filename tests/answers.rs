//! With the flow rate at 0, a server keeps no flow for an error that its answer blames on the
//! caller, but the first few. It keeps each flow with any other error.

use std::future::Future;
use std::sync::OnceLock;
use std::time::Duration;

use actix_web::{App, HttpServer};
use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use axum::routing::get;
use omegi::{Flow, MemoryExporter};
use omegi_actix_web::ServerMiddleware;
use omegi_tests::start_for_good;
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Code, Request, Response, Status};
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::health_server::{Health, HealthServer};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};
use tower::{ServiceBuilder, ServiceExt as _};

/// The number of requests of each sort.
const REQUESTS: usize = 60;

/// The most flows that are kept as examples.
const EXAMPLES: usize = 10;

/// The item that does not exist, the one for which the database fails, and the one that does not
/// exist and whose miss cannot be cached.
const MISSING: u32 = 404;
const BROKEN: u32 = 500;
const UNCACHED: u32 = 405;

/// A flush tells the open flows of all tests, so they run one after the other.
static ALONE: Mutex<()> = Mutex::const_new(());

fn memory() -> &'static MemoryExporter {
    static MEMORY: OnceLock<MemoryExporter> = OnceLock::new();
    MEMORY.get_or_init(|| {
        let memory = MemoryExporter::bounded(100_000);
        start_for_good(omegi::builder().flow_rate(0).exporter(memory.clone()));
        memory
    })
}

/// Returns the exported flows that hold a span of this name.
fn flows_with(name: &str) -> Vec<Flow> {
    assert!(omegi::flush(Duration::from_secs(60)), "the worker did not answer");
    let mut flows = memory().flows();
    flows.retain(|flow| flow.spans.iter().any(|span| span.name == name));
    flows
}

/// Checks the flows of a server: `ask` requests an item, and returns whether the response says that
/// its flow is kept. `handler` is the name of the handler's span.
async fn check<F: Future<Output = bool>>(handler: &str, ask: impl Fn(u32) -> F) {
    for _ in 0..REQUESTS {
        assert!(!ask(MISSING).await, "{handler}: a flow that is not kept is announced as kept");
    }
    let examples = flows_with(handler).len();
    assert!((1..=EXAMPLES).contains(&examples), "{handler}: {examples} flows with an error of the caller");
    let mut kept = examples;
    for item in [BROKEN, UNCACHED] {
        for _ in 0..20 {
            assert!(ask(item).await, "{handler}: item {item} is not announced as kept");
        }
        kept += 20;
        assert_eq!(flows_with(handler).len(), kept, "{handler}: item {item}");
    }
    assert!(!ask(MISSING).await);
    assert_eq!(flows_with(handler).len(), kept);
}

/// Functions of one server: the kinds of error of each server are its own.
macro_rules! shop {
    ($name:ident) => {
        #[omegi::instrument_crate]
        mod $name {
            use super::{BROKEN, MISSING, UNCACHED};

            #[derive(Debug)]
            pub(crate) enum ShopError {
                NotFound,
                NoDatabase,
            }

            impl std::fmt::Display for ShopError {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    write!(f, "{self:?}")
                }
            }

            impl std::error::Error for ShopError {}

            pub(crate) fn find(item: u32) -> Result<u32, ShopError> {
                match item {
                    MISSING => Err(ShopError::NotFound),
                    BROKEN => Err(ShopError::NoDatabase),
                    UNCACHED => {
                        let _ = cache_miss(item);
                        Err(ShopError::NotFound)
                    }
                    item => Ok(item),
                }
            }

            fn cache_miss(item: u32) -> Result<(), String> {
                Err(format!("cannot cache {item}"))
            }
        }
    };
}

shop!(axum_shop);
shop!(axum_bare_shop);
shop!(tonic_shop);
shop!(actix_shop);
shop!(tower_shop);

fn says_kept(headers: &http::HeaderMap) -> bool {
    headers.contains_key("server-timing")
}

async fn ask_by_http(address: &str, path: &str) -> bool {
    says_kept(reqwest::get(format!("http://{address}{path}")).await.unwrap().headers())
}

async fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}

impl axum::response::IntoResponse for axum_shop::ShopError {
    fn into_response(self) -> axum::response::Response {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND.into_response(),
            Self::NoDatabase => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }
}

#[omegi::traced]
async fn axum_handler(Path(item): Path<u32>) -> Result<String, axum_shop::ShopError> {
    Ok(axum_shop::find(item)?.to_string())
}

/// A handler that is not woven: the span of the server calls the shop.
async fn bare_handler(Path(item): Path<u32>) -> axum::response::Response {
    match axum_bare_shop::find(item) {
        Ok(item) => item.to_string().into_response(),
        Err(axum_bare_shop::ShopError::NotFound) => StatusCode::NOT_FOUND.into_response(),
        Err(axum_bare_shop::ShopError::NoDatabase) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_axum() {
    let _alone = ALONE.lock().await;
    memory();
    let (listener, address) = listener().await;
    let router = Router::new()
        .route("/woven/{item}", get(axum_handler))
        .route("/bare/{item}", get(bare_handler))
        .layer(omegi_axum::ServerLayer::new());
    tokio::spawn(axum::serve(listener, router).into_future());
    let address = address.as_str();
    check("axum_handler", async |item| ask_by_http(address, &format!("/woven/{item}")).await).await;
    check("axum_bare_shop::find", async |item| ask_by_http(address, &format!("/bare/{item}")).await).await;
}

#[omegi::traced]
async fn tower_handler(request: http::Request<String>) -> Result<http::Response<String>, String> {
    let item = request.body().parse().unwrap_or_default();
    let status = match tower_shop::find(item) {
        Ok(_) => 200,
        Err(tower_shop::ShopError::NotFound) => return tower_answer(404, item),
        Err(tower_shop::ShopError::NoDatabase) => 500,
    };
    tower_answer(status, item)
}

fn tower_answer(status: u16, item: u32) -> Result<http::Response<String>, String> {
    Ok(http::Response::builder().status(status).body(item.to_string()).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_tower_with_the_error_of_a_handler_that_answers_itself() {
    let _alone = ALONE.lock().await;
    memory();
    let ask = async |item: u32| {
        let service = ServiceBuilder::new().layer(omegi_tower::ServerLayer::new()).service_fn(
            async |request: http::Request<String>| {
                let item = request.body().parse().unwrap_or_default();
                let status = match tower_shop::find(item) {
                    Ok(_) => 200,
                    Err(tower_shop::ShopError::NotFound) => 404,
                    Err(tower_shop::ShopError::NoDatabase) => 500,
                };
                tower_answer(status, item)
            },
        );
        says_kept(service.oneshot(http::Request::new(item.to_string())).await.unwrap().headers())
    };
    check("tower_shop::find", ask).await;
    // A woven handler that handles the error by itself: nothing says that the answer comes from it.
    let service = || ServiceBuilder::new().layer(omegi_tower::ServerLayer::new()).service_fn(tower_handler);
    for _ in 0..20 {
        let response = service().oneshot(http::Request::new(MISSING.to_string())).await.unwrap();
        assert!(says_kept(response.headers()));
    }
    assert_eq!(flows_with("tower_handler").len(), 20);
}

struct Items;

#[omegi::traced]
async fn tonic_handler(item: u32) -> Result<HealthCheckResponse, Status> {
    let found = tonic_shop::find(item).map_err(|error| match error {
        tonic_shop::ShopError::NotFound => Status::not_found("no item"),
        tonic_shop::ShopError::NoDatabase => Status::internal("no database"),
    })?;
    Ok(HealthCheckResponse { status: i32::try_from(found).unwrap_or_default() })
}

#[tonic::async_trait]
impl Health for Items {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        tonic_handler(request.get_ref().service.parse().unwrap_or_default()).await.map(Response::new)
    }

    type WatchStream = tokio_stream::Empty<Result<HealthCheckResponse, Status>>;

    async fn watch(&self, _: Request<HealthCheckRequest>) -> Result<Response<Self::WatchStream>, Status> {
        Err(Status::unimplemented("not yet"))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_tonic() {
    let _alone = ALONE.lock().await;
    memory();
    let (listener, address) = listener().await;
    let router = tonic::transport::Server::builder()
        .layer(omegi_tonic::ServerLayer::new())
        .add_service(HealthServer::new(Items));
    tokio::spawn(router.serve_with_incoming(TcpListenerStream::new(listener)));
    let endpoint = tonic::transport::Endpoint::from_shared(format!("http://{address}")).unwrap();
    let channel = endpoint.connect().await.unwrap();
    let ask = async |item: u32| {
        let request = HealthCheckRequest { service: item.to_string() };
        let status = HealthClient::new(channel.clone()).check(request).await.unwrap_err();
        assert!([Code::NotFound, Code::Internal].contains(&status.code()), "{status:?}");
        says_kept(&status.metadata().clone().into_headers())
    };
    check("tonic_handler", ask).await;
}

impl actix_web::ResponseError for actix_shop::ShopError {
    fn status_code(&self) -> actix_web::http::StatusCode {
        match self {
            Self::NotFound => actix_web::http::StatusCode::NOT_FOUND,
            Self::NoDatabase => actix_web::http::StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

#[omegi::traced]
async fn actix_handler(item: actix_web::web::Path<u32>) -> Result<String, actix_shop::ShopError> {
    Ok(actix_shop::find(*item)?.to_string())
}

#[test]
fn of_actix_web() {
    memory();
    actix_web::rt::System::new().block_on(async {
        let _alone = ALONE.lock().await;
        let app = || {
            App::new().wrap(ServerMiddleware::new()).route("/{item}", actix_web::web::get().to(actix_handler))
        };
        let server = HttpServer::new(app).workers(1).bind(("127.0.0.1", 0)).unwrap();
        let address = server.addrs()[0].to_string();
        let server = server.run();
        let handle = server.handle();
        let running = actix_web::rt::spawn(server);
        check("actix_handler", async |item| ask_by_http(&address, &format!("/{item}")).await).await;
        handle.stop(false).await;
        let _ = running.await;
    });
}

shop!(spawned_shop);

impl axum::response::IntoResponse for spawned_shop::ShopError {
    fn into_response(self) -> axum::response::Response {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND.into_response(),
            Self::NoDatabase => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }
}

/// Asks a database that blocks.
#[omegi::traced]
async fn spawning_handler(Path(item): Path<u32>) -> Result<String, spawned_shop::ShopError> {
    let found = tokio::task::spawn_blocking(move || spawned_shop::find(item)).await.unwrap()?;
    Ok(found.to_string())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_the_error_of_a_spawned_task() {
    let _alone = ALONE.lock().await;
    memory();
    let (listener, address) = listener().await;
    let router = Router::new().route("/{item}", get(spawning_handler)).layer(omegi_axum::ServerLayer::new());
    tokio::spawn(axum::serve(listener, router).into_future());
    check("spawning_handler", async |item| ask_by_http(&address, &format!("/{item}")).await).await;
}
