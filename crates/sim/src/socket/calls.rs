//! What an application does with its socket, and how the engine is called: what it pushed is
//! logged, and what it promised is watched. Obeys `rfc/sp-simulation.md` section 5.

use std::any::Any;
use std::time::Duration;

use speedwell_engine::Engine;
use speedwell_message::{CtxId, Message, PipeId, ProtocolId};
use speedwell_protocol::{Cx, Protocol, Verdict};
use speedwell_pubsub::Overflow;
use speedwell_testkit::accounting::{Event, LinkId, PartyId, Stamp, print_of, stamp_of};

use super::lent::Lent;
use super::{SimSocket, mark};
use crate::Bench;

impl SimSocket {
    /// Sends a message that has this stamp.
    ///
    /// # Errors
    ///
    /// The machine's verdict; then `message` is still there.
    pub fn send(
        &mut self,
        stamp: Stamp,
        message: &mut Option<Message>,
        bench: &mut Bench,
    ) -> Result<(), Verdict> {
        let print = message
            .as_ref()
            .map_or(0, |message| print_of(self.setup.form.payload(message)));
        self.nameless.sending = Some(stamp);
        let accepted = Event::Accepted { stamp, print };
        let verdict = self.send_in(CtxId::MAIN, Some(accepted), message, bench);
        self.nameless.sending = None;
        verdict
    }

    /// Sends a message in a context. `accepted` is logged when the socket takes it; a device has
    /// nothing to log.
    ///
    /// # Errors
    ///
    /// The machine's verdict; then `message` is still there.
    pub fn send_in(
        &mut self,
        ctx: CtxId,
        accepted: Option<Event>,
        message: &mut Option<Message>,
        bench: &mut Bench,
    ) -> Result<(), Verdict> {
        let was_ready = self.engine.ready(ctx).send;
        let held = self.to_be_held(accepted, message.as_ref());
        let (verdict, pushed) =
            self.call_apart(bench, |engine, lent| engine.send(ctx, message, lent));
        if let Some(accepted) = accepted.filter(|_| verdict.is_ok()) {
            bench.journal.log(accepted);
            held.into_iter().for_each(|event| bench.journal.log(event));
        }
        pushed
            .into_iter()
            .for_each(|event| bench.journal.log(event));
        if was_ready == (verdict == Err(Verdict::Wait)) && !self.engine.is_closing() {
            bench.journal.breach("readiness to send was not true");
        }
        verdict
    }

    /// What a machine that holds messages has to hold of this one: it, for each pipe that is full.
    // rfc: sp-simulation S-67
    fn to_be_held(&self, accepted: Option<Event>, message: Option<&Message>) -> Vec<Event> {
        let is_spread = self.sends_to_many() && self.setup.overflow == Overflow::DropOldest;
        let (Some(Event::Accepted { stamp, .. }), Some(message), true) =
            (accepted, message, is_spread)
        else {
            return Vec::new();
        };
        let octets = u64::try_from(message.octets()).unwrap_or(u64::MAX);
        let full = self.pipes.values().filter(|pipe| pipe.is_full);
        let held = full.map(|pipe| Event::Held {
            stamp,
            link: pipe.wire.outward(),
            octets,
        });
        held.collect()
    }

    /// Receives a message.
    ///
    /// # Errors
    ///
    /// The machine's verdict.
    pub fn recv(&mut self, bench: &mut Bench) -> Result<Message, Verdict> {
        self.recv_in(CtxId::MAIN, self.setup.party, bench)
    }

    /// Receives a message in a context, which is a party of its own.
    ///
    /// # Errors
    ///
    /// The machine's verdict.
    pub fn recv_in(
        &mut self,
        ctx: CtxId,
        consumer: PartyId,
        bench: &mut Bench,
    ) -> Result<Message, Verdict> {
        let was_ready = self.engine.ready(ctx).recv;
        let mut message = Message::new();
        let result = self
            .call(bench, |engine, lent| {
                engine.recv_into(ctx, &mut message, lent)
            })
            .map(|()| message);
        // A deadline may be there before its timer fires, and readiness knows no clock.
        let is_early = !was_ready && result == Err(Verdict::TimedOut);
        if was_ready == (result == Err(Verdict::Wait)) && !is_early {
            bench.journal.breach("readiness to receive was not true");
        }
        if let Ok(message) = &result {
            let body = self.setup.form.payload(message);
            if !self.setup.form.fits(message) {
                bench
                    .journal
                    .breach("what stands before a body was altered");
            }
            bench.journal.log(Event::Delivered {
                consumer,
                link: message.origin().and_then(|pipe| self.inward(pipe)),
                stamp: stamp_of(body),
                print: print_of(body),
            });
        }
        result
    }

    /// Starts to close; see [`SimSocket::is_done`].
    pub fn close(&mut self, linger: Duration, bench: &mut Bench) {
        bench.journal.log(Event::Deaf(self.setup.party));
        self.call(bench, |engine, lent| engine.begin_close(linger, lent));
    }

    /// Runs something on the machine, which is a `P`; `None` when it is another.
    pub fn with<P: Protocol, R>(
        &mut self,
        bench: &mut Bench,
        run: impl FnOnce(&mut P, &mut Cx<'_>) -> R,
    ) -> Option<R> {
        self.call(bench, |engine, lent| {
            engine.with_machine(lent, |machine, cx| {
                let machine: &mut dyn Any = machine;
                machine.downcast_mut().map(|machine| run(machine, cx))
            })
        })
    }

    /// Opens a context.
    pub fn open(&mut self, ctx: CtxId, bench: &mut Bench) {
        self.call(bench, |engine, lent| {
            engine.with_machine(lent, |machine, cx| machine.open(ctx, cx));
        });
    }

    /// The contexts that may be able to do what they could not do before.
    pub fn take_woken(&mut self) -> Vec<CtxId> {
        std::mem::take(&mut self.woken)
    }

    /// Calls the engine, and logs what it pushed.
    pub(super) fn call<R>(
        &mut self,
        bench: &mut Bench,
        call: impl FnOnce(&mut Engine, &mut Lent<'_>) -> R,
    ) -> R {
        let (answer, pushed) = self.call_apart(bench, call);
        pushed
            .into_iter()
            .for_each(|event| bench.journal.log(event));
        answer
    }

    /// Calls the engine, and leaves to the caller to log what it pushed.
    fn call_apart<R>(
        &mut self,
        bench: &mut Bench,
        call: impl FnOnce(&mut Engine, &mut Lent<'_>) -> R,
    ) -> (R, Vec<Event>) {
        let mut lent = Lent {
            is_told: self.is_told,
            overflow: self.setup.overflow,
            wires: &self.wires,
            now: bench.clock.now(),
            random: &mut bench.random,
            draws: self.setup.draws,
            form: self.setup.form,
            writer: self.setup.party,
            pipes: &mut self.pipes,
            nameless: &mut self.nameless,
            pushed: Vec::new(),
            dropped: Vec::new(),
            breaches: Vec::new(),
        };
        let answer = call(&mut self.engine, &mut lent);
        let Lent {
            pushed,
            dropped,
            breaches,
            ..
        } = lent;
        let mut woken = Vec::new();
        self.engine.take_woken(&mut woken);
        self.woken.append(&mut woken);
        for breach in breaches {
            bench.journal.breach(breach);
        }
        let mut events = Vec::with_capacity(pushed.len());
        for (pipe, event) in pushed {
            mark(&mut self.dirty, pipe);
            events.push(event);
        }
        events.extend(dropped);
        if matches!(self.engine.ids().me, ProtocolId::PAIR | ProtocolId::PAIR1)
            && self.engine.live_pipes() > 1
        {
            bench.journal.breach("a pair has two peers");
        }
        (answer, events)
    }

    /// The link that a pipe received on.
    fn inward(&self, pipe: PipeId) -> Option<LinkId> {
        self.wires.get(&pipe).map(|wire| wire.inward())
    }
}
