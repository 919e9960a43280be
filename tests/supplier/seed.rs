//! Chance that can be repeated: every throw is a function of the seed, a label and a number.
//!
//! There is no generator with state here, so concurrent requests cannot disturb one another's throws.

/// Throws 64 bits for the given seed, purpose and turn.
pub(super) fn throw(seed: u64, label: &str, turn: u64) -> u64 {
    // FNV-1a folds the label; SplitMix64's finaliser spreads it.
    let label = label.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    spread(seed ^ spread(label ^ spread(turn)))
}

/// Makes an identifier that has the shape of a UUID of version 4.
pub(super) fn uuid(seed: u64, label: &str, turn: u64) -> String {
    let high = throw(seed, label, turn.wrapping_mul(2));
    let low = throw(seed, label, turn.wrapping_mul(2).wrapping_add(1));
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0x0fff,
        0x8000 | ((low >> 48) & 0x3fff),
        low & 0xffff_ffff_ffff,
    )
}

fn spread(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_throw_depends_on_each_of_its_three_parts_and_on_nothing_else() {
        assert_eq!(throw(1, "people", 2), throw(1, "people", 2));
        let throws = [
            throw(1, "people", 2),
            throw(2, "people", 2),
            throw(1, "faults", 2),
            throw(1, "people", 3),
        ];
        assert_eq!(throws.into_iter().collect::<BTreeSet<u64>>().len(), 4);
    }

    #[test]
    fn identifiers_are_distinct_and_have_the_shape_of_version_4() {
        let ids: BTreeSet<String> = (0..10_000).map(|turn| uuid(7, "text", turn)).collect();
        assert_eq!(ids.len(), 10_000);
        for id in ids {
            let groups: Vec<&str> = id.split('-').collect();
            assert_eq!(
                groups.iter().map(|group| group.len()).collect::<Vec<_>>(),
                [8, 4, 4, 4, 12],
                "{id}"
            );
            assert!(groups[2].starts_with('4'), "{id}");
            assert!(groups[3].starts_with(['8', '9', 'a', 'b']), "{id}");
        }
    }
}
