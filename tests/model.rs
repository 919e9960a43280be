//! The ledger, model checked: every interleaving of two senders, a queue that delivers at least once
//! and in any order, a supplier that answers, keeps silent, takes late and repeats its receipts, two
//! overlapping runs of reconcile, an opt-out, another contact after the same money, and a crash
//! between any two steps.
//!
//! What a contact may do is asked of [`Contact::after`] itself, the product's own table of
//! transitions. What surrounds it is written down here, as the functions do it:
//!
//! * `send` loads, claims in one write, calls, and records with its claim's number;
//! * `reconcile` asks, and records later; in between anything may happen;
//! * a message is deleted only by a delivery that ended well, and may come twice all the same.
//!
//! Two things are taken to be true, because the template and the constants make them so, and each
//! has a test that shows what would become of us without it: a claim lapses only when its sender is
//! gone (`LEASE` is longer than the function may run), and a supplier is asked only when it can no
//! longer take a text late (`DENIAL_AFTER`).
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::hash::{Hash, Hasher};

use domain::budget::{Money, Month};
use domain::campaign::CampaignId;
use domain::contact::{Contact, Plan, Receipt, Reservation, State, Step};
use domain::incident::{LogNumber, Outcome};
use domain::person::PersonId;
use jiff::Timestamp;
use stateright::{Checker as _, HasDiscoveries, Model, Property};

/// The contact, seen without what only tells of the past: that would make every state a new one.
#[derive(Debug, Clone)]
struct Ledger(Contact);

impl Ledger {
    fn planned() -> Self {
        let plan = Plan {
            incident: LogNumber::parse("HC-1").unwrap(),
            person: PersonId::parse(&"a".repeat(32)).unwrap(),
            campaign: CampaignId::parse("highways").unwrap(),
            version: 1,
            outcome: Outcome::parse("cleared").unwrap(),
            area: String::new(),
            control: false,
            due_at: Timestamp::UNIX_EPOCH,
        };
        Self(Contact::plan(plan, Timestamp::UNIX_EPOCH))
    }

    fn key(&self) -> (State, u32, Option<Receipt>, bool) {
        let Contact { state, attempts, receipt, reservation, .. } = &self.0;
        (*state, *attempts, *receipt, reservation.is_some())
    }
}

impl PartialEq for Ledger {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Ledger {}

impl Hash for Ledger {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

/// Where a delivery of the send queue stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Sender {
    Idle,
    /// It took the message and looked for the last time; whether anybody has written since.
    Loaded {
        stale: bool,
    },
    /// It won the claim of this number; the socket is not open yet.
    Claimed(u32),
    /// It wrote the request. The supplier has not read it.
    Called(u32),
    /// It has its answer, and has not written it down.
    Answered(u32, Answer),
}

/// What a sender makes of the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Answer {
    Accepted,
    Refused,
    NotSent,
    Silence,
}

/// Where a run of reconcile stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Reconcile {
    Idle,
    /// It asked about the claim of this number, and the supplier knew the reference or did not.
    Asked {
        attempt: u32,
        known: bool,
    },
}

/// How far an opt-out has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum OptOut {
    None,
    /// The person is marked; what is planned is not cancelled yet.
    Marked,
    /// Everything is cancelled that could be.
    Done,
}

/// The world at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct World {
    ledger: Ledger,
    /// Whether the present claim's lease has lapsed.
    lapsed: bool,
    /// Messages on the queue, those in a sender's hands not among them.
    queue: u8,
    senders: [Sender; 2],
    reconciles: [Reconcile; 2],
    /// Texts the supplier has taken for our reference.
    taken: u8,
    /// Requests that reached the supplier, whose sender has gone away, and that it may still take.
    late: u8,
    opt_out: OptOut,
    /// Whether a claim was granted after the opt-out was done.
    claimed_after_opt_out: bool,
    /// Whether another contact holds the one text's money that the cap allows.
    rival: bool,
    /// What the budget item holds, in texts.
    reserved: u8,
    crashes: u8,
}

/// What may happen next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Action {
    Dispatch,
    Repeat,
    Receive(usize),
    Claim(usize),
    Call(usize),
    Answer(usize, Answer),
    /// The supplier takes the text and the sender hears this.
    Take(usize, Answer),
    /// The sender gives up; the request may still be taken.
    GiveUp(usize),
    TakeLate,
    LoseLate,
    Record(usize),
    Crash(usize),
    Lapse,
    Doubt,
    Ask(usize),
    Settle(usize),
    Park,
    Resolve {
        sent: bool,
    },
    Receipt(Receipt),
    Mark,
    Obey,
    Rival,
}

/// How the world is wrong, to see that the checker sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flaw {
    None,
    /// Plain retry: what got no answer is sent again by the same delivery.
    PlainRetry,
    /// A claim lapses while its sender may still be talking.
    ShortLease,
    /// The supplier is asked while it may still take the text.
    HastyQuestion,
    /// A denial is applied whatever claim was asked about.
    UnnumberedDenial,
    /// A claim is made though the contact was written to since the last look.
    LooseLook,
    /// The budget is read first and written later.
    LooseBudget,
}

struct System {
    flaw: Flaw,
}

/// How many claims are followed; each more repeats the same.
const CLAIMS: u32 = 3;
/// How many crashes.
const CRASHES: u8 = 3;
/// How many messages there are at most.
const MESSAGES: u8 = 3;

impl World {
    fn first() -> Self {
        Self {
            ledger: Ledger::planned(),
            lapsed: false,
            queue: 0,
            senders: [Sender::Idle; 2],
            reconciles: [Reconcile::Idle; 2],
            taken: 0,
            late: 0,
            opt_out: OptOut::None,
            claimed_after_opt_out: false,
            rival: false,
            reserved: 0,
            crashes: 0,
        }
    }

    /// Takes a step as `Ledger::advance` does; nothing where it may not be taken.
    fn advance(&mut self, step: &Step) -> bool {
        let before = self.ledger.0.reservation.is_some();
        let Some(mut next) = self.ledger.0.after(step, Timestamp::UNIX_EPOCH) else { return false };
        next.history.clear();
        if before && next.reservation.is_none() {
            self.reserved -= 1;
        }
        self.ledger = Ledger(next);
        for sender in &mut self.senders {
            if let Sender::Loaded { stale } = sender {
                *stale = true;
            }
        }
        true
    }

    fn claim(&self) -> Step {
        let month = Month::parse("2026-03").unwrap();
        Step::Claim {
            lease_until: Timestamp::UNIX_EPOCH,
            segments: 1,
            reservation: Reservation { month, amount: Money::from_pence(1) },
        }
    }

    fn messages(&self) -> u8 {
        let held = self.senders.iter().filter(|sender| **sender != Sender::Idle).count();
        self.queue + u8::try_from(held).unwrap()
    }

    /// Whether a sender of the present claim still lives.
    fn is_held(&self) -> bool {
        let present = self.ledger.0.attempts;
        self.senders.iter().any(|sender| match sender {
            Sender::Claimed(n) | Sender::Called(n) | Sender::Answered(n, _) => *n == present,
            Sender::Idle | Sender::Loaded { .. } => false,
        })
    }
}

fn why() -> String {
    String::new()
}

impl Model for System {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        vec![World::first()]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        let state = world.ledger.0.state;
        // The last look of dispatch, and of send below: an opt-out that is marked stops both.
        let eligible = world.opt_out == OptOut::None;
        if eligible && world.queue == 0 && matches!(state, State::Planned | State::Queued) {
            actions.push(Action::Dispatch);
        }
        if world.queue > 0 && world.messages() < MESSAGES {
            actions.push(Action::Repeat);
        }
        for (n, sender) in world.senders.iter().enumerate() {
            match sender {
                Sender::Idle if world.queue > 0 => actions.push(Action::Receive(n)),
                Sender::Idle => {}
                Sender::Loaded { .. } => actions.push(Action::Claim(n)),
                Sender::Claimed(_) => actions.push(Action::Call(n)),
                Sender::Called(_) => {
                    actions.extend(
                        [Answer::Refused, Answer::NotSent, Answer::Silence]
                            .map(|answer| Action::Answer(n, answer)),
                    );
                    actions.push(Action::Take(n, Answer::Accepted));
                    actions.push(Action::Take(n, Answer::Silence));
                    actions.push(Action::GiveUp(n));
                }
                Sender::Answered(..) => actions.push(Action::Record(n)),
            }
            if *sender != Sender::Idle && world.crashes < CRASHES {
                actions.push(Action::Crash(n));
            }
        }
        if world.late > 0 {
            actions.extend([Action::TakeLate, Action::LoseLate]);
        }
        let may_lapse = self.flaw == Flaw::ShortLease || !world.is_held();
        if state == State::Claimed && !world.lapsed && may_lapse {
            actions.push(Action::Lapse);
        }
        if state == State::Claimed && world.lapsed {
            actions.push(Action::Doubt);
        }
        let in_flight = world.senders.iter().any(|sender| matches!(sender, Sender::Called(_)));
        let may_ask = self.flaw == Flaw::HastyQuestion || (world.late == 0 && !in_flight);
        for (n, run) in world.reconciles.iter().enumerate() {
            match run {
                Reconcile::Idle if state == State::Unknown && may_ask => {
                    actions.push(Action::Ask(n));
                }
                Reconcile::Idle => {}
                Reconcile::Asked { .. } => actions.push(Action::Settle(n)),
            }
        }
        if state == State::Unknown {
            actions.push(Action::Park);
        }
        if state == State::Parked && may_ask {
            // Whoever decides asked the supplier and found the truth.
            actions.push(Action::Resolve { sent: world.taken > 0 });
        }
        if world.taken > 0 {
            let receipts = [Receipt::Temporary, Receipt::Permanent, Receipt::Delivered];
            actions.extend(receipts.map(Action::Receipt));
        }
        match world.opt_out {
            OptOut::None => actions.push(Action::Mark),
            OptOut::Marked => actions.push(Action::Obey),
            OptOut::Done => {}
        }
        actions.push(Action::Rival);
    }

    fn next_state(&self, last: &World, action: Action) -> Option<World> {
        let mut world = last.clone();
        let attempts = world.ledger.0.attempts;
        match action {
            Action::Dispatch => {
                world.advance(&Step::Queue);
                world.queue += 1;
            }
            Action::Repeat => world.queue += 1,
            Action::Receive(n) => {
                world.queue -= 1;
                match world.ledger.0.state {
                    State::Queued if world.opt_out == OptOut::None => {
                        world.senders[n] = Sender::Loaded { stale: false };
                    }
                    State::Queued => {
                        world.advance(&Step::Cancel { why: why() });
                    }
                    State::Claimed if world.lapsed => {
                        world.advance(&Step::Doubt { attempt: attempts, why: why() });
                    }
                    // Another delivery holds it: the message comes back.
                    State::Claimed => world.queue += 1,
                    _ => {}
                }
            }
            Action::Claim(n) => {
                let Sender::Loaded { stale } = world.senders[n] else { return None };
                let room = world.reserved == 0 || self.flaw == Flaw::LooseBudget;
                let step = world.claim();
                if attempts == CLAIMS {
                    return None;
                }
                world.senders[n] = Sender::Idle;
                let comes_back = matches!(world.ledger.0.state, State::Claimed | State::Queued);
                if stale && self.flaw != Flaw::LooseLook {
                    world.queue += u8::from(comes_back);
                } else if world.ledger.0.state == State::Claimed {
                    world.queue += 1;
                } else if !room {
                    world.advance(&Step::Postpone { until: Timestamp::UNIX_EPOCH, why: why() });
                } else if world.advance(&step) {
                    world.reserved += 1;
                    world.lapsed = false;
                    world.claimed_after_opt_out |= world.opt_out == OptOut::Done;
                    world.senders[n] = Sender::Claimed(attempts + 1);
                }
            }
            Action::Call(n) => {
                let Sender::Claimed(attempt) = world.senders[n] else { return None };
                world.senders[n] = Sender::Called(attempt);
            }
            Action::Answer(n, answer) | Action::Take(n, answer) => {
                let Sender::Called(attempt) = world.senders[n] else { return None };
                if matches!(action, Action::Take(..)) {
                    world.taken += 1;
                }
                world.senders[n] = match answer {
                    Answer::Silence if self.flaw == Flaw::PlainRetry => Sender::Called(attempt),
                    _ => Sender::Answered(attempt, answer),
                };
            }
            Action::GiveUp(n) => {
                let Sender::Called(attempt) = world.senders[n] else { return None };
                world.late += 1;
                world.senders[n] = Sender::Answered(attempt, Answer::Silence);
            }
            Action::TakeLate => {
                world.late -= 1;
                world.taken += 1;
            }
            Action::LoseLate => world.late -= 1,
            Action::Record(n) => {
                let Sender::Answered(attempt, answer) = world.senders[n] else { return None };
                world.senders[n] = Sender::Idle;
                let supplier_id = "text".to_owned();
                match answer {
                    Answer::Accepted => world.advance(&Step::Accept { supplier_id }),
                    Answer::Refused => world.advance(&Step::Refuse { attempt, why: why() }),
                    Answer::Silence => world.advance(&Step::Doubt { attempt, why: why() }),
                    Answer::NotSent => {
                        world.queue += 1;
                        world.advance(&Step::Retry { attempt, why: why() })
                    }
                };
            }
            Action::Crash(n) => {
                // What it wrote to the socket may still arrive; its message comes back.
                if let Sender::Called(_) = world.senders[n] {
                    world.late += 1;
                }
                world.senders[n] = Sender::Idle;
                world.queue += 1;
                world.crashes += 1;
            }
            Action::Lapse => world.lapsed = true,
            Action::Doubt => {
                world.advance(&Step::Doubt { attempt: attempts, why: why() });
            }
            Action::Ask(n) => {
                let known = world.taken > 0;
                world.reconciles[n] = Reconcile::Asked { attempt: attempts, known };
            }
            Action::Settle(n) => {
                let Reconcile::Asked { attempt, known } = world.reconciles[n] else { return None };
                world.reconciles[n] = Reconcile::Idle;
                let attempt = match self.flaw {
                    Flaw::UnnumberedDenial => attempts,
                    _ => attempt,
                };
                let supplier_id = "text".to_owned();
                if known {
                    world.advance(&Step::Accept { supplier_id });
                } else if attempt >= CLAIMS {
                    world.advance(&Step::Park { attempt, why: why() });
                } else {
                    world.advance(&Step::Deny { attempt });
                }
            }
            Action::Park => {
                world.advance(&Step::Park { attempt: attempts, why: why() });
            }
            Action::Resolve { sent: true } => {
                world.advance(&Step::Confirm { why: why() });
            }
            Action::Resolve { sent: false } => {
                world.advance(&Step::Release { why: why() });
            }
            Action::Receipt(receipt) => {
                world.advance(&Step::Receive(receipt));
            }
            Action::Mark => world.opt_out = OptOut::Marked,
            Action::Obey => {
                world.advance(&Step::Cancel { why: why() });
                world.opt_out = OptOut::Done;
            }
            Action::Rival => {
                if world.rival {
                    world.rival = false;
                    world.reserved -= 1;
                } else if world.reserved == 0 {
                    world.rival = true;
                    world.reserved += 1;
                }
            }
        }
        (world != *last).then_some(world)
    }

    /// A second text is one too many already: what would follow it is not followed.
    fn within_boundary(&self, world: &World) -> bool {
        world.taken <= 2
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("1: at most one text", |_, world: &World| world.taken <= 1),
            Property::always("2: no claim after an opt-out is done", |_, world: &World| {
                !world.claimed_after_opt_out
            }),
            Property::always("9: never over the cap", |_, world: &World| world.reserved <= 1),
            Property::always("9: the budget holds what the contacts hold", |_, world: &World| {
                let own = u8::from(world.ledger.0.reservation.is_some());
                world.reserved == own + u8::from(world.rival)
            }),
            Property::always("a text that was taken is paid for or doubted", |_, world: &World| {
                let contact = &world.ledger.0;
                world.taken == 0 || contact.reservation.is_some()
            }),
            Property::always(
                "1: what is refused or cancelled was not texted",
                |_, world: &World| {
                    let unsent = matches!(world.ledger.0.state, State::Refused | State::Cancelled);
                    !unsent || world.taken == 0
                },
            ),
            Property::always("1: no contact is stuck", |system: &Self, world: &World| {
                // Left alone, the schedules and the queue move it on.
                let open = match world.ledger.0.state {
                    State::Planned | State::Queued => world.opt_out == OptOut::None,
                    State::Claimed | State::Unknown => true,
                    _ => false,
                };
                let mut actions = Vec::new();
                system.actions(world, &mut actions);
                let idle = |action: &Action| {
                    matches!(action, Action::Rival | Action::Mark | Action::Receipt(_))
                };
                !open || actions.iter().any(|action| !idle(action))
            }),
            Property::sometimes("delivered", |_, w: &World| w.ledger.0.state == State::Delivered),
            Property::sometimes("refused", |_, w: &World| w.ledger.0.state == State::Refused),
            Property::sometimes("cancelled", |_, w: &World| w.ledger.0.state == State::Cancelled),
            Property::sometimes("parked", |_, w: &World| w.ledger.0.state == State::Parked),
            Property::sometimes("texted by a second claim", |_, w: &World| {
                w.ledger.0.state == State::Accepted && w.ledger.0.attempts == 2
            }),
        ]
    }
}

/// Whether the checker finds a way around a property.
fn breaks(flaw: Flaw, property: &'static str) -> bool {
    let checker = System { flaw }
        .checker()
        .threads(2)
        .finish_when(HasDiscoveries::AnyOf([property].into()))
        .spawn_bfs()
        .join();
    checker.discovery(property).is_some()
}

#[test]
fn no_interleaving_texts_twice_passes_the_cap_or_loses_a_contact() {
    let checker = System { flaw: Flaw::None }.checker().threads(2).spawn_bfs().join();
    checker.assert_properties();
    let states = checker.unique_state_count();
    println!("{states} states, to a depth of {}", checker.max_depth());
    assert!(states > 100_000, "{states}: the model has lost part of its world");
}

#[test]
fn the_checker_sees_what_a_plain_retry_does() {
    assert!(breaks(Flaw::PlainRetry, "1: at most one text"));
}

#[test]
fn a_lease_shorter_than_its_sender_would_text_twice() {
    assert!(breaks(Flaw::ShortLease, "1: at most one text"));
}

#[test]
fn a_question_asked_too_soon_would_text_twice() {
    assert!(breaks(Flaw::HastyQuestion, "1: at most one text"));
}

#[test]
fn a_denial_without_its_claims_number_would_text_twice() {
    assert!(breaks(Flaw::UnnumberedDenial, "1: at most one text"));
}

#[test]
fn a_claim_of_what_was_seen_long_ago_would_text_somebody_who_opted_out() {
    assert!(breaks(Flaw::LooseLook, "2: no claim after an opt-out is done"));
}

#[test]
fn a_budget_that_is_not_part_of_the_claim_would_pass_the_cap() {
    assert!(breaks(Flaw::LooseBudget, "9: never over the cap"));
}
