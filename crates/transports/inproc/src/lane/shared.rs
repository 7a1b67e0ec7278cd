//! What the two sides of a lane share behind its lock: chunks with messages, emptied chunks, and
//! what was said last. See `rfc/sp-inproc.md` sections 5 to 7.

use std::collections::VecDeque;
use std::mem;

use speedwell_message::INBOX_MESSAGES_MAX;
use speedwell_transport::{Budget, Flow, Inbox, Message};

use super::{CAPACITY_RETAINED_MAX, OCTETS_A_PLACE, cost};

pub(super) struct Shared {
    /// Chunks with messages, oldest first: all of them older than `filling`.
    pub(super) chunks: VecDeque<Inbox>,
    /// The newest messages.
    pub(super) filling: Inbox,
    /// Emptied chunks, and for how many messages they have room.
    pub(super) spare: Vec<Inbox>,
    pub(super) spare_room: usize,
    /// The most that `spare_room` may be.
    room_max: usize,
    /// What may be held before the sender is told `Full`.
    limit: usize,
    /// The cost of all that was pushed and not delivered.
    pub(super) held: usize,
    /// What the sender was told last.
    flow: Flow,
    /// The receiver has seen the lane empty, or never looked: the next push wakes it.
    pub(super) parked: bool,
    /// The sender wants to know when the receiver has everything.
    pub(super) awaited: bool,
    pub(super) has_sender: bool,
    pub(super) has_receiver: bool,
    /// What was not delivered went back to the sender; nothing will be delivered any more.
    pub(super) cut: bool,
}

/// Messages from which on an inbox is left as it is, when the next chunk would have to be split.
const SPLIT_BELOW: usize = INBOX_MESSAGES_MAX / 4;

/// Whether all of a chunk can be added to an inbox.
fn fits_beside(inbox: &Inbox, chunk: &Inbox, budget: &Budget<'_>) -> bool {
    inbox.len().saturating_add(chunk.len()) <= budget.messages
        && inbox.octets().saturating_add(chunk.octets()) <= budget.octets
}

impl Shared {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            chunks: VecDeque::new(),
            filling: Inbox::new(),
            spare: Vec::new(),
            spare_room: 0,
            room_max: (limit / OCTETS_A_PLACE)
                .saturating_add(2 * INBOX_MESSAGES_MAX)
                .clamp(CAPACITY_RETAINED_MAX, 1 << 16),
            limit,
            held: 0,
            flow: Flow::Open,
            parked: true,
            awaited: false,
            has_sender: true,
            has_receiver: true,
            cut: false,
        }
    }

    /// Nobody reads behind a cut: the sender should not add to what will only come back.
    pub(super) fn flow(&self) -> Flow {
        // rfc: sp-inproc I-28
        if self.cut { Flow::Full } else { self.flow }
    }

    /// Accounts for what was added.
    fn hold(&mut self, cost: usize) {
        self.held = self.held.saturating_add(cost);
        // rfc: sp-inproc I-19
        if self.held >= self.limit {
            self.flow = Flow::Full;
        }
    }

    /// What may be added before the sender is told `Full`.
    pub(super) fn room(&self) -> usize {
        match self.flow() {
            Flow::Open => self.limit.saturating_sub(self.held),
            Flow::Full => 0,
        }
    }

    /// The receiver has not begun the chunk before the newest, which is complete.
    pub(super) fn is_behind(&self) -> bool {
        self.filling.is_full() && !self.chunks.is_empty()
    }

    /// Accounts for what was delivered. True when the sender waits for that: there is room now, or
    /// the receiver has everything.
    pub(super) fn release(&mut self, delivered: usize) -> bool {
        self.held = self.held.saturating_sub(delivered);
        // rfc: sp-inproc I-20
        let reopens = self.flow == Flow::Full && self.held <= self.limit / 2 && !self.cut;
        if reopens {
            self.flow = Flow::Open;
        }
        reopens || (self.held == 0 && mem::take(&mut self.awaited))
    }

    /// Nothing will be delivered any more.
    pub(super) fn has_ended(&self) -> bool {
        self.cut || (!self.has_sender && self.is_empty())
    }

    /// True when the receiver has waited, and is to be woken.
    pub(super) fn unpark(&mut self) -> bool {
        // Nobody is woken behind a cut.
        mem::take(&mut self.parked) && !self.cut
    }

    pub(super) fn is_empty(&self) -> bool {
        self.chunks.is_empty() && self.filling.is_empty()
    }

    /// Adds the newest message.
    // rfc: sp-inproc I-16, I-17
    pub(super) fn append(&mut self, message: Message) {
        self.hold(cost(message.octets(), 1));
        if self.filling.is_full() {
            self.chunks.push_back(mem::take(&mut self.filling));
        }
        if self.filling.capacity() == 0 {
            self.filling = self.take_spare();
        }
        self.filling.push(message);
    }

    /// Adds the newest messages, and leaves an emptied chunk for them.
    // rfc: sp-inproc I-16
    pub(super) fn append_all(&mut self, messages: &mut Inbox) {
        if messages.is_empty() {
            return;
        }
        self.hold(cost(messages.octets(), messages.len()));
        if !self.filling.is_empty() {
            self.chunks.push_back(mem::take(&mut self.filling));
        }
        let spare = self.take_spare();
        self.chunks.push_back(mem::replace(messages, spare));
    }

    fn take_spare(&mut self) -> Inbox {
        let spare = self.spare.pop().unwrap_or_default();
        self.spare_room = self.spare_room.saturating_sub(spare.capacity());
        spare
    }

    /// Moves messages into `inbox` while the budget allows: a whole chunk where there is room for
    /// it. Says what that cost.
    pub(super) fn deliver(&mut self, inbox: &mut Inbox, budget: &Budget<'_>) -> usize {
        let mut delivered = 0_usize;
        // What is left behind a cut is the sender's.
        while !self.cut
            && budget.allows(inbox)
            && let Some(mut chunk) = self.take_chunk()
        {
            let (messages, octets) = (chunk.len(), chunk.octets());
            let fits = fits_beside(inbox, &chunk, budget);
            // What is split once would be split for ever: its rest takes the room of the next.
            if !fits && inbox.len() >= SPLIT_BELOW {
                self.chunks.push_front(chunk);
                break;
            }
            if fits && inbox.is_empty() {
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

    pub(super) fn take_oldest(&mut self) -> Option<Message> {
        let mut chunk = self.take_chunk()?;
        let message = chunk.pop();
        self.put_back(chunk);
        message
    }

    /// What neither side can ask for any more. To be dropped when no lock is held.
    pub(super) fn nobodys(&mut self) -> (VecDeque<Inbox>, Inbox, Vec<Inbox>) {
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
