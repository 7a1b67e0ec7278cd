//! Sockets as streams and sinks, with the feature `futures`.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use futures_sink::Sink;
use smol::stream::StreamExt;
use speedwell::{ErrorKind, Message, Pair, Pull, Push, Req, SendError};

const SOON: Duration = Duration::from_secs(20);

fn pipeline(test: &str) -> (Push, Pull) {
    let address = format!("inproc://streams/{test}");
    let (push, pull) = (Push::new().unwrap(), Pull::new().unwrap());
    pull.bind(&address).unwrap();
    push.connect(&address).unwrap();
    push.wait_for_peers(1, SOON).unwrap();
    (push, pull)
}

/// What `SinkExt::send` of the crate `futures` does.
async fn send<S: Sink<Message, Error = SendError> + Unpin>(
    sink: &mut S,
    message: &str,
) -> Result<(), SendError> {
    poll_fn(|cx| Pin::new(&mut *sink).poll_ready(cx)).await?;
    Pin::new(&mut *sink).start_send(message.into())?;
    poll_fn(|cx| Pin::new(&mut *sink).poll_flush(cx)).await
}

// rfc: sp-waiting W-36
#[test]
fn a_stream_gives_what_a_sink_was_given_until_the_socket_is_closed() {
    let (push, pull) = pipeline("to the end");
    let receiver = std::thread::spawn(move || {
        let mut bodies = Vec::new();
        smol::block_on(async {
            let mut incoming = pull.incoming();
            while let Some(message) = incoming.next().await {
                bodies.push(String::from_utf8_lossy(message.unwrap().body()).into_owned());
                if bodies.len() == 3 {
                    pull.close();
                }
            }
        });
        bodies
    });
    smol::block_on(async {
        let mut outgoing = push.outgoing();
        for body in ["one", "two", "three"] {
            send(&mut outgoing, body).await.unwrap();
        }
        poll_fn(|cx| Sink::<Message>::poll_close(Pin::new(&mut outgoing), cx))
            .await
            .unwrap();
    });
    assert_eq!(receiver.join().unwrap(), ["one", "two", "three"]);
}

// rfc: sp-waiting W-36
#[test]
fn a_sink_holds_one_message_and_gives_it_back() {
    let pair = Pair::new().unwrap();
    let mut outgoing = pair.outgoing();
    let mut sink = Pin::new(&mut outgoing);
    sink.as_mut().start_send(Message::from("held")).unwrap();
    let error = sink.as_mut().start_send(Message::from("too much"));
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::State);
    assert_eq!(error.into_message().body(), b"too much");
    assert_eq!(outgoing.take_waiting().unwrap().body(), b"held");
    assert!(outgoing.take_waiting().is_none());
    // Of a closed socket the message comes back in the error.
    Pin::new(&mut outgoing).start_send("late").unwrap();
    pair.close();
    let flushed = smol::block_on(poll_fn(|cx| {
        Sink::<Message>::poll_flush(Pin::new(&mut outgoing), cx)
    }));
    assert_eq!(flushed.unwrap_err().into_message().body(), b"late");
}

// rfc: sp-waiting W-36
#[test]
fn a_failure_is_an_item_and_the_end_is_that_of_the_socket() {
    let req = Req::new().unwrap();
    let events = req.events();
    smol::block_on(async {
        let mut incoming = req.incoming();
        let nothing_asked = incoming.next().await.unwrap().unwrap_err();
        assert_eq!(nothing_asked.kind(), ErrorKind::State);
        let bound = req.bind("inproc://streams/items").unwrap();
        assert!(events.stream().next().await.unwrap().is_ok());
        bound.close();
        req.close();
        assert!(incoming.next().await.is_none());
        assert!(events.stream().all(|event| event.is_ok()).await);
    });
}
