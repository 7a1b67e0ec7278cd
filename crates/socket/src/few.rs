//! A list that mostly has nothing or one thing in it, and is then as cheap as an `Option` to make
//! and to drop. Knows nothing of what it holds. See `rfc/0001-contracts.md`.

/// A few things, taken out from the last one on.
#[derive(Debug)]
pub(crate) struct Few<T> {
    /// There whenever `more` has something.
    first: Option<T>,
    more: Vec<T>,
}

impl<T> Few<T> {
    #[inline]
    pub(crate) fn push(&mut self, item: T) {
        if self.first.is_none() {
            self.first = Some(item);
        } else {
            self.more.push(item);
        }
    }

    #[inline]
    pub(crate) fn pop(&mut self) -> Option<T> {
        self.more.pop().or_else(|| self.first.take())
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_none()
    }
}

impl<T> Default for Few<T> {
    fn default() -> Self {
        Self {
            first: None,
            more: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Few;

    #[test]
    fn what_went_in_comes_out_and_the_list_can_be_filled_again() {
        let mut few = Few::default();
        for count in [0, 1, 5, 2] {
            assert!(few.is_empty());
            (0..count).for_each(|item| few.push(item));
            assert_eq!(few.is_empty(), count == 0);
            let out: Vec<_> = std::iter::from_fn(|| few.pop()).collect();
            assert_eq!(out, (0..count).rev().collect::<Vec<_>>());
        }
    }
}
