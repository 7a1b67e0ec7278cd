//! Many at once, and one who watches.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind as Io;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use speedwell_ipc::IpcOptions;
use speedwell_testkit::loopback::until;
use speedwell_transport::{EndpointOptions, ErrorKind};

use crate::driver::{Place, dial, listen, listen_with};

#[test]
fn fault_60_of_many_listeners_that_find_a_stale_file_one_has_it() {
    // rfc: sp-ipc C-07, C-08
    const LISTENERS: usize = 4;
    let place = Place::new();
    let addr = place.addr("a");
    for _ in 0..150 {
        drop(UnixListener::bind(place.path("a")).unwrap());
        let start = Barrier::new(LISTENERS);
        let try_it = || {
            start.wait();
            listen(&addr)
        };
        let results: Vec<_> = thread::scope(|scope| {
            let threads: Vec<_> = (0..LISTENERS).map(|_| scope.spawn(try_it)).collect();
            threads.into_iter().map(|one| one.join().unwrap()).collect()
        });
        let (have, not): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
        assert_eq!(have.len(), 1);
        for result in not {
            assert_eq!(
                result.map(drop).unwrap_err().kind(),
                ErrorKind::AddressInUse
            );
        }
        dial(&addr).unwrap();
        drop(have);
        assert!(place.files().is_empty());
    }
}

#[test]
fn a_listener_that_goes_never_takes_the_file_of_the_next() {
    // rfc: sp-ipc C-19, C-20
    let place = Place::new();
    let addr = place.addr("a");
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let mut had = 0;
                while had < 100 {
                    let Ok(listener) = listen(&addr) else {
                        continue;
                    };
                    dial(&addr).unwrap();
                    drop(listener);
                    had += 1;
                }
            });
        }
    });
    assert!(place.files().is_empty());
}

/// Modes, among them those that no usual `umask` leaves whole, and an owner where one may be named.
fn wishes() -> Vec<IpcOptions> {
    let mut owned = IpcOptions::default();
    owned.mode = Some(0o660);
    // The superuser may give a file away, others only to themselves.
    let root = rustix::process::geteuid().is_root();
    owned.uid = Some(if root {
        12_345
    } else {
        rustix::process::geteuid().as_raw()
    });
    owned.gid = Some(if root {
        54_321
    } else {
        rustix::process::getegid().as_raw()
    });
    let of_mode = |mode| {
        let mut ipc = IpcOptions::default();
        ipc.mode = Some(mode);
        ipc
    };
    [0o666, 0o600, 0o777, 0o000]
        .map(of_mode)
        .into_iter()
        .chain([owned])
        .collect()
}

#[test]
fn fault_62_nobody_ever_sees_the_file_with_another_mode_or_owner() {
    // rfc: sp-ipc C-13
    for ipc in wishes() {
        let place = Place::new();
        let (path, is_over) = (place.path("a"), AtomicBool::new(false));
        let mut options = EndpointOptions::default();
        options.set(ipc.clone());
        let sightings = AtomicUsize::new(0);
        let seen = thread::scope(|scope| {
            let watcher = scope.spawn(|| {
                let mut seen = BTreeSet::new();
                while !is_over.load(Ordering::Relaxed) {
                    if let Ok(found) = fs::symlink_metadata(&path) {
                        seen.insert((found.mode() & 0o7777, found.uid(), found.gid()));
                        sightings.fetch_add(1, Ordering::Relaxed);
                    }
                }
                seen
            });
            let mut listenings = 0;
            until(|| {
                drop(listen_with(&place.addr("a"), &options).unwrap());
                listenings += 1;
                let seen = sightings.load(Ordering::Relaxed);
                (listenings >= 100 && seen >= 100).then_some(())
            });
            is_over.store(true, Ordering::Relaxed);
            println!("{ipc:?}: {listenings} listenings, {sightings:?} sightings");
            watcher.join().unwrap()
        });
        let [(mode, uid, gid)] = seen.iter().collect::<Vec<_>>()[..] else {
            panic!("{ipc:?}: {seen:?}")
        };
        assert_eq!(Some(*mode), ipc.mode);
        assert!(ipc.uid.is_none_or(|asked| asked == *uid));
        assert!(ipc.gid.is_none_or(|asked| asked == *gid));
        assert!(place.files().is_empty());
    }
}

#[test]
fn a_file_with_a_mode_listens_when_it_is_seen() {
    // rfc: sp-ipc C-14
    let place = Place::new();
    let mut ipc = IpcOptions::default();
    ipc.mode = Some(0o600);
    let mut options = EndpointOptions::default();
    options.set(ipc);
    for _ in 0..200 {
        thread::scope(|scope| {
            let first = scope.spawn(|| {
                loop {
                    match UnixStream::connect(place.path("a")) {
                        Err(error) if error.kind() == Io::NotFound => {}
                        result => return result.map(drop),
                    }
                }
            });
            let listener = listen_with(&place.addr("a"), &options).unwrap();
            first.join().unwrap().unwrap();
            drop(listener);
        });
    }
}
