//! A future of every kind is dropped at each point where it can wait, in every protocol, with what
//! it waits for before, between and after its polls. It is polled by hand, and the checker of the
//! simulation says whether anything was lost, doubled or halved. Obeys `rfc/sp-waiting.md`
//! section 5.

mod book;
mod closing;
mod lane;
mod others;
mod protocols;
mod receiving;
mod sending;
#[cfg(feature = "futures")]
mod streams;

/// Where in the line somebody else waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Others {
    Nobody,
    Before,
    Behind,
}

impl Others {
    const ALL: [Self; 3] = [Self::Nobody, Self::Before, Self::Behind];
}

/// Polls of a future before it is dropped.
const POLLS_MAX: usize = 3;

/// One future that was dropped.
#[derive(Clone, Copy, Debug)]
struct Case {
    polls: usize,
    /// Before which poll there is what it waits for; one past the last is after the drop.
    at: usize,
    others: Others,
}

impl Case {
    /// Every case.
    fn all() -> impl Iterator<Item = Self> {
        (0..=POLLS_MAX).flat_map(|polls| {
            (0..=polls + 1).flat_map(move |at| Others::ALL.map(|others| Self { polls, at, others }))
        })
    }
}

/// Two sockets of this process that are joined; with a number, buffers of so many octets.
macro_rules! joined {
    ($name:expr, $from:ident, $to:ident $(, $octets:expr)?) => {{
        let (from, to) = ($from::new().unwrap(), $to::new().unwrap());
        $(
            from.set_send_buffer($octets).unwrap();
            to.set_recv_buffer($octets).unwrap();
        )?
        let address = format!("inproc://sweep/{}", $name);
        to.bind(&address).unwrap();
        from.connect(&address).unwrap();
        from.wait_for_peers(1, crate::by_hand::SOON).unwrap();
        to.wait_for_peers(1, crate::by_hand::SOON).unwrap();
        (from, to)
    }};
}

/// A lane between two sockets, with what sends and what receives on them.
macro_rules! between {
    ($name:expr, $from:ident, $sender:expr, $to:ident, $receiver:expr) => {{
        let (sender, receiver) = (&$sender, &$receiver);
        Lane::new(
            $name,
            &$from,
            move |message| Box::new(sender.send_async(message)),
            &$to,
            move || Box::new(receiver.recv_async()),
        )
    }};
}

use {between, joined};
