"""P1a and P1b: a card into custody, against programs that copy, hash or back up the same files."""
import os
import pathlib
import shutil

from harness import CPU, Bench, Line, Sample, alternate, line, median, said, timed
from rows import material
from rows.product import Installation


def environment(folder: pathlib.Path) -> dict[str, str]:
    return os.environ | {
        "RESTIC_PASSWORD": "bench", "RESTIC_CACHE_DIR": str(folder / "restic-cache"),
        "BORG_PASSPHRASE": "bench", "BORG_BASE_DIR": str(folder / "borg-base"),
        "BORG_RELOCATED_REPO_ACCESS_IS_OK": "yes",
    }


def contenders(bench: Bench, source: pathlib.Path, amount: float, store: str) -> dict:
    """Each leaves what it stored in last, so that fixity can be measured on it."""
    home = bench.folder(store)
    env = environment(home)

    def ours(_run: int) -> Sample:
        installation = Installation(bench, home / "ours")
        bench.kept[f"{store}.installation"] = installation
        return installation.ingest(source, amount)

    def restic(*more: str):
        def run(_run: int) -> Sample:
            repo = fresh(home / "restic")
            shutil.rmtree(home / "restic-cache", ignore_errors=True)
            timed(["restic", "-r", repo, "init"], env)
            return timed(["restic", "-r", repo, *more, "backup", source], env, amount=amount)
        return run

    def borg(_run: int) -> Sample:
        repo = fresh(home / "borg")
        shutil.rmtree(home / "borg-base", ignore_errors=True)
        timed(["borg", "init", "--encryption", "repokey", repo], env)
        return timed(["borg", "create", "--compression", "none", f"{repo}::one", source], env, amount=amount)

    def copy(_run: int) -> Sample:
        goal = fresh(home / "copy")
        script = 'cp -r "$0" "$1" && cd "$1" && find . -type f -exec sha256sum {} + > ../sums && sync -f .'
        sample = timed(["sh", "-c", script, source, goal], amount=amount)
        shutil.rmtree(goal)
        return sample

    def raw(_run: int) -> Sample:
        goal = fresh(home / "raw")
        goal.mkdir()
        script = ('find "$0" -type f | while read -r f; do dd if="$f" of="$1/$(basename "$f")" bs=1M iflag=direct '
                  'oflag=direct conv=fsync status=none || exit 1; done')
        sample = timed(["sh", "-c", script, source, goal], amount=amount)
        shutil.rmtree(goal)
        return sample

    all = {"ours": ours, "cp + sha256sum + sync": copy}
    if bench.has("restic"):
        # Recordings do not compress; restic tries to unless told.
        all |= {"restic": restic(), "restic, no compression": restic("--compression", "off")}
    if bench.has("borg"):
        all["borg"] = borg
    return all | {"raw O_DIRECT copy": raw}


def fresh(path: pathlib.Path) -> pathlib.Path:
    shutil.rmtree(path, ignore_errors=True)
    return path


def big(bench: Bench) -> list[Line]:
    sizes = bench.sizes
    source = bench.folder("card")
    amount = material.card(source, sizes.files, sizes.file_bytes)
    bench.kept["card"] = (source, amount)
    runs = sizes.runs if amount < 2 << 30 else sizes.runs_long
    got = alternate(runs, contenders(bench, source, amount, "big"))
    raw, ours = got["raw O_DIRECT copy"], got["ours"]
    limit = f"raw copy {said(raw, 'GB')}"
    goals = {"restic": ("≥ 5×", 5), "restic, no compression": ("", None), "borg": ("", None),
             "cp + sha256sum + sync": ("≥ 2.5×", 2.5), "raw O_DIRECT copy": ("≥ 0.7×", 0.7)}
    lines = [line("P1a", "ingest, big", limit, peer, got[peer], ours, *goals[peer]) for peer in goals if peer in got]
    per_cpu = median(ours, CPU) / 1e9
    lines.append(Line("P1a", "ingest, big", limit, "CPU", "", f"{per_cpu:.3g} GB/CPU-s", None, "", "≥ 1.2 GB/CPU-s",
                      per_cpu >= 1.2))
    return lines


def small(bench: Bench) -> list[Line]:
    sizes = bench.sizes
    source = bench.folder("photos")
    amount = material.photos(source, sizes.photos, sizes.photo_bytes)
    runs = sizes.runs if amount < 1 << 30 else sizes.runs_long
    all = contenders(bench, source, amount, "small")
    del all["raw O_DIRECT copy"]  # one fsync a file: a limit of dd, not of the disk

    def packed(_run: int) -> Sample:
        """The disk's part: as many bytes in one file, durable."""
        goal = bench.dir / "probe"
        sample = timed(["sh", "-c", 'find "$0" -type f -exec cat {} + | dd of="$1" bs=1M iflag=fullblock oflag=direct '
                        'conv=fsync status=none', source, goal], amount=amount)
        goal.unlink()
        return sample

    got = alternate(runs, all | {"cat into one file": packed})
    limit = f"cat into one file {said(got['cat into one file'], 'GB')}"
    goals = {"restic": ("≥ 4×", 4), "restic, no compression": ("", None), "borg": ("≥ 2.5×", 2.5),
             "cp + sha256sum + sync": ("", None)}
    lines = [line("P1b", "ingest, small", limit, peer, got[peer], got["ours"], *goals[peer])
             for peer in goals if peer in got]
    for name in ("small", "photos"):
        shutil.rmtree(bench.dir / name)
    return lines
