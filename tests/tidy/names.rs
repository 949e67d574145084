//! Names that the house does not use.

use syn::visit::Visit;

use crate::expect_none;
use crate::sources::{paths_of, sources};

/// Folders for everything end up holding everything.
const FILES: [&str; 7] = [
    "utils", "util", "common", "helpers", "types", "prelude", "misc",
];

/// Type names from the "never say" column of the style guide, and what to say.
const TYPES: [(&str, &str); 8] = [
    ("Box", "the edge computer is `BoxId` or `box_id`"),
    ("Student", "Learner"),
    ("Caller", "Learner"),
    ("Account", "User"),
    ("Response", "Answer"),
    ("Score", "Grade"),
    ("Device", "box"),
    ("Offset", "Cursor"),
];

#[test]
fn no_file_is_a_dumping_ground() {
    let mut faults = Vec::new();
    for source in &sources() {
        if let Some(name) = source
            .path
            .trim_end_matches(".rs")
            .split('/')
            .find(|p| FILES.contains(p))
        {
            faults.push(format!(
                "{}: `{name}`; name it after the noun it holds",
                source.path
            ));
        }
    }
    expect_none("a file without a noun", &faults);
}

#[test]
fn types_use_the_words_of_the_house() {
    let mut faults = Vec::new();
    for source in &sources() {
        for item in source.shipped() {
            let ident = match item {
                syn::Item::Struct(item) => &item.ident,
                syn::Item::Enum(item) => &item.ident,
                syn::Item::Trait(item) => &item.ident,
                syn::Item::Type(item) => &item.ident,
                _ => continue,
            };
            if let Some((name, say)) = TYPES.iter().find(|(name, _)| ident == name) {
                faults.push(format!(
                    "{}: `{name}`; say {say}",
                    source.line_of(ident.span())
                ));
            }
        }
    }
    expect_none("a word the house does not use", &faults);
}

#[test]
fn our_crate_sync_is_never_hidden() {
    let mut faults = Vec::new();
    for source in &sources() {
        for item in source
            .syntax
            .items
            .iter()
            .filter(|item| matches!(item, syn::Item::Use(_)))
        {
            for (names, span) in paths_of(item) {
                if names == ["std", "sync"] {
                    faults.push(source.line_of(span));
                }
            }
        }
    }
    expect_none("`use std::sync;` hides our crate", &faults);
}

#[test]
fn no_test_is_ignored_and_nothing_is_left_to_do() {
    let mut faults = Vec::new();
    for source in &sources() {
        let mut unfinished = Unfinished(Vec::new());
        unfinished.visit_file(&source.syntax);
        for (what, span) in unfinished.0 {
            faults.push(format!("{}: {what}", source.line_of(span)));
        }
    }
    expect_none("unfinished", &faults);
}

struct Unfinished(Vec<(String, proc_macro2::Span)>);

impl<'ast> Visit<'ast> for Unfinished {
    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        let path = attribute.path();
        if path.is_ident("ignore") || path.is_ident("allow") {
            let name = path
                .get_ident()
                .map(ToString::to_string)
                .unwrap_or_default();
            self.0
                .push((format!("#[{name}]"), attribute.pound_token.span));
        }
    }

    fn visit_macro(&mut self, invoked: &'ast syn::Macro) {
        let path = &invoked.path;
        if path.is_ident("todo") || path.is_ident("unimplemented") || path.is_ident("dbg") {
            let name = path
                .get_ident()
                .map(ToString::to_string)
                .unwrap_or_default();
            self.0.push((format!("{name}!"), invoked.bang_token.span));
        }
        syn::visit::visit_macro(self, invoked);
    }
}
