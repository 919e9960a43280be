//! The services that functions call: a table, queues, parameters, topics, a bucket and a supplier.
//!
//! Each has a port of its own, as each has a host of its own on AWS, so that connections are counted
//! as they would be there. Reads are true of what was written. Writes always succeed: whoever measures
//! lays out the same table anew before each batch, so every condition that was true once is true again.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use axum::serve::Listener;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// The services, by the names AWS's environment variables give their addresses.
pub(crate) const SERVICES: [&str; 6] = ["DYNAMODB", "SQS", "SSM", "SNS", "S3", "NOTIFY"];

/// The call by which the supplier takes a text.
pub(crate) const TEXTED: &str = "Notify.POST /v2/notifications/sms";

/// What counts the items that transactions put, beside the transactions.
const PUT_TOGETHER: &str = "TransactWriteItems puts";

/// An item's place: the table, the partition, the sort key.
type Place = (String, String, String);

#[derive(Default)]
struct Kept {
    items: BTreeMap<Place, Value>,
    laid_out: BTreeMap<Place, Value>,
    objects: BTreeMap<String, Bytes>,
    parameters: BTreeMap<String, String>,
    calls: BTreeMap<String, u64>,
    refused: Vec<String>,
    texts_answered_after: Duration,
    accepted: BTreeMap<String, Vec<Instant>>,
}

/// All services at once.
#[derive(Clone, Default)]
pub(crate) struct Cloud(Arc<Mutex<Kept>>);

impl Cloud {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        // What is in it is whole whatever became of its last holder.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes what is in the tables now what every batch begins with.
    pub(crate) fn keep_layout(&self) {
        let mut kept = self.kept();
        kept.laid_out = kept.items.clone();
    }

    /// Lays the tables out anew.
    pub(crate) fn lay_out(&self) {
        let mut kept = self.kept();
        kept.items = kept.laid_out.clone();
    }

    /// Puts an item that no function wrote.
    pub(crate) fn put(&self, table: &str, item: Value) {
        self.kept().items.insert(place(table, &item), item);
    }

    /// Puts an object into every bucket.
    pub(crate) fn bring(&self, key: &str, body: Vec<u8>) {
        self.kept().objects.insert(key.to_owned(), Bytes::from(body));
    }

    /// Sets a parameter.
    pub(crate) fn set(&self, name: &str, value: &str) {
        self.kept().parameters.insert(name.to_owned(), value.to_owned());
    }

    /// Makes the supplier slow to say that it has taken a text.
    pub(crate) fn answer_texts_after(&self, after: Duration) {
        self.kept().texts_answered_after = after;
    }

    /// When the supplier took texts since this was asked last, by reference.
    pub(crate) fn take_accepted(&self) -> BTreeMap<String, Vec<Instant>> {
        std::mem::take(&mut self.kept().accepted)
    }

    /// The calls since this was asked last, by name.
    pub(crate) fn take_calls(&self) -> BTreeMap<String, u64> {
        std::mem::take(&mut self.kept().calls)
    }

    /// What was asked and is not known here.
    pub(crate) fn refused(&self) -> Vec<String> {
        self.kept().refused.clone()
    }

    /// Opens a port for each service, and gives their addresses.
    pub(crate) async fn open(
        &self,
        tls: &TlsAcceptor,
    ) -> anyhow::Result<Vec<(&'static str, String)>> {
        let mut addresses = Vec::new();
        for name in SERVICES {
            let tcp = TcpListener::bind("127.0.0.1:0").await?;
            let port = tcp.local_addr()?.port();
            let app = Router::new().fallback(answer).with_state(self.clone());
            let listener = Tls { tcp, acceptor: tls.clone() };
            tokio::spawn(async move { axum::serve(listener, app).await });
            addresses.push((name, format!("https://localhost:{port}")));
        }
        Ok(addresses)
    }
}

struct Tls {
    tcp: TcpListener,
    acceptor: TlsAcceptor,
}

impl Listener for Tls {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let Ok((stream, address)) = self.tcp.accept().await else { continue };
            if stream.set_nodelay(true).is_err() {
                continue;
            }
            // Whoever does not shake hands is not served; it says so itself.
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.tcp.local_addr()
    }
}

async fn answer(
    State(cloud): State<Cloud>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    let name = target.map(str::to_owned).unwrap_or_else(|| named(&method, &uri));
    let (answer, after) = {
        let mut kept = cloud.kept();
        *kept.calls.entry(name.clone()).or_default() += 1;
        let answer = match name.split('.').next_back() {
            Some(operation) if target.is_some() => serde_json::from_slice(&body)
                .context("JSON")
                .and_then(|asked| kept.operate(operation, &asked))
                .map(|told| amazon(&told)),
            _ => kept.without_target(&method, &uri, &body),
        };
        let answer = answer.unwrap_or_else(|error| {
            kept.refused.push(format!("{name}: {error:#}"));
            (StatusCode::BAD_REQUEST, r#"{"__type":"ValidationException"}"#).into_response()
        });
        (answer, if name == TEXTED { kept.texts_answered_after } else { Duration::ZERO })
    };
    // The supplier is slow where it is told to be; elsewhere not even a timer is measured.
    if !after.is_zero() {
        tokio::time::sleep(after).await;
    }
    answer
}

/// A name for a call that names no operation.
fn named(method: &Method, uri: &Uri) -> String {
    if method == Method::HEAD {
        return "Greeting".to_owned();
    }
    if uri.path() == "/" {
        return format!("SNS.{method}");
    }
    let path = uri.path();
    if path.starts_with("/v2/") {
        format!("Notify.{method} {path}")
    } else {
        format!("S3.{method}")
    }
}

fn amazon(told: &Value) -> Response {
    ([(header::CONTENT_TYPE, "application/x-amz-json-1.0")], told.to_string()).into_response()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name]["S"].as_str().unwrap_or_default()
}

/// Where an item is kept: ours have a partition and a sort key, the peer's an `id`.
fn place(table: &str, key: &Value) -> Place {
    let first = key.get("pk").or_else(|| key.get("id"));
    let first = first.and_then(|first| first["S"].as_str()).unwrap_or_default();
    (table.to_owned(), first.to_owned(), text(key, "sk").to_owned())
}

impl Kept {
    fn operate(&mut self, operation: &str, asked: &Value) -> anyhow::Result<Value> {
        let table = asked["TableName"].as_str().unwrap_or_default();
        Ok(match operation {
            "GetItem" => match self.items.get(&place(table, &asked["Key"])) {
                Some(item) => json!({ "Item": item }),
                None => json!({}),
            },
            "Query" => {
                let items = self.query(table, asked);
                json!({ "Count": items.len(), "ScannedCount": items.len(), "Items": items })
            }
            "BatchGetItem" => self.batch(&asked["RequestItems"]),
            "PutItem" => {
                self.items.insert(place(table, &asked["Item"]), asked["Item"].clone());
                json!({})
            }
            "TransactWriteItems" => {
                for put in asked["TransactItems"].as_array().into_iter().flatten() {
                    let put = &put["Put"];
                    if let Some(table) = put["TableName"].as_str() {
                        *self.calls.entry(PUT_TOGETHER.to_owned()).or_default() += 1;
                        self.items.insert(place(table, &put["Item"]), put["Item"].clone());
                    }
                }
                json!({})
            }
            // Of what is updated nothing is read again within a batch.
            "UpdateItem" => json!({}),
            "DeleteItem" => {
                self.items.remove(&place(table, &asked["Key"]));
                json!({})
            }
            "SendMessageBatch" => {
                let entries = asked["Entries"].as_array().into_iter().flatten();
                let taken: Vec<Value> = entries
                    .map(|entry| json!({ "Id": entry["Id"], "MessageId": MESSAGE, "MD5OfMessageBody": MD5 }))
                    .collect();
                json!({ "Successful": taken, "Failed": [] })
            }
            "SendMessage" => json!({ "MessageId": MESSAGE, "MD5OfMessageBody": MD5 }),
            "GetParameter" => {
                let name = asked["Name"].as_str().unwrap_or_default();
                let value = self.parameters.get(name).context(name.to_owned())?;
                json!({ "Parameter": {
                    "Name": name, "Value": value, "Type": "SecureString", "Version": 1,
                    "DataType": "text", "ARN": format!("arn:aws:ssm:eu-west-2:000000000000:parameter{name}"),
                } })
            }
            _ => anyhow::bail!("not served here"),
        })
    }

    fn query(&self, table: &str, asked: &Value) -> Vec<Value> {
        let values = &asked["ExpressionAttributeValues"];
        let of_table = self.items.iter().filter(|((of, ..), _)| of == table);
        if asked["IndexName"].is_null() {
            let pk = text(values, ":pk");
            return of_table
                .filter(|((_, of, _), _)| of == pk)
                .map(|(_, item)| item.clone())
                .collect();
        }
        if asked["IndexName"] == "logs" {
            let day = text(values, ":day");
            let opened = of_table.map(|(_, item)| item);
            return opened.filter(|item| text(item, "opened_on") == day).cloned().collect();
        }
        let (list, until) = (text(values, ":list"), text(values, ":until"));
        let mut found: Vec<&Value> = of_table
            .map(|(_, item)| item)
            .filter(|item| text(item, "agenda") == list)
            .filter(|item| until.is_empty() || text(item, "agenda_at") <= until)
            .collect();
        found.sort_by_key(|item| text(item, "agenda_at"));
        let keys = ["pk", "sk", "agenda", "agenda_at"];
        found
            .into_iter()
            .map(|item| keys.map(|key| (key, item[key].clone())).into_iter().collect())
            .collect()
    }

    fn batch(&self, asked: &Value) -> Value {
        let mut responses = serde_json::Map::new();
        for (table, wanted) in asked.as_object().into_iter().flatten() {
            let keys = wanted["Keys"].as_array().into_iter().flatten();
            let found: Vec<&Value> =
                keys.filter_map(|key| self.items.get(&place(table, key))).collect();
            responses.insert(table.clone(), json!(found));
        }
        json!({ "Responses": responses, "UnprocessedKeys": {} })
    }

    /// The supplier, the topics and the bucket.
    fn without_target(
        &mut self,
        method: &Method,
        uri: &Uri,
        body: &Bytes,
    ) -> anyhow::Result<Response> {
        let path = uri.path();
        Ok(match (method.as_str(), path) {
            ("POST", "/v2/notifications/sms") => {
                let asked: Value = serde_json::from_slice(body)?;
                let contact = asked["reference"].as_str().unwrap_or_default().to_owned();
                self.accepted.entry(contact).or_default().push(Instant::now());
                let told = json!({
                    "id": NOTIFICATION, "reference": asked["reference"], "scheduled_for": null,
                    "content": { "body": asked["personalisation"]["message"], "from_number": "07700900999" },
                    "template": { "id": asked["template_id"], "version": 1, "uri": "https://localhost/t" },
                    "uri": format!("https://localhost/v2/notifications/{NOTIFICATION}"),
                });
                (
                    StatusCode::CREATED,
                    [(header::CONTENT_TYPE, "application/json")],
                    told.to_string(),
                )
                    .into_response()
            }
            ("GET", "/v2/notifications") => {
                let text = json!({ "id": NOTIFICATION, "status": "delivered", "is_cost_data_ready": true,
                    "cost_in_pounds": 0.024, "cost_details": { "billable_sms_fragments": 1 } });
                axum::Json(json!({ "notifications": [text], "links": {} })).into_response()
            }
            ("GET", "/v2/received-text-messages") => {
                axum::Json(json!({ "received_text_messages": [], "links": {} })).into_response()
            }
            ("POST", "/") => ([(header::CONTENT_TYPE, "text/xml")], PUBLISHED).into_response(),
            ("GET", _) if uri.query().is_some_and(|query| query.contains("list-type=2")) => {
                ([(header::CONTENT_TYPE, "application/xml")], LISTED).into_response()
            }
            ("GET", _) => {
                let key = path.splitn(3, '/').nth(2).unwrap_or_default();
                let body = self.objects.get(key).context("no such object")?.clone();
                let headers = [
                    (header::LAST_MODIFIED, "Tue, 10 Mar 2026 06:00:00 GMT"),
                    (header::ETAG, "\"e\""),
                ];
                (headers, body).into_response()
            }
            ("HEAD", _) => {
                let key = path.splitn(3, '/').nth(2).unwrap_or_default();
                let there = key.is_empty() || self.objects.contains_key(key);
                if there { StatusCode::OK } else { StatusCode::NOT_FOUND }.into_response()
            }
            ("PUT", _) => [(header::ETAG, "\"e\"")].into_response(),
            _ => anyhow::bail!("not served here"),
        })
    }
}

const MESSAGE: &str = "2d934649-b7ef-4621-b24a-b68737969633";
/// Nobody compares it.
const MD5: &str = "d583375b36ef3eeaf48a73267bc0dc15";
const NOTIFICATION: &str = "740e5834-3a29-46b4-9a6f-16142fde533a";
const LISTED: &str = "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
<KeyCount>0</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated></ListBucketResult>";
const PUBLISHED: &str = "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">\
<PublishResult><MessageId>2d934649-b7ef-4621-b24a-b68737969633</MessageId></PublishResult>\
<ResponseMetadata><RequestId>2d934649-b7ef-4621-b24a-b68737969633</RequestId></ResponseMetadata>\
</PublishResponse>";
