//! The review after six months: the questions of the paper that asked for the pilot, in its order, each
//! with its figure, how far off that may be, of how many it is, and how it was measured.
//!
//! The paper went to the Strategic Executive Board on 5 February 2021. What to recommend is left to a
//! person: there is a heading, and room to write. The page is made to be printed by a browser, A4, with
//! numbered pages; nothing else makes a PDF of it.

use domain::budget::Money;
use domain::contact::State;
use domain::desk::Desk;
use domain::figures::Report;
use domain::reply::Class;
use domain::sentiment::Sentiment;
use maud::{DOCTYPE, Markup, html};

use super::html::board::{FORECAST_A_YEAR, a_year};
use super::html::team;
use super::html::{CSS, count, moment, named, period, plural, pounds, reach, told, took};
use super::{chart, head};

/// What this page has that a report has not.
const MORE_CSS: &str = include_str!("pack.css");

/// What the paper expects a part of a text to cost.
const PAPERS_PRICE: Money = Money::from_pence(3);

/// Writes the review of a report's period.
pub fn page(report: &Report) -> String {
    let days = period(report.period.from, report.period.to);
    let css = format!("{CSS}{}{MORE_CSS}", chart::css());
    let questions: [(&str, &str, Markup); 10] = [
        ("piloted", "What was piloted?", piloted(report)),
        ("volumes", "How many callers were told?", volumes(report)),
        ("cost", "What did it cost, against £240 a year and 3p a text?", cost(report)),
        ("sentiment", "What is the level of sentiment?", sentiment(report)),
        ("satisfaction", "How satisfied are callers?", satisfaction(report)),
        ("trust", "What of trust and confidence?", trust(report)),
        ("engagement", "Are people more engaged?", engagement(report)),
        ("equality", "Whom does it reach, and who is left out?", equality(report)),
        ("risks", "What went wrong, and how fast was it seen to?", risks(report)),
        ("expansion", "What would expansion cost?", expansion(report)),
    ];
    let page = html! {
        (DOCTYPE)
        html lang="en-GB" {
            (head(&format!("Aftercall, review of {days}"), &css))
            body.pack {
                header {
                    p.eyebrow { "Aftercall · review of the pilot" }
                    h1 { "Closing the feedback loop: what the figures say" }
                    p { "Non-crime reports, " (days) ". Made on " (moment(report.made_at)) "." }
                }
                main {
                    nav aria-label="Questions" {
                        ol {
                            @for (id, question, _) in &questions {
                                li { a href={ "#" (id) } { (question) } }
                            }
                            li { a href="#method" { "How it was measured, and what that cannot show" } }
                            li { a href="#recommendation" { "Recommendation" } }
                        }
                    }
                    @for (n, (id, question, answer)) in questions.iter().enumerate() {
                        section aria-labelledby=(id) {
                            h2 id=(id) { (n + 1) ". " (question) }
                            (answer)
                        }
                    }
                    (method())
                    (recommendation())
                }
                footer {
                    p {
                        "Figures only: no name, no telephone number and no reply in its own words. For use \
                         within the force; small groups are not hidden here."
                    }
                }
            }
        }
    };
    page.into_string()
}

/// What the paper says, and how the figure that follows was got.
fn asked(paper: &str, measured: &str) -> Markup {
    html! {
        p.asked { (paper) }
        p.after { strong { "Measured: " } (measured) }
    }
}

fn piloted(report: &Report) -> Markup {
    let names: Vec<_> = report.campaigns.keys().map(|id| id.as_str()).collect();
    html! {
        p.asked {
            "The paper proposes to tell callers what came of non-crime incidents, first of highway \
             disruption and collisions, for six months, and then to look at others."
        }
        @if names.is_empty() {
            p { "No campaign planned anybody in this period." }
        } @else {
            p {
                "In force were " (plural(names.len() as u64, "campaign", "campaigns")) ": " (names.join(", "))
                ". Each texted one truthful outcome for each incident to callers who agreed to be texted, \
                 and asked how we did. Every word was checked and approved by a second person."
            }
        }
    }
}

fn volumes(report: &Report) -> Markup {
    html! {
        (asked(
            "“There are many thousands” of such contacts in a year, and until now no co-ordinated way to \
             close the loop.",
            "every log opened in the period is counted, and every caller of it, from the call to what was \
             done about the reply.",
        ))
        (team::funnel(report))
    }
}

fn cost(report: &Report) -> Markup {
    let total = &report.total;
    let at_papers_price = PAPERS_PRICE * total.segments;
    html! {
        (asked(
            "“We forecast that … the SMS cost will be around £240 per year”, at “3p per text”.",
            "the published price of each part of each text that was or may have been sent, further texts to \
             those who replied included; without VAT. A long text is of several parts.",
        ))
        p {
            "The period cost " strong { (named("cost", &pounds(total.cost))) } " for "
            (named("parts", &count(total.segments))) " parts. At the paper’s 3p they would have cost "
            (pounds(at_papers_price)) "."
            @if let Some(year) = a_year(report) {
                " A year like these days costs " strong { (named("cost.a-year", &pounds(year))) }
                @if year > FORECAST_A_YEAR { ", more than" } @else { ", within" }
                " the forecast of " (pounds(FORECAST_A_YEAR)) "."
            }
            @if let Some(each) = total.cost_per_answer() {
                " Each caller who answered cost " (named("cost.per-answer", &pounds(each))) "."
            }
        }
        (team::money(report))
    }
}

fn sentiment(report: &Report) -> Markup {
    let positive = report.total.attitude(Sentiment::Positive);
    html! {
        (asked(
            "“The measure of success will be around the level of sentiment scores.”",
            "a program judges the words of each caller’s latest reply by written rules. It was examined on \
             labelled replies (docs/replies.md), and it errs, with irony most of all.",
        ))
        p {
            "Of " (count(positive.of)) " who answered, " strong { (named("sentiment.positive", &told(positive))) }
            " showed themselves pleased (" (named("sentiment.positive.interval", &reach(positive))) ")."
        }
        (team::attitudes(report))
        h3 { "What the replies were" }
        (team::replies(&report.total))
    }
}

fn satisfaction(report: &Report) -> Markup {
    html! {
        (asked(
            "“… alongside measures of satisfaction”: “to understand the utility (value) that the caller is \
             getting”.",
            "the score from 1 to 5 that the text asks for; satisfied is a 4 or a 5. The interval is Wilson’s, \
             at 95 %.",
        ))
        (team::scores(&report.total))
        h3 { "By what they have in common" }
        (team::groups(report))
    }
}

fn trust(report: &Report) -> Markup {
    html! {
        (asked(
            "“… and ultimately trust and confidence levels in the Constabulary.”",
            "a half of those who answer, chosen by chance, are asked how far they trust the police of the area. \
             They had just been texted: this is not the trust of the public, and has nothing from before the \
             pilot to be set beside.",
        ))
        (team::trust(&report.total))
    }
}

fn engagement(report: &Report) -> Markup {
    let of = |class: Class| report.total.classes.get(&class).copied().unwrap_or_default();
    html! {
        (asked(
            "“… that lead to higher levels of engagement (for example community intelligence submissions).”",
            "whether people say that they would call again; replies that hold information for the police; and, \
             where callers were held out by chance, how often both kinds rang afterwards. Only the last can show \
             that texting changes anything.",
        ))
        p {
            "Of those asked, " strong { (named("call-again", &told(report.total.call_again))) }
            " would call us again (" (named("call-again.interval", &reach(report.total.call_again))) ", of "
            (count(report.total.call_again.of)) "). "
            (plural(of(Class::Intelligence), "reply", "replies")) " held information for the police, and "
            (plural(of(Class::IncidentReport), "reported", "reported")) " something new."
        }
        (team::experiments(report))
    }
}

fn equality(report: &Report) -> Markup {
    html! {
        (asked(
            "“The proposed work will have a greater reach into those members of the public that contact us.”",
            "by area, because the records have nothing else of a caller: no age, no sex, no ethnicity, no \
             disability. Left out besides are those without a mobile, those who did not agree to be texted, and \
             whoever cannot read the text.",
        ))
        h3 { "By area" }
        (team::areas(report))
        h3 { "By rule" }
        (team::holds(report))
    }
}

fn risks(report: &Report) -> Markup {
    let desk = |desk: Desk| report.desks.get(&desk).cloned().unwrap_or_default();
    let (alarms, complaints) = (desk(Desk::ControlRoom), desk(Desk::Complaints));
    html! {
        (asked(
            "“The risks associated with running this pilot are minimal.”",
            "every reply that may be a cry for help, and every complaint, from its arrival until somebody took \
             it.",
        ))
        p {
            strong { (plural(alarms.tasks, "alarm", "alarms")) } " rang; " (count(alarms.late))
            " waited longer than a minute, and half were taken within " (took(alarms.to_taken.median())) ". "
            strong { (plural(complaints.tasks, "complaint", "complaints")) } " came, "
            (count(complaints.late)) " of them taken late. "
            (plural(report.total.in_state(State::Parked), "text", "texts"))
            " could not be told to have left or not, and lie with a person."
        }
        (team::desks(report))
    }
}

fn expansion(report: &Report) -> Markup {
    let total = &report.total;
    let texted = total.texted();
    let thousand =
        (total.cost * 1_000).millipence().checked_div(texted).map(Money::from_millipence);
    html! {
        (asked(
            "“Between £2,500 and £3,000 one off” for each new campaign, and more messages “volume dependant”.",
            "what those texted so far cost, further texts included. How many callers another kind of incident \
             brings, “aftercall rehearse” tells from old extracts, before a penny is spent.",
        ))
        @if let Some(thousand) = thousand {
            p {
                "A thousand callers texted cost " strong { (pounds(thousand)) } ", by the "
                (count(texted)) " of this period. A campaign here is a file that is checked, rehearsed and \
                approved; the work is that of those who write it and answer the desks, which is not in these \
                figures."
            }
        } @else {
            p.empty { "Nobody was texted, so nothing is known of what more would cost." }
        }
    }
}

fn method() -> Markup {
    let notes = [
        (
            "Who is counted",
            "Calls are those of the logs opened in the period; contacts are those planned in it. The two \
             overlap and are not the same. What became of either is told as it was when this was made.",
        ),
        (
            "Who answers",
            "People choose whether to reply, and nobody knows what the others think. No interval allows for \
             that.",
        ),
        (
            "Intervals",
            "At 95 %: Wilson’s for a share, Student’s for a mean with two imagined answers, a widened Poisson’s \
             for calls by person, Newcombe’s for a difference. Of fewer than ten no percentage is shown.",
        ),
        (
            "Before and after",
            "Without people held out by chance, a change may have come from anything: the season, the roads, \
             the news. This pack makes no such comparison.",
        ),
        (
            "Many comparisons",
            "Of twenty groups that do not differ, one will seem to. A group that stands out here is a reason to \
             look, not a finding.",
        ),
        (
            "What is not measured",
            "The time of those who wrote the campaign and answered the desks; what people said to others; what \
             those who were left out would have said.",
        ),
    ];
    html! {
        section aria-labelledby="method" {
            h2 #method { "How it was measured, and what that cannot show" }
            dl.notes { @for (term, words) in notes { dt { (term) } dd { (words) } } }
        }
    }
}

fn recommendation() -> Markup {
    html! {
        section.recommendation aria-labelledby="recommendation" {
            h2 #recommendation { "Recommendation" }
            p { "For the person who answers for the pilot to write. No figure above makes it." }
            @for part in ["Go on, change or stop?", "Other kinds of incident?", "Why?"] {
                h3 { (part) }
                div.room aria-hidden="true" { @for _ in 0..4 { div {} } }
            }
            p.signed { "Name and date" }
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::figures::Period;
    use jiff::civil::date;
    use testkit::reports::drawn;

    use super::*;

    #[test]
    fn it_answers_the_papers_questions_in_order_and_recommends_nothing() {
        let period = Period { from: date(2026, 2, 16), to: date(2026, 8, 15) };
        for calls in [0, 2_000] {
            let report = drawn(1, calls, period, "2026-08-20T05:00:00Z".parse().unwrap());
            let page = page(&report);
            let found =
                page.match_indices("<h2 id=\"").map(|(at, found)| &page[at + found.len()..]);
            let ids: Vec<&str> = found.filter_map(|rest| rest.split('"').next()).collect();
            let expected = "piloted volumes cost sentiment satisfaction trust engagement equality risks \
                            expansion method recommendation";
            assert_eq!(ids, expected.split_whitespace().collect::<Vec<_>>());
            assert_eq!(page.matches("Measured: ").count(), 9, "every question but the first");
            assert_eq!(page.matches("<div></div>").count(), 12, "room to write and nothing in it");
            for unwanted in ["<script", "src=", "@import", "url(", "NaN", "inf%"] {
                assert!(!page.contains(unwanted), "{unwanted}");
            }
        }
    }
}
