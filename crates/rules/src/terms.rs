//! Small values with a notation of their own: citations, periods, retention terms.

use std::fmt;

use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One or several articles, written as `"第十五条第（三）项"` or `["第十五条", "第十五条第（三）项"]`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cites(pub Vec<String>);

impl Serialize for Cites {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Cites {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Cites, D::Error> {
        struct CitesVisitor;
        impl<'de> Visitor<'de> for CitesVisitor {
            type Value = Cites;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an article or a list of articles")
            }
            fn visit_str<E: de::Error>(self, one: &str) -> Result<Cites, E> {
                Ok(Cites(vec![one.to_owned()]))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Cites, A::Error> {
                let mut all = Vec::new();
                while let Some(one) = seq.next_element::<String>()? {
                    all.push(one);
                }
                if all.is_empty() {
                    return Err(de::Error::custom("@article_empty"));
                }
                Ok(Cites(all))
            }
        }
        deserializer.deserialize_any(CitesVisitor)
    }
}

/// A period for handing in or filing: `{ hours = 24 }`, `{ working_days = 2 }`, `{ days = 30 }`, or
/// `"first_moment"` (第一时间: no number in the text).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Within {
    Hours(u32),
    WorkingDays(u32),
    Days(u32),
    FirstMoment,
}

impl Serialize for Within {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (unit, number) = match *self {
            Within::FirstMoment => return serializer.serialize_str("first_moment"),
            Within::Hours(number) => ("hours", number),
            Within::WorkingDays(number) => ("working_days", number),
            Within::Days(number) => ("days", number),
        };
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(unit, &number)?;
        map.end()
    }
}

/// How long is kept: `{ years = 2 }`, `{ months = 6 }`, `{ days = 90 }`, `"case_file"` (随案卷保存时限),
/// `"long_term"` (长期) or `"forever"` (永久).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    Years(u32),
    Months(u32),
    Days(u32),
    CaseFile,
    LongTerm,
    Forever,
}

impl Serialize for Keep {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (unit, number) = match *self {
            Keep::CaseFile => return serializer.serialize_str("case_file"),
            Keep::LongTerm => return serializer.serialize_str("long_term"),
            Keep::Forever => return serializer.serialize_str("forever"),
            Keep::Years(number) => ("years", number),
            Keep::Months(number) => ("months", number),
            Keep::Days(number) => ("days", number),
        };
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(unit, &number)?;
        map.end()
    }
}

/// A word or a table with one unit and its number, as read.
enum Raw {
    Word(String),
    Unit(String, u32),
}

/// Reads `"word"` or `{ unit = number }`; anything else names what is allowed.
fn raw<'de, D: Deserializer<'de>>(deserializer: D, allowed: &'static str) -> Result<Raw, D::Error> {
    struct RawVisitor(&'static str);
    impl<'de> Visitor<'de> for RawVisitor {
        type Value = Raw;
        fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
            f.write_str(self.0)
        }
        fn visit_str<E: de::Error>(self, word: &str) -> Result<Raw, E> {
            Ok(Raw::Word(word.to_owned()))
        }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
            let Some((unit, number)) = map.next_entry::<String, i64>()? else {
                return Err(unit_error(self.0, "{}"));
            };
            if let Some(second) = map.next_key::<String>()? {
                return Err(unit_error(self.0, &format!("{unit} + {second}")));
            }
            match u32::try_from(number) {
                Ok(number @ 1..=100_000) => Ok(Raw::Unit(unit, number)),
                _ => Err(de::Error::custom(format!("@number_range|found={number}|allowed=1–100000"))),
            }
        }
    }
    deserializer.deserialize_any(RawVisitor(allowed))
}

fn unit_error<E: de::Error>(allowed: &str, found: &str) -> E {
    E::custom(format!("@unit|found={found}|allowed={allowed}"))
}

const WITHIN: &str = "hours, working_days, days, \"first_moment\"";
const KEEP: &str = "years, months, days, \"case_file\", \"long_term\", \"forever\"";

impl<'de> Deserialize<'de> for Within {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Within, D::Error> {
        match raw(deserializer, WITHIN)? {
            Raw::Word(word) if word == "first_moment" => Ok(Within::FirstMoment),
            Raw::Word(word) => Err(unit_error(WITHIN, &word)),
            Raw::Unit(unit, number) => match unit.as_str() {
                "hours" => Ok(Within::Hours(number)),
                "working_days" => Ok(Within::WorkingDays(number)),
                "days" => Ok(Within::Days(number)),
                _ => Err(unit_error(WITHIN, &unit)),
            },
        }
    }
}

impl<'de> Deserialize<'de> for Keep {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Keep, D::Error> {
        match raw(deserializer, KEEP)? {
            Raw::Word(word) => match word.as_str() {
                "case_file" => Ok(Keep::CaseFile),
                "long_term" => Ok(Keep::LongTerm),
                "forever" => Ok(Keep::Forever),
                _ => Err(unit_error(KEEP, &word)),
            },
            Raw::Unit(unit, number) => match unit.as_str() {
                "years" => Ok(Keep::Years(number)),
                "months" => Ok(Keep::Months(number)),
                "days" => Ok(Keep::Days(number)),
                _ => Err(unit_error(KEEP, &unit)),
            },
        }
    }
}
