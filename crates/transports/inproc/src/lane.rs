//! One direction of a pipe: a bounded queue that its receiver empties in batches. Never rings a
//! bell itself: it says who must be woken. See `rfc/sp-inproc.md` sections 5 to 7.
//!
//! Messages lie in *chunks*, which are inboxes: the sender fills one, and the receiver takes one
//! whole for the emptied inbox that it came with. So a message moves once, into its chunk, and the
//! memory of chunks goes round between the two sides.
//!
//! While the receiver is behind, the sender *keeps back* what it fills, and comes to the lock once
//! a chunk: then a message costs it no atomic operation, each of which would wait for the lines of
//! the chunk that the other processor has.
//!
//! # No wake-up is lost (I-21, I-22)
//!
//! Whatever one side may wait for changes under the lock of `shared`, and a side that is about to
//! wait looks at it under that lock last. So for each pair of events there are two orders only:
//!
//! - *The receiver finds nothing and parks; the sender pushes.* Push first: the receiver finds
//!   the message. Park first: the push sees `parked`, clears it, and wakes. Pushes after that wake
//!   nobody, and need not: the woken receiver has not looked yet, and will look at everything.
//! - *The receiver finds nothing and parks; the sender goes.* The same, and going always wakes.
//! - *The receiver stops at its budget.* It says `more`, and is called again without a wake-up,
//!   so it leaves `parked` as it is: false.
//! - *The sender is told `Full`; the receiver delivers.* `Full` is stored under the lock that
//!   counted the message. A delivery accounted for before is contained in the count; one
//!   accounted for later sees `Full`, and at half the limit opens and wakes. It comes to that:
//!   while `held` is not zero, the receiver has been woken or has said `more`, and each reading
//!   accounts for all that it delivered before it returns.
//! - *The sender is told `Full`; the receiver goes.* Going always wakes.
//!
//! Only keeping back happens without the lock. The sender says `withheld` and then looks at
//! `wanted`; a receiver that parks says `wanted` and then looks at `withheld`. In the one order
//! that these four have, a look comes last, so one of the two sees the other: the sender hands over
//! at once, or the receiver wakes the sender, which is to flush.
//!
//! A wake-up is carried out after the lock is released, and may come when its reason has been
//! seen to already. A visit too many is harmless.
//!
//! # Each message has one fate (I-27)
//!
//! A message is with the sender, in a chunk, or in an inbox of the receiver. From the first call of
//! `take_unsent` on the chunks are the sender's, and a reading finds nothing.

mod shared;

use speedwell_transport::{Budget, End, Flow, Inbox, Message, RxState};

use crate::sync::{AtomicBool, Mutex, MutexGuard, Ordering, fence, yield_now};
use shared::Shared;

/// What each message counts on top of its octets, so that empty messages are bounded too.
pub const MESSAGE_COST: usize = 8;

/// Messages that the emptied chunks of a lane keep room for at the default limit: what a full lane
/// of 24-octet messages needs is kept, so that a steady stream allocates nothing, and what a burst
/// of smaller ones needed beyond that is freed.
pub const CAPACITY_RETAINED_MAX: usize = 4096;

/// Octets of the limit for each message that room is kept for beyond that: where the limit is set
/// higher, a steady stream of 64-octet messages allocates nothing either. 65,536 messages are the
/// most.
const OCTETS_A_PLACE: usize = 64 + MESSAGE_COST;

/// Messages that a sender has kept back at least when the receiver waits for them, if it is to go
/// on keeping. With fewer the receiver is as fast as the sender, and should have each at once.
const KEPT_MIN: usize = 16;

/// How often a receiver that has found nothing yields to the sender that keeps a chunk back,
/// before it waits for it. A chunk is filled within about so many times.
const YIELDS_MAX: usize = 16;

pub(crate) struct Lane {
    signals: Apart<Signals>,
    shared: Apart<Mutex<Shared>>,
}

/// On lines of the cache of its own: apart from the twin lane, whose sides are used by the same two
/// threads the other way round, and from what is used at other times.
#[repr(align(128))]
struct Apart<T>(T);

/// What is said without the lock.
struct Signals {
    /// The sender keeps messages back. Said by the sender.
    withheld: AtomicBool,
    /// The receiver waits, or is gone: the sender is to come to the lock with its next message.
    /// Written under the lock.
    wanted: AtomicBool,
}

/// The outcome of a push.
#[derive(Debug)]
pub(crate) struct Pushed {
    pub(crate) flow: Flow,
    pub(crate) wakes_receiver: bool,
    /// What the sender may keep back before it comes again; zero when it is to keep nothing.
    pub(crate) room: usize,
}

/// The outcome of a reading.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) state: RxState,
    /// The sender waits for room, or for the end of everything, and has it now, or it keeps back
    /// what the receiver waits for.
    pub(crate) wakes_sender: bool,
}

impl Lane {
    pub(crate) fn new(limit: usize) -> Self {
        let signals = Signals {
            withheld: AtomicBool::new(false),
            wanted: AtomicBool::new(true),
        };
        Self {
            signals: Apart(signals),
            shared: Apart(Mutex::new(Shared::new(limit))),
        }
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.0.lock()
    }

    /// Accepts a message, whatever the state of the lane.
    pub(crate) fn push(&self, message: Message) -> Pushed {
        let mut shared = self.shared();
        shared.append(message);
        let may_keep = shared.is_behind();
        self.pushed(&mut shared, may_keep)
    }

    /// Accepts what the sender has kept back, and leaves it an empty inbox to fill.
    pub(crate) fn push_kept(&self, kept: &mut Inbox) -> Pushed {
        let may_keep = kept.len() >= KEPT_MIN;
        let mut shared = self.shared();
        self.signals.0.withheld.store(false, Ordering::Relaxed);
        shared.append_all(kept);
        let may_keep = may_keep || !shared.parked;
        self.pushed(&mut shared, may_keep)
    }

    fn pushed(&self, shared: &mut Shared, may_keep: bool) -> Pushed {
        // rfc: sp-inproc I-21, I-22
        let wakes_receiver = shared.unpark();
        if wakes_receiver {
            self.signals.0.wanted.store(false, Ordering::Relaxed);
        }
        Pushed {
            flow: shared.flow(),
            wakes_receiver,
            room: if may_keep { shared.room() } else { 0 },
        }
    }

    /// Says that the sender has begun to keep messages back.
    // rfc: sp-inproc I-29
    pub(crate) fn withhold(&self) {
        self.signals.0.withheld.store(true, Ordering::SeqCst);
        // What the look at `wanted` that follows sees is no older than this.
        fence(Ordering::SeqCst);
    }

    /// True when the sender is to hand over what it keeps back.
    // rfc: sp-inproc I-29
    #[inline]
    pub(crate) fn is_wanted(&self) -> bool {
        self.signals.0.wanted.load(Ordering::Relaxed)
    }

    fn is_withheld(&self) -> bool {
        self.signals.0.withheld.load(Ordering::Relaxed)
    }

    /// Whether the sender should go on.
    pub(crate) fn flow(&self) -> Flow {
        self.shared().flow()
    }

    /// Whether the receiver has taken everything. If not, the sender is woken when it has.
    // rfc: sp-inproc I-30
    pub(crate) fn is_drained(&self) -> bool {
        let mut shared = self.shared();
        shared.awaited = shared.held > 0;
        !shared.awaited
    }

    /// Moves messages into `inbox` while the budget allows.
    pub(crate) fn read(&self, inbox: &mut Inbox, budget: &Budget<'_>) -> Reading {
        let mut shared = self.shared();
        if shared.is_empty() && self.is_withheld() {
            MutexGuard::unlocked(&mut shared, || self.await_chunk());
        }
        let delivered = shared.deliver(inbox, budget);
        let has_waited = shared.release(delivered);
        let (state, asks) = if shared.has_ended() {
            (RxState::ended(End::Closed), false)
        } else if !shared.is_empty() || (delivered > 0 && self.is_withheld()) {
            (RxState::more(), false)
        } else {
            shared.parked = true;
            (RxState::idle(), self.is_to_flush())
        };
        Reading {
            state,
            wakes_sender: has_waited || asks,
        }
    }

    /// Gives a sender that fills a chunk the time to complete it.
    fn await_chunk(&self) {
        for _ in 0..YIELDS_MAX {
            if !self.is_withheld() {
                return;
            }
            yield_now();
        }
    }

    /// The receiver parks. True when the sender keeps back what it waits for.
    // rfc: sp-inproc I-29
    fn is_to_flush(&self) -> bool {
        self.signals.0.wanted.store(true, Ordering::SeqCst);
        fence(Ordering::SeqCst);
        self.signals.0.withheld.load(Ordering::SeqCst)
    }

    /// The oldest message that was not delivered; none will be from the first call on.
    pub(crate) fn take_unsent(&self) -> Option<Message> {
        let mut shared = self.shared();
        // rfc: sp-inproc I-26, I-27
        shared.cut = true;
        shared.take_oldest()
    }

    /// The sender goes, and leaves what was pushed to the receiver; false, with nothing changed,
    /// when that takes nothing more.
    // rfc: sp-inproc I-31
    pub(crate) fn leave(&self) -> bool {
        let mut shared = self.shared();
        shared.has_sender &= shared.cut;
        !shared.cut
    }

    /// The receiver takes nothing more, and leaves the rest to the sender; false, with nothing
    /// changed, when that is gone.
    // rfc: sp-inproc I-31
    pub(crate) fn give_back(&self) -> bool {
        let mut shared = self.shared();
        shared.cut |= shared.has_sender;
        if shared.cut {
            self.signals.0.wanted.store(true, Ordering::Relaxed);
        }
        shared.cut
    }

    /// The sender is gone: what was pushed is still delivered.
    pub(crate) fn close_sender(&self) {
        let mut shared = self.shared();
        shared.has_sender = false;
        let nobodys = shared.nobodys();
        drop(shared);
        drop(nobodys);
    }

    /// The receiver is gone: what it has not delivered goes back to the sender.
    pub(crate) fn close_receiver(&self) {
        let mut shared = self.shared();
        shared.has_receiver = false;
        // rfc: sp-inproc I-27
        shared.cut = true;
        self.signals.0.wanted.store(true, Ordering::Relaxed);
        let nobodys = shared.nobodys();
        drop(shared);
        drop(nobodys);
    }

    pub(crate) fn has_sender(&self) -> bool {
        self.shared().has_sender
    }

    pub(crate) fn has_receiver(&self) -> bool {
        self.shared().has_receiver
    }
}

// rfc: sp-inproc I-18
pub(crate) fn cost(octets: usize, messages: usize) -> usize {
    octets.saturating_add(messages.saturating_mul(MESSAGE_COST))
}

#[cfg(test)]
mod tests;
