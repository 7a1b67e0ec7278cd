//! The same message in each format, beside nanocat's.

use crate::stage::{Actor, Stage, nanocat, swcat};

/// What `receiver` prints of a message that stays sent.
fn printed(receiver: &str, format: &str, body: &[u8], octets: usize) -> Vec<u8> {
    let stage = Stage::new();
    let (address, file) = (stage.address("wire"), stage.file("body", body));
    let receiver = Actor::start(receiver, &format!("--pull --bind {{}} {format}"), &address);
    let _sender = swcat(&format!("--push --connect {{}} -F {file} -i 60"), &address);
    receiver.prints(octets)
}

fn octets() -> Vec<u8> {
    (0..=255).collect()
}

// rfc: sp-swcat W-20 W-22
#[test]
fn every_octet_looks_as_in_nanocat() {
    let body = octets();
    let ours = env!("CARGO_BIN_EXE_swcat");
    // The lengths of what nanocat prints of it.
    for (format, len) in [
        ("--raw", 256),
        ("--ascii", 257),
        ("-A", 257),
        ("--hex", 256 * 4 + 3),
        ("--msgpack", 259),
        ("--format msgpack", 259),
        ("--quoted", 740),
        ("-Q", 740),
        ("-AQ", 740),
        ("--format raw --format quoted", 740),
    ] {
        let shown = printed(ours, format, &body, len);
        assert_eq!(shown.len(), len, "{format}: {}", shown.escape_ascii());
        if let Some(nanocat) = nanocat() {
            let theirs = printed(nanocat.to_str().unwrap(), format, &body, len);
            assert_eq!(
                shown.escape_ascii().to_string(),
                theirs.escape_ascii().to_string()
            );
        }
    }
}

// rfc: sp-swcat W-20
#[test]
fn without_a_format_nothing_is_shown() {
    let stage = Stage::new();
    let receiver = swcat("--pull --bind {} -C 1", &stage.address("wire"));
    let sender = swcat("--push --connect {} -D secret", &stage.address("wire"));
    assert_eq!(sender.ends().code, Some(0));
    let ended = receiver.ends();
    assert_eq!((ended.code, ended.text().as_str()), (Some(0), ""));
}

// rfc: sp-swcat W-21
#[test]
fn json_tells_text_from_octets_and_knows_the_peer() {
    let stage = Stage::new();
    for (body, expected) in [
        (&b"two\nlines"[..], r#""text":"two\nlines""#),
        (&[0xff, 0][..], r#""hex":"ff00""#),
    ] {
        let receiver = swcat("--pull --bind tcp://127.0.0.1:0 -C 1 --json -v", "");
        let address = receiver.listens();
        let file = stage.file("body", body);
        // It stays, as nobody knows where a peer was that is gone.
        let _sender = swcat(&format!("--push --connect {{}} -F {file} -i 60"), &address);
        let line = receiver.ends().text();
        assert!(line.contains(expected), "{line}");
        assert!(
            line.contains(&format!(r#""octets":{}"#, body.len())),
            "{line}"
        );
        assert!(line.contains(r#""peer":"tcp://127.0.0.1:"#), "{line}");
        assert_eq!(line.lines().count(), 1);
    }
}
