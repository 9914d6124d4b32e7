//! The fonts of the forms: Noto CJK, from the distribution's package or a configured folder.
//! No font is shipped with the product (89 MB), and none is ever substituted silently.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use typst::foundations::Bytes;
use typst::text::Font;

use crate::Error;

/// Running text and tables (宋体); digests, numbers and commands (等宽). `forms/base.typ` names the
/// same two.
const SERIF: &str = "Noto Serif CJK SC";
const MONO: &str = "Noto Sans Mono CJK SC";

/// Where Debian, Fedora and Arch put the package.
const USUAL: [&str; 4] = [
    "/usr/share/fonts/opentype/noto",
    "/usr/share/fonts/noto-cjk",
    "/usr/share/fonts/google-noto-serif-cjk-vf-fonts",
    "/usr/share/fonts/google-noto-cjk",
];

/// A folder with more files than this is not a folder of fonts; the rest is not looked at.
const FILES_MAX: usize = 500;
/// The four collections of Noto CJK have 19 to 26 MB each.
const FILE_BYTES_MAX: u64 = 64 << 20;

/// Faces of [`SERIF`] and [`MONO`], nothing else.
pub(crate) struct Fonts {
    pub faces: Vec<Font>,
}

impl Fonts {
    /// Whether running text can show this character. PDF/A forbids a page with a missing glyph.
    pub fn shows(&self, c: char) -> bool {
        let mut serif = self.faces.iter().filter(|font| font.info().family == SERIF).peekable();
        serif.peek().is_some() && serif.all(|font| font.info().coverage.contains(u32::from(c)))
    }
}

static LOADED: Mutex<Option<HashMap<PathBuf, Arc<Fonts>>>> = Mutex::new(None);

/// Fonts from the configured folder, or from the first usual place that has them. What was found is
/// kept for the life of the process; what was not found is looked for again the next time.
pub(crate) fn load(dir: Option<&Path>) -> Result<Arc<Fonts>, Error> {
    let places: Vec<PathBuf> = match dir {
        Some(dir) => vec![dir.to_owned()],
        None => USUAL.iter().map(PathBuf::from).collect(),
    };
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    let loaded = loaded.get_or_insert_with(HashMap::new);
    let mut missing = SERIF;
    for place in &places {
        if let Some(fonts) = loaded.get(place) {
            return Ok(Arc::clone(fonts));
        }
        let faces = faces_in(place);
        match first_missing(&faces) {
            Some(family) => missing = family,
            None => {
                let fonts = Arc::new(Fonts { faces });
                loaded.insert(place.clone(), Arc::clone(&fonts));
                return Ok(fonts);
            }
        }
    }
    Err(Error::FontsMissing { missing, looked_in: places })
}

fn first_missing(faces: &[Font]) -> Option<&'static str> {
    [SERIF, MONO].into_iter().find(|family| !faces.iter().any(|font| font.info().family == *family))
}

/// In order of file name, so that equal folders give equal pages.
fn faces_in(dir: &Path) -> Vec<Font> {
    let Ok(entries) = std::fs::read_dir(dir) else {
        return Vec::new();
    };
    let mut files: Vec<PathBuf> =
        entries.take(FILES_MAX).filter_map(|entry| Some(entry.ok()?.path())).filter(|path| is_font(path)).collect();
    files.sort();
    files
        .into_iter()
        .filter_map(|path| std::fs::read(path).ok())
        .flat_map(|bytes| Font::iter(Bytes::new(bytes)).collect::<Vec<_>>())
        .filter(|font| [SERIF, MONO].contains(&font.info().family.as_str()))
        .collect()
}

fn is_font(path: &Path) -> bool {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or("");
    ["ttc", "otc", "otf", "ttf"].iter().any(|known| extension.eq_ignore_ascii_case(known))
        && path.metadata().is_ok_and(|meta| meta.is_file() && meta.len() <= FILE_BYTES_MAX)
}
