//! A supplier's call: never believed as it comes, and whatever it says once it is truly signed.
//!
//! The signatures are made here as the suppliers document them, and not by the code that checks them.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use adapters::supplier::{CALLBACK_MAX_BYTES, Suppliers, exchange, notify, twilio};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use domain::contact::{ContactId, Receipt};
use domain::desk::TaskId;
use domain::messages::InboundMessage;
use domain::partner::{PartnerScore, Scale};
use domain::person::Pepper;
use domain::phone::Mobile;
use domain::ports::{Call, CallbackRequest, Callbacks as _, Heard, Refusal};
use domain::supplier::SupplierName;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use secrecy::SecretString;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use super::drawn::Drawn;
use super::web;

/// When it is: 10 March 2026, 10:00:10.
pub(super) const NOW: i64 = 1_773_136_810;

const BEARER: &str = "a-token-for-fuzzing-and-nothing-else";
const AUTH: &str = "an-auth-token-for-fuzzing-and-nothing-else";
const ADDRESS: &str = "https://example.invalid/callbacks";

/// The partners, each with the bytes of its secret.
const PARTNERS: [(&str, &[u8]); 2] = [
    ("rant-and-rave", b"a secret of a partner, for fuzzing"),
    ("another", b"a secret of another, for fuzzing"),
];

static SUPPLIERS: LazyLock<Suppliers> = LazyLock::new(|| {
    let pepper = || Pepper::parse("a pepper for fuzzing, and for fuzzing only").unwrap();
    let line = |(name, secret)| format!("{name} whsec_{}\n", BASE64_STANDARD.encode(secret));
    let secrets = SecretString::from(PARTNERS.map(line).concat());
    let (bearer, auth) = (SecretString::from(BEARER), SecretString::from(AUTH));
    Suppliers {
        notify: Some(notify::callback::Notify::new(&bearer, pepper()).unwrap()),
        twilio: Some(twilio::callback::Twilio::new(&auth, ADDRESS, pepper()).unwrap()),
        exchange: Some(exchange::webhook::Exchange::new(&secrets, pepper()).unwrap()),
    }
});

/// What is changed of a call after it was signed.
#[derive(Debug, Clone, Copy)]
enum Change {
    Signature,
    Body,
    Kind,
    Query,
    Late,
}

/// Makes a call of these bytes; says what it told.
pub fn check(input: &[u8]) -> &'static str {
    let mut drawn = Drawn(input);
    let supplier = drawn.one_of(&["notify", "twilio", "exchange", "pigeon"]);
    let kinds = ["receipt", "inbound", "rant-and-rave", "another", ""];
    let kind = drawn.one_of(&kinds).to_owned();
    let change = [Change::Signature, Change::Body, Change::Kind, Change::Query, Change::Late];
    let change = drawn.one_of(&change);
    let is_hashed = drawn.number(8) == 1;
    let age = [0, 300, -300, 301, -301][usize::from(drawn.number(5))];
    let is_long = drawn.number(64) == 1;
    let (other, id, query) = (drawn.text(), drawn.text(), drawn.text());
    let lines = drawn.text();
    let mut body = drawn.0.to_vec();
    if is_long {
        body.resize(CALLBACK_MAX_BYTES + 1, b' ');
    }
    let lines = lines.lines().filter_map(|line| line.split_once(':'));
    let headers = lines.map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()));
    let supplier = supplier.to_owned();
    let at = Timestamp::from_second(NOW).unwrap();
    let call = CallbackRequest { supplier, kind, query, headers: headers.collect(), body, at };
    never_taken(&call);

    let call = signed(call, &id, NOW - age, is_hashed);
    let heard = SUPPLIERS.read(&call);
    assert!(heard == SUPPLIERS.read(&call), "read twice, and differently");
    let told = match heard {
        Ok(heard) => {
            assert!(is_signed(&call), "believed");
            assert!(call.body.len() <= CALLBACK_MAX_BYTES, "too long, and read");
            assert!(heard.len() <= 1, "one call, and {} things told", heard.len());
            heard.first().map_or("nothing", |heard| holds(&call, heard))
        }
        Err(Refusal::TooLarge) => {
            assert!(call.body.len() > CALLBACK_MAX_BYTES, "not too long");
            "too long"
        }
        Err(Refusal::Unsigned) => {
            assert!(!is_signed(&call), "signed, and not believed");
            "unsigned"
        }
        Err(Refusal::UnknownSupplier) => {
            let is_kind = match call.supplier.as_str() {
                "notify" | "twilio" => ["receipt", "inbound"].contains(&&*call.kind),
                "exchange" => PARTNERS.iter().any(|(name, _)| *name == call.kind),
                _ => false,
            };
            assert!(!is_kind, "a kind of call that is not known");
            "unknown"
        }
        Err(Refusal::Malformed) => "malformed",
    };
    if let Some(changed) = changed(&call, change, &other) {
        let heard = SUPPLIERS.read(&changed);
        assert!(heard.is_err(), "{change:?} changed, and believed");
    }
    told
}

/// Nobody but a supplier knows what it signs with, so whatever anybody else sends is refused.
pub(super) fn never_taken(call: &CallbackRequest) {
    let heard = SUPPLIERS.read(call);
    let Err(refusal) = heard else { panic!("a call is taken that nobody signed") };
    assert_ne!(refusal, Refusal::Malformed, "a call is parsed that nobody signed");
    let is_long = call.body.len() > CALLBACK_MAX_BYTES;
    assert_eq!(refusal == Refusal::TooLarge, is_long, "{refusal:?}");
}

/// What the words of a reply by Twilio are that come as this form's value.
pub(super) fn texted(value: &str) -> String {
    let sid = "SM0123456789abcdef0123456789abcdef";
    let body = format!("MessageSid={sid}&From=%2B447700900123&Body={value}");
    let call = CallbackRequest {
        supplier: "twilio".to_owned(),
        kind: "inbound".to_owned(),
        body: body.into_bytes(),
        ..CallbackRequest::default()
    };
    match SUPPLIERS.read(&signed(call, "", NOW, false)).unwrap().remove(0) {
        Heard::Reply(call) => call.text,
        Heard::Receipt(_) => panic!("a receipt of a reply"),
    }
}

// ---------------------------------------------------------------- signing

/// The call as its supplier would make it.
fn signed(mut call: CallbackRequest, id: &str, second: i64, is_hashed: bool) -> CallbackRequest {
    match call.supplier.as_str() {
        "notify" => {
            call.headers.insert("authorization".to_owned(), format!("Bearer {BEARER}"));
        }
        "twilio" => {
            if is_hashed {
                let mark = if call.query.is_empty() { "" } else { "&" };
                call.query = format!("{}{mark}bodySHA256={}", call.query, sha256(&call.body));
            }
            let signature = by_twilio(&call);
            call.headers.insert("x-twilio-signature".to_owned(), signature);
        }
        _ => {
            let partner = PARTNERS.iter().find(|(name, _)| *name == call.kind);
            let secret = partner.map_or(&b"a secret of nobody"[..], |(_, secret)| *secret);
            let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
            mac.update(format!("{id}.{second}.").as_bytes());
            mac.update(&call.body);
            let signature = BASE64_STANDARD.encode(mac.finalize().into_bytes());
            call.headers.extend([
                ("webhook-id".to_owned(), id.to_owned()),
                ("webhook-timestamp".to_owned(), second.to_string()),
                ("webhook-signature".to_owned(), format!("v1,{signature}")),
            ]);
        }
    }
    call
}

/// HMAC-SHA-1 of the address and every parameter once, by name and value; a body whose hash stands in
/// the address is signed with that.
fn by_twilio(call: &CallbackRequest) -> String {
    let CallbackRequest { kind, query, body, .. } = call;
    let mark = if query.is_empty() { "" } else { "?" };
    let mut mac = Hmac::<Sha1>::new_from_slice(AUTH.as_bytes()).unwrap();
    mac.update(format!("{ADDRESS}/twilio/{kind}{mark}{query}").as_bytes());
    if hash(query).is_none() {
        let pairs: BTreeSet<_> = web::pairs(body).into_iter().collect();
        for (name, value) in pairs {
            mac.update(name.as_bytes());
            mac.update(value.as_bytes());
        }
    }
    BASE64_STANDARD.encode(mac.finalize().into_bytes())
}

/// The hash of its body that a query names.
fn hash(query: &str) -> Option<String> {
    let found = web::pairs(query.as_bytes()).into_iter().find(|(name, _)| name == "bodySHA256");
    found.map(|(_, hash)| hash)
}

fn sha256(body: &[u8]) -> String {
    domain::person::hex(&Sha256::digest(body))
}

/// Whether what [`signed`] made of a call is a signature that holds now.
fn is_signed(call: &CallbackRequest) -> bool {
    match call.supplier.as_str() {
        "notify" => true,
        "twilio" => hash(&call.query).is_none_or(|hash| hash == sha256(&call.body)),
        "exchange" => {
            let second: i64 = call.header("webhook-timestamp").parse().unwrap();
            !call.header("webhook-id").is_empty() && (NOW - second).abs() <= 300
        }
        _ => false,
    }
}

/// The call with something changed that its signature covers; `None` where it covers no such thing.
fn changed(call: &CallbackRequest, change: Change, other: &str) -> Option<CallbackRequest> {
    let mut changed = call.clone();
    match (change, call.supplier.as_str()) {
        (Change::Signature, _) => {
            for name in ["authorization", "x-twilio-signature", "webhook-signature"] {
                if let Some(signature) = changed.headers.get_mut(name) {
                    signature.pop();
                }
            }
        }
        (Change::Body, "twilio" | "exchange") => {
            let more = b"&one-more-parameter=1";
            if call.body.windows(more.len() - 1).any(|part| part == &more[1..]) {
                return None; // said twice, it is signed once
            }
            changed.body.extend_from_slice(more);
        }
        (Change::Kind, "twilio" | "exchange") => {
            changed.kind = other.to_owned();
            if changed.kind == call.kind {
                return None;
            }
        }
        (Change::Query, "twilio") => {
            changed.query = other.to_owned();
            // Another spelling of the same query is the same query.
            if web::pairs(call.query.as_bytes()) == web::pairs(other.as_bytes()) {
                return None;
            }
        }
        (Change::Late, "exchange") => changed.at = Timestamp::from_second(NOW + 1200).unwrap(),
        _ => return None,
    }
    Some(changed)
}

// ---------------------------------------------------------------- what comes out

/// What must hold of what a call tells; says what that is.
fn holds(call: &CallbackRequest, heard: &Heard) -> &'static str {
    match heard {
        Heard::Receipt(message) => queued(call, message),
        Heard::Reply(reply) => {
            kept(call, reply);
            "reply"
        }
    }
}

/// A message is of known parts, reads back, and holds no number.
fn queued(call: &CallbackRequest, message: &InboundMessage) -> &'static str {
    let written = serde_json::to_string(message).unwrap();
    let read: InboundMessage = serde_json::from_str(&written).unwrap();
    assert_eq!(&read, message, "it comes off the queue as it went on");
    let (supplier, contact, told) = match message {
        InboundMessage::ReceiptV1 { supplier, contact, receipt, at } => {
            assert_eq!(Receipt::parse(receipt.name()), Some(*receipt));
            (supplier, contact, (at, "receipt"))
        }
        InboundMessage::ScoreV1 { supplier, contact, value, low, high, at } => {
            let by = SupplierName::parse(supplier).unwrap();
            let scale = Scale::new(*low, *high).unwrap();
            assert!(PartnerScore::new(by, *value, scale, *at).is_some(), "it is off its scale");
            (supplier, contact, (at, "score"))
        }
        InboundMessage::ReplyV1 { .. } => panic!("a reply goes on the queue once it is kept"),
    };
    assert_eq!(supplier, &by(call));
    assert_eq!(ContactId::parse(&contact.to_string()).as_ref(), Some(contact));
    let (at, told) = told;
    let rest = written.replace(&contact.to_string(), "").replace(&at.to_string(), "");
    assert!(longest_number(&rest) <= 9, "{rest}");
    told
}

/// A reply has an id that is a key and shows no number, and prints nothing of its sender.
fn kept(call: &CallbackRequest, reply: &Call) {
    let Call { supplier, message, sender, text, .. } = reply;
    assert_eq!(supplier, &by(call));
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    assert!((1..=64).contains(&message.len()) && message.bytes().all(is_plain), "{message:?}");
    let task = TaskId { supplier: supplier.clone(), message: message.clone() };
    assert_eq!(TaskId::parse(&task.to_string()), Some(task), "a task finds its reply");
    assert_eq!(format!("{reply:?}"), format!("Call({supplier} {message})"));
    // Twilio's ids and our hashes are digits of another kind, and so are UUIDs.
    if supplier != "twilio" && !is_hexadecimal(message) {
        assert!(longest_number(message) < 9, "{message} could be somebody's number");
        let digits: String = sender.chars().filter(char::is_ascii_digit).collect();
        if let Some(mobile) = Mobile::from_supplier(&digits) {
            let bare: String = message.chars().filter(|c| !"-_.".contains(*c)).collect();
            assert!(!bare.contains(&mobile.expose()[4..]), "{message} shows {sender}");
        }
    }
    if supplier == "twilio" {
        assert_eq!(message, &web::first(&call.body, "MessageSid"));
        assert_eq!(sender, &web::first(&call.body, "From"));
        let words = web::first(&call.body, "Body");
        assert!(text == &words || (text == "STOP" && words.trim().is_empty()), "{text:?}");
    }
}

/// The name of the supplier that this call can be of.
fn by(call: &CallbackRequest) -> String {
    match call.supplier.as_str() {
        "exchange" => format!("exchange:{}", call.kind),
        other => other.to_owned(),
    }
}

/// How many digits follow each other at most.
fn longest_number(text: &str) -> usize {
    text.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or_default()
}

/// Whether an id is 32 hexadecimal digits, with or without the hyphens of a UUID.
fn is_hexadecimal(id: &str) -> bool {
    let digits = id.bytes().filter(|byte| *byte != b'-');
    let hyphens = id.bytes().enumerate().filter(|(_, byte)| *byte == b'-').map(|(at, _)| at);
    let hyphens: Vec<usize> = hyphens.collect();
    digits.clone().count() == 32
        && digits.clone().all(|byte| byte.is_ascii_hexdigit())
        && (hyphens.is_empty() || hyphens == [8, 13, 18, 23])
}
