//! The one function that starts threads. They are named, and nobody waits for them to end.
//! See `rfc/0001-contracts.md`.

use std::io;

use crate::sync::thread::{Builder, ThreadId};

/// Starts a thread, and says which it is.
pub(crate) fn start(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<ThreadId> {
    #[cfg(test)]
    if SHORTAGE.get() {
        return Err(io::ErrorKind::WouldBlock.into());
    }
    let thread = Builder::new().name(name.to_owned()).spawn(run)?;
    Ok(thread.thread().id())
}

#[cfg(test)]
std::thread_local! {
    /// While it is set, the system has no thread for whoever asks on this one.
    static SHORTAGE: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use speedwell_transport::{Doorbell, Resolver, Ring};

    use super::SHORTAGE;
    use crate::testing::until;
    use crate::{BlockingResolver, ErrorKind, Reactor};

    struct Mute;

    impl Ring for Mute {
        fn ring(&self) {}
    }

    #[test]
    fn fault_58_without_a_thread_opening_is_an_error() {
        SHORTAGE.set(true);
        let failed = Reactor::new().unwrap_err();
        SHORTAGE.set(false);
        assert_eq!(failed.kind(), ErrorKind::Exhausted);
        assert!(Reactor::new().is_ok());
    }

    #[test]
    fn fault_58_without_a_thread_a_look_up_fails_and_the_next_one_may_not() {
        let resolver = BlockingResolver::new(|_, port| Ok(vec![([127, 0, 0, 1], port).into()]));
        let bell = Doorbell::new(Arc::new(Mute));
        SHORTAGE.set(true);
        let mut look_up = resolver.look_up("host", 1, &bell);
        SHORTAGE.set(false);
        assert!(look_up.poll().is_some_and(|found| found.is_err()));
        let mut look_up = resolver.look_up("host", 1, &bell);
        until("it is found", || {
            look_up.poll().is_some_and(|found| found.is_ok())
        });
    }
}
