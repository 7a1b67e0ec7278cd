//! Slow peers of those that send to everybody, over real connections: PUB, BUS and SURVEYOR, cooked
//! and raw, under each policy. Obeys `rfc/sp-pubsub.md` section 3, `rfc/sp-bus.md` B-15 and
//! `rfc/sp-survey.md` S-26.

use std::ops::Deref;
use std::time::Duration;

use speedwell::{
    Bus, DropCause, ErrorKind, Message, Overflow, Pub, RawBus, RawPub, RawSurveyor, Respondent,
    SendError, Socket, Sub, Surveyor,
};
use speedwell_protocol::{CanReceive, CanSend, Protocol};

use crate::watch::{SOON, until};

/// `SNDBUF` and `RCVBUF` as set.
const SNDBUF: usize = 50_000;
const RCVBUF: usize = 40_000;

/// Octets of each message, so that a few hundred fill all that lies between.
const BODY: usize = 10_000;
const MESSAGES: u64 = 1_000;

/// What a socket holds for a slow peer under *drop oldest*: octets, headers included.
const HELD_MAX: u64 = 64 * 1024;

/// The id of every survey of a raw SURVEYOR here.
const ID: &[u8] = b"\x80\0\0\x07";

/// A socket that sends to everybody, and the kind of its peers.
trait Crier: Deref<Target = Socket<Self::Machine>> {
    type Machine: CanSend;
    type Listener: Deref<Target = Socket<Self::Hears>> + Sync;
    type Hears: CanReceive;

    fn opens() -> Self;
    fn listener() -> Self::Listener;
    fn set(&self, overflow: Overflow);
    fn message(number: u64) -> Message;
}

macro_rules! criers {
    ($($crier:ty, $listener:ty, $machine:ty, $hears:ty, $listen:expr, $header:expr;)*) => {$(
        impl Crier for $crier {
            type Machine = $machine;
            type Listener = $listener;
            type Hears = $hears;

            fn opens() -> Self {
                Self::new().unwrap()
            }

            fn listener() -> $listener {
                $listen
            }

            fn set(&self, overflow: Overflow) {
                self.set_overflow(overflow).unwrap();
            }

            fn message(number: u64) -> Message {
                let mut body = number.to_be_bytes().to_vec();
                body.resize(BODY, 0);
                Message::with_header($header, body.into())
            }
        }
    )*};
}

fn sub() -> Sub {
    let sub = Sub::new().unwrap();
    sub.subscribe("").unwrap();
    sub
}

criers! {
    Pub, Sub, speedwell_pubsub::Pub, speedwell_pubsub::Sub, sub(), b"";
    RawPub, Sub, speedwell_pubsub::RawPub, speedwell_pubsub::Sub, sub(), b"";
    Bus, Bus, speedwell_bus::Bus, speedwell_bus::Bus, Bus::new().unwrap(), b"";
    RawBus, Bus, speedwell_bus::RawBus, speedwell_bus::Bus, Bus::new().unwrap(), b"";
    Surveyor, Respondent, speedwell_survey::Surveyor, speedwell_survey::Respondent,
        Respondent::new().unwrap(), b"";
    RawSurveyor, Respondent, speedwell_survey::RawSurveyor, speedwell_survey::Respondent,
        Respondent::new().unwrap(), ID;
}

/// A crier and two listeners, over tcp and inproc.
struct Stage<C: Crier> {
    crier: C,
    slow: C::Listener,
    quick: C::Listener,
    name: String,
}

impl<C: Crier> Stage<C> {
    fn each(overflow: Overflow, play: impl Fn(&Self)) {
        let kind = std::any::type_name::<C>();
        for place in [
            "tcp://127.0.0.1:0".to_owned(),
            format!("inproc://{kind} {overflow:?}"),
        ] {
            let crier = C::opens();
            crier.set_send_buffer(SNDBUF).unwrap();
            crier.set(overflow);
            let endpoint = crier.bind(&place).unwrap();
            let listens = |count| {
                let listener = C::listener();
                // Otherwise the system lets it grow, to more than these tests send.
                listener.set_recv_buffer(RCVBUF).unwrap();
                listener.connect(endpoint.address()).unwrap();
                until("connected", || {
                    crier.pipes() == count && listener.pipes() == 1
                });
                listener
            };
            let (slow, quick) = (listens(1), listens(2));
            let name = format!("{kind}, {overflow:?}, {}", endpoint.address());
            play(&Self {
                crier,
                slow,
                quick,
                name,
            });
        }
    }

    fn held(&self) -> u64 {
        self.crier.with(|machine, _| machine.held().octets).unwrap()
    }

    fn missed(&self) -> u64 {
        self.crier.stats().dropped(DropCause::Overflow)
    }

    /// Everything is sent; the quick one reads along and gets all of it, the slow one nothing.
    fn plays_to_one(&self) {
        for number in 0..MESSAGES {
            self.crier.send(C::message(number)).unwrap();
            assert_eq!(hears(&self.quick), number, "{}", self.name);
            assert!(
                self.held() <= HELD_MAX,
                "{}: {} held",
                self.name,
                self.held()
            );
        }
    }

    /// What the slow one got, in order, nothing twice, and all that nobody counted as missed.
    fn slow_one_hears(&self) -> Vec<u64> {
        let missed = self.missed();
        let heard: Vec<_> = (missed..MESSAGES).map(|_| hears(&self.slow)).collect();
        println!("{}: the slow one missed {missed} of {MESSAGES}", self.name);
        assert!(
            missed > 0 && heard.is_sorted_by(|one, next| one < next),
            "{}",
            self.name
        );
        assert_eq!(
            self.slow.try_recv().unwrap_err().kind(),
            ErrorKind::WouldBlock
        );
        assert_eq!(self.missed(), missed, "nothing more is lost");
        heard
    }
}

fn hears(listener: &Socket<impl CanReceive>) -> u64 {
    let heard = listener.recv_timeout(SOON).unwrap();
    u64::from_be_bytes(*heard.body().first_chunk().unwrap())
}

fn drops_newest<C: Crier>() {
    Stage::<C>::each(Overflow::DropNewest, |stage| {
        stage.plays_to_one();
        assert_eq!(stage.held(), 0);
        let heard = stage.slow_one_hears();
        assert_eq!(heard.first(), Some(&0), "{}: the oldest", stage.name);
        assert!(heard.last() < Some(&(MESSAGES - 1)), "{}", stage.name);
    });
}

fn drops_oldest<C: Crier>() {
    Stage::<C>::each(Overflow::DropOldest, |stage| {
        stage.plays_to_one();
        assert!(stage.held() > 0, "{}", stage.name);
        let heard = stage.slow_one_hears();
        assert_eq!(
            heard.last(),
            Some(&(MESSAGES - 1)),
            "{}: the newest",
            stage.name
        );
    });
}

fn blocks<C: Crier + Sync>() {
    Stage::<C>::each(Overflow::Block, |stage| {
        std::thread::scope(|scope| {
            for listener in [&stage.slow, &stage.quick] {
                scope.spawn(move || {
                    (0..MESSAGES).for_each(|number| assert_eq!(hears(listener), number));
                });
            }
            for number in 0..MESSAGES {
                send(&stage.crier, C::message(number), SOON).unwrap();
            }
        });
        // Nobody reads: it stops, and goes on when the policy changes.
        let patience = Duration::from_millis(50);
        let sent = (0..MESSAGES)
            .take_while(|number| send(&stage.crier, C::message(*number), patience).is_ok())
            .count();
        println!(
            "{}: {sent} of {MESSAGES} accepted while nobody reads",
            stage.name
        );
        assert!((sent as u64) < MESSAGES, "{}", stage.name);
        assert_eq!(stage.missed(), 0);
        stage.crier.set(Overflow::DropNewest);
        stage.crier.try_send(C::message(0)).unwrap();
        assert!(stage.missed() > 0, "{}", stage.name);
    });
}

fn send(
    crier: &Socket<impl CanSend>,
    message: Message,
    patience: Duration,
) -> Result<(), SendError> {
    crier.send_timeout(message, patience)
}

// rfc: sp-pubsub B-07
#[test]
fn row_82_a_slow_subscriber_misses_the_newest_and_nobody_else_anything() {
    drops_newest::<Pub>();
    drops_newest::<RawPub>();
}

// rfc: sp-bus B-05, B-15
#[test]
fn row_82_a_slow_bus_peer_misses_the_newest_and_nobody_else_anything() {
    drops_newest::<Bus>();
    drops_newest::<RawBus>();
}

// rfc: sp-survey S-07, S-26
#[test]
fn row_82_a_slow_respondent_misses_the_newest_and_nobody_else_anything() {
    drops_newest::<Surveyor>();
    drops_newest::<RawSurveyor>();
}

// rfc: sp-pubsub B-32
#[test]
fn row_82_or_a_slow_subscriber_misses_the_oldest() {
    drops_oldest::<Pub>();
    drops_oldest::<RawPub>();
}

// rfc: sp-bus B-15
#[test]
fn row_82_or_a_slow_bus_peer_misses_the_oldest() {
    drops_oldest::<Bus>();
    drops_oldest::<RawBus>();
}

// rfc: sp-survey S-26
#[test]
fn row_82_or_a_slow_respondent_misses_the_oldest() {
    drops_oldest::<Surveyor>();
    drops_oldest::<RawSurveyor>();
}

// rfc: sp-pubsub B-08, B-27
#[test]
fn row_82_or_the_publisher_waits_and_nobody_misses_anything() {
    blocks::<Pub>();
    blocks::<RawPub>();
}

// rfc: sp-bus B-15
#[test]
fn row_82_or_the_bus_waits_and_nobody_misses_anything() {
    blocks::<Bus>();
    blocks::<RawBus>();
}

// rfc: sp-survey S-26
#[test]
fn row_82_or_the_surveyor_waits_and_nobody_misses_anything() {
    blocks::<Surveyor>();
    blocks::<RawSurveyor>();
}

// rfc: sp-pubsub B-32, B-33, sp-endpoint E-41
#[test]
fn what_is_held_for_a_slow_subscriber_is_sent_before_the_publisher_closes() {
    Stage::<Pub>::each(Overflow::DropOldest, |stage| {
        stage.plays_to_one();
        assert!(stage.held() > 0, "{}", stage.name);
        stage.crier.set_linger(SOON);
        let report = std::thread::scope(|scope| {
            let heard = scope.spawn(|| stage.slow_one_hears());
            let report = stage.crier.close();
            assert_eq!(heard.join().unwrap().last(), Some(&(MESSAGES - 1)));
            report
        });
        assert!(report.is_clean(), "{}: {report:?}", stage.name);
    });
}

// rfc: sp-pubsub B-28, B-33
#[test]
fn what_is_held_for_one_who_never_reads_is_counted_when_the_publisher_closes() {
    Stage::<Pub>::each(Overflow::DropOldest, |stage| {
        stage.plays_to_one();
        let held = stage.crier.with(|machine, _| machine.held()).unwrap();
        stage.crier.set_linger(Duration::ZERO);
        let report = stage.crier.close();
        let closed = stage.crier.stats().dropped(DropCause::Closed);
        assert!(
            report.unsent >= held.messages && closed >= held.messages,
            "{report:?}"
        );
        assert_eq!(stage.crier.stats().dropped(DropCause::PipeLost), 0);
    });
}
