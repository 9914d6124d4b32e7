//! Values as they stand on paper: bounded, legible, the same everywhere.

use typst::foundations::Datetime;

/// No file system gives a name more than 255 bytes; what is longer on paper is cut in the middle
/// and says by how many characters.
const HEAD_CHARS: usize = 300;
const TAIL_CHARS: usize = 60;
/// A run without any place to break a line, longer than this, gets such places.
const RUN_CHARS_MAX: usize = 12;
const CELL_RUN_CHARS_MAX: usize = 3;
const CELL_WORD_CHARS_MAX: usize = 6;
/// A statement of circumstances fills a few pages at most.
const PASSAGE_CHARS_MAX: usize = 4_000;
const PASSAGE_LINES_MAX: usize = 100;
/// Every regulation counts in Beijing time; China has had no other offset since 1991.
const BEIJING_MS: i64 = 8 * 3_600_000;

/// A text somebody else has written, safe to print: bounded, and every character that would be
/// invisible, steer the line (bidirectional overrides) or lack a glyph stands as `\u{202E}`, so that
/// what is read is what is there.
pub(crate) fn legible(raw: &str, shows: impl Fn(char) -> bool) -> String {
    breakable(&bounded(raw, (HEAD_CHARS, TAIL_CHARS), shows), RUN_CHARS_MAX)
}

/// The same in the narrow cell of a table: numbers break behind their hyphens, other words where they must.
pub(crate) fn cell(raw: &str, shows: impl Fn(char) -> bool) -> String {
    let text = bounded(raw, (HEAD_CHARS, TAIL_CHARS), shows);
    let pieces = text.split_inclusive(['-', '_', '/', '.', ' ', '\u{200b}']);
    let piece = |piece: &str| match piece.chars().count() {
        0..=CELL_WORD_CHARS_MAX => piece.to_owned(),
        _ => breakable(piece, CELL_RUN_CHARS_MAX),
    };
    pieces.map(piece).collect::<Vec<_>>().join("\u{200b}")
}

/// The lines of a longer text: what happened, what was decided.
pub(crate) fn passage(raw: &str, shows: impl Fn(char) -> bool) -> Vec<String> {
    let text = raw.replace("\r\n", "\n");
    let mut left = PASSAGE_CHARS_MAX;
    let mut line = |line: &str| {
        let head = left - TAIL_CHARS.min(left);
        left -= line.chars().count().min(left);
        breakable(&bounded(line, (head, TAIL_CHARS), &shows), RUN_CHARS_MAX)
    };
    text.trim().splitn(PASSAGE_LINES_MAX, '\n').map(&mut line).collect()
}

fn bounded(raw: &str, (head_chars, tail_chars): (usize, usize), shows: impl Fn(char) -> bool) -> String {
    let piece = |c: char| {
        if steers(c) || !shows(c) { format!("\u{200b}\\u{{{:X}}}", u32::from(c)) } else { c.to_string() }
    };
    let (head, rest) = fitting(raw.chars(), head_chars, piece);
    let (tail, omitted) = fitting(rest.rev(), tail_chars, piece);
    let mut pieces = head;
    match omitted.count() {
        0 => {}
        count => pieces.push(format!(" [… {count} …] ")),
    }
    pieces.extend(tail.into_iter().rev());
    pieces.concat()
}

/// As many pieces as have room for `chars_max` characters, and what is left of the characters.
fn fitting<I: Iterator<Item = char> + Clone>(
    chars: I,
    chars_max: usize,
    piece: impl Fn(char) -> String,
) -> (Vec<String>, I) {
    let (mut pieces, mut rest, mut used) = (Vec::new(), chars.clone(), 0);
    for c in chars {
        let piece = piece(c);
        used += piece.chars().count();
        if used > chars_max {
            break;
        }
        pieces.push(piece);
        rest.next();
    }
    (pieces, rest)
}

/// Gives long words places to break; Chinese text has one between any two characters.
fn breakable(text: &str, run_chars_max: usize) -> String {
    let mut out = String::new();
    let mut run = 0;
    for c in text.chars() {
        // Brackets and other marks may not stand at a line's edge, not even full-width ones.
        let breaks = c.is_whitespace() || c == '\u{200b}' || matches!(c, '\u{3400}'..='\u{9fff}');
        run = if breaks { 0 } else { run + 1 };
        if run > run_chars_max {
            out.push('\u{200b}');
            run = 1;
        }
        out.push(c);
    }
    out
}

/// Control, formatting and private-use characters: never printed as themselves.
fn steers(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c),
            0xad | 0x61c | 0x180e | 0x200b..=0x200f | 0x2028..=0x202f | 0x205f..=0x206f
            | 0x3164 | 0xfe00..=0xfe0f | 0xfeff | 0xfff9..=0xfffb | 0xe000..=0xf8ff
            | 0xe0000..=0x10ffff)
}

/// `2026-05-06 08:12:33 +08:00`, with milliseconds where there are any. None: not a year of four digits.
pub(crate) fn beijing(utc_ms: i64) -> Option<String> {
    let [year, month, day, hour, minute, second, ms] = civil(utc_ms.checked_add(BEIJING_MS)?)?;
    let fraction = if ms == 0 { String::new() } else { format!(".{ms:03}") };
    Some(format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}{fraction} +08:00"))
}

/// The same instant for the metadata of the document, in UTC.
pub(crate) fn document_date(utc_ms: i64) -> Option<Datetime> {
    let [year, rest @ ..] = civil(utc_ms)?;
    let [month, day, hour, minute, second, _] = rest.map(|part| part as u8);
    Datetime::from_ymd_hms(year as i32, month, day, hour, minute, second)
}

/// Year, month, day, hour, minute, second, millisecond in the Gregorian calendar; years 1000 to 9999.
fn civil(ms: i64) -> Option<[i64; 7]> {
    let (days, ms) = (ms.div_euclid(86_400_000), ms.rem_euclid(86_400_000));
    // Eras of 400 years (146,097 days) counted from 1 March of the year 0.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (1_000..=9_999).contains(&year).then_some([
        year,
        month,
        day,
        ms / 3_600_000,
        ms / 60_000 % 60,
        ms / 1_000 % 60,
        ms % 1_000,
    ])
}

/// `1,572,864 B (1.5 MiB)`: the exact figure first, since it is what is compared.
pub(crate) fn size(bytes: u64) -> String {
    let exact = grouped(bytes);
    let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let Some(power) = bytes.max(1).ilog2().checked_div(10).filter(|p| *p > 0) else {
        return format!("{exact} B");
    };
    let about = bytes as f64 / 1024f64.powi(power as i32);
    format!("{exact} B ({about:.2} {})", units[power as usize - 1])
}

/// `1,572,864`
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_others_stay_legible() {
        let check = |raw: &str, printed: &str| {
            assert_eq!(legible(raw, |c| c != '☃'), printed);
        };
        check("", "");
        check("现场_检查*#[.mp4", "现场_检查*#[.mp4");
        check("a\nb", "a\u{200b}\\u{A}b");
        check("照片\u{202e}4.js", "照片\u{200b}\\u{202E}4.js");
        check("☃", "\u{200b}\\u{2603}");
        check("\u{e000}", "\u{200b}\\u{E000}");
        check(&"x".repeat(13), &format!("{}\u{200b}x", "x".repeat(12)));
        check(&"字".repeat(25), &"字".repeat(25));
        check(&"｛".repeat(13), &format!("{}\u{200b}｛", "｛".repeat(12)));
        check("é".repeat(12).as_str(), &"é".repeat(12));
    }

    #[test]
    fn a_passage_keeps_its_lines() {
        let check = |raw: &str, printed: &[&str]| assert_eq!(passage(raw, |c| c != '☃'), printed);
        check("", &[""]);
        check("一\r\n二\n\n三\n", &["一", "二", "", "三"]);
        check("一\u{2028}☃", &["一\u{200b}\\u{2028}\u{200b}\\u{2603}"]);
        let long = passage(&"字\n".repeat(10_000), |_| true);
        assert_eq!(long.len(), 100);
        assert!(long[99].starts_with("字\u{200b}\\u{A}") && long[99].contains(" …] "), "{}", long[99]);
        let long = passage(&"字".repeat(10_000), |_| true);
        assert!(long[0].contains(" [… 6000 …] "), "{long:?}");
        assert_eq!(cell("RJCG-JLY-D2600101", |_| true), "RJCG-\u{200b}JLY-\u{200b}D26\u{200b}001\u{200b}01");
    }

    #[test]
    fn a_long_text_is_cut_and_says_by_how_much() {
        let printed = legible(&"字".repeat(10_000), |_| true);
        assert!(printed.contains(" [… 9640 …] "));
        assert_eq!(printed.chars().filter(|c| *c == '字').count(), 360);
        assert_eq!(legible(&"字".repeat(360), |_| true), "字".repeat(360));
        // Eight characters stand for each of these.
        let printed = legible(&"\u{202e}".repeat(10_000), |_| true);
        assert_eq!(printed.matches("\\u{202E}").count(), (300 / 9) + (60 / 9));
        assert!(printed.contains(&format!(" [… {} …] ", 10_000 - 33 - 6)));
    }

    #[test]
    fn instants_are_printed_in_beijing_time() {
        let check = |ms: i64, printed: Option<&str>| {
            assert_eq!(beijing(ms).as_deref(), printed);
        };
        check(0, Some("1970-01-01 08:00:00 +08:00"));
        check(-28_800_001, Some("1969-12-31 23:59:59.999 +08:00"));
        check(1_709_164_800_000, Some("2024-02-29 08:00:00 +08:00"));
        check(1_709_222_399_000, Some("2024-02-29 23:59:59 +08:00"));
        check(1_709_222_400_000, Some("2024-03-01 00:00:00 +08:00"));
        check(4_107_542_400_000, Some("2100-03-01 08:00:00 +08:00"));
        check(i64::MAX, None);
        check(i64::MIN, None);
        check(253_402_300_800_000, None);
    }

    #[test]
    fn sizes_are_exact_first() {
        let check = |bytes: u64, printed: &str| assert_eq!(size(bytes), printed);
        check(0, "0 B");
        check(999, "999 B");
        check(1_024, "1,024 B (1.00 KiB)");
        check(1_572_864, "1,572,864 B (1.50 MiB)");
        check(u64::MAX, "18,446,744,073,709,551,615 B (16.00 EiB)");
    }
}
