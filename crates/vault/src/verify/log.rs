//! The log against itself: every leaf hash out of the entries, every tile out of those, the root against
//! the checkpoint, and every private bundle against the entries it opens.

use super::{Finding, Options, Progress, Report, is_finding};
use crate::error::{Error, Result};
use crate::log::tiles::{Edge, Kind, Name, WIDTH, levels};
use crate::log::{Checkpoint, commitment, parse_entries, parse_tile, private, read_checkpoint};
use crate::proof::{self, Hash};
use crate::{Leaf, Vault, durable};
use bytes::Bytes;
use futures_util::StreamExt;

pub async fn log(vault: &Vault, options: &Options) -> Result<Report> {
    let mut report = Report::default();
    let store = vault.store();
    let verifier = vault.0.keys.verifier();
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
    let seen = match vault
        .0
        .keys
        .seen()?
        .map(|seen| read_checkpoint(&seen, verifier))
        .transpose()
    {
        Ok(seen) => seen,
        Err(error) => {
            report.findings.push(Finding::of(&error, "log.seen"));
            None
        }
    };
    let size = checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.size);
    if let Some(seen) = &seen
        && (size < seen.size || checkpoint.is_none())
    {
        let error = Error::LogRolledBack {
            size,
            seen: seen.size,
        };
        report.findings.push(Finding::of(&error, "log/checkpoint"));
    }
    if let Some(checkpoint) = &checkpoint {
        check_tree(vault, checkpoint, seen.as_ref(), options, &mut report).await?;
    }
    check_other_files(vault, checkpoint.as_ref(), &mut report).await?;
    Ok(report)
}

async fn check_tree(
    vault: &Vault,
    checkpoint: &Checkpoint,
    seen: Option<&Checkpoint>,
    options: &Options,
    report: &mut Report,
) -> Result<()> {
    let size = checkpoint.size;
    let mut edge = Edge::default();
    for index in 0..size.div_ceil(WIDTH) {
        let Some(entries) = check_block(vault, index, size, report).await? else {
            return Ok(()); // nothing is left to compute the tree from; the finding says where
        };
        let mut full: Vec<(Name, Vec<Hash>)> = Vec::new();
        for hash in &entries {
            edge.push(proof::leaf(hash), |name, hashes| {
                full.push((name, hashes.to_vec()))
            });
            if let Some(seen) = seen
                && edge.size == seen.size
                && edge.root() != seen.root
            {
                let error = Error::LogForked { size: seen.size };
                report.findings.push(Finding::of(&error, "log/checkpoint"));
            }
        }
        for (name, hashes) in full.iter().filter(|(name, _)| name.kind != Kind::Tile(0)) {
            check_tile(vault, *name, hashes, report).await?;
        }
        report.checked += entries.len() as u64;
        if let Some(progress) = &options.progress {
            let findings = report.findings.len() as u64;
            let (checked, bytes, at) = (report.checked, report.bytes, edge.size.to_string());
            progress(&Progress {
                checked,
                bytes,
                findings,
                at,
            });
        }
    }
    for (name, hashes) in edge
        .partial()
        .filter(|(name, _)| name.kind != Kind::Tile(0))
    {
        check_tile(vault, name, hashes, report).await?;
    }
    if edge.root() != checkpoint.root {
        let params = [
            ("size", size.to_string()),
            ("root", hex::encode(edge.root())),
        ];
        report.findings.push(Finding::new(
            "vault.log_root_differs",
            "log/checkpoint",
            &params,
        ));
    }
    Ok(())
}

async fn check_tile(
    vault: &Vault,
    name: Name,
    expected: &[Hash],
    report: &mut Report,
) -> Result<()> {
    let Some(found) = parsed(vault, name, parse_tile, report).await? else {
        return Ok(());
    };
    if found != expected {
        report.findings.push(altered(name, "hash"));
    }
    Ok(())
}

fn altered(name: Name, detail: &'static str) -> Finding {
    Finding::of(
        &crate::log::corrupt(&name, detail),
        format!("log/{}", name.path()),
    )
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
async fn check_block(
    vault: &Vault,
    index: u64,
    size: u64,
    report: &mut Report,
) -> Result<Option<Vec<Hash>>> {
    let name = |kind| Name::holding(kind, index * WIDTH, size);
    let keys = &vault.0.keys;
    let open = |bytes: &[u8], name: Name| {
        let leaves = private::open(bytes, name.index, keys)
            .map_err(|detail| crate::log::corrupt(&name, detail))?;
        match leaves.len() as u64 == name.width {
            true => Ok(leaves),
            false => Err(crate::log::corrupt(&name, "number of leaves")),
        }
    };
    let entries = parsed(vault, name(Kind::Entries), parse_entries, report).await?;
    let tile = parsed(vault, name(Kind::Tile(0)), parse_tile, report).await?;
    let leaves: Option<Vec<Leaf>> = parsed(vault, name(Kind::Private), open, report).await?;
    let committed = leaves.map(|leaves| {
        leaves
            .iter()
            .map(|leaf| commitment(&leaf.salt, &leaf.payload))
            .collect()
    });
    // Three records of the same thing. The private bundle is authenticated under our key, so it has the
    // last word on who of the others was altered; the checkpoint's root judges all three in the end.
    let Some(right): Option<Vec<Hash>> = committed.or(entries.clone()) else {
        return Ok(None);
    };
    for (at, right_entry) in right.iter().enumerate() {
        let number = index * WIDTH + at as u64;
        let leaf = proof::leaf(right_entry);
        let entry_differs = entries
            .as_ref()
            .is_some_and(|entries| entries[at] != *right_entry);
        let tile_differs = tile.as_ref().is_some_and(|tile| tile[at] != leaf);
        let with_index = |mut finding: Finding| {
            finding.params.insert("index".into(), number.to_string());
            finding
        };
        if entry_differs {
            report
                .findings
                .push(with_index(altered(name(Kind::Entries), "entry")));
        }
        if tile_differs {
            report
                .findings
                .push(with_index(altered(name(Kind::Tile(0)), "hash")));
        }
    }
    Ok(Some(right))
}

/// Files besides those the checkpoint needs: superseded ones must agree with what superseded them, those
/// beyond the checkpoint are remains of a crash, all others are strange.
async fn check_other_files(
    vault: &Vault,
    checkpoint: Option<&Checkpoint>,
    report: &mut Report,
) -> Result<()> {
    let size = checkpoint.map_or(0, |checkpoint| checkpoint.size);
    let mut files = vault.store().list("log");
    while let Some(file) = files.next().await {
        let path = file?.path;
        let below = path.strip_prefix("log/").unwrap_or_default();
        match Name::parse(below) {
            Some(name) => check_other(vault, name, size, &path, report).await?,
            None if below == "checkpoint" || below == ".lock" => {}
            None if durable::is_temporary(path.rsplit('/').next().unwrap_or_default()) => {
                report
                    .remains
                    .push(Finding::new("vault.temporary", path, &[]));
            }
            None => report
                .findings
                .push(Finding::new("vault.stray_file", path, &[])),
        }
    }
    if checkpoint.is_none() && !report.remains.is_empty() {
        report.findings.push(Finding::new(
            "vault.checkpoint_missing",
            "log/checkpoint",
            &[],
        ));
    }
    Ok(())
}

async fn check_other(
    vault: &Vault,
    name: Name,
    size: u64,
    path: &str,
    report: &mut Report,
) -> Result<()> {
    let needed = Name::holding(name.kind, name.index * WIDTH, size);
    let exists = match name.kind {
        Kind::Tile(level) => levels(size).any(|l| l == level),
        _ => size > 0,
    };
    if name == needed && exists {
        return Ok(()); // has been checked
    }
    if !exists || needed.width < name.width {
        report
            .remains
            .push(Finding::new("vault.beyond_checkpoint", path, &[]));
        return Ok(());
    }
    let store = vault.store();
    let (old, new) = (
        store.get(path).await?,
        store.get(&format!("log/{}", needed.path())).await?,
    );
    let (Some(old), Some(new)) = (old, new) else {
        return Ok(());
    }; // pruned meanwhile, or found missing
    let same = match name.kind {
        Kind::Private => {
            let old = private::open(&old, name.index, &vault.0.keys);
            let new = private::open(&new, name.index, &vault.0.keys);
            matches!((old, new), (Ok(old), Ok(new)) if old.len() as u64 == name.width && new.starts_with(&old))
        }
        _ => exact(&old, name).is_ok() && new.starts_with(&old),
    };
    if !same {
        report
            .findings
            .push(altered(name, "differs from what superseded it"));
    }
    Ok(())
}
