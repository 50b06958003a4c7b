//! How an event can end.

/// How an event ended, when it did not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nobody is signed in, or the proof was wrong.
    AuthFail,
    /// Signed in, but not allowed.
    AuthzFail,
    /// What was sent cannot be accepted.
    ValidateFail,
    /// The program failed.
    Error,
}

impl Outcome {
    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthFail => "auth_fail",
            Self::AuthzFail => "authz_fail",
            Self::ValidateFail => "validate_fail",
            Self::Error => "error",
        }
    }
}

/// Machine-readable reasons of a failure: a closed list, never text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// Wrong user name or password.
    BadCredentials,
    /// Too many attempts; the answer named the wait.
    Throttled,
    /// The session is over.
    NoSession,
    /// The role lacks the action.
    RoleLacksAction,
    /// The row is outside the person's scope, or does not exist.
    NotInScope,
    /// A post from another site.
    CrossSite,
    /// A field, a query or a path that cannot be accepted.
    InvalidInput,
    /// Somebody else decided first.
    Conflict,
    /// The body is larger than allowed.
    TooLarge,
    /// The database refused or was gone.
    DatabaseError,
    /// Anything else that is our fault.
    InternalError,
    /// A code of the second factor that is wrong, or has counted already.
    BadCode,
    /// A one-time link that is used, expired or none of ours.
    BadLink,
    /// A password that is too short or too easy to guess.
    WeakPassword,
    /// Nobody approves what they requested, or what is for themselves.
    SecondPersonNeeded,
    /// What waited for a second person waited too long.
    RequestExpired,
    /// The organisation would be left without an administrator.
    LastAdministrator,
    /// Nobody decides accesses by people they stand too near to.
    ConflictOfInterest,
}

impl Code {
    /// Every code.
    pub const ALL: [Self; 18] = [
        Self::BadCredentials,
        Self::Throttled,
        Self::NoSession,
        Self::RoleLacksAction,
        Self::NotInScope,
        Self::CrossSite,
        Self::InvalidInput,
        Self::Conflict,
        Self::TooLarge,
        Self::DatabaseError,
        Self::InternalError,
        Self::BadCode,
        Self::BadLink,
        Self::WeakPassword,
        Self::SecondPersonNeeded,
        Self::RequestExpired,
        Self::LastAdministrator,
        Self::ConflictOfInterest,
    ];

    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadCredentials => "bad_credentials",
            Self::Throttled => "throttled",
            Self::NoSession => "no_session",
            Self::RoleLacksAction => "role_lacks_action",
            Self::NotInScope => "not_in_scope",
            Self::CrossSite => "cross_site",
            Self::InvalidInput => "invalid_input",
            Self::Conflict => "conflict",
            Self::TooLarge => "too_large",
            Self::DatabaseError => "database_error",
            Self::InternalError => "internal_error",
            Self::BadCode => "bad_code",
            Self::BadLink => "bad_link",
            Self::WeakPassword => "weak_password",
            Self::SecondPersonNeeded => "second_person_needed",
            Self::RequestExpired => "request_expired",
            Self::LastAdministrator => "last_administrator",
            Self::ConflictOfInterest => "conflict_of_interest",
        }
    }
}
