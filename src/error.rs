//! What can go wrong, in the portal's own terms. No HTTP in here: `web::errors` turns these into pages and fragments.
//!
//! Nothing in an error may carry what a person typed or what a row holds: it is logged.

/// Why a request did not end as it should.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// Nobody is signed in, or the session is over.
    #[error("no live session")]
    SignedOut,
    /// The role lacks the action. The attempt is recorded.
    #[error("the role may not do this")]
    Denied,
    /// The row is outside the person's scope or does not exist: the same answer, in the same words.
    #[error("no such row in scope")]
    NotFound,
    /// A filter, a path or a field that cannot be accepted; the sentence names it and says why.
    #[error("invalid input")]
    Invalid(String),
    /// Somebody else was first; the form is shown again beside what they did.
    #[error("the row changed meanwhile")]
    Conflict,
    /// The body is larger than allowed.
    #[error("body too large")]
    TooLarge,
    /// Refused for a reason the person can read: a wrong proof, a second person missing, a conflict of interest.
    #[error("refused: {0:?}")]
    Refused(Refusal),
    /// Wait this many seconds.
    #[error("too many attempts")]
    Throttled(u32),
    /// A post from another site.
    #[error("cross-site request")]
    CrossSite,
    /// No event could be written, so nothing was done and nothing is shown.
    #[error("the audit trail cannot be written: {}", describe(.0))]
    Unrecorded(#[source] sqlx::Error),
    /// The database failed after the event was written.
    #[error("database: {}", describe(.0))]
    Database(#[source] sqlx::Error),
    /// Ours to mend.
    #[error("internal: {0}")]
    Internal(&'static str),
}

/// Why an act was refused that the role has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The current password is not right.
    WrongPassword,
    /// The code is not right, or has counted already.
    WrongCode,
    /// The new password is too easy to guess.
    WeakPassword,
    /// Nobody does this to their own account, or approves what they asked for.
    SecondPerson,
    /// It waited too long for a second person.
    Expired,
    /// The organisation would be left without an administrator.
    LastAdministrator,
    /// Somebody who stands near to the person of a case decides nothing about it; the sentence says how near.
    Conflicted(&'static str),
}

/// A database error without its values: the code and the constraint say enough, a message may quote a row.
#[must_use]
pub fn describe(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(db) => {
            format!("{} {}", db.code().unwrap_or_default(), db.constraint().unwrap_or_default()).trim_end().to_owned()
        }
        sqlx::Error::RowNotFound => "row not found".to_owned(),
        sqlx::Error::PoolTimedOut => "no connection in time".to_owned(),
        sqlx::Error::ColumnDecode { index, .. } => format!("column {index} cannot be read"),
        _ => "connection or protocol".to_owned(),
    }
}

impl From<sqlx::Error> for AppError {
    fn from(error: sqlx::Error) -> Self {
        if let sqlx::Error::Database(db) = &error {
            match db.code().as_deref() {
                Some("HA401") => return Self::SignedOut,
                Some("HA403") => return Self::Denied,
                _ => {}
            }
        }
        Self::Database(error)
    }
}
