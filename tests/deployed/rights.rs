//! What somebody may ask about themselves, and the record of it, on the deployed stack.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use local::stack::Stack;
use serde_json::Value;

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

/// What people did was written down, and a record that somebody touched is found.
pub(crate) async fn what_people_did_is_a_chain(stack: &Stack) {
    let listed = stack.aftercall(&["audit", "list"]).unwrap();
    for act in ["approved", "published", "exported", "erased"] {
        assert!(listed.contains(act), "{act}: {listed}");
    }
    let whole = stack.aftercall(&["audit", "verify"]).unwrap();
    assert!(whole.contains("entries, whole"), "{whole}");
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
