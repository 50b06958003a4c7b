//! More of everything than a page holds, so that lists go on: in two facilities and none, of two sources, by several people, of
//! every state that a filter asks for.

use uuid::Uuid;

use crate::fixtures::*;
use crate::harness::TestDb;
use crate::parity::more_rows;

/// A request that left several events.
pub const REQUEST: Uuid = Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0c01);
/// A second source.
const LAB: Uuid = Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0c02);
const LAB_MAPPING: Uuid = Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0c03);

/// Fills a copy of the fixtures.
pub async fn gather(db: &TestDb) {
    more_rows(db, 150).await;
    for sql in
        [organisation(), people(), logins(), imports(), cases(), second_reviews(), questions(), findings(), trail()]
    {
        // as rows that stand there: what triggers prepare is not what is looked at
        db.sql(&format!("SET session_replication_role = replica; {sql}; RESET session_replication_role")).await;
    }
}

/// The nth id of a kind.
fn nth(kind: u8, n: &str) -> String {
    format!("('0199c0{kind:02}-0000-7000-8000-' || lpad(to_hex({n}), 12, '0'))::uuid")
}

/// A time-ordered id.
fn at(time: &str, n: &str) -> String {
    format!("(left(audit.uuid_floor({time})::text, 13) || '-7000-8000-' || lpad(to_hex({n}), 12, '0'))::uuid")
}

fn organisation() -> String {
    format!(
        "INSERT INTO portal.facilities (id, name, site_code, privacy_owner_id, time_zone, networks)
         SELECT {}, 'Outpost ' || n, 'OUT-' || n, '{MANAGER}', 'America/Chicago', '{{}}' FROM generate_series(1, 60) n;
         INSERT INTO portal.sources (id, name, time_zone) VALUES ('{LAB}', 'Lab', 'America/Chicago');
         INSERT INTO portal.mappings (id, source_id, version, spec) SELECT '{LAB_MAPPING}', '{LAB}', 1, spec FROM portal.mappings WHERE id = '{MAPPING}';
         INSERT INTO portal.sources (id, name, time_zone) SELECT {}, 'Ward system ' || n, 'America/Chicago' FROM generate_series(1, 60) n;
         INSERT INTO portal.rosters (id, source_id, started_by, as_of, file_sha256, plan_sha256)
         SELECT {}, '{SOURCE}', '{MANAGER}', current_date - n, sha256('a roster'), sha256('a plan') FROM generate_series(1, 60) n",
        nth(1, "n"),
        nth(2, "n"),
        nth(3, "n"),
    )
}

fn people() -> String {
    format!(
        "INSERT INTO portal.people (id, full_name, username, employee_number, role, active)
         SELECT {0}, 'Crowd ' || chr(65 + n % 26) || ' ' || n, CASE WHEN n % 2 = 0 THEN 'crowd' || n END, 'C-' || n,
                CASE WHEN n % 6 = 0 THEN 'coordinator' ELSE 'field_staff' END, n % 5 > 0
           FROM generate_series(1, 180) n;
         INSERT INTO portal.employment_periods (id, person_id, facility_id, department_id, job_role, supervisor_id, starts_on, ends_on, on_leave)
         SELECT {1}, {0}, CASE WHEN n % 3 = 0 THEN '{FACILITY_B}' ELSE '{FACILITY_A}' END::uuid,
                CASE WHEN n % 3 = 0 THEN '{DEPARTMENT_B}' ELSE '{DEPARTMENT_A}' END::uuid, 'Registered nurse', '{MANAGER}', '2020-01-01',
                CASE WHEN n % 7 = 0 THEN current_date - 3 END, n % 11 = 0
           FROM generate_series(1, 180) n;
         INSERT INTO portal.sign_up_requests (id, full_name, email, username)
         SELECT {2}, 'Newcomer ' || n, 'newcomer' || n || '@cedar.example', 'newcomer' || n FROM generate_series(1, 60) n",
        nth(4, "n"),
        nth(5, "n"),
        nth(6, "n"),
    )
}

/// Seventy of each kind: nobody's, people's, vendors', systems'; each used once.
fn logins() -> String {
    let source = format!("CASE WHEN n % 4 < 2 THEN '{LAB}' ELSE '{SOURCE}' END::uuid");
    format!(
        "INSERT INTO portal.ehr_logins (id, source_id, login, kind)
         SELECT {0}, {source}, 'crowd' || n, CASE WHEN n > 210 THEN 'system' ELSE 'personal' END FROM generate_series(1, 280) n;
         INSERT INTO portal.login_holders (id, login_id, person_id, vendor_id, valid_from)
         SELECT {1}, {0}, CASE WHEN n <= 140 THEN {2} END, CASE WHEN n > 140 THEN '{VENDOR}'::uuid END, '2020-01-01'
           FROM generate_series(71, 210) n;
         INSERT INTO portal.access_logs (id, action_at, actor_kind, login_id, facility_id, source_id, resource_type, resource_word,
             access_type, access_word, access_reason, outcome, batch_id, ordinal)
         SELECT {3}, at, 'workforce', {0}, CASE WHEN n % 2 = 0 THEN '{FACILITY_A}' ELSE '{FACILITY_B}' END::uuid, {source}, 'Encounter',
                'Encounter', 'view', 'View', 'TREAT', 'success', '{BATCH}', 5000 + n
           FROM generate_series(1, 280) n,
                LATERAL (SELECT date_trunc('milliseconds', now()) - interval '5 days' + n * interval '1 second' AS at) t",
        nth(7, "n"),
        nth(8, "n"),
        nth(4, "n"),
        at("at", "n"),
    )
}

fn imports() -> String {
    format!(
        "INSERT INTO portal.import_batches (id, source_id, mapping_id, state, started_by)
         SELECT {}, CASE WHEN n % 3 = 0 THEN '{LAB}' ELSE '{SOURCE}' END::uuid, CASE WHEN n % 3 = 0 THEN '{LAB_MAPPING}' ELSE '{MAPPING}' END::uuid,
                (ARRAY['waiting', 'running', 'complete', 'failed'])[1 + n % 4], '{COORDINATOR_A}'
           FROM generate_series(1, 70) n",
        nth(9, "n"),
    )
}

fn cases() -> String {
    format!(
        "INSERT INTO portal.review_cases (id, person_id, login_id, patient_id, local_day, facility_id, state, risk, assigned_to, disposition,
             reason_code, decided_by, decided_at, first_action_at, last_action_at, row_count, access_type, resource_type, version)
         SELECT {0}, '{PHYSICIAN_B}', '{LOGIN_PHYSICIAN}', CASE WHEN n % 2 = 0 THEN '{PATIENT_ONE}'::uuid END, current_date - 100 - n,
                CASE n % 3 WHEN 0 THEN '{FACILITY_B}' ELSE '{FACILITY_A}' END::uuid,
                (ARRAY['unassigned', 'assigned', 'in_review', 'awaiting_second_review', 'closed'])[1 + n % 5],
                (ARRAY['low', 'medium', 'high', 'critical'])[1 + n % 4], CASE WHEN n % 5 = 1 THEN '{COORDINATOR_A}'::uuid END,
                CASE WHEN n % 5 > 2 THEN 'appropriate' END, CASE WHEN n % 5 > 2 THEN 'on_call' END,
                CASE WHEN n % 5 > 2 THEN '{MANAGER}'::uuid END, CASE WHEN n % 5 > 2 THEN now() END,
                now() - interval '20 days' + n / 4 * interval '1 minute', now(), 1, 'view', 'Encounter', 1
           FROM generate_series(1, 170) n;
         INSERT INTO portal.case_flags (case_id, rule_code, rule_version, kind, severity, facts, row_count, raised_at)
         SELECT {0}, code, version, kind, severity, '{{\"rule\": \"break_glass_no_reason\", \"times\": 1}}', 1, now()
           FROM generate_series(1, 170) n, portal.rules WHERE code = 'break_glass_no_reason' AND version = 1 AND n % 7 < 3",
        nth(10, "n"),
    )
}

/// Of the cases that were decided.
fn second_reviews() -> String {
    format!(
        "INSERT INTO portal.second_reviews (case_id, first_seq, kind, ground, first_by, first_disposition, first_reason_code, first_at, outcome,
             ended_at, second_by, second_disposition, second_reason_code, second_seq, facility_id, first_action_at)
         SELECT {}, 2, CASE WHEN n % 4 = 0 THEN 'blind' ELSE 'required' END, CASE WHEN n % 4 = 0 THEN 'sample' ELSE 'critical' END,
                CASE WHEN n % 3 = 0 THEN '{COORDINATOR_B}' ELSE '{COORDINATOR_A}' END::uuid, 'appropriate', 'on_call', now() - n % 40 * interval '1 day',
                CASE WHEN n % 6 < 4 THEN 'confirmed' ELSE 'overturned' END, now() - n % 13 * interval '1 hour', '{MANAGER_TWO}',
                CASE WHEN n % 6 < 4 THEN 'appropriate' ELSE 'inappropriate_inadvertent' END, 'on_call', 3,
                CASE n % 3 WHEN 0 THEN '{FACILITY_B}' ELSE '{FACILITY_A}' END::uuid, now() - interval '20 days'
           FROM generate_series(1, 170) n WHERE n % 5 > 2",
        nth(10, "n"),
    )
}

/// Sixty that are open and as many that were answered, for each of six people.
fn questions() -> String {
    format!(
        "INSERT INTO portal.questions (id, case_id, asked_by, addressee, addressee_id, confidential, question, subject_id, subject_name,
             resource_type, several, access_at, time_zone, facility_name, due_on, due_until, state, ended_at, sealed_at)
         SELECT {}, {}, '{COORDINATOR_ALL}', 'person', w.id, false, 'which_task', w.id, 'Somebody', 'Encounter', false, now() - interval '2 days',
                'America/New_York', 'Dunmore Clinic', current_date + n % 9, now() + interval '7 days',
                CASE WHEN n > 60 THEN 'answered' ELSE 'open' END, CASE WHEN n > 60 THEN now() END, CASE WHEN n > 60 THEN now() END
           FROM generate_series(1, 120) n,
                unnest(ARRAY['{MANAGER}', '{COORDINATOR_A}', '{COORDINATOR_B}', '{AUDITOR}', '{FIELD_STAFF}', '{ADMIN}']::uuid[])
                  WITH ORDINALITY w(id, place);
         INSERT INTO portal.question_answers (question_id, answer, channel, answered_by, answered_at, recorded_by, late)
         SELECT q.id, 'registration', 'portal', q.addressee_id, now(), q.addressee_id, false
           FROM portal.questions q WHERE q.state = 'answered' AND NOT EXISTS (SELECT 1 FROM portal.question_answers a WHERE a.question_id = q.id)",
        nth(11, "(n * 8 + w.place)::int"),
        nth(10, "n"),
    )
}

fn findings() -> String {
    format!(
        "INSERT INTO portal.findings (id, number, title, severity, status, facility_id, created_by, assigned_to, due_date)
         SELECT {}, 'FND-2025-' || lpad(n::text, 4, '0'), '=A title, ' || n, (ARRAY['low', 'medium', 'high', 'critical'])[1 + n % 4],
                (ARRAY['open', 'investigating', 'closed_remediated'])[1 + n / 3 % 3],
                CASE n % 3 WHEN 0 THEN '{FACILITY_A}'::uuid WHEN 1 THEN '{FACILITY_B}'::uuid END, '{MANAGER}',
                CASE WHEN n % 5 = 0 THEN '{MANAGER}' ELSE '{COORDINATOR_A}' END::uuid, current_date + n % 40 - 20
           FROM generate_series(1, 200) n",
        nth(12, "n"),
    )
}

/// What people did and took, yesterday and six weeks ago.
fn trail() -> String {
    let time = "date_trunc('milliseconds', now()) - interval '1 day' - n % 2 * interval '44 days'";
    format!(
        "INSERT INTO audit.events (event_id, event_time, xid, actor_id, actor_type, action, resource_type, resource_id, outcome, outcome_code, request_id)
         SELECT {0}, t.at, pg_current_xact_id(), (ARRAY['{MANAGER}', '{MANAGER_TWO}', '{COORDINATOR_A}'])[1 + n % 3]::uuid, 'user',
                (ARRAY['person.read', 'patient.read', 'finding.read'])[1 + n / 2 % 3], (ARRAY['person', 'patient', 'finding'])[1 + n / 2 % 3],
                (ARRAY['{NURSE_A}', '{PATIENT_ONE}', '{FINDING}'])[1 + n / 2 % 3]::uuid,
                CASE WHEN n % 7 = 0 AND n / 2 % 3 > 0 THEN 'authz_fail' ELSE 'success' END,
                CASE WHEN n % 7 = 0 AND n / 2 % 3 > 0 THEN 'not_in_scope' END,
                CASE WHEN n % 20 = 0 THEN '{REQUEST}'::uuid ELSE gen_random_uuid() END
           FROM generate_series(1, 360) n, LATERAL (SELECT {time} AS at) t;
         INSERT INTO audit.exports (event_id, actor_id, action, filter, started_at, ended_at, row_count, ended)
         SELECT {0}, CASE WHEN n % 3 = 0 THEN '{COORDINATOR_A}' ELSE '{MANAGER}' END::uuid,
                CASE WHEN n / 2 % 2 = 0 THEN 'person.list.export' ELSE 'finding.list.export' END, '{{}}', t.at, t.at, n,
                CASE WHEN n % 5 = 0 THEN 'aborted' ELSE 'complete' END
           FROM generate_series(1, 240) n, LATERAL (SELECT {time} AS at) t",
        at("t.at", "n"),
    )
}
