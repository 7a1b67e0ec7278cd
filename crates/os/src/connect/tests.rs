//! What each answer of the system means, and that a signal between two of them means nothing.
#![cfg(unix)]

use std::net::TcpListener;
use std::os::unix::net::UnixListener;

use socket2::{Domain, Type};

use super::*;

/// Has the system say these things, and says what they come to and how often it was told.
fn told(answers: &[Option<Errno>]) -> (usize, Result<Connecting, Option<i32>>) {
    let mut asked = 0;
    let result = whatever_signals(|| {
        let answer = answers.get(asked.min(answers.len() - 1)).copied().flatten();
        asked += 1;
        answer.map_or(Ok(()), |errno| Err(errno.into()))
    });
    (asked, result.map_err(|error| error.raw_os_error()))
}

#[test]
fn fault_56_each_error_of_connect_ends_an_attempt_or_does_not() {
    // rfc: sp-tcp T-17, T-19
    for number in 1..200 {
        let goes_on = match Errno::from_raw_os_error(number) {
            Errno::INTR => continue,
            Errno::INPROGRESS | Errno::ALREADY => Ok(Connecting::UnderWay),
            Errno::ISCONN => Ok(Connecting::Connected),
            _ => Err(Some(number)),
        };
        assert_eq!(
            told(&[Some(Errno::from_raw_os_error(number))]),
            (1, goes_on)
        );
    }
}

#[test]
fn fault_66_a_signal_changes_nothing() {
    // rfc: sp-waiting W-52
    let signal = Some(Errno::INTR);
    for (then, outcome) in [
        (None, Ok(Connecting::Connected)),
        (Some(Errno::ISCONN), Ok(Connecting::Connected)),
        (Some(Errno::INPROGRESS), Ok(Connecting::UnderWay)),
        (Some(Errno::ALREADY), Ok(Connecting::UnderWay)),
        (
            Some(Errno::CONNREFUSED),
            Err(Some(Errno::CONNREFUSED.raw_os_error())),
        ),
    ] {
        assert_eq!(told(&[signal, signal, then]), (3, outcome));
    }
    let interrupted = Err(Some(Errno::INTR.raw_os_error()));
    assert_eq!(told(&[signal]), (SIGNALS_MAX + 1, interrupted));
}

/// A signal that comes when the system has already done what it was told.
fn connect_and_be_interrupted(domain: Domain, to: &SockAddr) -> io::Result<Connecting> {
    let socket = Socket::new(domain, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    let mut signals = [Io::Interrupted; 2].into_iter();
    whatever_signals(|| {
        let result = socket.connect(to);
        signals.next().map_or(result, |signal| Err(signal.into()))
    })
}

#[test]
fn fault_66_the_system_says_of_a_socket_that_it_connects_already() {
    // rfc: sp-waiting W-52
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let to = tcp.local_addr().unwrap().into();
    connect_and_be_interrupted(Domain::IPV4, &to).unwrap();
    drop(tcp.accept().unwrap());

    let file = std::env::temp_dir().join(format!("speedwell-connect-{}", std::process::id()));
    let unix = UnixListener::bind(&file).unwrap();
    let outcome = connect_and_be_interrupted(Domain::UNIX, &SockAddr::unix(&file).unwrap());
    std::fs::remove_file(&file).unwrap();
    assert_eq!(outcome.unwrap(), Connecting::Connected);
    drop(unix.accept().unwrap());
}
