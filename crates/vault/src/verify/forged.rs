//! A holder of the keys seals content that is not what its digests say: only recomputing them tells.

use super::{Claim, Depth, Options, store};
use crate::envelope::NewEntry;
use crate::object::{Digests, Sealer, Trailer};
use crate::suite::{Leaves, Suite, sha256_of, sm3_of};
use crate::{Error, Keys, Location, Vault, envelope, seal};
use futures_util::stream;
use uuid::Uuid;

/// Seals `content`, after `forge` has changed what the trailer says of it.
async fn forged(vault: &Vault, content: &[u8], forge: impl FnOnce(&mut Trailer)) -> Claim {
    let mut bytes = Vec::new();
    let mut sealer = Sealer::begin(Suite::Aes, 0, &mut bytes);
    sealer.push(content, &mut bytes);
    sealer.end_payload(&mut bytes);
    let mut leaves = Leaves::new(Suite::Aes);
    leaves.update(content);
    let leaves = leaves.finish();
    let tree = Suite::Aes.tree(&leaves);
    let (sha256, sm3) = (sha256_of(&[content]), sm3_of(&[content]));
    let digests = Digests { size: content.len() as u64, sha256, sm3, tree };
    let mut trailer = Trailer { digests, leaves, description: Vec::new() };
    forge(&mut trailer);
    sealer.end(&trailer, &mut bytes);
    let (segment, length) = (Uuid::now_v7(), bytes.len() as u64);
    let (object, suite, key) = (sealer.object, sealer.suite, sealer.key);
    let entry = NewEntry { object, offset: 0, length, suite, key };
    let path = envelope::path("segments", segment);
    let mut incoming = vault.store().begin(&path).await.unwrap();
    incoming.write(bytes.into()).await.unwrap();
    let digests = trailer.digests;
    let places = seal::keep(vault, segment, incoming, length, &[entry], &[trailer]).await.unwrap();
    Claim { what: "forged".into(), place: places[0].clone(), digests }
}

#[tokio::test]
async fn digests_that_are_not_those_of_the_content() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Keys::create(&dir.path().join("keys"), "forged.test/log").unwrap();
    let location = Location::Folder(dir.path().join("store"));
    let vault = Vault::create(&location, keys).await.unwrap();
    let content = vec![5; 3 << 20];
    let (none, leaf) = (None, Some("leaf digest"));
    type Forge = fn(&mut Trailer);
    let cases: [(Forge, Option<&str>, Option<&str>); 6] = [
        (|_| (), none, none),
        (|t| t.leaves[1][0] ^= 1, Some("leaves"), Some("leaves")),
        (|t| t.digests.tree[0] ^= 1, Some("leaves"), Some("leaves")),
        (
            |t| {
                t.leaves[1][0] ^= 1;
                t.digests.tree = Suite::Aes.tree(&t.leaves);
            },
            leaf,
            leaf,
        ),
        (|t| t.digests.sha256[0] ^= 1, none, Some("sha256")),
        (|t| t.digests.sm3[0] ^= 1, none, Some("sm3")),
    ];
    for (number, (forge, by_tree, by_all)) in cases.into_iter().enumerate() {
        let claim = forged(&vault, &content, forge).await;
        for (every_digest, expected) in [(false, by_tree), (true, by_all)] {
            let options = Options { every_digest, unclaimed_before_ms: None, ..Options::default() };
            let claims = stream::iter([Ok::<_, Error>(claim.clone())]);
            let report = store(&vault, claims, Depth::Digest, &options).await.unwrap();
            let named = report.findings.first().map(|finding| {
                let params = &finding.params;
                params.get("part").or(params.get("digest")).unwrap().as_str()
            });
            assert_eq!(named, expected, "case {number}, every digest: {every_digest}");
        }
    }
}
