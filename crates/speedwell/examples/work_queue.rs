//! A queue of work: threads and tasks share one PULL, each piece of work is done once, and closing
//! the socket ends them all.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use speedwell::{Message, Pull, Push};

type Failure = Box<dyn Error + Send + Sync>;

const PIECES: u64 = 1_000;

/// What was done.
#[derive(Default)]
struct Done {
    pieces: AtomicU64,
    sum: AtomicU64,
}

fn main() -> Result<(), Failure> {
    let queue = Push::new()?;
    let workers = Arc::new(Pull::new()?);
    workers.bind("inproc://work")?;
    queue.connect("inproc://work")?;
    let done = Arc::new(Done::default());

    let threads: Vec<_> = (0..2)
        .map(|_| {
            let (workers, done) = (workers.clone(), done.clone());
            thread::spawn(move || {
                while let Ok(piece) = workers.recv() {
                    work(&piece, &done);
                }
            })
        })
        .collect();
    let tasks: Vec<_> = (0..2)
        .map(|_| {
            let (workers, done) = (workers.clone(), done.clone());
            smol::spawn(async move {
                while let Ok(piece) = workers.recv_async().await {
                    work(&piece, &done);
                }
            })
        })
        .collect();

    for piece in 1..=PIECES {
        queue.send(piece.to_be_bytes())?;
    }
    let left = queue.close();
    while done.pieces.load(Ordering::SeqCst) < PIECES {
        thread::sleep(Duration::from_millis(1));
    }
    // Everything is done: everybody who waits hears of the end.
    workers.close();
    for thread in threads {
        thread.join().map_err(|_| "a worker failed")?;
    }
    smol::block_on(async {
        for task in tasks {
            task.await;
        }
    });
    let sum = done.sum.load(Ordering::SeqCst);
    println!("the sum of all pieces is {sum}; left in the queue: {left:?}");
    if sum == PIECES * (PIECES + 1) / 2 {
        Ok(())
    } else {
        Err("a piece was lost, or done twice".into())
    }
}

fn work(piece: &Message, done: &Done) {
    let number: [u8; 8] = piece.body().try_into().unwrap_or_default();
    done.sum
        .fetch_add(u64::from_be_bytes(number), Ordering::SeqCst);
    done.pieces.fetch_add(1, Ordering::SeqCst);
}
