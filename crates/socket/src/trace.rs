//! What can be traced: a message from hop to hop, and the life of endpoints and pipes. No body is
//! ever told. Without the feature `tracing` there is nothing here but names.
//! See `rfc/sp-monitor.md` section 5.

#[cfg(not(feature = "tracing"))]
mod silent;
#[cfg(feature = "tracing")]
mod told;

#[cfg(not(feature = "tracing"))]
pub(crate) use silent::Trail;
#[cfg(feature = "tracing")]
pub(crate) use told::Trail;

/// Opens a span that lasts to the end of the block. Only where no lock is held: a subscriber is the
/// application's own code.
#[cfg(feature = "tracing")]
macro_rules! hop {
    ($name:literal $(, $field:ident = $value:expr)*) => {
        let _hop = tracing::trace_span!(target: "speedwell", $name $(, $field = $value)*).entered();
    };
}

/// Nothing: spans are left out.
#[cfg(not(feature = "tracing"))]
macro_rules! hop {
    ($($anything:tt)*) => {};
}

pub(crate) use hop;
