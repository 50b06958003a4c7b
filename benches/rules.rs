//! What a pass of the rules costs: the last thirty days of a hospital group come in as one batch, every rule runs, once through
//! the program (row-level security, tickets, the trail) and once as the same statements in `psql` as a superuser, who passes all
//! of that by, each on its own copy of one database. The statements are caught in the server's log while the program sends
//! them, so there is nothing to keep in step. `script/bench` runs it in a release build; `HIPAA_AUDITOR_BENCH_ROWS=100000` is
//! a quick look.
#![allow(
    missing_docs,
    clippy::disallowed_types,
    clippy::format_push_string,
    clippy::cast_precision_loss,
    reason = "a bench, not a part of the program"
)]
#![allow(clippy::print_stdout, reason = "a bench speaks to a person")]

#[path = "portal/statements.rs"]
#[allow(dead_code, reason = "each bench has a use for its part")]
mod statements;

use std::process::Command;
use std::time::{Duration, Instant};

use hipaa_auditor::audit::{Worker, install};
use hipaa_auditor::auth::password;
use hipaa_auditor::features::rules;
use hipaa_auditor::postgres::{Server, find_binaries};
use statements::{LOGGED, Sent, statements};
use uuid::Uuid;

/// How many times as long as bare SQL the program may take.
const LIMIT: f64 = 2.0;

/// What a read's event is good for; a step that takes longer is refused.
const TICKET: Duration = Duration::from_mins(1);

/// The signals and contexts that must have found something, or the figures are about nothing.
const LEAST_RULES: i64 = 17;

#[actix_web::main]
async fn main() {
    let rows: u64 =
        std::env::var("HIPAA_AUDITOR_BENCH_ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(1_000_000);
    let server = Server::start_scratch(20).await.expect("a throw-away Postgres");
    let token = password::random_token();
    let begun = Instant::now();
    fill(&server, rows, &token).await;
    println!("{rows} new rows, 2,000 logins, 100,000 patients; made in {:.0} s", begun.elapsed().as_secs_f64());

    let begun = Instant::now();
    let worker_url = format!("postgres://portal_worker:{token}@127.0.0.1:{}/program", server.port());
    let worker = Worker::lazy(&worker_url, 2).expect("a URL");
    let batch: Uuid = psql(&server, "program", "SELECT id FROM portal.import_batches").parse().expect("one batch");
    rules::after_batch(&worker, batch, Uuid::now_v7()).await.expect("the rules run");
    let program = begun.elapsed();
    worker.close().await;

    let log = std::fs::read_to_string(server.data_dir().join("server.log")).expect("the server's log");
    // without the door's own
    let sent: Vec<_> = statements(&log)
        .into_iter()
        .filter(|one| !["SELECT audit.", "CLOSE ALL", "SET "].iter().any(|start| one.text.starts_with(start)))
        .collect();
    let script = server.data_dir().join("pass.sql");
    std::fs::write(&script, as_script(&sent)).expect("a script");
    let begun = Instant::now();
    run(server_psql(&server, "plain").args(["-q", "-f"]).arg(&script));
    let plain = begun.elapsed();

    let count = |database| {
        psql(
            &server,
            database,
            "SELECT count(*) || ' flags, ' || (SELECT count(*) FROM portal.review_cases) || ' cases' FROM portal.access_flags",
        )
    };
    assert_eq!(count("program"), count("plain"), "both passes say the same");
    println!("{}, by rule:\n{}", count("program"), psql(&server, "program", BY_RULE));
    let fired: i64 = psql(&server, "program", "SELECT count(DISTINCT rule_code) FROM portal.access_flags")
        .parse()
        .expect("a number");
    assert!(rows < 1_000_000 || fired >= LEAST_RULES, "only {fired} rules found something");

    let ratio = program.as_secs_f64() / plain.as_secs_f64();
    println!(
        "the pass, {} statements in {} steps",
        sent.iter().filter(|one| one.text != "BEGIN" && one.text != "COMMIT").count(),
        steps(&sent).len()
    );
    println!("  through the program   {:.1} s", program.as_secs_f64());
    println!("  the same SQL in psql  {:.1} s", plain.as_secs_f64());
    println!("  ratio                 {ratio:.2} (limit: {LIMIT:.0})");
    let longest = steps(&sent).into_iter().max().unwrap_or_default();
    println!("  longest step          {:.1} s (limit: {} s, a ticket's life)", longest.as_secs_f64(), TICKET.as_secs());
    let mut slow: Vec<_> = sent.iter().collect();
    slow.sort_by_key(|one| std::cmp::Reverse(one.took));
    println!("the slowest statements");
    for one in slow.iter().take(8) {
        println!("  {:>6.2} s  {}", one.took.as_secs_f64(), one.name());
    }
    assert!(ratio <= LIMIT && longest < TICKET, "a limit is passed");
}

const BY_RULE: &str = "SELECT string_agg(format('  %s %s', lpad(n::text, 7), rule_code), E'\\n' ORDER BY rule_code)
                         FROM (SELECT rule_code, count(*) AS n FROM portal.access_flags GROUP BY 1) f";

/// One database filled, two copies of it: `program`, whose statements are logged, and `plain`.
async fn fill(server: &Server, rows: u64, token: &str) {
    install::make_database(&server.superuser_url("postgres"), "filled").await.expect("a database");
    install::migrate(&server.superuser_url("filled")).await.expect("migrates");
    install::set_passwords(&server.superuser_url("filled"), &[("portal_worker", token)]).await.expect("a password");
    let batch = include_str!("rules.sql").replace("ROWS", &rows.to_string());
    psql(server, "filled", &format!("{}{batch}", include_str!("hospital.sql")));
    psql(server, "filled", "VACUUM ANALYZE");
    for copy in ["program", "plain"] {
        psql(server, "postgres", &format!("CREATE DATABASE {copy} TEMPLATE filled STRATEGY file_copy"));
        psql(server, "postgres", &format!("GRANT CONNECT ON DATABASE {copy} TO portal_worker"));
    }
    for setting in LOGGED {
        psql(server, "postgres", &format!("ALTER ROLE portal_worker IN DATABASE program SET {setting}"));
    }
    // the one function of the pass that asks for a ticket itself; the policies ask no superuser
    psql(
        server,
        "plain",
        "CREATE OR REPLACE FUNCTION audit.ok(p_cover text) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
    );
}

/// How long each transaction's statements took.
fn steps(sent: &[Sent]) -> Vec<Duration> {
    sent.split(|one| one.text == "COMMIT")
        .map(|step| step.iter().map(|one| one.took).sum())
        .filter(|took| *took > Duration::ZERO)
        .collect()
}

/// Each statement prepared and executed with the same parameters, in the same transactions: planned as the program's are.
fn as_script(sent: &[Sent]) -> String {
    let mut script = String::new();
    for (n, one) in sent.iter().enumerate() {
        script += &if one.parameters.is_empty() {
            format!("{};\n", one.text)
        } else {
            format!("PREPARE s{n} AS {};\nEXECUTE s{n}({});\n", one.text, one.values().join(", "))
        };
    }
    script
}

fn server_psql(server: &Server, database: &str) -> Command {
    let mut command = Command::new(find_binaries().expect("Postgres").join("psql"));
    command.args(["-X", "-At", "-v", "ON_ERROR_STOP=1", "-d", &server.superuser_url(database)]);
    command
}

fn psql(server: &Server, database: &str, sql: &str) -> String {
    run(server_psql(server, database).args(["-q", "-c", sql]))
}

fn run(command: &mut Command) -> String {
    let output = command.output().expect("psql starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
