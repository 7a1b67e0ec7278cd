//! A device: two networks that cannot see each other, one over tcp and one within this process, and
//! a broker between them. Neither the one who asks nor the one who answers knows of it.

use std::thread;
use std::time::Instant;

use speedwell::{Device, RawRep, RawReq, Rep, Req};

use crate::{Outcome, SOON};

const ORDERS: u32 = 2_000;

pub(crate) fn run() -> Outcome {
    let (front, back) = (RawRep::new()?, RawReq::new()?);
    let counter = front.bind("tcp://127.0.0.1:0")?;
    back.bind("inproc://kitchen")?;
    let device = Device::start(&front, &back)?;

    for _ in 0..2 {
        let cook = Rep::new()?;
        cook.connect("inproc://kitchen")?;
        thread::spawn(move || -> Outcome {
            loop {
                cook.recv()?;
                cook.send("hot")?;
            }
        });
    }
    let guest = Req::new()?;
    guest.connect(counter.address())?;
    let start = Instant::now();
    for order in 0..ORDERS {
        guest.send(order.to_be_bytes())?;
        assert_eq!(guest.recv_timeout(SOON)?.body(), b"hot");
    }
    let each = start.elapsed() / ORDERS;
    println!(
        "   a guest at {} orders {ORDERS} soups, {each:?} each",
        counter.address()
    );
    let report = device.stop();
    println!(
        "   the broker passed {} orders on and {} soups back, and dropped {}",
        report.to_back.passed,
        report.to_front.passed,
        report.to_back.dropped + report.to_front.dropped
    );
    Ok(())
}
