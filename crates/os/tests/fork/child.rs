//! Runs something in a child process, with a bound on how long that takes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// Far longer than any child here lives.
const LIMIT: Duration = Duration::from_secs(60);

/// Runs something in a child that `fork` makes, and fails if it does, or does not come to its end.
pub(crate) fn in_child(run: impl FnOnce()) {
    // SAFETY: the child runs only its copy of this thread. What it uses of the others' is what is
    // tried here; memory is the system library's matter, which keeps it usable over a fork.
    let child = unsafe { libc::fork() };
    assert!(child >= 0, "no process left");
    if child == 0 {
        let outcome = catch_unwind(AssertUnwindSafe(run));
        // SAFETY: ends the child here, and nothing of the parent's is run on the way out.
        unsafe { libc::_exit(i32::from(outcome.is_err())) }
    }
    let start = Instant::now();
    let mut status = 0;
    // SAFETY: `status` outlives the call, and the child was not waited for yet.
    while unsafe { libc::waitpid(child, &mut status, libc::WNOHANG) } == 0 {
        if start.elapsed() > LIMIT {
            // SAFETY: it is our child and still lives: it was not waited for.
            unsafe { libc::kill(child, libc::SIGKILL) };
            // SAFETY: as above.
            unsafe { libc::waitpid(child, &mut status, 0) };
            panic!("the child did not come to its end");
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(
        libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0,
        "the child failed: {status}"
    );
}
