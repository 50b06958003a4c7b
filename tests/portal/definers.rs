//! Functions that run with their owner's rights pass the policies by, so each asks for an event itself: every one that the
//! program's logins may call is called here without any.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::fixtures::{COORDINATOR_A, FINDING, MANAGER};
use crate::harness::{Raw, TestDb};

/// Those that answer without an event, and why they may.
const WITHOUT_AN_EVENT: &[(&str, &str)] = &[
    // the door itself, and what belongs to it
    ("audit.open", "writes the event, for whoever's session token it is given"),
    ("audit.open_system", "writes the event, for the worker's login only"),
    ("audit.fail", "writes what was refused, which is no success and opens nothing"),
    ("audit.use_event", "binds an event that this backend has committed before"),
    ("audit.release", "gives this backend's own tickets back"),
    ("audit.shown", "adds to an event of the session token it is given"),
    ("audit.export_started", "adds to an event of the session token it is given"),
    ("audit.export_ended", "adds to an event of the session token it is given"),
    ("audit.ready", "says whether an event could be written"),
    ("audit.actions_without_phi", "reads the vocabulary"),
    // sign-in, before there is anybody to write an event for; each takes a password's proof, a token or a link's secret
    (
        "audit.sign_in_lookup",
        "one account's hash, to verify a password against; writes its attempt when that fails or succeeds",
    ),
    ("audit.sign_in_failed", "writes the event of the attempt"),
    ("audit.sign_in_verified", "writes the event of the attempt"),
    ("audit.session_start", "takes a grant that sign-in has just made"),
    ("audit.session_load", "takes the session's token"),
    ("audit.session_holder", "takes the session's token"),
    ("audit.session_id", "takes the session's token"),
    ("audit.session_end", "takes the session's token"),
    ("audit.proof_failed", "takes the session's token, and counts against it"),
    ("audit.half_session", "takes the half session's token"),
    ("audit.second_step_failed", "takes the half session's token, and writes the event"),
    ("audit.second_step_succeeded", "takes the half session's token, and writes the event"),
    ("audit.half_enrol", "takes the half session's token, and writes the event"),
    ("audit.half_confirm", "takes the half session's token, and writes the event"),
    ("audit.sign_up_wait", "says how long an address waits"),
    ("audit.sign_up", "writes the event of the request"),
    ("audit.reset_link", "takes the secret of a link"),
    ("audit.use_reset_link", "takes the secret of a link, and writes the event"),
    // what names nobody and shows no row of anybody's
    ("audit.make_partitions", "adds the empty partitions of a month; its caller writes the event"),
    ("portal.analyze_rule_work", "has the planner look at the work tables"),
    ("portal.local_day", "a day, in a facility's time zone"),
    ("portal.questions_to_mark", "ids of what nobody answered in time, each of which then is under its own event"),
    ("portal.sign_ups_to_purge", "ids of what is due to be deleted, each of which then is under its own event"),
];

/// A function, and how to call it.
struct Definer {
    name: String,
    call: String,
}

/// Every function with its owner's rights that a role may call, with one argument of each type.
async fn callable(db: &TestDb, role: &str) -> Vec<Definer> {
    let found: Vec<String> = db
        .value(&format!(
            "SELECT coalesce(array_agg(format('%s.%s|', n.nspname, p.proname) || coalesce((
                      SELECT string_agg(format('%s', t.oid::regtype), ';' ORDER BY a.at)
                        FROM unnest(p.proargtypes) WITH ORDINALITY AS a(type, at) JOIN pg_type t ON t.oid = a.type), '') ORDER BY 1), '{{}}')
               FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
              WHERE p.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema')
                AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
                AND has_schema_privilege('{role}', n.oid, 'USAGE') AND has_function_privilege('{role}', p.oid, 'EXECUTE')"
        ))
        .await;
    let definer = |line: &String| {
        let (name, types) = line.split_once('|').expect("a name and its types");
        let arguments: Vec<_> = types.split(';').filter(|kind| !kind.is_empty()).map(argument).collect();
        Definer { name: name.to_owned(), call: format!("SELECT * FROM {name}({})", arguments.join(", ")) }
    };
    found.iter().map(definer).collect()
}

/// A value that a function would go on with, if it asked nothing.
fn argument(kind: &str) -> String {
    let value = match kind {
        "uuid" => MANAGER.to_string(),
        // a kind of change, a cover that no event has, a name
        "text" => "role".to_owned(),
        "integer" | "bigint" => "1".to_owned(),
        "boolean" => "true".to_owned(),
        "date" | "timestamp with time zone" => "2026-11-01".to_owned(),
        "inet" => "127.0.0.1".to_owned(),
        "bytea" => "\\x00".to_owned(),
        "jsonb" => "{}".to_owned(),
        array if array.ends_with("[]") => "{}".to_owned(),
        other => panic!("say what a {other} is called with"),
    };
    format!("'{value}'::{kind}")
}

async fn answer(raw: &mut Raw, call: &str) -> Result<u64, String> {
    raw.must("BEGIN").await;
    let answer = raw.run(call).await;
    raw.must("ROLLBACK").await;
    answer
}

#[actix_web::test]
async fn every_function_with_its_owners_rights_asks_for_an_event_itself() {
    let db = TestDb::new().await;
    let mut named: BTreeMap<_, _> = WITHOUT_AN_EVENT.iter().map(|(name, _)| (*name, false)).collect();
    let mut failures = Vec::new();
    for (role, mut raw) in [("portal_app", db.as_app().await), ("portal_worker", db.as_worker().await)] {
        let definers = callable(&db, role).await;
        assert!(definers.len() > 20, "{role}: the walk finds them");
        for definer in definers {
            let refused = answer(&mut raw, &definer.call).await == Err("HA001".to_owned());
            match named.get_mut(&*definer.name) {
                Some(seen) if !refused => *seen = true,
                Some(_) => failures.push(format!("{role}: {} asks for an event: it is no exception", definer.name)),
                None if refused => {}
                None => failures.push(format!("{role}: {} answers without an event", definer.call)),
            }
        }
    }
    failures.extend(named.iter().filter(|(_, seen)| !**seen).map(|(name, _)| format!("{name} is not there")));
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[actix_web::test]
async fn whether_a_finding_is_about_somebody_is_answered_about_the_person_of_the_event_alone() {
    let db = TestDb::new().await;
    let mut app = db.as_app().await;
    let token = db.session_of(COORDINATOR_A).await;
    let about = |person: Uuid| format!("SELECT portal.finding_is_about('{FINDING}', '{person}')");
    let event = app.open(&token, "home.read").await.expect("may");
    app.must(&format!("BEGIN; SELECT audit.use_event('{event}')")).await;
    assert_eq!(app.run(&about(COORDINATOR_A)).await, Err("HA002".to_owned()), "an event that opens no finding");
    app.must("ROLLBACK").await;
    for (person, expected) in [(COORDINATOR_A, Ok(false)), (MANAGER, Err("HA002".to_owned()))] {
        let event = app.open(&token, "finding.list.read").await.expect("may");
        app.must(&format!("BEGIN; SELECT audit.use_event('{event}')")).await;
        assert_eq!(app.value::<bool>(&about(person)).await, expected);
        app.must("ROLLBACK").await;
    }
    assert_eq!(
        app.run(&format!("SELECT portal.finding_is_about_('{FINDING}', '{MANAGER}')")).await,
        Err("42501".to_owned())
    );
}
