//! The programs that are measured: built, and where they are. Measures nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::who::Who;
use crate::run;

/// How long building one of them may take.
const BUILD_LIMIT: Duration = Duration::from_secs(20 * 60);

/// The peers in C: the target of the Makefile, and the package its headers are in.
const IN_C: [(Who, &str, &str); 5] = [
    (Who::Libzmq, "zmq", "libzmq3-dev"),
    (Who::Nanomsg, "nanomsg", "libnanomsg-dev"),
    (Who::Nng, "nng", "libnng-dev"),
    (Who::Raw, "raw", "build-essential"),
    (Who::Rawstream, "rawstream", "build-essential"),
];

/// Where they are.
#[derive(Debug)]
pub(crate) struct Programs {
    paths: BTreeMap<Who, PathBuf>,
    /// Ours, once more, over the allocator that counts.
    pub(crate) counted: PathBuf,
    /// The program that reads the clocks of others.
    pub(crate) usage: PathBuf,
}

impl Programs {
    /// Builds those of `who`. A peer that cannot be built is said loudly and left out.
    ///
    /// # Errors
    ///
    /// When ours does not build or, on a build machine, any other.
    pub(crate) fn build(root: &Path, who: &[Who]) -> Result<Self> {
        let target = run::target_folder(root)?;
        let folder = target.join("bench");
        fs::create_dir_all(&folder)?;
        let usage = make(root, &folder, "usage")?;
        let mut programs = Self {
            paths: BTreeMap::new(),
            counted: target.join("release/speedwell-bench-counted"),
            usage: usage.context("no C compiler or no make (Debian: build-essential)")?,
        };
        for (peer, name, package) in IN_C.iter().filter(|(peer, ..)| who.contains(peer)) {
            programs.take(*peer, make(root, &folder, name)?, package)?;
        }
        if who.contains(&Who::Zeromq) {
            programs.take(Who::Zeromq, build_zeromq(root, &folder)?, "a registry")?;
        }
        if who.contains(&Who::Speedwell) {
            let mut cargo = run::cargo(root);
            cargo.args(["build", "--release", "--package", "speedwell-benches"]);
            if !run::live(&mut cargo, BUILD_LIMIT, |_| {})?.is_success() {
                bail!("our own program does not build");
            }
            let ours = target.join("release/speedwell-bench");
            programs.paths.insert(Who::Speedwell, ours);
        }
        Ok(programs)
    }

    /// Notes a peer, or that it is missing.
    fn take(&mut self, who: Who, built: Option<PathBuf>, needs: &str) -> Result<()> {
        match built {
            Some(path) => {
                self.paths.insert(who, path);
            }
            None if run::is_build_machine() => bail!("{who} does not build; it needs {needs}"),
            None => println!("bench: NOT MEASURED {who}: it does not build; it needs {needs}"),
        }
        Ok(())
    }

    /// The program of one, if it is there.
    pub(crate) fn path(&self, who: Who) -> Option<&Path> {
        self.paths.get(&who).map(PathBuf::as_path)
    }

    /// What each says it is.
    pub(crate) fn names(&self) -> Result<BTreeMap<String, String>> {
        let mut names = BTreeMap::new();
        for (who, path) in &self.paths {
            let output = Command::new(path)
                .arg("name")
                .output()
                .with_context(|| path.display().to_string())?;
            let name = String::from_utf8_lossy(&output.stdout).trim().to_owned();
            names.insert(who.to_string(), name);
        }
        Ok(names)
    }
}

/// Makes one of the programs in C; `None` when that fails.
fn make(root: &Path, folder: &Path, name: &str) -> Result<Option<PathBuf>> {
    let path = folder.join(name);
    let mut make = Command::new("make");
    make.args(["--silent", "--no-print-directory", "-C"])
        .arg(root.join("benches/peers/c"))
        .arg(format!("OUT={}", folder.display()))
        .arg(&path);
    match run::live(&mut make, BUILD_LIMIT, |_| {}) {
        Ok(outcome) if outcome.is_success() => Ok(Some(path)),
        Ok(_) => Ok(None),
        Err(error) if is_missing(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Builds the peer that has a workspace of its own; `None` when that fails.
fn build_zeromq(root: &Path, folder: &Path) -> Result<Option<PathBuf>> {
    let target = folder.join("zeromq");
    let mut cargo = run::cargo(&root.join("benches/peers/zeromq"));
    cargo
        .args(["build", "--release", "--locked", "--target-dir"])
        .arg(&target);
    let built = run::live(&mut cargo, BUILD_LIMIT, |_| {})?.is_success();
    Ok(built.then(|| target.join("release/zeromq-bench")))
}

/// Whether a program to run was not there.
fn is_missing(error: &anyhow::Error) -> bool {
    let cause = error.downcast_ref::<std::io::Error>();
    cause.is_some_and(|cause| cause.kind() == std::io::ErrorKind::NotFound)
}
