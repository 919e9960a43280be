//! What is written together with a month's money: a claim reserves its cost, and what does not leave gives
//! it back, each in one transaction.
//!
//! A transaction is paid double, and two that meet at one campaign's money exclude each other. So while one
//! is under way, the claims of this process that come meanwhile gather and go as one: of a batch of ten
//! texts the first, then the other nine.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem, Update};
use domain::budget::Money;
use domain::campaign::CampaignId;
use domain::contact::Reservation;
use domain::ports::{BudgetMove, Written};
use tokio::sync::oneshot;

use super::{Item, Table, keys, number, service, sort_key, text};

/// The most claims in one transaction; AWS takes a hundred writes.
const TOGETHER: usize = 25;

/// How often a transaction that crossed another is tried again.
const CROSSINGS: u32 = 10;

/// How long to wait after the first crossing, at most; each later one waits longer.
const CROSSING_WAIT: Duration = Duration::from_millis(15);

/// The claims that wait for the one under way.
#[derive(Default)]
pub(super) struct Purse {
    waiting: Mutex<Vec<Claim>>,
    /// Held by whoever writes, for all that wait by then.
    turn: tokio::sync::Mutex<()>,
}

/// One item's next revision, and what it asks of the money.
struct Claim {
    item: Item,
    /// The revision that it replaces.
    before: u64,
    campaign: CampaignId,
    budget: BudgetMove,
    told: oneshot::Sender<anyhow::Result<Written>>,
}

impl Claim {
    fn tell(self, written: anyhow::Result<Written>) {
        // Nobody listens any more only when the invocation is over.
        let _heard = self.told.send(written).is_ok();
    }

    /// Whether both ask the same money under the same cap.
    fn goes_with(&self, other: &Self) -> bool {
        let asks = |claim: &Self| match claim.budget {
            BudgetMove::Reserve { reservation, cap } => Some((reservation.month, cap)),
            BudgetMove::Return(_) | BudgetMove::None => None,
        };
        self.campaign == other.campaign && asks(self).is_some() && asks(self) == asks(other)
    }
}

/// What became of a transaction.
enum Transacted {
    Written,
    /// Each time another transaction held one of its items; nothing is decided.
    Crossed,
    /// Why not, for each write in its order.
    Cancelled(Vec<String>),
}

const CHANGED: &str = "ConditionalCheckFailed";
const CROSSED: &str = "TransactionConflict";

impl Table {
    /// Replaces an item by its next revision and moves a campaign's budget in the same write.
    pub(super) async fn replace_with_budget(
        &self,
        item: Item,
        revision: u64,
        campaign: &CampaignId,
        budget: &BudgetMove,
    ) -> anyhow::Result<Written> {
        let before = revision - 1;
        if *budget == BudgetMove::None {
            let written = self.put_next(item, Some(before)).await?;
            return Ok(if written { Written::Yes } else { Written::Conflict });
        }
        let (told, mut heard) = oneshot::channel();
        let (campaign, budget) = (campaign.clone(), *budget);
        self.waiting(|waiting| waiting.push(Claim { item, before, campaign, budget, told }));
        let turn = self.purse.turn.lock().await;
        // Another that had the turn before us may have written ours with its own.
        if let Ok(written) = heard.try_recv() {
            return written;
        }
        while let Some(group) = self.waiting(next_group) {
            self.write_together(group).await;
        }
        drop(turn);
        heard.await.context("a claim was not written")?
    }

    fn waiting<T>(&self, look: impl FnOnce(&mut Vec<Claim>) -> T) -> T {
        // Whole whatever became of its last holder: it is pushed to and taken from, nothing else.
        look(&mut self.purse.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Writes a group of claims on one budget, and tells each what became of it.
    async fn write_together(&self, group: Vec<Claim>) {
        let mut groups = vec![group];
        while let Some(group) = groups.pop() {
            let reasons = match self.transact(&group).await {
                Ok(Transacted::Written) => {
                    tell_all(group, Written::Yes);
                    continue;
                }
                Ok(Transacted::Crossed) => {
                    tell_all(group, Written::Conflict);
                    continue;
                }
                Ok(Transacted::Cancelled(reasons)) => reasons,
                Err(error) => {
                    for claim in group {
                        claim.tell(Err(anyhow::anyhow!("{error:#}")));
                    }
                    continue;
                }
            };
            let is_one = group.len() == 1;
            let (changed, others): (Vec<_>, Vec<_>) =
                group.into_iter().zip(&reasons).partition(|(_, reason)| *reason == CHANGED);
            tell_all(changed.into_iter().map(|(claim, _)| claim), Written::Conflict);
            let others = others.into_iter().map(|(claim, _)| claim);
            // The money is the last write.
            let is_over = reasons.last().is_some_and(|reason| reason == CHANGED);
            match (is_over, is_one) {
                (true, true) => tell_all(others, Written::OverBudget),
                // As many as it bears, one after the other.
                (true, false) => groups.extend(others.map(|claim| vec![claim])),
                (false, _) => groups.push(others.collect()),
            }
            groups.retain(|group| !group.is_empty());
        }
    }

    async fn transact(&self, group: &[Claim]) -> anyhow::Result<Transacted> {
        let Some(update) = self.budget_update(group)? else {
            let mut reasons = vec![String::new(); group.len()];
            reasons.push(CHANGED.to_owned());
            return Ok(Transacted::Cancelled(reasons));
        };
        let mut writes = Vec::with_capacity(group.len() + 1);
        for claim in group {
            let put = Put::builder()
                .table_name(&self.name)
                .set_item(Some(claim.item.clone()))
                .condition_expression("revision = :before")
                .expression_attribute_values(":before", number(claim.before))
                .build()
                .context("build a write")?;
            writes.push(TransactWriteItem::builder().put(put).build());
        }
        writes.push(TransactWriteItem::builder().update(update).build());
        let mut crossing = 0;
        loop {
            let request = self.client.transact_write_items();
            let written = request.set_transact_items(Some(writes.clone())).send().await;
            let cancelled = match written
                .map_err(aws_sdk_dynamodb::error::SdkError::into_service_error)
            {
                Ok(_) => return Ok(Transacted::Written),
                Err(TransactWriteItemsError::TransactionCanceledException(cancelled)) => cancelled,
                Err(error) => return Err(service(&error)),
            };
            let reasons = cancelled.cancellation_reasons();
            let reasons: Vec<_> =
                reasons.iter().map(|reason| reason.code().unwrap_or_default().to_owned()).collect();
            let is = |wanted: &str| reasons.iter().any(|reason| reason == wanted);
            if !is(CROSSED) {
                anyhow::ensure!(is(CHANGED), "cancelled: {reasons:?}");
                return Ok(Transacted::Cancelled(reasons));
            }
            crossing += 1;
            if crossing == CROSSINGS {
                return Ok(Transacted::Crossed);
            }
            // Every batch of a campaign crosses at its money: wait a little, each its own little, and go
            // again.
            let last = sort_key(&group[0].item).bytes().last().unwrap_or_default();
            let share = u32::from(last % 16) + 1;
            tokio::time::sleep(CROSSING_WAIT * crossing * share / 16).await;
        }
    }

    /// The change of the money that goes with a group's writes; `None` when even an untouched budget could
    /// not bear it.
    fn budget_update(&self, group: &[Claim]) -> anyhow::Result<Option<Update>> {
        let update = |campaign: &CampaignId, month| {
            let key = keys::budget(campaign, month);
            Update::builder()
                .table_name(&self.name)
                .key("pk", text(key.pk))
                .key("sk", text(key.sk))
                .update_expression("ADD reserved :amount")
        };
        let first = group.first().context("a group of claims is empty")?;
        let update = match first.budget {
            BudgetMove::None => anyhow::bail!("a claim asks for no money"),
            BudgetMove::Reserve { reservation: Reservation { month, .. }, cap } => {
                let amount: Money = group.iter().map(|claim| claim.budget.reserved()).sum();
                let amount = amount.millipence();
                let Some(room) = cap.millipence().checked_sub(amount) else { return Ok(None) };
                update(&first.campaign, month)
                    .condition_expression("attribute_not_exists(reserved) OR reserved <= :room")
                    .expression_attribute_values(":room", number(room))
                    .expression_attribute_values(":amount", number(amount))
            }
            BudgetMove::Return(Reservation { month, amount }) => {
                let back = AttributeValue::N(format!("-{}", amount.millipence()));
                update(&first.campaign, month).expression_attribute_values(":amount", back)
            }
        };
        Ok(Some(update.build().context("build a budget change")?))
    }
}

fn tell_all(claims: impl IntoIterator<Item = Claim>, written: Written) {
    claims.into_iter().for_each(|claim| claim.tell(Ok(written)));
}

/// The first that waits, and those that go with it.
fn next_group(waiting: &mut Vec<Claim>) -> Option<Vec<Claim>> {
    if waiting.is_empty() {
        return None;
    }
    let first = waiting.remove(0);
    let others = waiting.extract_if(.., |claim| claim.goes_with(&first)).take(TOGETHER - 1);
    let others: Vec<_> = others.collect();
    Some(std::iter::once(first).chain(others).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(campaign: &str, month: &str, cap: u64) -> Claim {
        let month = domain::budget::Month::parse(month).unwrap();
        let reservation = Reservation { month, amount: Money::from_pence(3) };
        Claim {
            item: Item::new(),
            before: 1,
            campaign: CampaignId::parse(campaign).unwrap(),
            budget: BudgetMove::Reserve { reservation, cap: Money::from_pence(cap) },
            told: oneshot::channel().0,
        }
    }

    #[test]
    fn only_what_asks_the_same_money_under_the_same_cap_goes_together() {
        let back = || Claim {
            budget: BudgetMove::Return(Reservation {
                month: domain::budget::Month::parse("2026-03").unwrap(),
                amount: Money::from_pence(3),
            }),
            ..claim("highways", "2026-03", 100)
        };
        let mut waiting = vec![
            claim("highways", "2026-03", 100),
            claim("animals", "2026-03", 100),
            claim("highways", "2026-03", 100),
            claim("highways", "2026-04", 100),
            claim("highways", "2026-03", 200),
            back(),
            back(),
        ];
        let mut sizes = Vec::new();
        while let Some(group) = next_group(&mut waiting) {
            sizes.push(group.len());
        }
        assert_eq!(sizes, [2, 1, 1, 1, 1, 1]);
    }

    #[test]
    fn no_more_go_together_than_one_transaction_takes() {
        let mut waiting: Vec<_> = (0..60).map(|_| claim("highways", "2026-03", 100)).collect();
        let groups = std::iter::from_fn(|| next_group(&mut waiting));
        assert_eq!(groups.map(|group| group.len()).collect::<Vec<_>>(), [25, 25, 10]);
    }
}
