//! A verdict: the answer, the articles it rests on, what of it is ours, and what would change it.

use serde::{Deserialize, Serialize};

use crate::law::{Applied, Force};
use crate::terms::Cites;
use crate::vocab::vocab;

/// An article of a version of a regulation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cited {
    pub profile: String,
    pub version: String,
    /// As a lawyer cites it, `第十五条第（三）项`.
    pub article: String,
    /// The catalogue number, `15(3)`.
    pub no: String,
}

vocab! {
    /// Why a verdict rests on no article.
    NoArticle {
        /// The text does not speak of it.
        Silent = "silent",
        /// The regulation has expired; its articles are named for reference only.
        Lapsed = "lapsed",
        /// The day lies before the regulation.
        Before = "before",
        /// The rule is ours, for every regulation.
        Own = "own",
    }
}

/// A fact that would change the verdict, and to what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Key of the fact.
    pub fact: String,
    /// The value that would matter.
    pub to: String,
    /// The verdict then, in codes and values.
    pub verdict: String,
}

/// A remark for people: a code under `rules.note.*` with parameters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    pub code: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub param: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict<T> {
    pub verdict: T,
    /// What binds. Empty only together with `no_article`.
    pub articles: Vec<Cited>,
    /// Something in the verdict is ours and not the text's.
    pub default: bool,
    /// Which own defaults, by key (`upload.clock_start`), were used.
    pub defaults: Vec<String>,
    pub would_change: Vec<Change>,
    /// Articles of an expired or later text, followed as practice only.
    pub reference: Vec<Cited>,
    pub no_article: Option<NoArticle>,
    /// The regulation had expired when the act was done: this is internal practice, not law.
    pub lapsed: bool,
    pub notes: Vec<Note>,
}

/// What a verdict rests on, gathered while it is being reached.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Basis {
    pub articles: Vec<Cited>,
    pub reference: Vec<Cited>,
    pub defaults: Vec<String>,
    pub would_change: Vec<Change>,
    pub notes: Vec<Note>,
    lapsed: bool,
    before: bool,
    own: bool,
}

fn push_new<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}

impl Applied<'_> {
    #[must_use]
    pub fn cited(&self, cite: &str) -> Cited {
        Cited {
            profile: self.law.id.clone(),
            version: self.version.rules.version.clone(),
            article: cite.to_owned(),
            no: self.version.article_no(cite).unwrap_or_default().to_owned(),
        }
    }
}

impl Basis {
    /// Rests the verdict on these articles. Of a regulation that does not bind on that day they are
    /// named for reference, the article about its validity is cited instead, and the rule counts as
    /// ours.
    pub fn cite(&mut self, applied: &Applied, cites: &Cites) {
        for cite in &cites.0 {
            self.cite_one(applied, cite);
        }
    }

    pub fn cite_one(&mut self, applied: &Applied, cite: &str) {
        let cited = applied.cited(cite);
        if applied.force.binding() {
            push_new(&mut self.articles, cited);
            return;
        }
        push_new(&mut self.reference, cited);
        match applied.force {
            Force::Before => {
                self.before = true;
                self.own("profile.before_force");
                self.note("before_force", None);
                self.predecessor(applied);
            }
            Force::Continued => {
                self.note("continued", None);
                self.own("profile.continued");
            }
            _ => {
                self.lapsed = true;
                self.own("profile.lapsed");
                self.note("lapsed", applied.version.rules.expires_on.map(|day| day.to_string()));
                for validity in &applied.version.rules.validity_article.0 {
                    push_new(&mut self.articles, applied.cited(validity));
                }
            }
        }
    }

    /// A duty of a regulation that had not begun: nobody had it.
    pub fn not_yet(&mut self, applied: &Applied) {
        self.before = true;
        self.note("before_no_duty", None);
        self.predecessor(applied);
    }

    /// The text that a regulation repealed, which governed before it and did not come with it.
    fn predecessor(&mut self, applied: &Applied) {
        for repeal in applied.version.rules.repeals.iter().filter(|repeal| !repeal.supplied) {
            self.note("predecessor_not_supplied", Some(repeal.number.clone()));
        }
    }

    /// Notes that one of our own defaults was used.
    pub fn own(&mut self, key: &str) {
        self.own = true;
        push_new(&mut self.defaults, key.to_owned());
    }

    pub fn note(&mut self, code: &str, param: Option<String>) {
        push_new(&mut self.notes, Note { code: code.to_owned(), param });
    }

    pub fn change(&mut self, fact: &str, to: impl ToString, verdict: impl ToString) {
        let change = Change { fact: fact.to_owned(), to: to.to_string(), verdict: verdict.to_string() };
        push_new(&mut self.would_change, change);
    }

    /// Everything another basis rests on, too: all regulations of a stack are cited.
    pub fn join(&mut self, other: Basis) {
        other.articles.into_iter().for_each(|item| push_new(&mut self.articles, item));
        other.reference.into_iter().for_each(|item| push_new(&mut self.reference, item));
        other.defaults.into_iter().for_each(|item| push_new(&mut self.defaults, item));
        other.would_change.into_iter().for_each(|item| push_new(&mut self.would_change, item));
        other.notes.into_iter().for_each(|item| push_new(&mut self.notes, item));
        self.lapsed |= other.lapsed;
        self.before |= other.before;
        self.own |= other.own;
    }

    /// Closes the verdict. No article at all is said in so many words.
    pub fn verdict<T>(self, verdict: T) -> Verdict<T> {
        let no_article = match () {
            () if !self.articles.is_empty() => None,
            () if self.before => Some(NoArticle::Before),
            () if self.lapsed => Some(NoArticle::Lapsed),
            () if self.own => Some(NoArticle::Own),
            () => Some(NoArticle::Silent),
        };
        Verdict {
            verdict,
            default: self.own,
            articles: self.articles,
            defaults: self.defaults,
            would_change: self.would_change,
            reference: self.reference,
            no_article,
            lapsed: self.lapsed,
            notes: self.notes,
        }
    }
}

impl<T> Verdict<T> {
    /// The value and what it rests on, for a verdict that builds on this one.
    pub fn split(self) -> (T, Basis) {
        let basis = Basis {
            articles: self.articles,
            reference: self.reference,
            defaults: self.defaults,
            would_change: self.would_change,
            notes: self.notes,
            lapsed: self.lapsed,
            before: self.no_article == Some(NoArticle::Before),
            own: self.default,
        };
        (self.verdict, basis)
    }

    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Verdict<U> {
        Verdict {
            verdict: f(self.verdict),
            articles: self.articles,
            default: self.default,
            defaults: self.defaults,
            would_change: self.would_change,
            reference: self.reference,
            no_article: self.no_article,
            lapsed: self.lapsed,
            notes: self.notes,
        }
    }
}

/// The versions of a stack of regulations that govern a day.
pub(crate) fn applied<'a>(laws: &[&'a crate::Law], day: jiff::civil::Date) -> Vec<Applied<'a>> {
    laws.iter().filter_map(|law| law.on(day)).collect()
}
