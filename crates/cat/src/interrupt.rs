//! Ctrl-C and its like: the sockets are closed, with what they have accepted, and every wait ends.
//! Obeys `rfc/sp-swcat.md` section 6.

use std::process;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use crate::party::Party;

/// The exit code of a program that was interrupted.
const CODE: i32 = 130;

/// What an interruption ends.
#[derive(Default)]
pub(crate) struct Interrupt {
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Default)]
struct State {
    happened: bool,
    parties: Vec<Arc<dyn Party>>,
}

impl Interrupt {
    /// Listens to the signals that end a program. A second one ends it at once.
    pub(crate) fn listen() -> Arc<Self> {
        let interrupt = Arc::new(Self::default());
        let heard = interrupt.clone();
        // Without it the signal ends the program as it ends others.
        let _unheard = ctrlc::set_handler(move || heard.happen());
        interrupt
    }

    /// Interrupts.
    fn happen(&self) {
        let mut state = self.state.lock();
        if state.happened {
            process::exit(CODE);
        }
        state.happened = true;
        self.wake.notify_all();
        for party in state.parties.drain(..) {
            // Closing takes as long as the linger time, and the next signal is to be heard.
            thread::spawn(move || party.close());
        }
    }

    /// Has a socket closed when it happens.
    pub(crate) fn ends(&self, party: &Arc<dyn Party>) {
        let mut state = self.state.lock();
        if state.happened {
            party.close();
        } else {
            state.parties.push(party.clone());
        }
    }

    /// Whether it has happened.
    pub(crate) fn has_happened(&self) -> bool {
        self.state.lock().happened
    }

    /// Waits until then; false when it was interrupted.
    pub(crate) fn sleep_until(&self, then: Instant) -> bool {
        self.sleep(then.saturating_duration_since(Instant::now()))
    }

    /// Waits so long; false when it was interrupted.
    pub(crate) fn sleep(&self, time: Duration) -> bool {
        let mut state = self.state.lock();
        self.wake
            .wait_while_for(&mut state, |state| !state.happened, time);
        !state.happened
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // rfc: sp-swcat W-41
    #[test]
    fn an_interruption_ends_the_waits_and_closes_the_sockets() {
        let interrupt = Interrupt::default();
        let party = crate::party::cooked(crate::role::Role::Pull).unwrap();
        interrupt.ends(&party);
        assert!(interrupt.sleep(Duration::ZERO));
        thread::scope(|scope| {
            let waits = scope.spawn(|| interrupt.sleep(Duration::MAX));
            let receives = scope.spawn(|| party.recv(None).map(drop));
            interrupt.happen();
            assert!(!waits.join().unwrap());
            assert!(receives.join().unwrap().is_err());
        });
        assert!(!interrupt.sleep(Duration::ZERO));
    }
}
