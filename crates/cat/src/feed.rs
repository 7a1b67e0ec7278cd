//! What is sent: the same message again and again, or a file in pieces, read as it is sent so that
//! any size fits. Sends nothing. Obeys `rfc/sp-swcat.md` section 3.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::Duration;

use speedwell::{Bytes, Message};

use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::plan::Source;

/// Octets of the longest line; a longer one is a binary file by mistake.
const LINE_LEN_MAX: u64 = 64 * 1024 * 1024;
/// Pieces read ahead of the sender: so much memory a stream takes, times the size of a piece.
const AHEAD_MAX: usize = 4;
/// How often a sender that waits for the next piece looks whether it was interrupted.
const LOOK: Duration = Duration::from_millis(50);

/// Where messages come from.
#[derive(Debug)]
pub(crate) enum Feed {
    /// Always this one.
    Same(Bytes),
    /// One after the other, to the end of a file, or why it cannot be read on.
    Stream {
        name: String,
        pieces: Receiver<io::Result<Vec<u8>>>,
    },
}

impl Feed {
    /// Opens a source. A file that is one message is read now.
    // rfc: sp-swcat W-13 W-14
    pub(crate) fn open(source: &Source) -> Result<Self, Failure> {
        match source {
            Source::Data(data) => Ok(Self::Same(data.as_encoded_bytes().to_vec().into())),
            Source::File(path) => {
                let mut body = Vec::new();
                let read = reader(path).and_then(|mut file| file.read_to_end(&mut body));
                read.map_err(|error| Failure::Read(name(path), error))?;
                Ok(Self::Same(body.into()))
            }
            Source::Lines(path) => Self::stream(path, next_line),
            Source::Chunks(path, octets) => {
                let octets = u64::try_from(*octets).unwrap_or(u64::MAX);
                Self::stream(path, move |file| next_chunk(file, octets))
            }
        }
    }

    fn stream(
        path: &Path,
        next: impl FnMut(&mut dyn BufRead) -> io::Result<Option<Vec<u8>>> + Send + 'static,
    ) -> Result<Self, Failure> {
        let file = reader(path).map_err(|error| Failure::Read(name(path), error))?;
        let (sender, pieces) = mpsc::sync_channel(AHEAD_MAX);
        // A thread of its own, as reading a pipe or a terminal cannot be interrupted.
        let path = path.to_owned();
        let stream = Self::Stream {
            name: name(&path),
            pieces,
        };
        thread::spawn(move || read_ahead(file, next, &sender));
        Ok(stream)
    }

    /// Whether each message is another one.
    pub(crate) fn is_stream(&self) -> bool {
        matches!(self, Self::Stream { .. })
    }

    /// The next message; none at the end of a stream.
    pub(crate) fn next(&mut self, interrupt: &Interrupt) -> Result<Option<Message>, Failure> {
        let (name, pieces) = match self {
            Self::Same(body) => return Ok(Some(body.clone().into())),
            Self::Stream { name, pieces } => (name, pieces),
        };
        loop {
            match pieces.recv_timeout(LOOK) {
                Ok(Ok(piece)) => return Ok(Some(piece.into())),
                Ok(Err(error)) => return Err(Failure::Read(name.clone(), error)),
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
                Err(RecvTimeoutError::Timeout) if interrupt.has_happened() => {
                    return Err(Failure::Interrupted);
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}

fn read_ahead(
    mut file: Box<dyn BufRead + Send>,
    mut next: impl FnMut(&mut dyn BufRead) -> io::Result<Option<Vec<u8>>>,
    pieces: &SyncSender<io::Result<Vec<u8>>>,
) {
    loop {
        match next(&mut *file) {
            Ok(None) => return,
            Ok(Some(piece)) => {
                if pieces.send(Ok(piece)).is_err() {
                    return;
                }
            }
            Err(error) => {
                let _gone = pieces.send(Err(error));
                return;
            }
        }
    }
}

/// A file, or the standard input.
fn reader(path: &Path) -> io::Result<Box<dyn BufRead + Send>> {
    if is_input(path) {
        return Ok(Box::new(BufReader::new(io::stdin())));
    }
    Ok(Box::new(BufReader::new(File::open(path)?)))
}

fn is_input(path: &Path) -> bool {
    path == Path::new("-")
}

fn name(path: &Path) -> String {
    if is_input(path) {
        "the standard input".to_owned()
    } else {
        path.display().to_string()
    }
}

/// A line without its end.
fn next_line(file: &mut dyn BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let octets = file.take(LINE_LEN_MAX).read_until(b'\n', &mut line)?;
    if octets == 0 {
        return Ok(None);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
        if line.last() == Some(&b'\r') {
            line.pop();
        }
    } else if u64::try_from(octets).is_ok_and(|octets| octets == LINE_LEN_MAX) {
        return Err(io::Error::other(
            "a line above 64 MiB; send it with --chunks",
        ));
    }
    Ok(Some(line))
}

/// A piece of this length; the last one may be shorter.
fn next_chunk(file: &mut dyn BufRead, octets: u64) -> io::Result<Option<Vec<u8>>> {
    let mut piece = Vec::new();
    file.take(octets).read_to_end(&mut piece)?;
    Ok((!piece.is_empty()).then_some(piece))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(mut next: impl FnMut() -> io::Result<Option<Vec<u8>>>) -> Vec<Vec<u8>> {
        std::iter::from_fn(|| next().unwrap()).collect()
    }

    // rfc: sp-swcat W-14
    #[test]
    fn a_file_comes_apart_in_lines_or_in_chunks() {
        let mut file = &b"one\ntwo\r\n\nlast"[..];
        let lines = all(|| next_line(&mut file));
        assert_eq!(lines, [&b"one"[..], b"two", b"", b"last"]);
        let mut file = &b"abcdefg"[..];
        let chunks = all(|| next_chunk(&mut file, 3));
        assert_eq!(chunks, [&b"abc"[..], b"def", b"g"]);
        let mut nothing = &b""[..];
        assert_eq!(next_line(&mut nothing).unwrap(), None);
        assert_eq!(next_chunk(&mut nothing, 3).unwrap(), None);
    }
}
