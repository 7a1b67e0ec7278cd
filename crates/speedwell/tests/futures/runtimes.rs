//! The same code on tokio, smol and both at a time.

use std::sync::Arc;
use std::time::Duration;

use speedwell::{ErrorKind, Rep, Req};

use crate::by_hand::{SOON, block_on, pipeline};

const EXCHANGES: u32 = 500;

fn exchange(test: &str) -> (Req, Rep) {
    let address = format!("inproc://runtimes/{test}");
    let (req, rep) = (Req::new().unwrap(), Rep::new().unwrap());
    rep.bind(&address).unwrap();
    req.connect(&address).unwrap();
    (req, rep)
}

/// What a server does on any runtime: until the socket is closed.
async fn serve(rep: &Rep) {
    while let Ok(question) = rep.recv_async().await {
        rep.send_async(question).await.unwrap();
    }
}

/// What a client does on any runtime.
async fn ask(req: &Req) {
    for number in 0..EXCHANGES {
        req.send_async(number.to_be_bytes()).await.unwrap();
        let answer = req.recv_async().await.unwrap();
        assert_eq!(answer.body(), number.to_be_bytes());
    }
}

fn tokio() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
}

// rfc: sp-waiting W-30
#[test]
fn on_tokio() {
    let (req, rep) = exchange("tokio");
    let rep = Arc::new(rep);
    let runtime = tokio();
    let server = runtime.spawn({
        let rep = rep.clone();
        async move { serve(&rep).await }
    });
    runtime.block_on(ask(&req));
    rep.close();
    runtime.block_on(server).unwrap();
}

// rfc: sp-waiting W-30
#[test]
fn on_smol() {
    let (req, rep) = exchange("smol");
    let rep = Arc::new(rep);
    let server = smol::spawn({
        let rep = rep.clone();
        async move { serve(&rep).await }
    });
    smol::block_on(ask(&req));
    rep.close();
    smol::block_on(server);
}

// rfc: sp-waiting W-30
#[test]
fn fault_90_two_runtimes_and_a_thread_share_a_socket() {
    let (req, rep) = exchange("shared");
    let (req, rep) = (Arc::new(req), Arc::new(rep));
    let runtime = tokio();
    let _server = runtime.spawn({
        let rep = rep.clone();
        async move { serve(&rep).await }
    });
    let on_tokio = runtime.spawn({
        let context = req.context().unwrap();
        async move {
            for _ in 0..EXCHANGES {
                context.send_async("tokio").await.unwrap();
                assert_eq!(context.recv_async().await.unwrap().body(), b"tokio");
            }
        }
    });
    let on_smol = smol::spawn({
        let context = req.context().unwrap();
        async move {
            for _ in 0..EXCHANGES {
                context.send_async("smol").await.unwrap();
                assert_eq!(context.recv_async().await.unwrap().body(), b"smol");
            }
        }
    });
    for _ in 0..EXCHANGES {
        req.send("thread").unwrap();
        assert_eq!(req.recv_timeout(SOON).unwrap().body(), b"thread");
    }
    runtime.block_on(on_tokio).unwrap();
    smol::block_on(on_smol);
}

// rfc: sp-waiting W-31 W-32
#[test]
fn fault_90_a_runtime_that_stops_leaves_its_messages_to_others() {
    let (push, pull) = pipeline("stops");
    let pull = Arc::new(pull);
    let runtime = tokio();
    for _ in 0..8 {
        let pull = pull.clone();
        runtime.spawn(async move { while pull.recv_async().await.is_ok() {} });
    }
    push.send("to the runtime").unwrap();
    runtime.shutdown_timeout(SOON);
    // Whatever was taken before, what comes now is for those who are left.
    push.send("after its end").unwrap();
    loop {
        let message = block_on(pull.recv_async()).unwrap();
        if message.body() == b"after its end" {
            break;
        }
    }
    assert_eq!(Arc::strong_count(&pull), 1, "no task is left");
}

// rfc: sp-waiting W-31
#[test]
fn fault_88_a_socket_that_is_dropped_in_a_runtime_is_closed() {
    let (push, pull) = pipeline("dropped in a runtime");
    let runtime = tokio();
    runtime.block_on(async move {
        pull.recv_timeout(Duration::ZERO).unwrap_err();
        tokio::spawn(async move { drop(pull) }).await.unwrap();
    });
    // One that is dropped with its task, when the runtime ends.
    let other = speedwell::Pull::new().unwrap();
    runtime.spawn(async move {
        let _ = other.recv_async().await;
    });
    runtime.shutdown_timeout(SOON);
    push.set_send_timeout(Some(Duration::ZERO));
    let start = std::time::Instant::now();
    while push.pipes() > 0 {
        assert!(start.elapsed() < SOON);
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(push.send("x").unwrap_err().kind(), ErrorKind::TimedOut);
}

// rfc: sp-waiting W-31
#[test]
fn a_time_out_of_the_runtime_bounds_a_call() {
    let (push, pull) = pipeline("bounded");
    let runtime = tokio();
    runtime.block_on(async {
        let short = Duration::from_millis(20);
        assert!(
            tokio::time::timeout(short, pull.recv_async())
                .await
                .is_err()
        );
        push.send_async("x").await.unwrap();
        let received = tokio::time::timeout(SOON, pull.recv_async()).await;
        assert_eq!(received.unwrap().unwrap().body(), b"x");
    });
}
