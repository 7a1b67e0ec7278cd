//! What the tests of this program share: one of them at a time, a pair of sockets, and the length
//! of a run. Counts nothing itself.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use speedwell::{Pair, Pull, Push, Rep, Req};
use speedwell_testkit::effort::usual_or;

/// A bound on waiting, far beyond what anything here takes.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// The counters are the whole process's: one test measures at a time.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `count`, or ten times as many in a long run.
pub(crate) fn scaled(count: u64) -> u64 {
    usual_or(count, count * 10)
}

/// Octets of each buffer on the way, so that they are soon full.
const BUFFER: usize = 128 * 1024;

/// A PULL that is bound, and a PUSH connected to it.
pub(crate) fn pipeline(address: &str) -> (Push, Pull) {
    let (push, pull) = (Push::new().unwrap(), Pull::new().unwrap());
    push.set_send_buffer(BUFFER).unwrap();
    pull.set_recv_buffer(BUFFER).unwrap();
    let endpoint = pull.bind(address).unwrap();
    push.connect(endpoint.address()).unwrap();
    (push, pull)
}

/// Two PAIR sockets, connected.
pub(crate) fn pair(address: &str) -> (Pair, Pair) {
    let (left, right) = (Pair::new().unwrap(), Pair::new().unwrap());
    let endpoint = left.bind(address).unwrap();
    right.connect(endpoint.address()).unwrap();
    (left, right)
}

/// A REQ connected to a REP.
pub(crate) fn req_rep(address: &str) -> (Req, Rep) {
    let (req, rep) = (Req::new().unwrap(), Rep::new().unwrap());
    let endpoint = rep.bind(address).unwrap();
    req.connect(endpoint.address()).unwrap();
    (req, rep)
}
