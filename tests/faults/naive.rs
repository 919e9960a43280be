//! A naive `send`, as it is written in a week: read the contact, text until it says yes, note it down.
//!
//! It looks first whether the contact was texted and marks it afterwards, as anybody would. It has no
//! claim, no lease and no *unknown*: every error is a reason to try again, and a death forgets what was
//! being done. The fault runs put it in place of ours to show that they would see a second text.
//!
//! It speaks to the supplier by itself, because ours takes no text without a claim.

use std::time::Duration;

use adapters::config::{Common, Stage, required};
use adapters::table::Table;
use adapters::{aws, http, runtime, secrets, telemetry};
use anyhow::{Context as _, bail};
use domain::contact::State;
use domain::measure::Counted;
use domain::messages::SendMessage;
use domain::ports::{BudgetMove, Ledger as _, Numbers as _};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

/// How often it tries before it leaves the rest to the queue.
const TRIES: u32 = 3;

/// How long it waits between two tries: everybody knows that one should.
const BACK_OFF: Duration = Duration::from_millis(200);

const WORDS: &str = "Herts Police: thank you for your call. How did we do? Reply 1-5 (5 best)";

/// What came of a message, in words; it counts nothing.
#[derive(Debug)]
struct Done(#[expect(dead_code, reason = "it is logged")] &'static str);

impl Counted for Done {}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    telemetry::init();
    let aws = aws::of_operator().await?;
    let clock = Common::from_env()?.clock;
    let table = Table::new(&aws, required("TABLE_NAME")?, clock);
    let key = secrets::fetch(&aws, &required("NOTIFY_API_KEY_PARAMETER")?).await?;
    let url = format!("{}/v2/notifications/sms", required("NOTIFY_BASE_URL")?);
    let template = required("NOTIFY_TEMPLATE_ID")?;
    let client = http::client(Stage::Local)?;
    let key = key.expose_secret().to_owned();
    let post = async |body: &Value| -> anyhow::Result<String> {
        let token = token(&key, clock.now().as_second())?;
        let answer = client.post(&url).bearer_auth(token).json(body).send().await?;
        let answer: Value = answer.error_for_status()?.json().await?;
        Ok(answer["id"].as_str().context("an answer without an id")?.to_owned())
    };
    let handle = async |message: SendMessage| {
        let SendMessage::ContactV1 { contact: id } = message else {
            return Ok(Done("it says nothing but its first text"));
        };
        let contact = table.contact(&id).await?.context("there is no such contact")?;
        if contact.state != State::Queued {
            return Ok(Done("nothing to send"));
        }
        let number = table.number(id.person()).await?.context("there is no number")?;
        let body = json!({
            "phone_number": number.expose(),
            "template_id": template,
            "personalisation": {"message": WORDS},
            "reference": id.to_string(),
        });
        for _ in 0..TRIES {
            let Ok(supplier_id) = post(&body).await else {
                tokio::time::sleep(BACK_OFF).await;
                continue;
            };
            let mut next = contact;
            next.state = State::Accepted;
            next.supplier_id = Some(supplier_id);
            // From when on a receipt is late.
            next.lease_until = Some(clock.now());
            next.revision += 1;
            table.replace(&next, &BudgetMove::None).await?;
            return Ok(Done("sent"));
        }
        bail!("not sent after {TRIES} tries")
    };
    // The runtime's error is a box, which is no `std::error::Error` itself.
    runtime::serve_queue(async |message, _| handle(message).await)
        .await
        .map_err(|error| anyhow::anyhow!(error))
}

/// Notify's token: the last two UUIDs of the key are the service and its secret.
fn token(key: &str, now: i64) -> anyhow::Result<String> {
    let parts = || {
        let secret = key.get(key.len().checked_sub(36)?..)?;
        let service = key.get(key.len().checked_sub(73)?..key.len().checked_sub(37)?)?;
        Some((service, secret))
    };
    let (service, secret) = parts().context("the key is too short")?;
    let claims = json!({"iss": service, "iat": now});
    let secret = EncodingKey::from_secret(secret.as_bytes());
    Ok(jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &secret)?)
}
