//! What a context of C is: one of our typed contexts, seen alike whatever its protocol. Obeys
//! `rfc/sp-capi.md` section 8.

use std::ffi::c_int;

use parking_lot::Mutex;
use speedwell::{Error, ErrorKind, Message, RecvFuture, SendError, SendFuture};

use crate::errno::Errno;
use crate::layout::DONTWAIT;
use crate::options::{self, Settings};
use crate::own_options::OwnOptions;
use crate::waiting::{Deadline, block_on};

/// A context of some protocol, with what C can ask of any.
pub(crate) trait Exchange: OwnOptions + Send + Sync {
    /// Tries to send; a protocol that only receives takes nothing.
    fn try_send(&self, message: Message) -> Option<Result<(), SendError>>;
    fn send_async(&self, message: Message) -> Option<SendFuture<'_>>;
    fn try_recv(&self) -> Result<Message, Error>;
    fn recv_async(&self) -> RecvFuture<'_>;
    fn close(&self);
}

macro_rules! sends {
    () => {
        fn try_send(&self, message: Message) -> Option<Result<(), SendError>> {
            Some(speedwell::Context::try_send(self, message))
        }

        fn send_async(&self, message: Message) -> Option<SendFuture<'_>> {
            Some(speedwell::Context::send_async(self, message))
        }
    };
}

macro_rules! exchanges {
    ($($name:ident { $($own:tt)* })*) => {
        $(impl Exchange for speedwell::$name {
            fn try_recv(&self) -> Result<Message, Error> {
                speedwell::Context::try_recv(self)
            }

            fn recv_async(&self) -> RecvFuture<'_> {
                speedwell::Context::recv_async(self)
            }

            fn close(&self) {
                speedwell::Context::close(self);
            }

            $($own)*
        })*
    };
}

exchanges! {
    ReqContext { sends!(); }
    RepContext { sends!(); }
    SurveyorContext { sends!(); }
    RespondentContext { sends!(); }
    SubContext {
        fn try_send(&self, _: Message) -> Option<Result<(), SendError>> {
            None
        }

        fn send_async(&self, _: Message) -> Option<SendFuture<'_>> {
            None
        }
    }
}

/// A context of C.
pub(crate) struct Context {
    pub(crate) exchange: Box<dyn Exchange>,
    settings: Mutex<Settings>,
}

impl Context {
    /// With the time-outs that its socket has now.
    pub(crate) fn new(exchange: Box<dyn Exchange>, settings: Settings) -> Self {
        Self {
            exchange,
            settings: Mutex::new(settings),
        }
    }

    // rfc: sp-capi A-60
    pub(crate) fn send(&self, message: Message, flags: c_int) -> Result<(), Errno> {
        let tried = self.exchange.try_send(message).ok_or(Errno::NOTSUP)?;
        let Err(error) = tried else {
            return Ok(());
        };
        if error.kind() != ErrorKind::WouldBlock || flags & DONTWAIT != 0 {
            return Err(error.kind().into());
        }
        let deadline = Deadline::after_ms(self.settings.lock().sndtimeo);
        let sending = self.exchange.send_async(error.into_message());
        block_on(sending.ok_or(Errno::NOTSUP)?, deadline)?.map_err(|error| error.kind().into())
    }

    // rfc: sp-capi A-60
    pub(crate) fn recv(&self, flags: c_int) -> Result<Message, Errno> {
        match self.exchange.try_recv() {
            Err(error) if error.kind() == ErrorKind::WouldBlock && flags & DONTWAIT == 0 => {
                let deadline = Deadline::after_ms(self.settings.lock().rcvtimeo);
                Ok(block_on(self.exchange.recv_async(), deadline)??)
            }
            received => Ok(received?),
        }
    }

    // rfc: sp-capi A-60
    pub(crate) fn set(&self, level: c_int, option: c_int, value: &[u8]) -> Result<(), Errno> {
        options::set_of_context(
            &*self.exchange,
            &mut self.settings.lock(),
            level,
            option,
            value,
        )
    }
}
