//! The only clock.
//!
//! Outside production it may be moved, so that a local run of last March's extract happens last
//! March. `infra/template.yaml` refuses an offset in production, and so does [`Clock::new`].

use domain::phone::DramaNumbers;
use jiff::{SignedDuration, Timestamp};

use crate::config::{ConfigError, Stage};

/// Tells the time.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    offset: SignedDuration,
}

impl Clock {
    /// A clock that differs from the machine's by this many seconds.
    ///
    /// # Errors
    /// An offset in production.
    pub fn new(stage: Stage, offset_seconds: i64) -> Result<Self, ConfigError> {
        if stage == Stage::Production && offset_seconds != 0 {
            return Err(ConfigError::Invalid {
                name: "CLOCK_OFFSET_SECONDS",
                problem: "must be 0 in production".to_owned(),
            });
        }
        Ok(Self { offset: SignedDuration::from_secs(offset_seconds) })
    }

    /// Now.
    pub fn now(self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is the clock")]
        let now = Timestamp::now();
        now.saturating_add(self.offset).unwrap_or(now)
    }
}

impl Stage {
    /// Drama numbers are for everywhere but production, where nobody answers them.
    pub fn drama(self) -> DramaNumbers {
        match self {
            Self::Local | Self::Test => DramaNumbers::Allowed,
            Self::Production => DramaNumbers::Refused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn production_keeps_the_machines_time() {
        assert!(Clock::new(Stage::Production, 0).is_ok());
        assert!(Clock::new(Stage::Production, 1).is_err());
    }

    #[test]
    fn elsewhere_it_moves() {
        let ahead = Clock::new(Stage::Local, 86_400).unwrap().now();
        let here = Clock::new(Stage::Local, 0).unwrap().now();
        assert!(ahead.duration_since(here) > SignedDuration::from_hours(23));
    }
}
