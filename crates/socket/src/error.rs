//! What goes wrong at a socket, and the message that was not sent. See `rfc/0001-contracts.md`.

use std::fmt;

use speedwell_message::Message;
use speedwell_protocol::Verdict;
use speedwell_transport as transport;

/// What kind of failure an [`Error`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The socket is closed.
    Closed,
    /// It would have to wait, and was asked not to.
    WouldBlock,
    /// The time-out has passed.
    TimedOut,
    /// Something else has to be done first, such as sending a request before receiving.
    State,
    /// The protocol never does this.
    Unsupported,
    /// The peer of the exchange is gone.
    PeerLost,
    /// There is no peer, and the socket was told not to wait for one.
    NoPeer,
    /// The header of the message does not fit the protocol.
    BadHeader,
    /// An option was given a value out of its range.
    InvalidOption,
    /// There is no such subscription to end.
    NotSubscribed,
    /// A transport failed; see [`Error::transport`].
    Transport,
    /// The system has run out of threads or descriptors, or a set of subscriptions of numbers.
    Exhausted,
    /// The socket is that of a parent process, which goes on with it. A child opens its own.
    Forked,
}

/// A failure of a socket.
#[derive(Clone, Debug)]
pub struct Error {
    kind: ErrorKind,
    transport: Option<transport::Error>,
}

impl Error {
    /// What kind of failure this is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The failure of the transport, for [`ErrorKind::Transport`].
    #[must_use]
    pub fn transport(&self) -> Option<&transport::Error> {
        self.transport.as_ref()
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self {
            kind,
            transport: None,
        }
    }
}

impl From<transport::Error> for Error {
    fn from(error: transport::Error) -> Self {
        Self {
            kind: ErrorKind::Transport,
            transport: Some(error),
        }
    }
}

impl From<Verdict> for Error {
    fn from(verdict: Verdict) -> Self {
        Self::from(match verdict {
            Verdict::Wait => ErrorKind::WouldBlock,
            Verdict::State => ErrorKind::State,
            Verdict::TimedOut => ErrorKind::TimedOut,
            Verdict::PeerLost => ErrorKind::PeerLost,
            Verdict::NoPeer => ErrorKind::NoPeer,
            Verdict::BadHeader => ErrorKind::BadHeader,
            _ => ErrorKind::Unsupported,
        })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(error) = &self.transport {
            return error.fmt(f);
        }
        f.write_str(match self.kind {
            ErrorKind::Closed => "the socket is closed",
            ErrorKind::WouldBlock => "not ready now",
            ErrorKind::TimedOut => "the time-out has passed",
            ErrorKind::State => "not possible in the present state of the socket",
            ErrorKind::Unsupported => "not supported by this protocol",
            ErrorKind::PeerLost => "the peer of the exchange is gone",
            ErrorKind::NoPeer => "there is no peer",
            ErrorKind::BadHeader => "the header of the message does not fit the protocol",
            ErrorKind::InvalidOption => "the value of the option is out of its range",
            ErrorKind::NotSubscribed => "there is no such subscription",
            ErrorKind::Transport => "the transport failed",
            ErrorKind::Forked => "the socket belongs to the parent process",
            ErrorKind::Exhausted => "the system has run out of threads or descriptors",
        })
    }
}

impl std::error::Error for Error {
    /// What is behind the failure of the transport: that failure is what this says already.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.transport.as_ref().and_then(std::error::Error::source)
    }
}

/// A message that was not sent, and why.
#[derive(Debug)]
pub struct SendError {
    error: Error,
    message: Box<Message>,
}

impl SendError {
    pub(crate) fn new(error: Error, message: Message) -> Self {
        Self {
            error,
            message: Box::new(message),
        }
    }

    /// Why it was not sent.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.error.kind()
    }

    /// Gives the message back.
    #[must_use]
    pub fn into_message(self) -> Message {
        *self.message
    }
}

impl From<SendError> for Error {
    fn from(error: SendError) -> Self {
        error.error
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for SendError {
    /// What is behind the failure: the failure itself is what this says already.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error.source()
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    const KINDS: [ErrorKind; 13] = [
        ErrorKind::Closed,
        ErrorKind::WouldBlock,
        ErrorKind::TimedOut,
        ErrorKind::State,
        ErrorKind::Unsupported,
        ErrorKind::PeerLost,
        ErrorKind::BadHeader,
        ErrorKind::InvalidOption,
        ErrorKind::NotSubscribed,
        ErrorKind::Transport,
        ErrorKind::Exhausted,
        ErrorKind::NoPeer,
        ErrorKind::Forked,
    ];

    #[test]
    fn each_kind_says_what_it_is_in_words_of_its_own() {
        let texts = KINDS.map(|kind| Error::from(kind).to_string());
        for (at, text) in texts.iter().enumerate() {
            assert!(text.starts_with(char::is_lowercase), "{text}");
            assert!(!text.ends_with('.'), "{text}");
            assert!(!texts.iter().take(at).any(|other| other == text), "{text}");
        }
    }

    /// What somebody prints who goes on until there is no source.
    fn chain(error: &dyn std::error::Error) -> Vec<String> {
        let errors = std::iter::successors(Some(error), |&error| error.source());
        errors.map(ToString::to_string).collect()
    }

    #[test]
    fn a_chain_of_errors_says_each_thing_once() {
        let full = io::Error::other(fmt::Error);
        let cause = transport::Error::from_io("cannot connect", full);
        let all = format!("cannot connect: {}", fmt::Error);
        assert_eq!(chain(&cause), [all.as_str()]);
        let error = Error::from(cause);
        assert_eq!(chain(&error), [all.as_str()]);
        let unsent = SendError::new(error, Message::new());
        assert_eq!(chain(&unsent), [all.as_str()]);
    }

    #[test]
    fn a_failure_of_a_transport_speaks_for_itself() {
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        let cause = transport::Error::from_io("cannot connect to 127.0.0.1:1", refused);
        let error = Error::from(cause.clone());
        assert_eq!(error.kind(), ErrorKind::Transport);
        assert_eq!(error.to_string(), cause.to_string());
        assert_eq!(
            error.transport().unwrap().kind(),
            transport::ErrorKind::Refused
        );
        assert!(Error::from(ErrorKind::Closed).transport().is_none());
    }

    #[test]
    fn a_verdict_keeps_its_meaning() {
        for (verdict, kind) in [
            (Verdict::Wait, ErrorKind::WouldBlock),
            (Verdict::State, ErrorKind::State),
            (Verdict::Unsupported, ErrorKind::Unsupported),
            (Verdict::TimedOut, ErrorKind::TimedOut),
            (Verdict::PeerLost, ErrorKind::PeerLost),
            (Verdict::BadHeader, ErrorKind::BadHeader),
        ] {
            assert_eq!(Error::from(verdict).kind(), kind);
        }
    }

    #[test]
    fn a_message_that_was_not_sent_comes_back_with_the_reason() {
        let error = SendError::new(ErrorKind::TimedOut.into(), Message::from("late"));
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert_eq!(error.to_string(), "the time-out has passed");
        assert_eq!(error.into_message().body(), b"late");
        let error = SendError::new(ErrorKind::Closed.into(), Message::new());
        assert_eq!(Error::from(error).kind(), ErrorKind::Closed);
    }
}
