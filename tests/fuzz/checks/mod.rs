//! What must hold of whatever the public and the suppliers send, made of any bytes at all.
//!
//! `make fuzz` asks it of what a fuzzer makes up, and `tests/corpora.rs`, which includes these files, of
//! every input in `corpus/` that once reached something new. A check panics where something does not
//! hold, and otherwise says how far its input came, so that a corpus that no longer reaches anything is
//! noticed.

pub mod callbacks;
mod drawn;
pub mod form;
pub mod reply;
mod web;
