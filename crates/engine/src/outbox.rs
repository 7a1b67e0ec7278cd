//! The transmit buffer of one pipe: bounded, batching, and able to give back what never left.
//! No lock, no clock, no system call: the driver writes. See `rfc/sp-endpoint.md`.

use speedwell_message::{Flow, Message};
use speedwell_transport::Framing;

use crate::batch::Batch;

/// What a pipe has accepted and the system has not taken.
///
/// The writer takes a [`Batch`], writes it holding no lock, and gives it back; meanwhile others
/// push. The limit counts octets with their frame prefixes, so that empty messages are bounded
/// too. A push is always accepted; at the limit it answers [`Flow::Full`], so that a pipe holds
/// less than its limit and one message of any size.
///
/// ```
/// use speedwell_engine::Outbox;
/// use speedwell_message::{Flow, Message};
///
/// fn framing(len: u64, out: &mut [u8; 16]) -> usize {
///     out[..8].copy_from_slice(&len.to_be_bytes());
///     8
/// }
/// let mut outbox = Outbox::new(framing, 24);
/// assert_eq!(outbox.push(&Message::from("hello")), Flow::Open); // 13 octets
/// assert_eq!(outbox.push(&Message::from("again")), Flow::Full); // 26 octets
/// ```
#[derive(Debug)]
pub struct Outbox {
    framing: Framing,
    limit: usize,
    /// Octets in `front`, in `filling` and with the writer.
    pending: usize,
    /// True from the answer `Full` until the machine is told of the room.
    is_full: bool,
    /// A batch that the system did not take whole.
    front: Option<Batch>,
    filling: Batch,
    /// What stood behind a message that was cut, and is not written any more.
    behind_cut: Vec<Message>,
    /// Memory of a batch that was written.
    spare: Option<Batch>,
}

impl Outbox {
    /// An empty outbox; `limit` is in octets.
    #[must_use]
    pub fn new(framing: Framing, limit: usize) -> Self {
        Self {
            framing,
            limit,
            pending: 0,
            is_full: false,
            front: None,
            filling: Batch::default(),
            behind_cut: Vec::new(),
            spare: None,
        }
    }

    /// Adds a message. Small bodies are copied, large ones shared.
    // rfc: sp-endpoint E-20
    pub fn push(&mut self, message: &Message) -> Flow {
        let octets = self.filling.push(message, self.framing);
        self.pending = self.pending.saturating_add(octets);
        if self.pending >= self.limit {
            self.is_full = true;
        }
        if self.is_full { Flow::Full } else { Flow::Open }
    }

    /// Octets accepted and not taken by the system, prefixes included.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.pending
    }

    /// True when there is nothing for a writer to take.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.front.is_none() && self.filling.is_done()
    }

    /// Takes everything that is to be written next. To be given back before the next is taken.
    pub fn take_batch(&mut self) -> Option<Batch> {
        if let Some(front) = self.front.take() {
            return Some(front);
        }
        if self.filling.is_done() {
            return None;
        }
        Some(std::mem::replace(
            &mut self.filling,
            self.spare.take().unwrap_or_default(),
        ))
    }

    /// Takes what is left of a message that is partly written, and nothing else: the pipe ends when
    /// that is out. To be given back as any other.
    // rfc: sp-endpoint E-49
    pub fn take_cut(&mut self) -> Option<Batch> {
        let mut front = self.front.take()?;
        self.behind_cut.extend(front.keep_cut());
        (!front.is_done()).then_some(front)
    }

    /// Takes a batch back, of which the writer has written `written` octets since it took it. True
    /// when the pipe was full and has sunk to half its limit: then the machine is to be told.
    // rfc: sp-endpoint E-21
    pub fn give_back(&mut self, mut batch: Batch, written: usize) -> bool {
        self.pending = self.pending.saturating_sub(written);
        if batch.is_done() {
            batch.clear();
            self.spare = Some(batch);
        } else {
            self.front = Some(batch);
        }
        if self.is_full && self.pending <= self.limit / 2 {
            self.is_full = false;
            return true;
        }
        false
    }

    /// True when a message is partly written. Ask when no batch is taken.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.front.as_ref().is_some_and(Batch::is_cut)
    }

    /// Takes out all messages no octet of which was written, oldest first. The outbox is done.
    // rfc: sp-endpoint E-22
    pub fn into_unsent(self) -> impl Iterator<Item = Message> {
        let front = self.front.map(Batch::into_unsent).into_iter().flatten();
        let waiting = self
            .behind_cut
            .into_iter()
            .chain(self.filling.into_unsent());
        front.chain(waiting)
    }
}

#[cfg(test)]
mod tests;
