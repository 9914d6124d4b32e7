//! 附件: a document the text names and an agency has supplied. Its content makes a version of the agency's own from a day
//! on; what was done before is judged by the text without it. Nothing is invented: without it the rule says 未提供.

use crate::law::{Annex, Law};

impl Law {
    /// Whether some rule waits for the content of a document.
    #[must_use]
    pub fn waits_for(&self, title: &str) -> bool {
        let mut rules = self.versions.iter().flat_map(|version| &version.rules.focus);
        rules.any(|rule| rule.document.as_deref() == Some(title))
    }

    /// Takes a document over: marked as supplied, and its content into a version of its own, `1+2026-11-21`.
    pub(crate) fn supply(&mut self, annex: &Annex) {
        if annex.lines.is_empty() {
            for document in self.versions.iter_mut().flat_map(|version| &mut version.rules.documents) {
                document.supplied |= document.title == annex.document;
            }
            return;
        }
        let Some(applied) = self.on(annex.from) else { return };
        let (governing, begins) = (applied.version.rules.version.clone(), self.begins(applied.version));
        let at = self.versions.iter().position(|version| version.rules.version == governing).unwrap_or(0);
        // Several documents of one day make one version.
        let own = begins == Some(annex.from) && governing.contains('+');
        let at = if own {
            at
        } else {
            let mut version = self.versions[at].clone();
            let text = governing.split('+').next().unwrap_or_default();
            version.rules.version = format!("{text}+{}", annex.from);
            version.rules.in_force_on = Some(annex.from);
            version.rules.supersedes = Some(governing);
            version.cases.clear();
            self.versions.insert(at + 1, version);
            at + 1
        };
        let version = &mut self.versions[at];
        for document in &mut version.rules.documents {
            document.supplied |= document.title == annex.document;
        }
        version.supplied.insert(annex.document.clone(), annex.lines.clone());
    }
}
