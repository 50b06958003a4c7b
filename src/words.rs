//! The closed vocabularies of the review: a Rust enum for each list of words that the database checks too. A test holds
//! both equal; nothing outside them is stored, filtered by or exported.

/// Declares a closed vocabulary: variant, stored word, the words people read.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $( $variant:ident = $word:literal, $label:literal; )* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $( #[doc = $label] #[serde(rename = $word)] $variant, )*
        }

        impl $name {
            /// Every word, in the order people see them.
            pub const ALL: &'static [Self] = &[ $( Self::$variant, )* ];

            /// The stored word.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $word, )* }
            }

            /// The words people read.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self { $( Self::$variant => $label, )* }
            }

            /// The variant of a stored word.
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                match word { $( $word => Some(Self::$variant), )* _ => None }
            }
        }
    };
}
pub(crate) use words;

mod access;
mod accounts;
mod imports;
mod questions;
mod review;
mod reviews;
mod rules;
mod second_review;
mod workforce;

pub use access::{AccessReason, AccessType, LoginKind, resource_label};
pub use accounts::{AccountDone, ChangeKind, ChangeState, SignUpReason, SignUpState};
pub use imports::{GapReason, JobKind, WithdrawalReason};
pub use questions::{AccessAnswer, AccessQuestion, Addressee, AnswerChannel, QuestionDone, QuestionState};
pub use review::{Disposition, Reason, ReviewState, Risk, SelectionAct};
pub use reviews::ReviewDone;
pub use rules::{FlagReason, ProposalState, RerunCause, RuleCode, RuleKind, WatchReason};
pub use second_review::{SecondReviewGround, SecondReviewKind, SecondReviewOutcome, SecondReviewStanding};
pub use workforce::{RosterChange, RosterProblem};

/// `R. Castellano` of a full name: lists show no more than they need.
#[must_use]
pub fn short_name(full_name: &str) -> String {
    let mut parts = full_name.split_whitespace();
    match (parts.next(), parts.next_back()) {
        (Some(first), Some(last)) => format!("{}. {last}", first.chars().next().unwrap_or('?')),
        _ => full_name.to_owned(),
    }
}

/// What stands for a patient whose id in the source may not be shown: the random part of our own id.
#[must_use]
pub fn pseudonym(patient: uuid::Uuid) -> String {
    let hex = patient.simple().to_string();
    format!("PT-{}", hex[20..].to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::{Disposition, short_name};

    #[test]
    fn words_come_back_as_they_went() {
        for &word in Disposition::ALL {
            assert_eq!(Disposition::parse(word.as_str()), Some(word));
        }
        assert_eq!(Disposition::parse("fine"), None);
    }

    #[test]
    fn a_list_shows_initial_and_last_name() {
        assert_eq!(short_name("Maya Lindqvist"), "M. Lindqvist");
        assert_eq!(short_name("Ana María de la Cruz"), "A. Cruz");
        assert_eq!(short_name("Prince"), "Prince");
    }
}
