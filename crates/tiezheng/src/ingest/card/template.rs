//! 命名模板: the small language in which a card profile describes folders and names. No regular expressions.
//!
//! `#` one digit · `*` any run within one name · `{part}` a named part · `{part?}` the same, or nothing · anything else
//! stands for itself, letters of either case. Matching is bounded: (template length × name length) steps at most,
//! because a failed (template position, name position) is never tried again.

use jiff::civil::{Date, DateTime, Time};
use serde::Deserialize;

use super::when;

/// Longest template and longest name looked at. A longer name is not read; its file is sealed all the same.
pub const TEMPLATE_CHARS_MAX: usize = 120;
pub const NAME_BYTES_MAX: usize = 512;

/// 命名要素: what a profile can find in a name.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    Officer,
    Device,
    /// Date and time together; a second one is the end.
    Stamp,
    Date,
    Time,
    Seq,
    Mark,
    Text,
}

impl Part {
    pub fn named(name: &str) -> Option<Part> {
        Some(match name {
            "officer" => Part::Officer,
            "device" => Part::Device,
            "stamp" => Part::Stamp,
            "date" => Part::Date,
            "time" => Part::Time,
            "seq" => Part::Seq,
            "mark" => Part::Mark,
            "text" => Part::Text,
            _ => return None,
        })
    }
}

/// 编号样式: how an agency's codes look: an optional fixed beginning, then letters, digits, or Chinese characters.
/// Each range is inclusive `[least, most]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    #[serde(default)]
    pub prefix: String,
    #[serde(default)]
    pub letters: [usize; 2],
    #[serde(default)]
    pub digits: [usize; 2],
    #[serde(default)]
    pub han: [usize; 2],
}

impl Shape {
    pub fn fits(&self, text: &str) -> bool {
        let Some(head) = text.get(..self.prefix.len()) else {
            return false;
        };
        if !head.eq_ignore_ascii_case(&self.prefix) {
            return false;
        }
        let mut rest = text[self.prefix.len()..].chars().peekable();
        let mut run = |kind: fn(&char) -> bool| std::iter::from_fn(|| rest.next_if(kind)).count();
        let letters = run(char::is_ascii_alphabetic);
        let digits = run(char::is_ascii_digit);
        let han = run(|c| ('\u{4e00}'..='\u{9fff}').contains(c));
        let within = |count: usize, range: [usize; 2]| range[0] <= count && count <= range[1];
        rest.peek().is_none()
            && !text.is_empty()
            && within(letters, self.letters)
            && within(digits, self.digits)
            && within(han, self.han)
    }
}

/// What a profile knows about its parts: shapes of codes and the words that mark a recording as key.
#[derive(Clone, Debug, Default)]
pub struct Words {
    pub officer: Vec<Shape>,
    pub device: Vec<Shape>,
    pub seq_digits: [usize; 2],
    pub marks: Vec<String>,
}

/// One part as found.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    Officer(String),
    Device(String),
    Stamp(DateTime),
    Date(Date),
    Time(Time),
    Seq(u64),
    Mark(String),
    Text,
}

#[derive(Clone, Debug, PartialEq)]
enum Piece {
    Literal(char),
    Digit,
    Any,
    Part { part: Part, optional: bool },
}

#[derive(Clone, Debug)]
pub struct Template(Vec<Piece>);

#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum TemplateError {
    #[error("card.template.too_long")]
    TooLong,
    #[error("card.template.unclosed")]
    Unclosed,
    #[error("card.template.unknown_part")]
    UnknownPart,
    #[error("card.template.empty")]
    Empty,
}

impl Template {
    pub fn parse(text: &str) -> Result<Template, TemplateError> {
        if text.is_empty() {
            return Err(TemplateError::Empty);
        }
        if text.chars().count() > TEMPLATE_CHARS_MAX {
            return Err(TemplateError::TooLong);
        }
        let mut pieces = Vec::new();
        let mut rest = text.chars();
        while let Some(c) = rest.next() {
            pieces.push(match c {
                '#' => Piece::Digit,
                '*' => Piece::Any,
                '{' => {
                    let (name, after) = rest.as_str().split_once('}').ok_or(TemplateError::Unclosed)?;
                    rest = after.chars();
                    let optional = name.ends_with('?');
                    let part = Part::named(name.trim_end_matches('?')).ok_or(TemplateError::UnknownPart)?;
                    Piece::Part { part, optional }
                }
                '}' => return Err(TemplateError::Unclosed),
                c => Piece::Literal(c),
            });
        }
        Ok(Template(pieces))
    }

    /// The parts of `text`, or `None` when the whole of it does not fit. The longest reading of each part wins.
    pub fn read(&self, words: &Words, text: &str) -> Option<Vec<Found>> {
        if text.len() > NAME_BYTES_MAX || !self.may_fit(text) {
            return None;
        }
        let width = text.len() + 1;
        let mut search =
            Search { words, text, width, failed: vec![false; (self.0.len() + 1) * width], found: Vec::new() };
        search.fits(&self.0, 0).then_some(search.found)
    }
}

impl Template {
    /// Most names fail at one of their ends; this spares them the search.
    fn may_fit(&self, text: &str) -> bool {
        let same = |piece: Option<&Piece>, end: Option<char>| match piece {
            Some(Piece::Literal(c)) => end.is_some_and(|end| end.eq_ignore_ascii_case(c)),
            _ => true,
        };
        same(self.0.first(), text.chars().next()) && same(self.0.last(), text.chars().next_back())
    }
}

struct Search<'a> {
    words: &'a Words,
    text: &'a str,
    width: usize,
    failed: Vec<bool>,
    found: Vec<Found>,
}

impl Search<'_> {
    fn fits(&mut self, pieces: &[Piece], at: usize) -> bool {
        let Some((piece, after)) = pieces.split_first() else {
            return at == self.text.len();
        };
        let slot = pieces.len() * self.width + at;
        if self.failed[slot] {
            return false;
        }
        let rest = &self.text[at..];
        let next = rest.chars().next();
        let fits = match piece {
            Piece::Literal(c) => next.is_some_and(|n| n.eq_ignore_ascii_case(c)) && self.fits(after, at + c_len(next)),
            Piece::Digit => next.is_some_and(|n| n.is_ascii_digit()) && self.fits(after, at + 1),
            Piece::Any => ends(rest).into_iter().rev().any(|len| self.fits(after, at + len)),
            Piece::Part { part, optional } => {
                readings(self.words, *part, rest).into_iter().any(|(len, found)| {
                    self.found.push(found);
                    let fits = self.fits(after, at + len);
                    if !fits {
                        self.found.pop();
                    }
                    fits
                }) || (*optional && self.fits(after, at))
            }
        };
        self.failed[slot] = !fits;
        fits
    }
}

fn c_len(next: Option<char>) -> usize {
    next.map_or(0, char::len_utf8)
}

/// Every length at which `text` can be cut: 0, after each character, whole.
fn ends(text: &str) -> Vec<usize> {
    text.char_indices().map(|(at, _)| at).chain([text.len()]).collect()
}

/// Every way `part` can begin at the start of `text`, longest first.
fn readings(words: &Words, part: Part, text: &str) -> Vec<(usize, Found)> {
    let bytes = text.as_bytes();
    // Codes are short: 40 bytes hold any of them, and keep a long name from costing its square.
    let cuts = || ends(text).into_iter().filter(|len| (1..=40).contains(len)).rev();
    match part {
        Part::Stamp => when::stamps(bytes).into_iter().map(|(len, at)| (len, Found::Stamp(at))).collect(),
        Part::Date => when::dates(bytes).into_iter().map(|(len, day)| (len, Found::Date(day))).collect(),
        Part::Time => when::times(bytes).into_iter().map(|(len, time)| (len, Found::Time(time))).collect(),
        Part::Officer => coded(&words.officer, cuts(), text, Found::Officer),
        Part::Device => coded(&words.device, cuts(), text, Found::Device),
        Part::Seq => cuts().filter_map(|len| Some((len, Found::Seq(seq(words, &text[..len])?)))).collect(),
        Part::Mark => cuts().filter_map(|len| Some((len, Found::Mark(mark(words, &text[..len])?)))).collect(),
        Part::Text => cuts().map(|len| (len, Found::Text)).collect(),
    }
}

fn coded(
    shapes: &[Shape],
    cuts: impl Iterator<Item = usize>,
    text: &str,
    found: fn(String) -> Found,
) -> Vec<(usize, Found)> {
    cuts.filter(|len| shapes.iter().any(|shape| shape.fits(&text[..*len])))
        .map(|len| (len, found(text[..len].to_owned())))
        .collect()
}

/// A running number of the camera, when `text` is one.
pub fn seq(words: &Words, text: &str) -> Option<u64> {
    let [least, most] = words.seq_digits;
    let fits = (least..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| text.parse().ok()).flatten()
}

/// A mark the profile knows, bare or in brackets: `IMP`, `[IMP]`, `(imp)`.
pub fn mark(words: &Words, text: &str) -> Option<String> {
    let bare = text.trim_matches(['[', ']', '(', ')', '【', '】', '（', '）']);
    words.marks.iter().find(|word| word.eq_ignore_ascii_case(bare)).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Words {
        Words {
            officer: vec![Shape { prefix: "P".into(), digits: [5, 5], ..Shape::default() }],
            device: vec![Shape { prefix: "D".into(), digits: [4, 7], ..Shape::default() }],
            seq_digits: [1, 5],
            marks: vec!["IMP".into(), "!".into()],
        }
    }

    #[track_caller]
    fn check(template: &str, text: &str, expected: Option<usize>) {
        let template = Template::parse(template).expect("a template");
        assert_eq!(template.read(&words(), text).map(|found| found.len()), expected, "{text}");
    }

    #[test]
    fn a_template_fits_the_whole_name_or_not_at_all() {
        check("{device}_{officer}_{stamp}_{seq}{mark?}", "D1234_P00123_20260301150102_0001IMP", Some(5));
        check("{device}_{officer}_{stamp}_{seq}{mark?}", "d1234_p00123_20260301150102_0001", Some(4));
        check("{device}_{officer}_{stamp}_{seq}{mark?}", "D1234_P00123_20260301150102_0001X", None);
        check("VID_{stamp}*", "vid_20260301_150102_HDR", Some(1));
        check("###ANDRO", "100andro", Some(0));
        check("###ANDRO", "10ANDRO", None);
        check("{seq}{seq}", "12", Some(2));
        check("录像{seq}", "录像0007", Some(1));
    }

    #[test]
    fn a_template_that_cannot_be_read_says_why() {
        for (text, error) in [
            ("", TemplateError::Empty),
            ("{date", TemplateError::Unclosed),
            ("date}", TemplateError::Unclosed),
            ("{badge}", TemplateError::UnknownPart),
        ] {
            assert_eq!(Template::parse(text).expect_err(text), error);
        }
        assert_eq!(Template::parse(&"a".repeat(121)).expect_err("long"), TemplateError::TooLong);
    }

    #[test]
    fn stars_over_a_long_name_stay_cheap() {
        // 2^500 ways without the memory of failures.
        check(&format!("{}x", "*".repeat(60)), &"a".repeat(NAME_BYTES_MAX), None);
        check("*", &"a".repeat(NAME_BYTES_MAX + 1), None);
    }
}
