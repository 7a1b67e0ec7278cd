//! Programs on a stage: started, listened to, and ended. No wait is without end.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How long anything may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A folder for sockets and files.
pub(crate) struct Stage {
    folder: tempfile::TempDir,
}

impl Stage {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder }
    }

    /// The path of a file or a socket.
    pub(crate) fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// An address that nobody else has.
    pub(crate) fn address(&self, name: &str) -> String {
        format!("ipc://{}", self.path(name))
    }

    /// A file with this content.
    pub(crate) fn file(&self, name: &str, content: &[u8]) -> String {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path
    }
}

/// Starts `swcat` with these words, which have `{}` where `address` belongs.
pub(crate) fn swcat(words: &str, address: &str) -> Actor {
    Actor::start(env!("CARGO_BIN_EXE_swcat"), words, address)
}

/// Runs `swcat` to its end.
pub(crate) fn ran(words: &str) -> Ended {
    swcat(words, "").ends()
}

/// What a program has written so far.
#[derive(Default)]
struct Heard {
    octets: Mutex<Vec<u8>>,
    more: Condvar,
}

/// A program that runs.
pub(crate) struct Actor {
    what: String,
    child: Child,
    out: Arc<Heard>,
    err: Arc<Heard>,
    ears: Vec<JoinHandle<()>>,
}

/// How a program ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: Vec<u8>,
    pub(crate) err: String,
}

impl Ended {
    /// What it printed, as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.out).into_owned()
    }
}

impl Actor {
    pub(crate) fn start(program: &str, words: &str, address: &str) -> Self {
        let words = words.split_whitespace();
        let words: Vec<_> = words.map(|word| word.replace("{}", address)).collect();
        Self::of(Command::new(program).args(&words))
    }

    pub(crate) fn of(command: &mut Command) -> Self {
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = piped.stderr(Stdio::piped()).spawn().unwrap();
        let (out, err) = (Arc::<Heard>::default(), Arc::<Heard>::default());
        let ears = vec![
            listen(child.stdout.take().unwrap(), &out),
            listen(child.stderr.take().unwrap(), &err),
        ];
        Self {
            what: format!("{command:?}"),
            child,
            out,
            err,
            ears,
        }
    }

    /// Waits until it listens, and says where.
    pub(crate) fn listens(&self) -> String {
        let mark = "listening at ";
        self.err.until(&self.what, |said| {
            let (_, rest) = said.split_once(mark)?;
            Some(rest.split_once('\n')?.0.to_owned())
        })
    }

    /// Waits until it has printed at least this on its standard error.
    pub(crate) fn says(&self, mark: &str) {
        self.err
            .until(&self.what, |said| said.contains(mark).then_some(()));
    }

    /// Waits until it has printed so many octets, and gives them.
    pub(crate) fn prints(&self, octets: usize) -> Vec<u8> {
        self.out.wait(&self.what, |out| {
            (out.len() >= octets).then(|| out.to_vec())
        })
    }

    /// Gives it something to read.
    pub(crate) fn reads(&mut self, input: &[u8]) {
        let pipe = self.child.stdin.as_mut().unwrap();
        pipe.write_all(input).unwrap();
    }

    /// Lets it read no more.
    pub(crate) fn reads_no_more(&mut self) {
        drop(self.child.stdin.take());
    }

    /// Sends it a signal.
    #[cfg(unix)]
    pub(crate) fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args([signal, &pid]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits until it has ended by itself.
    pub(crate) fn ends(mut self) -> Ended {
        self.reads_no_more();
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < deadline, "{} does not end", self.what);
            thread::sleep(Duration::from_millis(2));
        };
        self.ears.drain(..).for_each(|ear| ear.join().unwrap());
        let err = self.err.octets.lock().unwrap();
        Ended {
            code: status.code(),
            out: std::mem::take(&mut *self.out.octets.lock().unwrap()),
            err: String::from_utf8_lossy(&err).into_owned(),
        }
    }
}

impl Drop for Actor {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _collected = self.child.wait();
    }
}

impl Heard {
    fn until<T>(&self, who: &str, mut found: impl FnMut(&str) -> Option<T>) -> T {
        self.wait(who, |octets| found(&String::from_utf8_lossy(octets)))
    }

    fn wait<T>(&self, who: &str, mut found: impl FnMut(&[u8]) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        let mut octets = self.octets.lock().unwrap();
        loop {
            if let Some(found) = found(&octets) {
                return found;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let said = String::from_utf8_lossy(&octets).into_owned();
            assert!(!left.is_zero(), "{who} says only `{said}`");
            octets = self.more.wait_timeout(octets, left).unwrap().0;
        }
    }
}

fn listen(mut from: impl Read + Send + 'static, to: &Arc<Heard>) -> JoinHandle<()> {
    let to = to.clone();
    thread::spawn(move || {
        let mut chunk = [0; 16 * 1024];
        while let Ok(read @ 1..) = from.read(&mut chunk) {
            to.octets.lock().unwrap().extend(&chunk[..read]);
            to.more.notify_all();
        }
    })
}

/// Where nanocat is. Without it, a build machine fails, and others say loudly what was left out.
pub(crate) fn nanocat() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .map(|folder| folder.join("nanocat"))
        .find(|file| file.is_file());
    if found.is_none() {
        let is_build_machine = std::env::var("CI").is_ok_and(|value| value == "true");
        assert!(
            !is_build_machine,
            "nanocat is not installed (nanomsg-utils)"
        );
        println!("NOT COMPARED with nanocat: it is not installed (Debian: nanomsg-utils)");
    }
    found
}
