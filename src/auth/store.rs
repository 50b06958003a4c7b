//! actix-session on the door's functions: the database keeps the token's hash, who it belongs to and when it was seen.
//! The published Postgres store would keep the state as text and pin older crates.

use std::collections::HashMap;

use actix_session::SessionMiddleware;
use actix_session::config::{CookieContentSecurity, SessionLifecycle};
use actix_session::storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError};
use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Key, SameSite};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use uuid::Uuid;

use crate::audit::Sessions;
use crate::auth::password::random_token;
use crate::config::Keys;

/// The state entry that a verified password leaves for the new session.
pub const GRANT: &str = "grant";
/// The state entry that carries the token to the extractor, in memory only.
pub(super) const TOKEN: &str = "token";
/// The state entry that carries who it belongs to.
pub(super) const IDENTITY: &str = "identity";

/// The state entry that a dead session leaves: whose it was, so that a form typed into it is not lost.
pub(super) const EXPIRED: &str = "expired";

type State = HashMap<String, String>;

tokio::task_local! {
    /// Whether somebody is at the keyboard; a page that asks by itself is not.
    static ATTENDED: bool;
}

fn attended() -> bool {
    ATTENDED.try_with(|attended| *attended).unwrap_or(true)
}

/// The middleware that tells a page's own questions, whose path ends in `/progress`, from a person's requests. It stands
/// around the session's.
///
/// # Errors
/// What the inner services return.
pub async fn note_attendance(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let attended = !request.path().ends_with("/progress");
    ATTENDED.scope(attended, next.call(request)).await
}

/// The session store.
pub struct PortalStore {
    sessions: Sessions,
}

impl SessionStore for PortalStore {
    async fn load(&self, session_key: &SessionKey) -> Result<Option<State>, LoadError> {
        let token = session_key.as_ref();
        let Some(identity) =
            self.sessions.load(token, attended()).await.map_err(|error| LoadError::Other(error.into()))?
        else {
            let holder = self.sessions.holder(token).await.map_err(|error| LoadError::Other(error.into()))?;
            let Some(holder) = holder.and_then(|holder| serde_json::to_string(&holder).ok()) else { return Ok(None) };
            let token = serde_json::to_string(token).map_err(|error| LoadError::Other(error.into()))?;
            return Ok(Some(HashMap::from([(EXPIRED.to_owned(), holder), (TOKEN.to_owned(), token)])));
        };
        let identity = serde_json::to_string(&identity).map_err(|error| LoadError::Other(error.into()))?;
        let token = serde_json::to_string(token).map_err(|error| LoadError::Other(error.into()))?;
        Ok(Some(HashMap::from([(IDENTITY.to_owned(), identity), (TOKEN.to_owned(), token)])))
    }

    async fn save(&self, session_state: State, _ttl: &Duration) -> Result<SessionKey, SaveError> {
        let grant: Option<Uuid> = session_state.get(GRANT).and_then(|text| serde_json::from_str(text).ok());
        let token = random_token();
        let key = SessionKey::try_from(token.clone()).map_err(|error| SaveError::Other(error.into()))?;
        // without a grant there is nothing to keep: a session exists only for someone who signed in
        if let Some(grant) = grant {
            self.sessions.start(&token, grant).await.map_err(|error| SaveError::Other(error.into()))?;
        }
        Ok(key)
    }

    async fn update(&self, session_key: SessionKey, _state: State, _ttl: &Duration) -> Result<SessionKey, UpdateError> {
        Ok(session_key)
    }

    async fn update_ttl(&self, _session_key: &SessionKey, _ttl: &Duration) -> Result<(), anyhow::Error> {
        Ok(())
    }

    async fn delete(&self, session_key: &SessionKey) -> Result<(), anyhow::Error> {
        Ok(self.sessions.end(session_key.as_ref()).await?)
    }
}

/// The session middleware: an encrypted `__Host-` cookie, `Secure`, `HttpOnly`, `SameSite=Lax`. Only the demo on
/// loopback uses plain http and a plain name.
#[must_use]
pub fn session_middleware(sessions: Sessions, keys: &Keys, plain_http: bool) -> SessionMiddleware<PortalStore> {
    let mut key = keys.derive("session cookie").to_vec();
    key.extend(keys.derive("session cookie, second half"));
    SessionMiddleware::builder(PortalStore { sessions }, Key::from(&key))
        .cookie_name(if plain_http { "portal-session" } else { "__Host-portal-session" }.to_owned())
        .cookie_secure(!plain_http)
        .cookie_http_only(true)
        .cookie_same_site(SameSite::Lax)
        .cookie_content_security(CookieContentSecurity::Private)
        .session_lifecycle(SessionLifecycle::BrowserSession(actix_session::config::BrowserSession::default()))
        .build()
}
