//! 正式文本: the official text of a regulation as the agency received it, sealed like any other object. It never comes with
//! the product: each agency attaches its own.

use bytes::Bytes;
use serde_json::{Value, json};
use tiezheng_rules::Law;
use tiezheng_vault::{Digests, Place};

use super::store::{self, NewFile, OfficialFile};
use crate::app::App;
use crate::audit::{self, Act};
use crate::db::Tx;
use crate::error::{Problem, Result};
use crate::field;
use crate::people::{Actor, Permission};

/// Largest official text, bytes.
pub const BYTES_MOST: usize = 32 << 20;

pub struct New {
    pub name: String,
    /// The latest one when missing.
    pub version: Option<String>,
    pub bytes: Bytes,
}

/// What the bytes are, whatever their name says: PDF, or OFD (a ZIP with `OFD.xml`).
fn mime_of(bytes: &[u8]) -> Option<&'static str> {
    let holds = |wanted: &[u8]| bytes.windows(wanted.len()).any(|part| part == wanted);
    if bytes.starts_with(b"%PDF-") {
        Some("application/pdf")
    } else if bytes.starts_with(b"PK\x03\x04") && holds(b"OFD.xml") {
        Some("application/ofd")
    } else {
        None
    }
}

/// Seals an official text. The same bytes again are the file that is there already (`false`).
///
/// A crash between sealing and the commit leaves an object without a row; `verify` names it as remains and nobody misses
/// it: the caller was not answered.
pub async fn attach(app: &App, actor: &Actor, now: i64, profile: &str, new: New) -> Result<(OfficialFile, bool)> {
    actor.may(Permission::RegulationDecide)?;
    let law = app.laws.get(profile).ok_or_else(Problem::not_found)?;
    let agency = actor.own_agency()?.to_owned();
    super::followed(app, &mut app.db.read().await?, &agency, profile).await?;
    let version = version_of(law, new.version.as_deref())?;
    let name = field::text("name", &new.name, field::TITLE_MOST)?;
    let mime = mime_of(&new.bytes).ok_or_else(|| Problem::refused(422, "regulation.file_kind"))?;
    let mut pack = app.vault.packer();
    let digested = pack.digest(new.bytes).await?;
    let digests = digested.digests;
    if let Some(there) = same(&mut app.db.read().await?, &agency, profile, &digests).await? {
        return Ok((there, false));
    }
    let described = json!({"regulation": profile, "agency": agency});
    let described = tiezheng_vault::canonical::to_bytes(&described)?;
    pack.add_digested(digested, |_| described)?;
    let place = pack.flush().await?.pop().ok_or_else(|| Problem::internal("an empty pack"))?.place;
    let mut file = OfficialFile {
        id: String::new(),
        version,
        name,
        mime: mime.into(),
        bytes: i64::try_from(digests.size).unwrap_or(i64::MAX),
        sha256: hex::encode(digests.sha256),
        sm3: hex::encode(digests.sm3),
        at_ms: now,
        account: actor.account.clone(),
        by: actor.account.as_ref().map(|_| actor.name.clone()),
    };
    let detail = store::detail(profile, &file, &digests.tree);
    let event = audit::event(actor, now, Act::RegulationFileSealed, Some(&agency), Some(profile), detail)?;
    file.id.clone_from(&event.id);
    let mut tx = app.db.begin().await?;
    if let Some(there) = same(&mut tx, &agency, profile, &digests).await? {
        drop(tx);
        app.vault.remove_unclaimed(&place).await?; // somebody else was quicker
        return Ok((there, false));
    }
    audit::store::insert(&mut tx, &event).await?;
    let new = NewFile { agency: &agency, profile, file: &file, digests: &digests, place: &place };
    store::put_file(&mut tx, &new).await?;
    tx.commit().await?;
    app.events.notify_one();
    Ok((file, true))
}

fn version_of(law: &Law, wanted: Option<&str>) -> Result<String> {
    let mut versions = law.versions.iter().map(|version| version.rules.version.as_str());
    let found = match wanted {
        Some(wanted) => versions.find(|version| *version == wanted),
        None => versions.next_back(),
    };
    let value = field::short(wanted.unwrap_or(""));
    found.map(str::to_owned).ok_or_else(|| Problem::invalid("version", "field.unknown_reference").with("value", value))
}

async fn same(tx: &mut Tx, agency: &str, profile: &str, digests: &Digests) -> Result<Option<OfficialFile>> {
    let sha256 = hex::encode(digests.sha256);
    Ok(store::files(tx, agency, profile).await?.into_iter().find(|file| file.sha256 == sha256))
}

/// Brings a file back from its object: `false` where no event in the log tells of it.
pub async fn rebuilt(tx: &mut Tx, told: &Value, digests: &Digests, place: &Place) -> Result<bool> {
    let text = |value: &Value, key: &str| value[key].as_str().unwrap_or("").to_owned();
    let (agency, profile) = (text(told, "agency"), text(told, "regulation"));
    if same(tx, &agency, &profile, digests).await?.is_some() {
        return Ok(false);
    }
    for event in crate::custody::store::events_about(tx, Act::RegulationFileSealed.name(), &profile).await? {
        let detail = Value::Object(event.detail());
        let file = OfficialFile {
            id: event.id.clone(),
            version: text(&detail, "version"),
            name: text(&detail, "name"),
            mime: text(&detail, "mime"),
            bytes: i64::try_from(digests.size).unwrap_or(i64::MAX),
            sha256: hex::encode(digests.sha256),
            sm3: hex::encode(digests.sm3),
            at_ms: event.at_ms,
            account: event.actor.clone(),
            by: None,
        };
        if event.agency.as_deref() == Some(&agency) && store::detail(&profile, &file, &digests.tree) == detail {
            let new = NewFile { agency: &agency, profile: &profile, file: &file, digests, place };
            store::put_file(tx, &new).await?;
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_is_in_the_bytes() {
        for (bytes, mime) in [
            (&b"%PDF-1.7\n"[..], Some("application/pdf")),
            (b"PK\x03\x04......OFD.xml...", Some("application/ofd")),
            (b"PK\x03\x04......word/document.xml", None),
            (b"<html>", None),
            (b" %PDF-1.7", None),
            (b"", None),
        ] {
            assert_eq!(mime_of(bytes), mime, "{bytes:?}");
        }
    }
}
