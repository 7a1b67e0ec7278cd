//! Futures and threads on one socket: one line for both, and none is overlooked.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Instant;

use speedwell::ErrorKind;
use speedwell_testkit::{effort::usual_or, random::Random};

use crate::by_hand::{Counted, SOON, assert_asleep, block_on, pipeline, poll};

// rfc: sp-waiting W-30
#[test]
fn futures_are_called_in_the_order_in_which_they_came() {
    let (push, pull) = pipeline("order");
    let mut waiting: Vec<_> = (0..3)
        .map(|_| (pull.recv_async(), Counted::new()))
        .collect();
    for (future, counted) in &mut waiting {
        assert!(poll(future, counted).is_pending());
    }
    // To be polled again changes no place.
    let (first, counted) = &mut waiting[0];
    assert!(poll(first, counted).is_pending());
    for number in 0..3 {
        let start = Instant::now();
        push.send(number.to_string()).unwrap();
        let (future, counted) = &mut waiting[number];
        counted.await_count(1);
        let Poll::Ready(Ok(message)) = poll(future, counted) else {
            panic!("it was called");
        };
        assert_eq!(message.body(), number.to_string().as_bytes());
        for (_, later) in &waiting[number + 1..] {
            assert_asleep(later, start);
        }
    }
}

// rfc: sp-waiting W-30 W-31 W-32
#[test]
fn threads_and_futures_take_every_message_once_though_many_futures_are_dropped() {
    let messages: u32 = usual_or(20_000, 1_000_000);
    let (push, pull) = pipeline("mixed");
    push.set_send_buffer(1_000).unwrap();
    let taken = Mutex::new(BTreeSet::new());
    let (given_up, count) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let note = |message: speedwell::Message| {
        let number = u32::from_be_bytes(message.body().try_into().unwrap());
        assert!(taken.lock().unwrap().insert(number), "twice: {number}");
        count.fetch_add(1, Ordering::SeqCst);
    };
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Ok(message) = pull.recv() {
                    note(message);
                }
            });
        }
        for seed in 0..2 {
            let (pull, note, given_up) = (&pull, &note, &given_up);
            scope.spawn(move || {
                let mut random = Random::new(seed);
                loop {
                    let mut future = pull.recv_async();
                    if random.below(3) == 0 {
                        let counted = Counted::new();
                        match poll(&mut future, &counted) {
                            Poll::Ready(Ok(message)) => note(message),
                            Poll::Ready(Err(_)) => return,
                            Poll::Pending => {
                                if random.below(2) == 0 {
                                    std::thread::yield_now();
                                }
                                given_up.fetch_add(1, Ordering::SeqCst);
                            }
                        }
                        continue;
                    }
                    match block_on(future) {
                        Ok(message) => note(message),
                        Err(error) => return assert_eq!(error.kind(), ErrorKind::Closed),
                    }
                }
            });
        }
        for number in 0..messages {
            if number % 2 == 0 {
                push.send_timeout(number.to_be_bytes(), SOON).unwrap();
            } else {
                block_on(push.send_async(number.to_be_bytes())).unwrap();
            }
        }
        let all = usize::try_from(messages).unwrap();
        let start = Instant::now();
        while count.load(Ordering::SeqCst) < all {
            assert!(
                start.elapsed() < SOON,
                "a message waits and nobody is woken"
            );
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        pull.close();
    });
    println!("{messages} taken, {} given up", given_up.into_inner());
}
