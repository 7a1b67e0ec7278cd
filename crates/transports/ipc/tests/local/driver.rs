//! The testkit's driver, with ipc as its transport, and directories to listen in.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use speedwell_ipc::Ipc;
use speedwell_testkit::loopback;
use speedwell_transport::{Conn, Dialer, EndpointOptions, Error, ErrorKind, Listener};
use tempfile::TempDir;

pub use speedwell_testkit::loopback::{Pipe, accept, join, settle, shake};

/// A directory of the test's own.
pub struct Place(TempDir);

impl Place {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn addr(&self, name: &str) -> String {
        format!("ipc://{}", self.path(name).display())
    }

    /// What is in it, sorted.
    pub fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
        let mut names: Vec<_> = entries.map(|entry| name(entry.unwrap())).collect();
        names.sort();
        names
    }

    /// What tells the file from every other.
    pub fn inode(&self, name: &str) -> (u64, u64) {
        let found = fs::symlink_metadata(self.path(name)).unwrap();
        (found.dev(), found.ino())
    }
}

pub fn listen(text: &str) -> Result<Box<dyn Listener>, Error> {
    listen_with(text, &EndpointOptions::default())
}

pub fn listen_with(text: &str, options: &EndpointOptions) -> Result<Box<dyn Listener>, Error> {
    loopback::listen(&Ipc::new(), text, options)
}

pub fn dialer(text: &str) -> Result<Box<dyn Dialer>, Error> {
    loopback::dialer(&Ipc::new(), text, &EndpointOptions::default())
}

pub fn dial(text: &str) -> Result<Box<dyn Conn>, Error> {
    let mut dialer = dialer(text)?;
    settle(|cx| dialer.poll_dial(cx))
}

pub fn link(listener: &mut dyn Listener) -> (Pipe, Pipe) {
    loopback::link(&Ipc::new(), listener)
}

/// The error of what must fail, with its kind.
pub fn refusal<T>(result: Result<T, Error>) -> (ErrorKind, String) {
    let error = result.map(drop).unwrap_err();
    (error.kind(), error.to_string())
}
