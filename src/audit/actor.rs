//! Who is asking, from where, and what they declare to do.
//!
//! An [`Actor`] comes from a session that the database knows, an [`Intent`] only from an actor; both are consumed by the
//! door. Neither carries anything a person typed.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use uuid::Uuid;

use crate::policy::{Action, Role};

/// What an event keeps of the request besides the act: ids and the browser's family and version.
#[derive(Debug, Clone)]
pub struct Client {
    /// Ours, never the client's.
    pub request_id: Uuid,
    /// The client's address, behind configured proxies the forwarded one.
    pub ip: Option<IpAddr>,
    /// `Firefox/128`, reduced from the header.
    pub agent: Option<String>,
    /// Set by the door once this request's failure is in the trail, so that it is recorded once.
    pub(super) failure_recorded: Arc<AtomicBool>,
}

impl Client {
    /// The facts of one request.
    #[must_use]
    pub fn new(request_id: Uuid, ip: Option<IpAddr>, agent: Option<String>) -> Self {
        Self { request_id, ip, agent, failure_recorded: Arc::default() }
    }

    /// Whether this request's failure has left its event.
    #[must_use]
    pub fn failure_is_recorded(&self) -> bool {
        self.failure_recorded.load(Ordering::Relaxed)
    }
}

/// What a session says about its person.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Identity {
    /// The person.
    pub person_id: Uuid,
    /// Their portal permission.
    pub role: Role,
    /// For the page's frame.
    pub full_name: String,
    /// `system`, `light` or `dark`.
    pub theme: String,
    /// Whether single-key shortcuts work.
    pub shortcuts: bool,
    /// The organisation's name.
    pub organisation: String,
    /// The organisation's time zone, in which lists over several facilities are shown.
    pub time_zone: String,
}

/// A person with a live session, in one request.
#[derive(Debug, Clone)]
pub struct Actor {
    pub(super) identity: Identity,
    pub(super) token: String,
    pub(super) client: Client,
}

impl Actor {
    /// Only the session extractor calls this; the token is checked again by the database for every event.
    pub(crate) fn of_session(identity: Identity, token: String, client: Client) -> Self {
        Self { identity, token, client }
    }

    /// Declares an action on a list as a whole.
    #[must_use]
    pub fn does(&self, action: Action) -> Intent {
        Intent {
            action,
            resource_id: Uuid::nil(),
            role: self.identity.role,
            token: self.token.clone(),
            client: self.client.clone(),
        }
    }

    /// The person's own id.
    #[must_use]
    pub const fn id(&self) -> Uuid {
        self.identity.person_id
    }

    /// The person's portal permission.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.identity.role
    }

    /// What the session says about the person.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The request's id.
    #[must_use]
    pub const fn request_id(&self) -> Uuid {
        self.client.request_id
    }
}

/// One declared action, good for one opening of the door.
#[derive(Debug, Clone)]
pub struct Intent {
    pub(super) action: Action,
    pub(super) resource_id: Uuid,
    pub(super) role: Role,
    pub(super) token: String,
    pub(super) client: Client,
}

impl Intent {
    /// Names the row it is about.
    #[must_use]
    pub fn on(mut self, resource_id: Uuid) -> Self {
        self.resource_id = resource_id;
        self
    }
}
