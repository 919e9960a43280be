//! What this function reads from its environment, once, at its start.

use adapters::config::{Common, ConfigError, optional, required};
use adapters::supplier::Accounts;

/// The environment.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    /// Stage and clock.
    pub(crate) common: Common,
    /// The table.
    pub(crate) table: String,
    /// The key that numbers are sealed with, where the stack has one of its own.
    pub(crate) number_key: Option<String>,
    /// The alert topic.
    pub(crate) alert_topic: String,
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
            alert_topic: required("ALERT_TOPIC_ARN")?,
            accounts: Accounts::from_env()?,
        })
    }
}
