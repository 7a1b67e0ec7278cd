//! News on smol: one task publishes, two listen to different topics, and the same socket is used by
//! a thread as well.

use std::error::Error;
use std::time::Duration;

use speedwell::{Pub, Sub};

type Failure = Box<dyn Error + Send + Sync>;

const ISSUES: u32 = 50;
const SOON: Duration = Duration::from_secs(5);

fn main() -> Result<(), Failure> {
    let publisher = Pub::new()?;
    publisher.bind("inproc://news")?;
    let listen = |topic: &'static str| -> Result<_, Failure> {
        let sub = Sub::new()?;
        sub.subscribe(topic)?;
        sub.connect("inproc://news")?;
        sub.wait_for_peers(1, SOON)?;
        Ok(smol::spawn(read(topic, sub)))
    };
    let (weather, sport) = (listen("weather")?, listen("sport")?);
    publisher.wait_for_peers(2, SOON)?;
    smol::block_on(async {
        for issue in 0..ISSUES {
            publisher.send_async(format!("weather {issue}")).await?;
            publisher.send_async(format!("sport {issue}")).await?;
        }
        Ok::<_, Failure>(())
    })?;
    // A thread may use what tasks use.
    publisher.send("weather: that was all")?;
    publisher.send("sport: that was all")?;
    let counts = smol::block_on(async { (weather.await, sport.await) });
    println!("{counts:?} of {ISSUES} issues were read");
    if counts == (ISSUES, ISSUES) {
        Ok(())
    } else {
        Err("news were missed".into())
    }
}

/// Counts what comes on a topic until it ends.
async fn read(topic: &str, sub: Sub) -> u32 {
    let mut count = 0;
    while let Ok(message) = sub.recv_async().await {
        let text = String::from_utf8_lossy(message.body());
        if text.ends_with("that was all") {
            break;
        }
        if text.starts_with(topic) {
            count += 1;
        }
    }
    count
}
