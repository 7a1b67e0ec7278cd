//! Where a driver collects the messages of one pipe before a protocol sees them. Bounded, and
//! never looked into by the driver. See `rfc/0001-contracts.md`.

use alloc::vec::Vec;
use core::mem;

use crate::{Message, PipeId};

/// Messages that one filling of an inbox holds at most.
pub const INBOX_MESSAGES_MAX: usize = 64;

/// Octets after which an inbox takes no further message. A message of any size fits an empty one.
pub const INBOX_OCTETS_MAX: usize = 64 * 1024;

/// Messages received on one pipe, oldest first, and how many octets they are.
///
/// ```
/// use speedwell_message::{Inbox, Message};
///
/// let mut inbox = Inbox::new();
/// inbox.push(Message::from("one"));
/// inbox.push(Message::from("two"));
/// assert_eq!(inbox.octets(), 6);
/// assert_eq!(inbox.pop(), Some(Message::from("one")));
/// ```
#[derive(Debug, Default)]
pub struct Inbox {
    /// Those before `next` are taken: only their places are left.
    queue: Vec<Message>,
    next: usize,
    octets: usize,
    origin: Option<PipeId>,
}

impl Inbox {
    /// An empty inbox; allocates nothing until the first message.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            queue: Vec::new(),
            next: 0,
            octets: 0,
            origin: None,
        }
    }

    /// Notes the pipe that the messages came on. They take it on when they are taken out, or shown
    /// by [`Inbox::retain`]; without one they keep their own. Drivers do this.
    pub fn set_origin(&mut self, origin: Option<PipeId>) {
        self.origin = origin;
    }

    /// The pipe that the messages came on, where it is noted.
    #[must_use]
    pub fn origin(&self) -> Option<PipeId> {
        self.origin
    }

    /// Exchanges the messages, and the memory for them, of two inboxes; each keeps its origin.
    ///
    /// ```
    /// use speedwell_message::{Inbox, Message};
    ///
    /// let (mut from, mut into) = (Inbox::new(), Inbox::new());
    /// from.push(Message::from("one"));
    /// into.swap_messages(&mut from);
    /// assert_eq!((from.len(), into.len()), (0, 1));
    /// ```
    pub fn swap_messages(&mut self, other: &mut Self) {
        mem::swap(&mut self.queue, &mut other.queue);
        mem::swap(&mut self.next, &mut other.next);
        mem::swap(&mut self.octets, &mut other.octets);
    }

    /// Adds the newest message.
    #[inline]
    pub fn push(&mut self, message: Message) {
        self.octets = self.octets.saturating_add(message.octets());
        // One that is never empty must not keep the places of all it ever had.
        if self.next > self.len() {
            self.queue.drain(..self.next);
            self.next = 0;
        }
        self.queue.push(message);
    }

    /// Takes the oldest message.
    #[inline]
    pub fn pop(&mut self) -> Option<Message> {
        let mut message = Message::new();
        self.pop_into(&mut message).then_some(message)
    }

    /// Exchanges the oldest message with the one in `place`, which is gone for good: it is dropped
    /// at the latest with the last message of the inbox. False, with nothing changed, when there is
    /// none. A message is large for a value that is wrapped and unwrapped: this moves it once.
    ///
    /// ```
    /// use speedwell_message::{Inbox, Message};
    ///
    /// let (mut inbox, mut place) = (Inbox::new(), Message::new());
    /// inbox.push(Message::from("one"));
    /// assert!(inbox.pop_into(&mut place));
    /// assert_eq!(place.body(), b"one");
    /// assert!(!inbox.pop_into(&mut place));
    /// ```
    #[inline]
    pub fn pop_into(&mut self, place: &mut Message) -> bool {
        let Some(message) = self.queue.get_mut(self.next) else {
            return false;
        };
        mem::swap(place, message);
        if self.origin.is_some() {
            place.set_origin(self.origin);
        }
        self.octets = self.octets.saturating_sub(place.octets());
        self.next = self.next.saturating_add(1);
        if self.next == self.queue.len() {
            self.queue.clear();
            self.next = 0;
        }
        true
    }

    /// The number of messages.
    #[must_use]
    pub fn len(&self) -> usize {
        self.queue.len().saturating_sub(self.next)
    }

    /// How many messages it can hold before it has to allocate.
    #[must_use]
    #[inline]
    pub fn capacity(&self) -> usize {
        self.queue.capacity()
    }

    /// True when there is no message.
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Octets of header and body of all messages together.
    #[must_use]
    pub fn octets(&self) -> usize {
        self.octets
    }

    /// True when a filling is complete: [`INBOX_MESSAGES_MAX`] or [`INBOX_OCTETS_MAX`] is reached.
    #[must_use]
    #[inline]
    pub fn is_full(&self) -> bool {
        self.len() >= INBOX_MESSAGES_MAX || self.octets >= INBOX_OCTETS_MAX
    }

    /// Keeps the messages that `keep` wants, in their order, and drops the others. It may change
    /// those it keeps.
    ///
    /// ```
    /// use speedwell_message::{Inbox, Message};
    ///
    /// let mut inbox = Inbox::new();
    /// inbox.extend([Message::from("good"), Message::new()]);
    /// inbox.retain(|message| !message.body().is_empty());
    /// assert_eq!((inbox.len(), inbox.octets()), (1, 4));
    /// ```
    pub fn retain(&mut self, mut keep: impl FnMut(&mut Message) -> bool) {
        let mut octets = 0_usize;
        self.queue.drain(..self.next);
        self.next = 0;
        let origin = self.origin;
        self.queue.retain_mut(|message| {
            if origin.is_some() {
                message.set_origin(origin);
            }
            let kept = keep(message);
            if kept {
                octets = octets.saturating_add(message.octets());
            }
            kept
        });
        self.octets = octets;
    }

    /// Drops all messages and says how many there were.
    pub fn clear(&mut self) -> usize {
        let count = self.len();
        self.queue.clear();
        self.next = 0;
        self.octets = 0;
        count
    }
}

impl Extend<Message> for Inbox {
    fn extend<I: IntoIterator<Item = Message>>(&mut self, messages: I) {
        messages.into_iter().for_each(|message| self.push(message));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_messages_and_octets_both_ways() {
        let mut inbox = Inbox::new();
        inbox.extend([Message::from("abc"), Message::new()]);
        assert_eq!((inbox.len(), inbox.octets()), (2, 3));
        inbox.pop();
        assert_eq!((inbox.len(), inbox.octets()), (1, 0));
        let capacity = inbox.capacity();
        assert_eq!(inbox.clear(), 1);
        assert!(inbox.is_empty());
        assert_eq!(
            inbox.capacity(),
            capacity,
            "the memory stays for the next messages"
        );
        assert_eq!(Inbox::new().capacity(), 0);
    }

    #[test]
    fn one_that_is_never_empty_does_not_grow() {
        let mut inbox = Inbox::new();
        inbox.push(Message::new());
        for number in 0..10_000_u32 {
            inbox.push(Message::from(number.to_be_bytes().to_vec()));
            inbox.pop();
        }
        assert_eq!(inbox.pop().unwrap().body(), 9999_u32.to_be_bytes());
        assert!(inbox.capacity() < 16, "{}", inbox.capacity());
    }

    #[test]
    fn stamps_messages_with_the_noted_origin() {
        let pipe = PipeId::new(1, 2);
        let mut inbox = Inbox::new();
        let mut message = Message::new();
        message.set_origin(PipeId::new(3, 4));
        inbox.extend([message, Message::new(), Message::new()]);
        assert_eq!(inbox.pop().and_then(|m| m.origin()), PipeId::new(3, 4));
        inbox.set_origin(pipe);
        assert_eq!(inbox.pop().and_then(|m| m.origin()), pipe);
        inbox.retain(|message| message.origin() == pipe);
        assert_eq!((inbox.len(), inbox.origin()), (1, pipe));
    }

    #[test]
    fn is_full_at_either_limit() {
        let mut inbox = Inbox::new();
        inbox.extend((0..INBOX_MESSAGES_MAX).map(|_| Message::new()));
        assert!(inbox.is_full());
        inbox.clear();
        inbox.push(Message::from(alloc::vec![0; INBOX_OCTETS_MAX]));
        assert!(inbox.is_full());
    }
}
