//! What a command line asks for, once its flags are known to fit together. Opens nothing.
//! Obeys `rfc/sp-swcat.md` sections 2 and 3.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use crate::args::{Arguments, Wait};
use crate::format::Format;
use crate::role::{Nature, Role};

/// Messages that `--bench` sends or awaits unless told otherwise.
const BENCH_COUNT: u64 = 100_000;
/// Octets of each of them.
const BENCH_SIZE: u32 = 64;
/// How long a receiver that measures waits for the next message before it counts as lost.
const BENCH_SILENCE: Duration = Duration::from_secs(5);

/// Flags that do not fit together.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Misfit {
    /// No socket type.
    #[error(
        "the socket type is missing: one of --push, --pull, --pub, --sub, --req, --rep, \
         --surveyor, --respondent, --bus, --pair, --pair1"
    )]
    NoRole,
    /// No address.
    #[error(
        "an address is missing: --bind ADDR, --connect ADDR, -L PORT, -l PORT, -X PATH, -x PATH"
    )]
    NoAddress,
    /// Nothing to send.
    #[error("{0} sends, and has nothing to: give it --data DATA or --file PATH")]
    NothingToSend(Role),
    /// A flag about sending.
    #[error("{0} never sends, so it has no use for {1}")]
    NeverSends(Role, &'static str),
    /// A flag about receiving.
    #[error("{0} never receives, so it has no use for {1}")]
    NeverReceives(Role, &'static str),
    /// Topics of another than SUB.
    #[error("{0} has no topics: --subscribe is for --sub")]
    NoTopics(Role),
    /// An echo of one that does not answer.
    #[error("{0} answers nobody: --echo is for --rep, --respondent, --pair, --pair1 and --bus")]
    NoEcho(Role),
    /// Messages of its own.
    #[error("a device sends and shows no messages of its own, so it has no use for {0}")]
    OfDevice(&'static str),
    /// A device with one end.
    #[error(
        "a device with {0} in front has {1} at the back: give it --back-bind or --back-connect"
    )]
    NoBack(Role, Role),
    /// A role that is not measured.
    #[error("{0} measures nothing: --bench is for --push, --pull, --pub, --sub, --req and --pair")]
    NoBench(Role),
    /// Something to show while measuring.
    #[error("--bench shows no messages, so it has no use for {0}")]
    OfBench(&'static str),
    /// A stream where one message is the answer to all.
    #[error("{0} answers each message with the whole of --file: --lines and --chunks do not fit")]
    AnswersWithStream(Role),
}

/// One way to an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Listen there.
    Bind,
    /// Connect to it.
    Connect,
}

/// An address and what to do with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) way: Way,
    pub(crate) address: String,
}

/// Where messages come from that are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The command line.
    Data(OsString),
    /// A file as one message.
    File(PathBuf),
    /// Each line of a file.
    Lines(PathBuf),
    /// Pieces of a file.
    Chunks(PathBuf, usize),
}

/// What there is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// Send.
    Send(Source),
    /// Receive.
    Receive,
    /// Send, and receive meanwhile.
    Both(Source),
    /// Send, and receive the answers.
    Ask(Source),
    /// Receive, and answer each message with this.
    Answer(Source),
    /// Answer each message with itself.
    Echo,
    /// Join this raw socket with one at the back; with itself if there is none.
    Device(Vec<Target>),
    /// Send so many octets in each message and measure.
    MeasureSending(usize),
    /// Receive and measure.
    MeasureReceiving,
    /// Measure round trips of so many octets.
    MeasureRoundTrips(usize),
}

/// Options of the socket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tuning {
    pub(crate) topics: Vec<Vec<u8>>,
    pub(crate) recv_timeout: Option<Duration>,
    pub(crate) send_timeout: Option<Duration>,
    /// `Some(0)` is no limit.
    pub(crate) recv_max: Option<u64>,
    pub(crate) linger: Option<Duration>,
    pub(crate) name: Option<String>,
}

/// How much it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Talk {
    /// More than 0 tells more, less than 0 less.
    pub(crate) verbosity: i16,
    pub(crate) stats_every: Option<Duration>,
    pub(crate) progress: bool,
    pub(crate) json: bool,
}

/// Everything that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) role: Role,
    pub(crate) targets: Vec<Target>,
    pub(crate) tuning: Tuning,
    pub(crate) work: Work,
    pub(crate) format: Format,
    pub(crate) delay: Duration,
    pub(crate) interval: Option<Duration>,
    pub(crate) count: Option<u64>,
    pub(crate) talk: Talk,
}

impl Plan {
    /// Puts the flags together.
    pub(crate) fn of(arguments: Arguments) -> Result<Self, Misfit> {
        let role = arguments.kind.role().ok_or(Misfit::NoRole)?;
        check_directions(&arguments, role)?;
        let targets = targets(&arguments);
        if targets.is_empty() {
            return Err(Misfit::NoAddress);
        }
        let work = work(&arguments, role)?;
        let measures = arguments.bench.bench;
        let limit = |wait: Option<Wait>| wait.and_then(Wait::limit);
        let (options, input, report) = (arguments.options, arguments.input, arguments.report);
        let format = arguments.output.chosen();
        let bytes = |topic: OsString| topic.into_encoded_bytes();
        let silence = measures.then_some(BENCH_SILENCE);
        Ok(Self {
            role,
            targets,
            tuning: Tuning {
                topics: options.subscribe.into_iter().map(bytes).collect(),
                recv_timeout: options.recv_timeout.map_or(silence, Wait::limit),
                send_timeout: limit(options.send_timeout),
                recv_max: options.recv_maxsz,
                linger: options
                    .linger
                    .map(|wait| wait.limit().unwrap_or(Duration::MAX)),
                name: options.socket_name,
            },
            work,
            format: format.unwrap_or(Format::No),
            delay: limit(input.delay).unwrap_or_default(),
            interval: limit(input.interval),
            count: input.count.or(measures.then_some(BENCH_COUNT)),
            talk: Talk {
                verbosity: i16::from(report.verbose) - i16::from(report.silent),
                stats_every: limit(report.stats),
                progress: report.progress,
                json: format == Some(Format::Json),
            },
        })
    }
}

/// Refuses flags that the role has no use for.
// rfc: sp-swcat W-04
fn check_directions(arguments: &Arguments, role: Role) -> Result<(), Misfit> {
    let (options, input) = (&arguments.options, &arguments.input);
    let about_sending = [
        (input.data.is_some(), "--data"),
        (input.file.is_some(), "--file"),
        (input.echo, "--echo"),
        (input.interval.is_some(), "--interval"),
        (options.send_timeout.is_some(), "--send-timeout"),
    ];
    let about_receiving = [
        (options.recv_timeout.is_some(), "--recv-timeout"),
        (options.recv_maxsz.is_some(), "--recv-maxsz"),
        (arguments.output.chosen().is_some_and(shows), "--format"),
    ];
    let first = |flags: &[(bool, &'static str)]| flags.iter().find(|(given, _)| *given).copied();
    if let (false, Some((_, flag))) = (role.sends(), first(&about_sending)) {
        return Err(Misfit::NeverSends(role, flag));
    }
    if let (false, Some((_, flag))) = (role.receives(), first(&about_receiving)) {
        return Err(Misfit::NeverReceives(role, flag));
    }
    if role != Role::Sub && !options.subscribe.is_empty() {
        return Err(Misfit::NoTopics(role));
    }
    let own = [&about_sending[..4], &[(input.count.is_some(), "--count")]].concat();
    if let (true, Some((_, flag))) = (arguments.device.device, first(&own)) {
        return Err(Misfit::OfDevice(flag));
    }
    let shown = arguments.output.chosen().is_some_and(shows);
    if arguments.bench.bench && shown {
        return Err(Misfit::OfBench("--format"));
    }
    if arguments.device.device && shown {
        return Err(Misfit::OfDevice("--format"));
    }
    Ok(())
}

/// Whether a format is about messages alone; JSON is about reports too.
fn shows(format: Format) -> bool {
    !matches!(format, Format::No | Format::Json)
}

fn targets(arguments: &Arguments) -> Vec<Target> {
    let given = &arguments.addresses;
    let tcp = |port: &String| format!("tcp://127.0.0.1:{port}");
    let ipc = |path: &String| format!("ipc://{path}");
    let binds = given.bind.iter().cloned();
    let binds = binds
        .chain(given.bind_ipc.iter().map(ipc))
        .chain(given.bind_local.iter().map(tcp));
    let connects = given.connect.iter().cloned();
    let connects = connects
        .chain(given.connect_ipc.iter().map(ipc))
        .chain(given.connect_local.iter().map(tcp));
    in_order(binds, connects)
}

/// Binding comes first.
// rfc: sp-swcat W-10
fn in_order(
    binds: impl Iterator<Item = String>,
    connects: impl Iterator<Item = String>,
) -> Vec<Target> {
    let to = |way| move |address| Target { way, address };
    let binds = binds.map(to(Way::Bind));
    binds.chain(connects.map(to(Way::Connect))).collect()
}

fn source(arguments: &Arguments) -> Option<Source> {
    let input = &arguments.input;
    if let Some(data) = &input.data {
        return Some(Source::Data(data.clone()));
    }
    let file = input.file.clone()?;
    Some(match input.chunks {
        Some(octets) => Source::Chunks(file, usize::try_from(octets).unwrap_or(usize::MAX)),
        None if input.lines => Source::Lines(file),
        None => Source::File(file),
    })
}

fn work(arguments: &Arguments, role: Role) -> Result<Work, Misfit> {
    if arguments.device.device {
        return device(arguments, role);
    }
    if arguments.bench.bench {
        return bench(arguments, role);
    }
    let source = source(arguments);
    let streams = matches!(source, Some(Source::Lines(_) | Source::Chunks(..)));
    match (role.nature(), source) {
        (Nature::Answers | Nature::Both, None) if arguments.input.echo => Ok(Work::Echo),
        _ if arguments.input.echo => Err(Misfit::NoEcho(role)),
        (Nature::Answers, _) if streams => Err(Misfit::AnswersWithStream(role)),
        (Nature::Sends, Some(source)) => Ok(Work::Send(source)),
        (Nature::Asks, Some(source)) => Ok(Work::Ask(source)),
        (Nature::Sends | Nature::Asks, None) => Err(Misfit::NothingToSend(role)),
        (Nature::Answers, Some(source)) => Ok(Work::Answer(source)),
        (Nature::Both, Some(source)) => Ok(Work::Both(source)),
        (Nature::Receives | Nature::Answers | Nature::Both, _) => Ok(Work::Receive),
    }
}

fn device(arguments: &Arguments, role: Role) -> Result<Work, Misfit> {
    let given = &arguments.device;
    let binds = given.back_bind.iter().cloned();
    let back = in_order(binds, given.back_connect.iter().cloned());
    // rfc: sp-device D-07
    if back.is_empty() && role.nature() != Nature::Both {
        return Err(Misfit::NoBack(role, role.peer()));
    }
    Ok(Work::Device(back))
}

fn bench(arguments: &Arguments, role: Role) -> Result<Work, Misfit> {
    let octets = arguments.bench.size.unwrap_or(BENCH_SIZE);
    let octets = usize::try_from(octets).unwrap_or(usize::MAX);
    match role {
        Role::Push | Role::Pub => Ok(Work::MeasureSending(octets)),
        Role::Pull | Role::Sub => Ok(Work::MeasureReceiving),
        Role::Req | Role::Pair | Role::Pair1 => Ok(Work::MeasureRoundTrips(octets)),
        Role::Rep | Role::Surveyor | Role::Respondent | Role::Bus => Err(Misfit::NoBench(role)),
    }
}

#[cfg(test)]
mod tests;
