//! The ids that requests and surveys bear: drawn, and found again in what answers them. Never gives
//! an id that is in use. Obeys `rfc/sp-reqrep.md` section 2.

use speedwell_protocol::{Cx, Message};
use speedwell_wire::words::{WORD_LEN, is_request_id, next_request_id, request_id, split_word};

/// Where the ids of one socket come from: the first is random, each next is one more.
#[derive(Clone, Copy, Debug, Default)]
pub struct RequestIds {
    next: Option<u32>,
}

impl RequestIds {
    /// The next id that is not in use.
    // rfc: sp-reqrep R-06
    pub fn draw(&mut self, is_used: impl Fn(u32) -> bool, cx: &mut Cx<'_>) -> u32 {
        let start = |cx: &mut Cx<'_>| u32::try_from(cx.random() >> 32).unwrap_or_default();
        let mut id = self.next.unwrap_or_else(|| request_id(start(cx)));
        while is_used(id) {
            id = next_request_id(id);
        }
        self.next = Some(next_request_id(id));
        id
    }
}

/// Makes the first word the header, and gives it if it is an id. A message without one is
/// malformed.
pub fn take_request_id(message: &mut Message) -> Option<u32> {
    let (id, _) = message
        .set_border(WORD_LEN)
        .then(|| split_word(message.header()))??;
    is_request_id(id).then_some(id)
}
