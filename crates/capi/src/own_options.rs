//! The options that some protocols have for themselves, of their sockets and of their contexts
//! alike. Sets nothing that every socket has. Obeys `rfc/sp-capi.md` section 4.

use std::ffi::c_int;

use speedwell::{Error, ErrorKind};

use crate::errno::Errno;
use crate::options::{Settings, number};
use crate::role::{REQ, SUB, SURVEYOR};
use crate::waiting::{FOR_EVER, time};

/// What one protocol can be told and others cannot.
pub(crate) trait OwnOptions {
    /// Sets an option, and notes in `settings` what it is then. What a protocol has not is no
    /// option of it.
    // rfc: sp-capi A-30
    fn set_own(
        &self,
        _settings: &mut Settings,
        _level: c_int,
        _option: c_int,
        _value: &[u8],
    ) -> Result<(), Errno> {
        Err(Errno::NOPROTOOPT)
    }
}

/// What these take of a level and a number; without more they take nothing.
macro_rules! own_options {
    ($($name:ident)*: |$own:ident, $settings:ident, $value:ident| $options:tt) => {
        $(impl OwnOptions for speedwell::$name {
            fn set_own(
                &self,
                $settings: &mut Settings,
                level: c_int,
                option: c_int,
                $value: &[u8],
            ) -> Result<(), Errno> {
                let $own = self;
                match (level, option) $options
            }
        })*
    };
    ($($name:ident)*) => {
        $(impl OwnOptions for speedwell::$name {})*
    };
}

own_options! { Sub RawSub SubContext: |own, _settings, topic| {
    (SUB, 1) => Ok(own.subscribe(topic)?),
    (SUB, 2) => Ok(forgiving(own.unsubscribe(topic))?),
    _ => Err(Errno::NOPROTOOPT),
}}

own_options! { Req ReqContext: |own, settings, value| {
    // Below 0 a question is not asked again.
    (REQ, 1) => {
        let interval_ms = number(value)?;
        own.set_resend(time(interval_ms))?;
        settings.resend = interval_ms;
        Ok(())
    }
    _ => Err(Errno::NOPROTOOPT),
}}

own_options! { Surveyor SurveyorContext: |own, settings, value| {
    // Below 0 a survey has no end.
    (SURVEYOR, 1) => {
        let deadline_ms = number(value)?;
        own.set_deadline(time(deadline_ms).unwrap_or(FOR_EVER))?;
        settings.deadline = deadline_ms;
        Ok(())
    }
    _ => Err(Errno::NOPROTOOPT),
}}

own_options! {
    Pair RawPair Pub RawPub RawReq Rep RepContext RawRep Push RawPush Pull RawPull RawSurveyor
    Respondent RespondentContext RawRespondent Bus RawBus
}

/// To end a subscription that is not there does nothing.
// rfc: sp-capi A-34
fn forgiving(ended: Result<(), Error>) -> Result<(), Error> {
    match ended {
        Err(error) if error.kind() == ErrorKind::NotSubscribed => Ok(()),
        ended => ended,
    }
}
