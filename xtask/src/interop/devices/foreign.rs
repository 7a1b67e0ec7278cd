//! The devices of others: two small programs in C, compiled against Debian's packages.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::run;

/// Another maker's library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Library {
    /// nanomsg.
    Nanomsg,
    /// NNG.
    Nng,
}

/// Every library.
pub(crate) const LIBRARIES: [Library; 2] = [Library::Nanomsg, Library::Nng];

impl Library {
    /// The most words that its devices can be told to let through.
    pub(crate) fn ttl_max(self) -> usize {
        match self {
            Self::Nanomsg => 255,
            Self::Nng => 15,
        }
    }

    /// The name of its program, of what it is linked with, and of the Debian package.
    fn names(self) -> [&'static str; 3] {
        match self {
            Self::Nanomsg => ["nn_device", "-lnanomsg", "libnanomsg-dev"],
            Self::Nng => ["nng_device", "-lnng", "libnng-dev"],
        }
    }
}

impl fmt::Display for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Nanomsg => "nanomsg",
            Self::Nng => "nng",
        })
    }
}

/// Compiles the device of each library. One that cannot be is said loudly and left out; on a build
/// machine it is an error.
pub(crate) fn build(root: &Path) -> Result<Vec<(Library, PathBuf)>> {
    let folder = run::target_folder(root)?.join("interop");
    fs::create_dir_all(&folder)?;
    let mut built = Vec::new();
    for library in LIBRARIES {
        let [name, links, package] = library.names();
        let path = folder.join(name);
        match compile(root, name, links, &path)? {
            Ok(()) => built.push((library, path)),
            Err(why) if run::is_build_machine() => {
                bail!("{name} does not build (Debian: build-essential, {package}): {why}")
            }
            Err(why) => println!(
                "interop: NOT RUN {name}: it does not build (Debian: build-essential, {package}): \
                 {why}"
            ),
        }
    }
    Ok(built)
}

/// Compiles one program; what is inside says why it could not be.
fn compile(root: &Path, name: &str, links: &str, path: &Path) -> Result<Result<(), String>> {
    let source = root.join("xtask/interop/c").join(format!("{name}.c"));
    let mut cc = Command::new("cc");
    cc.args(["-O1", "-Wall", "-Wextra", "-std=gnu11", "-o"])
        .arg(path)
        .arg(source)
        .args([links, "-lpthread"]);
    let output = match cc.output() {
        Ok(output) => output,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(Err("there is no cc".to_owned()));
        }
        Err(error) => return Err(error).context("cc"),
    };
    if output.status.success() {
        return Ok(Ok(()));
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Ok(Err(said.lines().next().unwrap_or("cc failed").to_owned()))
}
