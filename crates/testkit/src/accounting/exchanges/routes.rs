//! The part of who answers and who passes on: an answer goes back where its question came from, and
//! a question by no more devices than allowed. See `rfc/sp-simulation.md` section 9.

use super::book::{Link, Passage, Reply};
use super::{Judge, Kind, LinkId, PartyId, Stamp, Violation};

impl Judge {
    /// A device gave a question to a link; says how many words are in front of it now.
    // rfc: sp-simulation S-55
    pub(super) fn passed_on(&mut self, stamp: Stamp, link: LinkId, writer: PartyId) -> u8 {
        let Some(transit) = self.book.transit(writer, stamp) else {
            self.breach(Violation::Misdirected { stamp, link });
            return 1;
        };
        transit.went += 1;
        let (is_invented, depth) = (transit.went > transit.came, transit.depth);
        if is_invented {
            self.breach(Violation::Misdirected { stamp, link });
        }
        depth.saturating_add(1)
    }

    /// An answer was given to a link: to the other direction of one that brought its question.
    // rfc: sp-simulation S-55
    pub(super) fn sent_reply(&mut self, stamp: Stamp, reply: Reply, link: LinkId) {
        let key = (link.back(), reply.question);
        let traffic = self.book.returns.entry(key).or_default();
        traffic.went += 1;
        if traffic.went > traffic.came {
            self.breach(Violation::Misdirected { stamp, link });
        }
        if let Some(question) = self.book.question(reply.question) {
            question.dropped = question.dropped.saturating_sub(1);
        }
    }

    /// A socket, of one that answers or of a device, is given an answer that it is to send on.
    pub(super) fn owes_reply(&mut self, reply: Reply) {
        if let Some(question) = self.book.question(reply.question) {
            question.dropped = question.dropped.saturating_add(1);
        }
    }

    /// A question was delivered to who answers it, or to a device.
    // rfc: sp-simulation S-56
    pub(super) fn heard_question(
        &mut self,
        consumer: PartyId,
        link: LinkId,
        stamp: Stamp,
        depth: u8,
    ) {
        let socket = self.book.listeners.get(&consumer).copied();
        let socket = socket.unwrap_or(consumer);
        self.book.returns.entry((link, stamp)).or_default().came += 1;
        if let Some(transit) = self.book.transit(socket, stamp) {
            transit.came += 1;
            transit.depth = depth;
        }
        if depth > self.book.socket(socket).ttl {
            self.breach(Violation::TooManyHops(stamp));
        }
    }

    /// The writing end of a link is gone.
    pub(super) fn writer_done(&mut self, link: LinkId, taken: u64) {
        let passages = self.book.link(link).passages.clone();
        let Some(writer) = self.book.link(link).writer else {
            return;
        };
        for Passage { stamp, start, .. } in passages {
            let is_exposed = start < taken;
            match self.book.kind(stamp) {
                Kind::Question { socket } if socket == writer => {
                    let is_closing = self.book.socket(writer).is_closing;
                    self.lost_question(stamp, link, is_exposed, is_closing);
                }
                Kind::Question { .. } if !is_exposed => {
                    if let Some(transit) = self.book.transit(writer, stamp) {
                        transit.went = transit.went.saturating_sub(1);
                    }
                }
                Kind::Question { .. } | Kind::Reply(_) | Kind::Unknown => {}
            }
            let socket = self.book.socket(writer);
            socket.came_back += u64::from(socket.is_closing && !is_exposed);
        }
    }

    /// What was read whole from a link that came to its own end was delivered, unless who reads it
    /// had to drop it.
    // rfc: sp-simulation S-52 S-56
    pub(super) fn settle(&mut self) {
        let links: Vec<LinkId> = self.book.links.keys().copied().collect();
        for id in links {
            let of = self.book.link(id);
            let Link {
                consumer: Some(consumer),
                owed,
                ..
            } = *of
            else {
                continue;
            };
            let passages = of.passages.clone();
            let reader = self.book.socket(consumer);
            let (ttl, asks) = (reader.ttl, !reader.contexts.is_empty());
            if reader.is_deaf || asks {
                continue;
            }
            // What is sent again because others close comes too late for who closes as well.
            let is_closing = reader.is_closing;
            let is_owed = |passage: &&Passage| {
                let is_excused = passage.is_delivered || passage.is_late && is_closing;
                !is_excused && passage.end <= owed && passage.depth <= ttl
            };
            for Passage { stamp, .. } in passages.iter().filter(is_owed) {
                let (stamp, link) = (*stamp, Some(id));
                self.breach(Violation::Lost { stamp, link });
            }
        }
    }
}
