//! A rule changes in four steps and by two people; the database holds to both. And what people flag by hand.

use hipaa_auditor::audit::Job;
use hipaa_auditor::features::rules;
use uuid::Uuid;

use crate::exports::{day, import, nurse, opened, worker};
use crate::fixtures::{ACCESS_ROWS, FAILED_RERUN, MANAGER, MANAGER_TWO, OWN_PROPOSAL, PROPOSAL, access_id};
use crate::harness::{Browser, TestDb, TestPortal, told};

/// Proposes and runs the shadow; the proposal.
async fn proposed(portal: &TestPortal, manager: &Browser, code: &str, fields: &[(&str, &str)]) -> Uuid {
    let answer = manager.post(&format!("/settings/rules/{code}/proposals"), fields).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let id = answer.location().rsplit('/').next().and_then(|id| id.parse().ok()).expect("a proposal");
    run(portal, id).await;
    id
}

async fn run(db: &TestDb, id: Uuid) {
    let job = Job {
        id: Uuid::now_v7(),
        kind: "shadow_run".to_owned(),
        target_id: id,
        request_id: Uuid::now_v7(),
        attempts: 5,
    };
    assert_eq!(rules::shadow(&worker(db), &job).await, "done");
}

async fn live(db: &TestDb, code: &str) -> i32 {
    db.value(&format!("SELECT max(version) FROM portal.rules WHERE code = '{code}'")).await
}

/// Two broken glasses of the last days, the first found inappropriate.
async fn history(db: &TestDb) -> Uuid {
    crate::exports::give_mapping(db).await;
    let person = nurse(db, "shad01").await;
    let at =
        |ago: i64| (hipaa_auditor::clock::now() - chrono::TimeDelta::days(ago)).format("%Y-%m-%d 12:00:00").to_string();
    import(db, &[opened(&at(3), "shad01", "M-1").glass(""), opened(&at(4), "shad01", "M-2").glass("Emergency")]).await;
    db.sql(&format!(
        "UPDATE portal.review_cases SET state = 'awaiting_second_review', disposition = 'inappropriate_intentional', reason_code = 'curiosity',
                decided_by = '{MANAGER}', decided_at = now() WHERE person_id = '{person}'"
    ))
    .await;
    person
}

#[actix_web::test]
async fn a_change_runs_in_the_shadow_is_asked_for_and_approved_by_a_second_manager() {
    let portal = TestPortal::start().await;
    let person = history(&portal).await;
    let (one, two) = (portal.as_role("manager").await, portal.as_role("manager_two").await);
    let id = proposed(
        &portal,
        &one,
        "break_glass_no_reason",
        &[("kind", "signal"), ("severity", "high"), ("enabled", "no")],
    )
    .await;
    let page = one.get(&format!("/settings/rules/proposals/{id}")).await;
    assert!(page.body.contains("Known decisions missed</dt><dd class=\"t-crit\">1"), "{}", page.body);
    assert!(page.body.contains("Ask for approval") && !page.body.contains("Approve this change"));
    let flags = "SELECT count(*) FROM portal.access_flags";
    let before: i64 = portal.value(flags).await;
    let shown: i64 = portal
        .value("SELECT count(*) FROM audit.shown_rows s JOIN audit.events e ON e.event_id = s.event_id WHERE e.action = 'rule.proposal.read'")
        .await;
    assert!(shown >= 1, "which cases were shown is kept");

    assert_eq!(
        two.post(&format!("/settings/rules/proposals/{id}/approval"), &[]).await.status,
        409,
        "not asked for yet"
    );
    assert_eq!(one.post(&format!("/settings/rules/proposals/{id}/request"), &[]).await.status, 303);
    assert_eq!(one.post(&format!("/settings/rules/proposals/{id}/approval"), &[]).await.status, 403, "not one's own");
    assert_eq!(live(&portal, "break_glass_no_reason").await, 1);
    assert!(two.get(&format!("/settings/rules/proposals/{id}")).await.body.contains("Approve this change"));
    assert_eq!(two.post(&format!("/settings/rules/proposals/{id}/approval"), &[]).await.status, 303);
    assert_eq!(live(&portal, "break_glass_no_reason").await, 2);
    assert_eq!(portal.value::<i64>(flags).await, before, "a shadow run and an approval raise nothing");
    let page = one.get("/settings/rules/break_glass_no_reason").await;
    assert!(
        page.body.contains("Proposed by Marguerite Oakhollow, approved by Ignatius Featherstonehaugh"),
        "{}",
        page.body
    );
    // what is off raises nothing
    let at = hipaa_auditor::clock::now().format("%Y-%m-%d 00:00:30").to_string();
    import(&portal, &[opened(&at, "shad01", "M-9").glass("")]).await;
    let cases: i64 =
        portal.value(&format!("SELECT count(*) FROM portal.review_cases WHERE person_id = '{person}'")).await;
    assert_eq!(cases, 1);
}

#[actix_web::test]
async fn a_context_moved_to_the_signals_shows_the_cases_it_would_open_and_opens_them_after_a_rerun() {
    let portal = TestPortal::start().await;
    let person = history(&portal).await;
    let (one, two) = (portal.as_role("manager").await, portal.as_role("manager_two").await);
    let fields = [("kind", "signal"), ("severity", "medium"), ("enabled", "yes"), ("rerun", "on")];
    let id = proposed(&portal, &one, "break_glass", &fields).await;
    let told: String = portal
        .value(&format!("SELECT concat_ws(' ', cases_now, cases_more, cases_fewer, missed, cardinality(gained_rows)) FROM portal.rule_proposals WHERE id = '{id}'"))
        .await;
    assert_eq!(told, "1 1 0 0 1", "one person, patient and day has the flag, and no case yet");
    assert!(one.get(&format!("/settings/rules/proposals/{id}")).await.body.contains("Accesses that would open a case"));
    one.post(&format!("/settings/rules/proposals/{id}/request"), &[]).await;
    two.post(&format!("/settings/rules/proposals/{id}/approval"), &[]).await;
    let target: Uuid = portal.value("SELECT target_id FROM portal.jobs WHERE kind = 'rule_rerun'").await;
    let job = Job {
        id: Uuid::now_v7(),
        kind: "rule_rerun".to_owned(),
        target_id: target,
        request_id: Uuid::now_v7(),
        attempts: 5,
    };
    assert_eq!(rules::rerun(&worker(&portal), &job).await, "done");
    let cases: i64 =
        portal.value(&format!("SELECT count(*) FROM portal.review_cases WHERE person_id = '{person}'")).await;
    assert_eq!(cases, 2);
}

#[actix_web::test]
async fn a_form_that_cannot_be_accepted_comes_back_with_what_was_typed() {
    let portal = TestPortal::start().await;
    let manager = portal.as_role("manager").await;
    let fields = [
        ("kind", "signal"),
        ("severity", "medium"),
        ("enabled", "yes"),
        ("times_usual", "200"),
        ("times_peers", "2"),
        ("least_rows", "41"),
        ("least_days", "5"),
        ("window_days", "30"),
        ("critical_times", "8"),
    ];
    let answer = manager.post("/settings/rules/volume_spike/proposals", &fields).await;
    assert_eq!(answer.status, 422);
    assert!(
        answer.body.contains("enter a whole number from 2 to 20")
            && answer.body.contains("value=\"200\"")
            && answer.body.contains("value=\"41\"")
    );
    assert_eq!(portal.value::<i64>("SELECT count(*) FROM portal.jobs WHERE kind = 'shadow_run'").await, 0);
}

#[actix_web::test]
async fn the_database_refuses_an_approval_by_the_proposer_a_version_without_one_and_a_step_out_of_order() {
    let portal = TestPortal::start().await;
    let token = portal.session_of(MANAGER).await;
    let version = |id: Uuid| {
        format!(
            "INSERT INTO portal.rules (code, version, kind, severity, parameters, enabled, proposal_id)
             SELECT code, base_version + 1, kind, severity, parameters, enabled, id FROM portal.rule_proposals WHERE id = '{id}'"
        )
    };
    let approve = |id: Uuid, by: Uuid| {
        format!(
            "UPDATE portal.rule_proposals SET state = 'approved', decided_by = '{by}', decided_at = now(), new_version = base_version + 1 WHERE id = '{id}'"
        )
    };
    for (name, statement) in [
        ("one's own, as oneself", approve(OWN_PROPOSAL, MANAGER)),
        ("one's own, as somebody else", approve(OWN_PROPOSAL, MANAGER_TWO)),
        ("another's, as somebody else", approve(PROPOSAL, crate::fixtures::COORDINATOR_A)),
        ("no approval", version(PROPOSAL)),
        (
            "another's request withdrawn",
            format!("UPDATE portal.rule_proposals SET state = 'withdrawn' WHERE id = '{PROPOSAL}'"),
        ),
        (
            "a shadow run made up",
            format!("UPDATE portal.rule_proposals SET state = 'shadow_running' WHERE id = '{OWN_PROPOSAL}'"),
        ),
    ] {
        let mut app = portal.as_app().await;
        let read = app.open(&token, "rule.proposal.read").await.expect("may");
        app.must("BEGIN").await;
        app.must(&format!("SELECT audit.use_event('{read}')")).await;
        app.open(&token, "rule.proposal.approve").await.expect("may");
        let refused = if name == "another's request withdrawn" { "HA002" } else { "23514" };
        assert_eq!(app.run(&statement).await, Err(refused.to_owned()), "{name}");
        app.must("ROLLBACK").await;
    }
    let mut app = portal.as_app().await;
    let read = app.open(&token, "rule.proposal.read").await.expect("may");
    app.must("BEGIN").await;
    app.must(&format!("SELECT audit.use_event('{read}')")).await;
    app.open(&token, "rule.proposal.refuse").await.expect("may");
    assert_eq!(app.run(&approve(PROPOSAL, MANAGER)).await, Err("HA002".to_owned()), "who refuses does not approve");
    app.must("ROLLBACK").await;
    let mut app = portal.as_app().await;
    let read = app.open(&token, "rule.proposal.read").await.expect("may");
    app.must("BEGIN").await;
    app.must(&format!("SELECT audit.use_event('{read}')")).await;
    app.open(&token, "rule.proposal.approve").await.expect("may");
    let content = format!("UPDATE portal.rule_proposals SET severity = 'low' WHERE id = '{PROPOSAL}'");
    assert_eq!(app.run(&content).await, Err("42501".to_owned()), "what was proposed has no grant");
}

#[actix_web::test]
async fn what_was_asked_for_a_month_ago_has_expired() {
    let portal = TestPortal::start().await;
    portal
        .sql(&format!(
            "UPDATE portal.rule_proposals SET requested_at = now() - interval '31 days' WHERE id = '{PROPOSAL}'"
        ))
        .await;
    let manager = portal.as_role("manager").await;
    let page = manager.get(&format!("/settings/rules/proposals/{PROPOSAL}")).await;
    assert!(page.body.contains("Expired") && !page.body.contains("Approve this change"));
    assert_eq!(manager.post(&format!("/settings/rules/proposals/{PROPOSAL}/approval"), &[]).await.status, 409);
}

#[actix_web::test]
async fn an_access_flagged_by_hand_is_a_case_with_a_reason_from_the_list() {
    let portal = TestPortal::start().await;
    let row = access_id(&portal, 8).await;
    let coordinator = portal.as_role("coordinator_b").await;
    let path = format!("/access-logs/rows/{row}/flag");
    assert!(
        coordinator.get(&path).await.body.contains("E. Castellanos")
            || coordinator.get(&path).await.body.contains("Castellanos")
    );
    let fields = [("source", "reported"), ("reason", "known_relation"), ("note", "A call on Monday")];
    let answer = coordinator.post(&path, &fields).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let page = coordinator.get(answer.location()).await;
    assert!(page.body.contains("Reported to the privacy office: a private relation is known."), "{}", page.body);
    assert!(page.body.contains("flagged an access for review") && page.body.contains("A call on Monday"));
    let before: i64 = portal.value("SELECT count(*) FROM portal.review_cases").await;
    assert_eq!(
        coordinator.post(&path, &[("source", "seen"), ("reason", "no_task")]).await.status,
        303,
        "the same case again"
    );
    assert_eq!(portal.value::<i64>("SELECT count(*) FROM portal.review_cases").await, before);
    for bad in [("seen", "gossip"), ("", "no_task"), ("seen", "other")] {
        let answer = coordinator.post(&path, &[("source", bad.0), ("reason", bad.1)]).await;
        assert_eq!(answer.status, 422, "{bad:?}");
    }
    // rows of another facility and one's own accesses do not exist
    let elsewhere = access_id(&portal, 0).await;
    assert_eq!(coordinator.post(&format!("/access-logs/rows/{elsewhere}/flag"), &fields).await.status, 404);
    let own = access_id(&portal, 4).await;
    assert_eq!(portal.as_role("manager").await.get(&format!("/access-logs/rows/{own}/flag")).await.status, 404);
    assert!(ACCESS_ROWS > 8 && day("2026-01-01") < hipaa_auditor::clock::now().date_naive());
}

#[actix_web::test]
async fn a_patient_goes_on_the_watch_list_with_a_reason_and_comes_off_again() {
    let portal = TestPortal::start().await;
    let (coordinator, patient) = (portal.as_role("coordinator_a").await, crate::fixtures::PATIENT_ONE);
    let path = format!("/patients/{patient}");
    assert!(coordinator.get(&path).await.body.contains("Put on the watch list"));
    let on = [("watched", "true"), ("reason", "public_figure")];
    assert_eq!(coordinator.post(&format!("{path}/watch"), &on).await.status, 303);
    assert!(coordinator.get(&path).await.body.contains("On the watch list."));
    let reruns: i64 = portal.value("SELECT count(*) FROM portal.rule_reruns WHERE cause = 'patient_watched'").await;
    assert_eq!(reruns, 1, "what was opened before is looked at again");
    let off = [("watched", "false"), ("reason", "public_figure")];
    assert_eq!(coordinator.post(&format!("{path}/watch"), &off).await.status, 403, "a manager's decision");
    assert_eq!(portal.as_role("manager").await.post(&format!("{path}/watch"), &off).await.status, 303);
    let marks: i64 =
        portal.value(&format!("SELECT count(*) FROM portal.watch_marks WHERE patient_id = '{patient}'")).await;
    assert_eq!(marks, 2);
    assert!(!portal.as_role("auditor").await.get(&path).await.body.contains("Put on the watch list"));
}

#[actix_web::test]
async fn a_page_that_watches_a_shadow_run_asks_ever_more_rarely_and_does_not_keep_the_session() {
    let portal = TestPortal::start().await;
    let manager = portal.as_role("manager").await;
    portal
        .sql(&format!(
            "SET session_replication_role = replica;
             UPDATE portal.rule_proposals SET state = 'shadow_running', shadow_done_at = NULL, rows_seen = NULL WHERE id = '{OWN_PROPOSAL}';
             SET session_replication_role = DEFAULT;
             UPDATE portal.sessions SET seen_at = now() - interval '10 minutes'"
        ))
        .await;
    let idle = "SELECT bool_and(seen_at < now() - interval '9 minutes') FROM portal.sessions";
    let path = format!("/settings/rules/proposals/{OWN_PROPOSAL}");
    let asked = async |times: u32| {
        let path = format!("{path}/progress?asked={times}");
        let request = manager.request("GET", &path).header("HX-Request", "true").header("HX-Target", "run");
        manager.send(request).await
    };
    for (times, delay) in [(0, 1), (10, 6), (98, 30)] {
        let answer = asked(times).await;
        assert_eq!(answer.status, 200);
        assert!(!answer.body.contains("<html"), "a part of the page");
        assert!(answer.body.contains(&format!("{path}/progress?asked={}", times + 1)), "{}", answer.body);
        assert!(answer.body.contains(&format!("load delay:{delay}s")), "{}", answer.body);
        assert_eq!(told(&portal.events(answer.request_id()).await), "rule.proposal.read");
    }
    assert!(portal.value::<bool>(idle).await, "nobody is at the keyboard");
    manager.get(&path).await;
    assert!(!portal.value::<bool>(idle).await, "a person's own look keeps it");
    portal.sql("UPDATE portal.sessions SET seen_at = now() - interval '16 minutes'").await;
    assert_eq!(asked(3).await.status, 401, "an idle session ends, however often a page asks");
}

#[actix_web::test]
async fn a_page_that_watches_a_shadow_run_says_where_it_stands_by_then() {
    let portal = TestPortal::start().await;
    let manager = portal.as_role("manager").await;
    let stands = async |state: &str| {
        portal
            .sql(&format!(
                "SET session_replication_role = replica;
                 UPDATE portal.rule_proposals SET state = '{state}', shadow_done_at = NULL, rows_seen = NULL WHERE id = '{OWN_PROPOSAL}';
                 SET session_replication_role = DEFAULT"
            ))
            .await;
    };
    let path = format!("/settings/rules/proposals/{OWN_PROPOSAL}");
    let badge = |answer: &crate::harness::Answer| {
        assert_eq!(answer.body.matches("id=\"standing\"").count(), 1, "what is swapped is there once: {}", answer.body);
        let (_, badge) = answer.body.split_once("id=\"standing\"").expect("a badge");
        badge.split("</span></span>").next().unwrap_or_default().to_owned()
    };
    stands("shadow_waiting").await;
    let page = manager.get(&path).await;
    assert!(page.body.contains("hx-select-oob=\"#standing,"), "the page takes it over: {}", page.body);
    assert!(badge(&page).contains("Shadow run waits"), "{}", page.body);
    for (state, whole, said) in [
        ("shadow_waiting", false, "Shadow run waits"),
        ("shadow_running", false, "Shadow run under way"),
        ("shadow_failed", true, "Shadow run failed"),
    ] {
        stands(state).await;
        let ask = format!("{path}/progress?asked=2");
        let request = manager.request("GET", &ask).header("HX-Request", "true").header("HX-Target", "run");
        let answer = manager.send(request).await;
        assert_eq!(answer.body.contains("<html"), whole, "its end brings the rest");
        assert!(badge(&answer).contains(said), "{said}: {}", badge(&answer));
    }
}

#[actix_web::test]
async fn a_shadow_run_that_broke_is_asked_for_again_by_who_proposed_it() {
    let portal = TestPortal::start().await;
    history(&portal).await;
    let (one, two) = (portal.as_role("manager").await, portal.as_role("manager_two").await);
    let fields = [("kind", "signal"), ("severity", "high"), ("enabled", "no")];
    let answer = one.post("/settings/rules/break_glass_no_reason/proposals", &fields).await;
    let path = answer.location().to_owned();
    let id: Uuid = path.rsplit('/').next().and_then(|id| id.parse().ok()).expect("a proposal");
    assert_eq!(one.post(&format!("{path}/retry"), &[]).await.status, 409, "it did not break");
    portal
        .sql(&format!(
            "UPDATE portal.rule_proposals SET state = 'shadow_failed' WHERE id = '{id}';
             UPDATE portal.jobs SET state = 'failed', attempts = 5 WHERE target_id = '{id}'"
        ))
        .await;
    assert!(one.get(&path).await.body.contains("Run the shadow run again"));
    assert!(!two.get(&path).await.body.contains("Run the shadow run again"), "not another's");
    assert_eq!(two.post(&format!("{path}/retry"), &[]).await.status, 403);
    assert_eq!(one.post(&format!("{path}/retry"), &[]).await.status, 303);
    let job: String = portal
        .value(&format!("SELECT concat_ws(' ', state, attempts) FROM portal.jobs WHERE target_id = '{id}'"))
        .await;
    assert_eq!(job, "waiting 0");
    run(&portal, id).await;
    assert!(one.get(&path).await.body.contains("Known decisions missed"));
}

#[actix_web::test]
async fn a_run_over_the_past_that_failed_is_seen_and_asked_for_again() {
    let portal = TestPortal::start().await;
    let (manager, auditor) = (portal.as_role("manager").await, portal.as_role("auditor").await);
    let page = manager.get("/settings/rules").await.body;
    assert!(page.contains("An agreement changed") && page.contains("Run it again"), "{page}");
    let page = auditor.get("/settings/rules").await.body;
    assert!(page.contains("An agreement changed") && !page.contains("Run it again"), "who may not has no button");
    let path = format!("/settings/rules/reruns/{FAILED_RERUN}/retry");
    assert_eq!(manager.post(&path, &[]).await.status, 303);
    assert_eq!(manager.post(&path, &[]).await.status, 409, "it waits already");
    assert!(!manager.get("/settings/rules").await.body.contains("Run it again"));
    let (target, attempts): (Uuid, i32) =
        sqlx::query_as("SELECT target_id, attempts FROM portal.jobs WHERE kind = 'rule_rerun'")
            .fetch_one(&portal.db)
            .await
            .expect("one job");
    assert_eq!((target, attempts), (FAILED_RERUN, 0));
    let (kind, request_id) = ("rule_rerun".to_owned(), Uuid::now_v7());
    let job = Job { id: Uuid::now_v7(), kind, target_id: target, request_id, attempts: 5 };
    assert_eq!(rules::rerun(&worker(&portal), &job).await, "done");
    assert!(manager.get("/settings/rules").await.body.contains("flags, "));
}

#[actix_web::test]
async fn runs_whose_process_died_too_often_end_as_failed_and_can_be_asked_for_again() {
    let (portal, config) = crate::imports::portal().await;
    let manager = portal.as_role("manager").await;
    portal
        .sql(&format!(
            "UPDATE portal.rule_reruns SET state = 'running', finished_at = NULL WHERE id = '{FAILED_RERUN}';
             ALTER TABLE portal.rule_proposals DISABLE TRIGGER USER;
             UPDATE portal.rule_proposals SET state = 'shadow_running', shadow_done_at = NULL, rows_seen = NULL WHERE id = '{OWN_PROPOSAL}';
             ALTER TABLE portal.rule_proposals ENABLE TRIGGER USER;
             DELETE FROM portal.jobs;
             INSERT INTO portal.jobs (id, kind, target_id, request_id, state, attempts, locked_at)
             VALUES (gen_random_uuid(), 'rule_rerun', '{FAILED_RERUN}', gen_random_uuid(), 'running', 5, now() - interval '3 minutes'),
                    (gen_random_uuid(), 'shadow_run', '{OWN_PROPOSAL}', gen_random_uuid(), 'running', 5, now() - interval '3 minutes')"
        ))
        .await;
    assert!(!manager.get("/settings/rules").await.body.contains("Run it again"));
    crate::imports::work(&portal, &config).await;
    let ended: String = portal
        .value(&format!(
            "SELECT concat_ws(' ', (SELECT state FROM portal.rule_reruns WHERE id = '{FAILED_RERUN}'),
                    (SELECT state FROM portal.rule_proposals WHERE id = '{OWN_PROPOSAL}'), (SELECT string_agg(state, ' ') FROM portal.jobs))"
        ))
        .await;
    assert_eq!(ended, "failed shadow_failed failed failed");
    assert_eq!(manager.post(&format!("/settings/rules/reruns/{FAILED_RERUN}/retry"), &[]).await.status, 303);
}
