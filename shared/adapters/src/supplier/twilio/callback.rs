//! Twilio's callbacks: a form, signed with the account's auth token over the address we gave.
//!
//! While one auth token replaces the other, Twilio signs with either, so two are accepted.

use domain::contact::ContactId;
use domain::messages::InboundMessage;
use domain::person::Pepper;
use domain::ports::{self, CallbackRequest, Heard, Refusal};
use domain::supplier::TWILIO;
use secrecy::{ExposeSecret, SecretString};
use url::form_urlencoded;

use super::signature::{self, Address};
use super::status::{self, Status};
use super::wire::{Call, MESSAGE, is_sid};

/// Twilio's auth tokens have 32 characters; a much shorter one is a slip, and could be guessed.
const TOKEN_MIN: usize = 10;

/// Reads Twilio's callbacks.
pub struct Twilio {
    tokens: Vec<SecretString>,
    address: Address,
    pepper: Pepper,
}

impl Twilio {
    /// Accepts what is signed with one or two auth tokens, separated by white space, for the public
    /// address that ends before `/twilio/<kind>`.
    ///
    /// # Errors
    /// No token, too many, or one that is too short; an address that is not one of the web.
    pub fn new(tokens: &SecretString, callback_url: &str, pepper: Pepper) -> anyhow::Result<Self> {
        let address = Address::parse(callback_url)?;
        let tokens: Vec<SecretString> =
            tokens.expose_secret().split_whitespace().map(SecretString::from).collect();
        anyhow::ensure!((1..=2).contains(&tokens.len()), "there must be one or two auth tokens");
        let long = tokens.iter().all(|token| token.expose_secret().len() >= TOKEN_MIN);
        anyhow::ensure!(long, "an auth token must have at least {TOKEN_MIN} characters");
        Ok(Self { tokens, address, pepper })
    }

    pub(crate) fn read(&self, request: &CallbackRequest) -> Result<Vec<Heard>, Refusal> {
        let path = super::path(&request.kind);
        let signature = request.header("x-twilio-signature");
        let asked = (path.as_str(), request.query.as_str());
        if !signature::verified(&self.tokens, &self.address, asked, &request.body, signature) {
            return Err(Refusal::Unsigned);
        }
        match request.kind.as_str() {
            super::RECEIPT => receipt(request),
            super::INBOUND => Ok(vec![self.inbound(request)?]),
            _ => Err(Refusal::UnknownSupplier),
        }
    }

    fn inbound(&self, request: &CallbackRequest) -> Result<Heard, Refusal> {
        let call = Call::parse(&request.body);
        // The id becomes a key.
        if !is_sid(&call.message_sid, &MESSAGE) || call.from.is_empty() {
            return Err(Refusal::Malformed);
        }
        // Whatever word it was that Twilio took for STOP, with none left the opt-out stays.
        let is_bare_stop = call.opt_out == "STOP" && call.body.trim().is_empty();
        let text = if is_bare_stop { call.opt_out } else { call.body };
        Ok(Heard::Reply(ports::Call {
            supplier: TWILIO.to_owned(),
            message: call.message_sid,
            person: self.pepper.sender(&call.from),
            sender: call.from,
            answers: None,
            text,
            // Twilio does not say when; it calls at once.
            received_at: request.at,
        }))
    }
}

fn receipt(request: &CallbackRequest) -> Result<Vec<Heard>, Refusal> {
    let call = Call::parse(&request.body);
    let contact = form_urlencoded::parse(request.query.as_bytes())
        .find(|(name, _)| name == super::REFERENCE)
        .and_then(|(_, value)| ContactId::parse(&value));
    match (contact, status::read(&call.status, call.error_code)) {
        (Some(contact), Status::Final(receipt)) => {
            // `RawDlrDoneDate` is the network's own clock, to the minute and without its zone.
            let (supplier, at) = (TWILIO.to_owned(), request.at);
            Ok(vec![Heard::Receipt(InboundMessage::ReceiptV1 { supplier, contact, receipt, at })])
        }
        (Some(_), Status::Unheard) => Err(Refusal::Malformed),
        // Another service of the force's may share the account; its receipts are not ours.
        (None, _) | (Some(_), Status::Pending) => Ok(vec![]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::contact::Receipt;
    use jiff::Timestamp;

    const TOKEN: &str = "an-auth-token-of-twilio";
    const URL: &str = "https://example.invalid/callbacks";
    const REF: &str = "ref=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-0123456789abcdef";
    const SID: &str = "SM0123456789abcdef0123456789abcdef";

    fn twilio() -> Twilio {
        let pepper = Pepper::parse("a pepper of thirty-two bytes or more").unwrap();
        Twilio::new(&SecretString::from(format!("{TOKEN}\nthe-next-token")), URL, pepper).unwrap()
    }

    fn at() -> Timestamp {
        "2026-03-10T10:00:05Z".parse().unwrap()
    }

    /// A call as Twilio would make it, signed with this token.
    fn request(kind: &str, query: &str, pairs: &[(&str, &str)], token: &str) -> CallbackRequest {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let mark = if query.is_empty() { "" } else { "?" };
        let url = format!("{URL}/twilio/{kind}{mark}{query}");
        let signature = signature::signed(token, &url, form.as_bytes());
        CallbackRequest {
            supplier: "twilio".to_owned(),
            kind: kind.to_owned(),
            query: query.to_owned(),
            headers: [("x-twilio-signature".to_owned(), signature)].into(),
            body: form.into_bytes(),
            at: at(),
        }
    }

    fn status<'a>(status: &'a str, code: &'a str) -> Vec<(&'a str, &'a str)> {
        let mut pairs = vec![
            ("MessageSid", SID),
            ("SmsSid", SID),
            ("MessageStatus", status),
            ("SmsStatus", status),
            ("To", "+447700900123"),
            ("From", "+447700900456"),
            ("AccountSid", "AC00000000000000000000000000000001"),
            ("ApiVersion", "2010-04-01"),
            ("RawDlrDoneDate", "2603101100"),
        ];
        if !code.is_empty() {
            pairs.push(("ErrorCode", code));
        }
        pairs
    }

    fn reply<'a>(body: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let mut pairs = vec![
            ("ToCountry", "GB"),
            ("SmsMessageSid", SID),
            ("NumMedia", "0"),
            ("SmsStatus", "received"),
            ("Body", body),
            ("To", "+447700900456"),
            ("MessageSid", SID),
            ("From", "+447700900123"),
        ];
        pairs.extend(more);
        pairs
    }

    #[test]
    fn a_receipt_leaves_without_its_number() {
        let check = |word, code, expected| {
            let heard =
                twilio().read(&request("receipt", REF, &status(word, code), TOKEN)).unwrap();
            let [Heard::Receipt(message)] = heard.as_slice() else { panic!("{heard:?}") };
            let contact = ContactId::parse(&REF[4..]).unwrap();
            let supplier = "twilio".to_owned();
            let receipt =
                InboundMessage::ReceiptV1 { supplier, contact, receipt: expected, at: at() };
            assert_eq!(message, &receipt);
            assert!(!serde_json::to_string(message).unwrap().contains("900123"));
        };
        check("delivered", "", Receipt::Delivered);
        check("undelivered", "30003", Receipt::Temporary);
        check("undelivered", "30006", Receipt::Permanent);
        check("failed", "30036", Receipt::Expired);
        check("canceled", "", Receipt::Technical);
    }

    #[test]
    fn a_text_on_its_way_and_anothers_receipt_are_nothing_for_us() {
        let heard = |query, word| {
            twilio().read(&request("receipt", query, &status(word, ""), TOKEN)).unwrap()
        };
        for word in ["accepted", "scheduled", "queued", "sending", "sent"] {
            assert_eq!(heard(REF, word), [], "{word}");
        }
        for query in ["", "ref=", "ref=letter-17", "order=17"] {
            assert_eq!(heard(query, "delivered"), [], "{query}");
        }
    }

    #[test]
    fn a_reply_is_kept_under_its_id_and_person() {
        let check = |body, more: &[(&'static str, &'static str)], text: &str| {
            let heard = twilio().read(&request("inbound", "", &reply(body, more), TOKEN)).unwrap();
            let [Heard::Reply(call)] = heard.as_slice() else { panic!("{heard:?}") };
            assert_eq!((call.message.as_str(), call.text.as_str()), (SID, text));
            assert_eq!(call.received_at, at());
            assert_eq!(format!("{call:?}"), format!("Call(twilio {SID})"));
            let pepper = Pepper::parse("a pepper of thirty-two bytes or more").unwrap();
            assert_eq!(call.person, pepper.sender("+447700900123"));
        };
        check("5 – brilliant, thank you £ 👍", &[], "5 – brilliant, thank you £ 👍");
        check("", &[], "");
        check("stop", &[("OptOutType", "STOP")], "stop");
        check(" ", &[("OptOutType", "STOP")], "STOP");
        check("", &[("OptOutType", "HELP")], "");
        check("look", &[("NumMedia", "1"), ("MediaUrl0", "https://example.invalid/1")], "look");
        check("NSB0aGFua3M=", &[], "NSB0aGFua3M=");
        check("100%25 + 5", &[], "100%25 + 5");
    }

    #[test]
    fn a_foreign_sender_is_a_stranger() {
        let mut pairs = reply("hello", &[]);
        pairs.retain(|(name, _)| *name != "From");
        pairs.push(("From", "60006"));
        let heard = twilio().read(&request("inbound", "", &pairs, TOKEN)).unwrap();
        let [Heard::Reply(call)] = heard.as_slice() else { panic!("{heard:?}") };
        assert_eq!(call.sender, "60006");
    }

    #[test]
    fn either_token_opens_and_nothing_else_does() {
        let read = |request: &CallbackRequest| twilio().read(request);
        let signed = |token| request("receipt", REF, &status("delivered", ""), token);
        assert!(read(&signed(TOKEN)).is_ok());
        assert!(read(&signed("the-next-token")).is_ok());
        assert_eq!(read(&signed("another-token")), Err(Refusal::Unsigned));
        let check = |what, change: fn(&mut CallbackRequest)| {
            let mut changed = signed(TOKEN);
            change(&mut changed);
            assert_eq!(read(&changed), Err(Refusal::Unsigned), "{what}");
        };
        check("no header", |call| call.headers.clear());
        check("an empty one", |call| {
            call.headers.insert("x-twilio-signature".to_owned(), String::new());
        });
        check("a truncated one", |call| {
            call.headers.get_mut("x-twilio-signature").unwrap().pop();
        });
        check("another kind", |call| call.kind = "inbound".to_owned());
        check("no such kind", |call| call.kind = "elsewhere".to_owned());
        check("another contact", |call| call.query = call.query.replace("0123", "0124"));
        check("another parameter", |call| call.body.extend_from_slice(b"&Extra=1"));
        check("no body", |call| call.body.clear());
        check("a hash of another body", |call| {
            call.query = format!("{}&bodySHA256={}", call.query, "0".repeat(64));
        });
    }

    #[test]
    fn what_is_malformed_is_refused() {
        let check = |kind, query, pairs: &[(&str, &str)], expected| {
            let refused = twilio().read(&request(kind, query, pairs, TOKEN));
            assert_eq!(refused, Err(expected), "{pairs:?}");
        };
        check("receipt", REF, &[], Refusal::Malformed);
        check("receipt", REF, &status("lost-in-space", ""), Refusal::Malformed);
        check("inbound", "", &[], Refusal::Malformed);
        for sid in
            ["", "SM1", "PERSON#1", "AC0123456789abcdef0123456789abcdef", &SID.to_uppercase()]
        {
            let pairs = [("MessageSid", sid), ("From", "+447700900123"), ("Body", "5")];
            check("inbound", "", &pairs, Refusal::Malformed);
        }
        check("inbound", "", &[("MessageSid", SID), ("Body", "5")], Refusal::Malformed);
        check("elsewhere", "", &reply("5", &[]), Refusal::UnknownSupplier);
    }

    #[test]
    fn short_or_many_tokens_and_odd_addresses_stop_the_start() {
        let pepper = Pepper::parse("a pepper of thirty-two bytes or more").unwrap();
        for tokens in ["", "short", "long-enough-1 long-enough-2 long-enough-3"] {
            assert!(Twilio::new(&SecretString::from(tokens), URL, pepper.clone()).is_err());
        }
        assert!(Twilio::new(&SecretString::from(TOKEN), "callbacks", pepper).is_err());
    }
}
