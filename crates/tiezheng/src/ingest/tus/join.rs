//! Concatenation: a final upload is made of partial ones, in the order given. No byte is copied: sealing reads the parts
//! one after the other, and they go when the outcome stands.

use serde_json::{Value, json};

use super::{LENGTH_MOST, is_over, mine, seal};
use crate::app::App;
use crate::error::{Problem, Result};
use crate::ingest::store::{self, Upload};
use crate::people::Actor;

const PARTS_MOST: usize = 64;

/// The id at the end of an upload's address, absolute or not.
fn id_of(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or("")
}

/// Whose staged bytes make up an upload.
pub fn sources(upload: &Upload) -> Vec<String> {
    if upload.concat.is_empty() {
        return vec![upload.id.clone()];
    }
    upload.concat.iter().map(|url| id_of(url).to_owned()).collect()
}

/// Joins `final;URL URL …`. Asked again with the same parts, because the answer was lost, it gives the same upload.
pub async fn join(app: &App, actor: &Actor, mut upload: Upload, list: &str) -> Result<Upload> {
    let wrong = |code| Problem::refused(400, code);
    let urls = list.strip_prefix("final;").ok_or_else(|| wrong("upload.concat"))?;
    upload.concat = urls.split_whitespace().map(str::to_owned).collect();
    if upload.concat.is_empty() || upload.concat.len() > PARTS_MOST {
        return Err(wrong("upload.concat"));
    }
    let ids = sources(&upload);
    let mut length = 0u64;
    for (at, id) in ids.iter().enumerate() {
        let part = mine(app, actor, id).await?;
        if let Some(joined) = joined_before(app, actor, &part, &ids).await? {
            return Ok(joined);
        }
        if is_over(&part, app.now()) {
            return Err(super::gone());
        }
        let whole = part.state == "receiving" && part.length == Some(part.received);
        if !part.part || !whole || ids[..at].contains(id) {
            return Err(unfinished(id));
        }
        length += part.received;
    }
    if length > LENGTH_MOST {
        return Err(Problem::refused(413, "upload.too_large").with("most", LENGTH_MOST));
    }
    (upload.length, upload.received, upload.state) = (Some(length), length, "sealing".into());
    let mut tx = app.db.begin().await?;
    store::insert_upload(&mut tx, &upload).await?;
    for id in &ids {
        let joined = json!({"code": "upload.joined", "params": {"upload": upload.id}});
        if !store::move_upload(&mut tx, id, "receiving", "joined", None, Some(joined)).await? {
            return Err(unfinished(id)); // somebody else joined it, or gave it up, at the same moment
        }
    }
    tx.commit().await?;
    seal::begin_if_complete(app, &upload);
    Ok(upload)
}

fn unfinished(part: &str) -> Problem {
    Problem::refused(400, "upload.concat_unfinished").with("part", part)
}

/// The final upload this part went into, if it was made of just these parts.
async fn joined_before(app: &App, actor: &Actor, part: &Upload, ids: &[String]) -> Result<Option<Upload>> {
    let Some(joined) = part.problem.as_ref().filter(|problem| problem["code"] == "upload.joined") else {
        return Ok(None);
    };
    let joined = mine(app, actor, joined["params"]["upload"].as_str().unwrap_or("")).await?;
    Ok((sources(&joined) == ids).then_some(joined))
}

/// Notes that the bytes of the parts are no longer needed. Why they went stays told.
pub async fn release(tx: &mut crate::db::Tx, upload: &Upload) -> Result<()> {
    if upload.concat.is_empty() {
        return Ok(());
    }
    let joined: Value = json!({"code": "upload.joined", "params": {"upload": upload.id}});
    for id in sources(upload) {
        store::move_upload(tx, &id, "joined", "removed", None, Some(joined.clone())).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::id_of;

    #[test]
    fn an_address_ends_with_the_id() {
        for (url, id) in [
            ("/api/uploads/a-1", "a-1"),
            ("https://host:8443/api/uploads/a-1", "a-1"),
            ("a-1", "a-1"),
            ("/api/uploads/", ""),
            ("../../etc/passwd", "passwd"),
        ] {
            assert_eq!(id_of(url), id);
        }
    }
}
