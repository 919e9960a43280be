//! The adapters on the emulator: the table keeps the same contract as the world in memory, the
//! queue and the bucket do what their ports say. On the table that the template makes.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use adapters::clock::Clock;
use adapters::config::Stage;
use adapters::extracts::{Bucket, rejects_key};
use adapters::queue::SqsQueue;
use adapters::supplier::exchange::client::Exchange;
use adapters::supplier::notify::client::{self, ApiKey, Notify};
use adapters::supplier::{Pace, Senders};
use adapters::table::campaigns::NotMoved;
use adapters::table::{Publication, Table};
use aws_sdk_dynamodb::types::AttributeValue;
use domain::approval::{Unapproved, Who};
use domain::budget::Money;
use domain::campaign::CampaignId;
use domain::contact::{Bill, Contact, ContactId, Plan, Receipt, SendClaim, State, Step};
use domain::experiment::PlanFile;
use domain::feed::Reject;
use domain::incident::{LogNumber, Outcome};
use domain::messages::SendMessage;
use domain::phone::Mobile;
use domain::ports::{
    Archive, Arrivals as _, Catalogue as _, Claim, Experiments as _, Extracts as _, Inquiry,
    Ledger, Lookup, Numbers as _, Order, Partners as _, Queue as _, Quote, Sent, Supplier as _,
};
use domain::supplier::SupplierName;
use domain::text::prepare;
use domain::wording::Wording;
use jiff::{SignedDuration, Timestamp};
use local::emulator::{Emulator, root};
use local::stack::Stack;
use local::supplier::{Behaviour, Fault, Faults, SendFault, Settings, Supplier, Template};
use testkit::{World, contract, samples};

const API_KEY: &str =
    "local-26785a09-ab16-4eb0-8407-a37497a57506-3d844edf-8d35-48ac-975b-e847b4f122b0";
const TEMPLATE_ID: &str = "f33517ff-2a88-4f6e-b855-c550268ce08a";

/// How long the deployed functions may take to hear a file.
const PATIENCE: Duration = Duration::from_secs(60);

/// The moment the contract speaks of.
const NOW: &str = "2026-03-10T10:00:00Z";

#[tokio::test(flavor = "multi_thread")]
async fn the_adapters_keep_the_contract_on_the_emulator() {
    let stack = Stack::start(NOW, Behaviour::default(), &|_| ()).await.unwrap();
    let table = stack.table().unwrap();
    contract::all(&table, "table").await;
    numbers_are_sealed_by_a_key_of_ones_own(&stack).await;
    the_plan_of_an_experiment_keeps_the_day_it_was_handed_in(&table).await;
    a_version_is_published_once_and_read_back(&table).await;
    a_partner_finds_one_file_and_what_it_brings_is_heard(&stack, &table).await;
    what_is_dead_is_shown_and_sent_back(&stack).await;
    a_queue_takes_more_than_a_batch(&stack).await;
    one_file_that_may_not_be_published_holds_back_the_others(&stack);
    one_screen_says_how_it_is(&stack);
    a_reject_is_laid_where_it_can_be_found(&stack).await;
}

/// The same contract where numbers are sealed; whoever reads the table and may not use the key, or moves
/// what is sealed to another item, has none.
async fn numbers_are_sealed_by_a_key_of_ones_own(stack: &Stack) {
    let kms = aws_sdk_kms::Client::new(&stack.aws);
    let key = kms.create_key().send().await.unwrap().key_metadata.unwrap().key_id;
    let sealed = || stack.table().unwrap().sealing(&stack.aws, Some(key.clone()));
    contract::all(&sealed(), "sealed").await;

    let mobile = Mobile::from_e164("+447700900777").unwrap();
    let [one, other] = ["one", "other"].map(|name| samples::pepper().stranger(name));
    let until = NOW.parse::<Timestamp>().unwrap() + SignedDuration::from_hours(24);
    sealed().keep_number(&one, &mobile, until).await.unwrap();
    assert_eq!(sealed().number(&one).await.unwrap(), Some(mobile.clone()), "by another process");
    let refused = stack.table().unwrap().number(&one).await.unwrap_err();
    assert!(format!("{refused:#}").contains("NUMBER_KEY_ARN"), "{refused:#}");

    let dynamodb = aws_sdk_dynamodb::Client::new(&stack.aws);
    let name = stack.output("TableName").unwrap();
    let place = |person| AttributeValue::S(format!("NUMBER#{person}"));
    let kept = dynamodb.get_item().table_name(name).key("pk", place(&one));
    let kept = kept.key("sk", AttributeValue::S("NUMBER".to_owned())).send().await.unwrap();
    let mut item = kept.item.unwrap();
    assert!(item.contains_key("sealed") && !format!("{item:?}").contains("7700900777"), "{item:?}");
    let shown = sealed().everything_of(&one, &mobile).await.unwrap();
    assert_eq!(shown[0]["mobile"], mobile.expose(), "to whoever asks what is kept about them");

    item.insert("pk".to_owned(), place(&other));
    dynamodb.put_item().table_name(name).set_item(Some(item)).send().await.unwrap();
    let refused = sealed().number(&other).await.unwrap_err();
    assert!(format!("{refused:#}").contains("another item's"), "{refused:#}");
}

async fn a_version_is_published_once_and_read_back(table: &Table) {
    let now: Timestamp = NOW.parse().unwrap();
    let mut file = samples::campaign_file();
    file.name = "contract".to_owned();
    let [bell, khan] = ["Sgt Bell", "Insp Khan"].map(who);
    let publish = async |file: &_, by| table.publish_campaign(file, by, now).await.unwrap();
    let approve = async |file: &_, base, by| {
        table.approve_campaign(file, base, by, now).await.unwrap();
    };
    // Not without another person's approval, of exactly these words, over what is in force now.
    assert_eq!(publish(&file, &bell).await, Err(Unapproved::Nobody.into()));
    approve(&file, 0, &bell).await;
    let oneself = Unapproved::Oneself("Sgt Bell".to_owned());
    assert_eq!(publish(&file, &bell).await, Err(oneself.into()));
    approve(&file, 0, &khan).await;
    assert_eq!(publish(&file, &bell).await, Ok(Publication::New(1)));
    assert_eq!(publish(&file, &bell).await, Ok(Publication::Same(1)));
    let first = file.check().unwrap();
    file.title = "Another".to_owned();
    approve(&file, 0, &khan).await;
    let outdated = Unapproved::Outdated { approved: 0, in_force: 1 };
    assert_eq!(publish(&file, &bell).await, Err(outdated.into()));
    approve(&file, 1, &khan).await;
    let later = now + SignedDuration::from_secs(1);
    let published = table.publish_campaign(&file, &bell, later).await.unwrap();
    assert_eq!(published, Ok(Publication::New(2)));
    let in_force = table.campaigns().await.unwrap();
    let ours = in_force.iter().find(|campaign| campaign.body.id == first.id).unwrap();
    assert_eq!((ours.version, ours.body.title.as_str()), (2, "Another"));
    assert_eq!(table.campaign(&first.id, 1).await.unwrap(), Some(first.clone()));
    assert_eq!(table.campaign(&first.id, 3).await.unwrap(), None);
    in_force_moves_back_and_ends(table, &first.id, [&bell, &khan]).await;
    let profile = table.profile().await.unwrap().unwrap();
    assert_eq!((profile.version, profile.body), (1, samples::profile()));
    // Another profile in between does not make the versions begin again.
    let mut other = samples::profile_file();
    other.name = "another-force".to_owned();
    let publish = async |file: &_| table.publish_profile(file, "test", now).await.unwrap();
    assert_eq!(publish(&other).await, Publication::New(1));
    assert_eq!(publish(&samples::profile_file()).await, Publication::New(2));
}

fn who(name: &str) -> Who {
    Who { name: name.to_owned(), principal: None }
}

/// What is in force moves as a whole, and everybody can see who moved it; versions stay as they are.
async fn in_force_moves_back_and_ends(table: &Table, id: &CampaignId, people: [&Who; 2]) {
    let [bell, khan] = people;
    let mut now: Timestamp = NOW.parse().unwrap();
    now += SignedDuration::from_mins(1);
    let mut next = || {
        now += SignedDuration::from_secs(1);
        now
    };
    let in_force = async || table.in_force().await.unwrap().campaigns.get(id).copied();
    // Of two who move it at once one wins, and the other is told.
    let both = (next(), next());
    let (one, other) = tokio::join!(
        table.roll_back(id, 1, bell, "version 2 is wrong", both.0),
        table.end_campaign(id, khan, "the pilot is over", both.1),
    );
    let (one, other) = (one.unwrap(), other.unwrap());
    assert!(one.is_ok() || other.is_ok(), "{one:?} {other:?}");
    if in_force().await != Some(1) {
        table.roll_back(id, 1, bell, "again", next()).await.unwrap().unwrap();
    }
    assert_eq!(in_force().await, Some(1));
    let again = table.roll_back(id, 1, bell, "x", next()).await.unwrap();
    assert_eq!(again, Err(NotMoved::Already));
    let missing = table.roll_back(id, 9, bell, "x", next()).await.unwrap();
    assert_eq!(missing, Err(NotMoved::NoVersion(9)));
    table.end_campaign(id, khan, "the pilot is over", next()).await.unwrap().unwrap();
    assert_eq!(in_force().await, None);
    assert!(table.in_force().await.unwrap().ended.contains(id));
    let ended = table.end_campaign(id, khan, "x", next()).await.unwrap();
    assert_eq!(ended, Err(NotMoved::Already));
    table.roll_back(id, 2, bell, "it was not over", next()).await.unwrap().unwrap();
    assert_eq!(in_force().await, Some(2));
    let shelf = table.shelf(id).await.unwrap();
    assert_eq!(shelf.versions.len(), 2);
    assert_eq!(shelf.versions[0].approved_by.as_deref(), Some("Insp Khan"));
    let last = shelf.moves.last().unwrap();
    assert_eq!((last.what.as_str(), last.version, last.from), ("rolled-back", 2, 1));
    assert_eq!((last.by.name.as_str(), last.why.as_deref()), ("Sgt Bell", Some("it was not over")));
}

async fn the_plan_of_an_experiment_keeps_the_day_it_was_handed_in(table: &Table) {
    let plan = include_str!("../infra/experiments/welfare.toml");
    let mut file: PlanFile = toml::from_str(plan).unwrap();
    let (first, later) = (NOW.parse().unwrap(), "2026-03-12T10:00:00Z".parse().unwrap());
    let publish = async |file: &PlanFile, at| table.publish_plan(file, "test", at).await.unwrap();
    assert_eq!(publish(&file, first).await, Publication::New(1));
    assert_eq!(publish(&file, later).await, Publication::Same(1));
    let kept = table.plans().await.unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!((kept[0].version, kept[0].body.at), (1, first));
    assert_eq!(kept[0].body.plan, file.check().unwrap());
    file.people_per_arm += 1;
    assert_eq!(publish(&file, later).await, Publication::New(2));
    let kept = table.plans().await.unwrap();
    assert_eq!((kept[0].version, kept[0].body.at), (2, later), "other words are another plan");
}

async fn a_partner_finds_one_file_and_what_it_brings_is_heard(stack: &Stack, table: &Table) {
    let now = NOW.parse().unwrap();
    let file = samples::partner_file();
    let published = table.publish_partner(&file, "test", now).await.unwrap();
    assert_eq!(published, Publication::New(1));
    let kept = table.partner("rant-and-rave").await.unwrap().unwrap();
    assert_eq!((kept.version, kept.body), (1, file.check().unwrap()));
    assert_eq!(table.partner("nobody").await.unwrap(), None);

    let exchange = Exchange::new(
        &stack.aws,
        stack.output("BucketName").unwrap().to_owned(),
        stack.table().unwrap(),
        stack.clock,
    );
    let pace = Pace::new(NonZeroU32::MAX, NonZeroU32::MIN);
    let mut senders = Senders::default();
    senders.exchange = Some((exchange, pace));
    let contact = Contact::plan(plan("rant-and-rave"), now);
    let (claim, mobile) = claimed(table, &contact, now).await;
    let supplier = SupplierName::exchange("rant-and-rave").unwrap();
    let account = Account { senders, claim, mobile, supplier };
    assert_eq!(account.look_up().await, Lookup::Unknown);
    for again in [false, true] {
        let sent = account.send(None).await;
        assert!(matches!(sent, Sent::Accepted { .. }), "again {again}: {sent:?}");
    }
    assert!(matches!(account.look_up().await, Lookup::Known { .. }));
    let outbox = stack.keys().await.unwrap();
    let files: Vec<_> = outbox.iter().filter(|key| key.starts_with("outbox/")).collect();
    assert_eq!(files, [&format!("outbox/rant-and-rave/{}.csv", contact.id)]);
    let laid = String::from_utf8(stack.read(files[0]).await.unwrap().unwrap()).unwrap();
    assert!(laid.contains("07700900123") && laid.contains("we cleared the road"), "{laid}");

    // The partner brings a receipt and a score; the deployed functions hear them.
    let header = "ClientReference,EventTime,DeliveryStatus,ResponseId,Mobile,Response,Sentiment";
    let row = format!("{},2026-03-10T10:05:00Z,DELIVERED,,,,0.5", contact.id);
    let brought = format!("{header}\n{row}\n").into_bytes();
    stack.upload("inbox/rant-and-rave/day.csv", brought).await.unwrap();
    let started = Instant::now();
    loop {
        let heard = table.contact(&contact.id).await.unwrap().unwrap();
        if heard.state == State::Delivered && heard.partner_score.is_some() {
            break;
        }
        let log = || local::emulator::tail(&stack.emulator.log());
        assert!(started.elapsed() < PATIENCE, "{:?}\n{}", heard.state, log());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// A dead message is counted by its kind, stays where it is until somebody says so, and then goes back.
async fn what_is_dead_is_shown_and_sent_back(stack: &Stack) {
    let sqs = aws_sdk_sqs::Client::new(&stack.aws);
    let dead = stack.output("SendFailedQueueUrl").unwrap();
    let contact = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-0123456789abcdef";
    let known = format!(r#"{{"type":"contact_v1","contact":"{contact}"}}"#);
    for body in [&known, &known, "{\"type\":\"contact_v9\"}"] {
        sqs.send_message().queue_url(dead).message_body(body).send().await.unwrap();
    }
    let told = stack.aftercall(&["redrive", "send"]).unwrap();
    assert!(told.contains("2  contact_v1\n"), "{told}");
    assert!(told.contains("1  contact_v9: this release cannot read it\n"), "{told}");
    assert!(told.ends_with("3 in send-failed; --go sends them back, when the cause is mended\n"));
    assert_eq!(stack.waiting("SendFailedQueueUrl").await.unwrap(), 3, "a look changes nothing");
    let told = stack.aftercall(&["redrive", "send", "--go"]).unwrap();
    assert!(told.contains("3 sent back"), "{told}");
    // What this release cannot read may be back by now: it failed again, and is not lost.
    let told = stack.aftercall(&["redrive", "send"]).unwrap();
    assert!(!told.contains("contact_v1"), "{told}");
}

/// Of files that are published together, either all come into force or none.
fn one_file_that_may_not_be_published_holds_back_the_others(stack: &Stack) {
    let prices = std::fs::read_to_string(root().join("infra/prices.toml")).unwrap();
    let dearer = prices.replacen("2026-01-01 = \"2.4\"", "2026-01-01 = \"2.5\"", 1);
    assert_ne!(prices, dearer);
    let path = stack.emulator.scratch().join("prices.toml");
    std::fs::write(&path, dearer).unwrap();
    let path = path.to_str().unwrap();
    let unapproved = "infra/campaigns/lost-found.toml";
    let output = stack.run(&["publish", path, unapproved, "--by", "Sgt Bell"]).unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(told.contains(&format!("{unapproved}: not published: ")), "{told}");
    assert!(told.ends_with("1 file cannot be published; nothing was\n"), "{told}");
    assert!(output.stdout.is_empty());
    let told = stack.aftercall(&["publish", "infra/prices.toml"]).unwrap();
    assert_eq!(told, "infra/prices.toml: prices version 1 says the same\n");
}

fn one_screen_says_how_it_is(stack: &Stack) {
    let output = stack.run(&["status", "--json"]).unwrap();
    assert_eq!(output.status.code(), Some(1), "no report has been written");
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["stage"], "local");
    let lines = told["lines"].as_array().unwrap();
    let line = |what: &str| lines.iter().find(|line| line["what"] == what).unwrap();
    assert_eq!(line("last report")["how"], "none");
    assert_eq!(line("alarms ringing")["light"], "well");
    let money = line("money this month")["how"].as_str().unwrap();
    assert!(money.contains("highways £0.00 of £40.00"), "{money}");
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

    // Whatever it is called, it is listed, noted, let land anew and read under the same name.
    let strange = "nowhere/it's 1 + 2 < 4 & 50% of \"R\u{fc}ck\".csv";
    bucket.reject(strange, &[]).await.unwrap();
    let strange = rejects_key(strange);
    let arrivals = bucket.lying_in("rejects/nowhere/it").await.unwrap();
    assert_eq!(arrivals.iter().map(|file| &file.key).collect::<Vec<_>>(), [&strange]);
    bucket.set_off(&strange, 2).await.unwrap();
    assert_eq!(bucket.times_set_off(&strange).await.unwrap(), 2);
    let extract = bucket.open(&strange).await.unwrap();
    assert_eq!(extract.tag, arrivals[0].tag);
    assert!((extract.taken_at - arrivals[0].at).get_seconds() < 60);
    assert_eq!(std::io::read_to_string(extract.body).unwrap().lines().count(), 1);
    bucket.done(&strange, &extract.tag).await.unwrap();
    assert!(bucket.done_with().await.unwrap().contains(&(strange, extract.tag)));

    // An object that is not there is none, and a bucket that is not there is a failure.
    let sealed = "record/nowhere.csv";
    assert!(bucket.laid(sealed).await.unwrap().is_none());
    assert!(!Archive::holds(&bucket, sealed, "hash").await.unwrap());
    let gone = Bucket::new(&stack.aws, "aftercall-nowhere".to_owned());
    let error = gone.laid(sealed).await.err().unwrap();
    assert!(format!("{error:#}").contains("NoSuchBucket"), "{error:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emulator_leaves_nothing_behind() {
    let emulator = Emulator::start().await.unwrap();
    let folder = emulator.scratch();
    assert!(folder.exists());
    drop(emulator);
    assert!(!folder.exists());
}

/// The client and the stand-in share no code: one was written from Notify's documents, the other
/// from its source.
#[tokio::test]
async fn the_client_tells_notifys_answers_apart() {
    let check = async |fault: SendFault, expected: &str| {
        assert_eq!(answer_to(fault).await, expected, "{fault:?}");
    };
    check(SendFault::Normal, "accepted, then known").await;
    check(SendFault::AcceptThenReset, "doubt, then known").await;
    check(SendFault::AcceptThen500, "doubt, then known").await;
    check(SendFault::AcceptThen504, "doubt, then known").await;
    check(SendFault::Garbage200, "doubt, then known").await;
    check(SendFault::Garbage201, "doubt, then known").await;
    check(SendFault::ResetUnaccepted, "doubt, then denied").await;
    check(SendFault::Error500, "doubt, then denied").await;
    check(SendFault::Error503, "doubt, then denied").await;
    check(SendFault::RateLimited, "retry, then denied").await;
    check(SendFault::DailyLimit, "retry, then denied").await;
    check(SendFault::Refused403, "stop, then denied").await;
}

#[tokio::test]
async fn a_supplier_that_cannot_be_reached_was_not_told() {
    let account = account_at("http://127.0.0.1:1").await;
    let sent = account.send(None).await;
    assert!(matches!(sent, Sent::Retry { after: None, .. }), "{sent:?}");
}

async fn answer_to(fault: SendFault) -> String {
    let mut settings = Settings::new(API_KEY, TEMPLATE_ID).unwrap();
    settings.clock_offset_seconds = 86_400;
    settings.behaviour.faults = Faults::none().script("07700900123", &[Fault::send(fault)]);
    let supplier = Supplier::start(settings).await.unwrap();
    let account = account_at(supplier.base_url()).await;
    let sent = match account.send(None).await {
        Sent::Accepted { .. } => "accepted",
        Sent::Retry { .. } => "retry",
        Sent::Refused { .. } => "refused",
        Sent::ConfigStop { .. } => "stop",
        Sent::Ambiguous { .. } => "doubt",
    };
    let found = match account.look_up().await {
        Lookup::Known { .. } => "known",
        Lookup::Unknown => "denied",
        Lookup::CannotSay => "silence",
    };
    format!("{sent}, then {found}")
}

#[tokio::test]
async fn a_template_of_the_forces_own_fills_itself_in() {
    const OWN: &str = "5d5d8f5c-0d3f-4c8f-9d5c-2a1f5e0b7c11";
    let mut settings = Settings::new(API_KEY, TEMPLATE_ID).unwrap();
    settings.clock_offset_seconds = 86_400;
    let content = "Police: we cleared the road on ((date)). STOP to opt out".to_owned();
    settings.templates.push(Template { id: OWN.to_owned(), version: 3, content });
    let supplier = Supplier::start(settings).await.unwrap();
    let account = account_at(supplier.base_url()).await;
    let sent = account.send(Some(OWN.to_owned())).await;
    assert!(matches!(sent, Sent::Accepted { .. }), "{sent:?}");
    let texts = supplier.ledger().texts;
    assert_eq!(texts[0].body, "Police: we cleared the road on 3 March. STOP to opt out");
    assert_eq!(texts[0].template_id, OWN);
    let unknown = account.send(Some(TEMPLATE_ID.replace('f', "0"))).await;
    assert!(matches!(unknown, Sent::ConfigStop { .. }), "{unknown:?}");
}

#[tokio::test]
async fn a_delivered_text_is_charged_and_told_to_the_thousandth_of_a_penny() {
    let mut settings = Settings::new(API_KEY, TEMPLATE_ID).unwrap();
    settings.clock_offset_seconds = 86_400;
    let supplier = Supplier::start(settings).await.unwrap();
    let account = account_at(supplier.base_url()).await;
    account.send(None).await;
    while !supplier.is_settled() {
        tokio::task::yield_now().await;
    }
    let Lookup::Known { receipt, bill, .. } = account.look_up().await else {
        unreachable!("it was accepted")
    };
    assert_eq!(receipt, Some(Receipt::Delivered));
    assert_eq!(bill, Some(Bill { segments: 1, amount: Money::from_millipence(2400) }));
}

#[tokio::test]
async fn more_replies_than_a_page_are_listed_oldest_first_and_each_once() {
    let mut settings = Settings::new(API_KEY, TEMPLATE_ID).unwrap();
    settings.clock_offset_seconds = 86_400;
    let supplier = Supplier::start(settings).await.unwrap();
    let sent: Vec<_> = (0..600)
        .map(|n| supplier.receive(&format!("07700900{:03}", n % 900), &format!("reply {n}")).id)
        .collect();
    let account = account_at(supplier.base_url()).await;
    let listed =
        async |since| account.senders.received(&SupplierName::notify(), since).await.unwrap();
    let all = listed(Timestamp::MIN).await;
    assert_eq!(all.iter().map(|reply| reply.message.clone()).collect::<Vec<_>>(), sent);
    let since = all[300].received_at;
    let later = listed(since).await;
    assert!(later.len() <= 300 && later.iter().all(|reply| reply.received_at >= since));
}

/// An account with the stand-in, and permission to text one person once.
struct Account {
    senders: Senders,
    claim: Box<SendClaim>,
    mobile: Mobile,
    supplier: SupplierName,
}

impl Account {
    async fn send(&self, template: Option<String>) -> Sent {
        let text = prepare("Police: we cleared the road on 3 March. STOP to opt out");
        let values = BTreeMap::from([("date", "3 March".to_owned())]);
        let order = Order {
            permit: (&*self.claim).into(),
            supplier: &self.supplier,
            to: &self.mobile,
            wording: &Wording { text, template, values },
            good_until: Timestamp::MAX,
        };
        self.senders.send(&order).await
    }

    async fn look_up(&self) -> Lookup {
        let inquiry = Inquiry {
            supplier: &self.supplier,
            reference: &self.claim.contact().id,
            supplier_id: None,
            to: None,
            claimed_at: NOW.parse().unwrap(),
        };
        self.senders.look_up(&inquiry).await.unwrap()
    }
}

/// A contact of this campaign.
fn plan(campaign: &str) -> Plan {
    Plan {
        incident: LogNumber::parse("HC-20260303-0412").unwrap(),
        person: samples::pepper().stranger("somebody"),
        campaign: CampaignId::parse(campaign).unwrap(),
        version: 1,
        outcome: Outcome::parse("cleared").unwrap(),
        area: String::new(),
        control: false,
        due_at: NOW.parse().unwrap(),
    }
}

/// A claim, as a won one is the only way to it.
async fn claimed(
    ledger: &impl Ledger,
    contact: &Contact,
    now: Timestamp,
) -> (Box<SendClaim>, Mobile) {
    assert!(ledger.plan(contact).await.unwrap());
    ledger.advance(&contact.id, &Step::Queue, now).await.unwrap();
    let quote =
        Quote { segments: 1, cost: Money::from_pence(3), monthly_cap: Money::from_pence(100) };
    let seen = ledger.contact(&contact.id).await.unwrap().unwrap();
    let Claim::Granted(claim) = ledger.claim(&seen, &quote, now).await.unwrap() else {
        unreachable!("nothing else holds it")
    };
    (claim, Mobile::from_e164("+447700900123").unwrap())
}

/// An account with the stand-in at this address.
async fn account_at(base_url: &str) -> Account {
    let now = NOW.parse().unwrap();
    let (claim, mobile) = claimed(&World::new(), &Contact::plan(plan("highways"), now), now).await;
    // The stand-in checks the token's time by a clock that is a day ahead, and so is ours.
    let clock = Clock::new(Stage::Local, 86_400).unwrap();
    let settings = client::Settings {
        base_url: base_url.to_owned(),
        template_id: TEMPLATE_ID.to_owned(),
        sender_id: None,
    };
    let key = ApiKey::parse(&API_KEY.into()).unwrap();
    let notify = Notify::new(adapters::http::client(Stage::Local).unwrap(), settings, key, clock);
    let pace = Pace::new(NonZeroU32::MAX, NonZeroU32::MIN);
    let mut senders = Senders::default();
    senders.notify = Some((notify, pace));
    Account { senders, claim, mobile, supplier: SupplierName::notify() }
}
