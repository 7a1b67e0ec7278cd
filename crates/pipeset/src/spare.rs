//! Emptied inboxes on their way to the next batches. Never holds a message. Bounded by what their
//! memory has room for, as `rfc/sp-pipeline.md` section 4 says.

use speedwell_protocol::Inbox;

/// Messages that the spare inboxes of a set have room for, all together: some 100 KiB. A full
/// inbox has room for 64, one of a pipe that sends a message at a time for 4, so that a set
/// allocates nothing while 16 pipes of the first kind, or 256 of the second, are heard in turns.
pub const SPARE_MESSAGES_MAX: usize = 1024;

/// A stack of empty inboxes that have memory.
#[derive(Debug, Default)]
pub(crate) struct Spare {
    inboxes: Vec<Inbox>,
    /// Messages that they have room for.
    room: usize,
}

impl Spare {
    /// The inbox that was emptied last, or a new one without memory.
    #[inline]
    pub(crate) fn take(&mut self) -> Inbox {
        let inbox = self.inboxes.pop().unwrap_or_default();
        self.room = self.room.saturating_sub(inbox.capacity());
        inbox
    }

    /// Keeps an emptied inbox, or frees it when the limit is reached.
    #[inline]
    pub(crate) fn keep(&mut self, inbox: Inbox) {
        let room = self.room.saturating_add(inbox.capacity());
        if room <= SPARE_MESSAGES_MAX && inbox.capacity() > 0 {
            self.room = room;
            self.inboxes.push(inbox);
        }
    }
}

#[cfg(test)]
mod tests {
    use speedwell_protocol::Message;

    use super::*;

    fn emptied(messages: usize) -> Inbox {
        let mut inbox = Inbox::new();
        inbox.extend((0..messages).map(|_| Message::new()));
        inbox.clear();
        inbox
    }

    #[test]
    fn the_memory_is_bounded_and_the_number_is_not() {
        for messages in [1, 64] {
            let (mut spare, capacity) = (Spare::default(), emptied(messages).capacity());
            (0..2 * SPARE_MESSAGES_MAX).for_each(|_| spare.keep(emptied(messages)));
            assert_eq!(spare.inboxes.len(), SPARE_MESSAGES_MAX / capacity);
            while spare.take().capacity() > 0 {}
            assert_eq!(spare.room, 0);
        }
    }

    #[test]
    fn what_has_no_memory_is_not_kept() {
        let mut spare = Spare::default();
        spare.keep(Inbox::new());
        assert!(spare.inboxes.is_empty());
    }
}
