use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::PostgresError;

/// The oldest major version the schema works with.
const OLDEST: u32 = 15;

/// The folder of the server's programs: `$HIPAA_AUDITOR_PG_BIN`, else the newest `/usr/lib/postgresql/*/bin`, else
/// where `PATH` leads. It holds both `initdb` and `postgres`.
///
/// # Errors
/// When there is no such folder, or `HIPAA_AUDITOR_PG_BIN` names another.
pub fn find_binaries() -> Result<PathBuf, PostgresError> {
    if let Some(folder) = env::var_os("HIPAA_AUDITOR_PG_BIN").filter(|value| !value.is_empty()) {
        let folder = PathBuf::from(folder);
        return fs::canonicalize(&folder)
            .ok()
            .filter(|folder| is_complete(folder))
            .ok_or(PostgresError::WrongBinaries { folder });
    }
    packaged(Path::new("/usr/lib/postgresql")).or_else(on_path).ok_or(PostgresError::NoBinaries)
}

/// Debian keeps every major version in its own folder.
fn packaged(root: &Path) -> Option<PathBuf> {
    fs::read_dir(root)
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok())
        .filter(|major| *major >= OLDEST)
        .map(|major| (major, root.join(major.to_string()).join("bin")))
        .filter(|(_, folder)| is_complete(folder))
        .max()
        .map(|(_, folder)| folder)
}

/// `initdb` on the path may be a link into the real folder; where it is a wrapper, `pg_config` knows the folder.
fn on_path() -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .filter_map(|folder| fs::canonicalize(folder.join("initdb")).ok())
        .filter_map(|program| program.parent().map(Path::to_owned))
        .chain(pg_config())
        .find(|folder| is_complete(folder) && major_version(folder).is_some_and(|major| major >= OLDEST))
}

fn pg_config() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok().filter(|output| output.status.success())?;
    Some(PathBuf::from(String::from_utf8(output.stdout).ok()?.trim()))
}

fn is_complete(folder: &Path) -> bool {
    ["initdb", "postgres"].iter().all(|program| folder.join(program).is_file())
}

/// What `postgres --version` says, for example `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
pub(super) fn version(folder: &Path) -> Option<String> {
    let output = Command::new(folder.join("postgres")).arg("--version").output().ok()?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}

fn major_version(folder: &Path) -> Option<u32> {
    major_in(&version(folder)?)
}

/// The major version in [`version`]'s answer; a beta calls itself "19beta1".
pub(super) fn major_in(version: &str) -> Option<u32> {
    let number = version.split("(PostgreSQL)").nth(1)?.trim_start();
    number.split(|character: char| !character.is_ascii_digit()).next()?.parse().ok()
}
