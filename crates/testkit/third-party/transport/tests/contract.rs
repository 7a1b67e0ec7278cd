//! The transport by itself, as a driver sees it.
#![cfg(unix)]

use std::io::IoSlice;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use speedwell_transport::{
    Addr, Budget, Conn, Doorbell, End, EndpointOptions, Env, ErrorKind, Halves, Inbox, PollCx,
    Progress, ProtocolId, ProtocolIds, Ring, Scratch, Transport, Tx,
};
use wormhole::Wormhole;

#[derive(Default)]
struct Rings(AtomicUsize);

impl Ring for Rings {
    fn ring(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn ready<T>(progress: Progress<T>) -> Option<T> {
    match progress {
        Progress::Ready(it) => Some(it),
        Progress::Wait(_) => None,
        Progress::Fail(error) => panic!("{error}"),
    }
}

fn shake(a: &mut dyn Conn, b: &mut dyn Conn, cx: &mut PollCx<'_>) {
    let (me, peer) = (ProtocolId::PUSH, ProtocolId::PULL);
    assert!(ready(a.poll_handshake(ProtocolIds { me, peer }, cx)).is_none());
    let swapped = ProtocolIds { me: peer, peer: me };
    let info = ready(b.poll_handshake(swapped, cx)).unwrap();
    assert_eq!(info.protocol, ProtocolId::PUSH);
    assert!(ready(a.poll_handshake(ProtocolIds { me, peer }, cx)).is_some());
}

fn send(halves: &mut Halves, body: &[u8]) {
    let Tx::Stream { framing, io } = &mut halves.tx else {
        panic!("a stream")
    };
    let mut prefix = [0; 16];
    let count = framing(body.len() as u64, &mut prefix);
    let slices = [IoSlice::new(&prefix[..count]), IoSlice::new(body)];
    assert_eq!(io.write(&slices).unwrap(), count + body.len());
}

#[test]
fn names_are_found_and_messages_pass() {
    let (wormhole, options) = (Wormhole::new(), EndpointOptions::default());
    let addr = Addr::parse("wormhole://a").unwrap();
    let rings = Arc::new(Rings::default());
    let bell = Doorbell::new(rings.clone());
    let cx = &mut PollCx::new(Instant::now(), &bell);

    let mut dialer = wormhole.dialer(&addr, &options, &Env::new()).unwrap();
    let Progress::Fail(error) = dialer.poll_dial(cx) else {
        panic!("nobody listens")
    };
    assert_eq!(error.kind(), ErrorKind::Refused);

    let mut listener = wormhole.listener(&addr, &options, &Env::new()).unwrap();
    assert_eq!(listener.local_addr(), addr);
    let taken = wormhole
        .listener(&addr, &options, &Env::new())
        .err()
        .unwrap();
    assert_eq!(taken.kind(), ErrorKind::AddressInUse);
    assert!(ready(listener.poll_accept(cx)).is_none());

    let mut dialed = ready(dialer.poll_dial(cx)).unwrap();
    assert_eq!(rings.0.load(Ordering::SeqCst), 1);
    let mut accepted = ready(listener.poll_accept(cx)).unwrap();
    shake(&mut *dialed, &mut *accepted, cx);

    let (mut push, mut pull) = (dialed.split(), accepted.split());
    send(&mut push, b"hello");
    drop((push, listener));
    let (mut inbox, mut scratch) = (Inbox::new(), Scratch::new());
    let mut budget = Budget {
        messages: 64,
        octets: 64 * 1024,
        scratch: &mut scratch,
    };
    let _ = pull.rx.read(&mut inbox, &mut budget);
    assert_eq!(inbox.pop().unwrap().body(), b"hello");
    assert!(matches!(
        pull.rx.read(&mut inbox, &mut budget).end,
        Some(End::Closed)
    ));
    assert!(wormhole.listener(&addr, &options, &Env::new()).is_ok());
}
