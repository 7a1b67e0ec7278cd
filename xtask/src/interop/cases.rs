//! The matrix: which program, over what, which pattern, who sends, who binds, and how much.

use std::fmt;

/// Another maker's program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    /// The command-line tool of nanomsg.
    Nanocat,
    /// The command-line tool of NNG.
    Nngcat,
}

/// Every program.
pub(crate) const PROGRAMS: [Program; 2] = [Program::Nanocat, Program::Nngcat];

impl Program {
    /// Its file name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Nanocat => "nanocat",
            Self::Nngcat => "nngcat",
        }
    }

    /// The Debian package it comes in.
    pub(crate) fn package(self) -> &'static str {
        match self {
            Self::Nanocat => "nanomsg-utils",
            Self::Nngcat => "nng-utils",
        }
    }
}

/// What carries the messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carrier {
    /// TCP on the loopback address.
    Tcp,
    /// Unix sockets.
    Ipc,
    /// Unix sockets with names that no file bears.
    Abstract,
}

/// Every carrier.
pub(crate) const CARRIERS: [Carrier; 3] = [Carrier::Tcp, Carrier::Ipc, Carrier::Abstract];

impl Carrier {
    /// Its scheme.
    pub(crate) fn scheme(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Ipc => "ipc",
            Self::Abstract => "abstract",
        }
    }

    /// Whether this system has it, and `program` knows it.
    pub(crate) fn is_known_to(self, program: Program) -> bool {
        match self {
            Self::Tcp => true,
            Self::Ipc => cfg!(unix),
            Self::Abstract => cfg!(target_os = "linux") && program == Program::Nngcat,
        }
    }
}

/// A scalability protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pattern {
    /// PAIR, version 0.
    Pair,
    /// PAIR, version 1.
    Pair1,
    /// PUSH at the sending end, PULL at the other.
    Pipeline,
    /// PUB at the sending end, SUB at the other, subscribed to everything.
    Publish,
    /// REQ at the asking end, REP at the other; each answer is the question.
    Request,
    /// SURVEYOR at the asking end, RESPONDENT at the other; each answer is the survey.
    Survey,
    /// BUS, of two.
    Bus,
}

impl Pattern {
    /// Whether who sends asks, and is answered.
    pub(crate) fn asks(self) -> bool {
        matches!(self, Self::Request | Self::Survey)
    }

    /// Whether `program` speaks it.
    fn is_known_to(self, program: Program) -> bool {
        match self {
            Self::Bus => program == Program::Nanocat,
            Self::Pair1 => program == Program::Nngcat,
            _ => true,
        }
    }
}

/// Where messages go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// From us to them.
    WeSend,
    /// From them to us.
    TheySend,
    /// From them to us and back.
    WeEcho,
}

/// Which side has the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Binder {
    /// We bind, they connect.
    Us,
    /// They bind, we connect.
    Them,
}

/// One line of the matrix.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    /// Who is at the other end.
    pub(crate) program: Program,
    /// What carries the messages.
    pub(crate) carrier: Carrier,
    /// What both speak.
    pub(crate) pattern: Pattern,
    /// Where messages go.
    pub(crate) flow: Flow,
    /// Which side has the address.
    pub(crate) binder: Binder,
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pattern = match self.pattern {
            Pattern::Pair => "PAIR",
            Pattern::Pair1 => "PAIR1",
            Pattern::Pipeline => "PUSH/PULL",
            Pattern::Publish => "PUB/SUB",
            Pattern::Request => "REQ/REP",
            Pattern::Survey => "SURVEY",
            Pattern::Bus => "BUS",
        };
        let flow = match self.flow {
            Flow::WeSend => "we send",
            Flow::TheySend => "they send",
            Flow::WeEcho => "we echo",
        };
        let binder = match self.binder {
            Binder::Us => "we bind",
            Binder::Them => "they bind",
        };
        write!(
            f,
            "{:<8} {:<8} {pattern:<10} {flow:<10} {binder}",
            self.program.name(),
            self.carrier.scheme()
        )
    }
}

/// Every line; an echo needs a socket that both sends and receives. Of requests and surveys, who
/// sends asks.
pub(crate) fn rows() -> impl Iterator<Item = Row> {
    let patterns = [
        (Pattern::Pair, Flow::WeSend),
        (Pattern::Pair, Flow::TheySend),
        (Pattern::Pair, Flow::WeEcho),
        (Pattern::Pair1, Flow::WeSend),
        (Pattern::Pair1, Flow::TheySend),
        (Pattern::Pair1, Flow::WeEcho),
        (Pattern::Pipeline, Flow::WeSend),
        (Pattern::Pipeline, Flow::TheySend),
        (Pattern::Publish, Flow::WeSend),
        (Pattern::Publish, Flow::TheySend),
        (Pattern::Request, Flow::WeSend),
        (Pattern::Request, Flow::WeEcho),
        (Pattern::Survey, Flow::WeSend),
        (Pattern::Survey, Flow::WeEcho),
        (Pattern::Bus, Flow::WeSend),
        (Pattern::Bus, Flow::TheySend),
    ];
    let ends = PROGRAMS.into_iter().flat_map(|program| {
        let known = CARRIERS
            .into_iter()
            .filter(move |one| one.is_known_to(program));
        known.map(move |carrier| (program, carrier))
    });
    ends.flat_map(move |(program, carrier)| {
        let known = move |(pattern, _): &(Pattern, Flow)| pattern.is_known_to(program);
        patterns
            .into_iter()
            .filter(known)
            .flat_map(move |(pattern, flow)| {
                [Binder::Us, Binder::Them]
                    .into_iter()
                    .map(move |binder| Row {
                        program,
                        carrier,
                        pattern,
                        flow,
                        binder,
                    })
            })
    })
}

/// One column of the matrix: how much is sent.
#[derive(Debug)]
pub(crate) struct Column {
    /// What stands above it.
    pub(crate) title: &'static str,
    /// The length of each body.
    pub(crate) octets: usize,
    /// How many messages.
    pub(crate) count: usize,
    /// Whether a quick run has it.
    pub(crate) quick: bool,
}

/// What a program takes unless told otherwise, in octets: the whole message.
const USUAL_LIMIT: usize = 1024 * 1024;

/// What either side is told to take when the usual is not enough.
pub(crate) const RAISED_LIMIT: usize = 8 * 1024 * 1024;

/// Every column.
#[rustfmt::skip]
pub(crate) const COLUMNS: &[Column] = &[
    Column { title: "0 B",      octets: 0,                count: 1,     quick: true },
    Column { title: "1 B",      octets: 1,                count: 1,     quick: true },
    Column { title: "64 KiB",   octets: 64 * 1024,        count: 1,     quick: true },
    Column { title: "1 MiB-64", octets: USUAL_LIMIT - 64, count: 1,     quick: false },
    Column { title: "4 MiB",    octets: 4 * USUAL_LIMIT,  count: 1,     quick: false },
    Column { title: "1000x64 B", octets: 64,              count: 1_000, quick: false },
];

/// One exchange.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case<'a> {
    /// Between whom.
    pub(crate) row: &'a Row,
    /// How much.
    pub(crate) column: &'a Column,
}

impl Case<'_> {
    /// Whether the receiver has to be told to take this much.
    pub(crate) fn is_large(&self) -> bool {
        self.column.octets > USUAL_LIMIT
    }

    /// Whether we have to keep the connection until they have printed what we sent. When a Unix
    /// socket hangs up, as one does when its peer closes, nanomsg 1.1 forgets what it has read and
    /// not handed over, and NNG 1.5 what it has not read; TCP tells of that later.
    pub(crate) fn we_stay(&self) -> bool {
        let forgets = self.row.carrier != Carrier::Tcp;
        let ours_is_last = match self.row.flow {
            // Who asks waits for the answer, and so knows that the question was taken.
            Flow::WeSend => !self.row.pattern.asks(),
            Flow::TheySend => false,
            Flow::WeEcho => true,
        };
        forgets && ours_is_last
    }

    /// Whether the other program can do its part.
    pub(crate) fn is_possible(&self) -> bool {
        let they_receive = self.row.flow != Flow::TheySend;
        // nanocat has no option for the largest message it takes.
        let too_large = self.is_large() && they_receive && self.row.program == Program::Nanocat;
        // nngcat waits whole seconds before it sends again, and nanocat 10 ms before it asks again.
        let they_send = self.row.flow != Flow::WeSend;
        let rests = self.row.program == Program::Nngcat || self.row.pattern.asks();
        // A SUB of NNG keeps 128 messages, and drops the oldest for the next.
        let forgets = self.row.program == Program::Nngcat && self.row.pattern == Pattern::Publish;
        let too_many = self.column.count > 1 && (they_send && rests || they_receive && forgets);
        !too_large && !too_many
    }
}
