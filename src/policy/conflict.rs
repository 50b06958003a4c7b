//! Conflicts of interest: what somebody may do about accesses by a person they stand near to.
//!
//! [`allows`] is the rule; `portal.relation_to` finds the relation, and the policies of the database keep to the same rule.

/// How the one who looks stands to the one whose accesses a case is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// They are the same person.
    Oneself,
    /// The other is above them, however far up, today or on the day of the access.
    Supervisor,
    /// They live at the same address.
    Household,
    /// They share a department, today or on the day of the access.
    Department,
}

/// What can be done about a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaseAct {
    /// See it, its flags and the findings it is in.
    See,
    /// Decide it, or take a decision back.
    Decide,
    /// Look a second time at what somebody else decided.
    SecondReview,
    /// Say who works on it.
    Assign,
    /// Make it part of a finding.
    MakeFinding,
}

/// Whether a relation leaves room for an act. Without one there is nothing in the way.
#[must_use]
pub const fn allows(relation: Option<Relation>, act: CaseAct) -> bool {
    match relation {
        None => true,
        Some(Relation::Department) => matches!(act, CaseAct::See),
        Some(Relation::Oneself | Relation::Supervisor | Relation::Household) => false,
    }
}

impl Relation {
    /// Every relation, nearest first.
    pub const ALL: [Self; 4] = [Self::Oneself, Self::Supervisor, Self::Household, Self::Department];

    /// The word of the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Oneself => "oneself",
            Self::Supervisor => "supervisor",
            Self::Household => "household",
            Self::Department => "department",
        }
    }

    /// The relation of a word of the database.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|relation| relation.as_str() == word)
    }

    /// Why the case is locked, for whom it is shown to.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Department => "You work in the same department: somebody else decides.",
            Self::Oneself | Self::Supervisor | Self::Household => {
                "You stand too near to this person: somebody else decides."
            }
        }
    }

    /// What the page says that refuses an act.
    #[must_use]
    pub const fn refusal(self) -> &'static str {
        match self {
            Self::Department => {
                "You work in the same department: somebody else decides. Nothing was changed. Ask a privacy manager. This attempt was recorded."
            }
            Self::Oneself | Self::Supervisor | Self::Household => {
                "You stand too near to this person: somebody else decides. Nothing was changed. This attempt was recorded."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CaseAct, Relation, allows};

    #[test]
    fn who_stands_near_decides_nothing_and_only_a_colleague_sees() {
        use CaseAct::{Assign, Decide, MakeFinding, SecondReview, See};
        let table = [
            (None, [true; 5]),
            (Some(Relation::Oneself), [false; 5]),
            (Some(Relation::Supervisor), [false; 5]),
            (Some(Relation::Household), [false; 5]),
            (Some(Relation::Department), [true, false, false, false, false]),
        ];
        for (relation, expected) in table {
            assert_eq!(
                [See, Decide, SecondReview, Assign, MakeFinding].map(|act| allows(relation, act)),
                expected,
                "{relation:?}"
            );
        }
    }

    #[test]
    fn a_word_of_the_database_is_one_relation() {
        for relation in Relation::ALL {
            assert_eq!(Relation::parse(relation.as_str()), Some(relation));
        }
        assert_eq!(Relation::parse("neighbor"), None);
    }
}
