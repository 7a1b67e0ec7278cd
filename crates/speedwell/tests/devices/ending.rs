//! How devices end: stopped in the middle of traffic, by a closed socket, by a dropped handle.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use speedwell::device::{End, Report, Side};
use speedwell::{Device, DropCause, ErrorKind, Pull, Push, RawPull, RawPush};
use speedwell_protocol::Verdict;

use crate::stage::{CARRIERS, Carrier, SOON, timed, until};
use crate::stub::{Mood, Stub};

const SHORT: Duration = Duration::from_millis(50);

/// Waits for the end of a device, and not for ever.
fn ended(device: &Device) -> Report {
    until("the device ends", || device.end().is_some());
    device.wait()
}

#[test]
fn stopping_in_the_middle_of_traffic_loses_and_doubles_nothing() {
    // rfc: sp-device D-20, D-23, D-24, D-25
    for &(before, behind) in CARRIERS {
        let (front, back) = (RawPull::new().unwrap(), RawPush::new().unwrap());
        let push = Push::new().unwrap();
        push.connect(before.bind(&front).address()).unwrap();
        let pull = Pull::new().unwrap();
        pull.connect(behind.bind(&back).address()).unwrap();
        let is_over = AtomicBool::new(false);
        let (sent, received, passed) = thread::scope(|scope| {
            let source = scope.spawn(|| {
                let numbers = (0_u64..).take_while(|_| !is_over.load(Ordering::Relaxed));
                numbers
                    .inspect(|number| push.send(number.to_be_bytes()).unwrap())
                    .count()
            });
            let sink = scope.spawn(|| {
                let mut next = 0_u64;
                while let Ok(message) = pull.recv_timeout(Duration::from_secs(1)) {
                    assert_eq!(message.body(), next.to_be_bytes());
                    next += 1;
                }
                next
            });
            let mut passed = 0;
            for _ in 0..20 {
                let device = Device::start(&front, &back).unwrap();
                until("something passes", || device.to_back().passed > 50);
                let report = device.stop();
                assert_eq!(report.end, End::Stopped);
                assert_eq!((report.to_back.dropped, report.to_front.taken), (0, 0));
                assert_eq!(report.to_back.taken, report.to_back.passed);
                passed += report.to_back.passed;
            }
            // The last device takes what is left, while nothing more comes.
            let device = Device::start(&front, &back).unwrap();
            is_over.store(true, Ordering::Relaxed);
            let sent = u64::try_from(source.join().unwrap()).unwrap();
            until("all of it has passed", || {
                passed + device.to_back().passed == sent
            });
            (
                sent,
                sink.join().unwrap(),
                passed + device.stop().to_back.passed,
            )
        });
        println!("{before:?} to {behind:?}: {sent} sent, {received} received");
        assert_eq!((sent, sent), (received, passed));
    }
}

#[test]
fn a_pull_behind_a_device_dies_and_comes_back() {
    // rfc: sp-device D-13, D-14, D-25
    const SENT: u32 = 20_000;
    let (front, back) = (RawPull::new().unwrap(), RawPush::new().unwrap());
    let device = Device::start(&front, &back).unwrap();
    let push = Push::new().unwrap();
    push.connect(Carrier::Tcp.bind(&front).address()).unwrap();
    let far = Carrier::Inproc.bind(&back);
    let source = thread::spawn(move || {
        (0..SENT).for_each(|number| push.send(number.to_be_bytes()).unwrap());
        push.close()
    });
    let (mut next, mut lives) = (0, 0);
    while next < SENT {
        let pull = Pull::new().unwrap();
        pull.connect(far.address()).unwrap();
        for _ in 0..1000.min(SENT - next) {
            let heard = pull.recv_timeout(SOON).unwrap();
            assert_eq!(heard.body(), next.to_be_bytes());
            next += 1;
        }
        pull.close();
        // Over inproc, what a socket held and did not give out is all that is lost with it.
        next += u32::try_from(pull.stats().dropped(DropCause::Closed)).unwrap();
        lives += 1;
    }
    println!("{lives} lives");
    assert!(source.join().unwrap().is_clean());
    until("all has passed", || {
        device.to_back().passed == u64::from(SENT)
    });
    assert_eq!(device.stop().to_back.dropped, 0);
}

#[test]
fn a_message_that_is_held_goes_out_within_the_linger_time() {
    // rfc: sp-device D-14, D-20, D-24
    let stub = Stub::push(Mood::ChangesItsMind);
    let sent = stub.sent.clone();
    let (front, back) = (RawPull::new().unwrap(), stub.open());
    back.set_linger(SOON);
    let device = Device::start(&front, &back).unwrap();
    let push = Push::new().unwrap();
    push.connect(Carrier::Inproc.bind(&front).address())
        .unwrap();
    push.send("held").unwrap();
    push.send("not taken").unwrap();
    until("it is held", || device.to_back().taken == 1);
    thread::scope(|scope| {
        let stopping = scope.spawn(|| device.stop());
        until("it is told", || device.end().is_some());
        assert_eq!(device.to_back().passed, 0);
        Stub::cheer(&back, Mood::Takes);
        let report = stopping.join().unwrap();
        assert_eq!((report.to_back.passed, report.to_back.dropped), (1, 0));
    });
    assert_eq!(sent.lock().unwrap().len(), 1);
    assert_eq!(front.recv_timeout(SOON).unwrap().body(), b"not taken");
}

#[test]
fn a_message_that_nobody_takes_is_dropped_after_the_linger_time() {
    // rfc: sp-device D-20, D-24, D-25
    for linger in [Duration::ZERO, SHORT] {
        let (front, back) = (
            RawPull::new().unwrap(),
            Stub::push(Mood::ChangesItsMind).open(),
        );
        back.set_linger(linger);
        let device = Device::start(&front, &back).unwrap();
        let push = Push::new().unwrap();
        push.connect(Carrier::Inproc.bind(&front).address())
            .unwrap();
        push.send("held").unwrap();
        until("it is held", || device.to_back().taken == 1);
        let (report, took) = timed(|| device.stop());
        println!("stopped in {took:?}, of {linger:?}");
        assert_eq!((report.to_back.passed, report.to_back.dropped), (0, 1));
        assert!(took >= linger && took < linger + SOON / 10);
        assert_eq!(device.stop(), report);
    }
}

#[test]
fn a_socket_that_closes_ends_the_device() {
    // rfc: sp-device D-21
    for closes_front in [true, false] {
        let (front, back) = (RawPull::new().unwrap(), RawPush::new().unwrap());
        // An idle way waits for the front; a blocked one for the back.
        let pull = Pull::new().unwrap();
        pull.connect(Carrier::Inproc.bind(&back).address()).unwrap();
        let idle = Device::start(&front, &back).unwrap();
        let lonely = RawPush::new().unwrap();
        let blocked = Device::start(&front, &lonely).unwrap();
        let (side, took) = if closes_front {
            (Side::Front, timed(|| drop(front)).1)
        } else {
            drop(lonely);
            (Side::Back, timed(|| drop(back)).1)
        };
        for device in [idle, blocked] {
            let (report, waited) = timed(|| ended(&device));
            assert_eq!(report.end, End::Closed(side));
            println!("{side}: closed in {took:?}, noticed {waited:?} later");
            assert_eq!(device.stop(), report);
        }
    }
}

#[test]
fn a_socket_that_is_dropped_by_a_panic_ends_the_device() {
    // rfc: sp-device D-20, D-21
    let (front, back) = (RawPull::new().unwrap(), RawPush::new().unwrap());
    let device = Device::start(&front, &back).unwrap();
    let panicked = thread::spawn(move || {
        let _front = front;
        panic!("as planned");
    });
    assert!(panicked.join().is_err());
    assert_eq!(ended(&device).end, End::Closed(Side::Front));
    // And the other way round: the device goes with the panic, the sockets stay.
    let front = RawPull::new().unwrap();
    let device = Device::start(&front, &back).unwrap();
    let panicked = thread::spawn(move || {
        let _device = device;
        panic!("as planned");
    });
    assert!(panicked.join().is_err());
    drop(Device::start(&front, &back).unwrap());
}

#[test]
fn a_socket_that_fails_ends_the_device() {
    // rfc: sp-device D-22
    let mut stub = Stub::bus();
    stub.fails = Some(Verdict::PeerLost);
    let (front, back) = (stub.open(), speedwell::RawBus::new().unwrap());
    let device = Device::start(&front, &back).unwrap();
    let end = End::Failed(Side::Front, ErrorKind::PeerLost);
    assert_eq!(ended(&device).end, end);
}

#[test]
fn everybody_who_stops_a_device_gets_the_same_report() {
    // rfc: sp-device D-20
    let (front, back) = (RawPull::new().unwrap(), RawPush::new().unwrap());
    let device = Device::start(&front, &back).unwrap();
    let reports = thread::scope(|scope| {
        let waiting = scope.spawn(|| device.wait());
        let stopping = [(); 4].map(|()| scope.spawn(|| device.stop()));
        let mut reports = stopping.map(|thread| thread.join().unwrap()).to_vec();
        reports.push(waiting.join().unwrap());
        reports
    });
    assert!(reports.iter().all(|report| *report == reports[0]));
    assert_eq!(reports[0].end, End::Stopped);
}

#[test]
fn the_sockets_stay_when_the_handle_is_dropped() {
    // rfc: sp-device D-20, D-23, D-30
    let (front, back) = (RawPull::new().unwrap(), RawPush::new().unwrap());
    let push = Push::new().unwrap();
    push.connect(Carrier::Tcp.bind(&front).address()).unwrap();
    for _ in 0..50 {
        drop(Device::start(&front, &back).unwrap());
    }
    push.send("for the application").unwrap();
    let message = front.recv_timeout(SOON).unwrap();
    assert_eq!(message.body(), b"for the application");
}
