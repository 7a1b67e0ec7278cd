//! `--device`: two raw sockets joined, or one with itself, until it is interrupted.
//! Obeys `rfc/sp-swcat.md` section 7.

use std::sync::Arc;

use speedwell::Device;
use speedwell::device::{End, Side};

use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::party::{self, Party};
use crate::plan::{Plan, Target};
use crate::report::Report;
use crate::role::Role;
use crate::say::Say;
use crate::{events, run};

/// Joins the socket of the plan with one at the back; with itself where there is none.
// rfc: sp-swcat W-50 W-51
pub(crate) fn run(
    plan: &Plan,
    back: &[Target],
    interrupt: &Interrupt,
    say: Say,
) -> Result<(), Failure> {
    let front = open(plan, plan.role, interrupt, say)?;
    let mut parties = vec![("front", front.clone())];
    let back_party = match back {
        [] => None,
        _ => Some(open(plan, plan.role.peer(), interrupt, say)?),
    };
    parties.extend(back_party.clone().map(|party| ("back", party)));
    // It is at work before anybody can come.
    let device = match &back_party {
        Some(back) => Device::start(front.any(), back.any()),
        None => Device::reflect(front.any()),
    };
    let device = device.map_err(|error| Failure::Device(error.to_string()))?;
    let report = run::view(plan, say).map(|view| Report::start(parties, view));
    party::join(&*front, &plan.targets, &say)?;
    if let Some(party) = &back_party {
        party::join(&**party, back, &say)?;
    }
    let moved = device.wait();
    for party in [Some(front), back_party].into_iter().flatten() {
        party.close();
    }
    if let Some(report) = report {
        report.end();
    }
    let (to_back, to_front) = (moved.to_back.passed, moved.to_front.passed);
    say.detail(&format!(
        "passed {to_back} to the back, {to_front} to the front"
    ));
    match moved.end {
        _ if interrupt.has_happened() => Err(Failure::Interrupted),
        End::Failed(side, kind) => {
            let side = match side {
                Side::Front => "front",
                Side::Back => "back",
            };
            let error = speedwell::Error::from(kind);
            Err(Failure::Device(format!("the {side} failed: {error}")))
        }
        _ => Ok(()),
    }
}

fn open(
    plan: &Plan,
    role: Role,
    interrupt: &Interrupt,
    say: Say,
) -> Result<Arc<dyn Party>, Failure> {
    let party = party::raw(role).map_err(Failure::Open)?;
    interrupt.ends(&party);
    events::tell(&party, say);
    party::tune(&*party, role, &plan.tuning)?;
    Ok(party)
}
