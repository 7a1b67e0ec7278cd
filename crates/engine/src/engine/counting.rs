//! Counting: where each count goes, and the sums of them. Counts nothing twice: a pipe's messages
//! are counted on the pipe, and with its end on its endpoint. See `rfc/sp-monitor.md` section 2.

use std::collections::BTreeMap;

use speedwell_message::{Flow, PipeId};

use super::{Core, Engine};
use crate::endpoint::{DialState, Endpoint, Role};
use crate::pipe::{Pipe, PipeState};
use crate::snapshot::{EndpointKind, EndpointStats, PipeStats, Snapshot};
use crate::{EndpointId, Stats, Traffic, stats};

impl Core {
    /// Where messages of a pipe are counted: on the pipe while it is there.
    // rfc: sp-monitor M-01
    pub(crate) fn traffic(&mut self, id: PipeId) -> &mut Traffic {
        let slot = usize::try_from(id.slot()).unwrap_or(usize::MAX);
        match self.pipes.get_mut(slot).filter(|pipe| pipe.id == id) {
            Some(pipe) if pipe.is_live() || matches!(pipe.state, PipeState::Ended) => {
                &mut pipe.traffic
            }
            _ => &mut self.other.traffic,
        }
    }

    /// A message was given to a pipe, which answered.
    // rfc: sp-monitor M-01
    #[inline]
    pub(crate) fn count_push(&mut self, id: PipeId, octets: u64, flow: Flow) {
        let slot = usize::try_from(id.slot()).unwrap_or(usize::MAX);
        let traffic = match self.pipes.get_mut(slot).filter(|pipe| pipe.id == id) {
            Some(pipe) => {
                pipe.is_full = !flow.is_open();
                &mut pipe.traffic
            }
            None => &mut self.other.traffic,
        };
        stats::add(&mut traffic.messages_out, 1);
        stats::add(&mut traffic.octets_out, octets);
    }

    /// Where connections of an endpoint are counted: on the endpoint while it is there.
    pub(crate) fn stats_of(&mut self, id: EndpointId) -> &mut Stats {
        match self.endpoints.get_mut(&id) {
            Some(endpoint) => &mut endpoint.past,
            None => &mut self.other,
        }
    }

    /// A pipe is gone: what it counted goes to its endpoint, so that the memory of it is freed.
    // rfc: sp-monitor M-03
    pub(crate) fn fold_pipe(&mut self, pipe: &Pipe) {
        self.stats_of(pipe.endpoint).traffic += pipe.traffic;
    }

    /// An endpoint is gone.
    // rfc: sp-monitor M-03
    pub(crate) fn fold_endpoint(&mut self, endpoint: &Endpoint) {
        self.other += endpoint.past;
    }

    fn live(&self) -> impl Iterator<Item = &Pipe> {
        let pipes = self.pipes.iter().map(|(_, pipe)| pipe);
        pipes.filter(|pipe| pipe.is_live())
    }
}

impl Engine {
    /// The counters of the whole socket.
    // rfc: sp-monitor M-02
    #[must_use]
    pub fn stats(&self) -> Stats {
        let mut total = self.core.other;
        for endpoint in self.core.endpoints.values() {
            total += endpoint.past;
        }
        for (_, pipe) in &self.core.pipes {
            total.traffic += pipe.traffic;
        }
        total
    }

    /// The counters of an endpoint, its live pipes included; `None` when it is gone.
    // rfc: sp-monitor M-02
    #[must_use]
    pub fn endpoint_stats(&self, id: EndpointId) -> Option<Stats> {
        let mut total = self.core.endpoints.get(&id)?.past;
        for (_, pipe) in &self.core.pipes {
            if pipe.endpoint == id {
                total.traffic += pipe.traffic;
            }
        }
        Some(total)
    }

    /// Everything that was counted, as it is now. Takes time and memory for each endpoint and pipe.
    // rfc: sp-monitor M-02 M-05
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let mut of_endpoints: BTreeMap<EndpointId, Traffic> = BTreeMap::new();
        let mut other = self.core.other;
        for pipe in self.core.live() {
            if self.core.endpoints.contains_key(&pipe.endpoint) {
                *of_endpoints.entry(pipe.endpoint).or_default() += pipe.traffic;
            } else {
                other.traffic += pipe.traffic;
            }
        }
        let mut total = other;
        let mut endpoints = Vec::with_capacity(self.core.endpoints.len());
        for (id, endpoint) in &self.core.endpoints {
            let traffic = of_endpoints.remove(id).unwrap_or_default();
            let one = endpoint.stats(*id, traffic);
            total += one.total;
            endpoints.push(one);
        }
        let dialing = self.core.endpoints.values().filter(|one| one.is_dialing());
        Snapshot {
            total,
            other,
            endpoints,
            pipes: self.core.live().map(Pipe::stats).collect(),
            in_progress: dialing.count().saturating_add(self.core.half_open),
            send_priority: self.send_priority(),
        }
    }

    /// The best priority of the pipes that have room.
    fn send_priority(&self) -> Option<speedwell_protocol::Priority> {
        let has_room = |pipe: &&Pipe| !pipe.is_full && !pipe.is_ending();
        let priorities = self.core.live().filter(has_room);
        priorities.map(|pipe| pipe.send_priority).min()
    }

    /// An address could not be bound, so that there is no endpoint to count it on.
    // rfc: sp-monitor M-04
    pub fn bind_failed(&mut self) {
        stats::add(&mut self.core.other.bind_errors, 1);
    }
}

impl Endpoint {
    fn is_dialing(&self) -> bool {
        matches!(
            self.role,
            Role::Dialer {
                state: DialState::Dialing { .. },
                ..
            }
        )
    }

    fn stats(&self, id: EndpointId, of_pipes: Traffic) -> EndpointStats {
        let mut total = self.past;
        total.traffic += of_pipes;
        EndpointStats {
            id,
            kind: match self.role {
                Role::Dialer { .. } => EndpointKind::Dialer,
                Role::Listener { .. } => EndpointKind::Listener,
            },
            address: None,
            total,
            past: self.past,
            pipes: self.status.pipes,
            last_error: self.status.last_error.clone(),
        }
    }
}

impl Pipe {
    /// True when nothing more is to be sent on it.
    fn is_ending(&self) -> bool {
        !matches!(
            self.state,
            PipeState::Live {
                ending: None,
                finishing: false,
                ..
            }
        )
    }

    fn stats(&self) -> PipeStats {
        PipeStats {
            id: self.id,
            endpoint: self.endpoint,
            peer: self.peer.clone(),
            send_priority: self.send_priority,
            recv_priority: self.recv_priority,
            traffic: self.traffic,
            buffers: None,
        }
    }
}
