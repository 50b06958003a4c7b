//! Who may do what: the page an auditor reads first.
//!
//! Every thing the portal does is an [`Action`]; [`roles_for`] decides, in one exhaustive match, which roles may do it,
//! and [`scope_for`] on which rows. The database holds the same table and checks it again; a test keeps both equal.
//! Adding an action does not compile until someone has decided.

mod action;
mod allowed;
pub mod conflict;
mod role;
mod scope;

pub use action::Action;
pub use allowed::{is_system, may, roles_for};
pub use role::Role;
pub use scope::{Scope, person_page, scope_for};

#[cfg(test)]
mod tests {
    use super::{Action, Role, Scope, is_system, may, roles_for, scope_for};

    #[test]
    fn an_administrator_never_sees_rows_that_may_name_a_patient() {
        for &action in Action::ALL {
            assert!(!(may(Role::Admin, action) && action.phi()), "{}", action.name());
        }
    }

    /// Finding something is no change; what was found is kept for oneself.
    fn searches(action: Action) -> bool {
        matches!(action, Action::SearchQueryExecute | Action::AccountSearchExecute)
    }

    #[test]
    fn an_auditor_changes_nothing_but_their_own_session_search_and_preferences() {
        for &action in Action::ALL {
            let verb = action.name().rsplit('.').next().unwrap_or_default();
            if may(Role::Auditor, action) && !matches!(verb, "read" | "export") {
                assert_eq!(
                    scope_for(Role::Auditor, action).map(|scope| scope == Scope::Own || searches(action)),
                    Some(true),
                    "{}",
                    action.name()
                );
            }
        }
    }

    #[test]
    fn names_are_unique_and_what_the_program_does_no_session_may() {
        let mut names: Vec<_> = Action::ALL.iter().map(|action| action.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Action::ALL.len());
        for &action in Action::ALL {
            assert!(!is_system(action) || roles_for(action).is_empty(), "{}", action.name());
        }
    }
}
