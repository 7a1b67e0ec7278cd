//! Which sockets are joined, and why the others are not.

use speedwell::device::{Side, StartError};
use speedwell::{
    AnySocket, Bus, Device, Pull, Push, RawBus, RawPair, RawPub, RawPull, RawPush, RawRep, RawReq,
    RawRespondent, RawSub, RawSurveyor, Rep, Req,
};

use crate::stage::Carrier;

fn refused(front: &AnySocket, back: &AnySocket) -> StartError {
    Device::start(front, back).unwrap_err()
}

#[test]
fn every_protocol_is_joined_in_either_order() {
    // rfc: sp-device D-01, D-03, D-05, D-07
    macro_rules! joined {
        ($front:ident, $back:ident) => {{
            let (front, back) = ($front::new().unwrap(), $back::new().unwrap());
            drop(Device::start(&front, &back).unwrap());
            drop(Device::start(&back, &front).unwrap());
        }};
    }
    joined!(RawRep, RawReq);
    joined!(RawRespondent, RawSurveyor);
    joined!(RawPull, RawPush);
    joined!(RawSub, RawPub);
    joined!(RawPair, RawPair);
    joined!(RawBus, RawBus);
    drop(Device::reflect(&RawPair::new().unwrap()).unwrap());
    drop(Device::reflect(&RawBus::new().unwrap()).unwrap());
}

#[test]
fn what_does_not_fit_is_refused_with_its_reason() {
    let (raw_rep, raw_req) = (RawRep::new().unwrap(), RawReq::new().unwrap());
    // rfc: sp-device D-02
    let cooked = refused(&Rep::new().unwrap(), &raw_req);
    assert!(
        matches!(cooked, StartError::Cooked(Side::Front)),
        "{cooked}"
    );
    let cooked = refused(&raw_rep, &Req::new().unwrap());
    assert!(matches!(cooked, StartError::Cooked(Side::Back)), "{cooked}");
    let bus = Device::reflect(&Bus::new().unwrap()).unwrap_err();
    assert_eq!(bus.to_string(), "the front socket is not raw");
    let closed = RawReq::new().unwrap();
    closed.close();
    let closed = refused(&raw_rep, &closed);
    assert!(matches!(closed, StartError::Closed(Side::Back)), "{closed}");
    // rfc: sp-device D-03
    let protocols = refused(&raw_rep, &RawPush::new().unwrap());
    let words = "the sockets speak different protocols: 0x0031 and 0x0050";
    assert_eq!(protocols.to_string(), words);
    // rfc: sp-device D-04
    let (push, sub) = (RawPush::new().unwrap(), RawSub::new().unwrap());
    let directions = refused(&push, &RawPush::new().unwrap());
    assert!(matches!(directions, StartError::Directions), "{directions}");
    let directions = refused(&sub, &RawSub::new().unwrap());
    assert!(matches!(directions, StartError::Directions), "{directions}");
    // rfc: sp-device D-05
    let roles = refused(&raw_rep, &RawRep::new().unwrap());
    assert!(matches!(roles, StartError::Roles(_)), "{roles}");
    // rfc: sp-device D-06, D-07
    let same = refused(&raw_rep, &raw_rep);
    assert!(matches!(same, StartError::SameSocket), "{same}");
    let alone = Device::reflect(&raw_rep).unwrap_err();
    assert!(matches!(alone, StartError::OneSocket(_)), "{alone}");
    assert!(Device::reflect(&push).is_err());
    // None of that has done anything to the sockets.
    drop(Device::start(&raw_rep, &raw_req).unwrap());
}

#[test]
fn a_refused_device_takes_nothing() {
    // rfc: sp-device D-02
    let (front, back) = (RawPull::new().unwrap(), Push::new().unwrap());
    let endpoint = Carrier::Tcp.bind(&front);
    let push = Push::new().unwrap();
    push.connect(endpoint.address()).unwrap();
    push.send("mine").unwrap();
    let behind = Pull::new().unwrap();
    behind
        .connect(Carrier::Inproc.bind(&back).address())
        .unwrap();
    assert!(matches!(
        refused(&front, &back),
        StartError::Cooked(Side::Back)
    ));
    assert_eq!(front.recv().unwrap().body(), b"mine");
}
