//! Who writes: whatever was pushed is written once and in order, by one thread at a time, and
//! nothing is left with nobody who has promised to write it.

use std::io::{self, IoSlice};
use std::sync::Arc;
use std::time::Instant;

use loom::thread;
use speedwell_message::Message;
use speedwell_transport::{StreamTx, Tx};

use crate::pipe::tx::{Duty, TxSide};
use crate::pipe::{Flushed, Pipe, side};
use crate::sync::{Mutex, MutexGuard, Ordering};

/// What was written, by whoever has it: a writer that is not alone would find it taken.
#[derive(Debug)]
struct Wire {
    octets: Arc<Mutex<Vec<u8>>>,
    /// The system takes so many writes, then none until it is asked again.
    room: usize,
}

impl StreamTx for Wire {
    fn write(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        if self.room == 0 {
            self.room = usize::MAX;
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.room -= 1;
        let mut octets = self.octets.lock();
        let before = octets.len();
        slices
            .iter()
            .for_each(|slice| octets.extend_from_slice(slice));
        Ok(octets.len() - before)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn shutdown_write(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Side {
    tx: Mutex<TxSide>,
    pipe: Pipe,
    began: Instant,
}

impl Side {
    fn new(room: usize) -> (Arc<Self>, Arc<Mutex<Vec<u8>>>) {
        let octets = Arc::new(Mutex::new(Vec::new()));
        let wire = Wire {
            octets: octets.clone(),
            room,
        };
        let tx = side(Tx::Stream {
            framing: |_, _| 0,
            io: Box::new(wire),
        });
        let side = Self {
            tx: Mutex::new(tx),
            pipe: Pipe::default(),
            began: Instant::now(),
        };
        (Arc::new(side), octets)
    }

    /// `Socket::send`: push under the lock, then whatever duty that gave.
    fn send(&self, octet: u8) {
        let mut message = Message::from([octet].as_slice());
        let mut tx = self.tx.lock();
        let (_, duty) = tx.push(&self.pipe, &mut message, || self.began);
        drop(tx);
        match duty {
            Duty::Nothing => {}
            Duty::Write | Duty::Ask => self.write_out(),
            Duty::Ring(_) => panic!("it is a stream"),
        }
    }

    /// `Hub::write_out`, step by step.
    fn write_out(&self) {
        let mut found = Flushed::default();
        let mut tx = self.tx.lock();
        let Some(mut stream) = tx.begin(&self.pipe, &mut found) else {
            return;
        };
        let mut is_idle = true;
        while let Some(mut batch) = tx.take_batch() {
            let remaining = batch.remaining();
            let mut slices = [IoSlice::new(&[]); speedwell_engine::BATCH_SLICES_MAX];
            let written = MutexGuard::unlocked(&mut tx, || stream.write(batch.slices(&mut slices)));
            let written = written.unwrap_or(0);
            batch.advance(written);
            tx.give_back(batch, written);
            if written < remaining {
                is_idle = false;
                self.pipe.blocked.store(true, Ordering::SeqCst);
                break;
            }
        }
        tx.end(&self.pipe, stream, is_idle, &mut found);
    }

    /// The system has room again: the reactor's visit.
    fn visit(&self) {
        self.pipe.blocked.store(false, Ordering::SeqCst);
        self.write_out();
    }
}

/// Two threads send one and two messages; what is on the wire then.
fn race(room: usize) -> Vec<u8> {
    let (side, octets) = Side::new(room);
    let other = thread::spawn({
        let side = side.clone();
        move || side.send(3)
    });
    side.send(1);
    side.send(2);
    other.join().unwrap();
    if side.pipe.is_blocked() {
        side.visit();
    }
    assert!(side.tx.lock().is_drained(), "left with nobody to write it");
    let octets = octets.lock().clone();
    octets
}

// rfc: sp-endpoint E-25
#[test]
fn two_senders_write_everything_once_and_each_in_its_order() {
    crate::with_preemptions(3, || {
        let mut octets = race(usize::MAX);
        let of_first: Vec<u8> = octets.iter().copied().filter(|octet| *octet < 3).collect();
        assert_eq!(of_first, [1, 2]);
        octets.sort_unstable();
        assert_eq!(octets, [1, 2, 3]);
    });
}

// rfc: sp-endpoint E-25
#[test]
fn what_the_system_does_not_take_is_written_when_it_does() {
    crate::with_preemptions(3, || {
        let mut octets = race(1);
        octets.sort_unstable();
        assert_eq!(octets, [1, 2, 3]);
    });
}
