//! Each socket type, each source, each rhythm.

use std::time::{Duration, Instant};

use crate::stage::{Stage, ran, swcat};

// rfc: sp-swcat W-13 W-18
#[test]
fn what_one_sends_the_other_shows() {
    for (receiver, sender) in [
        ("--pull", "--push"),
        ("--pair", "--pair"),
        ("--pair1", "--pair1"),
    ] {
        let stage = Stage::new();
        let address = stage.address("wire");
        let receiver = swcat(&format!("{receiver} --bind {{}} --ascii -C 1"), &address);
        let sender = swcat(&format!("{sender} --connect {{}} -D hello -C 1"), &address);
        assert_eq!(sender.ends().code, Some(0));
        let ended = receiver.ends();
        assert_eq!((ended.code, ended.text().as_str()), (Some(0), "hello\n"));
    }
}

// rfc: sp-swcat W-11 W-16
#[test]
fn a_subscriber_hears_its_topics_and_without_any_everything() {
    for (topics, expected) in [("--subscribe b --subscribe x", "bird\n"), ("", "bird\n")] {
        let stage = Stage::new();
        let address = stage.address("wire");
        let _sender = swcat("--pub --bind {} -D bird -i 0.01", &address);
        let words = format!("--sub --connect {{}} -A -C 1 {topics}");
        assert_eq!(swcat(&words, &address).ends().text(), expected);
        let words = "--sub --connect {} -A -C 1 --subscribe fish --recv-timeout 0.2";
        assert_eq!(swcat(words, &address).ends().text(), "");
    }
}

// rfc: sp-swcat W-18 W-19
#[test]
fn who_asks_shows_the_answer_and_who_answers_the_question() {
    for (asks, answers) in [("--req", "--rep"), ("--surveyor", "--respondent")] {
        let stage = Stage::new();
        let address = stage.address("wire");
        let answers = swcat(&format!("{answers} --bind {{}} -A -D pong -C 2"), &address);
        // A survey reaches whoever is connected, so it is repeated until somebody is.
        let asks = format!("{asks} --connect {{}} -A -D ping -i 0.1 --recv-timeout 1");
        let asks = swcat(&asks, &address);
        assert_eq!(asks.prints(10), b"pong\npong\n");
        assert_eq!(answers.ends().text(), "ping\nping\n");
    }
}

#[test]
fn a_question_is_asked_once() {
    let stage = Stage::new();
    let answers = swcat("--rep --bind {} --echo -Q", &stage.address("wire"));
    let asks = swcat("--req --connect {} -D once -Q", &stage.address("wire"));
    let ended = asks.ends();
    assert_eq!((ended.code, ended.text().as_str()), (Some(0), "\"once\"\n"));
    assert_eq!(answers.prints(7), b"\"once\"\n");
}

// rfc: sp-swcat W-19
#[test]
fn a_rep_without_an_answer_only_shows() {
    let stage = Stage::new();
    let answers = swcat("--rep --bind {} -A -C 1", &stage.address("wire"));
    let asks = "--req --connect {} -A -D anybody? --recv-timeout 0.5";
    let asks = swcat(asks, &stage.address("wire"));
    assert_eq!(answers.ends().text(), "anybody?\n");
    let ended = asks.ends();
    assert_eq!((ended.code, ended.text().as_str()), (Some(0), ""));
}

// rfc: sp-swcat W-18
#[test]
fn a_pair_and_a_bus_send_and_show_what_comes() {
    for role in ["--pair", "--bus", "--pair1"] {
        let stage = Stage::new();
        let address = stage.address("wire");
        let one = swcat(&format!("{role} --bind {{}} -A -D tick -i 0.02"), &address);
        let other = swcat(
            &format!("{role} --connect {{}} -A -D tock -i 0.02"),
            &address,
        );
        assert_eq!(&one.prints(10)[..10], b"tock\ntock\n", "{role}");
        assert_eq!(&other.prints(10)[..10], b"tick\ntick\n", "{role}");
    }
}

// rfc: sp-swcat W-10 W-12
#[test]
fn one_socket_has_many_addresses_and_tells_where_it_listens() {
    let stage = Stage::new();
    let words = "--pull --bind tcp://127.0.0.1:0 --listen {} -A -C 2 -v";
    let receiver = swcat(words, &stage.address("wire"));
    let tcp = receiver.listens();
    assert!(!tcp.ends_with(":0"), "{tcp}");
    let one = swcat("--push --connect {} -D x", &tcp);
    let other = swcat("--push --dial {} -D x", &stage.address("wire"));
    assert_eq!((one.ends().code, other.ends().code), (Some(0), Some(0)));
    assert_eq!(receiver.ends().text(), "x\nx\n");
}

// rfc: sp-swcat W-03
#[test]
fn short_flags_of_addresses_meet() {
    let stage = Stage::new();
    let receiver = swcat(&format!("--pull0 -X {} -A -C1", stage.path("wire")), "");
    let sender = swcat(&format!("--push0 -x {} -Dx", stage.path("wire")), "");
    assert_eq!(sender.ends().code, Some(0));
    assert_eq!(receiver.ends().text(), "x\n");
    let receiver = swcat("--pull -L 0 -A -C1 -v", "");
    let (_, port) = receiver.listens().rsplit_once(':').map(own).unwrap();
    assert_eq!(
        swcat(&format!("--push -l{port} -Dx"), "").ends().code,
        Some(0)
    );
    assert_eq!(receiver.ends().text(), "x\n");
}

fn own((host, port): (&str, &str)) -> (String, String) {
    (host.to_owned(), port.to_owned())
}

// rfc: sp-swcat W-14
#[test]
fn a_stream_of_any_size_arrives_whole() {
    let stage = Stage::new();
    let address = stage.address("wire");
    let body: Vec<u8> = (0..=250).cycle().take(32 * 1024 * 1024 + 5).collect();
    let receiver = swcat("--pull --bind {} --raw", &address);
    let mut sender = swcat("--push --connect {} -F - --chunks 65536", &address);
    sender.reads(&body);
    assert_eq!(sender.ends().code, Some(0));
    assert!(receiver.prints(body.len()) == body);
}

// rfc: sp-swcat W-14
#[test]
fn lines_are_sent_as_they_are_read() {
    let stage = Stage::new();
    let receiver = swcat("--pull --bind {} --quoted", &stage.address("wire"));
    let mut sender = swcat(
        "--push --connect {} --file - --lines",
        &stage.address("wire"),
    );
    sender.reads(b"first\n");
    assert_eq!(receiver.prints(8), b"\"first\"\n");
    sender.reads(b"\nlast");
    assert_eq!(sender.ends().code, Some(0));
    assert_eq!(receiver.prints(18), b"\"first\"\n\"\"\n\"last\"\n");
}

// rfc: sp-swcat W-13
#[test]
fn the_standard_input_is_one_message_and_may_be_empty() {
    let stage = Stage::new();
    for (input, expected) in [(&b"a\nb\n"[..], "\"a\\nb\\n\"\n"), (b"", "\"\"\n")] {
        let receiver = swcat("--pull --bind {} -Q -C 1", &stage.address("wire"));
        let mut sender = swcat("--push --connect {} -F-", &stage.address("wire"));
        sender.reads(input);
        assert_eq!(sender.ends().code, Some(0));
        assert_eq!(receiver.ends().text(), expected);
    }
}

// rfc: sp-swcat W-16
#[test]
fn a_message_is_sent_as_often_and_as_late_as_asked() {
    let stage = Stage::new();
    let receiver = swcat("--pull --bind {} -A -C 3", &stage.address("wire"));
    let started = Instant::now();
    let words = "--push --connect {} -D x -d 0.2 -i 0.1 -C 3";
    assert_eq!(swcat(words, &stage.address("wire")).ends().code, Some(0));
    let took = started.elapsed();
    println!("0.2 s and twice 0.1 s took {took:?}");
    assert!(took >= Duration::from_millis(400), "{took:?}");
    assert_eq!(receiver.ends().text(), "x\nx\nx\n");
}

// rfc: sp-swcat W-17 W-18
#[test]
fn time_outs_end_a_send_badly_and_a_receive_well() {
    let stage = Stage::new();
    let ended = swcat(
        "--push --connect {} -D x --send-timeout 0.1",
        &stage.address("a"),
    )
    .ends();
    assert_eq!(ended.code, Some(1));
    assert_eq!(ended.err, "swcat: cannot send: the time-out has passed\n");
    for role in ["--pull", "--sub", "--pair", "--rep", "--bus"] {
        let words = format!("{role} --connect {{}} --recv-timeout 0.1");
        let ended = swcat(&words, &stage.address("b")).ends();
        assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{role}");
    }
    let words = "--req --connect {} -D x --recv-timeout 0.1";
    assert_eq!(swcat(words, &stage.address("c")).ends().code, Some(0));
}

// rfc: sp-swcat W-50
#[test]
fn a_device_joins_two_networks() {
    for (asks, answers) in [("--req", "--rep"), ("--surveyor", "--respondent")] {
        let stage = Stage::new();
        let (front, back) = (stage.address("front"), stage.address("back"));
        let words = format!("--device {answers} --bind {{}} --back-bind {back} -v");
        let device = swcat(&words, &front);
        device.says(&back);
        let _server = swcat(&format!("{answers} --connect {{}} -D pong"), &back);
        let client = format!("{asks} --connect {{}} -D ping -A -i 0.1 --recv-timeout 1");
        assert_eq!(&swcat(&client, &front).prints(5)[..5], b"pong\n");
    }
}

// rfc: sp-swcat W-50
#[test]
fn a_device_goes_one_way_where_the_sockets_do() {
    let stage = Stage::new();
    let (front, back) = (stage.address("front"), stage.address("back"));
    let _device = swcat(
        &format!("--device --pull --bind {front} --back-connect {back}"),
        "",
    );
    let receiver = swcat("--pull --bind {} -A -C 1", &back);
    assert_eq!(
        swcat("--push --connect {} -D work", &front).ends().code,
        Some(0)
    );
    assert_eq!(receiver.ends().text(), "work\n");
}

// rfc: sp-swcat W-51
#[test]
fn a_bus_that_is_bent_back_is_a_hub() {
    let stage = Stage::new();
    let address = stage.address("hub");
    let _hub = swcat("--device --bus --bind {}", &address);
    let _one = swcat("--bus --connect {} -D tick -i 0.02", &address);
    let other = swcat("--bus --connect {} -A", &address);
    assert_eq!(&other.prints(5)[..5], b"tick\n");
}

// rfc: sp-swcat W-15
#[test]
fn what_nobody_took_is_told() {
    let ended = ran("--push --bind tcp://127.0.0.1:0 -D x --send-timeout 0.05 -q");
    assert_eq!(ended.code, Some(1));
}
