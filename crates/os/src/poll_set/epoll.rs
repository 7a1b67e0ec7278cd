//! Linux's own poller: one set of the kernel's and one descriptor to end a wait by. A wait costs
//! one system call, and another only for the last millisecond of its time. Knows keys, and nothing
//! of what they stand for. See `rfc/0001-contracts.md` and `rfc/sp-waiting.md` section 7.

use std::io;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use parking_lot::RwLock;
use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::io::{retry_on_intr, write};
use speedwell_transport::OsSource;

use super::poller::Poller;
use super::{PollSet, Watch, borrow};
use crate::{Event, Events, Own};

/// The set's own wait takes whole milliseconds; the rest of a time is waited for by another call.
const PRECISE: Duration = Duration::from_millis(1);

/// The longest time that is asked for at once: the system counts milliseconds in 31 bits.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The poller. Who waits holds `set` for reading, so that only who waits can replace it.
pub(super) struct Epoll {
    set: RwLock<Own<OwnedFd>>,
    notice: RwLock<Own<OwnedFd>>,
}

impl Epoll {
    pub(super) fn new() -> io::Result<Self> {
        let epoll = Self {
            set: RwLock::new(new_set()?),
            notice: RwLock::new(new_notice()?),
        };
        epoll.watch_notice()?;
        Ok(epoll)
    }

    fn renew_notice(&self) -> io::Result<()> {
        *self.notice.write() = new_notice()?;
        self.watch_notice()?;
        // What the last one was told may not have been heard.
        tell(&self.notice.read())
    }

    fn watch_notice(&self) -> io::Result<()> {
        let (set, notice) = (self.set.read(), self.notice.read());
        // By the edge, each write is an event of its own, and nobody has to read.
        let flags = EventFlags::IN | EventFlags::ET;
        Ok(epoll::add(
            &*set,
            &*notice,
            data(PollSet::RESERVED_KEY),
            flags,
        )?)
    }
}

impl Poller for Epoll {
    fn add(&self, source: &OsSource, key: usize, watch: Watch) -> io::Result<()> {
        let set = self.set.read();
        set.check()?;
        Ok(epoll::add(&*set, borrow(source), data(key), flags(watch))?)
    }

    fn modify(&self, source: &OsSource, key: usize, watch: Watch) -> io::Result<()> {
        let set = self.set.read();
        set.check()?;
        Ok(epoll::modify(
            &*set,
            borrow(source),
            data(key),
            flags(watch),
        )?)
    }

    fn delete(&self, source: &OsSource) -> io::Result<()> {
        let set = self.set.read();
        set.check()?;
        Ok(epoll::delete(&*set, borrow(source))?)
    }

    fn wait(&self, events: &mut Events, deadline: Option<Instant>) -> io::Result<()> {
        let set = self.set.read();
        set.check()?;
        let left = deadline.map(|at| at.saturating_duration_since(Instant::now()));
        if let Some(left) = left.filter(|left| !left.is_zero() && *left < PRECISE) {
            let left = timespec(left, left.subsec_nanos());
            if poll(&mut [PollFd::new(&*set, PollFlags::IN)], Some(&left))? == 0 {
                return Ok(());
            }
        }
        // Never for longer than is left: who waits too briefly waits again.
        let timeout = left.map(|left| {
            let left = left.min(LONGEST);
            timespec(left, left.subsec_millis() * 1_000_000)
        });
        epoll::wait(&*set, spare_capacity(&mut events.room), timeout.as_ref())?;
        for event in events.room.drain(..) {
            match usize::try_from(event.data.u64()) {
                Ok(key) if key != PollSet::RESERVED_KEY => {
                    events.found.push(told(key, event.flags));
                }
                _ => {}
            }
        }
        Ok(())
    }

    // rfc: sp-waiting W-64
    fn notify(&self) {
        let is_told = tell(&self.notice.read()).is_ok();
        if !is_told {
            // Without a descriptor nothing more can be done: the wait ends when something happens.
            let _ = self.renew_notice();
        }
    }

    fn take_reported(&self) -> Vec<usize> {
        Vec::new()
    }

    fn is_level(&self) -> bool {
        true
    }

    // rfc: sp-waiting W-64
    fn renew(&self) -> io::Result<()> {
        *self.set.write() = new_set()?;
        let is_lost = self.notice.read().look().is_err();
        if is_lost || self.watch_notice().is_err() {
            return self.renew_notice();
        }
        Ok(())
    }
}

fn timespec(time: Duration, nanos: u32) -> Timespec {
    Timespec {
        tv_sec: time.as_secs().cast_signed(),
        tv_nsec: nanos.into(),
    }
}

fn new_set() -> io::Result<Own<OwnedFd>> {
    Ok(Own::new(epoll::create(epoll::CreateFlags::CLOEXEC)?))
}

fn new_notice() -> io::Result<Own<OwnedFd>> {
    let flags = EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK;
    Ok(Own::new(eventfd(0, flags)?))
}

fn tell(notice: &Own<OwnedFd>) -> io::Result<()> {
    notice.check()?;
    retry_on_intr(|| write(&**notice, &1_u64.to_ne_bytes()))?;
    Ok(())
}

fn data(key: usize) -> EventData {
    // No key is wider than this on any Linux.
    EventData::new_u64(key as u64)
}

fn flags(watch: Watch) -> EventFlags {
    let mut flags = EventFlags::empty();
    flags.set(EventFlags::IN, watch.read);
    flags.set(EventFlags::OUT, watch.write);
    flags
}

fn told(key: usize, flags: EventFlags) -> Event {
    let hangup = flags.intersects(EventFlags::HUP | EventFlags::ERR);
    Event {
        key,
        readable: hangup || flags.contains(EventFlags::IN),
        writable: hangup || flags.contains(EventFlags::OUT),
        hangup,
    }
}
