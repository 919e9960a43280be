//! How long each thing is kept, in one place.
//!
//! A force sets these by its own assessment and by the national retention schedule. `docs/data.md` tells
//! them to information officers, and `tests/tidy.rs` holds that page against [`TERMS`].
//! What the bucket deletes is in `infra/template.yaml`.

use jiff::SignedDuration;

const fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(days * 24)
}

/// A log and a crime link, after the extract. STORM is the record; this is a working copy.
pub const LOG: SignedDuration = days(400);

/// A contact, a follow-up and a task, after they were planned or came: long enough for a yearly report.
pub const CONTACT: SignedDuration = days(3 * 366);

/// A reply as it came, with its words.
pub const REPLY: SignedDuration = days(183);

/// That something was said in some minute: suppliers repeat a call within the hour.
pub const SAID: SignedDuration = days(1);

/// A number of somebody who may be texted, after the extract.
///
/// Longer than a text waits, and than the main log of a duplicate lets it wait. Who answers brings theirs along, so that of most nothing keeps it longer.
pub const NUMBER: SignedDuration = days(14);

/// The same, after a text that may have left or that a reminder will follow: a supplier may have to be asked
/// by it, and to remind we need it.
pub const NUMBER_OF_TEXTED: SignedDuration = crate::conversation::ANSWERABLE;

/// Who sent a reply: as long as a desk may have to ring back, and a file of replies lies in the bucket.
pub const NUMBER_OF_SENDER: SignedDuration = days(30);

/// A file of what was decided or of what happened: longer than any contact, so that a contact that is there
/// can be held against its record. The bucket deletes it.
pub const RECORD: SignedDuration = days(1_100);

/// Every term, by the name it has here.
pub const TERMS: [(&str, SignedDuration); 8] = [
    ("LOG", LOG),
    ("CONTACT", CONTACT),
    ("REPLY", REPLY),
    ("SAID", SAID),
    ("NUMBER", NUMBER),
    ("NUMBER_OF_TEXTED", NUMBER_OF_TEXTED),
    ("NUMBER_OF_SENDER", NUMBER_OF_SENDER),
    ("RECORD", RECORD),
];
