//! The sample week end to end, held to what its README says.

use std::collections::{BTreeMap, BTreeSet};

use domain::eligibility::{Decision, RULES, RuleId};
use domain::feed;
use domain::force::Reading;
use domain::phone::DramaNumbers;
use ingest::{Counts, Outcome};

use crate::harness::Story;

fn sample(name: &str) -> String {
    std::fs::read_to_string(format!("{}/../events/ingest/{name}", env!("CARGO_MANIFEST_DIR")))
        .unwrap()
}

/// The cells of the README's rows that begin with this one.
fn table(first: &str) -> Vec<Vec<String>> {
    let readme = sample("README.md");
    let rows = readme.lines().filter(|line| line.starts_with('|'));
    rows.map(|line| {
        let cells = line.trim_matches('|').split('|');
        cells.map(|cell| cell.trim().trim_matches('*').to_owned()).collect::<Vec<_>>()
    })
    .filter(|cells| cells[0] == first)
    .collect()
}

fn number(first: &str) -> u64 {
    let rows = table(first);
    rows.iter().find_map(|cells| cells[1].parse().ok()).unwrap()
}

async fn week(feeds: [&str; 2]) -> (Story, Counts) {
    let story = Story::begin();
    let mut counts = Counts::default();
    for feed in feeds {
        let outcome = story.land(feed, "2026-03-10.csv", sample(&format!("{feed}-week.csv"))).await;
        let Outcome::Read(read) = outcome else { panic!("{outcome:?}") };
        if feed == "storm" {
            counts = read;
        }
    }
    (story, counts)
}

/// What was decided about each row, which is found among its log's callers; none for a reject.
fn decisions(story: &Story) -> Vec<Option<Decision>> {
    let profile = testkit::samples::profile();
    let pepper = testkit::samples::pepper();
    let feed = profile.feed("storm").unwrap();
    let file = sample("storm-week.csv");
    let mut rows = feed::open(file.as_bytes(), feed).unwrap().unwrap();
    let header = rows.header();
    let reading = Reading { header: &header, taken_at: story.now(), drama: DramaNumbers::Allowed };
    let mut decisions = Vec::new();
    while let Some(row) = rows.read().unwrap() {
        let Ok(report) = row.and_then(|row| profile.incident(feed, &reading, &row)) else {
            decisions.push(None);
            continue;
        };
        let caller = report.caller.known(&pepper);
        let log = story.log(report.log.number.as_str());
        let known = log.callers.iter().find(|known| known.caller == caller).unwrap();
        decisions.push(Some(known.decision.clone()));
    }
    decisions
}

#[tokio::test]
async fn the_sample_week_is_decided_as_its_readme_says() {
    let (story, counts) = week(["athena", "storm"]).await;
    let mut verdicts: BTreeMap<&str, u64> = BTreeMap::new();
    for decision in decisions(&story) {
        let verdict = decision.map_or("rejected", |decision| decision.verdict.name());
        *verdicts.entry(verdict).or_default() += 1;
    }
    assert_eq!(verdicts.values().sum::<u64>(), number("all"));
    assert_eq!(counts.rows + counts.rejects, number("all"));
    assert_eq!(counts.rejects, number("rejected"));
    for verdict in ["text", "hold", "never", "rejected"] {
        assert_eq!(verdicts[verdict], number(verdict), "{verdict}");
    }
}

#[tokio::test]
async fn the_sample_weeks_reasons_are_those_its_readme_counts() {
    let (story, _) = week(["athena", "storm"]).await;
    let mut reasons: BTreeMap<RuleId, (u64, u64)> = BTreeMap::new();
    for decision in decisions(&story).into_iter().flatten() {
        for rule in &decision.rules {
            reasons.entry(*rule).or_default().1 += 1;
        }
        if let Some(first) = decision.rules.first() {
            reasons.entry(*first).or_default().0 += 1;
        }
    }
    for rule in RULES {
        let (first, matched) = reasons.get(&rule.id).copied().unwrap_or_default();
        let told = table(&format!("`{}`", rule.id));
        let told =
            told.first().map_or((0, 0), |row| (row[1].parse().unwrap(), row[2].parse().unwrap()));
        assert_eq!((first, matched), told, "{}", rule.id);
    }
}

#[tokio::test]
async fn in_the_sample_week_everybody_who_may_be_texted_is_texted_once() {
    let (story, counts) = week(["athena", "storm"]).await;
    story.settle().await;
    let people = story.world().with(|state| {
        let numbers = state.texts.iter().map(|(_, number, _)| number.clone());
        numbers.collect::<BTreeSet<_>>().len()
    });
    let texts = story.texts().len();
    assert_eq!((texts, people), (people, texts));
    // Three people rang about two incidents: they hear about the one that is due first.
    assert_eq!(texts as u64, counts.planned - 3);
    let mut states = story.world().states();
    states.sort_unstable();
    assert_eq!(states, [vec!["accepted"; texts], vec!["cancelled"; 3]].concat());
    assert_eq!(story.report().await.contacts, counts.planned);
    story.must_hold();
}

#[tokio::test]
async fn the_sample_weeks_rejects_are_those_its_readme_names() {
    let (story, _) = week(["athena", "storm"]).await;
    let rejects = story.world().with(|state| state.rejects.clone());
    for reject in &rejects["extracts/storm/2026-03-10.csv"] {
        let told = table(&reject.line.to_string());
        assert_eq!(told.len(), 1, "line {}", reject.line);
        assert_eq!(told[0][1], reject.column, "line {}", reject.line);
    }
    let lines = rejects["extracts/athena/2026-03-10.csv"].iter().map(|reject| reject.line);
    assert_eq!(lines.collect::<Vec<_>>(), [13, 25]);
}

#[tokio::test]
async fn the_order_of_the_two_feeds_does_not_matter() {
    let (first, _) = week(["athena", "storm"]).await;
    let (second, _) = week(["storm", "athena"]).await;
    let mut all = Vec::new();
    for story in [first, second] {
        story.settle().await;
        story.must_hold();
        let mut texts: Vec<_> = story.world().with(|state| {
            state
                .texts
                .iter()
                .map(|(reference, _, words)| (reference.clone(), words.clone()))
                .collect()
        });
        texts.sort();
        all.push(texts);
    }
    assert!(all[0].len() > 150, "{}", all[0].len());
    assert_eq!(all[0], all[1]);
}

#[tokio::test]
async fn a_second_copy_of_the_sample_week_changes_nothing() {
    let (story, _) = week(["athena", "storm"]).await;
    let before = story.everything();
    for feed in ["storm", "athena"] {
        story.land(feed, "2026-03-10.csv", sample(&format!("{feed}-week.csv"))).await;
    }
    assert!(story.everything() == before);
}

#[tokio::test]
async fn nothing_of_the_sample_weeks_people_is_in_what_leaves_the_table() {
    let (story, _) = week(["athena", "storm"]).await;
    story.dispatch().await;
    let shown = story.world().with(|state| {
        let messages = serde_json::to_string(&Vec::from(state.to_send.clone())).unwrap();
        format!("{messages} {:?} {:?} {:?}", state.alerts, state.contacts, state.rejects.keys())
    });
    let file = sample("storm-week.csv");
    let mut numbers: Vec<&str> = Vec::new();
    for start in ["07700 900", "07700900", "447700900"] {
        numbers.extend(
            file.match_indices(start).filter_map(|(at, _)| file.get(at..at + start.len() + 3)),
        );
    }
    assert!(numbers.len() > 300);
    for number in numbers {
        assert!(!shown.contains(number), "{number}");
    }
    for name in ["lestlewick", "plenthgarth", "grimselmerr", "quornthwait", "drexelhurst"] {
        assert!(!shown.to_lowercase().contains(name), "{name}");
    }
}

#[tokio::test]
async fn the_sample_week_costs_what_its_readme_says() {
    let (story, _) = week(["athena", "storm"]).await;
    story.settle().await;
    story.report().await;
    let readme = sample("README.md");
    story.world().with(|state| {
        let total = &state.reports[0].total;
        let (contacts, texts) = (state.contacts.len(), state.texts.len());
        let told = format!("**{contacts} contacts with {texts} people**");
        assert!(readme.contains(&told), "{told}");
        let told = format!("The {} texts are {} parts", state.texts.len(), total.segments);
        assert!(readme.contains(&told), "{told}, {}", total.cost);
    });
}

#[tokio::test]
async fn the_sample_week_is_told_in_the_words_its_readme_counts() {
    let (story, _) = week(["athena", "storm"]).await;
    story.settle().await;
    let campaign = testkit::samples::campaign();
    let mut told: BTreeMap<(String, String), u64> = BTreeMap::new();
    story.world().with(|state| {
        for (reference, _, text) in &state.texts {
            let outcome = state.contacts[reference].outcome.to_string();
            let used = campaign.words.iter().find(|(_, words)| {
                let whole = (words.text.as_str(), "");
                let (before, after) = words.text.split_once("((date))").unwrap_or(whole);
                text.starts_with(before) && text.ends_with(after)
            });
            let (words, _) = used.unwrap();
            *told.entry((outcome, words.to_string())).or_default() += 1;
        }
    });
    for ((outcome, words), count) in &told {
        let rows = table(outcome);
        let row = rows.iter().find(|cells| cells[1] == *words).unwrap();
        assert_eq!(row[2], count.to_string(), "{outcome} told as {words}");
    }
    assert_eq!(told.len(), 17);
}
