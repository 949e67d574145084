//! The visible root: fixed, so that a newcomer finds the same rooms everywhere.

use std::fs;

use crate::expect_none;
use crate::sources::root;

const ROOT: [&str; 12] = [
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "NOTICE",
    "README.md",
    "curriculum",
    "deploy",
    "edge",
    "hub",
    "models",
    "sync",
    "tests",
];

#[test]
fn the_root_holds_the_nine_entries() {
    let mut faults = Vec::new();
    for entry in fs::read_dir(root()).expect("the root can be listed") {
        let name = entry.expect("the root can be listed").file_name();
        let name = name.to_string_lossy();
        if !name.starts_with('.') && name != "target" && !ROOT.contains(&name.as_ref()) {
            faults.push(format!("`{name}` has no place at the root"));
        }
    }
    for name in ROOT.iter().filter(|name| !root().join(name).exists()) {
        faults.push(format!("`{name}` is missing"));
    }
    expect_none("the visible root is fixed", &faults);
}

#[test]
fn every_member_tells_what_it_is() {
    let members = [
        "curriculum",
        "models",
        "sync",
        "edge",
        "hub",
        "deploy",
        "tests",
    ];
    let missing = members
        .iter()
        .filter(|name| !root().join(name).join("README.md").exists());
    let faults: Vec<_> = missing
        .map(|name| format!("{name}/README.md is missing"))
        .collect();
    expect_none("a folder without a README", &faults);
}
