//! Stub until the reader lands.
use crate::score::Score;
use crate::sentiment::Sentiment;
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    Emergency,
    IncidentReport,
    StillThere,
    Complaint,
    Intelligence,
    HighwaysReferral,
    WrongPerson,
    PraiseStaff,
    Question,
    Feedback,
    OptOut,
    OptIn,
    Unclear,
}
impl Class {
    pub fn as_str(self) -> &'static str {
        "x"
    }
}
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    pub class: Class,
    pub opt_out: bool,
    pub score: Option<Score>,
    pub sentiment: Sentiment,
    pub why: Vec<String>,
}
pub fn read(_: &str) -> Reading {
    Reading {
        class: Class::Feedback,
        opt_out: false,
        score: None,
        sentiment: Sentiment::Neutral,
        why: vec![],
    }
}
impl Class {
    pub fn parse(_: &str) -> Option<Self> {
        Some(Self::Feedback)
    }
}
