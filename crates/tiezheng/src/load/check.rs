//! What is wrong with a fixture: all of it at once, each with its section and row. Pure; what the installation knows
//! already is handed in.

mod bound;
mod devices;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap, HashSet};

use tiezheng_rules::vocab::Ground;

use super::rows::{Activity, Fixture, Person, at, instant};
use crate::error::{Problem, Result};
use crate::field::{self, CODE_MOST, NAME_MOST, TITLE_MOST};
use crate::people::{self, Role};

/// Whose a row is: agency by table and id.
pub type Owners = HashMap<(&'static str, String), String>;

/// The end of each period of custody by its begin, and its row where the file tells of it.
type Periods = BTreeMap<i64, (Option<i64>, Option<usize>)>;

/// What stands in the database of what the file speaks of.
#[derive(Default)]
pub struct Known {
    pub profiles: Vec<String>,
    pub agencies: HashSet<String>,
    pub owners: Owners,
    pub parents: HashMap<String, Option<String>>,
    /// Unit, from, to.
    pub bound: Vec<(String, i64, Option<i64>)>,
    /// Device, from, to.
    pub custody: Vec<(String, i64, Option<i64>)>,
    /// Person by account.
    pub accounts: HashMap<String, Option<String>>,
}

pub fn check(fixture: &Fixture, known: &Known) -> Vec<Problem> {
    let mut found = Check { fixture, known, told: told(fixture), problems: Vec::new() };
    found.agencies();
    found.units();
    found.unit_regulations();
    found.people();
    found.devices();
    found.custody();
    found.names();
    found.cases();
    found.activities();
    found.holidays();
    found.problems
}

/// The tables that are referred to, with ids and agencies of the file's own rows.
fn told(fixture: &Fixture) -> Owners {
    let units = fixture.units.iter().map(|row| (("unit", row.id.clone()), row.agency.clone()));
    let people = fixture.people.iter().filter_map(|row| Some((("person", row.id.clone()), row.agency.clone()?)));
    let devices = fixture.devices.iter().map(|row| (("device", row.id.clone()), row.agency.clone()));
    let cases = fixture.cases.iter().map(|row| (("case_file", row.id.clone()), row.agency.clone()));
    let activities = fixture.activities.iter().map(|row| (("activity", row.id.clone()), row.agency.clone()));
    units.chain(people).chain(devices).chain(cases).chain(activities).collect()
}

/// Where in the file.
#[derive(Clone, Copy)]
struct Place(&'static str, usize);

struct Check<'a> {
    fixture: &'a Fixture,
    known: &'a Known,
    told: Owners,
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn wrong(&mut self, Place(section, n): Place, field: &str, problem: Problem) {
        self.problems.push(at(problem.with("field", field), section, n, field));
    }

    fn try_<T>(&mut self, place: Place, field: &str, done: Result<T>) -> Option<T> {
        done.map_err(|problem| self.wrong(place, field, problem)).ok()
    }

    fn text(&mut self, place: Place, field: &str, text: &str, most: usize) {
        self.try_(place, field, field::text(field, text, most));
    }

    fn optional(&mut self, place: Place, field: &str, text: Option<&str>, most: usize) {
        self.try_(place, field, field::optional(field, text, most));
    }

    fn word(&mut self, place: Place, field: &str, word: &str, allowed: &[&str]) {
        self.try_(place, field, field::word(field, word, allowed));
    }

    fn time(&mut self, place: Place, field: &str, text: &str) -> Option<i64> {
        self.try_(place, field, instant(text).and_then(|ms| field::time(field, ms)))
    }

    /// Two instants, the later of which may be missing.
    fn period(&mut self, place: Place, from: (&str, &str), to: (&str, Option<&str>)) -> Option<(i64, Option<i64>)> {
        let began = self.time(place, from.0, from.1);
        let ended = to.1.map(|text| self.time(place, to.0, text));
        let (began, ended) = (began?, ended.map_or(Some(None), |ended| ended.map(Some))?);
        if ended.is_some_and(|ended| ended < began) {
            let problem = Problem::refused(422, "fixture.period").with("from", from.1).with("to", to.1.unwrap_or(""));
            self.wrong(place, to.0, problem);
            return None;
        }
        Some((began, ended))
    }

    /// The second row with a key that must be the only one.
    fn once<K: Eq + std::hash::Hash>(&mut self, seen: &mut HashMap<K, usize>, place: Place, field: &str, key: K) {
        match seen.get(&key) {
            Some(first) => {
                let problem = Problem::refused(422, "fixture.duplicate").with("first", first + 1);
                self.wrong(place, field, problem);
            }
            None => drop(seen.insert(key, place.1)),
        }
    }

    fn agency(&mut self, place: Place, agency: &str) {
        if !self.known.agencies.contains(agency) && !self.fixture.agencies.iter().any(|row| row.id == agency) {
            self.unknown(place, "agency", agency);
        }
    }

    fn unknown(&mut self, place: Place, field: &str, value: &str) {
        let problem = Problem::refused(422, "fixture.unknown").with("value", field::short(value));
        self.wrong(place, field, problem);
    }

    fn owner(&self, table: &'static str, id: &str) -> Option<&String> {
        let key = (table, id.to_owned());
        // What the database says stands: a row that would change agencies is refused on its own line.
        self.known.owners.get(&key).or_else(|| self.told.get(&key))
    }

    /// What a row refers to must be there, and of the same agency.
    fn refers(&mut self, place: Place, field: &str, agency: &str, table: &'static str, id: &str) {
        match self.owner(table, id).cloned() {
            None => self.unknown(place, field, id),
            Some(owner) if owner != agency => {
                let problem = Problem::refused(422, "fixture.other_agency");
                let problem = problem.with("value", field::short(id)).with("agency", owner).with("own", agency);
                self.wrong(place, field, problem);
            }
            Some(_) => {}
        }
    }

    /// An id keeps its agency: what was recorded under it stays that agency's.
    fn stays(&mut self, place: Place, table: &'static str, id: &str, agency: &str) {
        let before = self.known.owners.get(&(table, id.to_owned()));
        if let Some(before) = before.filter(|before| *before != agency).cloned() {
            let problem = Problem::refused(422, "fixture.moved").with("id", field::short(id));
            self.wrong(place, "agency", problem.with("before", before).with("now", agency));
        }
    }

    fn agencies(&mut self) {
        let mut seen = HashMap::new();
        for (n, row) in self.fixture.agencies.iter().enumerate() {
            let place = Place("agencies", n);
            self.text(place, "id", &row.id, CODE_MOST);
            self.once(&mut seen, place, "id", &row.id);
            self.text(place, "name", &row.name, TITLE_MOST);
            self.optional(place, "short_name", row.short_name.as_deref(), NAME_MOST);
            self.profile(place, &row.profile);
        }
    }

    fn profile(&mut self, place: Place, profile: &String) {
        if !self.known.profiles.contains(profile) {
            let problem = Problem::refused(422, "fixture.profile").with("profile", field::short(profile));
            self.wrong(place, "profile", problem.with("known", self.known.profiles.join(", ")));
        }
    }

    fn units(&mut self) {
        let mut seen = HashMap::new();
        let mut parents: HashMap<&str, Option<&str>> =
            self.known.parents.iter().map(|(id, parent)| (id.as_str(), parent.as_deref())).collect();
        parents.extend(self.fixture.units.iter().map(|row| (row.id.as_str(), row.parent.as_deref())));
        for (n, row) in self.fixture.units.iter().enumerate() {
            let place = Place("units", n);
            self.text(place, "id", &row.id, CODE_MOST);
            self.once(&mut seen, place, "id", &row.id);
            self.agency(place, &row.agency);
            self.stays(place, "unit", &row.id, &row.agency);
            self.text(place, "name", &row.name, TITLE_MOST);
            self.text(place, "kind", &row.kind, CODE_MOST);
            let Some(parent) = &row.parent else { continue };
            self.refers(place, "parent", &row.agency, "unit", parent);
            let above = std::iter::successors(Some(parent.as_str()), |id| parents.get(id).copied().flatten());
            if above.take(parents.len() + 1).any(|id| id == row.id) {
                self.wrong(place, "parent", Problem::refused(422, "fixture.unit_circle"));
            }
        }
    }

    fn people(&mut self) {
        let (mut seen, mut accounts) = (HashMap::new(), HashMap::new());
        for (n, row) in self.fixture.people.iter().enumerate() {
            let place = Place("people", n);
            self.text(place, "id", &row.id, CODE_MOST);
            self.once(&mut seen, place, "id", &row.id);
            self.text(place, "name", &row.name, NAME_MOST);
            self.optional(place, "certificate_no", row.certificate_no.as_deref(), CODE_MOST);
            let roles: Vec<Option<Role>> = row.roles.iter().map(|name| Role::parse(name)).collect();
            for (name, role) in row.roles.iter().zip(&roles) {
                if role.is_none() {
                    let problem = Problem::refused(422, "role.unknown").with("role", field::short(name));
                    self.wrong(place, "roles", problem);
                }
            }
            let held: Vec<Role> = roles.iter().copied().flatten().collect();
            if let Err(problem) = people::accounts::apart(&held) {
                self.wrong(place, "roles", problem);
            }
            self.place_of(place, row, &roles);
            if let Some(account) = &row.account {
                self.once(&mut accounts, place, "account", account);
                let other = self.known.accounts.get(account).and_then(Option::as_ref);
                if let Some(other) = other.filter(|other| **other != row.id).cloned() {
                    let problem = Problem::refused(422, "fixture.account_taken").with("person", other);
                    self.wrong(place, "account", problem.with("account", field::short(account)));
                }
            }
        }
    }

    /// 机关与单位 of a person. Only those above all agencies and IT administrators have none, and then an account.
    fn place_of(&mut self, place: Place, row: &Person, roles: &[Option<Role>]) {
        let Some(agency) = &row.agency else {
            use Role::{AuditAdmin, JudicialBureau, SecurityAdmin, SystemAdmin};
            let above = [JudicialBureau, SystemAdmin, SecurityAdmin, AuditAdmin];
            if row.unit.is_some() || roles.iter().flatten().any(|role| !above.contains(role)) {
                self.wrong(place, "agency", Problem::refused(422, "field.required"));
            }
            if row.account.is_none() {
                self.wrong(place, "account", Problem::refused(422, "field.required"));
            }
            return;
        };
        self.agency(place, agency);
        self.stays(place, "person", &row.id, agency);
        if let Some(unit) = &row.unit {
            self.refers(place, "unit", agency, "unit", unit);
        }
    }

    fn cases(&mut self) {
        let mut seen = HashMap::new();
        for (n, row) in self.fixture.cases.iter().enumerate() {
            let place = Place("cases", n);
            self.text(place, "id", &row.id, CODE_MOST);
            self.once(&mut seen, place, "id", &row.id);
            self.agency(place, &row.agency);
            self.stays(place, "case_file", &row.id, &row.agency);
            self.text(place, "number", &row.number, CODE_MOST);
            self.text(place, "title", &row.title, TITLE_MOST);
            if let Some(day) = &row.closed_on {
                self.time(place, "closed_on", day);
            }
        }
    }

    fn activities(&mut self) {
        let occasions = field::occasions();
        let grounds: Vec<&str> = Ground::ALL.iter().map(|ground| ground.code()).collect();
        let (mut seen, bound) = (HashMap::new(), bound::of(self.fixture, self.known));
        for (n, row) in self.fixture.activities.iter().enumerate() {
            let place = Place("activities", n);
            self.text(place, "id", &row.id, CODE_MOST);
            self.once(&mut seen, place, "id", &row.id);
            self.agency(place, &row.agency);
            self.stays(place, "activity", &row.id, &row.agency);
            self.text(place, "title", &row.title, TITLE_MOST);
            self.word(place, "occasion", &row.occasion, &occasions);
            self.optional(place, "place", row.place.as_deref(), TITLE_MOST);
            self.optional(place, "party", row.party.as_deref(), TITLE_MOST);
            self.optional(place, "joint_no", row.joint_no.as_deref(), CODE_MOST);
            let period = self.period(place, ("began", &row.began), ("ended", row.ended.as_deref()));
            if let (Some((began, _)), Some(unit)) = (period, &row.unit)
                && bound::is_unbound(&bound, unit, began)
            {
                let day = tiezheng_rules::time::legal_day(began).to_string();
                let problem = Problem::refused(422, "activity.unit_unbound").with("day", day);
                self.wrong(place, "unit", problem.with("unit", field::short(unit)));
            }
            for ground in &row.grounds {
                self.word(place, "grounds", ground, &grounds);
            }
            self.references(place, row);
        }
    }

    fn references(&mut self, place: Place, row: &Activity) {
        for (field, table, ids) in [
            ("unit", "unit", row.unit.as_slice()),
            ("case", "case_file", row.case.as_slice()),
            ("officers", "person", &row.officers),
            ("devices", "device", &row.devices),
        ] {
            for (at, id) in ids.iter().enumerate() {
                if ids[..at].contains(id) {
                    let problem = Problem::refused(422, "fixture.twice").with("value", field::short(id));
                    self.wrong(place, field, problem);
                }
                self.refers(place, field, &row.agency, table, id);
            }
        }
    }

    fn holidays(&mut self) {
        let mut seen = HashMap::new();
        for (n, row) in self.fixture.holidays.iter().enumerate() {
            let place = Place("holidays", n);
            if row.date.len() != 10 || row.date.parse::<jiff::civil::Date>().is_err() {
                let problem = Problem::refused(422, "fixture.day").with("text", field::short(&row.date));
                self.wrong(place, "date", problem);
            }
            self.once(&mut seen, place, "date", &row.date);
            self.optional(place, "note", row.note.as_deref(), TITLE_MOST);
        }
    }
}
