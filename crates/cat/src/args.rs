//! The command line: each flag declared once. Help, man page and completions follow from it.
//! Checks nothing that needs two flags; that is `plan`. Obeys `rfc/sp-swcat.md` section 2.

mod nanocat;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{ArgAction, Args, CommandFactory, FromArgMatches, Parser};

use crate::format::Format;
use crate::generate::What;
use crate::role::Role;

/// What stands below the help.
const AFTER_HELP: &str = "\
A long flag may be cut short as long as it is the only one that begins so, or the only one of \
nanocat's. Times are in seconds, \
such as 0.25. When the program is called nn_push, nn_pull, nn_pub, nn_sub, nn_req, nn_rep, \
nn_surveyor, nn_respondent, nn_bus or nn_pair, that is its socket type.

Exit codes: 0 it did what was asked, or had nothing to receive until its time-out; 1 it failed; 2 \
the command line is wrong, an address included; 130 it was interrupted.

Examples:
  swcat --rep --bind tcp://127.0.0.1:5555 --data pong --ascii
  swcat --req --connect tcp://127.0.0.1:5555 --data ping --ascii
  tar c docs | swcat --push -L 5556 --file - --chunks 65536
  swcat --sub --connect ipc:///tmp/news --subscribe sport. --json
  swcat --device --rep --bind tcp://*:5555 --back-bind tcp://*:5556 --stats
  swcat --rep -L 5557 --echo &  swcat --req -l 5557 --bench";

/// Sends and receives messages of the scalability protocols: nanocat's flags, and more.
#[derive(Debug, Parser)]
#[command(
    name = "swcat",
    version,
    infer_long_args = true,
    after_help = AFTER_HELP,
    max_term_width = 100
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) kind: Kind,
    #[command(flatten)]
    pub(crate) addresses: Addresses,
    #[command(flatten)]
    pub(crate) options: Options,
    #[command(flatten)]
    pub(crate) input: Input,
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) report: Report,
    #[command(flatten)]
    pub(crate) device: Device,
    #[command(flatten)]
    pub(crate) bench: Bench,
    /// Prints a man page or completions for a shell, and ends
    #[arg(long, value_name = "WHAT", hide = true)]
    pub(crate) generate: Option<What>,
}

/// Which socket it is.
#[derive(Debug, Args)]
#[command(next_help_heading = "Socket type")]
#[group(multiple = false)]
#[expect(clippy::struct_excessive_bools, reason = "one for each flag")]
pub(crate) struct Kind {
    /// Hands each message to one of its peers
    #[arg(long, alias = "push0")]
    push: bool,
    /// Takes messages from its peers in turn
    #[arg(long, alias = "pull0")]
    pull: bool,
    /// Sends each message to all peers
    #[arg(long = "pub", alias = "pub0")]
    publish: bool,
    /// Receives what begins with one of its topics
    #[arg(long, alias = "sub0")]
    sub: bool,
    /// Asks one of its peers
    #[arg(long, alias = "req0")]
    req: bool,
    /// Answers requests
    #[arg(long, alias = "rep0")]
    rep: bool,
    /// Asks all its peers
    #[arg(long, alias = "surveyor0")]
    surveyor: bool,
    /// Answers surveys
    #[arg(long, alias = "respondent0")]
    respondent: bool,
    /// Sends to all peers, and receives from all
    #[arg(long, alias = "bus0")]
    bus: bool,
    /// One peer, both ways
    #[arg(long, alias = "pair0")]
    pair: bool,
    /// One peer, both ways, version 1
    #[arg(long)]
    pair1: bool,
}

impl Kind {
    /// The role that was chosen.
    pub(crate) fn role(&self) -> Option<Role> {
        let chosen = [
            (self.push, Role::Push),
            (self.pull, Role::Pull),
            (self.publish, Role::Pub),
            (self.sub, Role::Sub),
            (self.req, Role::Req),
            (self.rep, Role::Rep),
            (self.surveyor, Role::Surveyor),
            (self.respondent, Role::Respondent),
            (self.bus, Role::Bus),
            (self.pair, Role::Pair),
            (self.pair1, Role::Pair1),
        ];
        chosen
            .into_iter()
            .find_map(|(is_chosen, role)| is_chosen.then_some(role))
    }
}

/// Where it binds and connects; each may be given many times.
#[derive(Debug, Args)]
#[command(next_help_heading = "Addresses (each as often as needed)")]
pub(crate) struct Addresses {
    /// Listens at ADDR, such as tcp://*:5555; port 0 is one of the system's choice
    #[arg(long, visible_alias = "listen", value_name = "ADDR")]
    pub(crate) bind: Vec<String>,
    /// Connects to ADDR, and again when the connection is lost
    #[arg(long, visible_alias = "dial", value_name = "ADDR")]
    pub(crate) connect: Vec<String>,
    /// Listens at ipc://PATH
    #[arg(long, short = 'X', value_name = "PATH")]
    pub(crate) bind_ipc: Vec<String>,
    /// Connects to ipc://PATH
    #[arg(long, short = 'x', value_name = "PATH")]
    pub(crate) connect_ipc: Vec<String>,
    /// Listens at tcp://127.0.0.1:PORT
    #[arg(long, short = 'L', value_name = "PORT")]
    pub(crate) bind_local: Vec<String>,
    /// Connects to tcp://127.0.0.1:PORT
    #[arg(long, short = 'l', value_name = "PORT")]
    pub(crate) connect_local: Vec<String>,
}

/// Options of the socket.
#[derive(Debug, Args)]
#[command(next_help_heading = "Socket options")]
pub(crate) struct Options {
    /// Receives what begins with PREFIX; everything, if it is not given (only --sub)
    #[arg(long, value_name = "PREFIX", allow_hyphen_values = true)]
    pub(crate) subscribe: Vec<OsString>,
    /// Waits at most so long for a message, then ends
    #[arg(long, value_name = "SEC", value_parser = seconds, allow_hyphen_values = true)]
    pub(crate) recv_timeout: Option<Wait>,
    /// Waits at most so long for a peer to take a message, then fails
    #[arg(long, value_name = "SEC", value_parser = seconds, allow_hyphen_values = true)]
    pub(crate) send_timeout: Option<Wait>,
    /// The largest message to receive, in octets; 0 is no limit [default: 1048576]
    #[arg(long, short = 'Z', value_name = "OCTETS")]
    pub(crate) recv_maxsz: Option<u64>,
    /// How long to go on sending at the end what was accepted [default: 1]
    #[arg(long, value_name = "SEC", value_parser = seconds)]
    pub(crate) linger: Option<Wait>,
    /// Names the socket in statistics, in at most 63 octets
    #[arg(long, value_name = "NAME")]
    pub(crate) socket_name: Option<String>,
    /// Connects in the background, as swcat always does (for nngcat's sake)
    #[arg(long = "async")]
    pub(crate) background: bool,
    /// Is compatible with nanocat, as swcat always is (for nngcat's sake)
    #[arg(long)]
    pub(crate) compat: bool,
}

/// What it sends, and when.
#[derive(Debug, Args)]
#[command(next_help_heading = "Sending")]
pub(crate) struct Input {
    /// Sends DATA, as request or answer where the socket asks or answers
    #[arg(long, short = 'D', value_name = "DATA", allow_hyphen_values = true)]
    pub(crate) data: Option<OsString>,
    /// Sends what is in the file PATH; - is the standard input
    #[arg(long, short = 'F', value_name = "PATH", conflicts_with = "data")]
    pub(crate) file: Option<PathBuf>,
    /// Sends each line of the file as a message of its own, as it is read
    #[arg(long, requires = "file")]
    pub(crate) lines: bool,
    /// Sends the file in messages of so many octets, as it is read
    #[arg(long, value_name = "OCTETS", requires = "file", conflicts_with = "lines",
          value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) chunks: Option<u32>,
    /// Answers each message with itself
    #[arg(long, conflicts_with_all = ["data", "file"])]
    pub(crate) echo: bool,
    /// Sends again each SEC seconds
    #[arg(long, short = 'i', value_name = "SEC", value_parser = seconds)]
    pub(crate) interval: Option<Wait>,
    /// Waits SEC seconds before it sends or receives the first time
    #[arg(long, short = 'd', value_name = "SEC", value_parser = seconds)]
    pub(crate) delay: Option<Wait>,
    /// Ends after NUM messages were sent, or received where nothing is sent or it answers
    #[arg(long, short = 'C', value_name = "NUM")]
    pub(crate) count: Option<u64>,
}

/// How it shows what it receives; the last one given counts.
#[derive(Debug, Args)]
#[command(next_help_heading = "Showing what is received (the last counts)")]
#[expect(clippy::struct_excessive_bools, reason = "one for each flag")]
pub(crate) struct Output {
    /// Shows messages as FORMAT, as the flags below do
    #[arg(long, value_name = "FORMAT", overrides_with_all = FORMATS)]
    pub(crate) format: Option<Format>,
    /// As they are, with nothing between them
    #[arg(long, overrides_with_all = FORMATS)]
    raw: bool,
    /// On a line, with a dot for what is not ASCII
    #[arg(long, short = 'A', overrides_with_all = FORMATS)]
    ascii: bool,
    /// On a line in quotes, escaped as in C
    #[arg(long, short = 'Q', overrides_with_all = FORMATS)]
    quoted: bool,
    /// As binary values of MessagePack
    #[arg(long, overrides_with_all = FORMATS)]
    msgpack: bool,
    /// On a line in quotes, each octet as \xNN
    #[arg(long, overrides_with_all = FORMATS)]
    hex: bool,
    /// As an object of JSON on a line; what is reported is JSON too
    #[arg(long, overrides_with_all = FORMATS)]
    json: bool,
}

/// The flags of [`Output`], of which the last counts.
const FORMATS: [&str; 7] = ["format", "raw", "ascii", "quoted", "msgpack", "hex", "json"];

impl Output {
    /// The format that was asked for.
    pub(crate) fn chosen(&self) -> Option<Format> {
        let flags = [
            (self.raw, Format::Raw),
            (self.ascii, Format::Ascii),
            (self.quoted, Format::Quoted),
            (self.msgpack, Format::Msgpack),
            (self.hex, Format::Hex),
            (self.json, Format::Json),
        ];
        let flag = flags
            .into_iter()
            .find_map(|(is_chosen, format)| is_chosen.then_some(format));
        flag.or(self.format)
    }
}

/// What it says of itself.
#[derive(Debug, Args)]
#[command(next_help_heading = "Reports (on the standard error)")]
pub(crate) struct Report {
    /// Says where it listens; twice, also who comes and goes
    #[arg(long, short, action = ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Says nothing but errors
    #[arg(long, short = 'q', visible_alias = "quiet", action = ArgAction::Count)]
    pub(crate) silent: u8,
    /// Shows the counters each SEC seconds and at the end: a live table on a terminal, else lines
    #[arg(long, value_name = "SEC", value_parser = seconds, num_args = 0..=1,
          default_missing_value = "1", require_equals = true)]
    pub(crate) stats: Option<Wait>,
    /// Shows how far it has come, also where the standard error is no terminal
    #[arg(long)]
    pub(crate) progress: bool,
}

/// A device.
#[derive(Debug, Args)]
#[command(next_help_heading = "Device")]
pub(crate) struct Device {
    /// Passes messages on between this raw socket and one of the opposite type at the back
    #[arg(long)]
    pub(crate) device: bool,
    /// The back listens at ADDR; --bus and --pair need no back
    #[arg(long, value_name = "ADDR", requires = "device")]
    pub(crate) back_bind: Vec<String>,
    /// The back connects to ADDR
    #[arg(long, value_name = "ADDR", requires = "device")]
    pub(crate) back_connect: Vec<String>,
}

/// Measuring.
#[derive(Debug, Args)]
#[command(next_help_heading = "Measuring")]
pub(crate) struct Bench {
    /// Measures against another swcat: round trips to one with --echo, one way to one with --bench
    #[arg(long, conflicts_with_all = ["data", "file", "echo", "interval", "device"])]
    pub(crate) bench: bool,
    /// The octets of each message that --bench sends [default: 64]
    #[arg(long, value_name = "OCTETS", requires = "bench")]
    pub(crate) size: Option<u32>,
}

/// A time that was given: negative ones are for ever, as in nanocat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    /// For so long.
    For(Duration),
    /// For ever.
    Forever,
}

impl Wait {
    /// The time, if it ends.
    pub(crate) fn limit(self) -> Option<Duration> {
        match self {
            Self::For(time) => Some(time),
            Self::Forever => None,
        }
    }
}

/// Reads seconds, such as `0.25`.
fn seconds(text: &str) -> Result<Wait, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| "a time is a number of seconds, such as 0.25".to_owned())?;
    if seconds < 0.0 {
        return Ok(Wait::Forever);
    }
    Duration::try_from_secs_f64(seconds)
        .map(Wait::For)
        .map_err(|_| "a time is a finite number of seconds".to_owned())
}

/// Reads a command line, whose first word is the name of the program; the error is clap's own,
/// which prints itself, help and version among them.
pub(crate) fn read(words: impl IntoIterator<Item = OsString>) -> Result<Arguments, clap::Error> {
    let words = with_flag_of_name(words.into_iter().collect());
    let matches = command().try_get_matches_from(words)?;
    Arguments::from_arg_matches(&matches)
}

/// The declaration of the command line.
pub(crate) fn command() -> clap::Command {
    nanocat::abbreviate(Arguments::command())
}

/// A program that is called `nn_push` has the flag `--push`.
// rfc: sp-swcat W-02
fn with_flag_of_name(mut words: Vec<OsString>) -> Vec<OsString> {
    let name = words
        .first()
        .and_then(|first| Path::new(first).file_stem()?.to_str());
    let role = name.and_then(|name| name.strip_prefix("nn_"));
    let known = Role::ALL
        .iter()
        .map(|role| role.flag())
        .find(|flag| role.is_some_and(|role| flag.strip_prefix("--") == Some(role)));
    if let Some(flag) = known {
        words.insert(1, flag.into());
    }
    words
}

#[cfg(test)]
mod tests;
