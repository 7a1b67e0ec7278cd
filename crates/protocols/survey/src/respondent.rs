//! RESPONDENT, for applications and for devices: the machines of `speedwell-pipeset` that answer,
//! under the name of RESPONDENT. Never more than that. Obeys `rfc/sp-survey.md` sections 1 and 5.

use speedwell_pipeset::{Answerer, Answers, RawAnswerer};
use speedwell_protocol::{ProtocolId, ProtocolIds};

/// What makes an [`Answerer`] a RESPONDENT.
#[derive(Clone, Copy, Debug)]
pub struct AnswersSurveys;

impl Answers for AnswersSurveys {
    // rfc: sp-survey S-02
    const IDS: ProtocolIds = ProtocolIds {
        me: ProtocolId::RESPONDENT,
        peer: ProtocolId::SURVEYOR,
    };
}

/// RESPONDENT for applications: surveys of all peers, each answered where it came from, in each
/// context one at a time.
// rfc: sp-survey S-20
pub type Respondent = Answerer<AnswersSurveys>;

/// RESPONDENT for devices and inspection. What is received has a header: the word of the pipe it
/// came on, then its back-trace. An answer goes to the pipe that the first word of its header
/// names.
// rfc: sp-survey S-21
pub type RawRespondent = RawAnswerer<AnswersSurveys>;
