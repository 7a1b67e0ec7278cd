//! A socket whatever its type: opened by its role, tuned, bound and connected. Moves no message by
//! itself. Obeys `rfc/sp-swcat.md` section 3.

use std::sync::Arc;
use std::time::Duration;

use speedwell::{AnySocket, CloseReport, Error, ErrorKind, Message};

use crate::address;
use crate::failure::Failure;
use crate::plan::{Target, Tuning, Way};
use crate::role::Role;
use crate::say::Say;

/// A socket, from any thread.
pub(crate) trait Party: Send + Sync {
    /// What does not depend on the type.
    fn any(&self) -> &AnySocket;
    /// Sends; waits as long as the socket is set to.
    fn send(&self, message: Message) -> Result<(), Error>;
    /// Receives; waits for `limit`, or if that is none as long as the socket is set to.
    fn recv(&self, limit: Option<Duration>) -> Result<Message, Error>;
    /// Subscribes.
    fn subscribe(&self, topic: &[u8]) -> Result<(), Error>;
    /// Closes; whoever waits on it is told.
    fn close(&self) -> CloseReport;
}

macro_rules! party {
    (@send yes $self:ident $message:ident) => { $self.0.send($message).map_err(Error::from) };
    (@send no $self:ident $message:ident) => { { drop($message); unsupported() } };
    (@recv yes $self:ident $limit:ident) => {
        match $limit {
            Some(limit) => $self.0.recv_timeout(limit),
            None => $self.0.recv(),
        }
    };
    (@recv no $self:ident $limit:ident) => { { let _ = $limit; unsupported() } };
    (@topic yes $self:ident $topic:ident) => { $self.0.subscribe($topic) };
    (@topic no $self:ident $topic:ident) => { { let _ = $topic; unsupported() } };
    ($($name:ident $send:ident $recv:ident $topic:ident;)*) => {$(
        impl Party for Of<speedwell::$name> {
            fn any(&self) -> &AnySocket {
                &self.0
            }

            fn send(&self, message: Message) -> Result<(), Error> {
                party!(@send $send self message)
            }

            fn recv(&self, limit: Option<Duration>) -> Result<Message, Error> {
                party!(@recv $recv self limit)
            }

            fn subscribe(&self, topic: &[u8]) -> Result<(), Error> {
                party!(@topic $topic self topic)
            }

            fn close(&self) -> CloseReport {
                self.0.close()
            }
        }
    )*};
}

/// A typed socket as a [`Party`].
struct Of<S>(S);

// Whether it sends, receives, and has topics.
#[rustfmt::skip]
party! {
    Push yes no no; Pull no yes no; Pub yes no no; Sub no yes yes;
    Req yes yes no; Rep yes yes no; Surveyor yes yes no; Respondent yes yes no;
    Bus yes yes no; Pair yes yes no; Pair1 yes yes no;
    RawPush yes no no; RawPull no yes no; RawPub yes no no; RawSub no yes yes;
    RawReq yes yes no; RawRep yes yes no; RawSurveyor yes yes no; RawRespondent yes yes no;
    RawBus yes yes no; RawPair yes yes no; RawPair1 yes yes no;
}

fn unsupported<T>() -> Result<T, Error> {
    Err(ErrorKind::Unsupported.into())
}

/// A socket for applications.
pub(crate) fn cooked(role: Role) -> Result<Arc<dyn Party>, Error> {
    Ok(match role {
        Role::Push => Arc::new(Of(speedwell::Push::new()?)),
        Role::Pull => Arc::new(Of(speedwell::Pull::new()?)),
        Role::Pub => Arc::new(Of(speedwell::Pub::new()?)),
        Role::Sub => Arc::new(Of(speedwell::Sub::new()?)),
        Role::Req => Arc::new(Of(speedwell::Req::new()?)),
        Role::Rep => Arc::new(Of(speedwell::Rep::new()?)),
        Role::Surveyor => Arc::new(Of(speedwell::Surveyor::new()?)),
        Role::Respondent => Arc::new(Of(speedwell::Respondent::new()?)),
        Role::Bus => Arc::new(Of(speedwell::Bus::new()?)),
        Role::Pair => Arc::new(Of(speedwell::Pair::new()?)),
        Role::Pair1 => Arc::new(Of(speedwell::Pair1::new()?)),
    })
}

/// A socket for devices.
pub(crate) fn raw(role: Role) -> Result<Arc<dyn Party>, Error> {
    Ok(match role {
        Role::Push => Arc::new(Of(speedwell::RawPush::new()?)),
        Role::Pull => Arc::new(Of(speedwell::RawPull::new()?)),
        Role::Pub => Arc::new(Of(speedwell::RawPub::new()?)),
        Role::Sub => Arc::new(Of(speedwell::RawSub::new()?)),
        Role::Req => Arc::new(Of(speedwell::RawReq::new()?)),
        Role::Rep => Arc::new(Of(speedwell::RawRep::new()?)),
        Role::Surveyor => Arc::new(Of(speedwell::RawSurveyor::new()?)),
        Role::Respondent => Arc::new(Of(speedwell::RawRespondent::new()?)),
        Role::Bus => Arc::new(Of(speedwell::RawBus::new()?)),
        Role::Pair => Arc::new(Of(speedwell::RawPair::new()?)),
        Role::Pair1 => Arc::new(Of(speedwell::RawPair1::new()?)),
    })
}

/// Sets the options, and the topics of a SUB: everything when none is given.
// rfc: sp-swcat W-11
pub(crate) fn tune(party: &dyn Party, role: Role, tuning: &Tuning) -> Result<(), Failure> {
    let socket = party.any();
    socket.set_recv_timeout(tuning.recv_timeout);
    socket.set_send_timeout(tuning.send_timeout);
    if let Some(octets) = tuning.recv_max {
        socket.set_recv_max((octets > 0).then_some(octets));
    }
    if let Some(linger) = tuning.linger {
        socket.set_linger(linger);
    }
    if let Some(name) = &tuning.name {
        let set = socket.set_name(name);
        set.map_err(|_| Failure::Name(AnySocket::NAME_LEN_MAX))?;
    }
    if role == Role::Sub {
        let everything = [Vec::new()];
        let topics = match tuning.topics.as_slice() {
            [] => &everything,
            given => given,
        };
        for topic in topics {
            party.subscribe(topic).map_err(Failure::Subscribe)?;
        }
    }
    Ok(())
}

/// Binds and connects.
// rfc: sp-swcat W-10 W-12
pub(crate) fn join(party: &dyn Party, targets: &[Target], say: &Say) -> Result<(), Failure> {
    for target in targets {
        let joined = match target.way {
            Way::Bind => party.any().bind(&target.address),
            Way::Connect => party.any().connect(&target.address),
        };
        let endpoint = joined.map_err(|error| address::failure(target, error))?;
        match target.way {
            Way::Bind => say.detail(&format!("listening at {}", endpoint.address())),
            Way::Connect => say.detail(&format!("connecting to {}", endpoint.address())),
        }
    }
    Ok(())
}
