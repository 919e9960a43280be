//! Notify's JSON, field by field. Fields it may add are ignored; fields we need are named.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// `POST /v2/notifications/sms`. Notify refuses any property it does not know.
#[derive(Debug, Serialize)]
pub(super) struct SmsRequest<'a> {
    pub(super) phone_number: &'a str,
    pub(super) template_id: &'a str,
    pub(super) personalisation: BTreeMap<&'a str, &'a str>,
    pub(super) reference: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sms_sender_id: Option<&'a str>,
}

/// The part of a 201 we need.
#[derive(Debug, Deserialize)]
pub(super) struct SmsAccepted {
    pub(super) id: String,
}

/// Any error answer.
#[derive(Debug, Deserialize)]
pub(super) struct ErrorBody {
    pub(super) errors: Vec<ErrorItem>,
}

/// One error: its type is stable, its message is not.
#[derive(Debug, Deserialize)]
pub(super) struct ErrorItem {
    pub(super) error: String,
}

/// `GET /v2/notifications?reference=`.
#[derive(Debug, Deserialize)]
pub(super) struct Notifications {
    pub(super) notifications: Vec<Notification>,
}

/// One text as Notify records it.
#[derive(Debug, Deserialize)]
pub(super) struct Notification {
    pub(super) id: String,
    pub(super) status: String,
    #[serde(default)]
    pub(super) is_cost_data_ready: bool,
    #[serde(default)]
    pub(super) cost_in_pounds: Option<f64>,
    #[serde(default)]
    pub(super) cost_details: CostDetails,
}

/// What a cost is made of; empty until it is known.
#[derive(Debug, Default, Deserialize)]
pub(super) struct CostDetails {
    pub(super) billable_sms_fragments: Option<usize>,
}

/// `GET /v2/received-text-messages`, newest first, at most 250.
#[derive(Deserialize)]
pub(super) struct ReceivedTexts {
    pub(super) received_text_messages: Vec<ReceivedText>,
}

/// One text that somebody sent to the service.
#[derive(Deserialize)]
pub(super) struct ReceivedText {
    pub(super) id: String,
    pub(super) user_number: String,
    pub(super) content: String,
    pub(super) created_at: String,
}

/// A delivery callback. The number it carries is not read.
#[derive(Debug, Deserialize)]
pub(super) struct DeliveryCallback {
    pub(super) reference: Option<String>,
    pub(super) status: String,
    pub(super) completed_at: Option<String>,
    pub(super) sent_at: Option<String>,
    pub(super) created_at: Option<String>,
}

/// An inbound callback.
#[derive(Deserialize)]
pub(super) struct InboundCallback {
    pub(super) id: String,
    pub(super) source_number: String,
    pub(super) message: String,
    pub(super) date_received: String,
}
