//! What becomes of a socket that was told to connect.

use socket2::{Domain, Type};

use super::*;

#[test]
fn fault_77_a_socket_that_is_connected_to_itself_is_refused() {
    // rfc: sp-tcp T-20
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
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

#[test]
fn fault_56_each_error_of_connect_ends_an_attempt_or_does_not() {
    // rfc: sp-tcp T-17, T-19
    assert!(goes_on(&Io::Interrupted.into()));
    for number in (1..200).filter(|number| Some(*number) != IN_PROGRESS) {
        let error = io::Error::from_raw_os_error(number);
        assert_eq!(goes_on(&error), error.kind() == Io::Interrupted, "{error}");
    }
    if let Some(number) = IN_PROGRESS {
        assert!(goes_on(&io::Error::from_raw_os_error(number)));
    }
}
