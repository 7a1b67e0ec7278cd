//! Streams and sinks, dropped as receivers and senders are.

use std::future::poll_fn;
use std::pin::Pin;

use futures_sink::Sink;
use smol::stream::StreamExt;
use speedwell::{Error, ErrorKind, Message, Outgoing, Pair, Pull, Push, Rep, Req, SendError};

use super::lane::{Lane, Receiving, Sending};
use super::{joined, receiving, sending};

/// What `SinkExt::send` of the crate `futures` does.
async fn send(mut sink: Outgoing<'_>, message: Message) -> Result<(), SendError> {
    let mut sink = Pin::new(&mut sink);
    poll_fn(|cx| Sink::<Message>::poll_ready(sink.as_mut(), cx)).await?;
    sink.as_mut().start_send(message)?;
    poll_fn(|cx| Sink::<Message>::poll_flush(sink.as_mut(), cx)).await
}

async fn next(
    mut stream: impl StreamExt<Item = Result<Message, Error>> + Unpin,
) -> Result<Message, Error> {
    let ended = || Err(ErrorKind::Closed.into());
    stream.next().await.unwrap_or_else(ended)
}

macro_rules! lane {
    ($name:expr, $from:ident, $sender:expr, $to:ident, $receiver:expr) => {{
        let (sender, receiver) = (&$sender, &$receiver);
        Lane::new(
            $name,
            &$from,
            move |message| -> Sending<'_> { Box::new(Box::pin(send(sender.outgoing(), message))) },
            &$to,
            move || -> Receiving<'_> { Box::new(Box::pin(next(receiver.incoming()))) },
        )
    }};
}

// rfc: sp-waiting W-31 W-32 W-36
#[test]
fn fault_86_sinks_and_streams() {
    let (push, pull) = joined!("a sink to a stream", Push, Pull);
    let lane = lane!("a sink to a stream", push, push, pull, pull);
    receiving::sweep(&lane);
    sending::sweep(&lane);
    let (left, right) = joined!("a full sink", Pair, Pair, 1);
    sending::sweep_blocked(&lane!("a full sink", left, left, right, right));
    let (req, rep) = joined!("sinks of contexts", Req, Rep);
    let (asks, hears) = (req.context().unwrap(), rep.context().unwrap());
    let lane = lane!("the sink of a context to a stream", req, asks, rep, hears);
    receiving::sweep(&lane);
    sending::sweep(&lane);
}
