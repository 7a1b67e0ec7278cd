//! The declaration of the command line, read as a user writes it.

use super::*;

fn read_line(line: &str) -> Result<Arguments, clap::Error> {
    read(line.split_whitespace().map(OsString::from))
}

/// Clap finds flags that contradict each other, two of one name and the like.
#[test]
fn the_declaration_is_sound() {
    command().debug_assert();
}

// rfc: sp-swcat W-02
#[test]
fn a_name_of_a_program_is_a_socket_type() {
    for role in Role::ALL {
        let name = role.flag().trim_start_matches('-');
        for path in [format!("nn_{name}"), format!("/usr/bin/nn_{name}")] {
            let arguments = read_line(&format!("{path} -L1")).unwrap();
            assert_eq!(arguments.kind.role(), Some(role), "{path}");
        }
        let arguments = read_line(&format!("swcat --{name} -L1")).unwrap();
        assert_eq!(arguments.kind.role(), Some(role));
    }
    assert_eq!(read_line("nn_none -L1").unwrap().kind.role(), None);
    assert!(read_line("nn_push --pull -L1").is_err());
}

// rfc: sp-swcat W-01 W-03
#[test]
fn flags_are_written_as_for_nanocat() {
    let arguments = read_line("swcat --rep -L1 -X p -Dpong -AQ --recv-t=0.5 -d 1 -i2").unwrap();
    assert_eq!(arguments.addresses.bind_local, ["1"]);
    assert_eq!(arguments.addresses.bind_ipc, ["p"]);
    assert_eq!(arguments.input.data.unwrap(), "pong");
    assert_eq!(arguments.output.chosen(), Some(Format::Quoted));
    let half = Wait::For(Duration::from_millis(500));
    assert_eq!(arguments.options.recv_timeout, Some(half));
    assert_eq!(
        arguments.input.delay,
        Some(Wait::For(Duration::from_secs(1)))
    );
    assert_eq!(
        arguments.input.interval,
        Some(Wait::For(Duration::from_secs(2)))
    );
}

/// What is read, or what is said of it.
fn told(words: &str) -> Result<String, String> {
    let read = read_line(&format!("swcat {words}"));
    let told = read.map(|arguments| format!("{arguments:?}"));
    told.map_err(|error| error.to_string())
}

// rfc: sp-swcat W-01
#[test]
fn what_is_short_for_a_flag_in_nanocat_is_short_for_it_here() {
    let ours_begin_so_too = ["de", "pa", "q", "v", "a", "si"];
    let mut tried = Vec::new();
    for flag in nanocat::FLAGS {
        for short in nanocat::abbreviations(flag) {
            let [alone, with_value] = ["", "=1"].map(|value| {
                (
                    told(&format!("--{flag}{value}")),
                    format!("--{short}{value}"),
                )
            });
            for (whole, short) in [alone, with_value] {
                assert_eq!(told(&short), whole, "{short} for --{flag}");
            }
            tried.push(short);
        }
    }
    assert!(ours_begin_so_too.iter().all(|short| tried.contains(short)));
    for ambiguous in ["d", "p", "s", "bind-", "conn"] {
        assert!(told(&format!("--{ambiguous}=1")).is_err(), "{ambiguous}");
    }
    // What begins like none of nanocat's is short for one of ours.
    assert_eq!(told("--devi --compa"), told("--device --compat"));
}

// rfc: sp-swcat W-03
#[test]
fn the_aliases_of_nngcat_are_known() {
    let line = "swcat --pull0 --listen tcp://*:1 --dial tcp://h:2 -C 3 -Z 4 --async --compat";
    let arguments = read_line(line).unwrap();
    assert_eq!(arguments.kind.role(), Some(Role::Pull));
    assert_eq!(arguments.addresses.bind, ["tcp://*:1"]);
    assert_eq!(arguments.addresses.connect, ["tcp://h:2"]);
    assert_eq!(arguments.input.count, Some(3));
    assert_eq!(arguments.options.recv_maxsz, Some(4));
    assert!(arguments.options.background && arguments.options.compat);
}

#[test]
fn of_several_formats_the_last_counts() {
    for (flags, format) in [
        ("-A --raw", Format::Raw),
        ("--raw -A", Format::Ascii),
        ("--format hex -Q", Format::Quoted),
        ("-Q --format hex", Format::Hex),
        ("--msgpack --msgpack", Format::Msgpack),
        ("--json --format no", Format::No),
    ] {
        let arguments = read_line(&format!("swcat --pull -L1 {flags}")).unwrap();
        assert_eq!(arguments.output.chosen(), Some(format), "{flags}");
    }
}

#[test]
fn contradictions_and_unknown_values_are_refused() {
    for line in [
        "swcat --push --pull -L1",
        "swcat --push -L1 -Dx -Fy",
        "swcat --push -L1 -Dx -Dy",
        "swcat --push -L1 --lines",
        "swcat --push -L1 -F- --chunks 0",
        "swcat --push -L1 -F- --chunks 1 --lines",
        "swcat --pull -L1 --format none",
        "swcat --pull -L1 --recv-timeout soon",
        "swcat --pull -L1 --back-bind x",
        "swcat --pull -L1 --size 3",
        "swcat --pull -L1 more",
        "swcat --pull -L",
    ] {
        let error = read_line(line).unwrap_err();
        assert_eq!(error.exit_code(), 2, "{line}");
    }
    assert_eq!(read_line("swcat --help").unwrap_err().exit_code(), 0);
    assert_eq!(read_line("swcat --version").unwrap_err().exit_code(), 0);
}

#[test]
fn a_negative_time_is_for_ever() {
    assert_eq!(seconds("-1"), Ok(Wait::Forever));
    assert_eq!(seconds("0"), Ok(Wait::For(Duration::ZERO)));
    assert!(seconds("nan").is_err() && seconds("1e30").is_err());
}
