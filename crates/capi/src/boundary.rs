//! The one place where a panic of ours ends, and where a failure becomes a number: every function
//! of the C ABI runs in here. Knows nothing of what it runs. Obeys `rfc/sp-capi.md` section 2.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::errno::Errno;

/// Runs a call of C. A failure leaves its number to the thread, and gives `failed`.
// rfc: sp-capi A-10
pub(crate) fn call<R>(failed: R, run: impl FnOnce() -> Result<R, Errno>) -> R {
    // What a call shares with others stands behind locks that a panic opens; nothing in there is
    // left half done by one.
    let errno = match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(result)) => return result,
        Ok(Err(errno)) => errno,
        Err(payload) => {
            // Dropping it might panic again.
            std::mem::forget(payload);
            Errno::IO
        }
    };
    errno.set();
    failed
}

#[cfg(test)]
mod tests {
    use super::*;

    // rfc: sp-capi A-10
    #[test]
    fn a_panic_becomes_a_number() {
        let result = call(-1, || panic!("a planted panic, which is caught"));
        assert_eq!((result, Errno::get()), (-1, Errno::IO));
    }

    // rfc: sp-capi A-12
    #[test]
    fn each_thread_has_its_own_number() {
        call((), || Err(Errno::FSM));
        std::thread::spawn(|| call((), || Err(Errno::BADF)))
            .join()
            .unwrap();
        assert_eq!(Errno::get(), Errno::FSM);
        call((), || Ok(()));
        assert_eq!(Errno::get(), Errno::FSM, "success leaves it alone");
    }
}
