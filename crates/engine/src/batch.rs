//! A run of framed messages on its way to the system: what is written, what is not, and where
//! each message starts. Writes nothing itself. See `rfc/sp-endpoint.md`.

use std::collections::VecDeque;
use std::io::IoSlice;

use speedwell_message::{Bytes, Message};
use speedwell_transport::Framing;

/// Bodies of at most this many octets are copied into the batch; larger ones are written from
/// where they lie.
pub const COPY_OCTETS_MAX: usize = 16 * 1024;

/// Slices that one write is given at most.
pub const BATCH_SLICES_MAX: usize = 16;

/// Octets of buffer that an emptied batch keeps for its next use.
const KEPT_OCTETS_MAX: usize = 256 * 1024;

/// A message within a batch.
#[derive(Debug)]
struct Frame {
    /// Where it starts in the stream of this batch.
    start: u64,
    /// Where it starts in `octets`.
    at: usize,
    prefix: usize,
    header: usize,
    body: usize,
}

impl Frame {
    fn end(&self) -> u64 {
        self.start
            .saturating_add(wide(self.prefix + self.header))
            .saturating_add(wide(self.body))
    }

    fn is_copied(&self) -> bool {
        self.body <= COPY_OCTETS_MAX
    }
}

/// A large body, and the position in `octets` that it stands at.
#[derive(Debug)]
struct Inserted {
    at: usize,
    body: Bytes,
}

/// Framed messages in order. The writer owns a batch while it writes, so no lock is held then.
#[derive(Debug, Default)]
pub struct Batch {
    octets: Vec<u8>,
    inserted: VecDeque<Inserted>,
    frames: VecDeque<Frame>,
    /// Octets of the stream that were written.
    written: u64,
    /// Octets of the stream altogether.
    len: u64,
    /// Octets of `octets` that were written.
    octets_done: usize,
    /// Octets of the first inserted body that were written.
    body_done: usize,
}

impl Batch {
    /// Adds a message, and says how many octets it is with its prefix.
    pub(crate) fn push(&mut self, message: &Message, framing: Framing) -> usize {
        let (header, body) = (message.header(), message.body());
        let mut prefix = [0; 16];
        // rfc: sp-wire W-17
        let prefix_len = framing(wide(message.octets()), &mut prefix);
        let frame = Frame {
            start: self.len,
            at: self.octets.len(),
            prefix: prefix_len,
            header: header.len(),
            body: body.len(),
        };
        self.octets
            .extend_from_slice(prefix.get(..prefix_len).unwrap_or_default());
        self.octets.extend_from_slice(header);
        if frame.is_copied() {
            self.octets.extend_from_slice(body);
        } else {
            self.inserted.push_back(Inserted {
                at: self.octets.len(),
                body: message.body_bytes(),
            });
        }
        let octets = prefix_len + message.octets();
        self.len = frame.end();
        self.frames.push_back(frame);
        octets
    }

    /// True when everything was written.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.written == self.len
    }

    /// Octets that are not written yet.
    #[must_use]
    pub fn remaining(&self) -> usize {
        usize::try_from(self.len.saturating_sub(self.written)).unwrap_or(usize::MAX)
    }

    /// Fills `out` with what is to be written next, and gives the filled part.
    pub fn slices<'a, 's>(&'a self, out: &'s mut [IoSlice<'a>]) -> &'s [IoSlice<'a>] {
        let mut filled = 0;
        let mut at = self.octets_done;
        let mut body_done = self.body_done;
        let mut bodies = self.inserted.iter();
        loop {
            let next = bodies.next();
            let until = next.map_or(self.octets.len(), |inserted| inserted.at);
            let run = self.octets.get(at..until).unwrap_or_default();
            let body = next
                .and_then(|inserted| inserted.body.get(body_done..))
                .unwrap_or_default();
            for part in [run, body].into_iter().filter(|part| !part.is_empty()) {
                let Some(slot) = out.get_mut(filled) else {
                    return out;
                };
                *slot = IoSlice::new(part);
                filled += 1;
            }
            if next.is_none() {
                return out.get(..filled).unwrap_or_default();
            }
            (at, body_done) = (until, 0);
        }
    }

    /// Notes that the next `octets` of the stream were written.
    pub fn advance(&mut self, octets: usize) {
        self.written = self.written.saturating_add(wide(octets)).min(self.len);
        let mut left = octets;
        while left > 0 {
            let until = self
                .inserted
                .front()
                .map_or(self.octets.len(), |inserted| inserted.at);
            let run = left.min(until.saturating_sub(self.octets_done));
            self.octets_done += run;
            left -= run;
            let Some(inserted) = self.inserted.front() else {
                break;
            };
            let part = left.min(inserted.body.len().saturating_sub(self.body_done));
            self.body_done += part;
            left -= part;
            if self.octets_done < until || self.body_done < inserted.body.len() {
                break;
            }
            self.inserted.pop_front();
            self.body_done = 0;
        }
        while self
            .frames
            .front()
            .is_some_and(|frame| frame.end() <= self.written)
        {
            self.frames.pop_front();
        }
    }

    /// True when a message is partly written.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.frames
            .front()
            .is_some_and(|frame| frame.start < self.written)
    }

    /// Empties the batch for its next use, and keeps its memory if that is not much.
    pub(crate) fn clear(&mut self) {
        let mut octets = std::mem::take(&mut self.octets);
        let mut frames = std::mem::take(&mut self.frames);
        if octets.capacity() <= KEPT_OCTETS_MAX {
            octets.clear();
            frames.clear();
            *self = Self {
                octets,
                frames,
                ..Self::default()
            };
        } else {
            *self = Self::default();
        }
    }

    /// Keeps what is left of a message that is partly written, and takes out the others, oldest
    /// first. Of a batch that is not cut nothing is left.
    pub(crate) fn keep_cut(&mut self) -> Vec<Message> {
        let whole = std::mem::take(self);
        if whole.is_cut()
            && let Some(frame) = whole.frames.front()
        {
            let start = frame.at;
            let body_at = start + frame.prefix + frame.header;
            let (until, inserted) = if frame.is_copied() {
                (body_at + frame.body, None)
            } else {
                (body_at, whole.inserted.front())
            };
            self.octets = whole.octets.get(start..until).unwrap_or_default().to_vec();
            self.inserted.extend(inserted.map(|inserted| Inserted {
                at: inserted.at.saturating_sub(start),
                body: inserted.body.clone(),
            }));
            self.len = frame.end().saturating_sub(frame.start);
            self.written = whole.written.saturating_sub(frame.start);
            self.octets_done = whole.octets_done.saturating_sub(start);
            self.body_done = whole.body_done;
            self.frames.push_back(Frame {
                start: 0,
                at: 0,
                prefix: frame.prefix,
                header: frame.header,
                body: frame.body,
            });
        }
        whole.into_unsent().collect()
    }

    /// Takes out the messages no octet of which was written, oldest first.
    pub(crate) fn into_unsent(mut self) -> impl Iterator<Item = Message> {
        if self.is_cut()
            && let Some(cut) = self.frames.pop_front()
            && !cut.is_copied()
        {
            self.inserted.pop_front();
        }
        let Self {
            octets,
            mut inserted,
            frames,
            ..
        } = self;
        let octets = Bytes::from(octets);
        frames.into_iter().filter_map(move |frame| {
            let header_at = frame.at.checked_add(frame.prefix)?;
            let body_at = header_at.checked_add(frame.header)?;
            let header = octets.get(header_at..body_at)?;
            let body = if frame.is_copied() {
                Bytes::copy_from_slice(octets.get(body_at..body_at.checked_add(frame.body)?)?)
            } else {
                inserted.pop_front()?.body
            };
            Some(Message::with_header(header, body))
        })
    }
}

/// A length as the stream counts it.
pub(crate) fn wide(octets: usize) -> u64 {
    u64::try_from(octets).unwrap_or(u64::MAX)
}
