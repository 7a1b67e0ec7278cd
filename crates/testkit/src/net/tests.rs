//! The simulated network behaves as a system's byte streams do.

use std::io::{self, IoSlice};
use std::time::Duration;

use speedwell_transport::{ByteHalves, ErrorKind, PollCx, Progress};

use super::*;
use crate::bytes::silent_bell;

const MS: Duration = Duration::from_millis(1);

/// A network without noise, and the two sides of one connection.
struct Line {
    clock: VirtualClock,
    net: SimNet,
    dialer: Option<ByteHalves>,
    listener: Option<ByteHalves>,
}

fn line(options: NetOptions) -> Line {
    let clock = VirtualClock::new();
    let net = SimNet::new(clock.clone(), 3, options);
    let mut acceptor = net.listen(HostId(0), 5).unwrap();
    let mut connector = net.connector(HostId(1), 5);
    let bell = silent_bell();
    let now = clock.now();
    assert!(matches!(
        connector.poll_connect(&mut PollCx::new(now, &bell)),
        Progress::Wait(_)
    ));
    let mut line = Line {
        clock,
        net,
        dialer: None,
        listener: None,
    };
    line.settle();
    let cx = &mut PollCx::new(now, &bell);
    if let Progress::Ready(stream) = connector.poll_connect(cx) {
        line.dialer = Some(stream.split());
    }
    if let Progress::Ready(stream) = acceptor.poll_accept(cx) {
        line.listener = Some(stream.split());
    }
    line
}

fn quiet() -> NetOptions {
    NetOptions {
        noise: 0,
        ..NetOptions::default()
    }
}

impl Line {
    fn settle(&mut self) {
        while let Some(at) = self.net.next_event() {
            self.clock.advance_to(at);
            self.net.run_due();
        }
    }

    fn dialer_writes(&mut self, octets: &[u8]) -> io::Result<usize> {
        let slices = [IoSlice::new(octets)];
        self.dialer.as_mut().unwrap().tx.write(&slices)
    }

    /// Everything that the listener can read, and how it ended.
    fn listener_reads(&mut self) -> (Vec<u8>, Option<io::ErrorKind>) {
        let rx = &mut self.listener.as_mut().unwrap().rx;
        let (mut all, mut buffer) = (Vec::new(), [0; 100]);
        loop {
            match rx.read(&mut buffer) {
                Ok(0) => return (all, None),
                Ok(count) => all.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return (all, Some(error.kind())),
            }
        }
    }
}

// rfc: sp-simulation S-04
#[test]
fn octets_arrive_in_order_after_a_time() {
    let mut line = line(quiet());
    assert_eq!(line.dialer_writes(b"hello").unwrap(), 5);
    assert_eq!(line.listener_reads().1, Some(io::ErrorKind::WouldBlock));
    line.settle();
    assert_eq!(line.listener_reads().0, b"hello");
    let traffic = line.net.traffic(ConnectionId(0), Side::Dialer).unwrap();
    assert_eq!((traffic.taken, traffic.read, traffic.ended), (5, 5, false));
}

// rfc: sp-simulation S-04
#[test]
fn a_buffer_is_full_until_somebody_reads() {
    let mut line = line(NetOptions {
        buffer: 8,
        ..quiet()
    });
    assert_eq!(line.dialer_writes(b"0123456789").unwrap(), 8);
    line.settle();
    let blocked = line.dialer_writes(b"89").unwrap_err().kind();
    assert_eq!(blocked, io::ErrorKind::WouldBlock);
    assert_eq!(line.listener_reads().0.len(), 8);
    assert_eq!(line.dialer_writes(b"89").unwrap(), 2);
}

// rfc: sp-simulation S-07
#[test]
fn nobody_there_is_refused_and_a_taken_address_too() {
    let clock = VirtualClock::new();
    let net = SimNet::new(clock.clone(), 1, quiet());
    let _held = net.listen(HostId(0), 5).unwrap();
    assert!(net.listen(HostId(1), 5).is_err());
    let mut connector = net.connector(HostId(1), 6);
    let bell = silent_bell();
    let cx = &mut PollCx::new(clock.now(), &bell);
    assert!(matches!(connector.poll_connect(cx), Progress::Wait(_)));
    while let Some(at) = net.next_event() {
        assert!(matches!(connector.poll_connect(cx), Progress::Wait(_)));
        clock.advance_to(at);
        net.run_due();
    }
    let (shortest, longest) = (2 * MS, 4 * MS);
    assert!((shortest..=longest).contains(&clock.elapsed()));
    let Progress::Fail(error) = connector.poll_connect(cx) else {
        panic!("nobody listens")
    };
    assert_eq!(error.kind(), ErrorKind::Refused);
}

// rfc: sp-simulation S-05
#[test]
fn a_side_that_closes_ends_the_stream_behind_what_it_wrote() {
    let mut line = line(quiet());
    line.dialer_writes(b"last").unwrap();
    line.dialer = None;
    line.settle();
    assert_eq!(line.listener_reads(), (b"last".to_vec(), None));
    assert!(line.net.open_connections().is_empty());
}

// rfc: sp-simulation S-05
#[test]
fn a_side_that_closes_with_octets_unread_resets() {
    let mut line = line(quiet());
    line.dialer_writes(b"unread").unwrap();
    line.settle();
    line.listener = None;
    line.settle();
    let error = line.dialer_writes(b"more").unwrap_err().kind();
    assert_eq!(error, io::ErrorKind::ConnectionReset);
}

// rfc: sp-simulation S-05
#[test]
fn writing_to_one_who_left_ends_in_a_reset() {
    let mut line = line(quiet());
    line.listener = None;
    line.settle();
    assert_eq!(line.dialer_writes(b"void").unwrap(), 4);
    line.settle();
    assert!(line.dialer_writes(b"more").is_err());
}

// rfc: sp-simulation S-06
#[test]
fn a_reset_loses_what_is_on_its_way() {
    let mut line = line(quiet());
    line.dialer_writes(b"lost").unwrap();
    let how = Break::Reset(Duration::ZERO);
    line.net.break_connection(ConnectionId(0), how);
    line.settle();
    let reset = Some(io::ErrorKind::ConnectionReset);
    assert_eq!(line.listener_reads(), (Vec::new(), reset));
}

// rfc: sp-simulation S-06
#[test]
fn a_broken_end_looks_like_a_closed_peer() {
    let mut line = line(quiet());
    line.net.break_connection(ConnectionId(0), Break::End);
    assert_eq!(line.listener_reads(), (Vec::new(), None));
}

// rfc: sp-simulation S-06
#[test]
fn what_meets_a_wall_waits_for_the_heal() {
    let mut line = line(quiet());
    line.net.block(HostId(1), HostId(0));
    line.dialer_writes(b"patience").unwrap();
    line.clock.advance(60 * 60 * 1000 * MS);
    line.settle();
    assert_eq!(line.listener_reads().1, Some(io::ErrorKind::WouldBlock));
    line.net.heal();
    line.settle();
    assert_eq!(line.listener_reads().0, b"patience");
}

// rfc: sp-simulation S-06
#[test]
fn a_lost_host_takes_what_was_on_its_way() {
    let mut line = line(quiet());
    line.dialer_writes(b"arrived").unwrap();
    line.settle();
    line.dialer_writes(b"lost").unwrap();
    line.net.lose_host(HostId(1), MS);
    line.settle();
    let (read, end) = line.listener_reads();
    assert_eq!(end, Some(io::ErrorKind::ConnectionReset));
    assert!(read.is_empty() || read == b"arrived");
}

// rfc: sp-simulation S-06
#[test]
fn a_listener_without_descriptors_fails_some_calls_and_loses_nobody() {
    let clock = VirtualClock::new();
    let net = SimNet::new(clock.clone(), 1, quiet());
    let mut acceptor = net.listen(HostId(0), 5).unwrap();
    let mut connector = net.connector(HostId(1), 5);
    let bell = silent_bell();
    let cx = &mut PollCx::new(clock.now(), &bell);
    assert!(matches!(connector.poll_connect(cx), Progress::Wait(_)));
    clock.advance(10 * MS);
    net.run_due();
    net.exhaust(5, 2);
    for _ in 0..2 {
        let Progress::Fail(error) = acceptor.poll_accept(cx) else {
            panic!("no descriptor is left")
        };
        assert_eq!(error.kind(), ErrorKind::Exhausted);
    }
    assert!(matches!(acceptor.poll_accept(cx), Progress::Ready(_)));
}

// rfc: sp-simulation S-04
#[test]
fn noise_changes_nothing_but_the_pieces() {
    for noise in [8, 64] {
        let mut line = line(NetOptions {
            noise,
            ..NetOptions::default()
        });
        let octets: Vec<u8> = (0..=255).collect();
        let (mut at, mut read) = (0, Vec::new());
        while read.len() < octets.len() {
            at += line.dialer_writes(&octets[at..]).unwrap_or(0);
            line.settle();
            read.extend(line.listener_reads().0);
        }
        assert_eq!(read, octets);
    }
}
