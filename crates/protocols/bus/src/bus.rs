//! BUS, for applications and for devices: the machine of `speedwell-pipeset` in which everybody
//! speaks to everybody, and what headers mean to it. Never more than that. Obeys `rfc/sp-bus.md`.

use speedwell_pipeset::{Assembly, Cooked, Mode, Speech};
use speedwell_protocol::{
    DropCause, Message, Passage, ProtocolId, ProtocolIds, RawHeader, Verdict,
};

/// BUS for applications: each message to all peers, and those of all peers in one fair order.
pub type Bus = Assembly<Talk>;

/// BUS for devices and inspection. The header of what is received names the pipe it came on, and
/// the header of what is sent the pipe that does not get it.
pub type RawBus = Assembly<RawTalk>;

// rfc: sp-bus B-01
const IDS: ProtocolIds = ProtocolIds {
    me: ProtocolId::BUS,
    peer: ProtocolId::BUS,
};

/// What makes an [`Assembly`] a BUS for applications: nothing has a header.
#[derive(Clone, Copy, Debug)]
pub struct Talk;

impl Speech for Talk {
    const IDS: ProtocolIds = IDS;

    // rfc: sp-bus B-04
    fn to_send(message: &mut Message) -> Result<Option<u32>, Verdict> {
        Cooked::check(message).map(|()| None)
    }

    fn judge(_: &Message) -> Result<(), DropCause> {
        Ok(())
    }

    // rfc: sp-bus B-02, B-03
    fn to_receive(message: &mut Message) {
        let _ = message.set_border(0);
    }

    // rfc: sp-device D-01
    fn passage() -> Option<Passage> {
        None
    }
}

/// What makes an [`Assembly`] a BUS for devices: a header is the word of a pipe.
#[derive(Clone, Copy, Debug)]
pub struct RawTalk;

impl Speech for RawTalk {
    const IDS: ProtocolIds = IDS;

    // rfc: sp-bus B-12, B-13
    fn to_send(message: &mut Message) -> Result<Option<u32>, Verdict> {
        let source = match message.header() {
            [] => return Ok(None),
            &[a, b, c, d] => u32::from_be_bytes([a, b, c, d]),
            _ => return Err(Verdict::BadHeader),
        };
        message.set_header(&[]);
        Ok(Some(source))
    }

    fn judge(_: &Message) -> Result<(), DropCause> {
        Ok(())
    }

    // rfc: sp-bus B-02, B-11
    fn to_receive(message: &mut Message) {
        let _ = message.set_border(0);
        if let Some(pipe) = message.origin() {
            message.set_header(&pipe.word().to_be_bytes());
        }
    }

    // rfc: sp-device D-01
    fn passage() -> Option<Passage> {
        Some(Passage::BOTH_WAYS.with_header(RawHeader::StaysHere))
    }
}

#[cfg(test)]
mod table;
