//! What a subscriber of `tracing` hears: the way of a message, the life of a pipe, and no body. It
//! may use the socket while it hears it.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::cell::RefCell;
use std::fmt::{Debug, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, mpsc};
use std::thread;
use std::time::Duration;

use speedwell::{Pull, Push};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Far longer than anything here takes.
const SOON: Duration = Duration::from_secs(20);

/// What was heard, in order, each thing below the spans it was in.
static HEARD: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Sockets that the subscriber looks at whenever it hears something.
static SOCKETS: OnceLock<(Push, Pull)> = OnceLock::new();

thread_local! {
    /// The spans that this thread is in.
    static INSIDE: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

/// The name of each span.
static NAMES: Mutex<Vec<&str>> = Mutex::new(Vec::new());

#[derive(Default)]
struct Listener(AtomicU64);

/// Fields as text.
struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {}={value:?}", field.name()).unwrap();
    }
}

fn hear(what: &str) {
    let path: Vec<&str> = INSIDE.with_borrow(|inside| {
        let names = NAMES.lock().unwrap();
        let name = |id: &u64| names.get(usize::try_from(*id).ok()?.checked_sub(1)?);
        inside.iter().filter_map(name).copied().collect()
    });
    HEARD
        .lock()
        .unwrap()
        .push(format!("{}|{what}", path.join(">")));
    // It would wait for ever if a lock were held.
    if let Some((push, pull)) = SOCKETS.get() {
        assert!(push.snapshot().endpoints.len() <= 1 && pull.snapshot().endpoints.len() <= 1);
    }
}

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "speedwell"
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let name = span.metadata().name();
        let mut text = Text(name.to_owned());
        span.record(&mut text);
        let id = {
            let mut names = NAMES.lock().unwrap();
            names.push(name);
            names.len() as u64
        };
        self.0.store(id, Ordering::SeqCst);
        hear(&text.0);
        Id::from_u64(id)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = Text(String::new());
        event.record(&mut text);
        hear(text.0.trim_start());
    }

    fn enter(&self, id: &Id) {
        INSIDE.with_borrow_mut(|inside| inside.push(id.into_u64()));
    }

    fn exit(&self, id: &Id) {
        INSIDE.with_borrow_mut(|inside| assert_eq!(inside.pop(), Some(id.into_u64())));
    }
}

/// Waits until something is heard with all these words, after the first `from` things.
fn heard_from(from: usize, words: &[&str]) -> usize {
    let start = std::time::Instant::now();
    loop {
        let heard = HEARD.lock().unwrap();
        let has_all = |line: &String| words.iter().all(|word| line.contains(word));
        if let Some(at) = heard.iter().skip(from).position(has_all) {
            return from + at;
        }
        assert!(start.elapsed() < SOON, "no {words:?} in {heard:#?}");
        drop(heard);
        thread::sleep(Duration::from_millis(1));
    }
}

/// Waits until something is heard with all these words.
fn heard(words: &[&str]) -> usize {
    heard_from(0, words)
}

// rfc: sp-monitor M-30 M-31 M-32
#[test]
fn a_subscriber_hears_each_hop_and_each_life_and_no_body() {
    tracing::subscriber::set_global_default(Listener::default()).unwrap();
    let (done, is_done) = mpsc::channel();
    thread::spawn(move || {
        let (push, pull) = (Push::new().unwrap(), Pull::new().unwrap());
        let endpoint = pull.bind("tcp://127.0.0.1:0").unwrap();
        push.connect(endpoint.address()).unwrap();
        let (push, pull) = SOCKETS.get_or_init(|| (push, pull));
        push.send_timeout("a secret", SOON).unwrap();
        assert_eq!(pull.recv_timeout(SOON).unwrap().body(), b"a secret");
        push.close();
        done.send(()).unwrap();
    });
    is_done
        .recv_timeout(SOON)
        .expect("a lock is held while something is told");

    // The life of the pipe, on both sides.
    let listening = heard(&["listening", "endpoint=1"]);
    let added = heard_from(listening, &["pipe added", "peer=\"tcp://127.0.0.1:"]);
    heard_from(added, &["pipe removed", "ClosedByPeer"]);
    heard_from(added, &["closed", "endpoint=1"]);

    // The way of the message: what the sender does lies within its call.
    let send = heard(&["|Socket::send", "octets=8"]);
    let within = "Socket::send|";
    let machine = heard_from(send, &[within, "Engine::send", "protocol=80"]);
    let push = heard_from(machine, &[within, "Cx::push", "octets=8", "full=false"]);
    let batch = heard_from(push, &["|Batch", "octets=16"]);
    let read = heard_from(batch, &["RxHalf::read", "messages=1", "octets=8"]);
    heard_from(read, &["Engine::on_batch", "messages=1", "left=0"]);
    heard(&["|Socket::recv"]);
    let all = HEARD.lock().unwrap().join("\n");
    assert!(
        !all.contains("secret") && !all.contains("97, 32, 115"),
        "{all}"
    );
}
