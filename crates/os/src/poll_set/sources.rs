//! What a poll set watches, by key, and which key a descriptor number belongs to. Asks the system
//! nothing but what a number means. See `rfc/sp-waiting.md` section 7.

use std::collections::HashMap;
use std::io;

use speedwell_transport::OsSource;

use super::Watch;
use crate::Lost;
use crate::identity::Identity;

/// A source in the set, known to the system exactly while its watch is not empty.
pub(super) struct Watched {
    pub(super) source: OsSource,
    pub(super) watch: Watch,
    identity: Identity,
}

impl Watched {
    /// Whether nothing else of ours has its number by now.
    pub(super) fn check(&self) -> io::Result<()> {
        self.identity.is_latest().then_some(()).ok_or_else(lost)
    }

    /// Whether it is still what it was; a system call.
    pub(super) fn look(&self) -> io::Result<()> {
        self.identity.holds().then_some(()).ok_or_else(lost)
    }
}

fn lost() -> io::Error {
    Lost.into()
}

/// Sources by key.
#[derive(Default)]
pub(super) struct Sources {
    by_key: HashMap<usize, Watched>,
    /// The last one that was added with each number.
    #[cfg(unix)]
    by_number: HashMap<std::os::fd::RawFd, usize>,
    lost: Vec<usize>,
}

impl Sources {
    pub(super) fn get(&self, key: usize) -> Option<&Watched> {
        self.by_key.get(&key)
    }

    pub(super) fn get_mut(&mut self, key: usize) -> Option<&mut Watched> {
        self.by_key.get_mut(&key)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &Watched)> {
        self.by_key.iter().map(|(key, watched)| (*key, watched))
    }

    /// Puts a source in. True when another one turned out to be lost: it has the same number.
    pub(super) fn insert(&mut self, key: usize, source: &OsSource, watch: Watch) -> bool {
        let watched = Watched {
            source: source.clone(),
            watch,
            identity: Identity::now(source.handle()),
        };
        let has_lost = self.give_number(key, watched.identity);
        self.by_key.insert(key, watched);
        has_lost
    }

    /// A number that is given again before its owner has given it back.
    #[cfg(unix)]
    fn give_number(&mut self, key: usize, identity: Identity) -> bool {
        let Some(other) = self.by_number.insert(identity.number(), key) else {
            return false;
        };
        let is_lost = |other: &Watched| other.identity != identity;
        let is_lost = self.by_key.get(&other).is_some_and(is_lost);
        if is_lost {
            self.lost.push(other);
        }
        is_lost
    }

    #[cfg(not(unix))]
    fn give_number(&mut self, _: usize, _: Identity) -> bool {
        false
    }

    pub(super) fn remove(&mut self, key: usize) -> Option<Watched> {
        let watched = self.by_key.remove(&key)?;
        #[cfg(unix)]
        if let std::collections::hash_map::Entry::Occupied(place) =
            self.by_number.entry(watched.identity.number())
            && *place.get() == key
        {
            place.remove();
        }
        Some(watched)
    }

    /// The next that turned out to be lost, and is still there.
    pub(super) fn take_lost(&mut self) -> Option<usize> {
        while let Some(key) = self.lost.pop() {
            if self.by_key.get(&key).is_some_and(|it| it.look().is_err()) {
                return Some(key);
            }
        }
        None
    }
}
