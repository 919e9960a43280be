//! The whole of Aftercall on one machine: the emulator, the deployed template, the stand-in supplier.
//!
//! What `make demo` and the deployed tests share. The binaries, the template and the wire formats
//! are the real ones; only the supplier is not, because a text cannot be sent from a laptop.

pub mod emulator;
#[path = "../faults/mod.rs"]
pub mod faults;
pub mod stack;
#[path = "../supplier/mod.rs"]
pub mod supplier;
