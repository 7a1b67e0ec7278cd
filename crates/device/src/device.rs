//! The handle of a device: starts it, counts, stops it. Owns its threads, and no socket.
//! Obeys `rfc/sp-device.md`.

use std::fmt;
use std::io;
use std::sync::{Arc, OnceLock, Weak};
use std::thread::{self, JoinHandle};

use parking_lot::Mutex;
use speedwell_socket::{AnySocket, Messages};

use crate::fit::{self, Nature, Ways};
use crate::mover::Mover;
use crate::report::Tally;
use crate::{End, Moved, Report, Side, StartError};

/// A device at work: it passes messages on between raw sockets, headers and all.
///
/// It does not own the sockets: bind, connect, tune and close them at any time. It ends when one
/// of them is closed, when it is stopped, and when this handle is dropped, which stops it. The
/// sockets stay as they are and may be joined anew. While it is at work, an application that
/// receives on one of them takes messages away from it.
///
/// It has one thread for each way that messages can go. Each of them waits for the socket that the
/// next message goes to, before it takes one, and has no queue.
pub struct Device {
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    /// What is called when a socket closes; the sockets do not keep it.
    _told: [Arc<dyn Fn() + Send + Sync>; 2],
}

impl Device {
    /// Joins two raw sockets of one protocol and of opposite roles, such as REP and REQ or PULL and
    /// PUSH, in whatever order. Which is called front is the caller's choice.
    ///
    /// # Errors
    ///
    /// A [`StartError`] says why the sockets do not fit.
    pub fn start(front: &AnySocket, back: &AnySocket) -> Result<Self, StartError> {
        let (front, back) = (front.messages(), back.messages());
        if front.is_same_socket(&back) {
            return Err(StartError::SameSocket);
        }
        let natures = (
            Nature::of(&front, Side::Front)?,
            Nature::of(&back, Side::Back)?,
        );
        let Ways { to_back, to_front } = fit::ways(natures.0, natures.1)?;
        let shared = Shared::new(front, back);
        let mover = |from, to, nature: Nature| Mover {
            shared: shared.clone(),
            from,
            to,
            strips_header: nature.strips_header(),
        };
        let to_back = to_back.then(|| mover(Side::Front, Side::Back, natures.0));
        let to_front = to_front.then(|| mover(Side::Back, Side::Front, natures.1));
        Self::run(shared.clone(), to_back.into_iter().chain(to_front))
    }

    /// Bends a raw socket back to itself: with BUS each message goes to all peers but the one it
    /// came from, with PAIR back to the peer.
    ///
    /// # Errors
    ///
    /// A [`StartError`] says why the socket cannot do that.
    pub fn reflect(socket: &AnySocket) -> Result<Self, StartError> {
        let socket = socket.messages();
        Nature::of(&socket, Side::Front)?.reflects()?;
        let shared = Shared::new(socket.clone(), socket);
        let mover = Mover {
            shared: shared.clone(),
            from: Side::Front,
            to: Side::Front,
            strips_header: false,
        };
        Self::run(shared, std::iter::once(mover))
    }

    fn run(shared: Arc<Shared>, movers: impl Iterator<Item = Mover>) -> Result<Self, StartError> {
        let told = [Side::Front, Side::Back].map(|side| {
            let device = Arc::downgrade(&shared);
            let told = move || {
                let device: Option<Arc<Shared>> = Weak::upgrade(&device);
                if let Some(device) = device {
                    device.end(End::Closed(side));
                }
            };
            Arc::new(told) as Arc<dyn Fn() + Send + Sync>
        });
        let device = Self {
            shared,
            threads: Mutex::default(),
            _told: told,
        };
        for mover in movers {
            // Where it fails, dropping the device stops and joins what runs already.
            // rfc: sp-device D-08
            let thread = spawn(mover).map_err(StartError::Threads)?;
            device.threads.lock().push(thread);
        }
        for (socket, told) in device.shared.sockets.iter().zip(&device._told) {
            socket.at_close(told);
        }
        Ok(device)
    }

    /// Why the device has ended, if it has.
    #[must_use]
    pub fn end(&self) -> Option<End> {
        self.shared.end.get().copied()
    }

    /// What has gone from the front to the back so far; of a device of one socket, everything.
    #[must_use]
    pub fn to_back(&self) -> Moved {
        self.shared.tally(Side::Front).read()
    }

    /// What has gone from the back to the front so far.
    #[must_use]
    pub fn to_front(&self) -> Moved {
        self.shared.tally(Side::Back).read()
    }

    /// Stops the device, from any thread. A message that it has taken is still given away, if the
    /// socket it goes to accepts it within its linger time; nothing else is waited for. Again, and
    /// after the device ended by itself, gives the same report.
    // rfc: sp-device D-20
    pub fn stop(&self) -> Report {
        self.shared.end(End::Stopped);
        self.wait()
    }

    /// Waits until the device has ended, by itself or because another thread stops it.
    pub fn wait(&self) -> Report {
        for thread in self.threads.lock().drain(..) {
            // Nothing in a mover panics; if a socket did, that way would be over all the same.
            let _ended = thread.join();
        }
        Report {
            end: self.end().unwrap_or(End::Stopped),
            to_back: self.to_back(),
            to_front: self.to_front(),
        }
    }
}

impl Drop for Device {
    /// Stops the device; while unwinding it is only told to end.
    fn drop(&mut self) {
        self.shared.end(End::Stopped);
        if !thread::panicking() {
            self.wait();
        }
    }
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Device")
            .field("end", &self.end())
            .field("to_back", &self.to_back())
            .field("to_front", &self.to_front())
            .finish_non_exhaustive()
    }
}

/// What the handle and the movers share.
pub(crate) struct Shared {
    sockets: [Messages; 2],
    /// What went from the front, and from the back.
    tallies: [Tally; 2],
    end: OnceLock<End>,
}

impl Shared {
    fn new(front: Messages, back: Messages) -> Arc<Self> {
        Arc::new(Self {
            sockets: [front, back],
            tallies: Default::default(),
            end: OnceLock::new(),
        })
    }

    pub(crate) fn socket(&self, side: Side) -> &Messages {
        let [front, back] = &self.sockets;
        match side {
            Side::Front => front,
            Side::Back => back,
        }
    }

    /// The counters of what comes from a side.
    pub(crate) fn tally(&self, from: Side) -> &Tally {
        let [front, back] = &self.tallies;
        match from {
            Side::Front => front,
            Side::Back => back,
        }
    }

    pub(crate) fn goes_on(&self) -> bool {
        self.end.get().is_none()
    }

    /// Ends the device; the first reason counts.
    // rfc: sp-device D-21
    pub(crate) fn end(&self, end: End) {
        if self.end.set(end).is_ok() {
            self.sockets.iter().for_each(Messages::interrupt);
        }
    }
}

fn spawn(mover: Mover) -> io::Result<JoinHandle<()>> {
    #[cfg(test)]
    if !tests::has_thread() {
        return Err(io::ErrorKind::WouldBlock.into());
    }
    let name = format!("speedwell-{}", mover.from);
    thread::Builder::new().name(name).spawn(move || mover.run())
}

#[cfg(test)]
mod tests;
