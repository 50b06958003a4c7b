//! The new finding's form as it is asked for and as it is posted.

use uuid::Uuid;

use super::model::Typed;
use super::model::acts::form_key;
use crate::error::AppError;

/// The most cases one finding may be opened from.
const MOST_CASES: usize = 100;

/// What a form posts.
pub struct Posted {
    /// The cases it is about.
    pub cases: Vec<Uuid>,
    /// One per form shown, so that it counts once.
    pub key: Uuid,
    /// What was typed.
    pub typed: Typed,
}

/// The cases of a query string or a form, each once.
///
/// # Errors
/// [`AppError::Invalid`] when there is none, too many, or one that is no id.
pub fn cases(pairs: &[(String, String)]) -> Result<Vec<Uuid>, AppError> {
    let mut cases = Vec::new();
    for (_, text) in pairs.iter().filter(|(name, _)| name == "case") {
        let id = Uuid::try_parse(text)
            .map_err(|_| AppError::Invalid("A case in the address has no readable id.".to_owned()))?;
        if !cases.contains(&id) {
            cases.push(id);
        }
    }
    match cases.len() {
        0 => Err(AppError::Invalid(
            "A finding starts from a case. Open one in the access log review, or tick several there.".to_owned(),
        )),
        1..=MOST_CASES => Ok(cases),
        _ => Err(AppError::Invalid(format!("One finding takes at most {MOST_CASES} cases."))),
    }
}

impl Posted {
    /// Reads the fields; what they say is checked later, so that nothing typed is lost.
    ///
    /// # Errors
    /// [`AppError::Invalid`] when the form's own hidden fields are damaged.
    pub fn parse(pairs: &[(String, String)]) -> Result<Self, AppError> {
        let field = |name: &str| {
            pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()).unwrap_or_default()
        };
        Ok(Self {
            cases: cases(pairs)?,
            key: form_key(&field("form_key"))?,
            typed: Typed {
                title: field("title"),
                severity: field("severity"),
                due: field("due"),
                owner: field("owner"),
                details: field("details"),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::cases;
    use uuid::Uuid;

    #[test]
    fn a_finding_starts_from_one_to_a_hundred_cases_each_named_once() {
        let pair = |id: Uuid| ("case".to_owned(), id.to_string());
        let one = pair(Uuid::now_v7());
        assert_eq!(cases(&[one.clone(), one]).expect("one case").len(), 1);
        assert!(cases(&[]).is_err());
        assert!(cases(&[("case".to_owned(), "AL-480001".to_owned())]).is_err());
        let many: Vec<_> = (0..101).map(|_| pair(Uuid::now_v7())).collect();
        assert!(cases(&many).is_err());
    }
}
