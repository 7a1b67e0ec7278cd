//! `cargo xtask capi`: the C library and what belongs to it, put into a folder. See
//! `rfc/sp-capi.md` section 9.

#[cfg(test)]
mod tests;

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::run;

/// How long building it may take.
const LIMIT: Duration = Duration::from_secs(20 * 60);
/// What this is a version of.
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The one file, whose other names are links to it.
const FILE: &str = concat!("libspeedwell.so.", env!("CARGO_PKG_VERSION"));
/// The name that programs ask the loader for.
const SONAME: &str = "libspeedwell.so.0";
/// Where the linker looks.
const LINKED: &str = "libspeedwell.so";
/// The names of nanomsg's library: of Debian's 1.1.5, of 1.2, and the linker's.
const NANOMSG: [&str; 3] = ["libnanomsg.so.5", "libnanomsg.so.6", "libnanomsg.so"];

/// What to do with the C library.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Puts the library, its headers and what `pkg-config` reads into this folder.
    #[arg(long, value_name = "DIR")]
    install: PathBuf,
    /// Also under the names of nanomsg, so that programs for it find it.
    #[arg(long)]
    compat: bool,
}

/// Builds and installs; true when it is done.
pub(crate) fn run(root: &Path, options: &Options) -> Result<bool> {
    let folder = std::path::absolute(&options.install)?;
    install(root, &folder, options.compat)?;
    println!("capi: {} is in {}", LINKED, folder.join("lib").display());
    Ok(true)
}

/// Builds the library and puts it into a folder.
// rfc: sp-capi A-71
pub(crate) fn install(root: &Path, folder: &Path, compat: bool) -> Result<()> {
    let built = build(root)?;
    let libraries = folder.join("lib");
    fs::create_dir_all(libraries.join("pkgconfig"))?;
    // A program that has the old one loaded goes on with it.
    replace(&libraries.join(FILE), |place| {
        fs::copy(built.join("libspeedwell_capi.so"), place).map(drop)
    })?;
    replace(&libraries.join("libspeedwell.a"), |place| {
        fs::copy(built.join("libspeedwell_capi.a"), place).map(drop)
    })?;
    link(FILE, &libraries.join(SONAME))?;
    link(FILE, &libraries.join(LINKED))?;
    let headers = root.join("crates/capi/include");
    let ours = folder.join("include/speedwell");
    fs::create_dir_all(ours.join("nanomsg"))?;
    fs::copy(headers.join("speedwell.h"), ours.join("speedwell.h"))?;
    let names = header_names(&headers.join("nanomsg"))?;
    for name in &names {
        fs::copy(
            headers.join("nanomsg").join(name),
            ours.join("nanomsg").join(name),
        )?;
    }
    describe(root, folder, "speedwell", "/speedwell")?;
    if compat {
        install_compat(root, folder, &names)?;
    }
    Ok(())
}

/// The names of nanomsg, all of them links.
// rfc: sp-capi A-72
fn install_compat(root: &Path, folder: &Path, headers: &[String]) -> Result<()> {
    for name in NANOMSG {
        link(FILE, &folder.join("lib").join(name))?;
    }
    let theirs = folder.join("include/nanomsg");
    fs::create_dir_all(&theirs)?;
    for name in headers {
        link(&format!("../speedwell/nanomsg/{name}"), &theirs.join(name))?;
    }
    describe(root, folder, "nanomsg", "")
}

/// Builds both libraries, and says in which folder they are.
fn build(root: &Path) -> Result<PathBuf> {
    let mut cargo = run::cargo(root);
    cargo.args(["rustc", "--release", "--package", "speedwell-capi", "--lib"]);
    cargo.args(["--crate-type", "cdylib,staticlib", "--"]);
    cargo.arg(format!("-Clink-arg=-Wl,-soname,{SONAME}"));
    cargo.arg("-Cstrip=debuginfo");
    if !run::live(&mut cargo, LIMIT, |_| {})?.is_success() {
        bail!("speedwell-capi does not build");
    }
    Ok(run::target_folder(root)?.join("release"))
}

/// What `pkg-config` is told of a library.
fn describe(root: &Path, folder: &Path, name: &str, headers: &str) -> Result<()> {
    let template = fs::read_to_string(root.join("crates/capi/pkgconfig/library.pc.in"))?;
    let prefix = folder.to_str().context("the folder's name is not UTF-8")?;
    let text = template
        .replace("@PREFIX@", prefix)
        .replace("@NAME@", name)
        .replace(
            "@VERSION@",
            if name == "nanomsg" { "1.1.5" } else { VERSION },
        )
        .replace("@FOLDER@", headers);
    fs::write(folder.join(format!("lib/pkgconfig/{name}.pc")), text)?;
    Ok(())
}

/// The headers of nanomsg.
fn header_names(folder: &Path) -> Result<Vec<String>> {
    let entries = fs::read_dir(folder)?;
    let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    names.collect()
}

/// Puts a link in place of another of ours; whatever is somebody else's stays, and is an error.
// rfc: sp-capi A-72
fn link(to: &str, place: &Path) -> Result<()> {
    if let Ok(found) = fs::symlink_metadata(place) {
        let leads_to = found
            .is_symlink()
            .then(|| fs::read_link(place))
            .transpose()?;
        let leads_to = leads_to.as_deref().and_then(Path::to_str);
        let ours = ["libspeedwell.", "../speedwell/"];
        if !leads_to.is_some_and(|leads_to| ours.iter().any(|start| leads_to.starts_with(start))) {
            bail!("{} is there and not ours: not replaced", place.display());
        }
    }
    replace(place, |place| symlink(to, place))
}

/// Makes something new beside its place, and moves it there.
fn replace(place: &Path, make: impl FnOnce(&Path) -> std::io::Result<()>) -> Result<()> {
    let new = place.with_extension("new");
    if let Err(error) = fs::remove_file(&new)
        && error.kind() != ErrorKind::NotFound
    {
        return Err(error).with_context(|| new.display().to_string());
    }
    make(&new).with_context(|| new.display().to_string())?;
    fs::rename(&new, place).with_context(|| place.display().to_string())
}
