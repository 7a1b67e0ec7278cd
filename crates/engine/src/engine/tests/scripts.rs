//! Scripts of events in any order, nonsense among them: nothing panics, the books balance after
//! each event, and closing ends.

use proptest::prelude::*;
use speedwell_message::{CtxId, Message, PipeId, ProtocolId};
use speedwell_protocol::{EndCause, TimerKey};
use speedwell_transport::{ErrorKind, PeerInfo};

use super::rig::{IDS, Rig, ms};
use crate::{Admission, Command, EndReason, EndpointId};

/// What may be reported. A `usize` chooses a pipe of all that ever were, or one that never was.
#[derive(Clone, Debug)]
enum Event {
    AddDialer,
    AddListener,
    Remove(u32),
    Dialing(u32),
    Dialed(u32),
    DialFailed(u32),
    Accepted(u32),
    AcceptFailed(u32, bool),
    Handshaken(usize, bool),
    Approve(usize),
    Deny(usize),
    HandshakeFailed(usize),
    Batch(usize, usize),
    Writable(usize),
    Ended(usize, usize, bool),
    Send,
    Recv,
    Machine(usize, Whim),
    Passes(u64),
    DeadlineTooSoon,
    Commands,
    Close(u64),
}

/// What the machine takes into its head.
#[derive(Clone, Debug)]
enum Whim {
    Close,
    Resume,
    Takes(usize),
    TakesBack(usize),
    Rejects(bool),
    LetGo,
    Arm(u64, u64),
    Cancel(u64),
    Rearms(Option<u64>),
}

fn whims() -> impl Strategy<Value = Whim> {
    prop_oneof![
        Just(Whim::Close),
        Just(Whim::Resume),
        (0_usize..4).prop_map(Whim::Takes),
        (0_usize..4).prop_map(Whim::TakesBack),
        any::<bool>().prop_map(Whim::Rejects),
        Just(Whim::LetGo),
        (0_u64..3, 0_u64..2000).prop_map(|(key, wait)| Whim::Arm(key, wait)),
        (0_u64..3).prop_map(Whim::Cancel),
        prop::option::of(0_u64..3000).prop_map(Whim::Rearms),
    ]
}

fn events() -> impl Strategy<Value = Event> {
    let endpoint = || 0_u32..6;
    let pipe = || 0_usize..12;
    prop_oneof![
        2 => Just(Event::AddDialer),
        2 => Just(Event::AddListener),
        1 => endpoint().prop_map(Event::Remove),
        2 => endpoint().prop_map(Event::Dialing),
        6 => endpoint().prop_map(Event::Dialed),
        2 => endpoint().prop_map(Event::DialFailed),
        6 => endpoint().prop_map(Event::Accepted),
        1 => (endpoint(), any::<bool>()).prop_map(|(id, out)| Event::AcceptFailed(id, out)),
        10 => (pipe(), prop::bool::weighted(0.9)).prop_map(|(p, fits)| Event::Handshaken(p, fits)),
        2 => pipe().prop_map(Event::HandshakeFailed),
        4 => pipe().prop_map(Event::Approve),
        1 => pipe().prop_map(Event::Deny),
        6 => (pipe(), 0_usize..4).prop_map(|(p, count)| Event::Batch(p, count)),
        3 => pipe().prop_map(Event::Writable),
        3 => (pipe(), 0_usize..4, any::<bool>()).prop_map(|(p, n, cut)| Event::Ended(p, n, cut)),
        2 => Just(Event::Send),
        1 => Just(Event::Recv),
        6 => (pipe(), whims()).prop_map(|(p, whim)| Event::Machine(p, whim)),
        4 => (0_u64..3000).prop_map(Event::Passes),
        1 => Just(Event::DeadlineTooSoon),
        4 => Just(Event::Commands),
        1 => (0_u64..3000).prop_map(Event::Close),
    ]
}

/// The bench, and every pipe there ever was.
struct Play {
    rig: Rig,
    pipes: Vec<PipeId>,
}

impl Play {
    fn pipe(&self, choice: usize) -> PipeId {
        let never = PipeId::new(u32::try_from(choice).unwrap(), PipeId::WORD_MAX - 9).unwrap();
        self.pipes
            .iter()
            .rev()
            .nth(choice)
            .copied()
            .unwrap_or(never)
    }

    fn plays(&mut self, event: Event) {
        match event {
            Event::Handshaken(..)
            | Event::HandshakeFailed(_)
            | Event::Approve(_)
            | Event::Deny(_)
            | Event::Batch(..)
            | Event::Writable(_)
            | Event::Ended(..)
            | Event::Machine(..) => self.plays_on_pipe(event),
            Event::Passes(time) => {
                // Not deadline by deadline: a machine may arm for now for ever.
                self.rig.world.now += ms(time);
                self.rig.engine.on_deadline(&mut self.rig.world);
            }
            Event::DeadlineTooSoon => self.rig.engine.on_deadline(&mut self.rig.world),
            Event::Commands => self.rig.obeys(),
            Event::Close(linger) => self.rig.begins_to_close(ms(linger)),
            Event::Send => {
                let mut message = Some(Message::from("x"));
                let _ = self
                    .rig
                    .engine
                    .send(CtxId::MAIN, &mut message, &mut self.rig.world);
            }
            Event::Recv => {
                let mut place = Message::new();
                let _ = self
                    .rig
                    .engine
                    .recv_into(CtxId::MAIN, &mut place, &mut self.rig.world);
            }
            _ => self.plays_on_endpoint(event),
        }
    }

    fn plays_on_endpoint(&mut self, event: Event) {
        let rig = &mut self.rig;
        match event {
            Event::AddDialer => {
                let _ = rig.dialer();
            }
            Event::AddListener => {
                let _ = rig.listener();
            }
            Event::Remove(id) => {
                let _ = rig.engine.remove_endpoint(EndpointId(id), &mut rig.world);
            }
            Event::Dialing(id) => rig.engine.dialing(EndpointId(id), &mut rig.world),
            Event::Dialed(id) => self.pipes.extend(rig.dialed(EndpointId(id))),
            Event::DialFailed(id) => rig.dial_failed(EndpointId(id), ErrorKind::Refused),
            Event::Accepted(id) => self.pipes.extend(rig.accepted(EndpointId(id))),
            Event::AcceptFailed(id, true) => {
                let _ = rig.accept_failed(EndpointId(id), ErrorKind::Exhausted);
            }
            Event::AcceptFailed(id, false) => {
                let _ = rig.accept_failed(EndpointId(id), ErrorKind::System);
            }
            other => panic!("{other:?} is not of an endpoint"),
        }
    }

    fn plays_on_pipe(&mut self, event: Event) {
        match event {
            Event::Handshaken(pipe, true) => {
                let pipe = self.pipe(pipe);
                let _: Admission = self.rig.handshaken(pipe);
            }
            Event::Handshaken(pipe, false) => {
                let (pipe, peer) = (self.pipe(pipe), PeerInfo::new(ProtocolId(IDS.peer.0 ^ 1)));
                let admission = self.rig.engine.handshaken(pipe, &peer, &mut self.rig.world);
                assert_eq!(admission, Admission::Refused);
            }
            Event::HandshakeFailed(pipe) => {
                let pipe = self.pipe(pipe);
                self.rig.handshake_failed(pipe, ErrorKind::BadPeer);
            }
            Event::Approve(pipe) => {
                let pipe = self.pipe(pipe);
                let _: Admission = self.rig.engine.approve(pipe, &mut self.rig.world);
            }
            Event::Deny(pipe) => {
                let pipe = self.pipe(pipe);
                self.rig.engine.deny(pipe, &mut self.rig.world);
            }
            Event::Batch(pipe, count) => {
                let pipe = self.pipe(pipe);
                let _ = self.rig.arrives(pipe, &["a", "b", "c"][..count]);
            }
            Event::Writable(pipe) => {
                let pipe = self.pipe(pipe);
                self.rig.engine.on_writable(pipe, &mut self.rig.world);
            }
            Event::Ended(pipe, count, cut) => {
                let pipe = self.pipe(pipe);
                let unsent = &["a", "b", "c"][..count];
                self.rig
                    .ended_and_cut(pipe, &EndReason::ClosedByPeer, unsent, cut);
            }
            Event::Machine(pipe, whim) => {
                let pipe = self.pipe(pipe);
                self.takes_a_whim(pipe, whim);
            }
            other => panic!("{other:?} is not of a pipe"),
        }
    }

    fn takes_a_whim(&mut self, pipe: PipeId, whim: Whim) {
        self.rig.machine(|machine, cx| match whim {
            Whim::Close => cx.close(pipe, EndCause::Violation),
            Whim::Resume => cx.resume(pipe),
            Whim::Takes(count) => machine.takes = count,
            Whim::TakesBack(count) => machine.takes_back = count,
            Whim::Rejects(rejects) => machine.rejects = rejects,
            Whim::LetGo => machine.held.clear(),
            Whim::Arm(key, wait) => {
                let at = cx.now() + ms(wait);
                cx.arm(TimerKey(key), at);
            }
            Whim::Cancel(key) => cx.cancel(TimerKey(key)),
            Whim::Rearms(wait) => machine.rearms = wait.map(ms),
        });
    }

    /// Each pipe that lives was told to end or to finish, or will be when the linger is over.
    fn closes(&mut self, linger: u64) {
        self.rig.begins_to_close(ms(linger));
        self.rig.is_consistent();
        self.rig.obeys();
        if self.rig.engine.is_closed() {
            return;
        }
        self.rig.world.now += ms(3000);
        // Each call serves no more than there was: the linger is among them.
        self.rig.engine.on_deadline(&mut self.rig.world);
        self.rig.obeys();
        assert!(self.rig.engine.is_closed(), "{:?}", self.rig.engine);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    // rfc: sp-endpoint E-16 E-42 E-45, sp-monitor M-02 M-10
    #[test]
    fn no_script_panics_and_closing_ends(
        script in prop::collection::vec(events(), 0..120),
        linger in 0_u64..3000,
        seed: u64,
        is_strict: bool,
    ) {
        let rig = Rig::with(|options| {
            options.reconnect_max = ms(500);
            options.half_open_max = 4;
            options.pipes_max = 7;
            options.require_approval = is_strict;
        });
        let mut play = Play { rig, pipes: Vec::new() };
        play.rig.world.dice = Err(seed);
        play.rig.engine.keep_events();
        for event in script {
            play.plays(event);
            play.rig.is_consistent();
        }
        play.closes(linger);
        prop_assert_eq!(play.rig.engine.live_pipes(), 0);
        prop_assert_eq!(play.rig.engine.next_deadline(), None);
        play.rig.commands();
        let dead: Vec<_> = (0..play.pipes.len()).map(|at| play.pipe(at)).collect();
        for pipe in dead {
            play.rig.ended(pipe, &EndReason::Local, &["x"]);
            prop_assert_eq!(play.rig.handshaken(pipe), Admission::Refused);
        }
        prop_assert_eq!(play.rig.commands(), Vec::<Command>::new());
        play.rig.is_consistent();
        super::events::tell_what_was_counted(&mut play.rig, is_strict);
    }
}
