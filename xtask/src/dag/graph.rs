//! The crates of the workspace and their edges, as a plain value.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use cargo_metadata::cargo_platform::Platform;
use cargo_metadata::{Dependency, DependencyKind, Metadata, MetadataCommand, Package};

/// The workspace.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    /// Its members.
    pub(crate) crates: Vec<Crate>,
    /// The crates of the third-party workspaces kept as examples.
    pub(crate) strangers: Vec<Crate>,
    /// Packages below our own that build or bind C, with the reason.
    pub(crate) foreign: Vec<(String, String)>,
}

/// One crate.
#[derive(Clone, Debug, Default)]
pub(crate) struct Crate {
    /// Its name.
    pub(crate) name: String,
    /// What it stands on.
    pub(crate) edges: Vec<Edge>,
    /// The native library it declares to link.
    pub(crate) links: Option<String>,
    /// Its features.
    pub(crate) features: Vec<String>,
    /// Whether `[lints] workspace = true` stands in its manifest.
    pub(crate) inherits_lints: bool,
    /// Whether its library declares `no_std`.
    pub(crate) is_no_std: bool,
}

/// The builds of model checkers.
const CHECKERS: &[&str] = &["cfg(loom)", "cfg(shuttle)"];

/// What an edge is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The crate itself, or its build script.
    #[default]
    Product,
    /// Its tests, examples and benches.
    Tests,
}

/// One dependency.
#[derive(Clone, Debug, Default)]
pub(crate) struct Edge {
    /// The name of the crate used.
    pub(crate) to: String,
    /// What for.
    pub(crate) purpose: Purpose,
    /// Whether it is part of this workspace.
    pub(crate) is_ours: bool,
    /// Whether only a feature brings it in.
    pub(crate) is_optional: bool,
    /// Whether it is used as its author meant it.
    pub(crate) default_features: bool,
    /// The features asked for.
    pub(crate) features: Vec<String>,
}

impl Graph {
    /// Reads the workspace below `root`.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let metadata = metadata(&root.join("Cargo.toml"), true)?;
        let members = metadata.workspace_packages();
        let mut graph = Self {
            foreign: foreign(&metadata),
            ..Self::default()
        };
        for package in members {
            graph.crates.push(Crate::read(package)?);
        }
        for manifest in third_party(root)? {
            let metadata = self::metadata(&manifest, false)?;
            for package in metadata.workspace_packages() {
                graph.strangers.push(Crate::read(package)?);
            }
        }
        Ok(graph)
    }
}

/// The manifests of the third-party workspaces below `root`.
pub(crate) fn third_party(root: &Path) -> Result<Vec<PathBuf>> {
    let folder = root.join("crates/testkit/third-party");
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut manifests = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
        let manifest = entry?.path().join("Cargo.toml");
        if manifest.is_file() {
            manifests.push(manifest);
        }
    }
    manifests.sort();
    Ok(manifests)
}

/// What cargo knows about the workspace of `manifest`.
fn metadata(manifest: &Path, with_registry: bool) -> Result<Metadata> {
    let mut command = MetadataCommand::new();
    command.manifest_path(manifest);
    if with_registry {
        command.features(cargo_metadata::CargoOpt::AllFeatures);
    } else {
        command.no_deps();
    }
    command
        .exec()
        .with_context(|| format!("cargo metadata for {}", manifest.display()))
}

impl Crate {
    fn read(package: &Package) -> Result<Self> {
        let manifest = fs::read_to_string(&package.manifest_path)?;
        let library = package.targets.iter().find(|target| target.is_lib());
        let root = library
            .map(|target| fs::read_to_string(&target.src_path))
            .transpose()?;
        Ok(Self {
            name: package.name.to_string(),
            edges: package.dependencies.iter().map(Edge::read).collect(),
            links: package.links.clone(),
            features: package.features.keys().cloned().collect(),
            inherits_lints: inherits_lints(&manifest),
            is_no_std: root.is_some_and(|text| is_no_std(&text)),
        })
    }
}

impl Edge {
    fn read(dependency: &Dependency) -> Self {
        Self {
            to: dependency.name.clone(),
            purpose: if is_product(dependency.kind, dependency.target.as_ref()) {
                Purpose::Product
            } else {
                Purpose::Tests
            },
            is_ours: dependency.path.is_some(),
            is_optional: dependency.optional,
            default_features: dependency.uses_default_features,
            features: dependency.features.clone(),
        }
    }
}

/// Whether a product has such a dependency: not one of tests, nor of a build for a model checker.
fn is_product(kind: DependencyKind, target: Option<&Platform>) -> bool {
    let is_checker = |target: &Platform| CHECKERS.contains(&target.to_string().as_str());
    kind != DependencyKind::Development && !target.is_some_and(is_checker)
}

/// Whether a manifest says `[lints] workspace = true`.
pub(crate) fn inherits_lints(manifest: &str) -> bool {
    let lines: Vec<_> = manifest.lines().map(|line| line.replace(' ', "")).collect();
    let table = lines.iter().skip_while(|line| *line != "[lints]").skip(1);
    let mut table = table.take_while(|line| !line.starts_with('['));
    table.any(|line| line == "workspace=true") || lines.iter().any(|l| l == "lints.workspace=true")
}

/// Whether the root of a library declares `no_std`, always or outside tests.
pub(crate) fn is_no_std(text: &str) -> bool {
    let mut lines = text.lines().map(|line| line.replace(' ', ""));
    lines.any(|line| line == "#![no_std]" || line.starts_with("#![cfg_attr(not(test),no_std"))
}

/// Packages that compile or bind C, reached from our own crates by other than test edges.
fn foreign(metadata: &Metadata) -> Vec<(String, String)> {
    let Some(resolve) = &metadata.resolve else {
        return Vec::new();
    };
    let nodes: BTreeMap<_, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let mut reached = BTreeSet::new();
    let mut ahead: Vec<_> = metadata.workspace_members.iter().collect();
    while let Some(id) = ahead.pop() {
        if !reached.insert(id) {
            continue;
        }
        let used = nodes.get(id).into_iter().flat_map(|node| &node.deps);
        let product = used.filter(|dependency| {
            dependency
                .dep_kinds
                .iter()
                .any(|kind| is_product(kind.kind, kind.target.as_ref()))
        });
        ahead.extend(product.map(|dependency| &dependency.pkg));
    }
    let packages = metadata
        .packages
        .iter()
        .filter(|package| reached.contains(&package.id));
    packages.filter_map(reason_for_c).collect()
}

/// Crates that only declare what an operating system already offers.
const SYSTEM_INTERFACES: &[&str] = &["linux-raw-sys", "windows-sys", "libc"];

/// Crates whose purpose, in a build script, is to find or compile C.
const C_BUILDERS: &[&str] = &["cc", "cmake", "bindgen", "pkg-config", "vcpkg"];

/// Why `package` counts as C, if it does.
fn reason_for_c(package: &Package) -> Option<(String, String)> {
    let name = package.name.to_string();
    let build = |edge: &&Dependency| edge.kind == DependencyKind::Build && !edge.optional;
    let builder = package
        .dependencies
        .iter()
        .filter(build)
        .find(|edge| C_BUILDERS.contains(&edge.name.as_str()));
    let reason = if is_binding(&name) {
        "binds C".to_owned()
    } else if let Some(builder) = builder {
        format!("builds with `{}`", builder.name)
    } else {
        return None;
    };
    Some((name, reason))
}

/// Whether a crate of this name binds a C library.
pub(crate) fn is_binding(name: &str) -> bool {
    name.ends_with("-sys") && !SYSTEM_INTERFACES.contains(&name)
}
