//! Which flags fit together.

use super::*;
use crate::args;

fn plan(line: &str) -> Result<Plan, Misfit> {
    let words = line.split_whitespace().map(OsString::from);
    Plan::of(args::read(words).unwrap())
}

// rfc: sp-swcat W-04
#[test]
fn each_misfit_has_its_own_words() {
    for (flags, misfit) in [
        ("-L1", Misfit::NoRole),
        ("--pull", Misfit::NoAddress),
        ("--push -L1", Misfit::NothingToSend(Role::Push)),
        ("--req -L1", Misfit::NothingToSend(Role::Req)),
        ("--pull -L1 -Dx", Misfit::NeverSends(Role::Pull, "--data")),
        ("--sub -L1 -i1", Misfit::NeverSends(Role::Sub, "--interval")),
        (
            "--push -L1 -Dx -A",
            Misfit::NeverReceives(Role::Push, "--format"),
        ),
        (
            "--pub -L1 -Dx --recv-timeout 1",
            Misfit::NeverReceives(Role::Pub, "--recv-timeout"),
        ),
        ("--pull -L1 --subscribe x", Misfit::NoTopics(Role::Pull)),
        ("--req -L1 --echo", Misfit::NoEcho(Role::Req)),
        (
            "--rep -L1 -F- --lines",
            Misfit::AnswersWithStream(Role::Rep),
        ),
        ("--rep -L1 --device", Misfit::NoBack(Role::Rep, Role::Req)),
        ("--pair -L1 --device -Dx", Misfit::OfDevice("--data")),
        ("--rep -L1 --bench", Misfit::NoBench(Role::Rep)),
        ("--pull -L1 --bench -A", Misfit::OfBench("--format")),
    ] {
        assert_eq!(
            plan(&format!("swcat {flags}")).unwrap_err(),
            misfit,
            "{flags}"
        );
        assert!(!misfit.to_string().ends_with('.'));
    }
}

// rfc: sp-swcat W-03
#[test]
fn short_flags_of_addresses_are_whole_addresses() {
    let flags = "swcat --pair -L1 -l2 -X a -x /b --bind inproc://c --connect tcp://d:3 -Dx";
    let targets = plan(flags).unwrap().targets;
    let told: Vec<_> = targets
        .iter()
        .map(|target| (target.way, target.address.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (Way::Bind, "inproc://c"),
            (Way::Bind, "ipc://a"),
            (Way::Bind, "tcp://127.0.0.1:1"),
            (Way::Connect, "tcp://d:3"),
            (Way::Connect, "ipc:///b"),
            (Way::Connect, "tcp://127.0.0.1:2"),
        ]
    );
}

#[test]
fn the_work_follows_from_the_role_and_what_there_is_to_send() {
    let data = || Source::Data("x".into());
    for (flags, work) in [
        ("--push -Dx", Work::Send(data())),
        ("--pull", Work::Receive),
        ("--pair", Work::Receive),
        ("--pair -Dx", Work::Both(data())),
        ("--bus --echo", Work::Echo),
        ("--surveyor -Dx", Work::Ask(data())),
        ("--rep", Work::Receive),
        ("--rep -Dx", Work::Answer(data())),
        ("--push -F-", Work::Send(Source::File("-".into()))),
        ("--push -F- --lines", Work::Send(Source::Lines("-".into()))),
        (
            "--push -F- --chunks 7",
            Work::Send(Source::Chunks("-".into(), 7)),
        ),
        ("--bus --device", Work::Device(Vec::new())),
        ("--push --bench --size 0", Work::MeasureSending(0)),
        ("--sub --bench", Work::MeasureReceiving),
        ("--req --bench", Work::MeasureRoundTrips(64)),
    ] {
        assert_eq!(
            plan(&format!("swcat -L1 {flags}")).unwrap().work,
            work,
            "{flags}"
        );
    }
}

#[test]
fn negative_times_are_none() {
    let plan = plan("swcat --req -L1 -Dx --send-timeout -1 --recv-timeout -1 -v -qq").unwrap();
    assert_eq!(plan.tuning.send_timeout, None);
    assert_eq!(plan.tuning.recv_timeout, None);
    assert_eq!(plan.talk.verbosity, -1);
}
