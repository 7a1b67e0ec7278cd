//! The matrix is what it should be, and an exchange is judged by what the programs print.

use std::ffi::OsStr;
use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::cases::{Binder, COLUMNS, Carrier, Case, Column, Flow, Pattern, Program, Row, rows};
use super::exchange::is_port_conflict;
use super::gathering::{self, hear};
use super::has_word;
use super::payload::{body, compare, fnv1a64, receipt, take_message};
use super::peers;
use super::process::Event;
use super::swcat;
use super::watch::Watch;

fn case_row(program: Program, pattern: Pattern, flow: Flow, binder: Binder) -> Row {
    Row {
        program,
        carrier: Carrier::Tcp,
        pattern,
        flow,
        binder,
    }
}

fn column(title: &str) -> &'static Column {
    COLUMNS.iter().find(|column| column.title == title).unwrap()
}

/// The arguments of a command, as one line.
fn line(command: &std::process::Command) -> String {
    let words: Vec<_> = command.get_args().map(OsStr::to_string_lossy).collect();
    words.join(" ")
}

#[test]
fn every_row_has_its_columns() {
    let all: Vec<_> = rows().collect();
    let of = |program, carrier| {
        let is_so = |row: &&Row| row.program == program && row.carrier == carrier;
        all.iter().filter(is_so).count()
    };
    for (carrier, nanocat, nngcat) in [
        (Carrier::Tcp, 26, 28),
        (Carrier::Ipc, 26, 28),
        (Carrier::Abstract, 0, 28),
    ] {
        let here = match carrier {
            Carrier::Tcp => true,
            Carrier::Ipc => cfg!(unix),
            Carrier::Abstract => cfg!(target_os = "linux"),
        };
        let expected = if here { (nanocat, nngcat) } else { (0, 0) };
        let rows = (of(Program::Nanocat, carrier), of(Program::Nngcat, carrier));
        assert_eq!(rows, expected);
    }
    let possible = |row: &Row| {
        let cases = COLUMNS.iter().map(|column| Case { row, column });
        cases
            .filter(Case::is_possible)
            .map(|case| case.column.title)
            .collect::<Vec<_>>()
    };
    let usual = ["0 B", "1 B", "64 KiB", "1 MiB-64"];
    for row in &all {
        let possible = possible(row);
        assert!(possible.starts_with(&usual));
        let large = row.flow == Flow::TheySend || row.program == Program::Nngcat;
        assert_eq!(possible.contains(&"4 MiB"), large, "{row}");
        let drops = row.program == Program::Nngcat && row.pattern == Pattern::Publish;
        assert_eq!(
            possible.contains(&"1000x64 B"),
            row.flow == Flow::WeSend && !drops
                || row.program == Program::Nanocat && !row.pattern.asks(),
            "{row}"
        );
    }
}

#[test]
fn command_lines_of_the_others() {
    let file = Path::new("body");
    let row = case_row(Program::Nngcat, Pattern::Pipeline, Flow::WeSend, Binder::Us);
    let command = peers::theirs(
        &Case {
            row: &row,
            column: column("4 MiB"),
        },
        "tcp://a:1",
        file,
    );
    assert_eq!(
        line(&command),
        "--pull --connect tcp://a:1 --async --msgpack --recv-maxsz 8388608"
    );
    let row = case_row(
        Program::Nanocat,
        Pattern::Pair,
        Flow::TheySend,
        Binder::Them,
    );
    let command = peers::theirs(
        &Case {
            row: &row,
            column: column("1 B"),
        },
        "tcp://a:1",
        file,
    );
    assert_eq!(line(&command), "--pair --bind tcp://a:1 -F body -i 1");
    let command = peers::theirs(
        &Case {
            row: &row,
            column: column("0 B"),
        },
        "tcp://a:1",
        file,
    );
    assert_eq!(line(&command), "--pair --bind tcp://a:1 -D  -i 1");
    let row = case_row(Program::Nngcat, Pattern::Request, Flow::WeSend, Binder::Us);
    let column = column("1 B");
    let command = peers::theirs(&Case { row: &row, column }, "tcp://a:1", file);
    let answers = "--rep0 --connect tcp://a:1 --async --msgpack -F body";
    assert_eq!(line(&command), answers);
    let row = case_row(Program::Nanocat, Pattern::Request, Flow::WeEcho, Binder::Us);
    let command = peers::theirs(&Case { row: &row, column }, "tcp://a:1", file);
    let asks = "--req --connect tcp://a:1 --msgpack -F body -i 1";
    assert_eq!(line(&command), asks);
    let row = case_row(Program::Nngcat, Pattern::Publish, Flow::WeSend, Binder::Us);
    let command = peers::theirs(&Case { row: &row, column }, "tcp://a:1", file);
    let hears = "--sub0 --connect tcp://a:1 --async --msgpack";
    assert_eq!(line(&command), hears);
    let row = case_row(Program::Nngcat, Pattern::Pair1, Flow::WeSend, Binder::Us);
    let command = peers::theirs(&Case { row: &row, column }, "tcp://a:1", file);
    let hears = "--pair1 --connect tcp://a:1 --async --msgpack";
    assert_eq!(line(&command), hears);
    let (program, them) = (Program::Nanocat, Binder::Them);
    let row = case_row(program, Pattern::Publish, Flow::TheySend, them);
    let command = peers::theirs(&Case { row: &row, column }, "tcp://a:1", file);
    assert_eq!(line(&command), "--pub --bind tcp://a:1 -F body -i 1");
    let row = case_row(Program::Nngcat, Pattern::Survey, Flow::WeEcho, Binder::Us);
    let command = peers::theirs(&Case { row: &row, column }, "tcp://a:1", file);
    let asks = "--surveyor0 --connect tcp://a:1 --async --msgpack -F body -i 1";
    assert_eq!(line(&command), asks);
    let row = case_row(Program::Nanocat, Pattern::Survey, Flow::WeSend, Binder::Us);
    let command = peers::theirs(&Case { row: &row, column }, "tcp://a:1", file);
    let answers = "--respondent --connect tcp://a:1 --msgpack -F body";
    assert_eq!(line(&command), answers);
    let row = case_row(Program::Nanocat, Pattern::Bus, Flow::WeSend, Binder::Us);
    let command = peers::theirs(&Case { row: &row, column }, "tcp://a:1", file);
    assert_eq!(line(&command), "--bus --connect tcp://a:1 --msgpack");
}

#[test]
fn command_lines_of_ours() {
    let ours = Path::new("speedwell-peer");
    let row = case_row(
        Program::Nanocat,
        Pattern::Pipeline,
        Flow::TheySend,
        Binder::Us,
    );
    let command = peers::ours(
        &Case {
            row: &row,
            column: column("4 MiB"),
        },
        ours,
        "tcp://a:1",
        9,
    );
    assert_eq!(
        line(&command),
        "pull --bind tcp://a:1 --count 1 --timeout-ms 9 --recv-max 8388608"
    );
    let row = case_row(Program::Nanocat, Pattern::Pair, Flow::WeSend, Binder::Them);
    let command = peers::ours(
        &Case {
            row: &row,
            column: column("1000x64 B"),
        },
        ours,
        "a",
        9,
    );
    assert_eq!(
        line(&command),
        "pair-send --connect a --count 1000 --timeout-ms 9 --size 64"
    );
    let row = case_row(Program::Nngcat, Pattern::Request, Flow::WeSend, Binder::Us);
    let column = column("4 MiB");
    let command = peers::ours(&Case { row: &row, column }, ours, "a", 9);
    assert_eq!(
        line(&command),
        "req --bind a --count 1 --timeout-ms 9 --size 4194304 --recv-max 8388608"
    );
}

#[test]
fn a_body_and_its_receipt() {
    assert!(body(0).is_empty());
    assert_eq!(body(253).get(249..), Some(&[249, 250, 0, 1][..]));
    assert_eq!(fnv1a64(b""), 0xcbf2_9ce4_8422_2325);
    assert_eq!(fnv1a64(b"foobar"), 0x8594_4171_f739_67e8);
    assert_eq!(receipt(b"foobar"), "recv 6 85944171f73967e8");
}

#[test]
fn messages_are_taken_off_an_output_under_every_split() {
    let mut whole = vec![0xc4, 0, 0xc4, 2, 7, 8, 0xc5, 1, 0];
    whole.extend(body(256));
    whole.extend([0xc6, 0, 1, 0, 0]);
    whole.extend(body(65_536));
    let sent = [body(0), vec![7, 8], body(256), body(65_536)];
    for split in 0..300 {
        let mut received = Vec::new();
        let mut output = Vec::new();
        for part in [&whole[..split], &whole[split..]] {
            output.extend_from_slice(part);
            while let Some(message) = take_message(&mut output).unwrap() {
                received.push(message);
            }
        }
        assert_eq!(received, sent, "split at {split}");
        assert!(output.is_empty());
    }
    assert!(take_message(&mut vec![0x22]).is_err());
}

#[test]
fn bodies_are_compared() {
    assert!(compare(b"abc", b"abc").is_ok());
    assert!(compare(b"ab", b"abc").is_err());
    assert!(compare(b"abd", b"abc").is_err());
}

#[test]
fn they_send_and_ours_gives_a_receipt() {
    let row = case_row(
        Program::Nanocat,
        Pattern::Pipeline,
        Flow::TheySend,
        Binder::Us,
    );
    let case = Case {
        row: &row,
        column: column("1 B"),
    };
    let sent = body(1);
    let mut watch = Watch::new(&case, &sent);
    watch
        .take(Event::OurLine("bound tcp://a:1".to_owned()))
        .unwrap();
    watch.take(Event::OurLine(receipt(&sent))).unwrap();
    watch.take(Event::OurEnd).unwrap();
    assert!(
        Watch::new(&case, &sent)
            .take(Event::OurLine(receipt(b"x")))
            .is_err()
    );
    assert!(Watch::new(&case, &sent).take(Event::OurEnd).is_err());
    assert!(Watch::new(&case, &sent).take(Event::TheirEnd).is_err());
}

#[test]
fn we_send_and_theirs_prints_it_once() {
    let row = case_row(Program::Nngcat, Pattern::Pair, Flow::WeSend, Binder::Them);
    let case = Case {
        row: &row,
        column: column("1 B"),
    };
    let sent = body(1);
    let mut watch = Watch::new(&case, &sent);
    watch.take(Event::OurLine("sent 1".to_owned())).unwrap();
    watch.take(Event::OurEnd).unwrap();
    watch.take(Event::TheirOctets(vec![0xc4])).unwrap();
    watch.take(Event::TheirOctets(vec![1, 0])).unwrap();
    assert!(watch.take(Event::TheirOctets(vec![0xc4, 1, 0])).is_err());
    assert!(
        Watch::new(&case, &sent)
            .take(Event::OurLine("sent 2".to_owned()))
            .is_err()
    );
    assert!(
        Watch::new(&case, &sent)
            .take(Event::TheirOctets(vec![0xc4, 1, 9]))
            .is_err()
    );
}

#[test]
fn ours_stays_where_a_hang_up_makes_them_forget() {
    for row in rows() {
        let column = column("1 B");
        let case = Case { row: &row, column };
        let forgets = row.carrier != Carrier::Tcp;
        let is_last = match row.flow {
            Flow::WeSend => !row.pattern.asks(),
            flow => flow == Flow::WeEcho,
        };
        assert_eq!(case.we_stay(), forgets && is_last, "{row}");
        let command = peers::ours(&case, Path::new("speedwell-peer"), "a", 9);
        assert_eq!(line(&command).contains(" --stay"), case.we_stay());
        let sent = body(1);
        let staying = Event::OurLine("staying".to_owned());
        assert_eq!(
            Watch::new(&case, &sent).take(staying).is_ok(),
            case.we_stay() || row.flow == Flow::WeEcho
        );
    }
}

#[test]
fn a_survey_of_three_makers_needs_an_answer_of_each_and_its_end() {
    let names = [b"nngcat".to_vec(), body(100), b"nanocat".to_vec()];
    let answers = names.map(|name| receipt(&name));
    let says = |lines: &[&str]| {
        let (sender, events) = mpsc::channel();
        let line = |line: &&str| Event::OurLine((*line).to_owned());
        lines
            .iter()
            .map(line)
            .for_each(|line| sender.send(line).unwrap());
        sender.send(Event::OurEnd).unwrap();
        hear(&events, Instant::now() + Duration::from_secs(10)).is_ok()
    };
    let [one, two, three] = &answers;
    assert!(says(&[one, two, three, "TimedOut", "State", "sent 3"]));
    assert!(!says(&[one, two, three, "State", "sent 3"]));
    assert!(!says(&[one, two, "TimedOut", "State", "sent 3"]));
    assert!(!says(&[
        one, one, two, three, "TimedOut", "State", "sent 3"
    ]));
    assert!(!says(&[one, two, three]));
}

#[test]
fn rows_are_found_by_a_word() {
    let row = case_row(Program::Nanocat, Pattern::Survey, Flow::WeSend, Binder::Us);
    for word in ["nanocat", "tcp", "SURVEY", "survey"] {
        assert!(has_word(&row, Some(word)), "{word}");
    }
    assert!(has_word(&row, None));
    assert!(!has_word(&row, Some("nngcat")));
    assert!(!has_word(&row, Some("nano")));
    assert!(gathering::all().all(|row| has_word(&row, Some("25"))));
}

#[test]
fn a_taken_port_is_told_from_other_complaints() {
    assert!(is_port_conflict(
        "nanocat: Can't bind: Address already in use"
    ));
    assert!(is_port_conflict("nngcat: Address in use"));
    assert!(!is_port_conflict("nngcat: Connection refused"));
}

#[test]
fn swcat_has_the_rows_of_tcp_and_ipc_and_the_flags_of_the_others() {
    let rows: Vec<_> = swcat::all().collect();
    let per_carrier = 26 + 28;
    let carriers = 1 + usize::from(cfg!(unix));
    assert_eq!(rows.len(), per_carrier * carriers);
    assert_eq!(swcat::columns(true).len(), 3);
    assert_eq!(swcat::columns(false).len(), 5);
    let ours = |pattern, flow, title| {
        let row = case_row(Program::Nngcat, pattern, flow, Binder::Us);
        let (row, column) = (&row, column(title));
        let case = Case { row, column };
        line(&swcat::ours(&case, Path::new("swcat"), "A", Path::new("F")))
    };
    for (pattern, flow, title, expected) in [
        (
            Pattern::Pipeline,
            Flow::WeSend,
            "1 B",
            "--push --bind A -F F",
        ),
        (
            Pattern::Pipeline,
            Flow::TheySend,
            "1 B",
            "--pull --bind A --msgpack -C 1",
        ),
        (
            Pattern::Publish,
            Flow::WeSend,
            "0 B",
            "--pub --bind A -D  -i 0.1",
        ),
        (
            Pattern::Request,
            Flow::WeSend,
            "1 B",
            "--req --bind A -F F --msgpack",
        ),
        (
            Pattern::Request,
            Flow::WeEcho,
            "1 B",
            "--rep --bind A --echo",
        ),
        (
            Pattern::Survey,
            Flow::WeSend,
            "1 B",
            "--surveyor --bind A -F F -i 0.3 --msgpack",
        ),
        (
            Pattern::Pair1,
            Flow::WeEcho,
            "4 MiB",
            "--pair1 --bind A --echo --recv-maxsz 8388608",
        ),
    ] {
        assert_eq!(ours(pattern, flow, title), expected);
    }
}

#[test]
fn what_swcat_prints_has_to_be_the_message() {
    let heard = |printed: &[&[u8]]| {
        let (sender, events) = mpsc::channel();
        for octets in printed {
            sender.send(Event::TheirOctets(octets.to_vec())).unwrap();
        }
        sender.send(Event::TheirEnd).unwrap();
        swcat::hear(&events, &body(2), Instant::now() + Duration::from_secs(10))
    };
    assert!(heard(&[&[0xc4, 2, 0], &[1]]).is_ok());
    assert!(heard(&[&[0xc4, 2, 0, 2]]).is_err());
    assert!(heard(&[&[0xc4, 1, 0]]).is_err());
    assert!(heard(&[&[0xc4, 2, 0]]).is_err());
    assert!(swcat::is_meant(Some("SWCAT")) && !swcat::is_meant(None));
}
