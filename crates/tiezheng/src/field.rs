//! Fields of bodies, queries and files: what a text, a time or a word may be, said once for all rooms.
//!
//! A refusal names the field as the caller wrote it, so that pages can mark it and scripts can find it.

use tiezheng_rules::vocab::Occasion;

use crate::error::{Problem, Result};

/// Longest texts, in characters.
pub const TITLE_MOST: usize = 200;
pub const NAME_MOST: usize = 100;
/// Ids, serial and certificate numbers, codes in file names.
pub const CODE_MOST: usize = 100;
pub const REASON_MOST: usize = 1000;

/// 2000-01-01 and 2200-01-01, UTC: no recording is older than its camera, and arithmetic on dates stays sound.
pub const TIME_LEAST_MS: i64 = 946_684_800_000;
pub const TIME_MOST_MS: i64 = 7_258_118_400_000;

/// A text that must be there: trimmed, on one line, of at most so many characters.
///
/// # Errors
/// `field.required`, `field.too_long`, `field.control`.
pub fn text(field: &str, text: &str, most: usize) -> Result<String> {
    optional(field, Some(text), most)?.ok_or_else(|| Problem::invalid(field, "field.required"))
}

/// The same where it may be left out; blank is left out. Line breaks of a text area become blanks.
pub fn optional(field: &str, text: Option<&str>, most: usize) -> Result<Option<String>> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    if text.chars().count() > most {
        return Err(Problem::invalid(field, "field.too_long").with("most", most));
    }
    let one_line = text.replace(['\r', '\n', '\t'], " ");
    if one_line.chars().any(is_hidden) {
        return Err(Problem::invalid(field, "field.control"));
    }
    Ok(Some(one_line))
}

/// Characters that are not seen and change what is: controls, and what turns the direction of writing.
pub fn is_hidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// An instant in UTC milliseconds, within two centuries.
///
/// # Errors
/// `field.time`.
pub fn time(field: &str, ms: i64) -> Result<i64> {
    if (TIME_LEAST_MS..TIME_MOST_MS).contains(&ms) { Ok(ms) } else { Err(Problem::invalid(field, "field.time")) }
}

/// Longest address of RFC 5321.
const EMAIL_MOST: usize = 254;

/// 电子邮箱: one plain address, `name@host`, without a display name; blank is none. Quoted names and those beyond ASCII
/// are refused: not every server takes them, and none is ever asked to read between quotes.
///
/// # Errors
/// `field.email`.
pub fn email(field: &str, text: &str) -> Result<Option<String>> {
    let text = text.trim();
    let plain = text.len() <= EMAIL_MOST && text.chars().all(|c| c.is_ascii_graphic() && !"\"<>(),:;[]\\".contains(c));
    match text {
        "" => Ok(None),
        text if plain && text.parse::<lettre::Address>().is_ok() => Ok(Some(text.to_owned())),
        _ => Err(Problem::invalid(field, "field.email").with("value", short(text))),
    }
}

/// A word of a closed set.
///
/// # Errors
/// `field.not_allowed`, with the value (its beginning) and all that is allowed.
pub fn word(field: &str, word: &str, allowed: &[&str]) -> Result<()> {
    if allowed.contains(&word) {
        return Ok(());
    }
    Err(Problem::invalid(field, "field.not_allowed").with("value", short(word)).with("allowed", allowed.join(", ")))
}

/// The same for a filter: left out or empty, it filters nothing.
pub fn filter(field: &str, word: Option<&str>, allowed: &[&str]) -> Result<()> {
    word.filter(|word| !word.is_empty()).map_or(Ok(()), |found| self::word(field, found, allowed))
}

/// 记录情形 (requirements §3.6).
pub fn occasions() -> Vec<&'static str> {
    Occasion::ALL.iter().map(|occasion| occasion.code()).collect()
}

/// The beginning of a value that is told back.
pub fn short(value: &str) -> String {
    value.chars().take(CODE_MOST).collect()
}

/// `began_ms~id` of a list that is ordered by time.
///
/// # Errors
/// `request.cursor`, with the value.
pub fn cursor_by_time(cursor: Option<&str>) -> Result<Option<(i64, String)>> {
    let Some(cursor) = cursor else { return Ok(None) };
    let parts = cursor.split_once('~').and_then(|(ms, id)| Some((ms.parse::<i64>().ok()?, id)));
    match parts.filter(|(_, id)| !id.is_empty() && !id.chars().any(is_hidden)) {
        Some((ms, id)) => Ok(Some((ms, id.to_owned()))),
        None => Err(wrong_cursor(cursor)),
    }
}

/// The last id of the page before, in a list whose ids we gave ourselves.
pub fn cursor_by_id(cursor: Option<&str>) -> Result<Option<&str>> {
    match cursor {
        Some(cursor) if uuid::Uuid::try_parse(cursor).is_err() => Err(wrong_cursor(cursor)),
        cursor => Ok(cursor),
    }
}

fn wrong_cursor(cursor: &str) -> Problem {
    Problem::refused(422, "request.cursor").with("value", short(cursor))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code<T>(done: Result<T>) -> Option<String> {
        done.err().map(|problem| problem.code)
    }

    #[test]
    fn texts_are_trimmed_and_bounded() {
        for (given, expected) in [
            ("  现场检查 ", Ok("现场检查")),
            ("一行\n二行", Ok("一行 二行")),
            ("", Err("field.required")),
            (" \n\t ", Err("field.required")),
            ("ab\u{7}", Err("field.control")),
            ("a\u{202e}gp", Err("field.control")),
            ("a\u{0}b", Err("field.control")),
            ("超过五个字了", Err("field.too_long")),
        ] {
            let found = text("title", given, 5);
            match expected {
                Ok(expected) => assert_eq!(found.unwrap(), expected),
                Err(expected) => assert_eq!(code(found).as_deref(), Some(expected), "{given:?}"),
            }
        }
        assert_eq!(optional("place", Some("  "), 5).unwrap(), None);
        assert_eq!(optional("place", None, 5).unwrap(), None);
    }

    #[test]
    fn an_address_is_one_plain_address() {
        for good in ["zhang.wei@example.gov.cn", "a+b@x.cn", " x@y.example "] {
            assert_eq!(email("email", good).unwrap().as_deref(), Some(good.trim()), "{good}");
        }
        assert_eq!(email("email", "  ").unwrap(), None);
        let long = format!("{}@example.cn", "a".repeat(250));
        for bad in [
            "x",
            "@",
            "x@",
            "@y",
            "a b@y.cn",
            "a@b@c.cn",
            "x@y.cn\r\nBcc: z@y.cn",
            "x@y.cn, z@y.cn",
            "<x@y.cn>",
            "X <x@y.cn>",
            "\"a b\"@y.cn",
            "张@y.cn",
            "x@y..cn",
            "x@[127.0.0.1]",
            "a\0@y.cn",
            &long,
        ] {
            assert_eq!(code(email("email", bad)).as_deref(), Some("field.email"), "{bad:?}");
        }
    }

    #[test]
    fn times_lie_within_two_centuries() {
        for (ms, good) in [
            (TIME_LEAST_MS - 1, false),
            (TIME_LEAST_MS, true),
            (TIME_MOST_MS - 1, true),
            (TIME_MOST_MS, false),
            (i64::MAX, false),
            (i64::MIN, false),
        ] {
            assert_eq!(time("began_ms", ms).is_ok(), good, "{ms}");
        }
    }

    #[test]
    fn words_are_named_with_what_is_allowed() {
        let problem = word("sort", "best", &["newest", "oldest"]).unwrap_err();
        assert_eq!((&problem.params["value"], &problem.params["allowed"]), (&"best".into(), &"newest, oldest".into()));
        assert!(filter("sort", Some(""), &["newest"]).is_ok() && filter("sort", None, &["newest"]).is_ok());
        assert!(word("occasion", "inspection", &occasions()).is_ok());
        assert_eq!(code(word("occasion", "party", &occasions())).as_deref(), Some("field.not_allowed"));
    }

    #[test]
    fn a_broken_cursor_is_no_first_page() {
        assert_eq!(cursor_by_time(Some("12~id")).unwrap(), Some((12, "id".to_owned())));
        assert!(cursor_by_time(None).unwrap().is_none() && cursor_by_id(None).unwrap().is_none());
        for broken in ["", "x", "x~y", "12", "12~", "~id", "99999999999999999999~id"] {
            assert_eq!(code(cursor_by_time(Some(broken))).as_deref(), Some("request.cursor"), "{broken}");
            assert_eq!(code(cursor_by_id(Some(broken))).as_deref(), Some("request.cursor"), "{broken}");
        }
    }
}
