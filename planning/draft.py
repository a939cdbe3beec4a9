"""A planner's problem out of a store: the question as far as history, calendars and settings can put it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb

from metrics.freshness import source_ages
from metrics.side_by_side import side_by_side
from metrics.weeks import Week
from planning import outlook, recorded
from planning.recorded import Answered, Turn
from rotation.moments import instant, overlap
from rotation.problem import Problem

Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person says beside the store. Left out: the first Monday after the history ends, in the team's zone."""

    weeks: int = 8
    first_day: date | None = None
    zone: str | None = None
    frozen_weeks: int = 2  # of the plan: published shifts that begin in them stay
    as_of: datetime | None = None
    roles: tuple[str, ...] | None = None  # to plan, of those that the settings describe; None: all of them


@dataclass(slots=True)
class Draft:
    problem: Problem
    notes: list[str] = field(default_factory=list)  # what a planner should know of it, in sentences


def draft(con: duckdb.DuckDBPyConnection, asked: Asked) -> Draft:
    """The problem of the coming weeks. Raises ValueError where the store knows no roles, or nobody to hold one."""
    as_of = asked.as_of or _data_until(con)
    zone = asked.zone or recorded.team_zone(con, as_of)
    found = [
        role for role in recorded.roles(con, zone, as_of) if asked.roles is None or role.role["name"] in asked.roles
    ]
    if not found:
        raise ValueError(
            "the settings of this store describe no role; write a [[role]] for each, then `watchbill apply`"
        )
    first = asked.first_day or Week.containing(as_of, zone).shifted(1).monday
    frame: Facts = {"zone": zone, "first_day": first, "weeks": asked.weeks, "roles": [role.role for role in found]}
    bare = Problem.model_validate({**frame, "people": [{"name": "nobody"}]})
    with side_by_side(con) as ask:
        looks = ask(outlook.outlooks, found, zone, as_of, bare)
        told = ask(_facts, found, as_of, bare).result()
    if asked.frozen_weeks:
        told["frozen_until"] = instant(first + timedelta(weeks=asked.frozen_weeks), zone)
    return _expecting(looks.result(), as_of, Problem.model_validate({**frame, **told}))


def _data_until(con: duckdb.DuckDBPyConnection) -> datetime:
    """How far the newest source of tickets has been read; calendars may be newer."""
    with_tickets = {source for (source,) in con.execute("SELECT DISTINCT source FROM store.ticket").fetchall()}
    ages = source_ages(con)
    known = [age.until for age in ages if age.until and age.source in with_tickets]
    known = known or [age.until for age in ages if age.until]
    if not known:
        raise ValueError("the store holds no history; run `watchbill sync` first")
    return max(known)


def _facts(con: duckdb.DuckDBPyConnection, found: list[Answered], as_of: datetime, bare: Problem) -> Facts:
    names = {role.role["name"] for role in found}
    begin, end = bare.span
    since = begin - timedelta(weeks=bare.past.window_weeks)
    recent = recorded.turns(con, as_of, since - timedelta(days=1))  # days are read in zones of their own
    turns = [turn for turn in recent if turn.role in names and bare.local(turn.until) > since]
    past = [turn for turn in turns if bare.local(turn.since) < begin]
    people = _people(con, names, past, since, end, bare)
    known = {person["name"] for person in people}
    published = list(
        _published(bare, (turn for turn in turns if bare.local(turn.since) >= begin and turn.person in known))
    )
    return {
        "people": people,
        "exclusions": _exclusions(found),
        "absences": list(_absences(con, known, since, end, bare)),
        "published": published,
        "history": [_past(turn) for turn in past],
    }


def _people(
    con: duckdb.DuckDBPyConnection, roles: set[str], past: list[Turn], since: datetime, end: datetime, bare: Problem
) -> list[Facts]:
    """Who may hold a role, and who held one; whoever held one and is in no settings may hold none."""
    days = recorded.holidays(con, since.date(), end.date() + timedelta(days=1))
    zones = recorded.zones(con)
    held = {turn.person: None for turn in past}
    people = []
    for person in recorded.people(con):
        may = [role for role in dict.fromkeys(person["roles"]) if role in roles]
        is_gone = person["left"] is not None and person["left"] <= since.date()
        if (may and not is_gone) or person["name"] in held:
            people.append({**person, "roles": may, "holidays": days.get(person["name"], [])})
    named = {person["name"] for person in people}
    people += [{"name": name, "zone": zones.get(name, bare.zone)} for name in held if name not in named]
    if not any(person.get("roles") for person in people):
        raise ValueError(
            f"nobody may hold {', '.join(sorted(roles))}; name the roles of each [[person]] in the settings"
        )
    return people


def _exclusions(found: list[Answered]) -> list[tuple[str, str]]:
    names = {role.role["name"] for role in found}
    pairs = {tuple(sorted((role.role["name"], other))) for role in found for other in role.excludes if other in names}
    return sorted((a, b) for a, b in pairs)


def _absences(
    con: duckdb.DuckDBPyConnection, known: set[str], since: datetime, end: datetime, bare: Problem
) -> Iterator[Facts]:
    for person, begin, until in recorded.absences(con):
        if person in known and bare.local(until) > since and bare.local(begin) < end:
            yield {"person": person, "since": begin, "until": until}


def _past(turn: Turn) -> Facts:
    told = {"person": turn.person, "role": turn.role, "since": turn.since, "until": turn.until}
    return told if turn.measured is None else {**told, "measured": turn.measured}


def _published(bare: Problem, turns: Iterable[Turn]) -> Iterator[Facts]:
    """Who is announced for the plan's shifts: whoever has more than half of one, in so far as it has seats."""
    taken: dict[str, list[str]] = {}
    for turn in turns:
        span = bare.local(turn.since), bare.local(turn.until)
        for shift in bare.shifts:
            if shift.role == turn.role and 2 * overlap(span, shift.span) > shift.until - shift.since:
                holders = taken.setdefault(shift.id, [])
                if turn.person not in holders and len(holders) < shift.people:
                    holders.append(turn.person)
                    yield {"person": turn.person, "shift": shift.id}


def _expecting(outlooks: list[outlook.Outlook], as_of: datetime, problem: Problem) -> Draft:
    """The problem with the load that each role is to expect, where that differs from the ordinary."""
    # Tenths: nobody feels less, and the solver proves a plan with round loads many times sooner.
    rounded = {look.role: round(look.multiplier, 1) for look in outlooks}
    expected = {role: multiplier for role, multiplier in rounded.items() if multiplier != 1}
    loads = [
        {"shift": shift.id, "multiplier": expected[shift.role]} for shift in problem.shifts if shift.role in expected
    ]
    told = Problem.model_validate({**problem.model_dump(), "expected_loads": loads}) if loads else problem
    return Draft(told, [_summary(told, as_of), *(line for look in outlooks for line in look.sentences())])


def _summary(problem: Problem, as_of: datetime) -> str:
    able = sum(bool(person.roles) and (person.left or date.max) > problem.first_day for person in problem.people)
    measured = sum(entry.measured is not None for entry in problem.history)
    return (
        f"{problem.weeks} weeks from {problem.first_day:%a %Y-%m-%d} ({problem.zone}), {len(problem.shifts)} shifts, "
        f"{len(problem.announced)} of them published; {able} people may hold them; {len(problem.absences)} absences; "
        f"{len(problem.history)} shifts in the {problem.past.window_weeks} weeks before, {measured} of them measured. "
        f"The history goes to {as_of.astimezone(UTC):%Y-%m-%d %H:%M} UTC."
    )
