//! Pure rules of acts in bulk: which cases an act takes, and why it leaves the others.

use uuid::Uuid;

use crate::policy::conflict::{CaseAct, Relation, allows};
use crate::words::{Disposition, ReviewState, Risk};

/// The most cases a selection holds.
pub const MOST: usize = 500;

/// The most that change without a page that lists them first.
pub const AT_ONCE: usize = 25;

/// What can be said of many cases at once: what weighs on somebody is said of one.
pub const IN_BULK: [Disposition; 2] = [Disposition::Appropriate, Disposition::Duplicate];

pub use crate::words::SelectionAct as Act;

/// A case as an act in bulk finds it.
#[derive(Debug, Clone)]
pub struct Standing {
    pub id: Uuid,
    pub number: i64,
    pub version: i32,
    pub state: ReviewState,
    pub risk: Risk,
    /// Every row of it was withdrawn.
    pub withdrawn: bool,
    /// How many rules put it in the queue.
    pub signals: i64,
    /// A second person must look whatever is decided: a watched patient, a report, a decision that was overturned.
    pub second_look: bool,
    /// How whoever acts stands to the person it is about.
    pub relation: Option<Relation>,
    pub assigned_to: Option<Uuid>,
    /// Who is named in it.
    pub who: String,
    /// Who changed it last; nobody where the program did.
    pub last_by: Option<String>,
    /// How it was decided, if it was.
    pub disposition: Option<Disposition>,
}

/// Why an act leaves a case out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It does not exist for this person.
    Hidden,
    /// It is decided.
    Decided,
    /// None of its rows counts any more.
    Withdrawn,
    /// Somebody, or the program, changed it after it was selected.
    Changed,
    /// The person stands too near to whom it is about.
    Conflict(Relation),
    /// High or critical.
    Risk(Risk),
    /// More than one rule put it there.
    Rules(i64),
    /// Decided or not, a second person must look.
    SecondReview,
    /// The one it was to be given to may not review it.
    NotTheirs,
    /// It is theirs already, or nobody's already.
    Already,
}

/// What both acts ask of a case.
fn open_as_seen(seen: i32, case: Option<&Standing>) -> Result<&Standing, Why> {
    let case = case.ok_or(Why::Hidden)?;
    if !case.state.may_be_decided() {
        Err(Why::Decided)
    } else if case.withdrawn {
        Err(Why::Withdrawn)
    } else if case.version != seen {
        Err(Why::Changed)
    } else {
        Ok(case)
    }
}

/// Whether a case seen at a version may be decided in bulk: low or medium risk, one rule, nobody near, no second review.
///
/// # Errors
/// Why not.
pub fn for_decision(seen: i32, case: Option<&Standing>) -> Result<(), Why> {
    let case = open_as_seen(seen, case)?;
    match case.relation {
        Some(relation) if !allows(Some(relation), CaseAct::Decide) => Err(Why::Conflict(relation)),
        _ if !matches!(case.risk, Risk::Low | Risk::Medium) => Err(Why::Risk(case.risk)),
        _ if case.second_look => Err(Why::SecondReview),
        _ if case.signals > 1 => Err(Why::Rules(case.signals)),
        _ => Ok(()),
    }
}

/// Whether a case seen at a version may be given to somebody, or laid down; `theirs` is whether they may review it.
///
/// # Errors
/// Why not.
pub fn for_assignment(seen: i32, case: Option<&Standing>, to: Option<Uuid>, theirs: bool) -> Result<(), Why> {
    let case = open_as_seen(seen, case)?;
    match case.relation {
        Some(relation) if !allows(Some(relation), CaseAct::Assign) => Err(Why::Conflict(relation)),
        _ if case.assigned_to == to => Err(Why::Already),
        _ if to.is_some() && !theirs => Err(Why::NotTheirs),
        _ if case.state.assigned(to.is_some()).is_none() => Err(Why::Already),
        _ => Ok(()),
    }
}

impl Why {
    /// The sentence of the page.
    #[must_use]
    pub fn sentence(self, case: Option<&Standing>) -> String {
        let by = case.and_then(|case| case.last_by.as_deref()).unwrap_or("the portal");
        match self {
            Self::Hidden => "Does not exist, or lies outside what your account covers".to_owned(),
            Self::Decided => match case.and_then(|case| case.disposition) {
                Some(how) => format!("Decided already, by {by}: {}", how.label()),
                // what was decided is kept from whoever gives the second review
                None => "Decided already, and waits for a second review".to_owned(),
            },
            Self::Withdrawn => "Left the queue: every row of it came from withdrawn imports".to_owned(),
            Self::Changed => format!("Changed since you selected it, by {by}"),
            Self::Conflict(relation) => relation.reason().to_owned(),
            Self::Risk(risk) => format!("{} risk: decided by itself", risk.label()),
            Self::Rules(rules) => format!("{rules} rules fired: decided by itself"),
            Self::SecondReview => "A second person must look at this one".to_owned(),
            Self::NotTheirs => "They may not review this case".to_owned(),
            Self::Already => "Nothing would change".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Standing, Why, for_assignment, for_decision};
    use crate::policy::conflict::Relation;
    use crate::words::{ReviewState, Risk};
    use uuid::Uuid;

    fn case() -> Standing {
        Standing {
            id: Uuid::now_v7(),
            number: 480_001,
            version: 3,
            state: ReviewState::Unassigned,
            risk: Risk::Medium,
            withdrawn: false,
            signals: 1,
            second_look: false,
            relation: None,
            assigned_to: None,
            who: "J. Brackenridge".to_owned(),
            last_by: None,
            disposition: None,
        }
    }

    #[test]
    fn in_bulk_goes_what_one_rule_found_and_nothing_weighs_on() {
        let decided = |change: fn(&mut Standing)| {
            let mut case = case();
            change(&mut case);
            for_decision(3, Some(&case))
        };
        assert_eq!(decided(|_| {}), Ok(()));
        assert_eq!(decided(|case| case.risk = Risk::Low), Ok(()));
        assert_eq!(decided(|case| case.signals = 0), Ok(()), "a fact was corrected");
        assert_eq!(decided(|case| case.risk = Risk::High), Err(Why::Risk(Risk::High)));
        assert_eq!(decided(|case| case.risk = Risk::Critical), Err(Why::Risk(Risk::Critical)));
        assert_eq!(decided(|case| case.signals = 2), Err(Why::Rules(2)));
        assert_eq!(decided(|case| case.second_look = true), Err(Why::SecondReview));
        assert_eq!(decided(|case| case.version = 4), Err(Why::Changed));
        assert_eq!(decided(|case| case.withdrawn = true), Err(Why::Withdrawn));
        for relation in Relation::ALL {
            let mut near = case();
            near.relation = Some(relation);
            assert_eq!(for_decision(3, Some(&near)), Err(Why::Conflict(relation)));
        }
        for &state in ReviewState::ALL {
            let mut there = case();
            there.state = state;
            let expected = if state.may_be_decided() { Ok(()) } else { Err(Why::Decided) };
            assert_eq!(for_decision(3, Some(&there)), expected, "{state:?}");
        }
        assert_eq!(for_decision(3, None), Err(Why::Hidden));
    }

    #[test]
    fn any_open_case_may_be_given_to_whoever_may_review_it() {
        let (one, other) = (Uuid::now_v7(), Uuid::now_v7());
        let mut case = case();
        case.risk = Risk::Critical;
        case.signals = 3;
        assert_eq!(for_assignment(3, Some(&case), Some(one), true), Ok(()));
        assert_eq!(for_assignment(3, Some(&case), Some(one), false), Err(Why::NotTheirs));
        assert_eq!(for_assignment(3, Some(&case), None, false), Err(Why::Already));
        assert_eq!(for_assignment(2, Some(&case), Some(one), true), Err(Why::Changed));
        case.state = ReviewState::Assigned;
        case.assigned_to = Some(one);
        assert_eq!(for_assignment(3, Some(&case), Some(one), true), Err(Why::Already));
        assert_eq!(for_assignment(3, Some(&case), Some(other), true), Ok(()));
        assert_eq!(for_assignment(3, Some(&case), None, false), Ok(()));
        case.relation = Some(Relation::Department);
        assert_eq!(for_assignment(3, Some(&case), None, false), Err(Why::Conflict(Relation::Department)));
    }
}
