//! The adapters on the emulator: the table keeps the same contract as the world in memory, the
//! queue and the bucket do what their ports say. On the table that the template makes.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use adapters::extracts::Bucket;
use adapters::queue::SqsQueue;
use adapters::table::{Publication, Table};
use domain::contact::ContactId;
use domain::feed::Reject;
use domain::messages::SendMessage;
use domain::ports::{Catalogue as _, Extracts as _, Queue as _};
use local::emulator::Emulator;
use local::stack::Stack;
use local::supplier::Behaviour;
use testkit::{contract, samples};

/// The moment the contract speaks of.
const NOW: &str = "2026-03-10T10:00:00Z";

#[tokio::test(flavor = "multi_thread")]
async fn the_adapters_keep_the_contract_on_the_emulator() {
    let stack = Stack::start(NOW, Behaviour::default(), &|_| ()).await.unwrap();
    let table = stack.table().unwrap();
    contract::all(&table, "table").await;
    a_version_is_published_once_and_read_back(&table).await;
    a_queue_takes_more_than_a_batch(&stack).await;
    a_reject_is_laid_where_it_can_be_found(&stack).await;
}

async fn a_version_is_published_once_and_read_back(table: &Table) {
    let now = NOW.parse().unwrap();
    let mut file = samples::campaign_file();
    file.name = "contract".to_owned();
    let publish = async |file: &_| table.publish_campaign(file, "test", now).await.unwrap();
    assert_eq!(publish(&file).await, Publication::New(1));
    assert_eq!(publish(&file).await, Publication::Same(1));
    let first = file.check().unwrap();
    file.title = "Another".to_owned();
    assert_eq!(publish(&file).await, Publication::New(2));
    let in_force = table.campaigns().await.unwrap();
    let ours = in_force.iter().find(|campaign| campaign.body.id == first.id).unwrap();
    assert_eq!((ours.version, ours.body.title.as_str()), (2, "Another"));
    assert_eq!(table.campaign(&first.id, 1).await.unwrap(), Some(first.clone()));
    assert_eq!(table.campaign(&first.id, 3).await.unwrap(), None);
    let profile = table.profile().await.unwrap().unwrap();
    assert_eq!(profile.body, samples::profile());
}

async fn a_queue_takes_more_than_a_batch(stack: &Stack) {
    // A dead-letter queue has no trigger, so what is put on it stays to be counted.
    let url = stack.output("SendFailedQueueUrl").unwrap().to_owned();
    let queue = SqsQueue::new(&stack.aws, url);
    let contact = ContactId::parse(&format!("{}-{}", "a".repeat(32), "0".repeat(16))).unwrap();
    let messages = vec![SendMessage::ContactV1 { contact }; 23];
    queue.put(&messages).await.unwrap();
    queue.put(&Vec::<SendMessage>::new()).await.unwrap();
    assert_eq!(stack.waiting("SendFailedQueueUrl").await.unwrap(), 23);
}

async fn a_reject_is_laid_where_it_can_be_found(stack: &Stack) {
    let bucket = Bucket::new(&stack.aws, stack.output("BucketName").unwrap().to_owned());
    let reject = Reject {
        line: 7,
        column: "Opened".to_owned(),
        reason: "is blank".to_owned(),
        row: "=1+1,x".to_owned(),
    };
    // Another folder than extracts/, so that no function is woken.
    bucket.reject("nowhere/contract.csv", &[reject]).await.unwrap();
    let laid = stack.read("rejects/nowhere/contract.csv.rejects.csv").await.unwrap().unwrap();
    let laid = String::from_utf8(laid).unwrap();
    assert!(laid.contains("\"7\",\"Opened\",\"is blank\",\"'=1+1,x\""), "{laid}");
    assert!(bucket.open("extracts/storm/nothing.csv").await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emulator_leaves_nothing_behind() {
    let emulator = Emulator::start().await.unwrap();
    let folder = emulator.scratch();
    assert!(folder.exists());
    drop(emulator);
    assert!(!folder.exists());
}
