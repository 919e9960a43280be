//! The whole of Aftercall on one machine: the emulator, the deployed template, the stand-in supplier.
//!
//! What `make demo` and the deployed tests share. The binaries, the template and the wire formats
//! are the real ones; only the supplier is not, because a text cannot be sent from a laptop.

pub mod alarms;
pub mod emulator;
#[path = "../faults/mod.rs"]
pub mod faults;
pub mod proxy;
pub mod stack;
#[path = "../supplier/mod.rs"]
pub mod supplier;

use tokio::signal::unix::{SignalKind, signal};

/// Waits until somebody ends this process. Whoever then drops the stack leaves nothing running;
/// without it the emulator, which is in a group of its own, would outlive a Ctrl-C.
pub async fn told_to_stop() {
    let wait = async |kind| match signal(kind) {
        Ok(mut signal) => signal.recv().await,
        Err(_) => std::future::pending().await,
    };
    tokio::select! {
        _ = wait(SignalKind::interrupt()) => {}
        _ = wait(SignalKind::terminate()) => {}
        _ = wait(SignalKind::hangup()) => {}
    }
}
