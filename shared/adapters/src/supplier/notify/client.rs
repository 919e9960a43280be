//! Sends through Notify, and tells its failures apart.
//!
//! Only what certainly was not taken may be tried again. A connection that was never made carried
//! nothing; once a request was written, no answer means doubt, and the reference decides later.

use anyhow::Context as _;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use domain::budget::Money;
use domain::contact::{Bill, ContactId};
use domain::ports::{Listed, Lookup, Order, Sent};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::{SignedDuration, Timestamp};
use reqwest::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;

use super::callback::{is_id, time};
use super::status::{self, Status};
use super::wire::{ErrorBody, Notification, Notifications, ReceivedTexts, SmsAccepted, SmsRequest};
use crate::clock::Clock;
use crate::supplier;

/// Notify's limit of 3,000 a minute rolls over a minute.
const RATE_LIMIT_WAIT: SignedDuration = SignedDuration::from_secs(60);

/// An API key: `<name>-<service id>-<secret>`, read from the right because names hold hyphens.
#[derive(Debug)]
pub struct ApiKey {
    service: String,
    secret: SecretString,
}

/// The head of a JSON Web Token signed by HMAC-SHA-256 (RFC 7515, RFC 7518 section 3.2), which is all that
/// Notify takes. Written out because a library for every kind of token brings RSA and three curves with
/// it, and with the first a known weakness (RUSTSEC-2023-0071).
const HS256: &str = r#"{"typ":"JWT","alg":"HS256"}"#;

/// How many pages of received texts are turned at the most: 250 each, of at most seven days.
const PAGES: usize = 400;

/// The length of a UUID in text.
const UUID: usize = 36;

impl ApiKey {
    /// Reads a key.
    ///
    /// # Errors
    /// It is not of Notify's form; the error does not show it.
    pub fn parse(key: &SecretString) -> anyhow::Result<Self> {
        let key = key.expose_secret().trim();
        let parts = || {
            let secret = key.get(key.len().checked_sub(UUID)?..)?;
            let service_end = key.len().checked_sub(UUID + 1)?;
            let service = key.get(service_end.checked_sub(UUID)?..service_end)?;
            (is_uuid(secret) && is_uuid(service)).then_some((service, secret))
        };
        let (service, secret) =
            parts().context("the Notify API key is not <name>-<service id>-<secret>")?;
        Ok(Self { service: service.to_owned(), secret: SecretString::from(secret) })
    }

    /// A token for one request, good for 30 seconds by Notify's clock.
    fn token(&self, now: Timestamp) -> anyhow::Result<String> {
        let claims = Claims { iss: &self.service, iat: now.as_second() };
        let claims = serde_json::to_string(&claims).context("write a Notify token")?;
        let [header, claims] = [HS256, &claims].map(|part| BASE64_URL_SAFE_NO_PAD.encode(part));
        let signed = format!("{header}.{claims}");
        let secret = self.secret.expose_secret().as_bytes();
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).context("sign a Notify token")?;
        mac.update(signed.as_bytes());
        Ok(format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())))
    }
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    iat: i64,
}

fn is_uuid(text: &str) -> bool {
    text.len() == UUID
        && text.bytes().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// How texts leave the service.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where Notify is, without a slash at the end.
    pub base_url: String,
    /// The pass-through template, whose text is `((message))`.
    pub template_id: String,
    /// The number texts come from, when the service has several.
    pub sender_id: Option<String>,
}

/// GOV.UK Notify.
pub struct Notify {
    http: reqwest::Client,
    settings: Settings,
    key: ApiKey,
    clock: Clock,
}

impl Notify {
    /// A service of Notify's.
    pub fn new(http: reqwest::Client, settings: Settings, key: ApiKey, clock: Clock) -> Self {
        Self { http, settings, key, clock }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.settings.base_url.trim_end_matches('/'))
    }
}

impl Notify {
    /// Opens a connection, which the first text then finds open. Whatever is answered will do.
    pub(in crate::supplier) async fn greet(&self) -> anyhow::Result<()> {
        self.http.head(self.url("/")).send().await.context("greet Notify")?;
        Ok(())
    }

    pub(in crate::supplier) async fn send(&self, order: &Order<'_>) -> Sent {
        let now = self.clock.now();
        let token = match self.key.token(now) {
            Ok(token) => token,
            Err(error) => return Sent::ConfigStop { why: format!("{error:#}") },
        };
        let wording = order.wording;
        // The force's own template fills itself in; the pass-through one is filled with everything.
        let (template_id, personalisation) = match &wording.template {
            Some(template) => {
                let values = wording.values.iter().map(|(name, value)| (*name, value.as_str()));
                (template.as_str(), values.collect())
            }
            None => {
                let whole = [("message", wording.text.sent())];
                (self.settings.template_id.as_str(), whole.into())
            }
        };
        let request = SmsRequest {
            phone_number: order.to.expose(),
            template_id,
            personalisation,
            reference: &order.permit.reference(),
            sms_sender_id: self.settings.sender_id.as_deref(),
        };
        let answer = self
            .http
            .post(self.url("/v2/notifications/sms"))
            .bearer_auth(token)
            .json(&request)
            .send()
            .await;
        match answer {
            Ok(answer) => {
                let status = answer.status();
                match answer.bytes().await {
                    Ok(body) => sent(status, &body, now),
                    Err(_) if status.is_success() => supplier::doubt("the answer broke off"),
                    Err(_) => sent(status, &[], now),
                }
            }
            Err(error) => supplier::unanswered(&error),
        }
    }

    pub(in crate::supplier) async fn look_up(
        &self,
        reference: &ContactId,
    ) -> anyhow::Result<Lookup> {
        let query = [("template_type", "sms"), ("reference", &reference.to_string())];
        let found: Notifications =
            self.ask("/v2/notifications", &query).await.context("ask Notify for a reference")?;
        // One reference, one text; were there two, the newest comes first.
        Ok(match found.notifications.into_iter().next() {
            None => Lookup::Unknown,
            Some(text) => Lookup::Known {
                receipt: match status::read(&text.status) {
                    Status::Final(receipt) => Some(receipt),
                    Status::Pending | Status::Unheard => None,
                },
                bill: bill(&text),
                supplier_id: text.id,
            },
        })
    }

    /// Every reply since that moment, which Notify keeps for seven days and lists newest first.
    pub(in crate::supplier) async fn received(
        &self,
        since: Timestamp,
    ) -> anyhow::Result<Vec<Listed>> {
        let mut listed = Vec::new();
        let mut older_than = None;
        for _ in 0..PAGES {
            let query: Vec<_> = older_than.iter().map(|id: &String| ("older_than", id)).collect();
            let page: ReceivedTexts = self
                .ask("/v2/received-text-messages", &query)
                .await
                .context("ask Notify for the texts it received")?;
            older_than = page.received_text_messages.last().map(|text| text.id.clone());
            let mut is_past = older_than.is_none();
            for text in page.received_text_messages {
                // What has no time or no id of Notify's form could not have come from its callback.
                let Some(received_at) = time(&text.created_at) else { continue };
                is_past |= received_at < since;
                if received_at < since || !is_id(&text.id) {
                    continue;
                }
                listed.push(Listed {
                    message: text.id,
                    sender: text.user_number,
                    text: text.content,
                    received_at,
                });
            }
            if is_past {
                listed.reverse();
                return Ok(listed);
            }
        }
        anyhow::bail!("Notify lists more replies than {PAGES} pages hold")
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &impl Serialize,
    ) -> anyhow::Result<T> {
        let answer = self
            .http
            .get(self.url(path))
            .query(query)
            .bearer_auth(self.key.token(self.clock.now())?)
            .send()
            .await
            .map_err(reqwest::Error::without_url)?;
        let status = answer.status();
        anyhow::ensure!(status == StatusCode::OK, "Notify answered {status}");
        answer.json().await.map_err(reqwest::Error::without_url).context("read Notify's answer")
    }
}

/// What Notify charges, once it knows: it multiplies binary fractions, so the sum is rounded to a
/// thousandth of a penny.
fn bill(text: &Notification) -> Option<Bill> {
    if !text.is_cost_data_ready {
        return None;
    }
    let pounds = text.cost_in_pounds?;
    let millipence = (pounds * 100_000.0).round();
    if !(0.0..1e12).contains(&millipence) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "checked above")]
    let amount = Money::from_millipence(millipence as u64);
    let segments = text.cost_details.billable_sms_fragments.unwrap_or_default();
    Some(Bill { segments, amount })
}

/// What an answer means. Decided on the status and the error's type, never on its message.
fn sent(status: StatusCode, body: &[u8], now: Timestamp) -> Sent {
    let kind = serde_json::from_slice::<ErrorBody>(body)
        .ok()
        .and_then(|body| body.errors.into_iter().next())
        .map(|error| error.error)
        .unwrap_or_default();
    let why = || {
        if kind.is_empty() {
            format!("Notify answered {}", status.as_u16())
        } else {
            format!("Notify answered {} {kind}", status.as_u16())
        }
    };
    match (status.as_u16(), kind.as_str()) {
        (201, _) => match serde_json::from_slice::<SmsAccepted>(body) {
            Ok(accepted) => Sent::Accepted { supplier_id: accepted.id },
            Err(_) => supplier::doubt("Notify said yes in words that could not be read"),
        },
        // Any other 2xx may be Notify or something in between: it may have been taken.
        (200..=299, _) => supplier::doubt("Notify's answer was not the one it documents"),
        (400, "ValidationError" | "InvalidPhoneError") => {
            Sent::Refused { why: why(), opted_out: false }
        }
        (429, "TooManyRequestsError") => {
            Sent::Retry { after: Some(until_midnight(now)), why: why() }
        }
        (429, _) => Sent::Retry { after: Some(RATE_LIMIT_WAIT), why: why() },
        (500..=599, _) => supplier::doubt(&why()),
        (_, _) => Sent::ConfigStop { why: why() },
    }
}

/// Notify's daily limit begins anew at midnight UTC.
fn until_midnight(now: Timestamp) -> SignedDuration {
    const DAY: i64 = 86_400;
    SignedDuration::from_secs(DAY - now.as_second().rem_euclid(DAY))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use axum::serve::ListenerExt as _;

    use super::*;
    use crate::config::Stage;

    #[test]
    fn the_token_is_the_one_notify_publishes() {
        let key = ApiKey::parse(&SecretString::from(
            "my-key-26785a09-ab16-4eb0-8407-a37497a57506-3d844edf-8d35-48ac-975b-e847b4f122b0",
        ))
        .unwrap();
        let token = key.token(Timestamp::from_second(1_568_818_578).unwrap()).unwrap();
        assert_eq!(
            token,
            "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJpc3MiOiIyNjc4NWEwOS1hYjE2LTRlYjAtODQwNy1hMzc0\
             OTdhNTc1MDYiLCJpYXQiOjE1Njg4MTg1Nzh9.YT_aQYNif0l3HaPwy62Cj9g0qsYzjnj1K5pLwkELiFw"
        );
    }

    #[tokio::test]
    async fn what_follows_a_greeting_needs_no_connection_of_its_own() {
        let connections = Arc::new(AtomicU32::new(0));
        let counted = connections.clone();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let listener = listener.tap_io(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
        });
        let none = "{\"received_text_messages\":[]}";
        let app = axum::Router::new().fallback(async move || none);
        tokio::spawn(async move { axum::serve(listener, app).await });
        let settings = Settings { base_url, template_id: String::new(), sender_id: None };
        let http = crate::http::client(Stage::Local).unwrap();
        let clock = Clock::new(Stage::Local, 0).unwrap();
        let key = "26785a09-ab16-4eb0-8407-a37497a57506-3d844edf-8d35-48ac-975b-e847b4f122b0";
        let key = ApiKey::parse(&SecretString::from(format!("name-{key}"))).unwrap();
        let notify = Notify::new(http, settings, key, clock);
        notify.greet().await.unwrap();
        notify.received(Timestamp::UNIX_EPOCH).await.unwrap();
        assert_eq!(connections.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn a_key_of_another_form_is_refused_without_being_shown() {
        for key in ["", "hunter2-hunter2", "name-26785a09-ab16-4eb0-8407-a37497a57506"] {
            let error = ApiKey::parse(&SecretString::from(key)).unwrap_err().to_string();
            assert!(key.is_empty() || !error.contains(key), "{error}");
        }
    }

    fn check(status: u16, kind: &str, expected: &str) {
        let body =
            format!(r#"{{"status_code":{status},"errors":[{{"error":"{kind}","message":"m"}}]}}"#);
        let now: Timestamp = "2026-03-10T23:00:00Z".parse().unwrap();
        let found = match sent(StatusCode::from_u16(status).unwrap(), body.as_bytes(), now) {
            Sent::Accepted { .. } => "accepted".to_owned(),
            Sent::Retry { after, .. } => {
                format!("retry {}", after.map_or(0, |wait| wait.as_secs()))
            }
            Sent::Refused { .. } => "refused".to_owned(),
            Sent::ConfigStop { .. } => "stop".to_owned(),
            Sent::Ambiguous { .. } => "doubt".to_owned(),
        };
        assert_eq!(found, expected, "{status} {kind}");
    }

    #[test]
    fn every_answer_is_told_apart() {
        check(400, "ValidationError", "refused");
        check(400, "BadRequestError", "stop");
        check(401, "AuthError", "stop");
        check(403, "AuthError", "stop");
        check(404, "NoResultFound", "stop");
        check(429, "RateLimitError", "retry 60");
        check(429, "TooManyRequestsError", "retry 3600");
        check(500, "Exception", "doubt");
        check(502, "", "doubt");
        check(503, "", "doubt");
        check(504, "", "doubt");
        check(200, "", "doubt");
        check(201, "", "doubt");
    }

    #[test]
    fn a_yes_is_a_yes() {
        let body = br#"{"id":"740e5834-3a29-46b4-9a6f-16142fde533a","reference":null}"#;
        let sent = sent(StatusCode::CREATED, body, Timestamp::UNIX_EPOCH);
        let supplier_id = "740e5834-3a29-46b4-9a6f-16142fde533a".to_owned();
        assert_eq!(sent, Sent::Accepted { supplier_id });
    }
}
