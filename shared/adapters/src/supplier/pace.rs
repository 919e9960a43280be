//! A supplier's pace: so many texts a second and no more, whoever is waiting.
//!
//! `SendConcurrency` batches run at once, each in a process of its own, so each process gets its
//! share of the supplier's rate; together they never pass it.

use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Hands out turns at a steady rate. A turn that nobody took is not saved up.
#[derive(Debug)]
pub struct Pace {
    gap: Duration,
    next: Mutex<Option<Instant>>,
}

impl Pace {
    /// A share of a supplier's rate.
    pub fn new(per_second: NonZeroU32, processes: NonZeroU32) -> Self {
        let gap = Duration::from_secs(1) * processes.get() / per_second.get();
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
        let mine = next.map_or(now, |next| next.max(now));
        *next = Some(mine + self.gap);
        mine - now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(per_second: u32, processes: u32) -> Pace {
        Pace::new(per_second.try_into().unwrap(), processes.try_into().unwrap())
    }

    #[test]
    fn a_hundred_at_once_leave_one_after_the_other() {
        let (pace, now) = (pace(50, 2), Instant::now());
        for place in 0..100 {
            assert_eq!(pace.take(now), Duration::from_millis(40) * place);
        }
    }

    #[test]
    fn an_idle_hour_saves_no_burst_up() {
        let (pace, now) = (pace(10, 1), Instant::now());
        assert_eq!(pace.take(now), Duration::ZERO);
        let later = now + Duration::from_secs(3600);
        assert_eq!(pace.take(later), Duration::ZERO);
        assert_eq!(pace.take(later), Duration::from_millis(100));
    }
}
