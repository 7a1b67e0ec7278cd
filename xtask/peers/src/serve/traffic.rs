//! Numbered messages in and out of a served socket, and what was seen of them.
//!
//! Bodies and stamps are the accounting's of `speedwell-testkit`. See `rfc/sp-simulation.md`
//! section 4.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use speedwell::{AnySocket, ErrorKind, Message};
use speedwell_testkit::accounting::{PartyId, Stamp, body, print_of, stamp_of};

use super::Settings;
use super::kind::Served;

/// How long a thread waits for a message before it looks whether it is to end.
const TURN: Duration = Duration::from_millis(50);

/// A socket and its messages.
#[derive(Debug)]
pub(crate) struct Traffic {
    inner: Arc<Inner>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Debug)]
struct Inner {
    socket: Box<dyn Served>,
    producer: PartyId,
    timeout: Duration,
    tally: Mutex<Tally>,
    log: Option<File>,
    is_halted: AtomicBool,
}

/// What was sent and received.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    sent: u64,
    received: u64,
    /// Messages that were passed over: a later one of the same sender came.
    gaps: u64,
    /// Messages that came twice, or after a later one.
    repeats: u64,
    /// Bodies that nobody sent so.
    altered: u64,
    next: BTreeMap<PartyId, u64>,
}

impl Tally {
    fn receive(&mut self, octets: &[u8]) -> Option<Stamp> {
        self.received += 1;
        let stamp = stamp_of(octets).filter(|stamp| body(*stamp, octets.len()) == octets);
        let Some(stamp) = stamp else {
            self.altered += 1;
            return None;
        };
        let next = self.next.entry(stamp.producer).or_default();
        if stamp.seq < *next {
            self.repeats += 1;
        } else {
            self.gaps += stamp.seq - *next;
            *next = stamp.seq + 1;
        }
        Some(stamp)
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            sent,
            received,
            gaps,
            repeats,
            altered,
            next,
        } = self;
        let senders = next.len();
        write!(
            f,
            "sent={sent} received={received} gaps={gaps} repeats={repeats} altered={altered} \
             senders={senders}"
        )
    }
}

impl Inner {
    fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends the next message, and notes that it was accepted.
    fn send_one(&self, size: usize, timeout: Duration) -> Result<(), ErrorKind> {
        let seq = self.tally().sent;
        let producer = self.producer;
        let octets = body(Stamp { producer, seq }, size);
        let print = print_of(&octets);
        self.socket.send(Message::from(octets), timeout)?;
        self.note(Stamp { producer, seq }, print);
        self.tally().sent += 1;
        Ok(())
    }

    /// Sends the next message, and receives one.
    fn ask_one(&self, size: usize) -> Result<(), ErrorKind> {
        self.send_one(size, self.timeout)?;
        self.receive_one(self.timeout)
    }

    /// Sends back what comes.
    fn echo_one(&self, timeout: Duration) -> Result<(), ErrorKind> {
        let message = self.socket.recv(timeout)?;
        self.tally().received += 1;
        self.socket.send(message, self.timeout)?;
        self.tally().sent += 1;
        Ok(())
    }

    fn receive_one(&self, timeout: Duration) -> Result<(), ErrorKind> {
        let message = self.socket.recv(timeout)?;
        if let Some(stamp) = self.tally().receive(message.body()) {
            self.note(stamp, print_of(message.body()));
        }
        Ok(())
    }

    /// Adds a line to the log, with one system call: a process that is killed leaves whole lines.
    fn note(&self, stamp: Stamp, print: u64) {
        if let Some(mut log) = self.log.as_ref() {
            let line = format!("{} {} {print}\n", stamp.producer.0, stamp.seq);
            if let Err(error) = log.write_all(line.as_bytes()) {
                eprintln!("the log: {error}");
            }
        }
    }

    /// Does `one` again and again until told to halt.
    fn repeat(&self, one: impl Fn(&Self) -> Result<(), ErrorKind>) {
        while !self.is_halted.load(Ordering::Relaxed) {
            match one(self) {
                Ok(()) | Err(ErrorKind::TimedOut) => {}
                Err(kind) => {
                    eprintln!("traffic ends: {kind:?}");
                    return;
                }
            }
        }
    }
}

impl Traffic {
    /// Opens the socket.
    pub(crate) fn new(settings: &Settings) -> Result<Self> {
        let log = match &settings.log {
            Some(path) => Some(OpenOptions::new().create(true).append(true).open(path)?),
            None => None,
        };
        let inner = Inner {
            socket: settings.open()?,
            producer: PartyId(settings.producer),
            timeout: Duration::from_millis(settings.timeout_ms),
            tally: Mutex::default(),
            log,
            is_halted: AtomicBool::new(false),
        };
        Ok(Self {
            inner: Arc::new(inner),
            threads: Vec::new(),
        })
    }

    pub(crate) fn socket(&self) -> &AnySocket {
        self.inner.socket.any()
    }

    /// Sends `count` messages; answers what the tally then is.
    pub(crate) fn send(&self, count: u64, size: usize) -> Result<String> {
        for done in 0..count {
            let sent = self.inner.send_one(size, self.inner.timeout);
            sent.map_err(|kind| anyhow!("{kind:?} after {done} messages"))?;
        }
        Ok(self.tally())
    }

    /// Receives `count` messages; answers what the tally then is.
    pub(crate) fn recv(&self, count: u64) -> Result<String> {
        for done in 0..count {
            let received = self.inner.receive_one(self.inner.timeout);
            received.map_err(|kind| anyhow!("{kind:?} after {done} messages"))?;
        }
        Ok(self.tally())
    }

    /// Sends from now on.
    pub(crate) fn stream(&mut self, size: usize) {
        self.spawn(move |inner| inner.repeat(|inner| inner.send_one(size, TURN)));
    }

    /// Receives from now on.
    pub(crate) fn drain(&mut self) {
        self.spawn(|inner| inner.repeat(|inner| inner.receive_one(TURN)));
    }

    /// Sends and receives in turn from now on. An answer that does not come in time is missing from
    /// what was received.
    pub(crate) fn ask(&mut self, size: usize) {
        self.spawn(move |inner| inner.repeat(|inner| inner.ask_one(size)));
    }

    /// Sends back what comes from now on.
    pub(crate) fn echo(&mut self) {
        self.spawn(|inner| inner.repeat(|inner| inner.echo_one(TURN)));
    }

    fn spawn(&mut self, run: impl FnOnce(&Inner) + Send + 'static) {
        let inner = self.inner.clone();
        self.threads.push(thread::spawn(move || run(&inner)));
    }

    pub(crate) fn tally(&self) -> String {
        self.inner.tally().to_string()
    }

    /// Ends what was begun before.
    pub(crate) fn halt(&mut self) {
        self.inner.is_halted.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            // A thread that panicked has said so.
            let _ended = thread.join();
        }
        self.inner.is_halted.store(false, Ordering::Relaxed);
    }

    /// The socket alone, its threads ended.
    pub(crate) fn into_socket(mut self) -> Result<Box<dyn Served>> {
        self.halt();
        let inner = Arc::into_inner(self.inner).context("its threads have not ended")?;
        Ok(inner.socket)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(seq: u64) -> Vec<u8> {
        let producer = PartyId(1);
        body(Stamp { producer, seq }, 32)
    }

    #[test]
    fn gaps_repeats_and_alterations_are_told_apart() {
        let mut tally = Tally::default();
        for seq in [0, 1, 4, 4, 2] {
            assert!(tally.receive(&message(seq)).is_some());
        }
        assert_eq!((tally.gaps, tally.repeats, tally.altered), (2, 2, 0));
        let mut altered = message(5);
        altered[20] ^= 1;
        assert!(tally.receive(&altered).is_none());
        assert!(tally.receive(b"short").is_none());
        assert_eq!((tally.received, tally.altered), (7, 2));
    }
}
