//! What cargo resolves for this machine: packages and what they need to build, without their tests.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};
use cargo_metadata::{DependencyKind, MetadataCommand};

use crate::tidy::violation::Violation;

/// Packages by cargo's id of them.
pub(crate) struct Graph {
    packages: BTreeMap<String, Package>,
}

#[derive(Default)]
pub(super) struct Package {
    pub(super) name: String,
    manifest: String,
    pub(super) is_member: bool,
    needs: BTreeSet<String>,
    /// The features that the manifest asks of tokio.
    pub(super) tokio_features: Vec<String>,
}

/// How far a wall looks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// What the manifest names.
    Direct,
    /// That, and all it needs in turn.
    Through,
}

impl Package {
    pub(super) fn violation(&self, sentence: String, remedy: &'static str) -> Violation {
        Violation::new(&self.manifest, 1, sentence, remedy)
    }
}

impl Graph {
    /// Asks cargo; the answer is for the machine that asks.
    pub(crate) fn resolve(root: &Path) -> anyhow::Result<Self> {
        let metadata = MetadataCommand::new()
            .current_dir(root)
            .other_options(["--filter-platform".to_owned(), host()?])
            .exec()
            .context("`cargo metadata` failed")?;
        let mut packages = BTreeMap::new();
        let built = built(root)?;
        for package in &metadata.packages {
            // The metadata also names what a feature could bring and no feature here does.
            if !built.contains(&format!("{} v{}", package.name, package.version)) {
                continue;
            }
            let manifest = package
                .manifest_path
                .strip_prefix(&metadata.workspace_root)
                .unwrap_or(&package.manifest_path);
            let tokio_features = package
                .dependencies
                .iter()
                .filter(|dependency| dependency.name == "tokio" && dependency.kind == DependencyKind::Normal)
                .flat_map(|dependency| dependency.features.clone())
                .collect();
            let is_member = metadata.workspace_members.contains(&package.id);
            let package_here = Package {
                name: package.name.to_string(),
                manifest: manifest.to_string(),
                is_member,
                needs: BTreeSet::new(),
                tokio_features,
            };
            packages.insert(package.id.repr.clone(), package_here);
        }
        let resolve = metadata.resolve.context("`cargo metadata` resolved nothing")?;
        for node in resolve.nodes {
            let needs = node.deps.into_iter().filter(|dep| {
                dep.dep_kinds
                    .iter()
                    .any(|kind| matches!(kind.kind, DependencyKind::Normal | DependencyKind::Build))
            });
            if let Some(package) = packages.get_mut(&node.id.repr) {
                package.needs = needs.map(|dep| dep.pkg.repr).collect();
            }
        }
        Ok(Self { packages })
    }

    /// The crates of the workspace.
    pub(super) fn members(&self) -> impl Iterator<Item = &Package> {
        self.packages.values().filter(|package| package.is_member)
    }

    /// The shortest chain from a package to each one that is refused, as `a -> b -> c`.
    pub(super) fn chains(
        &self,
        from: &Package,
        reach: Reach,
        refused: impl Fn(&Package) -> bool,
    ) -> Vec<String> {
        let mut found = Vec::new();
        let mut seen = BTreeSet::new();
        let mut queue = VecDeque::from([(from, from.name.clone())]);
        while let Some((package, chain)) = queue.pop_front() {
            for id in package.needs.iter().filter(|id| seen.insert((*id).clone())) {
                let Some(need) = self.packages.get(id) else {
                    continue;
                };
                let longer = format!("{chain} -> {}", need.name);
                if refused(need) {
                    found.push(longer);
                } else if reach == Reach::Through {
                    queue.push_back((need, longer));
                }
            }
        }
        found
    }
}

/// `name vVersion` of everything that a build of the workspace, without its tests, compiles.
fn built(root: &Path) -> anyhow::Result<BTreeSet<String>> {
    let output = crate::server_process::cargo()
        .args(["tree", "--workspace", "--edges", "normal,build", "--prefix", "none", "--quiet"])
        .current_dir(root)
        .output()
        .context("cargo cannot be run")?;
    if !output.status.success() {
        bail!("`cargo tree` failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let listing = String::from_utf8_lossy(&output.stdout).into_owned();
    let packages = listing.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        Some(format!("{} {}", words.next()?, words.next()?))
    });
    Ok(packages.collect())
}

/// The platform of this machine, in rustc's words.
fn host() -> anyhow::Result<String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("-vV").output().context("rustc cannot be run")?;
    let words = String::from_utf8_lossy(&output.stdout).into_owned();
    match words.lines().find_map(|line| line.strip_prefix("host: ")) {
        Some(host) => Ok(host.to_owned()),
        None => bail!("`rustc -vV` names no host"),
    }
}

#[cfg(test)]
impl Graph {
    /// A graph for the unit tests; every crate named `callsign…` is a member.
    pub(super) fn fake(edges: &[(&str, &str)]) -> Self {
        let mut packages: BTreeMap<String, Package> = BTreeMap::new();
        for (from, to) in edges {
            for name in [from, to] {
                let package = packages.entry((*name).to_owned()).or_default();
                package.name = (*name).to_owned();
                package.is_member = name.starts_with("callsign");
                package.manifest = format!("crates/{}/Cargo.toml", name.trim_start_matches("callsign-"));
            }
            packages.entry((*from).to_owned()).or_default().needs.insert((*to).to_owned());
        }
        Self { packages }
    }

    pub(super) fn ask_tokio_of(&mut self, name: &str, features: &[&str]) {
        if let Some(package) = self.packages.get_mut(name) {
            package.tokio_features = features.iter().map(|feature| (*feature).to_owned()).collect();
        }
    }
}
