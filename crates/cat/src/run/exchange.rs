//! Sending, receiving, asking and answering, in the rhythm of nanocat.
//! Obeys `rfc/sp-swcat.md` section 3.

use std::panic::resume_unwind;
use std::thread;
use std::time::{Duration, Instant};

use speedwell::{ErrorKind, Message};

use crate::failure::Failure;
use crate::feed::Feed;
use crate::interrupt::Interrupt;
use crate::party::Party;
use crate::plan::Plan;
use crate::say::Say;
use crate::screen::Screen;

/// A socket at work.
pub(super) struct Exchange<'a> {
    pub(super) plan: &'a Plan,
    pub(super) party: &'a dyn Party,
    pub(super) interrupt: &'a Interrupt,
    pub(super) screen: Screen,
    pub(super) say: Say,
}

/// What became of a wait for a message.
enum Heard {
    Message(Message),
    /// The time is over, or there is nothing to wait for.
    Nothing,
}

impl Exchange<'_> {
    /// Sends, in intervals if there are any.
    // rfc: sp-swcat W-13 W-16 W-17
    pub(super) fn send(&mut self, feed: &mut Feed) -> Result<(), Failure> {
        self.rounds(feed, |_, _| Ok(()))
    }

    /// Receives until the time-out, or as many as were asked for.
    // rfc: sp-swcat W-18
    pub(super) fn receive(&mut self) -> Result<(), Failure> {
        let mut left = self.plan.count;
        while left != Some(0) {
            let Heard::Message(message) = self.hear(None)? else {
                return Ok(());
            };
            self.screen.show(self.party, &message)?;
            left = left.map(|left| left.saturating_sub(1));
        }
        Ok(())
    }

    /// Sends, and shows meanwhile and afterwards what comes.
    pub(super) fn both(&mut self, feed: &mut Feed) -> Result<(), Failure> {
        let (party, plan, interrupt, say) = (self.party, self.plan, self.interrupt, self.say);
        thread::scope(|scope| {
            let receives = scope.spawn(|| {
                let heard = self.hear_all();
                if heard.is_err() {
                    // Nobody is to send on when what comes cannot be shown.
                    party.close();
                }
                heard
            });
            let mut sender = Exchange {
                plan,
                party,
                interrupt,
                screen: Screen::new(plan.format),
                say,
            };
            let sent = sender.send(feed);
            if sent.is_err() || plan.count.is_some() {
                party.close();
            }
            let heard = receives.join();
            let heard = heard.unwrap_or_else(|panic| resume_unwind(panic));
            heard.and(sent)
        })
    }

    /// Receives until the time-out, or until the sender has closed the socket.
    fn hear_all(&mut self) -> Result<(), Failure> {
        loop {
            match self.party.recv(None) {
                Ok(message) => self.screen.show(self.party, &message)?,
                Err(error) => match error.kind() {
                    ErrorKind::TimedOut | ErrorKind::Closed => return Ok(()),
                    _ => return Err(Failure::Receive(error)),
                },
            }
        }
    }

    /// Sends, and shows the answers to each message before the next.
    pub(super) fn ask(&mut self, feed: &mut Feed) -> Result<(), Failure> {
        self.rounds(feed, |this, next| {
            loop {
                let left = next.map(|next| next.saturating_duration_since(Instant::now()));
                let set = this.plan.tuning.recv_timeout;
                let limit = left.map(|left| set.map_or(left, |set| set.min(left)));
                match this.hear(limit)? {
                    Heard::Message(message) => this.screen.show(this.party, &message)?,
                    Heard::Nothing => return Ok(()),
                }
            }
        })
    }

    /// Shows each message and answers it: from the feed, or with itself.
    // rfc: sp-swcat W-19
    pub(super) fn answer(&mut self, mut feed: Option<&mut Feed>) -> Result<(), Failure> {
        let mut left = self.plan.count;
        while left != Some(0) {
            let Heard::Message(message) = self.hear(None)? else {
                return Ok(());
            };
            self.screen.show(self.party, &message)?;
            let answer = match feed.as_mut() {
                Some(feed) => feed.next(self.interrupt)?,
                None => Some(message.into_body().into()),
            };
            match answer.map(|answer| self.party.send(answer)) {
                Some(Err(error)) if error.kind() == ErrorKind::State => {
                    self.say
                        .warning("the question was withdrawn before its answer");
                }
                Some(Err(error)) => return Err(Failure::Send(error)),
                _ => left = left.map(|left| left.saturating_sub(1)),
            }
        }
        Ok(())
    }

    /// Sends as often as asked for, and after each time does what is to be done until the next,
    /// which is told the time of that.
    fn rounds(
        &mut self,
        feed: &mut Feed,
        mut between: impl FnMut(&mut Self, Option<Instant>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let once = !feed.is_stream() && self.plan.interval.is_none();
        let mut left = self.plan.count.or(once.then_some(1));
        while left != Some(0) {
            let Some(message) = feed.next(self.interrupt)? else {
                return Ok(());
            };
            let started = Instant::now();
            self.party.send(message).map_err(Failure::Send)?;
            left = left.map(|left| left.saturating_sub(1));
            let interval = self.plan.interval;
            let next = interval.and_then(|interval| started.checked_add(interval));
            // After the last there is no next one to be in time for.
            let next = next.filter(|_| left != Some(0));
            between(self, next)?;
            if let Some(next) = next
                && !self.interrupt.sleep_until(next)
            {
                return Err(Failure::Interrupted);
            }
        }
        Ok(())
    }

    /// Waits for a message.
    fn hear(&self, limit: Option<Duration>) -> Result<Heard, Failure> {
        match self.party.recv(limit) {
            Ok(message) => Ok(Heard::Message(message)),
            Err(error) => match error.kind() {
                ErrorKind::TimedOut | ErrorKind::State => Ok(Heard::Nothing),
                _ => Err(Failure::Receive(error)),
            },
        }
    }
}
