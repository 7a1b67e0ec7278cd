//! What becomes of a socket that was told to connect.

use socket2::{Domain, Type};
use speedwell_transport::{Doorbell, Resolver, Ring};

use super::*;

#[test]
fn fault_77_a_socket_that_is_connected_to_itself_is_refused() {
    // rfc: sp-tcp T-20
    let socket = Own::new(Socket::new(Domain::IPV4, Type::STREAM, None).unwrap());
    let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
    socket.bind(&any.into()).unwrap();
    let own = socket.local_addr().unwrap();
    if socket.connect(&own).is_err() {
        return; // This system does not connect a socket to itself.
    }
    assert_eq!(Outcome::of(&socket).unwrap(), Outcome::ToItself);
    drop(socket);
    let again = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    again.bind(&own).unwrap();
}

/// A resolver that knows one list, and answers when it is let.
#[derive(Clone, Default)]
struct Book {
    found: Arc<std::sync::Mutex<Option<Vec<SocketAddr>>>>,
    asked: Arc<std::sync::atomic::AtomicUsize>,
}

impl Book {
    fn says(&self, found: &[SocketAddr]) {
        *self.found.lock().unwrap() = Some(found.to_vec());
    }

    fn asked(&self) -> usize {
        self.asked.load(std::sync::atomic::Ordering::Relaxed)
    }
}

impl Resolver for Book {
    fn look_up(&self, _: &str, _: u16, _: &Doorbell) -> Box<dyn LookUp> {
        self.asked
            .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Box::new(self.clone())
    }
}

impl LookUp for Book {
    fn poll(&mut self) -> Option<Result<Vec<SocketAddr>, Error>> {
        self.found.lock().unwrap().clone().map(Ok)
    }
}

/// A dialer of a name, and its time.
struct Dialer {
    connector: TcpConnector,
    bell: Doorbell,
    now: Instant,
}

impl Dialer {
    fn new(text: &str, book: &Book) -> Self {
        let resolver: Arc<dyn Resolver> = Arc::new(book.clone());
        let env = Env::new().with_resolver(&resolver);
        let addr = Addr::parse(text).unwrap();
        Self {
            connector: TcpConnector::new(&addr, &EndpointOptions::default(), &env).unwrap(),
            bell: Doorbell::new(Arc::new(Mute)),
            now: Instant::now(),
        }
    }

    fn polls(&mut self) -> Progress<Box<dyn ByteStream>> {
        let mut cx = PollCx::new(self.now, &self.bell);
        self.connector.poll_connect(&mut cx)
    }

    /// Polls until something other than waiting for the system comes of it.
    fn connects_to(&mut self, expected: SocketAddr) {
        let begun = Instant::now();
        loop {
            match self.polls() {
                Progress::Ready(stream) => {
                    let peer = stream.peer_addr().unwrap();
                    assert_eq!(peer.location(), expected.to_string());
                    return;
                }
                Progress::Wait(_) => assert!(begun.elapsed() < Duration::from_secs(10)),
                Progress::Fail(error) => panic!("{error}"),
            }
            std::thread::yield_now();
        }
    }
}

struct Mute;

impl Ring for Mute {
    fn ring(&self) {}
}

/// A port of this host at which somebody listens.
fn listener() -> (Socket, SocketAddr) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
    socket.bind(&any.into()).unwrap();
    socket.listen(0).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    (socket, address)
}

/// A port of this host at which nobody listens.
fn dead() -> SocketAddr {
    listener().1
}

#[test]
fn a_name_of_two_addresses_the_first_dead_is_connected_to() {
    // rfc: sp-tcp T-28
    let (_socket, alive) = listener();
    let book = Book::default();
    book.says(&[dead(), alive]);
    Dialer::new("tcp://example.org:80", &book).connects_to(alive);
}

#[test]
fn a_name_is_looked_up_for_each_attempt() {
    // rfc: sp-tcp T-30
    let (_one, first) = listener();
    let (_two, second) = listener();
    let book = Book::default();
    let mut dialer = Dialer::new("tcp://example.org:80", &book);
    let Progress::Wait(interest) = dialer.polls() else {
        panic!("nothing was found yet");
    };
    assert!(!interest.is_bell_alone(), "a look-up has a deadline");
    book.says(&[first]);
    dialer.connects_to(first);
    book.says(&[second]);
    dialer.connects_to(second);
    assert_eq!(book.asked(), 2);
}

#[test]
fn a_name_with_only_dead_addresses_fails_and_is_looked_up_again() {
    // rfc: sp-tcp T-19, T-28
    let book = Book::default();
    book.says(&[dead(), dead()]);
    let mut dialer = Dialer::new("tcp://example.org:80", &book);
    for attempt in 1..=2 {
        let error = loop {
            if let Progress::Fail(error) = dialer.polls() {
                break error;
            }
        };
        assert_eq!(error.kind(), ErrorKind::Refused);
        assert_eq!(book.asked(), attempt);
    }
}

/// A listener whose queue is full drops what comes, which is silence. Linux alone is so.
#[cfg(target_os = "linux")]
#[test]
fn a_silent_address_makes_way_for_the_next_and_then_comes_last() {
    // rfc: sp-tcp T-28, T-29
    let (_full, silent) = listener();
    let crowd: Vec<_> = (0..3)
        .map(|_| {
            let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
            socket.set_nonblocking(true).unwrap();
            let _ = socket.connect(&silent.into());
            socket
        })
        .collect();
    let (socket, alive) = listener();
    let book = Book::default();
    book.says(&[silent, alive]);
    let mut dialer = Dialer::new("tcp://example.org:80", &book);
    let Progress::Wait(interest) = dialer.polls() else {
        panic!("nobody answers");
    };
    assert_eq!(interest.deadline(), Some(dialer.now + SILENCE_MAX));
    dialer.now += SILENCE_MAX;
    dialer.connects_to(alive);
    socket.accept().unwrap();

    // Given up by the driver's deadline, it comes last in the next attempt.
    let mut dialer = Dialer::new("tcp://example.org:80", &book);
    assert!(matches!(dialer.polls(), Progress::Wait(_)));
    dialer.connector.abandon();
    dialer.connects_to(alive);
    drop(crowd);
}

#[test]
fn an_abandoned_attempt_closes_its_socket() {
    // rfc: sp-tcp T-17
    let addr = Addr::parse("tcp://127.0.0.1:1").unwrap();
    let mut connector = TcpConnector::new(&addr, &EndpointOptions::default(), &Env::new()).unwrap();
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let socket = Arc::new(Own::new(socket));
    let open = Arc::downgrade(&socket);
    connector.attempt = Attempt::Connecting(Trial {
        socket,
        to: "127.0.0.1:1".parse().unwrap(),
        rest: VecDeque::new(),
        until: None,
    });
    connector.abandon();
    assert!(open.upgrade().is_none());
}
