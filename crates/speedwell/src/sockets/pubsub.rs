//! PUB and SUB, for applications and for devices, and their options. No logic. See
//! `rfc/sp-pubsub.md`.

use speedwell_pubsub::TopicError;
use speedwell_socket::{Error, ErrorKind};

use super::{context, overflow, socket};

socket! {
    /// Sends each message to all its peers. It has no `recv`:
    ///
    /// ```compile_fail,E0599
    /// speedwell::Pub::new().unwrap().recv();
    /// ```
    ///
    /// and nothing to subscribe to, as who subscribes is a [`Sub`]:
    ///
    /// ```compile_fail,E0599
    /// speedwell::Pub::new().unwrap().subscribe("news");
    /// ```
    Pub, speedwell_pubsub::Pub
}

socket! {
    /// PUB whose headers are the application's.
    RawPub, speedwell_pubsub::RawPub
}

socket! {
    /// Receives what begins with one of its topics, from all its peers; at first nothing.
    ///
    /// ```
    /// let (publisher, sub) = (speedwell::Pub::new()?, speedwell::Sub::new()?);
    /// sub.subscribe("sport.")?;
    /// publisher.bind("inproc://a crier")?;
    /// sub.connect("inproc://a crier")?;
    /// # while publisher.pipes() == 0 || sub.pipes() == 0 { std::thread::yield_now(); }
    /// publisher.send("weather.rain")?;
    /// publisher.send("sport.chess")?;
    /// assert_eq!(sub.recv()?.body(), b"sport.chess");
    /// # Ok::<(), speedwell::Error>(())
    /// ```
    ///
    /// It has no `send`:
    ///
    /// ```compile_fail,E0599
    /// speedwell::Sub::new().unwrap().send("no");
    /// ```
    Sub, speedwell_pubsub::Sub
}

context! {
    /// One of several sets of topics of a [`Sub`], and what matches them: first none. Each context
    /// receives what it has subscribed to, whoever else has. At most 1,024 messages, or 1 MiB of
    /// them, wait in one; it misses what comes then, which is counted as an overflow.
    ///
    /// ```
    /// let (publisher, sub) = (speedwell::Pub::new()?, speedwell::Sub::new()?);
    /// let (sport, all) = (sub.context()?, sub.context()?);
    /// sport.subscribe("sport.")?;
    /// all.subscribe("")?;
    /// publisher.bind("inproc://two ears")?;
    /// sub.connect("inproc://two ears")?;
    /// # while publisher.pipes() == 0 || sub.pipes() == 0 { std::thread::yield_now(); }
    /// publisher.send("weather.rain")?;
    /// publisher.send("sport.chess")?;
    /// assert_eq!(sport.recv()?.body(), b"sport.chess");
    /// assert_eq!(all.recv()?.body(), b"weather.rain");
    /// assert_eq!(all.recv()?.body(), b"sport.chess");
    /// # Ok::<(), speedwell::Error>(())
    /// ```
    SubContext, Sub, speedwell_pubsub::Sub
}

impl SubContext {
    /// As [`Sub::subscribe`], for this context.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn subscribe(&self, topic: impl AsRef<[u8]>) -> Result<(), Error> {
        let subscribed = self.with(|sub, ctx, _| sub.subscribe_in(ctx, topic.as_ref()))?;
        subscribed.map_err(|error| kind(error).into())
    }

    /// As [`Sub::unsubscribe`], for this context.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn unsubscribe(&self, topic: impl AsRef<[u8]>) -> Result<(), Error> {
        let ended = self.with(|sub, ctx, _| sub.unsubscribe_in(ctx, topic.as_ref()))?;
        ended.map_err(|error| kind(error).into())
    }
}

socket! {
    /// SUB for devices. It subscribes as [`Sub`] does.
    RawSub, speedwell_pubsub::RawSub
}

overflow!(Pub);
overflow!(RawPub);

macro_rules! topics {
    ($name:ident) => {
        impl $name {
            /// From now on receives what begins with `topic`, 64 KiB at most; the empty one is
            /// everything. Counted: a second subscription to the same has to be ended as well.
            ///
            /// # Errors
            ///
            /// [`ErrorKind::InvalidOption`] when it is longer; [`ErrorKind::Exhausted`] when
            /// there are as many as there can be, some billions; [`ErrorKind::Closed`].
            pub fn subscribe(&self, topic: impl AsRef<[u8]>) -> Result<(), Error> {
                let subscribed = self.with(|sub, _| sub.subscribe(topic.as_ref()))?;
                subscribed.map_err(|error| kind(error).into())
            }

            /// Ends one subscription to `topic`. What has arrived already stays receivable.
            ///
            /// # Errors
            ///
            /// [`ErrorKind::NotSubscribed`] when there is none; [`ErrorKind::Closed`].
            pub fn unsubscribe(&self, topic: impl AsRef<[u8]>) -> Result<(), Error> {
                let ended = self.with(|sub, _| sub.unsubscribe(topic.as_ref()))?;
                ended.map_err(|error| kind(error).into())
            }
        }
    };
}

topics!(Sub);
topics!(RawSub);

fn kind(error: TopicError) -> ErrorKind {
    match error {
        TopicError::NotSubscribed => ErrorKind::NotSubscribed,
        TopicError::NoContext => ErrorKind::Closed,
        TopicError::TooMany => ErrorKind::Exhausted,
        _ => ErrorKind::InvalidOption,
    }
}
