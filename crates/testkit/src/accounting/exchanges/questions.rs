//! The part of who asks: one question at a time, sent again neither too often nor in vain, and
//! given no answer but its own. See `rfc/sp-simulation.md` section 9.

use super::book::{Question, Reply};
use std::time::Duration;

use super::{Judge, LinkId, PartyId, Stamp, Violation};

impl Judge {
    /// A question was accepted; the one before it is over.
    pub(super) fn asked(&mut self, stamp: Stamp, print: u64) {
        if let Some((_, before)) = self.book.waiting(stamp.producer) {
            before.is_over = true;
            self.account.cancelled += 1;
        }
        let asker = self.book.askers.get_mut(&stamp.producer);
        let Some(asker) = asker.filter(|it| u64::try_from(it.questions.len()) == Ok(stamp.seq))
        else {
            return self.breach(Violation::BadLog(stamp));
        };
        asker.questions.push(Question {
            print,
            is_over: false,
            asked_at: self.now,
            answered_at: None,
            sent_at: None,
            live: Vec::new(),
            lost_latest: false,
            may_be_seen: false,
            came_back: false,
            dropped: 0,
        });
        self.account.accepted += 1;
    }

    /// Its own socket gave a question to a link.
    // rfc: sp-simulation S-53
    pub(super) fn sent_question(&mut self, stamp: Stamp, link: LinkId) {
        let asker = self.book.askers.get(&stamp.producer);
        let (now, resend) = (self.now, asker.and_then(|asker| asker.resend));
        let Some(question) = self.book.question(stamp) else {
            return self.breach(Violation::Invented(Some(stamp)));
        };
        let (is_over, sent_at) = (question.is_over, question.sent_at.replace(now));
        let is_early = match (sent_at, resend) {
            (None, _) => false,
            (Some(before), Some(interval)) => {
                now.saturating_sub(before) < interval && !question.lost_latest
            }
            (Some(_), None) => question.may_be_seen || !question.live.is_empty(),
        };
        question.lost_latest = false;
        question.live.retain(|other| *other != link);
        question.live.push(link);
        self.account.resent += u64::from(sent_at.is_some());
        if is_over {
            self.breach(Violation::SentInVain(stamp));
        }
        if is_early {
            self.breach(Violation::SentTooOften(stamp));
        }
    }

    /// A link is gone that a question was given to by its own socket.
    pub(super) fn lost_question(
        &mut self,
        stamp: Stamp,
        link: LinkId,
        is_exposed: bool,
        is_closing: bool,
    ) {
        let Some(question) = self.book.question(stamp) else {
            return;
        };
        question.may_be_seen |= is_exposed;
        question.lost_latest |= question.live.last() == Some(&link);
        question.live.retain(|other| *other != link);
        question.came_back |= is_closing && !is_exposed;
        if is_exposed {
            self.account.on_lost_links += 1;
        } else {
            self.account.returned += 1;
        }
    }

    /// An application received an answer.
    // rfc: sp-simulation S-51
    pub(super) fn received(&mut self, party: PartyId, reply: Reply) {
        self.account.delivered += 1;
        let now = self.now;
        let waiting = self.book.waiting(party);
        let expected = waiting.map(|(stamp, question)| {
            question.is_over |= stamp == reply.question;
            question.answered_at = Some(now);
            stamp
        });
        if expected != Some(reply.question) {
            let question = Some(reply.question);
            self.breach(Violation::WrongAnswer {
                party,
                question,
                expected,
            });
        }
    }

    /// The last fault was over at `calm`: every answer since then came in time. Where an answer was
    /// dropped on its way, since a pipe was full, one interval more is in time.
    // rfc: sp-simulation S-59
    pub(super) fn calm(&mut self, calm: Duration, slack: Duration) {
        let mut late = Vec::new();
        for (producer, asker) in &self.book.askers {
            let Some(interval) = asker.resend else {
                continue;
            };
            for (seq, question) in (0..).zip(&asker.questions) {
                let since = question.asked_at.max(calm);
                let took = question.answered_at.unwrap_or(since).saturating_sub(since);
                let turns = question.dropped.saturating_add(1);
                if took > interval.saturating_mul(turns).saturating_add(slack) {
                    let producer = *producer;
                    let question = Stamp { producer, seq };
                    late.push(Violation::Late { question, took });
                }
            }
        }
        self.account.violations.append(&mut late);
    }

    /// An application was told that who had its question is gone.
    // rfc: sp-simulation S-54
    pub(super) fn peer_lost(&mut self, party: PartyId) {
        let asker = self.book.askers.get(&party);
        let is_final = asker.is_some_and(|asker| asker.resend.is_none());
        let is_lost = self.book.waiting(party).is_some_and(|(_, question)| {
            question.is_over = true;
            question.may_be_seen && question.live.is_empty()
        });
        if !is_final || !is_lost {
            self.breach(Violation::NotLost(party));
        }
    }

    /// The process of a socket is no more: nobody waits for an answer there.
    pub(super) fn crashed(&mut self, socket: PartyId) {
        self.book.socket(socket).is_deaf = true;
        for party in self.book.socket(socket).contexts.clone() {
            if let Some((_, question)) = self.book.waiting(party) {
                question.is_over = true;
                self.account.crashed += 1;
            }
        }
    }

    /// A socket was closed, and reported. What nobody can have seen is in its report, and each copy
    /// that came back at most once.
    // rfc: sp-simulation S-57
    pub(super) fn closed(&mut self, socket: PartyId, reported: u64) {
        let (mut least, mut most) = (0, self.book.socket(socket).came_back);
        let contexts = self.book.socket(socket).contexts.clone();
        for party in &contexts {
            if let Some((_, question)) = self.book.waiting(*party) {
                question.is_over = true;
                least += u64::from(!question.may_be_seen);
                most += u64::from(!question.may_be_seen && !question.came_back);
            }
        }
        self.account.unsent += reported;
        if !contexts.is_empty() && !(least..=most).contains(&reported) {
            let unsent = if reported < least { least } else { most };
            self.breach(Violation::Misreported {
                party: socket,
                reported,
                unsent,
            });
        }
    }
}
