//! The lines that a served socket obeys. Does none of them.
//! See `CONTRIBUTING.md`.

use std::str::{FromStr, SplitWhitespace};

use anyhow::{Context, Result, bail};

/// One line of standard input.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// `stats`: the counters of the socket, and its pipes.
    Stats,
    /// `census`: threads and descriptors of the process.
    Census,
    /// `bind ADDRESS`
    Bind(String),
    /// `connect ADDRESS [DIALERS]`
    Connect {
        /// Where to.
        address: String,
        /// How many endpoints; 1 unless said.
        dialers: usize,
    },
    /// `send COUNT SIZE`: sends, and answers when all are accepted or one was not in time.
    Send {
        /// How many.
        count: u64,
        /// Octets of each.
        size: usize,
    },
    /// `recv COUNT`: receives, and answers when all are here or one did not come in time.
    Recv {
        /// How many.
        count: u64,
    },
    /// `stream SIZE`: sends on a thread of its own until `halt`.
    Stream {
        /// Octets of each message.
        size: usize,
    },
    /// `drain`: receives on a thread of its own until `halt`.
    Drain,
    /// `ask SIZE`: sends and receives in turn, on a thread of its own until `halt`.
    Ask {
        /// Octets of each message.
        size: usize,
    },
    /// `echo`: sends back what it receives, on a thread of its own until `halt`.
    Echo,
    /// `progress`: what was sent and received by now.
    Progress,
    /// `halt`: ends the threads, and answers as `progress`.
    Halt,
    /// `close`: closes the socket, and says how long it took and what was left.
    Close,
}

impl Command {
    /// Reads a line.
    pub(crate) fn parse(line: &str) -> Result<Self> {
        let mut words = line.split_whitespace();
        let command = match words.next() {
            Some("stats") => Self::Stats,
            Some("census") => Self::Census,
            Some("bind") => Self::Bind(next(&mut words, "an address")?),
            Some("connect") => Self::Connect {
                address: next(&mut words, "an address")?,
                dialers: words.next().map_or(Ok(1), str::parse).context("dialers")?,
            },
            Some("send") => Self::Send {
                count: next(&mut words, "a count")?,
                size: next(&mut words, "a size")?,
            },
            Some("recv") => Self::Recv {
                count: next(&mut words, "a count")?,
            },
            Some("stream") => Self::Stream {
                size: next(&mut words, "a size")?,
            },
            Some("drain") => Self::Drain,
            Some("ask") => Self::Ask {
                size: next(&mut words, "a size")?,
            },
            Some("echo") => Self::Echo,
            Some("progress") => Self::Progress,
            Some("halt") => Self::Halt,
            Some("close") => Self::Close,
            Some(word) => bail!("`{word}` is no command"),
            None => bail!("an empty line"),
        };
        match words.next() {
            None => Ok(command),
            Some(word) => bail!("`{word}` is too much"),
        }
    }
}

fn next<T: FromStr>(words: &mut SplitWhitespace<'_>, what: &str) -> Result<T> {
    let word = words.next().with_context(|| format!("{what} is missing"))?;
    word.parse()
        .map_err(|_| anyhow::anyhow!("`{word}` is not {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read() {
        let read = |line| Command::parse(line).unwrap();
        assert_eq!(read("stats"), Command::Stats);
        assert_eq!(read(" send  3 64 "), Command::Send { count: 3, size: 64 });
        assert_eq!(read("recv 7"), Command::Recv { count: 7 });
        let address = "tcp://a:1".to_owned();
        assert_eq!(read("bind tcp://a:1"), Command::Bind(address.clone()));
        let connect = |dialers| Command::Connect {
            address: address.clone(),
            dialers,
        };
        assert_eq!(read("connect tcp://a:1"), connect(1));
        assert_eq!(read("connect tcp://a:1 9"), connect(9));
        assert_eq!(read("stream 16"), Command::Stream { size: 16 });
        assert_eq!(read("ask 16"), Command::Ask { size: 16 });
    }

    #[test]
    fn other_lines_are_complained_about() {
        let complaint = |line| Command::parse(line).unwrap_err().to_string();
        assert_eq!(complaint(""), "an empty line");
        assert_eq!(complaint("sing"), "`sing` is no command");
        assert_eq!(complaint("send 3"), "a size is missing");
        assert_eq!(complaint("send three 4"), "`three` is not a count");
        assert_eq!(complaint("halt now"), "`now` is too much");
    }
}
