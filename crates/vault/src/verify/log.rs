//! The log against itself: every leaf hash out of the entries, every tile out of those, the root against
//! the checkpoint, and every private bundle against the entries it opens.

use super::{Finding, Options, Progress, Report, is_finding};
use crate::error::{Error, Result};
use crate::log::tiles::{Edge, Kind, Name, WIDTH};
use crate::log::{Checkpoint, commitment, parse_entries, parse_tile, private, read_checkpoint};
use crate::proof::{self, Hash};
use crate::{Vault, durable};
use bytes::Bytes;
use futures_util::StreamExt;
use std::collections::BTreeMap;

pub async fn log(vault: &Vault, options: &Options) -> Result<Report> {
    let mut report = Report::default();
    let store = vault.store();
    let verifier = vault.0.keys.verifier();
    // Before the checkpoint, which is written first.
    let seen = vault.0.keys.seen()?;
    let forgotten = seen.is_none();
    let seen = match seen.filter(|seen| !seen.is_empty()).map(|seen| read_checkpoint(&seen, verifier)).transpose() {
        Ok(seen) => seen,
        Err(error) => {
            report.findings.push(Finding::of(&error, "log.seen"));
            None
        }
    };
    let checkpoint = match store.get("log/checkpoint").await? {
        None => None,
        Some(bytes) => match read_checkpoint(&bytes, verifier) {
            Ok(checkpoint) => Some(checkpoint),
            Err(error) => {
                report.findings.push(Finding::of(&error, "log/checkpoint"));
                return Ok(report);
            }
        },
    };
    let size = checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.size);
    if forgotten && size > 0 {
        report.findings.push(Finding::of(&Error::LogSeenMissing { size }, "log.seen"));
    }
    if let Some(seen) = &seen
        && (size < seen.size || checkpoint.is_none())
    {
        let error = Error::LogRolledBack { size, seen: seen.size };
        report.findings.push(Finding::of(&error, "log/checkpoint"));
    }
    let superseded = list(vault, checkpoint.as_ref(), &mut report).await?;
    if let Some(checkpoint) = &checkpoint {
        let tree = Tree { vault, checkpoint, seen: seen.as_ref(), superseded };
        check_tree(&tree, options, &mut report).await?;
    }
    Ok(report)
}

/// What a tree is checked against.
struct Tree<'a> {
    vault: &'a Vault,
    checkpoint: &'a Checkpoint,
    seen: Option<&'a Checkpoint>,
    superseded: Superseded,
}

/// Partial files that fuller ones have superseded and that still lie there: they must agree too.
type Superseded = BTreeMap<(Kind, u64), Vec<Name>>;

async fn check_tree(tree: &Tree<'_>, options: &Options, report: &mut Report) -> Result<()> {
    let size = tree.checkpoint.size;
    let mut edge = Edge::default();
    for index in 0..size.div_ceil(WIDTH) {
        let Some(entries) = check_block(tree, index, report).await? else {
            return Ok(()); // nothing is left to compute the tree from; the finding says where
        };
        let mut full: Vec<(Name, Vec<Hash>)> = Vec::new();
        for hash in &entries {
            edge.push(proof::leaf(hash), |name, hashes| full.push((name, hashes.to_vec())));
            if let Some(seen) = tree.seen
                && edge.size == seen.size
                && edge.root() != seen.root
            {
                let error = Error::LogForked { size: seen.size };
                report.findings.push(Finding::of(&error, "log/checkpoint"));
            }
        }
        for (name, hashes) in full.iter().filter(|(name, _)| name.kind != Kind::Tile(0)) {
            check_tile(tree, *name, hashes, report).await?;
        }
        report.checked += entries.len() as u64;
        if let Some(progress) = &options.progress {
            let findings = report.findings.len() as u64;
            let (checked, bytes, at) = (report.checked, report.bytes, edge.size.to_string());
            progress(&Progress { checked, bytes, findings, at });
        }
    }
    for (name, hashes) in edge.partial().filter(|(name, _)| name.kind != Kind::Tile(0)) {
        check_tile(tree, name, hashes, report).await?;
    }
    if edge.root() != tree.checkpoint.root {
        let params = [("size", size.to_string()), ("root", hex::encode(edge.root()))];
        report.findings.push(Finding::new("vault.log_root_differs", "log/checkpoint", &params));
    }
    Ok(())
}

async fn check_tile(tree: &Tree<'_>, name: Name, expected: &[Hash], report: &mut Report) -> Result<()> {
    if let Some(found) = parsed(tree.vault, name, parse_tile, report).await?
        && found != expected
    {
        report.findings.push(altered(name, "hash"));
    }
    check_superseded(tree, name, parse_tile, expected, report).await
}

/// Superseded partial files against the beginning of what is right.
async fn check_superseded<T: PartialEq>(
    tree: &Tree<'_>,
    name: Name,
    parse: impl Fn(&[u8], Name) -> Result<Vec<T>>,
    right: &[T],
    report: &mut Report,
) -> Result<()> {
    for old in tree.superseded.get(&(name.kind, name.index)).into_iter().flatten() {
        if let Some(found) = parsed(tree.vault, *old, &parse, report).await?
            && !right.starts_with(&found)
        {
            report.findings.push(altered(*old, "differs from what superseded it"));
        }
    }
    Ok(())
}

fn altered(name: Name, detail: &'static str) -> Finding {
    Finding::of(&crate::log::corrupt(&name, detail), format!("log/{}", name.path()))
}

/// Reads and parses a file of the log; what is missing or malformed becomes a finding and `None`.
async fn parsed<T>(
    vault: &Vault,
    name: Name,
    parse: impl Fn(&[u8], Name) -> Result<T>,
    report: &mut Report,
) -> Result<Option<T>> {
    let path = format!("log/{}", name.path());
    let found = match vault.store().get(&path).await? {
        Some(bytes) => {
            report.bytes += bytes.len() as u64;
            exact(&bytes, name).and_then(|()| parse(&bytes, name))
        }
        None => Err(Error::TileMissing { path: name.path() }),
    };
    match found {
        Ok(value) => Ok(Some(value)),
        Err(error) if is_finding(&error) => {
            report.findings.push(Finding::of(&error, path));
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// A verifier accepts no file that is longer than its name says.
fn exact(bytes: &Bytes, name: Name) -> Result<()> {
    let each = match name.kind {
        Kind::Tile(_) => 32,
        Kind::Entries => 34,
        Kind::Private => return Ok(()),
    };
    match bytes.len() as u64 == each * name.width {
        true => Ok(()),
        false => Err(crate::log::corrupt(&name, "length")),
    }
}

/// The entries of one block, after comparing its three records.
async fn check_block(tree: &Tree<'_>, index: u64, report: &mut Report) -> Result<Option<Vec<Hash>>> {
    let (vault, size) = (tree.vault, tree.checkpoint.size);
    let name = |kind| Name::holding(kind, index * WIDTH, size);
    let opened = |bytes: &[u8], name: Name| {
        let leaves =
            private::open(bytes, name.index, &vault.0.keys).map_err(|detail| crate::log::corrupt(&name, detail))?;
        if leaves.len() as u64 != name.width {
            return Err(crate::log::corrupt(&name, "number of leaves"));
        }
        Ok(leaves.iter().map(|leaf| commitment(&leaf.salt, &leaf.payload)).collect::<Vec<Hash>>())
    };
    let entries = parsed(vault, name(Kind::Entries), parse_entries, report).await?;
    let tile = parsed(vault, name(Kind::Tile(0)), parse_tile, report).await?;
    let committed = parsed(vault, name(Kind::Private), opened, report).await?;
    // Three records of the same thing. The private bundle is authenticated under our key, so it has the
    // last word on who of the others was altered; the checkpoint's root judges all three in the end.
    let Some(right) = committed.or(entries.clone()) else {
        return Ok(None);
    };
    for (at, right_entry) in right.iter().enumerate() {
        let number = index * WIDTH + at as u64;
        let leaf = proof::leaf(right_entry);
        let entry_differs = entries.as_ref().is_some_and(|entries| entries[at] != *right_entry);
        let tile_differs = tile.as_ref().is_some_and(|tile| tile[at] != leaf);
        let with_index = |mut finding: Finding| {
            finding.params.insert("index".into(), number.to_string());
            finding
        };
        if entry_differs {
            report.findings.push(with_index(altered(name(Kind::Entries), "entry")));
        }
        if tile_differs {
            report.findings.push(with_index(altered(name(Kind::Tile(0)), "hash")));
        }
    }
    let leaves: Vec<Hash> = right.iter().map(|entry| proof::leaf(entry)).collect();
    check_superseded(tree, name(Kind::Entries), parse_entries, &right, report).await?;
    check_superseded(tree, name(Kind::Tile(0)), parse_tile, &leaves, report).await?;
    check_superseded(tree, name(Kind::Private), opened, &right, report).await?;
    Ok(Some(right))
}

/// Sorts the files of the log: those the checkpoint needs, those it has superseded (returned), those
/// beyond it, which a crash left, and strange ones.
async fn list(vault: &Vault, checkpoint: Option<&Checkpoint>, report: &mut Report) -> Result<Superseded> {
    let size = checkpoint.map_or(0, |checkpoint| checkpoint.size);
    let mut superseded = Superseded::new();
    let mut files = vault.store().list("log");
    while let Some(file) = files.next().await {
        let path = file?.path;
        let below = path.strip_prefix("log/").unwrap_or_default();
        match Name::parse(below) {
            Some(name) => {
                let needed = Name::holding(name.kind, name.index * WIDTH, size);
                if needed.width < name.width {
                    report.remains.push(Finding::new("vault.beyond_checkpoint", path, &[]));
                } else if needed.width > name.width {
                    superseded.entry((name.kind, name.index)).or_default().push(name);
                }
            }
            None if below == "checkpoint" || below == ".lock" => {}
            None if durable::is_temporary(path.rsplit('/').next().unwrap_or_default()) => {
                report.remains.push(Finding::new("vault.temporary", path, &[]));
            }
            None => report.findings.push(Finding::new("vault.stray_file", path, &[])),
        }
    }
    if checkpoint.is_none() && !report.remains.is_empty() {
        report.findings.push(Finding::new("vault.checkpoint_missing", "log/checkpoint", &[]));
    }
    Ok(superseded)
}
