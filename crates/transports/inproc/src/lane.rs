//! One direction of a pipe: a bounded queue that its receiver empties in batches. Never rings a
//! bell itself: it says who must be woken. See `rfc/sp-inproc.md` sections 5 to 7.
//!
//! The sender appends to `shared`. The receiver, when its batch is used up, swaps the two queues
//! whole, and then fills inboxes from the batch without disturbing the sender.
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
//! A wake-up is carried out after the lock is released, and may come when its reason has been
//! seen to already. A visit too many is harmless.
//!
//! # Each message has one fate (I-27)
//!
//! A message is in the queue, in the batch, or in an inbox. `take_back` moves whatever is in the
//! first two back to the sender's hands, while holding both locks, and sets `cut`. A reading
//! holds the lock of the batch from its beginning to its end, so it is over before that or begins
//! after it, and after it finds nothing.

use std::collections::VecDeque;

use speedwell_transport::{Budget, End, Flow, Inbox, Message, RxState};

use crate::sync::Mutex;

/// What each message counts on top of its octets, so that empty messages are bounded too.
pub const MESSAGE_COST: usize = 8;

/// Messages that a queue keeps room for once it is empty. A lane has two: what a full lane of
/// 24-octet messages needs at the default limit is kept, so that a steady stream allocates
/// nothing, and what a burst of smaller ones needed beyond that is given back.
pub const CAPACITY_RETAINED_MAX: usize = 4096;

/// Locked in this order: `batch`, then `shared`.
pub(crate) struct Lane {
    limit: usize,
    /// What the receiver has swapped out and not yet delivered, oldest first: all of it is older
    /// than the queue. Only the receiver uses it, until the lane is cut.
    batch: Mutex<VecDeque<Message>>,
    shared: Mutex<Shared>,
}

struct Shared {
    /// What was pushed and not swapped out, oldest first. Once cut: what waits for `take_unsent`.
    queue: VecDeque<Message>,
    /// The cost of all that was pushed and not delivered, in queue and batch.
    held: usize,
    /// What the sender was told last.
    flow: Flow,
    /// The receiver has seen the queue empty, or never looked: the next push wakes it.
    parked: bool,
    has_sender: bool,
    has_receiver: bool,
    /// What was not delivered went back to the sender; nothing will be delivered any more.
    cut: bool,
}

/// The outcome of a push.
#[derive(Debug)]
pub(crate) struct Pushed {
    pub(crate) flow: Flow,
    pub(crate) wakes_receiver: bool,
}

/// The outcome of a reading.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) state: RxState,
    pub(crate) wakes_sender: bool,
}

impl Lane {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            batch: Mutex::default(),
            shared: Mutex::new(Shared {
                queue: VecDeque::new(),
                held: 0,
                flow: Flow::Open,
                parked: true,
                has_sender: true,
                has_receiver: true,
                cut: false,
            }),
        }
    }

    /// Accepts a message, whatever the state of the lane.
    pub(crate) fn push(&self, message: Message) -> Pushed {
        let cost = cost(&message);
        let mut shared = self.shared.lock();
        // rfc: sp-inproc I-16, I-17
        shared.queue.push_back(message);
        // rfc: sp-inproc I-19
        shared.held = shared.held.saturating_add(cost);
        if shared.held >= self.limit {
            shared.flow = Flow::Full;
        }
        // rfc: sp-inproc I-21, I-22
        let is_cut = shared.cut;
        Pushed {
            flow: shared.flow(),
            wakes_receiver: std::mem::take(&mut shared.parked) && !is_cut,
        }
    }

    /// Whether the sender should go on.
    pub(crate) fn flow(&self) -> Flow {
        self.shared.lock().flow()
    }

    /// Whether the receiver has taken everything.
    pub(crate) fn is_drained(&self) -> bool {
        self.shared.lock().held == 0
    }

    /// Moves messages into `inbox` while the budget allows.
    pub(crate) fn read(&self, inbox: &mut Inbox, budget: &Budget<'_>) -> Reading {
        let mut batch = self.batch.lock();
        let mut wakes_sender = false;
        let state = loop {
            let delivered = deliver(&mut batch, inbox, budget);
            give_back_capacity(&mut batch);
            let mut shared = self.shared.lock();
            wakes_sender |= shared.release(delivered, self.limit);
            if !batch.is_empty() {
                break RxState::more();
            }
            // After a cut, what is in the queue is the sender's.
            if shared.queue.is_empty() || shared.cut {
                break shared.at_rest();
            }
            if !budget.allows(inbox) {
                break RxState::more();
            }
            std::mem::swap(&mut *batch, &mut shared.queue);
        };
        Reading {
            state,
            wakes_sender,
        }
    }

    /// The oldest message that was not delivered; none will be from the first call on.
    pub(crate) fn take_unsent(&self) -> Option<Message> {
        let mut batch = self.batch.lock();
        let mut shared = self.shared.lock();
        // rfc: sp-inproc I-26
        shared.take_back(&mut batch);
        shared.queue.pop_front()
    }

    /// The sender is gone: what was pushed is still delivered.
    pub(crate) fn close_sender(&self) {
        let mut shared = self.shared.lock();
        shared.has_sender = false;
        let nobodys = shared.nobodys();
        drop(shared);
        drop(nobodys);
    }

    /// The receiver is gone: what it has not delivered goes back to the sender.
    pub(crate) fn close_receiver(&self) {
        let mut batch = self.batch.lock();
        let mut shared = self.shared.lock();
        shared.has_receiver = false;
        shared.take_back(&mut batch);
        let nobodys = shared.nobodys();
        drop(shared);
        drop(batch);
        drop(nobodys);
    }

    pub(crate) fn has_sender(&self) -> bool {
        self.shared.lock().has_sender
    }

    pub(crate) fn has_receiver(&self) -> bool {
        self.shared.lock().has_receiver
    }
}

impl Shared {
    /// Nobody reads behind a cut: the sender should not add to what will only come back.
    fn flow(&self) -> Flow {
        // rfc: sp-inproc I-28
        if self.cut { Flow::Full } else { self.flow }
    }

    /// Accounts for what was delivered. True when the sender waits and there is room now.
    fn release(&mut self, delivered: usize, limit: usize) -> bool {
        self.held = self.held.saturating_sub(delivered);
        // rfc: sp-inproc I-20
        let reopens = self.flow == Flow::Full && self.held <= limit / 2 && !self.cut;
        if reopens {
            self.flow = Flow::Open;
        }
        reopens
    }

    /// Nothing is left to deliver: the receiver parks, unless nothing will come any more.
    fn at_rest(&mut self) -> RxState {
        if self.cut || !self.has_sender {
            return RxState::ended(End::Closed);
        }
        self.parked = true;
        RxState::idle()
    }

    /// Puts what was not delivered where `take_unsent` finds it, oldest first.
    fn take_back(&mut self, batch: &mut VecDeque<Message>) {
        // rfc: sp-inproc I-27
        if !self.cut {
            self.cut = true;
            batch.append(&mut self.queue);
            std::mem::swap(batch, &mut self.queue);
        }
    }

    /// What neither side can ask for any more. To be dropped when no lock is held.
    fn nobodys(&mut self) -> VecDeque<Message> {
        if self.cut && !self.has_sender {
            std::mem::take(&mut self.queue)
        } else {
            VecDeque::new()
        }
    }
}

/// Fills the inbox from the batch, and says what that cost.
fn deliver(batch: &mut VecDeque<Message>, inbox: &mut Inbox, budget: &Budget<'_>) -> usize {
    let mut delivered = 0_usize;
    while budget.allows(inbox) {
        let Some(mut message) = batch.pop_front() else {
            break;
        };
        delivered = delivered.saturating_add(cost(&message));
        // The pipe it came on in the sender's socket means nothing here. rfc: sp-inproc I-15
        message.set_origin(None);
        inbox.push(message);
    }
    delivered
}

// rfc: sp-inproc I-23
fn give_back_capacity(batch: &mut VecDeque<Message>) {
    if batch.is_empty() && batch.capacity() > CAPACITY_RETAINED_MAX {
        batch.shrink_to(CAPACITY_RETAINED_MAX);
    }
}

// rfc: sp-inproc I-18
fn cost(message: &Message) -> usize {
    message.octets().saturating_add(MESSAGE_COST)
}

#[cfg(test)]
mod tests;
