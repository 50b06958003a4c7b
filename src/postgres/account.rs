//! Who runs the server. Postgres refuses root, so root's children run as the system user `postgres`, or `nobody`.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::PostgresError;
use super::error::file;

/// The user the server runs as.
#[derive(Debug, Clone)]
pub(super) enum Account {
    /// We are an ordinary user, and so is the server.
    Ourselves,
    /// We are root, and the server is this user.
    Other { name: String, uid: u32, gid: u32 },
}

impl Account {
    pub(super) fn for_servers() -> Result<Self, PostgresError> {
        if our_uid()? != 0 {
            return Ok(Self::Ourselves);
        }
        ["postgres", "nobody"]
            .iter()
            .find_map(|name| Self::find(|found, _| found == *name))
            .ok_or(PostgresError::NoAccount)
    }

    /// With the user who already owns `path`: it may have been made before the package `postgresql` added its user.
    pub(super) fn as_owner(&mut self, owner: u32) {
        if let (Self::Other { .. }, Some(found)) = (&self, Self::find(|_, uid| uid == owner)) {
            *self = found;
        }
    }

    fn find(is_it: impl Fn(&str, u32) -> bool) -> Option<Self> {
        let users = fs::read_to_string("/etc/passwd").ok()?;
        users.lines().find_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            let (uid, gid) = (fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?);
            (uid != 0 && is_it(name, uid)).then(|| Self::Other { name: name.to_owned(), uid, gid })
        })
    }

    /// A command that runs as this user, with nothing of our environment that it has no use for: neither our
    /// secrets nor `PGDATA` and its like. Standard input is closed.
    pub(super) fn command(&self, program: impl Into<OsString>) -> Command {
        let mut command = Command::new(program.into());
        command.env_clear().env("LC_ALL", "C").current_dir("/").stdin(Stdio::null());
        for name in ["PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        if let Self::Other { uid, gid, .. } = self {
            // The standard library also drops root's supplementary groups here.
            command.uid(*uid).gid(*gid);
        }
        command
    }

    pub(super) fn own(&self, path: &Path) -> Result<(), PostgresError> {
        match self {
            Self::Ourselves => Ok(()),
            Self::Other { uid, gid, .. } => {
                chown(path, Some(*uid), Some(*gid)).map_err(file("give to the server's user the folder or file", path))
            }
        }
    }

    /// Checks that this user may enter `folder`.
    pub(super) fn can_enter(&self, folder: &Path) -> Result<(), PostgresError> {
        match (self, self.obstacle(folder)?) {
            (Self::Other { name, .. }, Some(obstacle)) => {
                Err(PostgresError::Unreachable { user: name.clone(), obstacle })
            }
            _ => Ok(()),
        }
    }

    /// Checks that this user may run the programs in `binaries`.
    pub(super) fn can_run(&self, binaries: &Path) -> Result<(), PostgresError> {
        for program in ["initdb", "postgres"].map(|name| binaries.join(name)) {
            if let (Self::Other { name, .. }, Some(obstacle)) = (self, self.obstacle(&program)?) {
                return Err(PostgresError::NotExecutable { user: name.clone(), program, obstacle });
            }
        }
        Ok(())
    }

    /// The first folder on the way to `path`, or `path`, that this user may not enter or run: asked as that user,
    /// so that the system's own rules decide.
    fn obstacle(&self, path: &Path) -> Result<Option<PathBuf>, PostgresError> {
        if matches!(self, Self::Ourselves) {
            return Ok(None);
        }
        let mut way: Vec<_> = path.ancestors().collect();
        way.reverse();
        let output = self
            .command("/bin/sh")
            .args(["-c", r#"for step do [ -x "$step" ] || { printf %s "$step"; break; }; done"#, "sh"])
            .args(way)
            .output()
            .map_err(|source| PostgresError::Run { program: "/bin/sh".into(), source })?;
        let obstacle = String::from_utf8_lossy(&output.stdout).into_owned();
        Ok((!obstacle.is_empty()).then(|| obstacle.into()))
    }
}

pub(super) fn our_uid() -> Result<u32, PostgresError> {
    let failed = |source| PostgresError::Run { program: "id".into(), source };
    let output = Command::new("id").arg("-u").output().map_err(failed)?;
    String::from_utf8_lossy(&output.stdout)
        .trim()
        .parse()
        .map_err(|_| failed(std::io::Error::other("id -u printed no number")))
}
