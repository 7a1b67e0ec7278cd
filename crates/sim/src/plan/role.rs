//! What a socket of a schedule is: its protocol with its options. Draws nothing. See
//! `rfc/sp-simulation.md` section 6.

use std::num::NonZeroU8;
use std::time::Duration;

use speedwell_bus::Bus;
use speedwell_protocol::Protocol;
use speedwell_pubsub::{Overflow, Pub, Sub};
use speedwell_reqrep::{RawRep, RawReq, Rep, Req};
use speedwell_survey::{RawRespondent, Respondent, Surveyor};

use crate::Bench;
use crate::socket::{Form, SimSocket};

/// The protocol of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// PAIR.
    Pair,
    /// PAIR, version 1.
    Pair1,
    /// PUSH.
    Push,
    /// PULL.
    Pull,
    /// REQ.
    Req {
        /// After what time a request is sent again.
        resend: Option<Duration>,
        /// Whether a send without a peer fails.
        fail_fast: bool,
    },
    /// REP.
    Rep {
        /// How many words a back-trace may have.
        ttl: NonZeroU8,
    },
    /// REQ in its raw form.
    RawReq,
    /// REP in its raw form.
    RawRep {
        /// How many words a back-trace may have.
        ttl: NonZeroU8,
    },
    /// PUB.
    Pub(Overflow),
    /// SUB.
    Sub,
    /// SURVEYOR.
    Surveyor {
        /// How long answers are heard.
        deadline: Duration,
        /// What it does when a peer is full.
        overflow: Overflow,
    },
    /// RESPONDENT.
    Respondent,
    /// RESPONDENT in its raw form.
    RawRespondent,
    /// BUS.
    Bus(Overflow),
}

impl Role {
    /// A machine of this role.
    #[must_use]
    pub fn machine(self) -> Box<dyn Protocol> {
        match self {
            Self::Pair => Box::new(speedwell_pair::Pair::new()),
            Self::Pair1 => Box::new(speedwell_pair::Pair1::new()),
            Self::Push => Box::new(speedwell_pipeline::Push::new()),
            Self::Pull => Box::new(speedwell_pipeline::Pull::new()),
            Self::Req { resend, fail_fast } => {
                let mut req = Req::new();
                req.set_resend(resend);
                req.set_fail_fast(fail_fast);
                Box::new(req)
            }
            Self::Rep { ttl } => {
                let mut rep = Rep::new();
                rep.set_ttl(ttl);
                Box::new(rep)
            }
            Self::RawReq => Box::new(RawReq::new()),
            Self::RawRep { ttl } => {
                let mut rep = RawRep::new();
                rep.set_ttl(ttl);
                Box::new(rep)
            }
            Self::Pub(_) => Box::new(Pub::new()),
            Self::Sub => Box::new(Sub::new()),
            Self::Surveyor { deadline, .. } => {
                let mut surveyor = Surveyor::new();
                surveyor.set_deadline(deadline);
                Box::new(surveyor)
            }
            Self::Respondent => Box::new(Respondent::new()),
            Self::RawRespondent => Box::new(RawRespondent::new()),
            Self::Bus(_) => Box::new(Bus::new()),
        }
    }

    /// Sets what can be set only on a machine that runs.
    pub(crate) fn prepare(self, socket: &mut SimSocket, bench: &mut Bench) {
        let overflow = self.overflow();
        match self {
            Self::Pub(_) => {
                socket.with(bench, |it: &mut Pub, cx| it.set_overflow(overflow, cx));
            }
            Self::Surveyor { .. } => {
                socket.with(bench, |it: &mut Surveyor, cx| it.set_overflow(overflow, cx));
            }
            Self::Bus(_) => {
                socket.with(bench, |it: &mut Bus, cx| it.set_overflow(overflow, cx));
            }
            _ => {}
        }
    }

    /// Whether it has one peer.
    pub(crate) fn is_pair(self) -> bool {
        matches!(self, Self::Pair | Self::Pair1)
    }

    /// What it does when a peer is full.
    pub(crate) fn overflow(self) -> Overflow {
        match self {
            Self::Pub(overflow) | Self::Bus(overflow) | Self::Surveyor { overflow, .. } => overflow,
            _ => Overflow::default(),
        }
    }

    /// What its messages look like.
    #[must_use]
    pub fn form(self) -> Form {
        match self {
            Self::RawReq | Self::RawRep { .. } | Self::RawRespondent => Form::Raw,
            Self::Pub(_) | Self::Sub => Form::Topical,
            Self::Pair
            | Self::Pair1
            | Self::Push
            | Self::Pull
            | Self::Req { .. }
            | Self::Rep { .. }
            | Self::Surveyor { .. }
            | Self::Respondent
            | Self::Bus(_) => Form::Cooked,
        }
    }
}
