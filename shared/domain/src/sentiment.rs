//! Stub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sentiment {
    Positive,
    Negative,
    Neutral,
    Mixed,
}
impl Sentiment {
    pub fn as_str(self) -> &'static str {
        "neutral"
    }
    pub fn parse(_: &str) -> Option<Self> {
        Some(Self::Neutral)
    }
}
