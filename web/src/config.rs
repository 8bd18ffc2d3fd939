//! How the shell is told where things are: flags, and behind each an environment variable.

use std::{net::SocketAddr, path::PathBuf};

use clap::Parser;
use gandan_domain::{jws::PublicKey, text::Lang};

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// Serves the app as web pages.
#[derive(Parser, Default)]
#[command(name = "gandan-web", version, about = "Gần Dân as web pages")]
pub struct Flags {
    /// Address and port [GANDAN_WEB_LISTEN]
    #[arg(long)]
    listen: Option<String>,
    /// Scheme and host of the backend, no slash at the end [GANDAN_WEB_BACKEND]
    #[arg(long)]
    backend: Option<String>,
    /// Where visitors' sealed stores are kept [GANDAN_WEB_DATA]
    #[arg(long)]
    data: Option<String>,
    /// The signed content pack [GANDAN_WEB_CONTENT]
    #[arg(long)]
    content: Option<String>,
    /// The key set, signed by the root [GANDAN_WEB_KEYSET]
    #[arg(long)]
    keyset: Option<String>,
    /// The root's public key, a JWK file [GANDAN_WEB_ROOT_KEY]
    #[arg(long)]
    root_key: Option<String>,
    /// Scheme, host and port as browsers see them, no slash at the end [GANDAN_WEB_PUBLIC_URL]
    #[arg(long)]
    public_url: Option<String>,
    /// The language to begin with instead of asking for it [GANDAN_WEB_LANG]
    #[arg(long)]
    lang: Option<String>,
    /// A machine that strangers use one after the other: short time-out, everything erased [GANDAN_WEB_KIOSK=1]
    #[arg(long)]
    kiosk: bool,
    /// Minutes without a sign of the person until everything is erased: on a machine of one's own,
    /// 30 days; on a shared one, 30 minutes; on a kiosk, 3 [GANDAN_WEB_IDLE_MINUTES]
    #[arg(long)]
    idle_minutes: Option<i64>,
    /// End when standard input ends
    #[arg(long)]
    pub exit_with_stdin: bool,
}

/// Whose machine the browser runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Machine {
    /// The visitor's own, unless the visitor says that others use it too.
    Own,
    /// Strangers use it one after the other.
    Kiosk,
}

#[derive(Clone)]
pub struct Config {
    pub listen: SocketAddr,
    pub backend: String,
    pub data: PathBuf,
    pub content: PathBuf,
    pub keyset: PathBuf,
    pub root_key: PublicKey,
    pub public_url: String,
    pub lang: Option<Lang>,
    pub machine: Machine,
    /// After how long without a sign of the person everything is erased: on one's own machine (or
    /// a kiosk), and on a machine that the visitor says is shared.
    pub idle_ms: i64,
    pub shared_idle_ms: i64,
}

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("start: --{0} is missing")]
    Missing(&'static str),
    #[error("start: --{0} is not what it should be")]
    Bad(&'static str),
    #[error("read the root key: {0}")]
    RootKey(std::io::Error),
}

impl Config {
    /// Time-outs as they are where nothing else is said.
    pub const SHARED_IDLE_MS: i64 = 30 * MINUTE_MS;
    pub const OWN_IDLE_MS: i64 = 30 * DAY_MS;
    pub const KIOSK_IDLE_MS: i64 = 3 * MINUTE_MS;

    pub fn read(flags: &Flags) -> Result<Self, ConfigError> {
        let kiosk = flags.kiosk || std::env::var("GANDAN_WEB_KIOSK").is_ok_and(|on| on == "1");
        let listen = required(flags.listen.as_ref(), "listen", "LISTEN")?;
        let public_url = given(flags.public_url.as_ref(), "PUBLIC_URL")
            .unwrap_or_else(|| format!("http://{listen}"));
        let origin: http::Uri = public_url
            .parse()
            .map_err(|_| ConfigError::Bad("public-url"))?;
        if origin.authority().is_none() || origin.path() != "/" || public_url.ends_with('/') {
            return Err(ConfigError::Bad("public-url"));
        }
        let root_key = required(flags.root_key.as_ref(), "root-key", "ROOT_KEY")?;
        let root_key = std::fs::read(root_key).map_err(ConfigError::RootKey)?;
        let idle = match flags.idle_minutes {
            Some(minutes) => Some(minutes),
            None => given(None, "IDLE_MINUTES")
                .map(|text| text.parse().map_err(|_| ConfigError::Bad("idle-minutes")))
                .transpose()?,
        }
        .map(|minutes| minutes.saturating_mul(MINUTE_MS));
        if idle.is_some_and(|ms| ms <= 0) {
            return Err(ConfigError::Bad("idle-minutes"));
        }
        let machine = if kiosk { Machine::Kiosk } else { Machine::Own };
        Ok(Self {
            listen: listen.parse().map_err(|_| ConfigError::Bad("listen"))?,
            backend: required(flags.backend.as_ref(), "backend", "BACKEND")?,
            data: required(flags.data.as_ref(), "data", "DATA")?.into(),
            content: required(flags.content.as_ref(), "content", "CONTENT")?.into(),
            keyset: required(flags.keyset.as_ref(), "keyset", "KEYSET")?.into(),
            root_key: serde_json::from_slice(&root_key)
                .map_err(|_| ConfigError::Bad("root-key"))?,
            public_url,
            lang: given(flags.lang.as_ref(), "LANG").map(Lang),
            machine,
            idle_ms: idle.unwrap_or(match machine {
                Machine::Own => Self::OWN_IDLE_MS,
                Machine::Kiosk => Self::KIOSK_IDLE_MS,
            }),
            shared_idle_ms: idle.map_or(Self::SHARED_IDLE_MS, |ms| ms.min(Self::SHARED_IDLE_MS)),
        })
    }

    /// Cookies may only travel over TLS, unless the browser runs on the same machine.
    pub fn secure(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// Host and port as browsers name them.
    pub fn host(&self) -> &str {
        self.public_url
            .split_once("://")
            .map_or("", |(_, host)| host)
    }
}

fn given(flag: Option<&String>, variable: &str) -> Option<String> {
    flag.cloned()
        .or_else(|| std::env::var(format!("GANDAN_WEB_{variable}")).ok())
        .filter(|value| !value.is_empty())
}

fn required(
    flag: Option<&String>,
    name: &'static str,
    variable: &str,
) -> Result<String, ConfigError> {
    given(flag, variable).ok_or(ConfigError::Missing(name))
}
