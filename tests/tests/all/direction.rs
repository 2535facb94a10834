//! Who depends on whom: the pure crates decide, the gateway does, the stand-ins know nothing of it.

use std::collections::BTreeSet;
use std::process::Command;

use crate::harness::programs::{repository, succeed};

const OURS: [&str; 8] = [
    "billing",
    "firmware-sim",
    "gateway",
    "sandbox",
    "sensing",
    "store",
    "vocabulary",
    "wayfinding",
];

#[test]
fn each_crate_depends_only_on_those_below_it() {
    for (of, allowed) in [
        ("vocabulary", &[][..]),
        ("sensing", &["vocabulary"]),
        ("billing", &["vocabulary"]),
        ("wayfinding", &["vocabulary"]),
        ("store", &["billing", "sensing", "vocabulary"]),
        ("sandbox", &[]),
        ("firmware-sim", &["billing", "vocabulary"]),
    ] {
        let tree = dependencies(of);
        let ours: Vec<&str> =
            OURS.into_iter().filter(|name| *name != of && tree.contains(*name)).collect();
        let foreign: Vec<&&str> = ours.iter().filter(|name| !allowed.contains(name)).collect();
        assert!(foreign.is_empty(), "{of} depends on {foreign:?}");
    }
}

#[test]
fn the_pure_crates_have_no_clock_network_database_log_or_chance() {
    const IMPURE: [&str; 14] = [
        "tokio",
        "mio",
        "async-std",
        "sqlx",
        "sqlx-core",
        "axum",
        "hyper",
        "reqwest",
        "rumqttc",
        "rmqtt",
        "tracing",
        "log",
        "rand",
        "getrandom",
    ];
    // As the gateway uses it; the price office's program draws documents with a crate that may log.
    let billing = tree(&["-p", "billing", "--no-default-features"]);
    let trees = ["vocabulary", "sensing", "wayfinding"].map(|of| (of, dependencies(of)));
    for (of, tree) in trees.into_iter().chain([("billing", billing)]) {
        let impure: Vec<&str> = IMPURE.into_iter().filter(|name| tree.contains(*name)).collect();
        assert!(impure.is_empty(), "{of} depends on {impure:?}");
    }
    let program = dependencies("billing");
    let impure: Vec<&str> = IMPURE.into_iter().filter(|name| program.contains(*name)).collect();
    assert!(impure.iter().all(|name| *name == "log"), "the program depends on {impure:?}");
}

#[test]
fn a_release_image_has_neither_broker_nor_stand_ins() {
    let tree = tree(&["-p", "gateway", "--no-default-features"]);
    for name in ["rmqtt", "sandbox", "firmware-sim"] {
        assert!(!tree.contains(name), "gateway without default features depends on {name}");
    }
}

fn dependencies(of: &str) -> BTreeSet<String> {
    tree(&["-p", of])
}

/// Names of everything in a crate's tree, without what only its tests need.
fn tree(arguments: &[&str]) -> BTreeSet<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["tree", "--locked", "--offline", "--edges", "normal,build", "--prefix", "none"]);
    let text = succeed(command.args(["--format", "{p}"]).args(arguments).current_dir(repository()));
    let names = text.lines().filter_map(|line| line.split_whitespace().next());
    names.map(str::to_owned).collect()
}
