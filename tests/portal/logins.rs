//! Logins over HTTP: many matched in one post, each row reported by itself, overlaps refused, and nothing recorded is lost.

use uuid::Uuid;

use crate::fixtures::*;
use crate::harness::{TestDb, TestPortal, told};

/// `count` logins nobody holds, used from twenty days ago on at facility A: `jdoe00`, `jdoe01`, and so on.
pub async fn unknown_logins(db: &TestDb, count: usize) -> Vec<Uuid> {
    unknown_logins_from(db, 0, count).await
}

/// The same after as many others.
pub async fn unknown_logins_from(db: &TestDb, others: usize, count: usize) -> Vec<Uuid> {
    let (first, count) = (others + 1, others + count);
    db.sql(&format!(
        "INSERT INTO portal.ehr_logins (id, source_id, login)
         SELECT ('01990000-0000-7000-8001-' || lpad(to_hex(n), 12, '0'))::uuid, '{SOURCE}', 'jdoe' || lpad(n::text, greatest(2, length(n::text)), '0')
           FROM generate_series({first}, {count}) n;
         INSERT INTO portal.access_logs (id, action_at, actor_kind, login_id, facility_id, source_id, resource_type, access_type,
              access_reason, outcome, batch_id, ordinal)
         SELECT (left(audit.uuid_floor(at)::text, 13) || '-7000-8002-' || lpad(to_hex(n * 10 + k), 12, '0'))::uuid, at, 'unknown',
                ('01990000-0000-7000-8001-' || lpad(to_hex(n), 12, '0'))::uuid, '{FACILITY_A}', '{SOURCE}', 'Encounter', 'view', 'TREAT',
                'success', '{BATCH}', 5000 + n * 10 + k
           FROM generate_series({first}, {count}) n, generate_series(0, 2) k,
                LATERAL (SELECT date_trunc('milliseconds', now()) - interval '20 days' + k * interval '1 day' AS at) t"
    ))
    .await;
    (first as u128..=count as u128).map(|n| Uuid::from_u128(0x0199_0000_0000_7000_8001_0000_0000_0000 + n)).collect()
}

/// A portal that never met the fixtures' own unknown login.
async fn portal(count: usize) -> (TestPortal, Vec<Uuid>) {
    let db = TestDb::new().await;
    let logins = unknown_logins(&db, count).await;
    (TestPortal::on(db, |_| {}).await, logins)
}

async fn holders(db: &TestDb, login: Uuid) -> Vec<String> {
    db.value(&format!(
        "SELECT coalesce(array_agg(concat_ws(' ', coalesce(p.employee_number, v.name), (h.valid_from AT TIME ZONE 'America/Chicago')::date,
                  (h.valid_to AT TIME ZONE 'America/Chicago')::date) ORDER BY h.valid_from), '{{}}')
           FROM portal.login_holders h LEFT JOIN portal.people p ON p.id = h.person_id LEFT JOIN portal.vendors v ON v.id = h.vendor_id
          WHERE h.login_id = '{login}'"
    ))
    .await
}

fn fields(rows: &[(Uuid, &str, &str, &str, &str)]) -> Vec<(String, String)> {
    rows.iter()
        .flat_map(|(login, kind, holder, from, to)| {
            [("pick", "yes"), ("kind", kind), ("holder", holder), ("from", from), ("to", to)]
                .map(|(name, value)| (format!("{name}-{login}"), value.to_owned()))
        })
        .collect()
}

async fn post(browser: &crate::harness::Browser, fields: &[(String, String)]) -> crate::harness::Answer {
    let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.post("/people/logins", &fields).await
}

#[actix_web::test]
async fn fourteen_logins_are_matched_in_one_post_and_each_row_that_fails_says_why() {
    let (portal, logins) = portal(14).await;
    let manager = portal.as_role("manager").await;
    let list = manager.get("/people/logins").await;
    assert_eq!(list.status, 200, "{}", list.body);
    assert_eq!(list.body.matches("name=\"pick-").count(), 15, "and the one of the fixtures");
    let mut rows: Vec<_> = logins.iter().map(|login| (*login, "person", "E-9010", "2026-10-01", "")).collect();
    rows[3].2 = "E-4711";
    rows[7].3 = "soon";
    rows[9].1 = "system";
    rows[11] = (logins[11], "vendor", "Northwind Transcription", "2026-10-01", "");
    rows[13].2 = "";
    let answer = post(&manager, &fields(&rows)).await;
    assert_eq!(answer.status, 422);
    assert_eq!(told(&portal.events(answer.request_id()).await), "login.list.read login.match login.list.read");
    assert!(answer.body.contains("11 logins matched. 3 could not be; each row says why."), "{}", answer.body);
    for words in [
        "Nobody within what your account covers",
        "value=\"E-4711\"",
        "Enter days such as",
        "value=\"soon\"",
        "Enter an employee number",
    ] {
        assert!(answer.body.contains(words), "{words}: {}", answer.body);
    }
    assert_eq!(holders(&portal, logins[0]).await, ["E-9010 2026-10-01"]);
    assert_eq!(holders(&portal, logins[11]).await, ["Northwind Transcription 2026-10-01"]);
    assert_eq!(
        portal.value::<String>(&format!("SELECT kind FROM portal.ehr_logins WHERE id = '{}'", logins[9])).await,
        "system"
    );
    assert_eq!(
        portal.value::<i64>("SELECT count(*) FROM portal.vendors").await,
        1,
        "a vendor who is known is not made again"
    );
    for failed in [3, 7, 13] {
        assert!(holders(&portal, logins[failed]).await.is_empty());
        assert!(
            answer.body.contains(&format!("name=\"pick-{}\" value=\"yes\" checked", logins[failed])),
            "the choices stay"
        );
    }
    // what is right now goes through, and then the list has only the fixtures' own
    for row in &mut rows {
        (row.2, row.3) = ("Josephine Brackenridge", "2026-10-01");
    }
    let answer = post(&manager, &fields(&[rows[3], rows[7], rows[13]])).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let list = manager.get("/people/logins").await;
    assert!(list.body.contains("3 logins matched"));
    assert_eq!(list.body.matches("name=\"pick-").count(), 1);
    let reruns: Vec<i32> =
        portal.value("SELECT array_agg(cardinality(login_ids) ORDER BY created_at) FROM portal.rule_reruns WHERE cause = 'login_matched'").await;
    assert_eq!(reruns, [11, 3], "the rules look again at what was matched");
}

#[actix_web::test]
async fn a_form_that_grew_past_one_page_comes_back_whole() {
    let (portal, logins) = portal(70).await;
    let manager = portal.as_role("manager").await;
    let rows: Vec<_> = logins.iter().map(|login| (*login, "person", "E-4711", "2026-10-01", "")).collect();
    let answer = post(&manager, &fields(&rows)).await;
    assert_eq!(answer.status, 422);
    for login in &logins {
        assert!(answer.body.contains(&format!("href=\"#holder-{login}\"")), "{login} is in the summary");
        assert!(answer.body.contains(&format!("name=\"holder-{login}\" value=\"E-4711\"")), "{login} is kept");
    }
}

#[actix_web::test]
async fn a_list_narrowed_to_a_source_stays_narrowed_after_matching() {
    let (portal, logins) = portal(2).await;
    let manager = portal.as_role("manager").await;
    let narrowed = format!("/people/logins?source={SOURCE}");
    let list = manager.get(&narrowed).await;
    assert!(list.body.contains(&format!("method=\"post\" action=\"{narrowed}\"")), "{}", list.body);
    let all = fields(&[(logins[0], "person", "E-9010", "2026-10-01", "")]);
    let all: Vec<_> = all.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let answer = manager.post(&narrowed, &all).await;
    assert_eq!((answer.status, answer.location()), (303, narrowed.as_str()), "{}", answer.body);
}

#[actix_web::test]
async fn a_login_that_somebody_holds_is_not_given_to_another_for_the_same_days() {
    let (portal, logins) = portal(1).await;
    let manager = portal.as_role("manager").await;
    let login = logins[0];
    // held from fifteen days ago on, used since twenty: the five days before are unmatched
    portal
        .sql(&format!(
            "INSERT INTO portal.login_holders (id, login_id, person_id, valid_from)
             VALUES (gen_random_uuid(), '{login}', '{PHYSICIAN_B}', ((now() - interval '18 days 12 hours') AT TIME ZONE 'America/Chicago')::date::timestamp AT TIME ZONE 'America/Chicago')"
        ))
        .await;
    let list = manager.get("/people/logins").await;
    assert!(list.body.contains(&format!("name=\"pick-{login}\"")), "a gap before a holder is unmatched: {}", list.body);
    let open = post(&manager, &fields(&[(login, "person", "E-9010", "2026-10-01", "")])).await;
    assert_eq!(open.status, 422);
    assert_eq!(
        told(&portal.events(open.request_id()).await),
        "login.list.read login.match!validate_fail/invalid_input login.list.read"
    );
    assert!(open.body.contains("Somebody else held this login on some of these days"));
    let at = format!("name=\"to-{login}\" value=\"");
    let until =
        list.body.split(&at).nth(1).and_then(|rest| rest.split('"').next()).expect("a last day is proposed").to_owned();
    let closed = post(&manager, &fields(&[(login, "person", "E-9010", "2026-10-01", &until)])).await;
    assert_eq!(closed.status, 303, "{}", closed.body);
    assert_eq!(holders(&portal, login).await.len(), 2);
    let list = manager.get("/people/logins").await;
    assert!(!list.body.contains(&format!("name=\"pick-{login}\"")), "no gap is left");
}

#[actix_web::test]
async fn suggestions_say_why_and_are_accepted_together() {
    let (portal, logins) = portal(3).await;
    portal
        .sql(&format!(
            "UPDATE portal.ehr_logins SET login = 'ecastellanos' WHERE id = '{}';
             UPDATE portal.ehr_logins SET login = 'E-9008' WHERE id = '{}';
             UPDATE portal.ehr_logins SET login = 'stranger' WHERE id = '{}'",
            logins[0], logins[1], logins[2]
        ))
        .await;
    let manager = portal.as_role("manager").await;
    let list = manager.get("/people/logins").await;
    for words in [
        "Accept 2 suggestions",
        "Ezequiel Castellanos: made from the name",
        "Philippa Zellweger: same employee number",
        "No suggestion",
    ] {
        assert!(list.body.contains(words), "{words}: {}", list.body);
    }
    let mut all: Vec<(String, String)> = Vec::new();
    for part in list.body.split("name=\"").skip(1) {
        let name = part.split('"').next().unwrap_or_default().to_owned();
        let value =
            part.split(" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned();
        if ["suggested-", "holder-", "from-", "to-"].iter().any(|field| name.starts_with(field)) {
            all.push((name, value));
        }
    }
    all.push(("accept".to_owned(), "suggestions".to_owned()));
    let answer = post(&manager, &all).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    assert_eq!(holders(&portal, logins[0]).await.len(), 1);
    assert!(holders(&portal, logins[0]).await[0].starts_with("E-9011 "));
    assert!(holders(&portal, logins[1]).await[0].starts_with("E-9008 "));
    assert!(holders(&portal, logins[2]).await.is_empty(), "nobody is guessed");
}

#[actix_web::test]
async fn a_coordinator_matches_what_was_used_at_their_facilities() {
    let (portal, logins) = portal(1).await;
    let elsewhere = portal.as_role("coordinator_b").await;
    let list = elsewhere.get("/people/logins").await;
    assert!(!list.body.contains(&logins[0].to_string()));
    let answer = post(&elsewhere, &fields(&[(logins[0], "person", "E-9011", "2026-10-01", "")])).await;
    assert_eq!(
        (answer.status, told(&portal.events(answer.request_id()).await).as_str()),
        (404, "login.list.read login.match!authz_fail/not_in_scope")
    );
    assert!(holders(&portal, logins[0]).await.is_empty());
    let own = portal.as_role("coordinator_a").await;
    let stranger = post(&own, &fields(&[(logins[0], "person", "E-9011", "2026-10-01", "")])).await;
    assert!(stranger.body.contains("Nobody within what your account covers"), "a physician of another facility");
    let answer = post(&own, &fields(&[(logins[0], "person", "E-9010", "2026-10-01", "")])).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
}

#[actix_web::test]
async fn a_holder_is_ended_corrected_or_taken_away_and_every_state_stays_recorded() {
    let (portal, _) = portal(0).await;
    let manager = portal.as_role("manager").await;
    let path = format!("/people/logins/{LOGIN_PHYSICIAN}");
    let page = manager.get(&path).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let holder = page
        .body
        .split("name=\"holder\" value=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("a form")
        .to_owned();
    let post = async |act: &str, from: &str, to: &str| {
        manager.post(&path, &[("holder", holder.as_str()), ("act", act), ("from", from), ("to", to)]).await
    };
    let ended = post("save", "2020-01-01", "2026-11-20").await;
    assert_eq!(
        (ended.status, told(&portal.events(ended.request_id()).await).as_str()),
        (303, "login.list.read login.holder.update"),
        "{}",
        ended.body
    );
    assert_eq!(holders(&portal, LOGIN_PHYSICIAN).await, ["E-9011 2020-01-01 2026-11-21"]);
    let wrong = post("save", "2026-11-21", "2026-11-20").await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("The last day is before the first") && wrong.body.contains("value=\"2026-11-21\""));
    assert_eq!(post("remove", "", "").await.status, 303);
    assert!(holders(&portal, LOGIN_PHYSICIAN).await.is_empty());
    let kinds: Vec<String> = portal
        .value(&format!(
            "SELECT array_agg(kind ORDER BY id) FROM portal.login_holder_events WHERE login_id = '{LOGIN_PHYSICIAN}'"
        ))
        .await;
    assert_eq!(kinds, ["entered", "corrected", "removed"]);
    let page = manager.get(&path).await;
    for words in
        ["Entered: Ezequiel Castellanos", "Corrected: Ezequiel Castellanos", "Taken away: Ezequiel Castellanos"]
    {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    assert_eq!(portal.value::<i64>("SELECT count(*) FROM portal.rule_reruns WHERE state <> 'failed'").await, 2);
}

#[actix_web::test]
async fn a_system_account_waits_for_nobody() {
    let (portal, logins) = portal(1).await;
    let manager = portal.as_role("manager").await;
    let path = format!("/people/logins/{}", logins[0]);
    assert_eq!(manager.post(&path, &[("act", "system")]).await.status, 303);
    let list = manager.get("/people/logins").await;
    assert!(!list.body.contains(&format!("pick-{}", logins[0])));
    let systems = manager.get("/people/logins?view=system").await;
    assert!(systems.body.contains(">jdoe01</a>"));
    assert_eq!(manager.post(&path, &[("act", "personal")]).await.status, 303);
    assert!(manager.get("/people/logins").await.body.contains(&format!("pick-{}", logins[0])));
}

#[actix_web::test]
async fn matching_nothing_is_said() {
    let (portal, _) = portal(1).await;
    let manager = portal.as_role("manager").await;
    let answer = manager.post("/people/logins", &[]).await;
    assert_eq!(answer.status, 422);
    assert!(answer.body.contains("Tick the logins to match"));
}

async fn holder_of(db: &TestDb, login: Uuid) -> Uuid {
    db.value(&format!("SELECT id FROM portal.login_holders WHERE login_id = '{login}'")).await
}

#[actix_web::test]
async fn nobody_says_which_accesses_are_their_own() {
    let (portal, logins) = portal(3).await;
    let manager = portal.as_role("manager").await;
    let answer = post(&manager, &fields(&[(logins[0], "person", "E-9000", "2026-10-01", "")])).await;
    assert_eq!(answer.status, 422);
    assert!(answer.body.contains("This is you; somebody else matches your logins"), "{}", answer.body);
    assert!(holders(&portal, logins[0]).await.is_empty());
    portal
        .sql(&format!(
            "INSERT INTO portal.login_holders (id, login_id, person_id, valid_from) VALUES (gen_random_uuid(), '{}', '{MANAGER}', '2026-10-01')",
            logins[1]
        ))
        .await;
    let holder = holder_of(&portal, logins[1]).await.to_string();
    for act in ["remove", "save", "system"] {
        let posted = [("holder", holder.as_str()), ("act", act), ("from", "2026-10-02"), ("to", "")];
        let answer = manager.post(&format!("/people/logins/{}", logins[1]), &posted).await;
        assert_eq!(answer.status, 422, "{act}");
        assert!(answer.body.contains("You hold or held this login"), "{act}: {}", answer.body);
    }
    let system = post(&manager, &fields(&[(logins[1], "system", "", "2026-10-01", "")])).await;
    assert_eq!(system.status, 422);
    assert_eq!(
        portal
            .value::<String>(&format!(
                "SELECT concat_ws(' ', l.kind, (h.valid_from AT TIME ZONE 'UTC')::date) FROM portal.ehr_logins l
                   JOIN portal.login_holders h ON h.login_id = l.id WHERE l.id = '{}'",
                logins[1]
            ))
            .await,
        "personal 2026-10-01"
    );
}

#[actix_web::test]
async fn a_holder_is_found_only_at_the_login_of_the_path() {
    let (portal, logins) = portal(1).await;
    let manager = portal.as_role("manager").await;
    let holder = holder_of(&portal, LOGIN_PHYSICIAN).await.to_string();
    for act in ["remove", "save"] {
        let posted = [("holder", holder.as_str()), ("act", act), ("from", "2026-10-02"), ("to", "")];
        let answer = manager.post(&format!("/people/logins/{}", logins[0]), &posted).await;
        assert_eq!(answer.status, 404, "{act}");
    }
    assert_eq!(holders(&portal, LOGIN_PHYSICIAN).await, ["E-9011 2019-12-31"]);
}

#[actix_web::test]
async fn days_taken_off_a_period_leave_the_others_known_as_long() {
    let (portal, _) = portal(0).await;
    let manager = portal.as_role("manager").await;
    let holder = holder_of(&portal, LOGIN_PHYSICIAN).await.to_string();
    portal.sql(&format!("UPDATE portal.login_holders SET recorded_at = '2020-01-05' WHERE id = '{holder}'")).await;
    let known = format!("SELECT recorded_at < '2020-02-01' FROM portal.login_holders WHERE id = '{holder}'");
    for (from, to, expected) in [("2020-01-01", "2026-11-10", true), ("2020-01-01", "2026-11-12", false)] {
        let posted = [("holder", holder.as_str()), ("act", "save"), ("from", from), ("to", to)];
        assert_eq!(manager.post(&format!("/people/logins/{LOGIN_PHYSICIAN}"), &posted).await.status, 303);
        assert_eq!(portal.value::<bool>(&known).await, expected, "{to}");
    }
}

#[actix_web::test]
async fn rows_of_a_withdrawn_import_wait_for_nobody() {
    let (portal, logins) = portal(2).await;
    portal
        .sql(&format!(
            "INSERT INTO portal.withdrawn_rows (access_id, batch_id) SELECT id, batch_id FROM portal.access_logs WHERE login_id = '{}'",
            logins[0]
        ))
        .await;
    let list = portal.as_role("manager").await.get("/people/logins").await;
    assert!(!list.body.contains(&format!("pick-{}", logins[0])), "{}", list.body);
    assert!(list.body.contains(&format!("pick-{}", logins[1])));
}

#[actix_web::test]
async fn the_trail_knows_whom_the_list_offers() {
    let (portal, _) = portal(1).await;
    let list = portal.as_role("manager").await.get("/people/logins").await;
    let shown: Vec<Uuid> = portal
        .value(&format!(
            "SELECT resource_ids FROM audit.shown_rows s JOIN audit.events e USING (event_id)
              WHERE e.request_id = '{}' AND s.resource_type = 'person'",
            list.request_id()
        ))
        .await;
    assert!(shown.contains(&PHYSICIAN_B), "{shown:?}");
}

#[actix_web::test]
async fn a_login_that_went_from_one_to_another_and_back_is_each_holders_while_they_held_it() {
    let (portal, logins) = portal(1).await;
    let manager = portal.as_role("manager").await;
    let login = logins[0];
    // used on three days, twenty to eighteen days ago
    let days: Vec<String> = portal
        .value(&format!(
            "SELECT array_agg(DISTINCT (action_at AT TIME ZONE 'America/Chicago')::date::text) FROM portal.access_logs WHERE login_id = '{login}'"
        ))
        .await;
    for (number, day) in [("E-9010", &days[0]), ("E-9011", &days[1]), ("E-9010", &days[2])] {
        let answer = post(&manager, &fields(&[(login, "person", number, day, day)])).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
    }
    assert_eq!(holders(&portal, login).await.len(), 3);
    let again = post(&manager, &fields(&[(login, "person", "E-9011", &days[0], &days[2])])).await;
    assert!(
        again.body.contains(
            "A login that is no longer in this list</a>: Somebody else held this login on some of these days"
        ),
        "{}",
        again.body
    );
    let rows = async |person: Uuid| manager.get(&format!("/people/{person}")).await.body.matches("jdoe01").count();
    let nurse = manager.get(&format!("/people/{NURSE_A}")).await;
    assert_eq!(
        nurse.body.matches(&format!("href=\"/people/logins/{login}\"")).count(),
        2,
        "two periods: {}",
        nurse.body
    );
    let physician = manager.get(&format!("/people/{PHYSICIAN_B}")).await;
    assert_eq!(physician.body.matches(&format!("href=\"/people/logins/{login}\"")).count(), 1);
    assert!(rows(NURSE_A).await > rows(PHYSICIAN_B).await);
    let counted: Vec<i64> = portal
        .value(&format!(
            "SELECT array_agg(n ORDER BY n) FROM (SELECT count(*) AS n FROM portal.access_logs a JOIN portal.login_holders h ON h.login_id = a.login_id
                AND h.valid_from <= a.action_at AND h.valid_to > a.action_at WHERE a.login_id = '{login}' GROUP BY h.person_id) c"
        ))
        .await;
    assert_eq!(counted, [1, 2], "each row has one holder");
    let list = manager.get("/people/logins").await;
    assert!(!list.body.contains(&format!("pick-{login}")), "no day is unmatched");
}
