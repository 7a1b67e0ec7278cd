//! What installing leaves behind. Nothing is built here: see `cargo xtask interop --compat`.

use std::fs;

use super::*;

// rfc: sp-capi A-72
#[test]
fn a_link_of_ours_gives_way_to_a_newer_one_and_what_is_nanomsgs_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("libnanomsg.so.5");
    link("libspeedwell.so.0.0.9", &place).unwrap();
    link(FILE, &place).unwrap();
    assert_eq!(fs::read_link(&place).unwrap(), Path::new(FILE));
    fs::remove_file(&place).unwrap();
    symlink("libnanomsg.so.5.1.0", &place).unwrap();
    assert!(link(FILE, &place).is_err());
    assert_eq!(
        fs::read_link(&place).unwrap(),
        Path::new("libnanomsg.so.5.1.0")
    );
    fs::remove_file(&place).unwrap();
    fs::write(&place, "nanomsg's own").unwrap();
    assert!(link(FILE, &place).is_err());
    assert_eq!(fs::read_to_string(&place).unwrap(), "nanomsg's own");
}

// rfc: sp-capi A-71
#[test]
fn what_pkg_config_reads_says_where_things_are() {
    let folder = tempfile::tempdir().unwrap();
    let root = crate::tree::root().unwrap();
    fs::create_dir_all(folder.path().join("lib/pkgconfig")).unwrap();
    describe(&root, folder.path(), "speedwell", "/speedwell").unwrap();
    let text = fs::read_to_string(folder.path().join("lib/pkgconfig/speedwell.pc")).unwrap();
    assert!(
        text.contains("-lspeedwell\n") && text.contains("${includedir}/speedwell\n"),
        "{text}"
    );
    assert!(!text.contains('@'), "{text}");
    assert!(text.contains(&format!("prefix={}\n", folder.path().display())));
}
