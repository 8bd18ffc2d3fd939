//! Measurements of the rules: `gandan-benches search …`.

mod search;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.first().map(String::as_str) {
        Some("search") => search::run(&args[1..]),
        _ => {
            eprintln!("gandan-benches search");
            std::process::exit(2);
        }
    }
}
