//! 任意次序的命名: officer, device, time, number and mark in whatever order a maker or an agency chose.
//!
//! A part is reported only when every best reading of the name agrees on it. `010234_020345` can be two officers, two
//! devices or one of each: then neither is claimed, and both stand in `codes` for the registry to decide.

use jiff::civil::DateTime;

use super::{
    template::{self, Found, NAME_BYTES_MAX, Part, Shape, Words},
    when,
};

/// Bounds on one name; beyond them it is not read (the file is sealed all the same).
const TOKENS_MAX: usize = 8;
const READINGS_MAX: usize = 4_000;

/// A list such as `["stamp", "officer", "device?", "seq?", "mark?"]`.
#[derive(Clone, Debug)]
pub struct Free {
    pub parts: Vec<(Part, bool)>,
    pub separators: Vec<char>,
}

/// One way to read the tokens: `choice[i]` is the part that token `i` plays.
#[derive(Clone)]
struct Reading {
    choice: Vec<Option<Part>>,
    /// Codes recognised by a fixed beginning outweigh everything, then the number of parts found.
    weight: (usize, usize),
}

impl Free {
    pub fn read(&self, words: &Words, name: &str) -> Option<Vec<Found>> {
        if name.len() > NAME_BYTES_MAX {
            return None;
        }
        let (mut found, rest) = if self.allows(Part::Stamp) {
            let (stamps, rest) = without_stamps(name);
            (stamps.into_iter().map(Found::Stamp).collect(), rest)
        } else {
            (Vec::new(), name.to_owned())
        };
        let tokens = self.take_marks(words, &rest, &mut found)?;
        let wanted: Vec<Part> = self.parts.iter().map(|(part, _)| *part).filter(|part| is_token(*part)).collect();
        let readings = self.best(words, &tokens, &wanted, &found)?;
        for part in wanted {
            let mut seen: Vec<Option<usize>> =
                readings.iter().map(|reading| reading.choice.iter().position(|choice| *choice == Some(part))).collect();
            seen.sort_unstable();
            seen.dedup();
            if let [Some(at)] = seen[..] {
                found.push(as_found(words, part, &tokens[at])?);
            }
        }
        Some(found)
    }

    fn allows(&self, part: Part) -> bool {
        self.parts.iter().any(|(own, _)| *own == part)
    }

    /// Splits at the separators; marks go to `found`, also glued to a token: `0001IMP`, `0001[IMP]`, `0001!`.
    fn take_marks(&self, words: &Words, rest: &str, found: &mut Vec<Found>) -> Option<Vec<String>> {
        let brackets = ['[', ']', '(', ')', '【', '】', '（', '）', '\0'];
        let cut = |c: char| self.separators.contains(&c) || brackets.contains(&c);
        let mut tokens = Vec::new();
        for token in rest.split(cut).filter(|token| !token.is_empty()) {
            let mut token = token.to_owned();
            if self.allows(Part::Mark) {
                let tail = words.marks.iter().filter(|word| ends_with(&token, word)).max_by_key(|word| word.len());
                // A mark must stand alone or after a digit: `CLIMP` is a word, not a marked `CL`.
                if let Some(word) = tail {
                    let head = &token[..token.len() - word.len()];
                    if head.is_empty() || head.ends_with(|c: char| c.is_ascii_digit()) {
                        found.push(Found::Mark(word.clone()));
                        token.truncate(head.len());
                    }
                }
            }
            if !token.is_empty() {
                tokens.push(token);
            }
        }
        (tokens.len() <= TOKENS_MAX).then_some(tokens)
    }

    /// All readings of greatest weight that use every token and find every required part.
    fn best(&self, words: &Words, tokens: &[String], wanted: &[Part], found: &[Found]) -> Option<Vec<Reading>> {
        let has_stamp = found.iter().any(|part| matches!(part, Found::Stamp(_)));
        let has_mark = found.iter().any(|part| matches!(part, Found::Mark(_)));
        let outside = |part: &Part| (*part == Part::Stamp && has_stamp) || (*part == Part::Mark && has_mark);
        let mut readings = vec![Reading { choice: Vec::new(), weight: (0, 0) }];
        for token in tokens {
            let mut longer = Vec::new();
            for reading in &readings {
                for part in wanted.iter().filter(|part| !reading.choice.contains(&Some(**part))) {
                    if let Some(prefix) = fit(words, *part, token) {
                        longer.push(reading.with(Some(*part), prefix));
                    }
                }
                if self.allows(Part::Text) {
                    longer.push(reading.with(None, 0));
                }
            }
            if longer.is_empty() || longer.len() > READINGS_MAX {
                return None;
            }
            readings = longer;
        }
        readings.retain(|reading| {
            let has = |part: &Part| outside(part) || reading.choice.contains(&Some(*part));
            self.parts.iter().all(|(part, optional)| *optional || has(part))
        });
        let most = readings.iter().map(|reading| reading.weight).max()?;
        readings.retain(|reading| reading.weight == most);
        Some(readings)
    }
}

impl Reading {
    fn with(&self, part: Option<Part>, prefix: usize) -> Reading {
        let mut choice = self.choice.clone();
        choice.push(part);
        Reading { choice, weight: (self.weight.0 + prefix, self.weight.1 + usize::from(part.is_some())) }
    }
}

/// Takes out the dates with times, two at most, leaving NUL in their place. They come first because they are the only
/// part that may itself hold separators: a date and a time side by side are one instant, whatever else could be read.
fn without_stamps(name: &str) -> (Vec<DateTime>, String) {
    let (mut found, mut rest) = (Vec::new(), String::new());
    let (mut at, mut digit_before) = (0, false);
    while let Some(next) = name[at..].chars().next() {
        let stamp = (!digit_before && next.is_ascii_digit() && found.len() < 2)
            .then(|| when::stamps(&name.as_bytes()[at..]))
            .into_iter()
            .flatten()
            .find(|(len, _)| !name[at + len..].starts_with(|c: char| c.is_ascii_digit()));
        if let Some((len, when)) = stamp {
            found.push(when);
            rest.push('\0');
            (at, digit_before) = (at + len, true);
        } else {
            rest.push(next);
            (at, digit_before) = (at + next.len_utf8(), next.is_ascii_digit());
        }
    }
    (found, rest)
}

fn is_token(part: Part) -> bool {
    matches!(part, Part::Officer | Part::Device | Part::Seq | Part::Date | Part::Time)
}

fn ends_with(token: &str, word: &str) -> bool {
    let Some(from) = token.len().checked_sub(word.len()) else {
        return false;
    };
    token.get(from..).is_some_and(|tail| tail.eq_ignore_ascii_case(word))
}

/// Whether `token` can be `part`, and how many bytes of a fixed beginning say so.
fn fit(words: &Words, part: Part, token: &str) -> Option<usize> {
    let coded =
        |shapes: &[Shape]| shapes.iter().filter(|shape| shape.fits(token)).map(|shape| shape.prefix.len()).max();
    match part {
        Part::Officer => coded(&words.officer),
        Part::Device => coded(&words.device),
        part => as_found(words, part, token).map(|_| 0),
    }
}

fn as_found(words: &Words, part: Part, token: &str) -> Option<Found> {
    let whole = |len: usize| len == token.len();
    match part {
        Part::Officer => Some(Found::Officer(token.to_owned())),
        Part::Device => Some(Found::Device(token.to_owned())),
        Part::Seq => template::seq(words, token).map(Found::Seq),
        Part::Date => {
            when::dates(token.as_bytes()).into_iter().find(|(len, _)| whole(*len)).map(|(_, d)| Found::Date(d))
        }
        Part::Time => {
            when::times(token.as_bytes()).into_iter().find(|(len, _)| whole(*len)).map(|(_, t)| Found::Time(t))
        }
        Part::Stamp | Part::Mark | Part::Text => None,
    }
}

fn dated(token: &str) -> bool {
    when::dates(token.as_bytes()).into_iter().any(|(len, _)| len == token.len())
}

/// Every token that looks like a code, for the registry: in order of appearance, each once.
pub fn codes(words: &Words, name: &str) -> Vec<String> {
    let mut codes: Vec<String> = Vec::new();
    let (_, rest) = without_stamps(&name[..name.floor_char_boundary(NAME_BYTES_MAX)]);
    for token in rest.split(|c: char| !c.is_alphanumeric()).take(4 * TOKENS_MAX) {
        let coded = words.officer.iter().chain(&words.device).any(|shape| shape.fits(token));
        if coded && !dated(token) && codes.len() < TOKENS_MAX && !codes.iter().any(|code| code == token) {
            codes.push(token.to_owned());
        }
    }
    codes
}
