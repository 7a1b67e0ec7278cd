//! REP, for applications and for devices: the machines of `speedwell-pipeset` that answer, under
//! the name of REP. Never more than that. Obeys `rfc/sp-reqrep.md` sections 1 and 5 to 7.

use speedwell_pipeset::{Answerer, Answers, RawAnswerer};
use speedwell_protocol::{ProtocolId, ProtocolIds};

/// What makes an [`Answerer`] a REP.
#[derive(Clone, Copy, Debug)]
pub struct AnswersRequests;

impl Answers for AnswersRequests {
    // rfc: sp-reqrep R-02
    const IDS: ProtocolIds = ProtocolIds {
        me: ProtocolId::REP,
        peer: ProtocolId::REQ,
    };
}

/// REP for applications: requests of all peers, each answered where it came from, in each context
/// one at a time.
pub type Rep = Answerer<AnswersRequests>;

/// REP for devices and inspection. What is received has a header: the word of the pipe it came on,
/// then its back-trace. A reply goes to the pipe that the first word of its header names.
pub type RawRep = RawAnswerer<AnswersRequests>;
