//! What the HTTP API hands over: a JSON event with a body that may be Base64, and a form in it.
//!
//! Every value is decoded once: `%2B` and `+` are `+` and a space, and `%252B` is `%2B`.

use std::sync::LazyLock;

use adapters::links::Links;
use adapters::runtime::{FORM_MAX_BYTES, callback, visit};
use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use domain::desk::TaskId;
use domain::ports::{AlarmLinks as _, Visit};
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::json;

use super::drawn::Drawn;
use super::{callbacks, web};

/// The alarm's links that are good here, and nobody else's.
static LINKS: LazyLock<Links> = LazyLock::new(|| {
    let key = SecretString::from("a-key-of-links-for-fuzzing-and-nothing-else");
    Links::new(&key, "https://example.invalid/alerts").unwrap()
});

fn now() -> Timestamp {
    Timestamp::from_second(callbacks::NOW).unwrap()
}

/// Hands over an event; says what it was taken for.
pub fn check(input: &[u8]) -> &'static str {
    let mut drawn = Drawn(input);
    match drawn.number(3) {
        0 => match serde_json::from_slice(drawn.0) {
            Ok(event) => handed_over(&event),
            Err(_) => "no event",
        },
        1 => handed_over(&event(drawn)),
        _ => written_and_read(drawn),
    }
}

/// An event as the API writes one, with parts that anybody may have written.
fn event(mut drawn: Drawn<'_>) -> ApiGatewayV2httpRequest {
    let method = drawn.one_of(&["GET", "POST"]);
    let route = drawn.one_of(&["message", "kind"]);
    let coding = drawn.number(3);
    let padding = usize::from(drawn.number(64)) * 128;
    let (supplier, named) = (drawn.text(), drawn.text());
    let (query, header) = (drawn.text(), drawn.text());
    let body = [drawn.0, &b"x".repeat(padding)].concat();
    let text = String::from_utf8_lossy(&body);
    let event = json!({
        "version": "2.0",
        "rawQueryString": query,
        "headers": { "x-twilio-signature": header },
        "requestContext": { "http": { "method": method } },
        "pathParameters": { "supplier": supplier, route: named },
        "isBase64Encoded": coding > 0,
        "body": if coding == 1 { BASE64_STANDARD.encode(&body) } else { text.into_owned() },
    });
    // A header that is none is refused before us.
    serde_json::from_value(event).unwrap_or_default()
}

fn handed_over(event: &ApiGatewayV2httpRequest) -> &'static str {
    let given = event.body.clone().unwrap_or_default();
    let body = if event.is_base64_encoded {
        BASE64_STANDARD.decode(&given).ok()
    } else {
        Some(given.into_bytes())
    };
    let parameter = |name: &str| event.path_parameters.get(name).cloned();
    let query = event.raw_query_string.clone().unwrap_or_default();
    // The API's route tells which of the two it is.
    match parameter("message") {
        Some(message) => match (visit(event.clone()), body) {
            (None, None) => "not of its coding",
            (None, Some(body)) if body.len() > FORM_MAX_BYTES => "too long a form",
            (Some(visit), Some(body)) => {
                assert!(body.len() <= FORM_MAX_BYTES, "a form of {} bytes is read", body.len());
                let supplier = parameter("supplier").unwrap_or_default();
                assert_eq!(visit.task.supplier, web::unescaped(supplier.as_bytes()));
                assert_eq!(visit.task.message, web::unescaped(message.as_bytes()));
                assert_eq!(visit.until, web::first(query.as_bytes(), "until"));
                assert_eq!(visit.key, web::first(query.as_bytes(), "key"));
                let is_sent = event.request_context.http.method.as_str() == "POST";
                assert_eq!(visit.by, is_sent.then(|| web::first(&body, "by")));
                assert!(!LINKS.opens(&visit, now()), "a link that we did not make opens");
                if is_sent { "a name" } else { "a look" }
            }
            (visit, body) => panic!("{visit:?} of {:?} bytes", body.map(|body| body.len())),
        },
        None => match (callback(event.clone(), now()), body) {
            (None, None) => "not of its coding",
            (Some(request), Some(body)) => {
                assert_eq!(request.supplier, parameter("supplier").unwrap_or_default());
                assert_eq!(request.kind, parameter("kind").unwrap_or_default());
                assert!(request.query == query && request.body == body, "the raw bytes are signed");
                assert!(request.headers.keys().all(|name| *name == name.to_lowercase()));
                callbacks::never_taken(&request);
                "a call"
            }
            (call, body) => {
                panic!("a call: {}, of {:?} bytes", call.is_some(), body.map(|body| body.len()))
            }
        },
    }
}

/// What a person writes comes out as they wrote it, and a link that we made opens.
fn written_and_read(mut drawn: Drawn<'_>) -> &'static str {
    let thoroughly = drawn.number(2) == 1;
    let task = TaskId { supplier: drawn.text(), message: drawn.text() };
    let words = String::from_utf8_lossy(&drawn.0[..drawn.0.len().min(256)]).into_owned();
    let form = format!("a=1&by={}&by=2", web::escaped(&words, thoroughly));
    let link = LINKS.to(&task, now());
    let path = link.strip_prefix("https://example.invalid/alerts/").unwrap();
    let (path, query) = path.split_once('?').unwrap();
    let (supplier, message) = path.split_once('/').unwrap();
    let event = json!({
        "rawQueryString": query,
        "requestContext": { "http": { "method": "POST" } },
        "pathParameters": { "supplier": supplier, "message": message },
        "body": form,
    });
    let visit = visit(serde_json::from_value(event).unwrap()).unwrap();
    assert_eq!(visit.by.as_deref(), Some(words.as_str()));
    assert_eq!(visit.task, task);
    assert!(LINKS.opens(&visit, now()), "our own link does not open");
    let later = Timestamp::from_second(callbacks::NOW + 24 * 60 * 60).unwrap();
    assert!(!LINKS.opens(&visit, later), "a link opens after its day");
    let other = Visit { task: TaskId { message: format!("{}x", task.message), ..task }, ..visit };
    assert!(!LINKS.opens(&other, now()), "a link opens another task");
    assert_eq!(callbacks::texted(&web::escaped(&words, thoroughly)), words);
    "as it was written"
}
