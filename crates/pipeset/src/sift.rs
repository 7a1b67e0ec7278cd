//! What arrives and is of no use is dropped before anything else is done, and counted. Never
//! judges: the protocol does. See `rfc/0001-contracts.md`.

use speedwell_protocol::{Cx, DropCause, Inbox, Message, PipeId};

/// Drops the messages of a batch for which `judge` has a cause, and counts them under their pipe,
/// each cause once.
///
/// # Examples
///
/// ```
/// use speedwell_pipeset::sift;
/// use speedwell_protocol::{DropCause, Inbox, Message};
/// use speedwell_testkit::bench::dropped;
/// use speedwell_testkit::effects::{RecordingEffects, pipe};
///
/// let mut world = RecordingEffects::new();
/// let mut inbox = Inbox::new();
/// inbox.extend(["good", "", ""].map(Message::from));
/// sift(pipe(1), &mut inbox, &mut world.cx(), |message| match message.octets() {
///     0 => Err(DropCause::Malformed),
///     _ => Ok(()),
/// });
/// assert_eq!(inbox.len(), 1);
/// assert_eq!(world.take(), [dropped(1, DropCause::Malformed, 2)]);
/// ```
pub fn sift(
    pipe: PipeId,
    inbox: &mut Inbox,
    cx: &mut Cx<'_>,
    mut judge: impl FnMut(&mut Message) -> Result<(), DropCause>,
) {
    let mut counts = [0_u64; DropCause::ALL.len()];
    inbox.retain(|message| match judge(message) {
        Ok(()) => true,
        Err(cause) => {
            if let Some(count) = counts.get_mut(cause.index()) {
                *count += 1;
            }
            false
        }
    });
    let dropped = DropCause::ALL.into_iter().zip(counts);
    for (cause, messages) in dropped.filter(|(_, messages)| *messages > 0) {
        cx.drop_counted(Some(pipe), cause, messages);
    }
}
