"""Teams of four sizes, made up: absences, an uneven past, roles that exclude each other, the first half published."""

import random
from datetime import date, timedelta
from typing import Any

from rotation.greedy import greedy
from rotation.problem import Problem
from rotation.tally import Tally

FIRST = date(2026, 11, 2)  # a Monday
ROLES: list[dict[str, Any]] = [
    {"name": "duty", "burden": 1},
    {"name": "release", "burden": 0.8, "rest_days": 7},
    {"name": "incident", "burden": 0.6},
    {"name": "third line", "burden": 0.4},
]
ABSENT = 0.15  # of everybody's weeks
UNKNOWN = 0.3  # of the absences, when the plan was published


def made_up(people: int, weeks: int, roles: int, seed: int) -> Problem:
    """A problem of so many people, weeks and roles, the same for a seed. Two at least may hold each role."""
    chance = random.Random(seed)
    told = ROLES[:roles]
    names = [role["name"] for role in told]
    absences = _absences(chance, people, weeks)
    problem = Problem(
        first_day=FIRST,
        weeks=weeks,
        roles=told,
        people=[_person(chance, number, names) for number in range(people)],
        exclusions=[(one, other) for one in names for other in names if one < other],
        absences=[absence for absence in absences if chance.random() > UNKNOWN],
        preferences=[_wish(chance, people, weeks) for _ in range(people)],
        history=_history(chance, people, names),
    )
    half = FIRST + timedelta(weeks=weeks // 2)
    drafted = greedy(Tally(problem)).holders
    published = [
        {"person": name, "shift": shift.id}
        for shift in problem.shifts
        if shift.since.date() < half
        for name in drafted[shift.id]
    ]
    frozen_until = f"{FIRST + timedelta(weeks=1)}T00:00Z"
    return problem.changed(absences=absences, published=published, frozen_until=frozen_until)


def _person(chance: random.Random, number: int, roles: list[str]) -> dict[str, Any]:
    able = [role for role in roles if number < 2 or chance.random() < 0.75]
    share = chance.choice((1, 1, 1, 1, 0.8, 0.6))
    return {"name": name_of(number), "roles": able, "share": share, "opening_balance": chance.randint(-15, 15) / 10}


def name_of(number: int) -> str:
    """A made-up name."""
    return f"Person {number + 1:02}"


def _absences(chance: random.Random, people: int, weeks: int) -> list[dict[str, Any]]:
    found = []
    for number in range(people):
        away: set[int] = set()
        while len(away) < round(ABSENT * weeks):
            first = chance.randrange(weeks)
            away |= set(range(first, min(weeks, first + chance.choice((1, 1, 2, 3)))))
        for week in sorted(away):
            since = FIRST + timedelta(weeks=week)
            found.append({"person": name_of(number), "since": since, "until": since + timedelta(weeks=1)})
    return found


def _wish(chance: random.Random, people: int, weeks: int) -> dict[str, Any]:
    since = FIRST + timedelta(weeks=chance.randrange(weeks))
    wish = chance.choice(("avoids", "avoids", "avoids", "wants"))
    period = {"since": since, "until": since + timedelta(weeks=chance.choice((1, 2)))}
    return {"person": name_of(chance.randrange(people)), "wish": wish, "strength": chance.randint(1, 3), **period}


def _history(chance: random.Random, people: int, roles: list[str]) -> list[dict[str, Any]]:
    """The two weeks before, in which nobody held two things at once."""
    found = []
    for week in (-2, -1):
        since = FIRST + timedelta(weeks=week)
        for number, role in zip(chance.sample(range(people), len(roles)), roles, strict=True):
            past = {"person": name_of(number), "role": role, "since": since, "until": since + timedelta(weeks=1)}
            found.append(past)
    return found
