//! What is counted of what the functions do, for graphs: few measures, since each is charged for.
//!
//! Nothing rests on them. Alarms look at what AWS measures by itself, and reports at the table.

use std::fmt;

/// A measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// Contacts planned by an extract.
    Planned,
    /// Rows of an extract that could not be read.
    Rejected,
    /// Texts that the supplier took.
    Texted,
    /// Texts of which nobody knows whether the supplier took them.
    InDoubt,
    /// Texts that the supplier will never take.
    Refused,
    /// Replies read.
    Replies,
    /// Replies that may be cries for help.
    Emergencies,
    /// Messages that could not be handled and come again.
    ComingAgain,
}

/// Every measure with the name it has at AWS: ten are free.
pub const MEASURES: [(Measure, &str); 8] = [
    (Measure::Planned, "Planned"),
    (Measure::Rejected, "Rejected"),
    (Measure::Texted, "Texted"),
    (Measure::InDoubt, "InDoubt"),
    (Measure::Refused, "Refused"),
    (Measure::Replies, "Replies"),
    (Measure::Emergencies, "Emergencies"),
    (Measure::ComingAgain, "ComingAgain"),
];

impl Measure {
    /// The name it has at AWS.
    pub fn name(self) -> &'static str {
        MEASURES.iter().find(|(measure, _)| *measure == self).map_or("", |(_, name)| name)
    }
}

/// What a function did, as its log line and the graphs tell it.
pub trait Counted: fmt::Debug {
    /// What is counted of it.
    fn counts(&self) -> Vec<(Measure, u64)> {
        Vec::new()
    }
}
