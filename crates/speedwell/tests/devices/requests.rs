//! Questions through devices: there and back, cancelled, asked again, and servers that die.

use std::thread;
use std::time::{Duration, Instant};

use speedwell::{ErrorKind, Rep, Req};

use crate::stage::{Broker, CARRIERS, Carrier, SOON, until};

#[test]
fn a_question_goes_through_three_devices_and_its_answer_back() {
    // rfc: sp-device D-10, D-17
    for &(before, behind) in CARRIERS {
        let brokers = [(); 3].map(|()| Broker::new().unwrap());
        let req = Req::new().unwrap();
        req.connect(before.bind(&brokers[0].front).address())
            .unwrap();
        for (near, far) in brokers.iter().zip(&brokers[1..]) {
            near.back
                .connect(behind.bind(&far.front).address())
                .unwrap();
        }
        let rep = Rep::new().unwrap();
        rep.connect(before.bind(&brokers[2].back).address())
            .unwrap();
        let sizes = [0, 1, 60, 68, 69, 72, 73, 1000, 16_384, 500_000];
        for size in sizes {
            req.send(vec![1; size]).unwrap();
            assert_eq!(rep.recv_timeout(SOON).unwrap().body(), vec![1; size]);
            rep.send(vec![2; size]).unwrap();
            assert_eq!(req.recv_timeout(SOON).unwrap().body(), vec![2; size]);
        }
        for broker in &brokers {
            let report = broker.device.stop();
            assert_eq!((report.to_back.taken, report.to_back.passed), (10, 10));
            assert_eq!((report.to_front.taken, report.to_front.passed), (10, 10));
        }
    }
}

#[test]
fn each_of_many_gets_its_own_answer() {
    // rfc: sp-device D-10
    let broker = Broker::new().unwrap();
    let (near, far) = (
        Carrier::Tcp.bind(&broker.front),
        Carrier::Tcp.bind(&broker.back),
    );
    let servers = [(); 2].map(|()| {
        let rep = Rep::new().unwrap();
        rep.connect(far.address()).unwrap();
        thread::spawn(move || {
            let mut answered = 0_u64;
            while let Ok(question) = rep.recv_timeout(Duration::from_secs(2)) {
                rep.send(question).unwrap();
                answered += 1;
            }
            answered
        })
    });
    let clients = [0_u64, 1, 2, 3].map(|client| {
        let req = Req::new().unwrap();
        req.connect(near.address()).unwrap();
        thread::spawn(move || {
            for number in 0..500_u64 {
                let question = (client << 32 | number).to_be_bytes();
                req.send(question).unwrap();
                assert_eq!(req.recv_timeout(SOON).unwrap().body(), question);
            }
        })
    });
    clients
        .into_iter()
        .for_each(|client| client.join().unwrap());
    let answered: u64 = servers.map(|server| server.join().unwrap()).iter().sum();
    let report = broker.device.stop();
    assert_eq!((answered, report.to_back.passed), (2000, 2000));
    assert_eq!(report.to_front.passed, 2000);
}

#[test]
fn a_cancelled_question_is_not_answered() {
    // rfc: sp-device D-16, sp-reqrep R-18
    let broker = Broker::new().unwrap();
    let (req, rep) = (Req::new().unwrap(), Rep::new().unwrap());
    req.connect(Carrier::Tcp.bind(&broker.front).address())
        .unwrap();
    rep.connect(Carrier::Tcp.bind(&broker.back).address())
        .unwrap();
    req.send("never mind").unwrap();
    assert_eq!(rep.recv_timeout(SOON).unwrap().body(), b"never mind");
    req.send("but this").unwrap();
    rep.send("the first answer").unwrap();
    assert_eq!(rep.recv_timeout(SOON).unwrap().body(), b"but this");
    rep.send("the second answer").unwrap();
    let answer = req.recv_timeout(SOON).unwrap();
    assert_eq!(answer.body(), b"the second answer");
    assert_eq!(req.try_recv().unwrap_err().kind(), ErrorKind::State);
    assert_eq!(broker.device.stop().to_front.passed, 2);
}

#[test]
fn a_question_that_is_asked_again_passes_again() {
    // rfc: sp-device D-16
    let broker = Broker::new().unwrap();
    let req = Req::new().unwrap();
    req.set_resend(Some(Duration::from_millis(50))).unwrap();
    req.connect(Carrier::Tcp.bind(&broker.front).address())
        .unwrap();
    let far = Carrier::Tcp.bind(&broker.back);
    let silent = Rep::new().unwrap();
    silent.connect(far.address()).unwrap();
    req.send("?").unwrap();
    assert_eq!(silent.recv_timeout(SOON).unwrap().body(), b"?");
    let other = Rep::new().unwrap();
    other.connect(far.address()).unwrap();
    assert_eq!(other.recv_timeout(SOON).unwrap().body(), b"?");
    other.send("!").unwrap();
    assert_eq!(req.recv_timeout(SOON).unwrap().body(), b"!");
    assert!(broker.device.to_back().passed >= 2);
}

#[test]
fn a_server_behind_a_device_dies_and_another_takes_its_place() {
    // rfc: sp-device D-16
    for &(before, behind) in CARRIERS {
        let broker = Broker::new().unwrap();
        broker
            .back
            .set_reconnect(Duration::from_millis(10), Duration::ZERO);
        let req = Req::new().unwrap();
        let interval = Duration::from_millis(100);
        req.set_resend(Some(interval)).unwrap();
        req.connect(before.bind(&broker.front).address()).unwrap();
        let rep = Rep::new().unwrap();
        let address = behind.bind(&rep).address().to_owned();
        broker.back.connect(&address).unwrap();
        req.send("who is there?").unwrap();
        assert_eq!(rep.recv_timeout(SOON).unwrap().body(), b"who is there?");
        drop(rep);
        until("it is gone", || broker.back.pipes() == 0);
        let rep = Rep::new().unwrap();
        rep.bind(&address).unwrap();
        let back = Instant::now();
        assert_eq!(rep.recv_timeout(SOON).unwrap().body(), b"who is there?");
        println!("{behind:?}: heard {:?} after the new bind", back.elapsed());
        rep.send("another").unwrap();
        assert_eq!(req.recv_timeout(SOON).unwrap().body(), b"another");
    }
}
