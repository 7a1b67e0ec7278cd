//! What happens on a socket, as C is told it: one plain structure for all. Obeys `rfc/sp-capi.md`
//! section 8.

use std::ffi::{c_char, c_int};

use speedwell::{
    EndReason, EndpointChange, EndpointEvent, EndpointId, ErrorKind, Event, PeerInfo, PipeChange,
    PipeEvent, Refusal,
};

use crate::errno::Errno;
use crate::handle::Handle;
use crate::waiting::{Deadline, block_on};

/// Octets of an address, with its NUL.
const PEER_LEN: usize = 128;

/// `sw_event`: something that happened.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct SwEvent {
    kind: c_int,
    endpoint: c_int,
    pipe: u32,
    error: c_int,
    count: u64,
    peer: [c_char; PEER_LEN],
}

// rfc: sp-capi A-14
const _: () = assert!(size_of::<SwEvent>() == 152);

const LISTENING: c_int = 1;
const DIAL_FAILED: c_int = 2;
const ACCEPT_FAILED: c_int = 3;
const OVER_LIMIT: c_int = 4;
const BACKS_OFF: c_int = 5;
const CLOSED: c_int = 6;
const PIPE_OFFERED: c_int = 11;
const PIPE_ADDED: c_int = 12;
const PIPE_REFUSED: c_int = 13;
const PIPE_REMOVED: c_int = 14;
const MISSED: c_int = 21;
const OTHER: c_int = 22;

/// The next event of a socket, from the first call on.
// rfc: sp-capi A-62
pub(crate) fn next(handle: &Handle, timeout_ms: c_int) -> Result<SwEvent, Errno> {
    let deadline = Deadline::after_ms(timeout_ms);
    let events = handle.events.get().ok_or(Errno::INVAL)?;
    let event = match events.try_next() {
        Err(error) if error.kind() == ErrorKind::WouldBlock && timeout_ms != 0 => {
            block_on(events.next_async(), deadline)??
        }
        taken => taken?,
    };
    Ok(SwEvent::of(&event))
}

impl SwEvent {
    fn new(kind: c_int) -> Self {
        Self {
            kind,
            endpoint: 0,
            pipe: 0,
            error: 0,
            count: 0,
            peer: [0; PEER_LEN],
        }
    }

    fn of(event: &Event) -> Self {
        match event {
            Event::Endpoint(event) => Self::of_endpoint(event),
            Event::Pipe(event) => Self::of_pipe(event),
            Event::Missed(count) => Self {
                count: *count,
                ..Self::new(MISSED)
            },
            _ => Self::new(OTHER),
        }
    }

    fn of_endpoint(event: &EndpointEvent) -> Self {
        let (kind, error, count) = match &event.change {
            EndpointChange::Listening => (LISTENING, 0, 0),
            EndpointChange::DialFailed(error) => (DIAL_FAILED, Errno::from(error).0, 0),
            EndpointChange::AcceptFailed(error) => (ACCEPT_FAILED, Errno::from(error).0, 0),
            EndpointChange::OverLimit => (OVER_LIMIT, 0, 0),
            EndpointChange::BacksOff(time) => {
                let ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
                (BACKS_OFF, 0, ms)
            }
            EndpointChange::Closed => (CLOSED, 0, 0),
            _ => (OTHER, 0, 0),
        };
        Self {
            endpoint: number(event.endpoint),
            error,
            count,
            ..Self::new(kind)
        }
    }

    fn of_pipe(event: &PipeEvent) -> Self {
        let (kind, error) = match &event.change {
            PipeChange::Offered => (PIPE_OFFERED, 0),
            PipeChange::Added => (PIPE_ADDED, 0),
            PipeChange::Refused(refusal) => (PIPE_REFUSED, refused(refusal).0),
            PipeChange::Removed(reason) => (PIPE_REMOVED, removed(reason)),
            _ => (OTHER, 0),
        };
        Self {
            endpoint: number(event.endpoint),
            pipe: event.pipe.word(),
            error,
            peer: address(event.peer.as_ref()),
            ..Self::new(kind)
        }
    }
}

fn number(endpoint: EndpointId) -> c_int {
    c_int::try_from(endpoint.0).unwrap_or(c_int::MAX)
}

/// The address of a peer, as much of it as there is room for before a NUL.
fn address(peer: Option<&PeerInfo>) -> [c_char; PEER_LEN] {
    let mut text = [0; PEER_LEN];
    if let Some(address) = peer.and_then(|peer| peer.address.as_ref()) {
        let octets = address.as_str().bytes().take(PEER_LEN.saturating_sub(1));
        for (place, octet) in text.iter_mut().zip(octets) {
            *place = c_char::from_ne_bytes([octet]);
        }
    }
    text
}

fn refused(refusal: &Refusal) -> Errno {
    match refusal {
        Refusal::Handshake(error) => Errno::from(error),
        Refusal::WrongProtocol(_) => Errno::PROTO,
        Refusal::Rejected(_) => Errno::CONNREFUSED,
        Refusal::Closed => Errno::CONNABORTED,
        _ => Errno::ACCESS,
    }
}

/// 0 when the peer closed it.
fn removed(reason: &EndReason) -> c_int {
    match reason {
        EndReason::ClosedByPeer => 0,
        EndReason::Broken(error) => Errno::from(error).0,
        EndReason::Protocol(_) => Errno::PROTO.0,
        _ => Errno::CONNABORTED.0,
    }
}
