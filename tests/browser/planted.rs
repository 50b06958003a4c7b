//! Patient data typed wherever somebody can type, in a browser at the real binary: none of it may reach the trail or the
//! server's log, which other people read.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use hipaa_auditor::demo::{PASSWORD, activity, organisation};
use serde_json::{Map, json};
use uuid::Uuid;

use crate::chromium::Chromium;
use crate::demo::{self, SECRET, field, with};
use crate::harness::TestDb;
use crate::leash::Leashed;
use crate::path;

/// What every planted word begins with; the place it was planted at follows.
const MARK: &str = "ZQPLANTED";

fn mark(place: &str) -> String {
    format!("{MARK}{}", place.replace(|letter: char| !letter.is_ascii_alphanumeric(), ""))
}

/// The binary, serving, with its log in a file.
struct Server {
    _process: Leashed,
    base: String,
    log: PathBuf,
}

impl Server {
    async fn start(database: &TestDb, folder: &Path) -> Self {
        let port = {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
            listener.local_addr().expect("its address").port()
        };
        let log = folder.join("server.log");
        let process = Leashed::start(
            &[env!("CARGO_BIN_EXE_hipaa-auditor"), "serve", "--listen", &format!("127.0.0.1:{port}")],
            |command| {
                command
                    .env("DATABASE_URL", &database.app_url)
                    .env("WORKER_DATABASE_URL", &database.worker_url)
                    .env("HIPAA_AUDITOR_SECRET", SECRET)
                    .env("HIPAA_AUDITOR_SPOOL_DIR", folder.join("spool"))
                    .env("HIPAA_AUDITOR_SECOND_FACTOR", "off")
                    .env("RUST_LOG", "trace")
                    .stdout(Stdio::null())
                    .stderr(File::create(&log).expect("a log"));
            },
        );
        let base = format!("http://127.0.0.1:{port}");
        let begun = Instant::now();
        while !reqwest::get(format!("{base}/readyz")).await.is_ok_and(|answer| answer.status() == 200) {
            assert!(begun.elapsed() < Duration::from_secs(20), "not ready: {:?}", std::fs::read_to_string(&log));
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Self { _process: process, base, log }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn planted_patient_data_reaches_neither_the_trail_nor_the_log() {
    let database = demo::database().await;
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(&database, folder.path()).await;
    let agent = format!("--user-agent=Mozilla/5.0({})Chrome/156", mark("agent"));
    let browser = Chromium::with(&server.base, true, &[&agent]).await;
    plant_in_every_header(&browser).await;

    browser.go(&format!("/sign-in?back=/{}", mark("back"))).await;
    path::try_to_sign_in(&browser, &mark("username"), &mark("password")).await;
    path::sign_in(&browser, "coordinator", PASSWORD).await;
    let case: Uuid = database.value(SOME_CASE).await;
    plant_in_every_address(&browser, case).await;
    plant_in_every_form(&browser, case).await;
    let batch = plant_in_an_upload(&browser, &database, folder.path()).await;
    plant_in_raw_requests(&server, &browser).await;
    // a form that comes after the session has ended is sealed and offered again
    browser.go(&format!("/access-logs/cases/{case}")).await;
    database.sql("UPDATE portal.sessions SET ended_at = clock_timestamp() WHERE ended_at IS NULL").await;
    path::post(&browser, &format!("/access-logs/cases/{case}/decision"), &[("note", &mark("kept note"))]).await;
    assert_eq!(browser.text("h1").await, "Sign in again");
    browser.quit().await;

    // it was all really there
    let kept: i64 =
        database.value(&format!("SELECT count(*) FROM portal.findings f WHERE f::text LIKE '%{MARK}%'")).await;
    assert_eq!(kept, 1, "the finding says what somebody wrote");
    let stored: i64 =
        database.value(&format!("SELECT count(*) FROM portal.access_logs WHERE batch_id = '{batch}'")).await;
    assert_eq!(stored, 1, "the planted row is stored");
    let events: i64 = database.value("SELECT count(*) FROM audit.events WHERE actor_type = 'user'").await;
    assert!(events > 60, "every look and act is in the trail: {events}");

    let tables: Vec<String> = tables_of_the_trail(&database).await;
    assert!(tables.len() > 5, "{tables:?}");
    for table in tables {
        let found: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
            "SELECT t::text FROM {table} t WHERE t::text ILIKE '%{MARK}%' OR t::text ILIKE '%{}%' LIMIT 5",
            hex::encode(MARK)
        )))
        .fetch_all(&database.db)
        .await
        .expect("the trail");
        assert!(found.is_empty(), "{table} keeps what somebody typed: {found:#?}");
    }
    let log = std::fs::read_to_string(&server.log).expect("the log");
    assert!(log.lines().filter(|line| line.contains("\"route\"")).count() > 60, "the log tells of every request");
    let leaks: Vec<&str> = log.lines().filter(|line| line.to_uppercase().contains(MARK)).take(5).collect();
    assert!(leaks.is_empty(), "the log keeps what somebody typed: {leaks:#?}");
}

const SOME_CASE: &str = "SELECT c.id FROM portal.review_cases c
   JOIN portal.person_facilities f USING (facility_id) JOIN portal.people p ON p.id = f.person_id AND p.username = 'coordinator'
  WHERE c.disposition IS NULL AND c.person_id IS NOT NULL ORDER BY c.id LIMIT 1";

async fn tables_of_the_trail(database: &TestDb) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT c.oid::regclass::text FROM pg_class c WHERE c.relnamespace = 'audit'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition",
    )
    .fetch_all(&database.db)
    .await
    .expect("tables")
}

async fn plant_in_every_header(browser: &Chromium) {
    browser.cdp("Network.enable", json!({})).await;
    let headers: Map<_, _> = [
        "X-Request-Id",
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "X-Real-Ip",
        "Forwarded",
        "Accept-Language",
        "Traceparent",
        "X-Patient",
    ]
    .into_iter()
    .map(|name| (name.to_owned(), json!(mark(name))))
    .collect();
    browser.cdp("Network.setExtraHTTPHeaders", json!({ "headers": headers })).await;
}

async fn plant_in_every_address(browser: &Chromium, case: Uuid) {
    let word = mark("query");
    let mut paths = vec![
        format!("/{}", mark("path")),
        format!("/patients/{}", mark("patient")),
        format!("/people/{}", mark("person")),
        format!("/imports/{}", mark("import")),
        format!("/findings/{}", mark("finding")),
        format!("/search/{}", mark("search")),
        format!("/static/{}", mark("asset")),
        format!("/access-logs/cases/{}", mark("case")),
        format!("/access-logs/cases/{case}?back=/{word}&next=/{word}&previous=/{word}"),
        format!("/sign-in?back=/{word}"),
        format!("/healthz?q={word}"),
    ];
    for (page, names) in [
        (
            "/access-logs",
            &["view", "sort", "facility", "risk", "rule", "person", "patient", "after", "open", "anything"][..],
        ),
        (
            "/access-logs/rows",
            &["from", "to", "facility", "person", "patient", "batch", "access", "flag", "login", "after", "anything"],
        ),
        ("/access-logs/rows.csv", &["from", "facility", "patient", "anything"]),
        ("/findings", &["view", "severity", "status", "facility", "owner", "after", "anything"]),
        ("/findings.csv", &["severity", "anything"]),
        ("/findings/new", &["case", "anything"]),
        ("/audit", &["action", "outcome", "actor", "request", "from", "to", "resource", "after", "anything"]),
        ("/imports", &["after", "anything"]),
    ] {
        paths.extend(names.iter().map(|name| format!("{page}?{name}={word}")));
    }
    // in one go: most of them are refusals that look alike
    let script = format!(
        "const done = arguments[arguments.length - 1];
         Promise.all({}.map((path) => fetch(path, {{ headers: {{ 'HX-Current-URL': '/{word}' }} }}).then((a) => a.status)))
           .then(done, (error) => done(String(error)));",
        serde_json::to_string(&paths).expect("paths")
    );
    let answers = browser.ask_later(&script).await;
    let answers: Vec<u64> = answers
        .as_array()
        .unwrap_or_else(|| panic!("{answers}"))
        .iter()
        .filter_map(serde_json::Value::as_u64)
        .collect();
    assert_eq!(answers.len(), paths.len());
    for (path, status) in paths.iter().zip(&answers) {
        assert!(*status < 500, "{path} answers {status}");
    }
    browser.go(&format!("/access-logs?view={word}")).await;
}

async fn plant_in_every_form(browser: &Chromium, case: Uuid) {
    browser.go("/access-logs").await;
    browser.tab_to("#find").await;
    browser.press(mark("find")).await;
    browser.turning(browser.press_key(thirtyfour::Key::Enter)).await;
    assert!(browser.path().await.starts_with("/search/"));

    let decision = format!("/access-logs/cases/{case}/decision");
    let word = mark("field");
    for field in ["version", "disposition", "reason", "note", "next", "anything"] {
        path::post(browser, &decision, &[("version", "1"), (field, &word)]).await;
    }
    path::post(browser, "/settings/preferences", &[("theme", &word)]).await;
    for field in ["form_key", "case", "title", "severity", "due", "owner", "details"] {
        path::post(browser, "/findings", &[(field, &word)]).await;
    }
    path::post(browser, "/imports", &[("source", &word)]).await;
    path::post(browser, &format!("/{}", mark("posted path")), &[(&mark("name"), &word)]).await;

    browser.go(&format!("/findings/new?case={case}")).await;
    path::write_finding(browser, &mark("title")).await;
    browser.tab_to("#details").await;
    browser.press(mark("details")).await;
    browser.click("form.card .btn.pri").await;
    assert_eq!(browser.text("h1").await, mark("title"), "the finding is there");
    browser.go(&format!("/access-logs/cases/{case}")).await;
    browser.click("main a[href^='/findings/']:not([href*='new'])").await;
}

/// Every column of an export says something about a patient; one row can be stored, one cannot, one header is wrong.
async fn plant_in_an_upload(browser: &Chromium, database: &TestDb, folder: &Path) -> Uuid {
    let exports = activity::exports(&organisation::organisation(demo::today()), demo::today());
    let usual = exports.last().and_then(|week| week.text.lines().skip(1).find(|line| !field(line, 5).is_empty()));
    let usual = usual.expect("somebody opened a chart");
    let columns: Vec<&str> = activity::HEADER.split('\t').collect();
    let everywhere: Vec<String> = columns.iter().map(|name| mark(name)).collect();
    let changes: Vec<(usize, &str)> = everywhere.iter().enumerate().map(|(at, word)| (at, word.as_str())).collect();
    // what is left as it is: when, what was done; everything else may be anything
    let readable: Vec<_> = changes.iter().copied().filter(|(at, _)| ![0, 1, 3, 4, 16].contains(at)).collect();
    let content = [activity::HEADER, &with(usual, &readable), &with(usual, &changes)].join("\r\n") + "\r\n";
    let wrong = content.replace("PATIENT.PAT_MRN_ID", &mark("header"));
    let mut batch = None;
    for (name, content) in [("wrong", wrong), ("right", content)] {
        let file = folder.join(format!("{}.tsv", mark(name)));
        std::fs::write(&file, content).expect("a file");
        browser.go("/imports/new").await;
        browser.tab_to("#source").await;
        browser.press("North").await;
        browser.find("#file").await.send_keys(file.display().to_string()).await.expect("a file");
        browser.click("form.card .btn.pri").await;
        if name == "right" {
            browser.wait_for_text("flags raised").await;
            let id: Uuid = database.value("SELECT id FROM portal.import_batches ORDER BY id DESC LIMIT 1").await;
            batch = Some(id);
        } else {
            browser.wait_for(".errsum").await;
        }
    }
    batch.expect("the second one is imported")
}

/// What a browser does not send.
async fn plant_in_raw_requests(server: &Server, browser: &Chromium) {
    let http = reqwest::Client::new();
    let word = mark("raw");
    let cookies = browser.cookies().await;
    for method in ["GET", "POST", "PUT", "DELETE", &word] {
        for path in ["/access-logs", "/findings", "/imports", "/nowhere"] {
            let method: reqwest::Method = method.parse().expect("a method");
            let request = http
                .request(method, format!("{}{path}", server.base))
                .header("cookie", format!("{cookies}; {word}={word}"))
                .header("referer", format!("{}/{word}", server.base))
                .header("origin", format!("http://{word}"))
                .header("user-agent", format!("Mozilla/5.0 {word} Firefox/{word}"))
                .header("authorization", format!("Basic {word}"))
                .header("x-forwarded-for", &word)
                .header("x-request-id", &word)
                .header("content-type", format!("application/{word}"))
                .body(format!("note={word}"));
            let status = request.send().await.expect("an answer").status();
            assert!(status.as_u16() < 500, "{path} answers {status}");
        }
    }
    // a session that is none, and a broken request
    for cookie in [format!("__Host-portal-session={word}"), format!("portal-done=decided.1.{word}")] {
        let request = http.get(format!("{}/findings", server.base)).header("cookie", cookie);
        assert!(request.send().await.expect("an answer").status().as_u16() < 500);
    }
    let broken = http
        .post(format!("{}/imports", server.base))
        .header("cookie", &cookies)
        .header("sec-fetch-site", "same-origin");
    let broken = broken
        .header("content-type", format!("multipart/form-data; boundary={word}"))
        .body(format!("--{word}\r\n{word}"));
    assert!(broken.send().await.expect("an answer").status().as_u16() < 500);
}
