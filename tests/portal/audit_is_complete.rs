//! A look leaves its event, however the look ends: rolled back, hung up on, or cut off.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::fixtures::MANAGER;
use crate::harness::{Browser, Event, PASSWORD, Raw, TestPortal, told};

/// The page under test reads the counts of the frame, and so `portal.review_cases`.
const PAGE: &str = "/settings/permissions";
const HOLD: &str = "BEGIN; LOCK TABLE portal.review_cases IN ACCESS EXCLUSIVE MODE";
/// The portal's own connections that wait for the lock.
const WAITING: &str =
    "datname = current_database() AND application_name = 'hipaa-auditor' AND wait_event_type = 'Lock'";

async fn until_a_request_waits(portal: &TestPortal) {
    for _ in 0..500 {
        if portal.value::<i64>(&format!("SELECT count(*) FROM pg_stat_activity WHERE {WAITING}")).await > 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no request waits");
}

fn success(events: &[Event]) -> bool {
    events.iter().any(|event| event.short() == "permission.list.read" && event.actor_id == Some(MANAGER))
}

#[actix_web::test]
async fn a_read_that_fails_halfway_and_is_rolled_back_leaves_its_event() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("manager").await;
    portal.sql("DROP FUNCTION portal.frame()").await;
    let answer = browser.get(PAGE).await;
    assert_eq!(answer.status, 500);
    assert_eq!(
        told(&portal.events(answer.request_id()).await),
        "permission.list.read permission.list.read!error/database_error"
    );
    assert!(
        !answer.body.contains("42883") && !answer.body.contains("portal.frame"),
        "the answer tells nothing of the database"
    );
}

#[actix_web::test]
async fn a_client_that_hangs_up_leaves_its_event() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("manager").await;
    let mut holder = Raw::connect(&portal.superuser_url).await;
    holder.must(HOLD).await;
    let mark = portal.mark().await;
    let request = actix_web::rt::spawn(async move { browser.request("GET", PAGE).send().await.is_ok() });
    until_a_request_waits(&portal).await;
    request.abort();
    assert!(request.await.is_err(), "it did not get its answer");
    holder.must("ROLLBACK").await;
    let events = portal.events_after(mark).await;
    assert!(success(&events), "{events:?}");
}

#[actix_web::test]
async fn a_killed_backend_leaves_its_event() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("manager").await;
    let mut holder = Raw::connect(&portal.superuser_url).await;
    holder.must(HOLD).await;
    let request = actix_web::rt::spawn(async move { browser.get(PAGE).await });
    until_a_request_waits(&portal).await;
    assert!(
        portal
            .value::<bool>(&format!("SELECT bool_and(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE {WAITING}"))
            .await
    );
    let answer = request.await.expect("an answer");
    holder.must("ROLLBACK").await;
    assert!(matches!(answer.status, 500 | 503), "{}", answer.status);
    assert!(!answer.body.contains("review_case.decide"), "nothing of the page is shown");
    let events = portal.events(answer.request_id()).await;
    assert!(success(&events), "{events:?}");
    assert_eq!(told(&events), "permission.list.read permission.list.read!error/database_error");
}

#[actix_web::test]
async fn the_portal_serves_on_after_its_connections_were_killed() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("manager").await;
    assert_eq!(browser.get(PAGE).await.status, 200);
    portal.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'hipaa-auditor'").await;
    for _ in 0..8 {
        let answer = browser.get(PAGE).await;
        assert!(matches!(answer.status, 200 | 500 | 503), "{}", answer.status);
    }
    let answer = browser.get(PAGE).await;
    assert_eq!(
        (answer.status, told(&portal.events(answer.request_id()).await).as_str()),
        (200, "permission.list.read")
    );
}

#[actix_web::test]
async fn a_transaction_rolled_back_by_hand_leaves_its_read_event_and_takes_its_write_event_along() {
    let portal = TestPortal::start().await;
    let token = portal.session_of(MANAGER).await;
    let mut app = portal.as_app().await;
    let mark = portal.mark().await;
    let read = app.open(&token, "person.read").await.expect("may");
    app.must(&format!("BEGIN; SELECT audit.use_event('{read}'); SELECT * FROM portal.people")).await;
    app.open(&token, "preference.update").await.expect("may");
    app.must("ROLLBACK").await;
    assert_eq!(told(&portal.events_after(mark).await), "person.read");
}

#[actix_web::test]
async fn a_killed_process_leaves_its_event() {
    let portal = TestPortal::start().await;
    // a process of its own on the same database
    let mut process = Command::new(env!("CARGO_BIN_EXE_hipaa-auditor"))
        .args(["serve", "--listen", "127.0.0.1:0"])
        .env("DATABASE_URL", &portal.app_url)
        .env("HIPAA_AUDITOR_SECRET", "a secret of this test alone, long enough")
        .env("HIPAA_AUDITOR_SECOND_FACTOR", "off")
        .env_remove("WORKER_DATABASE_URL")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program");
    let mut said = String::new();
    let mut output = BufReader::new(process.stdout.take().expect("its output"));
    output.read_line(&mut said).expect("a line");
    let address = said.trim().strip_prefix("listening on ").expect("its address");
    let browser = Browser::new(&format!("http://{address}"));
    let signed_in = browser.sign_in("manager", PASSWORD).await;
    // the cookie is Secure and this is plain http: no client would send it by itself
    let cookie = signed_in.header("set-cookie").split(';').next().unwrap_or_default().to_owned();

    let mut holder = Raw::connect(&portal.superuser_url).await;
    holder.must(HOLD).await;
    let mark = portal.mark().await;
    let request =
        actix_web::rt::spawn(async move { browser.request("GET", PAGE).header("cookie", cookie).send().await.is_ok() });
    until_a_request_waits(&portal).await;
    process.kill().expect("kill -9");
    process.wait().expect("its end");
    assert!(!request.await.expect("no panic"), "it did not get its answer");
    holder.must("ROLLBACK").await;
    let events = portal.events_after(mark).await;
    assert!(success(&events), "{events:?}");
}
