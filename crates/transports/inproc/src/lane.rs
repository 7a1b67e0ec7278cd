//! One direction of a pipe: a bounded queue that its receiver empties in batches. Never rings a
//! bell itself: it says who must be woken. See `rfc/sp-inproc.md` sections 5 to 7.
//!
//! Messages lie in *chunks*, which are inboxes: the sender fills one, and the receiver takes one
//! whole for the emptied inbox that it came with. So a message moves once, into its chunk, and the
//! memory of chunks goes round between the two sides.
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
//! A message is in a chunk or in an inbox of the receiver. From the first call of `take_unsent` on
//! the chunks are the sender's, and a reading finds nothing.

use std::collections::VecDeque;
use std::mem;

use speedwell_message::INBOX_MESSAGES_MAX;
use speedwell_transport::{Budget, End, Flow, Inbox, Message, RxState};

use crate::sync::Mutex;

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

pub(crate) struct Lane {
    limit: usize,
    shared: Mutex<Shared>,
}

/// Apart from the twin lane, whose sides are used by the same two threads the other way round.
#[repr(align(128))]
struct Shared {
    /// Chunks with messages, oldest first: all of them older than `filling`.
    chunks: VecDeque<Inbox>,
    /// The newest messages.
    filling: Inbox,
    /// Emptied chunks, and for how many messages they have room.
    spare: Vec<Inbox>,
    spare_room: usize,
    /// The most that `spare_room` may be.
    room_max: usize,
    /// The cost of all that was pushed and not delivered.
    held: usize,
    /// What the sender was told last.
    flow: Flow,
    /// The receiver has seen the lane empty, or never looked: the next push wakes it.
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
            shared: Mutex::new(Shared {
                chunks: VecDeque::new(),
                filling: Inbox::new(),
                spare: Vec::new(),
                spare_room: 0,
                room_max: (limit / OCTETS_A_PLACE)
                    .saturating_add(2 * INBOX_MESSAGES_MAX)
                    .clamp(CAPACITY_RETAINED_MAX, 1 << 16),
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
    pub(crate) fn push(&self, mut message: Message) -> Pushed {
        // The pipe it came on in the sender's socket means nothing here. rfc: sp-inproc I-15
        message.set_origin(None);
        let cost = cost(message.octets(), 1);
        let mut shared = self.shared.lock();
        // rfc: sp-inproc I-16, I-17
        shared.append(message);
        // rfc: sp-inproc I-19
        shared.held = shared.held.saturating_add(cost);
        if shared.held >= self.limit {
            shared.flow = Flow::Full;
        }
        // rfc: sp-inproc I-21, I-22
        let is_cut = shared.cut;
        Pushed {
            flow: shared.flow(),
            wakes_receiver: mem::take(&mut shared.parked) && !is_cut,
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
        let mut shared = self.shared.lock();
        let delivered = if shared.cut {
            // What is left is the sender's.
            0
        } else {
            shared.deliver(inbox, budget)
        };
        let wakes_sender = shared.release(delivered, self.limit);
        let state = if shared.cut || shared.is_empty() {
            shared.at_rest()
        } else {
            RxState::more()
        };
        Reading {
            state,
            wakes_sender,
        }
    }

    /// The oldest message that was not delivered; none will be from the first call on.
    pub(crate) fn take_unsent(&self) -> Option<Message> {
        let mut shared = self.shared.lock();
        // rfc: sp-inproc I-26, I-27
        shared.cut = true;
        shared.take_oldest()
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
        let mut shared = self.shared.lock();
        shared.has_receiver = false;
        // rfc: sp-inproc I-27
        shared.cut = true;
        let nobodys = shared.nobodys();
        drop(shared);
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

    fn is_empty(&self) -> bool {
        self.chunks.is_empty() && self.filling.is_empty()
    }

    /// Adds the newest message.
    fn append(&mut self, message: Message) {
        if self.filling.is_full() {
            self.chunks.push_back(mem::take(&mut self.filling));
        }
        if self.filling.capacity() == 0
            && let Some(spare) = self.spare.pop()
        {
            self.spare_room = self.spare_room.saturating_sub(spare.capacity());
            self.filling = spare;
        }
        self.filling.push(message);
    }

    /// Moves messages into `inbox` while the budget allows: a whole chunk where there is room for
    /// it. Says what that cost.
    fn deliver(&mut self, inbox: &mut Inbox, budget: &Budget<'_>) -> usize {
        let mut delivered = 0_usize;
        while budget.allows(inbox)
            && let Some(mut chunk) = self.take_chunk()
        {
            let (messages, octets) = (chunk.len(), chunk.octets());
            let has_room = messages <= budget.messages && octets <= budget.octets;
            if has_room && inbox.is_empty() {
                inbox.swap_messages(&mut chunk);
            } else {
                while budget.allows(inbox)
                    && let Some(message) = chunk.pop()
                {
                    inbox.push(message);
                }
            }
            let moved = cost(octets, messages).saturating_sub(cost(chunk.octets(), chunk.len()));
            delivered = delivered.saturating_add(moved);
            self.put_back(chunk);
        }
        delivered
    }

    /// The oldest chunk with messages.
    fn take_chunk(&mut self) -> Option<Inbox> {
        let newest = (!self.filling.is_empty()).then_some(&mut self.filling);
        let oldest = self.chunks.pop_front();
        oldest.or_else(|| newest.map(mem::take))
    }

    /// Takes back the chunk that was taken last.
    // rfc: sp-inproc I-23
    fn put_back(&mut self, chunk: Inbox) {
        if !chunk.is_empty() {
            self.chunks.push_front(chunk);
            return;
        }
        let room = self.spare_room.saturating_add(chunk.capacity());
        if room <= self.room_max && chunk.capacity() > 0 {
            self.spare_room = room;
            self.spare.push(chunk);
        }
    }

    fn take_oldest(&mut self) -> Option<Message> {
        let mut chunk = self.take_chunk()?;
        let message = chunk.pop();
        self.put_back(chunk);
        message
    }

    /// What neither side can ask for any more. To be dropped when no lock is held.
    fn nobodys(&mut self) -> (VecDeque<Inbox>, Inbox, Vec<Inbox>) {
        if self.cut && !self.has_sender {
            (
                mem::take(&mut self.chunks),
                mem::take(&mut self.filling),
                mem::take(&mut self.spare),
            )
        } else {
            Default::default()
        }
    }
}

// rfc: sp-inproc I-18
fn cost(octets: usize, messages: usize) -> usize {
    octets.saturating_add(messages.saturating_mul(MESSAGE_COST))
}

#[cfg(test)]
mod tests;
