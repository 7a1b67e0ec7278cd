//! The lanes of every protocol: sockets, contexts and raw sockets.

use std::cell::RefCell;

use speedwell::{
    Bus, Message, Overflow, Pair, Pair1, Pub, Pull, Push, RawBus, RawPair, RawPair1, RawPub,
    RawPull, RawPush, RawRep, RawReq, RawRespondent, RawSub, RawSurveyor, Rep, Req, Respondent,
    Sub, Surveyor,
};

use super::lane::Lane;
use super::{between, joined, receiving, sending};
use crate::by_hand::{SOON, block_on};

/// What every lane is put through.
fn sweep(lane: &Lane<'_>) {
    receiving::sweep(lane);
    sending::sweep(lane);
}

// rfc: sp-waiting W-31 W-32
#[test]
fn fault_86_every_protocol_one_way() {
    macro_rules! swept {
        ($($from:ident => $to:ident;)*) => {$({
            let name = concat!(stringify!($from), " to ", stringify!($to));
            let (from, to) = joined!(name, $from, $to);
            sweep(&between!(name, from, from, to, to));
            let name = format!("full {name}");
            let (from, to) = joined!(name, $from, $to, 1);
            sending::sweep_blocked(&between!(&name, from, from, to, to));
        })*};
    }
    swept! {
        Push => Pull;
        RawPush => RawPull;
        Pair => Pair;
        RawPair => RawPair;
        Pair1 => Pair1;
    }
}

// rfc: sp-waiting W-31 W-32
#[test]
fn fault_86_every_protocol_to_many() {
    macro_rules! swept {
        ($($from:ident => $to:ident $(, |$listener:ident| $listen:expr)?;)*) => {$({
            let name = concat!(stringify!($from), " to ", stringify!($to));
            let (from, to) = joined!(name, $from, $to);
            $(
                let $listener = &to;
                $listen;
            )?
            sweep(&between!(name, from, from, to, to));
            let name = format!("full {name}");
            let (from, to) = joined!(name, $from, $to, 1);
            $(
                let $listener = &to;
                $listen;
            )?
            from.set_overflow(Overflow::Block).unwrap();
            sending::sweep_blocked(&between!(&name, from, from, to, to));
        })*};
    }
    swept! {
        Pub => Sub, |sub| sub.subscribe("").unwrap();
        RawPub => RawSub, |sub| sub.subscribe("").unwrap();
        Bus => Bus;
        RawBus => RawBus;
        Surveyor => Respondent;
    }
}

// rfc: sp-waiting W-31 W-32, sp-contexts C-05
#[test]
fn fault_86_every_protocol_into_a_context() {
    let (publisher, sub) = joined!("Pub to a context", Pub, Sub);
    let context = sub.context().unwrap();
    context.subscribe("").unwrap();
    sweep(&between!(
        "Pub to a context",
        publisher,
        publisher,
        sub,
        context
    ));
    let (req, rep) = joined!("a context to a context, asked", Req, Rep);
    let (asks, hears) = (req.context().unwrap(), rep.context().unwrap());
    sweep(&between!(
        "a context to a context, asked",
        req,
        asks,
        rep,
        hears
    ));
    let name = "a context to a context, surveyed";
    let (surveyor, respondent) = joined!(name, Surveyor, Respondent);
    let (asks, hears) = (surveyor.context().unwrap(), respondent.context().unwrap());
    sweep(&between!(name, surveyor, asks, respondent, hears));
    let name = "a full context to a context, surveyed";
    let (surveyor, respondent) = joined!(name, Surveyor, Respondent, 1);
    surveyor.set_overflow(Overflow::Block).unwrap();
    let (asks, hears) = (surveyor.context().unwrap(), respondent.context().unwrap());
    sending::sweep_blocked(&between!(name, surveyor, asks, respondent, hears));
}

// rfc: sp-waiting W-31 W-32
#[test]
fn fault_86_questions_and_answers() {
    let (req, rep) = joined!("Req to Rep", Req, Rep);
    sweep(&between!("Req to Rep", req, req, rep, rep));
    macro_rules! answers {
        ($name:expr, $asker:ident, $asks:expr, $answerer:ident, $hears:expr) => {{
            let (asks, hears) = (&$asks, &$hears);
            sweep(
                &between!($name, $answerer, $hears, $asker, $asks).after(move || {
                    block_on(asks.send_async("what?")).unwrap();
                    assert_eq!(block_on(hears.recv_async()).unwrap().body(), b"what?");
                }),
            );
        }};
    }
    answers!("Rep to Req", req, req, rep, rep);
    let (asks, hears) = (req.context().unwrap(), rep.context().unwrap());
    answers!("a context to a context, answered", req, asks, rep, hears);
    let (surveyor, respondent) = joined!("Respondent to Surveyor", Surveyor, Respondent);
    surveyor.set_deadline(SOON).unwrap();
    answers!(
        "Respondent to Surveyor",
        surveyor,
        surveyor,
        respondent,
        respondent
    );
    let (asks, hears) = (surveyor.context().unwrap(), respondent.context().unwrap());
    let name = "a context to a context, answered in a survey";
    answers!(name, surveyor, asks, respondent, hears);
}

/// The id of every question here: a word with its top bit set.
const ID: [u8; 4] = [0x80, 0, 0, 7];

fn ask(mut message: Message) -> Message {
    message.set_header(&ID);
    message
}

// rfc: sp-waiting W-31 W-32
#[test]
fn fault_86_raw_questions_and_answers() {
    macro_rules! swept {
        ($($asker:ident, $answerer:ident;)*) => {$({
            let name = concat!(stringify!($asker), " to ", stringify!($answerer));
            let (asker, answerer) = joined!(name, $asker, $answerer);
            let (asks, hears) = (&asker, &answerer);
            sweep(&Lane::new(
                name,
                asks,
                move |message| Box::new(asks.send_async(ask(message))),
                hears,
                move || Box::new(hears.recv_async()),
            ));
            // The header of a question leads its answer back.
            let header = &RefCell::new(Vec::new());
            let name = concat!(stringify!($answerer), " to ", stringify!($asker));
            let lane = Lane::new(
                name,
                hears,
                move |mut message| {
                    message.set_header(&header.borrow());
                    Box::new(hears.send_async(message))
                },
                asks,
                move || Box::new(asks.recv_async()),
            );
            sweep(&lane.after(move || {
                block_on(asks.send_async(ask("what?".into()))).unwrap();
                let question = block_on(hears.recv_async()).unwrap();
                *header.borrow_mut() = question.header().to_vec();
            }));
        })*};
    }
    swept! {
        RawReq, RawRep;
        RawSurveyor, RawRespondent;
    }
}

// rfc: sp-waiting W-31 W-32
#[test]
fn fault_86_raw_questions_that_find_no_room() {
    let (asker, answerer) = joined!("full RawReq to RawRep", RawReq, RawRep, 1);
    let (asks, hears) = (&asker, &answerer);
    sending::sweep_blocked(&Lane::new(
        "full RawReq to RawRep",
        asks,
        move |message| Box::new(asks.send_async(ask(message))),
        hears,
        move || Box::new(hears.recv_async()),
    ));
    let (asker, answerer) = joined!("full RawSurveyor", RawSurveyor, RawRespondent, 1);
    asker.set_overflow(Overflow::Block).unwrap();
    let (asks, hears) = (&asker, &answerer);
    sending::sweep_blocked(&Lane::new(
        "full RawSurveyor to RawRespondent",
        asks,
        move |message| Box::new(asks.send_async(ask(message))),
        hears,
        move || Box::new(hears.recv_async()),
    ));
}

// rfc: sp-waiting W-31 W-32
#[test]
fn fault_86_raw_pairs_of_version_1() {
    // A header of PAIR, version 1, is the count of hops.
    let (left, right) = joined!("RawPair1 to RawPair1", RawPair1, RawPair1);
    let (sends, receives) = (&left, &right);
    sweep(&Lane::new(
        "RawPair1 to RawPair1",
        sends,
        move |mut message| {
            message.set_header(&[0, 0, 0, 0]);
            Box::new(sends.send_async(message))
        },
        receives,
        move || Box::new(receives.recv_async()),
    ));
}
