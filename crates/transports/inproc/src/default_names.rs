//! The table of names that belongs to the process, made on first use, and anew in a child. The only
//! process-wide value here; another table can be passed instead. See `rfc/sp-inproc.md` section 2.

use std::process;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::names::Names;

/// Processes in a line, each the child of the one before, that have a table of their own. Those
/// behind them share one.
const LINE_MAX: usize = 64;

/// The table of one process. A child has inherited those of its ancestors, with nobody behind them.
struct Table {
    /// Whose it is; 0 for nobody's.
    process: AtomicU32,
    names: OnceLock<Names>,
}

impl Table {
    const fn new() -> Self {
        Self {
            process: AtomicU32::new(0),
            names: OnceLock::new(),
        }
    }

    /// The names, if this is the table of `process`, or nobody's before.
    fn of(&self, process: u32) -> Option<&Names> {
        let claim = self
            .process
            .compare_exchange(0, process, Ordering::Relaxed, Ordering::Relaxed);
        // What an ancestor was about to make when it forked is never finished here: nobody waits
        // for it. Whom one waits for here is a thread of the same process.
        let is_ours = claim.is_ok() || claim == Err(process);
        is_ours.then(|| self.names.get_or_init(Names::default))
    }
}

/// Where sockets meet that were told nothing else.
pub(crate) fn default_names() -> &'static Names {
    // rfc: sp-inproc I-02, sp-waiting W-51
    static TABLES: [Table; LINE_MAX] = [const { Table::new() }; LINE_MAX];
    static LAST: OnceLock<Names> = OnceLock::new();
    let process = process::id();
    let own = TABLES.iter().find_map(|table| table.of(process));
    own.unwrap_or_else(|| LAST.get_or_init(Names::default))
}

#[cfg(test)]
mod tests {
    use super::*;

    // rfc: sp-inproc I-02
    #[test]
    fn a_table_is_its_process_s_and_made_once() {
        let table = Table::new();
        let names: *const Names = table.of(7).unwrap();
        assert_eq!(table.of(7).map(std::ptr::from_ref), Some(names));
        assert!(table.of(8).is_none());
        assert!(std::ptr::eq(default_names(), default_names()));
    }

    // rfc: sp-waiting W-51
    #[test]
    fn fault_67_a_child_waits_for_no_table_that_its_parent_was_making() {
        let table = Table::new();
        // The parent has claimed it, and was copied before it was made.
        table.process.store(7, Ordering::Relaxed);
        assert!(table.of(8).is_none() && table.names.get().is_none());
    }
}
