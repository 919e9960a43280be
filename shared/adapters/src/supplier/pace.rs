//! A supplier's pace: so many texts a second and no more, whoever is waiting.
//!
//! `SendConcurrency` batches run at once, each in a process of its own, so each process gets its
//! share of the supplier's rate; together they never pass it.

use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// For how long turns that nobody took are saved up: about as long as a supplier takes to answer the last
/// text of a batch, in which its process takes no turn. Without it two processes get 29 of 50 a second.
const SAVED: Duration = Duration::from_millis(500);

/// What a supplier's rate is counted over: GOV.UK Notify takes 3,000 in any minute (its API
/// documentation, "Rate limits").
const WINDOW_SECONDS: u32 = 60;
const WINDOW: Duration = Duration::from_secs(WINDOW_SECONDS as u64);

/// Hands out turns at a steady rate, with what was saved up at once. In no [`WINDOW`] are there more than the
/// rate allows, the saved ones among them.
#[derive(Debug)]
pub struct Pace {
    gap: Duration,
    next: Mutex<Option<Instant>>,
}

impl Pace {
    /// A share of a supplier's rate.
    pub fn new(per_second: NonZeroU32, processes: NonZeroU32) -> Self {
        let in_a_window = per_second.get().saturating_mul(WINDOW_SECONDS);
        // Longer by as much as may be saved up, so that a minute that begins with that has no more either;
        // and rounded up.
        let gap = (WINDOW + SAVED) * processes.get() / in_a_window + Duration::from_nanos(1);
        Self { gap, next: Mutex::default() }
    }

    /// Waits for one's turn.
    pub async fn turn(&self) {
        let wait = self.take(Instant::now());
        tokio::time::sleep(wait).await;
    }

    /// Takes the next turn and says how far off it is.
    fn take(&self, now: Instant) -> Duration {
        // A number in a lock is whole whatever became of its last holder.
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        // A process that has just started has saved nothing: there may have been another before it.
        let mine = next.map_or(now, |next| next.max(now.checked_sub(SAVED).unwrap_or(next)));
        *next = Some(mine + self.gap);
        mine.saturating_duration_since(now)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pace(per_second: u32, processes: u32) -> Pace {
        Pace::new(per_second.try_into().unwrap(), processes.try_into().unwrap())
    }

    #[test]
    fn a_hundred_at_once_leave_one_after_the_other() {
        let (pace, now) = (pace(50, 2), Instant::now());
        for place in 0..100 {
            assert_eq!(pace.take(now), Duration::from_nanos(40_333_334) * place);
        }
    }

    #[test]
    fn an_idle_hour_saves_half_a_second_up_and_no_more() {
        let (pace, now) = (pace(10, 1), Instant::now());
        assert_eq!(pace.take(now), Duration::ZERO);
        let later = now + Duration::from_secs(3600);
        let waits: Vec<_> = (0..7).map(|_| pace.take(later).as_millis()).collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 4, 105]);
    }

    proptest! {
        /// Callers come one after the other, each so long after the last one left.
        #[test]
        fn no_minute_has_more_than_the_rate_allows(
            per_second in 1_u32..100,
            processes in 1_u32..17,
            idle_ms in prop::collection::vec(prop_oneof![4 => Just(0), 1 => 0_u64..2_000], 1..400),
        ) {
            let (pace, begun) = (pace(per_second, processes), Instant::now());
            let mut now = begun;
            let mut left = Vec::new();
            for idle in idle_ms.into_iter().cycle().take(7_000) {
                now += Duration::from_millis(idle);
                now += pace.take(now);
                left.push(now);
            }
            let allowed = (per_second * 60).div_ceil(processes) as usize;
            for (first, after) in left.iter().zip(left.iter().skip(allowed)) {
                prop_assert!(*after - *first >= WINDOW, "{:?}", *after - *first);
            }
        }
    }
}
