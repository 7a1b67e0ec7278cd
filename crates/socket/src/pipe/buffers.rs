//! How full the buffers of a pipe are, ours and the system's. Changes nothing.
//! See `rfc/sp-monitor.md` section 2.

use speedwell_engine::Buffers;
use speedwell_os::{BufferSizes, buffer_sizes};
use speedwell_transport::Source;

use super::Pipe;

impl Pipe {
    /// Both parts of the buffers; `send_waiting` is what the transmitting side says. Does system
    /// calls, so no lock is held around it; a side that another thread is busy with is not waited
    /// for.
    // rfc: sp-monitor M-06
    pub(crate) fn buffers(&self, send_waiting: Option<usize>) -> Buffers {
        let system = match &self.source {
            Source::Os(source) => buffer_sizes(source),
            Source::Doorbell => BufferSizes::default(),
        };
        let mut buffers = Buffers::default();
        buffers.send_limit = self.limits.send;
        buffers.send_waiting = send_waiting;
        buffers.recv_limit = self.limits.recv;
        buffers.recv_waiting = self.recv_waiting();
        (buffers.system_send, buffers.system_recv) = (system.send, system.recv);
        buffers
    }

    /// Octets that were read and that the protocol has not taken.
    fn recv_waiting(&self) -> Option<usize> {
        let mut rx = self.rx.try_lock()?;
        rx.as_mut().map(|intake| intake.inbox().octets())
    }
}
