//! The end of a schedule: who is still blocked, and closing everything. See
//! `rfc/sp-simulation.md` section 6.

use std::time::Duration;

use super::process::{Process, State};
use super::{CLOSE_MAX, PROMPT, Simulation};

impl Simulation<'_> {
    /// After the last fault every blocked call has to come to its end.
    // rfc: sp-simulation S-32
    pub(super) fn blame_the_blocked(&mut self) {
        for (at, process) in self.processes.iter().enumerate() {
            if process.state() == State::Running && !process.has_sent_all() {
                let progress = process.progress();
                let journal = &mut self.bench.journal;
                journal.breach(format!("process {at} is blocked: {progress}"));
            }
        }
    }

    /// Closes all sockets, in an order that chance decides, and waits until they are gone.
    // rfc: sp-simulation S-34
    pub(super) fn close_all(&mut self, linger: Duration) {
        let mut order: Vec<usize> = (0..self.processes.len()).collect();
        while !order.is_empty() {
            let at = self.bench.random.size(0..=order.len() - 1);
            if let Some(process) = self.processes.get_mut(order.swap_remove(at)) {
                process.close(linger, &mut self.bench);
            }
            if self.bench.random.chance(1, 2) {
                let until = self.bench.now() + Duration::from_millis(5);
                self.run_until(until, Self::are_all_gone);
            }
        }
        if !self.processes.iter().any(Process::holds_messages) {
            self.run_until(self.bench.now() + PROMPT, Self::are_all_gone);
            if !self.are_all_gone() {
                self.bench
                    .journal
                    .breach("closing is not prompt, though all peers are there");
            }
        }
        // Those who left before may still have their own linger to go.
        let linger = linger.max(self.plan.longest_linger());
        let until = self.bench.now() + linger + CLOSE_MAX;
        self.run_until(until, Self::are_all_gone);
        for (at, process) in self.processes.iter().enumerate() {
            if !process.is_gone() {
                let progress = process.progress();
                let journal = &mut self.bench.journal;
                journal.breach(format!("process {at} does not close: {progress}"));
            }
        }
    }

    fn are_all_gone(&self) -> bool {
        self.processes.iter().all(Process::is_gone)
    }
}
