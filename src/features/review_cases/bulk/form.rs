//! The queue's form around its table: which cases were ticked, at which version, and which button was pressed.

use uuid::Uuid;

use super::super::model::{DecisionForm, is_local};
use super::super::queries::SeenCase;
use super::model::MOST;
use crate::error::AppError;
use crate::web::forms;
use crate::words::{Disposition, Reason};

/// Fields as a form posts them.
pub type Pairs = Vec<(String, String)>;

/// The longest address of a queue that a selection remembers.
const LONGEST_WAY_BACK: usize = 2000;
/// How much of a note is kept while it is still too long to be accepted.
const LONGEST_NOTE: usize = 2000;

/// Which button was pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Button {
    /// Decide as the form says.
    Decide,
    /// Choose first how to decide.
    Choose,
    /// Choose first to whom.
    Assign,
    /// One finding of all of them.
    Finding,
    /// Everything that matches the filter, and then choose.
    Matching,
}

impl Button {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "decide" => Self::Decide,
            "choose" => Self::Choose,
            "assign" => Self::Assign,
            "finding" => Self::Finding,
            "matching" => Self::Matching,
            _ => return None,
        })
    }
}

/// What the form posts.
pub struct Posted {
    /// The ticked cases, each once, as they were seen.
    pub cases: Vec<SeenCase>,
    /// The button.
    pub button: Button,
    /// What was chosen and typed for all of them.
    pub decision: DecisionForm,
    /// One per form shown, so that it counts once.
    pub key: Uuid,
    /// The queue it was posted from.
    pub back: String,
}

impl Posted {
    /// Reads the fields; what they say of a decision is checked later, so that nothing typed is lost.
    ///
    /// # Errors
    /// [`AppError::Invalid`] when nothing was ticked, too much, or the form's own fields are damaged.
    pub fn parse(pairs: &[(String, String)]) -> Result<Self, AppError> {
        let field = |name: &str| {
            pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str()).unwrap_or_default()
        };
        let button = Button::parse(field("act")).ok_or_else(damaged)?;
        let back = field("back");
        // the queue's own bar knows one decision, and asks for its reason only
        let disposition = Disposition::parse(field("disposition")).unwrap_or(Disposition::Appropriate);
        let reason = Reason::parse(field("reason")).map_or("", Reason::as_str);
        Ok(Self {
            cases: if button == Button::Matching { Vec::new() } else { cases(pairs)? },
            button,
            decision: DecisionForm {
                disposition: disposition.as_str().to_owned(),
                reason: reason.to_owned(),
                note: forms::line(field("note")).chars().take(LONGEST_NOTE).collect(),
                ..DecisionForm::default()
            },
            key: Uuid::try_parse(field("form_key")).map_err(|_| damaged())?,
            back: Some(back)
                .filter(|path| path.len() <= LONGEST_WAY_BACK && is_local(path))
                .unwrap_or("/access-logs")
                .to_owned(),
        })
    }
}

fn damaged() -> AppError {
    AppError::Invalid("The form is incomplete. Open the queue again and select from there.".to_owned())
}

/// The ticked cases: `id.version`, each once.
fn cases(pairs: &[(String, String)]) -> Result<Vec<SeenCase>, AppError> {
    let mut cases: Vec<SeenCase> = Vec::new();
    for (_, text) in pairs.iter().filter(|(name, _)| name == "case") {
        let seen = text
            .split_once('.')
            .and_then(|(id, version)| Some(SeenCase { id: Uuid::try_parse(id).ok()?, version: version.parse().ok()? }));
        let seen = seen.ok_or_else(damaged)?;
        if !cases.iter().any(|case| case.id == seen.id) {
            cases.push(seen);
        }
    }
    match cases.len() {
        0 => {
            Err(AppError::Invalid("Nothing was selected. Go back, tick the cases you mean, and try again.".to_owned()))
        }
        1..=MOST => Ok(cases),
        _ => Err(AppError::Invalid(format!("At most {MOST} cases can be selected at a time."))),
    }
}

#[cfg(test)]
mod tests {
    use super::{Button, Posted};
    use uuid::Uuid;

    fn pairs(more: &[(&str, &str)]) -> Vec<(String, String)> {
        let key = Uuid::now_v7().to_string();
        let own = [("form_key", key.as_str()), ("back", "/access-logs?view=mine")];
        own.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_selection_names_each_case_once_and_the_version_it_was_seen_at() {
        let id = Uuid::now_v7();
        let (one, again) = (format!("{id}.4"), format!("{id}.5"));
        let posted =
            Posted::parse(&pairs(&[("act", "decide"), ("case", &one), ("case", &again), ("reason", "on_call")]));
        let posted = posted.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(posted.cases.iter().map(|case| (case.id, case.version)).collect::<Vec<_>>(), [(id, 4)]);
        assert_eq!((posted.button, posted.decision.reason.as_str()), (Button::Decide, "on_call"));
        assert_eq!(posted.back, "/access-logs?view=mine");
    }

    #[test]
    fn what_is_damaged_or_names_nothing_is_refused_and_a_way_out_of_the_queue_is_not_taken() {
        let id = Uuid::now_v7().to_string();
        for wrong in [
            vec![("act", "decide")],
            vec![("act", "erase"), ("case", "x")],
            vec![("act", "decide"), ("case", id.as_str())],
            vec![("act", "decide"), ("case", "AL-480001.1")],
        ] {
            assert!(Posted::parse(&pairs(&wrong)).is_err(), "{wrong:?}");
        }
        let mut away = pairs(&[("act", "matching"), ("reason", "boredom")]);
        away[1].1 = "https://evil.example".to_owned();
        let posted = Posted::parse(&away).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((posted.back.as_str(), posted.decision.reason.as_str()), ("/access-logs", ""));
    }
}
