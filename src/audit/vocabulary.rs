//! What each action opens, how an event can end, and the SQL of both.
//!
//! [`covers`] is the least an action needs: a table not named here answers with an error, whoever asks.
//! The database holds the same lists; `the_database_and_the_code_share_one_vocabulary` compares them.

mod covers;
mod outcome;

use crate::policy::{Action, is_system, roles_for};

pub use covers::covers;
pub use outcome::{Code, Outcome};

/// The `INSERT` statements that make a database's vocabulary equal to the code's: the body of a vocabulary migration.
#[must_use]
pub fn as_sql() -> String {
    use std::fmt::Write as _;
    let mut sql = String::new();
    let mut actions = Vec::new();
    let mut opened = Vec::new();
    let mut roles = Vec::new();
    for &action in Action::ALL {
        actions.push(format!(
            "  ('{}', '{}', {}, {})",
            action.name(),
            action.resource(),
            is_system(action),
            action.phi()
        ));
        opened.extend(covers(action).iter().map(|cover| format!("  ('{}', '{cover}')", action.name())));
        roles.extend(roles_for(action).iter().map(|role| format!("  ('{}', '{}')", role.as_str(), action.name())));
    }
    let codes: Vec<_> = Code::ALL.iter().map(|code| format!("  ('{}')", code.as_str())).collect();
    for (table, columns, rows) in [
        ("actions", "action, resource_type, by_system, phi", actions),
        ("action_covers", "action, cover", opened),
        ("role_action", "role, action", roles),
        ("outcome_codes", "outcome_code", codes),
    ] {
        let _ = writeln!(sql, "INSERT INTO audit.{table} ({columns}) VALUES\n{};", rows.join(",\n"));
    }
    sql
}
