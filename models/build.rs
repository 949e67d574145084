//! Links what espeak-rs-sys leaves out: it compiles espeak-ng against libsonic, found by its
//! header, and does not say so to the linker.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-link-lib=dylib=sonic");
}
