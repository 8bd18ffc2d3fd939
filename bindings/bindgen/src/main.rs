//! UniFFI's generator at exactly the version that the library was built with.
//!
//! `gandan-bindgen generate <library> --language kotlin --out-dir <dir> --config bindings/uniffi.toml --no-format`
//! (`--language swift` likewise). A package of its own: it takes minutes to build.

fn main() {
    uniffi::uniffi_bindgen_main();
}
