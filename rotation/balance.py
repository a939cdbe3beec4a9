"""What shifts weigh, who owes which part of them, and with what balance everybody comes into the plan.

All in whole thousandths of a duty-week; the package's docstring says how they are rounded. History weighs as the
future does, but for measured loads: the rate measured in a shift ÷ the mean rate of its role, mixed with
`prior_shifts` ordinary ones, counts from 1 to 2 times. A quiet week counts in full: one was tied down all the same.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from fractions import Fraction
from functools import cache, lru_cache, partial
from itertools import pairwise
from math import floor
from zoneinfo import ZoneInfo

from rotation.moments import Span, overlap, ratio, wall
from rotation.presence import Presence, presences
from rotation.problem import Problem

WEEK = timedelta(weeks=1)
STRAIGHT = 10  # fifths of a duty-week


@cache
def exact(value: float) -> Fraction:
    """The number as it is written: 0.7 is seven tenths."""
    return Fraction(str(value))


def half_up(value: Fraction) -> int:
    """The nearest whole number, halves up."""
    return floor(value + Fraction(1, 2))


def holidays(problem: Problem, person: str) -> list[Span]:
    """Somebody's public holidays, each from midnight to midnight where they are."""
    told = problem.person_by_name[person]
    days = sorted(set(told.holidays))
    return [(wall(day, time(), told.zone), wall(day + timedelta(days=1), time(), told.zone)) for day in days]


def load(problem: Problem, role: str, span: Span, off: list[Span], multiplier: Fraction = Fraction(1)) -> int:
    """What a turn of a role weighs for somebody with these public holidays."""
    return _load(problem, role, span, _festive(off, span), multiplier)


def _festive(off: list[Span], span: Span) -> timedelta:
    return sum((overlap(day, span) for day in off), timedelta())


def _load(problem: Problem, role: str, span: Span, festive: timedelta, multiplier: Fraction) -> int:
    length = _on_the_wall(problem, span[1]) - _on_the_wall(problem, span[0])
    weeks = ratio(length, WEEK) + (exact(problem.holiday_weight) - 1) * ratio(festive, WEEK)
    return half_up(1000 * weeks * exact(problem.role_by_name[role].burden) * multiplier)


def owed_parts(problem: Problem, there: dict[str, Presence], role: str, span: Span) -> dict[str, Fraction]:
    """Which part of a seat of that role each person owes; nobody owes what no member could have held."""
    able = [person for person in problem.people if role in person.roles]
    edges = {edge for person in able for edge in there[person.name].edges if span[0] < edge < span[1]}
    parts: dict[str, Fraction] = defaultdict(Fraction)
    for since, until in pairwise(sorted({*span, *edges})):
        owing = {person.name: (person.share, there[person.name].owing(since, problem.absence_owed)) for person in able}
        alike = Counter(owing.values())  # as most of a team are
        shares = {kind: exact(kind[0]) * exact(kind[1]) for kind in alike}
        everybody = sum(shares[kind] * people for kind, people in alike.items())
        length = ratio(until - since, span[1] - span[0])
        part = {kind: share / everybody * length for kind, share in shares.items() if share}
        for name, kind in owing.items():
            if kind in part:
                parts[name] += part[kind]
    return parts


@lru_cache(maxsize=8)
def opening_balances(problem: Problem) -> Mapping[str, int]:
    """Everybody's balance before the plan: as given, or else what history says, centred; none beyond the cap.

    Those who were here before share out what leavers took with them, each by their share of full time, so that nobody
    is held to account for it; whoever joins later begins at nought. Worked out once for whoever drafts, judges and
    explains one problem.
    """
    there = presences(problem)
    computed = _centred(problem, there, _carried(problem, there))
    cap = half_up(1000 * exact(problem.past.cap))
    balances = {}
    for person in problem.people:
        given = person.opening_balance
        balance = computed[person.name] if given is None else 1000 * exact(given)
        balances[person.name] = max(-cap, min(cap, half_up(Fraction(balance))))
    return balances


def _carried(problem: Problem, there: dict[str, Presence]) -> dict[str, Fraction]:
    """What was held less what was owed, over the window, older shifts counting less where they have a half-life."""
    begin, past = _on_the_wall(problem, problem.span[0]), problem.past
    multipliers = _measured(problem)
    balances: dict[str, Fraction] = defaultdict(Fraction)
    off = {person.name: holidays(problem, person.name) for person in problem.people}
    for entry, multiplier in zip(problem.history, multipliers, strict=True):
        span = problem.local(entry.since), problem.local(entry.until)
        age = (begin - _on_the_wall(problem, span[0])) / WEEK
        if age > past.window_weeks:
            continue
        faded = Fraction(0.5 ** (age / past.half_life_weeks)) if past.half_life_weeks else Fraction(1)
        weight = cache(partial(_load, problem, entry.role, span, multiplier=multiplier))
        balances[entry.person] += faded * weight(_festive(off[entry.person], span))
        for name, part in owed_parts(problem, there, entry.role, span).items():
            balances[name] -= faded * part * weight(_festive(off[name], span))
    return balances


def _on_the_wall(problem: Problem, moment: datetime) -> datetime:
    """What the clock shows in the team's zone: weeks of an hour more or less are weeks."""
    return moment.astimezone(ZoneInfo(problem.zone)).replace(tzinfo=None)


def _measured(problem: Problem) -> list[Fraction]:
    """How much each past shift counts against an ordinary one of its role."""
    prior = exact(problem.past.prior_shifts)
    rates: list[Fraction | None] = []
    by_role: dict[str, list[Fraction]] = defaultdict(list)
    for entry in problem.history:
        length = problem.local(entry.until) - problem.local(entry.since)
        rate = None if entry.measured is None else exact(entry.measured) / ratio(length, WEEK)
        rates.append(rate)
        if rate is not None:
            by_role[entry.role].append(rate)
    mean = {role: sum(measured, Fraction()) / len(measured) for role, measured in by_role.items()}
    return [
        Fraction(1)
        if rate is None or not mean[entry.role]
        else max(Fraction(1), min(Fraction(2), (rate / mean[entry.role] + prior) / (1 + prior)))
        for entry, rate in zip(problem.history, rates, strict=True)
    ]


def _centred(problem: Problem, there: dict[str, Presence], balances: dict[str, Fraction]) -> dict[str, Fraction]:
    begin = problem.span[0]
    stay = [
        person
        for person in problem.people
        if person.opening_balance is None and there[person.name].member[0] < begin < there[person.name].member[1]
    ]
    surplus = sum((balances.get(person.name, Fraction()) for person in stay), Fraction())
    shares = sum((exact(person.share) for person in stay), Fraction())
    told = {person.name: balances.get(person.name, Fraction()) for person in problem.people}
    for person in stay:
        told[person.name] -= surplus * exact(person.share) / shares
    return told


def penalty(balance: int) -> int:
    """How much a balance adds to unfairness: its square in fifths of a duty-week, to the nearest fifth, halves up.

    Beyond STRAIGHT it is drawn straight from each whole duty-week to the next.
    """
    fifths = abs((balance + 100) // 200)
    lower = fifths // 5 * 5
    return fifths**2 if fifths <= STRAIGHT else (2 * lower + 5) * fifths - lower * (lower + 5)
