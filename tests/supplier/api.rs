//! Notify's HTTP interface, as far as a service that texts needs it, and the stand-in's own two pages.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{ConnectInfo, Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::{
    auth,
    behaviour::{ReceiptFault, SendFault},
    courier::{self, timestamp},
    ledger::{Reply, Status, Text},
    listener::Connection,
    refusal::Refusal,
    schema::{self, Listing},
    world::{Draft, World},
};

/// How many notifications, or received texts, Notify lists at once.
const PAGE: usize = 250;

/// Makes the routes of the supplier.
pub(super) fn router(world: Arc<World>) -> Router {
    Router::new()
        .route("/v2/notifications/sms", post(send_text).get(text_by_id_named_sms))
        .route("/v2/notifications/email", post(send_email))
        .route("/v2/notifications/letter", post(send_letter))
        .route("/v2/notifications/{id}", get(text_by_id))
        .route("/v2/notifications", get(texts))
        .route("/v2/received-text-messages", get(received))
        .route("/_standin/ledger", get(ledger))
        .route("/_standin/counts", get(counts))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .with_state(world)
}

/// What a request to send comes to.
enum Answer {
    Response(Response),
    Reset,
}

async fn send_text(
    State(world): State<Arc<World>>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let draft = match judge(&world, &headers, &body) {
        Ok(draft) => draft,
        Err(refusal) => {
            world.count_send(Some(refusal.status));
            return refusal.into_response();
        }
    };
    // The work must go on when the client hangs up, which drops this future: that is the very
    // case in which a text is sent and nobody is told.
    let (sender, receiver) = oneshot::channel();
    let (worker, root) = (Arc::clone(&world), url_root(&headers));
    world.spawn(async move {
        let answer = carry_out(&worker, draft, &root).await;
        worker.count_send(match &answer {
            Answer::Response(response) => Some(response.status().as_u16()),
            Answer::Reset => None,
        });
        // A client that has gone away is not an error here.
        drop(sender.send(answer));
    });
    match receiver.await {
        Ok(Answer::Response(response)) => response,
        Ok(Answer::Reset) | Err(_) => {
            connection.reset();
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn judge(world: &World, headers: &HeaderMap, body: &[u8]) -> Result<Draft, Refusal> {
    auth::check(headers, &world.keys(), world.now())?;
    world.check_limits()?;
    world.draft(schema::sms_request(body, world.now())?)
}

async fn carry_out(world: &Arc<World>, draft: Draft, root: &str) -> Answer {
    let fault = draft.fault;
    match fault.send {
        SendFault::ResetUnaccepted => return Answer::Reset,
        SendFault::RateLimited => {
            return refuse(Refusal::rate_limit(world.settings.requests_per_minute));
        }
        SendFault::DailyLimit => return refuse(Refusal::daily_limit(world.settings.texts_per_day)),
        SendFault::Error500 => return refuse(Refusal::internal()),
        SendFault::Error503 => return Answer::Response(unavailable()),
        SendFault::Refused403 => {
            return refuse(Refusal::auth(403, "Invalid token: API key not found"));
        }
        SendFault::BadRequest400 => {
            return refuse(Refusal::bad_request("Template not found".to_owned()));
        }
        SendFault::DelayThenAccept(delay) => tokio::time::sleep(delay).await,
        SendFault::Normal
        | SendFault::AcceptThenDelay(_)
        | SendFault::AcceptThenReset
        | SendFault::AcceptThen500
        | SendFault::AcceptThen504
        | SendFault::Garbage200
        | SendFault::Garbage201 => {}
    }

    let text = world.accept(draft);
    if text.is_smoke_test {
        // Answered as if it were sent, and then forgotten.
    } else if fault.receipt == ReceiptFault::BeforeResponse {
        courier::deliver_first(world, &text).await;
    } else {
        world.spawn(courier::deliver(Arc::clone(world), text.clone()));
    }

    if fault.says_a_plain_yes() {
        world.before_the_yes().await;
    }
    match fault.send {
        SendFault::AcceptThenReset => Answer::Reset,
        SendFault::AcceptThen500 => refuse(Refusal::internal()),
        SendFault::AcceptThen504 => refuse(Refusal::timeout()),
        SendFault::Garbage200 => Answer::Response((StatusCode::OK, "ok").into_response()),
        SendFault::Garbage201 => {
            let whole = created(world, &text, root).to_string();
            let half: String = whole.chars().take(whole.chars().count() / 2).collect();
            Answer::Response(
                (StatusCode::CREATED, [(header::CONTENT_TYPE, "application/json")], half)
                    .into_response(),
            )
        }
        SendFault::AcceptThenDelay(delay) => {
            tokio::time::sleep(delay).await;
            Answer::Response(
                (StatusCode::CREATED, Json(created(world, &text, root))).into_response(),
            )
        }
        SendFault::Normal
        | SendFault::DelayThenAccept(_)
        | SendFault::ResetUnaccepted
        | SendFault::RateLimited
        | SendFault::DailyLimit
        | SendFault::Error500
        | SendFault::Error503
        | SendFault::Refused403
        | SendFault::BadRequest400 => Answer::Response(
            (StatusCode::CREATED, Json(created(world, &text, root))).into_response(),
        ),
    }
}

fn refuse(refusal: Refusal) -> Answer {
    Answer::Response(refusal.into_response())
}

/// Answers as the load balancer does when nothing behind it is up, which is not in JSON.
fn unavailable() -> Response {
    let page = "<html>\r\n<head><title>503 Service Temporarily Unavailable</title></head>\r\n<body>\r\n<center><h1>503 Service Temporarily Unavailable</h1></center>\r\n</body>\r\n</html>\r\n";
    (StatusCode::SERVICE_UNAVAILABLE, [(header::CONTENT_TYPE, "text/html")], page).into_response()
}

fn created(world: &World, text: &Text, root: &str) -> Value {
    let service = world.settings.api_key.service_id();
    json!({
        "id": text.id,
        "reference": text.reference,
        "content": {"body": text.body, "from_number": text.from_number},
        "uri": format!("{root}v2/notifications/{}", text.id),
        "template": {
            "id": text.template_id,
            "version": text.template_version,
            "uri": format!("{root}services/{service}/templates/{}", text.template_id),
        },
        "scheduled_for": null,
    })
}

async fn send_email(State(world): State<Arc<World>>, headers: HeaderMap) -> Response {
    not_permitted(&world, &headers, "emails")
}

async fn send_letter(State(world): State<Arc<World>>, headers: HeaderMap) -> Response {
    not_permitted(&world, &headers, "letters")
}

fn not_permitted(world: &World, headers: &HeaderMap, what: &str) -> Response {
    let refusal = match auth::check(headers, &world.keys(), world.now()) {
        Ok(()) => Refusal::bad_request(format!("Service is not allowed to send {what}")),
        Err(refusal) => refusal,
    };
    world.count_send(Some(refusal.status));
    refusal.into_response()
}

/// Looks up the notification whose id is "sms", since Notify's two routes share a path.
async fn text_by_id_named_sms(state: State<Arc<World>>, headers: HeaderMap) -> Response {
    text_by_id(state, Path("sms".to_owned()), headers).await
}

async fn text_by_id(
    State(world): State<Arc<World>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    look_up(&world, &headers, || {
        schema::notification_id(&id)?;
        let text = world.text(&id).ok_or_else(Refusal::no_result)?;
        Ok(notification(&world, &text, &url_root(&headers)))
    })
}

async fn texts(
    State(world): State<Arc<World>>,
    Query(query): Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Response {
    look_up(&world, &headers, || {
        let listing = schema::listing(&query)?;
        let texts =
            world.texts(listing.older_than.as_deref(), PAGE, |text| is_wanted(&listing, text));
        let root = url_root(&headers);
        let path = format!("{root}v2/notifications");
        let mut links = json!({"current": address(&path, &listing, listing.older_than.as_deref())});
        if let Some(last) = texts.last() {
            links["next"] = address(&path, &listing, Some(&last.id)).into();
        }
        let notifications: Vec<Value> =
            texts.iter().map(|text| notification(&world, text, &root)).collect();
        Ok(json!({"notifications": notifications, "links": links}))
    })
}

async fn received(
    State(world): State<Arc<World>>,
    Query(query): Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Response {
    look_up(&world, &headers, || {
        let older_than = schema::received(&query)?;
        let replies = world.replies(older_than.as_deref(), PAGE);
        let path = format!("{}v2/received-text-messages", url_root(&headers));
        let mut links = json!({"current": path});
        if let Some(last) = replies.last() {
            links["next"] = format!("{path}?older_than={}", last.id).into();
        }
        let messages: Vec<Value> =
            replies.iter().map(|reply| received_text(&world, reply)).collect();
        Ok(json!({"received_text_messages": messages, "links": links}))
    })
}

fn look_up(
    world: &World,
    headers: &HeaderMap,
    find: impl FnOnce() -> Result<Value, Refusal>,
) -> Response {
    let response = match auth::check(headers, &world.keys(), world.now()) {
        Err(refusal) => refusal.into_response(),
        Ok(()) if world.fails_lookup() => unavailable(),
        Ok(()) => match find() {
            Ok(body) => Json(body).into_response(),
            Err(refusal) => refusal.into_response(),
        },
    };
    world.count_lookup(response.status().as_u16());
    response
}

fn is_wanted(listing: &Listing, text: &Text) -> bool {
    let is_status = |wanted: &String| match (wanted.as_str(), text.status) {
        (
            "failed",
            Status::PermanentFailure | Status::TemporaryFailure | Status::TechnicalFailure,
        ) => true,
        // Two words for letters stand for these.
        ("accepted", Status::Created | Status::Sending) | ("received", Status::Delivered) => true,
        (wanted, status) => wanted == status.as_str(),
    };
    listing.reference.as_ref().is_none_or(|reference| text.reference.as_ref() == Some(reference))
        && (listing.statuses.is_empty() || listing.statuses.iter().any(is_status))
        && (listing.template_types.is_empty()
            || listing.template_types.iter().any(|kind| kind == "sms"))
}

fn address(path: &str, listing: &Listing, older_than: Option<&str>) -> String {
    let mut query: Vec<(&str, &str)> = Vec::new();
    query.extend(listing.reference.iter().map(|reference| ("reference", reference.as_str())));
    query.extend(listing.statuses.iter().map(|status| ("status", status.as_str())));
    query.extend(listing.template_types.iter().map(|kind| ("template_type", kind.as_str())));
    query.extend(listing.include_jobs.iter().map(|choice| ("include_jobs", choice.as_str())));
    query.extend(older_than.map(|id| ("older_than", id)));
    if query.is_empty() {
        return path.to_owned();
    }
    let query: Vec<String> =
        query.into_iter().map(|(key, value)| format!("{key}={}", percent_encoded(value))).collect();
    format!("{path}?{}", query.join("&"))
}

fn percent_encoded(value: &str) -> String {
    let mut encoded = String::new();
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte))
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

fn notification(world: &World, text: &Text, root: &str) -> Value {
    let is_cost_data_ready = text.status != Status::Created || text.billed_segments > 0;
    // Notify multiplies binary floats, and so does this: 0.07200000000000001 is a price it really gives.
    #[expect(clippy::cast_precision_loss, reason = "prices and segments are far below 2^53")]
    let (rate, segments) =
        (world.settings.rate_micropounds as f64 / 1_000_000.0, text.billed_segments as f64);
    let multiplier = 1.0;
    let (cost, details) = match is_cost_data_ready {
        true => (
            json!(segments * multiplier * rate),
            json!({
                "billable_sms_fragments": text.billed_segments,
                "international_rate_multiplier": multiplier,
                "sms_rate": rate,
            }),
        ),
        false => (Value::Null, json!({})),
    };
    json!({
        "id": text.id,
        "reference": text.reference,
        "email_address": null,
        "phone_number": text.phone_number,
        "line_1": null,
        "line_2": null,
        "line_3": null,
        "line_4": null,
        "line_5": null,
        "line_6": null,
        "postcode": null,
        "type": "sms",
        "status": text.status.as_str(),
        "template": {
            "version": text.template_version,
            "id": text.template_id,
            "uri": format!("{root}v2/template/{}/version/{}", text.template_id, text.template_version),
        },
        "body": text.body,
        "subject": null,
        "created_at": timestamp(text.created_at),
        "created_by_name": null,
        "sent_at": text.sent_at.map(timestamp),
        "completed_at": text.completed_at.filter(|_| text.status.is_final()).map(timestamp),
        "scheduled_for": null,
        "postage": null,
        "one_click_unsubscribe_url": null,
        "is_cost_data_ready": is_cost_data_ready,
        "cost_in_pounds": cost,
        "cost_details": details,
    })
}

fn received_text(world: &World, reply: &Reply) -> Value {
    json!({
        "id": reply.id,
        "created_at": timestamp(reply.received_at),
        "service_id": world.settings.api_key.service_id(),
        "notify_number": reply.destination_number,
        "user_number": reply.source_number,
        "content": reply.message,
    })
}

/// The address under which the client reached the supplier, which Notify's links begin with.
fn url_root(headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    format!("http://{host}/")
}

async fn ledger(State(world): State<Arc<World>>) -> Response {
    Json(world.ledger()).into_response()
}

async fn counts(State(world): State<Arc<World>>) -> Response {
    Json(world.counts()).into_response()
}

async fn not_found(State(world): State<Arc<World>>) -> Response {
    world.count_lookup(404);
    let message = "The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.";
    (StatusCode::NOT_FOUND, Json(json!({"result": "error", "message": message}))).into_response()
}

async fn method_not_allowed(State(world): State<Arc<World>>) -> Response {
    world.count_lookup(405);
    let message = "The method is not allowed for the requested URL.";
    (StatusCode::METHOD_NOT_ALLOWED, Json(json!({"result": "error", "message": message})))
        .into_response()
}
