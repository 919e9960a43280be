//! Notify's callbacks: a bearer token of our choosing over the raw bytes, then JSON.
//!
//! Notify signs nothing, so the token is all; two are accepted while one replaces the other.

use domain::contact::ContactId;
use domain::messages::InboundMessage;
use domain::person::Pepper;
use domain::phone;
use domain::ports::{Call, CallbackRequest, Heard, Refusal};
use domain::supplier::NOTIFY;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use super::status::{self, Status};
use super::wire::{DeliveryCallback, InboundCallback};

/// Notify asks for at least ten characters; a short one could be guessed.
const TOKEN_MIN: usize = 10;

/// Reads Notify's callbacks.
pub struct Notify {
    tokens: Vec<SecretString>,
    pepper: Pepper,
}

impl Notify {
    /// Accepts one or two tokens, separated by white space.
    ///
    /// # Errors
    /// None, too many, or one that is too short.
    pub fn new(tokens: &SecretString, pepper: Pepper) -> anyhow::Result<Self> {
        let tokens: Vec<SecretString> =
            tokens.expose_secret().split_whitespace().map(SecretString::from).collect();
        anyhow::ensure!(
            (1..=2).contains(&tokens.len()),
            "there must be one or two callback tokens"
        );
        let long = tokens.iter().all(|token| token.expose_secret().len() >= TOKEN_MIN);
        anyhow::ensure!(long, "a callback token must have at least {TOKEN_MIN} characters");
        Ok(Self { tokens, pepper })
    }

    pub(crate) fn read(&self, request: &CallbackRequest) -> Result<Vec<Heard>, Refusal> {
        if !self.verified(request.header("authorization")) {
            return Err(Refusal::Unsigned);
        }
        match request.kind.as_str() {
            "receipt" => receipt(&request.body),
            "inbound" => Ok(vec![self.inbound(&request.body)?]),
            _ => Err(Refusal::UnknownSupplier),
        }
    }

    fn verified(&self, authorization: &str) -> bool {
        let Some(given) = authorization.strip_prefix("Bearer ") else { return false };
        // Every token is compared, so that the time does not tell which one came near.
        let matches = self.tokens.iter().map(|token| {
            let token = token.expose_secret().as_bytes();
            bool::from(token.ct_eq(given.trim().as_bytes()))
        });
        matches.fold(false, |any, one| any | one)
    }

    fn inbound(&self, body: &[u8]) -> Result<Heard, Refusal> {
        let call: InboundCallback = serde_json::from_slice(body).map_err(|_| Refusal::Malformed)?;
        // The id becomes a key: Notify's are UUIDs.
        if !is_id(&call.id) {
            return Err(Refusal::Malformed);
        }
        let received_at = time(&call.date_received).ok_or(Refusal::Malformed)?;
        Ok(Heard::Reply(Call {
            supplier: NOTIFY.to_owned(),
            message: call.id,
            person: self.pepper.sender(&call.source_number),
            sender: call.source_number,
            answers: None,
            text: call.message,
            received_at,
        }))
    }
}

fn receipt(body: &[u8]) -> Result<Vec<Heard>, Refusal> {
    let call: DeliveryCallback = serde_json::from_slice(body).map_err(|_| Refusal::Malformed)?;
    let contact = call.reference.as_deref().and_then(ContactId::parse);
    let times = [call.completed_at, call.sent_at, call.created_at];
    let at = times.iter().flatten().find_map(|text| time(text));
    let at = at.ok_or(Refusal::Malformed)?;
    match (contact, status::read(&call.status)) {
        (Some(contact), Status::Final(receipt)) => {
            let supplier = NOTIFY.to_owned();
            Ok(vec![Heard::Receipt(InboundMessage::ReceiptV1 { supplier, contact, receipt, at })])
        }
        (Some(_), Status::Unheard) => Err(Refusal::Malformed),
        // Another service of the force's may share the account; its receipts are not ours.
        (None, _) | (Some(_), Status::Pending) => Ok(vec![]),
    }
}

pub(super) fn is_id(id: &str) -> bool {
    (8..=64).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !phone::may_be_in(id)
}

/// Notify writes `2026-03-10T10:00:00.000000Z`, and in some places leaves the zone out.
pub(super) fn time(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| format!("{text}Z").parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "a-callback-token";

    fn notify() -> Notify {
        let pepper = Pepper::parse("a pepper of thirty-two bytes or more").unwrap();
        Notify::new(&SecretString::from(format!("{TOKEN}\nthe-next-token")), pepper).unwrap()
    }

    fn request(kind: &str, token: Option<&str>, body: &str) -> CallbackRequest {
        CallbackRequest {
            supplier: "notify".to_owned(),
            kind: kind.to_owned(),
            headers: token
                .map(|token| ("authorization".to_owned(), format!("Bearer {token}")))
                .into_iter()
                .collect(),
            body: body.as_bytes().to_vec(),
            ..CallbackRequest::default()
        }
    }

    const RECEIPT: &str = r#"{"id":"740e5834-3a29-46b4-9a6f-16142fde533a",
        "reference":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-0123456789abcdef","to":"07700900123",
        "status":"delivered","created_at":"2026-03-10T10:00:00.000000Z",
        "completed_at":"2026-03-10T10:00:05.000000Z","sent_at":"2026-03-10T10:00:01.000000Z",
        "notification_type":"sms","template_id":"f33517ff-2a88-4f6e-b855-c550268ce08a",
        "template_version":1}"#;

    const INBOUND: &str = r#"{"id":"740e5834-3a29-46b4-9a6f-16142fde533a",
        "source_number":"447700900123","destination_number":"07700900999",
        "message":"5 thanks","date_received":"2026-03-10T11:00:00.000000Z"}"#;

    #[test]
    fn a_receipt_leaves_without_its_number() {
        let heard = notify().read(&request("receipt", Some(TOKEN), RECEIPT)).unwrap();
        let [Heard::Receipt(message)] = heard.as_slice() else { panic!("{heard:?}") };
        let queued = serde_json::to_string(message).unwrap();
        assert!(!queued.contains("900123"), "{queued}");
        assert!(queued.contains("\"receipt\":\"delivered\""), "{queued}");
        assert!(queued.contains("2026-03-10T10:00:05Z"), "{queued}");
    }

    #[test]
    fn a_reply_is_kept_under_its_id_and_person() {
        let heard = notify().read(&request("inbound", Some(TOKEN), INBOUND)).unwrap();
        let [Heard::Reply(call)] = heard.as_slice() else { panic!("{heard:?}") };
        assert_eq!(call.message, "740e5834-3a29-46b4-9a6f-16142fde533a");
        assert_eq!(call.text, "5 thanks");
        assert_eq!(format!("{call:?}"), "Call(notify 740e5834-3a29-46b4-9a6f-16142fde533a)");
    }

    #[test]
    fn either_token_opens_and_nothing_else_does() {
        let read = |token| notify().read(&request("receipt", token, RECEIPT));
        assert!(read(Some(TOKEN)).is_ok());
        assert!(read(Some("the-next-token")).is_ok());
        for wrong in [None, Some(""), Some("a-callback-toke"), Some("a-callback-token2")] {
            assert_eq!(read(wrong).unwrap_err(), Refusal::Unsigned, "{wrong:?}");
        }
    }

    #[test]
    fn what_is_malformed_is_refused() {
        let check = |kind, body: &str, expected| {
            let refused = notify().read(&request(kind, Some(TOKEN), body)).unwrap_err();
            assert_eq!(refused, expected, "{body}");
        };
        check("receipt", "", Refusal::Malformed);
        check("receipt", "[]", Refusal::Malformed);
        check("receipt", &RECEIPT[..100], Refusal::Malformed);
        check("receipt", &RECEIPT.replace("delivered", "lost-in-space"), Refusal::Malformed);
        check("inbound", &INBOUND.replace("740e5834-", "PERSON#"), Refusal::Malformed);
        check("inbound", &INBOUND.replace("2026-03-10T11", "noon"), Refusal::Malformed);
        let uuid = "740e5834-3a29-46b4-9a6f-16142fde533a";
        check("inbound", &INBOUND.replace(uuid, "447700900123"), Refusal::Malformed);
        check("elsewhere", INBOUND, Refusal::UnknownSupplier);
    }

    #[test]
    fn another_services_receipt_is_nothing_for_us() {
        let theirs = RECEIPT.replace("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-", "letter-");
        let heard = notify().read(&request("receipt", Some(TOKEN), &theirs)).unwrap();
        assert_eq!(heard, []);
    }

    #[test]
    fn short_or_many_tokens_stop_the_start() {
        let pepper = Pepper::parse("a pepper of thirty-two bytes or more").unwrap();
        for tokens in ["", "short", "long-enough-1 long-enough-2 long-enough-3"] {
            assert!(Notify::new(&SecretString::from(tokens), pepper.clone()).is_err(), "{tokens}");
        }
    }
}
