"""Measuring: contenders take turns, CPU seconds stand beside wall seconds, the median of several runs counts."""
import dataclasses
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time
from typing import Callable, NamedTuple

TICK = os.sysconf("SC_CLK_TCK")


class Sample(NamedTuple):
    """One run of one contender. `amount`: bytes, requests or files."""

    wall: float
    cpu: float
    amount: float = 0.0


@dataclasses.dataclass(frozen=True)
class Sizes:
    runs: int = 5
    #: for contenders that take longer than 20 s
    runs_long: int = 3
    files: int = 16
    file_bytes: int = 64 << 20
    photos: int = 2000
    photo_bytes: int = 200_000
    upload_bytes: int = 128 << 20
    playback_bytes: int = 2_000_000_000
    requests: int = 300
    minutes: int = 60
    recordings: int = 1_000_000
    devices: int = 10_000

    @staticmethod
    def full() -> "Sizes":
        return Sizes(files=40, photos=10_000, upload_bytes=256 << 20, requests=1000, recordings=10_000_000)

    @staticmethod
    def smoke() -> "Sizes":
        return Sizes(runs=1, runs_long=1, files=3, file_bytes=12 << 20, photos=40, upload_bytes=9 << 20,
                     playback_bytes=60_000_000, requests=20, minutes=2, recordings=20_000, devices=400)

    def with_runs(self, runs: int) -> "Sizes":
        return dataclasses.replace(self, runs=runs, runs_long=min(runs, self.runs_long))

    def told(self) -> str:
        mib = self.file_bytes >> 20
        return (f"{os.cpu_count()} cores. {self.files} files of {mib} MiB, {self.photos} photos of "
                f"{self.photo_bytes // 1000} kB, 4 uploads of {self.upload_bytes >> 20} MiB, playback of "
                f"{self.playback_bytes / 1e9:.1f} GB, {self.minutes} min of video, "
                f"{self.recordings / 1e6:g} M rows to judge, {self.devices:,} devices; median of {self.runs} runs")


class Bench(NamedTuple):
    exe: pathlib.Path
    #: examines a media file and prints what it found
    examine: pathlib.Path
    #: judges made-up recordings by the rules
    judge: pathlib.Path
    dir: pathlib.Path
    peers: pathlib.Path
    sizes: Sizes
    #: what rows leave for later rows
    kept: dict = {}

    def folder(self, name: str) -> pathlib.Path:
        """Empty, on the disk that is measured."""
        path = self.dir / name
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
        return path

    def has(self, program: str) -> bool:
        if shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
            return True
        print(f"   {program} is not here: left out", file=sys.stderr)
        return False

    def close(self) -> None:
        for path in self.dir.glob("*"):
            if path != self.peers:
                shutil.rmtree(path, ignore_errors=True)


def timed(argv, env=None, cwd=None, amount=0.0, expect=0) -> Sample:
    """Runs a program to its end. CPU includes the children it waited for."""
    argv = [str(arg) for arg in argv]
    began = time.perf_counter()
    child = subprocess.Popen(argv, env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE)
    complaint = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    child.stderr.close()
    if child.returncode != expect:
        raise SystemExit(f"{argv[0]} {argv[1:3]} ended with {child.returncode}:\n{complaint[-2000:].decode(errors='replace')}")
    return Sample(wall, usage.ru_utime + usage.ru_stime, amount)


def tree_cpu(root: int) -> float:
    """CPU seconds so far of a process, of its descendants, and of those of them that have ended."""
    parents, spent = {}, {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat", "rb") as stat:
                fields = stat.read().rsplit(b") ", 1)[1].split()
        except OSError:
            continue
        parents[int(entry)] = int(fields[1])
        spent[int(entry)] = sum(map(int, fields[11:15])) / TICK
    total = 0.0
    for pid, cpu in spent.items():
        above = pid
        while above and above != root:
            above = parents.get(above, 0)
        total += cpu if above == root else 0.0
    return total


def alternate(runs: int, contenders: dict[str, Callable[[int], Sample]]) -> dict[str, list[Sample]]:
    """A B C A B C …, so that a change of the machine's mood meets all of them."""
    samples: dict[str, list[Sample]] = {name: [] for name in contenders}
    for run in range(runs):
        for name, contender in contenders.items():
            os.sync()  # nobody pays for what another left to be written
            sample = contender(run)
            samples[name].append(sample)
            rate = f" {sample.amount / sample.wall / 1e6:10.1f} M/s" if sample.amount else ""
            print(f"   {run} {name:28} {sample.wall:8.3f} s  cpu {sample.cpu:8.3f} s{rate}", file=sys.stderr, flush=True)
    return samples


def cold(path: pathlib.Path) -> None:
    """The next read comes from the disk (which the host may still have in its memory)."""
    os.sync()
    for file in path.rglob("*"):
        if file.is_file():
            fd = os.open(file, os.O_RDONLY)
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(fd)


class Line(NamedTuple):
    row: str
    work: str
    limit: str
    peer: str
    theirs: str
    ours: str
    ratio: float | None
    spread: str
    goal: str
    met: bool | None


def median(samples: list[Sample], of: Callable[[Sample], float]) -> float:
    return statistics.median(of(sample) for sample in samples)


def spread(samples: list[Sample], of: Callable[[Sample], float]) -> str:
    values = [of(sample) for sample in samples]
    return f"±{(max(values) - min(values)) / 2 / statistics.median(values):.0%}"


WALL = lambda sample: sample.amount / sample.wall  # noqa: E731  amount a second
CPU = lambda sample: sample.amount / max(sample.cpu, 1e-6)  # noqa: E731  amount a CPU second


def said(samples: list[Sample], unit: str) -> str:
    """`0.52 GB/s, 0.31/CPU-s`"""
    scale = {"GB": 1e9, "files": 1.0, "h": 1.0, "M rows": 1e6}[unit]
    figure = lambda value: f"{value:.3g}" if value < 1000 else f"{value:,.0f}"  # noqa: E731
    return f"{figure(median(samples, WALL) / scale)} {unit}/s, {figure(median(samples, CPU) / scale)}/CPU-s"


def line(row, work, limit, peer, theirs, ours, goal, least, unit="GB", by=WALL) -> Line:
    """Ours against one peer: so many times as fast, or as cheap."""
    ratio = median(ours, by) / median(theirs, by)
    both = f"{spread(ours, by)} / {spread(theirs, by)}"
    met = None if least is None else ratio >= least
    return Line(row, work, limit, peer, said(theirs, unit), said(ours, unit), ratio, both, goal, met)


def table(lines: list[Line]) -> str:
    head = "| row | work | limit or probe | peer | theirs | ours | ratio | spread ours / theirs | goal | met |"
    out = [head, "|---" * head.count(" | ") + "|---|"]
    for one in lines:
        ratio = "" if one.ratio is None else f"{one.ratio:.2f}×"
        met = {True: "yes", False: "**no**", None: ""}[one.met]
        cells = [one.row, one.work, one.limit, one.peer, one.theirs, one.ours, ratio, one.spread, one.goal, met]
        out.append(f"| {' | '.join(cells)} |")
    return "\n".join(out) + "\n"
