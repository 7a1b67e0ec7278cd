//! Where the tests take place: addresses of every transport, and waiting until something is so.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use speedwell::device::StartError;
use speedwell::{AnySocket, Device, Endpoint, RawRep, RawReq};

/// Far longer than anything here takes, on a busy machine too.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// What carries the messages of one side.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Carrier {
    Tcp,
    #[cfg(unix)]
    Ipc,
    Inproc,
}

/// Front and back over different transports, so that each is once on either side.
pub(crate) const CARRIERS: &[(Carrier, Carrier)] = &[
    (Carrier::Inproc, Carrier::Tcp),
    #[cfg(unix)]
    (Carrier::Tcp, Carrier::Ipc),
    #[cfg(unix)]
    (Carrier::Ipc, Carrier::Inproc),
];

impl Carrier {
    /// An address that nobody else has; with tcp the system chooses one.
    pub(crate) fn anywhere(self) -> String {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        match self {
            Self::Tcp => "tcp://127.0.0.1:0".to_owned(),
            #[cfg(unix)]
            Self::Ipc => {
                let name = format!("speedwell-devices-{}-{number}", std::process::id());
                format!("ipc://{}", std::env::temp_dir().join(name).display())
            }
            Self::Inproc => format!("inproc://devices {number}"),
        }
    }

    pub(crate) fn bind(self, socket: &AnySocket) -> Endpoint {
        socket.bind(self.anywhere()).unwrap()
    }
}

/// Connects, and waits until both sockets have the new pipe.
pub(crate) fn meet(socket: &AnySocket, bound: &AnySocket, at: &Endpoint) {
    let (before, there) = (socket.pipes(), bound.pipes());
    socket.set_reconnect(Duration::from_millis(10), Duration::ZERO);
    socket.connect(at.address()).unwrap();
    until("they meet", || {
        socket.pipes() > before && bound.pipes() > there
    });
}

/// Waits until something is so.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < SOON, "in vain: {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Runs something, and says how long it took.
pub(crate) fn timed<T>(run: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = run();
    (result, start.elapsed())
}

/// A device for requests.
pub(crate) struct Broker {
    pub(crate) front: RawRep,
    pub(crate) back: RawReq,
    pub(crate) device: Device,
}

impl Broker {
    pub(crate) fn new() -> Result<Self, StartError> {
        let (front, back) = (RawRep::new().unwrap(), RawReq::new().unwrap());
        let device = Device::start(&front, &back)?;
        Ok(Self {
            front,
            back,
            device,
        })
    }

    pub(crate) fn with_ttl(ttl: u8) -> Self {
        let broker = Self::new().unwrap();
        broker.front.set_ttl(ttl).unwrap();
        broker
    }
}
