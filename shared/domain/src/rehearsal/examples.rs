//! Twenty texts for a person to read: of every outcome some, and the same ones each time.

use std::collections::BTreeMap;

use super::Example;
use super::records::{Records, Seen};
use super::simulation::Sent;
use crate::campaign::Campaign;
use crate::incident::Outcome;

/// How many texts a person reads.
const EXAMPLES: usize = 20;

/// Chooses them: as many of each campaign's outcomes and of their weaker words as of the others, as
/// far as there are, and of each from the whole of the time.
pub(super) fn choose(
    sent: &[Sent<'_>],
    records: &Records,
    campaigns: &[Campaign],
    outcomes: &Seen<Outcome>,
    texts: &Seen<String>,
) -> Vec<Example> {
    let mut groups: BTreeMap<_, Vec<&Sent<'_>>> = BTreeMap::new();
    for text in sent {
        let contact = text.contact;
        let group = (contact.campaign, outcomes.get(contact.outcome), contact.weaker);
        groups.entry(group).or_default().push(text);
    }
    let mut wanted = vec![0; groups.len()];
    let mut left = EXAMPLES.min(sent.len());
    while left > 0 {
        for (wanted, group) in wanted.iter_mut().zip(groups.values()) {
            if left > 0 && *wanted < group.len() {
                *wanted += 1;
                left -= 1;
            }
        }
    }
    let chosen = groups.values().zip(wanted).flat_map(|(group, wanted)| {
        // The middles of as many equal stretches.
        (0..wanted).filter_map(move |n| group.get((2 * n + 1) * group.len() / (2 * wanted)))
    });
    let example = |text: &&Sent<'_>| {
        let contact = text.contact;
        Some(Example {
            log: records.number(contact.log).to_owned(),
            campaign: campaigns.get(contact.campaign)?.id.clone(),
            outcome: outcomes.get(contact.outcome)?.clone(),
            weaker: contact.weaker,
            parts: text.parts,
            at: text.at,
            text: texts.get(text.text)?.clone(),
        })
    };
    chosen.filter_map(example).collect()
}
