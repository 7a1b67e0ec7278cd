//! The application of REQ and SURVEYOR: in each context it asks one question after the other,
//! computes, and takes the answer, or all answers until it is told that there are no more, or loses
//! its patience. Knows no fault. See `rfc/sp-simulation.md` sections 9 and 10.

use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use speedwell_message::{CtxId, Message};
use speedwell_protocol::Verdict;
use speedwell_testkit::accounting::{Event, PartyId, Stamp, body, print_of};

use super::{Application, Waiting, contexts};
use crate::{Bench, SimSocket};

/// When a send is tried again that failed for want of a peer.
const AGAIN: Duration = Duration::from_millis(20);

/// What an application asks.
#[derive(Clone, Debug)]
pub struct Questions {
    /// Contexts, each of which asks.
    pub contexts: u32,
    /// Questions of each.
    pub count: u64,
    /// Octets of their bodies.
    pub sizes: RangeInclusive<usize>,
    /// The time between an answer and the next question.
    pub gap: RangeInclusive<Duration>,
    /// For how long it computes before it looks for the answer.
    pub computes: RangeInclusive<Duration>,
    /// After what time it asks the next question though it has no answer, if ever.
    pub patience: Option<RangeInclusive<Duration>>,
    /// Whether that goes for the last question as well, which then stays without an answer.
    pub gives_up: bool,
    /// How long after it was sent the socket sends a question again, if at all.
    pub resend: Option<Duration>,
    /// For a survey, how long its answers are heard.
    pub deadline: Option<Duration>,
}

/// An application that asks.
#[derive(Debug)]
pub(crate) struct Asker {
    questions: Questions,
    lines: Vec<Line>,
    received: u64,
}

/// What it does in one context.
#[derive(Debug)]
struct Line {
    ctx: CtxId,
    party: PartyId,
    asked: u64,
    next: Next,
}

#[derive(Debug)]
enum Next {
    /// Asks the next question.
    Ask(Waiting),
    /// Looks for the answer, and asks anew when it has lost its patience.
    Look {
        at: Waiting,
        patient_until: Option<Instant>,
    },
    /// Has asked everything.
    Done,
}

impl Line {
    fn time(&self) -> Option<Instant> {
        match &self.next {
            Next::Ask(at) => at.time(),
            Next::Look { at, patient_until } => at.time().into_iter().chain(*patient_until).min(),
            Next::Done => None,
        }
    }
}

impl Asker {
    pub(crate) fn new(
        questions: &Questions,
        party: PartyId,
        socket: &mut SimSocket,
        bench: &mut Bench,
    ) -> Self {
        let contexts = contexts(questions.contexts, party, socket, bench);
        let (of, resend) = (party, questions.resend);
        let lines = contexts.into_iter().map(|(ctx, party)| {
            let socket = of;
            bench.journal.log(match questions.deadline {
                None => Event::Asks {
                    party,
                    socket,
                    resend,
                },
                Some(deadline) => Event::Surveys {
                    party,
                    socket,
                    deadline,
                },
            });
            Line {
                ctx,
                party,
                asked: 0,
                next: Next::Ask(Waiting::Until(bench.now())),
            }
        });
        Self {
            lines: lines.collect(),
            questions: questions.clone(),
            received: 0,
        }
    }

    fn ask(questions: &Questions, line: &mut Line, socket: &mut SimSocket, bench: &mut Bench) {
        let now = bench.now();
        let stamp = Stamp {
            producer: line.party,
            seq: line.asked,
        };
        let body = body(stamp, bench.random.size(questions.sizes.clone()));
        let print = print_of(&body);
        let accepted = Event::Accepted { stamp, print };
        let mut message = Some(Message::from(body));
        match socket.send_in(line.ctx, Some(accepted), &mut message, bench) {
            Ok(()) => {
                line.asked += 1;
                let look = now + bench.random.time(questions.computes.clone());
                let waits = line.asked == questions.count && !questions.gives_up;
                let patience = questions.patience.clone().filter(|_| !waits);
                let patient_until = patience.map(|range| now + bench.random.time(range));
                let at = Waiting::Until(look);
                line.next = Next::Look { at, patient_until };
            }
            Err(Verdict::NoPeer) if message.is_some() => {
                line.next = Next::Ask(Waiting::Until(now + AGAIN));
            }
            // rfc: sp-survey S-26
            Err(Verdict::Wait) if message.is_some() => {
                line.next = Next::Ask(Waiting::Woken(now));
            }
            Err(verdict) => {
                bench.journal.breach(format!("asking failed: {verdict}"));
                line.next = Next::Done;
            }
        }
    }

    /// Looks for the answer; says the time when the question is over.
    fn look(
        questions: &Questions,
        line: &mut Line,
        socket: &mut SimSocket,
        bench: &mut Bench,
    ) -> Option<Instant> {
        let now = bench.now();
        match socket.recv_in(line.ctx, line.party, bench) {
            Ok(_) if questions.deadline.is_none() => return Some(now),
            // There may be another answer.
            Ok(_) => {
                if let Next::Look { at, .. } = &mut line.next {
                    let look = now + bench.random.time(questions.computes.clone());
                    *at = Waiting::Until(look);
                }
            }
            // rfc: sp-simulation S-65
            Err(Verdict::TimedOut) => {
                bench.journal.log(Event::Over(line.party));
                return Some(now);
            }
            // rfc: sp-simulation S-54
            Err(Verdict::PeerLost) => {
                bench.journal.log(Event::PeerLost(line.party));
                return Some(now);
            }
            Err(Verdict::Wait) => {
                if let Next::Look { at, .. } = &mut line.next {
                    *at = Waiting::Woken(now);
                }
            }
            Err(verdict) => {
                bench.journal.breach(format!("no answer: {verdict}"));
                line.next = Next::Done;
            }
        }
        None
    }
}

impl Application for Asker {
    fn has_sent_all(&self) -> bool {
        let done = |line: &Line| matches!(line.next, Next::Done);
        self.lines.iter().all(done)
    }

    fn has_received_all(&self, _: &SimSocket, _: &Bench) -> bool {
        self.has_sent_all()
    }

    fn sent(&self) -> u64 {
        self.lines.iter().map(|line| line.asked).sum()
    }

    fn received(&self) -> u64 {
        self.received
    }

    fn stop_receiving(&mut self, until: Instant) {
        for line in &mut self.lines {
            if let Next::Look { at, .. } = &mut line.next {
                at.put_off(until);
            }
        }
    }

    fn wake(&mut self, ctx: CtxId) {
        for line in self.lines.iter_mut().filter(|line| line.ctx == ctx) {
            match &mut line.next {
                Next::Look { at, .. } | Next::Ask(at) => at.wake(),
                Next::Done => {}
            }
        }
    }

    fn next_time(&self, _: &Bench) -> Option<Instant> {
        self.lines.iter().filter_map(Line::time).min()
    }

    fn step(&mut self, socket: &mut SimSocket, bench: &mut Bench) {
        let now = bench.now();
        let questions = &self.questions;
        let due = self
            .lines
            .iter_mut()
            .filter(|line| line.time().is_some_and(|at| at <= now));
        let mut due: Vec<&mut Line> = due.collect();
        if due.is_empty() {
            return;
        }
        let line = due.swap_remove(bench.random.size(0..=due.len() - 1));
        let over = match &line.next {
            Next::Look { at, .. } if at.is_due(now) => {
                let answered = Self::look(questions, line, socket, bench);
                self.received += u64::from(answered.is_some());
                answered.map(|at| at + bench.random.time(questions.gap.clone()))
            }
            Next::Ask(_) => return Self::ask(questions, line, socket, bench),
            Next::Look { .. } | Next::Done => Some(now),
        };
        if let Some(at) = over {
            line.next = if line.asked < questions.count {
                Next::Ask(Waiting::Until(at))
            } else {
                Next::Done
            };
        }
    }
}
