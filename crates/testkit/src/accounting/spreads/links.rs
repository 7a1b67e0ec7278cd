//! The part of the links: what one brings is delivered in its order, nothing of it twice, and what
//! is wanted without a gap. See `rfc/sp-simulation.md` section 10.

use super::book::{Link, Passage};
use super::{Judge, LinkId, PartyId, Stamp, Violation, Wants};

impl Judge {
    /// A message to everybody was delivered.
    // rfc: sp-pubsub B-03 B-20 B-21 B-23, sp-bus B-08, sp-simulation S-62 S-63
    pub(super) fn heard(&mut self, consumer: PartyId, link: LinkId, stamp: Stamp) {
        let socket = self.book.socket_of(consumer);
        if socket == self.book.socket_of(stamp.producer) {
            return self.breach(Violation::Misdirected { stamp, link });
        }
        let of = self.book.link(link);
        let behind = of.passages.get_mut(of.next..).unwrap_or_default();
        let place = behind.iter().position(|passage| passage.stamp == stamp);
        let skipped = behind.first().map(|passage| passage.stamp);
        let Some((place, passage)) = place.and_then(|at| Some((at, behind.get_mut(at)?))) else {
            return self.out_of_place(link, stamp);
        };
        passage.is_delivered = true;
        let (from, until) = (passage.line, self.line);
        of.next += place + 1;
        self.book.brought.insert((link, stamp));
        match self.wants {
            Wants::All if place > 0 => {
                let expected = skipped;
                self.breach(Violation::OutOfOrder { stamp, expected });
            }
            Wants::Topics if !self.book.party(consumer).wanted(stamp, from, until) => {
                self.breach(Violation::Unwanted(stamp));
            }
            Wants::All | Wants::Topics => {}
        }
    }

    /// A message was delivered that is not, or no longer, what its link brings next.
    pub(super) fn out_of_place(&mut self, link: LinkId, stamp: Stamp) {
        let of = self.book.link(link);
        let expected = of.passages.get(of.next).map(|passage| passage.stamp);
        let known = of.passages.iter().find(|passage| passage.stamp == stamp);
        let violation = match known {
            Some(passage) if passage.is_delivered => Violation::Duplicated(stamp),
            Some(_) => Violation::OutOfOrder { stamp, expected },
            None => Violation::OutOfOrder {
                stamp,
                expected: None,
            },
        };
        self.breach(violation);
    }

    /// The writing end of a link is gone.
    // rfc: sp-simulation S-10
    pub(super) fn writer_done(&mut self, link: LinkId, taken: u64) {
        self.book.leave(link);
        let of = self.book.link(link);
        let kept = of
            .passages
            .iter()
            .filter(|passage| passage.start >= taken)
            .count();
        if let Some(writer) = of.writer {
            let writer = self.book.party(writer);
            if writer.is_closing {
                writer.came_back += u64::try_from(kept).unwrap_or(u64::MAX);
            }
        }
    }

    /// The reading end of a link is gone.
    pub(super) fn reader_done(&mut self, link: LinkId, read: u64, by_reader: bool) {
        let line = self.line;
        let of = self.book.link(link);
        of.owed = by_reader.then_some((read, line));
    }

    /// A socket was closed, and reported.
    // rfc: sp-simulation S-15
    pub(super) fn closed(&mut self, party: PartyId, reported: u64) {
        let unsent = self.book.party(party).came_back;
        self.account.unsent += reported;
        if reported != unsent {
            self.breach(Violation::Misreported {
                party,
                reported,
                unsent,
            });
        }
    }

    /// Everything under way has arrived: what living links were given was delivered.
    // rfc: sp-simulation S-63
    pub(super) fn settled(&mut self) {
        self.is_settled = true;
        let links: Vec<LinkId> = self.book.links.keys().copied().collect();
        for id in links {
            let both_live = self.book.link(id).is_live && self.book.link(id.back()).is_live;
            if both_live {
                self.judge_link(id, u64::MAX, self.line);
                self.judge_answers(id);
            }
        }
    }

    /// What was read whole from a link that came to its own end was delivered.
    // rfc: sp-simulation S-63
    pub(super) fn settle(&mut self) {
        let links: Vec<LinkId> = self.book.links.keys().copied().collect();
        for id in links {
            let of = self.book.link(id);
            let (consumer, owed) = (of.consumer, of.owed);
            let is_deaf = consumer.is_none_or(|consumer| self.book.party(consumer).is_deaf);
            if let Some((octets, line)) = owed.filter(|_| !is_deaf) {
                self.judge_link(id, octets, line);
            }
            self.count_missing(id);
            self.judge_rest(id);
        }
    }

    /// Adds up what a link was given and did not deliver, for whatever reason it may not have.
    fn count_missing(&mut self, id: LinkId) {
        let of = self.book.link(id);
        let (passages, unwanted) = (of.passages.clone(), of.unwanted);
        let is_missing =
            |passage: &&Passage| !passage.is_delivered && self.book.reply(passage.stamp).is_none();
        let missing = u64::try_from(passages.iter().filter(is_missing).count());
        self.account.on_lost_links += missing.unwrap_or(u64::MAX).saturating_sub(unwanted);
    }

    /// Everything that a link brought in so many octets was delivered by the line `until`, or was
    /// not wanted, and counted. Answers are another matter.
    // rfc: sp-pubsub B-19
    fn judge_link(&mut self, id: LinkId, octets: u64, until: usize) {
        let of = self.book.link(id);
        let Link {
            consumer: Some(consumer),
            unwanted: counted,
            is_judged: false,
            ..
        } = *of
        else {
            return;
        };
        of.is_judged = true;
        let is_missing = |passage: &&Passage| !passage.is_delivered && passage.end <= octets;
        let missing: Vec<Passage> = of.passages.iter().filter(is_missing).copied().collect();
        let mut unwanted = 0;
        for Passage { stamp, line, .. } in missing {
            if self.book.reply(stamp).is_some() {
                continue;
            }
            let party = self.book.party(consumer);
            if self.wants == Wants::All || party.wanted_always(stamp, line, until) {
                let link = Some(id);
                self.breach(Violation::Lost { stamp, link });
            } else {
                unwanted += 1;
            }
        }
        if self.wants == Wants::Topics && counted != unwanted {
            let link = id;
            self.breach(Violation::Miscounted {
                link,
                counted,
                unwanted,
            });
        }
    }
}
