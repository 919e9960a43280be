//! Logs: one JSON line for each outcome, read by people and by machines.
//!
//! Field names, the same everywhere: `log.number`, `contact.id`, `campaign`, `state`, `outcome`,
//! `supplier`, `message.id`, `rows`, `rejects`, `count`, `error`. Never a number, a name, a
//! reply's words, a token or a whole event.

use lambda_runtime::tracing::init_default_subscriber;

/// Starts logging; the level and the format are Lambda's own settings.
pub fn init() {
    init_default_subscriber();
}
