//! One direction of a simulated connection: octets that were written and not read, some on their
//! way, some arrived. Knows no time but that of its last arrival. See `rfc/sp-simulation.md`
//! section 3.

use std::collections::VecDeque;
use std::io::IoSlice;
use std::time::Instant;

/// What travels as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parcel {
    Octets(usize),
    Fin,
}

/// How far the end of the stream has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fin {
    No,
    Sent,
    Arrived,
    Read,
}

#[derive(Debug)]
pub(super) struct Lane {
    /// Written and not read, the oldest first.
    octets: VecDeque<u8>,
    /// How many of them have arrived.
    arrived: usize,
    /// The others, as they travel.
    transit: VecDeque<Parcel>,
    capacity: usize,
    pub(super) taken: u64,
    pub(super) read: u64,
    pub(super) fin: Fin,
    /// When the last parcel arrives: none overtakes it.
    pub(super) last_arrival: Instant,
    /// The writer was told that there is no room.
    pub(super) is_starved: bool,
    /// Nobody is at the other end: what arrives is answered with a reset.
    pub(super) is_void: bool,
}

impl Lane {
    pub(super) fn new(capacity: usize, now: Instant) -> Self {
        Self {
            octets: VecDeque::new(),
            arrived: 0,
            transit: VecDeque::new(),
            capacity,
            taken: 0,
            read: 0,
            fin: Fin::No,
            last_arrival: now,
            is_starved: false,
            is_void: false,
        }
    }

    pub(super) fn room(&self) -> usize {
        self.capacity.saturating_sub(self.octets.len())
    }

    /// Octets that were written and not read.
    pub(super) fn unread(&self) -> usize {
        self.octets.len()
    }

    /// Octets that can be read now.
    pub(super) fn readable(&self) -> usize {
        self.arrived
    }

    /// Takes at most `most` octets, and says how many.
    pub(super) fn put(&mut self, slices: &[IoSlice<'_>], most: usize) -> usize {
        let mut left = most.min(self.room());
        let before = self.octets.len();
        for slice in slices {
            let part = slice.get(..left).unwrap_or(slice);
            self.octets.extend(part);
            left = left.saturating_sub(part.len());
        }
        let taken = self.octets.len().saturating_sub(before);
        self.taken = self.taken.saturating_add(wide(taken));
        taken
    }

    /// Sends a parcel on its way.
    pub(super) fn send(&mut self, parcel: Parcel, arrival: Instant) {
        if parcel == Parcel::Fin {
            self.fin = Fin::Sent;
        }
        self.transit.push_back(parcel);
        self.last_arrival = arrival;
    }

    /// The oldest parcel has arrived. True when that is news to somebody.
    pub(super) fn arrive(&mut self) -> bool {
        match self.transit.pop_front() {
            Some(Parcel::Octets(octets)) if self.is_void => {
                let end = self.arrived.saturating_add(octets).min(self.octets.len());
                self.octets.drain(self.arrived.min(end)..end);
            }
            Some(Parcel::Octets(octets)) => self.arrived = self.arrived.saturating_add(octets),
            Some(Parcel::Fin) => self.fin = Fin::Arrived,
            None => return false,
        }
        true
    }

    /// Reads what has arrived into `buffer`, at most `most`.
    pub(super) fn take(&mut self, buffer: &mut [u8], most: usize) -> usize {
        let count = self.arrived.min(buffer.len()).min(most);
        for (target, octet) in buffer.iter_mut().zip(self.octets.drain(..count)) {
            *target = octet;
        }
        self.arrived = self.arrived.saturating_sub(count);
        self.read = self.read.saturating_add(wide(count));
        count
    }

    /// Loses what is on its way, the end of the stream too.
    pub(super) fn lose_transit(&mut self) {
        self.transit.clear();
        self.octets.truncate(self.arrived);
        if self.fin == Fin::Sent {
            self.fin = Fin::No;
        }
    }

    /// Loses everything.
    pub(super) fn lose_all(&mut self) {
        self.lose_transit();
        self.octets.clear();
        self.arrived = 0;
    }
}

fn wide(octets: usize) -> u64 {
    u64::try_from(octets).unwrap_or(u64::MAX)
}
