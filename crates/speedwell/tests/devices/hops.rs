//! Hops: what passes a device, a row of them, and a circle.

use std::time::Duration;

use speedwell::{
    Device, DropCause, ErrorKind, Message, RawRep, RawReq, RawRespondent, RawSurveyor, Rep, Req,
    Surveyor,
};

use crate::stage::{Broker, Carrier, SOON, meet, until};

/// The values at which something might be off by one, and the ends of the range.
const TTLS: [u8; 5] = [1, 7, 8, 9, 255];

/// A request that has come by `words - 1` devices.
fn travelled(words: usize) -> Message {
    let mut header = [0, 0, 0, 5].repeat(words - 1);
    header.extend([0x80, 0, 0, 7]);
    Message::with_header(&header, "body".into())
}

#[test]
fn fault_18_a_device_passes_as_many_words_as_its_ttl() {
    // rfc: sp-device D-17, sp-reqrep R-24
    for ttl in TTLS {
        let broker = Broker::with_ttl(ttl);
        let (client, server) = (RawReq::new().unwrap(), RawRep::new().unwrap());
        server.set_ttl(255).unwrap();
        client
            .connect(Carrier::Tcp.bind(&broker.front).address())
            .unwrap();
        broker
            .back
            .connect(Carrier::Inproc.bind(&server).address())
            .unwrap();
        let words = usize::from(ttl);
        for words in [words + 1, words, 200_000, 1] {
            client.send(travelled(words)).unwrap();
        }
        // What a device with the largest TTL passes has one word more than anybody takes.
        let heard = if ttl == 255 { 1..=1 } else { 1..=2 };
        for number in heard.clone() {
            let request = server.recv_timeout(SOON).unwrap();
            let expected = if number == *heard.end() { 1 } else { words };
            assert_eq!(request.header().len(), 4 * (expected + 2), "TTL {ttl}");
            assert_eq!(request.body(), b"body");
        }
        assert_eq!(broker.front.stats().dropped(DropCause::TooManyHops), 2);
        let beyond = u64::from(ttl == 255);
        assert_eq!(server.stats().dropped(DropCause::TooManyHops), beyond);
        assert_eq!(broker.device.stop().to_back.passed, 2, "TTL {ttl}");
        assert_eq!(broker.front.pipes(), 1);
    }
}

#[test]
fn a_row_of_devices_is_as_long_as_the_ttl_allows() {
    // rfc: sp-device D-17
    for (ttl, devices) in [
        (1, 0),
        (1, 1),
        (7, 6),
        (7, 7),
        (8, 7),
        (8, 8),
        (9, 8),
        (9, 9),
    ] {
        let brokers: Vec<_> = (0..devices).map(|_| Broker::with_ttl(ttl)).collect();
        let (req, rep) = (Req::new().unwrap(), Rep::new().unwrap());
        rep.set_ttl(ttl).unwrap();
        let mut at = Carrier::Inproc.bind(&rep);
        for broker in brokers.iter().rev() {
            broker.back.connect(at.address()).unwrap();
            at = Carrier::Inproc.bind(&broker.front);
        }
        req.connect(at.address()).unwrap();
        req.send("can you hear me?").unwrap();
        let is_heard = devices < ttl;
        if is_heard {
            let question = rep.recv_timeout(SOON).unwrap();
            rep.send(question).unwrap();
            let answer = req.recv_timeout(SOON).unwrap();
            assert_eq!(answer.body(), b"can you hear me?");
        } else {
            until("it is dropped", || {
                rep.stats().dropped(DropCause::TooManyHops) == 1
            });
            assert_eq!(rep.try_recv().unwrap_err().kind(), ErrorKind::WouldBlock);
        }
        for broker in &brokers {
            let report = broker.device.stop();
            assert_eq!(report.to_back.passed, 1, "{devices} devices, TTL {ttl}");
            assert_eq!(report.to_front.passed, u64::from(is_heard));
        }
    }
}

#[test]
fn fault_23_a_question_in_a_circle_of_devices_dies_out_at_the_ttl() {
    // rfc: sp-device D-18
    for carrier in [Carrier::Tcp, Carrier::Inproc] {
        for ttl in TTLS {
            let circle = [(); 3].map(|()| Broker::with_ttl(ttl));
            let near = circle.each_ref().map(|broker| carrier.bind(&broker.front));
            for (broker, next) in circle.iter().zip(near.iter().cycle().skip(1)) {
                broker.back.connect(next.address()).unwrap();
            }
            let req = Req::new().unwrap();
            req.set_resend(None).unwrap();
            req.connect(near[0].address()).unwrap();
            req.send("round and round").unwrap();
            let dropped = |broker: &Broker| broker.front.stats().dropped(DropCause::TooManyHops);
            until("it dies", || circle.iter().map(dropped).sum::<u64>() == 1);
            let passed = |broker: &Broker| broker.device.stop().to_back.passed;
            let passed: u64 = circle.iter().map(passed).sum();
            assert_eq!(passed, u64::from(ttl), "{carrier:?}");
        }
    }
}

#[test]
fn fault_23_a_survey_in_a_circle_of_devices_dies_out_at_the_ttl() {
    // rfc: sp-device D-18
    for ttl in TTLS {
        let circle = [(); 3].map(|()| {
            let (front, back) = (RawRespondent::new().unwrap(), RawSurveyor::new().unwrap());
            front.set_ttl(ttl).unwrap();
            let device = Device::start(&front, &back).unwrap();
            (front, back, device)
        });
        let near = circle
            .each_ref()
            .map(|(front, ..)| Carrier::Inproc.bind(front));
        for (number, (_, back, _)) in circle.iter().enumerate() {
            let next = (number + 1) % 3;
            meet(back, &circle[next].0, &near[next]);
        }
        let surveyor = Surveyor::new().unwrap();
        surveyor.set_deadline(Duration::from_millis(1)).unwrap();
        meet(&surveyor, &circle[0].0, &near[0]);
        surveyor.send("round and round").unwrap();
        until("it dies", || {
            let drops = circle.iter().map(|(front, ..)| front.stats());
            let drops = drops.map(|stats| stats.dropped(DropCause::TooManyHops));
            drops.sum::<u64>() == 1
        });
        let passed = circle
            .iter()
            .map(|(.., device)| device.stop().to_back.passed);
        assert_eq!(passed.sum::<u64>(), u64::from(ttl));
    }
}
