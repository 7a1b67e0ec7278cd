//! Row 23: devices that form a circle. What goes round in it dies out by its hops.

use std::num::NonZeroU8;

use speedwell_protocol::{DropCause, Verdict};
use speedwell_sim::Role;

use crate::stage::{SECOND, Stage, instant};

/// Octets of a question.
const LEN: usize = 40;

/// A circle of three devices, front and back of each, and one who asks at the first.
fn circle(ttl: NonZeroU8) -> (Stage, [(usize, usize); 3], usize) {
    let mut stage = Stage::new(instant());
    let devices = [(); 3].map(|()| {
        let front = stage.add(Role::RawRep { ttl }, |_| {});
        (front, stage.add(Role::RawReq, |_| {}))
    });
    let req = Role::Req {
        resend: None,
        fail_fast: false,
    };
    let req = stage.add(req, |_| {});
    devices.iter().for_each(|(front, _)| {
        stage.bind(*front);
    });
    let next = devices.iter().cycle().skip(1);
    for ((_, back), (front, _)) in devices.iter().zip(next) {
        stage.connect(*back, *front);
    }
    stage.connect(req, devices[0].0);
    let backs = devices.map(|(_, back)| back);
    stage.wait_for(SECOND, |stage| {
        let mut ends = backs.iter().chain([&req]);
        ends.all(|end| stage.live_pipes(*end) == 1)
    });
    (stage, devices, req)
}

// rfc: sp-device D-18, sp-wire W-32
#[test]
fn fault_23_a_question_in_a_circle_of_devices_dies_out_at_the_ttl() {
    for ttl in (1..=u8::MAX).filter_map(NonZeroU8::new) {
        let (mut stage, devices, req) = circle(ttl);
        assert!(stage.sends(req, LEN));
        let mut passed = 0_u32;
        let mut is_going_round = true;
        while is_going_round {
            is_going_round = false;
            for (front, back) in devices {
                while let Ok(message) = stage.takes(front) {
                    stage.gives(back, message);
                    passed += 1;
                    is_going_round = true;
                }
            }
        }
        assert_eq!(passed, u32::from(ttl.get()));
        let dropped = devices.map(|(front, _)| {
            let stats = stage.socket(front).stats();
            stats.dropped(DropCause::TooManyHops)
        });
        assert_eq!(dropped.iter().sum::<u64>(), 1, "TTL {ttl}");
        // It cost a message and no pipe.
        assert_eq!(stage.live_pipes(devices[0].0), 2);
        assert_eq!(stage.takes(req), Err(Verdict::Wait));
    }
}
