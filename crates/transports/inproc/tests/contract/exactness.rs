//! Each message is delivered or given back, whatever the script: pushes, readings and ends on both
//! sides against a model, rings included. See `rfc/sp-inproc.md` sections 6 and 7.

use std::collections::VecDeque;

use proptest::prelude::*;
use speedwell_transport::{Inbox, Message};

use crate::driver::{Pipe, World, number};

/// What each message counts beyond its octets.
const COST: usize = 8;

#[derive(Clone, Debug)]
enum Step {
    Push { padding: usize },
    Read { messages: usize, octets: usize },
    TakeUnsent { times: usize },
    DropSender,
    DropReceiver,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (0_usize..120).prop_map(|padding| Step::Push { padding }),
        6 => (0_usize..12, 0_usize..600)
            .prop_map(|(messages, octets)| Step::Read { messages, octets }),
        1 => (0_usize..5).prop_map(|times| Step::TakeUnsent { times }),
        1 => Just(Step::DropSender),
        1 => Just(Step::DropReceiver),
    ]
}

/// One direction as the specification has it: a queue, a sum and a few facts.
struct Model {
    limit: usize,
    /// Number and octets of what was pushed and has no fate yet.
    held: VecDeque<(u64, usize)>,
    full: bool,
    parked: bool,
    cut: bool,
    sender: bool,
    receiver: bool,
    sender_rings: u64,
    receiver_rings: u64,
}

impl Model {
    fn cost(&self) -> usize {
        self.held.iter().map(|(_, octets)| octets + COST).sum()
    }

    fn push(&mut self, number: u64, octets: usize) -> bool {
        self.held.push_back((number, octets));
        if !self.cut {
            self.full |= self.cost() >= self.limit;
            self.receiver_rings += u64::from(std::mem::take(&mut self.parked));
        }
        !self.full && !self.cut
    }

    /// What is delivered, and whether the reading ends with `more` or with the end.
    fn read(&mut self, messages: usize, octets_max: usize) -> (Vec<u64>, bool, bool) {
        let mut delivered = Vec::new();
        if self.cut {
            return (delivered, false, true);
        }
        let mut sum = 0;
        while delivered.is_empty() || (delivered.len() < messages && sum < octets_max) {
            let Some((number, octets)) = self.held.pop_front() else {
                break;
            };
            delivered.push(number);
            sum += octets;
        }
        if self.full && self.cost() <= self.limit / 2 {
            self.full = false;
            self.sender_rings += 1;
        }
        let more = !self.held.is_empty();
        let end = !more && !self.sender;
        self.parked |= !more && !end;
        (delivered, more, end)
    }
}

/// The pipe, its model, and the same steps for both.
struct Pair {
    left: Pipe,
    right: Pipe,
    model: Model,
    pushed: u64,
    rings_before: (u64, u64),
}

impl Pair {
    fn new(limit: usize) -> Self {
        let (left, right) = World::new().pipe(Some(limit));
        Self {
            rings_before: (left.bell.rings(), right.bell.rings()),
            left,
            right,
            model: Model {
                limit,
                held: VecDeque::new(),
                full: false,
                parked: true,
                cut: false,
                sender: true,
                receiver: true,
                sender_rings: 0,
                receiver_rings: 0,
            },
            pushed: 0,
        }
    }

    fn run(&mut self, step: &Step) {
        match *step {
            Step::Push { padding } if self.model.sender => self.push(padding),
            Step::Read { messages, octets } if self.model.receiver => self.read(messages, octets),
            Step::TakeUnsent { times } if self.model.sender => self.take_unsent(times),
            Step::DropSender if self.model.sender => {
                self.left.tx = None;
                self.model.sender = false;
                self.model.receiver_rings += 1;
            }
            Step::DropReceiver if self.model.receiver => {
                self.right.rx = None;
                self.model.receiver = false;
                self.model.cut = true;
                self.model.sender_rings += 1;
            }
            _ => {}
        }
        self.check();
    }

    fn push(&mut self, padding: usize) {
        let mut body = self.pushed.to_le_bytes().to_vec();
        body.resize(8 + padding, 0);
        let octets = body.len();
        let flow = self.left.sends(Message::from(body));
        assert_eq!(flow, self.model.push(self.pushed, octets));
        self.pushed += 1;
    }

    fn read(&mut self, messages: usize, octets: usize) {
        let (inbox, state) = self.right.reads(messages, octets);
        let (delivered, more, end) = self.model.read(messages, octets);
        assert_eq!(numbers(inbox), delivered);
        assert_eq!((state.more, state.end.is_some()), (more, end));
    }

    fn take_unsent(&mut self, times: usize) {
        for _ in 0..times {
            self.model.cut = true;
            let unsent = self.left.tx().take_unsent();
            let expected = self.model.held.pop_front().map(|(number, _)| number);
            assert_eq!(unsent.as_ref().map(number), expected);
        }
    }

    fn check(&mut self) {
        let model = &self.model;
        assert_eq!(
            (self.left.bell.rings(), self.right.bell.rings()),
            (
                self.rings_before.0 + model.sender_rings,
                self.rings_before.1 + model.receiver_rings
            )
        );
        if model.sender {
            let expected = (!model.full && !model.cut, model.receiver);
            let tx = self.left.tx();
            assert_eq!((tx.flow().is_open(), tx.is_alive()), expected);
        }
    }
}

fn numbers(mut inbox: Inbox) -> Vec<u64> {
    std::iter::from_fn(|| inbox.pop())
        .map(|message| number(&message))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    // rfc: sp-inproc I-21 I-27 I-16
    #[test]
    fn each_message_has_one_fate(
        limit in 0_usize..2_000,
        steps in prop::collection::vec(step(), 0..120),
    ) {
        let mut pair = Pair::new(limit);
        for step in &steps {
            pair.run(step);
        }
        // Whoever is left asks for the rest.
        pair.run(&Step::Read { messages: usize::MAX, octets: usize::MAX });
        pair.run(&Step::DropReceiver);
        pair.run(&Step::TakeUnsent { times: 200 });
    }
}
