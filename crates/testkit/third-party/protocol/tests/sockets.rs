//! The whole way: a protocol that the library has never heard of, in its typed socket, over its
//! transports.

use std::num::NonZeroU64;
use std::time::{Duration, Instant};

use speedwell::{DropCause, Error, ErrorKind, Push, default_transports};
use speedwell_socket::Socket;
use tap::{Glass, Tap};

const SOON: Duration = Duration::from_secs(20);

/// The protocol's own option, as an application would like to set it.
trait Dripping {
    fn set_every(&self, n: u64) -> Result<(), Error>;
}

impl Dripping for Socket<Tap> {
    fn set_every(&self, n: u64) -> Result<(), Error> {
        let every = NonZeroU64::new(n).ok_or(ErrorKind::InvalidOption)?;
        self.with(|tap, _| tap.set_every(every))
    }
}

fn tap() -> Socket<Tap> {
    Socket::new(Tap::new(), &default_transports()).unwrap()
}

fn glass() -> Socket<Glass> {
    Socket::new(Glass::new(), &default_transports()).unwrap()
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < SOON, "in vain: {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn every_glass_gets_every_message_in_order() {
    for address in ["tcp://127.0.0.1:0", "inproc://bar"] {
        let tap = tap();
        let endpoint = tap.bind(address).unwrap();
        let glasses = [glass(), glass()];
        for glass in &glasses {
            glass.connect(endpoint.address()).unwrap();
        }
        until("both are there", || tap.pipes() == 2);
        for number in 0..1000_u32 {
            tap.send(number.to_be_bytes()).unwrap();
        }
        for glass in &glasses {
            for number in 0..1000_u32 {
                let message = glass.recv_timeout(SOON).unwrap();
                assert_eq!(message.body(), number.to_be_bytes());
            }
        }
        assert!(tap.close().is_clean());
    }
}

#[test]
fn one_glass_drinks_from_many_taps() {
    let glass = glass();
    let endpoint = glass.bind("tcp://127.0.0.1:0").unwrap();
    let taps = [tap(), tap(), tap()];
    for tap in &taps {
        tap.connect(endpoint.address()).unwrap();
    }
    until("all are there", || glass.pipes() == taps.len());
    for number in 0..500_u32 {
        for (at, tap) in (0..).zip(&taps) {
            tap.send(format!("{at} {number}")).unwrap();
        }
    }
    let mut next = [0; 3];
    for _ in 0..1500 {
        let message = glass.recv_timeout(SOON).unwrap();
        let text = std::str::from_utf8(message.body()).unwrap();
        let (at, number) = text.split_once(' ').unwrap();
        let next = &mut next[at.parse::<usize>().unwrap()];
        assert_eq!(number.parse(), Ok(*next));
        *next += 1;
    }
}

#[test]
fn an_option_of_its_own_is_set_through_an_extension_trait() {
    let (tap, glass) = (tap(), glass());
    assert_eq!(
        tap.set_every(0).unwrap_err().kind(),
        ErrorKind::InvalidOption
    );
    tap.set_every(3).unwrap();
    let endpoint = tap.bind("tcp://127.0.0.1:0").unwrap();
    glass.connect(endpoint.address()).unwrap();
    until("it is there", || tap.pipes() == 1);
    for number in 1..=9_u8 {
        tap.send([number]).unwrap();
    }
    for number in [3, 6, 9] {
        assert_eq!(glass.recv_timeout(SOON).unwrap().body(), [number]);
    }
    tap.close();
    assert_eq!(tap.set_every(1).unwrap_err().kind(), ErrorKind::Closed);
}

#[test]
fn a_tap_waits_for_nobody_and_counts_what_it_spills() {
    let (tap, slow, quick) = (tap(), glass(), glass());
    tap.send("nobody is there").unwrap();
    assert_eq!(tap.stats().dropped(DropCause::NoPeer), 1);
    tap.set_send_buffer(10_000).unwrap();
    slow.set_recv_buffer(10_000).unwrap();
    let endpoint = tap.bind("tcp://127.0.0.1:0").unwrap();
    slow.connect(endpoint.address()).unwrap();
    quick.connect(endpoint.address()).unwrap();
    until("both are there", || tap.pipes() == 2);
    for number in 0..2000_u32 {
        let mut body = number.to_be_bytes().to_vec();
        body.resize(1000, 0);
        tap.send(body.clone()).unwrap();
        assert_eq!(quick.recv_timeout(SOON).unwrap().body(), body);
    }
    assert!(tap.stats().dropped(DropCause::Overflow) > 0);
    assert_eq!(slow.recv_timeout(SOON).unwrap().body()[..4], [0; 4]);
}

#[test]
fn only_its_own_kind_links_to_it() {
    let glass = glass();
    let endpoint = glass.bind("tcp://127.0.0.1:0").unwrap();
    let push = Push::new().unwrap();
    push.connect(endpoint.address()).unwrap();
    until("it is refused", || glass.stats().wrong_protocol > 0);
    assert_eq!((glass.pipes(), push.pipes()), (0, 0));
}
