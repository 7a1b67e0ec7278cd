//! The world as a machine sees it: effects are recorded, pipes fill up as told, time stands still
//! until moved. Never does what it is told to record, and never reads a clock after it was made.
//! See `rfc/0001-contracts.md`.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

use speedwell_protocol::{
    CtxId, Cx, DropCause, Effects, EndCause, Flow, Message, PipeId, PipeInfo, Priority, ProtocolId,
    TimerKey,
};

/// One thing that a machine did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// [`Cx::push`], which is answered by the room of the pipe.
    Push(PipeId, Message),
    /// [`Cx::arm`], as the time since the start of the recording.
    Arm(TimerKey, Duration),
    /// [`Cx::cancel`].
    Cancel(TimerKey),
    /// [`Cx::wake`].
    Wake(CtxId),
    /// [`Cx::resume`].
    Resume(PipeId),
    /// [`Cx::close`].
    Close(PipeId, EndCause),
    /// [`Cx::drop_counted`].
    Drop(Option<PipeId>, DropCause, u64),
}

/// A short line for transcripts: `push p1 "body"`, `resume p1`, `drop p1 Unsolicited 2`.
impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Push(pipe, message) if message.header().is_empty() => {
                write!(
                    f,
                    "push p{} \"{}\"",
                    pipe.slot(),
                    message.body().escape_ascii()
                )
            }
            Self::Push(pipe, message) => {
                let (header, body) = (message.header(), message.body());
                let (header, body) = (header.escape_ascii(), body.escape_ascii());
                write!(f, "push p{} \"{header}|{body}\"", pipe.slot())
            }
            Self::Arm(key, at) => write!(f, "arm t{} at {at:?}", key.0),
            Self::Cancel(key) => write!(f, "cancel t{}", key.0),
            Self::Wake(CtxId::ANY) => f.write_str("wake any"),
            Self::Wake(ctx) => write!(f, "wake c{}", ctx.0),
            Self::Resume(pipe) => write!(f, "resume p{}", pipe.slot()),
            Self::Close(pipe, cause) => write!(f, "close p{} {cause:?}", pipe.slot()),
            Self::Drop(Some(pipe), cause, n) => write!(f, "drop p{} {cause:?} {n}", pipe.slot()),
            Self::Drop(None, cause, n) => write!(f, "drop {cause:?} {n}"),
        }
    }
}

/// Effects that are recorded in order.
///
/// A pipe takes any number of messages unless [`RecordingEffects::set_room`] says how many.
///
/// ```
/// use speedwell_protocol::{Flow, Message};
/// use speedwell_testkit::effects::{Effect, RecordingEffects, pipe};
///
/// let mut world = RecordingEffects::new();
/// world.set_room(pipe(1), 1);
/// assert_eq!(world.cx().push(pipe(1), Message::from("hi")), Flow::Full);
/// assert_eq!(world.take(), [Effect::Push(pipe(1), Message::from("hi"))]);
/// ```
#[derive(Debug)]
pub struct RecordingEffects {
    start: Instant,
    now: Instant,
    random: u64,
    room: BTreeMap<PipeId, usize>,
    /// Whether what was pushed has left; of all other pipes it always has.
    drained: BTreeMap<PipeId, bool>,
    log: Vec<Effect>,
}

impl RecordingEffects {
    /// A world in which nothing has happened and every pipe has endless room.
    #[must_use]
    pub fn new() -> Self {
        let start = Instant::now();
        Self {
            start,
            now: start,
            random: 0,
            room: BTreeMap::new(),
            drained: BTreeMap::new(),
            log: Vec::new(),
        }
    }

    /// What a call of a machine is given.
    pub fn cx(&mut self) -> Cx<'_> {
        Cx::new(self)
    }

    /// From now on the pipe takes `messages` more; the last of them is answered with
    /// [`Flow::Full`]. The machine is not told: that is for the test to do.
    pub fn set_room(&mut self, pipe: PipeId, messages: usize) {
        self.room.insert(pipe, messages);
    }

    /// True when the last push to the pipe was answered with [`Flow::Full`].
    #[must_use]
    pub fn is_full(&self, pipe: PipeId) -> bool {
        self.room.get(&pipe) == Some(&0)
    }

    /// Says whether what was pushed to the pipe has left it. What is pushed to it from now on stays
    /// until this says that it has left; from all other pipes it leaves at once.
    pub fn set_drained(&mut self, pipe: PipeId, drained: bool) {
        self.drained.insert(pipe, drained);
    }

    /// Sets the state of the random numbers, which follow from it alone.
    pub fn set_seed(&mut self, seed: u64) {
        self.random = seed;
    }

    /// Moves the time forward.
    pub fn advance(&mut self, by: Duration) {
        self.now += by;
    }

    /// What was recorded since it was last taken, oldest first.
    #[must_use]
    pub fn log(&self) -> &[Effect] {
        &self.log
    }

    /// Takes what was recorded, oldest first, and begins anew.
    pub fn take(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.log)
    }
}

impl Default for RecordingEffects {
    fn default() -> Self {
        Self::new()
    }
}

impl Effects for RecordingEffects {
    fn now(&mut self) -> Instant {
        self.now
    }

    /// A `SplitMix64` sequence: the seed decides it, and all bits are alike.
    fn random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Panics when the pipe was full: a machine must not push before it is told to.
    fn push(&mut self, pipe: PipeId, message: &mut Message) -> Flow {
        self.log.push(Effect::Push(pipe, std::mem::take(message)));
        if let Some(drained) = self.drained.get_mut(&pipe) {
            *drained = false;
        }
        let Some(room) = self.room.get_mut(&pipe) else {
            return Flow::Open;
        };
        assert!(*room > 0, "the machine pushed to {pipe:?}, which is full");
        *room -= 1;
        if *room == 0 { Flow::Full } else { Flow::Open }
    }

    fn is_drained(&mut self, pipe: PipeId) -> bool {
        self.drained.get(&pipe).is_none_or(|drained| *drained)
    }

    fn arm(&mut self, key: TimerKey, at: Instant) {
        let at = at.saturating_duration_since(self.start);
        self.log.push(Effect::Arm(key, at));
    }

    fn cancel(&mut self, key: TimerKey) {
        self.log.push(Effect::Cancel(key));
    }

    fn wake(&mut self, ctx: CtxId) {
        self.log.push(Effect::Wake(ctx));
    }

    fn resume(&mut self, pipe: PipeId) {
        self.log.push(Effect::Resume(pipe));
    }

    fn close(&mut self, pipe: PipeId, cause: EndCause) {
        self.log.push(Effect::Close(pipe, cause));
    }

    fn drop_counted(&mut self, pipe: Option<PipeId>, cause: DropCause, messages: u64) {
        self.log.push(Effect::Drop(pipe, cause, messages));
    }
}

/// The id of the `n`th pipe of a test: its slot is `n`.
///
/// # Panics
///
/// When `n` is [`PipeId::WORD_MAX`] or more.
#[must_use]
pub fn pipe(n: u32) -> PipeId {
    let Some(id) = n.checked_add(1).and_then(|word| PipeId::new(n, word)) else {
        panic!("no test has {n} pipes");
    };
    id
}

/// A pipe to a peer of type `peer`, with the same priority both ways.
#[must_use]
pub fn info(peer: ProtocolId, priority: Priority) -> PipeInfo {
    PipeInfo {
        peer,
        send_priority: priority,
        recv_priority: priority,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_runs_out_and_comes_back() {
        let mut world = RecordingEffects::new();
        world.set_room(pipe(1), 2);
        assert_eq!(world.cx().push(pipe(1), Message::new()), Flow::Open);
        assert_eq!(world.cx().push(pipe(1), Message::new()), Flow::Full);
        assert!(world.is_full(pipe(1)));
        assert_eq!(world.cx().push(pipe(2), Message::new()), Flow::Open);
        world.set_room(pipe(1), 1);
        assert!(!world.is_full(pipe(1)));
        world.set_drained(pipe(1), false);
        assert!(!world.cx().is_drained(pipe(1)) && world.cx().is_drained(pipe(2)));
        world.set_drained(pipe(1), true);
        assert!(world.cx().is_drained(pipe(1)));
        world.cx().push(pipe(1), Message::new());
        assert!(!world.cx().is_drained(pipe(1)));
    }

    #[test]
    #[should_panic(expected = "which is full")]
    fn a_push_to_a_full_pipe_is_a_bug_of_the_machine() {
        let mut world = RecordingEffects::new();
        world.set_room(pipe(1), 0);
        world.cx().push(pipe(1), Message::new());
    }

    #[test]
    fn effects_read_as_a_transcript() {
        let mut world = RecordingEffects::new();
        world.advance(Duration::from_millis(5));
        let mut cx = world.cx();
        let at = cx.now() + Duration::from_millis(1);
        cx.arm(TimerKey(3), at);
        cx.cancel(TimerKey(3));
        cx.wake(CtxId::MAIN);
        cx.resume(pipe(1));
        cx.close(pipe(1), EndCause::Violation);
        cx.drop_counted(None, DropCause::NoPeer, 1);
        cx.drop_counted(Some(pipe(1)), DropCause::Unsolicited, 2);
        cx.push(pipe(1), Message::with_header(b"h", "b".into()));
        let lines: Vec<String> = world.take().iter().map(Effect::to_string).collect();
        assert_eq!(
            lines,
            [
                "arm t3 at 6ms",
                "cancel t3",
                "wake c0",
                "resume p1",
                "close p1 Violation",
                "drop NoPeer 1",
                "drop p1 Unsolicited 2",
                "push p1 \"h|b\"",
            ]
        );
    }

    #[test]
    fn a_seed_decides_the_random_numbers() {
        let (mut one, mut two) = (RecordingEffects::new(), RecordingEffects::new());
        one.set_seed(7);
        two.set_seed(7);
        let first = one.cx().random();
        assert_eq!(first, two.cx().random());
        assert_ne!(first, one.cx().random());
    }
}
