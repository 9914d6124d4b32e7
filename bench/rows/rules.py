"""P8: every recording judged anew by the regulations, and counted. The peers' SQL comes from the same rules.toml."""
import datetime
import os
import pathlib
import sqlite3
import subprocess
import time
import tomllib

from harness import WALL, Bench, Line, Sample, alternate, line, tree_cpu

ROOT = pathlib.Path(__file__).resolve().parents[2]
# In the order in which they are compiled in.
REGULATIONS = ["caofeidian-amr", "mingshan-hrss", "fuzhou-urban", "dalian-ftz", "zhongwei"]
HOUR, DAY, SHANGHAI = 3_600_000, 86_400_000, 28_800_000
#: 2026-11-20 12:00 in Shanghai, as the product's side has it
NOW = 1_795_147_200_000
TODAY = (NOW + SHANGHAI) // DAY
HOLD, LONG_TERM, FOREVER, NEVER = 2**31 - 3, 2**31 - 2, 2**31 - 1, -(2**31)
IMPLIED = {"evidence": ["decision_evidence", "major_case_evidence"], "sudden_incident": ["major_sudden_incident"]}
TABLES = """
    create table recording (law smallint not null, recorded bigint not null, received bigint, grounds integer not null,
                            activity bigint, extended bigint, case_until integer);
    create table day (number integer primary key, year1 integer not null, year2 integer not null);
"""


def regulations() -> list[dict]:
    return [tomllib.loads((ROOT / "regulations" / name / "rules.toml").read_text()) for name in REGULATIONS]


def vocabulary() -> dict[str, int]:
    """Bit by ground: their order in the product's source."""
    source = (ROOT / "crates/rules/src/vocab.rs").read_text().split("    Ground {", 1)[1].split("}", 1)[0]
    codes = [part.split('"')[1] for part in source.splitlines() if '"' in part]
    return {code: 1 << nth for nth, code in enumerate(codes)}


def due(law: dict, defaults: dict) -> str:
    """The deadline in milliseconds, without an extension."""
    upload = law["upload"]
    from_activity = upload.get("clock_start", defaults["upload"]["clock_start"]) in ("activity_end", "day_end")
    start = "greatest(recorded, coalesce(activity, recorded))" if from_activity else "recorded"
    if upload["within"] == "first_moment":
        least = defaults["upload"]["first_moment_min_hours"] * HOUR
        return f"greatest((({start} + {SHANGHAI}) / {DAY} + 1) * {DAY} - {SHANGHAI}, {start} + {least})"
    return f"{start} + {upload['within']['hours'] * HOUR}"


def keep(law: dict, bits: dict[str, int]) -> str:
    """The last day of the longest term. Rules of one term are asked together, as a careful writer of SQL would."""
    masks: dict[str, int] = {}
    for rule in law["retention"]:
        how = rule["keep"]
        term = {"case_file": f"coalesce(case_until, {HOLD})", "long_term": str(LONG_TERM), "forever": str(FOREVER)}
        until = term[how] if isinstance(how, str) else f"year{how['years']}"
        names = [rule["ground"], *IMPLIED.get(rule["ground"], [])]
        masks[until] = masks.get(until, 0) | sum(bits[name] for name in names)
    terms = []
    for until, mask in masks.items():
        always = mask & bits["any"]
        terms.append(until if always else f"case when grounds & {mask} <> 0 then {until} else {NEVER} end")
    return f"greatest({', '.join(terms)}, {NEVER})"


def query() -> str:
    """Counts by regulation, in the columns of the product's side."""
    laws, bits = regulations(), vocabulary()
    defaults = tomllib.loads((ROOT / "regulations/defaults.toml").read_text())

    def by_law(of) -> str:
        return "case law " + " ".join(f"when {n} then {of(law)}" for n, law in enumerate(laws)) + " end"

    def count(where: str) -> str:
        return f"sum(case when {where} then 1 else 0 end)"

    late = f"due < coalesce(received, {NOW})"
    return f"""
      with judged as (select law, received, grounds, extended, {by_law(lambda law: due(law, defaults))} as base,
                             {by_law(lambda law: keep(law, bits))} as longest
                      from recording join day on day.number = (recorded + {SHANGHAI}) / {DAY}),
           answered as (select law, received, base, greatest(base, coalesce(extended, base)) as due,
                               case when longest = {NEVER} or (grounds < 0 and longest < {LONG_TERM}) then {HOLD}
                                    else longest end as until
                        from judged)
      select law, count(*), {count(f"not {late} and received <= base")}, {count(f"not {late} and received > base")},
             {count(late)}, {count(f"not {late} and received is null")}, {count(f"until = {HOLD}")},
             {count(f"until = {LONG_TERM}")}, {count(f"until = {FOREVER}")}, {count(f"until < {TODAY}")}
      from answered group by law order by law"""


def days() -> list[tuple[int, int, int]]:
    """Every day with its last day after one and two years: what SQL would otherwise work out for each recording."""
    epoch = datetime.date(1970, 1, 1)

    def later(day: datetime.date, years: int) -> int:
        leap = (day.month, day.day) == (2, 29) and (day.year + years) % 4
        there = datetime.date(day.year + years, 3, 1) if leap else day.replace(year=day.year + years)
        return (there - epoch).days

    every = [epoch + datetime.timedelta(number) for number in range(40_000)]
    return [(number, later(day, 1), later(day, 2)) for number, day in enumerate(every)]


class Postgres:
    """A server of its own, as the tests have one, with enough memory for all rows. Gone with `close`."""

    def __init__(self) -> None:
        start = [ROOT / "scripts/postgres.sh", "-c", "shared_buffers=4GB", "-c", "work_mem=64MB"]
        self.server = subprocess.Popen(start, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = self.server.stdout.readline().strip()
        if not self.url:
            raise SystemExit("PostgreSQL did not start")

    def ask(self, sql: str, rows=None) -> str:
        told = subprocess.run(["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", self.url, "-c", sql], stdin=rows, check=True,
                              stdout=subprocess.PIPE, text=True)
        return told.stdout

    def timed(self, sql: str, amount: float) -> Sample:
        cpu, began = tree_cpu(self.server.pid), time.perf_counter()
        self.ask(sql)
        return Sample(time.perf_counter() - began, tree_cpu(self.server.pid) - cpu, amount)

    def close(self) -> None:
        self.server.communicate()


def judging(bench: Bench) -> list[Line]:
    """All columns are in memory: ours in arrays, PostgreSQL's in its buffers, SQLite's in a database of memory."""
    if not bench.has("psql"):
        return []
    rows, sql = bench.sizes.recordings, query()
    counts = subprocess.run([bench.judge, str(rows)], check=True, capture_output=True, text=True).stdout
    sqlite = sqlite3.connect(":memory:")
    sqlite_sql = sql.replace("greatest(", "max(")
    postgres = Postgres()
    try:
        fill(bench, rows, sqlite, postgres)
        for peer, theirs in [("PostgreSQL", postgres.ask(sql)), ("SQLite", answered(sqlite, sqlite_sql))]:
            if theirs != counts:
                raise SystemExit(f"{peer} counts otherwise:\n{theirs}ours:\n{counts}")

        def ours(threads: int):
            times = max(1, 20_000_000 // rows)

            def run(_run: int) -> Sample:
                told = subprocess.run([bench.judge, str(rows), "--times", str(times), str(threads)], check=True,
                                      capture_output=True, text=True)
                wall, cpu = map(float, told.stdout.split())
                return Sample(wall / times, cpu / times, rows)
            return run

        def theirs(_run: int) -> Sample:
            cpu, began = time.process_time(), time.perf_counter()
            answered(sqlite, sqlite_sql)
            return Sample(time.perf_counter() - began, time.process_time() - cpu, rows)

        got = alternate(bench.sizes.runs, {
            "ours, all cores": ours(os.cpu_count() or 1),
            "ours, one thread": ours(1),
            "PostgreSQL, two workers": lambda _run: postgres.timed(sql, rows),
            "SQLite": theirs,
        })
    finally:
        postgres.close()
    laws = regulations()
    work = f"{rows / 1e6:g} M recordings by {sum(1 + len(law['retention']) for law in laws)} rules, counted"
    compared = [("PostgreSQL, two workers", "ours, all cores", "≥ 50×", 50),
                ("PostgreSQL, two workers", "ours, one thread", "", None), ("SQLite", "ours, one thread", "", None)]
    return [line("P8", f"{work} ({mine})", "–", peer, got[peer], got[mine], goal, least, unit="M rows", by=WALL)
            for peer, mine, goal, least in compared]


def answered(database: sqlite3.Connection, sql: str) -> str:
    return "".join("|".join(map(str, row)) + "\n" for row in database.execute(sql))


def fill(bench: Bench, rows: int, sqlite: sqlite3.Connection, postgres: Postgres) -> None:
    recordings, calendar = bench.dir / "recordings.csv", bench.dir / "days.csv"
    with recordings.open("w") as out:
        subprocess.run([bench.judge, str(rows), "--csv"], check=True, stdout=out)
    calendar.write_text("".join(",".join(map(str, day)) + "\n" for day in days()))
    postgres.ask(TABLES)
    sqlite.executescript(TABLES)
    for table, file in [("recording", recordings), ("day", calendar)]:
        with file.open() as lines:
            postgres.ask(f"copy {table} from stdin csv", lines)
        with file.open() as lines:
            cells = ([int(cell) if cell else None for cell in text.rstrip("\n").split(",")] for text in lines)
            places = "?, ?, ?, ?, ?, ?, ?" if table == "recording" else "?, ?, ?"
            sqlite.executemany(f"insert into {table} values ({places})", cells)
        file.unlink()
    postgres.ask("vacuum analyze")
    sqlite.execute("analyze")
