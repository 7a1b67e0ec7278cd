//! The roles of interop that concern devices: ours between the ends of others, and our ends around
//! a device of others. See `xtask/src/interop/devices.rs`, which starts them.

use std::num::NonZeroU8;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, ValueEnum};
use speedwell::{
    AnySocket, Device, DropCause, ErrorKind, Message, RawRep, RawReq, RawRespondent, RawSurveyor,
    Rep, Req,
};

use crate::say;

/// How long nothing may happen.
const LIMIT: Duration = Duration::from_secs(10);
/// The most words that anybody lets through.
const TTL_MAX: usize = 255;

/// What passes the device.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Kind {
    /// REQ asks, REP answers.
    Request,
    /// SURVEYOR asks, RESPONDENT answers.
    Survey,
}

/// Where a device or its ends are.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// What passes.
    #[arg(value_enum)]
    kind: Kind,
    /// Where to listen for who asks, or for the device that is asked.
    #[arg(long)]
    front: String,
    /// Where to listen for who answers, or for the device that asks him.
    #[arg(long)]
    back: String,
    /// How many words the device lets through.
    #[arg(long, default_value = "8")]
    ttl: NonZeroU8,
}

impl Place {
    /// Listens on both sides, and says where.
    fn bind(&self, front: &AnySocket, back: &AnySocket) -> Result<()> {
        let (front, back) = (front.bind(&self.front)?, back.bind(&self.back)?);
        say(&format!("front {}", front.address()))?;
        say(&format!("back {}", back.address()))
    }
}

/// Is a device, until it is killed.
pub(crate) fn stand_between(place: &Place) -> Result<()> {
    match place.kind {
        Kind::Request => {
            let (front, back) = (RawRep::new()?, RawReq::new()?);
            front.set_ttl(place.ttl.get())?;
            place.bind(&front, &back)?;
            Device::start(&front, &back)?.wait();
        }
        Kind::Survey => {
            let (front, back) = (RawRespondent::new()?, RawSurveyor::new()?);
            front.set_ttl(place.ttl.get())?;
            place.bind(&front, &back)?;
            Device::start(&front, &back)?.wait();
        }
    }
    Ok(())
}

/// Both ends of a device: sends it what has come by one device too many, by as many as it takes,
/// and by none, and expects the latter two at the other end, and their answers.
pub(crate) fn send_traces(place: &Place) -> Result<()> {
    let ttl = usize::from(place.ttl.get());
    match place.kind {
        Kind::Request => {
            let (asks, answers) = (RawReq::new()?, RawRep::new()?);
            answers.set_ttl(u8::MAX)?;
            place.bind(&asks, &answers)?;
            traces(ttl, &asks, &answers)?;
        }
        Kind::Survey => {
            let (asks, answers) = (RawSurveyor::new()?, RawRespondent::new()?);
            answers.set_ttl(u8::MAX)?;
            place.bind(&asks, &answers)?;
            traces(ttl, &asks, &answers)?;
        }
    }
    say(&format!("passed {ttl}"))
}

fn traces(ttl: usize, asks: &AnySocket, answers: &AnySocket) -> Result<()> {
    until("the device comes", || {
        asks.pipes() > 0 && answers.pipes() > 0
    })?;
    let (asking, answering) = (asks.messages(), answers.messages());
    let ask = |words: usize| {
        let body = format!("{words} words").into_bytes();
        asking.try_send(Message::with_header(&trace(words), body.into()))
    };
    let hear = |words: usize| -> Result<()> {
        let body = format!("{words} words").into_bytes();
        let question = receive(&answering)?;
        ensure!(
            question.body() == body,
            "{question:?} in place of {words} words"
        );
        ensure!(question.header().len() == 4 * (words + 2), "{question:?}");
        answering.try_send(question)?;
        let answer = receive(&asking)?;
        let answer = [answer.header(), answer.body()].concat();
        ensure!(answer == [trace(words), body].concat(), "{answer:?}");
        Ok(())
    };
    // One at a time passes the device: theirs may drop a survey while it passes another on.
    let beyond = || answers.stats().dropped(DropCause::TooManyHops);
    ask(ttl.saturating_add(1))?;
    ask(ttl)?;
    if ttl < TTL_MAX {
        hear(ttl)?;
    } else {
        // Behind the device it is one word more, which nobody takes beyond the most.
        until("the device lets the most through", || beyond() == 1)?;
    }
    // This one comes when all before it are dropped.
    ask(1)?;
    hear(1)?;
    let (beyond, expected) = (beyond(), u64::from(ttl == TTL_MAX));
    ensure!(beyond == expected, "the device let {beyond} through");
    Ok(())
}

/// The back-trace of a request that has come by `words - 1` devices.
fn trace(words: usize) -> Vec<u8> {
    let mut trace = [0, 0, 0, 5].repeat(words.saturating_sub(1));
    trace.extend([0x80, 0, 0, 7]);
    trace
}

/// One of our devices in a row.
struct Broker {
    front: RawRep,
    back: RawReq,
    device: Device,
}

impl Broker {
    fn new(front: &str) -> Result<Self> {
        let (rep, back) = (RawRep::new()?, RawReq::new()?);
        rep.set_ttl(u8::MAX)?;
        rep.bind(front)?;
        let device = Device::start(&rep, &back)?;
        Ok(Self {
            front: rep,
            back,
            device,
        })
    }
}

/// Asks through a row of our devices, theirs, and one more of ours: from so far that theirs has to
/// drop it, and from one device nearer.
pub(crate) fn ask_in_a_row(place: &Place) -> Result<()> {
    let ttl = usize::from(place.ttl.get());
    let row = (0..ttl).map(|number| Broker::new(&format!("inproc://row {number}")));
    let row = row.collect::<Result<Vec<_>>>()?;
    for (number, broker) in row.iter().enumerate().take(ttl.saturating_sub(1)) {
        let next = number.saturating_add(1);
        broker.back.connect(format!("inproc://row {next}"))?;
    }
    let last = row.last().context("a TTL of 0")?;
    let behind = Broker::new("inproc://behind")?;
    place.bind(&last.back, &behind.front)?;
    let (far, near, rep) = (Req::new()?, Req::new()?, Rep::new()?);
    rep.set_ttl(u8::MAX)?;
    rep.bind("inproc://answers")?;
    behind.back.connect("inproc://answers")?;
    far.connect("inproc://row 0")?;
    near.connect("inproc://row 1")?;
    until("their device comes", || {
        last.back.pipes() > 0 && behind.front.pipes() > 0
    })?;
    far.set_resend(None)?;
    far.send("from too far")?;
    until("it is before their device", || {
        last.device.to_back().passed == 1
    })?;
    near.send("from near enough")?;
    let question = rep.recv_timeout(LIMIT)?;
    ensure!(question.body() == b"from near enough", "{question:?}");
    rep.send("heard")?;
    ensure!(near.recv_timeout(LIMIT)?.body() == b"heard");
    let unheard = far.try_recv().map_err(|error| error.kind());
    ensure!(unheard == Err(ErrorKind::WouldBlock), "{unheard:?}");
    say(&format!("passed {ttl}"))
}

fn receive(messages: &speedwell::Messages) -> Result<Message> {
    messages.wait_to_recv(Some(LIMIT), || true)?;
    Ok(messages.try_recv()?)
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) -> Result<()> {
    let start = Instant::now();
    while !is_so() {
        if start.elapsed() > LIMIT {
            bail!("in vain: {what}");
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}
