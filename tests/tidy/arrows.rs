//! Arrows between crates, and which file may name which library.

use std::fs;

use crate::expect_none;
use crate::sources::{CRATES, paths_of, root, sources};

/// Who may use whom. `tests` may use all.
const ARROWS: [(&str, &[&str]); 5] = [
    ("curriculum", &[]),
    ("models", &["curriculum"]),
    ("sync", &["curriculum"]),
    ("edge", &["curriculum", "models", "sync"]),
    ("hub", &["curriculum", "models", "sync"]),
];

/// Libraries behind a door: only files below the folder may name them.
const DOORS: [(&str, &str); 8] = [
    ("whisper_rs", "models/src/whisper"),
    ("piper_rs", "models/src/piper"),
    ("espeak_rs", "models/src/piper"),
    ("espeak_rs_sys", "models/src/piper"),
    ("ort", "models/src/onnx"),
    ("tokenizers", "models/src/onnx"),
    ("harper_core", "models/src/grammar"),
    ("quinn", "sync/src/quic"),
];

#[test]
fn crates_use_each_other_one_way() {
    let mut faults = Vec::new();
    for (member, allowed) in ARROWS {
        let path = root().join(member).join("Cargo.toml");
        let manifest = fs::read_to_string(&path).expect("a member has a manifest");
        let manifest: toml::Table = manifest.parse().expect("a manifest is TOML");
        for section in ["dependencies", "build-dependencies", "dev-dependencies"] {
            let names = manifest.get(section).and_then(toml::Value::as_table);
            for name in names.into_iter().flat_map(toml::Table::keys) {
                if CRATES.contains(&name.as_str()) && !allowed.contains(&name.as_str()) {
                    faults.push(format!("{member}/Cargo.toml [{section}] uses `{name}`"));
                }
            }
        }
    }
    expect_none("an arrow that the house does not have", &faults);
}

#[test]
fn engines_are_named_behind_their_doors_only() {
    let mut faults = Vec::new();
    for source in sources().iter().filter(|source| !source.is_test()) {
        for (names, span) in source.shipped().flat_map(paths_of) {
            let first = names.first().map_or("", String::as_str);
            let door = DOORS.iter().find(|(library, _)| *library == first);
            if let Some((library, folder)) = door
                && !source.path.starts_with(folder)
            {
                let place = source.line_of(span);
                faults.push(format!("{place} names `{library}`; only {folder} may"));
            }
        }
    }
    expect_none("a library outside its door", &faults);
}

#[test]
fn no_crate_re_exports_another_crates_items() {
    let mut faults = Vec::new();
    for source in sources().iter().filter(|source| !source.is_test()) {
        for item in source.shipped() {
            let syn::Item::Use(reexport) = item else {
                continue;
            };
            let public = matches!(reexport.vis, syn::Visibility::Public(_));
            for (names, span) in paths_of(item) {
                let first = names.first().map_or("", String::as_str);
                let own = ["crate", "self", "super"].contains(&first) || is_module(source, first);
                if public && !own {
                    faults.push(format!("{} re-exports `{first}`", source.line_of(span)));
                }
            }
        }
    }
    expect_none("`pub use` of another crate's items", &faults);
}

/// True if `name` is a module declared in this file.
fn is_module(source: &crate::sources::Source, name: &str) -> bool {
    source
        .shipped()
        .any(|item| matches!(item, syn::Item::Mod(module) if module.ident == name))
}
