//! What the operator sets: environment variables, documented in `.env.example`; the command line's flags override them.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use sqlx::types::ipnetwork::IpNetwork;

/// One running portal.
#[derive(Clone)]
pub struct Config {
    /// The application's database, as `portal_app`.
    pub app_url: String,
    /// The worker's, as `portal_worker`; imports run inside `serve` when it is there.
    pub worker_url: Option<String>,
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where uploads wait, encrypted, until they are imported.
    pub spool_dir: PathBuf,
    /// The deployment's secret.
    pub keys: Keys,
    /// Whose forwarded headers are believed.
    pub trusted_proxies: Vec<IpNetwork>,
    /// Plain http on loopback: the cookie cannot be `Secure` there. Only the demo sets it.
    pub plain_http: bool,
    /// Database connections of the pages.
    pub max_connections: u32,
    /// Who must have a second factor.
    pub second_factor: SecondFactor,
}

/// Who must set up a second factor at sign-in. Whoever has one is always asked for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SecondFactor {
    /// Administrators and managers, who can let others in.
    #[default]
    RequiredForPrivileged,
    /// Nobody: the demo, and sites whose proxy asks for one.
    Off,
}

impl SecondFactor {
    /// Of the operator's word.
    fn parse(word: &str) -> Result<Self, ConfigError> {
        match word {
            "" | "required_for_privileged" => Ok(Self::RequiredForPrivileged),
            "off" => Ok(Self::Off),
            _ => Err(ConfigError {
                name: "HIPAA_AUDITOR_SECOND_FACTOR",
                problem: "needs required_for_privileged or off".to_owned(),
            }),
        }
    }
}

/// Keys derived from one secret of at least 32 characters, each for one use.
#[derive(Clone)]
pub struct Keys {
    secret: Vec<u8>,
}

/// A setting that is missing or cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{name}: {problem}")]
pub struct ConfigError {
    /// The variable.
    pub name: &'static str,
    /// What to do about it.
    pub problem: String,
}

impl Keys {
    /// From the operator's secret.
    ///
    /// # Errors
    /// When it is shorter than 32 characters.
    pub fn new(secret: &str) -> Result<Self, ConfigError> {
        if secret.len() < 32 {
            return Err(ConfigError {
                name: "HIPAA_AUDITOR_SECRET",
                problem: "needs at least 32 random characters, for example from `openssl rand -hex 32`".to_owned(),
            });
        }
        Ok(Self { secret: secret.as_bytes().to_vec() })
    }

    /// The key for one use.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        self.keyed(b"derive", purpose.as_bytes())
    }

    /// A keyed hash: the same input gives the same hash in this deployment only.
    #[must_use]
    pub fn hash(&self, purpose: &str, input: &[u8]) -> [u8; 32] {
        let mut mac = mac(&self.derive(purpose));
        mac.update(input);
        mac.finalize().into_bytes().into()
    }

    fn keyed(&self, domain: &[u8], input: &[u8]) -> [u8; 32] {
        let mut mac = mac(&self.secret);
        mac.update(domain);
        mac.update(input);
        mac.finalize().into_bytes().into()
    }
}

fn mac(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes a key of any length")
}

impl Config {
    /// Reads the environment for `serve`.
    ///
    /// # Errors
    /// Names the variable and what it needs.
    pub fn from_env() -> Result<Self, ConfigError> {
        let listen = std::env::var("HIPAA_AUDITOR_LISTEN").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
        Ok(Self {
            app_url: required("DATABASE_URL")?,
            worker_url: std::env::var("WORKER_DATABASE_URL").ok(),
            listen: listen.parse().map_err(|_| ConfigError {
                name: "HIPAA_AUDITOR_LISTEN",
                problem: "needs an address and a port, such as 127.0.0.1:8080".to_owned(),
            })?,
            spool_dir: spool_dir(),
            keys: Keys::new(&required("HIPAA_AUDITOR_SECRET")?)?,
            trusted_proxies: networks(&std::env::var("HIPAA_AUDITOR_TRUSTED_PROXIES").unwrap_or_default())?,
            plain_http: false,
            max_connections: 16,
            second_factor: SecondFactor::parse(&std::env::var("HIPAA_AUDITOR_SECOND_FACTOR").unwrap_or_default())?,
        })
    }

    /// Reads the environment for the command line's own work: the worker's database and the secret.
    ///
    /// # Errors
    /// Names the variable and what it needs.
    pub fn for_worker() -> Result<Self, ConfigError> {
        let worker_url = required("WORKER_DATABASE_URL")?;
        Ok(Self {
            app_url: String::new(),
            worker_url: Some(worker_url),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            spool_dir: spool_dir(),
            keys: Keys::new(&required("HIPAA_AUDITOR_SECRET")?)?,
            trusted_proxies: Vec::new(),
            plain_http: false,
            max_connections: 2,
            second_factor: SecondFactor::default(),
        })
    }

    /// Whether forwarded headers of this peer are believed.
    #[must_use]
    pub fn trusts(&self, peer: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|network| network.contains(peer))
    }
}

fn spool_dir() -> PathBuf {
    std::env::var("HIPAA_AUDITOR_SPOOL_DIR")
        .map_or_else(|_| std::env::temp_dir().join("hipaa-auditor-spool"), PathBuf::from)
}

/// A variable that must be there.
///
/// # Errors
/// Names it when it is missing.
pub fn required(name: &'static str) -> Result<String, ConfigError> {
    std::env::var(name).map_err(|_| ConfigError { name, problem: "is not set".to_owned() })
}

fn networks(list: &str) -> Result<Vec<IpNetwork>, ConfigError> {
    list.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(|part| {
            part.parse().map_err(|_| ConfigError {
                name: "HIPAA_AUDITOR_TRUSTED_PROXIES",
                problem: "needs networks such as 10.0.0.0/8, separated by commas".to_owned(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Keys, SecondFactor};

    #[test]
    fn a_second_factor_is_required_unless_the_operator_says_off_and_nothing_else_is_understood() {
        assert_eq!(SecondFactor::parse("").ok(), Some(SecondFactor::RequiredForPrivileged));
        assert_eq!(SecondFactor::parse("off").ok(), Some(SecondFactor::Off));
        assert!(SecondFactor::parse("Off please").is_err());
    }

    #[test]
    fn a_keyed_hash_depends_on_secret_purpose_and_input() {
        let one = Keys::new(&"a".repeat(32)).expect("long enough");
        let two = Keys::new(&"b".repeat(32)).expect("long enough");
        assert_eq!(one.hash("surname", b"x"), one.hash("surname", b"x"));
        assert_ne!(one.hash("surname", b"x"), one.hash("address", b"x"));
        assert_ne!(one.hash("surname", b"x"), one.hash("surname", b"y"));
        assert_ne!(one.hash("surname", b"x"), two.hash("surname", b"x"));
        assert!(Keys::new("short").is_err());
    }
}
