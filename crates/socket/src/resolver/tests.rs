//! Names that answer, fail, panic and hang. See `rfc/sp-endpoint.md` section 11.

use std::collections::HashMap;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Instant;

use speedwell_transport::Ring;

use super::*;
use crate::sync::{AtomicUsize, Ordering};

/// Far more than any of this takes, so that a hang fails a test and does not end the patience.
const LONG: Duration = Duration::from_secs(20);

/// A bell that tells a channel.
struct Told(Sender<()>);

impl Ring for Told {
    fn ring(&self) {
        let _ = self.0.send(());
    }
}

/// One who asked, and waits.
struct Asker {
    look_up: Box<dyn LookUp>,
    rung: Receiver<()>,
}

impl Asker {
    fn of(resolver: &BlockingResolver, host: &str) -> Self {
        let (bell, rung) = mpsc::channel();
        let bell = Doorbell::new(Arc::new(Told(bell)));
        Self {
            look_up: resolver.look_up(host, 7, &bell),
            rung,
        }
    }

    fn hears(&mut self) -> Found {
        self.rung.recv_timeout(LONG).expect("a ring");
        self.look_up.poll().expect("an answer behind the ring")
    }

    fn hears_nothing(&mut self) -> bool {
        self.look_up.poll().is_none() && self.rung.try_recv().is_err()
    }
}

/// A world of names that answer when they are told to.
#[derive(Clone, Default)]
struct World {
    gates: Arc<Mutex<HashMap<String, Receiver<()>>>>,
    runs: Arc<AtomicUsize>,
}

impl World {
    /// Makes `host` hang until the sender is dropped.
    fn hang(&self, host: &str) -> Sender<()> {
        let (gate, wait) = mpsc::channel();
        self.gates.lock().insert(host.to_owned(), wait);
        gate
    }

    fn resolver(&self, patience: Duration) -> BlockingResolver {
        let world = self.clone();
        let resolve = move |host: &str, port| {
            world.runs.fetch_add(1, Ordering::SeqCst);
            let gate = world.gates.lock().remove(host);
            if let Some(gate) = gate {
                let _ = gate.recv();
            }
            match host {
                "nowhere" => Err(io::ErrorKind::NotFound.into()),
                "empty" => Ok(Vec::new()),
                "bomb" => panic!("a resolver of somebody else's"),
                _ => Ok(vec![([127, 0, 0, 1], port).into()]),
            }
        };
        BlockingResolver::with_patience(resolve, patience)
    }

    fn runs(&self) -> usize {
        self.runs.load(Ordering::SeqCst)
    }
}

#[test]
fn a_name_is_answered_with_its_port() {
    let resolver = World::default().resolver(LONG);
    let found = Asker::of(&resolver, "here").hears().unwrap();
    assert_eq!(found, [([127, 0, 0, 1], 7).into()]);
}

#[test]
fn failing_empty_and_panicking_names_are_errors() {
    let resolver = World::default().resolver(LONG);
    for host in ["nowhere", "empty", "bomb"] {
        assert!(Asker::of(&resolver, host).hears().is_err(), "{host}");
    }
    assert!(Asker::of(&resolver, "here").hears().is_ok());
}

/// rfc: sp-endpoint E-50
#[test]
fn a_hanging_name_delays_no_other() {
    let world = World::default();
    let resolver = world.resolver(LONG);
    let gates: Vec<_> = (0..15)
        .map(|n| {
            let gate = world.hang(&format!("slow{n}"));
            (Asker::of(&resolver, &format!("slow{n}")), gate)
        })
        .collect();
    assert!(Asker::of(&resolver, "here").hears().is_ok());
    for (mut asker, gate) in gates {
        assert!(asker.hears_nothing());
        drop(gate);
        assert!(asker.hears().is_ok());
    }
}

/// rfc: sp-endpoint E-51
#[test]
fn a_name_is_looked_up_once_for_all_who_ask() {
    let world = World::default();
    let resolver = world.resolver(LONG);
    let gate = world.hang("slow");
    let mut askers: Vec<_> = (0..100).map(|_| Asker::of(&resolver, "slow")).collect();
    drop(askers.pop());
    drop(gate);
    for asker in &mut askers {
        assert!(asker.hears().is_ok());
    }
    assert_eq!(world.runs(), 1);
}

/// rfc: sp-endpoint E-52
#[test]
fn names_that_hang_for_ever_give_their_places_back() {
    const PATIENCE: Duration = Duration::from_millis(20);
    let world = World::default();
    let resolver = world.resolver(PATIENCE);
    let hang = |n: u32| {
        let gate = world.hang(&format!("slow{n}"));
        let _ = Asker::of(&resolver, &format!("slow{n}"));
        gate
    };
    let gates: Vec<_> = (0..40).map(hang).collect();
    // Whoever asks finds the late ones, as a dialer does with each attempt.
    let begun = Instant::now();
    loop {
        let mut asker = Asker::of(&resolver, "here");
        if asker.rung.recv_timeout(PATIENCE).is_ok() && asker.look_up.poll().is_some() {
            break;
        }
        assert!(begun.elapsed() < LONG, "{resolver:?}");
    }
    assert!(resolver.given_up() >= 24, "{resolver:?}");
    drop(gates);
}

#[test]
fn nobody_waits_for_the_threads_of_a_dropped_resolver() {
    let world = World::default();
    let gate = world.hang("slow");
    let resolver = world.resolver(LONG);
    let mut asker = Asker::of(&resolver, "slow");
    drop(resolver);
    drop(gate);
    assert!(asker.hears().is_ok());
}

// rfc: sp-waiting W-52
#[test]
fn fault_66_a_look_up_that_a_signal_interrupts_is_asked_again() {
    let mut asked = 0;
    let found = uninterrupted(|| {
        asked += 1;
        match asked {
            1 | 2 => Err(io::ErrorKind::Interrupted.into()),
            _ => Ok(asked),
        }
    });
    assert_eq!(found.unwrap(), 3);
    let failed = uninterrupted(|| Err::<(), _>(io::ErrorKind::NotFound.into()));
    assert_eq!(failed.unwrap_err().kind(), io::ErrorKind::NotFound);
}
