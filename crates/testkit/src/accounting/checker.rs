//! Reads a log once and judges it. Knows nothing of sockets. See `rfc/sp-simulation.md` section 4.

use super::ledger::{Entry, Ledger, Passage, Report};
use super::{Event, LinkId, PartyId, Stamp, Violation};

/// What is promised beyond what is always.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rules {
    /// A party receives the messages of another in the order of their numbers, over all links:
    /// PAIR, which has one peer at a time.
    pub ordered: bool,
    /// Nothing happened that could excuse a loss.
    pub faultless: bool,
}

/// What became of the messages of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Account {
    /// Messages that sockets took.
    pub accepted: u64,
    /// Messages that applications received.
    pub delivered: u64,
    /// Messages written, wholly or in part, to a link that died.
    pub on_lost_links: u64,
    /// Messages that were in a process that is no more.
    pub crashed: u64,
    /// Messages that closing reported.
    pub unsent: u64,
    /// Messages that went back from a link and were sent on.
    pub returned: u64,
    /// Questions that were sent again.
    pub resent: u64,
    /// Questions that were given up before their answer was received.
    pub cancelled: u64,
    /// Messages that a link did not get because it was full, counted under it.
    pub overflowed: u64,
    /// Messages that came on a link and that nobody had subscribed to, counted under it.
    pub unwanted: u64,
    /// What was broken.
    pub violations: Vec<Violation>,
}

/// Joins the logs of all parties, and says what became of each message. Takes time in proportion
/// to the log.
///
/// ```
/// use speedwell_testkit::accounting::*;
///
/// let stamp = Stamp { producer: PartyId(0), seq: 0 };
/// let log = [Event::Accepted { stamp, print: 7 }];
/// let account = check(&log, Rules::default());
/// assert_eq!(account.violations, [Violation::Lost { stamp, link: None }]);
/// ```
#[must_use]
pub fn check(log: &[Event], rules: Rules) -> Account {
    let mut checker = Checker {
        rules,
        is_settled: false,
        ledger: Ledger::default(),
        account: Account::default(),
    };
    for event in log {
        checker.read(*event);
    }
    checker.settle();
    checker.account
}

struct Checker {
    rules: Rules,
    /// Everything under way has arrived.
    is_settled: bool,
    ledger: Ledger,
    account: Account,
}

impl Checker {
    fn read(&mut self, event: Event) {
        match event {
            Event::Accepted { stamp, print } => self.accepted(stamp, print),
            Event::Pushed {
                stamp,
                link,
                octets,
                ..
            } => self.pushed(stamp, link, octets),
            Event::Delivered {
                consumer,
                link,
                stamp,
                print,
            } => self.delivered(consumer, link, stamp, print),
            Event::WriterDone { link, taken } => self.writer_done(link, taken),
            Event::ReaderDone {
                link,
                consumer,
                read,
                by_reader,
            } => {
                let link = self.ledger.link(link);
                link.consumer = Some(consumer);
                if by_reader {
                    link.owed = read;
                }
            }
            Event::Closed { party, unsent, cut } => {
                self.ledger.party(party).report = Some(Report { unsent, cut });
            }
            Event::Deaf(party) => self.ledger.party(party).is_deaf |= !self.is_settled,
            Event::Settled => self.is_settled = true,
            Event::Crashed(party) => self.ledger.party(party).is_crashed = true,
            // Of questions and answers: `exchanges`.
            Event::At(_)
            | Event::Asks { .. }
            | Event::Hears { .. }
            | Event::Relays { .. }
            | Event::Answered { .. }
            | Event::Calm { .. }
            | Event::PeerLost(_)
            // Of messages that go to many: `spreads`.
            | Event::Joined { .. }
            | Event::Held { .. }
            | Event::Dropped { .. }
            | Event::Subscribed { .. }
            | Event::Unsubscribed { .. }
            | Event::Surveys { .. }
            | Event::Offered { .. }
            | Event::Over(_) => {}
        }
    }

    fn breach(&mut self, violation: Violation) {
        self.account.violations.push(violation);
    }

    // rfc: sp-simulation S-11
    fn accepted(&mut self, stamp: Stamp, print: u64) {
        let entries = &mut self.ledger.party(stamp.producer).entries;
        if u64::try_from(entries.len()) != Ok(stamp.seq) {
            return self.breach(Violation::BadLog(stamp));
        }
        entries.push(Entry {
            print,
            delivered: false,
            pushed: None,
            exposed: None,
        });
        self.account.accepted += 1;
    }

    // rfc: sp-simulation S-16
    fn pushed(&mut self, stamp: Stamp, link: LinkId, octets: u64) {
        let start = self.ledger.link(link).octets();
        let place = self.ledger.link(link).passages.len();
        let Some(entry) = self.ledger.entry(stamp) else {
            return self.breach(Violation::Invented(Some(stamp)));
        };
        entry.pushed = Some((link, place));
        let is_exposed = entry.exposed.is_some();
        let homeless = &mut self.ledger.party(stamp.producer).homeless;
        let came_back = homeless.remove(&stamp.seq);
        let waiting = homeless.first().copied().filter(|seq| *seq < stamp.seq);
        let end = start.saturating_add(octets);
        let passage = Passage { stamp, start, end };
        self.ledger.link(link).passages.push(passage);
        self.account.returned += u64::from(came_back);
        if is_exposed {
            self.breach(Violation::SentTwice(stamp));
        }
        if let Some(seq) = waiting.filter(|_| !came_back) {
            let waiting = Stamp { seq, ..stamp };
            self.breach(Violation::Overtaken { stamp, waiting });
        }
    }

    // rfc: sp-simulation S-10 S-12
    fn writer_done(&mut self, link: LinkId, taken: u64) {
        let written = self.ledger.link(link);
        written.is_writer_done = true;
        let passages = std::mem::take(&mut written.passages);
        for passage in &passages {
            let stamp = passage.stamp;
            if passage.start < taken {
                let before = self
                    .ledger
                    .entry(stamp)
                    .and_then(|entry| entry.exposed.replace(link));
                if before.is_some() {
                    self.breach(Violation::SentTwice(stamp));
                }
            } else {
                self.ledger.party(stamp.producer).homeless.insert(stamp.seq);
            }
        }
        self.ledger.link(link).passages = passages;
    }

    // rfc: sp-simulation S-12 S-17
    fn delivered(
        &mut self,
        consumer: PartyId,
        link: Option<LinkId>,
        stamp: Option<Stamp>,
        print: u64,
    ) {
        self.account.delivered += 1;
        let Some(stamp) = self.identify(consumer, link, stamp, print) else {
            return;
        };
        let Some(entry) = self.ledger.entry(stamp) else {
            return self.breach(Violation::Invented(Some(stamp)));
        };
        let is_twice = std::mem::replace(&mut entry.delivered, true);
        if entry.print != print {
            let expected = Some(stamp);
            return self.breach(Violation::Altered { consumer, expected });
        }
        if is_twice {
            return self.breach(Violation::Duplicated(stamp));
        }
        let heard = &mut self.ledger.party(consumer).heard;
        let latest = heard.insert(stamp.producer, stamp.seq);
        if let Some(seq) = latest.filter(|seq| self.rules.ordered && *seq > stamp.seq) {
            let expected = Some(Stamp { seq, ..stamp });
            self.breach(Violation::OutOfOrder { stamp, expected });
        }
    }

    /// Which message was delivered: by its stamp, and by its place on its link. A link delivers
    /// what was pushed to it without a gap, up to its end.
    // rfc: sp-simulation S-13
    fn identify(
        &mut self,
        consumer: PartyId,
        link: Option<LinkId>,
        stamp: Option<Stamp>,
        print: u64,
    ) -> Option<Stamp> {
        let Some(link) = link.map(|link| self.ledger.link(link)) else {
            if stamp.is_none() {
                let expected = None;
                self.breach(Violation::Altered { consumer, expected });
            }
            return stamp;
        };
        let expected = link.passages.get(link.delivered).map(|at| at.stamp);
        let Some(stamp) = stamp.or(expected) else {
            self.breach(Violation::Invented(None));
            return None;
        };
        if expected == Some(stamp) {
            link.delivered += 1;
            return expected;
        }
        let place = link.passages.iter().position(|at| at.stamp == stamp);
        let known = self
            .ledger
            .entry(stamp)
            .map(|entry| (entry.print, entry.delivered));
        let violation = match known {
            None => Violation::Altered { consumer, expected },
            Some((known, _)) if known != print => Violation::Altered { consumer, expected },
            Some((_, true)) => Violation::Duplicated(stamp),
            Some((_, false)) => {
                let expected = expected.filter(|_| place.is_some());
                Violation::OutOfOrder { stamp, expected }
            }
        };
        self.breach(violation);
        if let Some(entry) = self.ledger.entry(stamp) {
            entry.delivered = true;
        }
        None
    }

    /// What was not delivered is excused, reported, or lost.
    fn settle(&mut self) {
        let parties: Vec<PartyId> = self.ledger.parties.keys().copied().collect();
        for producer in parties {
            let entries = std::mem::take(&mut self.ledger.party(producer).entries);
            let report = self.ledger.party(producer).report;
            let mut cuts = report.map_or(0, |report| report.cut);
            let mut left = 0;
            for (seq, entry) in (0..).zip(&entries) {
                let stamp = Stamp { producer, seq };
                if !entry.delivered {
                    left += self.missing(stamp, entry, &mut cuts);
                }
            }
            self.ledger.party(producer).entries = entries;
            self.compare_report(producer, left);
        }
    }

    /// Counts a message that was not delivered; 1 when its socket has to report it. `cuts` are the
    /// messages that it reported as cut, which excuse as many where nothing else happened.
    // rfc: sp-simulation S-14 S-18
    fn missing(&mut self, stamp: Stamp, entry: &Entry, cuts: &mut u64) -> u64 {
        let (crashed, report) = {
            let producer = self.ledger.party(stamp.producer);
            (producer.is_crashed, producer.report)
        };
        if let Some(link) = entry.exposed {
            let place = entry.pushed.map_or(0, |(_, place)| place);
            let of = self.ledger.link(link);
            let (consumer, owes) = (of.consumer, of.owes(place));
            let excused = !owes || self.ledger.is_deaf(consumer);
            let spent = self.rules.faultless && *cuts == 0;
            *cuts = cuts.saturating_sub(1);
            if !excused || spent {
                let link = Some(link);
                self.breach(Violation::Lost { stamp, link });
            }
            self.account.on_lost_links += 1;
            return 0;
        }
        if crashed {
            self.account.crashed += 1;
            return 0;
        }
        if report.is_some() {
            self.account.unsent += 1;
            return 1;
        }
        let link = entry.pushed.map(|(link, _)| link);
        self.breach(Violation::Lost { stamp, link });
        0
    }

    // rfc: sp-simulation S-15
    fn compare_report(&mut self, party: PartyId, unsent: u64) {
        let report = self.ledger.party(party).report;
        if let Some(Report {
            unsent: reported, ..
        }) = report
            && reported != unsent
        {
            self.breach(Violation::Misreported {
                party,
                reported,
                unsent,
            });
        }
    }
}
