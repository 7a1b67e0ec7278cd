//! The greeting: the eight octets that both sides of a connection send first.
//!
//! Obeys `rfc/sp-wire.md` section 2. It never decides whether the peer's endpoint is welcome:
//! that is the protocol's table ([`role::peer_of`](crate::role::peer_of)). It keeps no clock; the
//! deadline of a handshake is its driver's.
//!
//! ```text
//!  octet   0    1    2    3    4     5     6    7
//!         00  'S'  'P'   00   endpoint    00   00
//! ```

use core::fmt;

/// Octets in a greeting.
pub const GREETING_LEN: usize = 8;

/// What each octet of a greeting has to be, in order.
// rfc: sp-wire W-01, W-03, W-04
const LAYOUT: [Octet; GREETING_LEN] = [
    Octet::Fixed(0),
    Octet::Fixed(b'S'),
    Octet::Fixed(b'P'),
    Octet::Fixed(0),
    Octet::Endpoint,
    Octet::Endpoint,
    Octet::Fixed(0),
    Octet::Fixed(0),
];

#[derive(Clone, Copy)]
enum Octet {
    Fixed(u8),
    Endpoint,
}

/// A greeting: the number of the endpoint that sent it.
///
/// # Examples
///
/// ```
/// use speedwell_wire::{Greeting, role};
///
/// let greeting = Greeting { protocol: role::SURVEYOR };
/// assert_eq!(greeting.encode(), *b"\0SP\0\x00\x62\0\0");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Greeting {
    /// The sender's own endpoint number, as in [`role`](crate::role).
    pub protocol: u16,
}

impl Greeting {
    /// The eight octets to send. The reserved ones are zero.
    #[must_use]
    pub const fn encode(self) -> [u8; GREETING_LEN] {
        let [high, low] = self.protocol.to_be_bytes();
        // rfc: sp-wire W-01, W-02, W-04
        [0, b'S', b'P', 0, high, low, 0, 0]
    }
}

/// Reads a greeting, in whatever pieces it arrives.
///
/// ```text
///             wrong octet
///   Reading ───────────────► Refused
///      │ eighth octet
///      ▼
///    Done
/// ```
///
/// The last two states are final: further octets are not looked at.
///
/// # Examples
///
/// ```
/// use speedwell_wire::{Greeting, GreetingDecoder};
///
/// let mut decoder = GreetingDecoder::new();
/// let first = decoder.push(b"\0SP")?;
/// assert_eq!((first.consumed, first.greeting), (3, None));
///
/// let second = decoder.push(b"\0\x00\x10\0\0and what follows")?;
/// assert_eq!((second.consumed, second.greeting), (5, Some(Greeting { protocol: 0x10 })));
///
/// let refusal = GreetingDecoder::new().push(b"GET / HTTP/1.1\r\n").unwrap_err();
/// assert_eq!((refusal.octet(), refusal.value()), (0, b'G'));
/// # Ok::<(), speedwell_wire::GreetingError>(())
/// ```
#[derive(Clone, Debug)]
pub struct GreetingDecoder {
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Reading { received: usize, protocol: u16 },
    Done(Greeting),
    Refused(GreetingError),
}

/// What one [`GreetingDecoder::push`] came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "the octets that were not consumed belong to the first message"]
pub struct Progress {
    /// Octets of the input that belong to the greeting; the rest is the first message.
    pub consumed: usize,
    /// The greeting, once its eighth octet has arrived.
    pub greeting: Option<Greeting>,
}

impl GreetingDecoder {
    /// A decoder that has read nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            state: State::Reading {
                received: 0,
                protocol: 0,
            },
        }
    }

    /// Reads on. Consumes at most what is missing of the eight octets.
    ///
    /// Once the greeting is whole, further calls consume nothing and return it again.
    ///
    /// # Errors
    ///
    /// [`GreetingError`] at the first octet that cannot be right, however few have arrived, and
    /// the same error ever after. The connection is to be closed.
    pub fn push(&mut self, input: &[u8]) -> Result<Progress, GreetingError> {
        let (received, mut protocol) = match self.state {
            State::Reading { received, protocol } => (received, protocol),
            // rfc: sp-wire W-09: what follows is not looked at.
            State::Done(greeting) => {
                return Ok(Progress {
                    consumed: 0,
                    greeting: Some(greeting),
                });
            }
            // rfc: sp-wire W-23
            State::Refused(error) => return Err(error),
        };
        let mut octet = received;
        for (&value, &rule) in input.iter().zip(LAYOUT.iter().skip(received)) {
            match rule {
                // rfc: sp-wire W-05
                Octet::Fixed(expected) if value != expected => {
                    return Err(self.refuse(GreetingError {
                        octet,
                        value,
                        expected,
                    }));
                }
                Octet::Fixed(_) => {}
                Octet::Endpoint => protocol = (protocol << 8) | u16::from(value),
            }
            octet += 1;
        }
        let greeting = (octet == GREETING_LEN).then_some(Greeting { protocol });
        self.state = greeting.map_or(
            State::Reading {
                received: octet,
                protocol,
            },
            State::Done,
        );
        Ok(Progress {
            consumed: octet - received,
            greeting,
        })
    }

    /// Whether no octet has arrived yet: an end of stream here cuts nothing.
    #[must_use]
    pub const fn is_idle(&self) -> bool {
        matches!(self.state, State::Reading { received: 0, .. })
    }

    /// The greeting, if it is whole.
    #[must_use]
    pub const fn greeting(&self) -> Option<Greeting> {
        match self.state {
            State::Done(greeting) => Some(greeting),
            State::Reading { .. } | State::Refused(_) => None,
        }
    }

    #[cold]
    fn refuse(&mut self, error: GreetingError) -> GreetingError {
        self.state = State::Refused(error);
        error
    }
}

impl Default for GreetingDecoder {
    fn default() -> Self {
        Self::new()
    }
}

/// An octet that no greeting has in that place. The peer is to blame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GreetingError {
    octet: usize,
    value: u8,
    expected: u8,
}

impl GreetingError {
    /// Which octet was wrong, from 0 to 7.
    #[must_use]
    pub const fn octet(&self) -> usize {
        self.octet
    }

    /// The value it had.
    #[must_use]
    pub const fn value(&self) -> u8 {
        self.value
    }

    /// The value it must have.
    #[must_use]
    pub const fn expected(&self) -> u8 {
        self.expected
    }
}

impl fmt::Display for GreetingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            octet,
            value,
            expected,
        } = self;
        write!(
            f,
            "octet {octet} of the greeting is {value:#04x} and must be {expected:#04x}"
        )
    }
}

impl core::error::Error for GreetingError {}

#[cfg(test)]
mod tests {
    use super::*;

    extern crate std;
    use std::string::ToString;

    const PAIR: Greeting = Greeting { protocol: 0x10 };

    #[test]
    fn encodes_the_eight_octets() {
        // rfc: sp-wire W-01, W-02
        assert_eq!(
            Greeting { protocol: 0x0640 }.encode(),
            *b"\0SP\0\x06\x40\0\0"
        );
    }

    #[test]
    fn every_endpoint_number_comes_back() {
        // rfc: sp-wire W-02
        for protocol in 0..=u16::MAX {
            let greeting = Greeting { protocol };
            let progress = GreetingDecoder::new().push(&greeting.encode()).unwrap();
            assert_eq!(
                progress,
                Progress {
                    consumed: 8,
                    greeting: Some(greeting)
                }
            );
        }
    }

    #[test]
    fn done_is_final() {
        // rfc: sp-wire W-09
        let mut decoder = GreetingDecoder::new();
        assert_eq!(decoder.push(&PAIR.encode()).unwrap().greeting, Some(PAIR));
        let again = decoder.push(&Greeting { protocol: 0x50 }.encode()).unwrap();
        assert_eq!(
            again,
            Progress {
                consumed: 0,
                greeting: Some(PAIR)
            }
        );
        assert_eq!(decoder.greeting(), Some(PAIR));
    }

    #[test]
    fn refused_is_final() {
        // rfc: sp-wire W-23
        let mut decoder = GreetingDecoder::new();
        let refusal = decoder.push(b"\0SQ").unwrap_err();
        assert_eq!(
            (refusal.octet(), refusal.value(), refusal.expected()),
            (2, b'Q', b'P')
        );
        assert_eq!(decoder.push(b"P\0\x00\x10\0\0"), Err(refusal));
        assert_eq!(decoder.greeting(), None);
        assert!(!decoder.is_idle());
    }

    #[test]
    fn idle_until_the_first_octet() {
        // rfc: sp-wire W-24, W-25
        let mut decoder = GreetingDecoder::default();
        assert_eq!(
            decoder.push(b""),
            Ok(Progress {
                consumed: 0,
                greeting: None
            })
        );
        assert!(decoder.is_idle());
        assert_eq!(decoder.push(b"\0").unwrap().consumed, 1);
        assert!(!decoder.is_idle());
    }

    #[test]
    fn the_error_names_octet_and_value() {
        let refusal = GreetingDecoder::new()
            .push(b"\0SP\0\0\x10\0\x01")
            .unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "octet 7 of the greeting is 0x01 and must be 0x00"
        );
    }
}
