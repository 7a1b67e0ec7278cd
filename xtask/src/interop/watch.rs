//! What has to happen in an exchange, and whether it has.
//!
//! Looks at events only; it starts and ends nothing.

use std::sync::mpsc::Receiver;
use std::time::Instant;

use anyhow::{Result, bail};

use super::cases::{Case, Flow};
use super::payload;
use super::process::Event;

/// The progress of one exchange.
#[derive(Debug)]
pub(crate) struct Watch<'a> {
    flow: Flow,
    count: usize,
    body: &'a [u8],
    /// What they printed and is not a whole message yet.
    output: Vec<u8>,
    /// Messages that arrived whole at the receiving end.
    arrived: usize,
    /// Whether ours has said and done everything.
    we_are_done: bool,
    /// Whether ours stays when it has sent.
    we_stay: bool,
}

impl<'a> Watch<'a> {
    /// The start of `case`, in which every message has this body.
    pub(crate) fn new(case: &Case<'_>, body: &'a [u8]) -> Self {
        let (flow, count) = (case.row.flow, case.column.count);
        Self {
            flow,
            count,
            body,
            output: Vec::new(),
            arrived: 0,
            we_are_done: false,
            we_stay: case.we_stay(),
        }
    }

    /// Takes events until every message is across and ours prints no more, or stays.
    pub(crate) fn until_complete(
        &mut self,
        events: &Receiver<Event>,
        deadline: Instant,
    ) -> Result<()> {
        while !(self.we_are_done && self.arrived == self.count) {
            let left = deadline.saturating_duration_since(Instant::now());
            match events.recv_timeout(left) {
                Ok(event) => self.take(event)?,
                Err(_) => bail!(
                    "{} of {} messages at the deadline",
                    self.arrived,
                    self.count
                ),
            }
        }
        Ok(())
    }

    /// Takes one event.
    pub(crate) fn take(&mut self, event: Event) -> Result<()> {
        match event {
            Event::OurLine(line) => self.our_line(&line),
            Event::TheirOctets(octets) => self.their_octets(&octets),
            // Ours ends before theirs has printed what it received, as it should.
            Event::OurEnd => {
                self.we_are_done = true;
                let received = self.flow != Flow::TheySend || self.arrived == self.count;
                if received {
                    Ok(())
                } else {
                    bail!("we ended after {} messages", self.arrived)
                }
            }
            Event::TheirEnd => bail!("they ended after {} messages", self.arrived),
        }
    }

    fn our_line(&mut self, line: &str) -> Result<()> {
        if line.starts_with("bound ") {
            return Ok(());
        }
        if self.we_stay && line == "staying" {
            self.we_are_done = true;
            return Ok(());
        }
        let expected = match self.flow {
            Flow::WeSend => line == format!("sent {}", self.count),
            Flow::TheySend => {
                self.arrived += 1;
                line == payload::receipt(self.body)
            }
            Flow::WeEcho => true,
        };
        if expected {
            Ok(())
        } else {
            bail!("we said `{line}`")
        }
    }

    fn their_octets(&mut self, octets: &[u8]) -> Result<()> {
        if self.flow == Flow::TheySend {
            return Ok(());
        }
        self.output.extend_from_slice(octets);
        while let Some(message) = payload::take_message(&mut self.output)? {
            self.arrived += 1;
            if self.arrived > self.count {
                bail!("more than {} messages arrived", self.count);
            }
            payload::compare(&message, self.body)?;
        }
        Ok(())
    }
}
