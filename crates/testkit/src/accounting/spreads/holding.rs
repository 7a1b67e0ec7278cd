//! The part of those who hold what a full link cannot take: it goes there in its order and before
//! anything new, and the oldest is dropped when it is too much. See `rfc/sp-simulation.md`
//! section 10.

use super::{Judge, LinkId, Stamp, Violation};

/// How many messages may be held for a link.
const MESSAGES_MAX: usize = 64;
/// How many octets, unless it is one message.
const OCTETS_MAX: u64 = 64 * 1024;
/// What a machine may add to a message: a word.
const HEADER_MAX: u64 = 4;

impl Judge {
    /// A message was accepted while a link was full, and is held for it.
    // rfc: sp-pubsub B-32, sp-simulation S-67
    pub(super) fn held(&mut self, stamp: Stamp, link: LinkId, octets: u64) {
        let is_missing = |spread: &mut super::Spread| spread.missing.remove(&link);
        if !self.spread.as_mut().is_some_and(is_missing) {
            self.breach(Violation::Misdirected { stamp, link });
        }
        self.book.link(link).held.push_back((stamp, octets));
        self.book.party(stamp.producer).asked_on(stamp, link);
    }

    /// A message was given to a link: true when it was held, and is the next.
    // rfc: sp-pubsub B-32, sp-simulation S-67
    pub(super) fn was_held_next(&mut self, stamp: Stamp, link: LinkId) -> bool {
        let held = &mut self.book.link(link).held;
        match held.front() {
            Some((oldest, _)) if *oldest == stamp => held.pop_front().is_some(),
            Some((oldest, _)) => {
                let expected = Some(*oldest);
                self.breach(Violation::OutOfOrder { stamp, expected });
                true
            }
            None => false,
        }
    }

    /// So many messages were dropped for want of room: of those that are held the oldest, and only
    /// while they are too many. False when none is held.
    // rfc: sp-pubsub B-32, sp-simulation S-67
    pub(super) fn dropped_oldest(&mut self, link: LinkId, messages: u64) -> bool {
        let held = &mut self.book.link(link).held;
        if held.is_empty() {
            return false;
        }
        let mut unwanted = 0;
        for _ in 0..messages {
            let most: u64 = held.iter().map(|(_, octets)| octets + HEADER_MAX).sum();
            if held.len() > MESSAGES_MAX || held.len() > 1 && most > OCTETS_MAX {
                held.pop_front();
                unwanted += 1;
            }
        }
        self.compare(link, messages, unwanted);
        true
    }

    /// Messages were dropped because a link or its socket is gone. If they are as many as are held,
    /// it is they; otherwise others, such as those that were received.
    // rfc: sp-pubsub B-28 B-33, sp-simulation S-67
    pub(super) fn dropped_held(&mut self, link: LinkId, messages: u64) {
        let of = self.book.link(link);
        if of.held.is_empty() || u64::try_from(of.held.len()) != Ok(messages) {
            return;
        }
        of.held.clear();
        if let Some(writer) = of.writer {
            let writer = self.book.party(writer);
            if writer.is_closing {
                writer.came_back += messages;
            }
        }
    }

    /// At the end what was held for a link has gone there or was counted, unless its process died.
    // rfc: sp-pubsub B-33, sp-simulation S-67
    pub(super) fn judge_rest(&mut self, link: LinkId) {
        let of = self.book.link(link);
        let unwanted = u64::try_from(of.held.len()).unwrap_or(u64::MAX);
        let writer = of.writer;
        let is_dead = writer.is_some_and(|writer| self.book.party(writer).is_dead);
        if !is_dead {
            self.compare(link, 0, unwanted);
        }
    }

    /// After each message no more may be held than there is room for.
    // rfc: sp-pubsub B-32, sp-simulation S-67
    pub(super) fn judge_held(&mut self, stamp: Stamp, link: LinkId) {
        let held = &self.book.link(link).held;
        let octets: u64 = held.iter().map(|(_, octets)| octets).sum();
        if held.len() > MESSAGES_MAX || held.len() > 1 && octets > OCTETS_MAX {
            let link = Some(link);
            self.breach(Violation::NotSpread { stamp, link });
        }
    }

    fn compare(&mut self, link: LinkId, counted: u64, unwanted: u64) {
        if counted != unwanted {
            self.breach(Violation::Miscounted {
                link,
                counted,
                unwanted,
            });
        }
    }
}
