//! A reply is any text of any length: it is read the same every time, and STOP is always heard.

use domain::reply::{self, Class};
use domain::sentiment::{Sentiment, Valence};

/// What alone is a request to stop, however it is written.
const STOPS: [&str; 8] =
    ["STOP", "stop", "Stop", "STOPALL", "unsubscribe", "UNSUBSCRIBE", "stop all", "opt out"];

/// The most bytes of a reply that a supplier's call can bring.
const MOST: usize = adapters::supplier::CALLBACK_MAX_BYTES;

/// Reads a reply of these bytes; says what it is.
pub fn check(input: &[u8]) -> &'static str {
    let text = String::from_utf8_lossy(&input[..input.len().min(MOST)]);
    let reading = reply::read(&text);
    assert!(reading == reply::read(&text), "read twice, and differently");
    assert_eq!(Class::parse(reading.class.as_str()), Some(reading.class));
    assert_eq!(Sentiment::parse(reading.sentiment.as_str()), Some(reading.sentiment));
    assert_eq!(Valence::new(reading.valence.get()), Some(reading.valence));
    assert!(reading.score.is_none_or(|score| (1..=5).contains(&score.get())));
    assert!(reading.class != Class::OptOut || reading.opt_out, "an opt-out that is none");

    // The marks and spaces of this text, around a word that asks us to stop.
    let marks: Vec<char> = text.chars().filter(|c| is_mark(*c)).take(64).collect();
    let (before, after) = marks.split_at(marks.len() / 2);
    let (before, after): (String, String) = (before.iter().collect(), after.iter().collect());
    for stop in STOPS {
        let text = format!("{before}{stop}{after}");
        assert!(reply::read(&text).opt_out, "{text:?} is not heard");
    }
    reading.class.as_str()
}

fn is_mark(c: char) -> bool {
    c.is_whitespace() || c.is_ascii_punctuation() || "…–—‘’“”«»¡¿".contains(c)
}
