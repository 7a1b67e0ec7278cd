//! The application of REP and RESPONDENT: in each context it takes a question, thinks, and answers,
//! or does not; with a raw socket it may answer twice. Knows no fault but its own moods. See
//! `rfc/sp-simulation.md` sections 9 and 10.

use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use speedwell_message::{CtxId, Message};
use speedwell_protocol::Verdict;
use speedwell_testkit::accounting::{Event, PartyId, Stamp, answer, print_of, stamp_of};

use super::{Application, Waiting, contexts};
use crate::{Bench, SimSocket};

/// How an application answers.
#[derive(Clone, Debug)]
pub struct Answers {
    /// Contexts, each of which answers.
    pub contexts: u32,
    /// Octets of an answer, if they are enough for its stamps.
    pub sizes: RangeInclusive<usize>,
    /// For how long it thinks.
    pub thinks: RangeInclusive<Duration>,
    /// For how long it thinks at times while it is moody.
    pub dreams: Duration,
    /// Until when, since the start of the schedule, it thinks longer at times or does not answer.
    pub moody_until: Duration,
    /// How many words a back-trace may have.
    pub ttl: u8,
    /// How often it gives an answer; more than once only with a raw socket.
    pub times: u32,
}

/// An application that answers.
#[derive(Debug)]
pub(crate) struct Answerer {
    answers: Answers,
    lines: Vec<Line>,
    sent: u64,
    received: u64,
}

/// What it does in one context.
#[derive(Debug)]
struct Line {
    ctx: CtxId,
    party: PartyId,
    answered: u64,
    next: Next,
}

#[derive(Debug)]
enum Next {
    Listen(Waiting),
    Answer {
        question: Stamp,
        /// What a raw socket puts in front of the answer.
        header: Vec<u8>,
        times: u32,
        at: Instant,
    },
}

impl Line {
    fn time(&self) -> Option<Instant> {
        match &self.next {
            Next::Listen(at) => at.time(),
            Next::Answer { at, .. } => Some(*at),
        }
    }
}

impl Answerer {
    pub(crate) fn new(
        answers: &Answers,
        party: PartyId,
        socket: &mut SimSocket,
        bench: &mut Bench,
    ) -> Self {
        let contexts = contexts(answers.contexts, party, socket, bench);
        let (of, ttl) = (party, answers.ttl);
        let lines = contexts.into_iter().map(|(ctx, party)| {
            let socket = of;
            bench.journal.log(Event::Hears { party, socket, ttl });
            Line {
                ctx,
                party,
                answered: 0,
                next: Next::Listen(Waiting::Until(bench.now())),
            }
        });
        Self {
            lines: lines.collect(),
            answers: answers.clone(),
            sent: 0,
            received: 0,
        }
    }

    fn listen(&mut self, at: usize, socket: &mut SimSocket, bench: &mut Bench) {
        let Some(line) = self.lines.get_mut(at) else {
            return;
        };
        let now = bench.now();
        match socket.recv_in(line.ctx, line.party, bench) {
            Ok(message) => {
                self.received += 1;
                let is_moody = bench.clock.elapsed() < self.answers.moody_until;
                if is_moody && bench.random.chance(1, 4) {
                    return;
                }
                let dreams = is_moody && bench.random.chance(1, 4);
                let thinks = if dreams {
                    Duration::ZERO..=self.answers.dreams
                } else {
                    self.answers.thinks.clone()
                };
                let at = now + bench.random.time(thinks);
                if let Some(question) = stamp_of(socket.form().payload(&message)) {
                    let header = message.header().to_vec();
                    let times = self.answers.times;
                    line.next = Next::Answer {
                        question,
                        header,
                        times,
                        at,
                    };
                }
            }
            Err(Verdict::Wait) => line.next = Next::Listen(Waiting::Woken(now)),
            Err(verdict) => bench.journal.breach(format!("no question: {verdict}")),
        }
    }

    fn answer(&mut self, at: usize, socket: &mut SimSocket, bench: &mut Bench) {
        let Some(line) = self.lines.get_mut(at) else {
            return;
        };
        let Next::Answer {
            question,
            header,
            times,
            ..
        } = &mut line.next
        else {
            return;
        };
        let question = *question;
        let stamp = Stamp {
            producer: line.party,
            seq: line.answered,
        };
        let body = answer(
            stamp,
            question,
            bench.random.size(self.answers.sizes.clone()),
        );
        let print = print_of(&body);
        let accepted = Event::Answered {
            stamp,
            question,
            print,
        };
        let mut message = Some(Message::with_header(header, body.into()));
        *times = times.saturating_sub(1);
        let is_done = *times == 0;
        if let Err(verdict) = socket.send_in(line.ctx, Some(accepted), &mut message, bench) {
            bench.journal.breach(format!("answering failed: {verdict}"));
        }
        line.answered += 1;
        if is_done {
            line.next = Next::Listen(Waiting::Until(bench.now()));
        }
        self.sent += 1;
    }
}

impl Application for Answerer {
    fn has_sent_all(&self) -> bool {
        true
    }

    fn has_received_all(&self, socket: &SimSocket, _: &Bench) -> bool {
        let listens = |line: &Line| matches!(line.next, Next::Listen(_));
        !socket.ready(CtxId::MAIN).recv && self.lines.iter().all(listens)
    }

    fn sent(&self) -> u64 {
        self.sent
    }

    fn received(&self) -> u64 {
        self.received
    }

    fn stop_receiving(&mut self, until: Instant) {
        for line in &mut self.lines {
            if let Next::Listen(at) = &mut line.next {
                at.put_off(until);
            }
        }
    }

    fn wake(&mut self, ctx: CtxId) {
        let is_meant = |line: &&mut Line| ctx == CtxId::ANY || line.ctx == ctx;
        for line in self.lines.iter_mut().filter(is_meant) {
            if let Next::Listen(at) = &mut line.next {
                at.wake();
            }
        }
    }

    fn next_time(&self, _: &Bench) -> Option<Instant> {
        self.lines.iter().filter_map(Line::time).min()
    }

    fn step(&mut self, socket: &mut SimSocket, bench: &mut Bench) {
        let now = bench.now();
        let is_due = |line: &Line| line.time().is_some_and(|at| at <= now);
        let due: Vec<usize> = (0..)
            .zip(&self.lines)
            .filter(|(_, line)| is_due(line))
            .map(|(at, _)| at)
            .collect();
        let Some(at) = bench.random.pick(&due).copied() else {
            return;
        };
        match self.lines.get(at).map(|line| &line.next) {
            Some(Next::Answer { .. }) => self.answer(at, socket, bench),
            Some(Next::Listen(_)) => self.listen(at, socket, bench),
            None => {}
        }
    }
}
