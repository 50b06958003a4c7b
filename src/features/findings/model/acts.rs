//! What the forms on a finding's page post, and what each must say.

use serde::Deserialize;
use uuid::Uuid;

use super::status::Step;
use crate::error::AppError;
use crate::web::Errors;

/// One per form shown, so that it counts once.
///
/// # Errors
/// [`AppError::Invalid`] when the form's own hidden field is damaged.
pub fn form_key(text: &str) -> Result<Uuid, AppError> {
    Uuid::try_parse(text)
        .map_err(|_| AppError::Invalid("The form is incomplete. Open it again and send it from there.".to_owned()))
}

/// What a person wrote in several lines: line breaks stay, other control characters go; nothing, or at most so many characters.
///
/// # Errors
/// How many characters too many there are is not said: the limit is.
pub fn lines(text: &str, most: usize) -> Result<Option<String>, &'static str> {
    let kept: String = text.chars().filter(|c| *c == '\n' || !c.is_control()).collect();
    let kept = kept.trim();
    if kept.chars().count() > most {
        return Err(match most {
            500 => "Keep it to 500 characters",
            2000 => "Keep it to 2,000 characters",
            _ => "Keep it to 4,000 characters",
        });
    }
    Ok((!kept.is_empty()).then(|| kept.to_owned()))
}

/// A step, as it is posted.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct MoveForm {
    /// The version of the finding the person looked at.
    #[serde(default)]
    pub version: i32,
    /// One per form shown.
    #[serde(default)]
    pub form_key: String,
    /// Which step: the button's value.
    #[serde(default)]
    pub step: String,
    /// A note for the record.
    #[serde(default)]
    pub note: String,
}

impl MoveForm {
    /// The step and its note. Who sends a finding back says what is missing.
    ///
    /// # Errors
    /// The sentences, by field.
    pub fn check(&self) -> Result<(Step, Option<String>), Errors> {
        let mut errors = Errors::new();
        let step = Step::parse(&self.step);
        if step.is_none() {
            errors.add("", "Choose a step");
        }
        let note = lines(&self.note, 500).unwrap_or_else(|sentence| {
            errors.add("note", sentence);
            None
        });
        if step == Some(Step::SendBack) && note.is_none() && errors.is_empty() {
            errors.add("note", "Say what is missing");
        }
        match step {
            Some(step) if errors.is_empty() => Ok((step, note)),
            _ => Err(errors),
        }
    }
}

/// Who is to own a finding, as it is posted.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct OwnerForm {
    /// The version of the finding the person looked at.
    #[serde(default)]
    pub version: i32,
    /// One per form shown.
    #[serde(default)]
    pub form_key: String,
    /// Somebody of the list.
    #[serde(default)]
    pub owner: String,
    /// Or anybody else, by their number.
    #[serde(default)]
    pub employee: String,
}

/// Whom a form names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// Somebody of the list.
    Listed(Uuid),
    /// Somebody by their employee number.
    Number(String),
}

impl OwnerForm {
    /// Whom it names; a number counts before the list, which always says somebody.
    ///
    /// # Errors
    /// The sentences, by field.
    pub fn named(&self) -> Result<Named, Errors> {
        let mut errors = Errors::new();
        let number = self.employee.trim();
        match (number, Uuid::try_parse(&self.owner)) {
            ("", Ok(person)) => return Ok(Named::Listed(person)),
            ("", Err(_)) => errors.add("owner", NOT_LISTED),
            (number, _) if number.chars().count() <= 60 => return Ok(Named::Number(number.to_owned())),
            _ => errors.add("employee", NO_SUCH_NUMBER),
        }
        Err(errors)
    }
}

/// Why somebody cannot own a finding.
pub const NOT_LISTED: &str = "Choose somebody from the list: others may not work on this finding";
/// The same for whom a number names, in the same words whether there is anybody.
pub const NO_SUCH_NUMBER: &str = "Nobody with this employee number may work on this finding";

/// What is said beside a finding, as it is posted.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct CommentForm {
    /// One per form shown.
    #[serde(default)]
    pub form_key: String,
    /// `comment` or `evidence`: the button's value.
    #[serde(default)]
    pub kind: String,
    /// What is said.
    #[serde(default)]
    pub comment: String,
}

impl CommentForm {
    /// Whether it is evidence, for which a workforce member is asked.
    #[must_use]
    pub fn is_evidence(&self) -> bool {
        self.kind == "evidence"
    }

    /// What is said.
    ///
    /// # Errors
    /// The sentences, by field.
    pub fn check(&self) -> Result<String, Errors> {
        let mut errors = Errors::new();
        match lines(&self.comment, 2000) {
            Ok(Some(text)) => return Ok(text),
            Ok(None) => errors.add("comment", "Write something first"),
            Err(sentence) => errors.add("comment", sentence),
        }
        Err(errors)
    }
}

/// A case to link, by its short number.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct LinkForm {
    /// One per form shown.
    #[serde(default)]
    pub form_key: String,
    /// `AL-480001`
    #[serde(default)]
    pub number: String,
}

/// Why a case is not linked by its number: the same words whether it is out of scope or does not exist.
pub const NO_SUCH_CASE: &str = "There is no case with this number in your scope";

impl LinkForm {
    /// The number as it is stored.
    ///
    /// # Errors
    /// The sentence for its field.
    pub fn case_number(&self) -> Result<i64, Errors> {
        let text = self.number.trim();
        let digits = text.strip_prefix("AL-").or_else(|| text.strip_prefix("al-")).unwrap_or(text);
        let number = digits.parse().ok().filter(|number: &i64| *number > 0);
        number.ok_or_else(|| {
            let mut errors = Errors::new();
            errors.add("number", "Enter a case number such as AL-480001");
            errors
        })
    }
}

/// A case to unlink, and why.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct UnlinkForm {
    /// One per form shown.
    #[serde(default)]
    pub form_key: String,
    /// Its id.
    #[serde(default)]
    pub case: String,
    /// Why it does not belong.
    #[serde(default)]
    pub why: String,
}

impl UnlinkForm {
    /// The case and why.
    ///
    /// # Errors
    /// The sentences, by field.
    pub fn check(&self) -> Result<(Uuid, String), Errors> {
        let mut errors = Errors::new();
        let case = Uuid::try_parse(&self.case).unwrap_or_default();
        match lines(&self.why, 500) {
            Ok(Some(why)) => return Ok((case, why)),
            Ok(None) => errors.add("why", "Say why this case does not belong"),
            Err(sentence) => errors.add("why", sentence),
        }
        Err(errors)
    }
}

/// The version that a link back names.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Seen {
    /// Which event is taken back.
    #[serde(default)]
    pub version: i32,
}

#[cfg(test)]
mod tests {
    use super::{CommentForm, LinkForm, MoveForm, Named, OwnerForm, Step};
    use uuid::Uuid;

    #[test]
    fn whoever_sends_a_finding_back_says_what_is_missing() {
        let form =
            |step: &str, note: &str| MoveForm { step: step.to_owned(), note: note.to_owned(), ..MoveForm::default() };
        assert_eq!(form("investigate", " ").check().expect("no note"), (Step::Investigate, None));
        assert_eq!(form("send_back", "").check().expect_err("no note").get("note"), Some("Say what is missing"));
        assert!(form("send_back", "The plan has no date").check().is_ok());
        assert!(form("investigate", &"n".repeat(501)).check().expect_err("long").get("note").is_some());
        assert!(form("skip", "").check().is_err());
    }

    #[test]
    fn an_owner_is_of_the_list_or_has_a_number() {
        let person = Uuid::now_v7();
        let form = |owner: &str, employee: &str| OwnerForm {
            owner: owner.to_owned(),
            employee: employee.to_owned(),
            ..OwnerForm::default()
        };
        assert_eq!(form(&person.to_string(), "").named().expect("listed"), Named::Listed(person));
        assert_eq!(form(&person.to_string(), " E-7 ").named().expect("a number"), Named::Number("E-7".to_owned()));
        assert!(form("Tom", "").named().is_err());
    }

    #[test]
    fn a_comment_keeps_its_lines_and_has_a_limit() {
        let form = |text: &str| CommentForm { comment: text.to_owned(), ..CommentForm::default() };
        assert_eq!(form(" one\r\ntwo \0").check().expect("fits"), "one\ntwo");
        assert!(form(" \n ").check().is_err());
        assert!(form(&"c".repeat(2000)).check().is_ok() && form(&"c".repeat(2001)).check().is_err());
    }

    #[test]
    fn a_case_is_named_by_its_number() {
        let form = |text: &str| LinkForm { number: text.to_owned(), ..LinkForm::default() };
        assert_eq!(form(" AL-480001 ").case_number().expect("a number"), 480_001);
        assert_eq!(form("480001").case_number().expect("a number"), 480_001);
        for wrong in ["", "AL-", "AL-x", "-1", "FND-2026-0001"] {
            assert!(form(wrong).case_number().is_err(), "{wrong}");
        }
    }
}
