//! Options by level and number: what C may set and ask, and what it was told. Values are checked
//! here and then ours. Obeys `rfc/sp-capi.md` section 4.

mod settings;

use std::ffi::c_int;

pub(crate) use settings::Settings;

use crate::errno::Errno;
use crate::exchange::Exchange;
use crate::handle::Handle;
use crate::layout::AF_SP;
use crate::role::{REQ, SURVEYOR};
use crate::waiting::{self, Side};

/// The level of options that every socket has.
const SOL_SOCKET: c_int = 0;
/// The level of options of tcp.
const TCP: c_int = -3;

/// Options of every socket.
mod of_socket {
    use super::c_int;

    pub(super) const LINGER: c_int = 1;
    pub(super) const SNDBUF: c_int = 2;
    pub(super) const RCVBUF: c_int = 3;
    pub(super) const SNDTIMEO: c_int = 4;
    pub(super) const RCVTIMEO: c_int = 5;
    pub(super) const RECONNECT_IVL: c_int = 6;
    pub(super) const RECONNECT_IVL_MAX: c_int = 7;
    pub(super) const SNDPRIO: c_int = 8;
    pub(super) const RCVPRIO: c_int = 9;
    pub(super) const SNDFD: c_int = 10;
    pub(super) const RCVFD: c_int = 11;
    pub(super) const DOMAIN: c_int = 12;
    pub(super) const PROTOCOL: c_int = 13;
    pub(super) const IPV4ONLY: c_int = 14;
    pub(super) const SOCKET_NAME: c_int = 15;
    pub(super) const RCVMAXSIZE: c_int = 16;
    pub(super) const MAXTTL: c_int = 17;
}

/// What an option says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Number(c_int),
    Text(Vec<u8>),
}

/// Sets an option.
// rfc: sp-capi A-30
pub(crate) fn set(handle: &Handle, level: c_int, option: c_int, value: &[u8]) -> Result<(), Errno> {
    match (level, option) {
        (SOL_SOCKET, of_socket::SOCKET_NAME) => set_name(handle, value),
        (SOL_SOCKET, _) => set_of_socket(handle, option, value),
        (TCP, 1) => handle
            .settings
            .lock()
            .set_nodelay(handle.any(), number(value)?),
        _ => {
            let mut settings = handle.settings.lock();
            handle.role.set_own(&mut settings, level, option, value)
        }
    }
}

/// What an option is; `number` is the number of the socket, which is its name until it has one.
// rfc: sp-capi A-30
pub(crate) fn get(
    handle: &Handle,
    number: c_int,
    level: c_int,
    option: c_int,
) -> Result<Value, Errno> {
    let settings = handle.settings.lock();
    let value = match (level, option) {
        (SOL_SOCKET, of_socket::SOCKET_NAME) => {
            let name = settings.name.clone();
            return Ok(Value::Text(
                name.unwrap_or_else(|| number.to_string().into()),
            ));
        }
        (SOL_SOCKET, of_socket::SNDFD) => waiting::descriptor(handle, Side::Send)?,
        (SOL_SOCKET, of_socket::RCVFD) => waiting::descriptor(handle, Side::Recv)?,
        (SOL_SOCKET, of_socket::DOMAIN) => handle.domain,
        (SOL_SOCKET, of_socket::PROTOCOL) => handle.protocol,
        (SOL_SOCKET, _) => get_of_socket(&settings, option)?,
        (TCP, 1) => settings.nodelay,
        (REQ, 1) if is_cooked(handle, REQ) => settings.resend,
        (SURVEYOR, 1) if is_cooked(handle, SURVEYOR) => settings.deadline,
        _ => return Err(Errno::NOPROTOOPT),
    };
    Ok(Value::Number(value))
}

/// Sets an option of a context: a time-out, or what its protocol has for contexts.
// rfc: sp-capi A-60
pub(crate) fn set_of_context(
    exchange: &dyn Exchange,
    settings: &mut Settings,
    level: c_int,
    option: c_int,
    value: &[u8],
) -> Result<(), Errno> {
    match (level, option) {
        (SOL_SOCKET, of_socket::SNDTIMEO) => keep(&mut settings.sndtimeo, number(value)?),
        (SOL_SOCKET, of_socket::RCVTIMEO) => keep(&mut settings.rcvtimeo, number(value)?),
        _ => exchange.set_own(settings, level, option, value),
    }
}

fn is_cooked(handle: &Handle, protocol: c_int) -> bool {
    handle.protocol == protocol && handle.domain == AF_SP
}

fn set_of_socket(handle: &Handle, option: c_int, value: &[u8]) -> Result<(), Errno> {
    let mut settings = handle.settings.lock();
    let socket = handle.any();
    match option {
        of_socket::LINGER => number(value).map(drop),
        of_socket::SNDBUF => settings.set_sndbuf(socket, number(value)?),
        of_socket::RCVBUF => settings.set_rcvbuf(socket, number(value)?),
        of_socket::SNDTIMEO => keep(&mut settings.sndtimeo, number(value)?),
        of_socket::RCVTIMEO => keep(&mut settings.rcvtimeo, number(value)?),
        of_socket::RECONNECT_IVL => settings.set_reconnect_ivl(socket, number(value)?),
        of_socket::RECONNECT_IVL_MAX => settings.set_reconnect_ivl_max(socket, number(value)?),
        of_socket::SNDPRIO => settings.set_sndprio(socket, number(value)?),
        of_socket::RCVPRIO => settings.set_rcvprio(socket, number(value)?),
        of_socket::IPV4ONLY => settings.set_ipv4only(socket, number(value)?),
        of_socket::RCVMAXSIZE => settings.set_rcvmaxsize(socket, number(value)?),
        of_socket::MAXTTL => settings.set_maxttl(&*handle.role, number(value)?),
        _ => Err(Errno::NOPROTOOPT),
    }
}

fn get_of_socket(settings: &Settings, option: c_int) -> Result<c_int, Errno> {
    Ok(match option {
        of_socket::LINGER => 0,
        of_socket::SNDBUF => settings.sndbuf,
        of_socket::RCVBUF => settings.rcvbuf,
        of_socket::SNDTIMEO => settings.sndtimeo,
        of_socket::RCVTIMEO => settings.rcvtimeo,
        of_socket::RECONNECT_IVL => settings.reconnect_ivl,
        of_socket::RECONNECT_IVL_MAX => settings.reconnect_ivl_max,
        of_socket::SNDPRIO => settings.sndprio,
        of_socket::RCVPRIO => settings.rcvprio,
        of_socket::IPV4ONLY => settings.ipv4only,
        of_socket::RCVMAXSIZE => settings.rcvmaxsize,
        of_socket::MAXTTL => settings.maxttl,
        _ => return Err(Errno::NOPROTOOPT),
    })
}

fn set_name(handle: &Handle, name: &[u8]) -> Result<(), Errno> {
    if name.len() > speedwell::AnySocket::NAME_LEN_MAX {
        return Err(Errno::INVAL);
    }
    // Ours is a text; what is not stays readable in logs, and C is told the octets it gave.
    let text: String = String::from_utf8_lossy(name).chars().take(15).collect();
    handle.any().set_name(text)?;
    handle.settings.lock().name = Some(name.into());
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "a setter as the others are")]
fn keep(place: &mut c_int, value: c_int) -> Result<(), Errno> {
    *place = value;
    Ok(())
}

/// The number that a value is.
// rfc: sp-capi A-31
pub(crate) fn number(value: &[u8]) -> Result<c_int, Errno> {
    let octets = value.try_into().map_err(|_| Errno::INVAL)?;
    Ok(c_int::from_ne_bytes(octets))
}
