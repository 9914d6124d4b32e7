"""P6: an hour of 1080p. What do its tables say, and what does it look like?"""
import pathlib
import shutil
import sqlite3
import subprocess
import time

from harness import CPU, WALL, Bench, Line, Sample, alternate, line, said, timed, tree_cpu
from rows import material
from rows.product import Installation

THUMBNAILS = 30


def hour(bench: Bench) -> pathlib.Path:
    """One minute is encoded, the rest repeats it: as many samples as a real hour, quickly made.

    Times jitter as a camera's do, or the whole hour would be one line of its table.
    """
    path = bench.dir / "hour.mp4"
    if path.exists():
        return path
    minute, listing = bench.dir / "minute.mp4", bench.dir / "minutes.txt"
    material.clip(minute, 60)
    listing.write_text(f"file '{minute}'\n" * bench.sizes.minutes)
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "concat", "-safe", "0", "-i", listing, "-c", "copy",
                    "-bsf:v", "setts=ts=TS+mod(N*7\\,5)", "-movflags", "+faststart", path], check=True)
    minute.unlink()
    return path


def media(bench: Bench) -> list[Line]:
    if not bench.has("ffmpeg"):
        return []
    film = hour(bench)
    return continuity(bench, film) + thumbnails(bench, film)


def continuity(bench: Bench, film: pathlib.Path) -> list[Line]:
    """Gaps and jumps between packets. Ours with the start of its process; `--times` repeats inside one."""
    hours = bench.sizes.minutes / 60
    probe = ["ffprobe", "-v", "error", "-show_packets", "-of", "compact", film]
    repeat = 20

    def inside(_run: int) -> Sample:
        told = subprocess.run([bench.examine, "--times", str(repeat), film], check=True, capture_output=True, text=True)
        wall, cpu = map(float, told.stdout.splitlines()[-1].split())
        return Sample(wall / repeat, cpu / repeat, hours)

    got = alternate(bench.sizes.runs, {
        "ours": lambda _run: timed([bench.examine, film], amount=hours),
        "ours, in a running process": inside,
        "ffprobe -show_packets": lambda _run: timed(probe, amount=hours),
        "cat": lambda _run: timed(["cat", film], amount=hours),
    })
    limit = f"cat {said(got['cat'], 'h')}"
    theirs = got["ffprobe -show_packets"]
    return [
        line("P6", "continuity of 1 h", limit, "ffprobe -show_packets", theirs, got["ours, in a running process"],
             "≥ 50×", 50, unit="h"),
        line("P6", "the same with a process of its own", limit, "ffprobe -show_packets", theirs, got["ours"], "", None,
             unit="h"),
    ]


def thumbnails(bench: Bench, film: pathlib.Path) -> list[Line]:
    """Ours: poster and strip, from the order for a preview until both are sealed. Theirs: 30 seeks, a picture each."""
    home = bench.folder("thumbnails")
    installation = Installation(bench, home / "data")
    card = home / "card"
    card.mkdir()
    for n in range(bench.sizes.runs):
        material.padded(card / f"film{n}.mp4", film, f"film{n}", film.stat().st_size + (1 << 16))
    recordings = [file["recording"] for file in installation.sealed(card)]
    seconds = bench.sizes.minutes * 60
    pictures = home / "pictures"
    pictures.mkdir()
    seek = ('for n in $(seq 0 29); do ffmpeg -v error -y -nostdin -ss $((n * $2 / 30)) -i "$0" -frames:v 1 '
            '-vf scale=320:-2 "$1/$n.jpg" || exit 1; done')

    with installation.serve() as server:
        def ours(run: int) -> Sample:
            cpu, began = tree_cpu(server.pid), time.perf_counter()
            server.ask("POST", f"/api/recordings/{recordings[run]}/preview")
            while not has_strip(installation.data, recordings[run]):
                if time.perf_counter() - began > 120:
                    raise SystemExit(f"no strip of {recordings[run]} after two minutes")
                time.sleep(0.005)
            wall = time.perf_counter() - began
            time.sleep(0.2)
            return Sample(wall, tree_cpu(server.pid) - cpu, seconds / 3600)

        got = alternate(bench.sizes.runs, {
            "ours": ours,
            "30 seeks": lambda _run: timed(["sh", "-c", seek, film, pictures, str(seconds)], amount=seconds / 3600),
            "cat": lambda _run: timed(["cat", film], amount=seconds / 3600),
        })
    shutil.rmtree(home)
    return [line("P6", "poster and 30 thumbnails of 1 h", f"cat {said(got['cat'], 'h')}", "30 × ffmpeg -ss",
                 got["30 seeks"], got["ours"], "≥ 5×", 5, unit="h", by=WALL)]


def has_strip(data: pathlib.Path, recording: str) -> bool:
    with sqlite3.connect(f"file:{data}/tiezheng.db?mode=ro", uri=True) as database:
        sql = "select count(*) from derivative where recording_id = ? and kind = 'strip'"
        return database.execute(sql, (recording,)).fetchone()[0] > 0
