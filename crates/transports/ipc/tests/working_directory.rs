//! A relative path, in a process that changes its working directory: alone in its program, for the
//! directory is the whole process's.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "tests")]

use std::env;
use std::fs;

use speedwell_ipc::Ipc;
use speedwell_testkit::loopback::{addr, dial, link, listen};
use speedwell_transport::{EndpointOptions, ErrorKind};

#[test]
fn a_relative_path_is_the_listeners_where_it_was_made() {
    // rfc: sp-ipc C-04
    let (before, after) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    env::set_current_dir(&before).unwrap();
    fs::create_dir("sub").unwrap();
    let options = EndpointOptions::default();
    let mut here = listen(&Ipc::new(), "ipc://a", &options).unwrap();
    let below = listen(&Ipc::new(), "ipc://sub/a", &options).unwrap();
    link(&Ipc::new(), &mut *here);

    env::set_current_dir(&after).unwrap();
    let gone = dial(&Ipc::new(), &addr("ipc://a")).map(drop).unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::Refused);
    fs::write("a", "precious").unwrap();
    drop((here, below));
    assert_eq!(fs::read("a").unwrap(), b"precious");
    assert_eq!(fs::read_dir(before.path().join("sub")).unwrap().count(), 0);
    assert!(!before.path().join("a").exists());
}
