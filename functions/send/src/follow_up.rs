//! Texts one follow-up, once or never.
//!
//! What is for safety leaves at any hour, whatever is paused, and counts against no cap. Nothing here
//! pauses a campaign: the next first text finds out by itself what is wrong with the supplier.

use anyhow::bail;
use domain::budget::Money;
use domain::campaign::{Campaign, CampaignId};
use domain::contact::Contact;
use domain::conversation::Talk;
use domain::followup::{Fit, FollowUp, FollowUpId, FollowUpStep, Kind, State, fit};
use domain::hours::LONDON;
use domain::language::Language;
use domain::phone::Mobile;
use domain::ports::{
    Catalogue, Charge, FollowUps, InForce, Ledger, LogBook, Numbers, Order, Sent, Supplier, Written,
};
use domain::text;
use domain::wording::Wording;
use jiff::{SignedDuration, Timestamp};

use crate::{Outcome, SHORT_WAIT, Time};

/// How long what is for safety may be on its way: later it is no help, and wakes somebody at night.
const SAFETY_GOOD_FOR: SignedDuration = SignedDuration::from_hours(1);

/// How long to wait after a supplier that certainly took nothing.
const BUSY: SignedDuration = SignedDuration::from_mins(5);

pub(crate) async fn text(
    table: &(impl Catalogue + LogBook + Ledger + Numbers + FollowUps),
    supplier: &impl Supplier,
    id: &FollowUpId,
    time: Time<impl Fn() -> Timestamp, impl Fn() -> bool>,
) -> anyhow::Result<Outcome> {
    let now = &time.now;
    let text = match load(table, id, now()).await? {
        Ready::Go(text) => text,
        Ready::Nothing => return Ok(Outcome::NothingToSend),
        Ready::Step(step, outcome) => {
            table.advance_follow_up(id, &step, None, now()).await?;
            return Ok(outcome);
        }
    };
    supplier.turn(&text.seen.supplier).await;
    if !(time.enough)() {
        bail!("too little time is left to send");
    }
    let campaign = text.bearer.as_ref().map(|(campaign, _)| campaign);
    let charge = Charge {
        segments: text.wording.text.segments(),
        cost: text.cost,
        budget: text.bearer.as_ref().map(|(campaign, cap)| (campaign, *cap)),
    };
    let claim = match table.claim_follow_up(&text.seen, &charge, now()).await? {
        Ok(claim) => claim,
        Err(Written::OverBudget) => {
            let why = "the month's budget is spent".to_owned();
            table.advance_follow_up(id, &FollowUpStep::Cancel { why }, None, now()).await?;
            return Ok(Outcome::Cancelled);
        }
        Err(_) => bail!("follow-up {id} is held, or changed since the last look"),
    };
    let order = Order {
        permit: (&claim).into(),
        supplier: &text.seen.supplier,
        to: &text.mobile,
        wording: &text.wording,
        good_until: text.good_until,
    };
    let (step, outcome) = what_became(supplier.send(&order).await, now());
    let opted_out = matches!(&step, FollowUpStep::Refuse { why } if why == OPTED_OUT);
    table.advance_follow_up(id, &step, campaign, now()).await?;
    if opted_out {
        table.opt_out(id.person(), now()).await?;
    }
    if text.seen.kind == Kind::WrongPerson && outcome != Outcome::PutOff {
        table.forget_number(id.person()).await?;
    }
    Ok(outcome)
}

/// Why a supplier refused that keeps the person's STOP on a list of its own.
const OPTED_OUT: &str = "the person told the supplier to stop";

fn what_became(sent: Sent, now: Timestamp) -> (FollowUpStep, Outcome) {
    let later = |wait: SignedDuration| now.saturating_add(wait).unwrap_or(now);
    match sent {
        Sent::Accepted { supplier_id } => (FollowUpStep::Accept { supplier_id }, Outcome::Accepted),
        Sent::Refused { opted_out: true, .. } => {
            (FollowUpStep::Refuse { why: OPTED_OUT.to_owned() }, Outcome::Refused)
        }
        Sent::Refused { why, .. } => (FollowUpStep::Refuse { why }, Outcome::Refused),
        Sent::Ambiguous { why } => (FollowUpStep::Doubt { why }, Outcome::Unknown),
        Sent::Retry { after, why } => {
            let until = later(after.unwrap_or(BUSY).max(SHORT_WAIT));
            (FollowUpStep::PutBack { until, why }, Outcome::PutOff)
        }
        Sent::ConfigStop { why } => {
            let until = later(SignedDuration::from_hours(1));
            (FollowUpStep::PutBack { until, why }, Outcome::PutOff)
        }
    }
}

/// Everything that is needed to send.
struct Text {
    /// The follow-up as it was looked at.
    seen: FollowUp,
    mobile: Mobile,
    wording: Wording,
    good_until: Timestamp,
    /// What it costs.
    cost: Money,
    /// Whose budget bears it, and the cap.
    bearer: Option<(CampaignId, Money)>,
}

enum Ready {
    Go(Box<Text>),
    Nothing,
    Step(FollowUpStep, Outcome),
}

/// Reads everything afresh and decides.
async fn load(
    table: &(impl Catalogue + LogBook + Ledger + Numbers + FollowUps),
    id: &FollowUpId,
    now: Timestamp,
) -> anyhow::Result<Ready> {
    let person = table.person(id.person()).await?;
    let Some(seen) = person.follow_ups.iter().find(|follow_up| follow_up.id == *id) else {
        return Ok(Ready::Nothing);
    };
    if seen.state == State::Claimed {
        if seen.is_held(now) {
            bail!("another delivery holds follow-up {id}");
        }
        let why = "the lease lapsed".to_owned();
        return Ok(Ready::Step(FollowUpStep::Doubt { why }, Outcome::Unknown));
    }
    if seen.state != State::Queued {
        return Ok(Ready::Nothing);
    }
    if let Fit::Cancel(why) = fit(seen, &person, now) {
        return Ok(cancel(why));
    }
    let contact = person.contacts.iter().find(|c| Some(&c.id) == seen.contact.as_ref());
    let campaign = match contact {
        Some(contact) => table.campaign(&contact.campaign, contact.version).await?,
        None => None,
    };
    let none = Talk::default();
    let language = match contact.zip(campaign.as_ref()) {
        Some((contact, campaign)) if !campaign.talks.is_empty() => {
            language_of(table, contact, &seen.kind).await?
        }
        _ => Language::default(),
    };
    let talk = campaign.as_ref().map_or(&none, |campaign| campaign.talk_in(language));
    let Some(words) = talk.words(&seen.kind) else {
        return Ok(cancel("the campaign has no words for it"));
    };
    let Some(mobile) = number_for(table, seen).await? else {
        return Ok(cancel("the number is not kept, or no mobile of this country"));
    };
    let wording =
        Wording { text: text::prepare(words), template: None, values: Default::default() };
    let seen = seen.clone();
    let in_force = table.in_force().await;
    let day = now.to_zoned(LONDON.clone()).date();
    let price = |in_force: &InForce| {
        let own = campaign.as_ref().and_then(|campaign| campaign.price);
        own.or_else(|| in_force.prices.of(&seen.supplier, day))
    };
    let parts = wording.text.segments() as u64;
    if seen.kind.is_at_once() {
        let good_until = now.saturating_add(SAFETY_GOOD_FOR).unwrap_or(now);
        // What it costs is for the report alone: no price keeps it back.
        let price = in_force.as_ref().ok().and_then(price);
        let cost = price.unwrap_or_default() * parts;
        let text = Text { seen, mobile, wording, good_until, cost, bearer: None };
        return Ok(Ready::Go(Box::new(text)));
    }
    let in_force = in_force?;
    let Some((contact, campaign)) = contact.zip(campaign.as_ref()) else {
        return Ok(cancel("its contact is gone"));
    };
    if let Some(wait) = shut(contact, campaign, &in_force, now) {
        return Ok(wait);
    }
    let Some(price) = price(&in_force) else { return Ok(cancel("no price is known")) };
    // What may be spent is today's decision, whatever version the words are from.
    let newest = in_force.campaigns.get(&contact.campaign).copied();
    let cap = match newest.filter(|version| *version != contact.version) {
        Some(version) => table.campaign(&contact.campaign, version).await?.map(|c| c.monthly_cap),
        None => None,
    };
    let bearer = Some((contact.campaign.clone(), cap.unwrap_or(campaign.monthly_cap)));
    let good_until = campaign.hours.closes(now);
    let cost = price * parts;
    Ok(Ready::Go(Box::new(Text { seen, mobile, wording, good_until, cost, bearer })))
}

/// Where to text: back to where the reply came from, else to the number of the contact.
async fn number_for(table: &impl Numbers, seen: &FollowUp) -> anyhow::Result<Option<Mobile>> {
    if let Some(reply) = &seen.reply
        && let Some(sender) = table.sender(reply).await?
    {
        return Ok(Some(sender));
    }
    table.number(seen.id.person()).await
}

/// The language in which somebody is answered.
async fn language_of(
    table: &impl LogBook,
    contact: &Contact,
    kind: &Kind,
) -> anyhow::Result<Language> {
    match table.incident(&contact.incident).await {
        Ok(incident) => Ok(incident.language_of(contact.id.person())),
        // What is for safety waits for nothing.
        Err(_) if kind.is_at_once() => Ok(Language::default()),
        Err(error) => Err(error),
    }
}

/// What to do with it where the campaign may not text at this moment.
fn shut(
    contact: &Contact,
    campaign: &Campaign,
    in_force: &InForce,
    now: Timestamp,
) -> Option<Ready> {
    let postpone = |until, why: &str| {
        let step = FollowUpStep::Postpone { until, why: why.to_owned() };
        Some(Ready::Step(step, Outcome::PutOff))
    };
    if in_force.ended.contains(&contact.campaign) {
        return Some(cancel("the campaign has ended"));
    }
    match campaign.hours.open_from(now) {
        None => return Some(cancel("no day is open")),
        Some(opens) if opens > now => return postpone(opens, "outside the campaign's hours"),
        Some(_) => {}
    }
    in_force.paused(&contact.campaign, now)?;
    let later = now.saturating_add(SignedDuration::from_hours(1)).unwrap_or(now);
    postpone(later, "the campaign is paused")
}

fn cancel(why: &str) -> Ready {
    Ready::Step(FollowUpStep::Cancel { why: why.to_owned() }, Outcome::Cancelled)
}
