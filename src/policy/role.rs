//! The roles: portal permissions, not jobs.

use serde::{Deserialize, Serialize};

/// A portal permission, not a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads and exports under a dated engagement; changes nothing.
    Auditor,
    /// Imports, triages, keeps records, within their facilities.
    Coordinator,
    /// Everyone else: what is their own or assigned to them.
    FieldStaff,
    /// Sees everything, approves, certifies.
    Manager,
    /// Accounts and facilities; never rows that may name a patient.
    Admin,
}

impl Role {
    /// Every role, in the order the permission page shows them.
    pub const ALL: [Self; 5] = [Self::Auditor, Self::Coordinator, Self::FieldStaff, Self::Manager, Self::Admin];

    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auditor => "auditor",
            Self::Coordinator => "coordinator",
            Self::FieldStaff => "field_staff",
            Self::Manager => "manager",
            Self::Admin => "admin",
        }
    }

    /// The word people read.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Auditor => "Auditor",
            Self::Coordinator => "Privacy coordinator",
            Self::FieldStaff => "Workforce member",
            Self::Manager => "Privacy manager",
            Self::Admin => "Administrator",
        }
    }

    /// The role of a stored word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }
}
