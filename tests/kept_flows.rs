//! With the flow rate at 0, all three services of a chain keep a request if the third handles an
//! error. None of them keeps a request without errors.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::routing::get;
use http::Request;
use http_body_util::BodyExt as _;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use omegi::{Flow, MemoryExporter};
use omegi_axum::ServerLayer;
use omegi_tower::ClientLayer;
use tokio::net::TcpListener;
use tower::{Layer as _, ServiceExt as _};

#[omegi::instrument_crate]
mod stock {
    pub(crate) fn count(item: u32) -> Result<u32, String> {
        if item < 10 { Ok(item) } else { Err(format!("no item {item}")) }
    }
}

/// Serves `/{item}` in the background. Returns the address.
async fn serve<F>(answer: impl Fn(u32) -> F + Clone + Send + Sync + 'static) -> String
where
    F: Future<Output = String> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let answer = async move |Path(item)| answer(item).await;
    let router = Router::new().route("/{item}", get(answer)).layer(ServerLayer::new());
    tokio::spawn(axum::serve(listener, router).into_future());
    address
}

async fn ask_by_reqwest(url: String) -> String {
    let client = reqwest_middleware::ClientBuilder::new(reqwest::Client::new())
        .with(omegi_reqwest::ClientMiddleware::new())
        .build();
    client.get(url).send().await.unwrap().text().await.unwrap()
}

async fn ask_by_tower(url: String) -> String {
    let client = Client::builder(TokioExecutor::new()).build_http::<Body>();
    let request = Request::get(url).body(Body::empty()).unwrap();
    let response = ClientLayer::new().layer(client).oneshot(request).await.unwrap();
    String::from_utf8_lossy(&response.into_body().collect().await.unwrap().to_bytes()).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_of_a_service_that_keeps_a_flow_keep_theirs() {
    let memory = MemoryExporter::bounded(1_000);
    let _omegi = omegi::builder().flow_rate(0).exporter(memory.clone()).init();

    let third = serve(async |item| format!("{:?}", stock::count(item).ok())).await;
    let second = serve(move |item| ask_by_tower(format!("http://{third}/{item}"))).await;
    let first = serve(move |item| ask_by_reqwest(format!("http://{second}/{item}"))).await;

    let ask = async |item: u32| reqwest::get(format!("http://{first}/{item}")).await.unwrap();
    let successful = ask(7).await;
    assert!(!successful.headers().contains_key("server-timing"));
    assert_eq!(successful.text().await.unwrap(), "Some(7)");
    assert_eq!(flows(&memory, 0).len(), 0);

    let failed = ask(12).await;
    let kept = failed.headers()["server-timing"].to_str().unwrap().to_owned();
    assert_eq!((failed.status().as_u16(), failed.text().await.unwrap()), (200, "None".to_owned()));
    let flows = flows(&memory, 3);
    let outlines: Vec<Vec<_>> =
        flows.iter().map(|flow| flow.spans.iter().map(|span| &*span.name).collect()).collect();
    assert_eq!(outlines, [["GET /{item}", "GET"], ["GET /{item}", "GET"], ["GET /{item}", "stock::count"]]);
    let trace = flows[0].trace_id;
    assert!(kept.contains(&trace.to_string()));
    assert!(flows.iter().all(|flow| flow.trace_id == trace));
    assert!(flows.windows(2).all(|two| two[1].spans[0].parent_span_id == two[0].spans[1].span_id));
}

/// Waits for `count` kept flows, or a short time. Returns them in the order of their starts.
fn flows(memory: &MemoryExporter, count: usize) -> Vec<Flow> {
    for _ in 0..100 {
        assert!(omegi::flush(Duration::from_secs(20)));
        if count > 0 && memory.flows().len() >= count {
            break;
        }
        std::thread::sleep(Duration::from_millis(if count > 0 { 20 } else { 1 }));
    }
    let mut flows = memory.flows();
    flows.sort_by_key(|flow| flow.spans[0].start_ns);
    flows
}
