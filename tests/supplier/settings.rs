//! What the stand-in is told when it starts: whose key it takes, what it sends, where it calls back.

use anyhow::{Context, ensure};

use super::behaviour::Behaviour;

/// The number that texts come from and replies go to, unless the settings say otherwise.
pub const SERVICE_NUMBER: &str = "07700900999";

/// Everything one stand-in needs to know before it serves.
#[derive(Clone)]
pub struct Settings {
    /// The one key this supplier accepts at first, which also names the service.
    pub api_key: ApiKey,
    /// The templates the service has made.
    pub templates: Vec<Template>,
    /// The senders the service may choose between with `sms_sender_id`.
    pub senders: Vec<Sender>,
    /// The number, or the name, that texts come from when no sender is chosen.
    pub number: String,
    /// Where delivery receipts are posted, if anywhere.
    pub receipts: Option<Callback>,
    /// Where people's replies are posted, if anywhere.
    pub inbound: Option<Callback>,
    /// Whether to refuse every number that is not one of Ofcom's for drama, as a team-only key would.
    pub invented_numbers_only: bool,
    /// How far the supplier's clock is ahead of the real one, in seconds.
    pub clock_offset_seconds: i64,
    /// The seed of every identifier, fault and person.
    pub seed: u64,
    /// The number of sends allowed in any 60 seconds.
    pub requests_per_minute: usize,
    /// The number of texts allowed between one midnight (UTC) and the next.
    pub texts_per_day: usize,
    /// The price of one segment, in millionths of a pound.
    pub rate_micropounds: u64,
    /// How the supplier and the people who are texted behave.
    pub behaviour: Behaviour,
}

impl Settings {
    /// Makes settings with Notify's own limits for a service with one pass-through template.
    pub fn new(api_key: &str, template_id: &str) -> anyhow::Result<Self> {
        Ok(Self {
            api_key: ApiKey::parse(api_key)?,
            templates: vec![Template::pass_through(template_id)],
            senders: Vec::new(),
            number: SERVICE_NUMBER.to_owned(),
            receipts: None,
            inbound: None,
            invented_numbers_only: true,
            clock_offset_seconds: 0,
            seed: 0,
            requests_per_minute: 3_000,
            texts_per_day: 250_000,
            rate_micropounds: 24_000,
            behaviour: Behaviour::default(),
        })
    }
}

/// A key in Notify's form, `{name}-{service id}-{secret}`.
#[derive(Clone)]
pub struct ApiKey {
    service_id: String,
    secret: String,
}

impl ApiKey {
    /// Reads a key from the right, since its name may itself have hyphens.
    pub fn parse(key: &str) -> anyhow::Result<Self> {
        let rest = key.len().checked_sub(36).context("API key is too short to hold a secret")?;
        let (rest, secret) = key.split_at_checked(rest).context("API key is not ASCII")?;
        let rest = rest.strip_suffix('-').context("API key has no hyphen before its secret")?;
        let name =
            rest.len().checked_sub(36).context("API key is too short to hold a service id")?;
        let (_, service_id) = rest.split_at_checked(name).context("API key is not ASCII")?;
        ensure!(is_uuid(service_id) && is_uuid(secret), "API key does not end in two UUIDs");
        Ok(Self { service_id: service_id.to_owned(), secret: secret.to_owned() })
    }

    /// The service that the key belongs to, which is the `iss` of its tokens.
    pub fn service_id(&self) -> &str {
        &self.service_id
    }

    /// The secret that signs the key's tokens.
    pub(super) fn secret(&self) -> &[u8] {
        self.secret.as_bytes()
    }
}

/// A template that the service has made.
#[derive(Clone, Debug)]
pub struct Template {
    /// The template's UUID.
    pub id: String,
    /// The version now in use.
    pub version: u32,
    /// The wording, with placeholders written as `((name))`.
    pub content: String,
}

impl Template {
    /// Makes a template whose whole wording is `((message))`.
    pub fn pass_through(id: &str) -> Self {
        Self { id: id.to_owned(), version: 1, content: "((message))".to_owned() }
    }
}

/// A sender that the service may choose.
#[derive(Clone, Debug)]
pub struct Sender {
    /// The UUID given as `sms_sender_id`.
    pub id: String,
    /// The number or name that is shown; nobody can reply to a name.
    pub number: String,
}

/// Where, and with what token, the supplier calls the service back.
#[derive(Clone)]
pub struct Callback {
    /// The address that is posted to.
    pub url: String,
    /// The bearer token that the service chose.
    pub token: String,
}

impl Callback {
    /// Makes a callback to the address with the token.
    pub fn new(url: &str, token: &str) -> Self {
        Self { url: url.to_owned(), token: token.to_owned() }
    }
}

/// Whether the text is a UUID with or without its hyphens, as Notify's schema takes it.
pub(super) fn is_uuid(text: &str) -> bool {
    let digits = text.bytes().filter(|byte| *byte != b'-');
    digits.clone().count() == 32 && digits.clone().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVICE: &str = "26785a09-ab16-4eb0-8407-a37497a57506";
    const SECRET: &str = "3d844edf-8d35-48ac-975b-e847b4f122b0";

    #[test]
    fn a_key_is_read_from_the_right() {
        let key = ApiKey::parse(&format!("live-key-for-the-pilot-{SERVICE}-{SECRET}")).unwrap();
        assert_eq!(key.service_id(), SERVICE);
        assert_eq!(key.secret(), SECRET.as_bytes());
    }

    #[test]
    fn a_key_that_is_not_a_key_is_refused() {
        for key in [
            "",
            "live",
            &format!("{SERVICE}{SECRET}"),
            &format!("live-{SERVICE}-{}", "x".repeat(36)),
            &"é".repeat(60),
        ] {
            assert!(ApiKey::parse(key).is_err(), "{key}");
        }
    }
}
