//! What is a name, and what becomes of one that is none.

use std::fs;

use speedwell_transport::{ErrorKind, Message};

use crate::driver::{Place, accept, dial, dialer, link, listen, refusal, settle};

/// Octets that a path may have: the figure of the specification, not of the code.
const LEN_MAX: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

#[test]
fn fault_59_a_path_of_full_length_is_a_name_and_a_longer_one_is_refused() {
    // rfc: sp-ipc C-03
    let place = Place::new();
    let base = place.path("").as_os_str().len();
    let full = "x".repeat(LEN_MAX - base);
    let mut listener = listen(&place.addr(&full)).unwrap();
    let (mut push, mut pull) = link(&mut *listener);
    push.send(b"hello");
    assert_eq!(pull.receive(1).0, [Message::from("hello")]);
    assert_eq!(place.files(), [full.as_str()]);
    drop(listener);

    for more in [1, 2, 21, 300] {
        let long = place.addr(&format!("{full}{}", "x".repeat(more)));
        for refused in [refusal(listen(&long)), refusal(dialer(&long))] {
            assert_eq!(refused.0, ErrorKind::InvalidAddress);
            assert!(refused.1.contains(&format!("at most {LEN_MAX} octets")));
        }
    }
    assert!(place.files().is_empty());
}

#[test]
fn fault_59_what_names_no_file_is_refused_at_once() {
    // rfc: sp-ipc C-01, C-02
    let place = Place::new();
    for text in [
        "ipc://".to_owned(),
        "ipc://.".to_owned(),
        "ipc://..".to_owned(),
        "ipc:///".to_owned(),
        "ipc://\0hidden".to_owned(),
        place.addr("a/"),
        place.addr("a/.."),
        place.addr("cut\0here"),
    ] {
        for refused in [refusal(listen(&text)), refusal(dialer(&text))] {
            assert_eq!(refused.0, ErrorKind::InvalidAddress, "{text:?}");
        }
    }
    assert!(place.files().is_empty());
}

#[test]
fn a_path_is_taken_as_it_stands() {
    // rfc: sp-ipc C-01
    let place = Place::new();
    for name in [
        "a%20b",
        "two words",
        "grün",
        "a?b#c",
        "a://b".trim_start_matches("a://"),
    ] {
        let mut listener = listen(&place.addr(name)).unwrap();
        assert_eq!(listener.local_addr().as_str(), place.addr(name));
        assert_eq!(place.files(), [name]);
        link(&mut *listener);
    }
}

#[test]
fn fault_59_a_directory_that_is_missing_or_none() {
    // rfc: sp-ipc C-22
    let place = Place::new();
    fs::write(place.path("regular"), "").unwrap();
    for name in ["missing/a", "regular/a"] {
        let (kind, why) = refusal(listen(&place.addr(name)));
        assert_eq!(kind, ErrorKind::AddressNotAvailable);
        assert!(why.contains("directory"), "{why}");
        let (kind, why) = refusal(dial(&place.addr(name)));
        assert_eq!(kind, ErrorKind::Refused, "{why}");
    }
}

#[test]
fn a_dialer_may_come_before_its_listener_and_comes_again_after_it() {
    // rfc: sp-ipc C-17
    let place = Place::new();
    let mut dialer = dialer(&place.addr("a")).unwrap();
    for _ in 0..3 {
        let (kind, why) = refusal(settle(|cx| dialer.poll_dial(cx)));
        assert_eq!(kind, ErrorKind::Refused);
        assert!(why.contains(&place.addr("a")), "{why}");
        let mut listener = listen(&place.addr("a")).unwrap();
        for _ in 0..2 {
            settle(|cx| dialer.poll_dial(cx)).unwrap();
            accept(&mut *listener).unwrap();
        }
        dialer.abandon();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_listener_whose_queue_is_full_refuses_and_the_dialer_goes_on() {
    // rfc: sp-ipc C-17, C-22
    use socket2::{Domain, SockAddr, Socket, Type};

    let place = Place::new();
    let slow = Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
    slow.bind(&SockAddr::unix(place.path("a")).unwrap())
        .unwrap();
    slow.listen(0).unwrap();
    let mut dialer = dialer(&place.addr("a")).unwrap();
    let mut held = Vec::new();
    let full = loop {
        match settle(|cx| dialer.poll_dial(cx)) {
            Ok(conn) => held.push(conn),
            Err(error) => break error,
        }
        assert!(held.len() < 10);
    };
    assert_eq!(full.kind(), ErrorKind::Refused);
    assert!(full.to_string().starts_with("too many wait already"));
    assert_eq!(refusal(listen(&place.addr("a"))).0, ErrorKind::AddressInUse);
    slow.accept().unwrap();
    settle(|cx| dialer.poll_dial(cx)).unwrap();
}

#[cfg(target_os = "linux")]
mod unfiled {
    use speedwell_ipc::Abstract;
    use speedwell_testkit::loopback;
    use speedwell_transport::{Error, Listener};

    use super::*;

    fn listen(text: &str) -> Result<Box<dyn Listener>, Error> {
        loopback::listen(&Abstract::new(), text, &Default::default())
    }

    fn dialer(text: &str) -> Result<(), Error> {
        loopback::dialer(&Abstract::new(), text, &Default::default()).map(drop)
    }

    fn own(name: &str) -> String {
        format!("abstract://speedwell-{}-{name}", std::process::id())
    }

    #[test]
    fn names_that_are_escaped_otherwise_are_one() {
        // rfc: sp-ipc C-05, C-06
        let mut listener = listen(&own("a%20b%00c")).unwrap();
        assert_eq!(
            refusal(listen(&own("%61 b%00%63"))).0,
            ErrorKind::AddressInUse
        );
        listen(&own("a b")).unwrap();
        let (mut push, mut pull) = loopback::link(&Abstract::new(), &mut *listener);
        push.send(b"hello");
        assert_eq!(pull.receive(1).0, [Message::from("hello")]);
        let names = fs::read_to_string("/proc/net/unix").unwrap();
        assert!(names.contains(&format!("@speedwell-{}-a b@c", std::process::id())));
    }

    #[test]
    fn a_name_is_free_when_its_listener_is_dropped() {
        // rfc: sp-ipc C-24
        for _ in 0..3 {
            let mut listener = listen(&own("again")).unwrap();
            loopback::link(&Abstract::new(), &mut *listener);
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        // rfc: sp-ipc C-05, C-06
        let full = format!("abstract://{}", "%41".repeat(106));
        for text in ["", "%", "%4", "%4x", "a%+1", "%é"] {
            let text = format!("abstract://{text}");
            for refused in [refusal(listen(&text)), refusal(dialer(&text))] {
                assert_eq!(refused.0, ErrorKind::InvalidAddress, "{text}");
            }
        }
        dialer(&format!("{full}B")).unwrap();
        assert_eq!(
            refusal(dialer(&format!("{full}BC"))).0,
            ErrorKind::InvalidAddress
        );
    }
}
