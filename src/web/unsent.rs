//! A session that ends while somebody types loses nothing: the posted form is sealed into the sign-in page and offered
//! again to the same person. The seal carries who typed it and where it was going; the browser can neither read nor
//! change it, and nothing of it is stored.

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, web};
use chacha20poly1305::aead::{Aead as _, KeyInit as _};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use serde::{Deserialize, Serialize};

use crate::auth::extract::{actor_of, expired_holder_of};
use crate::config::{Config, Keys};
use crate::error::AppError;

/// The longest seal that sign-in takes back, in characters.
const LONGEST: usize = 200 * 1024;

/// The sealed form of a request, for the page that asks to sign in again.
pub struct Unsent(pub String);

/// What was about to be sent.
#[derive(Serialize, Deserialize)]
pub struct Form {
    /// Who typed it, by user name.
    pub username: String,
    /// Where it was going.
    pub path: String,
    /// Its fields.
    pub fields: Vec<(String, String)>,
}

/// The middleware: keeps the form of a post that comes with a dead session.
///
/// # Errors
/// What the inner services return.
pub async fn keep(
    config: web::Data<Config>,
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, Error> {
    let form = request
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"application/x-www-form-urlencoded"));
    let typed = *request.method() == Method::POST && form && !holds_secrets(request.path());
    let holder =
        if typed && actor_of(request.request()).is_none() { expired_holder_of(request.request()) } else { None };
    let Some(username) = holder else {
        return Ok(next.call(request).await?.map_into_left_body());
    };
    if let Ok(web::Form(fields)) = request.extract::<web::Form<Vec<(String, String)>>>().await {
        let form = Form { username, path: request.path().to_owned(), fields };
        if let Some(sealed) = seal(&config.keys, &form).filter(|sealed| sealed.len() < LONGEST) {
            request.extensions_mut().insert(Unsent(sealed));
        }
    }
    Ok(request.error_response(AppError::SignedOut).map_into_right_body())
}

/// Forms of passwords, codes and one-time links: they are typed again, or need no session.
fn holds_secrets(path: &str) -> bool {
    ["/sign-", "/reset/", "/settings/account/"].iter().any(|start| path.starts_with(start))
}

/// Seals a form.
fn seal(keys: &Keys, form: &Form) -> Option<String> {
    let plain = serde_json::to_vec(form).ok()?;
    let nonce: [u8; 12] = rand::random();
    let mut sealed = nonce.to_vec();
    sealed.extend(cipher(keys).encrypt(&Nonce::from(nonce), plain.as_slice()).ok()?);
    Some(hex::encode(sealed))
}

/// Opens a sealed form; `None` when it is not ours or was changed.
#[must_use]
pub fn unseal(keys: &Keys, text: &str) -> Option<Form> {
    let sealed = hex::decode(text).ok()?;
    let (nonce, body) = sealed.split_at_checked(12)?;
    let nonce: [u8; 12] = nonce.try_into().ok()?;
    serde_json::from_slice(&cipher(keys).decrypt(&Nonce::from(nonce), body).ok()?).ok()
}

fn cipher(keys: &Keys) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new(&Key::from(keys.derive("unsent form")))
}

#[cfg(test)]
mod tests {
    use super::{Form, seal, unseal};
    use crate::config::Keys;

    #[test]
    fn a_sealed_form_opens_unchanged_and_a_changed_one_does_not() {
        let keys = Keys::new(&"k".repeat(32)).expect("long enough");
        let form =
            Form { username: "ann".into(), path: "/findings".into(), fields: vec![("title".into(), "x".into())] };
        let sealed = seal(&keys, &form).expect("seals");
        let opened = unseal(&keys, &sealed).expect("opens");
        assert_eq!((opened.username.as_str(), opened.path.as_str(), opened.fields.len()), ("ann", "/findings", 1));
        let changed = format!("{}{}", &sealed[..sealed.len() - 1], if sealed.ends_with('0') { '1' } else { '0' });
        assert!(unseal(&keys, &changed).is_none());
        assert!(unseal(&Keys::new(&"x".repeat(32)).expect("long enough"), &sealed).is_none());
    }
}
