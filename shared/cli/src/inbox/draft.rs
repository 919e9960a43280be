//! First drafts of what goes to others: a person reads each before it leaves.

/// To whoever keeps the road.
pub(crate) fn highways(text: &str, on: &str, log: &str) -> String {
    let keeper = if is_motorway(text) {
        "National Highways"
    } else {
        "the county council's highways team (or National Highways, where the road is theirs)"
    };
    format!(
        "To: {keeper}\n\n\
         On {on} a member of the public told us of something that is yours to put right:\n\n\
         {quoted}\n\n\
         Our reference: {log}. Please tell us what you decide, so that we can tell them.\n\
         [Take out anything that names a person before you send this.]",
        quoted = quoted(text),
    )
}

/// To whoever should hear the thanks.
pub(crate) fn praise(text: &str, on: &str, log: &str) -> String {
    let whom = officer(text).unwrap_or_else(|| "whoever attended, or took the call".to_owned());
    format!(
        "To: the supervisor of {whom}\n\n\
         On {on} a caller wrote, and we thought they should hear it:\n\n\
         {quoted}\n\n\
         The log is {log}. Please pass it on.",
        quoted = quoted(text),
    )
}

fn quoted(text: &str) -> String {
    text.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

/// Whether a motorway is named, such as `M25` or `A1(M)`: those are National Highways' for certain.
fn is_motorway(text: &str) -> bool {
    let parts = text.split(|c: char| !c.is_ascii_alphanumeric() && !"()".contains(c));
    parts.map(str::to_ascii_uppercase).any(|word| {
        let digits = |text: &str| {
            (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        let upgraded = word.strip_suffix("(M)").and_then(|word| word.strip_prefix('A'));
        word.strip_prefix('M').is_some_and(digits) || upgraded.is_some_and(digits)
    })
}

/// The officer a text names: a rank and what follows it, `PC Testwell` or `Sgt 1234`.
fn officer(text: &str) -> Option<String> {
    const RANKS: [&str; 10] =
        ["pc", "pcso", "wpc", "dc", "sgt", "sergeant", "constable", "inspector", "officer", "insp"];
    let words: Vec<&str> = text.split_whitespace().collect();
    words.windows(2).find_map(|pair| {
        let [rank, name] = pair else { return None };
        let rank = rank.trim_matches(|c: char| !c.is_alphanumeric());
        let name = name.trim_matches(|c: char| !c.is_alphanumeric());
        let named = name.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit());
        let is_rank = RANKS.contains(&rank.to_lowercase().as_str());
        (is_rank && named).then(|| format!("{rank} {name}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_motorway_is_national_highways_and_another_road_is_asked_about() {
        for text in ["debris on the M25", "lights out on the a1(m)!", "m1 again"] {
            assert!(highways(text, "3 March", "HC-1").starts_with("To: National"), "{text}");
        }
        for text in ["potholes on the A414", "outside M&S", "the B653", "meet me at 5"] {
            assert!(highways(text, "3 March", "HC-1").starts_with("To: the county"), "{text}");
        }
    }

    #[test]
    fn the_officer_who_is_named_is_named() {
        assert_eq!(officer("many thanks to PC Testwell, he was kind").unwrap(), "PC Testwell");
        assert_eq!(officer("(Sgt 1234) was great").unwrap(), "Sgt 1234");
        assert_eq!(officer("the officer was lovely"), None);
        assert!(praise("ta", "3 March", "HC-1").contains("whoever attended"));
    }

    #[test]
    fn a_line_break_stays_inside_the_quotation() {
        let draft = highways("one\nTo: somebody else", "3 March", "HC-1");
        assert!(draft.contains("    one\n    To: somebody else\n"), "{draft}");
    }
}
