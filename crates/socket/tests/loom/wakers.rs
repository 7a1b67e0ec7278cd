//! The waker cell by itself, and the reactor's rings.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Wake, Waker};

use loom::thread;

use crate::reactor::{Shared, Visit};
use crate::waker_cell::WakerCell;

/// Counts; not one of the primitives that are tried.
#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

// rfc: sp-waiting W-33
#[test]
fn fault_87_a_call_that_crosses_a_new_waker_is_seen_or_wakes_it() {
    loom::model(|| {
        let cell = Arc::new(WakerCell::default());
        let (old, new) = (Arc::new(Count::default()), Arc::new(Count::default()));
        assert!(!cell.watch(&Waker::from(old)));
        let caller = thread::spawn({
            let cell = cell.clone();
            move || {
                cell.call();
                cell.wake();
            }
        });
        let was_called = cell.watch(&Waker::from(new.clone()));
        caller.join().unwrap();
        assert!(was_called || new.0.load(Ordering::SeqCst) == 1);
    });
}

// rfc: sp-endpoint E-61
#[test]
fn a_ring_that_crosses_the_reactors_way_to_sleep_is_seen_or_wakes_it() {
    loom::model(|| {
        let shared = Arc::new(Shared::new());
        let bell = crate::bell::Bell::new(7, Arc::downgrade(&shared));
        let ringer = thread::spawn({
            let doorbell = bell.doorbell();
            move || doorbell.ring()
        });
        // As the reactor's loop does; a sleep that nobody ends is a deadlock.
        let mut rings: Vec<(usize, Visit)> = Vec::new();
        while rings.is_empty() {
            shared.rung.lie_down();
            if shared.rung.is_empty() {
                shared.sleep();
            }
            shared.rung.get_up();
            shared.rung.swap(&mut rings);
        }
        assert_eq!(rings[0].0, 7);
        ringer.join().unwrap();
    });
}

// rfc: sp-endpoint E-61
#[test]
fn a_ring_that_crosses_a_visit_leads_to_another_or_is_seen_by_it() {
    loom::model(|| {
        let shared = Arc::new(Shared::new());
        let bell = crate::bell::Bell::new(0, Arc::downgrade(&shared));
        let news = Arc::new(loom::sync::atomic::AtomicUsize::new(0));
        bell.doorbell().ring();
        let ringer = thread::spawn({
            let (doorbell, news) = (bell.doorbell(), news.clone());
            move || {
                news.store(1, Ordering::SeqCst);
                doorbell.ring();
            }
        });
        bell.answer();
        let seen = news.load(Ordering::SeqCst);
        ringer.join().unwrap();
        let mut rings = Vec::new();
        shared.rung.swap(&mut rings);
        // The first ring led to the visit; the second is seen by it or leads to the next.
        assert!(seen == 1 || rings.len() == 2);
    });
}
