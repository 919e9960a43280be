//! Reads a partner's file: hands receipts and scores on as they are, and keeps replies first.
//!
//! The same file again changes nothing: a reply is kept under its own id, and whoever takes a receipt
//! or a score from the queue passes over what it has. No number goes onto the queue.

use anyhow::Context as _;
use domain::feed::Unreadable;
use domain::messages::InboundMessage;
use domain::person::Pepper;
use domain::ports::{Alerts, Call, Doorstep, Extracts, Heard, Partners, Queue};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;

use crate::{Opened, Rejects};

/// Where partners' files land, each partner's in a folder of its name.
pub const FOLDER: &str = "inbox/";

/// What came of a partner's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was read to its end.
    Read(Counts),
    /// It could not be read at all: one reject, one alert.
    Unreadable(Unreadable),
}

/// What a partner's file brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows that could be read to their end.
    pub rows: u64,
    /// Rows that could not.
    pub rejects: u64,
    /// Receipts and scores that were queued.
    pub told: u64,
    /// Replies that were queued.
    pub replies: u64,
    /// Replies among them that were kept before.
    pub repeated: u64,
}

/// How much is heard before it is handed on: the memory this needs.
const IN_HAND: usize = 512;

/// How many replies are kept at the same time.
const REPLIES_AT_ONCE: usize = 16;

/// Reads one file of a partner.
///
/// # Errors
/// The bucket, the table or the queue failed: deliver again.
pub async fn handle(
    table: &(impl Partners + Doorstep),
    queue: &impl Queue<InboundMessage>,
    bucket: &impl Extracts,
    alerts: &impl Alerts,
    pepper: &Pepper,
    key: &str,
    now: Timestamp,
) -> anyhow::Result<Outcome> {
    let extract = bucket.open(key).await?;
    let tag = extract.tag.clone();
    let outcome = read(table, queue, bucket, alerts, pepper, Opened { key, extract }, now).await?;
    bucket.done(key, &tag).await?;
    Ok(outcome)
}

async fn read(
    table: &(impl Partners + Doorstep),
    queue: &impl Queue<InboundMessage>,
    bucket: &impl Extracts,
    alerts: &impl Alerts,
    pepper: &Pepper,
    Opened { key, extract }: Opened<'_>,
    now: Timestamp,
) -> anyhow::Result<Outcome> {
    let unreadable = async |reason: Unreadable| {
        crate::refuse(bucket, alerts, key, &reason).await?;
        Ok(Outcome::Unreadable(reason))
    };
    let name = key.split('/').nth(1).unwrap_or_default();
    let Some(partner) = table.partner(name).await? else {
        return unreadable(Unreadable::UnknownPartner(name.to_owned())).await;
    };
    let mut rows = match partner.body.open(extract.body).context("read a partner's file")? {
        Ok(rows) => rows,
        Err(reason) => return unreadable(reason).await,
    };
    let mut counts = Counts::default();
    let mut rejects = Rejects::default();
    let mut in_hand = Vec::new();
    while let Some(told) = rows.read(pepper, now).context("read a partner's file")? {
        in_hand.extend(told.heard);
        match told.reject {
            Some(reject) => rejects.add(reject),
            None => counts.rows += 1,
        }
        if in_hand.len() >= IN_HAND {
            hand_on(table, queue, std::mem::take(&mut in_hand), &mut counts).await?;
        }
    }
    hand_on(table, queue, in_hand, &mut counts).await?;
    counts.rejects = rejects.count;
    rejects.lay(bucket, alerts, key, counts.rows).await?;
    Ok(Outcome::Read(counts))
}

/// Keeps the replies, then queues everything: a message on the queue finds what it speaks of.
async fn hand_on(
    table: &impl Doorstep,
    queue: &impl Queue<InboundMessage>,
    heard: Vec<Heard>,
    counts: &mut Counts,
) -> anyhow::Result<()> {
    let mut messages = Vec::new();
    let mut calls = Vec::new();
    for heard in heard {
        match heard {
            Heard::Receipt(message) => messages.push(message),
            Heard::Reply(call) => calls.push(call),
        }
    }
    counts.told += messages.len() as u64;
    counts.replies += calls.len() as u64;
    let kept: Vec<bool> = stream::iter(&calls)
        .map(|call| table.keep_call(call))
        .buffer_unordered(REPLIES_AT_ONCE)
        .try_collect()
        .await?;
    // One that was kept before is queued again, in case its first message was lost.
    counts.repeated += kept.iter().filter(|is_new| !**is_new).count() as u64;
    messages.extend(calls.into_iter().map(|call| {
        let Call { supplier, message, .. } = call;
        InboundMessage::ReplyV1 { supplier, message }
    }));
    if messages.is_empty() {
        return Ok(());
    }
    queue.put(&messages).await
}

#[cfg(test)]
mod tests {
    use domain::contact::Receipt;
    use domain::phone::DramaNumbers;
    use domain::ports::Alert;
    use testkit::{World, samples};

    use super::*;
    use crate::{Keys, Landed};

    const SAMPLE: &str = include_str!("../../../events/inbox/rant-and-rave.csv");
    const KEY: &str = "inbox/rant-and-rave/10 March.csv";
    const HEADER: &str = "\
        ClientReference,Mobile,EventTime,DeliveryStatus,ResponseId,Response,Sentiment\n";

    fn now() -> Timestamp {
        "2026-03-11T10:00:00Z".parse().unwrap()
    }

    async fn read(world: &World, key: &str) -> anyhow::Result<Outcome> {
        let keys = Keys { pepper: samples::pepper(), drama: DramaNumbers::Allowed };
        match crate::landed(world, world, world, world, &keys, key, now()).await? {
            Landed::Inbox(outcome) => Ok(outcome),
            Landed::Extract(outcome) => panic!("{outcome:?}"),
        }
    }

    fn lay(world: &World, key: &str, body: &str) {
        let file = (body.as_bytes().to_vec(), now());
        world.with(|state| state.extracts.insert(key.to_owned(), file));
    }

    async fn counts(world: &World) -> Counts {
        match read(world, KEY).await.unwrap() {
            Outcome::Read(counts) => counts,
            Outcome::Unreadable(why) => panic!("{why}"),
        }
    }

    /// What is on the queue, each message once, in whatever order.
    fn queued(world: &World) -> Vec<String> {
        let all = world.with(|state| state.inbound.clone());
        let mut all: Vec<_> = all.iter().map(|message| format!("{message:?}")).collect();
        all.sort();
        all.dedup();
        all
    }

    #[tokio::test]
    async fn a_file_is_handed_on_without_a_number_and_twice_is_once() {
        let world = World::new();
        lay(&world, KEY, SAMPLE);
        let first = counts(&world).await;
        let expected = Counts { rows: 4, rejects: 1, told: 3, replies: 1, repeated: 0 };
        assert_eq!(first, expected);
        let once = queued(&world);
        assert_eq!(once.len(), 4);
        assert!(once.iter().all(|message| !message.contains("7700")), "{once:?}");
        let kept = world.with(|state| state.calls.clone());
        assert_eq!(kept.len(), 1);
        let (supplier, message) = kept.first_key_value().unwrap().0;
        assert_eq!(
            (supplier.as_str(), message.as_str()),
            ("exchange:rant-and-rave", "R-20260310-0007")
        );
        assert_eq!(counts(&world).await, Counts { repeated: 1, ..expected });
        assert_eq!(queued(&world), once);
        assert_eq!(world.with(|state| state.calls.clone()), kept);
        let rejects = world.with(|state| state.rejects[KEY].clone());
        assert_eq!((rejects.len(), rejects[0].line), (1, 6));
        let alert = Alert::Rejects { key: KEY.to_owned(), rows: 1 };
        assert_eq!(world.with(|state| state.alerts.clone()), [alert.clone(), alert]);
    }

    #[tokio::test]
    async fn rows_in_any_order_say_the_same() {
        let (header, rows) = SAMPLE.split_once('\n').unwrap();
        let mut rows: Vec<&str> = rows.lines().collect();
        let mut seen = Vec::new();
        for _ in 0..rows.len() {
            rows.rotate_left(1);
            let world = World::new();
            lay(&world, KEY, &format!("{header}\n{}\n", rows.join("\n")));
            counts(&world).await;
            seen.push((queued(&world), world.with(|state| state.calls.clone())));
        }
        assert!(seen.windows(2).all(|two| two[0] == two[1]), "{seen:?}");
    }

    #[tokio::test]
    async fn a_cry_for_help_is_heard_whatever_the_rest_of_its_row_is() {
        let world = World::new();
        let row = "not-ours,07700900123,10/03/2026 10:00,GONE,,help he has a knife,999\n";
        lay(&world, KEY, &format!("{HEADER}{row}"));
        let expected = Counts { rejects: 1, replies: 1, ..Counts::default() };
        assert_eq!(counts(&world).await, expected);
        assert_eq!(world.with(|state| state.inbound.len()), 1);
    }

    #[tokio::test]
    async fn more_than_is_held_in_hand_is_handed_on_too() {
        let world = World::new();
        let rows = (0..1300).map(|n| format!(",07700900123,10/03/2026 10:00,,R-{n},5,\n"));
        lay(&world, KEY, &format!("{HEADER}{}", rows.collect::<String>()));
        let counts = counts(&world).await;
        assert_eq!((counts.rows, counts.replies, counts.repeated), (1300, 1300, 0));
        assert_eq!(world.with(|state| (state.calls.len(), state.inbound.len())), (1300, 1300));
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_read_wakes_somebody() {
        let check = async |key: &str, body: &str, told: &str| {
            let world = World::new();
            lay(&world, key, body);
            let Outcome::Unreadable(reason) = read(&world, key).await.unwrap() else {
                panic!("{key} {body}")
            };
            assert_eq!(reason.to_string(), told);
            let alert = Alert::Unreadable { key: key.to_owned(), why: told.to_owned() };
            assert_eq!(world.with(|state| state.alerts.clone()), [alert]);
            assert_eq!(world.with(|state| state.rejects[key].len()), 1);
            assert!(world.with(|state| state.inbound.is_empty()));
        };
        let nobody = "no partner that brings files is published as";
        check("inbox/nobody/a.csv", SAMPLE, &format!("{nobody} \"nobody\"")).await;
        check("inbox/a.csv", SAMPLE, &format!("{nobody} \"a.csv\"")).await;
        check(KEY, "", "the file is empty").await;
        check(KEY, "<html>", "the file is a web page or XML, not text; export it again as CSV")
            .await;
    }

    #[tokio::test]
    async fn a_file_without_a_good_row_wakes_somebody_too() {
        let world = World::new();
        lay(&world, KEY, &format!("{HEADER}x,,soon,DELIVERED,,,\n"));
        assert_eq!(counts(&world).await, Counts { rejects: 1, ..Counts::default() });
        let why = "not one of its rows could be read".to_owned();
        let alert = Alert::Unreadable { key: KEY.to_owned(), why };
        assert_eq!(world.with(|state| state.alerts.clone()), [alert]);
    }

    #[tokio::test]
    async fn each_failure_comes_again_and_nothing_is_lost() {
        for port in ["partner", "open", "keep_call", "put inbound", "reject", "raise", "done"] {
            let world = World::new();
            lay(&world, KEY, SAMPLE);
            world.fail(port, 1);
            read(&world, KEY).await.unwrap_err();
            read(&world, KEY).await.unwrap();
            assert_eq!(queued(&world).len(), 4, "{port}");
            assert_eq!(world.with(|state| state.calls.len()), 1, "{port}");
            assert_eq!(world.with(|state| state.rejects[KEY].len()), 1, "{port}");
            let delivered = format!("{:?}", Receipt::Delivered);
            assert!(queued(&world).iter().any(|message| message.contains(&delivered)), "{port}");
        }
    }
}
