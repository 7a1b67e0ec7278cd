//! The table of names that belongs to the process, made on first use, and anew in a child. The only
//! process-wide value here; another table can be passed instead. See `rfc/sp-inproc.md` section 2.

use std::process;
use std::sync::OnceLock;

use crate::names::Names;

/// The table of one process. A child has inherited those of its ancestors, with nobody behind them,
/// and adds its own.
struct Tables {
    process: u32,
    names: Names,
    of_children: OnceLock<Box<Self>>,
}

impl Tables {
    fn of(process: u32) -> Self {
        Self {
            process,
            names: Names::default(),
            of_children: OnceLock::new(),
        }
    }
}

/// Where sockets meet that were told nothing else.
pub(crate) fn default_names() -> &'static Names {
    // rfc: sp-inproc I-02, sp-waiting W-51
    static TABLES: OnceLock<Tables> = OnceLock::new();
    let process = process::id();
    let mut tables = TABLES.get_or_init(|| Tables::of(process));
    while tables.process != process {
        let next = || Box::new(Tables::of(process));
        tables = tables.of_children.get_or_init(next);
    }
    &tables.names
}
