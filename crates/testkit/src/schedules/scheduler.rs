//! Who runs next: anybody, or mostly who runs already. Each schedule draws how much it clings to a
//! thread, since some races need many switches, and others one or two at the right place.

use shuttle::scheduler::{Schedule, Task, TaskId};

use super::VARIABLE;
use super::time::{KEEPER, Pace};
use crate::random::Random;

/// Chances in a hundred that a thread goes on.
const CLINGS: [u64; 4] = [0, 50, 90, 98];

/// Draws schedules, one seed after the other.
#[derive(Debug)]
pub struct Scheduler {
    next: u64,
    left: usize,
    now: Option<u64>,
    choices: Random,
    data: Random,
    cling: u64,
    pace: Pace,
}

impl Scheduler {
    /// So many schedules from a seed on.
    #[must_use]
    pub fn new(first: u64, count: usize, pace: Pace) -> Self {
        Self {
            next: first,
            left: count,
            now: None,
            choices: Random::new(0),
            data: Random::new(0),
            cling: 0,
            pace,
        }
    }
}

impl shuttle::scheduler::Scheduler for Scheduler {
    fn new_execution(&mut self) -> Option<Schedule> {
        self.now = None;
        self.left = self.left.checked_sub(1)?;
        let seed = self.next;
        self.next = seed.wrapping_add(1);
        self.now = Some(seed);
        self.choices = Random::new(seed);
        self.data = Random::new(!seed);
        let at = usize::try_from(self.choices.below(CLINGS.len() as u64)).unwrap_or(0);
        self.cling = CLINGS.get(at).copied().unwrap_or(0);
        Some(Schedule::new(seed))
    }

    fn next_task(
        &mut self,
        runnable: &[&Task],
        current: Option<TaskId>,
        is_yielding: bool,
    ) -> Option<TaskId> {
        let keeps_time = |task: &Task| usize::from(task.id()) == KEEPER;
        let is_patient = self.pace == Pace::Patient && !runnable.iter().all(|it| keeps_time(it));
        let may_run = |task: &&&Task| !(is_patient && keeps_time(task));
        let goes_on = |task: &Task| !is_yielding && Some(task.id()) == current;
        let mut ready = runnable.iter().filter(may_run);
        if ready.clone().any(|task| goes_on(task)) && self.choices.below(100) < self.cling {
            return current;
        }
        let at = self.choices.below(ready.clone().count() as u64);
        ready
            .nth(usize::try_from(at).unwrap_or(0))
            .map(|task| task.id())
    }

    fn next_u64(&mut self) -> u64 {
        self.data.bits()
    }
}

impl Drop for Scheduler {
    fn drop(&mut self) {
        if let Some(seed) = self.now {
            println!("this schedule fails: {VARIABLE}={seed} runs it again");
        }
    }
}
