//! Each rule finds a planted violation, leaves its neighbours alone, and the tree is clean.

use std::fs;

use super::source::{File, Tree};
use super::{Violation, check};
use crate::tree;

/// What tidy finds in a folder that holds `files`, as `path:line: rule`.
fn tidy(files: &[(&str, &str)]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let tree = Tree::read(folder.path()).unwrap();
    check(&tree).iter().map(summary).collect()
}

fn summary(violation: &Violation) -> String {
    format!("{}:{}: {}", violation.path, violation.line, violation.rule)
}

/// A file of an ordinary crate that opens well and then says `code`.
fn plain(code: &str) -> Vec<String> {
    tidy(&[(
        "crates/tcp/src/dialer.rs",
        &format!("//! A file.\n{code}\n"),
    )])
}

/// A file of the engine that says `code`.
fn engine(code: &str) -> Vec<String> {
    tidy(&[(
        "crates/engine/src/outbox.rs",
        &format!("//! A file.\n{code}\n"),
    )])
}

/// A file of a protocol that says `code`.
fn protocol(code: &str) -> Vec<String> {
    tidy(&[(
        "crates/protocols/pair/src/pair.rs",
        &format!("//! A file.\n{code}\n"),
    )])
}

const NOTHING: &[&str] = &[];

#[test]
fn the_real_tree_is_clean() {
    let tree = Tree::read(&tree::root().unwrap()).unwrap();
    let found: Vec<_> = check(&tree).iter().map(ToString::to_string).collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn a_violation_prints_its_place() {
    let tree = Tree {
        files: vec![File::new("a.rs", "//! A.\nfn a() { dbg!(1); }\n")],
    };
    let found: Vec<_> = check(&tree).iter().map(ToString::to_string).collect();
    assert_eq!(found, ["a.rs:2: unfinished: `dbg!`"]);
}

#[test]
fn a_source_that_cannot_be_read_is_a_violation() {
    assert_eq!(plain("fn fn"), ["crates/tcp/src/dialer.rs:2: parses"]);
}

#[test]
fn a_function_ends_within_seventy_lines() {
    let body = |lines| format!("fn f() {{\n{}}}", "    g();\n".repeat(lines));
    assert_eq!(plain(&body(68)), NOTHING);
    assert_eq!(
        plain(&body(69)),
        ["crates/tcp/src/dialer.rs:2: function-length"]
    );
    let method = format!("impl S {{\n{}\n}}", body(69));
    assert_eq!(
        plain(&method),
        ["crates/tcp/src/dialer.rs:3: function-length"]
    );
    let provided = format!("trait T {{\n{}\n}}", body(69));
    assert_eq!(
        plain(&provided),
        ["crates/tcp/src/dialer.rs:3: function-length"]
    );
}

#[test]
fn a_test_may_be_longer() {
    let body = format!("fn f() {{\n{}}}", "    g();\n".repeat(600));
    assert_eq!(
        plain(&format!("#[cfg(test)]\nmod tests {{\n{body}\n}}")),
        NOTHING
    );
    assert_eq!(plain(&format!("#[test]\n{body}")), NOTHING);
    let text = format!("//! Tests.\n{body}\n");
    assert_eq!(tidy(&[("crates/tcp/tests/dial.rs", &text)]), NOTHING);
    assert_eq!(tidy(&[("crates/tcp/src/dialer/tests.rs", &text)]), NOTHING);
    let declared = "//! A file.\n#[cfg(test)]\nmod model;\n";
    let files = [
        ("crates/tcp/src/dialer.rs", declared),
        ("crates/tcp/src/dialer/model.rs", &text),
    ];
    assert_eq!(tidy(&files), NOTHING);
    let root = declared.replacen('\n', "\n#![forbid(unsafe_code)]\n", 1);
    let files = [
        ("crates/tcp/src/lib.rs", root.as_str()),
        ("crates/tcp/src/model.rs", &text),
    ];
    assert_eq!(tidy(&files), NOTHING);
}

#[test]
fn a_file_ends_within_five_hundred_lines() {
    assert_eq!(plain(&"\n".repeat(498)), NOTHING);
    assert_eq!(
        plain(&"\n".repeat(499)),
        ["crates/tcp/src/dialer.rs:1: file-length"]
    );
}

#[test]
fn a_library_root_ends_within_a_hundred_lines() {
    let text = |lines| {
        format!(
            "//! A crate.\n#![forbid(unsafe_code)]\n{}",
            "\n".repeat(lines)
        )
    };
    assert_eq!(tidy(&[("crates/tcp/src/lib.rs", &text(98))]), NOTHING);
    let found = tidy(&[("crates/tcp/src/lib.rs", &text(99))]);
    assert_eq!(found, ["crates/tcp/src/lib.rs:1: file-length"]);
}

#[test]
fn a_line_ends_within_a_hundred_columns() {
    assert_eq!(plain(&format!("//{}", "é".repeat(98))), NOTHING);
    let found = plain(&format!("//{}", "é".repeat(99)));
    assert_eq!(found, ["crates/tcp/src/dialer.rs:2: line-width"]);
}

#[test]
fn a_source_opens_with_docs() {
    let found = tidy(&[("crates/tcp/src/dialer.rs", "\n//! Late.\n")]);
    assert_eq!(found, ["crates/tcp/src/dialer.rs:1: opening-docs"]);
    let readme = "#![doc = include_str!(\"../README.md\")]\n#![forbid(unsafe_code)]\n";
    assert_eq!(tidy(&[("crates/tcp/src/lib.rs", readme)]), NOTHING);
    let found = tidy(&[("crates/tcp/src/dialer.rs", readme)]);
    assert_eq!(found, ["crates/tcp/src/dialer.rs:1: opening-docs"]);
}

#[test]
fn a_file_is_named_for_what_it_defines() {
    for name in ["util", "common", "types", "misc", "helpers", "mod"] {
        let path = format!("crates/tcp/src/{name}.rs");
        assert_eq!(
            tidy(&[(&path, "//! A file.\n")]),
            [format!("{path}:1: file-name")]
        );
    }
}

#[test]
fn no_test_is_skipped() {
    let place = "crates/tcp/src/dialer.rs:3: ignored-test";
    assert_eq!(plain("#[test]\n#[ignore]\nfn f() {}"), [place]);
    assert_eq!(plain("#[test]\n#[ignore = \"slow\"]\nfn f() {}"), [place]);
    assert_eq!(
        plain("#[test]\n#[cfg_attr(miri, ignore)]\nfn f() {}"),
        [place]
    );
    assert_eq!(plain("// #[ignore]\nfn ignore() {}"), NOTHING);
}

#[test]
fn nothing_is_left_unfinished() {
    for name in ["todo", "unimplemented", "dbg"] {
        let found = plain(&format!("fn f() {{\n    {name}!(1);\n}}"));
        assert_eq!(found, ["crates/tcp/src/dialer.rs:3: unfinished"]);
        assert_eq!(
            plain(&format!("fn f({name}: u8) -> bool {{ {name} != (1) }}")),
            NOTHING
        );
    }
    assert_eq!(
        plain("// todo!() later\nconst T: &str = \"todo!()\";"),
        NOTHING
    );
}

#[test]
fn no_file_names_a_folder_of_one_machine() {
    for folder in ["work", "root", "home"] {
        let found = tidy(&[("notes.md", &format!("see /{folder}/main\n"))]);
        assert_eq!(found, ["notes.md:1: foreign-path"]);
        assert_eq!(
            tidy(&[("notes.md", &format!("see ../{folder}/main, a/{folder}/b\n"))]),
            NOTHING
        );
    }
    let cache = concat!("/tmp", "/target", "-x\n");
    assert_eq!(tidy(&[("ci.yml", cache)]), ["ci.yml:1: foreign-path"]);
}

#[test]
fn never_1_the_engine_and_protocols_only_compute() {
    let planted = [
        "use std::thread;",
        "use std::{collections::VecDeque, net::TcpStream};",
        "use ::std::os::fd::OwnedFd;",
        "fn f() -> bool { std::fs::exists(\"a\").is_ok() }",
        "use std::io::{IoSlice, Read};",
        "use std::io;",
        "fn f() -> bool { std::env::var(\"A\").is_ok() }",
        "use std::process::Command;",
        "fn f() -> std::time::Instant { std::time::Instant::now() }",
        "use std::time::Instant as Moment;",
        "use std as outside;",
        "fn f(at: std::time::Instant) -> bool { at.elapsed().is_zero() }",
        "use std::time::SystemTime;",
        "use rand::Rng;",
        "fn f() -> u8 { rand::random() }",
        "use std::sync::{Arc, Mutex};",
        "struct S { c: std::sync::Condvar }",
        "fn f() { getrandom::fill(&mut []).ok(); }",
        "macro_rules! m { () => { std::thread::yield_now() } }",
    ];
    for code in planted {
        assert_eq!(
            engine(code),
            ["crates/engine/src/outbox.rs:2: never-1"],
            "{code}"
        );
        let path = "crates/protocols/pair/src/pair.rs:2: never-1";
        assert!(protocol(code).iter().all(|found| found == path), "{code}");
        assert!(!protocol(code).is_empty(), "{code}");
        // The wall clock is forbidden to everybody.
        let elsewhere = plain(code)
            .iter()
            .all(|found| found.ends_with("wall-clock"));
        assert!(elsewhere, "{code}");
        assert_eq!(
            engine(&format!("#[cfg(test)]\nmod tests {{\n{code}\n}}")),
            NOTHING,
            "{code}"
        );
    }
}

#[test]
fn never_1_leaves_arguments_alone() {
    let fine = [
        "use std::time::{Duration, Instant};",
        "fn f(now: std::time::Instant, rand: u64) -> u64 { rand }",
        "use std::sync::Arc;",
        "/// Not a Mutex, and no std::thread.\nfn f() {}",
    ];
    for code in fine {
        assert_eq!(engine(code), NOTHING, "{code}");
        assert_eq!(protocol(code), NOTHING, "{code}");
    }
    assert_eq!(engine("use std::io::IoSlice;"), NOTHING);
    let found = protocol("use std::io::IoSlice;");
    assert_eq!(found, ["crates/protocols/pair/src/pair.rs:2: never-1"]);
}

#[test]
fn never_1_protocols_see_no_framing() {
    for code in ["use speedwell_stream::Pipe;", "fn f(framing: Framing) {}"] {
        assert_eq!(
            protocol(code),
            ["crates/protocols/pair/src/pair.rs:2: never-1"]
        );
        assert_eq!(engine(code), NOTHING);
    }
}

#[test]
fn never_6_nothing_registers_by_side_effect() {
    let planted = [
        "inventory::submit! { Tcp }",
        "use linkme::distributed_slice;",
        "#[ctor]\nfn register() {}",
        "#[ctor::ctor]\nfn register() {}",
        "#[link_section = \".init_array\"]\nconst F: u8 = 1;",
    ];
    for code in planted {
        assert_eq!(
            plain(code),
            ["crates/tcp/src/dialer.rs:2: never-6"],
            "{code}"
        );
    }
    assert_eq!(
        plain("fn f(inventory: u8, ctor: u8) -> u8 { inventory }"),
        NOTHING
    );
}

#[test]
fn never_7_the_keyword_stands_in_its_places() {
    let code = "//! A file.\nfn f() { unsafe { g() } }\n";
    let allowed = [
        "crates/os/src/latch.rs",
        "crates/transports/shm/src/ring.rs",
        "crates/capi/src/handles.rs",
        "crates/trie/src/simd.rs",
        "crates/speedwell/tests/counting_alloc.rs",
    ];
    for path in allowed {
        assert_eq!(tidy(&[(path, code)]), NOTHING);
    }
    assert_eq!(
        plain("fn f() { unsafe { g() } }"),
        ["crates/tcp/src/dialer.rs:2: never-7"]
    );
    assert_eq!(plain("macro_rules! m { () => { unsafe {} } }").len(), 1);
    assert_eq!(
        plain("#![allow(unsafe_code)]\n// unsafe\nconst A: &str = \"unsafe\";"),
        NOTHING
    );
}

#[test]
fn never_7_libraries_forbid_it() {
    let open = "//! A crate.\n";
    assert_eq!(
        tidy(&[("crates/tcp/src/lib.rs", open)]),
        ["crates/tcp/src/lib.rs:1: never-7"]
    );
    assert_eq!(tidy(&[("crates/os/src/lib.rs", open)]), NOTHING);
    let both = "//! A crate.\n#![forbid(missing_docs, unsafe_code)]\n";
    assert_eq!(tidy(&[("crates/tcp/src/lib.rs", both)]), NOTHING);
    assert_eq!(
        tidy(&[("crates/trie/src/lib.rs", open)]),
        ["crates/trie/src/lib.rs:1: never-7"]
    );
    let simd = ("crates/trie/src/simd.rs", "//! A file.\n");
    assert_eq!(tidy(&[("crates/trie/src/lib.rs", open), simd]), NOTHING);
}

#[test]
fn never_7_one_counting_allocator() {
    let file = "//! Counts.\n";
    let found = tidy(&[
        ("a/tests/counting_alloc.rs", file),
        ("b/tests/counting_alloc.rs", file),
    ]);
    assert_eq!(found, ["b/tests/counting_alloc.rs:1: never-7"]);
}

#[test]
fn never_8_process_wide_values_have_their_files() {
    let planted = [
        "static NAMES: Mutex<u8> = Mutex::new(1);",
        "pub static NEXT: std::sync::atomic::AtomicU64 = AtomicU64::new(1);",
        "static mut COUNT: u8 = 1;",
        "static REACTOR: OnceLock<Reactor> = OnceLock::new();",
        "fn f() { static ONCE: LazyLock<u8> = LazyLock::new(|| 1); }",
        "thread_local! { }",
        "lazy! { static ref NAMES: RwLock<u8> = RwLock::new(1); }",
        "static T: Table = Table::new(); struct Table(Row); struct Row { a: RefCell<u8> }",
    ];
    for code in planted {
        assert_eq!(
            plain(code),
            ["crates/tcp/src/dialer.rs:2: never-8"],
            "{code}"
        );
        assert_eq!(
            plain(&format!("#[cfg(test)]\nmod tests {{\n{code}\n}}")),
            NOTHING,
            "{code}"
        );
        let text = format!("//! A file.\n{code}\n");
        for path in HOLDERS {
            assert_eq!(tidy(&[(path, &text)]), NOTHING, "{path}: {code}");
        }
    }
}

/// Places where a process-wide value is at home.
const HOLDERS: &[&str] = &[
    "crates/socket/src/default_reactor.rs",
    "crates/transports/inproc/src/default_names.rs",
    "crates/capi/src/handles.rs",
    "crates/os/src/fork.rs",
    "crates/capi/src/recent.rs",
    "crates/capi/src/bell.rs",
    "crates/speedwell/examples/quickstart/main.rs",
    "xtask/src/test.rs",
];

#[test]
fn never_8_leaves_constants_alone() {
    let fine = [
        "static NAME: &'static str = \"a\";",
        "static TABLE: [u8; 2] = [1, 2];",
        "fn f(m: &'static Mutex<u8>) -> &'static sync::Mutex<u8> { m }",
        "struct S { a: &'static str, b: Mutex<u8> }",
    ];
    for code in fine {
        assert_eq!(plain(code), NOTHING, "{code}");
    }
}

#[test]
fn fault_69_a_clock_that_can_be_set_is_found_in_every_crate() {
    let code = "fn now() -> std::time::SystemTime { std::time::SystemTime::UNIX_EPOCH }";
    assert_eq!(plain(code), ["crates/tcp/src/dialer.rs:2: wall-clock"; 3],);
    assert_eq!(plain("fn now() -> std::time::Instant { todo() }"), NOTHING);
    let tests = tidy(&[(
        "crates/tcp/tests/dialer.rs",
        &format!("//! A file.\n{code}\n"),
    )]);
    assert_eq!(tests, NOTHING);
}
