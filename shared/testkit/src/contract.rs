//! What every implementation of a port must do. The world in memory and the table on the emulator
//! are held to the same sentences; `unique` keeps runs on one table apart.

use std::collections::{BTreeMap, BTreeSet};

use domain::approval::Who;
use domain::audit::{Act, Deed};
use domain::budget::{Money, Month};
use domain::campaign::{CampaignId, Pause, Scope};
use domain::contact::{
    Agenda, Bill, Contact, ContactId, Plan, Receipt, Reply, Reservation, State, Step,
};
use domain::conversation::{Given, Question};
use domain::desk::{Desk, Lane, Sender, Task, TaskId, TaskStep};
use domain::eligibility::{Decision, RULESET, RuleId, Verdict};
use domain::followup::{self, FollowUp, FollowUpStep, Wanted};
use domain::incident::{
    Coded, Consent, CrimeLink, KnownCaller, Log, LogNumber, Marker, Outcome, Role, Source, Status,
};
use domain::language::Language;
use domain::logbook::{CallerRecord, LogFile, LogRecord};
use domain::nsir::{Category, Qualifier};
use domain::partner::{PartnerScore, Scale, Thousandths};
use domain::person::PersonId;
use domain::phone::Mobile;
use domain::ports::{
    Acted, Advance, AuditTrail, BudgetMove, Call, Catalogue, Charge, Claim, Desks, Doorstep,
    FollowUps, Inbox, Ledger, LogBook, Noted, Numbers, Quote, Replies, Saying, Sweeps, Switch,
    Written,
};
use domain::reply::{Class, read};
use domain::score::Score;
use domain::sentiment::{Sentiment, Valence};
use domain::supplier::SupplierName;
use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp, ToSpan};

/// Every sentence, one after the other; `run` keeps two runs on one table apart.
pub async fn all(
    table: &(
         impl Ledger
         + LogBook
         + Numbers
         + Doorstep
         + Inbox
         + Catalogue
         + Switch
         + Sweeps
         + FollowUps
         + Desks
         + Replies
         + AuditTrail
     ),
    run: &str,
) {
    let unique = |name: &str| format!("{run}-{name}");
    a_second_plan_is_refused(table, &unique("plan")).await;
    a_whole_life_reads_back(table, &unique("life")).await;
    a_write_from_an_old_revision_is_a_conflict(table, &unique("old")).await;
    a_claim_has_three_findings(table, &unique("claim")).await;
    a_claim_is_of_the_contact_as_it_was_seen(table, &unique("seen")).await;
    a_partners_latest_score_stays(table, &unique("score")).await;
    the_cap_is_never_passed(table, &unique("cap")).await;
    claims_that_come_together_are_each_told_their_own(table, &unique("together")).await;
    a_contact_is_on_one_list(table, &unique("list")).await;
    an_opt_out_stays(table, &unique("out")).await;
    a_number_is_kept(table, &unique("number")).await;
    a_log_reads_back(table, &unique("log")).await;
    a_log_is_found_by_its_day(table, &unique("day")).await;
    a_main_log_knows_its_duplicates(table, &unique("main")).await;
    a_link_is_found_from_both_ends(table, &unique("link")).await;
    a_reply_is_kept_once_and_noted_once(table, &unique("reply")).await;
    a_bill_gives_back_what_was_reserved_beyond_it(table, &unique("bill")).await;
    a_pause_holds_until_it_ends(table, &unique("pause")).await;
    a_sweep_is_remembered(table, &unique("sweep")).await;
    what_is_said_twice_in_a_minute_is_known(table, &unique("said")).await;
    a_follow_up_lives_and_its_money_with_it(table, &unique("follow")).await;
    a_task_is_on_one_list_and_taken_once(table, &unique("task")).await;
    a_deed_follows_the_one_before(table, &unique("deed")).await;
}

/// A moment long enough ago that nothing else is on the agenda then.
fn now() -> Timestamp {
    "2026-03-10T10:00:00Z".parse().unwrap()
}

/// How far back nothing else lies that is listed by its time.
const LONG_AGO: SignedDuration = SignedDuration::from_hours(400 * 24);

fn person(unique: &str) -> PersonId {
    crate::samples::pepper().stranger(unique)
}

fn mobile() -> Mobile {
    Mobile::from_e164("+447700900123").unwrap()
}

fn contact(unique: &str) -> Contact {
    Contact::plan(plan(unique), now())
}

fn plan(unique: &str) -> Plan {
    Plan {
        incident: LogNumber::parse(&format!("HC-{unique}")).unwrap(),
        person: person(unique),
        campaign: CampaignId::parse(&unique.to_lowercase()).unwrap(),
        version: 3,
        outcome: Outcome::parse("cleared").unwrap(),
        area: "A1".to_owned(),
        control: false,
        due_at: now(),
    }
}

fn quote(pence: u64, cap: u64) -> Quote {
    Quote { segments: 2, cost: Money::from_pence(pence), monthly_cap: Money::from_pence(cap) }
}

async fn planned(ledger: &impl Ledger, unique: &str) -> Contact {
    let contact = contact(unique);
    let until = now() + SignedDuration::from_hours(37 * 24);
    ledger.keep_number(contact.id.person(), &mobile(), until).await.unwrap();
    // A shorter time does not shorten the longer.
    ledger.keep_number(contact.id.person(), &mobile(), now()).await.unwrap();
    assert!(ledger.plan(&contact).await.unwrap());
    contact
}

async fn queued(ledger: &impl Ledger, unique: &str) -> Contact {
    let contact = planned(ledger, unique).await;
    match ledger.advance(&contact.id, &Step::Queue, now()).await.unwrap() {
        Advance::Moved(contact) => contact,
        other => panic!("{other:?}"),
    }
}

/// Claims a contact as it is.
async fn claim_now(
    ledger: &impl Ledger,
    id: &ContactId,
    quote: &Quote,
    now: Timestamp,
) -> anyhow::Result<Claim> {
    let seen = ledger.contact(id).await?.unwrap();
    ledger.claim(&seen, quote, now).await
}

/// A contact can be planned once, and everything of it reads back.
async fn a_second_plan_is_refused(ledger: &impl Ledger, unique: &str) {
    let contact = planned(ledger, unique).await;
    assert!(!ledger.plan(&contact).await.unwrap());
    assert_eq!(ledger.contact(&contact.id).await.unwrap(), Some(contact.clone()));
    let person = ledger.person(contact.id.person()).await.unwrap();
    assert_eq!(person.contacts, [contact]);
}

/// Every field of a contact that has lived is kept.
async fn a_whole_life_reads_back(ledger: &impl Ledger, unique: &str) {
    let id = queued(ledger, unique).await.id;
    assert!(matches!(
        claim_now(ledger, &id, &quote(5, 100), now()).await.unwrap(),
        Claim::Granted(_)
    ));
    let accept = Step::Accept { supplier_id: "supplier-1".to_owned() };
    for step in [accept, Step::Receive(Receipt::Temporary), Step::Receive(Receipt::Delivered)] {
        assert!(matches!(ledger.advance(&id, &step, now()).await.unwrap(), Advance::Moved(_)));
    }
    let reply = Reply {
        message: "m-1".to_owned(),
        at: now(),
        class: Class::Feedback,
        given: Some(Given { question: Question::Satisfaction, value: 4, at: now() }),
        sentiment: Sentiment::Positive,
        valence: Valence::new(612).unwrap(),
    };
    ledger.answer(&id, &reply).await.unwrap();
    ledger.answer(&id, &reply).await.unwrap();
    let contact = ledger.contact(&id).await.unwrap().unwrap();
    assert_eq!(contact.state, State::Delivered);
    assert_eq!(contact.supplier_id.as_deref(), Some("supplier-1"));
    assert_eq!(contact.attempts, 1);
    assert_eq!(contact.segments, 2);
    let answer = contact.answer.unwrap();
    assert_eq!(answer.messages, ["m-1"]);
    assert_eq!(answer.score, Score::new(4));
    assert_eq!((answer.given, answer.classes), (vec![reply.given.unwrap()], vec![Class::Feedback]));
    assert_eq!(answer.valence, reply.valence);
    let states: Vec<_> = contact.history.iter().map(|moment| moment.state.name()).collect();
    let expected =
        ["planned", "queued", "claimed", "accepted", "undelivered", "delivered", "delivered"];
    assert_eq!(states, expected);
    assert_eq!(ledger.contacts(std::slice::from_ref(&id)).await.unwrap().len(), 1);
}

/// The same words from the same person in the same minute are the first message's.
async fn what_is_said_twice_in_a_minute_is_known(inbox: &impl Inbox, unique: &str) {
    let who = person(unique);
    let [one, two] = ["m-1", "m-2"].map(|message| TaskId {
        supplier: "notify".to_owned(),
        message: format!("{unique}-{message}"),
    });
    let say = async |hash: &str, message| {
        let hash = hash.to_owned();
        inbox.first_said(&Saying { person: &who, hash, message, at: now() }).await.unwrap()
    };
    assert_eq!(say("aa", &one).await, one);
    assert_eq!(say("aa", &two).await, one);
    assert_eq!(say("aa", &one).await, one, "its own second delivery");
    assert_eq!(say("bb", &two).await, two);
}

/// A follow-up is planned once, claimed once as it was seen, and holds its price in the budget.
async fn a_follow_up_lives_and_its_money_with_it(table: &(impl FollowUps + Ledger), unique: &str) {
    let campaign = CampaignId::parse(&unique.to_lowercase()).unwrap();
    let plan = |kind, occasion: &str| {
        let wanted = Wanted {
            person: person(unique),
            kind,
            occasion: occasion.to_owned(),
            contact: Some(contact(unique).id),
            reply: TaskId::parse("notify/m-1"),
            supplier: SupplierName::notify(),
            due_at: now() - LONG_AGO,
        };
        FollowUp::plan(wanted, now() - LONG_AGO)
    };
    let first = plan(followup::Kind::Report, "one");
    assert!(table.plan_follow_up(&first).await.unwrap());
    assert!(!table.plan_follow_up(&first).await.unwrap());
    assert_eq!(table.follow_up(&first.id).await.unwrap(), Some(first.clone()));
    assert_eq!(
        table.person(&person(unique)).await.unwrap().follow_ups,
        std::slice::from_ref(&first)
    );
    let due = async || {
        table.follow_ups_due(now() - (LONG_AGO - SignedDuration::from_hours(24))).await.unwrap()
    };
    assert_eq!(due().await, std::slice::from_ref(&first.id));
    let advance = async |id, step: FollowUpStep| {
        table.advance_follow_up(id, &step, Some(&campaign), now()).await.unwrap()
    };
    assert!(advance(&first.id, FollowUpStep::Queue).await);
    let seen = table.follow_up(&first.id).await.unwrap().unwrap();
    let (price, cap) = (Money::from_pence(3), Money::from_pence(5));
    let charge = || Charge { segments: 1, cost: price, budget: Some((&campaign, cap)) };
    let claim = table.claim_follow_up(&seen, &charge(), now()).await.unwrap().unwrap();
    assert_eq!(claim.follow_up().reservation.map(|held| held.amount), Some(price));
    let again = table.claim_follow_up(&seen, &charge(), now()).await.unwrap();
    assert_eq!(again.unwrap_err(), Written::Conflict);

    let second = plan(followup::Kind::WrongPerson, "two");
    assert!(table.plan_follow_up(&second).await.unwrap());
    assert!(advance(&second.id, FollowUpStep::Queue).await);
    let seen = table.follow_up(&second.id).await.unwrap().unwrap();
    let refused = table.claim_follow_up(&seen, &charge(), now()).await.unwrap();
    assert_eq!(refused.unwrap_err(), Written::OverBudget);
    let back = FollowUpStep::PutBack { until: now(), why: "busy".to_owned() };
    assert!(advance(&first.id, back).await);
    let claimed = table.claim_follow_up(&seen, &charge(), now()).await.unwrap();
    assert!(claimed.is_ok(), "what was not sent gives its money back");
    let free = plan(followup::Kind::Safety, "three");
    assert!(table.plan_follow_up(&free).await.unwrap());
    assert!(table.advance_follow_up(&free.id, &FollowUpStep::Queue, None, now()).await.unwrap());
    let seen = table.follow_up(&free.id).await.unwrap().unwrap();
    let charge = Charge { segments: 1, cost: price, budget: None };
    assert!(table.claim_follow_up(&seen, &charge, now()).await.unwrap().is_ok());
    for id in [&first.id, &second.id, &free.id] {
        let accept = FollowUpStep::Accept { supplier_id: "t".to_owned() };
        advance(id, accept).await;
        advance(id, FollowUpStep::Cancel { why: "over".to_owned() }).await;
    }
    assert_eq!(due().await, []);
    let day = (now() - LONG_AGO).to_zoned(domain::hours::LONDON.clone()).date();
    let settled = table.follow_ups_settled(day, day).await.unwrap();
    let mine = settled.iter().filter(|f| *f.id.person() == person(unique));
    assert_eq!(mine.count(), 3);
}

/// A task is laid out once, is on one list at a time, and is taken by one person.
async fn a_task_is_on_one_list_and_taken_once(table: &impl Desks, unique: &str) {
    let id = TaskId { supplier: "notify".to_owned(), message: unique.to_owned() };
    let from = Sender {
        person: person(unique),
        contact: Some(contact(unique).id),
        log: Some(LogNumber::parse("HC-1").unwrap()),
        received_at: now() - LONG_AGO,
    };
    let long_ago = from.received_at;
    let task = Task::open(id.clone(), Desk::ControlRoom, Class::Emergency, from, long_ago);
    assert!(table.open_task(&task).await.unwrap());
    assert!(!table.open_task(&task).await.unwrap());
    assert_eq!(table.task(&id).await.unwrap(), Some(task));
    let on = async |lane| {
        let listed =
            table.tasks(lane, now() - (LONG_AGO - SignedDuration::from_hours(24))).await.unwrap();
        listed.iter().filter(|task| **task == id).count()
    };
    let act = async |step| table.act(&id, &step, long_ago).await.unwrap();
    assert_eq!(on(Lane::Waiting(Desk::ControlRoom)).await, 1);
    assert!(matches!(act(TaskStep::Ring).await, Acted::Moved(task) if task.rung.unwrap().1 == 2));
    let take = |by: &str| TaskStep::Take { by: by.to_owned() };
    assert!(matches!(act(take("Sgt 9")).await, Acted::Moved(_)));
    let Acted::Stayed(taken) = act(take("PC 41")).await else { panic!("taken twice") };
    assert_eq!(taken.taken.unwrap().by, "Sgt 9");
    assert_eq!(on(Lane::Waiting(Desk::ControlRoom)).await, 0);
    assert_eq!(on(Lane::Taken(Desk::ControlRoom)).await, 1);
    let cleared = Outcome::parse("cleared").unwrap();
    let (by, note) = ("Sgt 9".to_owned(), "unit sent".to_owned());
    let close = TaskStep::Close { by, note, result: Some(cleared) };
    let Acted::Moved(closed) = act(close).await else { panic!("not closed") };
    assert_eq!(table.task(&id).await.unwrap(), Some(closed.clone()));
    let nobody = TaskId { message: "nobody".to_owned(), ..id.clone() };
    assert_eq!(table.all_tasks(&[nobody.clone(), id.clone()]).await.unwrap(), [closed]);
    let since = async |at: Timestamp| {
        let tasks = table.tasks_since(at).await.unwrap();
        tasks.iter().filter(|task| task.id == id).count()
    };
    assert_eq!(since(long_ago).await, 1);
    assert_eq!(since(long_ago + SignedDuration::from_secs(1)).await, 0);
    assert_eq!(on(Lane::Taken(Desk::ControlRoom)).await, 0);
    assert_eq!(on(Lane::Closed).await, 1);
    assert_eq!(table.act(&nobody, &take("x"), now()).await.unwrap(), Acted::Missing);
}

/// Of two writers from the same revision one wins.
async fn a_write_from_an_old_revision_is_a_conflict(ledger: &impl Ledger, unique: &str) {
    let contact = planned(ledger, unique).await;
    let next = contact.after(&Step::Queue, now()).unwrap();
    assert_eq!(ledger.replace(&next, &BudgetMove::None).await.unwrap(), Written::Yes);
    assert_eq!(ledger.replace(&next, &BudgetMove::None).await.unwrap(), Written::Conflict);
}

/// A claim is granted once; then it is held, and once answered it is settled.
async fn a_claim_has_three_findings(ledger: &impl Ledger, unique: &str) {
    let id = queued(ledger, unique).await.id;
    let claim = async || claim_now(ledger, &id, &quote(5, 100), now()).await.unwrap();
    assert!(matches!(claim().await, Claim::Granted(_)));
    assert!(matches!(claim().await, Claim::Held));
    let accept = Step::Accept { supplier_id: "s".to_owned() };
    ledger.advance(&id, &accept, now()).await.unwrap();
    assert!(matches!(claim().await, Claim::Settled(State::Accepted)));
}

/// Whatever was written since the last look makes the claim look again.
async fn a_claim_is_of_the_contact_as_it_was_seen(ledger: &impl Ledger, unique: &str) {
    let seen = queued(ledger, unique).await;
    let claim = async |seen: &Contact| ledger.claim(seen, &quote(5, 100), now()).await.unwrap();
    ledger.advance(&seen.id, &Step::Queue, now()).await.unwrap();
    assert!(matches!(claim(&seen).await, Claim::Held));
    ledger.advance(&seen.id, &Step::Cancel { why: "opted out".to_owned() }, now()).await.unwrap();
    assert!(matches!(claim(&seen).await, Claim::Settled(State::Cancelled)));
    let nobody = self::contact(&format!("{unique}-2")).after(&Step::Queue, now()).unwrap();
    assert!(matches!(claim(&nobody).await, Claim::Missing));
}

/// Of a partner's scores the latest is kept, with its scale, and a repeated one changes nothing.
async fn a_partners_latest_score_stays(ledger: &impl Ledger, unique: &str) {
    let id = planned(ledger, unique).await.id;
    let number = |text| Thousandths::parse(text).unwrap();
    let scale = Scale::new(number("-1"), number("1")).unwrap();
    let score = |text, hour: i64| {
        let by = SupplierName::exchange("rant-and-rave").unwrap();
        PartnerScore::new(by, number(text), scale, now() + hour.hours()).unwrap()
    };
    let later = score("-0.125", 2);
    let moved = ledger.score(&id, &later).await.unwrap();
    assert!(matches!(moved, Advance::Moved(_)), "{moved:?}");
    for stale in [&later, &score("0.75", 1)] {
        let stayed = ledger.score(&id, stale).await.unwrap();
        assert!(matches!(stayed, Advance::Stayed(_)), "{stayed:?}");
    }
    let kept = ledger.contact(&id).await.unwrap().unwrap();
    assert_eq!(kept.partner_score, Some(later));
    assert_eq!(kept.state, State::Planned);
    let nobody = contact(&format!("{unique}-nobody")).id;
    let missing = ledger.score(&nobody, &score("0", 3)).await.unwrap();
    assert!(matches!(missing, Advance::Missing), "{missing:?}");
}

/// The cap holds to the penny, and what goes back can be spent again.
async fn the_cap_is_never_passed(ledger: &impl Ledger, unique: &str) {
    let first = queued(ledger, unique).await;
    let other = Plan {
        incident: LogNumber::parse(&format!("HC-{unique}-2")).unwrap(),
        person: person(&format!("{unique}-2")),
        campaign: first.campaign.clone(),
        version: 3,
        outcome: Outcome::parse("cleared").unwrap(),
        area: String::new(),
        control: false,
        due_at: now(),
    };
    let second = Contact::plan(other, now());
    assert!(ledger.plan(&second).await.unwrap());
    ledger.advance(&second.id, &Step::Queue, now()).await.unwrap();
    let claim = async |id| claim_now(ledger, id, &quote(6, 10), now()).await.unwrap();
    assert!(matches!(claim(&first.id).await, Claim::Granted(_)));
    assert!(matches!(claim(&second.id).await, Claim::OverBudget));
    let untouched = ledger.contact(&second.id).await.unwrap().unwrap();
    assert_eq!((untouched.state, untouched.attempts), (State::Queued, 0));
    let retry = Step::Retry { attempt: 1, why: "refused".to_owned() };
    assert!(matches!(ledger.advance(&first.id, &retry, now()).await.unwrap(), Advance::Moved(_)));
    assert!(matches!(claim(&second.id).await, Claim::Granted(_)));
    assert!(matches!(claim(&first.id).await, Claim::OverBudget));
    // A text that costs more than the whole cap is refused though nothing is spent.
    let march = Month::parse("2027-03").unwrap();
    let contact = ledger.contact(&first.id).await.unwrap().unwrap();
    let reservation = Reservation { month: march, amount: Money::from_pence(11) };
    let step = Step::Claim { lease_until: now(), segments: 1, reservation };
    let next = contact.after(&step, now()).unwrap();
    let budget = BudgetMove::Reserve { reservation, cap: Money::from_pence(10) };
    assert_eq!(ledger.replace(&next, &budget).await.unwrap(), Written::OverBudget);
}

/// Of ten claims at the same time, one of a contact that has changed, as many are granted as there is money
/// for, whoever writes them with whom.
async fn claims_that_come_together_are_each_told_their_own(ledger: &impl Ledger, unique: &str) {
    let campaign = CampaignId::parse(&unique.to_lowercase()).unwrap();
    let mut contacts = Vec::new();
    for number in 0..10 {
        let plan = Plan {
            person: person(&format!("{unique}-{number}")),
            campaign: campaign.clone(),
            ..plan(&format!("{unique}-{number}"))
        };
        let contact = Contact::plan(plan, now());
        assert!(ledger.plan(&contact).await.unwrap());
        let Advance::Moved(contact) =
            ledger.advance(&contact.id, &Step::Queue, now()).await.unwrap()
        else {
            panic!("{contact:?}")
        };
        contacts.push(contact);
    }
    ledger.advance(&contacts[4].id, &Step::Queue, now()).await.unwrap();
    // What was reserved before counts too: a first claim takes 5 of 39, and then six more fit.
    let of = async |seen: &Contact, cap| {
        let claim = ledger.claim(seen, &quote(5, cap), now()).await.unwrap();
        match claim {
            Claim::Granted(_) => "granted",
            Claim::OverBudget => "over the budget",
            Claim::Held => "held",
            Claim::Settled(_) | Claim::Missing => "gone",
        }
    };
    assert_eq!(of(&contacts[0], 39).await, "granted");
    let mut told = BTreeMap::new();
    let together = contacts[1..].iter().map(|seen| of(seen, 39));
    for finding in futures_util::future::join_all(together).await {
        *told.entry(finding).or_insert(0) += 1;
    }
    let expected = [("granted", 6), ("held", 1), ("over the budget", 2)];
    assert_eq!(told, BTreeMap::from(expected));
    for (number, seen) in contacts.iter().enumerate() {
        let kept = ledger.contact(&seen.id).await.unwrap().unwrap();
        let held = kept.reservation.map(|held| held.amount);
        let claimed = kept.state == State::Claimed;
        assert_eq!(held, claimed.then(|| Money::from_pence(5)), "{number}");
    }
    // With money enough, those that were refused are granted, and together.
    let rest: Vec<_> = {
        let mut rest = Vec::new();
        for seen in &contacts {
            rest.extend(ledger.contact(&seen.id).await.unwrap());
        }
        rest.retain(|contact| contact.state == State::Queued);
        rest
    };
    let findings = futures_util::future::join_all(rest.iter().map(|seen| of(seen, 50))).await;
    assert_eq!(findings, ["granted"; 3]);
}

/// A contact is on one list at a time, from the moment it is due.
async fn a_contact_is_on_one_list(ledger: &impl Ledger, unique: &str) {
    let contact = planned(ledger, unique).await;
    let on = async |list, until| {
        let listed = ledger.agenda(list, until).await.unwrap();
        listed.iter().any(|(id, at)| *id == contact.id && *at <= until)
    };
    let before = now() - SignedDuration::from_secs(1);
    assert!(!on(Agenda::Due, before).await);
    assert!(on(Agenda::Due, now()).await);
    ledger.advance(&contact.id, &Step::Queue, now()).await.unwrap();
    assert!(on(Agenda::Due, now()).await);
    let claim = claim_now(ledger, &contact.id, &quote(5, 100), now()).await.unwrap();
    assert!(matches!(claim, Claim::Granted(_)));
    assert!(!on(Agenda::Due, Timestamp::MAX).await);
    assert!(!on(Agenda::Watch, now()).await, "the lease has not lapsed");
    assert!(on(Agenda::Watch, Timestamp::MAX).await);
    ledger.advance(&contact.id, &Step::Receive(Receipt::Delivered), now()).await.unwrap();
    assert!(!on(Agenda::Watch, Timestamp::MAX).await);
    let day = now().to_zoned(domain::hours::LONDON.clone()).date();
    assert!(ledger.settled(day, day).await.unwrap().contains(&contact.id));
    let later = day.saturating_add(1.day());
    assert!(!ledger.settled(later, later).await.unwrap().contains(&contact.id));
}

/// The latest opt-out counts, and only a later opt-in takes it away.
async fn an_opt_out_stays(ledger: &impl Ledger, unique: &str) {
    let who = person(unique);
    let opted_out = async || ledger.person(&who).await.unwrap().opted_out;
    assert_eq!(opted_out().await, None);
    // Half a second, because text order must be time order below the second too.
    let later = now() + SignedDuration::from_millis(500);
    ledger.opt_in(&who, later).await.unwrap();
    ledger.opt_out(&who, later).await.unwrap();
    ledger.opt_out(&who, now()).await.unwrap();
    assert_eq!(opted_out().await, Some(later));
    ledger.opt_in(&who, now()).await.unwrap();
    assert_eq!(opted_out().await, Some(later));
    ledger.opt_in(&who, later).await.unwrap();
    assert_eq!(opted_out().await, None);
}

/// A number is kept with its first contact and read back whole.
async fn a_number_is_kept(table: &(impl Ledger + Numbers), unique: &str) {
    assert_eq!(table.number(&person(unique)).await.unwrap(), None);
    planned(table, unique).await;
    assert_eq!(table.number(&person(unique)).await.unwrap(), Some(mobile()));
    table.forget_number(&person(unique)).await.unwrap();
    assert_eq!(table.number(&person(unique)).await.unwrap(), None);
}

fn log_record(unique: &str) -> LogRecord {
    let caller = KnownCaller {
        person: Some(person(unique)),
        sendable: true,
        phone_reason: "UK mobile".to_owned(),
        role: Coded::Known(Role::Public),
        consent: Coded::Known(Consent::Yes),
        language: Some(Language::Welsh),
    };
    let landline = KnownCaller {
        person: None,
        sendable: false,
        phone_reason: "not a mobile".to_owned(),
        role: Coded::Blank,
        consent: Coded::Unknown("ASK".to_owned()),
        language: None,
    };
    let decision = |verdict, rules: &[&str]| Decision {
        verdict,
        rules: rules.iter().map(|rule| RuleId::parse(rule).unwrap()).collect(),
        campaign: CampaignId::parse("highways"),
        outcome: Outcome::parse("cleared"),
    };
    LogRecord {
        log: Log {
            number: LogNumber::parse(&format!("HC-{unique}")).unwrap(),
            extracted_at: now(),
            opened_at: now(),
            closed_at: Some(now()),
            status: Coded::Known(Status::Closed),
            opening: Coded::Known(Category::HighwayDisruption),
            closing: Coded::Unknown("X9".to_owned()),
            results: vec![Coded::Known(Outcome::parse("cleared").unwrap()), Coded::Blank],
            qualifiers: vec![Coded::Known(Qualifier::Alcohol), Coded::Unknown("Q".to_owned())],
            source: Coded::Known(Source::Telephone),
            attended: Some(true),
            arrived_at: Some(now()),
            duplicate_of: vec![LogNumber::parse("HC-MAIN").unwrap()],
            cross_refs: vec![LogNumber::parse("HC-LIKE").unwrap()],
            crimed: true,
            area: "A1".to_owned(),
            markers: vec![Marker::DomesticAbuse, Marker::Weapon],
        },
        callers: vec![
            CallerRecord {
                caller,
                decision: decision(Verdict::Text, &[]),
                campaign_version: Some(2),
                seen: "0123456789abcdef".to_owned(),
                contact: Some(contact(unique).id),
            },
            CallerRecord {
                caller: landline,
                decision: decision(Verdict::Never, &["elig.never.domestic", "elig.hold.phone"]),
                campaign_version: None,
                seen: String::new(),
                contact: None,
            },
        ],
        contacts: BTreeSet::from([contact(unique).id, contact(&format!("{unique}-then")).id]),
        profile_version: 4,
        ruleset: RULESET,
        decided_at: now(),
    }
}

/// A log is kept once from each revision, and everything of it reads back.
async fn a_log_reads_back(book: &impl LogBook, unique: &str) {
    let record = log_record(unique);
    let number = record.log.number.clone();
    let file = book.log(&number).await.unwrap();
    assert_eq!(file, LogFile::default());
    assert!(book.keep_log(&record, &file).await.unwrap());
    assert!(!book.keep_log(&record, &file).await.unwrap(), "somebody kept it first");
    let kept = book.log(&number).await.unwrap();
    assert_eq!(kept, LogFile { record: Some(record.clone()), revision: 1, ..file });
    assert!(book.keep_log(&record, &kept).await.unwrap());
    assert_eq!(book.log(&number).await.unwrap().revision, 2);
}

/// A log is found by the day on which it was opened, in London, and among many.
async fn a_log_is_found_by_its_day(book: &impl LogBook, unique: &str) {
    let mut record = log_record(unique);
    // The first minutes of a day of British Summer Time.
    record.log.opened_at = "2026-06-09T23:10:00Z".parse().unwrap();
    let number = record.log.number.clone();
    let listed = async |day: Date| {
        let opened = book.logs_opened(day).await.unwrap();
        opened.into_iter().filter(|found| found.log.number == number).collect::<Vec<_>>()
    };
    // One that is named and was not extracted is no log yet.
    book.keep_duplicate(&number, &LogNumber::parse("HC-0").unwrap()).await.unwrap();
    assert_eq!(listed(date(2026, 6, 10)).await, []);
    assert!(book.keep_log(&record, &book.log(&number).await.unwrap()).await.unwrap());
    assert_eq!(listed(date(2026, 6, 9)).await, []);
    assert_eq!(listed(date(2026, 6, 10)).await, [record.clone()]);
    // A later extract corrects when it was opened.
    record.log.opened_at = "2026-06-08T10:00:00Z".parse().unwrap();
    assert!(book.keep_log(&record, &book.log(&number).await.unwrap()).await.unwrap());
    assert_eq!(listed(date(2026, 6, 10)).await, []);
    assert_eq!(listed(date(2026, 6, 8)).await, [record.clone()]);
    let unknown = LogNumber::parse(&format!("HC-{unique}-unknown")).unwrap();
    assert_eq!(book.logs(&[unknown, number.clone()]).await.unwrap(), [record]);
}

/// A main log knows its duplicates before it is extracted and after, and each once.
async fn a_main_log_knows_its_duplicates(book: &impl LogBook, unique: &str) {
    let record = log_record(unique);
    let main = record.log.number.clone();
    let duplicate = |n: u32| LogNumber::parse(&format!("HC-{unique}-{n}")).unwrap();
    book.keep_duplicate(&main, &duplicate(1)).await.unwrap();
    book.keep_duplicate(&main, &duplicate(1)).await.unwrap();
    let named = book.log(&main).await.unwrap();
    let only = BTreeSet::from([duplicate(1)]);
    assert_eq!(named, LogFile { duplicates: only, revision: 1, ..LogFile::default() });
    assert!(!book.keep_log(&record, &LogFile::default()).await.unwrap(), "it was named meanwhile");
    assert!(book.keep_log(&record, &named).await.unwrap());
    book.keep_duplicate(&main, &duplicate(2)).await.unwrap();
    let both = BTreeSet::from([duplicate(1), duplicate(2)]);
    let kept = book.log(&main).await.unwrap();
    let expected = LogFile { record: Some(record), duplicates: both, revision: 3, ..named };
    assert_eq!(kept, expected);
}

/// A crime link is found from the log and from the person, and twice is once.
async fn a_link_is_found_from_both_ends(book: &(impl LogBook + Ledger), unique: &str) {
    let log = LogNumber::parse(&format!("HC-{unique}")).unwrap();
    let link = CrimeLink {
        reference: format!("41/{unique}/26"),
        log: Some(log.clone()),
        person: Some(person(unique)),
    };
    book.keep_link(&link).await.unwrap();
    book.keep_link(&link).await.unwrap();
    assert_eq!(book.log(&log).await.unwrap().links, std::slice::from_ref(&link));
    assert_eq!(book.person(&person(unique)).await.unwrap().links, [link]);
}

/// A reply is kept once, read back without its sender, and noted once.
async fn a_reply_is_kept_once_and_noted_once(
    table: &(impl Doorstep + Inbox + Replies + Numbers),
    unique: &str,
) {
    let call = Call {
        supplier: "notify".to_owned(),
        message: unique.to_owned(),
        person: person(unique),
        sender: "447700900123".to_owned(),
        answers: Some(contact(unique).id),
        text: "5 thanks".to_owned(),
        received_at: now(),
    };
    assert!(table.keep_call(&call).await.unwrap());
    assert!(!table.keep_call(&call).await.unwrap());
    let unread = table.call("notify", unique).await.unwrap().unwrap();
    assert_eq!((unread.text.as_str(), unread.read_at), ("5 thanks", None));
    assert_eq!((&unread.person, &unread.answers), (&call.person, &call.answers));
    let id = TaskId { supplier: "notify".to_owned(), message: unique.to_owned() };
    assert_eq!(table.sender(&id).await.unwrap(), Some(mobile()), "to answer to");
    assert_eq!(table.number(&call.person).await.unwrap(), None, "with the reply, and nowhere else");
    let noted = Noted { at: now(), contact: Some(contact(unique).id), reading: read("5 thanks") };
    assert!(table.note("notify", unique, &noted).await.unwrap());
    assert!(!table.note("notify", unique, &noted).await.unwrap());
    assert_eq!(table.call("notify", unique).await.unwrap().unwrap().read_at, Some(now()));
    let shown = table.reply(&id).await.unwrap().unwrap();
    assert_eq!(shown.sender.as_deref(), Some("447700900123"));
    assert_eq!(shown.class, Some(Class::Feedback));
    let reading = &noted.reading;
    assert_eq!(shown.sentiment, Some((reading.sentiment, reading.valence)));
    assert_eq!((shown.score, shown.disagrees), (Some(5), reading.disagrees));
    assert_eq!((shown.why, shown.contact), (reading.why.clone(), noted.contact.clone()));
    assert_eq!(table.call("notify", "never-sent").await.unwrap(), None);
    assert!(!table.note("notify", "never-sent", &noted).await.unwrap());
}

/// What the supplier did not charge can be spent again, and the bill reads back.
async fn a_bill_gives_back_what_was_reserved_beyond_it(ledger: &impl Ledger, unique: &str) {
    let id = queued(ledger, unique).await.id;
    let claim = async |cap| claim_now(ledger, &id, &quote(6, cap), now()).await.unwrap();
    assert!(matches!(claim(10).await, Claim::Granted(_)));
    let bill = |segments, pence| Bill { segments, amount: Money::from_pence(pence) };
    assert!(!ledger.bill(&id, bill(1, 3), now()).await.unwrap(), "nothing was taken yet");
    let accept = Step::Accept { supplier_id: "s".to_owned() };
    ledger.advance(&id, &accept, now()).await.unwrap();
    assert!(ledger.bill(&id, bill(1, 4), now()).await.unwrap());
    assert!(!ledger.bill(&id, bill(1, 4), now()).await.unwrap(), "the same again");
    let contact = ledger.contact(&id).await.unwrap().unwrap();
    assert_eq!(contact.bill, Some(bill(1, 4)));
    assert_eq!(contact.reservation.unwrap().amount, Money::from_pence(4));
    assert!(ledger.bill(&id, bill(0, 0), now()).await.unwrap());
    let contact = ledger.contact(&id).await.unwrap().unwrap();
    assert_eq!((contact.reservation, contact.bill), (None, Some(bill(0, 0))));
    // All ten pence are there again.
    let other = format!("{unique}-2");
    let mut second = self::contact(&other);
    second.campaign = contact.campaign;
    second.id = ContactId::derive(&second.incident, second.id.person(), &second.campaign);
    assert!(ledger.plan(&second).await.unwrap());
    ledger.advance(&second.id, &Step::Queue, now()).await.unwrap();
    let all = claim_now(ledger, &second.id, &quote(10, 10), now()).await.unwrap();
    assert!(matches!(all, Claim::Granted(_)));
}

/// The first pause of a scope counts, one that has ended makes room, and it reads back whole.
async fn a_pause_holds_until_it_ends(table: &(impl Catalogue + Switch), unique: &str) {
    let id = CampaignId::parse(unique).unwrap();
    let scope = Scope::Campaign(id.clone());
    let until = now() + SignedDuration::from_hours(1);
    let pause = Pause {
        scope: scope.clone(),
        why: "Notify answered 403 AuthError".to_owned(),
        by: "aftercall".to_owned(),
        at: now(),
        until: Some(until),
        told: false,
    };
    let held = async |at| table.in_force().await.unwrap().paused(&id, at).cloned();
    assert_eq!(held(now()).await, None);
    assert!(!table.resume(&scope).await.unwrap());
    table.told(&scope).await.unwrap();
    assert_eq!(held(now()).await, None, "telling of a pause that is gone makes none");
    assert!(table.pause(&pause).await.unwrap());
    assert!(!table.pause(&Pause { why: "again".to_owned(), ..pause.clone() }).await.unwrap());
    assert_eq!(held(now()).await, Some(pause.clone()));
    assert_eq!(held(until).await, None);
    table.told(&scope).await.unwrap();
    assert!(held(now()).await.unwrap().told);
    let later = Pause { at: until, until: None, ..pause };
    assert!(table.pause(&later).await.unwrap());
    let for_ever = until + SignedDuration::from_hours(9999);
    assert_eq!(held(for_ever).await, Some(later));
    assert!(table.resume(&scope).await.unwrap());
    assert_eq!(held(for_ever).await, None);
}

/// A sweep's moment reads back to the nanosecond; the latest counts.
async fn a_sweep_is_remembered(table: &impl Sweeps, unique: &str) {
    assert_eq!(table.swept(unique).await.unwrap(), None);
    let later = now() + SignedDuration::from_nanos(1);
    for until in [now(), later] {
        table.sweep(unique, until).await.unwrap();
    }
    assert_eq!(table.swept(unique).await.unwrap(), Some(later));
}

/// What is written down follows what was written down before, and names it.
async fn a_deed_follows_the_one_before(table: &impl AuditTrail, unique: &str) {
    let by = Who { name: "Sgt Bell".to_owned(), principal: None };
    let (subject, detail) = (unique.to_owned(), String::new());
    let deed = Deed { act: Act::Taken, subject, detail, by, at: now() };
    let first = table.note_deed(&deed).await.unwrap();
    let second = table.note_deed(&deed).await.unwrap();
    assert_eq!((second.number, second.before), (first.number + 1, first.hash));
    assert_eq!((first.deed, second.deed), (deed.clone(), deed));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_world_in_memory_keeps_the_contract() {
        all(&crate::World::new(), "memory").await;
    }
}
