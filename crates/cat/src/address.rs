//! What is wrong with an address that was refused, and what may be meant. The transports decide
//! what an address is; this only explains. Obeys `rfc/sp-swcat.md` section 6.

use speedwell::{Error, TransportErrorKind};

use crate::failure::Failure;
use crate::plan::{Target, Way};

/// The schemes there are.
const SCHEMES: [&str; 4] = ["tcp", "ipc", "inproc", "abstract"];
/// A port for examples.
const PORT: &str = "5555";

/// A refusal and what may be meant.
#[derive(Debug, PartialEq, Eq)]
struct Reason {
    what: String,
    instead: Option<String>,
}

impl Reason {
    fn new(what: impl Into<String>, instead: impl Into<Option<String>>) -> Self {
        Self {
            what: what.into(),
            instead: instead.into(),
        }
    }
}

/// Why a socket did not bind or connect.
// rfc: sp-swcat W-42
pub(crate) fn failure(target: &Target, error: Error) -> Failure {
    let address = &target.address;
    let kind = error.transport().map(speedwell::TransportError::kind);
    let wrong = matches!(
        kind,
        Some(TransportErrorKind::InvalidAddress | TransportErrorKind::UnknownScheme)
    );
    if wrong {
        let reason = explain(target).unwrap_or_else(|| Reason::new(error.to_string(), None));
        let instead = reason.instead.map(|instead| format!("; try {instead}"));
        let instead = instead.unwrap_or_default();
        return Failure::Address(format!("{address}: {}{instead}", reason.what));
    }
    // A name that no interface has is refused when binding, as host names are never looked up.
    let is_name = kind == Some(TransportErrorKind::AddressNotAvailable) && target.way == Way::Bind;
    let hint = match host_and_port(address) {
        Some(("localhost", port)) if is_name => {
            format!("; a name is that of an interface: try tcp://127.0.0.1:{port}")
        }
        _ if is_name => "; give an address or an interface of this host, or *".to_owned(),
        _ => String::new(),
    };
    let verb = match target.way {
        Way::Bind => "listen at",
        Way::Connect => "connect to",
    };
    // The transports name the address where it was the system that refused.
    let error = error.to_string();
    match error.contains(address) {
        true => Failure::Endpoint(format!("{error}{hint}")),
        false => Failure::Endpoint(format!("cannot {verb} {address}: {error}{hint}")),
    }
}

fn host_and_port(address: &str) -> Option<(&str, &str)> {
    address.strip_prefix("tcp://")?.rsplit_once(':')
}

/// What is wrong, if it is one of the usual mistakes.
fn explain(target: &Target) -> Option<Reason> {
    let address = target.address.as_str();
    let Some((scheme, location)) = address.split_once("://") else {
        return Some(without_scheme(address));
    };
    if !SCHEMES.contains(&scheme) {
        let instead = nearest(scheme).map(|known| format!("{known}://{location}"));
        let what = format!(
            "there is no transport {scheme}://, only {}",
            SCHEMES.map(|known| format!("{known}://")).join(" ")
        );
        return Some(Reason::new(what, instead));
    }
    match scheme {
        "tcp" => tcp(location, target.way),
        "ipc" if location.is_empty() => {
            let instead = "ipc:///tmp/name".to_owned();
            Some(Reason::new("the path is missing", instead))
        }
        _ => None,
    }
}

fn without_scheme(address: &str) -> Reason {
    let instead = if address.contains('/') {
        format!("ipc://{address}")
    } else if address.contains(':') {
        format!("tcp://{address}")
    } else {
        format!("tcp://{address}:{PORT}")
    };
    Reason::new("the transport is missing", instead)
}

fn tcp(location: &str, way: Way) -> Option<Reason> {
    let is_v6 = |host: &str| host.matches(':').count() > 1 && !host.contains('[');
    if is_v6(location) {
        let instead = format!("tcp://[{location}]:{PORT}");
        return Some(Reason::new("an IPv6 address stands in []", instead));
    }
    let Some((host, port)) = location.rsplit_once(':').filter(|(_, p)| !p.contains(']')) else {
        let host = if location.is_empty() {
            "127.0.0.1"
        } else {
            location
        };
        let instead = format!("tcp://{host}:{PORT}");
        return Some(Reason::new("the port is missing", instead));
    };
    let reason = match (host, port) {
        ("", port) => {
            let host = if way == Way::Bind { "*" } else { "127.0.0.1" };
            Reason::new("the host is missing", format!("tcp://{host}:{port}"))
        }
        (host, "") => Reason::new("the port is missing", format!("tcp://{host}:{PORT}")),
        ("*", port) if way == Way::Connect => {
            let instead = format!("tcp://127.0.0.1:{port}");
            Reason::new("* is to listen at, not to connect to", instead)
        }
        (_, "0") if way == Way::Connect => {
            Reason::new("port 0 is to listen at, not to connect to", None)
        }
        (host, port) if port.contains('/') => {
            let port = port.split('/').next().unwrap_or_default();
            let instead = format!("tcp://{host}:{port}");
            Reason::new("a tcp address has no path", instead)
        }
        (_, port) if !port.bytes().all(|octet| octet.is_ascii_digit()) => {
            Reason::new(format!("the port `{port}` is not a number"), None)
        }
        (_, port) if port.parse::<u16>().is_err() => {
            Reason::new(format!("the port {port} is above 65535"), None)
        }
        _ => return None,
    };
    Some(reason)
}

/// The scheme that was meant, if it differs by one slip; rather one with the same first letter.
fn nearest(scheme: &str) -> Option<&'static str> {
    let mut meant = SCHEMES.into_iter().filter(|known| is_a_slip(scheme, known));
    let first = meant.next()?;
    let same_letter = |known: &&str| known.chars().next() == scheme.chars().next();
    let better = std::iter::once(first).chain(meant).find(same_letter);
    Some(better.unwrap_or(first))
}

/// Whether one word is the other with a letter added, left out, replaced, or two exchanged.
fn is_a_slip(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let start = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    let (one, other) = (one.get(start..), other.get(start..));
    match (one.unwrap_or_default(), other.unwrap_or_default()) {
        ([a, b, rest @ ..], [c, d, end @ ..]) if (a, b) == (d, c) => rest == end,
        ([_, rest @ ..], [_, end @ ..]) if rest == end => true,
        ([_, rest @ ..], all) if rest == all => true,
        (all, [_, end @ ..]) => all == end,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(way: Way, address: &str) -> String {
        let target = Target {
            way,
            address: address.to_owned(),
        };
        match explain(&target) {
            Some(Reason { what, instead }) => match instead {
                Some(instead) => format!("{what}; try {instead}"),
                None => what,
            },
            None => String::new(),
        }
    }

    // rfc: sp-swcat W-42
    #[test]
    fn each_usual_mistake_is_named_and_mended() {
        let table = [
            ("host", "the transport is missing; try tcp://host:5555"),
            ("host:1", "the transport is missing; try tcp://host:1"),
            ("/tmp/x", "the transport is missing; try ipc:///tmp/x"),
            ("tcp://host", "the port is missing; try tcp://host:5555"),
            ("tcp://", "the port is missing; try tcp://127.0.0.1:5555"),
            ("tcp://host:", "the port is missing; try tcp://host:5555"),
            ("tcp://[::1]", "the port is missing; try tcp://[::1]:5555"),
            (
                "tcp://::1",
                "an IPv6 address stands in []; try tcp://[::1]:5555",
            ),
            ("tcp://:80", "the host is missing; try tcp://127.0.0.1:80"),
            ("tcp://host:http", "the port `http` is not a number"),
            ("tcp://host:70000", "the port 70000 is above 65535"),
            (
                "tcp://host:80/a",
                "a tcp address has no path; try tcp://host:80",
            ),
            ("tcp://host:0", "port 0 is to listen at, not to connect to"),
            ("ipc://", "the path is missing; try ipc:///tmp/name"),
            ("tcp://host:80", ""),
            ("ipc:///tmp/x", ""),
        ];
        for (address, expected) in table {
            assert_eq!(said(Way::Connect, address), expected, "{address}");
        }
        assert_eq!(
            said(Way::Connect, "tcp://*:80"),
            "* is to listen at, not to connect to; try tcp://127.0.0.1:80"
        );
        assert_eq!(
            said(Way::Bind, "tcp://:80"),
            "the host is missing; try tcp://*:80"
        );
        assert_eq!(said(Way::Bind, "tcp://*:0"), "");
    }

    #[test]
    fn a_scheme_that_is_nearly_right_is_recognised() {
        let meant = ["tpc", "tcp4", "icp", "inprc", "http", "zmq"].map(nearest);
        let known = [
            Some("tcp"),
            Some("tcp"),
            Some("ipc"),
            Some("inproc"),
            None,
            None,
        ];
        assert_eq!(meant, known);
        assert!(said(Way::Bind, "tpc://*:80").ends_with("; try tcp://*:80"));
    }
}
