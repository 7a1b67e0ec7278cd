//! The next small step of a socket: chance chooses among all that could be made. Makes none by
//! itself. Obeys `rfc/sp-simulation.md` section 2.

use std::time::Instant;

use super::SimSocket;
use crate::Bench;

/// A step that a socket could make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Command,
    Deadline,
    Visit(usize),
    Write(usize),
    Read(usize),
}

impl SimSocket {
    /// True when there is something to do now.
    #[must_use]
    pub fn has_work(&self, now: Instant) -> bool {
        self.engine.has_work()
            || self.bells.len() > 0
            || !self.dirty.is_empty()
            || !self.reading.is_empty()
            || self.next_deadline().is_some_and(|at| at <= now)
    }

    /// When there is something to do in any case.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        self.engine.next_deadline()
    }

    /// Makes one step of those that could be made, whichever chance decides. False when there is
    /// none.
    pub fn work(&mut self, bench: &mut Bench) -> bool {
        let Some(step) = self.choose(bench) else {
            return false;
        };
        match step {
            Step::Command => self.carry_out_next(bench),
            Step::Deadline => self.call(bench, |engine, lent| engine.on_deadline(lent)),
            Step::Visit(at) => {
                if let Some(owner) = self.bells.take(at) {
                    self.visit(owner, bench);
                }
            }
            Step::Write(at) => {
                let pipe = self.dirty.swap_remove(at);
                self.write(pipe, bench);
            }
            Step::Read(at) => {
                let pipe = self.reading.swap_remove(at);
                self.read(pipe, bench);
            }
        }
        true
    }

    // rfc: sp-simulation S-03
    fn choose(&self, bench: &mut Bench) -> Option<Step> {
        let commands = usize::from(self.engine.has_work());
        let due = self.next_deadline().is_some_and(|at| at <= bench.now());
        let deadlines = usize::from(due);
        let bells = self.bells.len();
        let (dirty, reading) = (self.dirty.len(), self.reading.len());
        let choices = commands + deadlines + bells + dirty + reading;
        if choices == 0 {
            return None;
        }
        let mut at = bench.random.size(0..=choices - 1);
        for (count, step) in [
            (commands, (|_| Step::Command) as fn(usize) -> Step),
            (deadlines, |_| Step::Deadline),
            (bells, Step::Visit),
            (dirty, Step::Write),
        ] {
            if at < count {
                return Some(step(at));
            }
            at -= count;
        }
        Some(Step::Read(at))
    }
}
