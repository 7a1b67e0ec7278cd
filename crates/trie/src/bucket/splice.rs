//! A bucket with one key more, or one less, as a new image. Moves no block.

use alloc::vec::Vec;

use super::{Bucket, CODE, Cursor, Seek, WRITTEN};
use crate::header::{self, DEEP, LONG, TERM};
use crate::octets::{put_count, put_len};

/// Where in a bucket something changes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Change {
    at: Cursor,
    before: usize,
    after: usize,
}

impl Change {
    /// The gap that was found, if it was one.
    pub(crate) fn of(seek: Seek) -> Result<Self, usize> {
        match seek {
            Seek::Found(at) => Err(at.index),
            Seek::Gap { at, before, after } => Ok(Self { at, before, after }),
        }
    }
}

/// An entry to be written: what it shares with the one before, and what is behind that, in pieces.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Written<'a> {
    pub(crate) lcp: usize,
    pub(crate) rest: [&'a [u8]; 4],
}

impl Written<'_> {
    /// Octets behind the first one of the rest.
    fn tail_len(&self) -> usize {
        self.rest.iter().map(|piece| piece.len()).sum::<usize>() - 1
    }

    /// Appends the code, and gives the flags the bucket needs for it.
    pub(crate) fn put_code(&self, out: &mut Vec<u8>) -> u8 {
        let octet = self
            .rest
            .iter()
            .find_map(|piece| piece.first())
            .copied()
            .unwrap_or(0);
        let (lcp, len) = (self.lcp.min(WRITTEN), self.tail_len().min(WRITTEN));
        let code = (WRITTEN - lcp) << 12 | usize::from(octet) << 4 | len;
        out.extend_from_slice(&(code as u16).to_le_bytes());
        let deep = if lcp == WRITTEN { DEEP } else { 0 };
        deep | if len == WRITTEN { LONG } else { 0 }
    }

    /// Appends the tail, behind the lengths that do not fit the code.
    pub(crate) fn put_tail(&self, out: &mut Vec<u8>) {
        let len = self.tail_len();
        for length in [self.lcp, len] {
            if let Some(more) = length.checked_sub(WRITTEN) {
                put_len(out, more);
            }
        }
        let mut skip = 1;
        for piece in self.rest {
            let skipped = skip.min(piece.len());
            out.extend_from_slice(&piece[skipped..]);
            skip -= skipped;
        }
    }
}

/// Entries `from..to` replaced by others.
struct Splice<'a> {
    from: Cursor,
    to: Cursor,
    entries: &'a [Written<'a>],
}

impl Bucket<'_> {
    /// Writes this bucket with `key` inserted, counted once. The block has to be exact.
    pub(crate) fn with(&self, change: Change, key: &[u8], out: &mut Vec<u8>) {
        let Change { at, before, after } = change;
        let own = Written {
            lcp: before,
            rest: [&key[before..], &[], &[], &[]],
        };
        if at.index < self.len() {
            let next = self.entry(at);
            // The next one shares as much as before with this one, or more.
            let rest: [&[u8]; 4] = match after.checked_sub(next.lcp + 1) {
                None => [&[next.octet], next.tail, &[], &[]],
                Some(dropped) => [&next.tail[dropped..], &[], &[], &[]],
            };
            let entries = &[own, Written { lcp: after, rest }];
            self.spliced(
                &Splice {
                    from: at,
                    to: next.next,
                    entries,
                },
                out,
            );
        } else {
            self.spliced(
                &Splice {
                    from: at,
                    to: at,
                    entries: &[own],
                },
                out,
            );
        }
        let width = header::width(self.block);
        let own = at.index + usize::from(self.has(TERM));
        let counts = &self.block[self.counts_at()..];
        out.extend_from_slice(&counts[..own * width]);
        put_count(out, width, 1);
        out.extend_from_slice(&counts[own * width..]);
    }

    /// Writes this bucket without the entry at `from`. The block has to be exact.
    pub(crate) fn without(&self, from: Cursor, out: &mut Vec<u8>) {
        let gone = self.entry(from);
        if gone.next.index < self.len() {
            let next = self.entry(gone.next);
            let lcp = next.lcp.min(gone.lcp);
            // What it shared with the one that goes, but not with the one before that, is its own.
            let (octet, tail): (&[u8], &[u8]) = match next.lcp - lcp {
                0 => (&[], &[]),
                regained => (&[gone.octet], &gone.tail[..regained - 1]),
            };
            let entries = &[Written {
                lcp,
                rest: [octet, tail, &[next.octet], next.tail],
            }];
            self.spliced(
                &Splice {
                    from,
                    to: next.next,
                    entries,
                },
                out,
            );
        } else {
            self.spliced(
                &Splice {
                    from,
                    to: gone.next,
                    entries: &[],
                },
                out,
            );
        }
        let width = header::width(self.block);
        let own = from.index + usize::from(self.has(TERM));
        let counts = &self.block[self.counts_at()..];
        out.extend_from_slice(&counts[..own * width]);
        out.extend_from_slice(&counts[(own + 1) * width..]);
    }

    /// Writes everything but the counts.
    fn spliced(&self, splice: &Splice<'_>, out: &mut Vec<u8>) {
        let Splice { from, to, entries } = splice;
        out.clear();
        out.extend_from_slice(&self.block[..self.codes_at]);
        let codes = self.codes();
        out.extend_from_slice(&codes[..from.index * CODE]);
        let mut flags = 0;
        for entry in *entries {
            flags |= entry.put_code(out);
        }
        out.extend_from_slice(&codes[to.index * CODE..]);
        let tails = &self.block[self.tails_at..self.counts_at()];
        out.extend_from_slice(&tails[..from.tail]);
        for entry in *entries {
            entry.put_tail(out);
        }
        out.extend_from_slice(&tails[to.tail..]);
        header::set_count(out, self.len() + entries.len() - (to.index - from.index));
        header::set(out, flags);
    }
}
