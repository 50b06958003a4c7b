//! A process that ends with the test that needs it, whatever becomes of the test.

use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdout, Command, Stdio};

/// Ends the process when its own standard input ends, and does not speak of it.
const SCRIPT: &str = r#"
"$@" </dev/null &
process=$!
exec 2>/dev/null
cat >/dev/null
kill "$process"
wait "$process"
"#;

/// A running process; dropping it ends it.
pub struct Leashed {
    shell: Child,
}

impl Leashed {
    /// Starts a program; the caller says where its output goes.
    pub fn start(command: &[&str], set_up: impl FnOnce(&mut Command)) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", SCRIPT, "leash"]).args(command).process_group(0);
        set_up(&mut shell);
        Self { shell: shell.stdin(Stdio::piped()).spawn().expect("a shell") }
    }

    /// Its output, where that was asked for.
    pub fn output(&mut self) -> ChildStdout {
        self.shell.stdout.take().expect("its output")
    }
}

impl Drop for Leashed {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}
