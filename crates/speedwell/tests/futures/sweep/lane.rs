//! One way for messages, from whatever sends to whatever receives: sockets, contexts, streams and
//! sinks alike. Knows no protocol.

use std::future::Future;
use std::thread;
use std::time::Instant;

use speedwell::{AnySocket, Error, Message, SendError};

use super::book::Book;
use crate::by_hand::{Counted, SOON, block_on, poll};

pub(crate) type Sending<'a> = Box<dyn Future<Output = Result<(), SendError>> + Unpin + 'a>;
pub(crate) type Receiving<'a> = Box<dyn Future<Output = Result<Message, Error>> + Unpin + 'a>;

/// A sender and a receiver that are joined.
pub(crate) struct Lane<'a> {
    pub(crate) name: String,
    from: &'a AnySocket,
    to: &'a AnySocket,
    sends: Box<dyn Fn(Message) -> Sending<'a> + 'a>,
    receives: Box<dyn Fn() -> Receiving<'a> + 'a>,
    before: Box<dyn Fn() + 'a>,
}

/// Waits until something is so.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < SOON, "in vain: {what}");
        thread::yield_now();
    }
}

impl<'a> Lane<'a> {
    pub(crate) fn new(
        name: &str,
        from: &'a AnySocket,
        sends: impl Fn(Message) -> Sending<'a> + 'a,
        to: &'a AnySocket,
        receives: impl Fn() -> Receiving<'a> + 'a,
    ) -> Self {
        Self {
            name: name.to_owned(),
            from,
            to,
            sends: Box::new(sends),
            receives: Box::new(receives),
            before: Box::new(|| ()),
        }
    }

    /// What has to happen before each message, such as a question.
    pub(crate) fn after(mut self, before: impl Fn() + 'a) -> Self {
        self.before = Box::new(before);
        self
    }

    pub(crate) fn begin(&self) {
        (self.before)();
    }

    pub(crate) fn sending(&self, message: Message) -> Sending<'a> {
        (self.sends)(message)
    }

    pub(crate) fn receiving(&self) -> Receiving<'a> {
        (self.receives)()
    }

    /// Sends one message of a sender.
    pub(crate) fn send(&self, book: &mut Book, producer: u32) {
        let message = book.message(producer, 20);
        let body = message.body().to_vec();
        block_on(self.sending(message)).unwrap();
        book.accepted(&body);
    }

    /// Sends one message, which has come when this returns.
    pub(crate) fn deliver(&self, book: &mut Book, producer: u32) {
        let came = || self.to.stats().traffic.messages_in;
        let before = came();
        self.send(book, producer);
        until("a message comes", || came() > before);
    }

    /// Receives one message.
    pub(crate) fn receive(&self, book: &mut Book) {
        let message = block_on(self.receiving()).unwrap();
        book.delivered(message.body());
    }

    /// Receives everything, until there is room to send.
    pub(crate) fn make_room(&self, book: &mut Book) {
        self.receive_all(book);
        let messages = self.from.messages();
        until("there is room", || messages.ready().send);
    }

    /// Receives everything that was accepted, and sees that nothing else is there.
    pub(crate) fn receive_all(&self, book: &mut Book) {
        while book.under_way() > 0 {
            self.receive(book);
        }
        if let std::task::Poll::Ready(Ok(message)) = poll(&mut self.receiving(), &Counted::new()) {
            book.delivered(message.body());
        }
    }
}
