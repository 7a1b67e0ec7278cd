//! What the checker remembers of messages, links and parties while it reads a log. Judges nothing.
//! See `rfc/sp-simulation.md` section 4.

use std::collections::{BTreeMap, BTreeSet};

use super::{LinkId, PartyId, Stamp};

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) print: u64,
    pub(super) delivered: bool,
    /// The link it was pushed to last, and its place there.
    pub(super) pushed: Option<(LinkId, usize)>,
    /// The link that took an octet of it.
    pub(super) exposed: Option<LinkId>,
}

/// A message on a link.
#[derive(Clone, Copy, Debug)]
pub(super) struct Passage {
    pub(super) stamp: Stamp,
    /// Where it begins in the stream, and where it ends.
    pub(super) start: u64,
    pub(super) end: u64,
}

#[derive(Debug, Default)]
pub(super) struct Link {
    pub(super) passages: Vec<Passage>,
    /// How many were delivered.
    pub(super) delivered: usize,
    pub(super) consumer: Option<PartyId>,
    /// Octets after which a message may be missing.
    pub(super) owed: u64,
    pub(super) is_writer_done: bool,
}

impl Link {
    pub(super) fn octets(&self) -> u64 {
        self.passages.last().map_or(0, |passage| passage.end)
    }

    /// True when the consumer has to deliver what stands here, if it is not deaf.
    pub(super) fn owes(&self, place: usize) -> bool {
        self.passages
            .get(place)
            .is_some_and(|passage| passage.end <= self.owed)
    }
}

#[derive(Debug, Default)]
pub(super) struct Party {
    pub(super) entries: Vec<Entry>,
    /// Accepted, and pushed to no living link, since one gave them back.
    pub(super) homeless: BTreeSet<u64>,
    /// Whom it received from, and the latest number.
    pub(super) heard: BTreeMap<PartyId, u64>,
    pub(super) report: Option<Report>,
    pub(super) is_deaf: bool,
    pub(super) is_crashed: bool,
}

/// What a socket said when it was closed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Report {
    pub(super) unsent: u64,
    pub(super) cut: u64,
}

#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) parties: BTreeMap<PartyId, Party>,
    pub(super) links: BTreeMap<LinkId, Link>,
}

impl Ledger {
    pub(super) fn party(&mut self, id: PartyId) -> &mut Party {
        self.parties.entry(id).or_default()
    }

    pub(super) fn link(&mut self, id: LinkId) -> &mut Link {
        self.links.entry(id).or_default()
    }

    pub(super) fn entry(&mut self, stamp: Stamp) -> Option<&mut Entry> {
        let party = self.parties.get_mut(&stamp.producer)?;
        party.entries.get_mut(usize::try_from(stamp.seq).ok()?)
    }

    /// True when the party takes nothing more, or when nobody is known to have read.
    pub(super) fn is_deaf(&self, party: Option<PartyId>) -> bool {
        let known = party.map(|party| self.parties.get(&party));
        known.is_none_or(|party| party.is_some_and(|party| party.is_deaf || party.is_crashed))
    }
}
