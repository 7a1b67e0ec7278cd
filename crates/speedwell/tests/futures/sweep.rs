//! A future is dropped at each point where it can wait, in every protocol: the exchange goes on as
//! if it had not been there.

use std::task::Poll;

use speedwell::{Bus, Message, Pair, Pub, Pull, Push, Rep, Req, Respondent, Sub, Surveyor};

use crate::by_hand::{Counted, SOON, poll};

/// Receives after two attempts that were given up, each polled so often; what such an attempt has
/// received counts.
macro_rules! received {
    ($socket:expr, $polls:expr) => {{
        let message: Message = 'taken: {
            for _ in 0..2 {
                let counted = Counted::new();
                let mut future = $socket.recv_async();
                for _ in 0..$polls {
                    if let Poll::Ready(message) = poll(&mut future, &counted) {
                        break 'taken message.unwrap();
                    }
                }
            }
            $socket.recv_timeout(SOON).unwrap()
        };
        message
    }};
}

/// Sends one that is given up before it was polled, and then one that counts.
macro_rules! send {
    ($socket:expr, $body:expr) => {{
        drop($socket.send_async("never sent"));
        crate::by_hand::block_on($socket.send_async($body)).unwrap();
    }};
}

macro_rules! linked {
    ($test:expr, $one:ty, $other:ty) => {{
        let address = format!("inproc://sweep/{}", $test);
        let (one, other) = (<$one>::new().unwrap(), <$other>::new().unwrap());
        one.bind(&address).unwrap();
        other.connect(&address).unwrap();
        one.wait_for_peers(1, SOON).unwrap();
        other.wait_for_peers(1, SOON).unwrap();
        (one, other)
    }};
}

const POLLS: [usize; 3] = [0, 1, 2];
const ROUNDS: usize = 20;

// rfc: sp-waiting W-31
#[test]
fn fault_86_messages_one_way() {
    let (push, pull) = linked!("pipeline", Push, Pull);
    let (left, right) = linked!("pair", Pair, Pair);
    let (here, there) = linked!("bus", Bus, Bus);
    let (publisher, sub) = linked!("pubsub", Pub, Sub);
    sub.subscribe("").unwrap();
    for round in 0..ROUNDS {
        for polls in POLLS {
            let body = format!("{round} {polls}");
            send!(push, body.as_str());
            assert_eq!(received!(pull, polls).body(), body.as_bytes());
            send!(left, body.as_str());
            assert_eq!(received!(right, polls).body(), body.as_bytes());
            send!(here, body.as_str());
            assert_eq!(received!(there, polls).body(), body.as_bytes());
            send!(publisher, body.as_str());
            assert_eq!(received!(sub, polls).body(), body.as_bytes());
        }
    }
}

// rfc: sp-waiting W-31
#[test]
fn fault_86_questions_and_answers() {
    let (req, rep) = linked!("reqrep", Req, Rep);
    let (surveyor, respondent) = linked!("survey", Surveyor, Respondent);
    for round in 0..ROUNDS {
        for polls in POLLS {
            let body = format!("{round} {polls}");
            send!(req, body.as_str());
            assert_eq!(received!(rep, polls).body(), body.as_bytes());
            send!(rep, body.as_str());
            assert_eq!(received!(req, polls).body(), body.as_bytes());
            send!(surveyor, body.as_str());
            assert_eq!(received!(respondent, polls).body(), body.as_bytes());
            send!(respondent, body.as_str());
            assert_eq!(received!(surveyor, polls).body(), body.as_bytes());
        }
    }
}
