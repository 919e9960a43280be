//! Stub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sentiment {
    Positive,
    Negative,
    Neutral,
    Mixed,
}
