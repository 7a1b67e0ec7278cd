//! A wait of one system call, where the system is Linux. Watches nothing but its own bell.
//! See `rfc/0001-contracts.md`.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use polling::Poller;
use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::event::{EventfdFlags, Timespec, eventfd};

use super::PollSet;
use crate::Events;

/// The system takes whole milliseconds here; the rest of a time is waited for by the poller,
/// which has a timer.
const PRECISE: Duration = Duration::from_millis(1);

/// The longest time that is asked for at once: the system counts milliseconds in 31 bits.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// What ends a wait from another thread: reported once for each time that it is written to, and
/// never read.
pub(super) struct Direct {
    bell: OwnedFd,
}

impl Direct {
    /// Adds a bell to what `poller` watches.
    ///
    /// # Errors
    ///
    /// When the system has no descriptor left.
    pub(super) fn new(poller: &Poller) -> io::Result<Self> {
        let bell = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        let data = EventData::new_u64(PollSet::RESERVED_KEY as u64);
        epoll::add(poller.as_fd(), &bell, data, EventFlags::IN | EventFlags::ET)?;
        Ok(Self { bell })
    }

    /// As `Waiter::wait`.
    pub(super) fn wait(
        &self,
        poller: &Poller,
        events: &mut Events,
        deadline: Option<Instant>,
    ) -> io::Result<()> {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let timeout = match (left, deadline) {
            (Some(left), Some(deadline)) if !left.is_zero() && left < PRECISE => {
                return poller.wait_deadline(events.raw(), deadline).map(drop);
            }
            (Some(left), _) => Some(whole_milliseconds(left.min(LONGEST))),
            (None, _) => None,
        };
        let list = events.direct();
        epoll::wait(poller.as_fd(), spare_capacity(list), timeout.as_ref())?;
        list.retain(|event| event.data.u64() != PollSet::RESERVED_KEY as u64);
        Ok(())
    }

    /// As `Waiter::notify`.
    pub(super) fn notify(&self) {
        let _ = rustix::io::write(&self.bell, &1_u64.to_ne_bytes());
    }
}

/// Never more than `time`: who waits too briefly waits again.
fn whole_milliseconds(time: Duration) -> Timespec {
    Timespec {
        tv_sec: time.as_secs().cast_signed(),
        tv_nsec: (time.subsec_millis() * 1_000_000).into(),
    }
}
