//! What a stranger with nothing but a TCP connection sees of our sockets, octet by octet.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use speedwell::{Pair, Push};

const SOON: Duration = Duration::from_secs(10);

fn hear(stream: &mut TcpStream, octets: usize) -> Vec<u8> {
    let mut heard = vec![0; octets];
    stream.set_read_timeout(Some(SOON)).unwrap();
    stream.read_exact(&mut heard).unwrap();
    heard
}

#[test]
fn a_push_greets_and_sends_lengths_and_bodies_and_nothing_else() {
    // rfc: sp-wire W-01, W-02, W-11, W-12, W-13, W-31
    let stranger = TcpListener::bind("127.0.0.1:0").unwrap();
    let push = Push::new().unwrap();
    push.connect(format!("tcp://{}", stranger.local_addr().unwrap()))
        .unwrap();
    let (mut peer, _) = stranger.accept().unwrap();
    // It does not wait for the stranger's greeting.
    assert_eq!(hear(&mut peer, 8), b"\0SP\0\0\x50\0\0");
    peer.write_all(b"\0SP\0\0\x51\0\0").unwrap();

    let long = vec![7; 100_000];
    for body in [&b"hello"[..], b"", &long] {
        push.send_timeout(body.to_vec(), SOON).unwrap();
        let length = u64::try_from(body.len()).unwrap().to_be_bytes();
        let frame = [&length[..], body].concat();
        assert!(hear(&mut peer, frame.len()) == frame);
    }
    assert!(push.close().is_clean());
    assert_eq!(
        peer.read(&mut [0]).unwrap(),
        0,
        "the end is all that follows"
    );
}

#[test]
fn a_pair_sends_the_body_alone() {
    // rfc: sp-wire W-02, W-12, W-31
    let pair = Pair::new().unwrap();
    let endpoint = pair.bind("tcp://127.0.0.1:0").unwrap();
    let at = endpoint
        .address()
        .strip_prefix("tcp://")
        .unwrap()
        .to_owned();
    let mut peer = TcpStream::connect(at).unwrap();
    peer.write_all(b"\0SP\0\0\x10\0\0\0\0\0\0\0\0\0\x05knock")
        .unwrap();
    assert_eq!(hear(&mut peer, 8), b"\0SP\0\0\x10\0\0");
    assert_eq!(pair.recv_timeout(SOON).unwrap().body(), b"knock");
    pair.send_timeout("who", SOON).unwrap();
    assert_eq!(hear(&mut peer, 11), b"\0\0\0\0\0\0\0\x03who");
}

#[test]
fn fault_15_a_peer_of_our_own_type_is_closed_without_a_word() {
    // rfc: sp-wire W-06, W-07
    let push = Push::new().unwrap();
    let endpoint = push.bind("tcp://127.0.0.1:0").unwrap();
    let at = endpoint
        .address()
        .strip_prefix("tcp://")
        .unwrap()
        .to_owned();
    let mut twin = TcpStream::connect(at).unwrap();
    twin.write_all(b"\0SP\0\0\x50\0\0").unwrap();
    assert_eq!(hear(&mut twin, 8), b"\0SP\0\0\x50\0\0");
    assert_eq!(twin.read(&mut [0]).unwrap(), 0);
    assert_eq!(push.stats().wrong_protocol, 1);
}
