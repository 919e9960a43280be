//! Back from a backup on the deployed stack: what was lost is there again, nobody is texted twice, and
//! what was forgotten since stays forgotten.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::contact::{Contact, State};
use domain::person::{Pepper, PersonId};
use domain::phone::Mobile;
use domain::ports::{Call, Doorstep as _, Inbox as _, Ledger as _, LogBook as _, Numbers as _};
use domain::score::Score;
use jiff::SignedDuration;
use local::faults::extract::Wave;
use local::stack::{PEPPER, SAMPLE_NOW, STACK, Stack};
use local::supplier::{Behaviour, People};
use serde_json::Value;

use crate::MACHINE;
use crate::replies::until;
use crate::rights::naming;

/// Texted before the backup: erased since; lost with its log.
const ERASED: &str = "07700900010";
const LOST: &str = "07700900011";

/// Queued when the backup is made: says STOP since; texted since; lost before it could be.
const STOPPED: &str = "07700900020";
const TEXTED_SINCE: &str = "07700900021";
const NEVER_TEXTED: &str = "07700900022";

/// A reply from [`LOST`] that is kept when the backup is made, lost since, and was never read.
const UNREAD: &str = "740e5834-3a29-46b4-9a6f-16142fde533b";

const BACKUP: &str = "aftercall-local-restored";

fn person(number: &str) -> PersonId {
    let mobile = Mobile::from_supplier(number).unwrap();
    Pepper::parse(PEPPER).unwrap().person(&mobile)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_lost_is_back_nobody_is_texted_twice_and_the_forgotten_stay_so() {
    let _alone = MACHINE.lock().await;
    let behaviour = Behaviour { people: People::silent(), ..Behaviour::default() };
    let mut stack = Stack::start(SAMPLE_NOW, behaviour, &|_| ()).await.unwrap();
    land(&stack, 0, 2, "0770090001").await;
    until(&stack, "two are texted", async |stack| in_state(stack, State::Delivered).await == 2)
        .await;
    stack.trigger("send", false).await.unwrap();
    land(&stack, 2, 3, "0770090002").await;
    until(&stack, "three are planned", async |stack| stack.contacts().await.unwrap().len() == 5)
        .await;
    stack.invoke("dispatch", "{}").await.unwrap();
    until(&stack, "three are queued", async |stack| in_state(stack, State::Queued).await == 3)
        .await;

    let table = stack.table().unwrap();
    let reply = Call {
        supplier: "notify".to_owned(),
        message: UNREAD.to_owned(),
        person: person(LOST),
        sender: LOST.to_owned(),
        answers: None,
        text: "5 thanks".to_owned(),
        received_at: stack.clock.now(),
    };
    table.keep_call(&reply).await.unwrap();

    let dynamodb = aws_sdk_dynamodb::Client::new(&stack.aws);
    let made = dynamodb.create_backup().table_name(STACK).backup_name("rehearsal").send();
    let made = made.await.unwrap().backup_details.unwrap();

    // Life goes on: one contact is lost before it is sent, the others are texted.
    let never = contact(&stack, NEVER_TEXTED).await;
    lose(&stack, &format!("PERSON#{}", person(NEVER_TEXTED)), "CONTACT").await;
    stack.trigger("send", true).await.unwrap();
    until(&stack, "the others are texted", async |stack| {
        in_state(stack, State::Delivered).await == 4
            && stack.waiting("SendQueueUrl").await.unwrap() == 0
    })
    .await;
    stack.supplier.receive(STOPPED, "STOP");
    until(&stack, "the opt-out is kept", async |stack| {
        let table = stack.table().unwrap();
        table.person(&person(STOPPED)).await.unwrap().opted_out.is_some()
            && stack.is_quiet().await.unwrap()
    })
    .await;
    let (lost, since) = (contact(&stack, LOST).await, contact(&stack, TEXTED_SINCE).await);
    let why = ["--why", "request ER-7", "--by", "A. Officer"];
    stack.aftercall(&[&["person", "erase", ERASED, "--yes"][..], &why].concat()).unwrap();
    // And then something goes wrong.
    for number in [LOST, TEXTED_SINCE, STOPPED] {
        lose(&stack, &format!("PERSON#{}", person(number)), "CONTACT").await;
    }
    lose(&stack, &format!("NUMBER#{}", person(LOST)), "NUMBER").await;
    lose(&stack, &format!("NUMBER#{}", person(STOPPED)), "NUMBER").await;
    lose(&stack, &format!("LOG#{}", lost.incident), "LOG").await;
    lose(&stack, &format!("CALL#notify#{UNREAD}"), "CALL").await;

    let beside = dynamodb.restore_table_from_backup().target_table_name(BACKUP);
    beside.backup_arn(made.backup_arn).send().await.unwrap();
    until(&stack, "the backup is there", async |_| {
        let asked = dynamodb.describe_table().table_name(BACKUP).send().await;
        asked.is_ok_and(|told| {
            told.table().and_then(|table| table.table_status()).map(|status| status.as_str())
                == Some("ACTIVE")
        })
    })
    .await;
    let restore = ["restore", "--from", BACKUP, "--json"];
    let dry: Value = serde_json::from_str(&stack.aftercall(&restore).unwrap()).unwrap();
    assert!(stack.table().unwrap().contact(&lost.id).await.unwrap().is_none(), "a look is no deed");
    let go = [&restore[..], &["--go", "--by", "A. Officer"]].concat();
    let mut done: Value = serde_json::from_str(&stack.aftercall(&go).unwrap()).unwrap();
    let back = serde_json::json!({"CALL": 1, "CONTACT": 4, "LOG": 1, "NUMBER": 1});
    assert_eq!(done["back"], back, "{done}");
    assert_eq!((&done["to_ask"], &done["unread"]), (&3.into(), &1.into()), "{done}");
    done["done"] = false.into();
    assert_eq!(dry, done, "what was said is what was done");

    until(&stack, "what nobody had read is read", async |_| {
        table.call("notify", UNREAD).await.unwrap().unwrap().read_at.is_some()
    })
    .await;
    let answer = contact(&stack, LOST).await.answer.unwrap();
    assert_eq!(answer.score, Score::new(5));
    assert!(table.log(&lost.incident).await.unwrap().record.is_some());
    assert!(table.number(&person(LOST)).await.unwrap().is_some());
    assert_eq!(table.number(&person(STOPPED)).await.unwrap(), None, "who left is not texted");
    assert_eq!(contact(&stack, LOST).await.state, State::Delivered);
    assert_eq!(contact(&stack, TEXTED_SINCE).await.state, State::Unknown);
    let again: Value = serde_json::from_str(&stack.aftercall(&go).unwrap()).unwrap();
    assert_eq!(again["back"], serde_json::json!({}), "{again}");

    // The supplier is asked, and only what it never had is sent.
    stack.move_clock(SignedDuration::from_mins(15)).await.unwrap();
    stack.invoke("reconcile", "{}").await.unwrap();
    assert_eq!(contact(&stack, NEVER_TEXTED).await.state, State::Planned);
    stack.invoke("dispatch", "{}").await.unwrap();
    until(&stack, "all five are told of", async |stack| {
        in_state(stack, State::Delivered).await == 5 && stack.is_quiet().await.unwrap()
    })
    .await;
    let texts = stack.supplier.ledger().texts_per_reference();
    assert!(texts.values().all(|count| *count == 1), "{texts:?}");
    assert!(texts.contains_key(&never.id.to_string()));
    assert!(texts.contains_key(&since.id.to_string()));
    let stopped = table.person(&person(STOPPED)).await.unwrap();
    assert!(stopped.opted_out.is_some(), "the opt-out stands");
    let left = naming(&stack, person(ERASED).as_str()).await;
    assert!(
        left.iter().all(|key| key.starts_with("AUDIT /") || key.ends_with("/ PERSON")),
        "{left:?}"
    );
    assert_eq!(naming(&stack, &format!("+44{}", &ERASED[1..])).await, BTreeSet::new());
    assert!(stack.aftercall(&["audit", "list"]).unwrap().contains("restored"));
    assert!(stack.aftercall(&["audit", "verify"]).unwrap().contains("entries, whole"));
}

/// Lands a wave of people whose numbers begin so: a test needs more than one wave of them.
async fn land(stack: &Stack, first: usize, size: usize, numbers: &str) {
    let wave = Wave::new(first, size, stack.clock.now());
    let extract = String::from_utf8(wave.extract).unwrap().replace("0770090000", numbers);
    stack.upload(&wave.key, extract.into_bytes()).await.unwrap();
}

async fn in_state(stack: &Stack, state: State) -> usize {
    stack.contacts().await.unwrap().iter().filter(|contact| contact.state == state).count()
}

async fn contact(stack: &Stack, number: &str) -> Contact {
    let file = stack.table().unwrap().person(&person(number)).await.unwrap();
    file.contacts.into_iter().next().unwrap()
}

/// Deletes the items of a partition whose sort key begins so, as a mistake would.
async fn lose(stack: &Stack, pk: &str, begins: &str) {
    let client = aws_sdk_dynamodb::Client::new(&stack.aws);
    let text = |value: &str| AttributeValue::S(value.to_owned());
    let found = client
        .query()
        .table_name(STACK)
        .key_condition_expression("pk = :pk AND begins_with(sk, :sk)")
        .expression_attribute_values(":pk", text(pk))
        .expression_attribute_values(":sk", text(begins))
        .send();
    let found = found.await.unwrap();
    assert!(!found.items().is_empty(), "nothing to lose under {pk}");
    for item in found.items() {
        let (pk, sk) = (item["pk"].clone(), item["sk"].clone());
        let lost = client.delete_item().table_name(STACK).key("pk", pk).key("sk", sk);
        lost.send().await.unwrap();
    }
}
