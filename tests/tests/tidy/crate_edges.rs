//! Dependencies point one way: cli → client-core → sync-protocol → model and
//! server → sync-protocol → model. `docs/ARCHITECTURE.md` says why.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::tree;

/// What `cargo metadata` tells.
#[derive(Deserialize)]
pub struct Metadata {
    pub packages: Vec<Package>,
    workspace_members: BTreeSet<String>,
    resolve: Resolve,
}

#[derive(Deserialize)]
pub struct Package {
    pub id: String,
    pub name: String,
    pub version: String,
    pub license: Option<String>,
    pub source: Option<String>,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
    optional: bool,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<NodeDep>,
}

#[derive(Deserialize)]
struct NodeDep {
    pkg: String,
    dep_kinds: Vec<DepKind>,
}

#[derive(Deserialize)]
struct DepKind {
    kind: Option<String>,
}

/// The workspace as cargo sees it, with everything it builds on.
pub static METADATA: LazyLock<Metadata> = LazyLock::new(|| {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked", "--all-features"])
        .current_dir(tree::root())
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "cargo metadata failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("cargo metadata is the JSON it promises")
});

/// Which crates of ours each of ours may import.
const EDGES: &[(&str, &[&str])] = &[
    ("umbra-model", &[]),
    ("umbra-ical", &["umbra-model"]),
    ("umbra-sync-protocol", &["umbra-model"]),
    ("umbra-client-core", &["umbra-model", "umbra-sync-protocol"]),
    ("umbra-server", &["umbra-model", "umbra-sync-protocol", "umbra-server-macros"]),
    ("umbra-server-macros", &[]),
    ("umbra-cli", &["umbra-model", "umbra-ical", "umbra-sync-protocol", "umbra-client-core"]),
    (
        "umbra-tests",
        &["umbra-model", "umbra-ical", "umbra-sync-protocol", "umbra-client-core", "umbra-server"],
    ),
    (
        "umbra-benches",
        &["umbra-model", "umbra-ical", "umbra-sync-protocol", "umbra-client-core", "umbra-server"],
    ),
];

/// Runtimes, databases, networks, clocks and dice: what no pure crate may import,
/// not even through another.
const IMPURE: &[&str] = &[
    "tokio",
    "async-std",
    "smol",
    "mio",
    "socket2",
    "sqlx",
    "sqlx-core",
    "rusqlite",
    "libsqlite3-sys",
    "axum",
    "hyper",
    "reqwest",
    "tungstenite",
    "tokio-tungstenite",
    "rustls",
    "tempfile",
    "directories",
];

/// What Automerge brings along for random actor ids. It is never called, since we
/// give every actor id, and `purity` checks that no pure crate names it.
const THROUGH_AUTOMERGE: &[&str] = &["getrandom", "rand"];

#[test]
fn dependencies_point_one_way() {
    let ours: BTreeSet<_> = METADATA.members().map(|it| it.name.as_str()).collect();
    let listed: BTreeSet<_> = EDGES.iter().map(|(name, _)| *name).collect();
    assert_eq!(ours, listed, "each crate of the workspace has its line in EDGES");
    for package in METADATA.members() {
        let allowed =
            EDGES.iter().find(|(name, _)| *name == package.name).map_or(&[][..], |it| it.1);
        for dependency in &package.dependencies {
            assert!(
                !ours.contains(dependency.name.as_str())
                    || allowed.contains(&dependency.name.as_str()),
                "{} must not import {}{}",
                package.name,
                dependency.name,
                if dependency.kind.as_deref() == Some("dev") {
                    ", not even in its tests"
                } else {
                    ""
                },
            );
        }
    }
}

#[test]
fn pure_crates_import_no_runtime_no_sql_no_http() {
    for name in ["umbra-model", "umbra-ical", "umbra-sync-protocol"] {
        let direct = METADATA.normal_dependencies(name, true);
        assert_pure(name, &direct);
        for dice in THROUGH_AUTOMERGE {
            assert!(!direct.contains(*dice), "{name} must not roll dice ({dice})");
        }
    }
}

/// With its edges switched off, the client engine is as pure as the rest.
#[test]
fn the_client_core_is_pure_without_its_features() {
    let direct = METADATA.normal_dependencies("umbra-client-core", false);
    assert_pure("umbra-client-core", &direct);
    for dice in THROUGH_AUTOMERGE {
        assert!(!direct.contains(*dice), "the client's core must not roll dice ({dice})");
    }
}

fn assert_pure(name: &str, direct: &BTreeSet<String>) {
    let all = METADATA.closure(direct);
    assert!(all.contains("serde"), "{name}: the closure was computed from nothing");
    for impure in IMPURE {
        assert!(
            !all.contains(*impure),
            "{name} is pure and must not import {impure}, not even through another crate"
        );
    }
}

impl Metadata {
    /// The crates of this workspace.
    pub fn members(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|it| self.workspace_members.contains(&it.id))
    }

    /// What a crate of ours imports outside of tests and build scripts.
    fn normal_dependencies(&self, name: &str, optional_too: bool) -> BTreeSet<String> {
        let package = self.members().find(|it| it.name == name).expect("a crate of ours");
        package
            .dependencies
            .iter()
            .filter(|it| it.kind.is_none() && (optional_too || !it.optional))
            .map(|it| it.name.clone())
            .collect()
    }

    /// These crates and everything that they build on.
    fn closure(&self, names: &BTreeSet<String>) -> BTreeSet<&str> {
        let nodes: BTreeMap<_, _> = self.resolve.nodes.iter().map(|it| (&*it.id, it)).collect();
        let by_id: BTreeMap<_, _> = self.packages.iter().map(|it| (&*it.id, it)).collect();
        let mut waiting: Vec<_> =
            self.packages.iter().filter(|it| names.contains(&it.name)).map(|it| &*it.id).collect();
        let mut seen = BTreeSet::new();
        while let Some(id) = waiting.pop() {
            if seen.insert(id) {
                let deps = nodes[id].deps.iter();
                let normal = deps.filter(|it| it.dep_kinds.iter().any(|kind| kind.kind.is_none()));
                waiting.extend(normal.map(|it| &*it.pkg));
            }
        }
        seen.into_iter().map(|id| &*by_id[id].name).collect()
    }
}
