//! Tracing that is left out: nothing is kept and nothing told. See `rfc/sp-monitor.md` section 5.

use speedwell_engine::Engine;
use speedwell_message::{PipeId, ProtocolId};

/// What happened under a lock, which is told when none is held. Here it is nothing.
#[derive(Debug, Default)]
pub(crate) struct Trail;

#[allow(
    clippy::unused_self,
    reason = "the same methods as those of the trail that tells"
)]
impl Trail {
    #[inline]
    pub(crate) fn prepare(&self, _: &mut Engine) {}

    #[inline]
    pub(crate) fn take_journal(&mut self, _: &mut Engine) {}

    #[inline]
    pub(crate) fn sends(&mut self, _: ProtocolId) {}

    #[inline]
    pub(crate) fn pushed(&mut self, _: PipeId, _: usize, _: bool) {}

    #[inline]
    pub(crate) fn read(&mut self, _: PipeId, _: usize, _: usize) {}

    #[inline]
    pub(crate) fn offered(&mut self, _: PipeId, _: usize, _: usize) {}

    #[inline]
    pub(crate) fn tell(&mut self, _: u32) {}
}
