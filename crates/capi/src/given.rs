//! Which numbers of a table are somebody's, for those to read who cannot take its lock: a child,
//! whose parent had threads. Gives no number itself. Obeys `rfc/sp-capi.md` section 1.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use crate::places::Places;

/// A slot was used once.
const USED: u32 = 2;
/// It is somebody's.
const HELD: u32 = 1;
/// Where the round begins.
const ROUND_BITS: u32 = 2;

/// What became of each slot of a table. Only who has the lock of the table changes it.
#[derive(Debug)]
pub(crate) struct Given {
    slots: Places<AtomicU32>,
    is_ended: AtomicBool,
}

/// What became of a slot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) round: u32,
    pub(crate) is_held: bool,
}

impl State {
    pub(crate) fn held(round: u32) -> Self {
        let is_held = true;
        Self { round, is_held }
    }

    pub(crate) fn free(round: u32) -> Self {
        let is_held = false;
        Self { round, is_held }
    }
}

impl Given {
    pub(crate) const fn new() -> Self {
        Self {
            slots: Places::new(),
            is_ended: AtomicBool::new(false),
        }
    }

    pub(crate) fn note(&self, index: usize, state: State) {
        let held = if state.is_held { HELD } else { 0 };
        // A table has no more slots than there are places.
        if let Some(slot) = self.slots.make(index) {
            slot.store(state.round << ROUND_BITS | USED | held, Ordering::Release);
        }
    }

    /// The slots that were used, in their order. Waits for nobody.
    // rfc: sp-capi A-19
    pub(crate) fn states(&self) -> Vec<State> {
        let words = self.slots.iter().map(|slot| slot.load(Ordering::Acquire));
        let used = words.take_while(|word| word & USED != 0);
        used.map(|word| State {
            round: word >> ROUND_BITS,
            is_held: word & HELD != 0,
        })
        .collect()
    }

    pub(crate) fn end(&self) {
        self.is_ended.store(true, Ordering::Release);
    }

    pub(crate) fn is_ended(&self) -> bool {
        self.is_ended.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // rfc: sp-capi A-19
    #[test]
    fn what_became_of_each_slot_is_read_as_it_was_noted() {
        let given = Given::new();
        assert_eq!(given.states(), []);
        let states: Vec<_> = (0..200)
            .map(|index| State {
                round: index * 10,
                is_held: index % 3 == 0,
            })
            .collect();
        for (index, state) in states.iter().enumerate() {
            given.note(index, *state);
        }
        assert_eq!(given.states(), states);
    }
}
