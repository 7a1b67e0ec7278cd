//! The outbox against a plain list of messages and a plain list of octets.

use std::collections::VecDeque;
use std::io::IoSlice;

use proptest::prelude::*;
use speedwell_message::Bytes;

use super::*;
use crate::batch::{BATCH_SLICES_MAX, COPY_OCTETS_MAX};

fn framing(len: u64, out: &mut [u8; 16]) -> usize {
    out[..8].copy_from_slice(&len.to_be_bytes());
    8
}

fn framed(message: &Message) -> Vec<u8> {
    let len = u64::try_from(message.octets()).unwrap();
    [&len.to_be_bytes()[..], message.header(), message.body()].concat()
}

#[derive(Clone, Debug)]
enum Step {
    Push { header: usize, body: usize },
    Write { calls: Vec<usize> },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let body = prop_oneof![
        4 => 0_usize..200,
        1 => Just(COPY_OCTETS_MAX),
        2 => COPY_OCTETS_MAX + 1..COPY_OCTETS_MAX + 3000,
    ];
    let step = prop_oneof![
        (prop_oneof![Just(0_usize), 1_usize..40], body)
            .prop_map(|(header, body)| Step::Push { header, body }),
        prop::collection::vec(
            prop_oneof![Just(0_usize), 1_usize..64, 1_usize..40_000],
            0..6
        )
        .prop_map(|calls| Step::Write { calls }),
    ];
    prop::collection::vec(step, 1..40)
}

/// Writes at most `accepts` octets of what the batch shows, as a system call would.
fn write(batch: &Batch, accepts: usize, wire: &mut Vec<u8>) -> usize {
    let mut slices = [IoSlice::new(&[]); BATCH_SLICES_MAX];
    let mut left = accepts;
    for slice in batch.slices(&mut slices) {
        assert!(
            !slice.is_empty(),
            "an empty slice is of no use to a system call"
        );
        let part = left.min(slice.len());
        wire.extend_from_slice(&slice[..part]);
        left -= part;
    }
    accepts - left
}

proptest! {
    // rfc: sp-endpoint E-20 E-21 E-22
    // rfc: sp-wire W-17: the length counts header and body.
    #[test]
    fn octets_leave_in_order_and_what_never_left_comes_back_whole(steps in steps()) {
        let limit = 4096;
        let mut outbox = Outbox::new(framing, limit);
        let mut pushed: VecDeque<(Message, u64)> = VecDeque::new();
        let (mut stream, mut wire) = (Vec::new(), Vec::new());
        let mut told_full = false;
        for (number, step) in steps.into_iter().enumerate() {
            match step {
                Step::Push { header, body } => {
                    let fill = u8::try_from(number).unwrap();
                    let message = Message::with_header(
                        &vec![fill; header],
                        Bytes::from(vec![fill.wrapping_mul(7); body]),
                    );
                    pushed.push_back((message.clone(), stream.len() as u64));
                    stream.extend_from_slice(&framed(&message));
                    let flow = outbox.push(&message);
                    told_full |= outbox.pending() >= limit;
                    prop_assert_eq!(flow == Flow::Full, told_full);
                }
                Step::Write { calls } => {
                    let Some(mut batch) = outbox.take_batch() else { continue };
                    let before = wire.len();
                    for accepts in calls {
                        let written = write(&batch, accepts, &mut wire);
                        batch.advance(written);
                    }
                    let written = wire.len() - before;
                    let room = outbox.give_back(batch, written);
                    let half = outbox.pending() <= limit / 2;
                    prop_assert_eq!(room, told_full && half);
                    told_full &= !room;
                }
            }
            prop_assert_eq!(outbox.pending(), stream.len() - wire.len());
        }
        prop_assert_eq!(&stream[..wire.len()], &wire[..]);

        let written = wire.len() as u64;
        let cut = pushed.iter().any(|(message, start)| {
            *start < written && start + framed(message).len() as u64 > written
        });
        prop_assert_eq!(outbox.is_cut(), cut);
        let whole: Vec<_> =
            pushed.into_iter().filter(|(_, start)| *start >= written).map(|(m, _)| m).collect();
        prop_assert_eq!(outbox.into_unsent().collect::<Vec<_>>(), whole);
    }
}

#[test]
fn a_large_body_is_not_copied() {
    let body = Bytes::from(vec![1; COPY_OCTETS_MAX + 1]);
    let mut outbox = Outbox::new(framing, 1);
    outbox.push(&Message::from(body.clone()));
    let batch = outbox.take_batch().unwrap();
    let mut slices = [IoSlice::new(&[]); BATCH_SLICES_MAX];
    assert_eq!(batch.slices(&mut slices)[1].as_ptr(), body.as_ptr());
}

#[test]
fn a_partly_written_message_does_not_come_back() {
    let mut outbox = Outbox::new(framing, 1000);
    outbox.push(&Message::from("first"));
    outbox.push(&Message::from("second"));
    let mut batch = outbox.take_batch().unwrap();
    batch.advance(1);
    outbox.give_back(batch, 1);
    outbox.push(&Message::from("third"));
    assert!(outbox.is_cut());
    let unsent: Vec<_> = outbox.into_unsent().collect();
    assert_eq!(unsent, [Message::from("second"), Message::from("third")]);
}

proptest! {
    /// However much of them was written: what is left of the message that was cut is written to its
    /// end, and all behind it comes back, also what is pushed meanwhile.
    // rfc: sp-endpoint E-22 E-49
    #[test]
    fn only_the_rest_of_a_cut_message_is_written(
        sizes in prop::collection::vec((0_usize..40, prop_oneof![
            3 => 0_usize..200, 1 => COPY_OCTETS_MAX + 1..COPY_OCTETS_MAX + 3000
        ]), 1..8),
        part in 0_usize..60_000,
        step in 1_usize..20_000,
    ) {
        let messages: Vec<Message> = (0_u8..)
            .zip(&sizes)
            .map(|(fill, (header, body))| {
                Message::with_header(&vec![fill; *header], Bytes::from(vec![fill; *body]))
            })
            .collect();
        let mut outbox = Outbox::new(framing, 1000);
        messages.iter().for_each(|message| {
            let _ = outbox.push(message);
        });
        let (mut wire, mut batch) = (Vec::new(), outbox.take_batch().unwrap());
        while wire.len() < part && !batch.is_done() {
            let octets = write(&batch, step.min(part - wire.len()), &mut wire);
            batch.advance(octets);
        }
        let written = wire.len();
        outbox.give_back(batch, written);
        let was_cut = outbox.is_cut();
        let _ = outbox.push(&Message::from("late"));
        if let Some(mut cut) = outbox.take_cut() {
            prop_assert!(was_cut);
            let before = wire.len();
            while !cut.is_done() {
                let octets = write(&cut, step, &mut wire);
                cut.advance(octets);
            }
            outbox.give_back(cut, wire.len() - before);
        }
        prop_assert!(!outbox.is_cut() && outbox.take_cut().is_none());
        let mut whole = Vec::new();
        let mut gone = messages.iter().take_while(|message| {
            let is_gone = whole.len() < written;
            if is_gone {
                whole.extend(framed(message));
            }
            is_gone
        });
        let gone = gone.by_ref().count();
        prop_assert_eq!(wire, whole);
        let back: Vec<Message> = outbox.into_unsent().collect();
        let late = Message::from("late");
        let expected: Vec<&Message> = messages.iter().skip(gone).chain([&late]).collect();
        prop_assert_eq!(back.iter().collect::<Vec<_>>(), expected);
    }
}
