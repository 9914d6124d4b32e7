//! 条款引用: one provision as a lawyer cites it, 第九条第二款, 第六条第（四）项, 第九条第一款第（一）项.
//!
//! An article of one paragraph is cited without 款; of several, every provision names its paragraph. Rows of an annex and
//! cover notices have citations of their own and are taken as they are.

use std::fmt;

/// Article (and which insertion after it, 第四条之一), paragraph (款), item (项) and point (目); 0 where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cite {
    pub article: u32,
    pub inserted: u32,
    pub paragraph: u32,
    pub item: u32,
    pub point: u32,
}

impl Cite {
    /// Reads the official form, and the short one people type: `第九条（一）`, `第9条第2款`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Cite> {
        let (article, rest) = text.strip_prefix('第')?.split_once('条')?;
        let mut cite = Cite { article: number(article)?, inserted: 0, paragraph: 0, item: 0, point: 0 };
        let mut rest = rest;
        if let Some(after) = rest.strip_prefix('之') {
            let (inserted, after) =
                after.split_at(after.find(|c| c == '第' || BRACKETS.contains(&c)).unwrap_or(after.len()));
            (cite.inserted, rest) = (number(inserted)?, after);
        }
        if let Some((paragraph, after)) = numbered(rest, '款') {
            (cite.paragraph, rest) = (number(paragraph)?, after);
        }
        if let Some((item, after)) = numbered(rest, '项') {
            (cite.item, rest) = (number(item.trim_matches(BRACKETS))?, after);
        } else if rest.starts_with(BRACKETS) {
            let (item, after) = rest.trim_start_matches(BRACKETS).split_once(BRACKETS)?;
            (cite.item, rest) = (number(item)?, after);
        }
        if !rest.is_empty() {
            let point = numbered(rest, '目').filter(|(_, after)| after.is_empty()).map_or(rest, |(point, _)| point);
            cite.point = number(point)?;
        }
        Some(cite)
    }

    /// Whether another provision is this one or lies within it.
    #[must_use]
    pub fn holds(&self, other: &Cite) -> bool {
        let within = |mine: u32, other: u32| mine == 0 || mine == other;
        (self.article, self.inserted) == (other.article, other.inserted)
            && within(self.paragraph, other.paragraph)
            && within(self.item, other.item)
            && within(self.point, other.point)
    }

    /// `Art. 9 ¶1(1)`: the same for readers of English.
    #[must_use]
    pub fn english(&self) -> String {
        let inserted = if self.inserted > 0 { format!("-{}", self.inserted) } else { String::new() };
        let paragraph = if self.paragraph > 0 { format!(" ¶{}", self.paragraph) } else { String::new() };
        let item = if self.item > 0 { format!("({})", self.item) } else { String::new() };
        let point = if self.point > 0 { self.point.to_string() } else { String::new() };
        format!("Art. {}{inserted}{paragraph}{item}{point}", self.article)
    }
}

/// The official form: numbers in characters, items in brackets, points in digits.
impl fmt::Display for Cite {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "第{}条", characters(self.article))?;
        if self.inserted > 0 {
            write!(f, "之{}", characters(self.inserted))?;
        }
        if self.paragraph > 0 {
            write!(f, "第{}款", characters(self.paragraph))?;
        }
        if self.item > 0 {
            write!(f, "第（{}）项", characters(self.item))?;
        }
        if self.point > 0 {
            write!(f, "第{}目", self.point)?;
        }
        Ok(())
    }
}

/// A citation for readers of English; one that is no article (`附件第3行`) by its catalogue number.
#[must_use]
pub fn english(cite: &str, no: &str) -> String {
    match (Cite::parse(cite), no.strip_prefix('R')) {
        (Some(cite), _) => cite.english(),
        (None, Some(row)) => format!("Annex row {row}"),
        (None, None) => no.to_owned(),
    }
}

const BRACKETS: [char; 4] = ['（', '）', '(', ')'];
const DIGITS: [char; 10] = ['〇', '一', '二', '三', '四', '五', '六', '七', '八', '九'];

/// `第…` up to a unit, and what follows it.
fn numbered(text: &str, unit: char) -> Option<(&str, &str)> {
    text.strip_prefix('第')?.split_once(unit)
}

/// 1 to 99 in digits or characters.
fn number(text: &str) -> Option<u32> {
    let one = |text: &str| match text.chars().next() {
        None => None,
        Some(c) => DIGITS.iter().position(|digit| *digit == c).filter(|_| text.chars().count() == 1),
    };
    let found = match text.split_once('十') {
        Some((tens, ones)) => {
            let tens = if tens.is_empty() { 1 } else { one(tens)? };
            tens * 10 + if ones.is_empty() { 0 } else { one(ones)? }
        }
        None => one(text).or_else(|| text.parse().ok())?,
    };
    u32::try_from(found).ok().filter(|n| (1..=99).contains(n))
}

fn characters(number: u32) -> String {
    let digit = |n: u32| DIGITS.get(n as usize).copied().unwrap_or('〇').to_string();
    match (number / 10, number % 10) {
        (0, ones) => digit(ones),
        (tens, ones) => {
            let tens = if tens == 1 { String::new() } else { digit(tens) };
            let ones = if ones == 0 { String::new() } else { digit(ones) };
            format!("{tens}十{ones}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_reads_as_the_official_one() {
        let check = |text: &str, official: Option<(&str, &str)>| {
            let found = Cite::parse(text).map(|cite| (cite.to_string(), cite.english()));
            assert_eq!(found, official.map(|(zh, en)| (zh.to_owned(), en.to_owned())), "{text}");
        };
        check("第九条", Some(("第九条", "Art. 9")));
        check("第九条第二款", Some(("第九条第二款", "Art. 9 ¶2")));
        check("第六条第（四）项", Some(("第六条第（四）项", "Art. 6(4)")));
        check("第六条第四项", Some(("第六条第（四）项", "Art. 6(4)")));
        check("第六条（四）", Some(("第六条第（四）项", "Art. 6(4)")));
        check("第6条(4)", Some(("第六条第（四）项", "Art. 6(4)")));
        check("第六条第一款第（四）项", Some(("第六条第一款第（四）项", "Art. 6 ¶1(4)")));
        check("第十条第一款第（十三）项", Some(("第十条第一款第（十三）项", "Art. 10 ¶1(13)")));
        check("第十九条第（三）项第6目", Some(("第十九条第（三）项第6目", "Art. 19(3)6")));
        check("第十九条（三）6", Some(("第十九条第（三）项第6目", "Art. 19(3)6")));
        check("第四条之一第二款", Some(("第四条之一第二款", "Art. 4-1 ¶2")));
        check("第二十条", Some(("第二十条", "Art. 20")));
        check("第二十三条", Some(("第二十三条", "Art. 23")));
        check("第九十九条", Some(("第九十九条", "Art. 99")));
        for wrong in [
            "",
            "第",
            "第条",
            "第〇条",
            "第零条",
            "第百条",
            "第九条第款",
            "第九条（",
            "第九条附件",
            "第九条第二款x",
            "九条",
            "附件第1行",
        ] {
            check(wrong, None);
        }
    }

    #[test]
    fn rows_and_notices_are_called_by_their_number() {
        assert_eq!(english("附件第3行", "R3"), "Annex row 3");
        assert_eq!(english("印发通知", "notice"), "notice");
        assert_eq!(english("第五条第二款", "5c"), "Art. 5 ¶2");
    }
}
