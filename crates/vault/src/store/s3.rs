//! The S3 store. An object is durable when the service has acknowledged it; large ones are uploaded
//! in parts and become visible all at once.

use super::{Incoming, Listed, Store};
use crate::error::{Error, Result};
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{
    GetOptions, MultipartUpload, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload, UpdateVersion,
};
use std::ops::Range;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Part size; S3 allows 10,000 parts of at least 5 MiB, so later parts of a giant are larger.
const PART: usize = 8 << 20;
const LARGE_PART: usize = 64 << 20;
const LARGE_FROM: usize = 1_000;
const PARTS_MAX: usize = 10_000;
const IN_FLIGHT: usize = 3;

pub(super) struct S3 {
    client: Arc<AmazonS3>,
    prefix: String,
}

impl S3 {
    pub fn new(bucket: &str, prefix: &str, endpoint: Option<&str>, region: Option<&str>) -> Result<S3> {
        let mut builder = AmazonS3Builder::from_env()
            .with_bucket_name(bucket)
            .with_region(region.unwrap_or("us-east-1"))
            .with_allow_http(true);
        if let Some(endpoint) = endpoint {
            builder = builder.with_endpoint(endpoint).with_virtual_hosted_style_request(false);
        }
        let client = builder.build().map_err(|error| wrong("open", bucket, error))?;
        Ok(S3 { client: Arc::new(client), prefix: prefix.into() })
    }

    fn at(&self, path: &str) -> Path {
        match self.prefix.as_str() {
            "" => Path::from(path),
            prefix => Path::from(format!("{prefix}/{path}")),
        }
    }
}

fn wrong(op: &'static str, path: &str, error: object_store::Error) -> Error {
    Error::Store { op, path: path.into(), detail: error.to_string() }
}

fn absent<T>(op: &'static str, path: &str, result: object_store::Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(object_store::Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(wrong(op, path, error)),
    }
}

#[async_trait]
impl Store for S3 {
    async fn begin(&self, path: &str) -> Result<Box<dyn Incoming>> {
        Ok(Box::new(IncomingParts {
            client: self.client.clone(),
            goal: self.at(path),
            buffer: BytesMut::new(),
            upload: None,
            tasks: JoinSet::new(),
            parts: 0,
        }))
    }

    async fn put(&self, path: &str, bytes: Bytes) -> Result<()> {
        let put = self.client.put(&self.at(path), bytes.into()).await;
        put.map(drop).map_err(|error| wrong("put", path, error))
    }

    async fn swap(&self, path: &str, old: Option<&[u8]>, new: Bytes) -> Result<bool> {
        let found = absent("get", path, self.client.get(&self.at(path)).await)?;
        let mode = match (found, old) {
            (None, None) => PutMode::Create,
            (Some(found), Some(old)) => {
                let (e_tag, version) = (found.meta.e_tag.clone(), found.meta.version.clone());
                let bytes = found.bytes().await.map_err(|error| wrong("get", path, error))?;
                if bytes != old {
                    return Ok(false);
                }
                PutMode::Update(UpdateVersion { e_tag, version })
            }
            _ => return Ok(false),
        };
        let options = PutOptions { mode, ..PutOptions::default() };
        use object_store::Error as E;
        match self.client.put_opts(&self.at(path), new.clone().into(), options).await {
            Ok(_) => Ok(true),
            Err(E::Precondition { .. } | E::AlreadyExists { .. } | E::NotFound { .. }) => Ok(false),
            // A service without conditional writes: the database's lock has to do.
            Err(E::NotImplemented { .. }) => self.put(path, new).await.map(|()| true),
            Err(error) => Err(wrong("put", path, error)),
        }
    }

    async fn get(&self, path: &str) -> Result<Option<Bytes>> {
        let Some(found) = absent("get", path, self.client.get(&self.at(path)).await)? else {
            return Ok(None);
        };
        found.bytes().await.map(Some).map_err(|error| wrong("get", path, error))
    }

    async fn range(&self, path: &str, range: Range<u64>) -> Result<Option<Bytes>> {
        let read = async |range: Range<u64>| {
            let options = GetOptions::new().with_range(Some(range));
            self.client.get_opts(&self.at(path), options).await?.bytes().await
        };
        let refused = match read(range.clone()).await {
            Ok(bytes) => return Ok(Some(bytes)),
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => error,
        };
        // A range beyond the end is refused: look where the end is, and read up to there.
        match self.size(path).await? {
            None => Ok(None),
            Some(size) if range.start >= size => Ok(Some(Bytes::new())),
            Some(size) if range.end > size => {
                read(range.start..size).await.map(Some).map_err(|error| wrong("get", path, error))
            }
            Some(_) => Err(wrong("get", path, refused)),
        }
    }

    async fn size(&self, path: &str) -> Result<Option<u64>> {
        let head = absent("head", path, self.client.head(&self.at(path)).await)?;
        Ok(head.map(|meta| meta.size))
    }

    async fn delete(&self, path: &str) -> Result<()> {
        absent("delete", path, self.client.delete(&self.at(path)).await).map(drop)
    }

    fn list(&self, dir: &str) -> BoxStream<'static, Result<Listed>> {
        let (dir, skip) = (dir.to_string(), self.prefix.clone());
        let prefix = self.at(&dir);
        self.client
            .list(Some(&prefix))
            .map_err(move |error| wrong("list", &dir, error))
            .map_ok(move |meta| {
                let full = meta.location.to_string();
                let path = full.strip_prefix(&skip).unwrap_or(&full).trim_start_matches('/').to_string();
                let modified_ms = meta.last_modified.timestamp_millis();
                Listed { path, size: meta.size, modified_ms }
            })
            .boxed()
    }

    /// Unfinished uploads are invisible; a lifecycle rule of the bucket removes them (manual).
    async fn sweep(&self, _before_ms: i64) -> Result<u64> {
        Ok(0)
    }

    async fn lock(&self, _path: &str) -> Result<Option<std::fs::File>> {
        Ok(None)
    }

    async fn free_bytes(&self) -> Option<u64> {
        None
    }
}

struct IncomingParts {
    client: Arc<AmazonS3>,
    goal: Path,
    buffer: BytesMut,
    upload: Option<Box<dyn MultipartUpload>>,
    tasks: JoinSet<object_store::Result<()>>,
    parts: usize,
}

impl IncomingParts {
    async fn finish_one(&mut self) -> Result<()> {
        match self.tasks.join_next().await {
            None => Ok(()),
            Some(Err(error)) => Err(Error::worker(error)),
            Some(Ok(done)) => done.map_err(|error| wrong("upload part", self.goal.as_ref(), error)),
        }
    }

    async fn send_part(&mut self) -> Result<()> {
        while self.tasks.len() >= IN_FLIGHT {
            self.finish_one().await?;
        }
        self.parts += 1;
        if self.parts > PARTS_MAX {
            let limit = (LARGE_FROM * PART + (PARTS_MAX - LARGE_FROM) * LARGE_PART) as u64;
            return Err(Error::TooLarge { what: "segment", size: limit + 1, limit });
        }
        let upload = match &mut self.upload {
            Some(upload) => upload,
            empty => {
                let begun = self.client.put_multipart(&self.goal).await;
                empty.insert(begun.map_err(|error| wrong("begin upload", self.goal.as_ref(), error))?)
            }
        };
        let part = upload.put_part(PutPayload::from(self.buffer.split().freeze()));
        self.tasks.spawn(part);
        Ok(())
    }
}

#[async_trait]
impl Incoming for IncomingParts {
    async fn write(&mut self, mut bytes: Bytes) -> Result<()> {
        while !bytes.is_empty() {
            let part = if self.parts < LARGE_FROM { PART } else { LARGE_PART };
            let take = bytes.len().min(part - self.buffer.len());
            self.buffer.extend_from_slice(&bytes.split_to(take));
            if self.buffer.len() == part {
                self.send_part().await?;
            }
        }
        Ok(())
    }

    async fn sync(&mut self) -> Result<()> {
        if self.upload.is_some() && !self.buffer.is_empty() {
            self.send_part().await?;
        }
        while !self.tasks.is_empty() {
            self.finish_one().await?;
        }
        Ok(())
    }

    async fn publish(mut self: Box<Self>) -> Result<()> {
        self.sync().await?;
        let done = match &mut self.upload {
            Some(upload) => upload.complete().await,
            None => self.client.put(&self.goal, self.buffer.split().freeze().into()).await,
        };
        done.map_err(|error| wrong("complete upload", self.goal.as_ref(), error))?;
        self.upload = None;
        Ok(())
    }

    async fn abort(mut self: Box<Self>) {
        self.tasks.shutdown().await;
        if let Some(mut upload) = self.upload.take() {
            let _ = upload.abort().await; // what stays is removed by the bucket's lifecycle rule
        }
    }
}

impl Drop for IncomingParts {
    fn drop(&mut self) {
        if let (Some(mut upload), Ok(runtime)) = (self.upload.take(), tokio::runtime::Handle::try_current()) {
            self.tasks.abort_all();
            runtime.spawn(async move { upload.abort().await });
        }
    }
}
