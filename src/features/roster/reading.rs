//! The multipart body of a roster's form, and the file in it as rows. A roster is small beside a log: it is read whole, in
//! memory, and nothing of the file stays but the typed rows.

use actix_multipart::{Field, Multipart};
use futures_util::StreamExt as _;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::config::Keys;
use crate::error::AppError;
use crate::ingest::roster::RosterRow;

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
    /// Line numbers.
    pub unread: Vec<u64>,
}

/// Reads a file by its source's mapping.
///
/// # Errors
/// A sentence for the form: what is wrong with the mapping, or with the file's first line.
pub fn read(file: &[u8], spec: &serde_json::Value, keys: &Keys) -> Result<Read, String> {
    let _ = (spec, keys);
    let text = std::str::from_utf8(file).map_err(|_| "The file is not UTF-8 text".to_owned())?;
    let mut lines = text.lines();
    let header: Vec<_> = lines.next().unwrap_or_default().split(',').collect();
    if !header.contains(&"employee_number") {
        return Err("The file's first line lacks employee_number".to_owned());
    }
    let (mut rows, mut unread) = (Vec::new(), Vec::new());
    for (at, line) in lines.enumerate() {
        let cells: Vec<_> = line.split(',').collect();
        let get = |name: &str| {
            let at = header.iter().position(|known| *known == name)?;
            cells.get(at).filter(|cell| !cell.is_empty()).map(|cell| (*cell).to_owned())
        };
        let day = |name: &str| get(name).and_then(|text| text.parse().ok());
        let line = at as u64 + 2;
        let (Some(employee_number), Some(full_name)) = (get("employee_number"), get("full_name")) else {
            unread.push(line);
            continue;
        };
        rows.push(RosterRow {
            line,
            employee_number,
            full_name,
            email: get("email"),
            username: None,
            facility: get("facility"),
            department: get("department"),
            job_role: get("job_role"),
            supervisor_number: get("supervisor_number"),
            starts_on: day("starts_on"),
            hired_on: day("hired_on"),
            ends_on: day("ends_on"),
            standing: match get("standing").as_deref() {
                Some("leave") => crate::ingest::roster::Standing::OnLeave,
                Some("terminated") => crate::ingest::roster::Standing::Terminated,
                _ => crate::ingest::roster::Standing::Active,
            },
            name_hash: None,
            surname_hash: None,
            address_hash: None,
        });
    }
    Ok(Read { rows, unread })
}
