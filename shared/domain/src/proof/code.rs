//! The kinds of findings, each with its name, its weight and why it is one.

/// What kind of thing was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each has its name and its explanation in `CODES`")]
pub enum Code {
    Name,
    Dates,
    Supplier,
    Category,
    Exclude,
    HoldOut,
    Hours,
    NeverSends,
    OftenStale,
    UnsocialHours,
    Money,
    NoPrice,
    SmallCap,
    NoSender,
    NoReview,
    Outcome,
    Claim,
    Unclaimed,
    Unsaid,
    Impossible,
    Otherwise,
    GoodIntent,
    DeadEnd,
    Circle,
    Unreachable,
    Template,
    Reminder,
    Safety,
    Language,
    LanguagePair,
    Empty,
    TooLong,
    Parts,
    SpareParts,
    UnknownPlaceholder,
    BrokenPlaceholder,
    NoDate,
    NoStop,
    No999,
    SmartPunctuation,
    NotPlain,
    LongSentence,
    HardToRead,
    Jargon,
    Blame,
    Capitals,
    Link,
    PhoneNumber,
    Identifies,
    ThirdParty,
    SaysNow,
}

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// It cannot be published.
    Error,
    /// A person should look; it can be published.
    Warning,
}

/// Every code with its name, its weight and why it is there.
pub const CODES: [(Code, &str, Level, &str); 51] = {
    use Code as C;
    use Level::{Error, Warning};
    [
        (
            C::Name,
            "name",
            Error,
            "The name is part of every contact's id, so it is plain and never changes.",
        ),
        (
            C::Dates,
            "dates",
            Error,
            "First and last day bound what is planned and sent, so both must be days, in order, and within the bank holidays we know.",
        ),
        (
            C::Supplier,
            "supplier",
            Error,
            "Who sends must be one of the suppliers there is code for.",
        ),
        (
            C::Category,
            "category",
            Error,
            "Whose callers are answered is said by the exact names of the National Incident Category List. Callers of some categories are never texted, whatever is written here.",
        ),
        (
            C::Exclude,
            "exclude",
            Error,
            "What a campaign leaves out must be written in names that exist, or it leaves out nothing.",
        ),
        (C::HoldOut, "hold-out", Error, "More than half held out is no campaign."),
        (
            C::Hours,
            "hours",
            Error,
            "Hours, days and rest are bounds on when people are disturbed; each must be one.",
        ),
        (
            C::NeverSends,
            "never-sends",
            Error,
            "With these days and hours no text could ever leave.",
        ),
        (
            C::OftenStale,
            "often-stale",
            Warning,
            "Logs closed in some hours of the week are never answered, because their texts are stale before the hours open.",
        ),
        (
            C::UnsocialHours,
            "unsocial-hours",
            Error,
            "Nobody should be woken by a survey, and networks deliver late: texts leave between 08:00 and 21:00.",
        ),
        (C::Money, "money", Error, "A price is written in pence, such as \"2.4\"."),
        (
            C::NoPrice,
            "no-price",
            Warning,
            "Where no price is known for a day nothing is sent on it.",
        ),
        (
            C::SmallCap,
            "small-cap",
            Error,
            "A month's money that does not pay for one text sends none.",
        ),
        (
            C::NoSender,
            "no-sender",
            Error,
            "A text that does not begin with who it is from looks like fraud. `sender` says who; every text begins with it and a colon.",
        ),
        (C::NoReview, "no-review", Warning, "A campaign that nobody reviews goes on by habit."),
        (
            C::Outcome,
            "outcome",
            Error,
            "An outcome is a name such as `cleared`, as the force profile gives it to a result code.",
        ),
        (C::Claim, "claim", Error, "A claim is one of the things a log can show."),
        (
            C::Unclaimed,
            "unclaimed",
            Error,
            "The words say that we did something. Only `claims` makes the system look in the log whether we did; without it a caller could be told what is not so.",
        ),
        (
            C::Unsaid,
            "unsaid",
            Warning,
            "A claim that the words do not make only keeps them from being used.",
        ),
        (
            C::Impossible,
            "impossible",
            Error,
            "No log can show these claims, so the words would never be used.",
        ),
        (C::Otherwise, "otherwise", Error, "`otherwise` names another outcome of the campaign."),
        (
            C::GoodIntent,
            "good-intent",
            Error,
            "`good_intent` names another outcome of the campaign, whose words are for a call made with good intent (NSIR 2.5).",
        ),
        (
            C::DeadEnd,
            "dead-end",
            Warning,
            "Where no words are borne out by the log the caller gets no text. Let the weakest words claim nothing.",
        ),
        (
            C::Circle,
            "circle",
            Error,
            "Words that stand in for each other in a circle never come to an end.",
        ),
        (
            C::Unreachable,
            "unreachable",
            Warning,
            "No result code of the force profile means this outcome, so its words are never used.",
        ),
        (C::Template, "template", Error, "Only GOV.UK Notify keeps templates of its own."),
        (
            C::Reminder,
            "reminder",
            Error,
            "A reminder has words, and a number of days from 1 to 14.",
        ),
        (
            C::Safety,
            "safety",
            Error,
            "What is said to somebody in danger names 999, and 55 for who cannot speak.",
        ),
        (
            C::Language,
            "language",
            Error,
            "A language needs its months and people who can check its words: Welsh (`cy`) has them.",
        ),
        (
            C::LanguagePair,
            "language-pair",
            Error,
            "Whoever asked for a language is told everything in it that others are told, no more and no less.",
        ),
        (C::Empty, "empty", Error, "An empty text cannot be sent."),
        (C::TooLong, "too-long", Error, "No supplier takes more than 918 characters."),
        (
            C::Parts,
            "parts",
            Error,
            "A text of more than 160 plain characters is sent and paid in parts. `parts` says how many are meant, so that a 161st character is noticed before it doubles the bill.",
        ),
        (C::SpareParts, "spare-parts", Warning, "The text needs fewer parts than are allowed."),
        (
            C::UnknownPlaceholder,
            "unknown-placeholder",
            Error,
            "Only the day of the call is filled in. There is nothing for a name, a place or a number plate, so that no text can be harmful in a stranger's hands.",
        ),
        (
            C::BrokenPlaceholder,
            "broken-placeholder",
            Error,
            "What is meant to be filled in would be sent as it stands.",
        ),
        (
            C::NoDate,
            "no-date",
            Error,
            "Whoever rings twice cannot tell which call is answered. There is room for the day, so say it.",
        ),
        (
            C::NoStop,
            "no-stop",
            Error,
            "Every text that asks for something says how to get no more (UK GDPR article 21).",
        ),
        (
            C::No999,
            "no-999",
            Error,
            "Whoever is in danger and looks at their phone must read what to do: every text names 999.",
        ),
        (
            C::SmartPunctuation,
            "smart-punctuation",
            Error,
            "A word processor's quotation marks and dashes are not in the alphabet of texts. They are made plain on the way out, so what was approved would not be what is sent.",
        ),
        (
            C::NotPlain,
            "not-plain",
            Error,
            "One character outside the alphabet of texts leaves room for 70 characters instead of 160, or is changed on the way out.",
        ),
        (C::LongSentence, "long-sentence", Error, "No sentence has more than 20 words."),
        (
            C::HardToRead,
            "hard-to-read",
            Warning,
            "GOV.UK writes for a reading age of nine; this is measured by the Flesch-Kincaid grade, which counts syllables and words and so is a hint only.",
        ),
        (C::Jargon, "jargon", Error, "A word that only the police use."),
        (
            C::Blame,
            "blame",
            Error,
            "A call that came to nothing was still right to make (NSIR 2.5): nobody is scolded.",
        ),
        (C::Capitals, "capitals", Error, "Capitals shout, and are harder to read."),
        (
            C::Link,
            "link",
            Error,
            "Fraudsters live on links. A text that never has one cannot be imitated by one that has.",
        ),
        (
            C::PhoneNumber,
            "phone-number",
            Error,
            "No number is named but 999, 101 and 55: one that is not ours tomorrow sends people to strangers.",
        ),
        (
            C::Identifies,
            "identifies",
            Error,
            "The phone may be somebody else's now. No name, place, number plate or postcode may stand in a text.",
        ),
        (
            C::ThirdParty,
            "third-party",
            Error,
            "The text may be read by the very person it is about. It says nothing of anybody but the caller, and nothing of anybody's health or arrest.",
        ),
        (
            C::SaysNow,
            "says-now",
            Error,
            "We know what was so when we left, not what is so when the text is read.",
        ),
    ]
};

impl Code {
    /// Finds a code by its name.
    pub fn parse(name: &str) -> Option<Self> {
        CODES.iter().find(|(_, known, _, _)| *known == name).map(|(code, _, _, _)| *code)
    }

    fn row(self) -> Option<&'static (Self, &'static str, Level, &'static str)> {
        CODES.iter().find(|(code, _, _, _)| *code == self)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.row().map_or("", |(_, name, _, _)| name)
    }

    /// How much it weighs.
    pub fn level(self) -> Level {
        self.row().map_or(Level::Error, |(_, _, level, _)| *level)
    }

    /// Why it is one.
    pub fn why(self) -> &'static str {
        self.row().map_or("", |(_, _, _, why)| why)
    }
}
