//! Runs Postgres so that it never outlives us.
//!
//! A shell starts a watcher, then becomes Postgres. The watcher reads a pipe whose other end only we hold: when we
//! close it, or die in whatever way, it reads the end of the file and tells Postgres to stop. Both are in a process
//! group of their own, so a Ctrl-C at the terminal reaches us only and the order of things is ours. The watcher is
//! not a child of Postgres, which looks after its children and would wonder.

use std::ffi::OsString;
use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::account::Account;
use super::{GLANCE, PATIENCE, PostgresError};

/// `$1` is Postgres' pid file, `$2` a folder to erase afterwards, or empty; the rest is the command. SIGINT is
/// Postgres' fast shutdown: roll back, write a checkpoint, end. After 20 seconds SIGQUIT ends it without the
/// checkpoint. The pid file tells the end sooner than the process, whose number stays taken until a slow init has
/// collected it.
const SCRIPT: &str = r#"
pid_file=$1
erase=$2
shift 2
exec 3<&0
( (
  trap '' HUP INT QUIT TERM
  while read -r _; do :; done
  kill -INT $$
  round=0
  while kill -0 $$ && read -r owner <"$pid_file" && [ "$owner" = $$ ] && [ $round -lt 1200 ]; do
    [ $round -ne 400 ] || kill -QUIT $$
    round=$((round + 1))
    sleep 0.05
  done
  [ -z "$erase" ] || rm -rf "$erase"
) <&3 3<&- >/dev/null 2>&1 & )
exec 3<&-
exec "$@" </dev/null
"#;

/// A Postgres process that ends with this value.
#[derive(Debug)]
pub(super) struct Supervised {
    child: Child,
    /// Held open while the server shall live.
    leash: Option<ChildStdin>,
    /// Erased once the server has ended.
    erase: Option<PathBuf>,
}

impl Supervised {
    pub(super) fn spawn(
        command: &[OsString],
        account: &Account,
        log: File,
        pid_file: &Path,
        erase: Option<&Path>,
    ) -> Result<Self, PostgresError> {
        let failed = |source| PostgresError::Run { program: "/bin/sh".into(), source };
        let also_log = log.try_clone().map_err(failed)?;
        let mut child = account
            .command("/bin/sh")
            .args(["-c", SCRIPT, "sh"])
            .arg(pid_file)
            .arg(erase.unwrap_or(Path::new("")))
            .args(command)
            .stdin(Stdio::piped())
            .stdout(log)
            .stderr(also_log)
            .process_group(0)
            .spawn()
            .map_err(failed)?;
        let leash = child.stdin.take();
        Ok(Self { child, leash, erase: erase.map(Path::to_owned) })
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        drop(self.leash.take());
        let deadline = Instant::now() + PATIENCE;
        while !self.has_ended() && Instant::now() < deadline {
            sleep(GLANCE);
        }
        if let Some(folder) = &self.erase {
            // The watcher does the same a moment later; whoever comes second finds nothing.
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

/// Ends a server that is not our child: waits a moment for its own watcher to do so, then insists.
pub(super) fn end_stranger(pid: u32, account: &Account, still_runs: impl Fn() -> bool) -> bool {
    for (signal, patience) in [("-0", 3), ("-INT", 20), ("-QUIT", 7)] {
        // A process that is gone by now is what we want.
        let _ = account
            .command("/bin/sh")
            .args(["-c", r#"kill "$1" "$2""#, "sh", signal, &pid.to_string()])
            .stderr(Stdio::null())
            .status();
        let deadline = Instant::now() + Duration::from_secs(patience);
        while Instant::now() < deadline {
            if !still_runs() {
                return true;
            }
            sleep(GLANCE);
        }
    }
    false
}
