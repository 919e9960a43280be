//! What this function reads from its environment, once, at its start.

use adapters::config::{Common, ConfigError, optional, required};

/// The environment.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    /// Stage and clock.
    pub(crate) common: Common,
    /// The table.
    pub(crate) table: String,
    /// The key that numbers are sealed with, where the stack has one of its own.
    pub(crate) number_key: Option<String>,
    /// The inbound queue.
    pub(crate) inbound_queue: String,
    /// The parameter that holds the bearer tokens GOV.UK Notify calls with, if it does.
    pub(crate) notify_tokens: Option<String>,
    /// The parameter that holds the auth tokens Twilio signs with, and the public address it calls,
    /// if it does.
    pub(crate) twilio: Option<(String, String)>,
    /// The parameter that holds the secrets partners sign with, if any does.
    pub(crate) partners: Option<String>,
    /// The parameter that holds the pepper.
    pub(crate) pepper: String,
}

impl Config {
    /// Reads it.
    ///
    /// # Errors
    /// Names the variable that is missing or wrong.
    pub(crate) fn from_env() -> Result<Self, ConfigError> {
        let twilio = match optional("TWILIO_AUTH_TOKENS_PARAMETER") {
            None => None,
            Some(tokens) => Some((tokens, required("CALLBACK_URL")?)),
        };
        Ok(Self {
            common: Common::from_env()?,
            table: required("TABLE_NAME")?,
            number_key: optional("NUMBER_KEY_ARN"),
            inbound_queue: required("INBOUND_QUEUE_URL")?,
            notify_tokens: optional("NOTIFY_CALLBACK_TOKENS_PARAMETER"),
            twilio,
            partners: optional("EXCHANGE_SECRETS_PARAMETER"),
            pepper: required("PEPPER_PARAMETER")?,
        })
    }
}
