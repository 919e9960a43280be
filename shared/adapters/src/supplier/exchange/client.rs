//! Lays a text's file where its partner finds it, once.
//!
//! A file is named after its contact and is written only where there is none of that name, so however
//! often a text is tried, the partner finds one file. Each try is one request: its answer then speaks of
//! the only request there was.

use std::time::Duration;

use anyhow::Context as _;
use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::put_object::PutObjectError;
use aws_sdk_s3::primitives::ByteStream;
use domain::ports::{Inquiry, Lookup, Order, Partners as _, Sent};
use domain::supplier::SupplierName;
use jiff::SignedDuration;

use crate::aws::told;
use crate::clock::Clock;
use crate::pages::csv;
use crate::supplier;
use crate::table::Table;

/// How long a file certainly lies in the outbox: it is deleted after fourteen days, and a claim is
/// older than its file by no more than a lease. After that, that there is none says nothing.
const CERTAIN: SignedDuration = SignedDuration::from_hours(13 * 24);

/// How long to look for what was published of a partner. With the eight seconds that a write may take
/// (`aws.rs`) it stays under [`crate::http::WORST_SEND`].
const LOOK_UP: Duration = Duration::from_secs(5);

/// The outbox of every partner.
pub struct Exchange {
    objects: aws_sdk_s3::Client,
    bucket: String,
    /// Where partners are published.
    table: Table,
    clock: Clock,
}

impl Exchange {
    /// The outbox in this bucket, for the partners that this table tells of.
    pub fn new(config: &SdkConfig, bucket: String, table: Table, clock: Clock) -> Self {
        let once = aws_sdk_s3::config::Builder::from(config)
            .force_path_style(true)
            .retry_config(RetryConfig::disabled())
            .build();
        Self { objects: aws_sdk_s3::Client::from_conf(once), bucket, table, clock }
    }

    pub(in crate::supplier) async fn send(&self, order: &Order<'_>) -> Sent {
        let name = order.supplier.partner().unwrap_or_default();
        let partner = match tokio::time::timeout(LOOK_UP, self.table.partner(name)).await {
            Ok(Ok(Some(partner))) => partner.body,
            Ok(Ok(None)) => {
                return Sent::ConfigStop { why: format!("no partner is published as {name:?}") };
            }
            Ok(Err(error)) => {
                let why = format!("the partner could not be looked up: {error:#}");
                return Sent::Retry { after: None, why };
            }
            Err(_) => {
                let why = "the partner could not be looked up in time".to_owned();
                return Sent::Retry { after: None, why };
            }
        };
        let reference = &order.permit.reference();
        let written = self
            .objects
            .put_object()
            .bucket(&self.bucket)
            .key(key(order.supplier, reference))
            .if_none_match("*")
            .content_type("text/csv; charset=utf-8")
            .body(ByteStream::from(csv::rows(&partner.rows(order))))
            .send()
            .await;
        match written {
            Ok(_) => Sent::Accepted { supplier_id: file_name(reference) },
            Err(error) => sent(&error, reference),
        }
    }

    pub(in crate::supplier) async fn look_up(
        &self,
        inquiry: &Inquiry<'_>,
    ) -> anyhow::Result<Lookup> {
        let found = self
            .objects
            .head_object()
            .bucket(&self.bucket)
            .key(key(inquiry.supplier, &inquiry.reference.to_string()))
            .send()
            .await;
        match found {
            Ok(_) => {
                let supplier_id = file_name(&inquiry.reference.to_string());
                Ok(Lookup::Known { supplier_id, receipt: None, bill: None })
            }
            Err(SdkError::ServiceError(answer)) if answer.err().is_not_found() => {
                let age = self.clock.now().duration_since(inquiry.claimed_at);
                Ok(if age < CERTAIN { Lookup::Unknown } else { Lookup::CannotSay })
            }
            Err(error) => Err(told(error)).context("look for a file in the outbox"),
        }
    }
}

/// Where a text's file lies. It holds no number; the partner's name is a folder's.
fn key(supplier: &SupplierName, reference: &str) -> String {
    let partner = supplier.partner().unwrap_or_default();
    format!("outbox/{partner}/{}", file_name(reference))
}

/// What the file is called; the supplier's id of the text.
fn file_name(reference: &str) -> String {
    format!("{reference}.csv")
}

/// What a failed write means.
fn sent(error: &SdkError<PutObjectError>, reference: &str) -> Sent {
    let answer = match error {
        SdkError::ServiceError(answer) => answer,
        SdkError::ConstructionFailure(_) => {
            return Sent::ConfigStop { why: "the outbox's address is not one".to_owned() };
        }
        SdkError::TimeoutError(_) => return supplier::doubt("no answer of the outbox in time"),
        // The SDK does not tell a connection that was never made from one that broke.
        _ => return supplier::doubt("the connection to the outbox failed"),
    };
    let why = || {
        let code = answer.err().code().unwrap_or("no code");
        format!("the outbox answered {} {code}", answer.raw().status().as_u16())
    };
    match answer.raw().status().as_u16() {
        // An earlier claim's answer was lost, and its file lies there: the text is on its way.
        412 => Sent::Accepted { supplier_id: file_name(reference) },
        // Somebody writes the same file at this moment.
        409 => supplier::doubt(&why()),
        429 | 503 => Sent::Retry { after: None, why: why() },
        300..=499 => Sent::ConfigStop { why: why() },
        _ => supplier::doubt(&why()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::{Arc, Mutex};

    use aws_config::{BehaviorVersion, Region};
    use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
    use axum::Router;
    use axum::body::Bytes;
    use axum::extract::State;
    use axum::http::{HeaderMap, Method, StatusCode, Uri};
    use axum::response::{IntoResponse as _, Response};
    use domain::budget::Money;
    use domain::campaign::CampaignId;
    use domain::contact::{Contact, ContactId, Plan, Step};
    use domain::incident::{LogNumber, Outcome};
    use domain::phone::Mobile;
    use domain::ports::{Claim, Ledger as _, Quote};
    use domain::text::prepare;
    use domain::wording::Wording;
    use jiff::Timestamp;
    use rustls::RootCertStore;
    use testkit::{World, samples};

    use super::*;
    use crate::config::Stage;
    use crate::connector::Connector;

    /// A bucket and a table that answer over HTTP, and what the next write is answered with.
    #[derive(Default)]
    struct Aws {
        objects: BTreeMap<String, Vec<u8>>,
        next: Option<(u16, &'static str)>,
        /// Whether a write that is refused is kept all the same.
        keeps: bool,
        publishes: bool,
    }

    type Shared = Arc<Mutex<Aws>>;

    async fn answer(
        State(aws): State<Shared>,
        method: Method,
        uri: Uri,
        headers: HeaderMap,
        body: Bytes,
    ) -> Response {
        let mut aws = aws.lock().unwrap();
        let path = uri.path().to_owned();
        if headers.contains_key("x-amz-target") {
            return item(&String::from_utf8_lossy(&body), aws.publishes).into_response();
        }
        if method == Method::HEAD {
            let is_there = aws.objects.contains_key(&path);
            return if is_there { StatusCode::OK } else { StatusCode::NOT_FOUND }.into_response();
        }
        assert_eq!(headers["if-none-match"], "*");
        if aws.objects.contains_key(&path) {
            return error(412, "PreconditionFailed");
        }
        let next = aws.next.take();
        if next.is_none() || aws.keeps {
            aws.objects.insert(path, body.to_vec());
        }
        next.map_or_else(|| StatusCode::OK.into_response(), |(status, code)| error(status, code))
    }

    fn error(status: u16, code: &str) -> Response {
        let body = format!("<Error><Code>{code}</Code><Message>no</Message></Error>");
        (StatusCode::from_u16(status).unwrap(), body).into_response()
    }

    /// The catalogue's item, or the version's.
    fn item(request: &str, publishes: bool) -> String {
        let string = |text: &str| serde_json::json!({ "S": text });
        let version = serde_json::json!({ "N": "1" });
        let (pk, sk) = ("CATALOGUE", "PARTNER#rant-and-rave");
        if !publishes || !request.contains("PARTNER#rant-and-rave") {
            return "{}".to_owned();
        }
        let item = if request.contains("CATALOGUE") {
            serde_json::json!({ "pk": string(pk), "sk": string(sk), "version": version,
                "name": string("rant-and-rave") })
        } else {
            let body = serde_json::to_string(&samples::partner_file()).unwrap();
            serde_json::json!({ "pk": string(sk), "sk": string("V#000001"), "version": version,
                "body": string(&body), "published_at": string("2026-03-01T00:00:00Z"),
                "published_by": string("test") })
        };
        serde_json::json!({ "Item": item }).to_string()
    }

    async fn exchange(aws: &Shared, offset: i64) -> Exchange {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let service = Router::new().fallback(answer).with_state(Arc::clone(aws));
        tokio::spawn(async { axum::serve(listener, service).await.unwrap() });
        at(&url, offset)
    }

    fn at(url: &str, offset: i64) -> Exchange {
        let keys = Credentials::new("test", "test", None, None, "test");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-2"))
            .credentials_provider(SharedCredentialsProvider::new(keys))
            .http_client(Connector(crate::http::for_aws(RootCertStore::empty()).unwrap()))
            .endpoint_url(url)
            .build();
        let clock = Clock::new(Stage::Local, offset).unwrap();
        let table = Table::new(&config, "table".to_owned(), clock);
        Exchange::new(&config, "bucket".to_owned(), table, clock)
    }

    const NAME: &str = "exchange:rant-and-rave";

    /// What becomes of a text that says this.
    async fn sent_by(exchange: &Exchange, supplier: &str, words: &str) -> (Sent, ContactId) {
        let now: Timestamp = "2026-03-10T10:00:00Z".parse().unwrap();
        let plan = Plan {
            incident: LogNumber::parse("HC-20260303-0412").unwrap(),
            person: samples::pepper().stranger("somebody"),
            campaign: CampaignId::parse("highways").unwrap(),
            version: 1,
            outcome: Outcome::parse("cleared").unwrap(),
            area: String::new(),
            control: false,
            due_at: now,
        };
        let contact = Contact::plan(plan, now);
        let world = World::new();
        world.plan(&contact).await.unwrap();
        world.advance(&contact.id, &Step::Queue, now).await.unwrap();
        let money = Money::from_pence(3);
        let quote = Quote { segments: 1, cost: money, monthly_cap: money };
        let seen = world.contact(&contact.id).await.unwrap().unwrap();
        let Claim::Granted(claim) = world.claim(&seen, &quote, now).await.unwrap() else {
            unreachable!("nothing else holds it")
        };
        let wording = Wording { text: prepare(words), template: None, values: BTreeMap::new() };
        let order = Order {
            permit: (&*claim).into(),
            supplier: &SupplierName::parse(supplier).unwrap(),
            to: &Mobile::from_e164("+447700900123").unwrap(),
            wording: &wording,
            good_until: "2026-03-10T20:00:00Z".parse().unwrap(),
        };
        (exchange.send(&order).await, contact.id)
    }

    async fn found(exchange: &Exchange, reference: &ContactId, claimed_at: Timestamp) -> Lookup {
        let inquiry = Inquiry {
            supplier: &SupplierName::parse(NAME).unwrap(),
            reference,
            supplier_id: None,
            to: None,
            claimed_at,
        };
        exchange.look_up(&inquiry).await.unwrap()
    }

    fn aws() -> Shared {
        Arc::new(Mutex::new(Aws { publishes: true, ..Aws::default() }))
    }

    #[tokio::test]
    async fn a_text_is_one_file_that_names_no_number_and_runs_nothing() {
        let aws = aws();
        let exchange = exchange(&aws, 0).await;
        let words = "=HYPERLINK(\"x\") Police: thank you, £0. STOP to opt out";
        let (sent, reference) = sent_by(&exchange, NAME, words).await;
        assert_eq!(sent, Sent::Accepted { supplier_id: format!("{reference}.csv") });
        let objects = aws.lock().unwrap().objects.clone();
        let (key, body) = objects.first_key_value().unwrap();
        assert_eq!(key, &format!("/bucket/outbox/rant-and-rave/{reference}.csv"));
        let text = String::from_utf8(body.clone()).unwrap();
        insta::assert_snapshot!(text.replace(&reference.to_string(), "<reference>"), @r#"
        "ClientReference","Mobile","Message","SendAfter","ExpireAt","Campaign","Segment"
        "<reference>","07700900123","'=HYPERLINK(""x"") Police: thank you, £0. STOP to opt out","10/03/2026 10:00","10/03/2026 20:00","highways","cleared"
        "#);
        let mut rows = ::csv::Reader::from_reader(body.as_slice());
        let row = rows.records().next().unwrap().unwrap();
        assert!(row.iter().all(|cell| !cell.starts_with(domain::formula::STARTS)));
        assert_eq!(domain::formula::bare(&row[2]), words);
        let again = sent_by(&exchange, NAME, "other words. STOP to opt out").await.0;
        assert_eq!(again, sent, "the file that is there is the text");
        assert_eq!(aws.lock().unwrap().objects, objects);
    }

    async fn check(answer: (u16, &'static str), keeps: bool, expected: &str) {
        let aws = aws();
        let exchange = exchange(&aws, 0).await;
        *aws.lock().unwrap() = Aws { next: Some(answer), keeps, publishes: true, ..Aws::default() };
        let (sent, reference) = sent_by(&exchange, NAME, "Police: hello. STOP").await;
        let sent = match sent {
            Sent::Accepted { .. } => "accepted",
            Sent::Retry { .. } => "retry",
            Sent::Refused { .. } => "refused",
            Sent::ConfigStop { .. } => "stop",
            Sent::Ambiguous { .. } => "doubt",
        };
        let claimed_at = exchange.clock.now();
        let found = match found(&exchange, &reference, claimed_at).await {
            Lookup::Known { .. } => "known",
            Lookup::Unknown => "unknown",
            Lookup::CannotSay => "cannot say",
        };
        assert_eq!(format!("{sent}, then {found}"), expected, "{answer:?}");
        // Whatever was said, another try leaves one file.
        sent_by(&exchange, NAME, "Police: hello. STOP").await;
        assert_eq!(aws.lock().unwrap().objects.len(), 1);
    }

    #[tokio::test]
    async fn every_answer_is_told_apart() {
        check((403, "AccessDenied"), false, "stop, then unknown").await;
        check((404, "NoSuchBucket"), false, "stop, then unknown").await;
        check((301, "PermanentRedirect"), false, "stop, then unknown").await;
        check((503, "SlowDown"), false, "retry, then unknown").await;
        check((409, "ConditionalRequestConflict"), true, "doubt, then known").await;
        check((500, "InternalError"), true, "doubt, then known").await;
        check((500, "InternalError"), false, "doubt, then unknown").await;
    }

    #[tokio::test]
    async fn no_answer_is_a_doubt_and_no_partner_stops() {
        let aws = aws();
        let exchange = exchange(&aws, 0).await;
        let stop = sent_by(&exchange, "exchange:nobody", "Police: hello. STOP").await.0;
        let why = "no partner is published as \"nobody\"".to_owned();
        assert_eq!(stop, Sent::ConfigStop { why });
        // The table answers and the bucket does not.
        let cut = Exchange { objects: at("http://127.0.0.1:1", 0).objects, ..exchange };
        let (sent, _) = sent_by(&cut, NAME, "Police: hello. STOP").await;
        assert!(matches!(sent, Sent::Ambiguous { .. }), "{sent:?}");
        // Nothing left when the table did not answer.
        let (sent, _) = sent_by(&at("http://127.0.0.1:1", 0), NAME, "Police: hello. STOP").await;
        assert!(matches!(sent, Sent::Retry { .. }), "{sent:?}");
    }

    #[tokio::test]
    async fn a_file_that_may_have_been_cleared_away_says_nothing() {
        let aws = aws();
        let exchange = exchange(&aws, 0).await;
        let reference = ContactId::parse(&format!("{}-{}", "a".repeat(32), "0".repeat(16)));
        let reference = reference.unwrap();
        let ago = |days: i64| exchange.clock.now() - SignedDuration::from_hours(days * 24);
        assert_eq!(found(&exchange, &reference, ago(12)).await, Lookup::Unknown);
        assert_eq!(found(&exchange, &reference, ago(14)).await, Lookup::CannotSay);
    }
}
