//! What this function reads from its environment, once, at its start.

use adapters::config::{Common, ConfigError, optional, parsed, required};
use adapters::supplier::Accounts;
use jiff::SignedDuration;

/// The environment.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    /// Stage and clock.
    pub(crate) common: Common,
    /// The table.
    pub(crate) table: String,
    /// The key that numbers are sealed with, where the stack has one of its own.
    pub(crate) number_key: Option<String>,
    /// The bucket files land in.
    pub(crate) bucket: String,
    /// The inbound queue.
    pub(crate) inbound_queue: String,
    /// The parameter that holds the pepper.
    pub(crate) pepper: String,
    /// The alert topic.
    pub(crate) alert_topic: String,
    /// Where alarms are answered.
    pub(crate) alarm_url: String,
    /// The parameter that holds the keys alarms' links are signed with.
    pub(crate) link_keys: String,
    /// How long after an alarm rang it rings again.
    pub(crate) ring_again: SignedDuration,
    /// The suppliers.
    pub(crate) accounts: Accounts,
}

impl Config {
    /// Reads it.
    ///
    /// # Errors
    /// Names the variable that is missing or wrong.
    pub(crate) fn from_env() -> Result<Self, ConfigError> {
        Ok(Self {
            common: Common::from_env()?,
            table: required("TABLE_NAME")?,
            number_key: optional("NUMBER_KEY_ARN"),
            bucket: required("BUCKET_NAME")?,
            inbound_queue: required("INBOUND_QUEUE_URL")?,
            pepper: required("PEPPER_PARAMETER")?,
            alert_topic: required("ALERT_TOPIC_ARN")?,
            alarm_url: required("ALARM_URL")?,
            link_keys: required("LINK_KEYS_PARAMETER")?,
            ring_again: SignedDuration::from_mins(parsed("RING_AGAIN_MINUTES")?),
            accounts: Accounts::from_env()?,
        })
    }
}
