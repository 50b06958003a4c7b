//! The agents of an event, which are siblings: the human, the client's machine, the server, whoever authorised. Roles flip
//! with the direction, so the client is known by its network and not by being the source.

use std::net::IpAddr;

use serde_json::Value;

use super::super::network;
use super::super::people::{Person, says_nothing};
use super::Release;
use super::reference::Reference;
use super::value::{codes_of, concept, list, text, yes};
use crate::config::Keys;

/// One agent, with what is asked of it often.
struct Agent<'a> {
    value: &'a Value,
    codes: Vec<String>,
    reference: Option<Reference>,
    network: Network,
}

#[derive(Default)]
struct Network {
    ip: Option<IpAddr>,
    host: Option<String>,
    uri: bool,
}

/// The agents of one event, and its source.
pub struct Agents<'a> {
    all: Vec<Agent<'a>>,
    source: &'a Value,
    reads: bool,
}

const MACHINES: [&str; 9] =
    ["110150", "110151", "110152", "110153", "110154", "110155", "authserver", "dataprocessor", "CUSTODIAN"];
const PEOPLE: [&str; 14] = [
    "humanuser",
    "PAT",
    "REP",
    "HCP",
    "ASS",
    "AUT",
    "INF",
    "IRCP",
    "ENT",
    "PPRF",
    "SPRF",
    "UserSamlAgent",
    "UserOauthAgent",
    "NOK",
];

impl<'a> Agent<'a> {
    fn of(value: &'a Value) -> Self {
        let codes = codes_of(value, "type").chain(codes_of(value, "role")).collect();
        let reference = text(&value["who"], "reference").map(|text| Reference::parse(&text));
        Self { value, codes, reference, network: Network::of(value) }
    }

    fn requests(&self) -> bool {
        yes(self.value, "requestor")
    }

    fn has(&self, codes: &[&str]) -> bool {
        self.codes.iter().any(|code| codes.iter().any(|known| code.eq_ignore_ascii_case(known)))
    }

    fn refers_to(&self, kinds: &[&str]) -> bool {
        self.reference
            .as_ref()
            .and_then(|reference| reference.kind.as_deref())
            .is_some_and(|kind| kinds.contains(&kind))
    }

    fn machine(&self) -> bool {
        self.refers_to(&["Device"])
            || (self.has(&MACHINES) && !self.refers_to(&["Practitioner", "PractitionerRole", "Person"]))
    }

    fn organization(&self) -> bool {
        self.refers_to(&["Organization", "Location", "HealthcareService", "CareTeam"])
            || (self.has(&["PROV", "GRP", "homeCommunityId"])
                && !self.refers_to(&["Practitioner", "PractitionerRole", "Patient", "RelatedPerson", "Person"]))
    }

    fn person(&self) -> bool {
        let people = ["Practitioner", "PractitionerRole", "Patient", "RelatedPerson", "Person"];
        !self.machine() && !self.organization() && (self.has(&PEOPLE) || self.refers_to(&people))
    }

    fn kind(&self, default: &str) -> String {
        if self.refers_to(&["RelatedPerson"]) || self.has(&["REP", "NOK"]) {
            "representative"
        } else if self.refers_to(&["Patient"]) || self.has(&["PAT"]) {
            "patient"
        } else if self.machine() || self.organization() {
            "system"
        } else {
            default
        }
        .to_owned()
    }

    /// What the agent is called, the most stable first.
    fn id(&self) -> Option<String> {
        let who = &self.value["who"];
        text(&who["identifier"], "value")
            .or_else(|| self.reference.as_ref().and_then(Reference::short))
            .or_else(|| text(self.value, "altId"))
            .or_else(|| text(self.value, "name"))
            .or_else(|| text(who, "display"))
            .filter(|id| !says_nothing(id))
    }

    fn label(&self) -> Option<String> {
        let who = &self.value["who"];
        text(who, "display")
            .or_else(|| text(self.value, "name"))
            .or_else(|| self.network.host.clone())
            .or_else(|| text(&who["identifier"], "value"))
            .or_else(|| self.reference.as_ref().and_then(Reference::short))
    }
}

impl Network {
    fn of(agent: &Value) -> Self {
        let network = &agent["network"];
        let said =
            text(network, "address").or_else(|| text(agent, "networkString")).or_else(|| text(agent, "networkUri"));
        let Some(said) = said else { return Self::default() };
        let uri = text(network, "type").as_deref() == Some("5") || (said.contains(':') && said.contains("//"));
        if uri {
            return Self { uri, ..Self::default() };
        }
        Self { ip: network::ip(&said), host: network::host(&said).map(str::to_owned), uri }
    }
}

impl<'a> Agents<'a> {
    pub fn of(event: &'a Value, _release: Release, action: Option<&str>) -> Self {
        Self {
            all: list(event, "agent").map(Agent::of).collect(),
            source: &event["source"],
            reads: action == Some("R"),
        }
    }

    /// Who did it: whoever requested it, people before machines; where nobody is said to have, the human there is.
    fn user(&self) -> Option<&Agent<'a>> {
        let requests = || self.all.iter().filter(|agent| agent.requests());
        requests()
            .find(|agent| agent.person())
            .or_else(|| requests().find(|agent| !agent.machine() && !agent.organization()))
            .or_else(|| requests().next())
            .or_else(|| self.all.iter().find(|agent| agent.has(&["humanuser"]) && !agent.machine()))
            .or_else(|| match &self.all[..] {
                [only] if only.person() => Some(only),
                _ => None,
            })
    }

    /// The machine that somebody sat at or that acted by itself.
    fn client(&self) -> Option<&Agent<'a>> {
        let machines = || {
            self.all
                .iter()
                .filter(|agent| agent.machine() || agent.network.ip.is_some())
                .filter(|agent| !agent.person())
        };
        let directed = if self.reads { "110152" } else { "110153" };
        let best = |fits: &dyn Fn(&Agent<'_>) -> bool| {
            machines()
                .find(|agent| fits(agent) && agent.has(&[directed]))
                .or_else(|| machines().find(|agent| fits(agent)))
        };
        best(&|agent| agent.network.ip.is_some())
            .or_else(|| best(&|agent| agent.network.host.is_some()))
            .or_else(|| best(&|agent| !agent.network.uri && agent.has(&[directed, "110150"])))
    }

    pub fn actor(&self, default: &str, keys: &Keys) -> Person {
        let Some(user) = self.user() else {
            let client = self.client().and_then(Agent::id);
            return client.map_or_else(|| Person::nobody("system"), |id| Person::new("system", &id, keys));
        };
        let kind = user.kind(default);
        match user.id() {
            Some(id) => Person::new(&kind, &id, keys),
            // a token alone, which says that there was somebody
            None => Person::nobody(if kind == default { "unknown" } else { &kind }),
        }
    }

    /// Somebody else beside whoever requested it.
    pub fn on_behalf_of(&self, keys: &Keys) -> Option<Person> {
        let user = self.user().filter(|user| user.person() || user.requests())?;
        let other = self.all.iter().find(|agent| !agent.requests() && agent.person() && agent.id() != user.id())?;
        // an agent that authorised or was informed is no principal unless somebody else requested
        let id = other.id().filter(|_| user.requests())?;
        Some(Person::new(&other.kind("workforce"), &id, keys))
    }

    pub fn ip(&self) -> Option<IpAddr> {
        let own = self.user().and_then(|user| user.network.ip);
        own.or_else(|| self.client().and_then(|client| client.network.ip))
    }

    pub fn device(&self) -> Option<String> {
        let observer = &self.source["observer"];
        let own_host = self.user().and_then(|user| user.network.host.clone());
        let same = |client: &&Agent<'_>| self.user().is_none_or(|user| !std::ptr::eq(user.value, client.value));
        self.client()
            .filter(same)
            .and_then(Agent::label)
            .or(own_host)
            .or_else(|| text(observer, "display"))
            .or_else(|| text(&observer["identifier"], "value"))
            .or_else(|| text(observer, "reference").and_then(|text| Reference::parse(&text).short()))
    }

    /// Where: the source's site, or the organization among the agents.
    pub fn place(&self) -> Option<String> {
        let site = &self.source["site"];
        let named = |value: &Value| {
            text(&value["identifier"], "value")
                .or_else(|| text(value, "display"))
                .or_else(|| text(value, "reference").and_then(|text| Reference::parse(&text).short()))
        };
        let organization = || self.all.iter().find(|agent| agent.has(&["PROV", "GRP"]) && agent.organization());
        text(self.source, "site")
            .or_else(|| named(site))
            .or_else(|| {
                organization().and_then(|agent| named(&agent.value["who"]).or_else(|| text(agent.value, "name")))
            })
            .or_else(|| self.user().and_then(|user| named(&user.value["location"])))
    }

    /// Purposes of use: the user's own first.
    pub fn purposes(&self) -> Vec<String> {
        let of = |agent: &Agent<'_>| {
            let codes = list(agent.value, "purposeOfUse").chain(list(agent.value, "authorization")).flat_map(concept);
            codes.collect::<Vec<_>>()
        };
        self.user().into_iter().chain(&self.all).flat_map(of).collect()
    }
}
