//! The languages a text can be in: the two in which public bodies of England and Wales write.
//!
//! English is every campaign's own. Welsh is for callers whose log says that they want it (Welsh
//! Language Standards: service in Welsh without asking twice); a campaign has it or has it not.
//! Another language needs its months here, and people who can check its words and read its replies.

use jiff::civil::Date;

/// A language of texts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// British English.
    #[default]
    English,
    /// Cymraeg.
    Welsh,
}

/// Every language with the code it is written and stored by (ISO 639-1).
pub const LANGUAGES: [(Language, &str); 2] = [(Language::English, "en"), (Language::Welsh, "cy")];

/// The months in Welsh, in the form that follows a day's number.
const WELSH_MONTHS: [&str; 12] = [
    "Ionawr",
    "Chwefror",
    "Mawrth",
    "Ebrill",
    "Mai",
    "Mehefin",
    "Gorffennaf",
    "Awst",
    "Medi",
    "Hydref",
    "Tachwedd",
    "Rhagfyr",
];

impl Language {
    /// Finds a language by its code.
    pub fn parse(code: &str) -> Option<Self> {
        LANGUAGES.iter().find(|(_, known)| *known == code).map(|(language, _)| *language)
    }

    /// Its code.
    pub fn code(self) -> &'static str {
        LANGUAGES.iter().find(|(language, _)| *language == self).map_or("", |(_, code)| code)
    }

    /// A day of the year in words, such as `3 March` or `3 Mawrth`.
    pub fn day(self, date: Date) -> String {
        match self {
            Self::English => date.strftime("%-d %B").to_string(),
            Self::Welsh => {
                let month = usize::try_from(date.month() - 1).unwrap_or_default();
                format!("{} {}", date.day(), WELSH_MONTHS.get(month).unwrap_or(&""))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_written_in_both_languages() {
        let day: Date = "2026-03-03".parse().unwrap();
        assert_eq!(Language::English.day(day), "3 March");
        assert_eq!(Language::Welsh.day(day), "3 Mawrth");
        let last: Date = "2026-12-31".parse().unwrap();
        assert_eq!(Language::Welsh.day(last), "31 Rhagfyr");
    }

    #[test]
    fn every_language_has_one_code() {
        for (language, code) in LANGUAGES {
            assert_eq!((Language::parse(code), language.code()), (Some(language), code));
        }
    }
}
