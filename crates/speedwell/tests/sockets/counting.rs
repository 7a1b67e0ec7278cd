//! Statistics, reconciled with what was really sent, at both ends.

use std::time::Duration;

use speedwell::{
    AnySocket, DropCause, EndpointKind, Pub, Pull, Push, Rep, Req, Snapshot, Stats, Sub, Traffic,
};

use crate::raw_peer::{PUSH, RawPeer, prefix};
use crate::watch::{SOON, until};

const MESSAGES: u64 = 2_000;

/// Where each promise is tested.
fn addresses(name: &str) -> Vec<String> {
    let mut addresses = vec!["tcp://127.0.0.1:0".to_owned(), format!("inproc://{name}")];
    if cfg!(unix) {
        let at = std::env::temp_dir().join(format!("speedwell-{name}-{}", std::process::id()));
        addresses.push(format!("ipc://{}", at.display()));
    }
    addresses
}

/// Bodies of all the sizes that matter: none, inline, copied, shared.
fn body(number: u64) -> Vec<u8> {
    let octets = match number % 5 {
        0 => 0,
        1 => 8,
        2 => 72,
        3 => 1_000,
        _ => 20_000,
    };
    vec![7; octets]
}

/// The parts are the whole.
fn sums_agree(snapshot: &Snapshot) {
    let mut sum = snapshot.other;
    for endpoint in &snapshot.endpoints {
        let mut whole = endpoint.past;
        let mut pipes = 0;
        for pipe in &snapshot.pipes {
            if pipe.endpoint == endpoint.id {
                whole.traffic += pipe.traffic;
                pipes += 1;
            }
        }
        assert_eq!((endpoint.total, endpoint.pipes), (whole, pipes));
        sum += endpoint.total;
    }
    assert_eq!(snapshot.total, sum);
    let Stats {
        connected,
        accepted,
        closed_by_peer,
        broken,
        ended_by_protocol,
        closed_here,
        ..
    } = snapshot.total;
    let ended = closed_by_peer + broken + ended_by_protocol + closed_here;
    assert_eq!(connected + accepted, ended + snapshot.pipes.len() as u64);
}

fn out(traffic: &Traffic) -> (u64, u64) {
    (traffic.messages_out, traffic.octets_out)
}

fn come(traffic: &Traffic) -> (u64, u64) {
    (traffic.messages_in, traffic.octets_in)
}

// rfc: sp-monitor M-01 M-02
#[test]
fn what_one_end_counts_as_sent_the_other_counts_as_received() {
    for address in addresses("both-ends") {
        let (push, pull) = (Push::new().unwrap(), Pull::new().unwrap());
        let endpoint = pull.bind(&address).unwrap();
        let dialers = [(); 2].map(|()| push.connect(endpoint.address()).unwrap());
        until("both pipes are there", || {
            push.pipes() == 2 && pull.pipes() == 2
        });
        let octets = std::thread::scope(|scope| {
            scope.spawn(|| {
                for number in 0..MESSAGES {
                    push.send_timeout(body(number), SOON).unwrap();
                }
            });
            // Whenever one looks, the sums agree.
            let received = (0..MESSAGES).map(|number| {
                if number % 100 == 0 {
                    sums_agree(&push.snapshot());
                    sums_agree(&pull.snapshot());
                }
                pull.recv_timeout(SOON).unwrap().body().len() as u64
            });
            received.sum::<u64>()
        });
        let (sent, taken) = (push.snapshot(), pull.snapshot());
        assert_eq!(out(&sent.total), (MESSAGES, octets));
        assert_eq!(come(&taken.total), (MESSAGES, octets));
        assert_eq!(
            sent.total.dropped_in_all() + taken.total.dropped_in_all(),
            0
        );
        // Pipe by pipe as well, whichever is whose.
        let mut ends = [
            sent.pipes.iter().map(|pipe| out(&pipe.traffic)).collect(),
            taken.pipes.iter().map(|pipe| come(&pipe.traffic)).collect(),
        ];
        ends.iter_mut()
            .for_each(|end: &mut Vec<_>| end.sort_unstable());
        assert_eq!(ends[0], ends[1]);
        println!("{address}: {:?}", ends[0]);
        // And what the pipes did stays with their endpoints, and then with the socket.
        push.close();
        until("they are gone", || pull.pipes() == 0);
        for dialer in dialers {
            assert_eq!(dialer.stats(), None);
        }
        assert_eq!(
            endpoint.stats().map(|stats| come(&stats)),
            Some((MESSAGES, octets))
        );
        assert_eq!(out(&push.stats()), (MESSAGES, octets));
        sums_agree(&push.snapshot());
        sums_agree(&pull.snapshot());
    }
}

// rfc: sp-monitor M-01
#[test]
fn each_message_that_is_dropped_is_counted_on_the_pipe_that_missed_it() {
    let publisher = Pub::new().unwrap();
    publisher.set_send_buffer(20_000).unwrap();
    let endpoint = publisher.bind("tcp://127.0.0.1:0").unwrap();
    let subscriber = || {
        let (sub, before) = (Sub::new().unwrap(), publisher.pipes());
        sub.subscribe("").unwrap();
        sub.set_recv_buffer(20_000).unwrap();
        sub.connect(endpoint.address()).unwrap();
        until("connected", || {
            publisher.pipes() > before && sub.pipes() == 1
        });
        let newest = publisher.snapshot().pipes;
        (
            sub,
            newest.into_iter().map(|pipe| pipe.id).collect::<Vec<_>>(),
        )
    };
    let (slow, known) = subscriber();
    let (quick, _) = subscriber();
    for _ in 0..MESSAGES {
        publisher.send(vec![1; 1_000]).unwrap();
        quick.recv_timeout(SOON).unwrap();
    }
    let snapshot = publisher.snapshot();
    let of = |slowly: bool| {
        let mine = |pipe: &&speedwell::PipeStats| known.contains(&pipe.id) == slowly;
        snapshot.pipes.iter().find(mine).unwrap().traffic
    };
    let missed = of(true).dropped(DropCause::Overflow);
    assert!(missed > 0);
    assert_eq!(of(false).dropped(DropCause::Overflow), 0);
    assert_eq!(of(true).messages_out + missed, MESSAGES);
    assert_eq!(of(false).messages_out, MESSAGES);
    for _ in missed..MESSAGES {
        slow.recv_timeout(SOON).unwrap();
    }
    assert_eq!(slow.stats().messages_in, MESSAGES - missed);
    println!("the slow one missed {missed} of {MESSAGES}");
    sums_agree(&snapshot);
}

// rfc: sp-monitor M-01 M-03
#[test]
fn headers_count_and_they_count_alike_at_both_ends() {
    for address in addresses("headers") {
        let (req, rep) = (Req::new().unwrap(), Rep::new().unwrap());
        let endpoint = rep.bind(&address).unwrap();
        req.connect(endpoint.address()).unwrap();
        for _ in 0..50 {
            req.send("question").unwrap();
            rep.recv_timeout(SOON).unwrap();
            rep.send("answer").unwrap();
            req.recv_timeout(SOON).unwrap();
        }
        let (asked, answered) = (req.stats(), rep.stats());
        assert_eq!((out(&asked), come(&asked)), ((50, 50 * 12), (50, 50 * 10)));
        assert_eq!(
            (out(&answered), come(&answered)),
            (come(&asked), out(&asked))
        );
    }
}

// rfc: sp-monitor M-03 M-04
#[test]
fn endpoints_and_pipes_that_come_and_go_are_counted_and_not_kept() {
    let pull = Pull::new().unwrap();
    let endpoint = pull.bind("tcp://127.0.0.1:0").unwrap();
    for round in 1..=20 {
        let push = Push::new().unwrap();
        let dialer = push.connect(endpoint.address()).unwrap();
        push.send_timeout("x", SOON).unwrap();
        pull.recv_timeout(SOON).unwrap();
        dialer.close();
        until("it is counted", || pull.stats().closed_by_peer == round);
        let (gone, stays) = (push.snapshot(), pull.snapshot());
        assert!(gone.endpoints.is_empty() && stays.pipes.is_empty());
        assert_eq!(gone.other.closed_here, 1);
        assert_eq!(stays.endpoints[0].past.messages_in, round);
        sums_agree(&gone);
        sums_agree(&stays);
    }
}

// rfc: sp-monitor M-04 M-05
#[test]
fn nothing_that_goes_wrong_with_connections_is_missed() {
    let pull = Pull::new().unwrap();
    let endpoint = pull.bind("tcp://127.0.0.1:0").unwrap();
    assert!(pull.bind(endpoint.address()).is_err());
    assert_eq!(pull.stats().bind_errors, 1);

    let push = Push::new().unwrap();
    push.connect("tcp://127.0.0.1:1").unwrap();
    until("it is refused", || push.stats().dial_errors > 0);
    let errors = push.snapshot().endpoints[0].last_error.clone();
    assert!(errors.is_some() && push.snapshot().endpoints_in_error() == 1);

    let silent = RawPeer::connects(endpoint.address());
    until("it is in progress", || pull.snapshot().in_progress == 1);
    drop(silent);
    until("it is counted", || pull.stats().handshake_errors == 1);
    let mut cut = RawPeer::greets(endpoint.address(), PUSH);
    cut.says(&prefix(1 << 40));
    until("it is counted", || pull.stats().broken == 1);
    let snapshot = pull.snapshot();
    assert_eq!(snapshot.endpoints[0].kind, EndpointKind::Listener);
    let address = snapshot.endpoints[0].address.as_ref();
    assert_eq!(address.unwrap().as_str(), endpoint.address());
    assert_eq!((snapshot.total.accepted, snapshot.pipes.len()), (1, 0));
    sums_agree(&snapshot);
}

// rfc: sp-monitor M-06
#[test]
fn both_parts_of_the_buffers_are_shown() {
    for address in addresses("buffers") {
        let (push, pull) = (Push::new().unwrap(), Pull::new().unwrap());
        let each: [&AnySocket; 2] = [&push, &pull];
        for socket in each {
            socket.set_send_buffer(30_000).unwrap();
            socket.set_recv_buffer(20_000).unwrap();
        }
        let endpoint = pull.bind(&address).unwrap();
        push.connect(endpoint.address()).unwrap();
        while push
            .send_timeout(vec![0; 1_000], Duration::from_millis(100))
            .is_ok()
        {}
        let sent = push.snapshot().pipes[0].buffers.unwrap();
        println!("{address}: {sent:?}");
        assert_eq!((sent.send_limit, sent.recv_limit), (30_000, 20_000));
        if address.starts_with("inproc") {
            assert_eq!((sent.system_send, sent.system_recv), (None, None));
            continue;
        }
        let waiting = sent.send_waiting.unwrap();
        assert!((30_000 / 2..31_008).contains(&waiting), "{waiting} wait");
        assert!(sent.system_send.unwrap() >= 30_000 / 2);
        assert!(sent.system_recv.unwrap() >= 20_000 / 2);
        let full = || pull.snapshot().pipes[0].buffers.unwrap().recv_waiting;
        until("what is not taken is shown", || {
            full().is_some_and(|octets| octets > 0)
        });
    }
}
