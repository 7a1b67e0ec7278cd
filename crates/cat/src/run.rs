//! From a plan to its end: opens the socket, does the work, closes, and says what was left.
//! Obeys `rfc/sp-swcat.md` section 3.

mod exchange;

use std::io::IsTerminal;
use std::io::stdout;
use std::sync::Arc;

use speedwell::CloseReport;

use crate::failure::Failure;
use crate::feed::Feed;
use crate::format::Format;
use crate::interrupt::Interrupt;
use crate::party::{self, Party};
use crate::plan::{Plan, Source, Work};
use crate::report::{Report, View};
use crate::role::Role;
use crate::say::{self, Say};
use crate::screen::Screen;
use crate::{bench, device, events};
use exchange::Exchange;

/// Does what was asked for.
pub(crate) fn run(plan: &Plan) -> Result<(), Failure> {
    let say = Say::new(plan.talk.verbosity);
    let interrupt = Interrupt::listen();
    if let Work::Device(back) = &plan.work {
        return device::run(plan, back, &interrupt, say);
    }
    let mut feed = source(&plan.work).map(Feed::open).transpose()?;
    let party = party::cooked(plan.role).map_err(Failure::Open)?;
    interrupt.ends(&party);
    events::tell(&party, say);
    party::tune(&*party, plan.role, &plan.tuning)?;
    let report = view(plan, say).map(|view| Report::start(vec![("", party.clone())], view));
    party::join(&*party, &plan.targets, &say)?;
    let done = work(plan, &party, feed.as_mut(), &interrupt, say);
    let closed = party.close();
    if let Some(report) = report {
        report.end();
    }
    match done {
        // What was sent is told of by whoever waited for it.
        _ if interrupt.has_happened() => Err(Failure::Interrupted),
        Ok(()) => delivered(plan.role, closed),
        Err(failure) => Err(failure),
    }
}

fn work(
    plan: &Plan,
    party: &Arc<dyn Party>,
    feed: Option<&mut Feed>,
    interrupt: &Interrupt,
    say: Say,
) -> Result<(), Failure> {
    if !interrupt.sleep(plan.delay) {
        return Err(Failure::Interrupted);
    }
    let mut screen = Screen::new(plan.format);
    match &plan.work {
        Work::MeasureSending(octets) => return bench::send(plan, &**party, *octets, &mut screen),
        Work::MeasureReceiving => return bench::receive(plan, &**party, &mut screen),
        Work::MeasureRoundTrips(octets) => {
            return bench::round_trips(plan, &**party, *octets, &mut screen);
        }
        _ => {}
    }
    let mut exchange = Exchange {
        plan,
        party: &**party,
        interrupt,
        screen,
        say,
    };
    match (&plan.work, feed) {
        (Work::Send(_), Some(feed)) => exchange.send(feed),
        (Work::Both(_), Some(feed)) => exchange.both(feed),
        (Work::Ask(_), Some(feed)) => exchange.ask(feed),
        (Work::Answer(_), Some(feed)) => exchange.answer(Some(feed)),
        (Work::Echo, _) => exchange.answer(None),
        _ => exchange.receive(),
    }
}

fn source(work: &Work) -> Option<&Source> {
    match work {
        Work::Send(source) | Work::Both(source) | Work::Ask(source) | Work::Answer(source) => {
            Some(source)
        }
        _ => None,
    }
}

/// What is shown while it runs.
pub(crate) fn view(plan: &Plan, say: Say) -> Option<View> {
    let talk = plan.talk;
    if let Some(every) = talk.stats_every {
        return Some(match (talk.json, say::is_terminal()) {
            (true, _) => View::Json(every),
            (false, true) => View::Table(every),
            (false, false) => View::Lines(every),
        });
    }
    // Beside messages on the same terminal it would be in their way.
    let in_the_way = plan.format != Format::No && stdout().is_terminal();
    let streams = matches!(
        source(&plan.work),
        Some(Source::Lines(_) | Source::Chunks(..))
    );
    let is_long = streams || plan.count.is_some();
    let shown = talk.progress || (is_long && !in_the_way && say.may_show_progress());
    shown.then_some(View::Progress(plan.count))
}

/// Whether what was accepted has left. Who asks has had the answer or given it up, and who answers
/// is not told.
// rfc: sp-swcat W-15
fn delivered(role: Role, closed: CloseReport) -> Result<(), Failure> {
    let counts = matches!(role, Role::Push | Role::Pair | Role::Pair1);
    match closed.unsent {
        unsent if counts && unsent > 0 => Err(Failure::Unsent(unsent)),
        _ => Ok(()),
    }
}
