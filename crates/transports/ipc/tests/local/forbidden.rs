//! What the system forbids. The superuser is forbidden nothing, so the test becomes somebody else.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::thread;

use rustix::process::{Uid, geteuid};
use speedwell_ipc::IpcOptions;
use speedwell_transport::{EndpointOptions, ErrorKind};

use crate::driver::{Place, dial, listen, listen_with, refusal};

/// A user that owns nothing here.
const NOBODY: u32 = 65_534;

/// Runs on a thread of its own, as anybody but the superuser; on Linux each thread is a user.
fn as_a_mere_user<T: Send>(act: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let user = scope.spawn(|| {
            if geteuid().is_root() {
                rustix::thread::set_thread_uid(Uid::from_raw(NOBODY)).unwrap();
            }
            act()
        });
        user.join().unwrap()
    })
}

fn chmod(place: &Place, name: &str, mode: u32) {
    fs::set_permissions(place.path(name), Permissions::from_mode(mode)).unwrap();
}

#[test]
fn fault_59_a_directory_without_permission_to_write() {
    // rfc: sp-ipc C-10, C-22
    let place = Place::new();
    chmod(&place, "", 0o555);
    let (kind, why) = as_a_mere_user(|| refusal(listen(&place.addr("a"))));
    assert_eq!(kind, ErrorKind::PermissionDenied);
    assert!(why.starts_with("cannot listen at ipc://"), "{why}");
    chmod(&place, "", 0o755);
    assert!(place.files().is_empty());
}

#[test]
fn fault_59_a_directory_that_may_not_be_entered() {
    // rfc: sp-ipc C-22
    let place = Place::new();
    fs::create_dir(place.path("closed")).unwrap();
    chmod(&place, "", 0o755);
    chmod(&place, "closed", 0o000);
    for act in [
        |text: &str| refusal(listen(text)),
        |text: &str| refusal(dial(text)),
    ] {
        let (kind, why) = as_a_mere_user(|| act(&place.addr("closed/a")));
        assert_eq!(kind, ErrorKind::PermissionDenied, "{why}");
    }
    chmod(&place, "closed", 0o755);
}

#[test]
fn a_directory_need_not_be_listed() {
    // rfc: sp-ipc C-07
    let place = Place::new();
    chmod(&place, "", 0o755);
    fs::create_dir(place.path("drop")).unwrap();
    chmod(&place, "drop", 0o333);
    as_a_mere_user(|| listen(&place.addr("drop/a")).map(drop)).unwrap();
}

#[test]
fn fault_59_a_file_that_may_not_be_connected_to() {
    // rfc: sp-ipc C-13, C-22
    let place = Place::new();
    chmod(&place, "", 0o755);
    let mut ipc = IpcOptions::default();
    ipc.mode = Some(0o444);
    let mut options = EndpointOptions::default();
    options.set(ipc);
    let _listener = listen_with(&place.addr("a"), &options).unwrap();
    let (kind, why) = as_a_mere_user(|| refusal(dial(&place.addr("a"))));
    assert_eq!(kind, ErrorKind::PermissionDenied);
    assert!(why.starts_with("cannot connect to ipc://"), "{why}");
}

#[test]
fn a_file_cannot_be_given_away_by_everybody() {
    // rfc: sp-ipc C-10, C-22
    let place = Place::new();
    chmod(&place, "", 0o777);
    let mut ipc = IpcOptions::default();
    ipc.uid = Some(0);
    let mut options = EndpointOptions::default();
    options.set(ipc);
    let (kind, why) = as_a_mere_user(|| refusal(listen_with(&place.addr("a"), &options)));
    assert_eq!(kind, ErrorKind::PermissionDenied);
    assert!(why.contains("owner and mode"), "{why}");
    assert!(place.files().is_empty());
}
