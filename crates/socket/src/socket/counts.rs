//! Statistics of a socket. Counts nothing itself. See `rfc/sp-monitor.md` section 2.

use speedwell_engine::{Snapshot, Stats};

use super::AnySocket;

impl AnySocket {
    /// The counters of this socket, all of one moment. They stay when it is closed.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let state = self.hub.lock();
        state.map_or_else(|_| Stats::default(), |state| state.engine.stats())
    }

    /// The counters of this socket, of each of its endpoints and of each of its pipes, all of one
    /// moment, so that their sums agree. How much the buffers hold is asked right afterwards, pipe
    /// by pipe. Takes time and memory for each pipe.
    // rfc: sp-monitor M-02 M-06
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let (mut snapshot, pipes) = {
            let Ok(mut state) = self.hub.lock() else {
                return Snapshot::default();
            };
            let mut snapshot = state.engine.snapshot();
            for endpoint in &mut snapshot.endpoints {
                let io = state.endpoints.get(&endpoint.id);
                endpoint.address = io.map(|io| io.address.clone());
            }
            let pipes: Vec<_> = snapshot
                .pipes
                .iter()
                .map(|pipe| {
                    let live = state.live(pipe.id)?;
                    Some((live.pipe.clone(), live.tx.waiting()))
                })
                .collect();
            (snapshot, pipes)
        };
        for (stats, pipe) in snapshot.pipes.iter_mut().zip(pipes) {
            stats.buffers = pipe.map(|(pipe, waiting)| pipe.buffers(waiting));
        }
        snapshot
    }
}
