//! The world in memory, for tests: every port of `domain`, one shared state, faults on request.
//!
//! A dev-dependency only. [`contract`] holds this world and the real adapters to one behaviour, so
//! that a story told here is true there. No AWS and no network.
#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::panic, reason = "a test may panic")]

pub mod contract;
pub mod reports;
pub mod samples;
pub mod world;

pub use world::World;
