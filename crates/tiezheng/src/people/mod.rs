//! 人员: agencies, units, officers, accounts; who may do what, and whose recordings they see.

pub mod accounts;
pub mod grants;
pub mod grants_http;
pub mod handover;
pub mod http;
pub mod import;
pub mod permission;
pub mod responsibility;
pub mod sessions;
pub mod store;

use serde::Serialize;

use crate::error::{Problem, Result};
pub use accounts::{NewAccount, hash_password, make_token, put_account, token_end};
pub use permission::{Permission, Role};

/// Who is acting: a signed-in person, a machine token, the command line or the system itself.
#[derive(Clone, Debug, Default)]
pub struct Actor {
    pub account: Option<String>,
    pub name: String,
    pub person: Option<String>,
    pub agency: Option<String>,
    pub unit: Option<String>,
    pub roles: Vec<Role>,
    /// Ids of the actor's unit and all below it.
    pub units: Vec<String>,
}

/// Whose recordings an actor sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Scope {
    Nothing,
    Own { person: String, agency: String },
    Units { agency: String, units: Vec<String> },
    Agency(String),
    All,
}

impl Actor {
    /// The system itself, or somebody at the machine's console: sees and may do everything a command offers.
    pub fn system() -> Actor {
        Actor { name: "system".into(), ..Actor::default() }
    }

    pub fn may(&self, permission: Permission) -> Result<()> {
        if self.has(permission) {
            return Ok(());
        }
        Err(Problem::refused(403, "permission.denied").with("permission", permission.name()))
    }

    pub fn has(&self, permission: Permission) -> bool {
        self.roles.iter().any(|role| role.may(permission))
    }

    /// The widest view any of the actor's roles gives. IT administrators see no content.
    pub fn scope(&self) -> Scope {
        let has = |role| self.roles.contains(&role);
        let Some(agency) = self.agency.clone() else {
            return if has(Role::JudicialBureau) { Scope::All } else { Scope::Nothing };
        };
        if has(Role::JudicialBureau) {
            Scope::All
        } else if has(Role::Leader) || has(Role::LegalOffice) {
            Scope::Agency(agency)
        } else if has(Role::Custodian) || has(Role::UnitHead) {
            match self.unit {
                Some(_) => Scope::Units { agency, units: self.units.clone() },
                None => Scope::Agency(agency),
            }
        } else if let (true, Some(person)) = (has(Role::Officer), self.person.clone()) {
            Scope::Own { person, agency }
        } else {
            Scope::Nothing
        }
    }

    /// Whether what a recording shows, of whom and where, may be told to this actor at all.
    pub fn sees_content(&self) -> bool {
        self.has(Permission::RecordingList) && self.scope() != Scope::Nothing
    }

    /// Whether a unit is the actor's to decide about: all of the agency for its leader and for whoever has no unit, else
    /// one's own and those below it.
    pub fn reaches(&self, unit: &str) -> bool {
        self.roles.contains(&Role::Leader) || self.unit.is_none() || self.units.iter().any(|own| own == unit)
    }

    /// The agency an act belongs to; refused for those who stand above all agencies.
    pub fn own_agency(&self) -> Result<&str> {
        self.agency.as_deref().ok_or_else(|| Problem::refused(422, "agency.none"))
    }
}
