//! What somebody may ask about themselves, and the record of it, on the deployed stack.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::contact::State;
use jiff::SignedDuration;
use local::stack::Stack;
use serde_json::{Value, json};

use crate::CANARY;

/// Somebody who wrote is shown everything, and then erased: nothing names them but what protects them,
/// nobody's figures change, and a log that comes again does not bring them back to be texted.
pub(crate) async fn somebody_is_shown_and_erased(stack: &Stack, number: &str) {
    let why = ["--why", "request ER-7", "--by", "A. Officer"];
    let shown = stack.aftercall(&[&["person", "export", number][..], &why].concat()).unwrap();
    assert!(shown.contains(CANARY), "their own words are theirs to see");
    assert!(shown.contains("## Texts to you (1)"), "{shown}");
    let shown = stack.aftercall(&[&["person", "export", number, "--json"][..], &why].concat());
    let shown: Value = serde_json::from_str(&shown.unwrap()).unwrap();
    let contact = shown["items"].as_array().unwrap().iter().find(|item| !item["outcome"].is_null());
    let person =
        contact.unwrap()["pk"].as_str().unwrap().strip_prefix("PERSON#").unwrap().to_owned();

    let before = figures(stack);
    let dry = stack.aftercall(&[&["person", "erase", number][..], &why].concat()).unwrap();
    assert!(dry.contains("--yes erases them"), "{dry}");
    assert!(naming(stack, &person).await.len() > 3, "a look erases nothing");
    let erased = stack.aftercall(&[&["person", "erase", number, "--yes"][..], &why].concat());
    assert!(erased.unwrap().contains("made nobody's"));
    assert_eq!(figures(stack), before, "the report says the same");

    let international = format!("+44{}", &number[1..]);
    assert_eq!(naming(stack, &international).await, BTreeSet::new());
    assert_eq!(naming(stack, CANARY).await, BTreeSet::new());
    let left = naming(stack, &person).await;
    let may_stay = |key: &String| {
        key.starts_with("AUDIT / ") || key.ends_with(" / PERSON") || key.contains(" / CRIME#")
    };
    assert!(left.iter().all(may_stay), "{left:?}");
    assert!(left.iter().any(|key| key.ends_with(" / PERSON")), "the opt-out stays");
}

/// Eight days later every decision and every contact's history is as it was written down; one file of
/// decisions and one moment that somebody touched are both named.
pub(crate) async fn what_was_done_is_a_chain_and_what_it_names_is_as_it_was(stack: &mut Stack) {
    let planned = stack.clock.now().to_zoned(domain::hours::LONDON.clone()).date();
    stack.move_clock(SignedDuration::from_hours(8 * 24)).await.unwrap();
    // Delivered twice is done once.
    for _ in 0..2 {
        stack.invoke("report", "{}").await.unwrap();
    }
    let whole = verified(stack, 0);
    assert_eq!((&whole["whole"], &whole["problems"]), (&true.into(), &json!([])), "{whole}");
    let last = format!("record/{planned}-final.csv");
    let listed = stack.aftercall(&["audit", "list"]).unwrap();
    assert_eq!(listed.matches(&last).count(), 1, "{listed}");
    assert!(whole["files_whole"].as_u64().unwrap() >= 4, "{whole}");

    let keys = stack.keys().await.unwrap();
    let decisions = keys.iter().find(|key| key.starts_with("decisions/storm/")).unwrap();
    let record = String::from_utf8(stack.read(&last).await.unwrap().unwrap()).unwrap();
    let body = String::from_utf8(stack.read(decisions).await.unwrap().unwrap()).unwrap();
    assert!(body.lines().count() > 100 && !body.contains("7700"), "{decisions}");
    let changed = body.replacen("\"hold\"", "\"text\"", 1);
    assert_ne!(changed, body);
    stack.upload(decisions, changed.into_bytes()).await.unwrap();
    let texted = stack.contacts().await.unwrap();
    let texted = texted.iter().find(|contact| contact.state == State::Delivered).unwrap();
    assert!(record.contains(texted.id.tail()) && !record.contains("7700"));
    let moment = &texted.history[1];
    let line = format!("{} {} tampered", moment.at.as_second(), moment.state.name());
    let client = aws_sdk_dynamodb::Client::new(&stack.aws);
    client
        .update_item()
        .table_name("aftercall-local")
        .key("pk", AttributeValue::S(format!("PERSON#{}", texted.id.person())))
        .key("sk", AttributeValue::S(format!("CONTACT#{}", texted.id.tail())))
        .update_expression("SET #history[1] = :line")
        .expression_attribute_names("#history", "history")
        .expression_attribute_values(":line", AttributeValue::S(line))
        .send()
        .await
        .unwrap();
    let told = verified(stack, 1);
    let problems = told["problems"].as_array().unwrap();
    let of = |file: &str| -> Vec<&str> {
        let named = problems.iter().filter(|problem| problem["file"] == file);
        named.map(|problem| problem["problem"].as_str().unwrap()).collect()
    };
    assert_eq!(of(decisions), ["the file was changed after it was written"], "{told}");
    let [moment] = of(&last)[..] else { panic!("{told}") };
    let begins = format!("contact {} of log {}: moment 2 ", texted.id.tail(), texted.incident);
    assert!(moment.starts_with(&begins) && moment.contains("tampered"), "{moment}");
    assert_eq!(problems.len(), 2, "{told}");

    stack
        .s3()
        .delete_object()
        .bucket(stack.output("BucketName").unwrap())
        .key(decisions)
        .send()
        .await
        .unwrap();
    let told = verified(stack, 1);
    assert!(told.to_string().contains("the file is missing"), "{told}");
}

fn verified(stack: &Stack, code: i32) -> Value {
    let output = stack.run(&["audit", "verify", "--json"]).unwrap();
    let (said, why) = (output.stdout, String::from_utf8_lossy(&output.stderr).into_owned());
    assert_eq!(output.status.code(), Some(code), "{} {why}", String::from_utf8_lossy(&said));
    serde_json::from_slice(&said).unwrap()
}

/// What people did was written down, and a record that somebody touched is found.
pub(crate) async fn what_people_did_is_a_chain(stack: &Stack) {
    let listed = stack.aftercall(&["audit", "list"]).unwrap();
    for act in ["approved", "published", "exported", "erased"] {
        assert!(listed.contains(act), "{act}: {listed}");
    }
    let client = aws_sdk_dynamodb::Client::new(&stack.aws);
    client
        .update_item()
        .table_name("aftercall-local")
        .key("pk", AttributeValue::S("AUDIT".to_owned()))
        .key("sk", AttributeValue::S("N#000000000002".to_owned()))
        .update_expression("SET #by = :by")
        .expression_attribute_names("#by", "by")
        .expression_attribute_values(":by", AttributeValue::S("nobody".to_owned()))
        .send()
        .await
        .unwrap();
    let output = stack.run(&["audit", "verify"]).unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("entry 2 was changed after it was written"), "{said}");
}

fn figures(stack: &Stack) -> Value {
    let told: Value =
        serde_json::from_str(&stack.aftercall(&["report", "--json"]).unwrap()).unwrap();
    told["total"].clone()
}

/// The keys of every item in the table in which a text stands.
#[expect(clippy::disallowed_methods, reason = "to find what no index would show")]
pub(crate) async fn naming(stack: &Stack, text: &str) -> BTreeSet<String> {
    let client = aws_sdk_dynamodb::Client::new(&stack.aws);
    let mut pages = client.scan().table_name("aftercall-local").into_paginator().items().send();
    let mut found = BTreeSet::new();
    while let Some(item) = pages.next().await {
        let item = item.unwrap();
        if format!("{item:?}").contains(text) {
            let part = |name| item[name].as_s().unwrap().clone();
            found.insert(format!("{} / {}", part("pk"), part("sk")));
        }
    }
    found
}
