//! A PostgreSQL server of our own: loopback, a free port, a folder; stopped when dropped.
//!
//! PostgreSQL refuses to run as root, so as root it runs as the `postgres` user that its package
//! creates.

use std::{
    io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// A running server. Its folder may be used again after a stop or a crash.
pub struct Postgres {
    bin: PathBuf,
    dir: PathBuf,
    pub port: u16,
}

impl Postgres {
    /// Starts a server over `dir`, which is created and initialised when it is new.
    ///
    /// The folder has to be reachable for the `postgres` user, which folders below a private home
    /// are not.
    pub fn start(dir: &Path) -> io::Result<Self> {
        let bin = newest_bin()?;
        let server = Self {
            bin,
            dir: dir.to_path_buf(),
            port: free_port()?,
        };
        if !dir.join("PG_VERSION").exists() {
            std::fs::create_dir_all(dir)?;
            if is_root() {
                succeed(Command::new("chown").arg("postgres:").arg(dir))?;
            }
            let init = [
                "-U",
                "gandan",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            ];
            succeed(server.as_owner("initdb").arg("-D").arg(dir).args(init))?;
        }
        let options = format!(
            "-c listen_addresses=127.0.0.1 -c port={} -c unix_socket_directories=''",
            server.port
        );
        let log = dir.join("server.log");
        succeed(
            server
                .as_owner("pg_ctl")
                .arg("-D")
                .arg(dir)
                .args(["-w", "-s", "-l"])
                .arg(log)
                .args(["-o", &options])
                .arg("start"),
        )?;
        Ok(server)
    }

    pub fn url(&self) -> String {
        format!("postgres://gandan@127.0.0.1:{}/postgres", self.port)
    }

    fn as_owner(&self, program: &str) -> Command {
        let program = self.bin.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command
                .args(["--reuid=postgres", "--regid=postgres", "--init-groups"])
                .arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir("/");
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // A server that does not stop is reported by the next start over the same folder.
        let _ = succeed(
            self.as_owner("pg_ctl")
                .arg("-D")
                .arg(&self.dir)
                .args(["-m", "fast", "-s", "stop"]),
        );
    }
}

fn newest_bin() -> io::Result<PathBuf> {
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")?
        .flatten()
        .map(|version| version.path().join("bin"))
        .filter(|bin| bin.join("initdb").is_file())
        .collect();
    versions.sort();
    versions.pop().ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::NotFound,
            "no PostgreSQL server; package `postgresql`",
        )
    })
}

fn is_root() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|out| out.stdout.starts_with(b"0\n"))
}

fn succeed(command: &mut Command) -> io::Result<()> {
    let output = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .output()?;
    if output.status.success() {
        return Ok(());
    }
    let program = command.get_program().to_string_lossy().into_owned();
    Err(io::Error::other(format!(
        "{program}: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    )))
}

/// A port that is free now.
pub fn free_port() -> io::Result<u16> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?
        .local_addr()?
        .port())
}
