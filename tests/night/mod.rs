//! A night of 5,000 invented logs over ten files, and what a person who reads the rules makes of it.
//!
//! Told in memory by a story and on the deployed template by a test; both compare with the fold.

pub(crate) mod fold;
pub(crate) mod invented;
