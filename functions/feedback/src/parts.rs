//! A message that came in parts: what a person wrote within a minute is read as one.
//!
//! Suppliers join the parts of one long message themselves. People do it too: `hes got` and, ten seconds
//! later, `a knife`. Read apart, neither is danger.

use domain::contact::Contact;
use domain::desk::TaskId;
use domain::ports::{Inbox, Unread};
use domain::reply::{self, Class, Reading};
use jiff::SignedDuration;

/// How close together parts come.
const WITHIN: SignedDuration = SignedDuration::from_secs(90);

/// How many of the latest messages are looked at.
const PARTS: usize = 3;

/// Whether a message is plainly something by itself, and no part of anything: a score, a command, a
/// wrong number.
fn is_whole(reading: &Reading) -> bool {
    let command = matches!(reading.class, Class::OptOut | Class::OptIn | Class::WrongPerson);
    command || reading.opt_out || reading.score.is_some()
}

/// The reading of a reply together with what the same person wrote just before or after it, where that
/// is more urgent than the reply alone.
///
/// # Errors
/// The table failed.
pub(crate) async fn joined(
    table: &impl Inbox,
    id: &TaskId,
    unread: &Unread,
    contact: &Contact,
    alone: Reading,
) -> anyhow::Result<Reading> {
    let Some(answer) = &contact.answer else { return Ok(alone) };
    if is_whole(&alone) {
        return Ok(alone);
    }
    let mut parts = vec![(unread.received_at, unread.text.clone())];
    // What a part is by itself was acted on when it came: only what they are together is news.
    let mut worst = alone.class;
    // From the end, where both are: an earlier release kept no classes.
    let before = answer.messages.iter().rev().zip(answer.classes.iter().rev()).take(PARTS);
    for (message, class) in before.filter(|(message, _)| **message != id.message) {
        let Some(other) = table.call(&id.supplier, message).await? else { continue };
        let near = other.received_at.duration_since(unread.received_at).abs() <= WITHIN;
        if near && !is_whole(&reply::read(&other.text)) {
            parts.push((other.received_at, other.text));
            worst = worst.min(*class);
        }
    }
    if parts.len() == 1 {
        return Ok(alone);
    }
    parts.sort();
    let texts: Vec<String> = parts.into_iter().map(|(_, text)| text).collect();
    // A network cuts in the middle of a word, a person between two.
    let readings = [texts.concat(), texts.join(" ")].map(|whole| reply::read(&whole));
    let whole = readings.into_iter().min_by_key(|reading| reading.class);
    Ok(match whole.filter(|whole| whole.class < worst) {
        Some(whole) => Reading { opt_out: alone.opt_out, ..whole },
        None => alone,
    })
}
