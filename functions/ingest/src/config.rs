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
    /// The bucket extracts and partners' files land in.
    pub(crate) bucket: String,
    /// The inbound queue.
    pub(crate) inbound_queue: String,
    /// The parameter that holds the pepper.
    pub(crate) pepper: String,
    /// The alert topic.
    pub(crate) alert_topic: String,
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
        })
    }
}
