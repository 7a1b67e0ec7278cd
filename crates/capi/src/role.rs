//! What a socket of C is: one of our typed sockets, seen alike whatever its protocol. No logic.
//! Obeys `rfc/sp-capi.md` section 1.

use std::ffi::c_int;
use std::time::Duration;

use speedwell::{AnySocket, CloseFuture};

use crate::errno::Errno;
use crate::exchange::Exchange;
use crate::layout::{AF_SP, AF_SP_RAW};
use crate::own_options::OwnOptions;

/// A socket of some protocol, with what C can ask of any.
pub(crate) trait Role: OwnOptions + Send + Sync {
    fn any(&self) -> &AnySocket;
    fn close(&self);
    fn drain(&self, time: Duration) -> CloseFuture<'_>;

    /// Another exchange beside that of the socket.
    fn context(&self) -> Result<Box<dyn Exchange>, Errno> {
        Err(Errno::NOTSUP)
    }

    /// How many hops a message may have come by. Where none are counted this means nothing.
    fn set_ttl(&self, _: u8) -> Result<(), Errno> {
        Ok(())
    }
}

macro_rules! roles {
    ($($name:ident { $($own:tt)* })*) => {
        $(impl Role for speedwell::$name {
            fn any(&self) -> &AnySocket {
                self
            }

            fn close(&self) {
                speedwell::Socket::close(self);
            }

            fn drain(&self, time: Duration) -> CloseFuture<'_> {
                speedwell::Socket::drain_async(self, time)
            }

            $($own)*
        })*
    };
}

macro_rules! ttl {
    () => {
        fn set_ttl(&self, ttl: u8) -> Result<(), Errno> {
            Ok(Self::set_ttl(self, ttl)?)
        }
    };
}

macro_rules! context {
    () => {
        fn context(&self) -> Result<Box<dyn Exchange>, Errno> {
            Ok(Box::new(Self::context(self)?))
        }
    };
}

roles! {
    Pair {}
    RawPair {}
    Pub {}
    RawPub {}
    Sub { context!(); }
    RawSub {}
    Req { context!(); }
    RawReq {}
    Rep { ttl!(); context!(); }
    RawRep { ttl!(); }
    Push {}
    RawPush {}
    Pull {}
    RawPull {}
    Surveyor { context!(); }
    RawSurveyor {}
    Respondent { ttl!(); context!(); }
    RawRespondent { ttl!(); }
    Bus {}
    RawBus {}
}

pub(crate) const PAIR: c_int = 16;
pub(crate) const PUB: c_int = 32;
pub(crate) const SUB: c_int = 33;
pub(crate) const REQ: c_int = 48;
pub(crate) const REP: c_int = 49;
pub(crate) const PUSH: c_int = 80;
pub(crate) const PULL: c_int = 81;
pub(crate) const SURVEYOR: c_int = 98;
pub(crate) const RESPONDENT: c_int = 99;
pub(crate) const BUS: c_int = 112;

/// Opens a socket as C names it.
pub(crate) fn open(domain: c_int, protocol: c_int) -> Result<Box<dyn Role>, Errno> {
    macro_rules! open {
        ($name:ident) => {
            Box::new(speedwell::$name::new()?)
        };
    }
    let is_raw = match domain {
        AF_SP => false,
        AF_SP_RAW => true,
        _ => return Err(Errno::AFNOSUPPORT),
    };
    Ok(match (protocol, is_raw) {
        (PAIR, false) => open!(Pair),
        (PAIR, true) => open!(RawPair),
        (PUB, false) => open!(Pub),
        (PUB, true) => open!(RawPub),
        (SUB, false) => open!(Sub),
        (SUB, true) => open!(RawSub),
        (REQ, false) => open!(Req),
        (REQ, true) => open!(RawReq),
        (REP, false) => open!(Rep),
        (REP, true) => open!(RawRep),
        (PUSH, false) => open!(Push),
        (PUSH, true) => open!(RawPush),
        (PULL, false) => open!(Pull),
        (PULL, true) => open!(RawPull),
        (SURVEYOR, false) => open!(Surveyor),
        (SURVEYOR, true) => open!(RawSurveyor),
        (RESPONDENT, false) => open!(Respondent),
        (RESPONDENT, true) => open!(RawRespondent),
        (BUS, false) => open!(Bus),
        (BUS, true) => open!(RawBus),
        _ => return Err(Errno::INVAL),
    })
}

/// Whether sockets of this protocol ever send.
pub(crate) fn sends(protocol: c_int) -> bool {
    !matches!(protocol, SUB | PULL)
}

/// Whether sockets of this protocol ever receive.
pub(crate) fn receives(protocol: c_int) -> bool {
    !matches!(protocol, PUB | PUSH)
}
