//! Sends through Twilio, and tells its failures apart.
//!
//! Only what certainly was not taken may be tried again. Twilio keeps no reference of ours, so what
//! became of a doubtful text is asked by number and time, and only a record that was to keep the
//! number can deny one.

use anyhow::Context as _;
use domain::budget::Money;
use domain::contact::Bill;
use domain::phone::Mobile;
use domain::ports::{self, Inquiry, Lookup, Order, Sent};
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use url::form_urlencoded;

use super::signature::Address;
use super::status::{self, Class, Status};
use super::wire::{ErrorBody, MESSAGE, Message, Messages, Taken, is_sid};
use crate::clock::Clock;
use crate::supplier;

/// How long to wait when Twilio is asked too much at once and does not say: its limits are by the
/// second.
const RATE_LIMIT_WAIT: SignedDuration = SignedDuration::from_secs(1);

/// The longest validity Twilio takes, in seconds: ten hours.
const VALIDITY_MAX: i64 = 36_000;

/// How far Twilio's clock may be behind ours when it dates a text.
const BEFORE_CLAIM: SignedDuration = SignedDuration::from_mins(1);
/// How long after a claim a text of ours may still be dated: a lease, and room for both clocks.
/// Nobody is texted twice within seven days, so whatever we sent in this time is that text.
const AFTER_CLAIM: SignedDuration = SignedDuration::from_mins(20);

/// How many messages a page of a list holds at the most.
const PAGE_SIZE: &str = "1000";
/// How many pages are turned at the most. One person has few messages; a number that has more than
/// this is not asked for to the end, and nothing is concluded from its list.
const PAGES: usize = 20;

/// Who asks: an account's own sid and auth token, or an API key's sid and secret.
#[derive(Debug)]
pub struct Credentials {
    user: String,
    password: SecretString,
}

impl Credentials {
    /// Reads `<sid>:<secret>`, the sid being an account's (`AC…`) or an API key's (`SK…`).
    ///
    /// # Errors
    /// It is not of that form; the error does not show it.
    pub fn parse(text: &SecretString) -> anyhow::Result<Self> {
        let parts = text.expose_secret().trim().split_once(':');
        let parts = parts.filter(|(user, password)| {
            let is_word = !password.is_empty() && !password.contains(char::is_whitespace);
            is_sid(user, &["AC", "SK"]) && is_word
        });
        let (user, password) =
            parts.context("the Twilio credentials are not <AC… or SK… sid>:<secret>")?;
        Ok(Self { user: user.to_owned(), password: SecretString::from(password) })
    }
}

/// Who a text comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sender {
    /// A number of the account's that replies can be sent to.
    Number(String),
    /// A Messaging Service, which chooses one of its numbers.
    MessagingService(String),
}

impl Sender {
    /// Reads `MG…`, a number such as `+44…`, or a short code.
    ///
    /// # Errors
    /// It is none of them. A name in letters is not taken: STOP could not come back to it.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let text = text.trim();
        if is_sid(text, &["MG"]) {
            return Ok(Self::MessagingService(text.to_owned()));
        }
        let (digits, lengths) = match text.strip_prefix('+') {
            Some(digits) => (digits, 8..=15),
            None => (text, 5..=6),
        };
        let is_number =
            lengths.contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        anyhow::ensure!(
            is_number,
            "the Twilio sender is neither MG…, nor +<number>, nor a short code"
        );
        Ok(Self::Number(text.to_owned()))
    }

    fn field(&self) -> (&'static str, &str) {
        match self {
            Self::Number(number) => ("From", number),
            Self::MessagingService(sid) => ("MessagingServiceSid", sid),
        }
    }

    /// Whether a message left from here.
    fn sent(&self, message: &Message) -> bool {
        match self {
            Self::Number(number) => message.from.as_deref() == Some(number),
            Self::MessagingService(sid) => message.messaging_service_sid.as_deref() == Some(sid),
        }
    }

    /// Whether a message came in here.
    fn received(&self, message: &Message) -> bool {
        match self {
            Self::Number(number) => message.to.as_deref() == Some(number),
            Self::MessagingService(sid) => message.messaging_service_sid.as_deref() == Some(sid),
        }
    }
}

/// How texts leave the account.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where Twilio is, without a slash at the end: `https://api.twilio.com`.
    pub base_url: String,
    /// The account, `AC…`.
    pub account_sid: String,
    /// Who texts come from.
    pub from: Sender,
    /// The public address Twilio calls, up to where `/twilio/<kind>` begins.
    pub callback_url: String,
    /// Whether Twilio may keep the words and the whole number once a text is sent. When it may not,
    /// a text in doubt is for a person to decide: Twilio can no longer be asked by number.
    pub retain: bool,
}

/// Twilio.
pub struct Twilio {
    http: reqwest::Client,
    settings: Settings,
    credentials: Credentials,
    address: Address,
    clock: Clock,
}

impl Twilio {
    /// An account with Twilio.
    ///
    /// # Errors
    /// The account's sid or one of the addresses is not of its form.
    pub fn new(
        http: reqwest::Client,
        mut settings: Settings,
        credentials: Credentials,
        clock: Clock,
    ) -> anyhow::Result<Self> {
        anyhow::ensure!(is_sid(&settings.account_sid, &["AC"]), "the Twilio account is not AC…");
        let address = Address::parse(&settings.callback_url)?;
        let base_url = settings.base_url.trim_end_matches('/');
        Address::parse(base_url).context("Twilio's own address")?;
        settings.base_url = base_url.to_owned();
        Ok(Self { http, settings, credentials, address, clock })
    }

    pub(in crate::supplier) async fn send(&self, order: &Order<'_>) -> Sent {
        let form = self.form(order, self.clock.now());
        let answer = self
            .http
            .post(format!("{}{}", self.settings.base_url, self.messages("")))
            .basic_auth(&self.credentials.user, Some(self.credentials.password.expose_secret()))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form)
            .send()
            .await;
        match answer {
            Ok(answer) => {
                let (status, wait) = (answer.status(), retry_after(answer.headers()));
                match answer.bytes().await {
                    Ok(body) => sent(status, &body, wait),
                    Err(_) if status.is_success() => supplier::doubt("the answer broke off"),
                    Err(_) => sent(status, &[], wait),
                }
            }
            Err(error) => supplier::unanswered(&error),
        }
    }

    /// What is posted for a text.
    fn form(&self, order: &Order<'_>, now: Timestamp) -> String {
        let reference = order.permit.reference();
        let query = format!("{}={reference}", super::REFERENCE);
        let left = order.good_until.duration_since(now).as_secs();
        let (content, address) = match self.settings.retain {
            // Said in so many words, because an account's own setting may be not to keep them, and
            // then a list that does not show a text denies nothing.
            true => ("retain", "retain"),
            false => ("discard", "obfuscate"),
        };
        let (from, whence) = self.settings.from.field();
        form_urlencoded::Serializer::new(String::new())
            .append_pair("To", order.to.expose())
            .append_pair(from, whence)
            .append_pair("Body", order.wording.text.sent())
            .append_pair("StatusCallback", &self.address.join(&super::path(super::RECEIPT), &query))
            .append_pair("ValidityPeriod", &left.clamp(1, VALIDITY_MAX).to_string())
            // The text is in its plainest alphabet already, and was counted and paid for so.
            .append_pair("SmartEncoded", "false")
            .append_pair("ContentRetention", content)
            .append_pair("AddressRetention", address)
            .finish()
    }

    /// The path of the account's messages, or of one.
    fn messages(&self, sid: &str) -> String {
        let slash = if sid.is_empty() { "" } else { "/" };
        format!("/2010-04-01/Accounts/{}/Messages{slash}{sid}.json", self.settings.account_sid)
    }

    pub(in crate::supplier) async fn look_up(
        &self,
        inquiry: &Inquiry<'_>,
    ) -> anyhow::Result<Lookup> {
        if let Some(sid) = inquiry.supplier_id.filter(|sid| is_sid(sid, &MESSAGE)) {
            let found: Option<Message> =
                self.ask(&self.messages(sid), &[]).await.context("ask Twilio for a text")?;
            // It had the text and has deleted it, so it can deny nothing.
            return Ok(found.map_or(Lookup::CannotSay, |message| known(&message)));
        }
        let Some(to) = inquiry.to else { return Ok(Lookup::CannotSay) };
        // Not asked by `DateSent`: a text that still waits at Twilio has none, and a list that left
        // it out would deny it.
        let query = [("To", to.expose()), ("PageSize", PAGE_SIZE)];
        let listed =
            self.list(&query, |_| false).await.context("ask Twilio for a person's texts")?;
        Ok(match listed {
            Listed::Whole(messages) => self.tell(&messages, to, inquiry.claimed_at),
            Listed::BrokenOff => Lookup::CannotSay,
        })
    }

    /// What a person's whole list tells of a text that was claimed then.
    fn tell(&self, messages: &[Message], to: &Mobile, claimed_at: Timestamp) -> Lookup {
        let from = claimed_at.saturating_sub(BEFORE_CLAIM).unwrap_or(Timestamp::MIN);
        let until = claimed_at.saturating_add(AFTER_CLAIM).unwrap_or(Timestamp::MAX);
        let ours: Vec<&Message> = messages
            .iter()
            // What Twilio itself answers somebody who wrote STOP is an `outbound-reply`.
            .filter(|message| message.direction == "outbound-api")
            // An undated text may be of any time.
            .filter(|message| created(message).is_none_or(|at| from <= at && at <= until))
            .collect();
        match ours.as_slice() {
            [] if self.settings.retain => Lookup::Unknown,
            [message]
                if self.settings.from.sent(message)
                    && message.to.as_deref() == Some(to.expose())
                    && created(message).is_some() =>
            {
                known(message)
            }
            // Hidden numbers, two texts at once, or one from a sender that is not the one in use.
            _ => Lookup::CannotSay,
        }
    }

    /// Every reply since that moment, oldest first, of those whose words Twilio keeps.
    pub(in crate::supplier) async fn received(
        &self,
        since: Timestamp,
    ) -> anyhow::Result<Vec<ports::Listed>> {
        // The filter is by whole days; what came in has its date at once.
        let day = since.to_zoned(TimeZone::UTC).date().to_string();
        let mut query = vec![("DateSent>", day.as_str()), ("PageSize", PAGE_SIZE)];
        if let Sender::Number(number) = &self.settings.from {
            query.push(("To", number));
        }
        // Newest first; a text of ours may have waited long since it was made.
        let is_past = |message: &Message| {
            message.direction == "inbound" && created(message).is_some_and(|at| at < since)
        };
        let listed = self.list(&query, is_past).await.context("ask Twilio for replies")?;
        let Listed::Whole(messages) = listed else {
            anyhow::bail!("Twilio has more replies than {PAGES} pages");
        };
        let mut replies = Vec::new();
        for message in messages {
            let Some(received_at) = created(&message) else { continue };
            let is_ours = message.direction == "inbound" && self.settings.from.received(&message);
            if !is_ours || received_at < since || !is_sid(&message.sid, &MESSAGE) {
                continue;
            }
            // An account that keeps neither words nor numbers of replies has none to give.
            let (Some(sender), Some(text)) = (message.from, message.body) else { continue };
            if sender.contains('X') || text.is_empty() {
                continue;
            }
            replies.push(ports::Listed { message: message.sid, sender, text, received_at });
        }
        replies.sort_by_key(|reply| reply.received_at);
        Ok(replies)
    }

    /// A list, page after page, until its end or the first message that is enough.
    async fn list(
        &self,
        query: &[(&str, &str)],
        is_enough: impl Fn(&Message) -> bool,
    ) -> anyhow::Result<Listed> {
        let mut messages = Vec::new();
        let (mut path, mut query) = (self.messages(""), query);
        for _ in 0..PAGES {
            let page: Messages =
                self.ask(&path, query).await?.context("Twilio does not know the account")?;
            let enough = page.messages.iter().any(&is_enough);
            messages.extend(page.messages);
            let Some(next) = page.next_page_uri.filter(|uri| !uri.is_empty() && !enough) else {
                return Ok(Listed::Whole(messages));
            };
            // What leads anywhere else is not followed with our credentials.
            let stays = next.starts_with(&self.messages(""));
            anyhow::ensure!(stays, "Twilio's next page is not of the account's messages");
            (path, query) = (next, &[]);
        }
        Ok(Listed::BrokenOff)
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> anyhow::Result<Option<T>> {
        let answer = self
            .http
            .get(format!("{}{path}", self.settings.base_url))
            .query(query)
            .basic_auth(&self.credentials.user, Some(self.credentials.password.expose_secret()))
            .send()
            .await
            // The URL may hold a number.
            .map_err(reqwest::Error::without_url)?;
        let status = answer.status();
        if status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        anyhow::ensure!(status == StatusCode::OK, "Twilio answered {status}");
        let answer = answer.json().await.map_err(reqwest::Error::without_url);
        answer.context("read Twilio's answer").map(Some)
    }
}

/// A list, or as much of it as we turn pages.
enum Listed {
    Whole(Vec<Message>),
    BrokenOff,
}

fn created(message: &Message) -> Option<Timestamp> {
    rfc2822::DateTimeParser::new().parse_timestamp(message.date_created.as_deref()?).ok()
}

fn known(message: &Message) -> Lookup {
    Lookup::Known {
        supplier_id: message.sid.clone(),
        receipt: match status::read(&message.status, message.error_code) {
            Status::Final(receipt) => Some(receipt),
            Status::Pending | Status::Unheard => None,
        },
        bill: bill(message),
    }
}

/// What Twilio charges, once it knows, in an account that is charged in pounds.
fn bill(message: &Message) -> Option<Bill> {
    if message.price_unit.as_deref() != Some("GBP") {
        return None;
    }
    let price = message.price.as_deref()?;
    // Below zero is what we pay; above it would be a credit, which is not a bill.
    let pounds = price.strip_prefix('-').or((price.parse() == Ok(0.0)).then_some(price))?;
    let segments = message.num_segments.as_deref()?.parse().ok()?;
    Some(Bill { segments, amount: millipence(pounds)? })
}

/// Reads pounds, such as `0.04200`, to a thousandth of a penny; a part of one counts whole.
fn millipence(pounds: &str) -> Option<Money> {
    const PLACES: usize = 5;
    let (whole, part) = pounds.split_once('.').unwrap_or((pounds, ""));
    if whole.is_empty() || !whole.bytes().chain(part.bytes()).all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (kept, rest) = part.split_at(part.len().min(PLACES));
    let amount: u64 = format!("{whole}{kept:0<PLACES$}").parse().ok()?;
    let more = u64::from(rest.bytes().any(|b| b != b'0'));
    amount.checked_add(more).map(Money::from_millipence)
}

/// How long Twilio asks us to wait.
fn retry_after(headers: &HeaderMap) -> Option<SignedDuration> {
    let seconds: u32 = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(SignedDuration::from_secs(seconds.into()))
}

/// What an answer means. Decided on the status and the error's code, never on its message, which
/// repeats the number.
fn sent(status: StatusCode, body: &[u8], wait: Option<SignedDuration>) -> Sent {
    match status.as_u16() {
        201 => taken(body),
        // Any other 2xx may be Twilio or something in between: it may have been taken.
        200..=299 => supplier::doubt("Twilio's answer was not the one it documents"),
        // Nor does a request that was cut off or an error of Twilio's own say what was taken.
        408 | 500..=599 => supplier::doubt(&why(status, None)),
        _ => {
            let code = serde_json::from_slice::<ErrorBody>(body).unwrap_or_default().code;
            let why = why(status, code);
            let after = Some(wait.unwrap_or(RATE_LIMIT_WAIT));
            match code.map(status::class) {
                Some(Class::Queue) => Sent::Retry { after, why },
                _ if status == StatusCode::TOO_MANY_REQUESTS => Sent::Retry { after, why },
                Some(Class::Permanent) => Sent::Refused { why, opted_out: false },
                Some(Class::OptedOut) => Sent::Refused { why, opted_out: true },
                Some(Class::Stop | Class::Passing | Class::Expired | Class::Unlisted) | None => {
                    Sent::ConfigStop { why }
                }
            }
        }
    }
}

/// What a 201 means: nearly always a yes, and sometimes a text that failed at once.
fn taken(body: &[u8]) -> Sent {
    let message = serde_json::from_slice::<Taken>(body).ok();
    let Some(message) = message.filter(|message| is_sid(&message.sid, &MESSAGE)) else {
        return supplier::doubt("Twilio said yes in words that could not be read");
    };
    let accepted = Sent::Accepted { supplier_id: message.sid };
    let has_failed = matches!(message.status.as_str(), "failed" | "undelivered" | "canceled");
    let Some(code) = message.error_code.filter(|_| has_failed) else { return accepted };
    let why = format!("Twilio answered 201 and the text failed with {code}");
    match (status::class(code), message.status.as_str()) {
        (Class::Permanent, _) => Sent::Refused { why, opted_out: false },
        (Class::OptedOut, _) => Sent::Refused { why, opted_out: true },
        (Class::Stop, _) => Sent::ConfigStop { why },
        // Only what never left Twilio may be tried again.
        (Class::Queue, "failed") => Sent::Retry { after: Some(RATE_LIMIT_WAIT), why },
        // It was taken; what became of it is a receipt's to say.
        (Class::Queue | Class::Passing | Class::Expired | Class::Unlisted, _) => accepted,
    }
}

fn why(status: StatusCode, code: Option<u32>) -> String {
    match code {
        Some(code) => format!("Twilio answered {} with error {code}", status.as_u16()),
        None => format!("Twilio answered {}", status.as_u16()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SID: &str = "SM0123456789abcdef0123456789abcdef";

    fn word(sent: Sent) -> String {
        match sent {
            Sent::Accepted { .. } => "accepted".to_owned(),
            Sent::Retry { after, .. } => {
                format!("retry {}", after.map_or(0, |wait| wait.as_secs()))
            }
            Sent::Refused { opted_out: true, .. } => "opted out".to_owned(),
            Sent::Refused { .. } => "refused".to_owned(),
            Sent::ConfigStop { .. } => "stop".to_owned(),
            Sent::Ambiguous { .. } => "doubt".to_owned(),
        }
    }

    fn check(status: u16, codes: &[u32], expected: &str) {
        for code in codes {
            let body = format!(
                r#"{{"code":{code},"message":"'To' number +447700900123","status":{status}}}"#
            );
            let sent = sent(StatusCode::from_u16(status).unwrap(), body.as_bytes(), None);
            assert!(!format!("{sent:?}").contains("900123"), "{sent:?}");
            assert_eq!(word(sent), expected, "{status} {code}");
        }
    }

    #[test]
    fn every_error_is_told_apart() {
        check(400, &[21211, 21214, 21217, 21612, 21614, 30004, 30005, 30006, 30011], "refused");
        check(400, &[21610], "opted out");
        check(403, &[21610], "opted out");
        check(400, &[21602, 21617, 21618, 30007, 30019], "stop");
        check(400, &[20003, 20005, 20006, 20403, 21603, 21606, 21608, 21609], "stop");
        check(400, &[30002, 30018, 30024, 21408, 39999], "stop");
        check(401, &[20003, 0], "stop");
        check(404, &[20404], "stop");
        check(301, &[0], "stop");
        check(400, &[14107, 21611, 20429], "retry 1");
        check(429, &[20429, 14107, 0], "retry 1");
        for status in [408, 500, 502, 503, 504] {
            check(status, &[0, 20429, 20500, 21211], "doubt");
        }
        check(200, &[0], "doubt");
        check(201, &[0], "doubt");
    }

    #[test]
    fn an_answer_without_words_is_told_by_its_status() {
        let check = |status, expected| {
            let status = StatusCode::from_u16(status).unwrap();
            for body in [&b""[..], b"<html>", b"[]", br#"{"code":"x"}"#, b"{}"] {
                assert_eq!(word(sent(status, body, None)), expected, "{status}");
            }
        };
        check(400, "stop");
        check(429, "retry 1");
        check(503, "doubt");
        check(201, "doubt");
    }

    #[test]
    fn twilios_wait_is_kept() {
        let wait = Some(SignedDuration::from_secs(17));
        let check = |status| assert_eq!(word(sent(status, b"", wait)), "retry 17");
        check(StatusCode::TOO_MANY_REQUESTS);
        let mut headers = HeaderMap::new();
        assert_eq!(retry_after(&headers), None);
        headers.insert(RETRY_AFTER, "17".parse().unwrap());
        assert_eq!(retry_after(&headers), wait);
        for odd in ["-1", "soon", "Tue, 10 Mar 2026 10:00:00 GMT", ""] {
            headers.insert(RETRY_AFTER, odd.parse().unwrap());
            assert_eq!(retry_after(&headers), None, "{odd}");
        }
    }

    #[test]
    fn a_yes_is_a_yes_unless_the_text_failed_at_once() {
        let check = |status, code: &str, expected| {
            let body = format!(r#"{{"sid":"{SID}","status":"{status}","error_code":{code}}}"#);
            assert_eq!(word(taken(body.as_bytes())), expected, "{status} {code}");
        };
        for status in ["accepted", "queued", "sending", "sent", "delivered", "a-new-word"] {
            check(status, "null", "accepted");
        }
        check("queued", "30006", "accepted");
        check("failed", "null", "accepted");
        check("failed", "30006", "refused");
        check("failed", "21610", "opted out");
        check("undelivered", "30007", "stop");
        check("failed", "30001", "retry 1");
        check("undelivered", "30001", "accepted");
        check("undelivered", "30008", "accepted");
        check("canceled", "30036", "accepted");
        for odd in ["SM1", "", "AC0123456789abcdef0123456789abcdef"] {
            let body = format!(r#"{{"sid":"{odd}","status":"queued"}}"#);
            assert_eq!(word(taken(body.as_bytes())), "doubt", "{odd}");
        }
    }

    #[test]
    fn a_price_is_read_to_a_thousandth_of_a_penny() {
        let check = |pounds, expected| {
            assert_eq!(millipence(pounds).map(Money::millipence), expected, "{pounds}");
        };
        check("0.04200", Some(4_200));
        check("0.0075", Some(750));
        check("12", Some(1_200_000));
        check("0.000001", Some(1));
        check("0.0000000", Some(0));
        for odd in ["", ".", ".1", "-1", "1e3", "1,0", "99999999999999999999"] {
            check(odd, None);
        }
    }

    #[test]
    fn only_a_price_in_pounds_is_a_bill() {
        let check = |price: &str, unit: &str, segments: &str, expected| {
            let body = format!(
                r#"{{"sid":"{SID}","status":"delivered","price":{price},"price_unit":"{unit}",
                    "num_segments":"{segments}"}}"#
            );
            let message: Message = serde_json::from_str(&body).unwrap();
            let found = bill(&message).map(|bill| (bill.segments, bill.amount.millipence()));
            assert_eq!(found, expected, "{body}");
        };
        check(r#""-0.08400""#, "GBP", "2", Some((2, 8_400)));
        check(r#""0""#, "GBP", "0", Some((0, 0)));
        check("null", "GBP", "2", None);
        check(r#""-0.08400""#, "USD", "2", None);
        check(r#""0.08400""#, "GBP", "2", None);
        check(r#""-0.08400""#, "GBP", "", None);
    }

    #[test]
    fn credentials_of_another_form_are_refused_without_being_shown() {
        let sid = "0123456789abcdef0123456789abcdef";
        for right in [format!("AC{sid}:a-token"), format!(" SK{sid}:a:secret\n")] {
            let credentials = Credentials::parse(&SecretString::from(right)).unwrap();
            assert!(!format!("{credentials:?}").contains("secret\""), "{credentials:?}");
            assert!(!format!("{credentials:?}").contains("a-token"), "{credentials:?}");
        }
        for wrong in ["hunter2", &format!("AC{sid}"), &format!("AC{sid}:"), "AC12:hunter2"] {
            let error = Credentials::parse(&SecretString::from(wrong)).unwrap_err();
            assert!(!format!("{error:#}").contains(wrong), "{error:#}");
        }
    }

    #[test]
    fn a_sender_is_one_that_replies_can_be_sent_to() {
        let service = format!("MG{}", "0".repeat(32));
        assert_eq!(Sender::parse(&service).unwrap(), Sender::MessagingService(service));
        for number in ["+447700900456", "60006"] {
            assert_eq!(Sender::parse(number).unwrap(), Sender::Number(number.to_owned()));
        }
        for wrong in ["", "HERTSPOLICE", "MG12", "447700900456", "+44 7700", "+"] {
            assert!(Sender::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_date_is_read_as_twilio_writes_it() {
        let body = format!(
            r#"{{"sid":"{SID}","status":"sent","date_created":"Tue, 10 Mar 2026 10:00:05 +0000"}}"#
        );
        let message: Message = serde_json::from_str(&body).unwrap();
        assert_eq!(created(&message), Some("2026-03-10T10:00:05Z".parse().unwrap()));
    }
}
