"""P2: is every byte still what it was? On the stores that P1a left."""
import shutil

from harness import CPU, Bench, Line, Sample, alternate, cold, line, median, said, timed
from rows.ingest import environment


def fixity(bench: Bench) -> list[Line]:
    source, amount = bench.kept["card"]
    installation = bench.kept["big.installation"]
    home = bench.dir / "big"
    env = environment(home)
    each_file = lambda *argv: ["find", source, "-type", "f", "-exec", *argv, "{}", "+"]  # noqa: E731

    def ours(_run: int) -> Sample:
        return installation.verify(amount)

    def ours_cold(_run: int) -> Sample:
        cold(installation.data)
        return installation.verify(amount)

    def read_cold(_run: int) -> Sample:
        cold(installation.data)
        store = installation.data / "store/segments"
        return timed(["find", store, "-type", "f", "-exec", "dd", "if={}", "of=/dev/null", "bs=1M", "status=none", ";"],
                     amount=amount)

    all = {
        "ours": ours,
        "ours, every digest": lambda _run: installation.verify(amount, "--every-digest"),
        "sha256sum": lambda _run: timed(each_file("sha256sum"), amount=amount),
    }
    if bench.has("b3sum"):
        all["b3sum"] = lambda _run: timed(each_file("b3sum"), amount=amount)
    if (home / "restic").exists():
        argv = ["restic", "-r", home / "restic", "check", "--read-data"]
        all["restic check --read-data"] = lambda _run: timed(argv, env, amount=amount)
    if (home / "borg").exists():
        argv = ["borg", "check", "--verify-data", home / "borg"]
        all["borg check --verify-data"] = lambda _run: timed(argv, env, amount=amount)
    all |= {"sequential read, warm": lambda _run: timed(each_file("cat"), amount=amount),
            "sequential read, cold": read_cold, "ours, cold": ours_cold}
    got = alternate(bench.sizes.runs if amount < 2 << 30 else bench.sizes.runs_long, all)

    limit = f"read, warm {said(got['sequential read, warm'], 'GB')}"
    goals = {"restic check --read-data": ("≥ 8×", 8), "borg check --verify-data": ("", None), "sha256sum": ("", None),
             "b3sum": ("", None)}
    lines = [line("P2", "fixity, warm", limit, peer, got[peer], got["ours"], *goals[peer])
             for peer in goals if peer in got]
    if "restic check --read-data" in got:
        lines.append(line("P2", "the same with flat SHA-256 and SM3", limit, "restic check --read-data",
                          got["restic check --read-data"], got["ours, every digest"], "", None))
    lines.append(line("P2", "fixity, cold", "", "sequential read, cold", got["sequential read, cold"],
                      got["ours, cold"], "≥ 0.9×", 0.9))
    per_mib = (1 << 20) / median(got["ours"], CPU) * 1e3
    lines.append(Line("P2", "any 1 MiB", "", "CPU", "", f"{per_mib:.2f} ms CPU a MiB", None, "", "≤ 1 ms CPU",
                      per_mib <= 1))
    for name in ("big", "card"):
        shutil.rmtree(bench.dir / name)
    return lines
