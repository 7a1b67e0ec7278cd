//! Everybody waits, and somebody closes: who waits returns, and needs no time-out for it.

use speedwell_pair::Pair;
use speedwell_socket::{AnySocket, Endpoint, Error, ErrorKind, PollItem, Socket, poll};

use crate::stage::{
    ADDRESS, EVER, Stage, at_any_pace, block_on, in_no_time, is_closed, join_all, meanwhile,
    thread, with,
};

type Waiter = fn(&Socket<Pair>);

/// Each of the ways to wait for a socket that has no peer.
const WAITERS: [Waiter; 8] = [
    |pair| assert!(is_closed(&pair.recv().unwrap_err())),
    |pair| assert_eq!(pair.send("x").unwrap_err().kind(), ErrorKind::Closed),
    |pair| assert!(is_over(&pair.recv_timeout(EVER).unwrap_err())),
    |pair| assert!(is_closed(&block_on(pair.recv_async()).unwrap_err())),
    |pair| {
        let sent = block_on(pair.send_async("x"));
        assert_eq!(sent.unwrap_err().kind(), ErrorKind::Closed);
    },
    |pair| assert!(is_over(&pair.wait_for_peers(1, EVER).unwrap_err())),
    |pair| {
        // What fails at once does not wait.
        if poll(&mut [PollItem::both(pair)], Some(EVER)).unwrap() == 1 {
            assert!(is_closed(&pair.try_recv().unwrap_err()));
        }
    },
    |pair| {
        let events = pair.events();
        while let Ok(event) = events.next() {
            drop(event);
        }
    },
];

/// Closed; or late, which in a hurry everybody may be.
fn is_over(error: &Error) -> bool {
    is_closed(error) || error.kind() == ErrorKind::TimedOut
}

// rfc: sp-endpoint E-60
#[test]
fn fault_85_whoever_waits_returns_when_the_socket_is_closed() {
    in_no_time(|| {
        let stage = Stage::new();
        let pair = stage.open(Pair::new());
        pair.connect(ADDRESS).unwrap();
        let waiters = WAITERS.map(|waiter| with(&pair, waiter));
        meanwhile();
        pair.close();
        join_all(waiters);
    });
}

// rfc: sp-endpoint E-90 E-93
#[test]
fn fault_85_whoever_waits_returns_when_the_socket_is_drained() {
    in_no_time(|| {
        let stage = Stage::new();
        let pair = stage.open(Pair::new());
        pair.bind(ADDRESS).unwrap();
        let waiters = WAITERS.map(|waiter| with(&pair, waiter));
        meanwhile();
        pair.drain(EVER);
        join_all(waiters);
    });
}

// rfc: sp-endpoint E-60 E-90
#[test]
fn fault_85_everybody_who_closes_has_the_same_report() {
    at_any_pace(|| {
        let stage = Stage::new();
        let (pair, peer) = stage.join(Pair::new(), Pair::new());
        let sent = with(&peer, |peer| peer.send("x").is_ok());
        let closers = [
            with(&pair, |pair| pair.close()),
            with(&pair, |pair| pair.drain(EVER)),
            with(&pair, |pair| pair.close()),
        ];
        let reports = join_all(closers);
        assert!(
            reports.iter().all(|report| *report == reports[0]),
            "{reports:?}"
        );
        peer.close();
        sent.join().unwrap();
    });
}

/// Adds endpoints and closes them, until the socket is closed.
fn come_and_go(add: impl Fn() -> Result<Endpoint, Error>) {
    loop {
        match add() {
            Ok(endpoint) => {
                let _ = endpoint.status();
                endpoint.close();
            }
            Err(error) if is_closed(&error) => return,
            // The other thread has it.
            Err(error) => assert_eq!(error.kind(), ErrorKind::Transport, "{error}"),
        }
        thread::yield_now();
    }
}

/// Reads and writes whatever a socket can be asked and told.
fn turn_knobs(socket: &AnySocket) {
    while socket.wait_for_peers(0, EVER).is_ok() {
        socket.set_recv_max(Some(100));
        assert_eq!(socket.settings().recv_max, Some(100));
        let _ = (socket.stats(), socket.pipes(), socket.snapshot());
        thread::yield_now();
    }
}

// rfc: sp-endpoint E-40 E-60 E-62 E-63
#[test]
fn fault_85_endpoints_come_and_go_while_both_sockets_are_closed() {
    in_no_time(|| {
        let stage = Stage::new();
        let (pair, peer) = (stage.open(Pair::new()), stage.open(Pair::new()));
        let threads = [
            with(&pair, |pair| come_and_go(|| pair.bind(ADDRESS))),
            with(&pair, |pair| come_and_go(|| pair.connect("inproc://b"))),
            with(&peer, |peer| come_and_go(|| peer.connect(ADDRESS))),
            with(&peer, |peer| come_and_go(|| peer.bind("inproc://b"))),
            with(&pair, |pair| turn_knobs(pair)),
        ];
        meanwhile();
        let closer = with(&peer, |peer| peer.close());
        pair.close();
        closer.join().unwrap();
        join_all(threads);
        // The addresses are free.
        let next = stage.open(Pair::new());
        next.bind(ADDRESS).unwrap();
        next.bind("inproc://b").unwrap();
    });
}

// rfc: sp-endpoint E-60
#[test]
fn fault_85_a_socket_is_dropped_while_its_peer_uses_it() {
    in_no_time(|| {
        let stage = Stage::new();
        let (pair, peer) = stage.join(Pair::new(), Pair::new());
        let receiver = with(&peer, |peer| while peer.recv().is_ok() {});
        let echo = thread::spawn(move || {
            let _ = pair.try_send("x");
            let _ = pair.try_recv();
            drop(pair);
        });
        meanwhile();
        echo.join().unwrap();
        peer.close();
        receiver.join().unwrap();
    });
}
