//! Stories: every handler over the world in memory, driven by hand, with a clock that we move.
//!
//! Each test is a promise in one sentence. `design.md`'s ten invariants each have a file, and the
//! README cites the stories by name.
#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::panic, reason = "a test may panic")]

#[path = "story/faulty.rs"]
mod faulty;
#[path = "story/harness.rs"]
mod harness;
#[path = "night/mod.rs"]
mod night;

#[path = "story/at_once.rs"]
mod at_once;
#[path = "story/campaign.rs"]
mod campaign;
#[path = "story/claims.rs"]
mod claims;
#[path = "story/conversation.rs"]
mod conversation;
#[path = "story/desks.rs"]
mod desks;
#[path = "story/duplicates.rs"]
mod duplicates;
#[path = "story/emergency.rs"]
mod emergency;
#[path = "story/heard.rs"]
mod heard;
#[path = "story/held.rs"]
mod held;
#[path = "story/hours.rs"]
mod hours;
#[path = "story/kept.rs"]
mod kept;
#[path = "story/last_look.rs"]
mod last_look;
#[path = "story/lost.rs"]
mod lost;
#[path = "story/money.rs"]
mod money;
#[path = "story/once.rs"]
mod once;
#[path = "story/permuted.rs"]
mod permuted;
#[path = "story/private.rs"]
mod private;
#[path = "story/raced.rs"]
mod raced;
#[path = "story/repeated.rs"]
mod repeated;
#[path = "story/ten_files.rs"]
mod ten_files;
#[path = "story/week.rs"]
mod week;
