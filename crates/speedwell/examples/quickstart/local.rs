//! ipc: a listener that died without cleaning up is in nobody's way.

use std::os::unix::net::UnixListener;
use std::time::Instant;

use speedwell::{Pull, Push};

use crate::{Outcome, SOON};

const MESSAGES: u32 = 100_000;

/// Runs this stop.
pub(crate) fn run() -> Outcome {
    let path = std::env::temp_dir().join(format!("speedwell-tour-{}", std::process::id()));
    // What a process leaves behind that was killed: a file with nobody behind it.
    drop(UnixListener::bind(&path)?);
    println!("   a socket file lies there, and its owner is dead");

    let pull = Pull::new()?;
    let endpoint = pull.bind(format!("ipc://{}", path.display()))?;
    println!("   bound all the same; a live owner would be \"address in use\"");
    let push = Push::new()?;
    push.connect(endpoint.address())?;
    let start = Instant::now();
    std::thread::scope(|scope| -> Outcome {
        scope.spawn(|| (0..MESSAGES).try_for_each(|number| push.send(number.to_be_bytes())));
        for number in 0..MESSAGES {
            assert_eq!(pull.recv_timeout(SOON)?.body(), number.to_be_bytes());
        }
        Ok(())
    })?;
    println!("   {MESSAGES} messages in order, in {:?}", start.elapsed());
    drop(pull);
    println!("   closed, and the file is gone: {}", !path.exists());
    Ok(())
}
