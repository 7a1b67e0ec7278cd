//! What may be used from any thread: everything.

use speedwell::{
    AnySocket, Bus, Endpoint, Event, Events, Message, Messages, Pair, PipeRequest, PollItem, Pub,
    Pull, Push, Reactor, ReadyFd, Rep, RepContext, Req, ReqContext, Respondent, RespondentContext,
    Select, Sub, SubContext, Surveyor, SurveyorContext, Transports,
};

fn shared<T: Send + Sync>() {}

// rfc: sp-waiting W-01
#[test]
fn every_handle_may_go_to_any_thread() {
    // The compiler says so, or this is not a program.
    shared::<(Pair, Bus, Push, Pull, Pub, Sub)>();
    shared::<(Req, Rep, Surveyor, Respondent)>();
    shared::<(ReqContext, RepContext, SubContext)>();
    shared::<(SurveyorContext, RespondentContext)>();
    shared::<(AnySocket, Endpoint, Messages, Reactor, Transports)>();
    shared::<(Events, Event, PipeRequest, Message)>();
    shared::<(ReadyFd, PollItem<'_>, Select<'_>)>();
}
