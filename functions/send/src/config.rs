//! What this function reads from its environment, once, at its start.

use adapters::config::{Common, ConfigError, required};
use adapters::supplier::Accounts;

/// The environment.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    /// Stage and clock.
    pub(crate) common: Common,
    /// The table.
    pub(crate) table: String,
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
            alert_topic: required("ALERT_TOPIC_ARN")?,
            accounts: Accounts::from_env()?,
        })
    }
}
