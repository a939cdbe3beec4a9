"""What a plan does to people and rules, next to what stood before it: the figures beside a plan."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from rotation.balance import opening_balances
from rotation.check import Judge, Verdict
from rotation.plan import Costs, Plan
from rotation.problem import Problem
from rotation.rules import HARD, SOFT

RULES = {
    "seats": "No shift has more people than seats",
    "eligible": "People hold only roles they may hold",
    "present": "Nobody is on duty while away",
    "exclusive": "Nobody holds roles at once that exclude each other",
    "never three weeks in a row": "Nobody is on duty three weeks in a row",
    "pinned": "Locked and frozen shifts stay",
    "covered": "Every seat is taken",
    "two in a row": "Nobody is on duty two weeks in a row",
    "rested": "Rest after a shift is kept",
    "preferences": "Wishes are met, and public holidays are free",
}
LEVELS = {
    "uncovered": ("empty seat", "empty seats"),
    "two_in_a_row": ("pair of weeks in a row", "pairs of weeks in a row"),
    "rest_breaches": ("rest cut short", "rests cut short"),
    "unfairness": ("point of unfairness", "points of unfairness"),
    "preferences": ("wish not met", "wishes not met"),
    "changes": ("change", "changes"),
}


@dataclass(frozen=True, slots=True)
class Share:
    """One person: shifts in the plan, and the balance in duty-weeks before it and after it."""

    person: str
    shifts: int
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with every time it is broken or bent, in sentences; `is_hard` ones make a plan unlawful when broken."""

    name: str
    is_hard: bool
    broken: tuple[str, ...]
    bent: tuple[str, ...]  # by history, pins or a volunteer; or a price that was paid

    @property
    def is_kept(self) -> bool:
        return not self.broken and not self.bent


@dataclass(frozen=True, slots=True)
class Consequences:
    """`spread` is the largest balance less the smallest, in duty-weeks; that of the published plan where there is
    one."""

    verdict: Verdict
    shares: tuple[Share, ...]  # by name
    spread_before: float
    spread_published: float | None
    rules: tuple[Rule, ...]
    changes: tuple[str, ...]

    @property
    def costs(self) -> Costs:
        return self.verdict.costs


def consequences(plan: Plan) -> Consequences:
    """Everything that is said beside a plan; it has been through `rotation.check` then."""
    problem, judge = plan.problem, Judge(plan.problem)
    verdict = judge.verdict(plan.holders)
    before = opening_balances(problem)
    held = Counter(person for row in plan.shifts for person in row.people)
    shares = tuple(
        Share(name, held[name], before[name] / 1000, verdict.balances[name]) for name in sorted(verdict.balances)
    )
    begun = [share.before for share in shares]
    return Consequences(
        verdict,
        shares,
        max(begun) - min(begun) if begun else 0.0,
        _published(judge),
        tuple(_rules(problem, verdict)),
        tuple(spoken(problem, flag.sentence) for flag in verdict.flags if flag.rule == "changes"),
    )


def unbound(problem: Problem) -> Problem:
    """The problem as if nothing were published, frozen or locked: how fair a plan could be at all is asked of it."""
    shadows = tuple(pin for pin in problem.pins if pin.is_shadow)
    return problem.changed(pins=shadows, published=(), frozen_until=None, preferences=())


def _published(judge: Judge) -> float | None:
    told: dict[str, tuple[str, ...]] = {}
    for entry in judge.problem.announced:
        told[entry.shift] = (*told.get(entry.shift, ()), entry.person)
    return judge.verdict(told).spread if told else None


def _rules(problem: Problem, verdict: Verdict) -> Iterable[Rule]:
    hard = [rule.name for rule in HARD]
    for name in (*hard, *(rule.name for rule in SOFT.values() if rule.name in RULES)):
        broken, bent = (
            tuple(spoken(problem, breach.sentence) for breach in found if breach.rule == name)
            for found in (verdict.violations, verdict.flags)
        )
        yield Rule(name, name in hard, broken, bent)


def spoken(problem: Problem, sentence: str) -> str:
    """A sentence with its shifts as people name them: "duty of 14 Dec" for "duty/2026-12-14"."""

    def named(found: re.Match[str]) -> str:
        shift = problem.shift_by_id.get(found[0])
        return shift_name(problem, shift.id) if shift else found[0]

    for role in sorted(problem.role_by_name, key=len, reverse=True):
        sentence = re.sub(rf"(?<!\w){re.escape(role)}/\d{{4}}-\d{{2}}-\d{{2}}", named, sentence)
    return sentence


def shift_name(problem: Problem, shift: str) -> str:
    """A shift by its role and first day, such as "duty of Mon 14 Dec"."""
    told = problem.shift_by_id[shift]
    day = problem.day(told.since)
    return f"{told.role} of {day:%a} {day.day} {day:%b}"


def in_words(costs: Costs) -> str:
    """What a plan costs, such as "1 empty seat, 3 changes"."""
    found = ((count, LEVELS[level]) for level in LEVELS if (count := getattr(costs, level)))
    return ", ".join(f"{count} {words[count != 1]}" for count, words in found) or "nothing"
