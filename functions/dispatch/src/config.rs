//! What this function reads from its environment, once, at its start.

use adapters::config::{Common, ConfigError, required};

/// The environment.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    /// Stage and clock.
    pub(crate) common: Common,
    /// The table.
    pub(crate) table: String,
    /// The send queue.
    pub(crate) send_queue: String,
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
            send_queue: required("SEND_QUEUE_URL")?,
            alert_topic: required("ALERT_TOPIC_ARN")?,
        })
    }
}
