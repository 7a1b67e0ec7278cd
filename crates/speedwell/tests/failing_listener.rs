//! A listener that fails again and again is left alone for longer each time, and found again.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use speedwell::{Pull, Push, Transports, default_transports};
use speedwell_tcp::Tcp;
use speedwell_transport::{
    Addr, Conn, Dialer, EndpointOptions, Env, Error, ErrorKind, Listener, PollCx, Progress,
    Transport,
};

const SOON: Duration = Duration::from_secs(10);

type Trouble = fn() -> Progress<Box<dyn Conn>>;

/// Tcp, but the first polls of a listener meet trouble.
struct Ill {
    trouble: Trouble,
    polls: usize,
    at: Arc<Mutex<Vec<Instant>>>,
}

impl Transport for Ill {
    fn scheme(&self) -> &str {
        "tcp"
    }

    fn dialer(
        &self,
        addr: &Addr,
        options: &EndpointOptions,
        env: &Env<'_>,
    ) -> Result<Box<dyn Dialer>, Error> {
        Tcp::new().dialer(addr, options, env)
    }

    fn listener(
        &self,
        addr: &Addr,
        options: &EndpointOptions,
        env: &Env<'_>,
    ) -> Result<Box<dyn Listener>, Error> {
        Ok(Box::new(IllListener {
            well: Tcp::new().listener(addr, options, env)?,
            trouble: self.trouble,
            polls: self.polls,
            at: self.at.clone(),
        }))
    }
}

struct IllListener {
    well: Box<dyn Listener>,
    trouble: Trouble,
    polls: usize,
    at: Arc<Mutex<Vec<Instant>>>,
}

impl Listener for IllListener {
    fn local_addr(&self) -> Addr {
        self.well.local_addr()
    }

    fn poll_accept(&mut self, cx: &mut PollCx<'_>) -> Progress<Box<dyn Conn>> {
        if self.polls == 0 {
            return self.well.poll_accept(cx);
        }
        self.polls -= 1;
        self.at.lock().unwrap().push(Instant::now());
        (self.trouble)()
    }
}

/// Binds over a listener with that trouble, which a message must outlast; says when it was polled.
fn outlasts(trouble: Trouble, polls: usize) -> Vec<Instant> {
    let at = Arc::new(Mutex::default());
    let ill = Ill {
        trouble,
        polls,
        at: Arc::clone(&at),
    };
    let pull = Pull::with_transports(&Transports::new().with(ill)).unwrap();
    let endpoint = pull.bind("tcp://127.0.0.1:0").unwrap();
    let push = Push::with_transports(&default_transports()).unwrap();
    push.connect(endpoint.address()).unwrap();
    push.send_timeout("still there", SOON).unwrap();
    assert_eq!(pull.recv_timeout(SOON).unwrap().body(), b"still there");
    assert_eq!(pull.stats().accept_errors, u64::try_from(polls).unwrap());
    at.lock().unwrap().clone()
}

/// The rests that E-08 promises behind each failure but the first.
fn rested(at: &[Instant]) {
    assert!(at.len() > 2);
    for (pair, rest_ms) in at.windows(2).zip([0, 20, 40, 80]) {
        assert!(pair[1] - pair[0] >= Duration::from_millis(rest_ms));
    }
}

#[test]
fn fault_56_a_listener_that_goes_on_failing_rests_between_polls() {
    // rfc: sp-endpoint E-08
    rested(&outlasts(
        || Progress::Fail(Error::new(ErrorKind::System, "as the test says")),
        5,
    ));
}

/// A poll set takes no regular file: the listener would wait for ever if the failure to watch it
/// led to nothing.
#[cfg(target_os = "linux")]
#[test]
fn fault_56_a_listener_that_cannot_be_watched_is_polled_again() {
    // rfc: sp-endpoint E-08
    use speedwell_transport::{Interest, Source};

    rested(&outlasts(
        || {
            let file = std::fs::File::open(env!("CARGO_MANIFEST_DIR").to_owned() + "/Cargo.toml");
            Progress::Wait(Interest::readable(Source::os(Arc::new(file.unwrap()))))
        },
        3,
    ));
}
