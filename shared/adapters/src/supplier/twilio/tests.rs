//! Twilio at its worst, over real HTTP: a stand-in that keeps a list of messages as Twilio does.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::budget::Money;
use domain::campaign::CampaignId;
use domain::contact::{Contact, Plan, Receipt, SendClaim, Step};
use domain::incident::{LogNumber, Outcome};
use domain::phone::Mobile;
use domain::ports::{Claim, Inquiry, Ledger, Lookup, Order, Quote, Sent, Supplier};
use domain::supplier::SupplierName;
use domain::text;
use domain::wording::Wording;
use jiff::fmt::rfc2822::DateTimePrinter;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde_json::{Value, json};
use testkit::World;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use url::form_urlencoded;

use super::client::{Credentials, Sender, Settings, Twilio};
use crate::clock::Clock;
use crate::config::Stage;
use crate::supplier::{Pace, Senders};

const ACCOUNT: &str = "AC00000000000000000000000000000001";
const SERVICE: &str = "MG00000000000000000000000000000002";
const NUMBER: &str = "+447700900456";
const PERSON: &str = "+447700900123";
const TEXT: &str = "Police: thank you for calling. STOP to opt out";

// ---------------------------------------------------------------- the stand-in

/// What becomes of the next text.
#[derive(Debug, Clone, Copy, Default)]
enum Mood {
    /// It is taken.
    #[default]
    Well,
    /// It is taken, and the answer says that something failed.
    TakenThenFails,
    /// It is taken, and the answer cannot be read.
    TakenThenBabbles,
    /// It is taken, and no answer comes.
    TakenThenSilent,
    /// It is not taken, because there were too many.
    Busy,
    /// It is not taken, for this reason.
    Refuses(u32),
}

#[derive(Default)]
struct Records {
    mood: Mood,
    /// The forms posted, with what authorised them.
    posted: Vec<(String, BTreeMap<String, String>)>,
    /// The messages, newest first.
    messages: Vec<Value>,
    /// The queries of the pages that were asked for.
    asked: Vec<String>,
    /// Where the next page is said to be, if not where it is.
    astray: Option<String>,
}

#[derive(Clone, Default)]
struct StandIn(Arc<Mutex<Records>>);

impl StandIn {
    fn with<T>(&self, look: impl FnOnce(&mut Records) -> T) -> T {
        look(&mut self.0.lock().unwrap())
    }

    fn mood(&self, mood: Mood) {
        self.with(|records| records.mood = mood);
    }

    /// Starts it, and says where it is.
    async fn start(&self) -> String {
        let router = Router::new()
            .route("/2010-04-01/Accounts/{account}/Messages.json", get(list).post(post))
            .route("/2010-04-01/Accounts/{account}/Messages/{sid}", get(one))
            .with_state(self.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async { axum::serve(listener, router).await.unwrap() });
        format!("http://{address}")
    }
}

fn now() -> Timestamp {
    clock().now()
}

fn clock() -> Clock {
    Clock::new(Stage::Test, 0).unwrap()
}

fn date(at: Timestamp) -> String {
    DateTimePrinter::new().timestamp_to_string(&at).unwrap()
}

/// A message as Twilio records one of ours that was just made.
fn message(number: usize, to: &str) -> Value {
    json!({
        "account_sid": ACCOUNT, "sid": format!("SM{number:032x}"), "direction": "outbound-api",
        "from": NUMBER, "to": to, "messaging_service_sid": null, "status": "queued",
        "body": TEXT, "error_code": null, "error_message": null, "num_media": "0",
        "num_segments": "1", "price": null, "price_unit": "GBP", "api_version": "2010-04-01",
        "date_created": date(now()), "date_sent": null,
    })
}

async fn post(State(twilio): State<StandIn>, headers: HeaderMap, body: Bytes) -> Response {
    assert_eq!(headers["content-type"], "application/x-www-form-urlencoded");
    let form: BTreeMap<String, String> = form_urlencoded::parse(&body).into_owned().collect();
    let authorised = headers["authorization"].to_str().unwrap().to_owned();
    let (mood, made) = twilio.with(|records| {
        let mut made = message(records.messages.len() + 1, &form["To"]);
        if let Some(service) = form.get("MessagingServiceSid") {
            made["messaging_service_sid"] = json!(service);
            made["status"] = json!("accepted");
        }
        if !matches!(records.mood, Mood::Busy | Mood::Refuses(_)) {
            records.messages.insert(0, made.clone());
        }
        records.posted.push((authorised, form));
        (records.mood, made)
    });
    let error = |status, code: u32| {
        let words = json!({"code": code, "message": format!("no {PERSON}"), "status": 400});
        (status, words.to_string()).into_response()
    };
    match mood {
        Mood::Well => (StatusCode::CREATED, made.to_string()).into_response(),
        Mood::TakenThenFails => error(StatusCode::INTERNAL_SERVER_ERROR, 20500),
        Mood::TakenThenBabbles => (StatusCode::CREATED, "{\"sid\":").into_response(),
        Mood::TakenThenSilent => std::future::pending().await,
        Mood::Busy => {
            let mut answer = error(StatusCode::TOO_MANY_REQUESTS, 20429);
            answer.headers_mut().insert("retry-after", 7.into());
            answer
        }
        Mood::Refuses(code) => error(StatusCode::BAD_REQUEST, code),
    }
}

async fn one(State(twilio): State<StandIn>, Path((_, sid)): Path<(String, String)>) -> Response {
    let found = twilio.with(|records| {
        let sid = sid.strip_suffix(".json").unwrap();
        records.messages.iter().find(|message| message["sid"] == sid).cloned()
    });
    match found {
        Some(message) => message.to_string().into_response(),
        None => (StatusCode::NOT_FOUND, r#"{"code":20404,"status":404}"#).into_response(),
    }
}

/// One message a page, so that whoever reads on is seen to.
async fn list(State(twilio): State<StandIn>, RawQuery(query): RawQuery) -> Response {
    let raw = query.unwrap_or_default();
    let query: BTreeMap<String, String> =
        form_urlencoded::parse(raw.as_bytes()).into_owned().collect();
    let page: usize = query.get("Page").map_or(0, |page| page.parse().unwrap());
    let (messages, more, astray) = twilio.with(|records| {
        records.asked.push(raw.clone());
        let mut all: Vec<Value> = records.messages.clone();
        if let Some(to) = query.get("To") {
            all.retain(|message| message["to"] == to.as_str());
        }
        (all.get(page).cloned(), all.len() > page + 1, records.astray.clone())
    });
    let next = more.then(|| {
        let mut on = form_urlencoded::Serializer::new(String::new());
        on.extend_pairs(query.iter().filter(|(name, _)| *name != "Page"));
        let on = on.append_pair("Page", &(page + 1).to_string()).finish();
        format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json?{on}")
    });
    let next = astray.or(next);
    let messages: Vec<Value> = messages.into_iter().collect();
    json!({"messages": messages, "next_page_uri": next, "page": page}).to_string().into_response()
}

// ---------------------------------------------------------------- those who ask it

/// A client that gives up soon, so that a test of silence is short.
fn impatient() -> reqwest::Client {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    reqwest::Client::builder()
        .use_preconfigured_tls(tls)
        .timeout(Duration::from_secs(1))
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

fn senders(base_url: &str, from: &str, retain: bool) -> Senders {
    let settings = Settings {
        base_url: base_url.to_owned(),
        account_sid: ACCOUNT.to_owned(),
        from: Sender::parse(from).unwrap(),
        callback_url: "https://example.invalid/callbacks".to_owned(),
        retain,
    };
    let secret = SecretString::from(format!("{ACCOUNT}:a-token"));
    let credentials = Credentials::parse(&secret).unwrap();
    let twilio = Twilio::new(impatient(), settings, credentials, clock()).unwrap();
    let one = std::num::NonZeroU32::MIN;
    Senders { twilio: Some((twilio, Pace::new(one, one))), ..Senders::default() }
}

fn person() -> Mobile {
    Mobile::from_e164(PERSON).unwrap()
}

/// A number as Twilio keeps it that may not keep it whole.
fn hidden() -> String {
    format!("+44770090{}", "X".repeat(4))
}

async fn claim() -> SendClaim {
    let world = World::new();
    let plan = Plan {
        incident: LogNumber::parse("HC-20260310-0412").unwrap(),
        person: testkit::samples::pepper().person(&person()),
        campaign: CampaignId::parse("highways").unwrap(),
        version: 1,
        outcome: Outcome::parse("cleared").unwrap(),
        area: "A1".to_owned(),
        control: false,
        due_at: now(),
    };
    let contact = Contact::plan(plan, now());
    assert!(world.plan(&contact).await.unwrap());
    world.advance(&contact.id, &Step::Queue, now()).await.unwrap();
    let (cost, monthly_cap) = (Money::from_pence(4), Money::from_pence(400));
    let quote = Quote { segments: 1, cost, monthly_cap };
    let seen = world.contact(&contact.id).await.unwrap().unwrap();
    match world.claim(&seen, &quote, now()).await.unwrap() {
        Claim::Granted(claim) => *claim,
        other => panic!("{other:?}"),
    }
}

async fn send(senders: &Senders, minutes: i64) -> (Sent, SendClaim) {
    let claim = claim().await;
    let wording =
        Wording { text: text::prepare(TEXT), template: None, values: BTreeMap::default() };
    let order = Order {
        permit: (&claim).into(),
        supplier: &SupplierName::twilio(),
        to: &person(),
        wording: &wording,
        good_until: now() + SignedDuration::from_mins(minutes),
    };
    let sent = senders.send(&order).await;
    let told = format!("{sent:?}");
    assert!(!told.contains("900123") && !told.contains("Police"), "{told}");
    (sent, claim)
}

/// Asks about a text that was claimed then.
async fn ask(
    senders: &Senders,
    supplier_id: Option<&str>,
    to: Option<&Mobile>,
    claimed_at: Timestamp,
) -> anyhow::Result<Lookup> {
    let claim = claim().await;
    let inquiry = Inquiry {
        supplier: &SupplierName::twilio(),
        reference: &claim.contact().id,
        supplier_id,
        to,
        claimed_at,
    };
    senders.look_up(&inquiry).await
}

fn sid(number: usize) -> String {
    format!("SM{number:032x}")
}

fn pending(number: usize) -> Lookup {
    Lookup::Known { supplier_id: sid(number), receipt: None, bill: None }
}

// ---------------------------------------------------------------- sending

#[tokio::test]
async fn a_text_is_posted_as_twilio_documents_it() {
    let twilio = StandIn::default();
    let url = twilio.start().await;
    let (sent, claim) = send(&senders(&url, NUMBER, false), 90).await;
    assert_eq!(sent, Sent::Accepted { supplier_id: sid(1) });
    let (authorised, mut form) = twilio.with(|records| records.posted.remove(0));
    // base64 of <account>:a-token
    let expected = "Basic QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMTphLXRva2Vu";
    assert_eq!(authorised, expected);
    let validity: i64 = form.remove("ValidityPeriod").unwrap().parse().unwrap();
    assert!((5380..=5400).contains(&validity), "{validity}");
    let receipt = "https://example.invalid/callbacks/twilio/receipt";
    let expected = [
        ("To", PERSON.to_owned()),
        ("From", NUMBER.to_owned()),
        ("Body", TEXT.to_owned()),
        ("StatusCallback", format!("{receipt}?ref={}", claim.contact().id)),
        ("SmartEncoded", "false".to_owned()),
        ("ContentRetention", "discard".to_owned()),
        ("AddressRetention", "obfuscate".to_owned()),
    ];
    let expected: BTreeMap<String, String> =
        expected.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    assert_eq!(form, expected);
}

#[tokio::test]
async fn a_messaging_service_stands_in_for_the_number() {
    let twilio = StandIn::default();
    let senders = senders(&twilio.start().await, SERVICE, true);
    assert!(matches!(send(&senders, 90).await.0, Sent::Accepted { .. }));
    let (_, form) = twilio.with(|records| records.posted.remove(0));
    assert_eq!(form["MessagingServiceSid"], SERVICE);
    assert_eq!(form.get("From"), None);
    assert_eq!(form["ContentRetention"], "retain");
    assert_eq!(form["AddressRetention"], "retain");
    assert_eq!(ask(&senders, None, Some(&person()), now()).await.unwrap(), pending(1));
}

#[tokio::test]
async fn a_text_is_good_for_a_second_at_least_and_ten_hours_at_most() {
    let twilio = StandIn::default();
    let senders = senders(&twilio.start().await, NUMBER, false);
    for (minutes, seconds) in [(-5, "1"), (0, "1"), (24 * 60, "36000")] {
        send(&senders, minutes).await;
        let (_, form) = twilio.with(|records| records.posted.remove(0));
        assert_eq!(form["ValidityPeriod"], seconds);
    }
}

#[tokio::test]
async fn what_was_not_taken_is_told_apart() {
    let twilio = StandIn::default();
    let senders = senders(&twilio.start().await, NUMBER, true);
    twilio.mood(Mood::Busy);
    let after = Some(SignedDuration::from_secs(7));
    let why = "Twilio answered 429 with error 20429".to_owned();
    assert_eq!(send(&senders, 90).await.0, Sent::Retry { after, why });
    twilio.mood(Mood::Refuses(21610));
    let sent = send(&senders, 90).await.0;
    assert!(matches!(sent, Sent::Refused { opted_out: true, .. }), "{sent:?}");
    twilio.mood(Mood::Refuses(21211));
    let sent = send(&senders, 90).await.0;
    assert!(matches!(sent, Sent::Refused { opted_out: false, .. }), "{sent:?}");
    twilio.mood(Mood::Refuses(21606));
    let sent = send(&senders, 90).await.0;
    assert!(matches!(sent, Sent::ConfigStop { .. }), "{sent:?}");
    assert_eq!(
        ask(&senders, None, Some(&person()), now()).await.unwrap(),
        Lookup::Unknown,
        "nothing was taken"
    );
}

#[tokio::test]
async fn whatever_happens_after_a_text_was_taken_is_a_doubt_that_the_list_ends() {
    for mood in [Mood::TakenThenFails, Mood::TakenThenBabbles, Mood::TakenThenSilent] {
        let twilio = StandIn::default();
        let senders = senders(&twilio.start().await, NUMBER, true);
        twilio.mood(mood);
        let sent = send(&senders, 90).await.0;
        assert!(matches!(sent, Sent::Ambiguous { .. }), "{mood:?}: {sent:?}");
        let found = ask(&senders, None, Some(&person()), now()).await.unwrap();
        assert_eq!(found, pending(1), "{mood:?}");
    }
}

#[tokio::test]
async fn a_broken_connection_is_a_doubt_and_none_at_all_is_not() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let senders = senders(&format!("http://{}", listener.local_addr().unwrap()), NUMBER, true);
    let breaking = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut some = [0; 64];
        stream.read_exact(&mut some).await.unwrap();
        // Without lingering, closing sends RST.
        stream.set_zero_linger().unwrap();
    });
    let sent = send(&senders, 90).await.0;
    assert_eq!(sent, Sent::Ambiguous { why: "the connection broke".to_owned() });
    breaking.await.unwrap();
    // The listener is gone.
    let sent = send(&senders, 90).await.0;
    assert!(matches!(sent, Sent::Retry { after: None, .. }), "{sent:?}");
}

// ---------------------------------------------------------------- asking

#[tokio::test]
async fn a_text_is_found_by_its_id_with_its_receipt_and_bill() {
    let twilio = StandIn::default();
    let senders = senders(&twilio.start().await, NUMBER, false);
    let mut made = message(1, &hidden());
    made["status"] = json!("undelivered");
    made["error_code"] = json!(30003);
    made["price"] = json!("-0.04200");
    twilio.with(|records| records.messages.push(made));
    let Lookup::Known { supplier_id, receipt, bill } =
        ask(&senders, Some(&sid(1)), None, now()).await.unwrap()
    else {
        panic!("it is known");
    };
    assert_eq!((supplier_id, receipt), (sid(1), Some(Receipt::Temporary)));
    let bill = bill.unwrap();
    assert_eq!((bill.segments, bill.amount), (1, Money::from_millipence(4_200)));
    let deleted = ask(&senders, Some(&sid(2)), None, now()).await.unwrap();
    assert_eq!(deleted, Lookup::CannotSay);
}

#[tokio::test]
async fn a_list_is_read_to_its_end_before_anything_is_denied() {
    let twilio = StandIn::default();
    let senders = senders(&twilio.start().await, NUMBER, true);
    let old = date(now() - SignedDuration::from_hours(24 * 8));
    twilio.with(|records| {
        for number in 1..=4 {
            let mut made = message(number, PERSON);
            made["date_created"] = json!(old);
            records.messages.push(made);
        }
        records.messages.push(message(5, "+447700900999"));
        records.messages.push(message(6, PERSON));
    });
    assert_eq!(ask(&senders, None, Some(&person()), now()).await.unwrap(), pending(6));
    let asked = twilio.with(|records| std::mem::take(&mut records.asked));
    assert_eq!(asked.len(), 5);
    assert_eq!(asked[0], "To=%2B447700900123&PageSize=1000");
    twilio.with(|records| records.messages.pop());
    assert_eq!(ask(&senders, None, Some(&person()), now()).await.unwrap(), Lookup::Unknown);
}

#[tokio::test]
async fn only_a_whole_and_clear_list_denies_or_knows() {
    async fn check(what: &str, retain: bool, expected: Lookup, change: fn(&mut Vec<Value>)) {
        let twilio = StandIn::default();
        let senders = senders(&twilio.start().await, NUMBER, retain);
        twilio.with(|records| {
            records.messages.push(message(1, PERSON));
            change(&mut records.messages);
        });
        assert_eq!(ask(&senders, None, Some(&person()), now()).await.unwrap(), expected, "{what}");
    }
    let (unsaid, none) = (Lookup::CannotSay, Lookup::Unknown);
    check("one text", true, pending(1), |_| ()).await;
    check("one text that is not hidden yet", false, pending(1), |_| ()).await;
    check("none", true, none.clone(), Vec::clear).await;
    check("none, and it may be hidden", false, unsaid.clone(), Vec::clear).await;
    check("two", true, unsaid.clone(), |all| all.push(message(2, PERSON))).await;
    check("the person's own", true, none.clone(), |all| {
        all[0]["direction"] = json!("inbound");
    })
    .await;
    check("Twilio's answer to STOP", true, none.clone(), |all| {
        all[0]["direction"] = json!("outbound-reply");
    })
    .await;
    check("from elsewhere", true, unsaid.clone(), |all| {
        all[0]["from"] = json!("+447700900457");
    })
    .await;
    check("without a date", true, unsaid.clone(), |all| all[0]["date_created"] = json!(null)).await;
    check("long before", true, none.clone(), |all| {
        all[0]["date_created"] = json!(date(now() - SignedDuration::from_mins(2)));
    })
    .await;
    check("a clock that is behind", true, pending(1), |all| {
        all[0]["date_created"] = json!(date(now() - SignedDuration::from_secs(30)));
    })
    .await;
    check("long after", true, none, |all| {
        all[0]["date_created"] = json!(date(now() + SignedDuration::from_mins(25)));
    })
    .await;
    check("more pages than are turned", true, unsaid, |all| {
        all.extend((2..30).map(|number| message(number, PERSON)));
    })
    .await;
}

#[tokio::test]
async fn without_a_number_or_an_answer_nothing_is_said() {
    let twilio = StandIn::default();
    let senders = senders(&twilio.start().await, NUMBER, true);
    assert_eq!(ask(&senders, None, None, now()).await.unwrap(), Lookup::CannotSay);
    assert!(twilio.with(|records| records.asked.is_empty()));
    let nowhere = self::senders("http://127.0.0.1:1", NUMBER, true);
    let error = ask(&nowhere, None, Some(&person()), now()).await.unwrap_err();
    assert!(!format!("{error:#} {error:?}").contains("900123"), "{error:?}");
}

#[tokio::test]
async fn a_next_page_that_is_elsewhere_is_not_turned_to() {
    for astray in [
        "@example.invalid/",
        "https://example.invalid/",
        "/2010-04-01/Accounts/AC00000000000000000000000000000009/Messages.json?Page=1",
    ] {
        let twilio = StandIn::default();
        let senders = senders(&twilio.start().await, NUMBER, true);
        twilio.with(|records| records.astray = Some(astray.to_owned()));
        assert!(ask(&senders, None, Some(&person()), now()).await.is_err(), "{astray}");
        assert_eq!(twilio.with(|records| records.asked.len()), 1, "{astray}");
    }
}

#[tokio::test]
async fn replies_are_listed_oldest_first() {
    let twilio = StandIn::default();
    let senders = senders(&twilio.start().await, SERVICE, true);
    let since = now() - SignedDuration::from_hours(2);
    let reply = |number, ago, from: &str, body: &str| {
        let mut made = message(number, NUMBER);
        made["direction"] = json!("inbound");
        made["messaging_service_sid"] = json!(SERVICE);
        made["from"] = json!(from);
        made["body"] = json!(body);
        made["status"] = json!("received");
        made["date_created"] = json!(date(now() - SignedDuration::from_mins(ago)));
        made
    };
    twilio.with(|records| {
        let mut waited_long = message(1, PERSON);
        waited_long["date_created"] = json!(date(now() - SignedDuration::from_hours(3)));
        records.messages.push(waited_long);
        records.messages.push(reply(2, 1, PERSON, "5"));
        records.messages.push(reply(3, 2, PERSON, "4 thanks"));
        let mut elsewhere = reply(8, 2, PERSON, "to another service of the account");
        elsewhere["messaging_service_sid"] = json!("MG00000000000000000000000000000009");
        records.messages.push(elsewhere);
        records.messages.push(reply(4, 3, &hidden(), "hidden"));
        records.messages.push(reply(5, 4, PERSON, ""));
        records.messages.push(reply(6, 121, PERSON, "too long ago"));
        records.messages.push(reply(7, 122, PERSON, "on a page that is not turned to"));
    });
    let calls = senders.received(&SupplierName::twilio(), since).await.unwrap();
    let told: Vec<_> = calls.iter().map(|call| (&*call.message, &*call.text)).collect();
    assert_eq!(told, [(&*sid(3), "4 thanks"), (&*sid(2), "5")]);
    assert_eq!(calls[0].sender, PERSON);
    let asked = twilio.with(|records| std::mem::take(&mut records.asked));
    assert_eq!(asked.len(), 7, "{asked:?}");
    let day = since.to_string()[..10].to_owned();
    assert_eq!(asked[0], format!("DateSent%3E={day}&PageSize=1000"));
}

#[tokio::test]
async fn a_number_is_asked_for_its_own_replies_only() {
    let twilio = StandIn::default();
    let senders = senders(&twilio.start().await, NUMBER, true);
    twilio.with(|records| {
        let mut elsewhere = message(1, "+447700900457");
        elsewhere["direction"] = json!("inbound");
        records.messages.push(elsewhere);
    });
    let calls = senders.received(&SupplierName::twilio(), now()).await.unwrap();
    assert_eq!(calls, []);
    let asked = twilio.with(|records| std::mem::take(&mut records.asked));
    assert!(asked[0].ends_with("&To=%2B447700900456"), "{asked:?}");
}
