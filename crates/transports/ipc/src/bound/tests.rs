//! Who removes the file, and who does not.

use std::fs::{self, File};

use speedwell_os::Own;

use super::*;

fn bound(directory: &tempfile::TempDir) -> BoundFile {
    fs::write(directory.path().join("a"), "").unwrap();
    let opened = File::open(directory.path()).unwrap();
    BoundFile::new(Arc::new(Own::new(opened.into())), "a").unwrap()
}

#[test]
fn a_forked_process_leaves_the_file_to_its_parent() {
    // rfc: sp-ipc C-21
    let directory = tempfile::tempdir().unwrap();
    let mut of_parent = bound(&directory);
    of_parent.process = of_parent.process.wrapping_add(1);
    drop(of_parent);
    assert!(directory.path().join("a").exists());

    drop(bound(&directory));
    assert!(!directory.path().join("a").exists());
}
