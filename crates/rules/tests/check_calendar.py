"""Holds regulations/calendar against two published packages. Run by hand:

    pip install chinesecalendar holidays && python crates/rules/tests/check_calendar.py

Says for each year how many days were compared and which differ; exit code 1 when any does.
"""
import datetime
import pathlib
import sys
import tomllib

import chinese_calendar
import holidays

folder = pathlib.Path(__file__).resolve().parents[3] / "regulations" / "calendar"
wrong = 0
for path in sorted(folder.glob("*.toml")):
    year = tomllib.loads(path.read_text(encoding="utf-8"))
    if year["status"] != "announced":
        print(f"{year['year']}: not announced, not compared")
        continue
    off, worked = set(year["off"]), set(year["worked"])
    statutory = holidays.China(years=year["year"])
    compared, differ = 0, []
    day = datetime.date(year["year"], 1, 1)
    while day.year == year["year"]:
        weekday = day.weekday() < 5
        ours = (weekday and str(day) not in off) or str(day) in worked
        same = ours == chinese_calendar.is_workday(day)
        # The second package lists days off, not weekends that are worked.
        same &= not weekday or (str(day) in off) == (day in statutory)
        compared += 1
        if not same:
            differ.append(str(day))
        day += datetime.timedelta(days=1)
    wrong += len(differ)
    print(f"{year['year']}: {compared} days compared, {len(differ)} differ {' '.join(differ)}".rstrip())
sys.exit(1 if wrong else 0)
