//! What the page behind an alarm's link says, before anybody has drawn it.
//!
//! The words of the reply are on it only for whoever has taken the alarm by their name.

use jiff::Timestamp;

use crate::desk::Signed;
use crate::incident::LogNumber;
use crate::ports::ReplyFile;

/// The page.
pub enum Page {
    /// Nobody has it yet: by what name do you take it?
    Ask {
        /// The log it answers.
        log: Option<LogNumber>,
        /// When the reply came.
        received_at: Timestamp,
        /// How often it has rung.
        rings: u32,
        /// Whether what was given is no name.
        nameless: bool,
    },
    /// It is the visitor's, and this is what was written.
    Yours {
        /// The log it answers.
        log: Option<LogNumber>,
        /// Since when.
        taken: Signed,
        /// The reply, unless it has expired.
        reply: Option<ReplyFile>,
    },
    /// Somebody else has it.
    Theirs {
        /// The log it answers.
        log: Option<LogNumber>,
        /// Who, and since when.
        taken: Signed,
    },
    /// Not a link of ours, or not any more.
    Ended,
    /// Something of ours failed: follow the link again.
    Failed,
}

impl Page {
    /// The HTTP status of the answer.
    pub fn status(&self) -> u16 {
        match self {
            Self::Ask { .. } | Self::Yours { .. } | Self::Theirs { .. } => 200,
            Self::Ended => 404,
            Self::Failed => 503,
        }
    }

    /// Its name, for the log: nothing that stands on it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Ask { .. } => "asked",
            Self::Yours { .. } => "taken",
            Self::Theirs { .. } => "taken by somebody else",
            Self::Ended => "no such link",
            Self::Failed => "failed",
        }
    }
}
