//! The sockets of SURVEYOR and RESPONDENT. See `rfc/sp-survey.md`.

use std::time::Duration;

use speedwell_protocol::CtxId;
use speedwell_socket::Error;
#[cfg(doc)]
use speedwell_socket::ErrorKind;

use super::{context, overflow, socket, ttl};

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

    /// How long the answers to a survey are heard.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Closed`].
    pub fn deadline(&self) -> Result<Duration, Error> {
        self.with(|surveyor, _| surveyor.deadline(CtxId::MAIN))
    }
}

context! {
    /// One of several surveys that a [`Surveyor`] makes at a time.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let (surveyor, respondent) = (speedwell::Surveyor::new()?, speedwell::Respondent::new()?);
    /// respondent.bind("inproc://a fair")?;
    /// surveyor.connect("inproc://a fair")?;
    /// # while surveyor.pipes() == 0 { std::thread::yield_now(); }
    /// let (apples, pears) = (surveyor.context()?, surveyor.context()?);
    /// pears.set_deadline(Duration::from_millis(50))?;
    /// apples.send("who sells apples?")?;
    /// pears.send("who sells pears?")?;
    /// respondent.recv()?;
    /// respondent.send("I do")?;
    /// assert_eq!(apples.recv()?.body(), b"I do");
    /// assert_eq!(pears.recv().unwrap_err().kind(), speedwell::ErrorKind::TimedOut);
    /// # Ok::<(), speedwell::Error>(())
    /// ```
    SurveyorContext, Surveyor, speedwell_survey::Surveyor
}

impl SurveyorContext {
    /// As [`Surveyor::set_deadline`], for the surveys of this context.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Closed`].
    pub fn set_deadline(&self, deadline: Duration) -> Result<(), Error> {
        self.with(|surveyor, ctx, _| surveyor.set_deadline_in(ctx, deadline))
    }

    /// How long the answers to a survey of this context are heard.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Closed`].
    pub fn deadline(&self) -> Result<Duration, Error> {
        self.with(|surveyor, ctx, _| surveyor.deadline(ctx))
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

context! {
    /// One of several surveys that a [`Respondent`] answers at a time, in whatever order.
    RespondentContext, Respondent, speedwell_survey::Respondent
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
