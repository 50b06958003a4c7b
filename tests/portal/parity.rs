//! For whoever has both, a file's rows are its page's: the same ids, the same scope, whatever the filter. And a file is
//! safe to open, known to the trail by its hash, and recorded as cut off where the client left.

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};
use sqlx::Row as _;
use uuid::Uuid;

use crate::fixtures::*;
use crate::harness::{Answer, Browser, Raw, TestDb, TestPortal, told};

/// The header of the access rows' file, as it was promised.
const HEADER: &str = "id,action_at,actor_kind,user_id,actor_identifier,facility,source_system,source_event_id,patient_id,resource_type,resource_id,\
access_type,access_reason,outcome,source_ip,device_label,on_behalf_of,suspicious,flags,case,review_state,disposition,reason_code,reviewed_by,reviewed_at,withdrawn,time_repeated";

/// Cells that a spreadsheet or a careless reader would take for something else.
const AWKWARD: [&str; 9] =
    ["=HYPERLINK(\"x\")", "+1-1", "-2+3", "@SUM(A1)", "a, b", "say \"x\"", "two\nlines", "\tTAB", "Zoë 北"];

/// More access rows, from two days ago on, `count` of them, with awkward labels and, now and then, two flags.
pub async fn more_rows(db: &TestDb, count: usize) {
    let labels: Vec<_> =
        AWKWARD.iter().map(|label| format!("E'{}'", label.replace('\n', "\\n").replace('\t', "\\t"))).collect();
    db.sql(&format!(
        "INSERT INTO portal.access_logs (id, action_at, actor_kind, login_id, facility_id, department_id, owner_id, source_id, source_event_id,
             resource_type, resource_word, resource_id, patient_id, access_type, access_word, access_reason, outcome, source_ip, device_label,
             on_behalf_of, batch_id, ordinal)
         SELECT (left(audit.uuid_floor(at)::text, 13) || '-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, at, 'workforce',
                CASE WHEN n % 3 = 0 THEN '{LOGIN_PHYSICIAN}' ELSE '{LOGIN_NURSE}' END::uuid,
                CASE n % 3 WHEN 0 THEN '{FACILITY_B}'::uuid WHEN 1 THEN '{FACILITY_A}'::uuid END, NULL,
                CASE WHEN n % 3 = 2 THEN '{COORDINATOR_A}'::uuid END, '{SOURCE}', labels[1 + n % 9],
                'Encounter', 'Encounter', CASE WHEN n % 2 = 0 THEN labels[1 + (n + 4) % 9] END, CASE WHEN n % 5 > 0 THEN '{PATIENT_ONE}'::uuid END,
                CASE WHEN n % 4 = 0 THEN 'print' ELSE 'view' END, 'View', 'TREAT', 'success', '2001:db8::7', labels[1 + n % 9] || repeat('.', 60),
                labels[1 + n % 9], '{BATCH}', 1000 + n
           FROM generate_series(4096, 4095 + {count}) n,
                LATERAL (SELECT date_trunc('milliseconds', now()) - interval '2 days' + n * interval '1 microsecond' * 1500 AS at) t,
                (SELECT ARRAY[{}] AS labels) l;
         INSERT INTO portal.access_flags (access_id, rule_code, rule_version, facts, facility_id, owner_id, action_at, batch_id)
         SELECT a.id, r.code, 1, '{{\"rule\": \"break_glass_no_reason\", \"times\": 1}}', a.facility_id, a.owner_id, a.action_at, a.batch_id
           FROM portal.access_logs a, (VALUES ('terminated_user'), ('break_glass_no_reason'), ('after_hours')) r(code)
          WHERE a.ordinal > 1000 AND a.ordinal % 20 = 0",
        labels.join(", ")
    ))
    .await;
}

async fn portal() -> TestPortal {
    let db = TestDb::new().await;
    more_rows(&db, 150).await;
    TestPortal::on(db, |_| {}).await
}

/// The ids that a request showed, as the trail has them, in order.
async fn shown(db: &TestDb, answer: &Answer, resource_type: &str) -> Vec<Uuid> {
    db.value::<Option<Vec<Uuid>>>(&format!(
        "SELECT array_agg(x.id ORDER BY s.part, x.place)
           FROM audit.shown_rows s JOIN audit.events e USING (event_id), unnest(s.resource_ids) WITH ORDINALITY x(id, place)
          WHERE e.request_id = '{}' AND s.resource_type = '{resource_type}'",
        answer.request_id()
    ))
    .await
    .unwrap_or_default()
}

/// The ids of a list, page after page.
pub async fn ids_of_pages(portal: &TestPortal, browser: &Browser, path: &str, resource_type: &str) -> Vec<Uuid> {
    let mut next = Some(path.to_owned());
    let mut ids = Vec::new();
    while let Some(path) = next {
        let answer = browser.get(&path).await;
        assert_eq!(answer.status, 200, "{path}");
        let page = shown(portal, &answer, resource_type).await;
        let lines = answer
            .body
            .split("id=\"rows\"")
            .nth(1)
            .map_or(0, |rows| rows.split("</tbody>").next().unwrap_or("").matches("<tr ").count());
        assert_eq!(page.len(), lines, "the trail knows every line of {path}");
        ids.extend(page);
        assert!(ids.len() < 5000, "the pages of {path} never end");
        let pager =
            answer.body.split("id=\"pager\"").nth(1).and_then(|rest| rest.split("</div>").next()).unwrap_or_default();
        next = pager
            .split("href=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .map(|href| href.replace("&amp;", "&").replace("&#38;", "&"));
    }
    ids
}

/// A file's lines, by a reader that knows nothing of the writer.
pub fn read(body: &str) -> (String, Vec<csv::StringRecord>) {
    let (header, _) = body.split_once("\r\n").expect("a header, ended as RFC 4180 has it");
    let mut reader = csv::ReaderBuilder::new().has_headers(true).flexible(false).from_reader(body.as_bytes());
    let rows = reader.records().map(|row| row.expect("every line has the header's columns")).collect();
    (header.to_owned(), rows)
}

pub fn ids_of_file(rows: &[csv::StringRecord]) -> Vec<Uuid> {
    rows.iter().map(|row| row[0].parse().expect("an id")).collect()
}

/// Checks what the trail keeps of an export against what came.
async fn recorded(portal: &TestPortal, answer: &Answer, action: &str, resource_type: &str, filter: serde_json::Value) {
    assert_eq!(told(&portal.events(answer.request_id()).await), action);
    let row = sqlx::query("SELECT x.ended, x.row_count, x.sha256, x.filter, x.actor_id = e.actor_id FROM audit.exports x JOIN audit.events e USING (event_id) WHERE e.request_id = $1")
        .bind(answer.request_id())
        .fetch_one(&portal.db)
        .await
        .expect("the export");
    let (_, rows) = read(&answer.body);
    assert_eq!(row.get::<String, _>(0), "complete");
    assert_eq!(row.get::<i64, _>(1), i64::try_from(rows.len()).expect("few"));
    assert_eq!(row.get::<Vec<u8>, _>(2), Sha256::digest(answer.body.as_bytes()).to_vec(), "the hash is the file's");
    assert_eq!(row.get::<serde_json::Value, _>(3), filter);
    assert!(row.get::<bool, _>(4));
    assert_eq!(shown(portal, answer, resource_type).await, ids_of_file(&rows), "every row that left is known");
}

/// The end of an export is written after its last byte was sent.
async fn ended(portal: &TestPortal, answer: &Answer) {
    for _ in 0..200 {
        let open: i64 = portal
            .value(&format!("SELECT count(*) FROM audit.exports x JOIN audit.events e USING (event_id) WHERE x.ended IS NULL AND e.request_id = '{}'", answer.request_id()))
            .await;
        if open == 0 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("an export never ends");
}

pub async fn download(portal: &TestPortal, browser: &Browser, path: &str) -> Answer {
    let answer = browser.get(path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
    assert!(answer.header("content-disposition").starts_with("attachment; filename=\""));
    ended(portal, &answer).await;
    answer
}

#[actix_web::test]
async fn the_access_rows_of_the_file_are_those_of_the_pages_for_every_reader_and_filter() {
    let portal = portal().await;
    let day = |ago: i64| {
        (hipaa_auditor::clock::now().with_timezone(&chrono_tz::America::Chicago).date_naive()
            - chrono::Days::new(ago.unsigned_abs()))
        .to_string()
    };
    let filters: Vec<Vec<(&str, String)>> = vec![
        vec![],
        vec![("facility", FACILITY_A.to_string())],
        vec![("facility", FACILITY_B.to_string())],
        vec![("person", NURSE_A.to_string())],
        vec![("patient", PATIENT_ONE.to_string())],
        vec![("batch", BATCH.to_string()), ("access_type", "print".to_owned())],
        vec![("rule", "break_glass_no_reason".to_owned())],
        vec![("suspicious", "true".to_owned())],
        vec![("suspicious", "false".to_owned())],
        vec![("from", day(1))],
        vec![("from", day(2)), ("to", day(2))],
        vec![("patient", NOWHERE.to_string())],
    ];
    for username in ["manager", "coordinator_a", "coordinator_b", "coordinator_all", "auditor", "auditor_full"] {
        let browser = portal.as_role(username).await;
        let (mut sizes, mut unsaid) = (Vec::new(), 0);
        for filter in &filters {
            let query = serde_urlencoded::to_string(filter).expect("a query");
            let pages = ids_of_pages(&portal, &browser, &format!("/access-logs/rows?{query}"), "access_log").await;
            let answer = download(&portal, &browser, &format!("/access-logs/rows.csv?{query}")).await;
            let (header, rows) = read(&answer.body);
            assert_eq!(header, HEADER);
            let file = ids_of_file(&rows);
            assert!(file.is_sorted(), "ordered by id");
            assert_eq!(file, pages.into_iter().rev().collect::<Vec<_>>(), "{username} {query}");
            let typed = filter.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into())).collect();
            recorded(&portal, &answer, "access_log.list.export", "access_log", serde_json::Value::Object(typed)).await;
            sizes.push(file.len());
            if filter.is_empty() {
                unsaid = rows.iter().filter(|row| row[17].is_empty()).count();
            }
        }
        assert_eq!(unsaid, usize::from(username == "manager"), "of one's own accesses the file says nothing");
        assert!(sizes[0] > 50, "{username} needs more than one page: {sizes:?}");
        assert_eq!(sizes[0], sizes[7] + sizes[8] + unsaid, "{username}: suspicious or not");
        assert_eq!(sizes[11], 0);
        // an export without a button is no export: the page links to the very same filter
        let page = browser.get("/access-logs/rows?suspicious=true").await.body;
        assert!(page.contains("/access-logs/rows.csv?suspicious=true"));
    }
    // scope: what lies in a facility, and what has none
    let count = async |username| {
        let answer = download(&portal, &portal.as_role(username).await, "/access-logs/rows.csv").await;
        read(&answer.body).1.len()
    };
    assert_eq!(count("manager").await, ACCESS_ROWS + 150);
    assert_eq!(count("coordinator_a").await, 6 + 1 + 100, "A's, and those of no facility that they imported");
    assert_eq!(count("coordinator_b").await, 5 + 50);
}

#[actix_web::test]
async fn what_the_file_says_of_a_row_is_what_the_database_says() {
    let portal = portal().await;
    let answer = download(&portal, &portal.as_role("manager_two").await, "/access-logs/rows.csv").await;
    let (_, rows) = read(&answer.body);
    let truth: serde_json::Value = portal
        .value(
            "SELECT jsonb_object_agg(a.id, jsonb_build_array(a.actor_kind, h.person_id, l.login, f.site_code, s.name, a.resource_type, a.access_type,
                    a.access_reason, a.outcome, host(a.source_ip), fl.flags, c.number, c.state, c.disposition, c.reason_code, c.decided_by))
               FROM portal.access_logs a JOIN portal.ehr_logins l ON l.id = a.login_id JOIN portal.sources s ON s.id = a.source_id
               LEFT JOIN portal.facilities f ON f.id = a.facility_id
               LEFT JOIN portal.login_holders h ON h.login_id = a.login_id
               LEFT JOIN LATERAL (SELECT string_agg(x.rule_code, ';' ORDER BY x.rule_code) AS flags FROM portal.access_flags x WHERE x.access_id = a.id
                 AND NOT EXISTS (SELECT 1 FROM portal.superseded_flags s WHERE s.access_id = x.access_id AND s.rule_code = x.rule_code AND s.round = x.round)) fl ON true
               LEFT JOIN portal.case_rows cr ON cr.access_id = a.id LEFT JOIN portal.review_cases c ON c.id = cr.case_id",
        )
        .await;
    let times: Vec<DateTime<Utc>> =
        portal.value("SELECT array_agg(action_at ORDER BY id) FROM portal.access_logs").await;
    assert_eq!(rows.len(), times.len());
    for (row, at) in rows.iter().zip(times) {
        assert!(row[1].ends_with('Z') && row[1].contains('T'), "UTC: {}", &row[1]);
        assert_eq!(row[1].parse::<DateTime<Utc>>().expect("RFC 3339"), at);
        let text = |value: &serde_json::Value| match value {
            serde_json::Value::Null => String::new(),
            serde_json::Value::Number(number) => format!("AL-{number}"),
            other => other.as_str().expect("text").to_owned(),
        };
        let expected: Vec<_> = truth[&row[0]].as_array().expect("the row").iter().map(text).collect();
        let told: Vec<_> = [2, 3, 4, 5, 6, 9, 11, 12, 13, 14, 18, 19, 20, 21, 22, 23]
            .into_iter()
            .map(|column| row[column].to_owned())
            .collect();
        assert_eq!(told, expected, "{}", &row[0]);
        let signals = row[18].split(';').any(|flag| !flag.is_empty() && flag != "after_hours");
        assert_eq!(&row[17], if signals { "true" } else { "false" }, "suspicious means a signal: {}", &row[18]);
        assert_eq!(row[24].is_empty(), row[23].is_empty(), "decided by somebody at some time");
    }
    assert!(
        rows.iter().any(|row| &row[18] == "after_hours;break_glass_no_reason;terminated_user"),
        "sorted, joined by ;"
    );
}

#[actix_web::test]
async fn a_cell_comes_back_as_it_went_and_one_that_a_spreadsheet_would_run_is_text() {
    let portal = portal().await;
    let browser = portal.as_role("manager").await;
    let answer = download(&portal, &browser, "/access-logs/rows.csv").await;
    let (_, rows) = read(&answer.body);
    let cells: Vec<_> = rows.iter().map(|row| row[16].to_owned()).filter(|cell| !cell.is_empty()).collect();
    for label in AWKWARD {
        let formula = label.starts_with(['=', '+', '-', '@', '\t']);
        let wanted = if formula { format!("'{label}") } else { label.to_owned() };
        assert!(cells.contains(&wanted), "{label:?}");
    }
    for row in &rows {
        for cell in row {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell:?}");
        }
    }
    assert_eq!(answer.body.matches("\r\n").count(), rows.len() + 1, "every line ends with CRLF");
    assert!(answer.body.contains("\"'=HYPERLINK(\"\"x\"\")\""));
}

#[actix_web::test]
async fn an_auditor_sees_pseudonyms_everywhere_unless_the_engagement_says_otherwise() {
    let portal = portal().await;
    portal.sql(&format!("INSERT INTO portal.finding_cases (finding_id, case_id, linked_by) VALUES ('{FINDING}', '{CASE_A}', '{MANAGER}')")).await;
    let pages = [
        "/access-logs?view=all".to_owned(),
        format!("/access-logs?open={CASE_A}"),
        format!("/access-logs/cases/{CASE_A}"),
        format!("/access-logs/cases/{CASE_B}"),
        "/access-logs/rows".to_owned(),
        format!("/access-logs/rows?patient={PATIENT_ONE}"),
        "/access-logs/rows.csv".to_owned(),
        format!("/patients/{PATIENT_ONE}"),
        format!("/patients/{PATIENT_TWO}"),
        format!("/people/{NURSE_A}"),
        format!("/patients/{PATIENT_ONE}.csv"),
        format!("/people/{NURSE_A}.csv"),
        format!("/findings/{FINDING}"),
        "/findings.csv".to_owned(),
        "/audit".to_owned(),
    ];
    let pseudonym = |patient: Uuid| hipaa_auditor::words::pseudonym(patient);
    let (restricted, full) = (portal.as_role("auditor").await, portal.as_role("auditor_full").await);
    for page in &pages {
        let answer = restricted.get(page).await;
        assert_eq!(answer.status, 200, "{page}");
        assert!(!answer.body.contains("MRN-"), "{page}: {}", answer.body);
    }
    let (_, rows) = read(&restricted.get("/access-logs/rows.csv").await.body);
    for row in &rows {
        let allowed = [String::new(), pseudonym(PATIENT_ONE), pseudonym(PATIENT_TWO)];
        assert!(allowed.contains(&row[8].to_owned()), "{}", &row[8]);
    }
    assert_ne!(pseudonym(PATIENT_ONE), pseudonym(PATIENT_TWO));
    for page in [&pages[2], &pages[4], &pages[7], &pages[10], &pages[12]] {
        let body = restricted.get(page).await.body;
        assert!(
            body.contains(&pseudonym(PATIENT_ONE)) || body.contains(&pseudonym(PATIENT_TWO)),
            "{page} names the patient somehow"
        );
        assert!(full.get(page).await.body.contains("MRN-7731004"), "{page}");
    }
    let (_, rows) = read(&full.get("/access-logs/rows.csv").await.body);
    assert!(rows.iter().any(|row| &row[8] == "MRN-77310042"));
}

#[actix_web::test]
async fn the_trails_file_is_its_page_and_a_coordinator_sees_their_own_actions_only() {
    let portal = TestPortal::start().await;
    let (manager, coordinator) = (portal.as_role("manager").await, portal.as_role("coordinator_a").await);
    for n in 0..60 {
        let browser = if n % 2 == 0 { &manager } else { &coordinator };
        browser.get("/settings/permissions").await;
    }
    let (auditor, admin) = (portal.as_role("auditor").await, portal.as_role("admin").await);
    for (browser, name) in [(&manager, "manager"), (&auditor, "auditor")] {
        for query in [
            "action=permission.list.read".to_owned(),
            format!("action=permission.list.read&actor={COORDINATOR_A}"),
            "action=session.login.attempt&outcome=success".to_owned(),
            "type=permission".to_owned(),
            format!("target={NURSE_A}"),
        ] {
            let pages = ids_of_pages(&portal, browser, &format!("/audit?{query}"), "audit_event").await;
            let answer = download(&portal, browser, &format!("/audit.csv?{query}")).await;
            let (header, rows) = read(&answer.body);
            assert_eq!(
                header,
                "event_id,event_time,actor_id,actor_type,action,resource_type,resource_id,outcome,outcome_code,request_id,ip_address,user_agent"
            );
            assert_eq!(ids_of_file(&rows), pages, "{name} {query}");
            let typed = serde_urlencoded::from_str::<Vec<(String, String)>>(&query)
                .expect("pairs")
                .into_iter()
                .map(|(name, value)| (name, value.into()))
                .collect();
            recorded(&portal, &answer, "audit_event.list.export", "audit_event", serde_json::Value::Object(typed))
                .await;
        }
    }
    let all = ids_of_pages(&portal, &manager, "/audit?action=permission.list.read", "audit_event").await;
    assert_eq!(all.len(), 60);
    // a coordinator: their own, and no file
    let own = ids_of_pages(&portal, &coordinator, "/audit?action=permission.list.read", "audit_event").await;
    assert_eq!(own.len(), 30);
    for ids in [&own, &ids_of_pages(&portal, &coordinator, "/audit", "audit_event").await] {
        let list: Vec<_> = ids.iter().map(|id| format!("'{id}'")).collect();
        let others: i64 = portal
            .value(&format!("SELECT count(*) FROM audit.events WHERE event_id IN ({}) AND actor_id IS DISTINCT FROM '{COORDINATOR_A}'", list.join(",")))
            .await;
        assert_eq!(others, 0);
    }
    for browser in [&coordinator, &admin] {
        let answer = browser.get("/audit.csv").await;
        assert_eq!(answer.status, 403);
        assert_eq!(
            told(&portal.events(answer.request_id()).await),
            "audit_event.list.export!authz_fail/role_lacks_action"
        );
        assert!(!browser.get("/audit").await.body.contains("/audit.csv"), "nor a link to it");
    }
    // an administrator: nothing that opened rows which may name a patient
    manager.get("/access-logs").await;
    let seen = ids_of_pages(&portal, &admin, "/audit", "audit_event").await;
    let list: Vec<_> = seen.iter().map(|id| format!("'{id}'")).collect();
    let phi: i64 = portal
        .value(&format!("SELECT count(*) FROM audit.events e JOIN audit.actions a USING (action) WHERE e.event_id IN ({}) AND e.action IN ('review_case.list.read', 'access_log.list.read')", list.join(",")))
        .await;
    assert_eq!(phi, 0);
}

#[actix_web::test]
async fn an_exports_event_stands_before_its_first_row_is_read() {
    let portal = portal().await;
    let browser = portal.as_role("manager").await;
    let mut holder = Raw::connect(&portal.superuser_url).await;
    holder.must("BEGIN; LOCK TABLE portal.access_logs IN ACCESS EXCLUSIVE MODE").await;
    let response = browser.request("GET", "/access-logs/rows.csv").send().await.expect("it begins");
    assert_eq!(response.status().as_u16(), 200);
    let request: Uuid = response.headers()["x-request-id"].to_str().expect("text").parse().expect("an id");
    assert_eq!(told(&portal.events(request).await), "access_log.list.export");
    let open: i64 = portal.value("SELECT count(*) FROM audit.exports x JOIN audit.events e USING (event_id) WHERE x.ended IS NULL AND e.action = 'access_log.list.export' AND e.actor_id IS NOT NULL AND x.filter = '{}'").await;
    assert!(open >= 1);
    holder.must("ROLLBACK").await;
    let body = response.text().await.expect("the rest");
    assert_eq!(read(&body).1.len(), ACCESS_ROWS + 150);
}

#[actix_web::test]
async fn a_client_that_hangs_up_in_the_middle_of_a_file_is_recorded_as_having_left() {
    const ROWS: usize = 60_000;
    let db = TestDb::new().await;
    more_rows(&db, ROWS).await;
    let portal = TestPortal::on(db, |_| {}).await;
    let browser = portal.as_role("manager").await;
    let mut response = browser.request("GET", "/access-logs/rows.csv").send().await.expect("it begins");
    let request = response.headers()["x-request-id"].to_str().expect("text").to_owned();
    let first = response.chunk().await.expect("bytes").expect("some");
    assert!(first.starts_with(b"id,action_at,"));
    drop(response);
    drop(browser);
    let ended = format!(
        "SELECT x.ended IS NOT NULL FROM audit.exports x JOIN audit.events e USING (event_id) WHERE e.request_id = '{request}'"
    );
    for _ in 0..600 {
        if portal.value::<bool>(&ended).await {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    let row = sqlx::query("SELECT x.ended, x.row_count, (SELECT sum(cardinality(s.resource_ids)) FROM audit.shown_rows s WHERE s.event_id = x.event_id) FROM audit.exports x JOIN audit.events e USING (event_id) WHERE e.request_id = $1::uuid")
        .bind(&request)
        .fetch_one(&portal.db)
        .await
        .expect("the export");
    let (ended, rows, shown): (Option<String>, Option<i64>, Option<i64>) = (row.get(0), row.get(1), row.get(2));
    assert_eq!(ended.as_deref(), Some("aborted"));
    let rows = rows.expect("a count");
    assert!(rows < i64::try_from(ROWS).expect("few"), "{rows}");
    assert!(shown.expect("parts") >= rows, "what was on its way counts as shown");
    // the connection is free again
    let again = portal.as_role("manager").await.get("/access-logs/rows.csv?rule=volume_spike").await;
    assert_eq!(again.status, 200);
}

#[actix_web::test]
async fn many_files_at_once_neither_starve_the_pages_nor_each_other() {
    let portal = portal().await;
    let browser = portal.as_role("manager").await;
    let one = || browser.get("/access-logs/rows.csv");
    let (a, b, c, d, page) = tokio::join!(one(), one(), one(), one(), browser.get("/access-logs/rows"));
    for answer in [&a, &b, &c, &d, &page] {
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    assert_eq!(a.body, d.body);
}

#[actix_web::test]
async fn the_cases_of_the_file_are_those_of_the_queue_for_every_reader_and_filter() {
    const CASES: &str = "id,case,review_state,risk,facility,local_day,first_action_at,last_action_at,access_rows,access_type,resource_type,user_id,\
actor_identifier,patient_id,flags,assigned_to,disposition,reason_code,reviewed_by,reviewed_at";
    let portal = TestPortal::start().await;
    portal
        .sql(&format!(
            "INSERT INTO portal.review_cases (id, person_id, login_id, patient_id, local_day, facility_id, state, risk, assigned_to, disposition,
                 reason_code, decided_by, decided_at, first_action_at, last_action_at, row_count, access_type, resource_type, version)
             SELECT gen_random_uuid(), '{PHYSICIAN_B}', '{LOGIN_PHYSICIAN}', CASE WHEN n % 2 = 0 THEN '{PATIENT_ONE}'::uuid END, current_date - 100 - n,
                    CASE n % 3 WHEN 0 THEN '{FACILITY_B}' ELSE '{FACILITY_A}' END::uuid,
                    (ARRAY['unassigned', 'assigned', 'in_review', 'awaiting_second_review', 'closed'])[1 + n % 5],
                    (ARRAY['low', 'medium', 'high', 'critical'])[1 + n % 4], CASE WHEN n % 5 = 1 THEN '{COORDINATOR_A}'::uuid END,
                    CASE WHEN n % 5 > 2 THEN 'appropriate' END, CASE WHEN n % 5 > 2 THEN 'on_call' END,
                    CASE WHEN n % 5 > 2 THEN '{MANAGER}'::uuid END, CASE WHEN n % 5 > 2 THEN now() END,
                    now() - interval '20 days' + n / 4 * interval '1 minute', now(), 1, 'view', 'Encounter', 1
               FROM generate_series(1, 170) n"
        ))
        .await;
    for username in ["manager", "coordinator_a", "coordinator_b", "coordinator_all", "auditor"] {
        let browser = portal.as_role(username).await;
        let mut sizes = Vec::new();
        for query in [
            String::new(),
            "view=all".to_owned(),
            "view=mine".to_owned(),
            "view=second_review&sort=newest".to_owned(),
            "view=all&sort=newest&risk=low".to_owned(),
            "assigned=nobody".to_owned(),
            format!("view=all&assigned={COORDINATOR_A}"),
            format!("view=all&facility={FACILITY_B}"),
            format!("view=decided_today&person={PHYSICIAN_B}&patient={PATIENT_ONE}"),
            "rule=volume_spike".to_owned(),
        ] {
            let pages = ids_of_pages(&portal, &browser, &format!("/access-logs?{query}"), "review_case").await;
            let answer = download(&portal, &browser, &format!("/access-logs.csv?{query}")).await;
            let (header, rows) = read(&answer.body);
            assert_eq!(header, CASES);
            assert_eq!(ids_of_file(&rows), pages, "{username} {query}");
            assert!(username != "auditor" || !answer.body.contains("MRN-"), "{query}");
            let pairs = serde_urlencoded::from_str::<Vec<(String, String)>>(&query).expect("pairs");
            let typed = pairs.into_iter().map(|(name, value)| (name, value.into())).collect();
            recorded(&portal, &answer, "review_case.list.export", "review_case", serde_json::Value::Object(typed))
                .await;
            sizes.push(rows.len());
        }
        assert!(sizes[1] > 50, "{username} needs more than one page: {sizes:?}");
        assert_eq!(sizes[2] > 0, username == "coordinator_a", "{username}: {sizes:?}");
        let page = browser.get("/access-logs?risk=low&assigned=nobody").await.body;
        assert!(
            page.contains("/access-logs.csv?risk=low&amp;assigned=nobody")
                || page.contains("/access-logs.csv?risk=low&#38;assigned=nobody"),
            "{page}"
        );
    }
    let file = download(&portal, &portal.as_role("coordinator_a").await, "/access-logs.csv?view=all").await;
    let (_, rows) = read(&file.body);
    let decided = rows.iter().find(|row| &row[0] == CASE_DECIDED.to_string().as_str()).expect("the decided case");
    let told: Vec<_> = [2, 3, 4, 11, 12, 14, 16, 17, 18].into_iter().map(|column| decided[column].to_owned()).collect();
    let nurse = NURSE_A.to_string();
    let coordinator = COORDINATOR_A.to_string();
    assert_eq!(
        told,
        [
            "awaiting_second_review",
            "medium",
            "CEDAR",
            &nurse,
            "brac11",
            "terminated_user",
            "inappropriate_inadvertent",
            "curiosity",
            &coordinator
        ]
    );
}
