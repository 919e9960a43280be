//! Everything that touches the world: the table, the queues, the bucket, the suppliers, the clock.
//!
//! Each module is one implementation of a port of `domain`. No rule lives here: an adapter asks or
//! does what it is told, and says what came back.

pub mod alerts;
pub mod aws;
pub mod clock;
pub mod config;
mod connector;
pub mod extracts;
pub mod holds;
pub mod http;
pub mod links;
pub mod pages;
pub mod queue;
pub mod runtime;
pub mod seal;
pub mod second_reader;
pub mod secrets;
pub mod supplier;
pub mod table;
pub mod telemetry;
