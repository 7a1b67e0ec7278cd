//! Where received messages are shown: the standard output, in one format, each one at once.
//! Obeys `rfc/sp-swcat.md` section 4.

use std::io::{self, BufWriter, Stdout, Write};

use speedwell::Message;

use crate::failure::Failure;
use crate::format::Format;
use crate::party::Party;

/// The standard output.
#[derive(Debug)]
pub(crate) struct Screen {
    format: Format,
    out: BufWriter<Stdout>,
}

impl Screen {
    /// Shows in this format.
    pub(crate) fn new(format: Format) -> Self {
        Self {
            format,
            out: BufWriter::new(io::stdout()),
        }
    }

    /// Shows a message that `party` has received.
    pub(crate) fn show(&mut self, party: &dyn Party, message: &Message) -> Result<(), Failure> {
        if self.format == Format::No {
            return Ok(());
        }
        let peer = (self.format == Format::Json)
            .then(|| party.any().peer(message)?.info.address)
            .flatten();
        let peer = peer.as_ref().map(AsRef::as_ref);
        self.format.write(message.body(), peer, &mut self.out)?;
        self.out.flush()?;
        Ok(())
    }

    /// Shows a line of text.
    pub(crate) fn line(&mut self, text: &str) -> Result<(), Failure> {
        writeln!(self.out, "{text}")?;
        self.out.flush()?;
        Ok(())
    }
}
