//! The standard input of a program that is measured: it is asked for allocations there, and told by
//! its end that it may go. Parses nothing.

use std::io::{self, BufRead};
use std::thread::{self, JoinHandle};

/// A thread that reads it.
pub(crate) struct Input(JoinHandle<()>);

impl Input {
    /// Answers each line with the allocations so far, when they are counted.
    pub(crate) fn listen(allocations: Option<fn() -> u64>) -> Self {
        Self(thread::spawn(move || {
            for line in io::stdin().lock().lines() {
                match (line, allocations) {
                    (Ok(_), Some(count)) => println!("allocs {}", count()),
                    (Ok(_), None) => {}
                    (Err(_), _) => return,
                }
            }
        }))
    }

    /// Waits for its end.
    pub(crate) fn wait_for_end(self) {
        // A reader that panicked has said so.
        let _ended = self.0.join();
    }
}
