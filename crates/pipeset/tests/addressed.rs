//! Addressed: what names a live pipe with room reaches it, all else is dropped and counted.
//! Obeys `rfc/sp-reqrep.md` section 6.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use speedwell_pipeset::Addressed;
use speedwell_protocol::{DropCause, Message, PipeId};
use speedwell_testkit::effects::{Effect, RecordingEffects, pipe};

fn dropped(pipe: PipeId, cause: DropCause) -> Effect {
    Effect::Drop(Some(pipe), cause, 1)
}

#[test]
fn a_full_pipe_gets_nothing_until_it_is_writable() {
    let (mut set, mut world) = (Addressed::new(), RecordingEffects::new());
    set.insert(pipe(1));
    world.set_room(pipe(1), 1);
    set.push(pipe(1), Message::from("a"), &mut world.cx());
    set.push(pipe(1), Message::from("b"), &mut world.cx());
    world.set_room(pipe(1), 9);
    assert!(set.on_writable(pipe(1)));
    set.push(pipe(1), Message::from("c"), &mut world.cx());
    let push = |body: &str| Effect::Push(pipe(1), Message::from(body));
    let overflow = dropped(pipe(1), DropCause::Overflow);
    assert_eq!(world.take(), [push("a"), overflow, push("c")]);
}

#[test]
fn a_word_or_slot_used_again_is_another_pipe() {
    let (mut set, mut world) = (Addressed::new(), RecordingEffects::new());
    let old = PipeId::new(7, 70).unwrap();
    for later in [PipeId::new(7, 71).unwrap(), PipeId::new(8, 70).unwrap()] {
        set.insert(old);
        assert_eq!((set.find(70), set.len()), (Some(old), 1));
        assert!(set.remove(old) && !set.remove(old));
        assert!(set.is_empty());
        set.insert(later);
        assert!(!set.contains(old) && !set.on_writable(old) && !set.remove(old));
        set.push(old, Message::from("late"), &mut world.cx());
        assert_eq!(world.take(), [dropped(old, DropCause::PipeLost)]);
        assert!(set.remove(later));
    }
}
