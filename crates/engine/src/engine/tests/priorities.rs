//! Priorities of live endpoints: which pipes hear of a change, and which ones have it later.

use speedwell_protocol::Priority;

use super::rig::{EIGHT, Rig};
use crate::EndpointId;

const BEST: Priority = Priority::HIGHEST;
const WORST: Priority = Priority::LOWEST;

// rfc: sp-endpoint E-70
#[test]
fn a_change_concerns_the_live_pipes_of_the_endpoint_and_those_to_come() {
    let mut rig = Rig::new();
    let (listener, other) = (rig.listener(), rig.listener());
    for endpoint in [listener, listener, other] {
        rig.accepts_through(endpoint);
    }
    rig.calls();
    let known = rig
        .engine
        .set_priorities(listener, BEST, WORST, &mut rig.world);
    assert!(known);
    assert_eq!(rig.calls(), ["priority 1 16", "priority 1 16"]);
    assert_eq!(rig.engine.priorities(listener), Some((BEST, WORST)));
    assert_eq!(rig.engine.priorities(other), Some((EIGHT, EIGHT)));

    let half_open = rig.engine.accepted(listener, &mut rig.world).unwrap();
    rig.engine
        .set_priorities(listener, WORST, BEST, &mut rig.world);
    assert_eq!(rig.calls(), ["priority 16 1", "priority 16 1"]);
    let peer = speedwell_transport::PeerInfo::new(super::rig::IDS.peer);
    let _ = rig.engine.handshaken(half_open, &peer, &mut rig.world);
    rig.machine(|machine, _| {
        let info = machine.infos.last().unwrap();
        assert_eq!((info.send_priority, info.recv_priority), (WORST, BEST));
    });

    let unknown = EndpointId(99);
    assert!(
        !rig.engine
            .set_priorities(unknown, BEST, BEST, &mut rig.world)
    );
    assert_eq!(rig.engine.priorities(unknown), None);
}
