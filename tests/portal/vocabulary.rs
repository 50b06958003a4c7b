//! One vocabulary: what the code says of actions, roles, covers and codes is what the database holds.

use std::collections::BTreeSet;

use hipaa_auditor::audit::Code;
use hipaa_auditor::audit::vocabulary::covers;
use hipaa_auditor::policy::{Action, Role, is_system, roles_for};
use hipaa_auditor::words::{LoginKind, RosterChange, RosterProblem};

use crate::harness::TestDb;

async fn set(db: &TestDb, expression: &str, table: &str) -> BTreeSet<String> {
    let rows: Vec<String> =
        db.value(&format!("SELECT coalesce(array_agg(({expression})::text), '{{}}') FROM {table}")).await;
    rows.into_iter().collect()
}

#[actix_web::test]
async fn the_database_and_the_code_share_one_vocabulary() {
    let db = TestDb::new().await;
    let mut actions = BTreeSet::new();
    let mut opened = BTreeSet::new();
    let mut roles = BTreeSet::new();
    for &action in Action::ALL {
        let name = action.name();
        actions.insert(format!("{name} {} {} {}", action.resource(), is_system(action), action.phi()));
        opened.extend(covers(action).iter().map(|cover| format!("{name} {cover}")));
        roles.extend(roles_for(action).iter().map(|role| format!("{} {name}", role.as_str())));
    }
    let codes: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str().to_owned()).collect();
    assert_eq!(
        set(&db, "concat_ws(' ', action, resource_type, by_system::text, phi::text)", "audit.actions").await,
        actions
    );
    assert_eq!(set(&db, "action || ' ' || cover", "audit.action_covers").await, opened);
    assert_eq!(set(&db, "role || ' ' || action", "audit.role_action").await, roles);
    assert_eq!(set(&db, "outcome_code", "audit.outcome_codes").await, codes);
}

#[actix_web::test]
async fn a_role_is_one_of_the_codes_wherever_the_database_names_one() {
    let db = TestDb::new().await;
    let expected: BTreeSet<_> = Role::ALL.map(|role| role.as_str().to_owned()).into();
    for table in ["portal.people", "audit.role_action"] {
        let words = set(
            &db,
            "word",
            &format!(
                "(SELECT (regexp_matches(pg_get_constraintdef(c.oid), '''([a-z_]+)''', 'g'))[1] AS word FROM pg_constraint c
                   WHERE c.conrelid = '{table}'::regclass AND c.contype = 'c' AND pg_get_constraintdef(c.oid) LIKE '%(role = ANY%') words"
            ),
        )
        .await;
        assert_eq!(words, expected, "{table}");
    }
}

#[actix_web::test]
async fn every_cover_is_a_gate_that_some_table_or_function_asks_for() {
    let db = TestDb::new().await;
    let asked = set(
        &db,
        "word",
        "(SELECT (regexp_matches(pg_get_expr(coalesce(p.polqual, p.polwithcheck), p.polrelid), '''([a-z_]+/[rawd])''', 'g'))[1] AS word
            FROM pg_policy p
          UNION SELECT (regexp_matches(p.prosrc, '''([a-z_]+/[rawd])''', 'g'))[1] FROM pg_proc p
            JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname IN ('portal', 'audit')) words",
    )
    .await;
    for &action in Action::ALL {
        for cover in covers(action) {
            // what the command line fills an empty organisation with has tables without a gate of their own name
            if action == Action::RosterSeed || action == Action::UserAccountCreate {
                continue;
            }
            assert!(asked.contains(*cover), "{}: nothing asks for {cover}", action.name());
        }
    }
}

#[actix_web::test]
async fn the_words_of_rosters_and_logins_are_the_databases() {
    fn words<T: Copy>(all: &[T], word: impl Fn(T) -> &'static str) -> BTreeSet<String> {
        all.iter().map(|&one| word(one).to_owned()).collect()
    }
    let db = TestDb::new().await;
    for (constraint, expected) in [
        ("roster_items_change_check", words(RosterChange::ALL, RosterChange::as_str)),
        ("roster_items_problem_check", words(RosterProblem::ALL, RosterProblem::as_str)),
        ("ehr_logins_kind_check", words(LoginKind::ALL, LoginKind::as_str)),
    ] {
        let table = format!(
            "pg_constraint c, regexp_matches(pg_get_constraintdef(c.oid), '''([a-z_]+)''', 'g') m WHERE c.conname = '{constraint}'"
        );
        assert_eq!(set(&db, "m[1]", &table).await, expected, "{constraint}");
    }
}
