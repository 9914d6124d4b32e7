//! One cell of a ledger: text of any width, days in four spellings, prices as people write them. Pure.

use jiff::civil::Date;

use super::words::WORDS;
use crate::error::Problem;
use crate::field;

/// What a cell holds. A formula counts as the value the program that saved it had for it.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Cell {
    #[default]
    Empty,
    Text(String),
    Number(f64),
    Day(Date),
}

/// Excel counts days from here (its year 1900 has a 29 February).
const EXCEL_ZERO: Date = jiff::civil::date(1899, 12, 30);
/// 1954 to 2119: a number outside is no day.
const SERIAL_DAYS: std::ops::RangeInclusive<f64> = 20_000.0..=80_000.0;
/// Excel keeps fifteen digits of a number; of a longer one the last are lost.
const DIGITS_KEPT: f64 = 1e15;
const PRICE_FEN_MOST: i64 = 1_000_000_000_000;
const GB_MOST: f64 = 1_000_000.0;

/// Full width to half width, runs of white space to one blank, nothing invisible.
pub fn fold(text: &str) -> String {
    let narrow = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3000}' | '\u{a0}' => ' ',
        c => c,
    };
    let seen = text.chars().map(narrow).filter(|c| c.is_whitespace() || !(field::is_hidden(*c) || *c == '\u{200b}'));
    let text: String = seen.collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn wrong(code: &str, value: &str) -> Problem {
    Problem::refused(422, code).with("value", field::short(value))
}

impl Cell {
    pub fn is_empty(&self) -> bool {
        match self {
            Cell::Empty => true,
            Cell::Text(text) => fold(text).is_empty(),
            Cell::Number(_) | Cell::Day(_) => false,
        }
    }

    /// As people read it.
    pub fn shown(&self) -> String {
        match self {
            Cell::Empty => String::new(),
            Cell::Text(text) => fold(text),
            Cell::Number(number) if number.fract() == 0.0 && number.abs() < DIGITS_KEPT => format!("{number:.0}"),
            Cell::Number(number) => number.to_string(),
            Cell::Day(day) => day.to_string(),
        }
    }

    /// A number or name that must be kept digit by digit.
    ///
    /// # Errors
    /// `import.digits_lost`.
    pub fn code(&self) -> Result<String, Problem> {
        match self {
            Cell::Number(number) if number.abs() >= DIGITS_KEPT => Err(wrong("import.digits_lost", &self.shown())),
            _ => Ok(self.shown()),
        }
    }

    /// `2024-01-05`, `2024/1/5`, `2024.1.5`, `2024年1月5日`, `20240105`, with or without a time behind it, a cell of days, or the
    /// number Excel has for a day.
    ///
    /// # Errors
    /// `import.date`.
    pub fn day(&self) -> Result<Option<Date>, Problem> {
        match self {
            Cell::Empty => Ok(None),
            Cell::Day(day) => Ok(Some(*day)),
            Cell::Number(number) => {
                let found = of_serial(*number).or_else(|| written(&self.shown()));
                found.map(Some).ok_or_else(|| wrong("import.date", &self.shown()))
            }
            Cell::Text(text) => match fold(text) {
                text if text.is_empty() => Ok(None),
                text => {
                    let serial = text.parse().ok().and_then(of_serial);
                    written(&text).or(serial).map(Some).ok_or_else(|| wrong("import.date", &text))
                }
            },
        }
    }

    /// A price in fen. `in_wan`: the heading says that the column counts in ten thousand yuan.
    ///
    /// # Errors
    /// `import.price`.
    pub fn price(&self, in_wan: bool) -> Result<Option<i64>, Problem> {
        let (yuan, wan) = match self {
            Cell::Empty => return Ok(None),
            Cell::Number(number) => (*number, false),
            Cell::Day(_) => return Err(wrong("import.price", &self.shown())),
            Cell::Text(text) => {
                let mut left = fold(text).to_lowercase();
                if left.is_empty() {
                    return Ok(None);
                }
                let wan = WORDS.price.wan.iter().find(|word| left.contains(word.as_str()));
                let has_wan = wan.is_some();
                for mark in wan.into_iter().chain(&WORDS.price.marks) {
                    left = left.replace(mark.as_str(), "");
                }
                let plain = !left.is_empty() && left.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
                let number = left.parse::<f64>().ok().filter(|_| plain);
                (number.ok_or_else(|| wrong("import.price", text))?, has_wan)
            }
        };
        let fen = yuan * if in_wan || wan { 1_000_000.0 } else { 100.0 };
        let whole = fen.round();
        if !(0.0..=PRICE_FEN_MOST as f64).contains(&whole) || (fen - whole).abs() > 0.01 {
            return Err(wrong("import.price", &self.shown()));
        }
        Ok(Some(whole as i64))
    }

    /// `64`, `64G`, `64 GB`, `1T`: in gigabytes.
    ///
    /// # Errors
    /// `import.capacity`.
    pub fn gigabytes(&self) -> Result<Option<i64>, Problem> {
        let text = self.shown().to_ascii_lowercase();
        if text.is_empty() {
            return Ok(None);
        }
        let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
        let factor = match text[digits.len()..].trim() {
            "" | "g" | "gb" => 1.0,
            "t" | "tb" => 1024.0,
            _ => return Err(wrong("import.capacity", &text)),
        };
        let number: Option<f64> = digits.trim().parse().ok();
        let number = number.map(|number| number * factor).filter(|number| (1.0..=GB_MOST).contains(number));
        number.map(|number| Some(number as i64)).ok_or_else(|| wrong("import.capacity", &text))
    }
}

fn of_serial(number: f64) -> Option<Date> {
    if !SERIAL_DAYS.contains(&number) {
        return None;
    }
    EXCEL_ZERO.checked_add(jiff::Span::new().days(number.floor() as i64)).ok()
}

/// A day in figures, year first.
fn written(text: &str) -> Option<Date> {
    let (year, month, day) = if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        (text[..4].to_owned(), text[4..6].to_owned(), text[6..].to_owned())
    } else {
        let mut parts = text.splitn(3, ['-', '/', '.', '\u{5e74}', '\u{6708}']);
        let (year, month, rest) = (parts.next()?, parts.next()?, parts.next()?);
        let rest = rest.trim();
        let day: String = rest.chars().take_while(char::is_ascii_digit).collect();
        // Behind the day: its word, a time, or nothing.
        let behind = rest[day.len()..].trim_start_matches('\u{65e5}').trim_start_matches('T').trim();
        if !behind.chars().all(|c| c.is_ascii_digit() || matches!(c, ':' | '.' | '+' | 'Z')) {
            return None;
        }
        (year.trim().to_owned(), month.trim().to_owned(), day)
    };
    let number = |text: &str, digits: std::ops::RangeInclusive<usize>| {
        let plain = digits.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<i16>().ok().filter(|_| plain)
    };
    let (month, day) = (number(&month, 1..=2)?, number(&day, 1..=2)?);
    let date = Date::new(number(&year, 4..=4)?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    (1950..=2100).contains(&date.year()).then_some(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }

    #[test]
    fn days_in_every_spelling() {
        for (cell, expected) in [
            (text("2024-01-05"), Some("2024-01-05")),
            (text(" 2024/1/5 "), Some("2024-01-05")),
            (text("2024.1.5"), Some("2024-01-05")),
            (text("2024年1月5日"), Some("2024-01-05")),
            (text("２０２４年０１月０５日"), Some("2024-01-05")),
            (text("20240105"), Some("2024-01-05")),
            (text("2024-01-05 08:30:00"), Some("2024-01-05")),
            (text("2024-01-05T00:00:00"), Some("2024-01-05")),
            (text("45296"), Some("2024-01-05")),
            (Cell::Number(45_296.0), Some("2024-01-05")),
            (Cell::Number(45_296.75), Some("2024-01-05")),
            (Cell::Number(20_240_105.0), Some("2024-01-05")),
            (text("2024年1月"), None),
            (text("24-1-5"), None),
            (text("2024-02-30"), None),
            (text("5/1/2024"), None),
            (text("2024-1-5 左右"), None),
            (text("不详"), None),
            (text("1024-1-5"), None),
            (Cell::Number(3.0), None),
            (Cell::Number(f64::NAN), None),
        ] {
            let found = cell.day();
            match expected {
                Some(expected) => assert_eq!(found.unwrap().unwrap().to_string(), expected, "{cell:?}"),
                None => assert_eq!(found.unwrap_err().code, "import.date", "{cell:?}"),
            }
        }
        assert_eq!(text(" \u{3000}").day().unwrap(), None);
        assert_eq!(Cell::Empty.day().unwrap(), None);
    }

    #[test]
    fn prices_as_people_write_them() {
        for (cell, wan, expected) in [
            (text("3200"), false, Some(320_000)),
            (text("3,200.00元"), false, Some(320_000)),
            (text("￥３，２００．５０"), false, Some(320_050)),
            (text("人民币 3200 元整"), false, Some(320_000)),
            (text("0.32万元"), false, Some(320_000)),
            (text("0.32"), true, Some(320_000)),
            (Cell::Number(0.1 + 0.2), false, Some(30)),
            (Cell::Number(3199.99), false, Some(319_999)),
            (Cell::Number(0.0), false, Some(0)),
            (Cell::Number(1.005), false, None),
            (Cell::Number(-1.0), false, None),
            (Cell::Number(f64::INFINITY), false, None),
            (Cell::Number(1e12), false, None),
            (text("约3000"), false, None),
            (text("-5"), false, None),
            (text("1e5"), false, None),
            (text("元"), false, None),
            (text("3.2.1"), false, None),
        ] {
            let found = cell.price(wan);
            match expected {
                Some(expected) => assert_eq!(found.unwrap(), Some(expected), "{cell:?}"),
                None => assert_eq!(found.unwrap_err().code, "import.price", "{cell:?}"),
            }
        }
        assert_eq!(text("  ").price(false).unwrap(), None);
    }

    #[test]
    fn numbers_keep_their_digits_or_are_refused() {
        for (cell, expected) in [
            (text(" Ａ９－２２０３ "), Some("A9-2203")),
            (text("00471"), Some("00471")),
            (Cell::Number(471.0), Some("471")),
            (Cell::Number(123_456_789_012_345.0), Some("123456789012345")),
            (Cell::Number(1_234_567_890_123_456.0), None),
            (Cell::Empty, Some("")),
        ] {
            assert_eq!(cell.code().ok().as_deref(), expected, "{cell:?}");
        }
        for (cell, expected) in [
            (text("64G"), Some(64)),
            (text("64 GB"), Some(64)),
            (text("1T"), Some(1024)),
            (Cell::Number(128.0), Some(128)),
            (text("很大"), None),
            (text("64MB"), None),
            (text("0"), None),
        ] {
            assert_eq!(cell.gigabytes().ok().flatten(), expected, "{cell:?}");
        }
    }
}
