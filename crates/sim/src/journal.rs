//! What happened in a schedule: the log that the checker reads, broken promises that were seen on
//! the way, and a text for people. Decides nothing. See `rfc/sp-simulation.md` section 5.

use std::fmt::Write as _;
use std::time::Duration;

use speedwell_testkit::accounting::Event;
use speedwell_testkit::clock::VirtualClock;

/// The journal of one schedule.
#[derive(Debug)]
pub struct Journal {
    clock: VirtualClock,
    log: Vec<Event>,
    /// The time of the last line.
    last: Duration,
    breaches: Vec<String>,
    trace: Option<String>,
}

impl Journal {
    /// An empty journal; it keeps a text when `trace` says so.
    #[must_use]
    pub fn new(clock: VirtualClock, trace: Trace) -> Self {
        Self {
            clock,
            log: Vec::new(),
            last: Duration::ZERO,
            breaches: Vec::new(),
            trace: match trace {
                Trace::Off => None,
                Trace::On => Some(String::new()),
            },
        }
    }

    /// Adds a line to the log.
    pub fn log(&mut self, event: Event) {
        self.note(|| format!("  {event:?}"));
        let now = self.clock.elapsed();
        if now != self.last {
            self.last = now;
            self.log.push(Event::At(now));
        }
        self.log.push(event);
    }

    /// Adds a line to the text, if there is one.
    pub fn note(&mut self, line: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            let at = self.clock.elapsed().as_secs_f64();
            // Writing to a string does not fail.
            let _ = writeln!(trace, "{at:12.6} {}", line());
        }
    }

    /// Notes a broken promise.
    pub fn breach(&mut self, what: impl Into<String>) {
        let what = what.into();
        self.note(|| format!("VIOLATION {what}"));
        self.breaches.push(what);
    }

    /// The log so far.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.log
    }

    /// The broken promises so far.
    #[must_use]
    pub fn breaches(&self) -> &[String] {
        &self.breaches
    }

    /// Takes the text out.
    pub fn take_trace(&mut self) -> String {
        self.trace.take().unwrap_or_default()
    }
}

/// Whether a schedule is told in words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trace {
    /// It is not; this is several times as fast.
    #[default]
    Off,
    /// It is.
    On,
}
