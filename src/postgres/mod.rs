//! A private Postgres for the demo and the tests.
//!
//! [`Server::start`] runs `initdb` where the folder is empty, starts `postgres` on a free loopback port and
//! waits until it answers. The server ends with its [`Server`], and with this process even if that is killed:
//! see `supervisor`. Started by root, Postgres runs as the system's own user for it: see `account`.
//!
//! A data folder holds `cluster/` (Postgres' own files), `superuser-password` (mode 600), `server.log` and
//! `hipaa-auditor.lock`, which is held as long as a `Server` uses the folder. Callers may put files of their own
//! beside them once the server has started.

mod account;
mod binaries;
mod error;
mod folder;
mod supervisor;
#[cfg(test)]
mod tests;

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub use binaries::find_binaries;
pub use error::PostgresError;

use account::Account;
use folder::Folder;
use supervisor::Supervised;

/// How long Postgres may take until it answers, and until it has ended.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often a file or a process is looked at while waiting.
const GLANCE: Duration = Duration::from_millis(5);

/// Where and how a server runs.
#[derive(Debug, Clone)]
pub struct Options {
    /// The private folder. Made if missing; must be empty or from an earlier start.
    pub data_dir: PathBuf,
    /// False for tests: nothing is synced to disk, so a crash of the machine may lose everything.
    pub durable: bool,
    /// Connections at the same time, three of which are kept for superusers.
    pub max_connections: u16,
}

/// A running Postgres that stops when this is dropped.
///
/// Dropping waits for the end of the server and so blocks the thread for some tens of milliseconds; [`Server::stop`]
/// does not.
pub struct Server {
    port: u16,
    password: String,
    // Dropped in this order: the folder's lock is held until the server has ended.
    supervised: Supervised,
    folder: Folder,
}

impl Server {
    /// Starts a server on `options.data_dir` and waits until it answers.
    ///
    /// # Errors
    /// When Postgres is not installed, the folder cannot be used, or the server does not answer in time. Each
    /// error says what to do.
    pub async fn start(options: Options) -> Result<Self, PostgresError> {
        off_thread(move || Self::start_blocking(&options, None, false)).await
    }

    /// Starts a server on this port: one that was there before, where others still look for it.
    ///
    /// # Errors
    /// As [`Server::start`], and when somebody else has the port.
    pub async fn start_at(options: Options, port: u16) -> Result<Self, PostgresError> {
        off_thread(move || Self::start_blocking(&options, Some(port), false)).await
    }

    /// Starts a server that keeps nothing: its folder is a new [`scratch_dir`], erased when the server ends,
    /// however this process ends.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub async fn start_scratch(max_connections: u16) -> Result<Self, PostgresError> {
        let options = Options { data_dir: scratch_dir(), durable: false, max_connections };
        off_thread(move || Self::start_blocking(&options, None, true)).await
    }

    /// The port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The folder it runs on.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        self.folder.root()
    }

    /// The address of `database` for the superuser `postgres`, password included.
    #[must_use]
    pub fn superuser_url(&self, database: &str) -> String {
        format!("postgres://postgres:{}@127.0.0.1:{}/{database}", self.password, self.port)
    }

    /// Stops the server: open transactions are rolled back, everything committed is kept.
    pub async fn stop(self) {
        // Cannot fail, and there is nobody left to tell.
        let _ = off_thread(move || {
            drop(self);
            Ok(())
        })
        .await;
    }

    fn start_blocking(options: &Options, at: Option<u16>, erase: bool) -> Result<Self, PostgresError> {
        let binaries = find_binaries()?;
        let mut account = Account::for_servers()?;
        let folder = Folder::claim(&options.data_dir, &mut account)?;
        account.can_run(&binaries)?;
        folder.end_leftover(&account)?;
        let password = folder.initialise(&binaries, &account, options.durable)?;

        let mut attempts = 0;
        loop {
            let port = at.map_or_else(free_port, Ok)?;
            let before = folder.log_length();
            let mut command = vec![binaries.join("postgres").into_os_string(), "-D".into(), folder.cluster().into()];
            for setting in settings(options, port) {
                command.extend(["-c".into(), setting.into()]);
            }
            let mut supervised = Supervised::spawn(
                &command,
                &account,
                folder.open_log(&account)?,
                &folder.pid_path(),
                erase.then(|| folder.root()),
            )?;
            match wait_until_ready(&mut supervised, &folder, before) {
                Ok(()) => {
                    return Ok(Self { port, password, supervised, folder });
                }
                // Somebody else took the port between our look and Postgres' own.
                Err(PostgresError::Ended { log }) if attempts < 5 && log.contains("could not bind") => {
                    attempts += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }
}

impl std::fmt::Debug for Server {
    /// Without the password.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Server")
            .field("pid", &self.supervised.pid())
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

/// A new path for a throw-away data folder: in memory (`/dev/shm`) if at least a gigabyte is free there, else in
/// the system's folder for temporary files.
#[must_use]
pub fn scratch_dir() -> PathBuf {
    let name = format!("hipaa-auditor-{}-{}", std::process::id(), random_hex::<6>());
    let memory = Path::new("/dev/shm");
    let base = if folder::free_kibibytes(memory) >= 1 << 20 { memory.to_owned() } else { std::env::temp_dir() };
    base.join(name)
}

/// Deletes what is in a data folder, after ending a server that a killed process may have left on it. A folder
/// that does not exist, or is empty, is fine.
///
/// # Errors
/// When the folder is in use, is not from an earlier [`Server::start`], or cannot be deleted.
pub async fn erase(data_dir: &Path) -> Result<(), PostgresError> {
    let data_dir = data_dir.to_owned();
    off_thread(move || {
        if !data_dir.exists() {
            return Ok(());
        }
        let mut account = Account::for_servers()?;
        let folder = Folder::claim(&data_dir, &mut account)?;
        folder.end_leftover(&account)?;
        folder.erase()
    })
    .await
}

fn wait_until_ready(server: &mut Supervised, folder: &Folder, before: u64) -> Result<(), PostgresError> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if folder.ready_pid() == Some(server.pid()) {
            return Ok(());
        }
        if server.has_ended() {
            return Err(PostgresError::Ended { log: folder.log_tail(before) });
        }
        if Instant::now() > deadline {
            return Err(PostgresError::NotReady { seconds: PATIENCE.as_secs(), log: folder.log_tail(before) });
        }
        std::thread::sleep(GLANCE);
    }
}

fn settings(options: &Options, port: u16) -> Vec<String> {
    let mut settings = vec![format!("port={port}"), format!("max_connections={}", options.max_connections)];
    settings.extend(ALWAYS.iter().map(ToString::to_string));
    if !options.durable {
        settings.extend(SCRATCH.iter().map(ToString::to_string));
    }
    settings
}

const ALWAYS: &[&str] = &[
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "password_encryption=scram-sha-256",
    "shared_preload_libraries=",
    "timezone=UTC",
    // Compiling a plan costs more than it saves on a database of this size.
    "jit=off",
    // Patient data must not reach the log. A statement can carry it, and so can an error's message
    // (`invalid input syntax for type uuid: "…"`) and its details (`Key (mrn)=(…) already exists`): neither
    // statements nor errors are written. The client still gets its error in full. What stays, level LOG and
    // above, is about the server itself; terse leaves out the running statement when a backend crashes.
    "log_destination=stderr",
    "logging_collector=off",
    "log_timezone=UTC",
    "log_min_messages=log",
    "log_error_verbosity=terse",
    "log_min_error_statement=panic",
    "log_statement=none",
    "log_duration=off",
    "log_min_duration_statement=-1",
    "log_min_duration_sample=-1",
    "log_transaction_sample_rate=0",
    "log_parameter_max_length=0",
    "log_parameter_max_length_on_error=0",
    "log_lock_waits=off",
    "log_temp_files=-1",
    "log_autovacuum_min_duration=-1",
    "log_checkpoints=off",
];

const SCRATCH: &[&str] = &[
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "checkpoint_timeout=1h",
    // With hundreds of test databases it would do nothing but visit them, and it may hold the template for a
    // moment just when a test copies it.
    "autovacuum=off",
];

fn free_port() -> Result<u16, PostgresError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|source| PostgresError::NoPort { source })
}

fn random_hex<const BYTES: usize>() -> String {
    hex::encode(rand::random::<[u8; BYTES]>())
}

async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, PostgresError> + Send + 'static,
) -> Result<T, PostgresError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(failure) => match failure.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(PostgresError::Interrupted),
        },
    }
}
