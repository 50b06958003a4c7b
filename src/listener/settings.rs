//! What the operator sets of the listener.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// How the listener runs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where to listen.
    pub address: SocketAddr,
    /// The source that the messages come from, as it is named in the portal.
    pub source: String,
    /// Certificate and key; without them clear text.
    pub tls: Option<Tls>,
    /// Whether clear text may leave this machine.
    pub clear_text: bool,
    /// When a segment of the journal is closed and imported.
    pub segment: Segment,
    /// How often importing a segment is tried, with a database that answers, before it is set aside.
    pub tries: u32,
    /// Connections at a time.
    pub max_connections: usize,
    /// Of these, from one address.
    pub max_per_peer: usize,
    /// How long a connection may say nothing between two messages.
    pub idle: Duration,
    /// How long it may take for its first byte, and for a message that it has begun.
    pub stall: Duration,
    /// The longest message.
    pub max_message: usize,
}

/// When a segment is closed, whichever comes first, and how much may wait.
#[derive(Debug, Clone, Copy)]
pub struct Segment {
    /// Its age.
    pub age: Duration,
    /// Its size.
    pub bytes: u64,
    /// Bytes of all segments that wait to be imported; beyond it no connection is read.
    pub backlog: u64,
}

/// The files of TLS, in PEM.
#[derive(Debug, Clone)]
pub struct Tls {
    /// The certificate and those that lead to its authority.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// Whose clients may speak; without it any may.
    pub client_ca: Option<PathBuf>,
}
