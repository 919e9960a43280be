//! The file exchange: a partner without a public interface takes files, and brings files or calls.
//!
//! [`client`] lays one file for each text under `outbox/<partner>/`; [`webhook`] takes a partner's
//! signed calls. The files that a partner brings under `inbox/<partner>/` are read by
//! [`domain::partner`], and `ingest` is who reads them. What a partner has to do is in
//! `docs/exchange.md`.

pub mod client;
pub mod webhook;
