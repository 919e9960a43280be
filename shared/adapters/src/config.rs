//! Reads the environment, once, at the start; what is missing stops the start by its name.

use std::str::FromStr;

use crate::clock::Clock;

/// What is wrong with the environment.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A variable is not set.
    #[error("the environment variable {0} is not set")]
    Missing(&'static str),
    /// A variable is set to something that is not of its kind.
    #[error("the environment variable {name} {problem}")]
    Invalid {
        /// The variable.
        name: &'static str,
        /// What is wrong, without its value.
        problem: String,
    },
}

impl std::fmt::Debug for ConfigError {
    /// In words: this is what a `main` that returns the error prints, and an engineer reads.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

/// Where the function runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// On one machine, with the stand-in supplier.
    Local,
    /// In an account, with a supplier's test key.
    Test,
    /// With people's numbers.
    Production,
}

/// What every function reads.
#[derive(Debug, Clone, Copy)]
pub struct Common {
    /// Where it runs.
    pub stage: Stage,
    /// What time it is.
    pub clock: Clock,
}

impl Common {
    /// Reads `STAGE` (local, test or production) and `CLOCK_OFFSET_SECONDS` (a whole number).
    ///
    /// # Errors
    /// What is missing or wrong.
    pub fn from_env() -> Result<Self, ConfigError> {
        let stage = match required("STAGE")?.as_str() {
            "local" => Stage::Local,
            "test" => Stage::Test,
            "production" => Stage::Production,
            _ => {
                let problem = "must be local, test or production".to_owned();
                return Err(ConfigError::Invalid { name: "STAGE", problem });
            }
        };
        Ok(Self { stage, clock: Clock::new(stage, parsed("CLOCK_OFFSET_SECONDS")?)? })
    }
}

/// A variable that must be set and not empty.
///
/// # Errors
/// It is not.
pub fn required(name: &'static str) -> Result<String, ConfigError> {
    optional(name).ok_or(ConfigError::Missing(name))
}

/// A variable that may be unset; empty counts as unset.
pub fn optional(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "this is where the environment is read")]
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// A variable of a kind that can be parsed.
///
/// # Errors
/// It is not set, or is of another kind.
pub fn parsed<T: FromStr>(name: &'static str) -> Result<T, ConfigError> {
    required(name)?.trim().parse().map_err(|_| ConfigError::Invalid {
        name,
        problem: format!("is not a {}", std::any::type_name::<T>()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        let error = required("A_VARIABLE_NOBODY_SETS").unwrap_err();
        assert!(error.to_string().contains("A_VARIABLE_NOBODY_SETS"));
    }
}
