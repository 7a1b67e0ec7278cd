//! A lane by itself: its limit, whom it wakes, and the memory it keeps. See `rfc/sp-inproc.md`
//! sections 6 and 7.

use super::*;
use speedwell_transport::Scratch;

/// A lane and an endless supply of inboxes.
struct Bench {
    lane: Lane,
    scratch: Scratch,
    inbox: Inbox,
}

impl Bench {
    fn new(limit: usize) -> Self {
        Self {
            lane: Lane::new(limit),
            scratch: Scratch::new(),
            inbox: Inbox::new(),
        }
    }

    fn push(&self, octets: usize) -> Pushed {
        self.lane.push(Message::from(vec![7; octets]))
    }

    /// Reads at most `messages` and returns how many came, and the outcome.
    fn read(&mut self, messages: usize) -> (usize, Reading) {
        let budget = Budget {
            messages,
            octets: usize::MAX,
            scratch: &mut self.scratch,
        };
        let reading = self.lane.read(&mut self.inbox, &budget);
        (self.inbox.clear(), reading)
    }

    /// Messages for which the lane and its receiver have room.
    fn capacity(&self) -> usize {
        let shared = self.lane.shared();
        let chunks: usize = shared.chunks.iter().map(Inbox::capacity).sum();
        let spare: usize = shared.spare.iter().map(Inbox::capacity).sum();
        assert_eq!(spare, shared.spare_room);
        chunks + spare + shared.filling.capacity() + self.inbox.capacity()
    }

    /// Messages in the lane.
    fn len(&self) -> usize {
        let shared = self.lane.shared();
        shared.chunks.iter().map(Inbox::len).sum::<usize>() + shared.filling.len()
    }
}

// rfc: sp-inproc I-21
#[test]
fn wakes_the_receiver_once_for_all_it_has_not_seen() {
    let mut bench = Bench::new(10_000);
    assert!(bench.push(1).wakes_receiver);
    assert!(!bench.push(1).wakes_receiver);
    let (count, reading) = bench.read(1);
    assert_eq!((count, reading.state.more), (1, true));
    assert!(!bench.push(1).wakes_receiver);
    let (count, reading) = bench.read(64);
    assert_eq!((count, reading.state.more), (2, false));
    assert!(bench.push(1).wakes_receiver);
}

// rfc: sp-inproc I-18 I-19 I-20
#[test]
fn is_full_at_the_limit_and_open_again_at_half() {
    let mut bench = Bench::new(40);
    assert_eq!(bench.push(2).flow, Flow::Open);
    assert_eq!(bench.push(2).flow, Flow::Open);
    assert_eq!(bench.push(2).flow, Flow::Open);
    assert_eq!(bench.push(2).flow, Flow::Full);
    // 30 of 40 are held: below the limit, and not yet at half.
    assert!(!bench.read(1).1.wakes_sender);
    assert_eq!(bench.lane.flow(), Flow::Full);
    assert!(bench.read(1).1.wakes_sender);
    assert_eq!(bench.lane.flow(), Flow::Open);
    assert!(!bench.read(1).1.wakes_sender);
}

/// What is left of a chunk that was begun still counts.
#[test]
fn counts_what_is_not_delivered() {
    let mut bench = Bench::new(1_000);
    while bench.push(2).flow.is_open() {}
    assert_eq!(bench.read(1).0, 1);
    assert_eq!((bench.len(), bench.lane.shared().held), (99, 990));
    assert_eq!(bench.push(2).flow, Flow::Full);
}

// rfc: sp-inproc I-16
#[test]
fn the_order_stays_whatever_parts_are_read() {
    let mut bench = Bench::new(usize::MAX);
    let (mut sent, mut came) = (0_u32.., Vec::new());
    for (pushes, messages) in [
        (1, 3),
        (200, 64),
        (3, 1),
        (0, 70),
        (64, 64),
        (100, 7),
        (0, 500),
    ] {
        for number in sent.by_ref().take(pushes) {
            bench.lane.push(Message::from(number.to_be_bytes()));
        }
        let budget = Budget {
            messages,
            octets: usize::MAX,
            scratch: &mut bench.scratch,
        };
        let _ = bench.lane.read(&mut bench.inbox, &budget);
        assert!(bench.inbox.len() <= messages);
        came.extend(std::iter::from_fn(|| bench.inbox.pop()));
    }
    came.extend(std::iter::from_fn(|| bench.lane.take_unsent()));
    let numbers = 0..sent.next().unwrap();
    assert!(
        came.into_iter()
            .eq(numbers.map(|n| Message::from(n.to_be_bytes())))
    );
}

#[test]
fn empty_messages_are_bounded_too() {
    let bench = Bench::new(800);
    let mut pushed = 1;
    while bench.push(0).flow.is_open() {
        pushed += 1;
    }
    assert_eq!(pushed, 800 / MESSAGE_COST);
}

#[test]
fn one_message_of_any_size_fits_any_limit() {
    for limit in [0, 1, 1_000] {
        let mut bench = Bench::new(limit);
        assert_eq!(bench.lane.flow(), Flow::Open);
        assert_eq!(bench.push(1_000_000).flow, Flow::Full);
        let (count, reading) = bench.read(64);
        assert!(count == 1 && reading.wakes_sender);
        assert_eq!(bench.lane.flow(), Flow::Open);
    }
}

// rfc: sp-inproc I-23
#[test]
fn a_steady_stream_allocates_no_queue() {
    for limit in [128 * 1024, 4 * 1024 * 1024] {
        let mut bench = Bench::new(limit);
        let mut stream = |rounds: usize| {
            for _ in 0..rounds {
                while bench.lane.push(Message::from(&[7; 64])).flow.is_open() {}
                while bench.read(64).1.state.more {}
            }
            bench.capacity()
        };
        let warm = stream(2);
        assert_eq!(stream(20), warm);
        assert!(warm >= limit / (64 + MESSAGE_COST));
    }
}

// rfc: sp-inproc I-23
#[test]
fn a_burst_gives_its_memory_back() {
    let mut bench = Bench::new(128 * 1024);
    for _ in 0..2 {
        for _ in 0..5 * CAPACITY_RETAINED_MAX {
            bench.push(0);
        }
        while bench.read(64).1.state.more {}
    }
    let capacity = bench.capacity();
    assert!(capacity <= CAPACITY_RETAINED_MAX + 64, "{capacity}");
}

// rfc: sp-inproc I-25 I-28
#[test]
fn nobody_is_woken_behind_a_cut() {
    let mut bench = Bench::new(10);
    bench.push(1);
    bench.push(1);
    bench.read(1);
    assert!(bench.lane.take_unsent().is_some());
    assert!(!bench.push(1).wakes_receiver);
    assert_eq!(bench.lane.flow(), Flow::Full);
    let (count, reading) = bench.read(64);
    assert_eq!(count, 0);
    assert!(matches!(reading.state.end, Some(End::Closed)) && !reading.wakes_sender);
    assert!(bench.lane.take_unsent().is_some());
    assert!(bench.lane.take_unsent().is_none());
}

/// Neither side can ask for them: their memory must not wait for the end of the session.
#[test]
fn what_nobody_can_ask_for_is_dropped_at_once() {
    let bench = Bench::new(10);
    bench.push(1);
    bench.lane.close_receiver();
    assert_eq!(bench.len(), 1);
    bench.lane.close_sender();
    assert_eq!(bench.capacity(), 0);

    let bench = Bench::new(10);
    bench.push(1);
    bench.lane.close_sender();
    assert_eq!(bench.len(), 1);
    bench.lane.close_receiver();
    assert_eq!(bench.capacity(), 0);
}

// rfc: sp-reqrep R-14
#[test]
fn is_drained_when_the_receiver_has_everything() {
    let mut bench = Bench::new(10_000);
    assert!(bench.lane.is_drained());
    bench.push(1);
    bench.push(0);
    assert!(!bench.lane.is_drained());
    bench.read(1);
    assert!(!bench.lane.is_drained());
    bench.read(64);
    assert!(bench.lane.is_drained());
}
