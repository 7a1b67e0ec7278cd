//! The words of pipes: which number stands for the next. Knows no pipe: it asks whether a number is
//! in use. See `rfc/sp-endpoint.md` section 6.

use speedwell_message::PipeId;

/// Counts words up from a random start, and around.
#[derive(Debug)]
pub(crate) struct Words {
    first: u32,
    next: u32,
    /// All words were given once. Before that none can be in use, and nobody needs to look.
    is_second_round: bool,
}

impl Words {
    /// Words from a start that `random` decides.
    pub(crate) fn new(random: u64) -> Self {
        let first = u32::try_from(random & u64::from(PipeId::WORD_MAX)).unwrap_or(1);
        let first = first.max(1);
        Self {
            first,
            next: first,
            is_second_round: false,
        }
    }

    /// The next word that is not in use. Asks only when one could be, since asking takes a look at
    /// every pipe, and opening many would take time in proportion to their square.
    // rfc: sp-endpoint E-15
    pub(crate) fn draw(&mut self, is_in_use: impl Fn(u32) -> bool) -> u32 {
        loop {
            let word = self.next;
            let is_free = !self.is_second_round || !is_in_use(word);
            self.next = if word >= PipeId::WORD_MAX {
                1
            } else {
                word.saturating_add(1)
            };
            self.is_second_round |= self.next == self.first;
            if is_free {
                return word;
            }
        }
    }

    #[cfg(test)]
    pub(crate) fn skip_to(&mut self, next: u32) {
        self.next = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // rfc: sp-endpoint E-15
    #[test]
    fn words_begin_anywhere_but_at_zero_and_without_the_top_bit() {
        let begin = |random| Words::new(random).draw(|_| false);
        assert_eq!((begin(0), begin(1 << 31), begin(5)), (1, 1, 5));
        assert_eq!(begin(u64::MAX), PipeId::WORD_MAX);
    }

    // rfc: sp-endpoint E-15
    #[test]
    fn nobody_looks_for_a_word_in_use_before_all_were_given() {
        let mut words = Words::new(5);
        let first_round = |_| panic!("all words are free in the first round");
        let drawn: Vec<_> = (0..65_536).map(|_| words.draw(first_round)).collect();
        assert!(drawn.iter().copied().eq(5..65_541));

        words.skip_to(PipeId::WORD_MAX);
        let around: Vec<_> = (0..5).map(|_| words.draw(first_round)).collect();
        assert_eq!(around, [PipeId::WORD_MAX, 1, 2, 3, 4]);
        assert_eq!(words.draw(|word| word < 100), 100);
    }
}
