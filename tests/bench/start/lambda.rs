//! Lambda's side of a function: the Runtime API, on a port of its own for each process.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, bail};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt as _;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};

/// How long an invocation may take: longer than any does.
const TIMEOUT_MS: u128 = 240_000;

/// One function, as Lambda sees it.
pub(crate) struct Lambda {
    /// What `AWS_LAMBDA_RUNTIME_API` is to be.
    pub(crate) address: String,
    give: mpsc::Sender<Bytes>,
    told: mpsc::Receiver<Told>,
    serving: tokio::task::JoinHandle<()>,
}

/// What a function tells Lambda.
enum Told {
    /// It waits for an event.
    Ready,
    /// It answers one.
    Answer(Bytes),
    /// It cannot begin, or an event failed.
    Failure(Bytes),
}

impl Told {
    fn words(&self) -> String {
        match self {
            Self::Ready => "waits".to_owned(),
            Self::Answer(body) => format!("answers {}", String::from_utf8_lossy(body)),
            Self::Failure(body) => format!("fails: {}", String::from_utf8_lossy(body)),
        }
    }
}

#[derive(Clone)]
struct Side {
    events: Arc<Mutex<mpsc::Receiver<Bytes>>>,
    told: mpsc::Sender<Told>,
}

impl Lambda {
    /// Opens a port.
    pub(crate) async fn open() -> anyhow::Result<Self> {
        let tcp = TcpListener::bind("127.0.0.1:0").await?;
        let address = tcp.local_addr()?.to_string();
        let (give, events) = mpsc::channel(1);
        let (tell, told) = mpsc::channel(4);
        let side = Side { events: Arc::new(Mutex::new(events)), told: tell };
        let app = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(failure))
            .route("/2018-06-01/runtime/init/error", post(failure))
            .with_state(side);
        // Without it small writes wait for one another, and that would be measured.
        let tcp = tcp.tap_io(|stream| {
            if let Err(error) = stream.set_nodelay(true) {
                eprintln!("no TCP_NODELAY: {error}");
            }
        });
        let serving = tokio::spawn(async move {
            if let Err(error) = axum::serve(tcp, app).await {
                eprintln!("the Runtime API stopped: {error}");
            }
        });
        Ok(Self { address, give, told, serving })
    }

    /// Waits until the function waits for an event.
    pub(crate) async fn ready(&mut self) -> anyhow::Result<()> {
        match self.told.recv().await.context("nobody is there")? {
            Told::Ready => Ok(()),
            other => bail!("instead of waiting for an event it {}", other.words()),
        }
    }

    /// Gives a function that waits an event, and waits for its answer and until it waits again.
    pub(crate) async fn invoke(&mut self, event: &Value) -> anyhow::Result<Value> {
        self.give.send(Bytes::from(event.to_string())).await?;
        let answer = match self.told.recv().await.context("nobody is there")? {
            Told::Answer(answer) => serde_json::from_slice(&answer).unwrap_or_default(),
            other => bail!("instead of answering it {}", other.words()),
        };
        self.ready().await?;
        Ok(answer)
    }
}

impl Drop for Lambda {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn next(State(side): State<Side>) -> Response {
    let mut events = side.events.lock().await;
    if side.told.send(Told::Ready).await.is_err() {
        return StatusCode::GONE.into_response();
    }
    let Some(event) = events.recv().await else { return StatusCode::GONE.into_response() };
    #[expect(clippy::disallowed_methods, reason = "a deadline is kept by the machine's clock")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let headers = [
        ("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd".to_owned()),
        ("lambda-runtime-deadline-ms", (now + TIMEOUT_MS).to_string()),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:eu-west-2:000000000000:function:bench".to_owned(),
        ),
        // AWS's own client for Python does not live without it.
        (
            "lambda-runtime-trace-id",
            "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0".to_owned(),
        ),
        ("content-type", "application/json".to_owned()),
    ];
    (headers, event).into_response()
}

async fn response(State(side): State<Side>, Path(_): Path<String>, body: Bytes) -> StatusCode {
    told(&side, Told::Answer(body)).await
}

async fn failure(State(side): State<Side>, body: Bytes) -> StatusCode {
    told(&side, Told::Failure(body)).await
}

async fn told(side: &Side, told: Told) -> StatusCode {
    // When nobody listens any more the measure is over.
    if side.told.send(told).await.is_ok() { StatusCode::ACCEPTED } else { StatusCode::GONE }
}
