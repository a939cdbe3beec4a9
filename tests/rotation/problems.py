"""Made-up problems: small ones with every rule in them, and sizeable ones as teams have."""

import random
from datetime import date, datetime, timedelta
from typing import Any

from benchmarks.rotation.problems import made_up
from rotation.problem import Problem

FIRST = date(2026, 11, 2)  # a Monday
NAMES = ("Ana", "Bo", "Cy", "Dee", "Eli", "Fay", "Gus", "Hal")


def week(number: int, role: str = "duty") -> str:
    """The id of the weekly shift that begins so many weeks after the first Monday."""
    return f"{role}/{FIRST + timedelta(weeks=number)}"


def monday(number: int) -> str:
    """The Monday so many weeks after the first."""
    return (FIRST + timedelta(weeks=number)).isoformat()


def team(*names: str, weeks: int = 4, **told: Any) -> Problem:
    """A team that shares one weekly role, told in words where it differs."""
    people = told.pop("people", None) or [{"name": name, "roles": ["duty"]} for name in names]
    roles = told.pop("roles", None) or [{"name": "duty"}]
    return Problem(**({"first_day": FIRST, "weeks": weeks, "people": people, "roles": roles} | told))


def tiny(seed: int) -> Problem:
    """Two to four people and at most eight shifts, with any rule tight or loose."""
    chance = random.Random(seed)
    names = NAMES[: chance.choice((2, 3, 3, 4))]
    weeks = chance.choice((2, 3, 4, 5, 6) if len(names) < 4 else (2, 3, 4, 5))
    roles = _roles(chance, weeks)
    people = [_person(chance, name, [role["name"] for role in roles], weeks) for name in names]
    told: dict[str, Any] = {
        "zone": chance.choice(("UTC", "Europe/Berlin")),
        "first_day": chance.choice((FIRST, date(2026, 10, 19), date(2026, 3, 25))),
        "weeks": weeks,
        "people": people,
        "roles": roles,
        "holiday_weight": chance.choice((1, 1.5)),
        "absence_owed": chance.choice((0, 0, 0.5)),
    }
    if len(roles) > 1 and chance.random() < 0.7:
        told["exclusions"] = [(roles[0]["name"], roles[1]["name"])]
    bare = Problem(**told)
    return Problem(**told, **_happenings(chance, bare))


def _roles(chance: random.Random, weeks: int) -> list[dict[str, Any]]:
    kinds = [_role(chance, "duty", "weekly")]
    if weeks <= 3 and chance.random() < 0.7:
        kinds.append(_role(chance, "release", "weekly"))
    elif weeks == 2 and chance.random() < 0.7:
        kinds.append(_role(chance, "desk", "weekday/weekend"))
    if weeks <= 3 and chance.random() < 0.2:
        kinds[0]["pattern"] = "weekday/weekend"
    if weeks == 2 and len(kinds) == 1 and chance.random() < 0.3:
        kinds[0]["people"] = 2
    return kinds


def _role(chance: random.Random, name: str, pattern: str) -> dict[str, Any]:
    return {
        "name": name,
        "pattern": pattern,
        "starts_on": chance.choice(("mon", "mon", "wed")),
        "starts_at": chance.choice(("00:00", "09:00")),
        "burden": chance.choice((1, 1, 0.8, 0.4, 0)) if name != "duty" else chance.choice((1, 1, 0.7)),
        "rest_days": chance.choice((0, 0, 7, 14)),
        "may_miss": chance.choice((0, 0, 0.3)),
        "shadow_weight": chance.choice((0, 0.5)),
    }


def _person(chance: random.Random, name: str, roles: list[str], weeks: int) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": name,
        "zone": chance.choice(("UTC", "Europe/Berlin", "Asia/Tokyo")),
        "share": chance.choice((1, 1, 1, 0.8, 0.5)),
        "roles": [role for role in roles if chance.random() < 0.85],
        "holidays": [FIRST + timedelta(days=chance.randrange(7 * weeks)) for _ in range(chance.randrange(3))],
    }
    told["trains_for"] = [role for role in roles if role not in told["roles"] and chance.random() < 0.5]
    if chance.random() < 0.15:
        told["joined"] = FIRST + timedelta(days=chance.randrange(7 * weeks))
    elif chance.random() < 0.15:
        told["left"] = FIRST + timedelta(days=chance.randrange(7 * weeks))
    if chance.random() < 0.3:
        told["opening_balance"] = chance.randrange(-25, 26) / 10
    return told


def _happenings(chance: random.Random, problem: Problem) -> dict[str, Any]:
    """What comes to pass in a problem: absences, wishes, pins, a published plan, a past."""
    people, shifts = [person.name for person in problem.people], list(problem.shifts)
    begin = problem.span[0]
    told: dict[str, Any] = {"absences": [], "preferences": [], "pins": [], "published": []}
    for person in people:
        if chance.random() < 0.4:
            since = begin + timedelta(hours=12 * chance.randrange(14 * problem.weeks))
            until = since + timedelta(hours=12 * chance.randrange(1, 20))
            told["absences"].append({"person": person, "since": since, "until": until})
    for _ in range(chance.randrange(4)):
        wish: dict[str, Any] = {"person": chance.choice(people), "wish": chance.choice(("wants", "avoids"))}
        wish |= chance.choice(
            (
                {"shift": chance.choice(shifts).id},
                {"role": chance.choice(problem.roles).name},
                {"since": begin + timedelta(days=chance.randrange(20))},
            )
        )
        told["preferences"].append(wish | {"strength": chance.randrange(1, 4)})
    for shift in shifts:
        if chance.random() < 0.12:
            pin = {"person": chance.choice(people), "shift": shift.id, "is_volunteer": chance.random() < 0.4}
            told["pins"].append(pin | {"is_shadow": chance.random() < 0.2})
    if chance.random() < 0.6:
        told["published"] = [
            {"person": chance.choice(people), "shift": shift.id} for shift in shifts if chance.random() < 0.7
        ]
        if chance.random() < 0.6:
            told["frozen_until"] = begin + timedelta(days=chance.choice((7, 8, 14)))
    return told | _past(chance, problem, begin)


def _past(chance: random.Random, problem: Problem, begin: datetime) -> dict[str, Any]:
    told: dict[str, Any] = {"history": [], "expected_loads": []}
    for weeks_ago in range(1, chance.randrange(1, 6)):
        for role in problem.roles:
            if chance.random() < 0.8:
                since = begin - timedelta(weeks=weeks_ago) + timedelta(days=chance.choice((0, 0, 0, 2)))
                past = {"person": chance.choice(problem.people).name, "role": role.name, "since": since}
                past |= {"until": since + timedelta(days=7), "measured": chance.choice((None, 0, 3, 9))}
                told["history"].append(past)
    for shift in problem.shifts:
        if chance.random() < 0.2:
            told["expected_loads"].append({"shift": shift.id, "multiplier": chance.choice((0.5, 1.2, 2))})
    return told


def crowd(people: int, weeks: int, seed: int) -> Problem:
    """A team as the benchmark makes them up: two roles for up to twelve people, four for more."""
    return made_up(people, weeks, 2 if people <= 12 else 4, seed)
