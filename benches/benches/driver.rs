//! A driver in memory: a machine with one peer, and a pipe that always has room. It keeps no log,
//! so that what is measured is the machine; `testkit::effects` is for tests. Shared by the benches
//! of the machines.
#![allow(clippy::unwrap_used, reason = "a bench fails by panicking")]

use std::time::Instant;

use speedwell_protocol::{
    CtxId, Cx, DropCause, Effects, EndCause, Flow, Inbox, Message, PipeId, Priority, Protocol,
    TimerKey,
};
use speedwell_testkit::effects::{info, pipe};

/// What a machine does, as far as anyone looks.
pub(crate) struct World {
    now: Instant,
    /// The last message that was pushed.
    pushed: Option<Message>,
}

impl Effects for World {
    fn now(&mut self) -> Instant {
        self.now
    }

    fn random(&mut self) -> u64 {
        7
    }

    fn push(&mut self, _: PipeId, message: &mut Message) -> Flow {
        self.pushed = Some(std::mem::take(message));
        Flow::Open
    }

    fn arm(&mut self, _: TimerKey, _: Instant) {}

    fn cancel(&mut self, _: TimerKey) {}

    fn wake(&mut self, _: CtxId) {}

    fn resume(&mut self, _: PipeId) {}

    fn close(&mut self, _: PipeId, cause: EndCause) {
        panic!("the machine closed its pipe: {cause:?}");
    }

    fn drop_counted(&mut self, _: Option<PipeId>, cause: DropCause, _: u64) {
        panic!("the machine dropped a message: {cause:?}");
    }
}

/// A machine and its driver.
pub(crate) struct End<P> {
    machine: P,
    world: World,
    inbox: Inbox,
}

impl<P: Protocol> End<P> {
    /// A machine with a pipe to a fitting peer.
    pub(crate) fn new(mut machine: P) -> Self {
        let mut world = World {
            now: Instant::now(),
            pushed: None,
        };
        let peer = info(machine.ids().peer, Priority::default());
        let attached = machine.attach(pipe(1), &peer, &mut Cx::new(&mut world));
        assert!(attached.is_ok(), "the machine takes its peer");
        let mut inbox = Inbox::new();
        inbox.set_origin(Some(pipe(1)));
        Self {
            machine,
            world,
            inbox,
        }
    }

    /// The application sends; what the machine gives to the pipe.
    pub(crate) fn send(&mut self, message: Message) -> Message {
        let (mut message, cx) = (Some(message), &mut Cx::new(&mut self.world));
        self.machine.send(CtxId::MAIN, &mut message, cx).unwrap();
        self.world.pushed.take().unwrap()
    }

    /// A message arrives, and the application receives it.
    pub(crate) fn recv(&mut self, arrives: Message) -> Message {
        self.inbox.push(arrives);
        let cx = &mut Cx::new(&mut self.world);
        self.machine.on_batch(pipe(1), &mut self.inbox, cx);
        self.machine.recv(CtxId::MAIN, cx).unwrap()
    }
}
