use std::io;
use std::path::PathBuf;

/// Why there is no private Postgres, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PostgresError {
    /// No folder with `initdb` and `postgres` in it.
    #[error(
        "Postgres is not installed: no folder with both initdb and postgres was found. Run script/setup, or install \
         your system's Postgres server package (Debian, Ubuntu: postgresql), or set HIPAA_AUDITOR_PG_BIN to the \
         folder that holds them."
    )]
    NoBinaries,
    /// `HIPAA_AUDITOR_PG_BIN` points elsewhere.
    #[error(
        "HIPAA_AUDITOR_PG_BIN is {}, which does not hold both initdb and postgres. Correct it, or unset it to have \
         Postgres looked for.",
        folder.display()
    )]
    WrongBinaries {
        /// What the variable says.
        folder: PathBuf,
    },
    /// Another major version made the data folder.
    #[error(
        "{} was made by Postgres {made_by}, but {} is {found}. Set HIPAA_AUDITOR_PG_BIN to the programs of Postgres \
         {made_by}, or start over with --reset.",
        folder.display(), binaries.display()
    )]
    OtherVersion {
        /// The data folder.
        folder: PathBuf,
        /// The major version in it.
        made_by: String,
        /// The programs found.
        binaries: PathBuf,
        /// What they call themselves.
        found: String,
    },
    /// Root without a system user for Postgres.
    #[error(
        "Postgres refuses to run as root, and this system has neither a user postgres nor a user nobody to run it \
         as. Add one (useradd --system postgres), or start this program as an ordinary user."
    )]
    NoAccount,
    /// A folder on the way is closed to the server's user.
    #[error(
        "Postgres runs as user {user} here, and that user may not enter {}. Choose a data folder outside of private \
         homes with HIPAA_AUDITOR_DATA_DIR (for example /var/lib/hipaa-auditor-demo), or start this program as an \
         ordinary user.",
        obstacle.display()
    )]
    Unreachable {
        /// Who runs the server.
        user: String,
        /// The first folder it may not enter.
        obstacle: PathBuf,
    },
    /// The server's user may not run the programs.
    #[error(
        "Postgres runs as user {user} here, and that user may not run {}: {} is closed to it. Move the programs, or \
         set HIPAA_AUDITOR_PG_BIN to others.",
        program.display(), obstacle.display()
    )]
    NotExecutable {
        /// Who runs the server.
        user: String,
        /// The program.
        program: PathBuf,
        /// The first folder on the way, or the program, that is closed.
        obstacle: PathBuf,
    },
    /// The folder holds something else.
    #[error(
        "{} holds files that are not from an earlier start of this program, so it is left alone. Choose an empty \
         folder, or one that does not exist, with HIPAA_AUDITOR_DATA_DIR.",
        folder.display()
    )]
    NotOurs {
        /// The folder.
        folder: PathBuf,
    },
    /// Someone else's folder.
    #[error(
        "{} belongs to another user of this system. Start this program as that user, or choose another folder with \
         HIPAA_AUDITOR_DATA_DIR.",
        folder.display()
    )]
    OtherOwner {
        /// The folder.
        folder: PathBuf,
    },
    /// A second process on the same folder.
    #[error(
        "another process of this program is using {}. Stop that one first, or choose another folder with \
         HIPAA_AUDITOR_DATA_DIR.",
        folder.display()
    )]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
    /// A server from a killed process that does not end.
    #[error("an earlier Postgres (process {pid}) still runs on {} and does not end. End it (kill -QUIT {pid}) and start again.", folder.display())]
    Leftover {
        /// The data folder.
        folder: PathBuf,
        /// The server's process.
        pid: u32,
    },
    /// `initdb` said no.
    #[error("Postgres could not set up its data folder. initdb says:\n{output}")]
    Initdb {
        /// Everything it printed.
        output: String,
    },
    /// The server ended while starting.
    #[error("Postgres ended while it started. The end of its log:\n{log}")]
    Ended {
        /// The last lines.
        log: String,
    },
    /// The server does not answer.
    #[error(
        "Postgres did not answer within {seconds} seconds, so it was stopped. Is the machine very busy, or the disk full? The end of its log:\n{log}"
    )]
    NotReady {
        /// How long was waited.
        seconds: u64,
        /// The last lines.
        log: String,
    },
    /// No port at all.
    #[error("no free port could be had on 127.0.0.1: {source}")]
    NoPort {
        /// Why.
        source: io::Error,
    },
    /// A file operation failed.
    #[error("could not {what} {}: {source}", path.display())]
    File {
        /// What was tried.
        what: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A program could not be run.
    #[error("could not run {}: {source}", program.display())]
    Run {
        /// The program.
        program: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The runtime is shutting down.
    #[error("the program is ending, so Postgres was not started")]
    Interrupted,
}

/// For `map_err` on file operations.
pub(super) fn file(what: &'static str, path: &std::path::Path) -> impl FnOnce(io::Error) -> PostgresError {
    let path = path.to_owned();
    move |source| PostgresError::File { what, path, source }
}
