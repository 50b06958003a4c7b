//! The data folder: whose it is, what is in it, and what its files say about the server.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::account::{Account, our_uid};
use super::error::file;
use super::{GLANCE, PostgresError, binaries, random_hex, supervisor};

/// Also tells our folders from other people's.
const LOCK: &str = "hipaa-auditor.lock";
const PID_FILE: &str = "postmaster.pid";
const PASSWORD: &str = "superuser-password";
/// The log starts anew when it has become longer than this.
const LOG_LIMIT: u64 = 5 << 20;
/// Lines of the log that an error shows.
const TAIL: usize = 20;

/// A data folder that this process alone uses.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    /// The system lets go of it when we end, in whatever way.
    _lock: File,
}

impl Folder {
    /// Makes the folder if it is missing, and takes it for this process. From then on `account` is its owner.
    pub(super) fn claim(root: &Path, account: &mut Account) -> Result<Self, PostgresError> {
        let root = std::path::absolute(root).map_err(file("find", root))?;
        let made = !root.exists();
        if let Some(parent) = root.parent() {
            fs::create_dir_all(parent).map_err(file("make the folder", parent))?;
        }
        if made {
            DirBuilder::new().mode(0o700).create(&root).map_err(file("make the folder", &root))?;
        }
        // Postgres wants the path without links, and so do the checks below.
        let root = fs::canonicalize(&root).map_err(file("open", &root))?;
        let claimed = Self::claim_existing(root.clone(), account);
        if made && claimed.is_err() {
            // Leave no empty folder behind in a place that did not suit.
            let _ = fs::remove_dir(&root);
        }
        claimed
    }

    fn claim_existing(root: PathBuf, account: &mut Account) -> Result<Self, PostgresError> {
        let mut entries = fs::read_dir(&root).map_err(file("read the folder", &root))?;
        let empty = entries.next().is_none();
        if !empty && !root.join(LOCK).is_file() {
            return Err(PostgresError::NotOurs { folder: root });
        }
        let owner = fs::metadata(if empty { root.clone() } else { cluster_of(&root) }).map(|found| found.uid()).ok();
        if let Some(owner) = owner {
            match account {
                Account::Ourselves if our_uid()? != owner => {
                    return Err(PostgresError::OtherOwner { folder: root });
                }
                Account::Other { .. } if !empty => account.as_owner(owner),
                _ => {}
            }
        }
        if let Some(parent) = root.parent() {
            account.can_enter(parent)?;
        }
        account.own(&root)?;
        fs::set_permissions(&root, fs::Permissions::from_mode(0o700)).map_err(file("close to others", &root))?;

        let path = root.join(LOCK);
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(file("open", &path))?;
        // The lock of a process that was killed this moment is free a moment later.
        let deadline = Instant::now() + Duration::from_secs(1);
        loop {
            return match lock.try_lock() {
                Ok(()) => Ok(Self { root, _lock: lock }),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                    sleep(GLANCE);
                    continue;
                }
                Err(TryLockError::WouldBlock) => Err(PostgresError::InUse { folder: root }),
                Err(TryLockError::Error(source)) => {
                    let what = "lock";
                    Err(PostgresError::File { what, path, source })
                }
            };
        }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Postgres' own folder.
    pub(super) fn cluster(&self) -> PathBuf {
        cluster_of(&self.root)
    }

    pub(super) fn pid_path(&self) -> PathBuf {
        self.cluster().join(PID_FILE)
    }

    /// Ends a server whose program was killed. We hold the lock, so it is nobody's any more.
    pub(super) fn end_leftover(&self, account: &Account) -> Result<(), PostgresError> {
        let cluster = self.cluster();
        let Some(pid) = self.pid_file().and_then(|lines| lines.first()?.parse::<u32>().ok()) else {
            return Ok(());
        };
        // After a restart of the machine the number may be some other process's. Postgres' own processes have the
        // cluster as working folder. Where there is no /proc, Postgres decides, with its own and weaker check.
        if !Path::new("/proc/self/cwd").exists() {
            return Ok(());
        }
        let still_runs = || fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|folder| folder == cluster);
        if !still_runs() || supervisor::end_stranger(pid, account, still_runs) {
            // Postgres would mistake another process of the same user for a server.
            return remove_all(&self.pid_path());
        }
        Err(PostgresError::Leftover { folder: self.root.clone(), pid })
    }

    /// Makes the cluster if there is none, and returns the superuser's password.
    pub(super) fn initialise(
        &self,
        binaries: &Path,
        account: &Account,
        durable: bool,
    ) -> Result<String, PostgresError> {
        let cluster = self.cluster();
        let password_file = self.root.join(PASSWORD);
        if cluster.exists() {
            self.check_version(binaries)?;
            return Ok(fs::read_to_string(&password_file).map_err(file("read", &password_file))?.trim().to_owned());
        }

        // What an interrupted attempt left goes first; the rename at the end makes the new one whole.
        let unfinished = self.root.join("cluster.new");
        remove_all(&unfinished)?;
        let _ = fs::remove_file(&password_file);
        let password = random_hex::<24>();
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&password_file)
            .and_then(|mut file| writeln!(file, "{password}"))
            .map_err(file("write", &password_file))?;
        account.own(&password_file)?;

        // Texts sort by code point on every machine alike. C.UTF-8 knows letters beyond ASCII for lower(); a
        // system without that locale falls back to plain C.
        let mut output = String::new();
        for letters in ["C.UTF-8", "C"] {
            let mut initdb = account.command(binaries.join("initdb"));
            initdb
                .args(["--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--no-instructions"])
                .args(["--locale=C", &format!("--lc-ctype={letters}")])
                .arg(prefixed("--pwfile=", &password_file))
                .arg(prefixed("--pgdata=", &unfinished));
            if !durable {
                initdb.arg("--no-sync");
            }
            let result =
                initdb.output().map_err(|source| PostgresError::Run { program: binaries.join("initdb"), source })?;
            if result.status.success() {
                return match fs::rename(&unfinished, &cluster) {
                    Ok(()) => Ok(password),
                    Err(source) => Err(file("rename", &unfinished)(source)),
                };
            }
            output = String::from_utf8_lossy(&result.stdout).into_owned() + &String::from_utf8_lossy(&result.stderr);
            remove_all(&unfinished)?;
        }
        Err(PostgresError::Initdb { output })
    }

    fn check_version(&self, binaries: &Path) -> Result<(), PostgresError> {
        let path = self.cluster().join("PG_VERSION");
        let made_by = fs::read_to_string(&path).map_err(file("read", &path))?.trim().to_owned();
        let found = binaries::version(binaries).unwrap_or_default();
        if binaries::major_in(&found).is_some_and(|major| major.to_string() != made_by) {
            let (folder, binaries) = (self.root.clone(), binaries.to_owned());
            return Err(PostgresError::OtherVersion { folder, made_by, binaries, found });
        }
        Ok(())
    }

    /// The server's process once it takes connections.
    pub(super) fn ready_pid(&self) -> Option<u32> {
        let lines = self.pid_file()?;
        (lines.get(7)?.trim() == "ready").then(|| lines[0].parse().ok())?
    }

    fn pid_file(&self) -> Option<Vec<String>> {
        let text = fs::read_to_string(self.pid_path()).ok()?;
        Some(text.lines().map(str::to_owned).collect())
    }

    fn log(&self) -> PathBuf {
        self.root.join("server.log")
    }

    pub(super) fn open_log(&self, account: &Account) -> Result<File, PostgresError> {
        let path = self.log();
        let log = OpenOptions::new().append(true).create(true).mode(0o600).open(&path).map_err(file("open", &path))?;
        account.own(&path)?;
        Ok(log)
    }

    /// How long the log is before a start; a log that has grown long is emptied first.
    pub(super) fn log_length(&self) -> u64 {
        let path = self.log();
        let length = fs::metadata(&path).map_or(0, |found| found.len());
        if length > LOG_LIMIT && fs::write(&path, "").is_ok() {
            return 0;
        }
        length
    }

    /// The last lines of the log since it was `before` bytes long.
    pub(super) fn log_tail(&self, before: u64) -> String {
        let mut bytes = Vec::new();
        let read = File::open(self.log()).and_then(|mut log| {
            log.seek(SeekFrom::Start(before))?;
            log.read_to_end(&mut bytes)
        });
        if read.is_err() || bytes.is_empty() {
            return format!("(nothing; the log is {})", self.log().display());
        }
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<_> = text.lines().collect();
        lines[lines.len().saturating_sub(TAIL)..].join("\n")
    }

    /// Deletes everything in the folder, the lock last.
    pub(super) fn erase(self) -> Result<(), PostgresError> {
        for entry in fs::read_dir(&self.root).map_err(file("read the folder", &self.root))? {
            let path = entry.map_err(file("read the folder", &self.root))?.path();
            if path.file_name().is_some_and(|name| name != LOCK) {
                remove_all(&path)?;
            }
        }
        remove_all(&self.root.join(LOCK))
    }
}

fn cluster_of(root: &Path) -> PathBuf {
    root.join("cluster")
}

fn remove_all(path: &Path) -> Result<(), PostgresError> {
    let removed = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(file("delete", path)(error)),
        _ => Ok(()),
    }
}

fn prefixed(option: &str, path: &Path) -> std::ffi::OsString {
    let mut argument = std::ffi::OsString::from(option);
    argument.push(path);
    argument
}

/// Free space, as `df` sees it; 0 where there is no such folder.
pub(super) fn free_kibibytes(folder: &Path) -> u64 {
    let Ok(output) = Command::new("df").arg("-Pk").arg(folder).output() else {
        return 0;
    };
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .nth(1)
        .and_then(|line| line.split_whitespace().nth(3)?.parse().ok())
        .unwrap_or(0)
}
