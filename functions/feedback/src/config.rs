//! What this function reads from its environment, once, at its start.

use adapters::config::{Common, ConfigError, optional, required};

/// The environment.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    /// Stage and clock.
    pub(crate) common: Common,
    /// The table.
    pub(crate) table: String,
    /// The alert topic.
    pub(crate) alert_topic: String,
    /// The send queue.
    pub(crate) send_queue: String,
    /// Where alarms are answered.
    pub(crate) alarm_url: String,
    /// The parameter that holds the keys alarms' links are signed with.
    pub(crate) link_keys: String,
    /// A second reader's address and the parameter that holds its token, if there is one.
    pub(crate) second_reader: Option<(String, String)>,
}

impl Config {
    /// Reads it.
    ///
    /// # Errors
    /// Names the variable that is missing or wrong.
    pub(crate) fn from_env() -> Result<Self, ConfigError> {
        let second_reader = match optional("SECOND_READER_URL") {
            None => None,
            Some(url) => Some((url, required("SECOND_READER_TOKEN_PARAMETER")?)),
        };
        Ok(Self {
            common: Common::from_env()?,
            table: required("TABLE_NAME")?,
            alert_topic: required("ALERT_TOPIC_ARN")?,
            send_queue: required("SEND_QUEUE_URL")?,
            alarm_url: required("ALARM_URL")?,
            link_keys: required("LINK_KEYS_PARAMETER")?,
            second_reader,
        })
    }
}
