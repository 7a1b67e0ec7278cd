//! What a schedule is made of: processes, their endpoints and scripts, the network, and the faults
//! with their times. All of it follows from the seed. See `rfc/sp-simulation.md` section 6.

mod bus;
mod faults;
mod pair;
mod pipeline;
mod pubsub;
mod reqrep;
mod role;
mod shape;
mod spread;
mod survey;

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use speedwell_engine::SocketOptions;
use speedwell_protocol::Priority;
use speedwell_testkit::net::{Break, NetOptions};
use speedwell_testkit::random::Random;
use speedwell_transport::EndpointOptions;

use crate::application::Job;
use crate::socket::{Carrier, Draws};

pub use role::Role;

/// A kind of schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WorldName {
    /// PAIR sockets: two that talk, at times a third that would like to.
    Pair,
    /// One to four PUSH sockets, and as many PULL sockets.
    Pipeline,
    /// One to four REQ sockets and as many REP sockets, at times with devices between them.
    Reqrep,
    /// Up to three PUB sockets and up to four SUB sockets, whose subscriptions change.
    Pubsub,
    /// Up to three SURVEYOR sockets and up to four RESPONDENT sockets.
    Survey,
    /// Two to four BUS sockets, most of which are peers of each other.
    Bus,
}

impl WorldName {
    /// All worlds, in the order in which seeds go through them.
    pub const ALL: [Self; 6] = [
        Self::Pair,
        Self::Pipeline,
        Self::Reqrep,
        Self::Pubsub,
        Self::Survey,
        Self::Bus,
    ];

    /// The world of a seed, when nobody chose one.
    #[must_use]
    pub fn of_seed(seed: u64) -> Self {
        match seed % 6 {
            0 => Self::Pair,
            1 => Self::Pipeline,
            2 => Self::Reqrep,
            3 => Self::Pubsub,
            4 => Self::Survey,
            _ => Self::Bus,
        }
    }
}

impl fmt::Display for WorldName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pair => "pair",
            Self::Pipeline => "pipeline",
            Self::Reqrep => "reqrep",
            Self::Pubsub => "pubsub",
            Self::Survey => "survey",
            Self::Bus => "bus",
        })
    }
}

impl FromStr for WorldName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|world| world.to_string() == text)
            .ok_or_else(|| {
                let names = Self::ALL.map(|world| world.to_string()).join(", ");
                format!("no world is called {text}, but these are: {names}")
            })
    }
}

/// A schedule before it runs.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Its world.
    pub world: WorldName,
    /// The network at its start.
    pub net: NetOptions,
    /// Who takes part. Process `n` lives on host `n` and binds place `n`.
    pub processes: Vec<ProcessPlan>,
    /// What goes wrong and when, in the order of time.
    pub faults: Vec<(Duration, Fault)>,
    /// How it ends.
    pub ending: Ending,
    /// How long everything may take, once the last fault is over.
    pub settles_within: Duration,
    /// What a question may take beyond an interval of resending, once the last fault is over.
    pub slack: Duration,
    /// Nothing in it excuses a loss.
    pub is_faultless: bool,
}

impl Plan {
    /// The plan of a seed.
    // rfc: sp-simulation S-30
    #[must_use]
    pub fn new(world: WorldName, seed: u64) -> Self {
        let mut random = Random::new(seed);
        match world {
            WorldName::Pair => pair::plan(&mut random),
            WorldName::Pipeline => pipeline::plan(&mut random),
            WorldName::Reqrep => reqrep::plan(&mut random),
            WorldName::Pubsub => pubsub::plan(&mut random),
            WorldName::Survey => survey::plan(&mut random),
            WorldName::Bus => bus::plan(&mut random),
        }
    }
}

impl Plan {
    /// The longest linger of those who close before the end.
    #[must_use]
    pub fn longest_linger(&self) -> Duration {
        let of_faults = self.faults.iter().filter_map(|(_, fault)| match fault {
            Fault::Leave { linger, .. } | Fault::Retire { linger, .. } => Some(*linger),
            _ => None,
        });
        let of_processes = self.processes.iter().filter_map(|plan| plan.leaves);
        of_faults.chain(of_processes).max().unwrap_or_default()
    }
}

/// One process: a socket and an application.
#[derive(Clone, Debug)]
pub struct ProcessPlan {
    /// The socket's protocol.
    pub role: Role,
    /// Its endpoints.
    pub endpoints: Vec<EndpointPlan>,
    /// Its options.
    pub options: SocketOptions,
    /// The options of its endpoints.
    pub endpoint_options: EndpointOptions,
    /// What its application does.
    pub job: Job,
    /// What random numbers it is given.
    pub draws: Draws,
    /// Closes with this linger as soon as everything is sent.
    pub leaves: Option<Duration>,
    /// When it starts.
    pub starts: Duration,
}

/// An endpoint of a process.
#[derive(Clone, Copy, Debug)]
pub struct EndpointPlan {
    /// Where to.
    pub way: Way,
    /// Over what; the two ends of a connection agree.
    pub carrier: Carrier,
    /// Its rank for sending.
    pub send: Priority,
    /// Its rank for receiving.
    pub recv: Priority,
}

/// What an endpoint does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Listens at the address of its own process.
    Bind,
    /// Connects to the address of this process.
    Connect(usize),
}

/// What goes wrong, or is mended. Processes and endpoints are named by their place in the plan.
#[derive(Clone, Debug)]
pub enum Fault {
    /// One of the connections breaks.
    Break(Break),
    /// A process dies, with its host or alone.
    Crash {
        /// Which process.
        process: usize,
        /// Whether its host loses power, and within what time its peers learn of that.
        power: Option<Duration>,
    },
    /// A process closes its socket.
    Leave {
        /// Which process.
        process: usize,
        /// For how long it may go on sending.
        linger: Duration,
    },
    /// A process closes its socket and never starts again.
    Retire {
        /// Which process.
        process: usize,
        /// For how long it may go on sending.
        linger: Duration,
    },
    /// A process that is gone starts anew.
    Start {
        /// Which process.
        process: usize,
    },
    /// An endpoint is removed.
    Remove {
        /// Which process.
        process: usize,
        /// Which of its endpoints.
        endpoint: usize,
    },
    /// An endpoint that was removed is added again.
    Add {
        /// Which process.
        process: usize,
        /// Which of its endpoints.
        endpoint: usize,
    },
    /// An application does not receive for some time.
    Stall {
        /// Which process.
        process: usize,
        /// For how long.
        time: Duration,
    },
    /// Nothing passes from one process to another.
    Block {
        /// From where.
        from: usize,
        /// To where.
        to: usize,
    },
    /// All ways are open.
    Heal,
    /// The network travels otherwise from now on.
    Net(NetOptions),
    /// A listener finds no descriptors for some calls.
    Exhaust {
        /// Which process.
        process: usize,
        /// For how many calls.
        count: u32,
    },
}

/// How a schedule ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Everything under way arrives, and then all sockets close.
    Settled,
    /// All sockets close with this linger as soon as everything is accepted.
    Abrupt(Duration),
}
