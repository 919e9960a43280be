//! The page behind an alarm's link, for a telephone in a hurry: large, plain, and nothing from elsewhere.

use domain::alarm::Page;
use domain::desk::Signed;
use domain::hours::LONDON;
use domain::incident::LogNumber;
use domain::ports::ReplyFile;
use jiff::Timestamp;
use maud::{DOCTYPE, Markup, html};

const CSS: &str = include_str!("alarm.css");

/// Draws the page.
pub fn page(page: &Page) -> String {
    let (title, body) = match page {
        Page::Ask { log, received_at, rings, nameless } => {
            ("A reply may be a cry for help", ask(log.as_ref(), *received_at, *rings, *nameless))
        }
        Page::Yours { log, taken, reply } => {
            ("You have taken this alarm", yours(log.as_ref(), taken, reply.as_ref()))
        }
        Page::Theirs { log, taken } => ("This alarm is taken", theirs(log.as_ref(), taken)),
        Page::Ended => (
            "This link has ended",
            html! {
                p { "It is older than a day, or it is not a link of ours." }
                p { "Every ring of an alarm brings a new one. At a terminal: " code { "aftercall alerts list" } "." }
            },
        ),
        Page::Failed => (
            "Something went wrong",
            html! {
                p { "The alarm has not been taken, and goes on ringing. Follow the link again." }
            },
        ),
    };
    let page = html! {
        (DOCTYPE)
        html lang="en-GB" {
            (super::head(&format!("Aftercall: {title}"), CSS))
            body {
                main {
                    p.eyebrow { "Aftercall" }
                    h1 { (title) }
                    (body)
                }
            }
        }
    };
    page.into_string()
}

fn ask(log: Option<&LogNumber>, received_at: Timestamp, rings: u32, nameless: bool) -> Markup {
    html! {
        dl {
            dt { "Log" } dd { (number(log)) }
            dt { "Reply received" } dd { (moment(received_at)) }
            dt { "Rings so far" } dd { (rings) }
        }
        p { "It rings until somebody takes it. Take it by your name or collar number; you then see what was written." }
        form method="post" {
            label for="by" { "Your name or collar number" }
            @if nameless {
                p.problem #problem role="alert" { "Give 2 to 60 characters: it is written down who took this." }
            }
            input #by name="by" type="text" required minlength="2" maxlength="60" autocomplete="name"
                aria-describedby=[nameless.then_some("problem")];
            button type="submit" { "I take it" }
        }
    }
}

fn yours(log: Option<&LogNumber>, taken: &Signed, reply: Option<&ReplyFile>) -> Markup {
    html! {
        @match reply {
            Some(reply) => {
                blockquote { (reply.text) }
                dl {
                    dt { "From" } dd { (reply.sender.as_deref().unwrap_or("no longer kept")) }
                    dt { "Received" } dd { (moment(reply.received_at)) }
                    dt { "Log" } dd { (number(log)) }
                    dt { "Taken" } dd { (taken.by) ", " (moment(taken.at)) }
                }
                @if !reply.why.is_empty() {
                    p.small { "Read as danger because of: " (reply.why.join("; ")) }
                }
                p { "Whoever wrote may not be able to speak, and another person may read their telephone: think before you ring back." }
            }
            None => p { "The reply has expired and is no longer kept." }
        }
        p.small { "When it is dealt with: " code { "aftercall inbox close" } "." }
    }
}

fn theirs(log: Option<&LogNumber>, taken: &Signed) -> Markup {
    html! {
        dl {
            dt { "Log" } dd { (number(log)) }
            dt { "Taken by" } dd { (taken.by) }
            dt { "At" } dd { (moment(taken.at)) }
        }
        p { "It does not ring any more. What was written is shown to whoever took it, and at a terminal." }
        form method="post" {
            label for="by" { "If that is you, give the same name to see it again" }
            input #by name="by" type="text" required minlength="2" maxlength="60" autocomplete="name";
            button type="submit" { "Show it again" }
        }
    }
}

fn number(log: Option<&LogNumber>) -> &str {
    log.map_or("none was found: the number is not one we texted", LogNumber::as_str)
}

fn moment(at: Timestamp) -> String {
    at.to_zoned(LONDON.clone()).strftime("%-d %B %Y, %H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use domain::reply::Class;

    use super::*;

    fn now() -> Timestamp {
        "2026-03-10T10:00:00Z".parse().unwrap()
    }

    fn reply() -> ReplyFile {
        ReplyFile {
            sender: Some("447700900123".to_owned()),
            text: "<script>he's here</script>".to_owned(),
            received_at: now(),
            read_at: Some(now()),
            class: Some(Class::Emergency),
            why: vec!["emergency: \"he's here\"".to_owned()],
            sentiment: None,
            score: None,
            disagrees: false,
            contact: None,
        }
    }

    fn signed() -> Signed {
        Signed { by: "Sgt <b>9</b>".to_owned(), at: now() }
    }

    #[test]
    fn the_page_that_asks_says_nothing_of_the_reply() {
        let log = Some(LogNumber::parse("HC-20260303-0412").unwrap());
        let ask = Page::Ask { log, received_at: now(), rings: 3, nameless: false };
        let shown = page(&ask);
        for part in ["HC-20260303-0412", "10 March 2026, 10:00:00", "<dd>3</dd>", "method=\"post\""]
        {
            assert!(shown.contains(part), "{part}: {shown}");
        }
        assert!(!shown.contains("problem\" role"), "{shown}");
        let nameless = Page::Ask { log: None, received_at: now(), rings: 1, nameless: true };
        assert!(page(&nameless).contains("Give 2 to 60 characters"));
    }

    #[test]
    fn what_people_wrote_is_text_and_nothing_else() {
        let yours = Page::Yours { log: None, taken: signed(), reply: Some(reply()) };
        let shown = page(&yours);
        assert!(shown.contains("&lt;script&gt;he's here&lt;/script&gt;"), "{shown}");
        assert!(shown.contains("Sgt &lt;b&gt;9&lt;/b&gt;"), "{shown}");
        assert!(!shown.contains("<script") && !shown.contains("http"), "{shown}");
        let theirs = page(&Page::Theirs { log: None, taken: signed() });
        assert!(!theirs.contains("he's here") && !theirs.contains("900123"), "{theirs}");
    }
}
