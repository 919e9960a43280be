//! What was done, in a chain that shows when a link was changed, taken out or put elsewhere.
//!
//! Each entry holds the hash of the one before it and its own over everything it says, so whoever
//! changes one must change all after it, and the head. `aftercall audit verify` prints the head, to be
//! noted where whoever can write to the table cannot. Entries name a person of the public by their keyed
//! hash only.
//!
//! What programs decide and send is in files, and the chain holds their hashes ([`crate::record`]).

use std::fmt;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::approval::Who;
use crate::person::hex;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Act {
    /// A campaign's words were approved.
    Approved,
    /// A version was put in force.
    Published,
    /// An earlier version was put in force again.
    RolledBack,
    /// A campaign was ended.
    Ended,
    /// Texting was stopped.
    Paused,
    /// Texting goes on.
    Resumed,
    /// A person decided about a text of unknown fate.
    Resolved,
    /// Somebody took a reply that a person must act on.
    Taken,
    /// Somebody closed one.
    Closed,
    /// Somebody was given what is kept about them.
    Exported,
    /// Somebody was erased.
    Erased,
    /// Somebody wants no more texts, by another way than a reply.
    OptedOut,
    /// Somebody wants texts again.
    OptedIn,
    /// Dead letters were sent back.
    Redriven,
    /// An extract was read, and its logs were decided.
    Decided,
    /// What happened to the contacts of a day was written down.
    Recorded,
    /// What is kept about somebody was copied for a case.
    Held,
    /// A case's copies were let go.
    Released,
    /// What the table had lost was copied from a backup.
    Restored,
}

/// Every act with the name it is stored and shown by.
pub const ACTS: [(Act, &str); 19] = [
    (Act::Approved, "approved"),
    (Act::Published, "published"),
    (Act::RolledBack, "rolled-back"),
    (Act::Ended, "ended"),
    (Act::Paused, "paused"),
    (Act::Resumed, "resumed"),
    (Act::Resolved, "resolved"),
    (Act::Taken, "taken"),
    (Act::Closed, "closed"),
    (Act::Exported, "exported"),
    (Act::Erased, "erased"),
    (Act::OptedOut, "opted-out"),
    (Act::OptedIn, "opted-in"),
    (Act::Redriven, "redriven"),
    (Act::Decided, "decided"),
    (Act::Recorded, "recorded"),
    (Act::Held, "held"),
    (Act::Released, "released"),
    (Act::Restored, "restored"),
];

impl Act {
    /// Finds an act by its name.
    pub fn parse(name: &str) -> Option<Self> {
        ACTS.iter().find(|(_, known)| *known == name).map(|(act, _)| *act)
    }

    /// The name it is stored and shown by.
    pub fn name(self) -> &'static str {
        ACTS.iter().find(|(act, _)| *act == self).map_or("", |(_, name)| name)
    }
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Something that was done, before it has its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// What.
    pub act: Act,
    /// To what: a campaign and version, a contact, a reply, a person's keyed hash.
    pub subject: String,
    /// Why, or what else is to be known; nothing personal.
    pub detail: String,
    /// Who.
    pub by: Who,
    /// When.
    pub at: Timestamp,
}

/// One entry of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its place, from 1.
    pub number: u64,
    /// What was done.
    pub deed: Deed,
    /// The hash of the entry before; of the first, [`BEGINNING`].
    pub before: String,
    /// Its own.
    pub hash: String,
}

/// What stands before the first entry.
pub const BEGINNING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The end of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// How many entries there are.
    pub number: u64,
    /// The hash of the last; [`BEGINNING`] when there is none.
    pub hash: String,
}

impl Default for Head {
    fn default() -> Self {
        Self { number: 0, hash: BEGINNING.to_owned() }
    }
}

impl Head {
    /// The entry of a deed that comes next.
    pub fn next(&self, deed: Deed) -> Entry {
        let number = self.number + 1;
        let hash = hash(number, &deed, &self.hash);
        Entry { number, deed, before: self.hash.clone(), hash }
    }
}

impl Entry {
    /// The end of the chain, when this is its last entry.
    pub fn head(&self) -> Head {
        Head { number: self.number, hash: self.hash.clone() }
    }
}

/// Over every field with its length before it, so that nothing can move from one to the next.
fn hash(number: u64, deed: &Deed, before: &str) -> String {
    let Deed { act, subject, detail, by, at } = deed;
    let mut hash = Sha256::new();
    let fields = [
        &number.to_string(),
        act.name(),
        subject,
        detail,
        &by.name,
        by.principal.as_deref().unwrap_or(""),
        &at.to_string(),
        before,
    ];
    for field in fields {
        hash.update((field.len() as u64).to_be_bytes());
        hash.update(field);
    }
    hex(&hash.finalize())
}

/// What is wrong with a chain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// An entry does not say what it said when it was written.
    #[error("entry {0} was changed after it was written")]
    Changed(u64),
    /// Entries are missing, or stand elsewhere.
    #[error("entry {0} should stand here, and entry {1} does")]
    Misplaced(u64, u64),
    /// An entry does not follow the one before it.
    #[error("entry {0} was not written after the entry before it: one of the two is another")]
    Unlinked(u64),
    /// The chain ends elsewhere than its head says.
    #[error("the chain ends at entry {found}, and its head says {said}")]
    Cut {
        /// The last entry there is.
        found: u64,
        /// The last there should be.
        said: u64,
    },
    /// The head names another last entry.
    #[error("the last entry, {0}, is not the one that the head names")]
    OtherEnd(u64),
}

/// Goes through a chain from its first entry, and says everything that is wrong with it.
pub fn verify(entries: &[Entry], head: &Head) -> Vec<Broken> {
    let mut broken = Vec::new();
    let mut before = Head::default();
    for entry in entries {
        let expected = before.number + 1;
        if entry.number != expected {
            broken.push(Broken::Misplaced(expected, entry.number));
        } else if entry.before != before.hash {
            broken.push(Broken::Unlinked(entry.number));
        }
        if hash(entry.number, &entry.deed, &entry.before) != entry.hash {
            broken.push(Broken::Changed(entry.number));
        }
        before = entry.head();
    }
    if before.number != head.number {
        broken.push(Broken::Cut { found: before.number, said: head.number });
    } else if before.hash != head.hash {
        broken.push(Broken::OtherEnd(before.number));
    }
    broken
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn deed(n: usize) -> Deed {
        Deed {
            act: ACTS[n % ACTS.len()].0,
            subject: format!("campaign {n}"),
            detail: String::new(),
            by: Who { name: "Sgt Bell".to_owned(), principal: None },
            at: Timestamp::from_second(1_773_136_800 + n as i64).unwrap(),
        }
    }

    fn chain(length: usize) -> (Vec<Entry>, Head) {
        let mut head = Head::default();
        let entries = (0..length)
            .map(|n| {
                let entry = head.next(deed(n));
                head = entry.head();
                entry
            })
            .collect();
        (entries, head)
    }

    #[test]
    fn a_chain_that_nobody_touched_is_whole() {
        for length in [0, 1, 2, 50] {
            let (entries, head) = chain(length);
            assert_eq!(verify(&entries, &head), []);
        }
    }

    #[test]
    fn the_hash_is_pinned_for_chains_outlive_releases() {
        let (entries, _) = chain(1);
        let pinned = "25d36a79597d0d45d8238beab32d4e49db7479e20c916dc3aec9336f03987ad3";
        assert_eq!(entries[0].hash, pinned);
    }

    #[test]
    fn what_was_done_to_a_chain_is_named() {
        let broken = |change: &dyn Fn(&mut Vec<Entry>)| {
            let (mut entries, head) = chain(5);
            change(&mut entries);
            verify(&entries, &head)
        };
        assert_eq!(broken(&|e| e[2].deed.detail = "x".to_owned()), [Broken::Changed(3)]);
        assert_eq!(broken(&|e| drop(e.remove(2))), [Broken::Misplaced(3, 4)]);
        let cut = Broken::Cut { found: 4, said: 5 };
        assert_eq!(broken(&|e| drop(e.pop())), [cut]);
        let swapped = broken(&|e| e.swap(1, 2));
        assert!(swapped.contains(&Broken::Misplaced(2, 3)), "{swapped:?}");
        // One who knows how to hash rewrites an entry with its hash: the next no longer follows.
        let rewritten = broken(&|e| {
            let mut deed = e[2].deed.clone();
            deed.by.name = "nobody".to_owned();
            e[2] = e[1].head().next(deed);
        });
        assert_eq!(rewritten, [Broken::Unlinked(4)]);
    }

    proptest! {
        #[test]
        fn no_change_of_one_field_goes_unseen(at in 0_usize..8, field in 0_u8..7, with in "[a-z]{1,8}") {
            let (mut entries, head) = chain(8);
            let entry = &mut entries[at];
            match field {
                0 => entry.deed.subject = with,
                1 => entry.deed.detail = with,
                2 => entry.deed.by.name = with,
                3 => entry.deed.by.principal = Some(with),
                4 => entry.deed.at += jiff::SignedDuration::from_secs(1),
                5 => entry.deed.act = if entry.deed.act == Act::Erased { Act::Paused } else { Act::Erased },
                _ => entry.before = with,
            }
            prop_assert!(!verify(&entries, &head).is_empty());
        }

        #[test]
        fn no_entry_is_missed(length in 1_usize..10, at in 0_usize..10) {
            let (mut entries, head) = chain(length);
            entries.remove(at % length);
            prop_assert!(!verify(&entries, &head).is_empty());
        }
    }
}
