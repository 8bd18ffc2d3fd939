//! `gandan-web`: see `gandan-web --help`, and `docs/operations.md`.

fn main() -> std::process::ExitCode {
    gandan_web::serve::main()
}
