//! Where the bytes lie: a folder or an S3 bucket, under the same names.

use crate::durable::Disk;
use crate::error::{Error, Result};
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

mod folder;
mod s3;

/// Where a vault lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    Folder(PathBuf),
    /// `prefix` without slashes at its ends, empty for none. Credentials come from
    /// `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`.
    S3 {
        bucket: String,
        prefix: String,
        endpoint: Option<String>,
        region: Option<String>,
    },
}

impl Location {
    /// A folder path, or `s3://BUCKET[/prefix][?endpoint=http://…&region=…]`.
    pub fn parse(text: &str) -> Result<Location> {
        let wrong = || Error::Location { text: text.into() };
        let Some(rest) = text.strip_prefix("s3://") else {
            return match text {
                "" => Err(wrong()),
                _ if text.contains("://") => Err(wrong()),
                path => Ok(Location::Folder(path.into())),
            };
        };
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
        let prefix = prefix.trim_matches('/');
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if bucket.is_empty()
            || !bucket.chars().all(plain)
            || !prefix.chars().all(|c| plain(c) || c == '/')
            || prefix.split('/').any(|part| part == "." || part == ".." || part.is_empty() && !prefix.is_empty())
        {
            return Err(wrong());
        }
        let (mut endpoint, mut region) = (None, None);
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("endpoint", value)) if value.starts_with("http://") || value.starts_with("https://") => {
                    endpoint = Some(value.trim_end_matches('/').to_string());
                }
                Some(("region", value)) if !value.is_empty() && value.chars().all(plain) => {
                    region = Some(value.to_string());
                }
                _ => return Err(wrong()),
            }
        }
        Ok(Location::S3 { bucket: bucket.into(), prefix: prefix.into(), endpoint, region })
    }

    pub(crate) fn store(&self, disk: Disk) -> Result<Arc<dyn Store>> {
        Ok(match self {
            Location::Folder(root) => Arc::new(folder::Folder::new(root.clone(), disk)),
            Location::S3 { bucket, prefix, endpoint, region } => {
                Arc::new(s3::S3::new(bucket, prefix, endpoint.as_deref(), region.as_deref())?)
            }
        })
    }
}

impl std::fmt::Display for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Location::Folder(path) => write!(f, "{}", path.display()),
            Location::S3 { bucket, prefix, endpoint, region } => {
                write!(f, "s3://{bucket}")?;
                if !prefix.is_empty() {
                    write!(f, "/{prefix}")?;
                }
                let pairs = [("endpoint", endpoint), ("region", region)];
                let set = pairs.iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
                for (i, (name, value)) in set.enumerate() {
                    write!(f, "{}{name}={value}", if i == 0 { '?' } else { '&' })?;
                }
                Ok(())
            }
        }
    }
}

/// Named byte strings. Paths are relative, with slashes, made by this crate only.
#[async_trait]
pub(crate) trait Store: Send + Sync {
    /// Begins a file that becomes visible, whole and durable, at [`Incoming::publish`].
    async fn begin(&self, path: &str) -> Result<Box<dyn Incoming>>;
    /// Writes or replaces a whole file, atomically; durable when this returns.
    async fn put(&self, path: &str, bytes: Bytes) -> Result<()>;
    /// Like [`Store::put`], if the file still holds `old` (`None`: is not there); else nothing happens.
    /// False if it did not. A service that ignores conditions leaves a gap between look and write.
    async fn swap(&self, path: &str, old: Option<&[u8]>, new: Bytes) -> Result<bool>;
    async fn get(&self, path: &str) -> Result<Option<Bytes>>;
    /// The bytes of `range`, fewer if the file ends before; `None` if there is no file.
    async fn range(&self, path: &str, range: Range<u64>) -> Result<Option<Bytes>>;
    async fn size(&self, path: &str) -> Result<Option<u64>>;
    /// Deleting what is not there succeeds.
    async fn delete(&self, path: &str) -> Result<()>;
    /// All files below `dir` (which ends without slash), in order of their names.
    fn list(&self, dir: &str) -> BoxStream<'static, Result<Listed>>;
    /// Takes care that the next read of `path` comes from the medium, not from memory.
    async fn forget_cached(&self, _path: &str) {}
    /// Removes unfinished writes older than `before_ms`; how many.
    async fn sweep(&self, before_ms: i64) -> Result<u64>;
    /// Held while the log is extended; `None` where the caller's database must keep order.
    async fn lock(&self, path: &str) -> Result<Option<std::fs::File>>;
    async fn free_bytes(&self) -> Option<u64>;
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    pub path: String,
    pub size: u64,
    /// Milliseconds since 1970.
    pub modified_ms: i64,
}

/// A file being written. Dropping it removes what was written.
#[async_trait]
pub(crate) trait Incoming: Send {
    async fn write(&mut self, bytes: Bytes) -> Result<()>;
    /// All bytes are on the medium (S3: acknowledged), not yet visible.
    async fn sync(&mut self) -> Result<()>;
    /// Visible under its name, which survives a power cut.
    async fn publish(self: Box<Self>) -> Result<()>;
    async fn abort(self: Box<Self>);
}
