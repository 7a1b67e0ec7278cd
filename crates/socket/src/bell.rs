//! The driver's side of a doorbell: a ring puts a key into the reactor's queue. Calls nothing back.
//! See `rfc/0001-contracts.md`.

use std::sync::{Arc, Weak};

use speedwell_transport::{Doorbell, Ring};

use crate::reactor::{Shared, Visit};
use crate::sync::{AtomicBool, Ordering};

#[derive(Debug)]
pub(crate) struct Bell {
    key: usize,
    reactor: Weak<Shared>,
    rung: AtomicBool,
}

impl Bell {
    pub(crate) fn new(key: usize, reactor: Weak<Shared>) -> Arc<Self> {
        Arc::new(Self {
            key,
            reactor,
            rung: AtomicBool::new(false),
        })
    }

    pub(crate) fn doorbell(self: &Arc<Self>) -> Doorbell {
        Doorbell::new(self.clone())
    }

    /// The visit begins: the next ring leads to another.
    pub(crate) fn answer(&self) {
        // Reads what the last ring wrote, and so sees whatever was done before it: a ring that
        // found the bell rung leads to no visit but this.
        self.rung.swap(false, Ordering::SeqCst);
    }
}

impl Ring for Bell {
    fn ring(&self) {
        if !self.rung.swap(true, Ordering::SeqCst)
            && let Some(reactor) = self.reactor.upgrade()
        {
            reactor.enqueue(self.key, Visit::ALL);
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::sync::atomic::AtomicU32;
    use std::thread;

    use super::*;
    use crate::testing::still;

    #[test]
    fn rings_before_an_answer_count_as_one() {
        let shared = still();
        let bell = Bell::new(7, Arc::downgrade(&shared));
        for _ in 0..3 {
            bell.doorbell().ring();
        }
        assert_eq!(shared.take_rung(), [7]);
        bell.ring();
        assert_eq!(shared.take_rung(), [], "the visit has not begun yet");
        bell.answer();
        assert_eq!(shared.take_rung(), [], "an answer is no ring");
        bell.ring();
        assert_eq!(shared.take_rung(), [7]);
    }

    #[test]
    fn a_ring_that_comes_during_a_visit_leads_to_another() {
        const RINGS: u32 = 20_000;
        let shared = still();
        let bell = Bell::new(0, Arc::downgrade(&shared));
        let news = AtomicU32::new(0);
        thread::scope(|scope| {
            scope.spawn(|| {
                for number in 1..=RINGS {
                    news.store(number, Ordering::SeqCst);
                    bell.ring();
                }
            });
            // Each visit looks at everything; the last ring must lead to one that sees the last.
            let start = std::time::Instant::now();
            let mut seen = 0;
            while seen < RINGS {
                for _ in shared.take_rung() {
                    bell.answer();
                    seen = news.load(Ordering::SeqCst);
                }
                assert!(start.elapsed() < crate::testing::SOON, "a ring was lost");
            }
        });
    }

    #[test]
    fn a_ring_after_the_end_of_the_reactor_is_harmless() {
        let shared = still();
        let doorbell = Bell::new(7, Arc::downgrade(&shared)).doorbell();
        drop(shared);
        doorbell.ring();
        doorbell.clone().ring();
    }
}
