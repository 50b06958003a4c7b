//! These start real servers.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use super::{Options, PostgresError, Server, binaries, erase, find_binaries, scratch_dir};

/// Tells [`holds_a_server_until_killed`] its data folder.
const FOLDER: &str = "HIPAA_AUDITOR_TEST_FOLDER";

fn options(data_dir: &Path) -> Options {
    Options { data_dir: data_dir.to_owned(), durable: false, max_connections: 12 }
}

fn psql(server: &Server, password: &str, statement: &str) -> Output {
    Command::new(find_binaries().unwrap().join("psql"))
        .args(["-X", "-A", "-t", "-h", "127.0.0.1", "-U", "postgres", "-d", "postgres"])
        .args(["-p", &server.port().to_string(), "-c", statement])
        .env("PGPASSWORD", password)
        .output()
        .unwrap()
}

fn ask(server: &Server, statement: &str) -> String {
    let output = psql(server, &server.password, statement);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn pid_of(server: &Server) -> u32 {
    server.supervised.pid()
}

fn runs(pid: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    !status.is_empty() && !status.contains("State:\tZ")
}

fn answers(port: u16) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
}

fn eventually(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(15);
    while !holds() {
        assert!(Instant::now() < deadline, "not so after 15 seconds: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[tokio::test]
async fn a_second_start_finds_what_the_first_one_kept() {
    let folder = scratch_dir();
    let first = Server::start(options(&folder)).await.unwrap();
    assert_eq!(ask(&first, "SHOW max_connections"), "12");
    assert_eq!(ask(&first, "SHOW timezone"), "UTC");
    assert_eq!(ask(&first, "SHOW fsync"), "off");
    ask(&first, "CREATE TABLE kept AS SELECT 42 AS number");
    let (port, pid, url) = (first.port(), pid_of(&first), first.superuser_url("postgres"));
    assert!(url.starts_with("postgres://postgres:") && url.ends_with(&format!("@127.0.0.1:{port}/postgres")));
    assert!(!format!("{first:?}").contains(&first.password));
    first.stop().await;
    assert!(!runs(pid) && !answers(port));

    let begun = Instant::now();
    let second = Server::start(options(&folder)).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    assert_eq!(ask(&second, "SELECT number FROM kept"), "42");
    let pid = pid_of(&second);
    drop(second);
    assert!(!runs(pid));
    erase(&folder).await.unwrap();
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
    fs::remove_dir(&folder).unwrap();
}

#[tokio::test]
async fn nobody_comes_in_without_the_password() {
    let server = Server::start_scratch(10).await.unwrap();
    let root = server.data_dir().to_owned();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&root), 0o700);
    assert_eq!(mode(&root.join("superuser-password")), 0o600);
    assert_eq!(mode(&root.join("server.log")), 0o600);
    let refused = psql(&server, "wrong", "SELECT 1");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("password authentication failed"));
    let methods = "SELECT DISTINCT auth_method FROM pg_hba_file_rules";
    assert_eq!(ask(&server, methods), "scram-sha-256");
    assert_eq!(ask(&server, "SHOW listen_addresses"), "127.0.0.1");
    assert_eq!(ask(&server, "SHOW unix_socket_directories"), "");
}

#[tokio::test]
async fn statements_and_their_errors_never_reach_the_log() {
    let server = Server::start_scratch(10).await.unwrap();
    ask(&server, "CREATE TABLE patients (mrn text PRIMARY KEY)");
    ask(&server, "INSERT INTO patients VALUES ('MRN-77777')");
    for statement in [
        "INSERT INTO patients VALUES ('MRN-77777')",
        "SELECT 'MRN-77777'::uuid",
        "SELECT * FROM patients WHERE mrn = 'MRN-77777' AND",
        "DO $$ BEGIN RAISE WARNING 'MRN-77777'; END $$",
        "DO $$ BEGIN RAISE EXCEPTION 'MRN-77777' USING DETAIL = 'MRN-77777'; END $$",
        "SELECT pg_terminate_backend(pg_backend_pid()), 'MRN-77777'",
    ] {
        let output = psql(&server, &server.password, statement);
        let heard = String::from_utf8_lossy(&output.stderr);
        assert!(!heard.is_empty(), "{statement}");
    }
    let root = server.data_dir().to_owned();
    let log = fs::read_to_string(root.join("server.log")).unwrap();
    assert!(log.contains("ready to accept connections"), "{log}");
    assert!(log.contains("terminating connection"), "{log}");
    assert!(!log.contains("77777"), "{log}");
}

#[tokio::test]
async fn a_scratch_server_leaves_nothing_behind() {
    let server = Server::start_scratch(10).await.unwrap();
    let (root, pid) = (server.data_dir().to_owned(), pid_of(&server));
    assert!(root.exists());
    drop(server);
    assert!(!runs(pid));
    eventually("the folder is gone", || !root.exists());
}

#[tokio::test]
async fn a_folder_serves_one_process_at_a_time() {
    let folder = scratch_dir();
    let server = Server::start(options(&folder)).await.unwrap();
    let second = Server::start(options(&folder)).await;
    assert!(matches!(second, Err(PostgresError::InUse { .. })), "{second:?}");
    assert!(matches!(erase(&folder).await, Err(PostgresError::InUse { .. })));
    assert_eq!(ask(&server, "SELECT 1"), "1");
    drop(server);
    fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
async fn a_folder_with_other_files_is_left_alone() {
    let folder = tempfolder();
    fs::write(folder.join("thesis.txt"), "years of work").unwrap();
    let before = fs::metadata(&folder).unwrap().permissions();
    assert!(matches!(Server::start(options(&folder)).await, Err(PostgresError::NotOurs { .. })));
    assert!(matches!(erase(&folder).await, Err(PostgresError::NotOurs { .. })));
    assert_eq!(fs::metadata(&folder).unwrap().permissions(), before);
    assert!(folder.join("thesis.txt").exists());
    fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
async fn another_major_version_is_named() {
    let folder = scratch_dir();
    drop(Server::start(options(&folder)).await.unwrap());
    fs::write(folder.join("cluster/PG_VERSION"), "9\n").unwrap();
    let error = Server::start(options(&folder)).await.unwrap_err();
    assert!(error.to_string().contains("was made by Postgres 9"), "{error}");
    fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
async fn a_server_that_cannot_start_shows_its_log() {
    let folder = scratch_dir();
    drop(Server::start(options(&folder)).await.unwrap());
    fs::write(folder.join("cluster/postgresql.conf"), "work_mem = 'plenty'\n").unwrap();
    let error = Server::start(options(&folder)).await.unwrap_err();
    assert!(matches!(error, PostgresError::Ended { .. }) && error.to_string().contains("work_mem"), "{error}");
    fs::remove_dir_all(&folder).unwrap();
}

/// Not a test of its own: the process that the next test kills.
#[tokio::test]
#[ignore = "runs until it is killed; started by a_killed_process_takes_its_server_along"]
async fn holds_a_server_until_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let server = Server::start(options(Path::new(&folder))).await.unwrap();
    let scratch = Server::start_scratch(10).await.unwrap();
    println!("\nservers {} {} {} {}", pid_of(&server), server.port(), pid_of(&scratch), scratch.data_dir().display());
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn a_killed_process_takes_its_server_along() {
    let folder = scratch_dir();
    let mut helper = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", "postgres::tests::holds_a_server_until_killed"])
        .env(FOLDER, &folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(helper.stdout.take().unwrap()).lines();
    let line = lines.map_while(Result::ok).find(|line| line.starts_with("servers ")).unwrap();
    let fields: Vec<_> = line.split(' ').collect();
    let (pid, port) = (fields[1].parse().unwrap(), fields[2].parse().unwrap());
    let (scratch_pid, scratch_folder) = (fields[3].parse().unwrap(), Path::new(fields[4]));
    assert!(runs(pid) && answers(port) && runs(scratch_pid) && scratch_folder.exists());

    helper.kill().unwrap();
    // At once, while the old server may still be shutting down.
    let next = Server::start(options(&folder)).await.unwrap();
    assert!(!runs(pid));
    assert_eq!(ask(&next, "SELECT 1"), "1");
    eventually("the scratch server has ended", || !runs(scratch_pid));
    eventually("its folder is gone", || !scratch_folder.exists());
    helper.wait().unwrap();
    drop(next);
    fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
async fn a_server_without_its_watcher_is_ended_by_the_next_start() {
    let folder = scratch_dir();
    let first = Server::start(options(&folder)).await.unwrap();
    let pid = pid_of(&first);
    // Kills the watcher: the one process of the server's group that is not a child of the server.
    let killed = Command::new("/bin/sh")
        .args(["-c", r#"for p in $(ps -o pid=,ppid=,pgid= -e | awk -v g="$1" '$3==g && $1!=g && $2!=g {print $1}'); do kill -9 "$p"; done"#])
        .args(["sh", &pid.to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
    // As if this process had been killed: the folder's lock is free, the server is not told to stop.
    let Server { supervised, folder: held, .. } = first;
    std::mem::forget(supervised);
    drop(held);
    assert!(runs(pid));

    let second = Server::start(options(&folder)).await.unwrap();
    assert!(!runs(pid));
    assert_eq!(ask(&second, "SELECT 1"), "1");
    drop(second);
    fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
async fn after_a_restart_of_the_machine_a_strangers_process_is_left_alone() {
    let folder = scratch_dir();
    drop(Server::start(options(&folder)).await.unwrap());
    let mut stranger = Command::new("sleep").arg("60").spawn().unwrap();
    let stale = format!("{}\n{}\n1\n5432\n\n127.0.0.1\n\nready\n", stranger.id(), folder.join("cluster").display());
    fs::write(folder.join("cluster/postmaster.pid"), stale).unwrap();
    let started = Server::start(options(&folder)).await;
    assert!(runs(stranger.id()), "the stranger was ended");
    stranger.kill().unwrap();
    stranger.wait().unwrap();
    let server = started.unwrap();
    assert_eq!(ask(&server, "SELECT 1"), "1");
    drop(server);
    fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
async fn a_folder_that_the_servers_user_cannot_reach_is_named() {
    if super::account::our_uid().unwrap() != 0 {
        return; // An ordinary user's server runs as that user: nothing is in the way.
    }
    let private = tempfolder();
    fs::set_permissions(&private, fs::Permissions::from_mode(0o700)).unwrap();
    let error = Server::start(options(&private.join("data"))).await.unwrap_err();
    assert!(matches!(&error, PostgresError::Unreachable { obstacle, .. } if *obstacle == private), "{error}");
    assert!(!private.join("data").exists());
    fs::remove_dir_all(&private).unwrap();
}

#[test]
fn versions_are_read() {
    assert_eq!(binaries::major_in("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"), Some(15));
    assert_eq!(binaries::major_in("postgres (PostgreSQL) 19beta1"), Some(19));
    assert_eq!(binaries::major_in("sh: postgres: not found"), None);
}

fn tempfolder() -> std::path::PathBuf {
    let folder = scratch_dir();
    fs::create_dir(&folder).unwrap();
    folder
}
