//! The multipart body of a roster's form, and the file in it as rows. A roster is small beside a log: it is read whole, in
//! memory, and nothing of the file stays but the typed rows.

use std::io::Cursor;

use actix_multipart::{Field, Multipart};
use futures_util::StreamExt as _;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::config::Keys;
use crate::error::AppError;
use crate::ingest::Spec;
use crate::ingest::roster::{self, RosterRow, Unread};
use crate::ingest::words::{self, Reason};

/// The largest roster.
const LIMIT: usize = 32 * 1024 * 1024;

/// What a form posted, as it was typed.
#[derive(Debug, Default)]
pub struct Posted {
    /// The source, if one was chosen.
    pub source: Option<Uuid>,
    /// One per form shown, so that it counts once.
    pub form_key: Option<Uuid>,
    /// The day the roster is of, as typed.
    pub as_of: String,
    /// The file; empty when none was chosen.
    pub file: Vec<u8>,
}

impl Posted {
    /// Takes the whole body.
    ///
    /// # Errors
    /// [`AppError::TooLarge`] past the limit; [`AppError::Invalid`] when the body is no such form.
    pub async fn receive(mut body: Multipart) -> Result<Self, AppError> {
        let mut posted = Self::default();
        while let Some(field) = body.next().await {
            let mut field = field.map_err(|_| unreadable())?;
            match field.name().unwrap_or_default() {
                "source" => posted.source = Uuid::try_parse(&short(&mut field).await?).ok(),
                "form_key" => posted.form_key = Uuid::try_parse(&short(&mut field).await?).ok(),
                "as_of" => posted.as_of = short(&mut field).await?,
                "file" => {
                    let bytes = field.bytes(LIMIT).await.map_err(|_| AppError::TooLarge)?;
                    posted.file = bytes.map_err(|_| unreadable())?.to_vec();
                }
                _ => return Err(unreadable()),
            }
        }
        Ok(posted)
    }

    /// Of the file as it came.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(&self.file).into()
    }
}

async fn short(field: &mut Field) -> Result<String, AppError> {
    let bytes = field.bytes(64).await.map_err(|_| unreadable())?.map_err(|_| unreadable())?;
    Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
}

fn unreadable() -> AppError {
    AppError::Invalid("The upload cannot be read. Go back, choose the file again, and send it once more.".to_owned())
}

/// A roster's rows, and the lines that cannot be read.
pub struct Read {
    /// In the file's order.
    pub rows: Vec<RosterRow>,
    /// In the file's order.
    pub unread: Vec<Unread>,
}

/// Reads a file by its source's mapping.
///
/// # Errors
/// A sentence for the form: what is wrong with the mapping, or with the file's first line.
pub fn read(file: &[u8], spec: &serde_json::Value, keys: &Keys) -> Result<Read, String> {
    let spec = Spec::parse(spec.clone())
        .map_err(|_| "This source’s mapping cannot be used. Make a new version of it".to_owned())?;
    let input = Box::new(Cursor::new(file.to_vec()));
    let roster = match roster::read(input, &spec, keys) {
        Ok(Ok(roster)) => roster,
        Ok(Err(problem)) => return Err(problem.sentence(&spec)),
        Err(_) => return Err("The file cannot be read. Save it as delimited text and choose it again".to_owned()),
    };
    let (mut rows, mut unread) = (Vec::new(), roster.rejects);
    for row in roster.rows {
        match unfit(&row) {
            None => rows.push(RosterRow { email: row.email.filter(|email| is_address(email)), ..row }),
            Some((field, reason)) => unread.push(Unread {
                line: row.line,
                employee_number: Some(row.employee_number),
                field: Some(field),
                reason: Some(reason),
            }),
        }
    }
    unread.sort_unstable_by_key(|unread| unread.line);
    Ok(Read { rows, unread })
}

/// What is longer than it is kept, or a name that is none, such as a comma.
fn unfit(row: &RosterRow) -> Option<(words::Field, Reason)> {
    let longer = |text: &str, most: usize| text.chars().count() > most;
    let parts = [
        (words::Field::FullName, Some(&row.full_name), 200),
        (words::Field::Department, row.department.as_ref(), 200),
        (words::Field::JobRole, row.job_role.as_ref(), 120),
    ];
    if row.full_name.is_empty() {
        return Some((words::Field::FullName, Reason::MissingName));
    }
    let long = parts.iter().find(|(_, text, most)| text.is_some_and(|text| longer(text, *most)));
    long.map(|(field, ..)| (*field, Reason::TooLong))
}

/// What stands in the column but is no address, such as `n/a`, is none.
fn is_address(text: &str) -> bool {
    let sides: Vec<_> = text.split('@').collect();
    sides.len() == 2 && sides.iter().all(|side| !side.is_empty()) && !text.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::is_address;

    #[test]
    fn what_is_no_address_is_none() {
        assert!(is_address("a.b@example.org"));
        for text in ["n/a", "a@", "@b", "a@b@c", "a b@c"] {
            assert!(!is_address(text), "{text}");
        }
    }
}
