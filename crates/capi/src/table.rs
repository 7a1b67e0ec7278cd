//! Numbers for things that C holds: from 0 on, and a number that was given back is not given again
//! soon. Knows nothing of what it numbers. Obeys `rfc/sp-capi.md` section 1.

use std::collections::VecDeque;
use std::ffi::c_int;
use std::sync::Arc;

use crate::errno::Errno;

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
    slots: Vec<Slot<T>>,
    /// Slots that are empty, the one that rests longest first.
    resting: VecDeque<usize>,
}

#[derive(Debug)]
struct Slot<T> {
    round: u32,
    content: Option<Arc<T>>,
}

impl<T> Table<T> {
    pub(crate) const fn new() -> Self {
        Self {
            slots: Vec::new(),
            resting: VecDeque::new(),
        }
    }

    /// Takes something in, and gives its number.
    // rfc: sp-capi A-01
    pub(crate) fn insert(&mut self, content: Arc<T>) -> Result<c_int, Errno> {
        let is_full = self.slots.len() >= SLOTS_MAX;
        if self.resting.len() > RESTING || is_full {
            let index = self.resting.pop_front().ok_or(Errno::MFILE)?;
            let slot = self.slots.get_mut(index).ok_or(Errno::MFILE)?;
            slot.round = (slot.round + 1) % ROUNDS;
            slot.content = Some(content);
            return number(index, slot.round);
        }
        let index = self.slots.len();
        self.slots.push(Slot {
            round: 0,
            content: Some(content),
        });
        number(index, 0)
    }

    pub(crate) fn get(&self, number: c_int) -> Result<&Arc<T>, Errno> {
        let (index, round) = parts(number)?;
        let slot = self.slots.get(index).filter(|slot| slot.round == round);
        slot.and_then(|slot| slot.content.as_ref())
            .ok_or(Errno::BADF)
    }

    /// Takes something out, and lets its number rest.
    pub(crate) fn remove(&mut self, number: c_int) -> Result<Arc<T>, Errno> {
        let (index, round) = parts(number)?;
        let slot = self.slots.get_mut(index).filter(|slot| slot.round == round);
        let content = slot.and_then(|slot| slot.content.take());
        let content = content.ok_or(Errno::BADF)?;
        self.resting.push_back(index);
        Ok(content)
    }

    /// Takes everything out.
    pub(crate) fn drain(&mut self) -> Vec<Arc<T>> {
        let mut contents = Vec::new();
        for (index, slot) in self.slots.iter_mut().enumerate() {
            if let Some(content) = slot.content.take() {
                contents.push(content);
                self.resting.push_back(index);
            }
        }
        contents
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
        let mut table = Table::new();
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
        assert!(table.slots.len() < 2 * RESTING, "and the table stays small");
    }

    // rfc: sp-capi A-11
    #[test]
    fn numbers_that_nobody_gave_lead_nowhere() {
        let mut table = Table::new();
        table.insert(Arc::new(())).unwrap();
        for number in [-1, 1, c_int::MIN, c_int::MAX, 1 << SLOT_BITS] {
            assert_eq!(table.get(number).err(), Some(Errno::BADF), "{number}");
        }
        assert!(table.get(0).is_ok());
    }

    #[test]
    fn what_is_drained_is_gone() {
        let mut table = Table::new();
        let numbers: Vec<_> = (0..4)
            .map(|_| table.insert(Arc::new(())).unwrap())
            .collect();
        table.remove(2).unwrap();
        assert_eq!(table.drain().len(), 3);
        assert!(numbers.iter().all(|number| table.get(*number).is_err()));
    }
}
