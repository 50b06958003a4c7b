//! A small organisation in every test's database: two facilities, one account per role and some for the edges, a dozen
//! access rows, four cases, a finding. Ids are constants; names are distinctive, so that a leaked one is recognised.

use hipaa_auditor::ingest::presets::epic_access_log;
use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

use crate::harness::TestDb;

const fn id(n: u128) -> Uuid {
    Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0000 + n)
}

/// "Cedar Hill Hospital", site code CEDAR, in Chicago.
pub const FACILITY_A: Uuid = id(0x101);
/// "Dunmore Clinic", site code DUNMORE, in New York.
pub const FACILITY_B: Uuid = id(0x102);
pub const DEPARTMENT_A: Uuid = id(0x111);
pub const DEPARTMENT_B: Uuid = id(0x112);

/// Accounts: the user name is the constant's name in lower case, unless it says otherwise.
pub const MANAGER: Uuid = id(0x201);
/// User name `manager_two`.
pub const MANAGER_TWO: Uuid = id(0x202);
/// User name `coordinator_a`: facility A only.
pub const COORDINATOR_A: Uuid = id(0x203);
/// User name `coordinator_b`: facility B only.
pub const COORDINATOR_B: Uuid = id(0x204);
/// User name `coordinator_all`: every facility.
pub const COORDINATOR_ALL: Uuid = id(0x205);
/// User name `auditor`: an engagement over both facilities, patients as pseudonyms.
pub const AUDITOR: Uuid = id(0x206);
/// User name `auditor_full`: an engagement over both facilities, patient ids in full.
pub const AUDITOR_FULL: Uuid = id(0x207);
/// User name `auditor_without`: no engagement.
pub const AUDITOR_WITHOUT: Uuid = id(0x208);
/// User name `field_staff`: the finding is assigned to them.
pub const FIELD_STAFF: Uuid = id(0x209);
/// User name `admin`.
pub const ADMIN: Uuid = id(0x20a);

/// Every account: user name and id.
pub const ACCOUNTS: [(&str, Uuid, &str); 10] = [
    ("manager", MANAGER, "manager"),
    ("manager_two", MANAGER_TWO, "manager"),
    ("coordinator_a", COORDINATOR_A, "coordinator"),
    ("coordinator_b", COORDINATOR_B, "coordinator"),
    ("coordinator_all", COORDINATOR_ALL, "coordinator"),
    ("auditor", AUDITOR, "auditor"),
    ("auditor_full", AUDITOR_FULL, "auditor"),
    ("auditor_without", AUDITOR_WITHOUT, "auditor"),
    ("field_staff", FIELD_STAFF, "field_staff"),
    ("admin", ADMIN, "admin"),
];

/// A nurse of facility A without an account; left her job ten days ago.
pub const NURSE_A: Uuid = id(0x221);
/// A physician of facility B without an account.
pub const PHYSICIAN_B: Uuid = id(0x222);

pub const SOURCE: Uuid = id(0x301);
pub const MAPPING: Uuid = id(0x302);
pub const MAPPING_DRAFT: Uuid = id(0x3b1);
pub const LOGIN_NURSE: Uuid = id(0x311);
pub const LOGIN_PHYSICIAN: Uuid = id(0x312);
pub const LOGIN_MANAGER: Uuid = id(0x313);
/// Nobody is known to hold it.
pub const LOGIN_UNKNOWN: Uuid = id(0x314);
/// Held by a vendor.
pub const LOGIN_VENDOR: Uuid = id(0x315);
pub const VENDOR: Uuid = id(0x321);
pub const PATIENT_ONE: Uuid = id(0x331);
pub const PATIENT_TWO: Uuid = id(0x332);
pub const BATCH: Uuid = id(0x341);

/// In facility A, about the nurse; unassigned, high, rows 0 and 1.
pub const CASE_A: Uuid = id(0x401);
/// In facility B, about the physician; unassigned, high, row 6.
pub const CASE_B: Uuid = id(0x402);
/// In facility A, about the manager; unassigned, medium, row 4.
pub const CASE_ABOUT_MANAGER: Uuid = id(0x403);
/// In facility A, about the nurse; decided by `coordinator_a` and part of the finding, row 3.
pub const CASE_DECIDED: Uuid = id(0x404);
/// In facility A, assigned to `field_staff`.
pub const FINDING: Uuid = id(0x501);
/// The manager's own.
pub const SEARCH: Uuid = id(0x601);
/// The manager's own selection of `CASE_B`, as it was first seen; nothing was done with it yet.
pub const SELECTION: Uuid = id(0x621);
/// The manager's own view of the queue: what is high.
pub const QUEUE_VIEW: Uuid = id(0x631);
/// The manager's own, planned and not applied; it names the registrar of facility A.
pub const ROSTER: Uuid = id(0x801);
/// The engagement of `auditor`.
pub const ENGAGEMENT: Uuid = id(0x131);
/// Somebody asked for an account: user name `odell`, known to nobody.
pub const SIGN_UP: Uuid = id(0x701);
/// The administrator asked for `field_staff` to become a coordinator of facility A.
pub const ROLE_CHANGE: Uuid = id(0x711);
/// A change of a rule that the second manager proposed and the first may decide.
pub const PROPOSAL: Uuid = id(0x611);
/// One that the first manager proposed, its shadow run done.
pub const OWN_PROPOSAL: Uuid = id(0x612);
/// A run of the rules over the past that failed.
pub const FAILED_RERUN: Uuid = id(0x614);
/// Put to the physician about `CASE_B`, open.
pub const QUESTION: Uuid = id(0xb01);
/// Put to `field_staff`, open.
pub const OWN_QUESTION: Uuid = id(0xb02);
/// Put to `field_staff`, answered, with a remark.
pub const ANSWERED_QUESTION: Uuid = id(0xb03);
/// Of who opened the records of `PATIENT_ONE`, of facility A, open, without a case.
pub const REVIEW: Uuid = id(0xc01);
/// Of what the nurse opened, of facility A, ended over `CASE_DECIDED`.
pub const ENDED_REVIEW: Uuid = id(0xc02);
/// In facility A, about `PATIENT_ONE`; open, `coordinator_a` answers it.
pub const COMPLAINT: Uuid = id(0xc11);
/// A pass of the rules that left its rows in the work tables.
const PASS: Uuid = id(0x613);
/// No row has it.
pub const NOWHERE: Uuid = id(0xfff);

/// How many access rows there are: 0 to 5 in A, 6 to 10 in B, 11 in none (imported by `coordinator_a`).
pub const ACCESS_ROWS: usize = 12;

/// The id of an access row: it begins with its time, so it differs from run to run.
#[allow(dead_code, reason = "for the tests of pages that name a row")]
pub async fn access_id(db: &TestDb, row: usize) -> Uuid {
    db.value(&format!("SELECT id FROM portal.access_logs WHERE ordinal = {row}")).await
}

/// What may not be seen by anyone who has no business with it: names, logins, patients' ids, records' ids, and our ids.
pub const SECRETS: [&str; 20] = [
    "Oakhollow",
    "Featherstonehaugh",
    "Quillfeather",
    "Umberfield",
    "Vossberg",
    "Wintergreen",
    "Xanthopoulos",
    "Yarborough",
    "Zellweger",
    "Abernathy",
    "Brackenridge",
    "Castellanos",
    "oakh01",
    "feat02",
    "MRN-77310042",
    "MRN-77310043",
    "ENC-99120",
    "WS-LINDEN",
    "Cedar Hill",
    "Northwind Transcription",
];

/// Fills a migrated database.
pub async fn insert(conn: &mut PgConnection, password_hash: &str) {
    for sql in [
        organisation(),
        accounts(password_hash),
        sources(),
        accesses(),
        cases(),
        evidence(),
        requests(password_hash),
        around_rules(),
        second_persons(),
        questions(),
        beyond_the_queue(),
    ] {
        if let Err(error) = sqlx::raw_sql(AssertSqlSafe(sql.clone())).execute(&mut *conn).await {
            panic!("the fixtures: {error}\n{sql}");
        }
    }
}

fn organisation() -> String {
    let mut sql = format!(
        "INSERT INTO portal.organisations (id, name, time_zone) VALUES ('{}', 'Lakeland Health Test', 'America/Chicago');",
        id(1)
    );
    let people = [
        (MANAGER, "Marguerite Oakhollow"),
        (MANAGER_TWO, "Ignatius Featherstonehaugh"),
        (COORDINATOR_A, "Rosalind Quillfeather"),
        (COORDINATOR_B, "Thaddeus Umberfield"),
        (COORDINATOR_ALL, "Cordelia Vossberg"),
        (AUDITOR, "Leopold Wintergreen"),
        (AUDITOR_FULL, "Anastasia Xanthopoulos"),
        (AUDITOR_WITHOUT, "Barnaby Yarborough"),
        (FIELD_STAFF, "Philippa Zellweger"),
        (ADMIN, "Montgomery Abernathy"),
        (NURSE_A, "Josephine Brackenridge"),
        (PHYSICIAN_B, "Ezequiel Castellanos"),
    ];
    for (n, (person, name)) in people.into_iter().enumerate() {
        let account = ACCOUNTS.iter().find(|(_, id, _)| *id == person);
        let username = account.map_or("NULL".to_owned(), |(username, ..)| format!("'{username}'"));
        let role = account.map_or("field_staff", |(.., role)| role);
        sql += &format!(
            "INSERT INTO portal.people (id, full_name, username, employee_number, role, all_facilities)
             VALUES ('{person}', '{name}', {username}, 'E-{:04}', '{role}', {});",
            9000 + n,
            person == COORDINATOR_ALL,
        );
    }
    sql += &format!(
        "INSERT INTO portal.facilities (id, name, site_code, privacy_owner_id, time_zone, networks) VALUES
           ('{FACILITY_A}', 'Cedar Hill Hospital', 'CEDAR', '{MANAGER}', 'America/Chicago', '{{10.20.0.0/16}}'),
           ('{FACILITY_B}', 'Dunmore Clinic', 'DUNMORE', '{MANAGER}', 'America/New_York', '{{10.30.0.0/16}}');
         INSERT INTO portal.departments (id, facility_id, name, opens_at, closes_at) VALUES
           ('{DEPARTMENT_A}', '{FACILITY_A}', 'Emergency', NULL, NULL),
           ('{DEPARTMENT_B}', '{FACILITY_B}', 'Billing', '08:00', '17:00');
         INSERT INTO portal.person_facilities (person_id, facility_id) VALUES
           ('{COORDINATOR_A}', '{FACILITY_A}'), ('{COORDINATOR_B}', '{FACILITY_B}');
         INSERT INTO portal.employment_periods (id, person_id, facility_id, department_id, job_role, supervisor_id, starts_on, ends_on) VALUES
           ('{}', '{NURSE_A}', '{FACILITY_A}', '{DEPARTMENT_A}', 'Registered nurse', '{MANAGER}', '2020-01-01', current_date - 10),
           ('{}', '{PHYSICIAN_B}', '{FACILITY_B}', '{DEPARTMENT_B}', 'Physician', '{MANAGER}', '2020-01-01', NULL),
           ('{}', '{MANAGER}', '{FACILITY_A}', '{DEPARTMENT_A}', 'Privacy manager', NULL, '2019-01-01', NULL),
           ('{}', '{FIELD_STAFF}', '{FACILITY_A}', '{DEPARTMENT_A}', 'Registrar', '{MANAGER}', '2021-01-01', NULL);
         INSERT INTO portal.vendors (id, name, service) VALUES ('{VENDOR}', 'Northwind Transcription', 'Transcription');",
        id(0x121),
        id(0x122),
        id(0x123),
        id(0x124),
    );
    sql
}

fn accounts(password_hash: &str) -> String {
    let mut sql = String::new();
    for (_, person, _) in ACCOUNTS {
        sql += &format!(
            "INSERT INTO portal.credentials (person_id, password_hash) VALUES ('{person}', '{password_hash}');"
        );
    }
    for (n, auditor, full) in [(0x131, AUDITOR, false), (0x132, AUDITOR_FULL, true)] {
        sql += &format!(
            "INSERT INTO portal.engagements (id, auditor_id, starts_on, ends_on, all_facilities, facilities, period_from, period_to, full_patient_ids)
             VALUES ('{}', '{auditor}', current_date - 30, current_date + 30, false, '{{{FACILITY_A},{FACILITY_B}}}',
                     current_date - 60, current_date + 1, {full});",
            id(n),
        );
    }
    sql
}

fn sources() -> String {
    format!(
        "INSERT INTO portal.sources (id, name, time_zone) VALUES ('{SOURCE}', 'Epic', 'America/Chicago');
         INSERT INTO portal.mappings (id, source_id, version, spec) VALUES ('{MAPPING}', '{SOURCE}', 1, '{}');
         INSERT INTO portal.mapping_drafts (id, person_id, source_id, source_name, spec, has_sample)
           SELECT '{MAPPING_DRAFT}', '{MANAGER}', '{SOURCE}', 'Epic', spec, false FROM portal.mappings WHERE id = '{MAPPING}';
         INSERT INTO portal.ehr_logins (id, source_id, login) VALUES
           ('{LOGIN_NURSE}', '{SOURCE}', 'brac11'), ('{LOGIN_PHYSICIAN}', '{SOURCE}', 'feat02'),
           ('{LOGIN_MANAGER}', '{SOURCE}', 'oakh01'), ('{LOGIN_UNKNOWN}', '{SOURCE}', 'nobody99'), ('{LOGIN_VENDOR}', '{SOURCE}', 'nwt7');
         INSERT INTO portal.login_holders (id, login_id, person_id, vendor_id, valid_from) VALUES
           ('{}', '{LOGIN_NURSE}', '{NURSE_A}', NULL, '2020-01-01'), ('{}', '{LOGIN_PHYSICIAN}', '{PHYSICIAN_B}', NULL, '2020-01-01'),
           ('{}', '{LOGIN_MANAGER}', '{MANAGER}', NULL, '2019-01-01'), ('{}', '{LOGIN_VENDOR}', NULL, '{VENDOR}', '2019-01-01');
         INSERT INTO portal.patients (id, source_id, surname_hash, watched) VALUES
           ('{PATIENT_ONE}', '{SOURCE}', sha256('one'), false), ('{PATIENT_TWO}', '{SOURCE}', sha256('two'), true);
         INSERT INTO portal.patient_ids (patient_id, source_id, source_patient_id) VALUES
           ('{PATIENT_ONE}', '{SOURCE}', 'MRN-77310042'), ('{PATIENT_TWO}', '{SOURCE}', 'MRN-77310043');
         INSERT INTO portal.import_batches (id, source_id, mapping_id, state, started_by, byte_count, bytes_read, file_sha256,
             rows_read, rows_stored, rows_unmatched, rows_rejected, first_at, last_at, flags_raised, cases_opened, finished_at) VALUES
           ('{BATCH}', '{SOURCE}', '{MAPPING}', 'complete', '{COORDINATOR_A}', 4096, 4096, sha256('a file'),
            13, 12, 1, 1, now() - interval '3 days', now() - interval '1 day', 3, 3, now());
         INSERT INTO portal.import_rejects (batch_id, line, field, reason, row_sha256) VALUES
           ('{BATCH}', 14, 'action_at', 'unreadable_time', sha256('a row'));
         INSERT INTO portal.login_days (login_id, local_day, rows, patients) VALUES ('{LOGIN_NURSE}', current_date - 2, 3, 1);
         INSERT INTO portal.rosters (id, source_id, started_by, as_of, file_sha256, plan_sha256) VALUES
           ('{ROSTER}', '{SOURCE}', '{MANAGER}', current_date, sha256('a roster'), sha256('a plan'));
         INSERT INTO portal.roster_items (roster_id, position, line, change, person_id, facility_id, employee_number, full_name, facility,
             department, job_role, standing)
         VALUES ('{ROSTER}', 1, 2, 'unchanged', '{FIELD_STAFF}', '{FACILITY_A}', 'E-9008', 'Philippa Zellweger', 'CEDAR', 'Emergency',
             'Registrar', 'active');
         INSERT INTO portal.roster_words (id, source_id, word, facility_id, entered_by)
         VALUES ('{}', '{SOURCE}', 'cedar campus', '{FACILITY_A}', '{MANAGER}');
         INSERT INTO portal.withdrawn_rows (access_id, batch_id) VALUES ('{}', '{BATCH}');
         INSERT INTO portal.batch_known_rows (access_id, batch_id) VALUES ('{}', '{BATCH}');
         INSERT INTO portal.source_days (source_id, local_day, rows) VALUES ('{SOURCE}', '2026-03-02', 40);
         INSERT INTO portal.coverage_explanations (id, source_id, local_day, reason, rows_then, explained_by)
         VALUES ('{}', '{SOURCE}', '2026-03-03', 'source_down', 0, '{MANAGER}');",
        serde_json::to_string(&epic_access_log()).expect("a mapping"),
        id(0x351),
        id(0x352),
        id(0x353),
        id(0x354),
        id(0x802),
        id(0x3ff),
        id(0x3ff),
        id(0x3fe),
    )
}

/// Newest first: row n happened 24 + n hours ago.
fn accesses() -> String {
    let mut sql = String::new();
    for n in 0..ACCESS_ROWS {
        let (login, facility, department) = match n {
            4 => (LOGIN_MANAGER, Some(FACILITY_A), Some(DEPARTMENT_A)),
            0..=5 => (LOGIN_NURSE, Some(FACILITY_A), Some(DEPARTMENT_A)),
            9 => (LOGIN_UNKNOWN, Some(FACILITY_B), Some(DEPARTMENT_B)),
            10 => (LOGIN_VENDOR, Some(FACILITY_B), None),
            6..=8 => (LOGIN_PHYSICIAN, Some(FACILITY_B), Some(DEPARTMENT_B)),
            _ => (LOGIN_PHYSICIAN, None, None),
        };
        let quoted = |id: Option<Uuid>| id.map_or("NULL".to_owned(), |id| format!("'{id}'"));
        let patient = if n % 2 == 0 { PATIENT_ONE } else { PATIENT_TWO };
        let owner = quoted(facility.is_none().then_some(COORDINATOR_A));
        sql += &format!(
            "INSERT INTO portal.access_logs (id, action_at, actor_kind, login_id, facility_id, department_id, owner_id, source_id,
               source_event_id, resource_type, resource_word, resource_id, patient_id, access_type, access_word, access_reason, outcome,
               source_ip, device_label, batch_id, ordinal)
             SELECT (left(audit.uuid_floor(at)::text, 13) || '-7000-8000-{n:012x}')::uuid, at, '{}', '{login}', {}, {}, {owner}, '{SOURCE}',
               'EV-{n}', 'Encounter', 'Encounter', 'ENC-99120{n}', '{patient}', '{}', 'View', '{}', 'success',
               '10.20.0.{}', 'WS-LINDEN-{n}', '{BATCH}', {n}
               FROM (SELECT date_trunc('milliseconds', now()) - interval '{} hours' AS at) t;",
            match n {
                9 => "unknown",
                10 => "vendor",
                _ => "workforce",
            },
            quoted(facility),
            quoted(department),
            if n == 6 { "break_glass" } else { "view" },
            if n == 6 { "UNSTATED" } else { "TREAT" },
            n + 1,
            24 + n,
        );
    }
    for (row, rule) in [(0, "terminated_user"), (0, "after_hours"), (4, "volume_spike"), (6, "break_glass_no_reason")] {
        let facts = facts(rule);
        sql += &format!(
            "INSERT INTO portal.access_flags (access_id, rule_code, rule_version, facts, facility_id, action_at, batch_id)
             SELECT id, '{rule}', 1, {facts}, facility_id, action_at, batch_id FROM portal.access_logs WHERE ordinal = {row};"
        );
    }
    sql
}

/// Typed facts as the rules write them, as an SQL expression.
fn facts(rule: &str) -> &'static str {
    match rule {
        "terminated_user" => {
            "jsonb_build_object('rule', 'terminated_user', 'last_day', current_date - 10, 'days_after', 9)"
        }
        "after_hours" => {
            r#"'{"rule": "after_hours", "at": "02:14", "opens": "07:00", "closes": "19:00", "weekend": false}'"#
        }
        "volume_spike" => {
            r#"'{"rule": "volume_spike", "patients": 48, "rows": 60, "usual": 8.0, "days": 20, "window": 30}'"#
        }
        _ => r#"'{"rule": "break_glass_no_reason", "times": 1}'"#,
    }
}

fn cases() -> String {
    let mut sql = String::new();
    for (case, person, login, rows, risk, rules) in [
        (CASE_A, NURSE_A, LOGIN_NURSE, "0, 1", "high", &["terminated_user", "after_hours"][..]),
        (CASE_B, PHYSICIAN_B, LOGIN_PHYSICIAN, "6", "high", &["break_glass_no_reason"][..]),
        (CASE_ABOUT_MANAGER, MANAGER, LOGIN_MANAGER, "4", "medium", &["volume_spike"][..]),
        (CASE_DECIDED, NURSE_A, LOGIN_NURSE, "3", "medium", &["terminated_user"][..]),
    ] {
        let decided = case == CASE_DECIDED;
        sql += &format!(
            "INSERT INTO portal.review_cases (id, person_id, login_id, patient_id, local_day, facility_id, state, risk, version,
               first_action_at, last_action_at, row_count, access_type, resource_type, glass_broken, disposition, reason_code, decided_by, decided_at)
             SELECT '{case}', '{person}', '{login}', (array_agg(patient_id ORDER BY ordinal))[1],
               -- patient and day of one row: an hour earlier may be another day
               portal.local_day((array_agg(action_at ORDER BY ordinal))[1], (array_agg(facility_id ORDER BY ordinal))[1]), (array_agg(facility_id))[1], '{}', '{risk}', {}, min(action_at), max(action_at), count(*), 'view', 'Encounter', {}, {}
               FROM portal.access_logs WHERE ordinal IN ({rows});
             INSERT INTO portal.case_rows (case_id, access_id) SELECT '{case}', id FROM portal.access_logs WHERE ordinal IN ({rows});
             INSERT INTO portal.review_events (case_id, seq, kind, to_state) VALUES ('{case}', 1, 'opened', 'unassigned');",
            if decided { "awaiting_second_review" } else { "unassigned" },
            if decided { 2 } else { 1 },
            rules.contains(&"break_glass_no_reason"),
            if decided {
                format!("'inappropriate_inadvertent', 'curiosity', '{COORDINATOR_A}', now()")
            } else {
                "NULL, NULL, NULL, NULL".to_owned()
            },
        );
        for rule in rules {
            let facts = facts(rule);
            sql += &format!(
                "INSERT INTO portal.case_flags (case_id, rule_code, rule_version, kind, severity, facts, row_count, raised_at)
                 SELECT '{case}', code, version, kind, severity, {facts}, 1, now() FROM portal.rules WHERE code = '{rule}';"
            );
        }
    }
    sql += &format!(
        "INSERT INTO portal.review_events (case_id, seq, kind, actor_id, from_state, to_state, disposition, reason_code, note)
         VALUES ('{CASE_DECIDED}', 2, 'decided', '{COORDINATOR_A}', 'unassigned', 'awaiting_second_review', 'inappropriate_inadvertent', 'curiosity', NULL);"
    );
    sql
}

/// A proposal that waits for a second manager, and a row of everything the rules keep beside.
fn around_rules() -> String {
    format!(
        "INSERT INTO portal.rule_proposals (id, code, base_version, kind, severity, parameters, enabled, state, proposed_by, shadow_from,
             shadow_until, rows_seen, flagged_now, flagged_then, cases_now, cases_more, cases_fewer, missed, lost_cases, gained_rows,
             shadow_done_at, requested_at)
         SELECT '{PROPOSAL}', code, version, kind, 'high', parameters, true, 'requested', '{MANAGER_TWO}', now() - interval '60 days', now(), 12, 1, 2,
             1, 1, 1, 1, ARRAY['{CASE_DECIDED}'::uuid], (SELECT array_agg(id) FROM portal.access_logs WHERE ordinal IN (1, 7)), now(), now()
           FROM portal.rules WHERE code = 'volume_spike';
         INSERT INTO portal.rule_proposals (id, code, base_version, kind, severity, parameters, enabled, state, proposed_by, shadow_from,
             shadow_until, rows_seen, flagged_now, flagged_then, cases_now, cases_more, cases_fewer, missed, shadow_done_at)
         SELECT '{OWN_PROPOSAL}', code, version, kind, 'high', parameters, true, 'shadow_done', '{MANAGER}', now() - interval '60 days', now(), 12,
             1, 2, 1, 1, 1, 0, now()
           FROM portal.rules WHERE code = 'after_hours';
         INSERT INTO portal.rule_reruns (id, cause, login_ids, from_at, until_at, state, created_at, finished_at)
         VALUES ('{FAILED_RERUN}', 'agreement_changed', '{{{LOGIN_NURSE}}}', now() - interval '9 days', now() - interval '8 days', 'failed',
                 now() - interval '7 days', now() - interval '7 days');
         INSERT INTO portal.agreements (id, vendor_id, effective_from) VALUES ('{}', '{VENDOR}', '2019-01-01');
         INSERT INTO portal.training_records (id, person_id, course_code, completed_at, expires_on)
         VALUES ('{}', '{NURSE_A}', 'HIPAA-101', '2020-01-01', current_date + 300);
         INSERT INTO portal.login_patient_days (login_id, patient_id, local_day, rows) VALUES ('{LOGIN_NURSE}', '{PATIENT_ONE}', current_date - 2, 3);
         INSERT INTO portal.past_case_rows (case_id, access_id) VALUES ('{CASE_A}', '{}');
         INSERT INTO portal.watch_marks (id, patient_id, watched, reason, marked_by) VALUES ('{}', '{PATIENT_TWO}', true, 'legal', '{MANAGER}');
         INSERT INTO portal.rule_work (pass_id, access_id, login_id, subject_id, facility_key, batch_id, action_at, wall, local_day, actor_kind,
             resource_type, access_type, access_reason, counts)
         VALUES ('{PASS}', '{PASS}', '{LOGIN_NURSE}', '{NURSE_A}', '{FACILITY_A}', '{BATCH}', now(), now()::timestamp, current_date, 'workforce',
             'Patient', 'view', 'TREAT', true);
         INSERT INTO portal.rule_work_days (pass_id, person_id, facility_key, local_day) VALUES ('{PASS}', '{NURSE_A}', '{FACILITY_A}', current_date);
         INSERT INTO portal.rule_work_flags (pass_id, access_id, rule_code, rule_version, facts) VALUES ('{PASS}', '{PASS}', 'manual', 1, '{{}}');
         INSERT INTO portal.rule_work_cases (pass_id, case_id) VALUES ('{PASS}', '{CASE_A}');
         -- a flag that no longer holds, on a row that has another
         INSERT INTO portal.access_flags (access_id, rule_code, rule_version, facts, facility_id, action_at, batch_id, round)
         SELECT access_id, rule_code, rule_version, facts, facility_id, action_at, batch_id, 2 FROM portal.access_flags WHERE rule_code = 'after_hours';
         INSERT INTO portal.superseded_flags (access_id, rule_code, round) SELECT access_id, rule_code, 2 FROM portal.access_flags WHERE round = 2;",
        id(0x901),
        id(0x902),
        id(0x903),
        id(0x904),
    )
}

/// The round that `CASE_DECIDED` waits in, who stands in for the manager, and months without a sample: a test that wants one
/// sets its own share.
fn second_persons() -> String {
    format!(
        "INSERT INTO portal.second_reviews (case_id, first_seq, kind, ground, first_by, first_disposition, first_reason_code, first_at,
             facility_id, owner_id, first_action_at)
         SELECT id, 2, 'required', 'disposition', decided_by, disposition, reason_code, decided_at, facility_id, owner_id, first_action_at
           FROM portal.review_cases
          WHERE id = '{CASE_DECIDED}';
         UPDATE portal.review_cases SET second_review_kind = 'required' WHERE id = '{CASE_DECIDED}';
         INSERT INTO portal.review_alternates (id, manager_id, alternate_id, named_by)
         VALUES ('{}', '{MANAGER}', '{MANAGER_TWO}', '{MANAGER}');
         INSERT INTO portal.sample_seeds (month, share)
         SELECT (date_trunc('month', now()) + n * interval '1 month')::date, 0 FROM generate_series(-2, 2) n;",
        id(0xa01),
    )
}

/// As rows that stand there: nobody prepared them, so that two cases can be about somebody else.
fn questions() -> String {
    let mut sql = "SET session_replication_role = replica;".to_owned();
    for (question, case, addressee, state) in [
        (QUESTION, CASE_B, PHYSICIAN_B, "open"),
        (OWN_QUESTION, CASE_B, FIELD_STAFF, "open"),
        (ANSWERED_QUESTION, CASE_DECIDED, FIELD_STAFF, "answered"),
    ] {
        let ended = if state == "open" { "NULL" } else { "now()" };
        sql += &format!(
            "INSERT INTO portal.questions (id, case_id, asked_by, addressee, addressee_id, confidential, question, subject_id, subject_name,
               resource_type, several, access_at, time_zone, facility_name, due_on, due_until, state, ended_at, sealed_at)
             SELECT '{question}', '{case}', '{COORDINATOR_ALL}', 'person', '{addressee}', false, 'which_task', '{addressee}', full_name,
               'Encounter', false, now() - interval '2 days', 'America/New_York', 'Dunmore Clinic', current_date + 7, now() + interval '7 days',
               '{state}', {ended}, {ended} FROM portal.people WHERE id = '{addressee}';"
        );
    }
    sql += &format!(
        "INSERT INTO portal.question_answers (question_id, answer, channel, answered_by, answered_at, recorded_by, late)
         VALUES ('{ANSWERED_QUESTION}', 'registration', 'portal', '{FIELD_STAFF}', now(), '{FIELD_STAFF}', false);
         INSERT INTO portal.question_remarks (id, question_id, person_id, remark)
         VALUES ('{}', '{ANSWERED_QUESTION}', '{FIELD_STAFF}', 'At the desk downstairs');
         RESET session_replication_role;",
        id(0xb04)
    );
    sql
}

/// A complaint, a review that goes on and one that has ended.
fn beyond_the_queue() -> String {
    let review = |id: Uuid, number: &str, rest: &str| {
        format!(
            "INSERT INTO portal.reviews (id, number, from_on, to_on, starts_at, ends_at, facility_ids, started_by, version, kind, reason,
                 patient_id, person_id, state, outcome, ended_by, ended_at)
             SELECT '{id}', '{number}', current_date - 90, current_date, now() - interval '90 days', now() + interval '1 day', '{{{FACILITY_A}}}',
                    '{MANAGER_TWO}', {rest};
             INSERT INTO portal.review_acts (review_id, seq, kind, actor_id) VALUES ('{id}', 1, 'started', '{MANAGER_TWO}');"
        )
    };
    let open = review(
        REVIEW,
        "REV-2025-0001",
        &format!("1, 'patient', 'concern', '{PATIENT_ONE}', NULL, 'open', NULL, NULL, NULL"),
    );
    let ended = review(
        ENDED_REVIEW,
        "REV-2025-0002",
        &format!("2, 'person', 'pattern', NULL, '{NURSE_A}', 'ended', 'could_not_determine', '{MANAGER_TWO}', now()"),
    );
    format!(
        "{open} {ended}
         INSERT INTO portal.review_acts (review_id, seq, kind, actor_id, outcome, memo)
         VALUES ('{ENDED_REVIEW}', 2, 'ended', '{MANAGER_TWO}', 'could_not_determine', 'The schedule of that month is gone.');
         INSERT INTO portal.review_links (review_id, case_id, linked_by) VALUES ('{ENDED_REVIEW}', '{CASE_DECIDED}', '{MANAGER_TWO}');
         INSERT INTO portal.complaints (id, number, received_on, channel, complainant, kind, patient_id, facility_id, facility_ids, details,
             owner_id, due_on, recorded_by)
         VALUES ('{COMPLAINT}', 'CMP-2025-0001', current_date - 3, 'phone', 'patient', 'impermissible_access', '{PATIENT_ONE}', '{FACILITY_A}',
             '{{{FACILITY_A}}}', 'Believes that a neighbor of the ward looked.', '{COORDINATOR_A}', current_date + 20, '{MANAGER_TWO}');
         INSERT INTO portal.complaint_acts (complaint_id, seq, kind, actor_id) VALUES ('{COMPLAINT}', 1, 'recorded', '{MANAGER_TWO}');"
    )
}

fn requests(password_hash: &str) -> String {
    format!(
        "INSERT INTO portal.sign_up_requests (id, full_name, email, username)
         VALUES ('{SIGN_UP}', 'Odell Quartermain', 'odell@cedar.example', 'odell');
         INSERT INTO portal.sign_up_secrets (request_id, password_hash, ip_address) VALUES ('{SIGN_UP}', '{password_hash}', '192.0.2.200');
         INSERT INTO portal.account_changes (id, person_id, kind, role, facilities, requested_by)
         VALUES ('{ROLE_CHANGE}', '{FIELD_STAFF}', 'role', 'coordinator', '{{{FACILITY_A}}}', '{ADMIN}');"
    )
}

fn evidence() -> String {
    format!(
        "INSERT INTO portal.finding_numbers (year, last) VALUES (2026, 1);
         INSERT INTO portal.findings (id, number, title, severity, status, facility_id, created_by, assigned_to, due_date, discovered_on)
         VALUES ('{FINDING}', 'FND-2026-0001', 'Access after the end of work', 'high', 'open', '{FACILITY_A}', '{COORDINATOR_A}',
                 '{FIELD_STAFF}', current_date + 20, current_date);
         INSERT INTO portal.finding_cases (finding_id, case_id, linked_by) VALUES ('{FINDING}', '{CASE_DECIDED}', '{COORDINATOR_A}');
         INSERT INTO portal.finding_evidence (finding_id, access_id, case_id, action_at, login_id, facility_id, patient_id, resource_type,
             resource_id, access_type, access_reason, outcome, source_ip, device_label)
         SELECT '{FINDING}', id, '{CASE_DECIDED}', action_at, login_id, facility_id, patient_id, resource_type, resource_id, access_type,
             access_reason, outcome, source_ip, device_label FROM portal.access_logs WHERE ordinal = 3;
         INSERT INTO portal.finding_events (finding_id, seq, kind, actor_id, to_status) VALUES ('{FINDING}', 1, 'opened', '{COORDINATOR_A}', 'open');
         INSERT INTO portal.finding_comments (id, finding_id, kind, author_id, body)
         VALUES ('{}', '{FINDING}', 'comment', '{COORDINATOR_A}', 'The account was still open');
         INSERT INTO portal.searches (id, person_id, found, cut_off) VALUES ('{SEARCH}', '{MANAGER}', '{{{CASE_A}}}', false);
         INSERT INTO portal.case_selections (id, person_id, case_ids, versions, back, cut_off)
         VALUES ('{SELECTION}', '{MANAGER}', '{{{CASE_B}}}', '{{1}}', '/access-logs', false);
         INSERT INTO portal.selection_acts (selection_id, case_id, seq) VALUES ('{NOWHERE}', '{CASE_DECIDED}', 2);
         INSERT INTO portal.queue_views (id, person_id, name, shared, filter)
         VALUES ('{QUEUE_VIEW}', '{MANAGER}', 'Worst of Cedar', false, '{{\"risk\": \"high\"}}');
         INSERT INTO audit.events (event_id, event_time, xid, actor_id, actor_type, action, resource_type, resource_id, outcome, request_id)
         SELECT ev, now() - interval '1 second', pg_current_xact_id(), '{MANAGER}', 'user', 'access_log.list.export', 'access_log',
                '00000000-0000-0000-0000-000000000000', 'success', gen_random_uuid() FROM (SELECT audit.uuid7() AS ev) t;
         INSERT INTO audit.shown_rows (event_id, part, resource_type, resource_ids)
         SELECT e.event_id, 0, 'access_log', (SELECT array_agg(id) FROM portal.access_logs) FROM audit.events e;
         INSERT INTO audit.exports (event_id, actor_id, action, filter, started_at)
         SELECT e.event_id, e.actor_id, e.action, '{{}}', e.event_time FROM audit.events e;",
        id(0x502)
    )
}
