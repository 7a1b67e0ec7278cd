//! The part of surveys: an answer goes back where its survey came from, and is heard once and in
//! time, while nothing else was asked; or it is counted, when it is of no use any more. See
//! `rfc/sp-simulation.md` section 10.

use super::book::{Reply, Survey};
use super::{Judge, LinkId, PartyId, Stamp, Violation};

impl Judge {
    /// An application gave an answer to its socket.
    pub(super) fn answered(&mut self, stamp: Stamp, reply: Reply) {
        if !self.book.answer(stamp, reply) {
            self.breach(Violation::BadLog(stamp));
        }
    }

    /// An answer was given to a link: to the other direction of one that brought its survey.
    // rfc: sp-survey S-20, sp-simulation S-64
    pub(super) fn sent_reply(&mut self, stamp: Stamp, reply: Reply, link: LinkId) {
        if !self.book.brought.contains(&(link.back(), reply.question)) {
            self.breach(Violation::Misdirected { stamp, link });
        }
        let before = self.book.reply(stamp).map(|reply| {
            let was_sent = reply.is_sent;
            reply.is_sent = true;
            was_sent
        });
        if before == Some(true) {
            self.breach(Violation::SentTwice(stamp));
        }
    }

    /// The machine of who asks was offered what a link brought, up to so many octets.
    pub(super) fn offered(&mut self, link: LinkId, octets: u64) {
        let of = self.book.link(link);
        let behind = of.passages.get(of.offered..).unwrap_or_default();
        of.offered += behind.iter().take_while(|it| it.end <= octets).count();
    }

    /// A machine counted answers of a link as stale or cancelled.
    pub(super) fn discarded(&mut self, link: LinkId, messages: u64) {
        self.book.link(link).discarded += messages;
        let (counted, unwanted) = self.of_no_use(link);
        if counted > unwanted {
            self.breach(Violation::Miscounted {
                link,
                counted,
                unwanted,
            });
        }
    }

    /// Everything under way has arrived: each answer that a machine was offered was heard or
    /// counted, or waits in a survey that is open.
    pub(super) fn judge_answers(&mut self, link: LinkId) {
        let (counted, unwanted) = self.of_no_use(link);
        if counted < unwanted {
            self.breach(Violation::Miscounted {
                link,
                counted,
                unwanted,
            });
        }
    }

    /// How many answers of a link were counted as of no use; and how many were offered to a machine
    /// and not heard, and are not to be heard any more.
    // rfc: sp-survey S-12 S-13 S-15 S-28, sp-simulation S-66
    fn of_no_use(&mut self, link: LinkId) -> (u64, u64) {
        let now = self.now;
        let of = self.book.link(link);
        let offered = of.passages.iter().take(of.offered);
        let unheard = offered.filter(|passage| !passage.is_delivered);
        let unheard: Vec<Stamp> = unheard.map(|passage| passage.stamp).collect();
        let discarded = of.discarded;
        let is_useless = |stamp: &&Stamp| {
            let Some(question) = self.book.reply(**stamp).map(|reply| reply.question) else {
                return false;
            };
            let survey = self.book.party(question.producer).survey.as_ref();
            let is_open = |it: &Survey| {
                let is_asked = it.asked.contains(&link.back());
                it.stamp == question && !it.is_over && now < it.due && is_asked
            };
            !survey.is_some_and(is_open)
        };
        let useless = unheard.iter().filter(is_useless).count();
        (discarded, u64::try_from(useless).unwrap_or(u64::MAX))
    }

    /// An application received an answer.
    // rfc: sp-survey S-09 S-11 S-12 S-13 S-15, sp-simulation S-65
    pub(super) fn heard_reply(
        &mut self,
        consumer: PartyId,
        link: LinkId,
        stamp: Stamp,
        reply: Reply,
    ) {
        let now = self.now;
        let of = self.book.link(link);
        let mut passages = of.passages.iter_mut().enumerate().take(of.offered);
        let passage = passages.find(|(_, it)| it.stamp == stamp);
        let place = match passage {
            Some((place, passage)) if !passage.is_delivered => {
                passage.is_delivered = true;
                place
            }
            _ => return self.out_of_place(link, stamp),
        };
        let survey = self.book.party(consumer).survey.as_mut();
        let survey = survey.filter(|survey| !survey.is_over);
        let expected = survey.as_ref().map(|survey| survey.stamp);
        let Some(survey) = survey.filter(|survey| survey.stamp == reply.question) else {
            let question = Some(reply.question);
            return self.breach(Violation::WrongAnswer {
                party: consumer,
                question,
                expected,
            });
        };
        let is_asked = survey.asked.contains(&link.back());
        let is_late = now >= survey.due;
        let next = survey.heard.insert(link, place + 1).unwrap_or_default();
        if !is_asked {
            self.breach(Violation::Misdirected { stamp, link });
        }
        if is_late {
            self.breach(Violation::TooLate(stamp));
        }
        if place < next {
            let expected = None;
            self.breach(Violation::OutOfOrder { stamp, expected });
        }
    }

    /// An application was told that its survey is over.
    // rfc: sp-survey S-12, sp-simulation S-65
    pub(super) fn told_over(&mut self, party: PartyId) {
        let now = self.now;
        let survey = self.book.party(party).survey.as_mut();
        let is_over = survey.is_some_and(|survey| {
            let is_first = !std::mem::replace(&mut survey.is_over, true);
            is_first && now >= survey.due
        });
        if !is_over {
            self.breach(Violation::NotOver(party));
        }
    }
}
