//! The table of names that belongs to the process, made on first use. The only process-wide value
//! here; another table can be passed instead. See `rfc/sp-inproc.md` section 2.

use std::sync::LazyLock;

use crate::names::Names;

/// Where sockets meet that were told nothing else.
pub(crate) fn default_names() -> &'static Names {
    // rfc: sp-inproc I-02
    static NAMES: LazyLock<Names> = LazyLock::new(Names::default);
    &NAMES
}
