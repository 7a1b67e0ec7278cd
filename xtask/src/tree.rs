//! The files of the project: where its root is, and which files belong to it.
//!
//! In a clone these are the files git tracks or would track; in a plain copy, everything
//! outside `target` folders. Nothing here reads what a file says.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// The folder of the workspace manifest.
pub(crate) fn root() -> Result<PathBuf> {
    let start = match env::var_os("CARGO_MANIFEST_DIR") {
        Some(folder) => PathBuf::from(folder),
        None => env::current_dir()?,
    };
    let found = start
        .ancestors()
        .find(|folder| folder.join("xtask/Cargo.toml").is_file());
    match found {
        Some(folder) => Ok(folder.to_path_buf()),
        None => bail!("no workspace around {}", start.display()),
    }
}

/// Every file of the project below `root`, as sorted paths relative to it.
pub(crate) fn files(root: &Path) -> Result<Vec<PathBuf>> {
    let mut files = if root.join(".git").exists() {
        known_to_git(root)?
    } else {
        walked(root)?
    };
    files.retain(|file| root.join(file).is_file());
    files.sort();
    files.dedup();
    Ok(files)
}

/// The files git tracks, and those it does not ignore.
fn known_to_git(root: &Path) -> Result<Vec<PathBuf>> {
    let output = Command::new("git")
        .args([
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "-z",
        ])
        .current_dir(root)
        .output()
        .context("git ls-files")?;
    if !output.status.success() {
        bail!(
            "git ls-files: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    let names = String::from_utf8(output.stdout).context("a file name is not UTF-8")?;
    Ok(names
        .split('\0')
        .filter(|name| !name.is_empty())
        .map(PathBuf::from)
        .collect())
}

/// The files found by walking the tree, `target` and `.git` apart.
fn walked(root: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let entry = entry?;
            let path = entry.path();
            if !entry.file_type()?.is_dir() {
                files.push(path.strip_prefix(root)?.to_path_buf());
            } else if entry.file_name() != "target" && entry.file_name() != ".git" {
                folders.push(path);
            }
        }
    }
    Ok(files)
}

/// Copies the project to `to`, a folder that may not exist yet.
pub(crate) fn copy(root: &Path, to: &Path) -> Result<()> {
    for file in files(root)? {
        let target = to.join(&file);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::copy(root.join(&file), &target).with_context(|| target.display().to_string())?;
    }
    Ok(())
}
