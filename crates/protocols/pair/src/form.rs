//! What the versions and forms of PAIR do differently: the number they announce, and the header.
//! Never decides who the peer is or what waits. Obeys `rfc/sp-pair.md` sections 2 and 9.

use std::fmt::Debug;
use std::marker::PhantomData;
use std::num::NonZeroU8;

use speedwell_pipeset::{Cooked, Mode, Raw, TTL_DEFAULT, sift};
use speedwell_protocol::{Cx, DropCause, Inbox, Message, Passage, PipeId, ProtocolId, Verdict};
use speedwell_wire::words::{DIRECT_HOPS, WORD_LEN, hop_count, split_word, word};

/// A version and form of PAIR.
pub trait Form: Debug + Default + Send + 'static {
    /// What it announces, and what its peer has to.
    const ID: ProtocolId;

    /// Looks at the header of a message to be sent.
    ///
    /// # Errors
    ///
    /// [`Verdict::BadHeader`] when it is none that this form sends.
    fn check(message: &Message) -> Result<(), Verdict>;

    /// Gives a message that was checked the header that goes on the wire.
    fn to_send(message: &mut Message);

    /// Drops what of a batch makes no sense or came too far, and counts it.
    fn sift(&self, pipe: PipeId, inbox: &mut Inbox, cx: &mut Cx<'_>);

    /// Makes of what arrived what the application receives.
    fn to_receive(message: &mut Message);

    /// What the machine says of itself to devices.
    fn passage() -> Option<Passage>;
}

/// Version 0, which has no header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Plain<M>(PhantomData<M>);

impl<M: Mode> Form for Plain<M> {
    // rfc: sp-pair P-01
    const ID: ProtocolId = ProtocolId::PAIR;

    // rfc: sp-pair P-04, P-05
    #[inline]
    fn check(message: &Message) -> Result<(), Verdict> {
        M::check(message)
    }

    // rfc: sp-pair P-03, sp-wire W-31
    #[inline]
    fn to_send(_: &mut Message) {}

    #[inline]
    fn sift(&self, _: PipeId, _: &mut Inbox, _: &mut Cx<'_>) {}

    // rfc: sp-pair P-03, P-05
    #[inline]
    fn to_receive(message: &mut Message) {
        let _ = message.set_border(0);
    }

    // rfc: sp-device D-01
    fn passage() -> Option<Passage> {
        M::passage(Passage::BOTH_WAYS)
    }
}

/// Version 1, whose header counts hops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hops<M> {
    pub(crate) ttl: NonZeroU8,
    mode: PhantomData<M>,
}

impl<M> Default for Hops<M> {
    // rfc: sp-pair P-29, sp-wire W-34
    fn default() -> Self {
        Self {
            ttl: TTL_DEFAULT,
            mode: PhantomData,
        }
    }
}

impl<M> Hops<M> {
    /// Makes the hop count the header, if there is one within the TTL.
    // rfc: sp-pair P-27, P-28, P-29, P-30, sp-wire W-35, W-36, W-38, W-39
    fn judge(&self, message: &mut Message) -> Result<(), DropCause> {
        let _ = message.set_border(WORD_LEN);
        let (word, _) = split_word(message.header()).ok_or(DropCause::Malformed)?;
        match hop_count(word) {
            Ok(hops) if hops <= self.ttl.get() => Ok(()),
            Ok(_) => Err(DropCause::TooManyHops),
            Err(_) => Err(DropCause::Malformed),
        }
    }
}

/// The hop count that a raw message bears, if it is one that can grow.
fn hops_of(message: &Message) -> Option<u8> {
    let (word, rest) = split_word(message.header())?;
    hop_count(word)
        .ok()
        .filter(|hops| rest.is_empty() && *hops < u8::MAX)
}

impl Form for Hops<Cooked> {
    // rfc: sp-pair P-24
    const ID: ProtocolId = ProtocolId::PAIR1;

    // rfc: sp-pair P-25
    #[inline]
    fn check(message: &Message) -> Result<(), Verdict> {
        Cooked::check(message)
    }

    // rfc: sp-pair P-26, sp-wire W-36, W-37
    #[inline]
    fn to_send(message: &mut Message) {
        message.set_header(&word(DIRECT_HOPS.into()));
    }

    #[inline]
    fn sift(&self, pipe: PipeId, inbox: &mut Inbox, cx: &mut Cx<'_>) {
        sift(pipe, inbox, cx, |message| self.judge(message));
    }

    // rfc: sp-pair P-25
    #[inline]
    fn to_receive(message: &mut Message) {
        message.set_header(&[]);
    }

    // rfc: sp-device D-01
    fn passage() -> Option<Passage> {
        Cooked::passage(Passage::BOTH_WAYS)
    }
}

impl Form for Hops<Raw> {
    // rfc: sp-pair P-24
    const ID: ProtocolId = ProtocolId::PAIR1;

    // rfc: sp-pair P-32
    #[inline]
    fn check(message: &Message) -> Result<(), Verdict> {
        hops_of(message).map(drop).ok_or(Verdict::BadHeader)
    }

    // rfc: sp-pair P-32
    #[inline]
    fn to_send(message: &mut Message) {
        let hops = hops_of(message).unwrap_or_default().saturating_add(1);
        message.set_header(&word(hops.into()));
    }

    #[inline]
    fn sift(&self, pipe: PipeId, inbox: &mut Inbox, cx: &mut Cx<'_>) {
        sift(pipe, inbox, cx, |message| self.judge(message));
    }

    /// The header is the hop count, as it came.
    // rfc: sp-pair P-31
    #[inline]
    fn to_receive(_: &mut Message) {}

    // rfc: sp-device D-01
    fn passage() -> Option<Passage> {
        Raw::passage(Passage::BOTH_WAYS)
    }
}
