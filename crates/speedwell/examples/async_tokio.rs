//! A server and its clients as tasks of tokio: a context for each, and a time-out of the runtime.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use speedwell::{RepContext, ReqContext};

type Failure = Box<dyn Error + Send + Sync>;

const CLIENTS: u32 = 4;
const QUESTIONS: u32 = 100;

fn main() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(run())
}

async fn run() -> Result<(), Failure> {
    let (req, rep) = (speedwell::Req::new()?, Arc::new(speedwell::Rep::new()?));
    let bound = rep.bind("tcp://127.0.0.1:0")?;
    req.connect(bound.address())?;
    // Two questions are answered at a time.
    for _ in 0..2 {
        tokio::spawn(answer(rep.context()?));
    }
    let clients: Vec<_> = (0..CLIENTS)
        .map(|number| Ok(tokio::spawn(ask(number, req.context()?))))
        .collect::<Result<_, Failure>>()?;
    for client in clients {
        client.await??;
    }
    println!("{} questions were answered", CLIENTS * QUESTIONS);
    // Giving up is dropping: nothing is lost, and the socket goes on.
    let idle = rep.context()?;
    let nothing = tokio::time::timeout(Duration::from_millis(20), idle.recv_async()).await;
    println!("nobody asked any more: {}", nothing.is_err());
    Ok(())
}

/// Answers until the socket is closed.
async fn answer(context: RepContext) {
    while let Ok(question) = context.recv_async().await {
        if context.send_async(question).await.is_err() {
            return;
        }
    }
}

async fn ask(number: u32, context: ReqContext) -> Result<(), Failure> {
    for question in 0..QUESTIONS {
        let text = format!("client {number}, question {question}");
        context.send_async(text.as_str()).await?;
        let answer = context.recv_async().await?;
        if answer.body() != text.as_bytes() {
            return Err(format!("{text}: the answer was another's").into());
        }
    }
    Ok(())
}
