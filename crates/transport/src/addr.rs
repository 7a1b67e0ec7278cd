//! Addresses: a scheme and what the transport makes of the rest. Never resolved here.
//! See `rfc/0001-contracts.md`.

use std::fmt;
use std::sync::Arc;

use crate::{Error, ErrorKind};

/// An address such as `tcp://127.0.0.1:5555`: a scheme, `://`, and the transport's own part.
///
/// Cloning shares the text.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Addr {
    text: Arc<str>,
    scheme_len: usize,
}

impl Addr {
    /// Octets that an address may have.
    pub const LEN_MAX: usize = 1024;

    /// Splits an address into scheme and location.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidAddress`] without `://`, with an empty scheme or one of other characters
    /// than letters, digits, `+`, `-` and `.`, and above [`Addr::LEN_MAX`] octets.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let invalid = |why| Error::new(ErrorKind::InvalidAddress, why);
        if text.len() > Self::LEN_MAX {
            return Err(invalid("an address has at most 1024 octets"));
        }
        let (scheme, _) = text
            .split_once("://")
            .ok_or_else(|| invalid("an address needs a scheme and ://"))?;
        let of_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
        if scheme.is_empty() || !scheme.chars().all(of_scheme) {
            return Err(invalid(
                "the scheme of an address is letters, digits, +, - and .",
            ));
        }
        Ok(Self {
            text: Arc::from(text),
            scheme_len: scheme.len(),
        })
    }

    /// An address from its two parts.
    ///
    /// # Errors
    ///
    /// As [`Addr::parse`].
    pub fn from_parts(scheme: &str, location: impl fmt::Display) -> Result<Self, Error> {
        Self::parse(&format!("{scheme}://{location}"))
    }

    /// What stands before `://`.
    #[must_use]
    pub fn scheme(&self) -> &str {
        self.text.get(..self.scheme_len).unwrap_or_default()
    }

    /// What stands behind `://`; may be empty.
    #[must_use]
    pub fn location(&self) -> &str {
        self.text
            .get(self.scheme_len.saturating_add(3)..)
            .unwrap_or_default()
    }

    /// The whole address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl AsRef<str> for Addr {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for Addr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Addr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Addr({})", self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_at_the_first_mark() {
        let addr = Addr::parse("inproc://a://b").unwrap();
        assert_eq!((addr.scheme(), addr.location()), ("inproc", "a://b"));
        assert_eq!(Addr::parse("inproc://").unwrap().location(), "");
        assert_eq!(
            Addr::from_parts("tls+tcp", "[::1]:5").unwrap().as_str(),
            "tls+tcp://[::1]:5"
        );
    }

    #[test]
    fn refuses_what_is_no_address() {
        for text in [
            "",
            "tcp",
            "tcp:/x",
            "://x",
            "t p://x",
            "tcp\0://x",
            "größe://x",
        ] {
            assert_eq!(
                Addr::parse(text).unwrap_err().kind(),
                ErrorKind::InvalidAddress,
                "{text}"
            );
        }
        let long = format!("tcp://{}", "x".repeat(Addr::LEN_MAX));
        assert!(Addr::parse(&long).is_err());
    }
}
