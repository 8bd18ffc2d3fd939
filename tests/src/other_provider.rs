//! The backend, pointed by configuration at an OpenID provider that is not ours, logs in.
//!
//! The provider is the certified `oidc-provider` of npm; the client is written in another language
//! from `docs/api.md` alone. Nothing of ours is on either side of the backend.

use std::{
    io::{self, BufRead, BufReader},
    path::Path,
    process::{Command, ExitCode, Stdio},
};

use crate::{
    cli::{free_port_base, say},
    postgres::free_port,
    stack::{Part, Provider, Stack, StackConfig, root},
};

pub fn run(data: &Path) -> io::Result<ExitCode> {
    if data.exists() {
        std::fs::remove_dir_all(data)?;
    }
    std::fs::create_dir_all(data)?;
    let log = std::fs::File::create(data.join("provider.log"))?;
    let folder = root().join("tests/oidc-provider");
    let (port, port_base) = (free_port()?, free_port_base()?);
    let mut provider = Command::new("node")
        .arg("server.mjs")
        .arg(port.to_string())
        .arg(format!("http://127.0.0.1:{}/oauth/callback", port_base + 1))
        .current_dir(&folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()?;
    let mut ready = String::new();
    // Kept to the end: a provider that cannot write what it has to say may die of it.
    let mut output = provider.stdout.take().map(BufReader::new);
    if let Some(output) = &mut output {
        output.read_line(&mut ready)?;
    }
    let issuer = ready.trim().strip_prefix("ready ").map(str::to_owned);
    let issuer = issuer.ok_or_else(|| io::Error::other("start the provider: it said nothing"))?;
    say(&format!("another OpenID provider is up at {issuer}"));
    let stack = Stack::start(StackConfig {
        data: data.to_path_buf(),
        port_base,
        postgres: None,
        provider: Some(Provider {
            issuer,
            client_id: "gandan".into(),
            client_secret: "a-secret-for-a-test-provider-only".into(),
        }),
        say,
    })?;
    let backend = stack.config().url(Part::Backend);
    let status = Command::new("node")
        .arg("login.mjs")
        .arg(backend)
        .current_dir(&folder)
        .status()?;
    drop(stack);
    // It ends when its input does.
    drop(provider.stdin.take());
    provider.wait()?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
