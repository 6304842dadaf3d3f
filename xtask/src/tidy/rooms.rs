//! The walls between the rooms, checked on what cargo resolves: which crate may see which.

mod graph;

use super::violation::Violation;
pub(super) use graph::Graph;
use graph::{Package, Reach};

/// What a room must never see. A room that does not exist yet is skipped.
struct Wall {
    room: &'static str,
    reach: Reach,
    never: &'static [&'static str],
}

const WALLS: [Wall; 8] = [
    Wall {
        room: "callsign-protocol",
        reach: Reach::Through,
        never: &["tokio", "hyper", "axum", "http", OURS],
    },
    Wall {
        room: "callsign-core",
        reach: Reach::Through,
        never: &["hyper", "axum", "http", "rusqlite", "tokio-postgres", "callsign-store", "callsign-server"],
    },
    Wall {
        room: "callsign-store",
        reach: Reach::Through,
        never: &["hyper", "axum", "http", "callsign-server"],
    },
    Wall {
        room: "callsign-client",
        reach: Reach::Through,
        never: &["callsign-core", "callsign-store", "callsign-server"],
    },
    Wall {
        room: "callsign-verifier",
        reach: Reach::Through,
        never: &["callsign-core", "callsign-store", "callsign-server"],
    },
    Wall {
        room: "callsign-trusted",
        reach: Reach::Through,
        never: &["callsign-core", "callsign-store", "callsign-server"],
    },
    Wall { room: "callsign", reach: Reach::Direct, never: &["callsign-core", "callsign-store"] },
    Wall { room: "callsign-multibuffer", reach: Reach::Through, never: &[OURS] },
];

/// Stands for every crate of the workspace.
const OURS: &str = "callsign-*";

/// One crypto library is enough, and the `rsa` crate never touches a private key.
const NOWHERE: [&str; 4] = ["ring", "rsa", "openssl", "openssl-sys"];

/// What core may ask of tokio: channels and locks, no I/O, no clock, no runtime.
const CORE_TOKIO_FEATURES: [&str; 1] = ["sync"];

pub(super) fn check(graph: &Graph) -> Vec<Violation> {
    let mut violations: Vec<Violation> = WALLS.iter().flat_map(|wall| breaches(graph, wall)).collect();
    for room in graph.members() {
        for chain in graph.chains(room, Reach::Through, |package| NOWHERE.contains(&package.name.as_str())) {
            let sentence = format!("A refused crate is in the graph: {chain}.");
            violations.push(room.violation(sentence, "find the feature that brings it and turn it off"));
        }
    }
    violations.extend(core_tokio_features(graph));
    violations
}

fn breaches(graph: &Graph, wall: &Wall) -> Vec<Violation> {
    let Some(room) = graph.members().find(|package| package.name == wall.room) else {
        return Vec::new();
    };
    graph
        .chains(room, wall.reach, |package| wall.refuses(package))
        .into_iter()
        .map(|chain| {
            let sentence = format!("`{}` sees what it must not see: {chain}.", wall.room);
            room.violation(
                sentence,
                "move the code into the room that may see it; ARCHITECTURE.md has the map",
            )
        })
        .collect()
}

impl Wall {
    fn refuses(&self, package: &Package) -> bool {
        self.never.contains(&package.name.as_str()) || (self.never.contains(&OURS) && package.is_member)
    }
}

fn core_tokio_features(graph: &Graph) -> Option<Violation> {
    let core = graph.members().find(|package| package.name == "callsign-core")?;
    let feature =
        core.tokio_features.iter().find(|feature| !CORE_TOKIO_FEATURES.contains(&feature.as_str()))?;
    let sentence = format!("`callsign-core` asks tokio for `{feature}`.");
    Some(core.violation(sentence, "core has no I/O and no clock: only `sync` is allowed"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::violation::found;

    fn fires(edges: &[(&str, &str)]) -> Vec<String> {
        found(&check(&Graph::fake(edges)))
    }

    #[test]
    fn what_a_room_may_see_is_quiet() {
        let edges = [
            ("callsign-server", "callsign-core"),
            ("callsign-core", "callsign-protocol"),
            ("callsign-core", "tokio"),
        ];
        assert_eq!(fires(&edges), [""; 0]);
    }

    #[test]
    fn a_refused_crate_is_found_through_others() {
        assert_eq!(
            fires(&[("callsign-protocol", "serde"), ("serde", "tokio")]),
            [
                "crates/protocol/Cargo.toml:1: `callsign-protocol` sees what it must not see: callsign-protocol -> serde -> tokio."
            ]
        );
    }

    #[test]
    fn the_binary_may_see_core_through_the_server_only() {
        assert_eq!(fires(&[("callsign", "callsign-server"), ("callsign-server", "callsign-core")]), [""; 0]);
        assert_eq!(fires(&[("callsign", "callsign-core")]).len(), 1);
    }

    #[test]
    fn the_room_of_foreign_functions_sees_nothing_of_ours() {
        assert_eq!(fires(&[("callsign-multibuffer", "callsign-protocol")]).len(), 1);
        assert_eq!(fires(&[("callsign-multibuffer", "libc")]), [""; 0]);
    }

    #[test]
    fn a_second_crypto_library_is_found_anywhere() {
        assert_eq!(
            fires(&[("callsign-server", "rcgen"), ("rcgen", "ring")]),
            [
                "crates/server/Cargo.toml:1: A refused crate is in the graph: callsign-server -> rcgen -> ring."
            ]
        );
    }

    #[test]
    fn core_asks_tokio_for_sync_only() {
        let mut graph = Graph::fake(&[("callsign-core", "tokio")]);
        graph.ask_tokio_of("callsign-core", &["sync"]);
        assert_eq!(check(&graph), []);
        graph.ask_tokio_of("callsign-core", &["sync", "time"]);
        assert_eq!(check(&graph).len(), 1);
    }
}
