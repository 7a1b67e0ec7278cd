//! The part of surveys: an answer goes back where its survey came from, and is heard if it came in
//! time, once for each link, and while nothing else was asked. See `rfc/sp-simulation.md`
//! section 10.

use super::book::Reply;
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

    /// The machine of who asks was given what a link brought, up to so many octets: the first
    /// answer of a link that was asked is held, if it is in time.
    // rfc: sp-survey S-11 S-13 S-15, sp-simulation S-65
    pub(super) fn offered(&mut self, link: LinkId, octets: u64) {
        let now = self.now;
        loop {
            let of = self.book.link(link);
            let next = of.passages.get(of.offered);
            let Some(passage) = next.filter(|passage| passage.end <= octets) else {
                return;
            };
            let stamp = passage.stamp;
            of.offered += 1;
            let Some(question) = self.book.reply(stamp).map(|reply| reply.question) else {
                continue;
            };
            let survey = self.book.party(question.producer).survey.as_mut();
            let open = |it: &&mut super::book::Survey| it.stamp == question && now < it.due;
            if let Some(survey) = survey.filter(open)
                && !survey.is_over
                && survey.asked.remove(&link.back())
            {
                survey.held.insert(stamp);
            }
        }
    }

    /// An application received an answer.
    // rfc: sp-survey S-09 S-12 S-13 S-15, sp-simulation S-65
    pub(super) fn heard_reply(
        &mut self,
        consumer: PartyId,
        link: LinkId,
        stamp: Stamp,
        reply: Reply,
    ) {
        let of = self.book.link(link);
        let passage = of.passages.iter_mut().find(|it| it.stamp == stamp);
        match passage.map(|passage| std::mem::replace(&mut passage.is_delivered, true)) {
            Some(false) => {}
            Some(true) => return self.breach(Violation::Duplicated(stamp)),
            None => return self.out_of_place(link, stamp),
        }
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
        let is_held = survey.held.remove(&stamp);
        let is_first = survey.heard.insert(link);
        if !is_first {
            self.breach(Violation::Duplicated(stamp));
        } else if !is_held {
            self.breach(Violation::TooLate(stamp));
        }
    }

    /// An application was told that its survey is over: by then it has every answer that came in
    /// time.
    // rfc: sp-survey S-12, sp-simulation S-65
    pub(super) fn told_over(&mut self, party: PartyId) {
        let now = self.now;
        let survey = self.book.party(party).survey.as_mut();
        let is_over = survey.is_some_and(|survey| {
            let is_first = !std::mem::replace(&mut survey.is_over, true);
            is_first && now >= survey.due && survey.held.is_empty()
        });
        if !is_over {
            self.breach(Violation::NotOver(party));
        }
    }
}
