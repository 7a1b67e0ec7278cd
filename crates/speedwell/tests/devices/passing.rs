//! What is taken on one side goes out on the other, by every protocol and transport.

use std::collections::BTreeSet;
use std::time::Duration;

use speedwell::{
    Bus, Device, ErrorKind, Message, Pair, Pub, Pull, Push, RawBus, RawPair, RawPub, RawPull,
    RawPush, RawRespondent, RawSub, RawSurveyor, Respondent, Sub, Surveyor,
};

use crate::stage::{CARRIERS, Carrier, SOON, meet, until};
use crate::stub::{Mood, Stub};

#[test]
fn a_pipeline_goes_on_in_order() {
    // rfc: sp-device D-10, D-25
    for &(before, behind) in CARRIERS {
        let (front, back) = (RawPull::new().unwrap(), RawPush::new().unwrap());
        // Which of the two is the front is the caller's choice.
        let device = Device::start(&back, &front).unwrap();
        let push = Push::new().unwrap();
        push.connect(before.bind(&front).address()).unwrap();
        let pull = Pull::new().unwrap();
        pull.connect(behind.bind(&back).address()).unwrap();
        for number in 0..1000_usize {
            push.send(vec![7; number]).unwrap();
            if number % 100 == 99 {
                for sent in number - 99..=number {
                    assert_eq!(pull.recv_timeout(SOON).unwrap().body(), vec![7; sent]);
                }
            }
        }
        let report = device.stop();
        let octets = (0..1000).sum::<u64>();
        assert_eq!(report.to_front.taken, 1000, "{before:?} to {behind:?}");
        assert_eq!(report.to_front.passed, 1000);
        assert_eq!(report.to_front.octets, octets);
        assert_eq!(report.to_back, speedwell::device::Moved::default());
    }
}

#[test]
fn what_a_device_subscribes_to_is_published_again() {
    // rfc: sp-device D-10, D-13
    for &(before, behind) in CARRIERS {
        let (front, back) = (RawSub::new().unwrap(), RawPub::new().unwrap());
        front.subscribe("sport.").unwrap();
        let device = Device::start(&front, &back).unwrap();
        let publisher = Pub::new().unwrap();
        meet(&publisher, &front, &before.bind(&front));
        let sub = Sub::new().unwrap();
        sub.subscribe("").unwrap();
        meet(&sub, &back, &behind.bind(&back));
        for news in ["sport.chess", "weather.rain", "sport.go"] {
            publisher.send(news).unwrap();
        }
        assert_eq!(sub.recv_timeout(SOON).unwrap().body(), b"sport.chess");
        assert_eq!(sub.recv_timeout(SOON).unwrap().body(), b"sport.go");
        assert_eq!(device.stop().to_back.passed, 2, "{before:?} to {behind:?}");
    }
}

#[test]
fn a_pair_is_made_of_two() {
    // rfc: sp-device D-10
    for &(before, behind) in CARRIERS {
        let (front, back) = (RawPair::new().unwrap(), RawPair::new().unwrap());
        let _device = Device::start(&front, &back).unwrap();
        let (left, right) = (Pair::new().unwrap(), Pair::new().unwrap());
        left.connect(before.bind(&front).address()).unwrap();
        right.connect(behind.bind(&back).address()).unwrap();
        for size in [0, 1, 72, 73, 1000, 500_000] {
            left.send(vec![1; size]).unwrap();
            right.send(vec![2; size]).unwrap();
            assert_eq!(right.recv_timeout(SOON).unwrap().body(), vec![1; size]);
            assert_eq!(left.recv_timeout(SOON).unwrap().body(), vec![2; size]);
        }
    }
}

#[test]
fn a_pair_goes_through_any_number_of_devices() {
    // rfc: sp-device D-19
    const DEVICES: usize = 12;
    let first = RawPair::new().unwrap();
    let (left, right) = (Pair::new().unwrap(), Pair::new().unwrap());
    let begin = Carrier::Inproc.bind(&first);
    left.connect(begin.address()).unwrap();
    let (mut front, mut devices, mut held) = (first, Vec::new(), Vec::new());
    for _ in 0..DEVICES {
        let (back, next) = (RawPair::new().unwrap(), RawPair::new().unwrap());
        let link = Carrier::Inproc.bind(&next);
        back.connect(link.address()).unwrap();
        devices.push(Device::start(&front, &back).unwrap());
        held.push(std::mem::replace(&mut front, next));
        held.push(back);
    }
    let end = Carrier::Inproc.bind(&right);
    let last = RawPair::new().unwrap();
    last.connect(end.address()).unwrap();
    devices.push(Device::start(&front, &last).unwrap());
    left.send("far").unwrap();
    assert_eq!(right.recv_timeout(SOON).unwrap().body(), b"far");
    right.send("back").unwrap();
    assert_eq!(left.recv_timeout(SOON).unwrap().body(), b"back");
}

#[test]
fn a_survey_reaches_everybody_behind() {
    // rfc: sp-device D-10
    for &(before, behind) in CARRIERS {
        let (front, back) = (RawRespondent::new().unwrap(), RawSurveyor::new().unwrap());
        let device = Device::start(&front, &back).unwrap();
        let surveyor = RawSurveyor::new().unwrap();
        meet(&surveyor, &front, &before.bind(&front));
        let endpoint = behind.bind(&back);
        let peers = [(); 3].map(|()| Respondent::new().unwrap());
        for peer in &peers {
            meet(peer, &back, &endpoint);
        }
        let id = b"\x80\0\0\x07";
        let survey = Message::with_header(id, "your name?".into());
        surveyor.send(survey).unwrap();
        for (number, peer) in peers.iter().enumerate() {
            assert_eq!(peer.recv_timeout(SOON).unwrap().body(), b"your name?");
            peer.send(number.to_string()).unwrap();
        }
        let heard = [(); 3].map(|()| {
            let answer = surveyor.recv_timeout(SOON).unwrap();
            assert_eq!(answer.header(), id);
            answer.body().to_vec()
        });
        let expected = ["0", "1", "2"].map(|name| name.as_bytes().to_vec());
        assert_eq!(BTreeSet::from(heard), BTreeSet::from(expected));
        let report = device.stop();
        assert_eq!((report.to_back.passed, report.to_front.passed), (1, 3));
    }
}

#[test]
fn a_surveyor_hears_who_is_behind_each_device() {
    // rfc: sp-device D-10, sp-survey S-13
    let surveyor = Surveyor::new().unwrap();
    surveyor.set_deadline(SOON).unwrap();
    let market = Carrier::Tcp.bind(&surveyor);
    let stalls = [(); 2].map(|()| {
        let (front, back) = (RawRespondent::new().unwrap(), RawSurveyor::new().unwrap());
        let peer = Respondent::new().unwrap();
        meet(&front, &surveyor, &market);
        meet(&peer, &back, &Carrier::Inproc.bind(&back));
        let device = Device::start(&front, &back).unwrap();
        (front, back, peer, device)
    });
    surveyor.send("who sells apples?").unwrap();
    for (_, _, peer, _) in &stalls {
        let question = peer.recv_timeout(SOON).unwrap();
        assert_eq!(question.body(), b"who sells apples?");
        peer.send("I do").unwrap();
    }
    for _ in &stalls {
        assert_eq!(surveyor.recv_timeout(SOON).unwrap().body(), b"I do");
    }
}

#[test]
fn a_surveyor_hears_everybody_behind_one_device() {
    // rfc: sp-device D-10, sp-survey S-15
    for &(before, behind) in CARRIERS {
        let (front, back) = (RawRespondent::new().unwrap(), RawSurveyor::new().unwrap());
        let _device = Device::start(&front, &back).unwrap();
        let surveyor = Surveyor::new().unwrap();
        surveyor.set_deadline(SOON).unwrap();
        meet(&surveyor, &front, &before.bind(&front));
        let endpoint = behind.bind(&back);
        let peers = [(); 3].map(|()| Respondent::new().unwrap());
        peers.iter().for_each(|peer| meet(peer, &back, &endpoint));
        surveyor.send("your name?").unwrap();
        for (number, peer) in peers.iter().enumerate() {
            assert_eq!(peer.recv_timeout(SOON).unwrap().body(), b"your name?");
            peer.send(number.to_string()).unwrap();
        }
        let heard = [(); 3].map(|()| surveyor.recv_timeout(SOON).unwrap().body().to_vec());
        let expected = ["0", "1", "2"].map(|name| name.as_bytes().to_vec());
        let heard = BTreeSet::from(heard);
        assert_eq!(heard, BTreeSet::from(expected), "{before:?} to {behind:?}");
    }
}

#[test]
fn one_bus_is_made_of_two_and_nobody_hears_himself() {
    // rfc: sp-device D-10, D-11
    for &(before, behind) in CARRIERS {
        let (front, back) = (RawBus::new().unwrap(), RawBus::new().unwrap());
        let _device = Device::start(&front, &back).unwrap();
        let (near, far) = (before.bind(&front), behind.bind(&back));
        let left = [(); 2].map(|()| Bus::new().unwrap());
        let right = [(); 2].map(|()| Bus::new().unwrap());
        left.iter().for_each(|bus| meet(bus, &front, &near));
        right.iter().for_each(|bus| meet(bus, &back, &far));
        left[0].send("from the left").unwrap();
        for bus in &right {
            let heard = bus.recv_timeout(SOON).unwrap();
            assert_eq!(heard.body(), b"from the left");
        }
        right[0].send("from the right").unwrap();
        // What came back by mistake would come before this.
        for bus in &left {
            let heard = bus.recv_timeout(SOON).unwrap();
            assert_eq!(heard.body(), b"from the right", "{before:?} to {behind:?}");
        }
        assert_eq!(
            right[0].try_recv().unwrap_err().kind(),
            ErrorKind::WouldBlock
        );
    }
}

#[test]
fn the_word_of_a_pipe_does_not_leave_its_socket() {
    // rfc: sp-device D-01, D-11
    let stub = Stub::bus();
    let sent = stub.sent.clone();
    let (front, back) = (RawBus::new().unwrap(), stub.open());
    let _device = Device::start(&front, &back).unwrap();
    let bus = Bus::new().unwrap();
    meet(&bus, &front, &Carrier::Inproc.bind(&front));
    bus.send("to all").unwrap();
    until("it is passed on", || !sent.lock().unwrap().is_empty());
    assert_eq!(*sent.lock().unwrap(), [Message::from("to all")]);
}

#[test]
fn a_bus_that_is_bent_back_is_a_hub() {
    // rfc: sp-device D-11, D-12
    for carrier in [Carrier::Tcp, Carrier::Inproc] {
        let hub = RawBus::new().unwrap();
        let endpoint = carrier.bind(&hub);
        let device = Device::reflect(&hub).unwrap();
        let everybody = [(); 3].map(|()| Bus::new().unwrap());
        everybody.iter().for_each(|bus| meet(bus, &hub, &endpoint));
        for (number, bus) in everybody.iter().enumerate() {
            bus.send(number.to_string()).unwrap();
            for (other, bus) in everybody.iter().enumerate() {
                if other != number {
                    let heard = bus.recv_timeout(SOON).unwrap();
                    assert_eq!(heard.body(), number.to_string().as_bytes());
                }
            }
        }
        for bus in &everybody {
            assert_eq!(bus.try_recv().unwrap_err().kind(), ErrorKind::WouldBlock);
        }
        assert_eq!(device.stop().to_back.passed, 3, "{carrier:?}");
    }
}

#[test]
fn a_pair_that_is_bent_back_is_an_echo() {
    // rfc: sp-device D-12
    let wall = RawPair::new().unwrap();
    let endpoint = Carrier::Tcp.bind(&wall);
    let device = Device::reflect(&wall).unwrap();
    let pair = Pair::new().unwrap();
    pair.connect(endpoint.address()).unwrap();
    for call in ["hello", "is anybody there?"] {
        pair.send(call).unwrap();
        assert_eq!(pair.recv_timeout(SOON).unwrap().body(), call.as_bytes());
    }
    assert_eq!(device.stop().to_back.passed, 2);
}

#[test]
fn a_device_takes_nothing_that_it_cannot_give_away() {
    // rfc: sp-device D-13
    let (front, back) = (RawPull::new().unwrap(), RawPush::new().unwrap());
    let device = Device::start(&front, &back).unwrap();
    let push = Push::new().unwrap();
    push.connect(Carrier::Tcp.bind(&front).address()).unwrap();
    for number in 0..10_u8 {
        push.send([number]).unwrap();
    }
    until("they arrive", || front.stats().messages_in > 0);
    // It had to be quick to do it wrong: long enough for that, and no promise rests on it.
    std::thread::sleep(Duration::from_millis(20));
    assert_eq!(device.to_back().taken, 0);
    let pull = Pull::new().unwrap();
    pull.connect(Carrier::Tcp.bind(&back).address()).unwrap();
    for number in 0..10_u8 {
        assert_eq!(pull.recv_timeout(SOON).unwrap().body(), [number]);
    }
}

#[test]
fn what_a_socket_refuses_is_counted_and_the_next_goes_on() {
    // rfc: sp-device D-15
    let stub = Stub::push(Mood::Refuses);
    let sent = stub.sent.clone();
    let (front, back) = (RawPull::new().unwrap(), stub.open());
    let device = Device::start(&front, &back).unwrap();
    let push = Push::new().unwrap();
    push.connect(Carrier::Inproc.bind(&front).address())
        .unwrap();
    push.send("refused").unwrap();
    until("it is dropped", || device.to_back().dropped == 1);
    Stub::cheer(&back, Mood::Takes);
    push.send("taken").unwrap();
    until("the next is passed", || device.to_back().passed == 1);
    assert_eq!(*sent.lock().unwrap(), [Message::from("taken")]);
    assert_eq!(device.stop().to_back.taken, 2);
}
