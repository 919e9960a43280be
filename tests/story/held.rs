//! Invariant 3: anything blank, unknown or contradictory holds, with a reason a person can read.
//! Nothing fails open.

use domain::eligibility::{RuleId, Verdict};

use crate::harness::{Row, Story, log_number, row};

/// What a cell says, and the rule that holds the log for it.
const HOLDS: [(&str, &str, &str); 46] = [
    // Blank.
    ("Date Time Closed", "", "elig.hold.not-closed"),
    ("Status", "", "elig.hold.status-unknown"),
    ("Source", "", "elig.hold.source-unknown"),
    ("Initial Classification", "", "elig.hold.opening-unknown"),
    ("Final Classification", "", "elig.hold.closing-unknown"),
    ("Result Codes", "", "elig.hold.result-unknown"),
    ("Caller Contact Phone No_", "", "elig.hold.phone"),
    ("Caller Type", "", "elig.hold.role-unknown"),
    ("Text Consent", "", "elig.hold.consent-unknown"),
    // Unknown.
    ("Status", "ARCHIVED", "elig.hold.status-unknown"),
    ("Source", "PIGEON", "elig.hold.source-unknown"),
    ("Initial Classification", "RTC", "elig.hold.opening-unknown"),
    ("Final Classification", "Admin", "elig.hold.closing-unknown"),
    ("Final Classification", "Transport - Highway Disruption", "elig.hold.closing-unknown"),
    ("Result Codes", "R99", "elig.hold.result-unknown"),
    ("Result Codes", "R02 R99", "elig.hold.result-unknown"),
    ("Qualifiers", "XX", "elig.hold.qualifier-unknown"),
    ("Caller Type", "INFORMANT", "elig.hold.role-unknown"),
    ("Text Consent", "ASK", "elig.hold.consent-unknown"),
    // Contradictory.
    ("Result Codes", "R02 R03", "elig.hold.results-differ"),
    ("Date Time Closed", "09/03/2026 17:19", "elig.hold.dates"),
    ("Date Time Closed", "11/03/2026 09:00", "elig.hold.dates"),
    ("Date Time Received", "12/03/2026 09:00", "elig.hold.dates"),
    ("Status", "REACTIVATED", "elig.hold.reopened"),
    // Known, and not to be texted.
    ("Status", "OPEN", "elig.hold.not-closed"),
    ("Status", "DEPLOYED", "elig.hold.not-closed"),
    ("Status", "TRANSFERRED", "elig.hold.transferred"),
    ("Duplicate Of", "HC-20260309-0999", "elig.hold.duplicate"),
    ("Final Classification", "Admin - Duplicate", "elig.hold.duplicate"),
    ("Crime Reference", "41/00001/26", "elig.hold.crime"),
    ("Final Classification", "Crime - Criminal Damage", "elig.hold.crime"),
    ("Qualifiers", "AL", "elig.hold.qualifier"),
    ("Qualifiers", "GI VC", "elig.hold.qualifier"),
    ("Contact Marker", "VULN", "elig.hold.qualifier"),
    ("Message", "he has a machete", "elig.hold.qualifier"),
    ("Source", "POL", "elig.hold.source"),
    ("Source", "ALM", "elig.hold.source"),
    ("Caller Type", "DRIVER", "elig.hold.role"),
    ("Caller Type", "AGENCY", "elig.hold.role"),
    ("Final Classification", "Animals", "elig.hold.no-campaign"),
    ("Initial Classification", "Concern for welfare", "elig.hold.no-campaign"),
    ("Result Codes", "R25", "elig.hold.no-words"),
    // Numbers that no text can safely go to.
    ("Caller Contact Phone No_", "01632 960123", "elig.hold.phone"),
    ("Caller Contact Phone No_", "4.47701E+11", "elig.hold.phone"),
    ("Caller Contact Phone No_", "07624 000000", "elig.hold.phone"),
    ("Caller Contact Phone No_", "unknown", "elig.hold.phone"),
];

#[tokio::test]
async fn what_is_blank_unknown_or_contradictory_is_held_with_its_reason() {
    let story = Story::begin();
    let rows: Vec<Row> =
        (1..).zip(HOLDS).map(|(n, (column, cell, _))| row().nth(n).with(column, cell)).collect();
    let counts = story.logs(&rows).await;
    assert_eq!((counts.rows, counts.rejects, counts.planned), (HOLDS.len() as u64, 0, 0));
    for (n, (column, cell, rule)) in (1..).zip(HOLDS) {
        let log = story.log(&log_number(n));
        let decision = &log.callers[0].decision;
        assert_eq!(decision.verdict, Verdict::Hold, "{column} {cell:?}");
        let rule = RuleId::parse(rule).unwrap();
        assert!(decision.rules.contains(&rule), "{column} {cell:?}: {:?}", decision.rules);
        assert!(!rule.words().is_empty());
    }
    story.settle().await;
    assert!(story.world().states().is_empty());
}

#[tokio::test]
async fn a_log_closed_too_long_ago_is_held_as_stale() {
    let story = Story::begin();
    story.at("2026-03-17T10:00:00Z");
    story.logs(&[row()]).await;
    assert!(story.rules(&log_number(412)).contains("elig.hold.stale"));
    assert!(story.world().states().is_empty());
}

#[tokio::test]
async fn without_a_campaign_everything_is_held() {
    let story = Story::begin();
    story.world().with(|state| state.campaigns.clear());
    story.logs(&[row()]).await;
    assert!(story.rules(&log_number(412)).contains("elig.hold.no-campaign"));
}

#[tokio::test]
async fn a_held_log_that_becomes_clear_is_texted() {
    let story = Story::begin();
    story.logs(&[row().with("Result Codes", "")]).await;
    story.settle().await;
    assert!(story.texts().is_empty());
    story.logs(&[row().with("Extracted At", "10/03/2026 09:00:00")]).await;
    story.settle().await;
    assert_eq!(story.texts().len(), 1);
}

#[tokio::test]
async fn codes_in_another_case_and_with_spaces_are_the_same_codes() {
    let story = Story::begin();
    let row = row()
        .with("Status", " closed ")
        .with("Final Classification", "TRANSPORT - HIGHWAYS DISRUPTION")
        .with("Result Codes", " r02  R02 ")
        .with("Caller Type", "Witness")
        .with("Text Consent", "yes ");
    story.logs(&[row]).await;
    story.settle().await;
    assert_eq!(story.texts().len(), 1);
}

#[tokio::test]
async fn a_row_with_everything_wrong_keeps_every_reason() {
    let story = Story::begin();
    let row = row()
        .with("Status", "")
        .with("Result Codes", "")
        .with("Caller Type", "")
        .with("Text Consent", "N");
    story.logs(&[row]).await;
    let rules = story.rules(&log_number(412));
    for rule in [
        "elig.never.unsafe",
        "elig.hold.status-unknown",
        "elig.hold.result-unknown",
        "elig.hold.role-unknown",
    ] {
        assert!(rules.contains(rule), "{rule} not in {rules:?}");
    }
}
