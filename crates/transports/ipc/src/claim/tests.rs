//! The lock, and what it is worth.

use std::fs::{self, File};

use super::*;

#[test]
fn a_lock_on_a_directory_that_is_there_no_more_is_none() {
    // rfc: sp-ipc C-07
    let place = tempfile::tempdir().unwrap();
    let directory = OwnedFd::from(File::open(place.path()).unwrap());
    let room = place.path().join("room");
    fs::create_dir(&room).unwrap();
    let opened = OwnedFd::from(File::open(&room).unwrap());
    assert_eq!(lock(&directory, "room", &opened), Ok(true));
    let again = OwnedFd::from(File::open(&room).unwrap());
    assert_eq!(lock(&directory, "room", &again), Ok(false));

    fs::remove_dir(&room).unwrap();
    assert_eq!(lock(&directory, "room", &opened), Ok(false));
    fs::create_dir(&room).unwrap();
    assert_eq!(lock(&directory, "room", &opened), Ok(false));
}
