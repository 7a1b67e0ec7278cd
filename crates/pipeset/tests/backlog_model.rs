//! What `Backlog` promises: nothing is lost, doubled or reordered between a dead pipe and the next.
//! Obeys `rfc/sp-pair.md` section 4 and `rfc/sp-pipeline.md` section 3.

use proptest::prelude::*;
use speedwell_pipeset::Backlog;
use speedwell_protocol::{Held, Message, Unsent};

proptest! {
    /// rfc: sp-pair P-12, sp-pipeline L-10
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
                if left > 0 {
                    left -= 1;
                    pipe_holds.extend(message.take());
                }
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
        backlog.send_on(|message| sent.extend(message.take()));
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
