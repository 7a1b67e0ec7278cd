//! The constants of the library by name, for programs and other languages that ask for them. A
//! table and nothing else. Obeys `rfc/sp-capi.md` section 2.

use std::ffi::{CStr, c_int};

use crate::errno::Errno;
use crate::layout::SymbolProperties;

/// Which family of constants one belongs to.
#[derive(Clone, Copy)]
enum Space {
    Namespace,
    Version,
    Domain,
    Transport,
    Protocol,
    OptionLevel,
    SocketOption,
    TransportOption,
    OptionType,
    OptionUnit,
    Flag,
    Error,
    Limit,
    Event,
    Statistic,
}

/// What the value of an option is.
#[derive(Clone, Copy)]
enum Kind {
    None,
    Int,
    Str,
}

/// What the value of an option counts.
#[derive(Clone, Copy)]
enum Unit {
    None,
    Bytes,
    Milliseconds,
    Priority,
    Boolean,
    Messages,
    Counter,
}

struct Symbol {
    name: &'static CStr,
    value: c_int,
    space: Space,
    kind: Kind,
    unit: Unit,
}

const fn of(name: &'static CStr, value: c_int, space: Space, kind: Kind, unit: Unit) -> Symbol {
    Symbol {
        name,
        value,
        space,
        kind,
        unit,
    }
}

/// The constant at a place of the table.
// rfc: sp-capi A-15
pub(crate) fn properties(index: c_int) -> Option<SymbolProperties> {
    let symbol = SYMBOLS.get(usize::try_from(index).ok()?)?;
    Some(SymbolProperties {
        value: symbol.value,
        name: symbol.name.as_ptr(),
        space: symbol.space as c_int,
        kind: symbol.kind as c_int,
        unit: symbol.unit as c_int,
    })
}

#[rustfmt::skip]
const SYMBOLS: &[Symbol] = &[
    of(c"NN_NS_NAMESPACE", 0, Space::Namespace, Kind::None, Unit::None),
    of(c"NN_NS_VERSION", 1, Space::Namespace, Kind::None, Unit::None),
    of(c"NN_NS_DOMAIN", 2, Space::Namespace, Kind::None, Unit::None),
    of(c"NN_NS_TRANSPORT", 3, Space::Namespace, Kind::None, Unit::None),
    of(c"NN_NS_PROTOCOL", 4, Space::Namespace, Kind::None, Unit::None),
    of(c"NN_NS_OPTION_LEVEL", 5, Space::Namespace, Kind::None, Unit::None),
    of(c"NN_NS_SOCKET_OPTION", 6, Space::Namespace, Kind::None, Unit::None),
    of(c"NN_NS_TRANSPORT_OPTION", 7, Space::Namespace, Kind::None, Unit::None),
    of(c"NN_NS_OPTION_TYPE", 8, Space::Namespace, Kind::None, Unit::None),
    of(c"NN_NS_OPTION_UNIT", 9, Space::Namespace, Kind::None, Unit::None),
    of(c"NN_NS_FLAG", 10, Space::Namespace, Kind::None, Unit::None),
    of(c"NN_NS_ERROR", 11, Space::Namespace, Kind::None, Unit::None),
    of(c"NN_NS_LIMIT", 12, Space::Namespace, Kind::None, Unit::None),
    of(c"NN_NS_EVENT", 13, Space::Namespace, Kind::None, Unit::None),
    of(c"NN_NS_STATISTIC", 14, Space::Namespace, Kind::None, Unit::None),
    of(c"NN_TYPE_NONE", 0, Space::OptionType, Kind::None, Unit::None),
    of(c"NN_TYPE_INT", 1, Space::OptionType, Kind::None, Unit::None),
    of(c"NN_TYPE_STR", 2, Space::OptionType, Kind::None, Unit::None),
    of(c"NN_UNIT_NONE", 0, Space::OptionUnit, Kind::None, Unit::None),
    of(c"NN_UNIT_BYTES", 1, Space::OptionUnit, Kind::None, Unit::None),
    of(c"NN_UNIT_MILLISECONDS", 2, Space::OptionUnit, Kind::None, Unit::None),
    of(c"NN_UNIT_PRIORITY", 3, Space::OptionUnit, Kind::None, Unit::None),
    of(c"NN_UNIT_BOOLEAN", 4, Space::OptionUnit, Kind::None, Unit::None),
    of(c"NN_UNIT_COUNTER", 6, Space::OptionUnit, Kind::None, Unit::None),
    of(c"NN_UNIT_MESSAGES", 5, Space::OptionUnit, Kind::None, Unit::None),
    of(c"NN_VERSION_CURRENT", 5, Space::Version, Kind::None, Unit::None),
    of(c"NN_VERSION_REVISION", 1, Space::Version, Kind::None, Unit::None),
    of(c"NN_VERSION_AGE", 0, Space::Version, Kind::None, Unit::None),
    of(c"AF_SP", 1, Space::Domain, Kind::None, Unit::None),
    of(c"AF_SP_RAW", 2, Space::Domain, Kind::None, Unit::None),
    of(c"NN_INPROC", -1, Space::Transport, Kind::None, Unit::None),
    of(c"NN_IPC", -2, Space::Transport, Kind::None, Unit::None),
    of(c"NN_TCP", -3, Space::Transport, Kind::None, Unit::None),
    of(c"NN_WS", -4, Space::Transport, Kind::None, Unit::None),
    of(c"NN_PAIR", 16, Space::Protocol, Kind::None, Unit::None),
    of(c"NN_PUB", 32, Space::Protocol, Kind::None, Unit::None),
    of(c"NN_SUB", 33, Space::Protocol, Kind::None, Unit::None),
    of(c"NN_REP", 49, Space::Protocol, Kind::None, Unit::None),
    of(c"NN_REQ", 48, Space::Protocol, Kind::None, Unit::None),
    of(c"NN_PUSH", 80, Space::Protocol, Kind::None, Unit::None),
    of(c"NN_PULL", 81, Space::Protocol, Kind::None, Unit::None),
    of(c"NN_SURVEYOR", 98, Space::Protocol, Kind::None, Unit::None),
    of(c"NN_RESPONDENT", 99, Space::Protocol, Kind::None, Unit::None),
    of(c"NN_BUS", 112, Space::Protocol, Kind::None, Unit::None),
    of(c"NN_SOCKADDR_MAX", 128, Space::Limit, Kind::None, Unit::None),
    of(c"NN_SOL_SOCKET", 0, Space::OptionLevel, Kind::None, Unit::None),
    of(c"NN_LINGER", 1, Space::SocketOption, Kind::Int, Unit::Milliseconds),
    of(c"NN_SNDBUF", 2, Space::SocketOption, Kind::Int, Unit::Bytes),
    of(c"NN_RCVBUF", 3, Space::SocketOption, Kind::Int, Unit::Bytes),
    of(c"NN_RCVMAXSIZE", 16, Space::SocketOption, Kind::Int, Unit::Bytes),
    of(c"NN_SNDTIMEO", 4, Space::SocketOption, Kind::Int, Unit::Milliseconds),
    of(c"NN_RCVTIMEO", 5, Space::SocketOption, Kind::Int, Unit::Milliseconds),
    of(c"NN_RECONNECT_IVL", 6, Space::SocketOption, Kind::Int, Unit::Milliseconds),
    of(c"NN_RECONNECT_IVL_MAX", 7, Space::SocketOption, Kind::Int, Unit::Milliseconds),
    of(c"NN_SNDPRIO", 8, Space::SocketOption, Kind::Int, Unit::Priority),
    of(c"NN_RCVPRIO", 9, Space::SocketOption, Kind::Int, Unit::Priority),
    of(c"NN_SNDFD", 10, Space::SocketOption, Kind::Int, Unit::None),
    of(c"NN_RCVFD", 11, Space::SocketOption, Kind::Int, Unit::None),
    of(c"NN_DOMAIN", 12, Space::SocketOption, Kind::Int, Unit::None),
    of(c"NN_PROTOCOL", 13, Space::SocketOption, Kind::Int, Unit::None),
    of(c"NN_IPV4ONLY", 14, Space::SocketOption, Kind::Int, Unit::Boolean),
    of(c"NN_SOCKET_NAME", 15, Space::SocketOption, Kind::Str, Unit::None),
    of(c"NN_MAXTTL", 17, Space::SocketOption, Kind::Int, Unit::None),
    of(c"NN_SUB_SUBSCRIBE", 1, Space::TransportOption, Kind::Str, Unit::None),
    of(c"NN_SUB_UNSUBSCRIBE", 2, Space::TransportOption, Kind::Str, Unit::None),
    of(c"NN_REQ_RESEND_IVL", 1, Space::TransportOption, Kind::Int, Unit::Milliseconds),
    of(c"NN_SURVEYOR_DEADLINE", 1, Space::TransportOption, Kind::Int, Unit::Milliseconds),
    of(c"NN_TCP_NODELAY", 1, Space::TransportOption, Kind::Int, Unit::Boolean),
    of(c"NN_WS_MSG_TYPE", 1, Space::TransportOption, Kind::Int, Unit::None),
    of(c"NN_DONTWAIT", 1, Space::Flag, Kind::None, Unit::None),
    of(c"NN_WS_MSG_TYPE_TEXT", 1, Space::Flag, Kind::None, Unit::None),
    of(c"NN_WS_MSG_TYPE_BINARY", 2, Space::Flag, Kind::None, Unit::None),
    of(c"NN_POLLIN", 1, Space::Event, Kind::None, Unit::None),
    of(c"NN_POLLOUT", 2, Space::Event, Kind::None, Unit::None),
    of(c"EADDRINUSE", Errno::ADDRINUSE.0, Space::Error, Kind::None, Unit::None),
    of(c"EADDRNOTAVAIL", Errno::ADDRNOTAVAIL.0, Space::Error, Kind::None, Unit::None),
    of(c"EAFNOSUPPORT", Errno::AFNOSUPPORT.0, Space::Error, Kind::None, Unit::None),
    of(c"EAGAIN", Errno::AGAIN.0, Space::Error, Kind::None, Unit::None),
    of(c"EBADF", Errno::BADF.0, Space::Error, Kind::None, Unit::None),
    of(c"ECONNREFUSED", Errno::CONNREFUSED.0, Space::Error, Kind::None, Unit::None),
    of(c"EFAULT", Errno::FAULT.0, Space::Error, Kind::None, Unit::None),
    of(c"EFSM", Errno::FSM.0, Space::Error, Kind::None, Unit::None),
    of(c"EINPROGRESS", Errno::INPROGRESS.0, Space::Error, Kind::None, Unit::None),
    of(c"EINTR", Errno::INTR.0, Space::Error, Kind::None, Unit::None),
    of(c"EINVAL", Errno::INVAL.0, Space::Error, Kind::None, Unit::None),
    of(c"EMFILE", Errno::MFILE.0, Space::Error, Kind::None, Unit::None),
    of(c"ENAMETOOLONG", Errno::NAMETOOLONG.0, Space::Error, Kind::None, Unit::None),
    of(c"ENETDOWN", Errno::NETDOWN.0, Space::Error, Kind::None, Unit::None),
    of(c"ENOBUFS", Errno::NOBUFS.0, Space::Error, Kind::None, Unit::None),
    of(c"ENODEV", Errno::NODEV.0, Space::Error, Kind::None, Unit::None),
    of(c"ENOMEM", Errno::NOMEM.0, Space::Error, Kind::None, Unit::None),
    of(c"ENOPROTOOPT", Errno::NOPROTOOPT.0, Space::Error, Kind::None, Unit::None),
    of(c"ENOTSOCK", Errno::NOTSOCK.0, Space::Error, Kind::None, Unit::None),
    of(c"ENOTSUP", Errno::NOTSUP.0, Space::Error, Kind::None, Unit::None),
    of(c"EPROTO", Errno::PROTO.0, Space::Error, Kind::None, Unit::None),
    of(c"EPROTONOSUPPORT", Errno::PROTONOSUPPORT.0, Space::Error, Kind::None, Unit::None),
    of(c"ETERM", Errno::TERM.0, Space::Error, Kind::None, Unit::None),
    of(c"ETIMEDOUT", Errno::TIMEDOUT.0, Space::Error, Kind::None, Unit::None),
    of(c"EACCES", Errno::ACCESS.0, Space::Error, Kind::None, Unit::None),
    of(c"ECONNABORTED", Errno::CONNABORTED.0, Space::Error, Kind::None, Unit::None),
    of(c"ECONNRESET", Errno::CONNRESET.0, Space::Error, Kind::None, Unit::None),
    of(c"EHOSTUNREACH", Errno::HOSTUNREACH.0, Space::Error, Kind::None, Unit::None),
    of(c"EMSGSIZE", Errno::MSGSIZE.0, Space::Error, Kind::None, Unit::None),
    of(c"ENETRESET", Errno::NETRESET.0, Space::Error, Kind::None, Unit::None),
    of(c"ENETUNREACH", Errno::NETUNREACH.0, Space::Error, Kind::None, Unit::None),
    of(c"ENOTCONN", Errno::NOTCONN.0, Space::Error, Kind::None, Unit::None),
    of(c"NN_STAT_ESTABLISHED_CONNECTIONS", 101, Space::Statistic, Kind::Int, Unit::Counter),
    of(c"NN_STAT_ACCEPTED_CONNECTIONS", 102, Space::Statistic, Kind::Int, Unit::Counter),
    of(c"NN_STAT_DROPPED_CONNECTIONS", 103, Space::Statistic, Kind::Int, Unit::Counter),
    of(c"NN_STAT_BROKEN_CONNECTIONS", 104, Space::Statistic, Kind::Int, Unit::Counter),
    of(c"NN_STAT_CONNECT_ERRORS", 105, Space::Statistic, Kind::Int, Unit::Counter),
    of(c"NN_STAT_BIND_ERRORS", 106, Space::Statistic, Kind::Int, Unit::Counter),
    of(c"NN_STAT_ACCEPT_ERRORS", 107, Space::Statistic, Kind::Int, Unit::Counter),
    of(c"NN_STAT_MESSAGES_SENT", 301, Space::Statistic, Kind::Int, Unit::Messages),
    of(c"NN_STAT_MESSAGES_RECEIVED", 302, Space::Statistic, Kind::Int, Unit::Messages),
    of(c"NN_STAT_BYTES_SENT", 303, Space::Statistic, Kind::Int, Unit::Bytes),
    of(c"NN_STAT_BYTES_RECEIVED", 304, Space::Statistic, Kind::Int, Unit::Bytes),
    of(c"NN_STAT_CURRENT_CONNECTIONS", 201, Space::Statistic, Kind::Int, Unit::None),
    of(c"NN_STAT_INPROGRESS_CONNECTIONS", 202, Space::Statistic, Kind::Int, Unit::None),
    of(c"NN_STAT_CURRENT_SND_PRIORITY", 401, Space::Statistic, Kind::Int, Unit::Priority),
    of(c"NN_STAT_CURRENT_EP_ERRORS", 203, Space::Statistic, Kind::Int, Unit::None),
];
