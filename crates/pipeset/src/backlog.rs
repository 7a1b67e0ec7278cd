//! What waits in a machine for a pipe: what dead ones gave back, on its way to others, and what a
//! full one will be given. Never reorders what one pipe had accepted. Obeys `rfc/sp-pair.md`
//! section 4, `rfc/sp-pipeline.md` section 3 and `rfc/sp-pubsub.md` B-32.

use std::collections::VecDeque;

use speedwell_protocol::{Cx, Flow, Held, Message, PipeId, Unsent};

/// Messages that came back from dead pipes, oldest first.
///
/// A protocol that must not lose them sends them on before anything new, and takes nothing new
/// while one is here. So a backlog is bounded: it holds at most what pipes had accepted, each up
/// to the limit of its own queue. Its memory is freed when it is empty.
///
/// A call takes as long as the messages that it is given or gives away are many, however many are
/// here: a thousand pipes that die one after the other cost a thousand times one.
///
/// # Examples
///
/// ```
/// use speedwell_pipeset::{Backlog, LoadBalance};
/// use speedwell_protocol::{Message, Priority, Unsent};
/// use speedwell_testkit::effects::{RecordingEffects, pipe};
///
/// let mut world = RecordingEffects::new();
/// let mut returned = Backlog::new();
/// returned.put_back(&mut Unsent::new(&mut [Message::from("kept")].into_iter()));
/// assert_eq!((returned.held().messages, returned.held().octets), (1, 4));
///
/// let mut workers = LoadBalance::new();
/// workers.insert(pipe(2), Priority::default());
/// returned.send_on(|message| {
///     workers.push(message, &mut world.cx());
/// });
/// assert!(returned.is_empty());
/// ```
#[derive(Debug, Default)]
pub struct Backlog {
    queue: VecDeque<Message>,
    octets: u64,
}

impl Backlog {
    /// An empty backlog; allocates nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            queue: VecDeque::new(),
            octets: 0,
        }
    }

    /// Takes all that a dead pipe gives back, and puts it before what is here. Nothing new was
    /// accepted since something is here, so if the pipe was given some of it, that came before
    /// the rest.
    pub fn put_back(&mut self, unsent: &mut Unsent<'_>) {
        let here = self.queue.len();
        let octets = &mut self.octets;
        self.queue.extend(unsent.inspect(|message| {
            *octets = octets.saturating_add(octets_of(message));
        }));
        self.queue.rotate_left(here);
    }

    /// Gives messages to `push`, oldest first, until it leaves one or there is none.
    #[inline]
    pub fn send_on(&mut self, mut push: impl FnMut(&mut Option<Message>)) {
        while let Some(message) = self.queue.pop_front() {
            let octets = octets_of(&message);
            let mut message = Some(message);
            push(&mut message);
            if let Some(message) = message {
                self.queue.push_front(message);
                return;
            }
            self.octets = self.octets.saturating_sub(octets);
            if self.queue.is_empty() {
                *self = Self::new();
            }
        }
    }

    /// Gives messages to a pipe that is writable, oldest first, until it is full or none is left.
    /// Says whether it is writable still.
    pub fn serve(&mut self, pipe: PipeId, cx: &mut Cx<'_>) -> Flow {
        let mut flow = Flow::Open;
        self.send_on(|message| {
            if flow.is_open() {
                flow = cx.push_from(pipe, message).unwrap_or(flow);
            }
        });
        flow
    }

    /// Adds a message behind all others.
    pub(crate) fn push(&mut self, message: Message) {
        self.octets = self.octets.saturating_add(octets_of(&message));
        self.queue.push_back(message);
    }

    /// Takes the oldest out.
    pub(crate) fn pop(&mut self) -> Option<Message> {
        let message = self.queue.pop_front()?;
        self.octets = self.octets.saturating_sub(octets_of(&message));
        Some(message)
    }

    pub(crate) fn len(&self) -> usize {
        self.queue.len()
    }

    /// True when nothing waits to be sent on.
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// How many messages and octets wait.
    #[must_use]
    pub fn held(&self) -> Held {
        Held {
            messages: u64::try_from(self.queue.len()).unwrap_or(u64::MAX),
            octets: self.octets,
        }
    }

    /// Drops all, and says what it was.
    pub fn clear(&mut self) -> Held {
        let held = self.held();
        *self = Self::new();
        held
    }
}

fn octets_of(message: &Message) -> u64 {
    u64::try_from(message.octets()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emptied_backlog_has_no_memory() {
        let mut backlog = Backlog::new();
        let mut unsent = (0..100).map(|_| Message::new());
        backlog.put_back(&mut Unsent::new(&mut unsent));
        backlog.send_on(|message| *message = None);
        assert_eq!(backlog.queue.capacity(), 0);
    }
}
