//! Twilio's JSON and forms, field by field. Fields it may add are ignored; fields we need are named.

use serde::Deserialize;
use url::form_urlencoded;

/// The part of a 201 we need, and no more: whatever else it says, the text was taken.
#[derive(Deserialize)]
pub(super) struct Taken {
    pub(super) sid: String,
    #[serde(default)]
    pub(super) status: String,
    #[serde(default)]
    pub(super) error_code: Option<u32>,
}

/// A Message resource, alone or in a list. It can hold a number and a person's words, so it does not
/// print.
#[derive(Deserialize)]
pub(super) struct Message {
    pub(super) sid: String,
    pub(super) status: String,
    #[serde(default)]
    pub(super) error_code: Option<u32>,
    #[serde(default)]
    pub(super) direction: String,
    #[serde(default)]
    pub(super) from: Option<String>,
    #[serde(default)]
    pub(super) to: Option<String>,
    #[serde(default)]
    pub(super) messaging_service_sid: Option<String>,
    #[serde(default)]
    pub(super) body: Option<String>,
    /// RFC 2822, such as `Tue, 10 Mar 2026 10:00:00 +0000`.
    #[serde(default)]
    pub(super) date_created: Option<String>,
    #[serde(default)]
    pub(super) num_segments: Option<String>,
    /// A decimal number, below zero for what we pay.
    #[serde(default)]
    pub(super) price: Option<String>,
    #[serde(default)]
    pub(super) price_unit: Option<String>,
}

/// `GET Messages.json`, one page.
#[derive(Deserialize)]
pub(super) struct Messages {
    pub(super) messages: Vec<Message>,
    /// The next page, from the root of the API.
    #[serde(default)]
    pub(super) next_page_uri: Option<String>,
}

/// Any error answer. Its message repeats what was sent, so only the code is read.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ErrorBody {
    #[serde(default)]
    pub(super) code: Option<u32>,
}

/// The parameters we read of a callback, whatever its kind. It does not print.
#[derive(Default)]
pub(super) struct Call {
    pub(super) message_sid: String,
    pub(super) status: String,
    pub(super) error_code: Option<u32>,
    pub(super) from: String,
    pub(super) body: String,
    pub(super) opt_out: String,
}

impl Call {
    /// Reads a form: percent-decoded once, with `+` for a space. Of a name that is repeated the
    /// first counts, though all are signed.
    pub(super) fn parse(form: &[u8]) -> Self {
        let field = |name: &str| {
            let found = form_urlencoded::parse(form).find(|(known, _)| known == name);
            found.map_or_else(String::new, |(_, value)| value.into_owned())
        };
        Self {
            message_sid: field("MessageSid"),
            status: field("MessageStatus"),
            error_code: field("ErrorCode").parse().ok(),
            from: field("From"),
            body: field("Body"),
            opt_out: field("OptOutType"),
        }
    }
}

/// Whether this is a sid of Twilio's: two letters that say of what, and 32 hexadecimal digits.
pub(super) fn is_sid(text: &str, kinds: &[&str]) -> bool {
    let digits = kinds.iter().find_map(|kind| text.strip_prefix(kind));
    digits.is_some_and(|digits| {
        digits.len() == 32 && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// What a message's sid begins with: a text's, and one's with a picture.
pub(super) const MESSAGE: [&str; 2] = ["SM", "MM"];
