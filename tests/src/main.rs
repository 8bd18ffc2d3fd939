//! See [`gandan_tests::cli`].

fn main() -> std::process::ExitCode {
    gandan_tests::cli::main()
}
