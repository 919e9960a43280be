//! Drills in which the supplier, or what we know it by, is what fails.

use std::time::Duration;

use aws_sdk_ssm::types::ParameterType;
use domain::contact::State;
use jiff::SignedDuration;
use local::faults::hide_failed_for;
use local::stack::API_KEY;
use local::supplier::{ApiKey, Callback, Fault, Faults, SendFault};

use super::bench::{Bench, VISIBILITY, day_with, good_day};

/// Those who call the supplier.
const CALLERS: [&str; 2] = ["send", "reconcile"];

/// An address at which nobody listens.
const NOBODY: &str = "http://127.0.0.1:9";

/// Another key of the same service.
const NEW_KEY: &str =
    "local-26785a09-ab16-4eb0-8407-a37497a57506-11111111-8d35-48ac-975b-e847b4f122b0";

const NEW_TOKEN: &str = "another-callback-token-for-this-machine";

pub(super) async fn the_supplier_is_down_for_an_hour(bench: &mut Bench) {
    bench
        .begin(
            "supplier down for an hour",
            "half an hour no connection, half an hour 503 to everything",
        )
        .await;
    for function in CALLERS {
        bench.stack.set_variable(function, "NOTIFY_BASE_URL", NOBODY).await.unwrap();
    }
    let first = bench.land(10).await;
    bench.rest().await;
    bench.look().await;
    bench.pass(30).await;
    assert_eq!(bench.in_state(&first, &[State::Delivered]).await, 0);
    let supplier = bench.stack.supplier.base_url().to_owned();
    for function in CALLERS {
        bench.stack.set_variable(function, "NOTIFY_BASE_URL", &supplier).await.unwrap();
    }
    let down = Faults::none().chance(1_000, Fault::send(SendFault::Error503));
    bench.stack.supplier.behave(day_with(down.lookups_failing(1_000)));
    bench.land(10).await;
    bench.pass(30).await;
    bench.stack.supplier.behave(good_day());
    bench.mended();
    bench.stack.aftercall(&["redrive", "send", "--go"]).unwrap();
    bench.end(&["send-failed"]).await;
}

pub(super) async fn the_supplier_refuses_everything_for_an_hour(bench: &mut Bench) {
    bench
        .begin("supplier wrong for an hour", "400 to every text; mended, then `aftercall resume`")
        .await;
    let wrong = Faults::none().chance(1_000, Fault::send(SendFault::BadRequest400));
    bench.stack.supplier.behave(day_with(wrong));
    let contacts = bench.land(20).await;
    bench.pass(60).await;
    assert_eq!(bench.in_state(&contacts, &[State::Planned]).await, 20, "they wait");
    paused_and_told_once(bench).await;
    bench.stack.supplier.behave(good_day());
    bench.mended();
    bench.stack.aftercall(&["resume", "highways"]).unwrap();
    bench.end(&[]).await;
}

pub(super) async fn the_suppliers_clock_runs_away(bench: &mut Bench) {
    bench
        .begin("clocks apart", "20 s, which is borne; then 5 min: paused, clock mended, resumed")
        .await;
    bench.stack.supplier.move_clock(SignedDuration::from_secs(20));
    let near = bench.land(10).await;
    bench.rest().await;
    assert_eq!(bench.in_state(&near, &[State::Delivered]).await, 10);
    bench.stack.supplier.move_clock(SignedDuration::from_mins(5));
    let far = bench.land(10).await;
    bench.pass(20).await;
    assert_eq!(bench.in_state(&far, &[State::Planned]).await, 10, "they wait");
    paused_and_told_once(bench).await;
    bench.stack.supplier.move_clock(-SignedDuration::from_secs(320));
    bench.mended();
    bench.stack.aftercall(&["resume", "highways"]).unwrap();
    bench.end(&[]).await;
}

/// One message and not twenty.
async fn paused_and_told_once(bench: &mut Bench) {
    let heard = bench.news().await;
    let told = heard.iter().filter(|body| body.contains("a campaign has stopped texting"));
    assert_eq!(told.count(), 1, "{heard:?}");
    let status = bench.stack.run(&["status"]).unwrap();
    assert_eq!(status.status.code(), Some(1), "somebody must look");
}

pub(super) async fn keys_and_tokens_are_changed_in_flight(bench: &mut Bench) {
    bench
        .begin(
            "keys changed in flight",
            "the callback token and the Notify key replaced while texts, receipts and replies go",
        )
        .await;
    let key = |text| ApiKey::parse(text).unwrap();
    let old_token = bench.stack.callback_token().to_owned();
    let url = bench.stack.callback_url().unwrap();
    let refused = |bench: &Bench| {
        let counts = bench.stack.supplier.counts();
        let answers = [counts.receipts, counts.inbound, counts.sends];
        answers.iter().map(|answers| answers.with(401) + answers.with(403)).sum::<usize>()
    };
    let before = refused(bench);
    // A text that is cut off holds its claim: as on a real stack, its message is away meanwhile.
    hide_failed_for(&bench.stack, Duration::from_secs(30)).await.unwrap();
    bench.land(20).await;
    // The callbacks: old and new together, then the supplier changes, then the new alone.
    secret(bench, "notify/callback-tokens", &format!("{old_token} {NEW_TOKEN}")).await;
    read_again(bench, &["webhook"], "1").await;
    bench.stack.supplier.call_back(
        Some(Callback::new(&format!("{url}/notify/receipt"), NEW_TOKEN)),
        Some(Callback::new(&format!("{url}/notify/inbound"), NEW_TOKEN)),
    );
    bench.land(20).await;
    // The key: the supplier takes both until everybody has read the new one.
    bench.stack.supplier.take_keys(vec![key(API_KEY), key(NEW_KEY)]);
    secret(bench, "notify/api-key", NEW_KEY).await;
    read_again(bench, &CALLERS, "1").await;
    bench.stack.supplier.take_keys(vec![key(NEW_KEY)]);
    bench.land(20).await;
    bench.rest().await;
    secret(bench, "notify/callback-tokens", NEW_TOKEN).await;
    read_again(bench, &["webhook"], "2").await;
    bench.land(10).await;
    bench.mended();
    bench.end(&[]).await;
    hide_failed_for(&bench.stack, VISIBILITY).await.unwrap();
    assert_eq!(refused(bench), before, "nobody was refused on the way");
}

async fn secret(bench: &Bench, name: &str, value: &str) {
    aws_sdk_ssm::Client::new(&bench.stack.aws)
        .put_parameter()
        .name(format!("/aftercall/local/{name}"))
        .value(value)
        .r#type(ParameterType::SecureString)
        .overwrite(true)
        .send()
        .await
        .unwrap();
}

/// Has functions start anew, as the runbook does by their description.
async fn read_again(bench: &Bench, functions: &[&str], turn: &str) {
    for function in functions {
        bench.stack.set_variable(function, "SECRETS_READ_AGAIN", turn).await.unwrap();
    }
}
