"""The course of the year: seasons, the bad month, incidents, and the tickets somebody will ask about.

All of it hangs on the calendar, never on `until`: a later cut shows more of the same world.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from random import Random
from zoneinfo import ZoneInfo

from ingest.demo.office import Office

START = date(2025, 11, 17)
BAD_MONTH = (date(2026, 10, 1), date(2026, 11, 1))
LABEL_RENAMED = ("db", "area/database", datetime.fromisoformat("2026-05-12T21:04:00Z"))


@dataclass(frozen=True)
class Season:
    arrivals: float = 1.0  # against an ordinary week
    pace: float = 1.0  # how much gets done in an hour of work
    on_time: float = 0.95  # share of tickets triaged within the promise
    lateness: float = 5.0  # working hours by which the others miss it, on average


ORDINARY = Season()
SEASONS = (  # from, until; the first that holds decides
    (*BAD_MONTH, Season(arrivals=1.12, pace=0.25, on_time=0.46, lateness=13)),
    (date(2026, 11, 1), date(2026, 11, 9), Season(pace=0.55, on_time=0.87, lateness=8)),
    # The late and forgotten ones of `SPECIAL` are the breaches of this week; hardly anything else slips.
    (date(2026, 11, 9), date(2026, 11, 16), Season(pace=0.6, on_time=0.97)),
    (date(2025, 12, 19), date(2026, 1, 5), Season(arrivals=0.5, pace=0.7)),
    # The move to the new data hall went live on the weekend of 14 March; everybody noticed on Monday.
    (date(2026, 3, 16), date(2026, 3, 28), Season(arrivals=1.8, pace=0.8, on_time=0.93)),
    (date(2026, 3, 28), date(2026, 4, 6), Season(arrivals=1.3, pace=0.9)),
    (date(2026, 7, 4), date(2026, 8, 24), Season(arrivals=0.76, pace=0.85)),
    (date(2026, 12, 18), date(2027, 1, 4), Season(arrivals=0.5, pace=0.7)),
)

# Tickets opened on a working day, before thinning by season and by who is at work.
ARRIVALS_PER_DAY = {"infra": 4.45, "access": 1.06, "operations": 0.5, "PROD": 0.58, "helpdesk": 1.0}
WEEKDAY_SHAPE = (1.22, 1.1, 1.0, 0.98, 0.8, 0.62, 0.7)
# Hours of the asker's own day: a morning and an afternoon hill, some evenings.
HOURS = (1, 1, 0, 0, 0, 1, 3, 8, 22, 58, 78, 66, 38, 55, 68, 58, 44, 24, 10, 7, 6, 6, 4, 2)
OFF_DAY_CHANCE = 0.13  # of somebody asking although their office is closed that day


def season(day: date) -> Season:
    return next((found for start, until, found in SEASONS if start <= day < until), ORDINARY)


def pace(day: date) -> float:
    return season(day).pace


def arrivals(queue: str, day: date, rng: Random, thinned: float = 1.0) -> int:
    """How many ask on this day: Poisson, around the day's own mean, of which `thinned` is left. That is above 0."""
    mean = ARRIVALS_PER_DAY[queue] * WEEKDAY_SHAPE[day.weekday()] * season(day).arrivals * thinned
    count, waited = 0, rng.expovariate(mean)
    while waited < 1:
        count, waited = count + 1, waited + rng.expovariate(mean)
    return count


def moment(office: Office, day: date, rng: Random) -> datetime:
    """When on this day somebody of that office asks."""
    hour = rng.choices(range(24), HOURS)[0]
    clock = time(hour, rng.randint(0, 59), rng.randint(0, 59))
    return datetime.combine(day, clock, ZoneInfo(office.zone)).astimezone(UTC)


# Quiet in December and August; the move and the month with two people away had more than their share.
INCIDENTS_PER_MONTH = {12: 0, 8: 0, 3: 2, 10: 3}


def incident_days(seed: int, year: int, month: int) -> list[date]:
    if (year, month) == (2026, 11):
        return [date(2026, 11, 12)]
    rng = Random(f"{seed}/incident days/{year}-{month}")
    first_day = START.day + 1 if (year, month) == (START.year, START.month) else 2
    # In October they fell into one week and the days around it.
    days = range(8, 20) if month == 10 else range(first_day, 28)
    return [date(year, month, day) for day in sorted(rng.sample(days, INCIDENTS_PER_MONTH.get(month, 1)))]


# Los Angeles time, queue, what is special. `forgotten` and `late` miss the triage promise of the last week.
SPECIAL = (
    ("2025-11-25 11:02:09", "infra", "transferred"),
    ("2025-12-03 10:12:40", "infra", "discussion"),
    ("2025-12-09 13:31:05", "infra", "pull request"),
    ("2026-01-14 09:47:51", "infra", "odd title 0"),
    ("2026-01-22 15:20:33", "infra", "transferred"),
    ("2026-01-29 16:31:20", "infra", "never ending"),
    ("2026-02-05 10:05:18", "infra", "locked"),
    ("2026-02-17 14:05:26", "infra", "reopened thrice"),
    ("2026-02-24 11:40:02", "infra", "odd title 1"),
    ("2026-03-18 16:11:47", "infra", "pull request"),
    ("2026-03-26 09:33:10", "infra", "ping-pong"),
    ("2026-04-08 08:15:55", "infra", "odd title 2"),
    ("2026-04-15 13:08:42", "infra", "never ending"),
    ("2026-04-21 10:50:04", "infra", "discussion"),
    ("2026-05-06 14:22:38", "infra", "transferred"),
    ("2026-05-19 13:02:11", "access", "odd title 3"),
    ("2026-06-03 11:18:29", "infra", "odd title 4"),
    ("2026-06-16 15:44:00", "infra", "abandoned"),
    ("2026-06-24 10:27:13", "access", "locked"),
    ("2026-07-14 09:55:36", "infra", "odd title 5"),
    ("2026-07-29 12:36:48", "infra", "ping-pong"),
    ("2026-08-12 14:09:21", "infra", "transferred"),
    ("2026-09-02 10:44:57", "access", "discussion"),
    ("2026-09-10 13:51:30", "infra", "pull request"),
    ("2026-09-22 11:29:02", "infra", "odd title 6"),
    ("2026-10-07 10:03:44", "infra", "abandoned"),
    ("2026-10-21 15:08:19", "infra", "ping-pong"),
    ("2026-11-04 09:41:12", "infra", "odd title 0"),
    ("2026-11-09 10:06:31", "infra", "late"),
    ("2026-11-09 13:48:52", "infra", "urgent"),
    ("2026-11-10 09:22:17", "infra", "late"),
    ("2026-11-10 15:37:40", "infra", "forgotten"),
    ("2026-11-12 10:11:08", "infra", "forgotten"),
    ("2026-11-12 11:54:26", "infra", "urgent"),
    ("2026-11-13 09:34:45", "infra", "forgotten"),
)
