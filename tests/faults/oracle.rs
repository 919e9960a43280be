//! The account at the end: the supplier's ledger on one side, the table on the other.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::budget::Money;
use domain::contact::{Contact, Receipt, State};
use domain::incident::LogNumber;

use crate::stack::Stack;
use crate::supplier::{Fault, Status, Text};

/// How many of the problems are printed.
const SHOWN: usize = 20;

/// What became of everybody in a run.
#[derive(Debug, Default)]
pub struct Findings {
    /// The run's seed.
    pub seed: u64,
    /// How many contacts stand where.
    pub states: BTreeMap<State, usize>,
    /// How many texts the supplier took.
    pub texts: usize,
    /// The most texts it took for one reference.
    pub most: usize,
    /// How many references it took more than one text for.
    pub twice: usize,
    /// Contacts that were once unknown and whose text the supplier took, then or later.
    pub doubted: usize,
    /// Texts whose sender died between the supplier's yes and writing it down: at least so many.
    pub orphaned: usize,
    /// Parts by our account and by the supplier's; contacts that wait for a person have none.
    pub parts: (u64, u64),
    /// What the contacts hold, what the budget says is reserved, and what the supplier charges.
    pub money: (Money, Money, Money),
    /// What contacts that wait for a person hold, and the supplier does not charge.
    pub parked: Money,
    /// What the texts that were taken met, by name.
    pub faults: BTreeMap<String, usize>,
    /// How the supplier answered requests to send; 0 is no answer.
    pub answers: BTreeMap<u16, usize>,
    /// Messages in the dead-letter queues.
    pub dead: u64,
    /// Functions killed, by name.
    pub kills: BTreeMap<&'static str, u64>,
    /// Messages repeated.
    pub repeats: u64,
    /// How often the clock was moved on.
    pub rounds: u32,
    /// How long it took.
    pub took: Duration,
    /// What the emulator and the functions wrote, kept when something does not hold.
    pub log: Option<PathBuf>,
    /// Everything that does not hold; empty when all is well.
    pub problems: Vec<String>,
}

/// Holds the table against the supplier's ledger.
pub(super) async fn look(stack: &Stack, planned: &[LogNumber]) -> anyhow::Result<Findings> {
    let ledger = stack.supplier.ledger();
    let contacts = stack.contacts().await?;
    let mut found = Findings { texts: ledger.texts.len(), ..Findings::default() };
    for queue in ["SendFailedQueueUrl", "InboundFailedQueueUrl", "IngestFailedQueueUrl"] {
        found.dead += stack.waiting(queue).await?;
    }
    found.answers = ledger.sends.by_status.clone();
    found.answers.insert(0, ledger.sends.unanswered);

    let mut texts: BTreeMap<&str, Vec<&Text>> = BTreeMap::new();
    for text in &ledger.texts {
        texts.entry(text.reference.as_deref().unwrap_or_default()).or_default().push(text);
        for name in names(text.fault) {
            *found.faults.entry(name).or_default() += 1;
        }
    }
    found.most = texts.values().map(Vec::len).max().unwrap_or_default();
    found.twice = texts.values().filter(|texts| texts.len() > 1).count();

    // None lost, none invented.
    let wanted: BTreeSet<_> = planned.iter().collect();
    let have: BTreeSet<_> = contacts.iter().map(|contact| &contact.incident).collect();
    if wanted != have || contacts.len() != planned.len() {
        let (wanted, have) = (planned.len(), contacts.len());
        found.problems.push(format!("{wanted} contacts were to be planned, and {have} were"));
    }
    let known: BTreeSet<_> = contacts.iter().map(|contact| contact.id.to_string()).collect();
    for reference in texts.keys().filter(|reference| !known.contains(**reference)) {
        found.problems.push(format!("{reference:?} was texted and is nobody's reference"));
    }

    for contact in &contacts {
        *found.states.entry(contact.state).or_default() += 1;
        let taken = texts.get(contact.id.to_string().as_str()).map_or(&[][..], Vec::as_slice);
        let wrong = judge(contact, taken);
        found.problems.extend(wrong.into_iter().map(|why| format!("{}: {why}", contact.incident)));
        let doubted = contact.history.iter().any(|moment| moment.state == State::Unknown);
        found.doubted += usize::from(doubted && !taken.is_empty());
        found.orphaned += usize::from(is_orphaned(contact, taken));
        if let Some(held) = contact.reservation {
            found.money.0 = found.money.0 + held.amount;
            if contact.state == State::Parked && taken.is_empty() {
                found.parked = found.parked + held.amount;
            } else {
                found.parts.0 += contact.segments as u64;
            }
        }
    }
    found.parts.1 = ledger.texts.iter().map(|text| text.billed_segments).sum();
    found.money.1 = reserved(stack, &contacts).await?;
    found.money.2 = Money::from_millipence(ledger.total_cost_micropounds() / 10);
    let (held, budget, charged) = found.money;
    if held != budget {
        found.problems.push(format!("contacts hold {held}, and the budget says {budget}"));
    }
    let (ours, theirs) = found.parts;
    if ours != theirs {
        found.problems.push(format!("we sent {ours} parts, and the supplier counts {theirs}"));
    }
    if held != charged + found.parked {
        found.problems.push(format!("contacts hold {held}, and the supplier charges {charged}"));
    }
    Ok(found)
}

/// Whether the supplier said a plain yes at once and nobody wrote it down, though no receipt can
/// have been faster: whoever heard it died.
fn is_orphaned(contact: &Contact, taken: &[&Text]) -> bool {
    let mut states = contact.history.windows(2).map(|pair| (pair[0].state, pair[1].state));
    taken.iter().any(|text| text.fault.says_a_plain_yes())
        && !states.any(|pair| pair == (State::Claimed, State::Accepted))
}

/// What is wrong with a contact, given the texts that the supplier took for it.
fn judge(contact: &Contact, taken: &[&Text]) -> Vec<String> {
    let mut wrong = Vec::new();
    if taken.len() > 1 {
        wrong.push(format!("texted {} times", taken.len()));
    }
    let why = contact.history.last().map(|moment| moment.why.as_str()).unwrap_or_default();
    match (contact.state, taken.first()) {
        (State::Delivered | State::Undelivered, Some(text)) => {
            let told = receipt(text.status);
            if contact.receipt != told
                || (contact.state == State::Delivered) != (told == Some(Receipt::Delivered))
            {
                wrong.push(format!("{} and its text is {}", contact.state.name(), text.status));
            }
        }
        (State::Parked, None) if !why.is_empty() => {}
        // Nobody opts out here, no log changes and no money runs out: nothing gives a reason.
        (state, None) => wrong.push(format!("not texted, and left {}: {why}", state.name())),
        (state, Some(_)) => wrong.push(format!("texted, and left {}: {why}", state.name())),
    }
    let held = contact.reservation.map_or(Money::ZERO, |held| held.amount).millipence() * 10;
    let charged: u64 = taken.iter().map(|text| text.cost_micropounds).sum();
    if held != charged && contact.state != State::Parked {
        wrong.push(format!("holds {held} micropounds and was charged {charged}"));
    }
    wrong
}

fn receipt(status: Status) -> Option<Receipt> {
    match status {
        Status::Created | Status::Sending => None,
        Status::Delivered => Some(Receipt::Delivered),
        Status::PermanentFailure => Some(Receipt::Permanent),
        Status::TemporaryFailure => Some(Receipt::Temporary),
        Status::TechnicalFailure => Some(Receipt::Technical),
    }
}

/// What the budgets of these contacts' campaigns say is reserved, all months together.
async fn reserved(stack: &Stack, contacts: &[Contact]) -> anyhow::Result<Money> {
    let client = aws_sdk_dynamodb::Client::new(&stack.aws);
    let campaigns: BTreeSet<_> = contacts.iter().map(|contact| &contact.campaign).collect();
    let mut reserved = 0;
    for campaign in campaigns {
        let answer = client
            .query()
            .table_name(stack.output("TableName")?)
            .key_condition_expression("pk = :budget")
            .expression_attribute_values(":budget", AttributeValue::S(format!("BUDGET#{campaign}")))
            .consistent_read(true)
            .send()
            .await
            .context("read the budget")?;
        for month in answer.items() {
            let number = month.get("reserved").and_then(|number| number.as_n().ok());
            reserved += number.context("a budget without a number")?.parse::<u64>()?;
        }
    }
    Ok(Money::from_millipence(reserved))
}

/// What a text met, in the stand-in's own names without their figures.
fn names(fault: Fault) -> Vec<String> {
    let ordinary = Fault::default();
    let mut names = Vec::new();
    let mut add = |name: String| {
        names.push(name.split('(').next().unwrap_or_default().to_owned());
    };
    if fault.send != ordinary.send {
        add(format!("{:?}", fault.send));
    }
    if fault.delivery != ordinary.delivery {
        add(format!("{:?}", fault.delivery));
    }
    if fault.receipt != ordinary.receipt {
        add(format!("receipt {:?}", fault.receipt));
    }
    names
}

impl Findings {
    /// Whether everything holds.
    pub fn hold(&self) -> bool {
        self.problems.is_empty()
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let listed = |pairs: Vec<String>| pairs.join(", ");
        let states = self.states.iter().map(|(state, n)| format!("{n} {}", state.name()));
        let kills = self.kills.iter().map(|(function, n)| format!("{n} {function}"));
        let faults = self.faults.iter().map(|(name, n)| format!("{n} {name}"));
        let answers = self.answers.iter().map(|(status, n)| match status {
            0 => format!("{n} none"),
            status => format!("{n} {status}"),
        });
        let (held, budget, charged) = self.money;
        let contacts: usize = self.states.values().sum();
        writeln!(f, "seed {}, {} s, {} rounds", self.seed, self.took.as_secs(), self.rounds)?;
        writeln!(f, "  contacts         {contacts}: {}", listed(states.collect()))?;
        writeln!(
            f,
            "  texts            {}, {} to a contact at most, {} twice",
            self.texts, self.most, self.twice
        )?;
        writeln!(f, "  once in doubt    {}; died after the yes {}", self.doubted, self.orphaned)?;
        writeln!(f, "  parts            {} ours, {} the supplier's", self.parts.0, self.parts.1)?;
        writeln!(f, "  money            {held} held, {budget} reserved, {charged} charged")?;
        if self.parked > Money::ZERO {
            writeln!(f, "                   {} of it waits for a person", self.parked)?;
        }
        writeln!(f, "  killed           {}", listed(kills.collect()))?;
        writeln!(f, "  repeated         {} messages", self.repeats)?;
        writeln!(f, "  dead letters     {}", self.dead)?;
        writeln!(f, "  answers to send  {}", listed(answers.collect()))?;
        writeln!(f, "  faults           {}", listed(faults.collect()))?;
        for problem in self.problems.iter().take(SHOWN) {
            writeln!(f, "  WRONG            {problem}")?;
        }
        if self.problems.len() > SHOWN {
            writeln!(f, "  WRONG            and {} more", self.problems.len() - SHOWN)?;
        }
        if let Some(log) = &self.log {
            writeln!(f, "  the log is in    {}", log.display())?;
        }
        f.write_str(if self.hold() { "  everything holds" } else { "  it does not hold" })
    }
}

#[cfg(test)]
mod tests {
    use domain::campaign::CampaignId;
    use domain::contact::{Plan, Reservation, Step};
    use domain::incident::Outcome;
    use domain::person::PersonId;
    use jiff::Timestamp;

    use super::*;

    /// A contact after these steps, its text costing 24 thousandths of a pound.
    fn contact(steps: &[Step]) -> Contact {
        let now = Timestamp::UNIX_EPOCH;
        let plan = Plan {
            incident: LogNumber::parse("HC-1").unwrap(),
            person: PersonId::parse(&"0".repeat(32)).unwrap(),
            campaign: CampaignId::parse("highways").unwrap(),
            version: 1,
            outcome: Outcome::parse("cleared").unwrap(),
            area: String::new(),
            control: false,
            due_at: now,
        };
        let month = domain::budget::Month::of(now);
        let amount = Money::parse_pence("2.4").unwrap();
        let reservation = Reservation { month, amount };
        let claim = Step::Claim { lease_until: now, segments: 1, reservation };
        let planned = Contact::plan(plan, now);
        [Step::Queue, claim]
            .iter()
            .chain(steps)
            .fold(planned, |contact, step| contact.after(step, now).unwrap())
    }

    fn text(status: Status, cost_micropounds: u64) -> Text {
        Text {
            id: "text-1".to_owned(),
            reference: None,
            phone_number: String::new(),
            number: String::new(),
            body: String::new(),
            from_number: String::new(),
            template_id: String::new(),
            template_version: 1,
            segments: 1,
            billed_segments: 1,
            cost_micropounds,
            status,
            created_at: Timestamp::UNIX_EPOCH,
            sent_at: None,
            completed_at: None,
            is_smoke_test: false,
            fault: Fault::default(),
        }
    }

    #[test]
    fn whatever_does_not_hold_is_said() {
        let received = |receipt| contact(&[Step::Receive(receipt)]);
        let delivered = received(Receipt::Delivered);
        let paid = text(Status::Delivered, 24_000);
        let doubt = Step::Doubt { attempt: 1, why: String::new() };
        let park = Step::Park { attempt: 1, why: "the supplier cannot say".to_owned() };
        let refuse = Step::Refuse { attempt: 1, why: "no".to_owned() };
        let said = |contact: &Contact, taken: &[&Text]| judge(contact, taken).join("; ");
        assert_eq!(said(&delivered, &[&paid]), "");
        assert_eq!(said(&contact(&[doubt.clone(), park.clone()]), &[]), "");
        for (contact, taken, expected) in [
            (
                &delivered,
                &[&paid, &paid][..],
                "texted 2 times; holds 24000 micropounds and was charged 48000",
            ),
            (
                &delivered,
                &[],
                "not texted, and left delivered: delivered; holds 24000 micropounds and was charged 0",
            ),
            (
                &delivered,
                &[&text(Status::Delivered, 24_001)],
                "holds 24000 micropounds and was charged 24001",
            ),
            (
                &delivered,
                &[&text(Status::PermanentFailure, 24_000)],
                "delivered and its text is permanent-failure",
            ),
            (&received(Receipt::Temporary), &[&paid], "undelivered and its text is delivered"),
            (&contact(&[]), &[&paid], "texted, and left claimed: "),
            (&contact(std::slice::from_ref(&doubt)), &[&paid], "texted, and left unknown: "),
            (
                &contact(&[doubt, park]),
                &[&paid],
                "texted, and left parked: the supplier cannot say",
            ),
            (&contact(&[refuse]), &[], "not texted, and left refused: no"),
        ] {
            assert_eq!(said(contact, taken), expected);
        }
    }
}
