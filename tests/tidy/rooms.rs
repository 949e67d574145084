//! Rooms: every folder of code has a sign, and the code inside keeps to it.

use crate::expect_none;
use crate::sources::{CRATES, Source, paths_of, sources};

const SIGN: [&str; 4] = ["In:", "Out:", "Touches:", "Invariant:"];

/// What a sign may promise to do without, and the paths that would break the promise.
const PROMISES: [(&str, &[&[&str]]); 3] = [
    ("clock", &[&["Instant", "now"], &["SystemTime", "now"]]),
    (
        "disk",
        &[
            &["std", "fs"],
            &["tokio", "fs"],
            &["fs", "read"],
            &["File", "open"],
        ],
    ),
    (
        "network",
        &[&["std", "net"], &["tokio", "net"], &["reqwest"]],
    ),
];

#[test]
fn every_room_has_a_sign() {
    let mut faults = Vec::new();
    for source in sources().iter().filter(|source| is_sign(source)) {
        let sign = sign_of(source);
        let missing: Vec<_> = SIGN.iter().filter(|line| !sign.contains(**line)).collect();
        if !missing.is_empty() {
            faults.push(format!("{}: no {missing:?} on the sign", source.path));
        }
    }
    expect_none("a room without a sign", &faults);
}

#[test]
fn a_sign_holds_modules_and_re_exports_only() {
    let mut faults = Vec::new();
    for source in sources()
        .iter()
        .filter(|source| is_sign(source) && !source.is_test())
    {
        for item in source.shipped() {
            let module = matches!(item, syn::Item::Mod(module) if module.content.is_none());
            if !module && !matches!(item, syn::Item::Use(_)) {
                let place = source.line_of(syn::spanned::Spanned::span(item));
                faults.push(format!("{place}: code belongs in a file of the room"));
            }
        }
    }
    expect_none("code on a sign", &faults);
}

#[test]
fn rooms_touch_what_their_sign_lists() {
    let mut faults = Vec::new();
    let sources = sources();
    for room in sources.iter().filter(|source| is_room(source)) {
        let touches = touches_of(room);
        for source in sources.iter().filter(|source| inside(room, source)) {
            for (names, span) in source.shipped().flat_map(paths_of) {
                let Some(touched) = neighbour(&sources, room, &names) else {
                    continue;
                };
                if !touches.contains(&format!("`{touched}`")) {
                    let place = source.line_of(span);
                    faults.push(format!(
                        "{place} touches `{touched}`; {} does not",
                        room.path
                    ));
                }
            }
        }
    }
    faults.dedup();
    expect_none("a room that reaches past its sign", &faults);
}

#[test]
fn rooms_keep_their_promises() {
    let mut faults = Vec::new();
    let sources = sources();
    for room in sources.iter().filter(|source| is_room(source)) {
        let touches = touches_of(room);
        let Some((_, without)) = touches.split_once("No ") else {
            continue;
        };
        for source in sources.iter().filter(|source| inside(room, source)) {
            for (names, span) in source.shipped().flat_map(paths_of) {
                for (promise, paths) in PROMISES.iter().filter(|(name, _)| without.contains(name)) {
                    let broken = |path: &&[&str]| names.windows(path.len()).any(|w| w == *path);
                    if paths.iter().any(broken) {
                        let place = source.line_of(span);
                        faults.push(format!("{place}: {} promises no {promise}", room.path));
                    }
                }
            }
        }
    }
    expect_none("a room that breaks its promise", &faults);
}

fn is_sign(source: &Source) -> bool {
    source.path.ends_with("/mod.rs") || source.path.ends_with("/lib.rs")
}

fn is_room(source: &Source) -> bool {
    source.path.ends_with("/mod.rs") && !source.is_test()
}

/// The doc comment at the top of a file.
fn sign_of(source: &Source) -> String {
    source
        .text
        .lines()
        .take_while(|line| line.starts_with("//!"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The `Touches:` part of a sign, up to the next part.
fn touches_of(source: &Source) -> String {
    let sign = sign_of(source);
    let after = sign.split_once("Touches:").map_or("", |(_, after)| after);
    after
        .split("Invariant:")
        .next()
        .unwrap_or_default()
        .replace("\n//!", " ")
}

fn inside(room: &Source, source: &Source) -> bool {
    let folder = room.path.trim_end_matches("mod.rs");
    source.path.starts_with(folder) && source.path != room.path
}

/// The neighbour a path reaches: another room or file of this crate, or another of our crates.
fn neighbour(sources: &[Source], room: &Source, names: &[String]) -> Option<String> {
    let first = names.first()?;
    if first == "crate" {
        let own = room.module();
        let touched = names.get(1)?;
        let is_module = sources.iter().any(|source| {
            source.member() == room.member() && source.module().first() == Some(&touched.as_str())
        });
        (own.first() != Some(&touched.as_str()) && is_module).then(|| touched.clone())
    } else {
        // A name alone is a variable: a crate is reached by a path into it.
        let reaches = names.len() > 1 && CRATES.contains(&first.as_str());
        (reaches && first != room.member()).then(|| first.clone())
    }
}
