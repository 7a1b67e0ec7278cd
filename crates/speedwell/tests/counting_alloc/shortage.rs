//! Memory runs out where a length came from a peer: that pipe is dropped, and nothing else happens.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Instant;

use speedwell::{Pull, Push};

use crate::limit_to;
use crate::stage::{SOON, alone};

const MIB: usize = 1024 * 1024;

/// What a PUSH says first.
const GREETING: [u8; 8] = [0, b'S', b'P', 0, 0, 80, 0, 0];

#[test]
fn fault_57_a_message_that_finds_no_memory_costs_its_pipe_and_nothing_else() {
    let _alone = alone();
    let (pull, good) = (Pull::new().unwrap(), Push::new().unwrap());
    pull.set_recv_timeout(Some(SOON));
    let endpoint = pull.bind("tcp://127.0.0.1:0").unwrap();
    good.connect(endpoint.address()).unwrap();
    good.send("before").unwrap();
    assert_eq!(pull.recv().unwrap().body(), b"before");

    let at = endpoint.address().trim_start_matches("tcp://");
    let mut peer = TcpStream::connect(at).unwrap();
    peer.set_read_timeout(Some(SOON)).unwrap();
    peer.write_all(&GREETING).unwrap();
    peer.read_exact(&mut [0; 8]).unwrap();
    let body = vec![7; MIB];
    peer.write_all(&(MIB as u64).to_be_bytes()).unwrap();
    limit_to(MIB / 2);
    // The connection may be gone before all of it is written.
    let _ = peer.write_all(&body);
    let begun = Instant::now();
    while pull.stats().broken == 0 {
        assert!(begun.elapsed() < SOON);
        std::thread::yield_now();
    }
    limit_to(usize::MAX);

    assert_eq!(pull.pipes(), 1);
    good.send("after").unwrap();
    assert_eq!(pull.recv().unwrap().body(), b"after");
}
