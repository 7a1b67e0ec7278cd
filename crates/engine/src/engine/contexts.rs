//! Contexts in the engine: which there are, and which number the next has. What they are about is
//! the machine's. See `rfc/sp-contexts.md`.

use std::collections::BTreeSet;

use speedwell_message::CtxId;

use super::{Engine, Phase};
use crate::World;

/// The contexts beside `MAIN`.
#[derive(Debug)]
pub(crate) struct Contexts {
    open: BTreeSet<CtxId>,
    next: CtxId,
}

impl Contexts {
    pub(crate) const fn new() -> Self {
        Self {
            open: BTreeSet::new(),
            next: CtxId(1),
        }
    }

    /// Those that are open.
    pub(crate) fn iter(&self) -> impl Iterator<Item = CtxId> {
        self.open.iter().copied()
    }

    /// A number that no open context has: never that of `MAIN` or `ANY`.
    // rfc: sp-contexts C-01
    fn draw(&mut self) -> Option<CtxId> {
        if self.open.len() >= Engine::CONTEXTS_MAX {
            return None;
        }
        loop {
            let ctx = self.next;
            self.next = CtxId(ctx.0.wrapping_add(1));
            let is_reserved = ctx == CtxId::MAIN || ctx == CtxId::ANY;
            if !is_reserved && self.open.insert(ctx) {
                return Some(ctx);
            }
        }
    }
}

impl Engine {
    /// The contexts that a socket can have at a time, beside `MAIN`: so many that nobody needs
    /// more, and few enough for a machine to look at all of them.
    pub const CONTEXTS_MAX: usize = 65_536;

    /// Opens a context. `None` when the socket is closing, or has [`Engine::CONTEXTS_MAX`].
    // rfc: sp-contexts C-01 C-02
    pub fn open_context(&mut self, world: &mut dyn World) -> Option<CtxId> {
        if self.core.phase != Phase::Open {
            return None;
        }
        let ctx = self.core.contexts.draw()?;
        self.with_machine(world, |machine, cx| machine.open(ctx, cx));
        Some(ctx)
    }

    /// Closes a context that was opened; false when it is not open. `MAIN` closes with the socket.
    // rfc: sp-contexts C-03
    pub fn close_context(&mut self, ctx: CtxId, world: &mut dyn World) -> bool {
        if !self.core.contexts.open.remove(&ctx) {
            return false;
        }
        // The machine has ended all of them by then.
        if self.core.phase != Phase::Finishing && self.core.phase != Phase::Closed {
            self.with_machine(world, |machine, cx| machine.close(ctx, cx));
            self.progress_close(world);
        }
        true
    }

    /// True for `MAIN`, and for a context that was opened and not closed since.
    #[must_use]
    #[inline]
    pub fn has_context(&self, ctx: CtxId) -> bool {
        ctx == CtxId::MAIN || self.core.contexts.open.contains(&ctx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // rfc: sp-contexts C-01
    #[test]
    fn a_number_is_given_again_only_when_all_others_were() {
        let mut contexts = Contexts::new();
        assert_eq!(contexts.draw(), Some(CtxId(1)));
        assert_eq!(contexts.draw(), Some(CtxId(2)));
        contexts.open.remove(&CtxId(1));
        assert_eq!(contexts.draw(), Some(CtxId(3)));
        contexts.next = CtxId(u32::MAX - 1);
        let around = [(); 3].map(|()| contexts.draw());
        let expected = [u32::MAX - 1, 1, 4].map(|number| Some(CtxId(number)));
        assert_eq!(around, expected, "not ANY, not MAIN, not one that is open");
    }

    // rfc: sp-contexts C-01
    #[test]
    fn there_is_a_limit() {
        let mut contexts = Contexts::new();
        for _ in 0..Engine::CONTEXTS_MAX {
            assert!(contexts.draw().is_some());
        }
        assert_eq!(contexts.draw(), None);
        contexts.open.remove(&CtxId(7));
        assert!(contexts.draw().is_some());
    }
}
