//! Finds ffmpeg and runs it confined, from one nameless file to another.

use std::ffi::OsString;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;
use std::time::Duration;

use tiezheng_media::{Container, Examination, FileSource, Source};

use super::nameless;
use super::recipes::Mark;
use crate::recordings::confine::{self, End, Limits};

/// Why there is no derivative.
#[derive(Debug)]
pub enum Fault {
    NoFfmpeg,
    TimedOut,
    /// A stable word, and ffmpeg's own last lines for the log.
    Failed(&'static str, String),
    /// Our own disk.
    Storage(std::io::Error),
}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Fault {
        Fault::Storage(error)
    }
}

/// The programs of the system are looked for here; nothing else is readable for a confined child.
const PLACES: [&str; 3] = ["/usr/local/bin", "/usr/bin", "/bin"];
/// Fonts that have Chinese, then others.
const FONTS: [(&str, bool); 8] = [
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", true),
    ("/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc", true),
    ("/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc", true),
    ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", true),
    ("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", true),
    ("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", false),
    ("/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf", false),
    ("/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf", false),
];

/// The ffmpeg of this machine and what it can do.
#[derive(Debug)]
pub struct Tools {
    pub program: String,
    /// `5.1.9-0+deb12u1`: goes into the log with every derivative.
    pub version: String,
    pub encoder: Option<&'static str>,
    /// A font for the mark, and whether it has Chinese; `None` where ffmpeg cannot draw or no font is there.
    pub font: Option<(&'static str, bool)>,
}

impl Tools {
    /// # Errors
    /// `NoFfmpeg` where there is none, or one that does not start.
    pub async fn find(folder: &Path) -> Result<Tools, Fault> {
        Tools::find_in(&PLACES, folder).await
    }

    pub(super) async fn find_in(places: &[&str], folder: &Path) -> Result<Tools, Fault> {
        let found = places.iter().map(|place| format!("{place}/ffmpeg")).find(|path| Path::new(path).is_file());
        let program = found.ok_or(Fault::NoFfmpeg)?;
        let ask = async |question: &str| {
            let args = ["-hide_banner", question].map(OsString::from);
            let mut said = String::new();
            if let Some(mut answer) = run(&program, &args, &Limits::default(), None, folder).await.ok().flatten() {
                let _ = answer.by_ref().take(1 << 20).read_to_string(&mut said);
            }
            said
        };
        let about = ask("-version").await;
        let version = about.split("ffmpeg version ").nth(1).and_then(|rest| rest.split_whitespace().next());
        let version = version.ok_or(Fault::NoFfmpeg)?.chars().take(60).collect();
        let encoders = ask("-encoders").await;
        let encoder = ["libx264", "libopenh264"].into_iter().find(|name| encoders.contains(&format!(" {name} ")));
        let draws = ask("-filters").await.contains(" drawtext ");
        let font = FONTS.into_iter().find(|(path, _)| draws && Path::new(path).is_file());
        Ok(Tools { program, version, encoder, font })
    }

    /// The mark in a script the font has.
    pub fn mark<'a>(&self, chinese: &'a str, other: &'a str) -> Option<Mark<'a>> {
        self.font.map(|(font, has_chinese)| Mark { font, text: if has_chinese { chinese } else { other } })
    }

    /// One derivative of the plaintext in `input`.
    ///
    /// # Errors
    /// All of [`Fault`]; `nothing` where ffmpeg was content and yet wrote nothing that can be shown.
    pub async fn make(
        &self,
        args: &[OsString],
        limits: &Limits,
        input: &File,
        folder: &Path,
    ) -> Result<(File, Examination), Fault> {
        let output = run(&self.program, args, limits, Some(input.try_clone()?), folder).await?;
        let output = output.ok_or_else(|| Fault::Failed("nothing", String::new()))?;
        let mut source = FileSource::new(output.try_clone()?)?;
        let examined = tiezheng_media::examine(&mut source);
        let empty = source.is_empty()
            || examined.container == Container::Unknown
            || examined.tracks.iter().all(|track| track.samples == Some(0))
            || examined.trouble.is_some();
        if empty {
            return Err(Fault::Failed("nothing", format!("{:?}", examined.trouble)));
        }
        Ok((output, examined))
    }
}

/// Runs it; gives its output from the start, `None` where it wrote nothing.
async fn run(
    program: &str,
    args: &[OsString],
    limits: &Limits,
    input: Option<File>,
    folder: &Path,
) -> Result<Option<File>, Fault> {
    let mut output = nameless::on_disk(folder)?;
    let ended = confine::run(program, args, limits, input, Some(output.try_clone()?)).await?;
    match ended.end {
        End::Done => {}
        End::NoProgram => return Err(Fault::NoFfmpeg),
        // 24 SIGXCPU, 25 SIGXFSZ
        End::TimedOut | End::Killed(24) => return Err(Fault::TimedOut),
        End::Killed(25) => return Err(Fault::Failed("too_large", ended.complaint)),
        End::Killed(_) => return Err(Fault::Failed("crashed", ended.complaint)),
        End::Failed(_) => return Err(blamed(ended.complaint)),
    }
    output.rewind()?;
    Ok((output.metadata()?.len() > 0).then_some(output))
}

/// What ffmpeg's complaint comes down to.
fn blamed(complaint: String) -> Fault {
    let says = |words: &[&str]| words.iter().any(|word| complaint.contains(word));
    if says(&["No space left on device", "Disk quota exceeded"]) {
        return Fault::Storage(std::io::Error::new(std::io::ErrorKind::StorageFull, complaint));
    }
    let why = if says(&["Cannot allocate memory", "out of memory"]) {
        "memory"
    } else if says(&["File too large"]) {
        "too_large"
    } else if says(&["Unknown encoder", "Encoder not found", "Unknown decoder", "Decoder (codec", "Decoder not found"])
    {
        "unsupported"
    } else {
        "broken"
    };
    Fault::Failed(why, complaint)
}

/// What one run may use up for a recording of this length; where nobody knows it, as if it had an hour.
pub fn limits(duration_ms: Option<u64>) -> Limits {
    let seconds = duration_ms.map_or(3600, |ms| ms / 1000).min(4 * 3600);
    let wall = 120 + 3 * seconds;
    Limits {
        wall: Duration::from_secs(wall),
        cpu_seconds: 4 * wall,
        memory_bytes: 4 << 30,
        file_bytes: (64 << 20) + seconds * 400_000,
        open_files: 64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complaint_is_told_in_one_word() {
        for (complaint, why) in [
            ("Invalid data found when processing input", "broken"),
            ("Decoder (codec none) not found for input stream #0:1", "unsupported"),
            ("Error: Cannot allocate memory", "memory"),
            ("av_interleaved_write_frame(): File too large", "too_large"),
            ("", "broken"),
        ] {
            assert!(matches!(blamed(complaint.into()), Fault::Failed(word, _) if word == why), "{complaint}");
        }
        assert!(matches!(blamed("No space left on device".into()), Fault::Storage(_)));
    }

    #[tokio::test]
    async fn no_ffmpeg_is_said_so() {
        let folder = tempfile::tempdir().unwrap();
        let found = Tools::find_in(&["/nowhere"], folder.path()).await;
        assert!(matches!(found, Err(Fault::NoFfmpeg)), "{found:?}");
        // Something of that name which is no ffmpeg.
        std::fs::write(folder.path().join("ffmpeg"), "").unwrap();
        let found = Tools::find_in(&[folder.path().to_str().unwrap()], folder.path()).await;
        assert!(matches!(found, Err(Fault::NoFfmpeg)), "{found:?}");
    }
}
