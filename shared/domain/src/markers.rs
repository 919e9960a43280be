//! Words of a log's free text that keep its callers from being texted.
//!
//! Free text is only ever used to deny. It is looked at while a row is read and never kept; what
//! stays is the [`Marker`]. A word that matches too much costs a text; one that matches too little
//! could cost more, so this list errs to the first.

use crate::incident::Marker;

/// Phrases and the marker each stands for. Lower case, whole words, single spaces.
const PHRASES: &[(&str, Marker)] = &[
    ("domestic", Marker::DomesticAbuse),
    ("dv", Marker::DomesticAbuse),
    ("da", Marker::DomesticAbuse),
    ("marac", Marker::DomesticAbuse),
    ("idva", Marker::DomesticAbuse),
    ("dash form", Marker::DomesticAbuse),
    ("dash risk", Marker::DomesticAbuse),
    ("dvpo", Marker::DomesticAbuse),
    ("dvpn", Marker::DomesticAbuse),
    ("hba", Marker::DomesticAbuse),
    ("controlling", Marker::DomesticAbuse),
    ("non mol", Marker::DomesticAbuse),
    ("ex boyfriend", Marker::DomesticAbuse),
    ("ex girlfriend", Marker::DomesticAbuse),
    ("coercive", Marker::DomesticAbuse),
    ("non molestation", Marker::DomesticAbuse),
    ("ex partner", Marker::DomesticAbuse),
    ("ex husband", Marker::DomesticAbuse),
    ("ex wife", Marker::DomesticAbuse),
    ("honour based", Marker::DomesticAbuse),
    ("forced marriage", Marker::DomesticAbuse),
    ("stalking", Marker::DomesticAbuse),
    ("do not call", Marker::UnsafeToContact),
    ("do not call back", Marker::UnsafeToContact),
    ("do not contact", Marker::UnsafeToContact),
    ("do not ring", Marker::UnsafeToContact),
    ("do not text", Marker::UnsafeToContact),
    ("do not phone", Marker::UnsafeToContact),
    ("dont call", Marker::UnsafeToContact),
    ("dont contact", Marker::UnsafeToContact),
    ("dont ring", Marker::UnsafeToContact),
    ("dont text", Marker::UnsafeToContact),
    ("no call back", Marker::UnsafeToContact),
    ("no callback", Marker::UnsafeToContact),
    ("no contact please", Marker::UnsafeToContact),
    ("no contact to be made", Marker::UnsafeToContact),
    ("no contact with caller", Marker::UnsafeToContact),
    ("no contact with informant", Marker::UnsafeToContact),
    ("wants no contact", Marker::UnsafeToContact),
    ("dnc", Marker::UnsafeToContact),
    ("dont phone", Marker::UnsafeToContact),
    ("does not want to be called", Marker::UnsafeToContact),
    ("does not want to be contacted", Marker::UnsafeToContact),
    ("does not want a call back", Marker::UnsafeToContact),
    ("does not want calling back", Marker::UnsafeToContact),
    ("doesnt want to be called", Marker::UnsafeToContact),
    ("doesnt want to be contacted", Marker::UnsafeToContact),
    ("doesnt want a call back", Marker::UnsafeToContact),
    ("doesnt want calling back", Marker::UnsafeToContact),
    ("no further contact", Marker::UnsafeToContact),
    ("not to be contacted", Marker::UnsafeToContact),
    ("not safe to call", Marker::UnsafeToContact),
    ("not safe to contact", Marker::UnsafeToContact),
    ("unsafe to call", Marker::UnsafeToContact),
    ("unsafe to contact", Marker::UnsafeToContact),
    ("safe contact only", Marker::UnsafeToContact),
    ("fears reprisals", Marker::UnsafeToContact),
    ("anonymous", Marker::Anonymous),
    ("anon", Marker::Anonymous),
    ("anonomous", Marker::Anonymous),
    ("annonymous", Marker::Anonymous),
    ("refused details", Marker::Anonymous),
    ("refused to give details", Marker::Anonymous),
    ("refused to give name", Marker::Anonymous),
    ("did not want to give name", Marker::Anonymous),
    ("did not want to give details", Marker::Anonymous),
    ("would not give name", Marker::Anonymous),
    ("would not give details", Marker::Anonymous),
    ("refused name", Marker::Anonymous),
    ("declined details", Marker::Anonymous),
    ("number withheld", Marker::Anonymous),
    ("crimestoppers", Marker::Anonymous),
    ("silent call", Marker::SilentCall),
    ("silent 999", Marker::SilentCall),
    ("999 silent", Marker::SilentCall),
    ("pressed 55", Marker::SilentCall),
    ("55 pressed", Marker::SilentCall),
    ("silent solution", Marker::SilentCall),
    ("abandoned call", Marker::SilentCall),
    ("abandoned 999", Marker::SilentCall),
    ("line open", Marker::SilentCall),
    ("open line", Marker::SilentCall),
    ("fatal", Marker::Death),
    ("fatality", Marker::Death),
    ("deceased", Marker::Death),
    ("dead body", Marker::Death),
    ("found dead", Marker::Death),
    ("sudden death", Marker::Death),
    ("body found", Marker::Death),
    ("life extinct", Marker::Death),
    ("suicide", Marker::Death),
    ("suicidal", Marker::Vulnerable),
    ("self harm", Marker::Vulnerable),
    ("overdose", Marker::Vulnerable),
    ("safeguarding", Marker::Vulnerable),
    ("vulnerable", Marker::Vulnerable),
    ("mental health", Marker::Vulnerable),
    ("sectioned", Marker::Vulnerable),
    ("s136", Marker::Vulnerable),
    ("dementia", Marker::Vulnerable),
    ("child at risk", Marker::Vulnerable),
    ("knife", Marker::Weapon),
    ("firearm", Marker::Weapon),
    ("gun", Marker::Weapon),
    ("machete", Marker::Weapon),
    ("weapon", Marker::Weapon),
    ("using friends phone", Marker::OthersPhone),
    ("borrowed phone", Marker::OthersPhone),
    ("borrowed mobile", Marker::OthersPhone),
    ("using neighbours phone", Marker::OthersPhone),
    ("neighbours phone", Marker::OthersPhone),
    ("passers by phone", Marker::OthersPhone),
    ("not callers phone", Marker::OthersPhone),
    ("not his phone", Marker::OthersPhone),
    ("not her phone", Marker::OthersPhone),
    ("work phone", Marker::OthersPhone),
];

/// The markers whose words are in the text, each once, in the order of their type.
pub fn find(text: &str) -> Vec<Marker> {
    let plain = plain(text);
    let mut found: Vec<Marker> = PHRASES
        .iter()
        .filter(|(phrase, _)| has_phrase(&plain, phrase))
        .map(|(_, marker)| *marker)
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// Lower case, letters and digits only, one space between words, one at each end.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len() + 2);
    plain.push(' ');
    for character in text.chars() {
        if character == '\'' || character == '\u{2019}' {
            continue;
        }
        if character.is_alphanumeric() {
            plain.extend(character.to_lowercase());
        } else if !plain.ends_with(' ') {
            plain.push(' ');
        }
    }
    if !plain.ends_with(' ') {
        plain.push(' ');
    }
    plain
}

fn has_phrase(plain: &str, phrase: &str) -> bool {
    plain.match_indices(phrase).any(|(start, _)| {
        let before = plain[..start].ends_with(' ');
        let after = plain[start + phrase.len()..].starts_with(' ');
        before && after
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[Marker]) {
        assert_eq!(find(text), expected, "{text}");
    }

    #[test]
    fn words_are_found_whatever_their_dress() {
        check("DOMESTIC - ex-partner outside", &[Marker::DomesticAbuse]);
        check("Caller: don't ring back!", &[Marker::UnsafeToContact]);
        check("INFT WISHES TO REMAIN ANONYMOUS", &[Marker::Anonymous]);
        check("999 silent, pressed\n55", &[Marker::SilentCall]);
        check("fatal?  knife seen", &[Marker::Death, Marker::Weapon]);
    }

    #[test]
    fn parts_of_words_are_not() {
        check("DAMAGE TO NEARSIDE, DATA SENT", &[]);
        check("begun to clear", &[]);
        check("dash cam footage, no contact between vehicles", &[]);
        check("tree down across both lanes", &[]);
        check("", &[]);
    }
}
