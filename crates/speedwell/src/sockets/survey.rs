//! The sockets of SURVEYOR and RESPONDENT. See `rfc/sp-survey.md`.

use std::time::Duration;

use speedwell_socket::Error;
#[cfg(doc)]
use speedwell_socket::ErrorKind;

use super::{overflow, socket, ttl};

socket! {
    /// Asks all of its peers, and hears each at most once, until a deadline. Then `recv` fails once
    /// with [`ErrorKind::TimedOut`], and after that with [`ErrorKind::State`].
    ///
    /// ```
    /// let (surveyor, respondent) = (speedwell::Surveyor::new()?, speedwell::Respondent::new()?);
    /// respondent.bind("inproc://a market")?;
    /// surveyor.connect("inproc://a market")?;
    /// while surveyor.pipes() == 0 {
    ///     std::thread::yield_now();
    /// }
    /// surveyor.send("who sells apples?")?;
    /// assert_eq!(respondent.recv()?.body(), b"who sells apples?");
    /// respondent.send("I do")?;
    /// assert_eq!(surveyor.recv()?.body(), b"I do");
    /// # Ok::<(), speedwell::Error>(())
    /// ```
    Surveyor, speedwell_survey::Surveyor
}

impl Surveyor {
    /// How long after a survey was sent its answers are heard, at least 1 ms; 1 s unless set.
    /// Counts from the next survey on.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Closed`].
    pub fn set_deadline(&self, deadline: Duration) -> Result<(), Error> {
        self.with(|surveyor, _| surveyor.set_deadline(deadline))
    }
}

socket! {
    /// SURVEYOR whose headers are the application's: for devices. It has no deadline:
    ///
    /// ```compile_fail,E0599
    /// speedwell::RawSurveyor::new().unwrap().set_deadline(std::time::Duration::ZERO);
    /// ```
    RawSurveyor, speedwell_survey::RawSurveyor
}

socket! {
    /// Receives surveys of its peers, and sends each an answer.
    Respondent, speedwell_survey::Respondent
}

socket! {
    /// RESPONDENT whose headers are the application's: for devices. Its first word says where a
    /// survey came from, and where an answer goes.
    RawRespondent, speedwell_survey::RawRespondent
}

overflow!(Surveyor);
overflow!(RawSurveyor);
ttl!(Respondent);
ttl!(RawRespondent);
