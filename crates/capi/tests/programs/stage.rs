//! Where a program is built and run: a folder with the library under the names that it may ask for,
//! and the tools that are here. A build machine has to have them all. See `rfc/sp-capi.md`.

use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// The names that the library is found under.
const NAMES: [&str; 3] = ["libspeedwell.so", "libnanomsg.so", "libnanomsg.so.5"];

/// A language that the headers are for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Language {
    C,
    Cpp,
}

/// A folder for one test, which goes with it.
pub(crate) struct Stage {
    folder: TempDir,
}

impl Stage {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        for name in NAMES {
            symlink(library(), folder.path().join(name)).unwrap();
        }
        Self { folder }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Builds a program of `tests/c`; nothing if there is no compiler.
    pub(crate) fn build(&self, name: &str, language: Language) -> Option<PathBuf> {
        let program = self.path().join(name);
        let source = source(&format!("tests/c/{name}.c"));
        self.compile(language, &[], &source, &program)?;
        Some(program)
    }

    /// Builds a shared object of `tests/c`.
    pub(crate) fn build_shared(&self, name: &str) -> Option<PathBuf> {
        let object = self.path().join(format!("{name}.so"));
        let source = source(&format!("tests/c/{name}.c"));
        self.compile(Language::C, &["-shared", "-fPIC"], &source, &object)?;
        Some(object)
    }

    fn compile(
        &self,
        language: Language,
        more: &[&str],
        source: &Path,
        result: &Path,
    ) -> Option<()> {
        let (compiler, kind) = match language {
            Language::C => ("cc", ["-xc", "-std=gnu99"]),
            Language::Cpp => ("c++", ["-xc++", "-std=gnu++11"]),
        };
        let mut command = tool(compiler, "build-essential")?;
        command.args(kind).args(more);
        command.args(["-Wall", "-Wextra", "-Werror", "-pedantic", "-pthread", "-g"]);
        command.arg("-I").arg(self::source("include"));
        command.arg("-o").arg(result).arg(source);
        command.arg("-L").arg(self.path()).arg("-lnanomsg");
        succeed(&mut command);
        Some(())
    }

    /// A command that finds the library in this folder, and leaves its files there.
    pub(crate) fn command(&self, mut command: Command) -> Command {
        command.env("LD_LIBRARY_PATH", self.path());
        command.current_dir(self.path());
        command
    }
}

/// The library that was built with this test.
pub(crate) fn library() -> PathBuf {
    let program = env::current_exe().unwrap();
    let library = program.with_file_name("libspeedwell_capi.so");
    assert!(library.is_file(), "{} is missing", library.display());
    library
}

/// A file of this crate.
pub(crate) fn source(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A tool that is here. Without it the test is not run and says so, but on a build machine fails.
pub(crate) fn tool(name: &str, package: &str) -> Option<Command> {
    let path = env::var_os("PATH").unwrap_or_default();
    if env::split_paths(&path).any(|folder| folder.join(name).is_file()) {
        return Some(Command::new(name));
    }
    lacks(&format!("{name} is not installed (Debian: {package})"));
    None
}

/// Says that something is not tested, and why.
pub(crate) fn lacks(why: &str) {
    assert_ne!(env::var("CI").as_deref(), Ok("true"), "{why}");
    eprintln!("NOT RUN: {why}");
}

/// Runs a command that has to succeed.
pub(crate) fn succeed(command: &mut Command) -> Output {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    let status = output.status;
    assert!(
        status.success(),
        "{command:?}: {status}\n{said}{complained}"
    );
    output
}

/// The assertions that a program made, all of which have to hold.
pub(crate) fn count(output: &Output) -> u32 {
    let said = String::from_utf8_lossy(&output.stdout);
    let last = said.lines().last().unwrap_or_default();
    let passed = last
        .strip_suffix(" passed, 0 failed")
        .and_then(|count| count.parse().ok());
    passed.unwrap_or_else(|| panic!("{said}"))
}

/// The text of every source of this crate.
pub(crate) fn rust_sources() -> Vec<(PathBuf, String)> {
    let mut folders = vec![source("src")];
    let mut texts = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                texts.push((path.clone(), fs::read_to_string(path).unwrap()));
            }
        }
    }
    texts
}
