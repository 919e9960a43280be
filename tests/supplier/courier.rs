//! What follows an accepted text: its delivery, its receipt and the person's reply.
//!
//! Callbacks are retried as Notify retries them: after a network error, a time-out, 429 or any status
//! from 500 up, five times, with one fixed gap; any other answer is the end of the matter.

use std::{sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    behaviour::{Delivery, InboundFault, ReceiptFault},
    ledger::{CallbackAttempt, CallbackKind, Reply, Status, Text},
    seed,
    settings::Callback,
    world::World,
};

/// How often a callback is repeated after its first attempt.
const RETRIES: u32 = 5;

/// Delivers a text in its own time, then tells the service and lets the person reply.
pub(super) async fn deliver(world: Arc<World>, text: Text) {
    let behaviour = world.behaviour();
    tokio::time::sleep(behaviour.sending_after).await;
    if text.fault.delivery != Delivery::TechnicalFailure {
        world.mark_sending(&text.id);
        tokio::time::sleep(behaviour.delivered_after).await;
    }
    if let Some(text) = world.mark_final(&text.id) {
        let replying = reply(Arc::clone(&world), text.clone());
        world.spawn(replying);
        send_receipts(&world, &text).await;
    }
}

/// Delivers a text at once and tells the service before anything else happens.
pub(super) async fn deliver_first(world: &Arc<World>, text: &Text) {
    if text.fault.delivery != Delivery::TechnicalFailure {
        world.mark_sending(&text.id);
    }
    let Some(text) = world.mark_final(&text.id) else { return };
    let receipt = receipt(&text);
    let outcome = attempt(world, &receipt, 1).await;
    let (courier, text) = (Arc::clone(world), text.clone());
    world.spawn(async move { reply(courier, text).await });
    let courier = Arc::clone(world);
    world.spawn(async move { retry(&courier, &receipt, outcome).await });
}

/// Files a reply and tells the service of it.
pub(super) async fn deliver_inbound(world: &Arc<World>, reply: &Reply, fault: InboundFault) {
    let message = Message {
        kind: CallbackKind::Inbound,
        id: reply.id.clone(),
        status: None,
        body: json!({
            "id": reply.id,
            "source_number": reply.source_number,
            "destination_number": reply.destination_number,
            "message": reply.message,
            "date_received": timestamp(reply.received_at),
        }),
    };
    match fault {
        InboundFault::Normal => post(world, &message).await,
        InboundFault::Duplicated(times) => post_at_once(world, &message, times).await,
        InboundFault::Lost => {}
    }
}

/// Writes a time as Notify does, with six decimals and a `Z`.
pub(super) fn timestamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}

/// Something to tell the service.
struct Message {
    kind: CallbackKind,
    id: String,
    status: Option<Status>,
    body: Value,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Done,
    Retry,
}

async fn send_receipts(world: &Arc<World>, text: &Text) {
    let receipt = receipt(text);
    match text.fault.receipt {
        // A receipt that should have gone out before the response is on time here only if it was asked for late.
        ReceiptFault::Normal | ReceiptFault::BeforeResponse => post(world, &receipt).await,
        ReceiptFault::Duplicated(times) => post_at_once(world, &receipt, times).await,
        ReceiptFault::OutOfOrder => {
            let outcome = attempt(world, &receipt, 1).await;
            // Only a phone that was reached after all can have been out of reach before.
            if text.status == Status::Delivered {
                post(world, &stale_receipt(text)).await;
            }
            retry(world, &receipt, outcome).await;
        }
        ReceiptFault::Lost => {}
        ReceiptFault::DelayedBy(delay) => {
            tokio::time::sleep(delay).await;
            post(world, &receipt).await;
        }
    }
}

async fn reply(world: Arc<World>, text: Text) {
    let is_two_way = text.from_number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'+');
    if text.status != Status::Delivered || !is_two_way || !world.may_reply(&text.number) {
        return;
    }
    let behaviour = world.behaviour();
    let seed = world.settings.seed;
    for (turn, planned) in (0..).zip(behaviour.people.replies(seed, &text.number)) {
        let spread = u64::try_from(behaviour.reply_spread.as_millis()).unwrap_or(u64::MAX);
        let dawdle =
            seed::throw(seed, &format!("dawdle {}", text.number), turn) % spread.saturating_add(1);
        tokio::time::sleep(behaviour.replied_after + Duration::from_millis(dawdle)).await;
        let reply = world.receive(&text.number, Some(planned.kind), &planned.message, Some(&text));
        let (courier, fault) = (Arc::clone(&world), text.fault.inbound);
        world.spawn(async move { deliver_inbound(&courier, &reply, fault).await });
    }
}

fn receipt(text: &Text) -> Message {
    status_message(text, text.status, text.completed_at)
}

/// Makes the receipt that the text would have had when it had not yet been delivered.
fn stale_receipt(text: &Text) -> Message {
    let earlier =
        text.completed_at.and_then(|at| at.checked_sub(SignedDuration::from_millis(1)).ok());
    status_message(text, Status::TemporaryFailure, earlier)
}

fn status_message(text: &Text, status: Status, completed_at: Option<Timestamp>) -> Message {
    Message {
        kind: CallbackKind::Receipt,
        id: text.id.clone(),
        status: Some(status),
        body: json!({
            "id": text.id,
            "reference": text.reference,
            "to": text.phone_number,
            "status": status.as_str(),
            "created_at": timestamp(text.created_at),
            "completed_at": completed_at.map(timestamp),
            "sent_at": text.sent_at.map(timestamp),
            "notification_type": "sms",
            "template_id": text.template_id,
            "template_version": text.template_version,
        }),
    }
}

async fn post_at_once(world: &Arc<World>, message: &Message, times: u8) {
    for _ in 1..times {
        let courier = Arc::clone(world);
        let copy = Message { id: message.id.clone(), body: message.body.clone(), ..*message };
        world.spawn(async move { post(&courier, &copy).await });
    }
    post(world, message).await;
}

async fn post(world: &World, message: &Message) {
    let outcome = attempt(world, message, 1).await;
    retry(world, message, outcome).await;
}

async fn retry(world: &World, message: &Message, first: Outcome) {
    let mut outcome = first;
    for number in 2..=1 + RETRIES {
        if outcome == Outcome::Done {
            return;
        }
        tokio::time::sleep(world.behaviour().retry_gap).await;
        outcome = attempt(world, message, number).await;
    }
}

async fn attempt(world: &World, message: &Message, number: u32) -> Outcome {
    let callback: Option<Callback> = match message.kind {
        CallbackKind::Receipt => world.receipts(),
        CallbackKind::Inbound => world.inbound(),
    };
    // A service that has set up no callback is told nothing, and nobody tries again.
    let Some(callback) = callback else { return Outcome::Done };
    let response = world
        .client
        .post(&callback.url)
        .bearer_auth(&callback.token)
        .timeout(world.behaviour().callback_timeout)
        .json(&message.body)
        .send()
        .await;
    let answer = response.ok().map(|response| response.status().as_u16());
    world.count_callback(CallbackAttempt {
        kind: message.kind,
        id: message.id.clone(),
        status: message.status,
        attempt: number,
        answer,
        at: world.now(),
    });
    match answer {
        None | Some(429 | 500..) => Outcome::Retry,
        Some(_) => Outcome::Done,
    }
}
