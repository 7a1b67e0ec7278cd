//! Who comes and goes, told line by line with `-vv`. Obeys `rfc/sp-monitor.md` section 3.

use std::sync::Arc;
use std::thread;

use speedwell::{EndpointChange, Event, PipeChange};

use crate::party::Party;
use crate::say::Say;

/// Tells the events of a socket until it is closed.
pub(crate) fn tell(party: &Arc<dyn Party>, say: Say) {
    if say.tells_events() {
        let events = party.any().events();
        // Without a thread nothing is told, and the work is done all the same.
        let _told = thread::Builder::new().spawn(move || {
            while let Ok(event) = events.next() {
                if let Some(line) = line(&event) {
                    say.detail(&line);
                }
            }
        });
    }
}

/// An event in words; none for those that the next one repeats.
fn line(event: &Event) -> Option<String> {
    match event {
        Event::Pipe(event) => {
            let address = event.peer.as_ref().and_then(|peer| peer.address.as_ref());
            let who = address.map_or_else(|| "a peer".to_owned(), ToString::to_string);
            match &event.change {
                PipeChange::Added => Some(format!("{who} is connected")),
                PipeChange::Refused(why) => Some(format!("{who} was refused: {why}")),
                PipeChange::Removed(why) => Some(format!("{who} is gone: {why}")),
                _ => None,
            }
        }
        Event::Endpoint(event) => match &event.change {
            EndpointChange::DialFailed(error) => Some(format!("cannot connect: {error}")),
            EndpointChange::AcceptFailed(error) => Some(format!("cannot accept: {error}")),
            EndpointChange::OverLimit => Some("too many peers: one was refused".to_owned()),
            _ => None,
        },
        Event::Missed(count) => Some(format!("{count} events were not told")),
        _ => None,
    }
}
