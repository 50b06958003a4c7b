//! The multipart body of an upload. What stands beside the file is ids alone.

use actix_multipart::{Field, Multipart};
use futures_util::StreamExt as _;
use uuid::Uuid;

use super::spool::UPLOAD_LIMIT;
use crate::config::Config;
use crate::error::AppError;
pub(super) use crate::web::upload::Received;
use crate::web::upload::{spool_file, unreadable};

/// What a form posted.
#[derive(Default)]
pub(super) struct Upload {
    pub source: Option<Uuid>,
    pub form_key: Option<Uuid>,
    pub file: Option<Received>,
}

impl Upload {
    /// Takes the whole body.
    ///
    /// # Errors
    /// [`AppError::TooLarge`] past the limit; [`AppError::Invalid`] when the body is no such form.
    pub async fn receive(mut body: Multipart, config: &Config, batch: Uuid) -> Result<Self, AppError> {
        let mut upload = Self::default();
        while let Some(field) = body.next().await {
            let mut field = field.map_err(|_| unreadable())?;
            match field.name().unwrap_or_default() {
                "source" => upload.source = short(&mut field).await?,
                "form_key" => upload.form_key = short(&mut field).await?,
                "file" if upload.file.is_none() => {
                    let named = field
                        .content_disposition()
                        .and_then(|about| about.get_filename())
                        .is_some_and(|name| !name.is_empty());
                    let file = spool_file(field, &config.spool_dir, &config.keys, batch, UPLOAD_LIMIT).await?;
                    // a browser sends a part without name and content when no file was chosen
                    upload.file = (named || file.spooled.bytes > 0).then_some(file);
                }
                _ => return Err(unreadable()),
            }
        }
        Ok(upload)
    }
}

/// An id; anything else is none.
async fn short(field: &mut Field) -> Result<Option<Uuid>, AppError> {
    let bytes = field.bytes(64).await.map_err(|_| unreadable())?.map_err(|_| unreadable())?;
    Ok(std::str::from_utf8(&bytes).ok().and_then(|text| Uuid::try_parse(text.trim()).ok()))
}
