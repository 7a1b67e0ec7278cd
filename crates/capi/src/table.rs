//! Numbers for things that C holds: from 0 on, and a number that was given back is not given again
//! soon, nor one of a parent process in its child. Knows nothing of what it numbers. Obeys
//! `rfc/sp-capi.md` section 1.

use std::collections::VecDeque;
use std::ffi::c_int;
use std::sync::Arc;

use parking_lot::RwLock;

use crate::errno::Errno;
use crate::given::{Given, State};

/// The part of a number that says which slot it is.
const SLOT_BITS: u32 = 20;
/// How many slots there may be.
const SLOTS_MAX: usize = 1 << SLOT_BITS;
/// How often a slot is used before its numbers begin anew.
const ROUNDS: u32 = 1 << (31 - SLOT_BITS);
/// How many slots rest before one is used again.
const RESTING: usize = 1024;

/// Things by their numbers.
#[derive(Debug)]
pub(crate) struct Table<T> {
    held: RwLock<Held<T>>,
    /// What a child may look at, whoever had the lock.
    given: Given,
}

#[derive(Debug)]
struct Held<T> {
    slots: Vec<Slot<T>>,
    /// Slots that are empty, the one that rests longest first.
    resting: VecDeque<usize>,
    /// How many have to rest for one to be used again.
    resting_min: usize,
}

#[derive(Debug)]
struct Slot<T> {
    round: u32,
    content: Content<T>,
}

#[derive(Debug)]
enum Content<T> {
    Nothing,
    Own(Arc<T>),
    /// A thing of the process that forked this one, which may be amid a change.
    Parents,
}

impl<T> Table<T> {
    pub(crate) const fn new() -> Self {
        Self {
            held: RwLock::new(Held {
                slots: Vec::new(),
                resting: VecDeque::new(),
                resting_min: RESTING,
            }),
            given: Given::new(),
        }
    }

    /// The table of a child. No number that its parent had given means anything else here. Waits
    /// for nobody, whatever threads of the parent did to its table.
    // rfc: sp-capi A-19
    pub(crate) fn after(parent: &Self) -> Self {
        let mut table = Self::new();
        let held = table.held.get_mut();
        for (index, state) in parent.given.states().into_iter().enumerate() {
            let content = if state.is_held {
                Content::Parents
            } else {
                held.resting.push_back(index);
                Content::Nothing
            };
            table.given.note(index, state);
            let round = state.round;
            held.slots.push(Slot { round, content });
        }
        // Those that the parent closed last rest as long as any.
        held.resting_min += held.resting.len();
        if parent.given.is_ended() {
            table.given.end();
        }
        table
    }

    /// Takes something in, and gives its number.
    // rfc: sp-capi A-01
    pub(crate) fn insert(&self, content: Arc<T>) -> Result<c_int, Errno> {
        let mut held = self.held.write();
        if self.is_ended() {
            return Err(Errno::TERM);
        }
        let (index, round) = held.take_slot(Content::Own(content))?;
        self.given.note(index, State::held(round));
        number(index, round)
    }

    pub(crate) fn get(&self, number: c_int) -> Result<Arc<T>, Errno> {
        let (index, round) = parts(number)?;
        let held = self.held.read();
        let slot = held.slots.get(index).filter(|slot| slot.round == round);
        match slot.map(|slot| &slot.content) {
            Some(Content::Own(content)) => Ok(content.clone()),
            // rfc: sp-capi A-18
            Some(Content::Parents) => Err(Errno::FORKED),
            Some(Content::Nothing) | None => Err(Errno::BADF),
        }
    }

    /// Takes something out, and lets its number rest; nothing comes of what is the parent's.
    // rfc: sp-capi A-18
    pub(crate) fn remove(&self, number: c_int) -> Result<Option<Arc<T>>, Errno> {
        let (index, round) = parts(number)?;
        let mut held = self.held.write();
        let slot = held.slots.get_mut(index).filter(|slot| slot.round == round);
        let content = slot.ok_or(Errno::BADF)?.empty();
        if !matches!(content, Content::Nothing) {
            self.given.note(index, State::free(round));
            held.resting.push_back(index);
        }
        match content {
            Content::Own(content) => Ok(Some(content)),
            Content::Parents => Ok(None),
            Content::Nothing => Err(Errno::BADF),
        }
    }

    /// Takes everything out, for good.
    // rfc: sp-capi A-03
    pub(crate) fn end(&self) -> Vec<Arc<T>> {
        let mut held = self.held.write();
        self.given.end();
        let mut contents = Vec::new();
        for (index, slot) in held.slots.iter_mut().enumerate() {
            self.given.note(index, State::free(slot.round));
            if let Content::Own(content) = slot.empty() {
                contents.push(content);
            }
        }
        contents
    }

    /// Whether it takes nothing in any more.
    pub(crate) fn is_ended(&self) -> bool {
        self.given.is_ended()
    }
}

impl<T> Held<T> {
    /// Finds a slot for something, and says in which round it is.
    fn take_slot(&mut self, content: Content<T>) -> Result<(usize, u32), Errno> {
        let is_full = self.slots.len() >= SLOTS_MAX;
        if self.resting.len() > self.resting_min || is_full {
            let index = self.resting.pop_front().ok_or(Errno::MFILE)?;
            let slot = self.slots.get_mut(index).ok_or(Errno::MFILE)?;
            slot.round = (slot.round + 1) % ROUNDS;
            slot.content = content;
            return Ok((index, slot.round));
        }
        let index = self.slots.len();
        self.slots.push(Slot { round: 0, content });
        Ok((index, 0))
    }
}

impl<T> Slot<T> {
    fn empty(&mut self) -> Content<T> {
        std::mem::replace(&mut self.content, Content::Nothing)
    }
}

/// The number of a slot in one of its rounds.
fn number(index: usize, round: u32) -> Result<c_int, Errno> {
    let index = u32::try_from(index).map_err(|_| Errno::MFILE)?;
    c_int::try_from(round << SLOT_BITS | index).map_err(|_| Errno::MFILE)
}

/// The slot and the round of a number.
fn parts(number: c_int) -> Result<(usize, u32), Errno> {
    let number = u32::try_from(number).map_err(|_| Errno::BADF)?;
    let round = number >> SLOT_BITS;
    let index = number & (u32::MAX >> (32 - SLOT_BITS));
    let index = usize::try_from(index).map_err(|_| Errno::BADF)?;
    Ok((index, round))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    // rfc: sp-capi A-01
    #[test]
    fn numbers_count_from_zero_and_are_not_given_again_soon() {
        let table = Table::new();
        let first: Vec<_> = (0..3)
            .map(|_| table.insert(Arc::new(())).unwrap())
            .collect();
        assert_eq!(first, [0, 1, 2]);
        table.remove(1).unwrap();
        assert_eq!(table.get(1).err(), Some(Errno::BADF));
        assert_eq!(table.remove(1).err(), Some(Errno::BADF));
        let mut given: HashSet<_> = first.into_iter().collect();
        for _ in 0..1_000_000 {
            let number = table.insert(Arc::new(())).unwrap();
            assert!(given.insert(number), "{number} was given before");
            table.remove(number).unwrap();
        }
        assert!(
            table.held.read().slots.len() < 2 * RESTING,
            "and the table stays small"
        );
    }

    // rfc: sp-capi A-11
    #[test]
    fn numbers_that_nobody_gave_lead_nowhere() {
        let table = Table::new();
        table.insert(Arc::new(())).unwrap();
        for number in [-1, 1, c_int::MIN, c_int::MAX, 1 << SLOT_BITS] {
            assert_eq!(table.get(number).err(), Some(Errno::BADF), "{number}");
        }
        assert!(table.get(0).is_ok());
    }

    // rfc: sp-capi A-03
    #[test]
    fn what_has_ended_has_nothing_and_takes_nothing() {
        let table = Table::new();
        let numbers: Vec<_> = (0..4)
            .map(|_| table.insert(Arc::new(())).unwrap())
            .collect();
        table.remove(2).unwrap();
        assert_eq!(table.end().len(), 3);
        for table in [Table::after(&table), table] {
            assert!(numbers.iter().all(|it| table.get(*it) == Err(Errno::BADF)));
            assert_eq!(table.insert(Arc::new(())), Err(Errno::TERM));
        }
    }

    // rfc: sp-capi A-18 A-19
    #[test]
    fn a_child_knows_its_parents_numbers_whoever_has_the_lock() {
        let parents = Table::new();
        for _ in 0..3 {
            parents.insert(Arc::new(())).unwrap();
        }
        parents.remove(1).unwrap();
        let _amid_a_call = parents.held.write();
        let child = Table::after(&parents);
        assert_eq!(child.get(0), Err(Errno::FORKED));
        assert_eq!(child.get(1), Err(Errno::BADF));
        assert_eq!(child.insert(Arc::new(())), Ok(3));
        assert_eq!(child.remove(0), Ok(None));
        assert_eq!(child.remove(0), Err(Errno::BADF));
        let grandchild = Table::after(&child);
        let found = [0, 1, 2, 3, 4].map(|number| grandchild.get(number).unwrap_err());
        let [gone, held] = [Errno::BADF, Errno::FORKED];
        assert_eq!(found, [gone, gone, held, held, gone]);
    }

    // rfc: sp-capi A-01 A-19
    #[test]
    fn numbers_are_not_given_again_soon_over_many_generations_either() {
        let mut table = Table::new();
        let mut given = HashSet::new();
        for _ in 0..20 {
            for _ in 0..2000 {
                let number = table.insert(Arc::new(())).unwrap();
                assert!(given.insert(number), "{number} was given before");
                table.remove(number).unwrap();
            }
            let last = table.insert(Arc::new(())).unwrap();
            assert!(given.insert(last), "{last} was given before");
            table = Table::after(&table);
        }
    }
}
