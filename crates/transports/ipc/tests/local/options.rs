//! What the sockets of a pipe were told, and who is at the other end.

use socket2::{Domain, SockRef, Socket, Type};
use speedwell_ipc::IpcOptions;
use speedwell_transport::{EndpointOptions, ErrorKind, Source};

use crate::driver::{Pipe, Place, accept, dialer, join, link, listen_with, refusal, settle};

fn linked_with(place: &Place, options: &EndpointOptions) -> [Pipe; 2] {
    let mut listener = listen_with(&place.addr("a"), options).unwrap();
    let transport = speedwell_ipc::Ipc::new();
    let mut dialer =
        speedwell_testkit::loopback::dialer(&transport, &place.addr("a"), options).unwrap();
    let dialed = settle(|cx| dialer.poll_dial(cx)).unwrap();
    join(dialed, accept(&mut *listener).unwrap()).into()
}

fn buffers(pipe: &Pipe) -> [usize; 2] {
    let Source::Os(source) = &pipe.halves.source else {
        panic!("ipc has a descriptor")
    };
    sizes(&SockRef::from(&source.handle().as_fd()))
}

fn sizes(socket: &Socket) -> [usize; 2] {
    [
        socket.send_buffer_size().unwrap(),
        socket.recv_buffer_size().unwrap(),
    ]
}

/// What this system makes of a wish.
fn granted(octets: usize) -> [usize; 2] {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
    socket.set_send_buffer_size(octets).unwrap();
    socket.set_recv_buffer_size(octets).unwrap();
    sizes(&socket)
}

#[test]
fn buffers_are_a_mebibyte_unless_they_are_set() {
    // rfc: sp-ipc C-15
    let place = Place::new();
    for pipe in linked_with(&place, &EndpointOptions::default()) {
        assert_eq!(buffers(&pipe), granted(1024 * 1024));
    }
    let mut options = EndpointOptions::default();
    options.send_buffer = Some(30_000);
    options.recv_buffer = Some(40_000);
    for pipe in linked_with(&place, &options) {
        assert_eq!(buffers(&pipe), [granted(30_000)[0], granted(40_000)[1]]);
    }
}

#[test]
fn fault_93_absurd_buffers_are_taken_for_what_the_system_allows() {
    // rfc: sp-ipc C-15
    let place = Place::new();
    for octets in [0, 1, usize::MAX] {
        let mut options = EndpointOptions::default();
        options.send_buffer = Some(octets);
        options.recv_buffer = Some(octets);
        linked_with(&place, &options);
    }
}

fn asking(ask: impl FnOnce(&mut IpcOptions)) -> EndpointOptions {
    let mut ipc = IpcOptions::default();
    ask(&mut ipc);
    let mut options = EndpointOptions::default();
    options.set(ipc);
    options
}

#[test]
fn wishes_that_cannot_be_met_are_refused_and_leave_nothing() {
    // rfc: sp-ipc C-10, C-11
    let place = Place::new();
    for options in [
        asking(|ipc| ipc.mode = Some(0o1000)),
        asking(|ipc| ipc.mode = Some(0o4755)),
        asking(|ipc| ipc.mode = Some(u32::MAX)),
        asking(|ipc| ipc.uid = Some(u32::MAX)),
        asking(|ipc| ipc.gid = Some(u32::MAX)),
    ] {
        let refused = refusal(listen_with(&place.addr("a"), &options));
        assert_eq!(refused.0, ErrorKind::InvalidOption);
        assert!(place.files().is_empty());
    }
}

#[test]
fn with_a_mode_a_path_is_shorter_by_eleven_octets() {
    // rfc: sp-ipc C-10, C-13
    let place = Place::new();
    let max = if cfg!(target_os = "linux") { 107 } else { 103 };
    let full = "x".repeat(max - 11 - place.path("").as_os_str().len());
    let options = asking(|ipc| ipc.mode = Some(0o666));
    link(&mut *listen_with(&place.addr(&full), &options).unwrap());
    let (kind, why) = refusal(listen_with(&place.addr(&format!("{full}x")), &options));
    assert_eq!(kind, ErrorKind::InvalidAddress);
    assert!(
        why.ends_with(&format!("at most {} octets", max - 11)),
        "{why}"
    );
    assert!(place.files().is_empty());
}

#[cfg(target_os = "linux")]
#[test]
fn an_abstract_name_has_no_mode() {
    // rfc: sp-ipc C-12
    use speedwell_ipc::Abstract;
    use speedwell_testkit::loopback;

    let options = asking(|ipc| ipc.mode = Some(0o600));
    let refused = loopback::listen(&Abstract::new(), "abstract://speedwell-moded", &options);
    assert_eq!(refusal(refused).0, ErrorKind::InvalidOption);
}

#[cfg(target_os = "linux")]
#[test]
fn both_sides_know_who_the_peer_is() {
    // rfc: sp-ipc C-18
    use rustix::process::{getegid, geteuid};
    use speedwell_transport::Credentials;

    let place = Place::new();
    let mut listener = listen_with(&place.addr("a"), &EndpointOptions::default()).unwrap();
    let (push, pull) = link(&mut *listener);
    let us = Credentials::new(geteuid().as_raw(), getegid().as_raw());
    let us = us.of_process(std::process::id());
    assert_eq!(push.peer.credentials, Some(us));
    assert_eq!(pull.peer.credentials, Some(us));
    assert_eq!(push.peer.address, Some(listener.local_addr()));
    assert_eq!(pull.peer.address, None);
}

#[test]
fn a_dialer_pays_no_heed_to_what_concerns_a_file() {
    // rfc: sp-ipc C-11
    let place = Place::new();
    let options = asking(|ipc| ipc.mode = Some(0o1000));
    let transport = speedwell_ipc::Ipc::new();
    speedwell_testkit::loopback::dialer(&transport, &place.addr("a"), &options).unwrap();
    dialer(&place.addr("a")).unwrap();
}
