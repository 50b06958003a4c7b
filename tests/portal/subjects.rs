//! A patient's and a person's page over a period: who touched the records, what a person opened, the same rows as a file, and how
//! much lies outside the reader's scope.

use uuid::Uuid;

use crate::fixtures::*;
use crate::harness::{Browser, TestDb, TestPortal};
use crate::parity::{download, ids_of_file, ids_of_pages, read};

/// A row of the nurse on a patient at a local time in Chicago, in a facility.
async fn row_at(db: &TestDb, n: usize, at: &str, facility: Uuid, patient: Uuid) -> Uuid {
    db.sql(&format!("SELECT audit.make_partitions(('{at}'::timestamp AT TIME ZONE 'America/Chicago')::date)")).await;
    db.sql(&format!(
        "INSERT INTO portal.access_logs (id, action_at, actor_kind, login_id, facility_id, source_id, source_event_id, resource_type, patient_id,
             access_type, access_reason, outcome, batch_id, ordinal)
         SELECT (left(audit.uuid_floor(at)::text, 13) || '-7000-8000-' || lpad(to_hex({n}), 12, '0'))::uuid, at, 'workforce', '{LOGIN_NURSE}', '{facility}',
                '{SOURCE}', 'OLD-{n}', 'Encounter', '{patient}', 'print', 'TREAT', 'success', '{BATCH}', 5000 + {n}
           FROM (SELECT '{at}'::timestamp AT TIME ZONE 'America/Chicago' AS at) t"
    ))
    .await;
    db.value(&format!("SELECT id FROM portal.access_logs WHERE source_event_id = 'OLD-{n}'")).await
}

fn day(ago: u64) -> String {
    let today = hipaa_auditor::clock::now().with_timezone(&chrono_tz::America::Chicago).date_naive();
    (today - chrono::Days::new(ago)).to_string()
}

/// The two pages that are about a period.
fn pages() -> [String; 2] {
    [format!("/patients/{PATIENT_ONE}"), format!("/people/{NURSE_A}")]
}

async fn rows(portal: &TestPortal, browser: &Browser, path: &str) -> Vec<Uuid> {
    ids_of_pages(portal, browser, path, "access_log").await
}

#[actix_web::test]
async fn a_page_is_about_the_last_ninety_days_unless_other_days_are_named_or_all_are_asked_for() {
    let portal = TestPortal::start().await;
    // the last minute of a day in Chicago is the next day in UTC
    let last_minute = row_at(&portal, 1, &format!("{} 23:59:00", day(100)), FACILITY_A, PATIENT_ONE).await;
    let first_minute = row_at(&portal, 2, &format!("{} 00:01:00", day(99)), FACILITY_A, PATIENT_ONE).await;
    let old = row_at(&portal, 3, &format!("{} 12:00:00", day(500)), FACILITY_A, PATIENT_ONE).await;
    let browser = portal.as_role("coordinator_a").await;
    for page in pages() {
        let usual = rows(&portal, &browser, &page).await;
        assert!(!usual.is_empty() && ![last_minute, first_minute, old].iter().any(|id| usual.contains(id)), "{page}");
        let all = rows(&portal, &browser, &format!("{page}?period=all")).await;
        assert_eq!(all.len(), usual.len() + 3, "{page}");
        assert_eq!(all.last(), Some(&old), "{page}: newest first");
        let one_day = rows(&portal, &browser, &format!("{page}?from={0}&to={0}", day(100))).await;
        assert_eq!(one_day, [last_minute], "{page}: a day of the reader's zone");
        let two = rows(&portal, &browser, &format!("{page}?from={}&to={}", day(100), day(99))).await;
        assert_eq!(two, [first_minute, last_minute], "{page}");
        let until = rows(&portal, &browser, &format!("{page}?to={}", day(450))).await;
        assert_eq!(until, [old], "{page}: ninety days up to the last one named");
        let none = browser.get(&format!("{page}?from={0}&to={0}", day(300))).await;
        assert_eq!(none.status, 200);
        assert!(none.body.contains("in these days") && none.body.contains("Show all time"), "{page}: {}", none.body);
        assert!(none.body.contains(&format!("name=\"from\" value=\"{}\"", day(300))), "the form keeps the days");
        assert!(none.body.contains("Chicago time"), "{page} names the zone");
        for wrong in ["from=yesterday", "period=ever", "after=x", &format!("from={}&to={}", day(1), day(2))] {
            let refused = browser.get(&format!("{page}?{wrong}")).await;
            assert_eq!(refused.status, 400, "{page} {wrong}");
            assert_eq!(browser.get(&format!("{page}.csv?{wrong}")).await.status, 400, "{page}.csv {wrong}");
        }
    }
    // a patient nobody opened in these days is there all the same
    assert_eq!(browser.get(&format!("/patients/{PATIENT_TWO}?from={0}&to={0}", day(700))).await.status, 200);
}

#[actix_web::test]
async fn the_file_has_the_rows_of_the_page_for_every_reader_and_period() {
    let db = TestDb::new().await;
    for n in 0..60 {
        let facility = if n % 3 == 0 { FACILITY_B } else { FACILITY_A };
        row_at(&db, 10 + n, &format!("{} 08:{n:02}:00", day(20)), facility, PATIENT_ONE).await;
    }
    row_at(&db, 100, &format!("{} 12:00:00", day(200)), FACILITY_A, PATIENT_ONE).await;
    let portal = TestPortal::on(db, |_| {}).await;
    for username in ["manager", "coordinator_a", "coordinator_b", "auditor", "auditor_full"] {
        let browser = portal.as_role(username).await;
        let mut sizes = Vec::new();
        for page in pages() {
            if username == "coordinator_b" && page.starts_with("/people") {
                assert_eq!(browser.get(&format!("{page}.csv")).await.status, 404, "she worked elsewhere");
                continue;
            }
            for query in ["", "?period=all", &format!("?from={0}&to={0}", day(20)), &format!("?to={}", day(2))] {
                let pages = rows(&portal, &browser, &format!("{page}{query}")).await;
                let answer = download(&portal, &browser, &format!("{page}.csv{query}")).await;
                let (header, lines) = read(&answer.body);
                assert!(header.starts_with("id,action_at,actor_kind,user_id,user,job,"), "{header}");
                let file = ids_of_file(&lines);
                assert_eq!(file, pages.into_iter().rev().collect::<Vec<_>>(), "{username} {page}{query}: oldest first");
                sizes.push(file.len());
                let named = lines.iter().all(|line| line[10].starts_with("MRN-") != (username == "auditor"));
                assert!(named, "{username}: a patient's id for whom it is, else a pseudonym");
            }
            let body = browser.get(&format!("{page}?period=all")).await.body;
            assert!(body.contains(&format!("{page}.csv?period=all")), "{page} links to its file");
        }
        assert!(sizes.iter().max() > Some(&19), "{username}: {sizes:?}");
    }
    let of = async |action: &str| -> Vec<serde_json::Value> {
        portal
            .value(&format!(
                "SELECT array_agg(filter ORDER BY started_at) FROM audit.exports WHERE action = '{action}'"
            ))
            .await
    };
    let kept = of("patient.export").await;
    assert_eq!(kept[1], serde_json::json!({"period": "all", "patient": PATIENT_ONE}));
    assert_eq!(kept[2], serde_json::json!({"from": day(20), "to": day(20), "patient": PATIENT_ONE}));
    let kept = of("person.activity.export").await;
    assert_eq!(kept[0], serde_json::json!({"from": day(90), "person": NURSE_A}), "the days that were meant");
    let list = portal.as_role("manager").await.get("/exports").await.body;
    assert!(
        list.contains("Who touched a patient&#39;s records") || list.contains("Who touched a patient's records"),
        "{list}"
    );
}

#[actix_web::test]
async fn a_login_counts_for_a_person_only_while_they_held_it() {
    let portal = TestPortal::start().await;
    let (before, during) = (
        row_at(&portal, 1, &format!("{} 12:00:00", day(40)), FACILITY_A, PATIENT_ONE).await,
        row_at(&portal, 2, &format!("{} 12:00:00", day(20)), FACILITY_A, PATIENT_ONE).await,
    );
    let began = format!("('{} 00:00'::timestamp AT TIME ZONE 'America/Chicago')", day(30));
    portal
        .sql(&format!(
            "UPDATE portal.login_holders SET valid_from = {began} WHERE login_id = '{LOGIN_NURSE}';
             INSERT INTO portal.login_holders (id, login_id, person_id, valid_from, valid_to)
             VALUES (gen_random_uuid(), '{LOGIN_NURSE}', '{FIELD_STAFF}', '2020-01-01', {began})"
        ))
        .await;
    let browser = portal.as_role("coordinator_a").await;
    let hers = rows(&portal, &browser, &format!("/people/{NURSE_A}")).await;
    assert!(hers.contains(&during) && !hers.contains(&before), "{hers:?}");
    assert_eq!(rows(&portal, &browser, &format!("/people/{FIELD_STAFF}")).await, [before]);
    let file = download(&portal, &browser, &format!("/people/{FIELD_STAFF}.csv")).await;
    assert_eq!(ids_of_file(&read(&file.body).1), [before]);
}

#[actix_web::test]
async fn everybody_who_touched_the_records_stands_there_once_with_job_and_cases() {
    let portal = TestPortal::start().await;
    let lines = async |username: &str| -> Vec<String> {
        let body = portal.as_role(username).await.get(&format!("/patients/{PATIENT_ONE}")).await.body;
        let table =
            body.split("id=\"h-people\"").nth(1).and_then(|rest| rest.split("</tbody>").next()).unwrap_or_default();
        let text = |row: &str| {
            let text: Vec<_> = row.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text)).collect();
            text.join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
        };
        table.split("<tbody").nth(1).unwrap_or_default().split("<tr ").skip(1).map(text).collect()
    };
    let number: i64 = portal.value(&format!("SELECT number FROM portal.review_cases WHERE id = '{CASE_B}'")).await;
    let all = lines("manager_two").await;
    assert_eq!(all.len(), 4, "nurse, manager, physician, vendor: {all:?}");
    let physician = all.iter().find(|line| line.contains("Castellanos")).expect("the physician");
    assert!(physician.contains("feat02 Physician 2 ") || physician.contains("feat02 Physician 3 "), "{physician}");
    assert!(physician.contains("Broke the glass") && physician.contains("Viewed"), "{physician}");
    assert!(physician.ends_with(&format!("AL-{number} Unassigned")), "{physician}");
    let nurse = all.iter().find(|line| line.contains("Brackenridge")).expect("the nurse");
    assert!(nurse.contains("Registered nurse, had left"), "she had, nine days before: {nurse}");
    assert!(all.iter().any(|line| line.contains("Northwind Transcription nwt7 Vendor account 1")), "{all:?}");
    let own = lines("coordinator_a").await;
    assert_eq!(own.len(), 2, "who is outside is a number: {own:?}");
    // once decided, the decision stands there
    let decided = portal.as_role("manager_two").await;
    let form = [("version", "1"), ("disposition", "appropriate"), ("reason", "care_team")];
    assert_eq!(decided.post(&format!("/access-logs/cases/{CASE_B}/decision"), &form).await.status, 303);
    let all = lines("manager_two").await;
    assert!(all.iter().any(|line| line.ends_with(&format!("AL-{number} Appropriate"))), "{all:?}");
}

#[actix_web::test]
async fn what_is_seen_and_what_lies_outside_are_all_there_is() {
    let portal = TestPortal::start().await;
    for n in 0..9 {
        row_at(&portal, n, &format!("{} 08:0{n}:00", day(5)), if n < 5 { FACILITY_A } else { FACILITY_B }, PATIENT_ONE)
            .await;
    }
    let all: i64 =
        portal.value(&format!("SELECT count(*) FROM portal.access_logs WHERE patient_id = '{PATIENT_ONE}'")).await;
    let hers: i64 =
        portal.value(&format!("SELECT count(*) FROM portal.access_logs WHERE login_id = '{LOGIN_NURSE}'")).await;
    for username in ["manager", "coordinator_a", "coordinator_b", "auditor", "coordinator_all"] {
        let browser = portal.as_role(username).await;
        for (page, all) in pages().into_iter().zip([all, hers]) {
            if username == "coordinator_b" && page.starts_with("/people") {
                continue;
            }
            let seen = rows(&portal, &browser, &page).await.len();
            let outside = usize::try_from(all).expect("few") - seen;
            let body = browser.get(&page).await.body;
            assert!(body.contains(&format!("{seen} rows")), "{username} {page}: {seen}");
            let said = format!("{outside} more rows lie outside what your account covers.");
            assert_eq!(body.contains("outside what your account covers."), outside > 0, "{username} {page}");
            assert!(outside == 0 || body.contains(&said), "{username} {page}: {said}");
        }
    }
    // rows of a withdrawn import count for nobody
    portal.sql("INSERT INTO portal.withdrawn_rows (access_id, batch_id) SELECT id, batch_id FROM portal.access_logs WHERE source_event_id IN ('OLD-0', 'OLD-8')").await;
    let browser = portal.as_role("coordinator_a").await;
    let body = browser.get(&format!("/people/{NURSE_A}")).await.body;
    assert!(body.contains("3 more rows lie outside what your account covers."), "{body}");
}

#[actix_web::test]
async fn a_made_up_cursor_opens_nothing() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("coordinator_a").await;
    let elsewhere = access_id(&portal, 6).await;
    for page in pages() {
        let seen = rows(&portal, &browser, &page).await;
        for after in [Uuid::max(), elsewhere, Uuid::nil()] {
            let more = rows(&portal, &browser, &format!("{page}?after={after}")).await;
            assert!(more.iter().all(|id| seen.contains(id) && *id < after), "{page} {after}");
        }
    }
}

#[actix_web::test]
async fn a_patient_or_a_person_out_of_scope_has_no_file() {
    let portal = TestPortal::start().await;
    for (username, patient, person) in [
        ("manager", 200, 200),
        ("coordinator_b", 200, 404),
        ("auditor_without", 404, 404),
        ("field_staff", 403, 403),
        ("admin", 403, 403),
    ] {
        let browser = portal.as_role(username).await;
        assert_eq!(browser.get(&format!("/patients/{PATIENT_ONE}.csv")).await.status, patient, "{username}");
        assert_eq!(browser.get(&format!("/people/{NURSE_A}.csv")).await.status, person, "{username}");
        assert!(browser.get(&format!("/patients/{NOWHERE}.csv")).await.status >= 403, "{username}");
    }
    // their own page leads nobody to a file that they may not have
    let own = portal.as_role("field_staff").await.get(&format!("/people/{FIELD_STAFF}")).await;
    assert!(own.status == 200 && !own.body.contains(".csv"));
}
