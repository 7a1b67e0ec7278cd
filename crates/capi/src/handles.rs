//! The process's sockets and buffers by what C knows of them: the third of the values that belong
//! to the whole process, made anew in a child. Obeys `rfc/sp-capi.md` section 1.

use std::ffi::c_int;
use std::sync::Arc;
use std::thread;

use speedwell_os::PerProcess;

use crate::buffers::Buffers;
use crate::errno::Errno;
use crate::exchange::Context;
use crate::handle::Handle;
use crate::recent;
use crate::table::Table;

/// How many sockets are closed at a time when all are: each may take its time to send.
const CLOSING_AT_ONCE: usize = 32;

/// What C can name.
pub(crate) struct Process {
    sockets: Table<Handle>,
    contexts: Table<Context>,
    pub(crate) buffers: Buffers,
}

static PROCESS: PerProcess<Process> = PerProcess::new();

/// What C can name in this process. A child looks at what its parent named, and takes no lock.
// rfc: sp-capi A-04 A-19
pub(crate) fn process() -> &'static Process {
    PROCESS.inherit(|parent| parent.map_or_else(Process::new, Process::after))
}

/// A socket by its number. The call that has it may go on with it while another closes it.
// rfc: sp-capi A-02
pub(crate) fn socket(number: c_int) -> Result<Arc<Handle>, Errno> {
    recent::socket(number, || process().socket(number))
}

impl Process {
    const fn new() -> Self {
        Self {
            sockets: Table::new(),
            contexts: Table::new(),
            buffers: Buffers::new(),
        }
    }

    fn after(parent: &'static Self) -> Self {
        Self {
            sockets: Table::after(&parent.sockets),
            contexts: Table::after(&parent.contexts),
            buffers: Buffers::after(&parent.buffers),
        }
    }

    pub(crate) fn socket(&self, number: c_int) -> Result<Arc<Handle>, Errno> {
        self.sockets.get(number)
    }

    // rfc: sp-capi A-03
    pub(crate) fn open(&self, domain: c_int, protocol: c_int) -> Result<c_int, Errno> {
        if self.sockets.is_ended() {
            return Err(Errno::TERM);
        }
        let handle = Arc::new(Handle::open(domain, protocol)?);
        let number = self.sockets.insert(handle.clone())?;
        // The name is at most ten digits.
        let _short = handle.any().set_name(number.to_string());
        Ok(number)
    }

    pub(crate) fn close(&self, number: c_int) -> Result<(), Errno> {
        // Calls that have it go on, and are told. What is a parent's stays as it is.
        if let Some(handle) = self.sockets.remove(number)? {
            handle.close();
        }
        Ok(())
    }

    pub(crate) fn context(&self, number: c_int) -> Result<Arc<Context>, Errno> {
        self.contexts.get(number)
    }

    /// Opens a context of a socket.
    // rfc: sp-capi A-60
    pub(crate) fn open_context(&self, socket: c_int) -> Result<c_int, Errno> {
        let handle = self.socket(socket)?;
        let settings = handle.settings.lock().clone();
        let context = Context::new(handle.role.context()?, settings);
        match self.contexts.insert(Arc::new(context)) {
            // Its socket was closed with everything.
            Err(Errno::TERM) => Err(Errno::BADF),
            inserted => inserted,
        }
    }

    pub(crate) fn close_context(&self, number: c_int) -> Result<(), Errno> {
        if let Some(context) = self.contexts.remove(number)? {
            context.exchange.close();
        }
        Ok(())
    }

    /// Closes everything, for good.
    // rfc: sp-capi A-03
    pub(crate) fn end(&self) {
        let handles = self.sockets.end();
        drop(self.contexts.end());
        for some in handles.chunks(CLOSING_AT_ONCE) {
            thread::scope(|scope| {
                for handle in some {
                    let closing = thread::Builder::new();
                    let begun = closing.spawn_scoped(scope, || handle.close());
                    if begun.is_err() {
                        handle.close();
                    }
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // rfc: sp-capi A-03
    #[test]
    fn a_process_that_ended_opens_nothing_more_and_another_does() {
        let process = Process::new();
        let socket = process.open(1, 16).unwrap();
        process.end();
        assert_eq!(process.socket(socket).err(), Some(Errno::BADF));
        assert_eq!(process.open(1, 16), Err(Errno::TERM));
        assert_eq!(Process::new().open(1, 16), Ok(0));
    }

    // rfc: sp-capi A-02
    #[test]
    fn a_call_keeps_the_socket_that_another_closes() {
        let process = Process::new();
        let number = process.open(1, 16).unwrap();
        let handle = process.socket(number).unwrap();
        process.close(number).unwrap();
        assert_eq!(
            Errno::from(handle.messages.try_recv().unwrap_err()),
            Errno::BADF
        );
        assert_eq!(process.close(number), Err(Errno::BADF));
    }
}
