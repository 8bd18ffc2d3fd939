//! Configuration: a file (`gandan.toml`), then the environment over it.
//!
//! `GANDAN_LISTEN=…` sets `listen`; a double underscore goes one table down
//! (`GANDAN_IDENTITY__ISSUER` sets `identity.issuer`). A key that nobody knows is an error, so that
//! a spelling mistake can't silently leave a default in force; variables that begin with `GANDAN_`
//! and name no top-level key belong to other tools and are left alone. Every key is described here and in
//! `docs/operations.md`.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use figment::{
    Figment,
    providers::{Env, Format, Toml},
};
use gandan_domain::payment::vietqr;
use serde::Deserialize;

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Address and port to listen on, e.g. `127.0.0.1:8081`.
    pub listen: SocketAddr,
    /// Scheme, host and port as phones see this backend, without a trailing slash. DPoP proofs are
    /// checked against it, and the OpenID provider sends browsers back to it.
    pub public_url: String,
    /// The key directory that `keys init` made.
    pub keys_dir: PathBuf,
    /// Where files and results are kept, sealed, one file each.
    pub blobs_dir: PathBuf,
    /// The signed content pack that phones fetch and that procedures are read from.
    pub content: PathBuf,
    /// Where a copy of every released pack is kept; see `docs/operations.md`.
    #[serde(default)]
    pub content_releases: Option<PathBuf>,
    pub storage: StorageConfig,
    pub identity: IdentityConfig,
    pub population: PartnerConfig,
    pub one_stop: PartnerConfig,
    /// How fees are paid; without it, at the counter only.
    #[serde(default)]
    pub payment: PaymentConfig,
    /// Largest file a citizen may send, in bytes.
    #[serde(default = "max_file_bytes")]
    pub max_file_bytes: u64,
    #[serde(default)]
    pub log: LogFormat,
}

/// The top-level keys: what the environment may set.
const KEYS: &[&str] = &[
    "listen",
    "public_url",
    "keys_dir",
    "blobs_dir",
    "content",
    "content_releases",
    "storage",
    "identity",
    "population",
    "one_stop",
    "payment",
    "max_file_bytes",
    "log",
];

const fn max_file_bytes() -> u64 {
    10 * 1024 * 1024
}

#[derive(Clone, Deserialize)]
#[serde(tag = "driver", rename_all = "snake_case", deny_unknown_fields)]
pub enum StorageConfig {
    /// Embedded: `path` is the database file.
    Sqlite { path: PathBuf },
    /// `url` is `postgres://user:password@host/database`; `max_connections` per node.
    Postgres {
        url: String,
        #[serde(default = "max_connections")]
        max_connections: u32,
    },
}

const fn max_connections() -> u32 {
    16
}

/// Any OpenID Connect provider that supports the code flow.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityConfig {
    /// Issuer identifier; `{issuer}/.well-known/openid-configuration` must exist.
    pub issuer: String,
    pub client_id: String,
    /// Absent for a public client.
    #[serde(default)]
    pub client_secret: Option<String>,
    /// Scopes asked for besides `openid`.
    #[serde(default)]
    pub scopes: Vec<String>,
    #[serde(default)]
    pub claims: ClaimNames,
    /// The lowest assurance level that may sign in, compared as a number.
    #[serde(default = "minimum_level")]
    pub minimum_level: u32,
    /// Redirect URIs that apps may come back to; a loopback address may add any port (RFC 8252
    /// §7.3).
    #[serde(default = "redirect_uris")]
    pub redirect_uris: Vec<String>,
    /// The OAuth client id of our own apps.
    #[serde(default = "app_client_id")]
    pub app_client_id: String,
}

const fn minimum_level() -> u32 {
    2
}

fn redirect_uris() -> Vec<String> {
    vec![
        "vn.gandan:/callback".into(),
        "http://127.0.0.1/callback".into(),
    ]
}

fn app_client_id() -> String {
    "gandan-app".into()
}

/// Which claims (of the ID token or of userinfo) hold what we need. The defaults are VNeID's, as
/// publicly seen.
#[derive(Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClaimNames {
    /// Citizen id number.
    pub id_number: String,
    pub full_name: String,
    /// Date of birth, `yyyyMMdd` or `yyyy-mm-dd`.
    pub birth_date: String,
    /// Assurance level; an empty name means that the provider vouches for one level, the minimum.
    pub level: String,
}

impl Default for ClaimNames {
    fn default() -> Self {
        Self {
            id_number: "SoDinhDanh".into(),
            full_name: "HoVaTen".into(),
            birth_date: "NgayThangNamSinh".into(),
            level: "loAs".into(),
        }
    }
}

/// A system of the state that we call.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartnerConfig {
    /// Base URL, without a trailing slash.
    pub url: String,
    /// Sent as `Authorization: Bearer …`.
    pub token: String,
}

/// How fees are paid from a phone. What is not there is not offered.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaymentConfig {
    #[serde(default)]
    pub vnpay: Option<VnpayConfig>,
    #[serde(default)]
    pub transfer: Option<TransferConfig>,
}

/// Our terminal at VNPAY.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VnpayConfig {
    /// The page that the citizen pays on.
    pub page: String,
    /// Where orders are asked about (`querydr`).
    pub api: String,
    /// `vnp_TmnCode`.
    pub terminal: String,
    /// Signs both ways.
    pub secret: String,
}

/// The account that transfers go to, and the bank that tells of them.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransferConfig {
    /// The bank's identification number, six digits.
    pub bin: String,
    /// The bank's name, as citizens know it; else the name that the content has for its number.
    #[serde(default)]
    pub bank: Option<String>,
    pub account: String,
    /// Whose account it is, as it stands there.
    pub holder: String,
    /// `whsec_…`: signs the bank's notices.
    pub webhook_secret: String,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    #[default]
    Text,
    Json,
}

/// Names the key and where it was set; never the value, which may be a secret.
#[derive(Debug, thiserror::Error)]
#[error("read the configuration: {0}")]
pub struct ConfigError(String);

impl Config {
    /// Reads the file, if there is one, and the environment.
    pub fn load(file: &Path) -> Result<Self, ConfigError> {
        Self::extract(Figment::from(Toml::file(file)))
    }

    /// Reads the text of a file, and the environment.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        Self::extract(Figment::from(Toml::string(text)))
    }

    fn extract(figment: Figment) -> Result<Self, ConfigError> {
        let config: Self = figment
            .merge(
                Env::prefixed("GANDAN_")
                    .filter(|key| {
                        let top = key.as_str().split("__").next().unwrap_or_default();
                        KEYS.iter().any(|known| top.eq_ignore_ascii_case(known))
                    })
                    .split("__"),
            )
            .extract()
            .map_err(|error| ConfigError(describe(&error)))?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        let urls = [
            ("public_url", &self.public_url),
            ("identity.issuer", &self.identity.issuer),
            ("population.url", &self.population.url),
            ("one_stop.url", &self.one_stop.url),
        ];
        let gateway = self.payment.vnpay.iter().flat_map(|gateway| {
            [
                ("payment.vnpay.page", &gateway.page),
                ("payment.vnpay.api", &gateway.api),
            ]
        });
        for (key, url) in urls.into_iter().chain(gateway) {
            let web = url.parse::<http::Uri>().is_ok_and(|url| {
                matches!(url.scheme_str(), Some("http" | "https")) && url.host().is_some()
            });
            if !web {
                return Err(ConfigError(format!("`{key}` is not an http(s) URL")));
            }
        }
        if let Some(account) = &self.payment.transfer {
            let code = vietqr::Transfer {
                bin: account.bin.clone(),
                account: account.account.clone(),
                amount: None,
                memo: String::new(),
            };
            if code.encode().is_err() {
                return Err(ConfigError(
                    "`payment.transfer`: no code can be made of it: `bin` is six digits, `account` up to 19 letters and digits"
                        .into(),
                ));
            }
        }
        if self.public_url.ends_with('/') {
            return Err(ConfigError("`public_url` ends with a slash".into()));
        }
        Ok(())
    }
}

/// The first mistake: which key, what was expected.
fn describe(error: &figment::Error) -> String {
    use figment::error::Kind;
    let key = error.path.join(".");
    let what = match &error.kind {
        Kind::MissingField(name) => {
            let name = if key.is_empty() {
                name.to_string()
            } else {
                format!("{key}.{name}")
            };
            return format!("`{name}` is missing");
        }
        Kind::UnknownField(name, known) => {
            return format!("`{name}` is not a key here; known: {}", known.join(", "));
        }
        Kind::InvalidType(_, expected) | Kind::InvalidValue(_, expected) => {
            format!("expected {expected}")
        }
        Kind::UnknownVariant(_, known) => format!("expected one of {}", known.join(", ")),
        // A custom message may quote the value.
        _ => "the value is not valid".into(),
    };
    if key.is_empty() {
        what
    } else {
        format!("`{key}`: {what}")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    const WHOLE: &str = r#"
        listen = "127.0.0.1:8081"
        public_url = "http://127.0.0.1:8081"
        keys_dir = "keys"
        blobs_dir = "blobs"
        content = "content.pack"
        [storage]
        driver = "postgres"
        url = "postgres://gandan@127.0.0.1/gandan"
        [identity]
        issuer = "http://127.0.0.1:8082/vneid"
        client_id = "gandan"
        client_secret = "very secret"
        [population]
        url = "http://127.0.0.1:8082/population"
        token = "t"
        [one_stop]
        url = "http://127.0.0.1:8082/one-stop"
        token = "t"
    "#;

    fn error(from: &str, to: &str) -> String {
        assert!(WHOLE.contains(from));
        let error = Config::parse(&WHOLE.replace(from, to)).err().unwrap();
        error.to_string()
    }

    #[test]
    fn a_whole_file_is_read_and_the_rest_has_defaults() {
        let config = Config::parse(WHOLE).unwrap();
        assert!(matches!(
            config.storage,
            StorageConfig::Postgres {
                max_connections: 16,
                ..
            }
        ));
        assert_eq!(config.identity.minimum_level, 2);
        assert_eq!(config.identity.claims.id_number, "SoDinhDanh");
        assert_eq!(config.max_file_bytes, 10 << 20);
        assert!(config.log == LogFormat::Text);
    }

    #[test]
    fn a_mistake_names_its_key_and_not_its_value() {
        for (from, to, key) in [
            ("127.0.0.1:8081\"\n", "very secret\"\n", "listen"),
            ("keys_dir = \"keys\"", "", "keys_dir"),
            ("keys_dir = \"keys\"", "keys_dir = 7", "keys_dir"),
            ("keys_dir =", "key_dir =", "key_dir"),
            ("\"http://127.0.0.1:8081\"", "\"very secret\"", "public_url"),
            (
                "\"http://127.0.0.1:8081\"",
                "\"http://a.vn/\"",
                "public_url",
            ),
            ("issuer =", "isuer =", "isuer"),
            ("client_id = \"gandan\"", "", "client_id"),
            (
                "http://127.0.0.1:8082/population",
                "ftp://very secret",
                "population.url",
            ),
            ("token = \"t\"\n        [one", "[one", "token"),
            (
                "driver = \"postgres\"",
                "driver = \"very secret\"",
                "storage",
            ),
            (
                "[storage]",
                "[payment.transfer]
                bin = \"97049\"
                account = \"very secret\"
                holder = \"A\"
                webhook_secret = \"very secret\"
                [storage]",
                "payment.transfer",
            ),
        ] {
            let error = error(from, to);
            assert!(error.contains(key), "{key}: {error}");
            assert!(!error.contains("very secret"), "{key}: {error}");
        }
    }

    #[test]
    fn every_key_is_in_the_operators_table() {
        let page = include_str!("../../docs/operations.md");
        for key in KEYS {
            assert!(page.contains(&format!("`{key}")), "{key} is not described");
        }
    }
}
