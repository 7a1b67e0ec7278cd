//! The counters of the sockets while they work: a live table, lines, JSON, or how far it has come.
//! Counts nothing itself. Obeys `rfc/sp-swcat.md` section 5.

mod text;

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use crate::party::Party;
use crate::say;
use text::{Rates, Reading};

/// How often progress is shown: on a terminal, and where it leaves a line each time.
const LIVE: Duration = Duration::from_millis(200);
const LOGGED: Duration = Duration::from_secs(1);

/// How the counters are shown, and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    /// A table that is written anew over itself.
    Table(Duration),
    /// A line each time.
    Lines(Duration),
    /// An object of JSON each time.
    Json(Duration),
    /// How much of so many messages.
    Progress(Option<u64>),
}

impl View {
    fn every(self) -> Duration {
        match self {
            Self::Table(every) | Self::Lines(every) | Self::Json(every) => {
                every.max(Duration::from_millis(10))
            }
            Self::Progress(_) if say::is_terminal() => LIVE,
            Self::Progress(_) => LOGGED,
        }
    }
}

/// A thread that shows the counters from time to time.
pub(crate) struct Report {
    bell: Arc<Bell>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Bell {
    is_over: Mutex<bool>,
    over: Condvar,
}

impl Bell {
    /// Waits so long; false when it is over.
    fn rests(&self, time: Duration) -> bool {
        let mut is_over = self.is_over.lock();
        self.over
            .wait_while_for(&mut is_over, |is_over| !*is_over, time);
        !*is_over
    }
}

impl Report {
    /// Starts to show the counters of these sockets, each with its name.
    pub(crate) fn start(parties: Vec<(&'static str, Arc<dyn Party>)>, view: View) -> Self {
        let bell = Arc::<Bell>::default();
        let rung = bell.clone();
        let thread = thread::Builder::new().spawn(move || show(&parties, view, &rung));
        // Without a thread nothing is shown, and the work is done all the same.
        Self {
            bell,
            thread: thread.ok(),
        }
    }

    /// Shows the last figures.
    // rfc: sp-swcat W-30
    pub(crate) fn end(mut self) {
        self.stop();
    }

    fn stop(&mut self) {
        *self.bell.is_over.lock() = true;
        self.bell.over.notify_all();
        if let Some(thread) = self.thread.take() {
            let _ended = thread.join();
        }
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        self.stop();
    }
}

fn show(parties: &[(&'static str, Arc<dyn Party>)], view: View, bell: &Bell) {
    let started = Instant::now();
    let mut earlier = None;
    let mut height = 0;
    loop {
        let goes_on = bell.rests(view.every());
        let reading = Reading {
            at: started.elapsed(),
            sockets: parties
                .iter()
                .map(|(name, party)| (*name, party.any().snapshot()))
                .collect(),
        };
        let rates = Rates::between(earlier.as_ref(), &reading);
        match view {
            View::Table(_) => {
                let rows = text::table(&reading, rates);
                say::text(&text::over(height, &rows));
                height = rows.len();
            }
            View::Lines(_) => say::line(&text::line(&reading, rates)),
            View::Json(_) => say::line(&text::json(&reading).to_string()),
            View::Progress(total) => progress(&text::progress(&reading, rates, total), goes_on),
        }
        if !goes_on {
            return;
        }
        earlier = Some(reading);
    }
}

/// On a terminal a line over itself, which is wiped out at the end.
fn progress(line: &str, goes_on: bool) {
    match (say::is_terminal(), goes_on) {
        (true, true) => say::text(&format!("\r\x1b[K{line}")),
        (true, false) => say::text("\r\x1b[K"),
        (false, _) => say::line(&format!("swcat: {line}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // rfc: sp-swcat W-30
    #[test]
    fn the_last_figures_come_however_long_the_interval_is() {
        let bell = Bell::default();
        thread::scope(|scope| {
            let shows = scope.spawn(|| bell.rests(Duration::MAX));
            *bell.is_over.lock() = true;
            bell.over.notify_all();
            assert!(!shows.join().unwrap());
        });
    }
}
