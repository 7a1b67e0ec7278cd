//! The file of a listener: what it may replace, and what it leaves.

use std::fs::{self, File};
use std::os::fd::AsFd;
use std::os::unix::fs::{DirBuilderExt, symlink};
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::time::Instant;

use rustix::fs::{FlockOperation, flock};
use speedwell_ipc::IpcOptions;
use speedwell_transport::{EndpointOptions, ErrorKind, Message};

use crate::driver::{Place, accept, dial, link, listen, listen_with, refusal};

#[test]
fn fault_60_a_stale_file_is_replaced() {
    // rfc: sp-ipc C-08
    let place = Place::new();
    drop(UnixListener::bind(place.path("a")).unwrap());
    assert_eq!(place.files(), ["a"]);
    let mut listener = listen(&place.addr("a")).unwrap();
    let (mut push, mut pull) = link(&mut *listener);
    push.send(b"hello");
    assert_eq!(pull.receive(1).0, [Message::from("hello")]);
    drop(listener);
    assert!(place.files().is_empty());
}

#[test]
fn fault_60_a_live_listener_keeps_its_file() {
    // rfc: sp-ipc C-08, C-22
    let place = Place::new();
    let mut ours = listen(&place.addr("ours")).unwrap();
    let others = UnixListener::bind(place.path("others")).unwrap();
    for name in ["ours", "others"] {
        let before = place.inode(name);
        let (kind, why) = refusal(listen(&place.addr(name)));
        assert_eq!(kind, ErrorKind::AddressInUse);
        assert!(why.ends_with(": somebody listens there"), "{why}");
        assert_eq!(place.inode(name), before);
    }
    drop(others);
    // The probe was a connection that ends before its greeting.
    let probe = accept(&mut *ours).unwrap();
    let end = crate::driver::shake(probe, speedwell_testkit::loopback::PULL);
    assert_eq!(refusal(end).0, ErrorKind::Disconnected);
    link(&mut *ours);
    assert_eq!(place.files(), ["others", "ours"]);
}

#[test]
fn fault_60_what_is_no_socket_is_left_alone() {
    // rfc: sp-ipc C-09, C-10
    let place = Place::new();
    fs::write(place.path("regular"), "precious").unwrap();
    fs::create_dir(place.path("directory")).unwrap();
    drop(UnixListener::bind(place.path("stale")).unwrap());
    symlink(place.path("stale"), place.path("link")).unwrap();
    symlink(place.path("nothing"), place.path("dangling")).unwrap();
    let before = place.files();
    for (name, what) in [
        ("regular", "a regular file is there"),
        ("directory", "a directory is there"),
        ("link", "a symbolic link is there"),
        ("dangling", "a symbolic link is there"),
    ] {
        let inode = place.inode(name);
        let (kind, why) = refusal(listen(&place.addr(name)));
        assert_eq!(kind, ErrorKind::AddressInUse, "{name}");
        assert!(why.ends_with(what), "{why}");
        assert_eq!(place.inode(name), inode, "{name}");
    }
    assert_eq!(place.files(), before);
    assert_eq!(fs::read(place.path("regular")).unwrap(), b"precious");
}

#[test]
fn a_datagram_socket_is_somebodys() {
    // rfc: sp-ipc C-08, C-22
    let place = Place::new();
    let _held = UnixDatagram::bind(place.path("a")).unwrap();
    assert_eq!(refusal(listen(&place.addr("a"))).0, ErrorKind::AddressInUse);
    let (kind, why) = refusal(dial(&place.addr("a")));
    assert_eq!(kind, ErrorKind::BadPeer, "{why}");
}

#[test]
fn fault_61_a_file_that_was_deleted_is_not_missed() {
    // rfc: sp-ipc C-20
    let place = Place::new();
    let mut old = listen(&place.addr("a")).unwrap();
    let (mut push, mut pull) = link(&mut *old);
    fs::remove_file(place.path("a")).unwrap();
    push.send(b"before");
    drop(old);
    push.send(b"after");
    let messages = pull.receive(2).0;
    assert_eq!(messages, [Message::from("before"), Message::from("after")]);
    assert!(place.files().is_empty());
}

#[test]
fn fault_61_what_took_the_place_of_a_file_stays() {
    // rfc: sp-ipc C-20
    let place = Place::new();
    let old = listen(&place.addr("a")).unwrap();
    fs::remove_file(place.path("a")).unwrap();
    let mut new = listen(&place.addr("a")).unwrap();
    let inode = place.inode("a");
    drop(old);
    assert_eq!(place.inode("a"), inode);
    link(&mut *new);
    drop(new);

    let old = listen(&place.addr("b")).unwrap();
    fs::remove_file(place.path("b")).unwrap();
    fs::write(place.path("b"), "precious").unwrap();
    drop(old);
    assert_eq!(fs::read(place.path("b")).unwrap(), b"precious");
    assert_eq!(place.files(), ["b"]);
}

#[test]
fn a_file_is_found_when_its_directory_has_another_name() {
    // rfc: sp-ipc C-04
    let place = Place::new();
    fs::create_dir(place.path("before")).unwrap();
    let listener = listen(&place.addr("before/a")).unwrap();
    fs::rename(place.path("before"), place.path("after")).unwrap();
    fs::create_dir(place.path("before")).unwrap();
    fs::write(place.path("before/a"), "precious").unwrap();
    drop(listener);
    assert!(!place.path("after/a").exists());
    assert_eq!(fs::read(place.path("before/a")).unwrap(), b"precious");
}

#[test]
fn a_killed_listener_leaves_nothing_that_matters() {
    // rfc: sp-ipc C-07
    let place = Place::new();
    for wishes in [None, Some(0o600)] {
        let room = place.path(".a.binding");
        fs::DirBuilder::new().mode(0o700).create(&room).unwrap();
        drop(UnixListener::bind(room.join("s")).unwrap());
        let mut ipc = IpcOptions::default();
        ipc.mode = wishes;
        let mut options = EndpointOptions::default();
        options.set(ipc);
        let _listener = listen_with(&place.addr("a"), &options).unwrap();
        assert_eq!(place.files(), ["a"]);
    }
}

#[test]
fn what_stands_in_the_place_of_the_lock_is_left_alone() {
    // rfc: sp-ipc C-07
    let place = Place::new();
    fs::write(place.path(".file.binding"), "precious").unwrap();
    fs::create_dir(place.path("elsewhere")).unwrap();
    symlink(place.path("elsewhere"), place.path(".link.binding")).unwrap();
    let before = place.files();
    for name in ["file", "link"] {
        let (kind, why) = refusal(listen(&place.addr(name)));
        assert_eq!(kind, ErrorKind::AddressInUse);
        assert!(why.ends_with("binding is no directory"), "{why}");
    }
    assert_eq!(place.files(), before);
}

#[test]
fn a_listener_waits_for_another_that_is_about_to_listen_but_not_for_ever() {
    // rfc: sp-ipc C-07
    let place = Place::new();
    let room = place.path(".a.binding");
    fs::DirBuilder::new().mode(0o700).create(&room).unwrap();
    let held = File::open(&room).unwrap();
    flock(held.as_fd(), FlockOperation::LockExclusive).unwrap();

    let start = Instant::now();
    let (kind, why) = refusal(listen(&place.addr("a")));
    println!("given up after {:?}", start.elapsed());
    assert_eq!(kind, ErrorKind::AddressInUse);
    assert!(why.starts_with("somebody else is about to listen"), "{why}");

    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| listen(&place.addr("a")).map(drop));
        drop(held);
        waiting.join().unwrap().unwrap();
    });
    assert!(place.files().is_empty());
}
