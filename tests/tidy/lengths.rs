//! Files and functions that fit in a head.

use syn::visit::Visit;

use crate::expect_none;
use crate::sources::{lines, sources};

const FILE_LINES_MAX: usize = 800;
const FUNCTION_LINES_MAX: usize = 70;

#[test]
fn no_file_is_longer_than_800_lines() {
    let long = |text: &str| text.lines().count() > FILE_LINES_MAX;
    let faults: Vec<_> = sources()
        .iter()
        .filter(|source| long(&source.text))
        .map(|source| {
            format!(
                "{}: {} lines; split by noun",
                source.path,
                source.text.lines().count()
            )
        })
        .collect();
    expect_none("a file too long", &faults);
}

#[test]
fn no_function_is_longer_than_70_lines() {
    let mut faults = Vec::new();
    for source in &sources() {
        let mut functions = Functions(Vec::new());
        functions.visit_file(&source.syntax);
        for (name, start, length) in functions.0 {
            if length > FUNCTION_LINES_MAX {
                faults.push(format!("{}:{start} fn {name}: {length} lines", source.path));
            }
        }
    }
    expect_none("a function too long", &faults);
}

struct Functions(Vec<(String, usize, usize)>);

impl Functions {
    fn note(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let start = signature.fn_token.span.start().line;
        let length = block.brace_token.span.close().end().line - start + 1;
        self.0.push((signature.ident.to_string(), start, length));
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.note(&function.sig, &function.block);
        syn::visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.note(&function.sig, &function.block);
        syn::visit::visit_impl_item_fn(self, function);
    }
}

#[test]
fn the_measure_counts_every_line() {
    let file = syn::parse_file("fn a() {\n\n\n}\n").unwrap();
    let mut functions = Functions(Vec::new());
    functions.visit_file(&file);
    assert_eq!(functions.0, [("a".to_owned(), 1, 4)]);
    assert_eq!(lines(&file.items[0]), 4);
}
