//! What stands between the functions and the local AWS: it counts what they ask, and can say no.
//!
//! Only the functions' own calls pass through it; a test's clients talk to the emulator directly, so
//! a table that is throttled for the functions can still be read by whoever judges them.
//! Method, path, headers and body go on as they came, `Host` included, and so do the answers. Only
//! where the table is to tell what a call cost is something added, and the call signed anew for it,
//! because the emulator checks signatures.
//!
//! It deliberately does not: delay anything; or lose an answer that was given, which the stand-in
//! supplier does where it matters.

use std::collections::{BTreeMap, HashMap};
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context as _;
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use url::form_urlencoded;

/// What concerns one connection only, and is said anew on the next.
const OF_ONE_CONNECTION: [HeaderName; 4] =
    [header::CONNECTION, header::TRANSFER_ENCODING, header::CONTENT_LENGTH, header::EXPECT];

/// A service by the name that requests to it are signed for, such as `dynamodb`.
pub type Service = &'static str;

/// The services that can be told apart and refused.
const SERVICES: [Service; 9] =
    ["dynamodb", "sqs", "sns", "s3", "ssm", "lambda", "sts", "kms", "logs"];

/// Whom a call came from and what it asked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// The function's folder, or the access key of somebody unknown.
    pub caller: String,
    /// The service, or `other`.
    pub service: Service,
    /// The operation, such as `PutItem`; for the bucket the method.
    pub operation: String,
}

/// What was seen of one kind of call.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Tally {
    /// Calls, those that were refused too.
    pub calls: u64,
    /// Calls that were refused here.
    pub refused: u64,
    /// Calls that were answered 4xx or 5xx, here or behind.
    pub failed: u64,
    /// Bytes of their bodies.
    pub sent_bytes: u64,
    /// Bytes of the answers' bodies.
    pub received_bytes: u64,
    /// Capacity units, where the answer told them.
    pub capacity: f64,
}

/// A rule: these calls get no for an answer and do not reach the emulator.
#[derive(Debug, Clone)]
pub struct Refusal {
    service: Service,
    operation: Option<&'static str>,
    caller: Option<&'static str>,
    per_thousand: u64,
    status: u16,
    code: &'static str,
    met: u64,
}

impl Refusal {
    /// All calls of a service, answered with this status and code.
    pub fn of(service: Service, status: u16, code: &'static str) -> Self {
        let (operation, caller) = (None, None);
        Self { service, operation, caller, per_thousand: 1_000, status, code, met: 0 }
    }

    /// The table has no more capacity.
    pub fn throttled_table() -> Self {
        Self::of("dynamodb", 400, "ProvisionedThroughputExceededException")
    }

    /// The topic is not there.
    pub fn missing_topic() -> Self {
        Self::of("sns", 404, "NotFound").only("Publish")
    }

    /// Only this operation.
    pub fn only(mut self, operation: &'static str) -> Self {
        self.operation = Some(operation);
        self
    }

    /// Only what this function calls.
    pub fn from(mut self, function: &'static str) -> Self {
        self.caller = Some(function);
        self
    }

    /// Only so many in a thousand, evenly spread.
    pub fn share(mut self, per_thousand: u16) -> Self {
        self.per_thousand = u64::from(per_thousand);
        self
    }

    fn meets(&mut self, call: &Call) -> bool {
        let is_meant = self.service == call.service
            && self.operation.is_none_or(|operation| operation == call.operation)
            && self.caller.is_none_or(|caller| caller == call.caller);
        if !is_meant {
            return false;
        }
        self.met += 1;
        self.met * self.per_thousand / 1_000 > (self.met - 1) * self.per_thousand / 1_000
    }

    /// The no in the service's own words, so that its SDK knows the error.
    fn answer(&self) -> Response {
        let code = self.code;
        let (kind, body) = match self.service {
            "sns" | "sts" => (
                "text/xml",
                format!(
                    "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>\
                     <Message>refused by a test</Message></Error>\
                     <RequestId>refused</RequestId></ErrorResponse>"
                ),
            ),
            "s3" => (
                "application/xml",
                format!("<Error><Code>{code}</Code><Message>refused by a test</Message></Error>"),
            ),
            "dynamodb" => (
                "application/x-amz-json-1.0",
                format!(
                    r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{code}","message":"refused by a test"}}"#
                ),
            ),
            _ => (
                "application/x-amz-json-1.0",
                format!(r#"{{"__type":"{code}","message":"refused by a test"}}"#),
            ),
        };
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        (status, [(header::CONTENT_TYPE, kind)], body).into_response()
    }
}

/// A running proxy, which stops when it is dropped.
pub struct Proxy {
    seen: Arc<Seen>,
    url: String,
    server: JoinHandle<()>,
}

struct Seen {
    behind: String,
    client: reqwest::Client,
    state: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    bill: BTreeMap<Call, Tally>,
    refusals: Vec<Refusal>,
    functions: HashMap<String, Function>,
    asks_capacity: bool,
}

/// Who signs with an access key, and the secret it signs with.
struct Function {
    name: String,
    secret: String,
}

impl Seen {
    fn state(&self) -> MutexGuard<'_, Known> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Proxy {
    /// Starts one on a free port of this machine, in front of what answers at this address.
    ///
    /// # Errors
    /// No port is free, or no client can be built.
    pub async fn start(behind: &str) -> anyhow::Result<Self> {
        // A connection for each call: one that the emulator closed in the meantime would look like a failure.
        let client = crate::supplier::plain_client()?.pool_max_idle_per_host(0);
        let client = client.build().context("build the proxy's client")?;
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("bind the proxy")?;
        let url = format!("http://{}", listener.local_addr().context("the proxy's address")?);
        let state = Mutex::new(Known::default());
        let seen = Arc::new(Seen { behind: behind.to_owned(), client, state });
        let service = Router::new().fallback(pass).with_state(Arc::clone(&seen));
        let server = tokio::spawn(async move {
            // Serving never fails, by axum's own account; there would be nobody to tell.
            drop(axum::serve(listener, service).await);
        });
        Ok(Self { seen, url, server })
    }

    /// The address to give in place of the emulator's, without a slash at its end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Says which function signs with this access key, and with what secret.
    pub fn introduce(&self, function: &str, access_key: String, secret: String) {
        let function = Function { name: function.to_owned(), secret };
        self.seen.state().functions.insert(access_key, function);
    }

    /// Refuses these calls as well from now on; the first rule that a call meets answers it.
    pub fn refuse(&self, refusal: Refusal) {
        self.seen.state().refusals.push(refusal);
    }

    /// Lets everything pass from now on.
    pub fn mend(&self) {
        self.seen.state().refusals.clear();
    }

    /// Whether to have the table tell, with each answer to a function, what the call cost it.
    pub fn ask_for_capacity(&self, ask: bool) {
        self.seen.state().asks_capacity = ask;
    }

    /// What was seen so far.
    pub fn bill(&self) -> BTreeMap<Call, Tally> {
        self.seen.state().bill.clone()
    }

    /// The calls of one service by any function: how many, and how many were refused here.
    pub fn calls(&self, service: &str, operation: &str) -> (u64, u64) {
        let state = self.seen.state();
        let mut total = (0, 0);
        for (call, tally) in &state.bill {
            if call.service == service && call.operation == operation {
                total = (total.0 + tally.calls, total.1 + tally.refused);
            }
        }
        total
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Refuses a call, or hands it on and its answer back.
async fn pass(State(seen): State<Arc<Seen>>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let Ok(mut body) = to_bytes(body, usize::MAX).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let mut call = told(&parts.method, parts.uri.query(), &parts.headers, &body);
    let sent_bytes = body.len() as u64;
    let asked = body.clone();
    let refusal = {
        let mut state = seen.state();
        if let Some(Function { name, secret }) = state.functions.get(&call.caller) {
            call.caller = name.clone();
            if state.asks_capacity && call.service == "dynamodb" {
                body = asking_for_capacity(body);
                sign(&mut parts.headers, secret, &body);
            }
        }
        let mut refusals = state.refusals.iter_mut();
        refusals.find_map(|refusal| refusal.meets(&call).then(|| refusal.clone()))
    };
    let (answer, received) = match &refusal {
        Some(refusal) => (refusal.answer(), Bytes::new()),
        None => {
            let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
            let url = format!("{}{path}", seen.behind);
            let headers = onward(&parts.headers);
            let request = seen.client.request(parts.method, url).headers(headers).body(body);
            match answered(request).await {
                Ok(answered) => answered,
                // The SDK behind us takes this for what it is: nobody there.
                Err(error) => {
                    ((StatusCode::BAD_GATEWAY, format!("{error:#}")).into_response(), Bytes::new())
                }
            }
        }
    };
    let is_failed = answer.status().is_client_error() || answer.status().is_server_error();
    let capacity = match call.service {
        "dynamodb" if refusal.is_none() => capacity(&call.operation, &asked, &received),
        _ => 0.0,
    };
    let mut state = seen.state();
    let tally = state.bill.entry(call).or_default();
    tally.calls += 1;
    tally.refused += u64::from(refusal.is_some());
    tally.failed += u64::from(is_failed);
    tally.sent_bytes += sent_bytes;
    tally.received_bytes += received.len() as u64;
    tally.capacity += capacity;
    answer
}

/// The answer to hand back, and its bytes to look into.
async fn answered(request: reqwest::RequestBuilder) -> anyhow::Result<(Response, Bytes)> {
    let answer = request.send().await.context("ask the emulator")?;
    let (status, mut headers) = (answer.status(), answer.headers().clone());
    let bytes = answer.bytes().await.context("read the emulator's answer")?;
    headers.remove(header::CONNECTION);
    headers.remove(header::TRANSFER_ENCODING);
    let mut response = Response::new(Body::from(bytes.clone()));
    *response.status_mut() = status;
    // With the length it was told with: a HEAD's answer has one and no body.
    *response.headers_mut() = headers;
    Ok((response, bytes))
}

fn onward(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    // Of an empty body the next client says nothing by itself, and its length may be signed.
    let empty = headers.get(header::CONTENT_LENGTH).filter(|length| *length == "0").cloned();
    for name in OF_ONE_CONNECTION {
        headers.remove(name);
    }
    // Or the emulator keeps its end open, and has no files left after some thousands.
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    headers.extend(empty.map(|length| (header::CONTENT_LENGTH, length)));
    headers
}

/// What a call's own head and body tell of it.
fn told(method: &Method, query: Option<&str>, headers: &HeaderMap, body: &[u8]) -> Call {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let signed = text("authorization").unwrap_or_default();
    // AWS4-HMAC-SHA256 Credential=<key>/<day>/<region>/<service>/aws4_request, SignedHeaders=…
    let scope = signed.split("Credential=").nth(1).unwrap_or_default();
    let scope: Vec<&str> = scope.split(',').next().unwrap_or_default().split('/').collect();
    let caller = scope.first().copied().unwrap_or_default().to_owned();
    let service = SERVICES.into_iter().find(|name| scope.get(3) == Some(name)).unwrap_or("other");
    let target = text("x-amz-target").and_then(|target| target.rsplit('.').next());
    let action = || {
        let is_form = text("content-type").is_some_and(|kind| kind.contains("form-urlencoded"));
        let form = if is_form { body } else { query.unwrap_or_default().as_bytes() };
        let mut fields = form_urlencoded::parse(form);
        fields.find(|(name, _)| name == "Action").map(|(_, action)| action.into_owned())
    };
    let operation = target.map(str::to_owned).or_else(action);
    Call { caller, service, operation: operation.unwrap_or_else(|| method.to_string()) }
}

fn asking_for_capacity(body: Bytes) -> Bytes {
    let Ok(Value::Object(mut fields)) = serde_json::from_slice(&body) else { return body };
    fields.entry("ReturnConsumedCapacity").or_insert_with(|| "TOTAL".into());
    serde_json::to_vec(&fields).map_or(body, Bytes::from)
}

/// Replaces the signature of a call to `POST /` by one over this body; what was signed stays.
pub(crate) fn sign(headers: &mut HeaderMap, secret: &str, body: &[u8]) {
    headers.insert(header::CONTENT_LENGTH, body.len().into());
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let authorization = text("authorization").unwrap_or_default().to_owned();
    let part = |name: &str| {
        let found = authorization.split_once(name).map(|(_, rest)| rest);
        found.and_then(|rest| rest.split([',', ' ']).next()).unwrap_or_default()
    };
    let (names, scope) = (part("SignedHeaders="), part("Credential="));
    let scope = scope.split_once('/').map_or(scope, |(_, scope)| scope);
    let mut canonical = "POST\n/\n\n".to_owned();
    for name in names.split(';') {
        canonical.push_str(&format!("{name}:{}\n", text(name).unwrap_or_default().trim()));
    }
    canonical.push_str(&format!("\n{names}\n{}", hex(&Sha256::digest(body))));
    let date = text("x-amz-date").unwrap_or_default();
    let canonical = hex(&Sha256::digest(canonical));
    let to_sign = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{canonical}");
    let mut key = format!("AWS4{secret}").into_bytes();
    for step in scope.split('/') {
        key = keyed(&key, step);
    }
    let signature = hex(&keyed(&key, &to_sign));
    let signed = authorization.replace(part("Signature="), &signature);
    if let Ok(signed) = HeaderValue::from_str(&signed) {
        headers.insert(header::AUTHORIZATION, signed);
    }
}

fn keyed(key: &[u8], text: &str) -> Vec<u8> {
    // A key of any length will do for an HMAC.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The units that AWS charges for a call.
///
/// For a write as the answer tells, which knows the index too; one whose condition failed is charged
/// all the same, which the emulator does not say. A read is charged by the size of what it brings, and
/// there the emulator tells the least only, or nothing.
fn capacity(operation: &str, asked: &[u8], answer: &[u8]) -> f64 {
    let Ok(answer) = serde_json::from_slice::<Value>(answer) else { return 0.0 };
    let units =
        |told: &Value| told.get("CapacityUnits").and_then(Value::as_f64).unwrap_or_default();
    let told = match answer.get("ConsumedCapacity") {
        Some(Value::Array(tables)) => tables.iter().map(units).sum(),
        Some(told) => units(told),
        None => 0.0,
    };
    if let Some(error) = answer.get("__type").and_then(Value::as_str) {
        let reasons = answer.get("CancellationReasons").and_then(Value::as_array);
        return match error.rsplit('#').next() {
            Some("ConditionalCheckFailedException") => 1.0,
            Some("TransactionCanceledException") => {
                2.0 * reasons.map_or(1.0, |reasons| reasons.len() as f64)
            }
            _ => 0.0,
        };
    }
    let is_consistent = || {
        let asked = serde_json::from_slice::<Value>(asked).unwrap_or_default();
        asked.get("ConsistentRead").and_then(Value::as_bool).unwrap_or_default()
    };
    let read = |bytes: u64| {
        let blocks = bytes.div_ceil(4 * 1024).max(1) as f64;
        if is_consistent() { blocks } else { blocks / 2.0 }
    };
    let brought: f64 = match operation {
        // Many items are charged together where they lie together, and each by itself otherwise.
        "Query" | "Scan" => read(items(answer.get("Items")).sum()),
        "GetItem" => read(answer.get("Item").map_or(0, item_bytes)),
        "BatchGetItem" => {
            let tables = answer.get("Responses").and_then(Value::as_object);
            let tables = tables.into_iter().flat_map(|tables| tables.values());
            tables.flat_map(|table| items(Some(table))).map(read).sum()
        }
        _ => 0.0,
    };
    brought.max(told)
}

fn items(list: Option<&Value>) -> impl Iterator<Item = u64> {
    list.and_then(Value::as_array).into_iter().flatten().map(item_bytes)
}

/// What AWS takes an item's size for: its attributes' names and values.
fn item_bytes(item: &Value) -> u64 {
    let attributes = item.as_object().into_iter().flatten();
    attributes.map(|(name, value)| name.len() as u64 + value_bytes(value)).sum()
}

fn value_bytes(value: &Value) -> u64 {
    let Some((kind, held)) = value.as_object().and_then(|value| value.iter().next()) else {
        return 0;
    };
    let text = || held.as_str().map_or(0, |text| text.len() as u64);
    match kind.as_str() {
        "S" => text(),
        "N" => text().div_ceil(2) + 1,
        "B" => text() * 3 / 4,
        "L" => 3 + held.as_array().into_iter().flatten().map(|v| 1 + value_bytes(v)).sum::<u64>(),
        "M" => {
            let parts = held.as_object().into_iter().flatten();
            3 + parts.map(|(name, v)| 1 + name.len() as u64 + value_bytes(v)).sum::<u64>()
        }
        "SS" | "NS" | "BS" => {
            let set = held.as_array().into_iter().flatten();
            set.map(|member| member.as_str().map_or(0, |text| text.len() as u64)).sum()
        }
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What arrived at a server that says what it got.
    async fn echo(request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        let head = format!("{} {}\n{:?}\n", parts.method, parts.uri, parts.headers);
        let told = r#"{"ConsumedCapacity":[{"CapacityUnits":2.5},{"CapacityUnits":1}]}"#;
        match parts.uri.path() {
            "/table" => ([("x-body", format!("{body:?}"))], told).into_response(),
            _ => [head.as_bytes(), &body].concat().into_response(),
        }
    }

    async fn stage() -> (Proxy, JoinHandle<()>, reqwest::Client) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let behind = format!("http://{}", listener.local_addr().unwrap());
        let service = Router::new().fallback(echo);
        let server = tokio::spawn(async move { drop(axum::serve(listener, service).await) });
        let proxy = Proxy::start(&behind).await.unwrap();
        proxy.introduce("send", "AKSEND".to_owned(), "a secret".to_owned());
        let client = crate::supplier::plain_client().unwrap().build().unwrap();
        (proxy, server, client)
    }

    fn signed(key: &str, service: &str) -> String {
        format!(
            "AWS4-HMAC-SHA256 Credential={key}/20260310/eu-west-2/{service}/aws4_request, \
             SignedHeaders=host, Signature=00"
        )
    }

    #[tokio::test]
    async fn a_call_goes_on_as_it_came() {
        let (proxy, server, client) = stage().await;
        let request = client
            .put(format!("{}/a%20bucket/a+key?x=%2F&y", proxy.url()))
            .header("host", "a-name.example:99")
            .header("authorization", signed("AKSEND", "s3"))
            .body(vec![0, 159, 146, 150]);
        let answer = request.send().await.unwrap().bytes().await.unwrap();
        let (head, body) = answer.split_at(answer.len() - 4);
        let head = String::from_utf8_lossy(head);
        assert!(head.starts_with("PUT /a%20bucket/a+key?x=%2F&y\n"), "{head}");
        assert!(head.contains(r#""host": "a-name.example:99""#), "{head}");
        assert_eq!(body, [0, 159, 146, 150]);
        let call = Call { caller: "send".to_owned(), service: "s3", operation: "PUT".to_owned() };
        let tally = proxy.bill()[&call];
        let bytes = (tally.sent_bytes, tally.received_bytes);
        assert_eq!(bytes, (4, answer.len() as u64));
        server.abort();
    }

    #[tokio::test]
    async fn what_is_meant_is_refused_in_its_share_and_the_rest_passes() {
        let (proxy, server, client) = stage().await;
        proxy.refuse(Refusal::throttled_table().from("send").share(500));
        proxy.refuse(Refusal::missing_topic());
        let ask = async |key: &str, operation: &str| {
            let request = client
                .post(format!("{}/table", proxy.url()))
                .header("authorization", signed(key, "dynamodb"))
                .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
                .body("{}");
            request.send().await.unwrap()
        };
        let mut statuses = Vec::new();
        for _ in 0..4 {
            statuses.push(ask("AKSEND", "PutItem").await.status().as_u16());
        }
        assert_eq!(statuses, [200, 400, 200, 400]);
        assert_eq!(ask("AKELSE", "PutItem").await.status(), 200);
        let publish = client
            .post(proxy.url())
            .header("authorization", signed("AKELSE", "sns"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body("Action=Publish&TopicArn=x");
        let no = publish.send().await.unwrap();
        assert_eq!(no.status(), 404);
        assert!(no.text().await.unwrap().contains("<Code>NotFound</Code>"));
        proxy.mend();
        assert_eq!(ask("AKSEND", "PutItem").await.status(), 200);
        assert_eq!(proxy.calls("dynamodb", "PutItem"), (6, 2));
        assert_eq!(proxy.calls("sns", "Publish"), (1, 1));
        server.abort();
    }

    #[test]
    fn a_call_costs_what_it_brings_and_what_it_tried() {
        let item = |letters: usize| format!(r#"{{"pk":{{"S":"{}"}}}}"#, "x".repeat(letters));
        let told = r#""ConsumedCapacity":{"CapacityUnits":0.5}"#;
        let query = format!(r#"{{{told},"Items":[{},{}]}}"#, item(3000), item(3000));
        let units = |operation, asked: &str, answer: &str| {
            capacity(operation, asked.as_bytes(), answer.as_bytes())
        };
        assert_eq!(units("Query", "{}", &query), 1.0);
        assert_eq!(units("Query", r#"{"ConsistentRead":true}"#, &query), 2.0);
        let batch = format!(r#"{{{told},"Responses":{{"t":[{},{}]}}}}"#, item(9), item(9000));
        assert_eq!(units("BatchGetItem", "{}", &batch), 0.5 + 1.5);
        let failed =
            r#"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"}"#;
        assert_eq!(units("PutItem", "{}", failed), 1.0);
        let cancelled =
            r#"{"__type":"x#TransactionCanceledException","CancellationReasons":[{},{}]}"#;
        assert_eq!(units("TransactWriteItems", "{}", cancelled), 4.0);
    }

    #[tokio::test]
    async fn the_table_is_asked_what_a_call_cost() {
        let (proxy, server, client) = stage().await;
        let ask = async |body: &'static str| {
            let request = client
                .post(format!("{}/table", proxy.url()))
                .header("authorization", signed("AKSEND", "dynamodb"))
                .header("x-amz-target", "DynamoDB_20120810.GetItem")
                .body(body);
            let answer = request.send().await.unwrap();
            answer.headers()["x-body"].to_str().unwrap().to_owned()
        };
        assert_eq!(ask("{}").await, r#"b"{}""#);
        proxy.ask_for_capacity(true);
        let asked = ask(r#"{"TableName":"t"}"#).await;
        assert!(asked.contains("ReturnConsumedCapacity") && asked.contains("TOTAL"), "{asked}");
        let call = Call {
            caller: "send".to_owned(),
            service: "dynamodb",
            operation: "GetItem".to_owned(),
        };
        assert_eq!((proxy.bill()[&call].calls, proxy.bill()[&call].capacity), (2, 7.0));
        server.abort();
    }
}
