//! A partner's calls, in the form of Standard Webhooks
//! (<https://github.com/standard-webhooks/standard-webhooks>).
//!
//! The identity, the time and the raw bytes are signed together, and a call is believed for five
//! minutes on either side of its time. Within them it may come again and changes nothing: receipts are
//! ranked, the latest score counts, and a reply is kept under its id. The time is passed in, which is why
//! the signature is checked here and not by the library of the standard, which asks the machine's clock.

use std::collections::BTreeMap;

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use domain::contact::{ContactId, Receipt};
use domain::messages::InboundMessage;
use domain::partner::{PartnerScore, Said, Scale, Thousandths, is_plausible};
use domain::person::Pepper;
use domain::ports::{CallbackRequest, Heard, Refusal};
use domain::supplier::SupplierName;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretBox, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// How far a call's time may lie from ours, either way, in seconds.
const TOLERANCE: i64 = 300;

/// What a secret begins with.
const SECRET: &str = "whsec_";

/// How many bytes the standard lets a secret have.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// What a signature of the kind we take begins with.
const VERSION: &str = "v1,";

/// Reads partners' calls.
pub struct Exchange {
    partners: BTreeMap<String, (SupplierName, Vec<Secret>)>,
    pepper: Pepper,
}

/// The bytes of a secret.
type Secret = SecretBox<Vec<u8>>;

impl Exchange {
    /// Takes a line for each partner: its name, then its secret, or two while one replaces the other,
    /// as `whsec_` and Base64, parted by white space.
    ///
    /// # Errors
    /// A line that is not of that form; the error shows no secret.
    pub fn new(secrets: &SecretString, pepper: Pepper) -> anyhow::Result<Self> {
        let mut partners = BTreeMap::new();
        let lines = secrets.expose_secret().lines().enumerate();
        for (n, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
            let line = partner(line).with_context(|| format!("partners' secrets, line {}", n + 1));
            let (supplier, secrets) = line?;
            let name = supplier.partner().unwrap_or_default().to_owned();
            let before = partners.insert(name, (supplier, secrets));
            anyhow::ensure!(before.is_none(), "line {} names a partner again", n + 1);
        }
        anyhow::ensure!(!partners.is_empty(), "there is no partner's secret");
        Ok(Self { partners, pepper })
    }

    pub(crate) fn read(&self, request: &CallbackRequest) -> Result<Vec<Heard>, Refusal> {
        let partner = self.partners.get(&request.kind).ok_or(Refusal::UnknownSupplier)?;
        let (supplier, secrets) = partner;
        if !is_signed(request, secrets) {
            return Err(Refusal::Unsigned);
        }
        let event: Event = parsed(&request.body)?;
        let at = || {
            let at: Timestamp = event.timestamp.parse().map_err(|_| Refusal::Malformed)?;
            if is_plausible(at, request.at) { Ok(at) } else { Err(Refusal::Malformed) }
        };
        let heard = match event.kind.as_str() {
            "receipt" => receipt(supplier, &data(&event)?, at()?)?,
            "reply" => {
                let reply: ReplyData = data(&event)?;
                Some(self.reply(supplier, request.header(ID), &reply, at()?)?)
            }
            "score" => score(supplier, &data(&event)?, at()?)?,
            // The standard lets a sender add kinds, and a receiver pass them over.
            _ => None,
        };
        Ok(heard.into_iter().collect())
    }

    fn reply(
        &self,
        supplier: &SupplierName,
        call_id: &str,
        reply: &ReplyData,
        at: Timestamp,
    ) -> Result<Heard, Refusal> {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let id = given(&reply.id).unwrap_or_else(|| call_id.to_owned());
        let reference = reply.reference.as_deref().and_then(ContactId::parse);
        let sender = given(&reply.from);
        let said = Said {
            id: Some(&id),
            reference: reference.as_ref(),
            sender: sender.as_deref(),
            words: &reply.text,
            at,
        };
        said.call(supplier, &self.pepper).map(Heard::Reply).ok_or(Refusal::Malformed)
    }
}

/// One line: a partner's name and one or two secrets.
fn partner(line: &str) -> anyhow::Result<(SupplierName, Vec<Secret>)> {
    let mut words = line.split_whitespace();
    let name = words.next().and_then(SupplierName::exchange);
    let name = name.context("a partner's name is lower-case letters, digits, hyphens")?;
    let secrets: Vec<Secret> = words.map(secret).collect::<Result<_, _>>()?;
    anyhow::ensure!((1..=2).contains(&secrets.len()), "there must be one or two secrets");
    Ok((name, secrets))
}

fn secret(word: &str) -> anyhow::Result<Secret> {
    let bytes = word.strip_prefix(SECRET).and_then(|text| BASE64.decode(text).ok());
    let bytes = bytes.filter(|bytes| SECRET_BYTES.contains(&bytes.len()));
    let bytes = bytes.context("a secret is whsec_ and 24 to 64 bytes in Base64")?;
    Ok(SecretBox::new(Box::new(bytes)))
}

/// The header that names the call.
const ID: &str = "webhook-id";

/// Whether one of the secrets signed this call, and did so about now.
fn is_signed(request: &CallbackRequest, secrets: &[Secret]) -> bool {
    let (id, timestamp) = (request.header(ID), request.header("webhook-timestamp"));
    let Ok(second) = timestamp.parse::<i64>() else { return false };
    let age = request.at.as_second().saturating_sub(second);
    if id.is_empty() || !(-TOLERANCE..=TOLERANCE).contains(&age) {
        return false;
    }
    let given: Vec<&str> = request
        .header("webhook-signature")
        .split(' ')
        .filter_map(|signature| signature.strip_prefix(VERSION))
        .collect();
    let mut is_signed = false;
    for secret in secrets {
        let signature = signature(secret, id, timestamp, &request.body);
        // Every one is compared, so that the time does not tell which one came near.
        for given in &given {
            is_signed |= bool::from(signature.as_bytes().ct_eq(given.as_bytes()));
        }
    }
    is_signed
}

fn signature(secret: &Secret, id: &str, timestamp: &str, body: &[u8]) -> String {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret()).expect("any key length");
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    BASE64.encode(mac.finalize().into_bytes())
}

/// A call's body. What a partner adds is passed over.
#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    /// When it happened.
    #[serde(default)]
    timestamp: String,
    #[serde(default)]
    data: Value,
}

#[derive(Deserialize)]
struct ReceiptData {
    reference: String,
    status: String,
}

#[derive(Deserialize)]
struct ReplyData {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    reference: Option<String>,
    #[serde(default)]
    from: Option<String>,
    text: String,
}

#[derive(Deserialize)]
struct ScoreData {
    reference: String,
    value: Value,
    low: Value,
    high: Value,
}

fn parsed<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|_| Refusal::Malformed)
}

fn data<T: DeserializeOwned>(event: &Event) -> Result<T, Refusal> {
    T::deserialize(&event.data).map_err(|_| Refusal::Malformed)
}

fn receipt(
    supplier: &SupplierName,
    data: &ReceiptData,
    at: Timestamp,
) -> Result<Option<Heard>, Refusal> {
    if data.status == "pending" {
        return Ok(None);
    }
    let receipt = Receipt::parse(&data.status).ok_or(Refusal::Malformed)?;
    // Another customer of the partner's may share the call; its receipts are not ours.
    let Some(contact) = ContactId::parse(&data.reference) else { return Ok(None) };
    let supplier = supplier.to_string();
    Ok(Some(Heard::Receipt(InboundMessage::ReceiptV1 { supplier, contact, receipt, at })))
}

fn score(
    supplier: &SupplierName,
    data: &ScoreData,
    at: Timestamp,
) -> Result<Option<Heard>, Refusal> {
    let number = |value: &Value| match value {
        Value::Number(number) => Thousandths::parse(&number.to_string()),
        Value::String(text) => Thousandths::parse(text),
        _ => None,
    };
    let read = || {
        let scale = Scale::new(number(&data.low)?, number(&data.high)?)?;
        PartnerScore::new(supplier.clone(), number(&data.value)?, scale, at)
    };
    let score = read().ok_or(Refusal::Malformed)?;
    let Some(contact) = ContactId::parse(&data.reference) else { return Ok(None) };
    Ok(Some(Heard::Receipt(InboundMessage::score(contact, &score))))
}

#[cfg(test)]
mod tests {
    use domain::phone::Mobile;

    use super::*;

    // The vector of the standard's own libraries.
    const VECTOR: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    const BODY: &str = r#"{"email":"test@example.com","username":"test_user"}"#;
    const SIGNATURE: &str = "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=";
    const MESSAGE: &str = "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk";
    const SECOND: i64 = 1_649_367_553;

    const NEXT: &str = "whsec_dGhlIG5leHQgc2VjcmV0IG9mIGEgcGFydG5lcg==";

    fn pepper() -> Pepper {
        testkit::samples::pepper()
    }

    fn exchange(secrets: &str) -> Exchange {
        Exchange::new(&SecretString::from(secrets), pepper()).unwrap()
    }

    fn vector() -> CallbackRequest {
        let headers = [
            ("webhook-id", MESSAGE),
            ("webhook-timestamp", "1649367553"),
            ("webhook-signature", SIGNATURE),
        ];
        CallbackRequest {
            supplier: "exchange".to_owned(),
            kind: "rant-and-rave".to_owned(),
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            body: BODY.as_bytes().to_vec(),
            at: Timestamp::from_second(SECOND).unwrap(),
            ..CallbackRequest::default()
        }
    }

    fn is_taken(request: &CallbackRequest) -> bool {
        is_signed(request, &[secret(VECTOR).unwrap()])
    }

    fn with(name: &str, value: &str) -> CallbackRequest {
        let mut request = vector();
        request.headers.insert(name.to_owned(), value.to_owned());
        request
    }

    #[test]
    fn the_standards_vector_is_believed_and_no_change_of_it() {
        assert!(is_taken(&vector()));
        for header in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
            let mut request = vector();
            request.headers.remove(header);
            assert!(!is_taken(&request), "without {header}");
            assert!(!is_taken(&with(header, "")), "empty {header}");
        }
        assert!(!is_taken(&with("webhook-id", "msg_other")));
        assert!(!is_taken(&with("webhook-timestamp", "1649367554")));
        for timestamp in ["1649367553.0", " 1649367553", "soon", "99999999999999999999"] {
            assert!(!is_taken(&with("webhook-timestamp", timestamp)), "{timestamp}");
        }
        let mut request = vector();
        request.body.push(b'\n');
        assert!(!is_taken(&request));
    }

    #[test]
    fn a_part_of_a_signature_is_none_and_one_of_many_is_enough() {
        let check = |signature: &str, taken| {
            assert_eq!(is_taken(&with("webhook-signature", signature)), taken, "{signature}");
        };
        check("v1,", false);
        check("v1", false);
        check(&SIGNATURE[..8], false);
        check(SIGNATURE.trim_start_matches("v1,"), false);
        check(SIGNATURE.trim_end_matches('='), false);
        check(&SIGNATURE.replace("v1,", "v2,"), false);
        check(&SIGNATURE.replace("v1,", "v1a,"), false);
        check(&SIGNATURE.replace("v1,", "V1,"), false);
        check(&format!("{SIGNATURE},"), false);
        let other = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=";
        check(other, false);
        check(&format!("{other} {other}"), false);
        check(&format!("{other} v2,{} {SIGNATURE} {other}", &SIGNATURE[3..]), true);
    }

    #[test]
    fn five_minutes_either_way_and_no_more() {
        for (away, taken) in [(-301, false), (-300, true), (0, true), (300, true), (301, false)] {
            let mut request = vector();
            request.at = Timestamp::from_second(SECOND + away).unwrap();
            assert_eq!(is_taken(&request), taken, "{away}");
        }
    }

    #[test]
    fn either_of_two_secrets_opens_and_only_for_its_partner() {
        let both = exchange(&format!("rant-and-rave {NEXT} {VECTOR}\n\nanother\t{NEXT}\n"));
        // True, and of a kind that says nothing to us, since it has no type at all.
        assert_eq!(both.read(&vector()).unwrap_err(), Refusal::Malformed);
        let other = CallbackRequest { kind: "another".to_owned(), ..vector() };
        assert_eq!(both.read(&other).unwrap_err(), Refusal::Unsigned);
        let nobody = CallbackRequest { kind: "nobody".to_owned(), ..vector() };
        assert_eq!(both.read(&nobody).unwrap_err(), Refusal::UnknownSupplier);
        let gone = exchange(&format!("rant-and-rave {NEXT}"));
        assert_eq!(gone.read(&vector()).unwrap_err(), Refusal::Unsigned);
    }

    #[test]
    fn secrets_of_another_form_stop_the_start_and_are_not_shown() {
        for wrong in [
            String::new(),
            "rant-and-rave".to_owned(),
            format!("Rant {VECTOR}"),
            format!("rant-and-rave {VECTOR} {NEXT} {VECTOR}"),
            format!("rant-and-rave {}", VECTOR.trim_start_matches("whsec_")),
            "rant-and-rave whsec_c2hvcnQ=".to_owned(),
            format!("rant-and-rave {VECTOR}\nrant-and-rave {NEXT}"),
        ] {
            let error = Exchange::new(&SecretString::from(wrong.as_str()), pepper());
            let Err(error) = error else { panic!("{wrong}") };
            assert!(!format!("{error:?}").contains("C2FVs"), "{error:?}");
        }
    }

    /// What a true call with this body tells.
    fn told(body: &str) -> Result<Vec<Heard>, Refusal> {
        let mut request = vector();
        request.body = body.as_bytes().to_vec();
        let signed = signature(&secret(VECTOR).unwrap(), MESSAGE, "1649367553", &request.body);
        request.headers.insert("webhook-signature".to_owned(), format!("v1,{signed}"));
        exchange(&format!("rant-and-rave {VECTOR}")).read(&request)
    }

    const REFERENCE: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-0123456789abcdef";

    fn event(kind: &str, data: &str) -> String {
        format!(r#"{{"type":"{kind}","timestamp":"2022-04-07T21:39:00Z","data":{data},"new":1}}"#)
    }

    #[test]
    fn each_kind_is_told_and_another_passed_over() {
        let receipt = format!(r#"{{"reference":"{REFERENCE}","status":"expired","colour":"red"}}"#);
        let heard = told(&event("receipt", &receipt)).unwrap();
        let [Heard::Receipt(InboundMessage::ReceiptV1 { supplier, receipt, at, .. })] =
            heard.as_slice()
        else {
            panic!("{heard:?}")
        };
        assert_eq!((supplier.as_str(), *receipt), ("exchange:rant-and-rave", Receipt::Expired));
        assert_eq!(at.to_string(), "2022-04-07T21:39:00Z");

        for value in ["0.75", "\"0.75\"", "0.7500"] {
            let score =
                format!(r#"{{"reference":"{REFERENCE}","value":{value},"low":-1,"high":1.0}}"#);
            let heard = told(&event("score", &score)).unwrap();
            let [Heard::Receipt(message)] = heard.as_slice() else { panic!("{heard:?}") };
            let queued = serde_json::to_string(message).unwrap();
            assert!(queued.contains(r#""value":"0.75","low":"-1","high":"1""#), "{queued}");
        }

        assert_eq!(told(&event("survey.closed", "{}")).unwrap(), []);
        assert_eq!(told(r#"{"type":"ping"}"#).unwrap(), []);
        let pending = format!(r#"{{"reference":"{REFERENCE}","status":"pending"}}"#);
        assert_eq!(told(&event("receipt", &pending)).unwrap(), []);
        let theirs = r#"{"reference":"another customer's","status":"delivered"}"#;
        assert_eq!(told(&event("receipt", theirs)).unwrap(), []);
    }

    fn call(data: &str) -> domain::ports::Call {
        match told(&event("reply", data)).unwrap().remove(0) {
            Heard::Reply(call) => call,
            other @ Heard::Receipt(_) => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_reply_is_kept_under_its_own_id_else_under_the_calls() {
        let mobile = Mobile::from_e164("+447700900123").unwrap();
        let named = call(r#"{"id":"R-1","from":"447700900123","text":"5 thanks"}"#);
        assert_eq!((named.message.as_str(), named.text.as_str()), ("R-1", "5 thanks"));
        assert_eq!(named.person, pepper().person(&mobile));
        let unnamed = call(r#"{"id":null,"from":"07700900123","text":""}"#);
        assert_eq!((unnamed.message.as_str(), unnamed.text.as_str()), (MESSAGE, ""));
        let hidden = call(&format!(r#"{{"reference":"{REFERENCE}","text":"5"}}"#));
        let texted = ContactId::parse(REFERENCE).unwrap();
        assert_eq!(&hidden.person, texted.person());
        assert_eq!(told(&event("reply", r#"{"text":"5"}"#)).unwrap_err(), Refusal::Malformed);
    }

    #[test]
    fn a_true_call_of_another_form_is_malformed() {
        let of = |rest: &str| format!(r#"{{"reference":"{REFERENCE}",{rest}}}"#);
        for body in [
            String::new(),
            "{}".to_owned(),
            "[]".to_owned(),
            event("receipt", "{}"),
            event("receipt", "null"),
            event("receipt", &of(r#""status":"lost""#)),
            event("score", &of(r#""value":2,"low":-1,"high":1"#)),
            event("score", &of(r#""value":0,"low":1,"high":-1"#)),
            event("score", &of(r#""value":1e-7,"low":-1,"high":1"#)),
            event("score", &of(r#""value":true,"low":-1,"high":1"#)),
            event("receipt", &of(r#""status":"delivered""#)).replace("2022-04-07", "2022-04-09"),
            event("receipt", &of(r#""status":"delivered""#)).replace("2022-04-07T", "soon"),
        ] {
            assert_eq!(told(&body).unwrap_err(), Refusal::Malformed, "{body}");
        }
    }

    /// A sample as the API hands it over.
    fn sample(text: &str) -> CallbackRequest {
        let event: Value = serde_json::from_str(text).unwrap();
        let text = |at: &str| event.pointer(at).unwrap().as_str().unwrap().to_owned();
        let headers: BTreeMap<String, String> =
            serde_json::from_value(event["headers"].clone()).unwrap();
        let second = headers["webhook-timestamp"].parse().unwrap();
        CallbackRequest {
            supplier: text("/pathParameters/supplier"),
            kind: text("/pathParameters/kind"),
            query: text("/rawQueryString"),
            headers,
            body: text("/body").into_bytes(),
            at: Timestamp::from_second(second).unwrap(),
        }
    }

    #[test]
    fn the_samples_are_what_is_taken() {
        const SAMPLES: &str = "whsec_YSBzZWNyZXQgZm9yIHNhbXBsZXMsIGFuZCBmb3Igc2FtcGxlcyBvbmx5";
        let exchange = exchange(&format!("rant-and-rave {SAMPLES}"));
        let read = |text| exchange.read(&sample(text)).unwrap();
        let receipt = read(include_str!("../../../../../events/webhook/exchange-receipt.json"));
        let score = read(include_str!("../../../../../events/webhook/exchange-score.json"));
        let reply = read(include_str!("../../../../../events/webhook/exchange-reply.json"));
        assert!(matches!(receipt.as_slice(), [Heard::Receipt(InboundMessage::ReceiptV1 { .. })]));
        assert!(matches!(score.as_slice(), [Heard::Receipt(InboundMessage::ScoreV1 { .. })]));
        assert!(matches!(reply.as_slice(), [Heard::Reply(_)]));
        let queued = format!("{receipt:?} {score:?} {reply:?}");
        assert!(!queued.contains("900123"), "{queued}");
    }
}
