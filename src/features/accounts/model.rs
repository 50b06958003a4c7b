//! What a change to an account asks for, and whether it takes a second person: pure.

use chrono::NaiveDate;
use uuid::Uuid;

use crate::error::{AppError, Refusal};
use crate::policy::{Action, Role};
use crate::words::ChangeKind;

/// Which facilities somebody works for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// Every facility, also those to come.
    pub all: bool,
    /// These.
    pub facilities: Vec<Uuid>,
}

impl Scope {
    /// Whether this is no wider than another: it counts at once then.
    #[must_use]
    pub fn within(&self, other: &Self) -> bool {
        other.all || (!self.all && self.facilities.iter().all(|facility| other.facilities.contains(facility)))
    }
}

/// An auditor's engagement as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Engagement {
    /// The first day they may read.
    pub starts_on: NaiveDate,
    /// The last.
    pub ends_on: NaiveDate,
    /// The first day it is about.
    pub period_from: NaiveDate,
    /// The last.
    pub period_to: NaiveDate,
    /// Whether patient ids are shown in full.
    pub full_patient_ids: bool,
}

/// A change to somebody's account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Field staff again: counts at once.
    Lower,
    /// Another role; a coordinator's comes with its facilities.
    Role(Role, Scope),
    /// The facilities of a coordinator.
    Scope(Scope),
    /// An auditor's engagement.
    Engagement(Engagement, Scope),
    /// The second factor is lost.
    FactorReset,
    /// A one-time link for somebody with more than field staff's permission.
    PasswordReset,
}

/// Under which action a second person's yes stands.
#[must_use]
pub const fn approval(kind: ChangeKind) -> Action {
    match kind {
        ChangeKind::Role => Action::RoleGrant,
        ChangeKind::Scope => Action::ScopeGrant,
        ChangeKind::Engagement => Action::EngagementApprove,
        ChangeKind::FactorReset => Action::TotpReset,
        ChangeKind::PasswordReset => Action::ResetApprove,
    }
}

/// Under which action a change is asked for, or made at once where it takes something away.
#[must_use]
pub fn request(change: &Change, now: &Scope) -> Action {
    match change {
        Change::Lower => Action::RoleRevoke,
        Change::Role(..) => Action::RoleRequest,
        Change::Scope(wanted) if wanted.within(now) => Action::ScopeUpdate,
        Change::Scope(_) => Action::ScopeRequest,
        Change::Engagement(..) => Action::EngagementCreate,
        Change::FactorReset => Action::TotpResetRequest,
        Change::PasswordReset => Action::ResetRequest,
    }
}

/// What the database's functions answer, as an end of the request.
///
/// # Errors
/// Every word but `ok`.
pub fn answered(word: Option<&str>) -> Result<(), AppError> {
    match word {
        Some("ok") => Ok(()),
        Some("own") => Err(AppError::Refused(Refusal::SecondPerson)),
        Some("expired") => Err(AppError::Refused(Refusal::Expired)),
        Some("last_admin") => Err(AppError::Refused(Refusal::LastAdministrator)),
        Some("gone" | "waits" | "wider" | "changed" | "username_taken" | "email_taken" | "known_person") => {
            Err(AppError::Conflict)
        }
        _ => Err(AppError::Internal("an unknown answer about an account")),
    }
}

#[cfg(test)]
mod tests {
    use super::{Change, Scope, request};
    use crate::policy::Action;
    use uuid::Uuid;

    fn scope(all: bool, facilities: &[u128]) -> Scope {
        Scope { all, facilities: facilities.iter().map(|id| Uuid::from_u128(*id)).collect() }
    }

    #[test]
    fn less_counts_at_once_and_more_is_asked_for() {
        let (one, two) = (scope(false, &[1]), scope(false, &[1, 2]));
        for (now, wanted, action) in [
            (&two, &one, Action::ScopeUpdate),
            (&one, &two, Action::ScopeRequest),
            (&scope(true, &[]), &two, Action::ScopeUpdate),
            (&two, &scope(true, &[]), Action::ScopeRequest),
            (&one, &scope(false, &[3]), Action::ScopeRequest),
            (&one, &scope(false, &[]), Action::ScopeUpdate),
        ] {
            assert_eq!(request(&Change::Scope(wanted.clone()), now), action, "{now:?} to {wanted:?}");
        }
        assert_eq!(request(&Change::Lower, &one), Action::RoleRevoke);
    }
}
