#!/usr/bin/env python3
"""Makes tests/vectors/recurrence.json with python-dateutil and zoneinfo.

Neither shares code with Umbra, so what they agree on with it is worth something:
dateutil expands rules in floating time, zoneinfo resolves local times to instants
(a datetime with fold=0 has exactly our policy: the offset before a gap, the first
of two). Where dateutil departs from RFC 5545 no case is made (see
docs/decisions/0006).

    pip install python-dateutil==2.9.0.post0 tzdata
    tests/interop/recurrence_vectors.py                      # the committed file
    tests/interop/recurrence_vectors.py --random 20000 --seed 7 --out /tmp/more.json
    UMBRA_RECURRENCE_VECTORS=/tmp/more.json cargo test -p umbra-model --test recurrence
"""

import argparse
import json
import pathlib
import random
import signal
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
HORIZON = timedelta(days=40 * 365)
FLOATING = "%Y-%m-%dT%H:%M:%S"

# What libraries are known to get wrong, and what people really have.
NAMED = [
    ("every day", "2026-03-01T09:00:00", "FREQ=DAILY"),
    ("every weekday", "2026-03-02T09:00:00", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
    ("every other week, weeks from Sunday", "1997-08-05T09:00:00",
     "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU"),
    ("every other week, weeks from Monday", "1997-08-05T09:00:00",
     "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU"),
    ("the 29th of February", "2024-02-29T12:00:00", "FREQ=YEARLY"),
    ("the 31st", "2026-01-31T12:00:00", "FREQ=MONTHLY"),
    ("the last day of the month", "2026-01-31T12:00:00", "FREQ=MONTHLY;BYMONTHDAY=-1"),
    ("the last weekday of the month", "2026-01-30T12:00:00",
     "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"),
    ("the last Friday", "2026-01-30T12:00:00", "FREQ=MONTHLY;BYDAY=-1FR"),
    ("Friday the 13th", "2026-02-13T09:00:00", "FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR"),
    ("the fifth Monday", "2026-03-30T09:00:00", "FREQ=MONTHLY;BYDAY=5MO"),
    ("Thanksgiving", "2026-11-26T18:00:00", "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH"),
    ("the 20th Monday of the year", "1997-05-19T09:00:00", "FREQ=YEARLY;BYDAY=20MO"),
    ("Monday of week 1", "2024-12-30T09:00:00", "FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO"),
    ("Monday of week 53", "2026-12-28T09:00:00", "FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO"),
    ("the last week, from Sunday", "2026-01-01T09:00:00",
     "FREQ=YEARLY;BYWEEKNO=-1;BYDAY=SA;WKST=SU"),
    ("the 100th, the 200th and the last day", "1997-01-01T09:00:00",
     "FREQ=YEARLY;INTERVAL=3;BYYEARDAY=-1,100,200"),
    ("a start that the rule doesn't name", "2026-03-04T09:00:00", "FREQ=WEEKLY;BYDAY=MO"),
    ("a count with such a start", "2026-03-04T09:00:00", "FREQ=WEEKLY;COUNT=3;BYDAY=MO"),
    ("until the very second", "2026-03-01T09:00:00", "FREQ=DAILY;UNTIL=20260304T090000"),
    ("until the second before", "2026-03-01T09:00:00", "FREQ=DAILY;UNTIL=20260304T085959"),
    ("until before the start", "2026-03-01T09:00:00", "FREQ=DAILY;UNTIL=20260101T000000"),
    ("several times of a day", "2026-03-01T09:00:00",
     "FREQ=DAILY;BYHOUR=8,12,20;BYMINUTE=0,30"),
    ("every 36 minutes of some hours", "2026-09-14T23:45:00",
     "FREQ=MINUTELY;INTERVAL=36;BYHOUR=19,20,23"),
    ("every 7 hours", "2026-03-01T05:00:00", "FREQ=HOURLY;INTERVAL=7"),
    ("a time of day by the minute", "2014-02-09T06:50:00",
     "FREQ=MINUTELY;BYMONTHDAY=-27,-11,-6,-3,28;BYHOUR=10,20;BYMINUTE=50"),
    ("a day that never comes", "2026-01-01T09:00:00", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"),
    ("an hour that never comes round", "2026-01-01T09:00:00", "FREQ=HOURLY;INTERVAL=24;BYHOUR=7"),
    ("elections", "1996-11-05T09:00:00",
     "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYMONTHDAY=2,3,4,5,6,7,8;BYDAY=TU"),
    ("the third of some weekdays", "1997-09-04T09:00:00",
     "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3"),
]

# zone, start, rule: around the changes of clocks.
ZONED = [
    ("a gap", "Europe/Paris", "2026-03-28T02:30:00", "FREQ=DAILY;COUNT=3"),
    ("an overlap", "Europe/Paris", "2026-10-24T02:30:00", "FREQ=DAILY;COUNT=3"),
    ("hourly through a gap", "Europe/Paris", "2026-03-29T00:00:00", "FREQ=HOURLY;COUNT=6"),
    ("hourly through an overlap", "Europe/Paris", "2026-10-25T00:00:00", "FREQ=HOURLY;COUNT=6"),
    ("every twenty minutes through a gap", "Europe/Paris", "2026-03-29T01:20:00",
     "FREQ=MINUTELY;INTERVAL=20;COUNT=9"),
    ("a gap at midnight", "America/Santiago", "2026-09-05T00:15:00", "FREQ=DAILY;COUNT=3"),
    ("a gap of half an hour", "Australia/Lord_Howe", "2026-10-03T02:15:00", "FREQ=DAILY;COUNT=3"),
    ("an overlap of half an hour", "Australia/Lord_Howe", "2026-04-04T01:45:00",
     "FREQ=DAILY;COUNT=3"),
    ("nine stays nine", "America/New_York", "2026-03-02T09:00:00", "FREQ=WEEKLY;COUNT=3"),
    ("the last Sunday itself", "Europe/London", "2025-03-30T01:30:00",
     "FREQ=YEARLY;COUNT=3;BYMONTH=3;BYDAY=-1SU"),
    ("a day that was left out", "Pacific/Apia", "2011-12-29T12:00:00", "FREQ=DAILY;COUNT=3"),
    ("no changes", "Asia/Kolkata", "2026-03-28T02:30:00", "FREQ=DAILY;COUNT=3"),
    ("universal time", "UTC", "2026-03-28T02:30:00", "FREQ=DAILY;COUNT=3"),
    ("negative summer time", "Europe/Dublin", "2026-03-29T01:30:00", "FREQ=DAILY;COUNT=2"),
]

# start, zone, duration as (days, seconds): where days and hours differ.
ENDS = [
    ("2026-03-28T12:00:00", "Europe/Paris", 1, 0),
    ("2026-03-28T12:00:00", "Europe/Paris", 0, 86_400),
    ("2026-03-28T02:30:00", "Europe/Paris", 1, 0),
    ("2026-03-28T02:30:00", "Europe/Paris", 1, 3_600),
    ("2026-10-25T02:30:00", "Europe/Paris", 0, 3_600),
    ("2026-10-24T02:30:00", "Europe/Paris", 1, 0),
    ("2026-03-29T02:30:00", "Europe/Paris", 0, 0),
    ("2026-03-07T23:00:00", "America/New_York", 0, 6 * 3_600),
    ("2026-12-31T23:59:59", "UTC", 59, 1),
]


class TooLong(Exception):
    """dateutil looks for a next occurrence as long as there are years."""


def in_time(seconds, work):
    def stop(*_):
        raise TooLong

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        return work()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def starts(start, rule, limit):
    start = datetime.strptime(start, FLOATING)
    try:
        dates = rrulestr(rule, dtstart=start)
    except ValueError as error:
        if "empty set" in str(error):
            return []
        raise
    dates = takewhile(lambda date: date < start + HORIZON, dates)
    return [date.strftime(FLOATING) for date in islice(dates, limit)]


def instant(local, zone):
    return local.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)


def shown(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def some(pick, population, most):
    return ",".join(str(it) for it in sorted(pick.sample(population, pick.randint(1, most))))


def signed(most):
    return [number for number in range(-most, most + 1) if number]


def random_rule(pick):
    frequency = pick.choice(["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY"])
    short = frequency in ("HOURLY", "MINUTELY")
    parts = [f"FREQ={frequency}"]
    chance = lambda probability: pick.random() < probability
    if chance(0.5):
        steps = [2, 3, 5, 7, 11, 24, 25, 36, 60, 61, 90, 1440, 1441] if short else [2, 3, 4, 5, 7, 12]
        parts.append(f"INTERVAL={pick.choice(steps)}")
    if chance(0.3):
        parts.append(f"COUNT={pick.randint(1, 12)}")
    by = []
    if chance(0.35):
        by.append("BYMONTH=" + some(pick, range(1, 13), 4))
    weeks = frequency == "YEARLY" and chance(0.2)
    if weeks:
        # dateutil takes some days of a week 52 for days of a week 53.
        by.append("BYWEEKNO=" + some(pick, list(range(-50, 0)) + list(range(1, 52)), 4))
    if frequency in ("YEARLY", "HOURLY", "MINUTELY") and chance(0.2):
        by.append("BYYEARDAY=" + some(pick, signed(366), 6))
    if frequency != "WEEKLY" and chance(0.35):
        by.append("BYMONTHDAY=" + some(pick, signed(31), 6))
    if chance(0.4):
        days = pick.sample(DAYS, pick.randint(1, 4))
        if frequency in ("YEARLY", "MONTHLY") and not weeks and chance(0.5):
            most = 5 if frequency == "MONTHLY" or any("BYMONTH=" in it for it in by) else 53
            days = [f"{pick.choice(signed(most))}{day}" for day in days]
        by.append("BYDAY=" + ",".join(days))
    if chance(0.2 if not short else 0.4):
        by.append("BYHOUR=" + some(pick, range(24), 4))
    if chance(0.2 if not short else 0.4):
        by.append("BYMINUTE=" + some(pick, range(60), 4))
    if by and chance(0.25):
        by.append("BYSETPOS=" + some(pick, signed(4), 3))
    if chance(0.2):
        by.append(f"WKST={pick.choice(DAYS)}")
    return ";".join(parts + by)


def random_start(pick, rule):
    start = datetime(2000, 1, 1) + timedelta(minutes=pick.randrange(30 * 365 * 24 * 60))
    if "FREQ=WEEKLY" in rule and "BYSETPOS" in rule:
        # dateutil lets a position count only what is left of the first week.
        first = DAYS.index(rule.split("WKST=")[1]) if "WKST=" in rule else 0
        start -= timedelta(days=(start.weekday() - first) % 7)
        start = start.replace(hour=0, minute=0)
    return start.strftime(FLOATING)


def random_cases(seed, count, limit):
    pick = random.Random(seed)
    cases = []
    while len(cases) < count:
        rule = random_rule(pick)
        start = random_start(pick, rule)
        try:
            found = in_time(0.5, lambda: starts(start, rule, limit))
        except (TooLong, ValueError):
            continue
        cases.append({"start": start, "rule": rule, "limit": limit, "starts": found})
    return cases


def zoned(name, zone, start, rule):
    ids, instants = [], []
    for local in starts(start, rule, 100):
        at = shown(instant(datetime.strptime(local, FLOATING), zone))
        if at not in instants:
            ids.append(local)
            instants.append(at)
    order = sorted(range(len(ids)), key=lambda at: instants[at])
    return {
        "name": name, "zone": zone, "start": start, "rule": rule,
        "ids": [ids[at] for at in order], "instants": [instants[at] for at in order],
    }


def end(start, zone, days, seconds):
    local = datetime.strptime(start, FLOATING) + timedelta(days=days)
    at = instant(local, zone) + timedelta(seconds=seconds)
    return {"start": start, "zone": zone, "days": days, "seconds": seconds, "end": shown(at)}


def random_resolutions(seed, count):
    """Local times within a day of a change of clocks, in many zones."""
    pick = random.Random(seed)
    zones = [
        "Europe/Paris", "Europe/London", "Europe/Dublin", "America/New_York", "America/Sao_Paulo",
        "America/St_Johns", "America/Santiago", "America/Havana", "Africa/Cairo", "Asia/Tehran",
        "Asia/Beirut", "Asia/Jerusalem", "Asia/Kathmandu", "Australia/Sydney", "Australia/Lord_Howe",
        "Pacific/Auckland", "Pacific/Chatham", "Pacific/Apia", "Antarctica/Troll", "Atlantic/Azores",
    ]
    cases = []
    while len(cases) < count:
        zone = pick.choice(zones)
        at = datetime(1975, 1, 1) + timedelta(days=pick.randrange(49 * 365))
        offset = lambda at: instant(at, zone) - at.replace(tzinfo=UTC)
        if offset(at) == offset(at + timedelta(days=1)):
            continue
        local = at + timedelta(minutes=5 * pick.randrange(288))
        cases.append({
            "zone": zone, "local": local.strftime(FLOATING), "instant": shown(instant(local, zone)),
        })
    return cases


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--random", type=int, default=300)
    arguments.add_argument("--seed", type=int, default=1)
    root = pathlib.Path(__file__).resolve().parent.parent
    arguments.add_argument("--out", default=root / "vectors" / "recurrence.json")
    arguments = arguments.parse_args()

    cases = [
        {"name": name, "start": start, "rule": rule, "limit": 12, "starts": starts(start, rule, 12)}
        for name, start, rule in NAMED
    ]
    vectors = {
        "horizonDays": HORIZON.days,
        "floating": cases + random_cases(arguments.seed, arguments.random, 8),
        "zoned": [zoned(*case) for case in ZONED],
        "resolve": random_resolutions(arguments.seed, 100),
        "ends": [end(*case) for case in ENDS],
    }
    lines = []
    for key, value in vectors.items():
        if isinstance(value, list):
            rows = ",\n".join("    " + json.dumps(row) for row in value)
            lines.append(f"  {json.dumps(key)}: [\n{rows}\n  ]")
        else:
            lines.append(f"  {json.dumps(key)}: {json.dumps(value)}")
    pathlib.Path(arguments.out).write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
