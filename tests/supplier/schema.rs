//! Notify's JSON schemas for the requests it takes, with the messages of its validator.
//!
//! The order of the messages is that of the schema: properties, then what is required, then what is
//! not allowed.

use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::Offset};
use serde_json::{Map, Value};

use super::{number, refusal::Refusal, settings::is_uuid};

/// A request to send a text, once it has passed the schema.
#[derive(Clone, Debug)]
pub(super) struct SmsRequest {
    /// The number as it was written.
    pub phone_number: String,
    /// The template's UUID.
    pub template_id: String,
    /// The values of the template's placeholders.
    pub personalisation: Map<String, Value>,
    /// The service's own name for the text.
    pub reference: Option<String>,
    /// The UUID of the sender to use.
    pub sms_sender_id: Option<String>,
}

const SMS_PROPERTIES: [&str; 6] = [
    "reference",
    "phone_number",
    "template_id",
    "personalisation",
    "scheduled_for",
    "sms_sender_id",
];

/// Checks the body of a request to send a text.
pub(super) fn sms_request(body: &[u8], now: Timestamp) -> Result<SmsRequest, Refusal> {
    let body: Value = serde_json::from_slice(body)
        .map_err(|_| Refusal::bad_request("Invalid JSON supplied in POST data".to_owned()))?;
    let fields = match body {
        Value::Object(fields) => fields,
        // Whatever Python holds to be false becomes an empty form.
        Value::Null | Value::Bool(false) => Map::new(),
        Value::Array(items) if items.is_empty() => Map::new(),
        Value::String(text) if text.is_empty() => Map::new(),
        other => {
            return Err(Refusal::validation(vec![format!(
                "{} is not of type object",
                python(&other)
            )]));
        }
    };

    let mut errors = Vec::new();
    for property in SMS_PROPERTIES {
        if let Some(value) = fields.get(property) {
            errors.extend(sms_property(property, value, now));
        }
    }
    for property in ["phone_number", "template_id"] {
        if !fields.contains_key(property) {
            errors.push(format!("{property} is a required property"));
        }
    }
    errors.extend(unexpected(fields.keys().map(String::as_str), &SMS_PROPERTIES));
    if !errors.is_empty() {
        return Err(Refusal::validation(errors));
    }

    let text = |property: &str| fields.get(property).and_then(Value::as_str).map(str::to_owned);
    Ok(SmsRequest {
        phone_number: text("phone_number").unwrap_or_default(),
        template_id: text("template_id").unwrap_or_default(),
        personalisation: fields
            .get("personalisation")
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default(),
        reference: text("reference"),
        sms_sender_id: text("sms_sender_id"),
    })
}

fn sms_property(property: &str, value: &Value, now: Timestamp) -> Option<String> {
    match (property, value) {
        ("reference", Value::String(text)) if text.chars().count() > 1_000 => {
            Some(format!("reference {} is too long", text.replace('\'', "")))
        }
        ("phone_number", Value::String(text)) => {
            number::parse(text).err().map(|message| format!("phone_number {message}"))
        }
        ("template_id" | "sms_sender_id", Value::String(text)) if is_uuid(text) => None,
        ("template_id" | "sms_sender_id", _) => Some(format!("{property} is not a valid UUID")),
        ("personalisation", Value::Object(_)) => None,
        ("personalisation", _) => {
            Some(format!("personalisation {} is not of type object", python(value)))
        }
        ("scheduled_for", Value::Null) => None,
        ("scheduled_for", Value::String(text)) => {
            schedule(text, now).err().map(|message| format!("scheduled_for {message}"))
        }
        ("scheduled_for", _) => {
            Some(format!("scheduled_for {} is not of type string, null", python(value)))
        }
        (_, Value::String(_)) => None,
        (_, _) => Some(format!("{property} {} is not of type string", python(value))),
    }
}

fn schedule(text: &str, now: Timestamp) -> Result<(), &'static str> {
    // Notify drops the zone and reads the rest as UTC.
    let at = text
        .parse::<DateTime>()
        .ok()
        .and_then(|at| Offset::UTC.to_timestamp(at).ok())
        .ok_or("datetime format is invalid. It must be a valid ISO8601 date time format, https://en.wikipedia.org/wiki/ISO_8601")?;
    if at < now {
        return Err("datetime can not be in the past");
    }
    if at.duration_since(now) > SignedDuration::from_hours(24) {
        return Err("datetime can only be 24 hours in the future");
    }
    Ok(())
}

/// What a list of notifications is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Listing {
    /// Only texts with this reference.
    pub reference: Option<String>,
    /// Only texts with one of these statuses, if there are any.
    pub statuses: Vec<String>,
    /// Only notifications of one of these types, if there are any.
    pub template_types: Vec<String>,
    /// Only texts older than the one with this id.
    pub older_than: Option<String>,
    /// Whether the request named `include_jobs`, which changes nothing here.
    pub include_jobs: Option<String>,
}

const STATUSES: [&str; 16] = [
    "cancelled",
    "created",
    "sending",
    "sent",
    "delivered",
    "pending",
    "failed",
    "technical-failure",
    "temporary-failure",
    "permanent-failure",
    "pending-virus-check",
    "validation-failed",
    "virus-scan-failed",
    "returned-letter",
    "accepted",
    "received",
];
const TYPES: [&str; 3] = ["sms", "email", "letter"];

/// Checks the query of a request for a list of notifications.
pub(super) fn listing(query: &[(String, String)]) -> Result<Listing, Refusal> {
    let all = |name: &str| -> Vec<String> {
        query.iter().filter(|(key, _)| key == name).map(|(_, value)| value.clone()).collect()
    };
    let first =
        |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let listing = Listing {
        reference: first("reference"),
        statuses: all("status"),
        template_types: all("template_type"),
        older_than: first("older_than"),
        include_jobs: first("include_jobs"),
    };

    let mut errors = Vec::new();
    errors.extend(
        listing.statuses.iter().filter_map(|status| not_one_of("status", status, &STATUSES)),
    );
    errors.extend(
        listing.template_types.iter().filter_map(|kind| not_one_of("template_type", kind, &TYPES)),
    );
    errors.extend(
        listing
            .include_jobs
            .iter()
            .filter_map(|choice| not_one_of("include_jobs", choice, &["true", "True"])),
    );
    errors.extend(bad_older_than(listing.older_than.as_deref()));
    let allowed = ["reference", "status", "template_type", "include_jobs", "older_than"];
    errors.extend(unexpected(query.iter().map(|(key, _)| key.as_str()), &allowed));
    if errors.is_empty() { Ok(listing) } else { Err(Refusal::validation(errors)) }
}

/// Checks the query of a request for received texts, and takes `older_than` from it.
pub(super) fn received(query: &[(String, String)]) -> Result<Option<String>, Refusal> {
    let older_than =
        query.iter().find(|(key, _)| key == "older_than").map(|(_, value)| value.clone());
    let mut errors = Vec::new();
    errors.extend(bad_older_than(older_than.as_deref()));
    errors.extend(unexpected(query.iter().map(|(key, _)| key.as_str()), &["older_than"]));
    if errors.is_empty() { Ok(older_than) } else { Err(Refusal::validation(errors)) }
}

/// Checks the id in a path.
pub(super) fn notification_id(id: &str) -> Result<(), Refusal> {
    if is_uuid(id) {
        Ok(())
    } else {
        Err(Refusal::validation(vec!["notification_id is not a valid UUID".to_owned()]))
    }
}

fn bad_older_than(older_than: Option<&str>) -> Option<String> {
    older_than.filter(|id| !is_uuid(id)).map(|_| "older_than is not a valid UUID".to_owned())
}

fn not_one_of(property: &str, value: &str, allowed: &[&str]) -> Option<String> {
    if allowed.contains(&value) {
        return None;
    }
    Some(format!("{property} {value} is not one of [{}]", allowed.join(", ")))
}

fn unexpected<'a>(present: impl Iterator<Item = &'a str>, allowed: &[&str]) -> Option<String> {
    let mut extras: Vec<&str> = present.filter(|property| !allowed.contains(property)).collect();
    extras.sort_unstable();
    extras.dedup();
    let verb = match extras.len() {
        0 => return None,
        1 => "was",
        _ => "were",
    };
    Some(format!("Additional properties are not allowed ({} {verb} unexpected)", extras.join(", ")))
}

/// Writes a value as Python's `repr` does, without its single quotes, which Notify takes out.
fn python(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.replace('\'', ""),
        Value::Array(items) => {
            format!("[{}]", items.iter().map(python).collect::<Vec<_>>().join(", "))
        }
        Value::Object(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(key, value)| format!("{}: {}", key.replace('\'', ""), python(value)))
                .collect();
            format!("{{{}}}", fields.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ID: &str = "f33517ff-2a88-4f6e-b855-c550268ce08a";

    fn check(body: Value, expected: &[&str]) {
        let now: Timestamp = "2026-03-29T00:30:00Z".parse().unwrap();
        let found = match sms_request(body.to_string().as_bytes(), now) {
            Ok(_) => Vec::new(),
            Err(refusal) => refusal.errors.into_iter().map(|(_, message)| message).collect(),
        };
        assert_eq!(found, expected, "{body}");
    }

    #[test]
    fn a_body_is_refused_in_the_validators_words_and_order() {
        check(json!({"phone_number": "07700900123", "template_id": ID}), &[]);
        check(
            json!({"template": ID, "phone_number": 5}),
            &[
                "phone_number 5 is not of type string",
                "template_id is a required property",
                "Additional properties are not allowed (template was unexpected)",
            ],
        );
        check(
            json!([]),
            &["phone_number is a required property", "template_id is a required property"],
        );
        check(json!([{"a": null}]), &["[{a: None}] is not of type object"]);
        check(
            json!({"phone_number": "07700900123", "template_id": "x", "sms_sender_id": null, "personalisation": "it's"}),
            &[
                "template_id is not a valid UUID",
                "personalisation its is not of type object",
                "sms_sender_id is not a valid UUID",
            ],
        );
        check(
            json!({"phone_number": "07700900123", "template_id": ID, "b": 1, "a": 1}),
            &["Additional properties are not allowed (a, b were unexpected)"],
        );
    }

    #[test]
    fn a_schedule_may_be_only_within_the_coming_day() {
        let body = |at: Value| json!({"phone_number": "07700900123", "template_id": ID, "scheduled_for": at});
        check(body(Value::Null), &[]);
        check(body(json!("2026-03-29T23:00:00")), &[]);
        check(
            body(json!("2026-03-29T00:00:00")),
            &["scheduled_for datetime can not be in the past"],
        );
        check(
            body(json!("2026-03-31T00:00:00")),
            &["scheduled_for datetime can only be 24 hours in the future"],
        );
    }

    #[test]
    fn a_listing_is_refused_when_it_asks_for_what_there_is_not() {
        let query = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
        };
        let found = listing(&query(&[("status", "elephant"), ("older_than", "1"), ("page", "2")]))
            .unwrap_err();
        let messages: Vec<String> = found.errors.into_iter().map(|(_, message)| message).collect();
        assert!(
            messages[0].starts_with("status elephant is not one of [cancelled, created, sending,"),
            "{messages:?}"
        );
        assert_eq!(
            messages[1..],
            [
                "older_than is not a valid UUID",
                "Additional properties are not allowed (page was unexpected)",
            ]
        );
        let good =
            listing(&query(&[("status", "failed"), ("status", "sending"), ("reference", "r")]))
                .unwrap();
        assert_eq!(good.statuses, ["failed", "sending"]);
    }
}
