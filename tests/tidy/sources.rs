//! The workspace's own files, read once.

use std::fs;
use std::path::{Path, PathBuf};

use syn::spanned::Spanned as _;

pub(crate) struct Source {
    /// Path from the workspace's root, such as `edge/src/dialogue/menu.rs`.
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) syntax: syn::File,
}

pub(crate) const CRATES: [&str; 6] = ["curriculum", "models", "sync", "edge", "hub", "tests"];

/// Every Rust file of the workspace, parsed, in order of path.
pub(crate) fn sources() -> Vec<Source> {
    let mut paths = Vec::new();
    for member in CRATES {
        collect(&root().join(member), &mut paths);
    }
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests is inside the workspace")
        .into()
}

impl Source {
    /// `edge` of `edge/src/dialogue/menu.rs`.
    pub(crate) fn member(&self) -> &str {
        self.path.split('/').next().unwrap_or_default()
    }

    /// Parts below `src`, without `.rs`: `["dialogue", "menu"]`. Empty outside `src`.
    pub(crate) fn module(&self) -> Vec<&str> {
        let Some((_, inner)) = self.path.split_once("/src/") else {
            return Vec::new();
        };
        inner.trim_end_matches(".rs").split('/').collect()
    }

    /// True for files whose code never ships.
    pub(crate) fn is_test(&self) -> bool {
        !self.path.contains("/src/")
    }

    /// The items that ship: everything but `#[cfg(test)]` modules and `#![cfg(test)]` files.
    pub(crate) fn shipped(&self) -> impl Iterator<Item = &syn::Item> {
        let ships = !self.syntax.attrs.iter().any(is_for_tests);
        self.syntax
            .items
            .iter()
            .filter(move |item| ships && !is_test_module(item))
    }

    /// The source text of one item.
    pub(crate) fn line_of(&self, span: proc_macro2::Span) -> String {
        format!("{}:{}", self.path, span.start().line)
    }
}

/// Number of source lines an item takes.
pub(crate) fn lines(item: &impl syn::spanned::Spanned) -> usize {
    let span = item.span();
    span.end().line - span.start().line + 1
}

fn is_test_module(item: &syn::Item) -> bool {
    let syn::Item::Mod(module) = item else {
        return false;
    };
    module.attrs.iter().any(is_for_tests)
}

/// `#[cfg(test)]`, on an item or on a whole file.
fn is_for_tests(attribute: &syn::Attribute) -> bool {
    attribute.path().is_ident("cfg")
        && attribute
            .parse_args::<syn::Path>()
            .is_ok_and(|path| path.is_ident("test"))
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).expect("the workspace can be listed");
    for entry in entries {
        let path = entry.expect("the workspace can be listed").path();
        if path.is_dir() && !path.ends_with("target") {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
}

fn read(path: &Path) -> Source {
    let text = fs::read_to_string(path).expect("a source file is UTF-8");
    let syntax = syn::parse_file(&text).unwrap_or_else(|error| {
        panic!(
            "read {}:{}: {error}",
            path.display(),
            error.span().start().line
        )
    });
    let path = path
        .strip_prefix(root())
        .expect("collected below the root")
        .display()
        .to_string();
    Source { path, text, syntax }
}

/// Every path written in an item, such as `crate::grade::Outcome`, as its leading identifiers.
pub(crate) fn paths_of(item: &syn::Item) -> Vec<(Vec<String>, proc_macro2::Span)> {
    let mut visitor = Paths(Vec::new());
    syn::visit::Visit::visit_item(&mut visitor, item);
    visitor.0
}

struct Paths(Vec<(Vec<String>, proc_macro2::Span)>);

impl<'ast> syn::visit::Visit<'ast> for Paths {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        self.0.push((names, path.span()));
        syn::visit::visit_path(self, path);
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        flatten(&item.tree, &mut Vec::new(), &mut self.0);
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if !is_test_module(&syn::Item::Mod(module.clone())) {
            syn::visit::visit_item_mod(self, module);
        }
    }
}

fn flatten(
    tree: &syn::UseTree,
    prefix: &mut Vec<String>,
    found: &mut Vec<(Vec<String>, proc_macro2::Span)>,
) {
    let leaf = |name: &syn::Ident, prefix: &[String]| {
        let mut names = prefix.to_vec();
        names.push(name.to_string());
        (names, name.span())
    };
    match tree {
        syn::UseTree::Path(path) => {
            prefix.push(path.ident.to_string());
            flatten(&path.tree, prefix, found);
            prefix.pop();
        }
        syn::UseTree::Name(name) => found.push(leaf(&name.ident, prefix)),
        syn::UseTree::Rename(rename) => found.push(leaf(&rename.ident, prefix)),
        syn::UseTree::Glob(glob) => found.push((prefix.clone(), glob.span())),
        syn::UseTree::Group(group) => {
            group
                .items
                .iter()
                .for_each(|inner| flatten(inner, prefix, found));
        }
    }
}
