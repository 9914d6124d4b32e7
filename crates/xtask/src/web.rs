//! The pages: `web/` to `web/dist`, which the executable embeds. Never from a build script, so that
//! `cargo check` needs no Node.

use std::fs;
use std::process::Command;

use crate::run::{Step, root};

/// Vite's floor.
const NODE_MIN: (u32, u32) = (20, 19);

/// `npm ci`, unless `node_modules` already is what package-lock.json says.
pub fn install() -> bool {
    if !node_is_new_enough() {
        return false;
    }
    let lock = root().join("web/package-lock.json");
    let installed = root().join("web/node_modules/.installed-from");
    let Ok(wanted) = fs::read(&lock) else {
        eprintln!("xtask: {} is missing", lock.display());
        return false;
    };
    if fs::read(&installed).is_ok_and(|had| had == wanted) {
        return true;
    }
    let done = Step::new("npm", &["ci", "--no-audit", "--no-fund"])
        .dir("web")
        // Tests drive Debian's Chromium.
        .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")
        .run();
    done && fs::write(&installed, wanted).is_ok()
}

pub fn build() -> bool {
    install() && Step::new("npm", &["run", "--silent", "build"]).dir("web").run()
}

fn node_is_new_enough() -> bool {
    let version = Command::new("node").arg("--version").output();
    let text = version.map_or_else(|_| String::new(), |out| String::from_utf8_lossy(&out.stdout).into_owned());
    let enough = node_version(&text).is_some_and(|found| found >= NODE_MIN);
    if !enough {
        let (major, minor) = NODE_MIN;
        eprintln!("xtask: Node {major}.{minor} or newer is needed, found: {}", text.trim());
    }
    enough
}

/// `v20.20.2` as (20, 20).
fn node_version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.trim().strip_prefix('v')?.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod checks {
    use super::*;

    #[test]
    fn versions_of_node_are_read() {
        let check = |text: &str, version: Option<(u32, u32)>| {
            assert_eq!(node_version(text), version);
        };
        check("v20.20.2\n", Some((20, 20)));
        check("v24.0.0", Some((24, 0)));
        check("", None);
        check("20.1", None);
        check("v20", None);
    }
}
