//! Contexts of sockets over TCP: many exchanges at a time, each in a thread of its own, which
//! nobody else disturbs, wakes or answers. Obeys `rfc/sp-contexts.md`.

use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use speedwell::{
    DropCause, ErrorKind, Pub, Rep, RepContext, Req, ReqContext, Respondent, Sub, Surveyor,
    Timeouts,
};

use crate::raw_peer::{REP, RawPeer};
use crate::watch::{SOON, timed, until};

const SHORT: Duration = Duration::from_millis(50);

/// A REQ and a REP that are connected.
fn req_and_rep() -> (Req, Rep) {
    let (req, rep) = (Req::new().unwrap(), Rep::new().unwrap());
    let endpoint = rep.bind("tcp://127.0.0.1:0").unwrap();
    req.connect(endpoint.address()).unwrap();
    until("they are connected", || {
        req.pipes() == 1 && rep.pipes() == 1
    });
    (req, rep)
}

/// Answers what it hears with the same, until its socket is closed.
fn echo(context: &RepContext) -> u32 {
    let mut answered = 0;
    while let Ok(question) = context.recv() {
        context.send(question).unwrap();
        answered += 1;
    }
    answered
}

// rfc: sp-contexts C-01 C-05, sp-reqrep R-36
#[test]
fn sixteen_threads_ask_and_eight_answer_over_one_connection() {
    const CLIENTS: u32 = 16;
    const EACH: u32 = 500;
    const SERVERS: u32 = 8;
    let (req, rep) = req_and_rep();
    let (answered, took) = timed(|| {
        thread::scope(|scope| {
            let servers: Vec<_> = (0..SERVERS)
                .map(|_| {
                    let context = rep.context().unwrap();
                    scope.spawn(move || echo(&context))
                })
                .collect();
            let clients: Vec<_> = (0..CLIENTS)
                .map(|client| {
                    let context = req.context().unwrap();
                    scope.spawn(move || {
                        for number in 0..EACH {
                            let question =
                                (u64::from(client) << 32 | u64::from(number)).to_be_bytes();
                            context.send(question).unwrap();
                            assert_eq!(context.recv_timeout(SOON).unwrap().body(), question);
                        }
                    })
                })
                .collect();
            clients.into_iter().for_each(|it| it.join().unwrap());
            rep.close();
            let answered = servers.into_iter().map(|it| it.join().unwrap());
            answered.collect::<Vec<u32>>()
        })
    });
    println!(
        "{} exchanges in {took:?}, answered by each: {answered:?}",
        CLIENTS * EACH
    );
    assert_eq!(answered.iter().sum::<u32>(), CLIENTS * EACH);
    assert_eq!(req.stats().connected, 1);
}

// rfc: sp-reqrep R-36
#[test]
fn answers_come_back_to_who_asked_in_whatever_order_they_are_given() {
    let (req, rep) = req_and_rep();
    let asking: Vec<ReqContext> = (0..5).map(|_| req.context().unwrap()).collect();
    let answering: Vec<RepContext> = (0..5).map(|_| rep.context().unwrap()).collect();
    let heard: Vec<_> = asking
        .iter()
        .zip(&answering)
        .enumerate()
        .map(|(number, (question, answer))| {
            question.send([u8::try_from(number).unwrap()]).unwrap();
            answer.recv_timeout(SOON).unwrap()
        })
        .collect();
    for (context, question) in answering.iter().zip(heard).rev() {
        context.send(question).unwrap();
    }
    for (number, context) in asking.iter().enumerate() {
        let answer = context.recv_timeout(SOON).unwrap();
        assert_eq!(usize::from(answer.body()[0]), number);
        assert_eq!(context.try_recv().unwrap_err().kind(), ErrorKind::State);
    }
}

// rfc: sp-contexts C-07, sp-survey S-18 S-27
#[test]
fn surveys_run_side_by_side_each_to_a_deadline_of_its_own() {
    let surveyor = Surveyor::new().unwrap();
    let endpoint = surveyor.bind("tcp://127.0.0.1:0").unwrap();
    let respondents: Vec<Respondent> = (0..4).map(|_| Respondent::new().unwrap()).collect();
    for respondent in &respondents {
        respondent.connect(endpoint.address()).unwrap();
    }
    until("all are there", || surveyor.pipes() == 4);
    thread::scope(|scope| {
        for respondent in &respondents {
            scope.spawn(|| {
                while let Ok(survey) = respondent.recv() {
                    let _ = respondent.send(survey);
                }
            });
        }
        let surveys: Vec<_> = (0..8_u8)
            .map(|number| {
                let context = surveyor.context().unwrap();
                scope.spawn(move || {
                    context.set_deadline(SHORT * 20).unwrap();
                    context.send([number]).unwrap();
                    for _ in 0..4 {
                        assert_eq!(context.recv().unwrap().body(), [number]);
                    }
                    // Nobody is left to answer this one.
                    context.set_deadline(SHORT).unwrap();
                    assert_eq!(context.deadline().unwrap(), SHORT);
                })
            })
            .collect();
        surveys.into_iter().for_each(|it| it.join().unwrap());
        respondents.iter().for_each(|respondent| {
            respondent.close();
        });
    });
    let (brief, lasting) = (surveyor.context().unwrap(), surveyor.context().unwrap());
    brief.set_deadline(SHORT).unwrap();
    lasting.set_deadline(SOON).unwrap();
    lasting.send("?").unwrap();
    brief.send("?").unwrap();
    let (over, took) = timed(|| brief.recv());
    println!("over after {took:?} of {SHORT:?}");
    assert_eq!(over.unwrap_err().kind(), ErrorKind::TimedOut);
    assert!(took < SHORT * 10, "{took:?}");
    assert_eq!(
        lasting.try_recv().unwrap_err().kind(),
        ErrorKind::WouldBlock
    );
}

// rfc: sp-pubsub B-36
#[test]
fn each_context_of_a_subscriber_hears_its_own_topics() {
    const TOPICS: [&str; 4] = ["a", "b", "ab", ""];
    /// Everything fits a context that does not receive at all.
    const COUNT: usize = 250;
    let (publisher, sub) = (Pub::new().unwrap(), Sub::new().unwrap());
    publisher
        .connect(sub.bind("tcp://127.0.0.1:0").unwrap().address())
        .unwrap();
    let contexts = TOPICS.map(|topic| {
        let context = sub.context().unwrap();
        context.subscribe(topic).unwrap();
        context
    });
    until("they are connected", || publisher.pipes() == 1);
    let bodies = ["ax", "bx", "abx", "c"];
    let expected = |topic: &str| bodies.iter().filter(|body| body.starts_with(topic)).count();
    thread::scope(|scope| {
        let hears = contexts.each_ref().map(|context| {
            scope.spawn(|| {
                let mut heard = Vec::new();
                while let Ok(message) = context.recv_timeout(SOON) {
                    if message.body().ends_with(b"end") {
                        break;
                    }
                    heard.push(message);
                }
                heard
            })
        });
        for _ in 0..COUNT {
            for body in bodies {
                publisher.send(body).unwrap();
            }
        }
        publisher.send("abend").unwrap();
        publisher.send("bend").unwrap();
        for (topic, heard) in TOPICS.iter().zip(hears) {
            let heard = heard.join().unwrap();
            assert!(
                heard
                    .iter()
                    .all(|message| message.body().starts_with(topic.as_bytes()))
            );
            assert_eq!(heard.len(), COUNT * expected(topic), "{topic:?}");
        }
    });
    let unknown = contexts[0].unsubscribe("b").unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::NotSubscribed);
    // Nothing was subscribed to in the socket itself.
    assert_eq!(sub.try_recv().unwrap_err().kind(), ErrorKind::WouldBlock);
}

// rfc: sp-contexts C-04
#[test]
fn a_context_that_is_closed_wakes_who_waits_in_it_and_nobody_else() {
    let (req, rep) = req_and_rep();
    let (closed, other) = (req.context().unwrap(), req.context().unwrap());
    closed.send("?").unwrap();
    other.send("!").unwrap();
    thread::scope(|scope| {
        let waits = [(); 2].map(|()| scope.spawn(|| closed.recv()));
        let unmoved = scope.spawn(|| other.recv_timeout(SOON));
        rep.recv_timeout(SOON).unwrap();
        // Either waits or is about to: both end alike.
        thread::sleep(SHORT);
        let ((), took) = timed(|| closed.close());
        for wait in waits {
            assert_eq!(wait.join().unwrap().unwrap_err().kind(), ErrorKind::Closed);
        }
        println!("closed in {took:?}");
        assert_eq!(closed.recv().unwrap_err().kind(), ErrorKind::Closed);
        let unsent = closed.send("mine").unwrap_err();
        assert_eq!(unsent.kind(), ErrorKind::Closed);
        assert_eq!(unsent.into_message().body(), b"mine");
        let set = closed.set_resend(None).unwrap_err();
        assert_eq!(set.kind(), ErrorKind::Closed);
        rep.send("too late").unwrap();
        rep.recv_timeout(SOON).unwrap();
        rep.send("in time").unwrap();
        assert_eq!(unmoved.join().unwrap().unwrap().body(), b"in time");
    });
    assert_eq!(
        req.stats().dropped(DropCause::Stale),
        1,
        "its answer was nobody's"
    );
}

// rfc: sp-contexts C-05
#[test]
fn a_question_finds_another_when_the_one_that_was_called_is_closed() {
    const ROUNDS: u32 = 200;
    const MS: Duration = Duration::from_millis(1);
    let (req, rep) = req_and_rep();
    req.set_resend(Some(SOON)).unwrap();
    let (mut by_first, mut lost, mut longest) = (0, 0, Duration::ZERO);
    for _ in 0..ROUNDS {
        let (first, second) = (rep.context().unwrap(), rep.context().unwrap());
        let echo = |context: &RepContext| context.recv().is_ok_and(|it| context.send(it).is_ok());
        let start = Barrier::new(2);
        thread::scope(|scope| {
            let asked = scope.spawn(|| first.recv().map(|it| first.send(it).is_ok()));
            // So that it is mostly the first in the line, and mostly in the line at all.
            thread::sleep(MS);
            scope.spawn(|| echo(&second));
            thread::sleep(MS);
            scope.spawn(|| {
                start.wait();
                first.close();
            });
            start.wait();
            let began = Instant::now();
            req.send("?").unwrap();
            let is_lost = match asked.join().unwrap() {
                // The second answers it: whether the first was called or not.
                Err(error) => error.kind() != ErrorKind::Closed,
                Ok(true) => {
                    by_first += 1;
                    false
                }
                // It was closed with the question in its hands.
                Ok(false) => {
                    lost += 1;
                    true
                }
            };
            let answer = req.recv_timeout(if is_lost { MS } else { SOON });
            longest = longest.max(began.elapsed());
            assert_eq!(answer.is_ok(), !is_lost, "nobody was called");
            second.close();
        });
    }
    println!("{ROUNDS} rounds: {by_first} by the first, {lost} lost with it, at most {longest:?}");
}

// rfc: sp-contexts C-03
#[test]
fn a_context_that_is_dropped_takes_its_question_back() {
    let req = Req::new().unwrap();
    let context = req.context().unwrap();
    context.send("nobody is there").unwrap();
    drop(context);
    assert_eq!(req.stats().dropped(DropCause::Closed), 1);
    let endpoint = req.bind("tcp://127.0.0.1:0").unwrap();
    let mut server = RawPeer::greets(endpoint.address(), REP);
    until("it is there", || req.pipes() == 1);
    let context = req.context().unwrap();
    context.set_resend(Some(SHORT / 10)).unwrap();
    assert_eq!(context.resend().unwrap(), Some(SHORT / 10));
    context.send("again and again").unwrap();
    for _ in 0..3 {
        assert!(server.receives().unwrap().ends_with(b"again and again"));
    }
    drop(context);
    req.send("the last").unwrap();
    until("it has come", || {
        let body = server.receives().unwrap();
        body.ends_with(b"the last") || !body.ends_with(b"again and again")
    });
    let sent = req.stats().messages_out;
    thread::sleep(SHORT);
    assert_eq!(req.stats().messages_out, sent, "nothing is sent again");
}

// rfc: sp-contexts C-02 C-04
#[test]
fn a_socket_that_is_closed_ends_all_who_wait_in_its_contexts() {
    let (req, _rep) = req_and_rep();
    let started = Barrier::new(17);
    let waits: AtomicU32 = AtomicU32::new(0);
    let closing = thread::scope(|scope| {
        let waiters: Vec<_> = (0..16)
            .map(|_| {
                let context = req.context().unwrap();
                let (started, waits) = (&started, &waits);
                scope.spawn(move || {
                    context.send("?").unwrap();
                    started.wait();
                    waits.fetch_add(1, Ordering::SeqCst);
                    (context.recv().unwrap_err().kind(), context)
                })
            })
            .collect();
        started.wait();
        until("all wait", || waits.load(Ordering::SeqCst) == 16);
        thread::sleep(SHORT);
        let (_, took) = timed(|| req.close());
        for waiter in waiters {
            let (kind, context) = waiter.join().unwrap();
            assert_eq!(kind, ErrorKind::Closed);
            assert_eq!(context.try_recv().unwrap_err().kind(), ErrorKind::Closed);
        }
        took
    });
    println!("closed in {closing:?}");
    assert!(closing < SOON / 4, "{closing:?}");
    assert_eq!(req.context().unwrap_err().kind(), ErrorKind::Closed);
}

// rfc: sp-contexts C-02
#[test]
fn a_socket_stays_open_while_it_has_a_context() {
    let (req, rep) = req_and_rep();
    let (asks, answers) = (req.context().unwrap(), rep.context().unwrap());
    let another = asks.send("are you there?").map(|()| drop((req, rep)));
    another.unwrap();
    assert_eq!(
        answers.recv_timeout(SOON).unwrap().body(),
        b"are you there?"
    );
    answers.send("still").unwrap();
    assert_eq!(asks.recv_timeout(SOON).unwrap().body(), b"still");
    asks.send("and now?").unwrap();
    answers.recv_timeout(SOON).unwrap();
    drop(answers);
    // With the last handle goes the socket, and its connection.
    asks.set_resend(None).unwrap();
    asks.send("anybody?").unwrap();
    let alone = asks.recv_timeout(SHORT).unwrap_err();
    assert!(matches!(
        alone.kind(),
        ErrorKind::TimedOut | ErrorKind::PeerLost
    ));
}

// rfc: sp-contexts C-07
#[test]
fn a_context_has_the_time_outs_of_its_socket_and_then_its_own() {
    let rep = Rep::new().unwrap();
    rep.set_recv_timeout(Some(SHORT));
    let context = rep.context().unwrap();
    rep.set_recv_timeout(None);
    let expected = Timeouts {
        send: None,
        recv: Some(SHORT),
    };
    assert_eq!(context.timeouts(), expected);
    let (late, took) = timed(|| context.recv());
    assert_eq!(late.unwrap_err().kind(), ErrorKind::TimedOut);
    assert!(took >= SHORT && took < 20 * SHORT, "{took:?}");
    context.set_recv_timeout(Some(Duration::ZERO));
    context.set_send_timeout(Some(SHORT));
    assert_eq!(context.timeouts().send, Some(SHORT));
    assert_eq!(context.recv().unwrap_err().kind(), ErrorKind::TimedOut);
    assert_eq!(
        context.try_recv().unwrap_err().kind(),
        ErrorKind::WouldBlock
    );
}
