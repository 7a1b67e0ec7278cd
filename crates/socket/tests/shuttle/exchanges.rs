//! Questions in contexts, while the socket, a context or the other side is closed.

use std::sync::Arc;

use speedwell_reqrep::{Rep, Req};
use speedwell_socket::{Context, ErrorKind, Socket};

use crate::stage::{ADDRESS, EVER, Stage, at_any_pace, is_closed, join_all, meanwhile, with};

/// Asks until the context is closed; each answer is that to the question.
fn ask(ctx: &Context<Req>, number: u32) {
    for round in 0..3 {
        let question = format!("{number} {round}");
        match ctx.send(question.as_str()).map_err(|error| error.kind()) {
            Ok(()) => match ctx.recv() {
                Ok(answer) => assert_eq!(answer.body(), question.as_bytes()),
                Err(error) => return assert!(is_closed(&error), "{error}"),
            },
            Err(kind) => return assert_eq!(kind, ErrorKind::Closed),
        }
    }
}

/// Answers until the socket is closed.
fn answer(rep: &Socket<Rep>) {
    loop {
        let question = match rep.recv() {
            Ok(question) => question,
            Err(error) => return assert!(is_closed(&error), "{error}"),
        };
        match rep.send(question).map_err(|error| error.kind()) {
            Ok(()) => {}
            Err(kind) => return assert_eq!(kind, ErrorKind::Closed),
        }
    }
}

// rfc: sp-endpoint E-60, sp-contexts C-04
#[test]
fn fault_85_the_asking_socket_is_closed_under_its_contexts() {
    at_any_pace(|| {
        let stage = Stage::new();
        let (rep, req) = stage.join(Rep::new(), Req::new());
        let server = with(&rep, answer);
        let askers = [0, 1].map(|number| {
            let ctx = req.context().unwrap();
            with(&Arc::new(ctx), move |ctx| ask(ctx, number))
        });
        meanwhile();
        req.close();
        join_all(askers);
        rep.close();
        server.join().unwrap();
    });
}

// rfc: sp-contexts C-02 C-04
#[test]
fn fault_85_contexts_are_closed_and_dropped_while_others_ask() {
    at_any_pace(|| {
        let stage = Stage::new();
        let (rep, req) = stage.join(Rep::new(), Req::new());
        let server = with(&rep, answer);
        let ctx = Arc::new(req.context().unwrap());
        let asker = with(&ctx, |ctx| ask(ctx, 0));
        let other = Arc::new(req.context().unwrap());
        let last = with(&other, |ctx| ask(ctx, 1));
        drop((req, other));
        meanwhile();
        ctx.close();
        asker.join().unwrap();
        drop(ctx);
        last.join().unwrap();
        rep.close();
        server.join().unwrap();
    });
}

// rfc: sp-endpoint E-90 E-91 E-93
#[test]
fn fault_85_the_answering_socket_is_drained_and_another_one_answers() {
    at_any_pace(|| {
        let stage = Stage::new();
        let (rep, req) = stage.join(Rep::new(), Req::new());
        let server = with(&rep, answer);
        let ctx = Arc::new(req.context().unwrap());
        let asker = with(&ctx, |ctx| ask(ctx, 0));
        meanwhile();
        rep.drain(EVER);
        server.join().unwrap();
        let next = stage.open(Rep::new());
        next.bind(ADDRESS).unwrap();
        let server = with(&next, answer);
        asker.join().unwrap();
        drop((req, ctx));
        next.close();
        server.join().unwrap();
    });
}
