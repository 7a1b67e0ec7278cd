//! SURVEYOR for devices: the machine of `speedwell-pipeset` in which all are spoken to and heard,
//! as one that passes surveys on to all peers, and answers back, with their headers. Never keeps
//! state for a survey. Obeys `rfc/sp-survey.md` section 5.

use speedwell_pipeset::{Assembly, Mode, Raw, Speech};
use speedwell_protocol::{DropCause, Message, Passage, ProtocolIds, Verdict};
use speedwell_wire::words::WORD_LEN;

use crate::surveyor::IDS;

/// SURVEYOR for devices and inspection. A header is sent as it is, before the body. What is
/// received has one word as its header: what is behind it is for whoever the answer is passed on
/// to.
pub type RawSurveyor = Assembly<Surveys>;

/// What makes an [`Assembly`] a raw SURVEYOR.
#[derive(Clone, Copy, Debug)]
pub struct Surveys;

impl Speech for Surveys {
    // rfc: sp-survey S-01
    const IDS: ProtocolIds = IDS;

    // rfc: sp-survey S-23
    fn to_send(message: &mut Message) -> Result<Option<u32>, Verdict> {
        Raw::check(message).map(|()| None)
    }

    // rfc: sp-survey S-23
    fn judge(message: &Message) -> Result<(), DropCause> {
        let has_word = message.octets() >= WORD_LEN;
        has_word.then_some(()).ok_or(DropCause::Malformed)
    }

    // rfc: sp-survey S-05, S-23
    fn to_receive(message: &mut Message) {
        let _ = message.set_border(WORD_LEN);
    }

    // rfc: sp-device D-01
    fn passage() -> Option<Passage> {
        Some(Passage::BOTH_WAYS)
    }
}

#[cfg(test)]
mod table;
