//! What wakes a function: a queue, a schedule, an object, a call. One way in for each.
//!
//! The runtime reports an `Err` and a panic as a failed invocation; what then happens is written
//! at the head of each function.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_lambda_events::encodings::Body;
use aws_lambda_events::s3::S3Event;
use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use domain::desk::TaskId;
use domain::measure::{Counted, Measure};
use domain::messages::About;
use domain::ports::{CallbackRequest, Visit};
use futures_util::FutureExt as _;
use futures_util::future::join_all;
use jiff::Timestamp;
use jiff::civil::Date;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use percent_encoding::percent_decode_str;
use reqwest::Method;
use reqwest::header::HeaderValue;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::form_urlencoded;

use crate::clock::Clock;
use crate::telemetry::Tally;

/// Asks something before the first event, so that the first event finds the connection open: until then
/// Lambda lends a whole processor, and after that a function's share of one.
///
/// What fails here is no reason not to begin: the first event meets it again, and tells it.
pub async fn warm<T>(asked: impl Future<Output = anyhow::Result<T>>) {
    if let Err(error) = asked.await {
        tracing::warn!(error = format!("{error:#}"), "a connection could not be opened yet");
    }
}

/// Serves a schedule. The event is what the schedule, or a person, passed.
///
/// # Errors
/// The runtime's own.
pub async fn serve_schedule<O: Counted>(
    handle: impl AsyncFn(Value, Deadline) -> anyhow::Result<O>,
) -> Result<(), Error> {
    let handle = &handle;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| {
        let deadline = Deadline(event.context.deadline());
        ended(None, handle(event.payload, deadline).await)
    }))
    .await
}

/// The two days a person passed to an on-demand run: `{"from":"2026-03-01","to":"2026-03-31"}`.
///
/// # Errors
/// Only one was passed, one is not a day, or they are in the wrong order.
pub fn days(event: &Value) -> anyhow::Result<Option<(Date, Date)>> {
    let day = |name: &str| event.get(name).and_then(Value::as_str);
    let (from, to) = match (day("from"), day("to")) {
        (None, None) => return Ok(None),
        (Some(from), Some(to)) => (from, to),
        _ => anyhow::bail!("pass both from and to, or neither"),
    };
    let parse = |text: &str| text.parse::<Date>().context("a day is written 2026-03-31");
    let (from, to) = (parse(from)?, parse(to)?);
    anyhow::ensure!(from <= to, "from is after to");
    Ok(Some((from, to)))
}

/// Serves a bucket: the handler gets each object's key, decoded.
///
/// # Errors
/// The runtime's own.
pub async fn serve_objects<O: Counted>(
    handle: impl AsyncFn(String) -> anyhow::Result<O>,
) -> Result<(), Error> {
    let handle = &handle;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<S3Event>| {
        for record in event.payload.records {
            let Some(key) = record.s3.object.key.as_deref().and_then(decoded) else {
                return Err(Error::from("an event without a key"));
            };
            ended(Some(&key), handle(key.clone()).await)?;
        }
        Ok(())
    }))
    .await
}

/// S3 writes a key as a form writes a value: `+` is a space, and what is not plain is `%XX`.
fn decoded(key: &str) -> Option<String> {
    let key = key.replace('+', " ");
    Some(percent_decode_str(&key).decode_utf8().ok()?.into_owned())
}

/// What the HTTP API answers.
pub struct Answer {
    status: u16,
    page: Option<String>,
}

impl Answer {
    /// A status and nothing else.
    pub fn bare(status: u16) -> Self {
        Self { status, page: None }
    }

    /// A page of HTML.
    pub fn page(status: u16, page: String) -> Self {
        Self { status, page: Some(page) }
    }
}

/// What a browser is told of every page: keep nothing, load nothing, tell nobody the address.
const PAGE_HEADERS: [(&str, &str); 6] = [
    ("content-type", "text/html; charset=utf-8"),
    ("cache-control", "no-store"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-robots-tag", "noindex, nofollow"),
    (
        "content-security-policy",
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; \
         frame-ancestors 'none'; base-uri 'none'",
    ),
];

/// Serves suppliers' calls.
///
/// # Errors
/// The runtime's own.
pub async fn serve_calls(
    clock: Clock,
    handle: impl AsyncFn(CallbackRequest) -> Answer,
) -> Result<(), Error> {
    serve_http(|event| callback(event, clock.now()), handle).await
}

/// Serves the page behind an alarm's link.
///
/// # Errors
/// The runtime's own.
pub async fn serve_visits(handle: impl AsyncFn(Visit) -> Answer) -> Result<(), Error> {
    serve_http(visit, handle).await
}

/// Serves the HTTP API; what cannot be read is answered 400.
async fn serve_http<R>(
    read: impl Fn(ApiGatewayV2httpRequest) -> Option<R>,
    handle: impl AsyncFn(R) -> Answer,
) -> Result<(), Error> {
    let (read, handle) = (&read, &handle);
    lambda_runtime::run(service_fn(async |event: LambdaEvent<ApiGatewayV2httpRequest>| {
        let answer = match read(event.payload) {
            Some(request) => handle(request).await,
            None => Answer::bare(400),
        };
        let mut response = ApiGatewayV2httpResponse::default();
        response.status_code = i64::from(answer.status);
        if let Some(page) = answer.page {
            for (name, value) in PAGE_HEADERS {
                response.headers.insert(name, HeaderValue::from_static(value));
            }
            response.body = Some(Body::Text(page));
        }
        Ok::<_, Error>(response)
    }))
    .await
}

/// The most bytes of a form on a page of ours: a name.
pub const FORM_MAX_BYTES: usize = 4 * 1024;

/// The bytes of a request; `None` when its encoding is not the one it names.
fn body(event: &mut ApiGatewayV2httpRequest) -> Option<Vec<u8>> {
    let body = event.body.take().unwrap_or_default();
    if event.is_base64_encoded {
        BASE64_STANDARD.decode(body).ok()
    } else {
        Some(body.into_bytes())
    }
}

/// A visit of `/alerts/{supplier}/{message}`; what is sent by a form is who takes the alarm. `None` when
/// it is too long for a form. Open to the fuzzing of it: these are bytes that anybody may send.
pub fn visit(mut event: ApiGatewayV2httpRequest) -> Option<Visit> {
    let body = body(&mut event).filter(|body| body.len() <= FORM_MAX_BYTES)?;
    let query = event.raw_query_string.as_deref().unwrap_or_default();
    let field = |form: &[u8], wanted: &str| {
        let mut fields = form_urlencoded::parse(form);
        fields.find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
    };
    let part = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let place = |name| event.path_parameters.get(name).map(|text| part(text)).unwrap_or_default();
    let sent = event.request_context.http.method == Method::POST;
    Some(Visit {
        task: TaskId { supplier: place("supplier"), message: place("message") },
        until: field(query.as_bytes(), "until").unwrap_or_default(),
        key: field(query.as_bytes(), "key").unwrap_or_default(),
        by: sent.then(|| field(&body, "by").unwrap_or_default()),
    })
}

/// A supplier's call. Open to fuzzing, for the same reason.
pub fn callback(mut event: ApiGatewayV2httpRequest, at: Timestamp) -> Option<CallbackRequest> {
    let body = body(&mut event)?;
    Some(CallbackRequest {
        supplier: event.path_parameters.remove("supplier").unwrap_or_default(),
        kind: event.path_parameters.remove("kind").unwrap_or_default(),
        query: event.raw_query_string.unwrap_or_default(),
        headers: event
            .headers
            .iter()
            .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
            .collect(),
        body,
        at,
    })
}

/// One line for each ending; an error is told once, here, and handed to the runtime without words.
fn ended<O: Counted>(about: Option<&str>, result: anyhow::Result<O>) -> Result<(), Error> {
    match result {
        Ok(outcome) => {
            tracing::info!(about, outcome = ?outcome, "handled");
            let mut tally = Tally::default();
            tally.add(&outcome.counts());
            tally.tell();
            Ok(())
        }
        Err(error) => {
            tracing::error!(about, error = format!("{error:#}"), "failed");
            Err(Error::from("failed; the log says why"))
        }
    }
}

/// Serves a queue for as long as the process lives.
///
/// Every message of a batch is its own: one that cannot be decoded, whose handling fails or
/// panics, is reported by itself and comes again; its neighbours are done. `Err` means deliver
/// again; everything else is an ending.
///
/// # Errors
/// The runtime's own.
pub async fn serve_queue<M: DeserializeOwned + About, O: Counted>(
    handle: impl AsyncFn(M, Deadline) -> anyhow::Result<O>,
) -> Result<(), Error> {
    let handle = &handle;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<SqsEvent>| {
        let deadline = Deadline(event.context.deadline());
        let handle = &async |message| handle(message, deadline).await;
        let records = event.payload.records;
        let handled = join_all(records.into_iter().map(|record| one(handle, record))).await;
        let mut response = SqsBatchResponse::default();
        let mut tally = Tally::default();
        for handled in handled {
            match handled {
                Ok(counts) => tally.add(&counts),
                Err(id) => {
                    tally.add(&[(Measure::ComingAgain, 1)]);
                    let mut failure = BatchItemFailure::default();
                    failure.item_identifier = id;
                    response.batch_item_failures.push(failure);
                }
            }
        }
        tally.tell();
        Ok::<_, Error>(response)
    }))
    .await
}

/// When this invocation is cut off.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(SystemTime);

impl Deadline {
    /// Whether there is still this much time.
    pub fn leaves(self, time: Duration) -> bool {
        // The machine's own clock, for it is the machine that cuts off.
        #[expect(clippy::disallowed_methods, reason = "a deadline is kept by the machine's clock")]
        let now = SystemTime::now();
        self.0.duration_since(now).is_ok_and(|left| left >= time)
    }
}

/// What is counted of a message; the message's id when it must come again.
async fn one<M: DeserializeOwned + About, O: Counted>(
    handle: &impl AsyncFn(M) -> anyhow::Result<O>,
    record: SqsMessage,
) -> Result<Vec<(Measure, u64)>, String> {
    let id = record.message_id.unwrap_or_default();
    let body = record.body.unwrap_or_default();
    // A message that cannot be decoded is not lost: it goes to the dead-letter queue, where a
    // later version may read it.
    let message = match serde_json::from_str::<M>(&body) {
        Ok(message) => message,
        Err(error) => {
            // Only the kind of error: its text could quote the message.
            let kind = error.classify();
            tracing::error!(message.id = id, error = ?kind, "a message could not be decoded");
            return Err(id);
        }
    };
    let about = message.about();
    match AssertUnwindSafe(handle(message)).catch_unwind().await {
        Ok(Ok(outcome)) => {
            tracing::info!(about, outcome = ?outcome, "handled");
            Ok(outcome.counts())
        }
        Ok(Err(error)) => {
            tracing::warn!(about, error = format!("{error:#}"), "will come again");
            Err(id)
        }
        Err(_) => {
            tracing::error!(about, "handling panicked; will come again");
            Err(id)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample<E: DeserializeOwned>(event: &str) -> E {
        serde_json::from_str(event).unwrap()
    }

    #[test]
    fn a_key_is_decoded_as_s3_encodes_it() {
        let event: S3Event = sample(include_str!("../../../events/ingest/object-created.json"));
        let key = event.records[0].s3.object.key.as_deref().and_then(decoded);
        assert_eq!(key.unwrap(), "extracts/storm/week of 2 March.csv");
        assert_eq!(decoded("a%2Bb%C3%A5+c").unwrap(), "a+b\u{e5} c");
        assert_eq!(decoded("%FF"), None);
    }

    #[test]
    fn a_call_is_its_bytes_however_the_api_hands_it_over() {
        let call = |event| callback(sample(event), Timestamp::UNIX_EPOCH).unwrap();
        let plain = call(include_str!("../../../events/webhook/inbound.json"));
        let coded = call(include_str!("../../../events/webhook/inbound-base64.json"));
        assert_eq!((plain.supplier.as_str(), plain.kind.as_str()), ("notify", "inbound"));
        assert!(plain.header("authorization").starts_with("Bearer "));
        assert_eq!(plain.body, coded.body);
    }

    #[test]
    fn a_visit_takes_an_alarm_by_a_form_only() {
        let looked = visit(sample(include_str!("../../../events/alarm/look.json"))).unwrap();
        let taken = visit(sample(include_str!("../../../events/alarm/take.json"))).unwrap();
        let task = TaskId { supplier: "notify".to_owned(), message: "reply 1".to_owned() };
        assert_eq!((&looked.task, &taken.task), (&task, &task));
        assert_eq!((looked.by, taken.by.as_deref()), (None, Some("Sgt Bell & Co")));
        assert_eq!((looked.until.as_str(), looked.key.len()), ("1773223200", 64));
    }

    #[test]
    fn the_queues_samples_are_batches() {
        for event in [
            include_str!("../../../events/send/queue.json"),
            include_str!("../../../events/feedback/queue.json"),
        ] {
            let event: SqsEvent = sample(event);
            assert_eq!(event.records.len(), 2);
            assert!(event.records.iter().all(|record| record.message_id.is_some()));
        }
    }
}
