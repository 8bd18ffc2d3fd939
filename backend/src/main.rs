//! `gandan-backend`: see `gandan-backend help`, and `docs/operations.md`.

fn main() -> std::process::ExitCode {
    gandan_backend::serve::main()
}
