//! The stand-in, asked over HTTP as the product asks it.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response as AxumResponse},
};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::mpsc, task::JoinHandle};

use super::*;

const SERVICE: &str = "26785a09-ab16-4eb0-8407-a37497a57506";
const SECRET: &str = "3d844edf-8d35-48ac-975b-e847b4f122b0";
const TEMPLATE: &str = "f33517ff-2a88-4f6e-b855-c550268ce08a";
const TWO_FIELDS: &str = "0e4f5a3c-6a53-4a0e-9b9c-0a5a3b1c2d3e";
const SENDER: &str = "8e222534-7f05-4972-86e3-17c5d9f894e2";
const NAMED_SENDER: &str = "9f333645-7f05-4972-86e3-17c5d9f894e2";
const UNKNOWN: &str = "11111111-2222-4333-8444-555555555555";
const NUMBER: &str = "07700900123";
const TOKEN: &str = "a-token-the-force-chose";

/// How long anything that is waited for may take.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

// --- Sending ---

#[tokio::test]
async fn a_good_send_is_answered_as_notify_answers_it() {
    let stage = Stage::new(|_| {}).await;
    let response = stage.send(NUMBER, "ref-1", "Hello ‘you’").await;
    assert_eq!(response.status(), 201);
    let body: Value = response.json().await.unwrap();
    let id = body["id"].as_str().unwrap();
    let root = stage.supplier.base_url();
    assert_eq!(
        body,
        json!({
            "id": id,
            "reference": "ref-1",
            "content": {"body": "Hello 'you'", "from_number": "07700900999"},
            "uri": format!("{root}/v2/notifications/{id}"),
            "template": {
                "id": TEMPLATE,
                "version": 1,
                "uri": format!("{root}/services/{SERVICE}/templates/{TEMPLATE}"),
            },
            "scheduled_for": null,
        })
    );
    assert!(settings::is_uuid(id));
}

#[tokio::test]
async fn a_yes_is_kept_back_once_the_text_is_taken_and_only_for_who_still_waits() {
    let stage = Stage::new(|_| {}).await;
    let given_up = stage.supplier.keep_a_yes_back();
    assert!(tokio::time::timeout(Duration::ZERO, given_up).await.is_err());
    let mut sent = Box::pin(stage.send(NUMBER, "kept", "Hello"));
    let kept = tokio::select! {
        kept = stage.supplier.keep_a_yes_back() => kept,
        _ = &mut sent => panic!("it was answered"),
    };
    assert_eq!(stage.supplier.texts_per_reference()["kept"], 1);
    assert_eq!(stage.send(NUMBER, "another", "Hello").await.status(), 201);
    assert!(futures_util::poll!(&mut sent).is_pending());
    drop(kept);
    assert_eq!(sent.await.status(), 201);
}

#[tokio::test]
async fn a_sender_may_be_chosen_and_a_reference_left_out() {
    let stage = Stage::new(|_| {}).await;
    let body = json!({"phone_number": "+44 7700 900123", "template_id": TEMPLATE, "sms_sender_id": SENDER,
        "personalisation": {"message": "Hello", "unused": 1}, "scheduled_for": null});
    let answer: Value = stage.post(&body).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["content"]["from_number"], "07700900998");
    assert_eq!(answer["reference"], Value::Null);
    assert_eq!(stage.ledger().texts[0].number, "447700900123");
}

#[tokio::test]
async fn every_bad_request_is_refused_with_its_own_status_type_and_message() {
    let stage = Stage::new(|_| {}).await;
    let with = |key: &str, value: Value| {
        let mut body = good("07700900123", "ref", "Hello");
        body[key] = value;
        body
    };
    let without = |key: &str| {
        let mut body = good("07700900123", "ref", "Hello");
        body.as_object_mut().unwrap().remove(key);
        body
    };
    let validation = "ValidationError";
    let bad = "BadRequestError";
    let long = "r".repeat(1_001);
    for (body, error, message) in [
        (without("phone_number"), validation, "phone_number is a required property"),
        (without("template_id"), validation, "template_id is a required property"),
        (
            with("priority", json!(1)),
            validation,
            "Additional properties are not allowed (priority was unexpected)",
        ),
        (with("template_id", json!("1")), validation, "template_id is not a valid UUID"),
        (
            with("personalisation", json!([1])),
            validation,
            "personalisation [1] is not of type object",
        ),
        (with("reference", json!(long)), validation, &format!("reference {long} is too long")),
        (with("phone_number", json!("")), validation, "phone_number Not enough digits"),
        (with("phone_number", json!("0770090")), validation, "phone_number Not enough digits"),
        (with("phone_number", json!("0770090012345")), validation, "phone_number Too many digits"),
        (
            with("phone_number", json!("07700 9OO123")),
            validation,
            "phone_number Must not contain letters or symbols",
        ),
        (with("phone_number", json!("01632960000")), "InvalidPhoneError", "Not a UK mobile number"),
        (
            with("phone_number", json!("+12025550123")),
            bad,
            "Cannot send to international mobile numbers",
        ),
        (
            with("phone_number", json!("07000000000")),
            bad,
            "Can’t send to this recipient using a team-only API key",
        ),
        (with("template_id", json!(UNKNOWN)), bad, "Template not found"),
        (without("personalisation"), bad, "Missing personalisation: message"),
        (
            with("personalisation", json!({"message": null})),
            bad,
            "Missing personalisation: message",
        ),
        (with("personalisation", json!({"message": " \n "})), bad, "Your message is empty."),
        (
            json!({"phone_number": NUMBER, "template_id": TWO_FIELDS, "personalisation": {}}),
            bad,
            "Missing personalisation: name, place",
        ),
        (
            with("personalisation", json!({"message": "a".repeat(919)})),
            bad,
            "Your message is too long. Text messages cannot be longer than 918 characters. Your message is 919 characters long.",
        ),
        (
            with("sms_sender_id", json!(UNKNOWN)),
            bad,
            &format!("sms_sender_id {UNKNOWN} does not exist in database for service id {SERVICE}"),
        ),
    ] {
        let response = stage.post(&body).send().await.unwrap();
        check_refusal(response, 400, error, message).await;
    }
    let response =
        stage.request("POST", "/v2/notifications/sms").body("{not json").send().await.unwrap();
    check_refusal(response, 400, bad, "Invalid JSON supplied in POST data").await;
    let response =
        stage.request("POST", "/v2/notifications/email").body("{}").send().await.unwrap();
    check_refusal(response, 400, bad, "Service is not allowed to send emails").await;

    let ledger = stage.ledger();
    assert!(ledger.texts.is_empty());
    assert_eq!(ledger.sends.with(400), 22);
    assert_eq!(ledger.sends.total(), 22);
}

#[tokio::test]
async fn a_text_of_918_characters_and_a_reference_of_1000_are_still_taken() {
    let stage = Stage::new(|_| {}).await;
    let response = stage.send(NUMBER, &"r".repeat(1_000), &"a".repeat(918)).await;
    assert_eq!(response.status(), 201);
    assert_eq!(stage.ledger().texts[0].segments, 6);
}

#[tokio::test]
async fn every_bad_token_is_refused_as_notify_refuses_it() {
    let stage = Stage::new(|_| {}).await;
    let now = Timestamp::now().as_second();
    let claims = |issuer: &str, issued_at: i64| json!({"iss": issuer, "iat": issued_at});
    let bearer = |algorithm: Algorithm, claims: &Value, secret: &str| {
        Some(format!("Bearer {}", token(algorithm, claims, secret)))
    };
    let hs256 = Algorithm::HS256;
    let good = claims(SERVICE, now);
    let general = "Invalid token: make sure your API token matches the example at https://docs.notifications.service.gov.uk/rest-api.html#authorisation-header";
    let clock = "Error: Your system clock must be accurate to within 30 seconds";
    for (header, status, message) in [
        (None, 401, "Unauthorized: authentication token must be provided"),
        (
            Some("Basic abc".to_owned()),
            401,
            "Unauthorized: authentication bearer scheme must be used",
        ),
        (Some("Bearer rubbish".to_owned()), 403, general),
        (bearer(hs256, &json!({"iat": now}), SECRET), 403, "Invalid token: iss field not provided"),
        (
            bearer(hs256, &claims("force", now), SECRET),
            403,
            "Invalid token: service id is not the right data type",
        ),
        (bearer(hs256, &claims(UNKNOWN, now), SECRET), 403, "Invalid token: service not found"),
        (
            bearer(Algorithm::HS512, &good, SECRET),
            403,
            "Invalid token: algorithm used is not HS256",
        ),
        (bearer(hs256, &good, UNKNOWN), 403, "Invalid token: API key not found"),
        (bearer(hs256, &json!({"iss": SERVICE}), SECRET), 403, "Invalid token: API key not found"),
        (bearer(hs256, &json!({"iss": SERVICE, "iat": now, "aud": "x"}), SECRET), 403, general),
        (bearer(hs256, &claims(SERVICE, now - 40), SECRET), 403, clock),
        (bearer(hs256, &claims(SERVICE, now + 40), SECRET), 403, clock),
    ] {
        for (method, path) in [
            ("POST", "/v2/notifications/sms"),
            ("GET", "/v2/notifications"),
            ("GET", "/v2/received-text-messages"),
        ] {
            let mut request =
                stage.bare(method, path).body(super::tests::good(NUMBER, "r", "m").to_string());
            if let Some(header) = &header {
                request = request.header("Authorization", header);
            }
            check_refusal(request.send().await.unwrap(), status, "AuthError", message).await;
        }
    }
    for (scheme, issued_at) in [("Bearer", now - 20), ("bearer", now + 20)] {
        let token = token(hs256, &claims(SERVICE, issued_at), SECRET);
        let request = stage
            .bare("GET", "/v2/notifications")
            .header("Authorization", format!("{scheme} {token}"));
        assert_eq!(request.send().await.unwrap().status(), 200);
    }
    assert!(stage.ledger().texts.is_empty());
}

#[tokio::test]
async fn the_published_vector_of_a_token_is_accepted_when_the_clock_is_at_its_time() {
    // The compact token of a known key at 1568818578, made elsewhere, pins the format from outside.
    let vector = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJpc3MiOiIyNjc4NWEwOS1hYjE2LTRlYjAtODQwNy1hMzc0OTdhNTc1MDYiLCJpYXQiOjE1Njg4MTg1Nzh9.YT_aQYNif0l3HaPwy62Cj9g0qsYzjnj1K5pLwkELiFw";
    let stage = Stage::new(|settings| {
        settings.clock_offset_seconds = 1_568_818_578 - Timestamp::now().as_second()
    })
    .await;
    let request = stage.bare("GET", "/v2/notifications").bearer_auth(vector);
    assert_eq!(request.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn the_clock_of_the_local_world_rules_tokens_and_times() {
    let year = 365 * 24 * 60 * 60;
    let stage = Stage::new(|settings| settings.clock_offset_seconds = -year).await;
    assert_eq!(stage.send(NUMBER, "r", "m").await.status(), 201);
    let created_at = stage.ledger().texts[0].created_at;
    let expected = Timestamp::now().as_second() - year;
    assert!((created_at.as_second() - expected).abs() < 30, "{created_at}");
    let late = json!({"iss": SERVICE, "iat": Timestamp::now().as_second()});
    let request =
        stage.bare("GET", "/v2/notifications").bearer_auth(token(Algorithm::HS256, &late, SECRET));
    assert_eq!(request.send().await.unwrap().status(), 403);
}

#[tokio::test]
async fn too_many_in_a_minute_and_too_many_in_a_day_are_told_apart() {
    let stage = Stage::new(|settings| settings.requests_per_minute = 2).await;
    for _ in 0..2 {
        assert_eq!(stage.send(NUMBER, "r", "m").await.status(), 201);
    }
    let message = "Exceeded rate limit for key type LIVE of 2 requests per 60 seconds";
    check_refusal(stage.send(NUMBER, "r", "m").await, 429, "RateLimitError", message).await;
    // Looking up is not limited.
    assert_eq!(stage.get("/v2/notifications").await.0, 200);

    let stage = Stage::new(|settings| settings.texts_per_day = 1).await;
    assert_eq!(stage.send(NUMBER, "r", "m").await.status(), 201);
    let message = "Exceeded send limits (sms: 1) for today";
    check_refusal(stage.send(NUMBER, "r", "m").await, 429, "TooManyRequestsError", message).await;
}

#[tokio::test]
async fn an_unknown_page_and_a_wrong_method_are_not_found_in_notifys_shape() {
    let stage = Stage::new(|_| {}).await;
    let (status, body) = stage.get("/v2/nowhere").await;
    assert_eq!((status, &body["result"]), (404, &json!("error")));
    let response = stage.request("DELETE", "/v2/notifications").send().await.unwrap();
    assert_eq!(response.status(), 405);
}

#[tokio::test]
async fn a_number_that_somebody_may_have_is_taken_only_if_that_is_allowed() {
    let stage = Stage::new(|settings| settings.invented_numbers_only = false).await;
    assert_eq!(stage.send("07000000000", "r", "m").await.status(), 201);
}

// --- Looking up ---

#[tokio::test]
async fn a_text_can_be_looked_up_by_id_with_its_true_cost() {
    let stage = Stage::new(|_| {}).await;
    let id = stage.send_for_id(NUMBER, "ref-1", &"a".repeat(307)).await;
    stage.settle().await;
    let (status, body) = stage.get(&format!("/v2/notifications/{id}")).await;
    assert_eq!(status, 200);
    let text = &stage.ledger().texts[0];
    let root = stage.supplier.base_url();
    assert_eq!(
        body,
        json!({
            "id": id, "reference": "ref-1", "email_address": null, "phone_number": NUMBER,
            "line_1": null, "line_2": null, "line_3": null, "line_4": null, "line_5": null, "line_6": null,
            "postcode": null, "type": "sms", "status": "delivered",
            "template": {"version": 1, "id": TEMPLATE, "uri": format!("{root}/v2/template/{TEMPLATE}/version/1")},
            "body": "a".repeat(307), "subject": null,
            "created_at": courier::timestamp(text.created_at), "created_by_name": null,
            "sent_at": text.sent_at.map(courier::timestamp),
            "completed_at": text.completed_at.map(courier::timestamp),
            "scheduled_for": null, "postage": null, "one_click_unsubscribe_url": null,
            "is_cost_data_ready": true,
            // Three times 0.024 in binary, as Notify itself would write it.
            "cost_in_pounds": 0.072_000_000_000_000_01,
            "cost_details": {"billable_sms_fragments": 3, "international_rate_multiplier": 1.0, "sms_rate": 0.024},
        })
    );
    assert_eq!(stage.ledger().total_cost_micropounds(), 72_000);
}

#[tokio::test]
async fn a_text_that_has_not_been_sent_yet_has_no_cost() {
    let stage =
        Stage::new(|settings| settings.behaviour.sending_after = Duration::from_secs(3_600)).await;
    let id = stage.send_for_id(NUMBER, "r", "m").await;
    let (_, body) = stage.get(&format!("/v2/notifications/{id}")).await;
    assert_eq!(body["status"], "created");
    assert_eq!(body["is_cost_data_ready"], false);
    assert_eq!(body["cost_in_pounds"], Value::Null);
    assert_eq!(body["cost_details"], json!({}));
    assert_eq!((&body["sent_at"], &body["completed_at"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn an_id_that_is_unknown_and_one_that_is_none_are_told_apart() {
    let stage = Stage::new(|_| {}).await;
    let response =
        stage.request("GET", &format!("/v2/notifications/{UNKNOWN}")).send().await.unwrap();
    check_refusal(response, 404, "NoResultFound", "No result found").await;
    for id in ["1234", "sms"] {
        let response =
            stage.request("GET", &format!("/v2/notifications/{id}")).send().await.unwrap();
        check_refusal(response, 400, "ValidationError", "notification_id is not a valid UUID")
            .await;
    }
}

#[tokio::test]
async fn a_reference_finds_every_text_that_bears_it_newest_first() {
    let stage = Stage::new(|_| {}).await;
    let first = stage.send_for_id(NUMBER, "a b&c", "one").await;
    stage.send_for_id(NUMBER, "other", "two").await;
    let second = stage.send_for_id("07700900002", "a b&c", "three").await;
    stage.settle().await;

    assert_eq!(stage.list("reference=a%20b%26c").await.0, [second.as_str(), first.as_str()]);
    assert_eq!(stage.list("reference=nobody").await.0, [""; 0]);
    assert_eq!(stage.list("reference=a+b%26c&status=failed").await.0, [second.as_str()]);
    assert_eq!(
        stage.list("reference=a+b%26c&status=failed&status=delivered").await.0,
        [second.as_str(), first.as_str()]
    );
    assert_eq!(stage.list("reference=a+b%26c&template_type=email").await.0, [""; 0]);
    assert_eq!(
        stage.list(&format!("reference=a+b%26c&older_than={second}&template_type=sms")).await.0,
        [first.as_str()]
    );
    assert_eq!(stage.list(&format!("older_than={UNKNOWN}")).await.0, [""; 0]);

    let (_, links) = stage.list("reference=a%20b%26c").await;
    let root = stage.supplier.base_url();
    assert_eq!(
        links,
        json!({
            "current": format!("{root}/v2/notifications?reference=a%20b%26c"),
            "next": format!("{root}/v2/notifications?reference=a%20b%26c&older_than={first}"),
        })
    );
    let (_, links) = stage.list("reference=nobody").await;
    assert_eq!(links, json!({"current": format!("{root}/v2/notifications?reference=nobody")}));

    let response = stage.request("GET", "/v2/notifications?page=2").send().await.unwrap();
    let message = "Additional properties are not allowed (page was unexpected)";
    check_refusal(response, 400, "ValidationError", message).await;
}

#[tokio::test]
async fn a_long_list_is_read_page_by_page_without_a_gap() {
    let stage = Stage::new(|_| {}).await;
    for turn in 0..260 {
        stage.send_for_id(&format!("07700900{:03}", turn + 300), &format!("ref-{turn}"), "m").await;
    }
    let (mut page, mut links) = stage.list("").await;
    assert_eq!(page.len(), 250);
    let mut all = page;
    while let Some(next) = links["next"].as_str() {
        let next = next.strip_prefix(stage.supplier.base_url()).unwrap().to_owned();
        (page, links) = stage.list_at(&next).await;
        all.extend(page);
    }
    let expected: Vec<String> =
        stage.ledger().texts.iter().rev().map(|text| text.id.clone()).collect();
    assert_eq!(all, expected);
}

#[tokio::test]
async fn lookups_can_fail_too() {
    let stage =
        Stage::new(|settings| settings.behaviour.faults = Faults::none().lookups_failing(1_000))
            .await;
    let response = stage.request("GET", "/v2/notifications?reference=r").send().await.unwrap();
    assert_eq!(response.status(), 503);
    assert!(response.json::<Value>().await.is_err());
    assert_eq!(stage.ledger().lookups.with(503), 1);
}

// --- Receipts ---

#[tokio::test]
async fn a_receipt_arrives_with_the_bearer_token_and_the_right_json() {
    let mut stage = Stage::new(|_| {}).await;
    let id = stage.send_for_id("07700 900123", "ref-1", "m").await;
    let post = stage.service.next().await;
    let text = stage.ledger().texts[0].clone();
    assert_eq!(post.path, "/receipts");
    assert_eq!(post.authorization, format!("Bearer {TOKEN}"));
    assert_eq!(post.content_type, "application/json");
    assert_eq!(
        post.body,
        json!({
            "id": id, "reference": "ref-1", "to": "07700 900123", "status": "delivered",
            "created_at": courier::timestamp(text.created_at),
            "completed_at": courier::timestamp(text.completed_at.unwrap()),
            "sent_at": courier::timestamp(text.sent_at.unwrap()),
            "notification_type": "sms", "template_id": TEMPLATE, "template_version": 1,
        })
    );
    let written = post.body["created_at"].as_str().unwrap();
    assert_eq!((written.len(), &written[19..20], &written[26..]), (27, ".", "Z"), "{written}");
    stage.settle().await;
    assert_eq!(stage.service.rest(), []);
}

#[tokio::test]
async fn magic_numbers_fail_and_smoke_tests_vanish() {
    let mut stage = Stage::new(|_| {}).await;
    for (number, status) in
        [("07700900003", "temporary-failure"), ("+447700900002", "permanent-failure")]
    {
        stage.send_for_id(number, "r", "m").await;
        assert_eq!(stage.service.next().await.body["status"], status);
    }
    for number in ["07700900000", "07700900111", "07700900222"] {
        let id = stage.send_for_id(number, "smoke", "m").await;
        assert_eq!(stage.get(&format!("/v2/notifications/{id}")).await.0, 404);
    }
    stage.settle().await;
    assert_eq!(stage.service.rest(), []);
    assert_eq!(stage.list("reference=smoke").await.0, [""; 0]);
    let smoke: Vec<Text> = stage.ledger().texts_for("smoke").into_iter().cloned().collect();
    assert_eq!(smoke.iter().map(|text| text.cost_micropounds).sum::<u64>(), 0);
    assert!(smoke.iter().all(|text| text.is_smoke_test && text.status == Status::Created));
}

#[tokio::test]
async fn what_becomes_of_a_text_can_be_scripted() {
    let script =
        [Delivery::TechnicalFailure, Delivery::TemporaryFailure, Delivery::PermanentFailure]
            .map(Fault::delivery);
    let mut stage =
        Stage::new(|settings| settings.behaviour.faults = Faults::none().script(NUMBER, &script))
            .await;
    for (status, billed) in [
        ("technical-failure", 0),
        ("temporary-failure", 1),
        ("permanent-failure", 1),
        ("delivered", 1),
    ] {
        let id = stage.send_for_id(NUMBER, "r", "m").await;
        let receipt = stage.service.next().await.body;
        assert_eq!(receipt["status"], status);
        assert_eq!(receipt["sent_at"].is_null(), billed == 0);
        let (_, body) = stage.get(&format!("/v2/notifications/{id}")).await;
        assert_eq!(body["cost_details"]["billable_sms_fragments"], billed);
    }
}

#[tokio::test]
async fn a_callback_is_repeated_after_503_and_429_and_not_after_400() {
    let mut stage = Stage::new(|_| {}).await;
    stage.service.answer(&[503, 429, 500, 202]);
    stage.send_for_id(NUMBER, "r", "m").await;
    stage.settle().await;
    assert_eq!(stage.service.rest().len(), 4);

    stage.service.answer(&[400]);
    stage.send_for_id(NUMBER, "r", "m").await;
    stage.settle().await;
    assert_eq!(stage.service.rest().len(), 1);

    let receipts = stage.ledger().answers_to(CallbackKind::Receipt);
    assert_eq!([503, 429, 500, 202, 400].map(|status| receipts.with(status)), [1; 5]);
    let attempts: Vec<u32> =
        stage.ledger().callbacks.iter().map(|attempt| attempt.attempt).collect();
    assert_eq!(attempts, [1, 2, 3, 4, 1]);
}

#[tokio::test]
async fn a_callback_is_given_up_after_five_repetitions() {
    let mut stage = Stage::new(|_| {}).await;
    stage.service.answer(&[500; 20]);
    stage.send_for_id(NUMBER, "r", "m").await;
    stage.settle().await;
    assert_eq!(stage.service.rest().len(), 6);
}

#[tokio::test]
async fn a_service_that_is_down_or_slow_counts_as_no_answer() {
    let stage =
        Stage::new(|settings| settings.behaviour.callback_timeout = Duration::from_millis(50))
            .await;
    // A port whose listener is gone is closed; a listener that never answers is slow.
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = format!("http://{}/", gone.local_addr().unwrap());
    drop(gone);
    let deaf = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let slow = format!("http://{}/", deaf.local_addr().unwrap());
    for url in [closed.as_str(), slow.as_str()] {
        stage.supplier.call_back(Some(Callback::new(url, TOKEN)), None);
        stage.send_for_id(NUMBER, "r", "m").await;
        stage.settle().await;
    }
    assert_eq!(
        stage.ledger().answers_to(CallbackKind::Receipt),
        Answers { unanswered: 12, ..Answers::default() }
    );
}

#[tokio::test]
async fn a_receipt_can_be_duplicated_lost_or_late() {
    let script = [
        ReceiptFault::Duplicated(3),
        ReceiptFault::Lost,
        ReceiptFault::DelayedBy(Duration::from_millis(500)),
    ];
    let script = script.map(Fault::receipt);
    let mut stage =
        Stage::new(|settings| settings.behaviour.faults = Faults::none().script(NUMBER, &script))
            .await;
    stage.send_for_id(NUMBER, "r", "m").await;
    stage.settle().await;
    let receipts = stage.service.rest();
    assert_eq!(receipts.len(), 3);
    assert!(receipts.iter().all(|receipt| receipt.body == receipts[0].body));

    let lost = stage.send_for_id(NUMBER, "r", "m").await;
    stage.settle().await;
    assert_eq!(stage.service.rest(), []);
    assert_eq!(stage.get(&format!("/v2/notifications/{lost}")).await.1["status"], "delivered");

    let late = stage.send_for_id(NUMBER, "r", "m").await;
    stage.until(|ledger| ledger.texts[2].status == Status::Delivered).await;
    assert_eq!(stage.service.rest(), []);
    assert_eq!(stage.service.next().await.body["id"], late);
}

#[tokio::test]
async fn a_receipt_can_arrive_before_the_response() {
    let faults = Faults::none().script(NUMBER, &[Fault::receipt(ReceiptFault::BeforeResponse)]);
    let mut stage = Stage::new(|settings| {
        settings.behaviour.faults = faults;
        settings.behaviour.people = People::silent().script(NUMBER, &["5"]);
    })
    .await;
    let id = stage.send_for_id(NUMBER, "r", "m").await;
    // It is here already, without waiting.
    let receipts = stage.service.rest();
    assert_eq!(receipts.len(), 1);
    assert_eq!(
        (&receipts[0].body["id"], &receipts[0].body["status"]),
        (&json!(id), &json!("delivered"))
    );
    assert_eq!(stage.service.next().await.body["message"], "5");
    stage.settle().await;
    assert_eq!(stage.service.rest(), []);
}

#[tokio::test]
async fn a_receipt_before_the_response_is_repeated_behind_it() {
    let faults = Faults::none().script(NUMBER, &[Fault::receipt(ReceiptFault::BeforeResponse)]);
    let mut stage = Stage::new(|settings| settings.behaviour.faults = faults).await;
    stage.service.answer(&[500, 500]);
    assert_eq!(stage.send(NUMBER, "r", "m").await.status(), 201);
    stage.settle().await;
    assert_eq!(stage.service.rest().len(), 3);
}

#[tokio::test]
async fn receipts_can_come_in_the_wrong_order() {
    let faults = Faults::none().script(NUMBER, &[Fault::receipt(ReceiptFault::OutOfOrder)]);
    let mut stage = Stage::new(|settings| settings.behaviour.faults = faults).await;
    stage.send_for_id(NUMBER, "r", "m").await;
    stage.settle().await;
    let receipts = stage.service.rest();
    let statuses: Vec<&Value> = receipts.iter().map(|receipt| &receipt.body["status"]).collect();
    assert_eq!(statuses, ["delivered", "temporary-failure"]);
    let completed = |at: usize| receipts[at].body["completed_at"].as_str().unwrap().to_owned();
    assert!(completed(1) < completed(0));
    assert_eq!(stage.ledger().texts[0].status, Status::Delivered);
}

// --- Requests that go wrong ---

#[tokio::test]
async fn faults_that_accept_send_exactly_one_text_and_others_none() {
    let garbage = |status: u16| (Some(status), false);
    let cases: [(SendFault, (Option<u16>, bool)); 13] = [
        (SendFault::Normal, (Some(201), true)),
        (SendFault::DelayThenAccept(Duration::from_millis(20)), (Some(201), true)),
        (SendFault::AcceptThenDelay(Duration::from_millis(20)), (Some(201), true)),
        (SendFault::AcceptThenReset, (None, false)),
        (SendFault::ResetUnaccepted, (None, false)),
        (SendFault::AcceptThen500, (Some(500), true)),
        (SendFault::AcceptThen504, (Some(504), true)),
        (SendFault::Garbage200, garbage(200)),
        (SendFault::Garbage201, garbage(201)),
        (SendFault::RateLimited, (Some(429), true)),
        (SendFault::DailyLimit, (Some(429), true)),
        (SendFault::Error500, (Some(500), true)),
        (SendFault::Error503, garbage(503)),
    ];
    let script = cases.map(|(fault, _)| Fault::send(fault));
    let stage =
        Stage::new(|settings| settings.behaviour.faults = Faults::none().script(NUMBER, &script))
            .await;
    for (turn, (fault, (status, is_json))) in cases.iter().enumerate() {
        let reference = format!("ref-{turn}");
        let answer = stage.post(&good(NUMBER, &reference, "m")).send().await;
        let found = answer.as_ref().ok().map(|response| response.status().as_u16());
        assert_eq!(found, *status, "{fault:?}");
        if let Ok(response) = answer {
            assert_eq!(response.json::<Value>().await.is_ok(), *is_json, "{fault:?}");
        }
        let ledger = stage.ledger();
        assert_eq!(ledger.texts_for(&reference).len(), usize::from(fault.accepts()), "{fault:?}");
        // A lookup tells the truth, whatever the answer was.
        assert_eq!(
            stage.list(&format!("reference={reference}")).await.0.len(),
            usize::from(fault.accepts()),
            "{fault:?}"
        );
    }
    stage.settle().await;
    let ledger = stage.ledger();
    assert_eq!(ledger.sends.unanswered, 2);
    assert_eq!(
        [200, 201, 429, 500, 503, 504].map(|status| ledger.sends.with(status)),
        [1, 4, 2, 2, 1, 1]
    );
    assert!(ledger.texts.iter().all(|text| text.status == Status::Delivered));
}

#[tokio::test]
async fn limits_and_a_revoked_key_can_be_feigned() {
    let script =
        [SendFault::RateLimited, SendFault::DailyLimit, SendFault::Refused403].map(Fault::send);
    let stage =
        Stage::new(|settings| settings.behaviour.faults = Faults::none().script(NUMBER, &script))
            .await;
    for (status, error, message) in [
        (
            429,
            "RateLimitError",
            "Exceeded rate limit for key type LIVE of 3000 requests per 60 seconds",
        ),
        (429, "TooManyRequestsError", "Exceeded send limits (sms: 250000) for today"),
        (403, "AuthError", "Invalid token: API key not found"),
    ] {
        check_refusal(stage.send(NUMBER, "r", "m").await, status, error, message).await;
    }
    assert_eq!(stage.send(NUMBER, "r", "m").await.status(), 201);
}

#[tokio::test]
async fn a_client_that_hangs_up_early_is_denied_the_text_and_then_it_is_sent() {
    let delay = SendFault::DelayThenAccept(Duration::from_millis(1_500));
    let stage = Stage::new(|settings| {
        settings.behaviour.faults = Faults::none().script(NUMBER, &[Fault::send(delay)])
    })
    .await;
    let request = stage.post(&good(NUMBER, "r", "m")).timeout(Duration::from_millis(250));
    assert!(request.send().await.unwrap_err().is_timeout());
    assert_eq!(stage.list("reference=r").await.0, [""; 0]);
    stage.until(|ledger| ledger.texts.len() == 1).await;
    assert_eq!(stage.list("reference=r").await.0.len(), 1);
}

#[tokio::test]
async fn a_client_that_hangs_up_late_finds_the_text_at_once() {
    let delay = SendFault::AcceptThenDelay(Duration::from_secs(3_600));
    let stage = Stage::new(|settings| {
        settings.behaviour.faults = Faults::none().script(NUMBER, &[Fault::send(delay)])
    })
    .await;
    let request = stage.post(&good(NUMBER, "r", "m")).timeout(Duration::from_millis(200));
    assert!(request.send().await.unwrap_err().is_timeout());
    assert_eq!(stage.list("reference=r").await.0.len(), 1);
}

#[tokio::test]
async fn on_the_worst_day_nobody_is_texted_twice_by_the_supplier_itself() {
    let mut stage = Stage::new(|settings| {
        settings.seed = 11;
        settings.behaviour.faults = Faults::worst();
        settings.behaviour.people = People::usual();
    })
    .await;
    let mut sends = tokio::task::JoinSet::new();
    for turn in 0..300 {
        let body =
            good(&format!("07700900{:03}", turn + 300), &format!("ref-{turn}"), "How did we do?");
        sends.spawn(stage.post(&body).send());
    }
    while sends.join_next().await.is_some() {}
    stage.settle().await;

    let ledger = stage.ledger();
    let counts = ledger.counts();
    assert_eq!(counts.most_texts_for_one_reference, 1);
    assert_eq!(counts.sends.total(), 300);
    assert!(counts.texts > 250 && counts.texts < 300, "{counts:?}");
    assert!(counts.sends.unanswered > 3, "{counts:?}");
    assert_eq!(counts.by_status.values().sum::<usize>(), counts.texts);
    assert!(ledger.texts.iter().all(|text| text.status.is_final() || text.is_smoke_test));
    assert_eq!(stage.service.rest().len(), counts.receipts.total() + counts.inbound.total());
}

// --- People ---

#[tokio::test]
async fn a_reply_arrives_with_the_bearer_token_and_the_right_json() {
    let mut stage = Stage::new(|settings| {
        settings.behaviour.people = People::silent().script(NUMBER, &["5", "Ta £ 👍"])
    })
    .await;
    let id = stage.send_for_id(NUMBER, "r", "m").await;
    stage.settle().await;
    let posts: Vec<Post> =
        stage.service.rest().into_iter().filter(|post| post.path == "/inbound").collect();
    let replies = stage.ledger().replies;
    assert_eq!(
        replies.iter().map(|reply| reply.message.as_str()).collect::<Vec<_>>(),
        ["5", "Ta £ 👍"]
    );
    assert_eq!(replies[0].in_reply_to.as_deref(), Some(id.as_str()));
    assert_eq!(posts.len(), 2);
    for reply in &replies {
        let post = posts.iter().find(|post| post.body["id"] == reply.id).unwrap();
        assert_eq!(post.authorization, format!("Bearer {TOKEN}-inbound"));
        assert_eq!(
            post.body,
            json!({
                "id": reply.id, "source_number": "447700900123", "destination_number": "07700900999",
                "message": reply.message, "date_received": courier::timestamp(reply.received_at),
            })
        );
    }

    let (status, body) = stage.get("/v2/received-text-messages").await;
    assert_eq!(status, 200);
    assert_eq!(
        body["received_text_messages"][1],
        json!({
            "id": replies[0].id, "created_at": courier::timestamp(replies[0].received_at), "service_id": SERVICE,
            "notify_number": "07700900999", "user_number": "447700900123", "content": "5",
        })
    );
    let next = format!("/v2/received-text-messages?older_than={}", replies[1].id);
    let (_, page) = stage.get(&next).await;
    assert_eq!(page["received_text_messages"].as_array().unwrap().len(), 1);
    let root = stage.supplier.base_url();
    assert_eq!(body["links"]["current"], format!("{root}/v2/received-text-messages"));
    assert_eq!(
        body["links"]["next"],
        format!("{root}/v2/received-text-messages?older_than={}", replies[0].id)
    );
}

#[tokio::test]
async fn a_person_replies_once_and_only_to_a_text_that_came_from_a_number() {
    let stage = Stage::new(|settings| {
        settings.behaviour.people =
            People::silent().script(NUMBER, &["STOP"]).script("07700900003", &["5"]);
    })
    .await;
    let mut one_way = good(NUMBER, "r", "m");
    one_way["sms_sender_id"] = json!(NAMED_SENDER);
    stage.post(&one_way).send().await.unwrap();
    stage.send_for_id("07700900003", "r", "this never arrives").await;
    stage.settle().await;
    assert_eq!(stage.ledger().replies, []);
    for _ in 0..2 {
        stage.send_for_id(NUMBER, "r", "m").await;
        stage.settle().await;
    }
    assert_eq!(stage.ledger().replies.len(), 1);
}

#[tokio::test]
async fn a_reply_can_be_duplicated_or_lost_but_is_always_kept() {
    let faults = Faults::none()
        .script(NUMBER, &[Fault::inbound(InboundFault::Duplicated(3))])
        .script("07700900124", &[Fault::inbound(InboundFault::Lost)]);
    let mut stage = Stage::new(|settings| {
        settings.behaviour.faults = faults;
        settings.behaviour.people =
            People::silent().script(NUMBER, &["5"]).script("07700900124", &["4"]);
    })
    .await;
    for (number, expected) in [(NUMBER, 3), ("07700900124", 0)] {
        stage.send_for_id(number, "r", "m").await;
        stage.settle().await;
        let posts: Vec<Post> =
            stage.service.rest().into_iter().filter(|post| post.path == "/inbound").collect();
        assert_eq!(posts.len(), expected);
        assert!(posts.iter().all(|post| post.body == posts[0].body));
    }
    let (_, body) = stage.get("/v2/received-text-messages").await;
    assert_eq!(body["received_text_messages"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn the_same_seed_makes_the_same_town_whatever_the_order_of_its_texts() {
    let mut towns = Vec::new();
    for (seed, is_reversed) in [(5, false), (5, true), (6, false)] {
        let stage = Stage::new(|settings| {
            settings.seed = seed;
            settings.behaviour.people = People::usual();
        })
        .await;
        let mut numbers: Vec<String> =
            (300..360).map(|number| format!("07700900{number}")).collect();
        if is_reversed {
            numbers.reverse();
        }
        for number in &numbers {
            stage.send_for_id(number, "r", "m").await;
        }
        stage.settle().await;
        let mut replies: Vec<(String, String)> = stage
            .ledger()
            .replies
            .into_iter()
            .map(|reply| (reply.source_number, reply.message))
            .collect();
        replies.sort();
        towns.push(replies);
    }
    assert!(!towns[0].is_empty());
    assert_eq!(towns[0], towns[1]);
    assert_ne!(towns[0], towns[2]);
}

#[tokio::test]
async fn a_person_can_text_out_of_the_blue() {
    let mut stage = Stage::new(|_| {}).await;
    let reply = stage.supplier.receive("07700 900456", "is anyone there");
    let post = stage.service.next().await;
    assert_eq!(
        (&post.body["id"], &post.body["source_number"]),
        (&json!(reply.id), &json!("447700900456"))
    );
    assert_eq!(reply.kind, None);
}

// --- The ledger, and the end ---

#[tokio::test]
async fn the_ledger_is_the_same_over_http_and_counts_what_happened() {
    let stage =
        Stage::new(|settings| settings.behaviour.people = People::silent().script(NUMBER, &["5"]))
            .await;
    for (reference, message) in [("a", "one"), ("a", "two"), ("b", &"x".repeat(200))] {
        stage.send_for_id(NUMBER, reference, message).await;
    }
    stage.get(&format!("/v2/notifications/{UNKNOWN}")).await;
    stage.settle().await;

    let ledger = stage.ledger();
    let over_http: Ledger =
        stage.bare("GET", "/_standin/ledger").send().await.unwrap().json().await.unwrap();
    assert_eq!(serde_json::to_value(&over_http).unwrap(), serde_json::to_value(&ledger).unwrap());
    let counts: Counts =
        stage.bare("GET", "/_standin/counts").send().await.unwrap().json().await.unwrap();
    assert_eq!(counts, ledger.counts());
    assert_eq!(counts, stage.supplier.counts());
    assert_eq!((counts.texts, counts.references, counts.most_texts_for_one_reference), (3, 2, 2));
    assert_eq!((counts.billed_segments, counts.cost_micropounds), (4, 96_000));
    assert_eq!(counts.by_status[&Status::Delivered], 3);
    assert_eq!((counts.replies, counts.receipts.with(202), counts.inbound.with(202)), (1, 3, 1));
    assert_eq!((counts.sends.with(201), counts.lookups.with(404), counts.outstanding), (3, 1, 0));
    assert_eq!(stage.supplier.texts_per_reference()["a"], 2);
}

#[tokio::test]
async fn behaviour_can_change_in_the_middle_of_a_story() {
    let stage = Stage::new(|_| {}).await;
    assert_eq!(stage.send(NUMBER, "r", "m").await.status(), 201);
    let down = Faults::none().chance(1_000, Fault::send(SendFault::Error503));
    stage.supplier.behave(Behaviour { faults: down, ..Behaviour::default() });
    assert_eq!(stage.send(NUMBER, "r", "m").await.status(), 503);
    stage.supplier.behave(Behaviour::default());
    assert_eq!(stage.send(NUMBER, "r", "m").await.status(), 201);
}

#[tokio::test]
async fn a_stopped_supplier_refuses_connections_and_gives_up_what_is_outstanding() {
    let stage =
        Stage::new(|settings| settings.behaviour.sending_after = Duration::from_secs(3_600)).await;
    stage.send_for_id(NUMBER, "r", "m").await;
    assert!(!stage.supplier.is_settled());
    let request = stage.request("GET", "/v2/notifications");
    stage.supplier.stop().await;
    assert!(request.send().await.unwrap_err().is_connect());
}

#[tokio::test]
async fn a_dropped_supplier_stops() {
    let stage = Stage::new(|_| {}).await;
    let address = stage.supplier.base_url().strip_prefix("http://").unwrap().to_owned();
    drop(stage);
    wait_until("the port is closed", async || {
        tokio::net::TcpStream::connect(&address).await.is_err()
    })
    .await;
}

// --- The stage ---

/// A supplier, a service that it calls back, and a client.
struct Stage {
    supplier: Supplier,
    service: Service,
}

impl Stage {
    async fn new(adjust: impl FnOnce(&mut Settings)) -> Self {
        let service = Service::start().await;
        let mut settings =
            Settings::new(&format!("the-pilot-key-{SERVICE}-{SECRET}"), TEMPLATE).unwrap();
        settings.templates.push(Template {
            id: TWO_FIELDS.to_owned(),
            version: 3,
            content: "Dear ((name)) of ((place))".to_owned(),
        });
        settings.senders = vec![
            Sender { id: SENDER.to_owned(), number: "07700900998".to_owned() },
            Sender { id: NAMED_SENDER.to_owned(), number: "Police".to_owned() },
        ];
        settings.receipts = Some(Callback::new(&format!("{}/receipts", service.url), TOKEN));
        settings.inbound =
            Some(Callback::new(&format!("{}/inbound", service.url), &format!("{TOKEN}-inbound")));
        settings.behaviour.sending_after = Duration::from_millis(1);
        settings.behaviour.delivered_after = Duration::from_millis(1);
        settings.behaviour.replied_after = Duration::from_millis(2);
        settings.behaviour.retry_gap = Duration::from_millis(2);
        adjust(&mut settings);
        Self { supplier: Supplier::start(settings).await.unwrap(), service }
    }

    fn ledger(&self) -> Ledger {
        self.supplier.ledger()
    }

    /// A request without a token.
    fn bare(&self, method: &str, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.supplier.base_url());
        self.supplier.world.client.request(method.parse().unwrap(), url)
    }

    /// A request with a good token.
    fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let claims = json!({"iss": SERVICE, "iat": self.supplier.world.now().as_second()});
        self.bare(method, path).bearer_auth(token(Algorithm::HS256, &claims, SECRET))
    }

    fn post(&self, body: &Value) -> RequestBuilder {
        self.request("POST", "/v2/notifications/sms").json(body)
    }

    async fn send(&self, number: &str, reference: &str, message: &str) -> Response {
        self.post(&good(number, reference, message)).send().await.unwrap()
    }

    async fn send_for_id(&self, number: &str, reference: &str, message: &str) -> String {
        let response = self.send(number, reference, message).await;
        assert_eq!(response.status(), 201);
        response.json::<Value>().await.unwrap()["id"].as_str().unwrap().to_owned()
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        let response = self.request("GET", path).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    async fn list(&self, query: &str) -> (Vec<String>, Value) {
        self.list_at(&format!("/v2/notifications?{query}")).await
    }

    async fn list_at(&self, path: &str) -> (Vec<String>, Value) {
        let (status, mut body) = self.get(path).await;
        assert_eq!(status, 200, "{body}");
        let notifications = body["notifications"].as_array().unwrap();
        let ids =
            notifications.iter().map(|text| text["id"].as_str().unwrap().to_owned()).collect();
        (ids, body["links"].take())
    }

    async fn until(&self, is_true: impl Fn(&Ledger) -> bool) {
        wait_until("the ledger says so", async || is_true(&self.ledger())).await;
    }

    async fn settle(&self) {
        wait_until("the supplier is settled", async || self.supplier.is_settled()).await;
    }
}

/// The product's webhook, as far as the supplier can see it.
struct Service {
    url: String,
    posts: mpsc::UnboundedReceiver<Post>,
    answers: Arc<Mutex<VecDeque<u16>>>,
    server: JoinHandle<()>,
}

/// One callback that arrived.
#[derive(Clone, Debug, PartialEq)]
struct Post {
    path: String,
    authorization: String,
    content_type: String,
    body: Value,
}

#[derive(Clone)]
struct Desk {
    posts: mpsc::UnboundedSender<Post>,
    answers: Arc<Mutex<VecDeque<u16>>>,
}

impl Service {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (sender, posts) = mpsc::unbounded_channel();
        let answers = Arc::new(Mutex::new(VecDeque::new()));
        let desk = Desk { posts: sender, answers: Arc::clone(&answers) };
        let router = Router::new().fallback(take_post).with_state(desk);
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, posts, answers, server }
    }

    /// Answers the next callbacks with these statuses, and those after them with 202.
    fn answer(&self, statuses: &[u16]) {
        *self.answers.lock().unwrap() = statuses.iter().copied().collect();
    }

    async fn next(&mut self) -> Post {
        tokio::time::timeout(LONGEST_WAIT, self.posts.recv())
            .await
            .expect("a callback in time")
            .unwrap()
    }

    /// Takes every callback that has arrived.
    fn rest(&mut self) -> Vec<Post> {
        std::iter::from_fn(|| self.posts.try_recv().ok()).collect()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn take_post(
    State(desk): State<Desk>,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> AxumResponse {
    let header = |name: &str| {
        headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
    };
    let post = Post {
        path: uri.path().to_owned(),
        authorization: header("authorization"),
        content_type: header("content-type"),
        body: serde_json::from_str(&body).unwrap(),
    };
    desk.posts.send(post).unwrap();
    let status = desk.answers.lock().unwrap().pop_front().unwrap_or(202);
    StatusCode::from_u16(status).unwrap().into_response()
}

fn good(number: &str, reference: &str, message: &str) -> Value {
    json!({
        "phone_number": number,
        "template_id": TEMPLATE,
        "reference": reference,
        "personalisation": {"message": message},
    })
}

fn token(algorithm: Algorithm, claims: &Value, secret: &str) -> String {
    jsonwebtoken::encode(
        &Header::new(algorithm),
        claims,
        &EncodingKey::from_secret(secret.as_bytes()),
    )
    .unwrap()
}

async fn check_refusal(response: Response, status: u16, error: &str, message: &str) {
    assert_eq!(response.status(), status, "{message}");
    let body: Value = response.json().await.unwrap();
    assert_eq!(
        body,
        json!({"status_code": status, "errors": [{"error": error, "message": message}]})
    );
}

/// Asks again and again, for a bounded time.
async fn wait_until(what: &str, is_true: impl AsyncFn() -> bool) {
    let polling = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(2));
        while !is_true().await {
            ticks.tick().await;
        }
    };
    tokio::time::timeout(LONGEST_WAIT, polling)
        .await
        .unwrap_or_else(|_| panic!("waited too long until {what}"));
}
