//! What arrived on which day of a source: a gap is seen, explained in words by somebody, and filled by a late file, and
//! everything that was said stays.

use chrono::{Days, NaiveDate};
use uuid::Uuid;

use crate::exports::{database, import, opened};
use crate::fixtures::{MANAGER, SOURCE};
use crate::harness::{Browser, TestDb, TestPortal, told};

/// A Thursday long past at the source.
const DAY: &str = "2026-03-19";

fn day() -> NaiveDate {
    DAY.parse().expect("a day")
}

/// Eight Thursdays with a hundred rows each, and on the day itself so many.
async fn history(db: &TestDb, weeks: u64, rows: i64) {
    db.sql("DELETE FROM portal.source_days; ALTER TABLE portal.coverage_explanations DISABLE TRIGGER append_only; DELETE FROM portal.coverage_explanations; ALTER TABLE portal.coverage_explanations ENABLE TRIGGER append_only")
        .await;
    for week in 1..=weeks {
        let before = day() - Days::new(7 * week);
        db.sql(&format!("INSERT INTO portal.source_days VALUES ('{SOURCE}', '{before}', 100)")).await;
    }
    if rows > 0 {
        db.sql(&format!("INSERT INTO portal.source_days VALUES ('{SOURCE}', '{DAY}', {rows})")).await;
    }
}

/// The day's line of the file: received, expected, status, explanation.
async fn line(browser: &Browser) -> String {
    let file = browser.get("/imports/coverage.csv?month=2026-03").await;
    let found = file.body.lines().find(|line| line.contains(DAY)).unwrap_or_else(|| panic!("{}", file.body));
    found.split(',').skip(4).take(4).collect::<Vec<_>>().join(" ")
}

async fn explain(browser: &Browser, reason: &str, note: &str) -> crate::harness::Answer {
    let path = format!("/imports/coverage/{SOURCE}/{DAY}");
    browser.post(&path, &[("reason", reason), ("note", note), ("form_key", &Uuid::now_v7().to_string())]).await
}

#[actix_web::test]
async fn a_day_is_judged_by_the_same_weekday_of_the_weeks_before() {
    let portal = TestPortal::start().await;
    let manager = portal.as_role("manager").await;
    for (weeks, rows, expected) in [
        (8, 100, "100 100 ok "),
        (8, 0, "0 100 gap "),
        (8, 20, "20 100 low "),
        (8, 400, "400 100 extra "),
        (2, 0, "0  no_history "),
    ] {
        history(&portal, weeks, rows).await;
        assert_eq!(line(&manager).await, expected, "{weeks} weeks");
    }
    history(&portal, 8, 0).await;
    let page = manager.get("/imports/coverage?month=2026-03").await;
    let row = page.body.split("<tr role=\"row\">").find(|row| row.contains(DAY)).expect("its line");
    assert!(row.contains("Gap") && row.contains("#sev-4") && row.contains("Explain"), "shape and word: {row}");
    assert!(page.body.contains("days of Chicago time"), "the source's own days");
}

#[actix_web::test]
async fn a_gap_is_explained_by_a_named_person_and_every_word_is_kept() {
    let portal = TestPortal::start().await;
    let (manager, coordinator) = (portal.as_role("manager").await, portal.as_role("coordinator_a").await);
    history(&portal, 8, 0).await;
    let answer = explain(&coordinator, "late_file_expected", "The vendor sends it on Monday").await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    assert_eq!(told(&portal.events(answer.request_id()).await), "coverage.form.read coverage.explain");
    assert_eq!(explain(&manager, "source_down", "").await.status, 303);
    assert_eq!(line(&manager).await, "0 100 gap source_down", "the newest counts");
    let form = manager.get(&format!("/imports/coverage/{SOURCE}/{DAY}")).await.body;
    for said in [
        "A late file is expected",
        "The vendor sends it on Monday",
        "Rosalind Quillfeather",
        "The source system was down",
    ] {
        assert!(form.contains(said), "{said}: {form}");
    }
    // what was said is never changed
    let changed = sqlx::query("UPDATE portal.coverage_explanations SET reason = 'other'").execute(&portal.db).await;
    assert!(changed.is_err(), "append-only");

    // an explained day says nothing about the weeks after it
    portal.sql(&format!("INSERT INTO portal.source_days VALUES ('{SOURCE}', '2026-03-26', 90)")).await;
    let file = manager.get("/imports/coverage.csv?month=2026-03").await.body;
    assert!(file.lines().any(|line| line.contains("2026-03-26,America/Chicago,90,100,ok")), "{file}");

    for (reason, note) in [("", ""), ("bored", ""), ("other", ""), ("other", "x".repeat(201).as_str())] {
        let answer = explain(&manager, reason, note).await;
        assert_eq!(answer.status, 422, "{reason}");
        assert!(answer.body.contains(&format!("value=\"{note}\"")), "what was typed is kept");
    }
    let who: Vec<Uuid> =
        portal.value("SELECT array_agg(explained_by ORDER BY id DESC) FROM portal.coverage_explanations").await;
    assert_eq!((who[0], who.len()), (MANAGER, 2));
}

#[actix_web::test]
async fn late_data_fills_the_gap_and_what_was_said_stays_beside_it() {
    let portal = TestPortal::on(database().await, |_| {}).await;
    let manager = portal.as_role("manager").await;
    history(&portal, 8, 0).await;
    portal.sql("UPDATE portal.source_days SET rows = 3").await;
    explain(&manager, "late_file_expected", "").await;
    let late = [8, 9, 10].map(|hour| opened(&format!("{DAY} {hour:02}:00:00"), "brac11", "MRN-1"));
    import(&portal, &late).await;
    assert_eq!(line(&manager).await, "3 3 ok late_file_expected");
    let page = manager.get("/imports/coverage?month=2026-03").await.body;
    assert!(page.contains("3 rows came after"), "{page}");
    // the same rows again, and a row in the last hour of the source's day
    import(&portal, &late).await;
    import(&portal, &[opened(&format!("{DAY} 23:59:59"), "brac11", "MRN-1")]).await;
    assert_eq!(line(&manager).await, "4 3 ok late_file_expected");
}

#[actix_web::test]
async fn an_auditor_reads_and_exports_coverage_and_explains_nothing() {
    let portal = TestPortal::start().await;
    let auditor = portal.as_role("auditor").await;
    history(&portal, 8, 0).await;
    let page = auditor.get("/imports/coverage?month=2026-03").await;
    assert!(page.status == 200 && page.body.contains("Gap") && !page.body.contains("Explain<"), "{}", page.body);
    assert_eq!(line(&auditor).await, "0 100 gap ");
    assert_eq!(explain(&auditor, "source_down", "").await.status, 403);
    assert!(auditor.get("/imports").await.body.contains("/imports/coverage"));
}
