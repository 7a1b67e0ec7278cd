//! One side of a simulated connection, as a byte stream. Never blocks; closes when both of its
//! halves are dropped. See `rfc/sp-simulation.md` section 3.

use std::io::{self, IoSlice};
use std::sync::{Arc, Mutex};

use speedwell_transport::{
    Addr, ByteHalves, ByteStream, PollCx, Progress, Source, StreamRx, StreamTx,
};

use super::connection::{ConnectionId, Side};
use super::lock;
use super::state::State;

pub(super) struct SimStream {
    handle: Arc<Handle>,
    peer: Option<Addr>,
}

/// What both halves share; its end is the end of this side.
struct Handle {
    shared: Arc<Mutex<State>>,
    id: ConnectionId,
    side: Side,
}

impl Drop for Handle {
    fn drop(&mut self) {
        lock(&self.shared).close(self.id, self.side);
    }
}

impl SimStream {
    pub(super) fn new(
        shared: Arc<Mutex<State>>,
        id: ConnectionId,
        side: Side,
        peer: Option<Addr>,
    ) -> Self {
        let handle = Arc::new(Handle { shared, id, side });
        Self { handle, peer }
    }
}

impl ByteStream for SimStream {
    fn poll_open(&mut self, cx: &mut PollCx<'_>) -> Progress<()> {
        let handle = &self.handle;
        if let Some(connection) = lock(&handle.shared).connection(handle.id) {
            connection.end(handle.side).bell = Some(cx.bell().clone());
        }
        Progress::Ready(())
    }

    fn peer_addr(&self) -> Option<Addr> {
        self.peer.clone()
    }

    fn split(self: Box<Self>) -> ByteHalves {
        ByteHalves {
            source: Source::Doorbell,
            tx: Box::new(SimTx(Arc::clone(&self.handle))),
            rx: Box::new(SimRx(self.handle)),
        }
    }
}

struct SimTx(Arc<Handle>);

impl StreamTx for SimTx {
    fn write(&mut self, octets: &[IoSlice<'_>]) -> io::Result<usize> {
        lock(&self.0.shared).write(self.0.id, self.0.side, octets)
    }

    fn shutdown_write(&mut self) -> io::Result<()> {
        lock(&self.0.shared).shutdown(self.0.id, self.0.side)
    }
}

struct SimRx(Arc<Handle>);

impl StreamRx for SimRx {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        lock(&self.0.shared).read(self.0.id, self.0.side, buffer)
    }
}
