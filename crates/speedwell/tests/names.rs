//! Names of hosts and interfaces, as an application meets them. See `rfc/sp-tcp.md` section 2.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::io;
use std::net::SocketAddr;
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use speedwell::{BlockingResolver, Builder, Endpoint, Error, Pull, Push, default_transports};

/// Ten times what the promise allows, for machines that are busy.
const CLOSE_MAX: Duration = Duration::from_millis(1000);

fn port_of(endpoint: &Endpoint) -> u16 {
    let (_, port) = endpoint.address().rsplit_once(':').unwrap();
    port.parse().unwrap()
}

fn bound() -> Result<(Pull, u16), Error> {
    let pull = Pull::new()?;
    pull.set_recv_timeout(Some(Duration::from_secs(20)));
    let port = port_of(&pull.bind("tcp://127.0.0.1:0")?);
    Ok((pull, port))
}

fn push_with(resolver: &BlockingResolver) -> Result<Push, Error> {
    Push::with_builder(&Builder::new(default_transports()).resolver(resolver.clone()))
}

/// A resolver in which `slow` hangs until the sender is dropped, and the rest is this host.
fn hanging() -> (BlockingResolver, Sender<()>) {
    let (gate, wait) = mpsc::channel::<()>();
    let wait = Arc::new(Mutex::new(wait));
    let resolver = BlockingResolver::new(move |host, port| {
        if host == "slow" {
            let _ = wait.lock().unwrap().recv();
            return Err(io::ErrorKind::TimedOut.into());
        }
        Ok(vec![SocketAddr::from(([127, 0, 0, 1], port))])
    });
    (resolver, gate)
}

#[test]
fn the_system_knows_this_host() -> Result<(), Error> {
    let (pull, port) = bound()?;
    let push = Push::new()?;
    push.connect(format!("tcp://localhost:{port}"))?;
    push.send("by name")?;
    assert_eq!(pull.recv()?.body(), b"by name");
    Ok(())
}

#[cfg(target_os = "linux")]
#[test]
fn an_interface_can_be_bound_to_and_connected_from() -> Result<(), Error> {
    let pull = Pull::new()?;
    pull.set_recv_timeout(Some(Duration::from_secs(20)));
    let endpoint = pull.bind("tcp://lo:0")?;
    let push = Push::new()?;
    push.connect(format!("tcp://lo;127.0.0.1:{}", port_of(&endpoint)))?;
    push.send("by interface")?;
    assert_eq!(pull.recv()?.body(), b"by interface");
    Ok(())
}

/// rfc: sp-endpoint E-50
#[test]
fn fault_65_a_hanging_name_delays_no_other_name_socket_or_closing() -> Result<(), Error> {
    let (pull, port) = bound()?;
    let (resolver, gate) = hanging();
    let hangs = push_with(&resolver)?;
    hangs.connect("tcp://slow:1")?;

    // Another endpoint of the same socket, and another socket.
    hangs.connect(format!("tcp://quick:{port}"))?;
    hangs.send("same socket")?;
    assert_eq!(pull.recv()?.body(), b"same socket");
    let other = push_with(&resolver)?;
    other.connect(format!("tcp://quick:{port}"))?;
    other.send("other socket")?;
    assert_eq!(pull.recv()?.body(), b"other socket");

    let begun = Instant::now();
    hangs.close();
    let took = begun.elapsed();
    println!("closed in {took:?} during a look-up that hangs");
    assert!(took < CLOSE_MAX, "{took:?}");
    drop(gate);
    Ok(())
}

/// rfc: sp-tcp T-30
#[test]
fn fault_64_a_name_that_moves_is_followed() -> Result<(), Error> {
    let (first, old) = bound()?;
    let (second, new) = bound()?;
    let port = Arc::new(Mutex::new(old));
    let moving = port.clone();
    let resolver = BlockingResolver::new(move |_, _| {
        Ok(vec![SocketAddr::from((
            [127, 0, 0, 1],
            *moving.lock().unwrap(),
        ))])
    });
    let push = push_with(&resolver)?;
    push.connect("tcp://service:1")?;
    push.send("to the first")?;
    assert_eq!(first.recv()?.body(), b"to the first");

    *port.lock().unwrap() = new;
    first.close();
    let begun = Instant::now();
    while push.pipes() > 0 {
        assert!(begun.elapsed() < Duration::from_secs(20));
        std::thread::yield_now();
    }
    push.send("to the second")?;
    assert_eq!(second.recv()?.body(), b"to the second");
    Ok(())
}
