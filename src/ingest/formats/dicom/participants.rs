//! Who took part: people, the machine they sat at, the server. UserIsRequestor may be missing, false on everybody or true
//! on two of them, and a UserID can be a URL, an AE title, a process or an address.

use std::net::IpAddr;

use super::super::codes::Codes;
use super::super::network;
use super::super::people::{Person, says_nothing};
use super::super::xml::Element;
use super::code;
use crate::config::Keys;

/// The participants of one message.
pub struct Participants<'a> {
    all: Vec<Participant<'a>>,
    /// Whether data flows to the client.
    fetches: bool,
}

struct Participant<'a> {
    element: &'a Element,
    roles: Vec<&'a str>,
}

/// Application, launcher, destination, source, and media.
const MACHINES: [&str; 5] = ["110150", "110152", "110153", "110154", "110155"];

impl<'a> Participant<'a> {
    fn of(element: &'a Element) -> Self {
        Self { element, roles: element.children("RoleIDCode").filter_map(code).collect() }
    }

    fn requests(&self) -> bool {
        self.element.attribute("UserIsRequestor").is_some_and(|said| said.eq_ignore_ascii_case("true") || said == "1")
    }

    fn has(&self, role: &str) -> bool {
        self.roles.contains(&role)
    }

    fn id(&self) -> Option<&'a str> {
        // what follows a question mark may be a patient's name
        let id = self.element.filled("UserID")?.split('?').next().unwrap_or_default();
        (!says_nothing(id)).then_some(id)
    }

    fn name(&self) -> Option<&'a str> {
        self.element.filled("UserName")
    }

    /// `alias<user@issuer>`: how an assertion names whoever is a participant of their own beside it.
    fn asserted(&self) -> bool {
        self.name().is_some_and(|name| name.ends_with('>') && name.contains('<'))
    }

    fn person(&self) -> bool {
        let typed = self.element.attribute("UserTypeCode") == Some("1")
            || self.element.children("UserIDTypeCode").filter_map(code).any(|code| code == "113871");
        typed || self.name().is_some() || self.roles.iter().any(|role| !MACHINES.contains(role))
    }

    /// Not known to be a person, nor known to be a machine.
    fn neutral(&self) -> bool {
        let machine_like =
            |id: &str| id.contains("://") || id.contains('|') || id.starts_with('/') || network::ip(id).is_some();
        self.roles.is_empty() && self.id().is_some_and(|id| !machine_like(id))
    }

    fn kind(&self, default: &str) -> String {
        let system = |id: &str| id.ends_with('$') || id.trim_matches('_').eq_ignore_ascii_case("system");
        if self.roles.iter().any(|role| matches!(*role, "REP" | "NOK")) {
            "representative"
        } else if self.has("PAT") {
            "patient"
        } else if self.id().is_some_and(system) || !(self.person() || self.neutral()) {
            "system"
        } else {
            default
        }
        .to_owned()
    }

    fn address(&self) -> Option<&'a str> {
        self.element.filled("NetworkAccessPointID")
    }

    fn ip(&self) -> Option<IpAddr> {
        // an address is one although it is called a host name
        self.address().and_then(network::ip)
    }

    fn host(&self) -> Option<&'a str> {
        self.address().and_then(network::host)
    }

    /// `AETITLE=AEPACS`, in either id.
    fn ae_title(&self) -> Option<&'a str> {
        let titled = |id: &'a str| id.strip_prefix("AETITLES=").or_else(|| id.strip_prefix("AETITLE="));
        let ids = [self.element.filled("AlternativeUserID"), self.element.filled("UserID")];
        ids.into_iter()
            .flatten()
            .find_map(titled)
            .and_then(|titles| titles.split(';').next())
            .filter(|title| !title.is_empty())
    }
}

impl<'a> Participants<'a> {
    pub fn of(message: &'a Element, codes: &Codes<'_>) -> Self {
        let all = message.children("ActiveParticipant").map(Participant::of).collect();
        Self { all, fetches: codes.all.contains(&"110107") || codes.action == Some("R") }
    }

    /// Who did it: of those that requested it a person; of all a person; then whatever requested it.
    fn user(&self) -> Option<&Participant<'a>> {
        let requests = || self.all.iter().filter(|one| one.requests());
        requests()
            .find(|one| one.person() && one.id().is_some())
            .or_else(|| requests().find(|one| one.neutral()))
            .or_else(|| self.all.iter().find(|one| one.person() && one.id().is_some() && !one.has("110151")))
            .or_else(|| requests().next())
    }

    /// The machine of whoever did it.
    fn client(&self) -> Option<&Participant<'a>> {
        let machines = || self.all.iter().filter(|one| !one.person() && !one.neutral());
        let directed = if self.fetches { "110152" } else { "110153" };
        machines()
            .find(|one| one.requests())
            .or_else(|| machines().find(|one| one.has(directed)))
            .or_else(|| machines().find(|one| one.has("110150")))
    }

    pub fn actor(&self, default: &str, keys: &Keys) -> Person {
        let user = self.user();
        let named = user.and_then(|user| Some(Person::new(&user.kind(default), user.id()?, keys)));
        let client = || self.client().and_then(|client| Some(Person::new("system", client.id()?, keys)));
        named.or_else(client).unwrap_or_else(|| Person::nobody("unknown"))
    }

    /// A person beside the one who requested it, who is not the same under another name.
    pub fn on_behalf_of(&self, keys: &Keys) -> Option<Person> {
        let user = self.user().filter(|user| user.requests() && user.person())?;
        let other = self.all.iter().find(|one| {
            let same = one.id() == user.id() || one.name() == user.name();
            one.person() && !one.requests() && !one.asserted() && !same && !one.has("110151")
        })?;
        Some(Person::new(&other.kind("workforce"), other.id()?, keys))
    }

    pub fn ip(&self) -> Option<IpAddr> {
        let own = self.user().and_then(Participant::ip);
        own.or_else(|| self.client().and_then(Participant::ip))
    }

    /// An AE title, the client's host name, or what the source calls itself.
    pub fn device(&self, source: Option<&str>) -> Option<String> {
        let user = self.user();
        let own_address = user.and_then(Participant::address);
        let beside = || {
            self.all
                .iter()
                .find(|one| own_address.is_some() && one.address() == own_address && one.ae_title().is_some())
        };
        user.and_then(Participant::ae_title)
            .or_else(|| beside().and_then(Participant::ae_title))
            .or_else(|| self.client().and_then(Participant::ae_title))
            .or_else(|| user.and_then(Participant::host))
            .or_else(|| self.client().and_then(Participant::host))
            .or(source)
            .map(str::to_owned)
    }
}
