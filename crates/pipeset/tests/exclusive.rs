//! What `Exclusive` and `Backlog` promise: one pipe and no other, and nothing lost on the way from
//! a dead pipe to the next. Obeys `rfc/sp-pair.md` sections 3 and 4.

use proptest::prelude::*;
use speedwell_pipeset::{Backlog, Exclusive};
use speedwell_protocol::{Held, Message, Reject, Unsent};
use speedwell_testkit::effects::{RecordingEffects, pipe};

#[derive(Clone, Debug)]
enum Op {
    Insert(u32),
    Remove(u32),
    Drain(u32, usize),
    Push,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        (0..3_u32).prop_map(Op::Insert),
        (0..3_u32).prop_map(Op::Remove),
        (0..3_u32, 1..4_usize).prop_map(|(n, room)| Op::Drain(n, room)),
        Just(Op::Push),
    ]
}

proptest! {
    /// rfc: sp-pair P-06, P-07, P-08, P-11
    #[test]
    fn one_pipe_and_no_other(script in prop::collection::vec(op(), 0..200)) {
        let (mut seat, mut world) = (Exclusive::new(), RecordingEffects::new());
        let mut holder: Option<u32> = None;
        let mut room = 0;
        for op in &script {
            match *op {
                Op::Insert(n) => {
                    let expected = if holder.is_some() { Err(Reject::Occupied) } else { Ok(()) };
                    prop_assert_eq!(seat.insert(pipe(n)), expected);
                    if holder.is_none() {
                        (holder, room) = (Some(n), 2);
                        world.set_room(pipe(n), room);
                    }
                }
                Op::Remove(n) => {
                    prop_assert_eq!(seat.remove(pipe(n)), holder == Some(n));
                    holder = holder.filter(|held| *held != n);
                }
                Op::Drain(n, more) => {
                    let full = holder == Some(n) && room == 0;
                    if holder == Some(n) {
                        room = more;
                        world.set_room(pipe(n), more);
                    }
                    prop_assert_eq!(seat.on_writable(pipe(n)), full);
                }
                Op::Push => {
                    let pushed = seat.push(Message::from("m"), &mut world.cx());
                    let expected = holder.filter(|_| room > 0).map(pipe);
                    prop_assert_eq!(pushed, expected.ok_or(Message::from("m")));
                    room -= usize::from(expected.is_some());
                }
            }
            prop_assert_eq!(seat.pipe(), holder.map(pipe));
            prop_assert_eq!(seat.is_writable(), holder.is_some() && room > 0);
        }
    }

    /// rfc: sp-pair P-12
    #[test]
    fn what_is_put_back_comes_out_in_order(
        steps in prop::collection::vec((0..8_usize, 0..8_usize, 0..8_usize), 0..40)
    ) {
        // Numbers wait in `fresh`; a pipe takes some, sends a part, dies and returns the rest.
        let (mut backlog, mut fresh, mut sent) = (Backlog::new(), 0_u32.., Vec::new());
        for (resend, new, dies_with) in steps {
            let mut pipe_holds = Vec::new();
            let mut left = resend;
            backlog.send_on(|message| {
                if left == 0 {
                    return Err(message);
                }
                left -= 1;
                pipe_holds.push(message);
                Ok(pipe(1))
            });
            if backlog.is_empty() {
                let numbers = fresh.by_ref().take(new);
                pipe_holds.extend(numbers.map(|n| Message::from(n.to_be_bytes())));
            }
            let returned = pipe_holds.split_off(pipe_holds.len().saturating_sub(dies_with));
            sent.append(&mut pipe_holds);
            let before = backlog.held();
            let (messages, octets) = (returned.len() as u64, 4 * returned.len() as u64);
            backlog.put_back(&mut Unsent::new(&mut returned.into_iter()));
            let held = Held {
                messages: before.messages + messages,
                octets: before.octets + octets,
            };
            prop_assert_eq!(backlog.held(), held);
        }
        backlog.send_on(|message| { sent.push(message); Ok(pipe(2)) });
        prop_assert_eq!(backlog.held(), Held::default());
        let numbers = 0..fresh.next().unwrap();
        prop_assert!(sent.into_iter().eq(numbers.map(|n| Message::from(n.to_be_bytes()))));
    }
}

#[test]
fn a_cleared_backlog_says_what_it_was() {
    let mut backlog = Backlog::new();
    let messages = [Message::from("ab"), Message::with_header(b"h", "c".into())];
    backlog.put_back(&mut Unsent::new(&mut messages.into_iter()));
    assert_eq!(
        backlog.clear(),
        Held {
            messages: 2,
            octets: 4
        }
    );
    assert!(backlog.is_empty());
}
