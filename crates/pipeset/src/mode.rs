//! The two forms of a socket whose protocol has no header: for applications, and for devices.
//! Never chosen at run time. Obeys `rfc/sp-pair.md` section 2 and `rfc/sp-pipeline.md` section 2.

use std::fmt::Debug;

use speedwell_protocol::{Message, Passage, Verdict};

/// A form of a socket, as a type: [`Cooked`] or [`Raw`].
pub trait Mode: Debug + Default + Send + 'static {
    /// Says whether the application may send this message.
    ///
    /// # Errors
    ///
    /// [`Verdict::BadHeader`].
    fn check(message: &Message) -> Result<(), Verdict>;

    /// What the machine says of itself to devices, if in its raw form messages pass like this.
    fn passage(raw: Passage) -> Option<Passage>;
}

/// For applications: headers are the protocol's business, and a message to be sent has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cooked;

impl Mode for Cooked {
    #[inline]
    fn check(message: &Message) -> Result<(), Verdict> {
        if message.header().is_empty() {
            Ok(())
        } else {
            Err(Verdict::BadHeader)
        }
    }

    // rfc: sp-device D-01
    fn passage(_: Passage) -> Option<Passage> {
        None
    }
}

/// For devices and inspection: a header passes as it is, before the body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Raw;

impl Mode for Raw {
    #[inline]
    fn check(_: &Message) -> Result<(), Verdict> {
        Ok(())
    }

    // rfc: sp-device D-01
    fn passage(raw: Passage) -> Option<Passage> {
        Some(raw)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_raw_sockets_send_headers() {
        let message = Message::with_header(b"hop", "body".into());
        assert_eq!(Cooked::check(&message), Err(Verdict::BadHeader));
        assert_eq!(Cooked::check(&Message::from("body")), Ok(()));
        assert_eq!(Raw::check(&message), Ok(()));
    }

    // rfc: sp-device D-01
    #[test]
    fn only_raw_sockets_are_for_devices() {
        assert_eq!(Cooked::passage(Passage::IN), None);
        assert_eq!(Raw::passage(Passage::IN), Some(Passage::IN));
    }
}
