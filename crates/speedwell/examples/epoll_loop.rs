//! A loop of one's own around `epoll`: many sockets, one thread, and descriptors of other things
//! beside them. On other systems the library's own `poll` does the same.

use std::error::Error;

type Failure = Box<dyn Error + Send + Sync>;

const PIPELINES: u64 = 3;
const MESSAGES: u64 = 100;

#[cfg(target_os = "linux")]
fn main() -> Result<(), Failure> {
    use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};

    let lines = open()?;
    let set = epoll::create(CreateFlags::CLOEXEC)?;
    let mut watched = Vec::new();
    for (key, (_, pull)) in (0..).zip(&lines) {
        let ready = pull.recv_fd()?;
        epoll::add(&set, &ready, EventData::new_u64(key), EventFlags::IN)?;
        watched.push(ready);
    }
    let mut received = 0;
    let mut events = Vec::with_capacity(8);
    while received < PIPELINES * MESSAGES {
        events.clear();
        epoll::wait(&set, rustix::buffer::spare_capacity(&mut events), None)?;
        for event in &events {
            // Level-triggered: what is left over is reported again.
            let line = lines.get(usize::try_from(event.data.u64())?);
            let (_, pull) = line.ok_or("an event of something else")?;
            while pull.try_recv().is_ok() {
                received += 1;
            }
        }
    }
    println!("{received} messages in one loop of epoll");
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn main() -> Result<(), Failure> {
    use speedwell::{PollItem, Select};

    let lines = open()?;
    let mut select = Select::new(lines.iter().map(|(_, pull)| PollItem::recv(pull)));
    let mut received = 0;
    while received < PIPELINES * MESSAGES {
        if let Some(at) = select.wait(None)? {
            let (_, pull) = lines.get(at).ok_or("an index of something else")?;
            pull.try_recv()?;
            received += 1;
        }
    }
    println!("{received} messages in one loop");
    Ok(())
}

/// Pipelines, and a thread for each that feeds it.
fn open() -> Result<Vec<(std::thread::JoinHandle<()>, speedwell::Pull)>, Failure> {
    let mut lines = Vec::new();
    for _ in 0..PIPELINES {
        let pull = speedwell::Pull::new()?;
        let bound = pull.bind("tcp://127.0.0.1:0")?;
        let push = speedwell::Push::new()?;
        push.connect(bound.address())?;
        let feeder = std::thread::spawn(move || {
            for number in 0..MESSAGES {
                if push.send(number.to_string()).is_err() {
                    return;
                }
            }
        });
        lines.push((feeder, pull));
    }
    Ok(lines)
}
