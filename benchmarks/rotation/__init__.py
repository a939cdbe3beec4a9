"""How long a rota takes until nothing can be better, how fair it is, and how soon it is explained.

Made-up teams of four sizes: 15 % of all weeks absent, an uneven past, roles that exclude each other, half of the plan
published. Beside the plan stand three ways to draw up a rota without a solver: in turn, whoever has been off longest,
and the load-aware greedy plan that the search begins with. Costs are empty seats / two weeks in a row / rests cut
short / unfairness / wishes / changes; a star marks a plan that breaks a rule. Seconds are of the processor and, in
brackets, on the clock; the search is one thread, so that on an idle machine both are the same.
"""

import random
from collections.abc import Callable
from statistics import mean
from time import perf_counter, process_time
from typing import TypeVar

from benchmarks.rotation.narrowest import least_spread
from benchmarks.rotation.others import in_turn, longest_since
from benchmarks.rotation.problems import made_up
from rotation.check import Judge, Verdict
from rotation.explain import Explainer, Instead
from rotation.greedy import greedy
from rotation.outcome import Limits, Optimal, Outcome
from rotation.plan import Costs
from rotation.problem import Mode, Problem
from rotation.solve import solve
from rotation.tally import Tally

SIZES = ((6, 5, 1), (12, 13, 2), (20, 26, 4), (40, 52, 4))  # people, weeks, roles
SEEDS = (1, 2, 3)
MODES: tuple[Mode, ...] = ("rebalance", "minimal change")
QUESTIONS = 20  # about each team of twenty
Answer = TypeVar("Answer")
Spent = tuple[float, float]  # seconds of the processor, and on the clock


def main() -> None:
    """Plan each team in both modes, compare, explain, and print."""
    print(f"{'team':14}{'':18}{'proven, s':>16}{'costs':>28}{'spread':>8}{'in 1 s':>28}{'':>8}")
    teams = [(f"{'x'.join(map(str, size))} #{seed}", made_up(*size, seed)) for size in SIZES for seed in SEEDS]
    planned = {name: _team(problem, name) for name, problem in teams}
    print()
    for name, problem in teams:
        _against_the_narrowest(problem, planned[name], name)
    print()
    for name, problem in teams[2 * len(SEEDS) : 3 * len(SEEDS)]:
        _explained(problem, planned[name], name)


def _team(problem: Problem, name: str) -> Outcome:
    """A line for each way to plan for a team; the fairest plan."""
    fairest, *_ = [_planned(problem, name, mode) for mode in MODES]
    tally, judge = Tally(problem), Judge(problem)
    for way, drawn_up in {"in turn": in_turn, "longest since": longest_since}.items():
        print(f"{name:14}{way:18}{'':16}{_told(judge.verdict(drawn_up(tally)))}")
    draft, processor, clock = _timed(lambda: greedy(Tally(problem)))
    print(f"{name:14}{'greedy':18}{f'{processor:.2f} ({clock:.2f})':>16}{_told(judge.verdict(draft.holders))}")
    return fairest


def _planned(problem: Problem, name: str, mode: Mode) -> Outcome:
    outcome, processor, clock = _timed(lambda: solve(problem, mode=mode))
    soon = solve(problem, mode=mode, limits=Limits(seconds=1)).verdict
    proven = "" if isinstance(outcome, Optimal) else " not proven"
    line = f"{name:14}{mode:18}{f'{processor:.2f} ({clock:.2f})':>16}{_told(outcome.verdict)}{_told(soon)}"
    print(line + proven, flush=True)
    return outcome


def _told(verdict: Verdict) -> str:
    return f"{_vector(verdict.costs) + '*' * (not verdict.is_lawful):>28}{verdict.spread:8.2f}"


def _vector(costs: Costs) -> str:
    return "/".join(str(cost) for cost in costs.in_order("rebalance"))


def _against_the_narrowest(problem: Problem, planned: Outcome, name: str) -> None:
    """How much narrower the spread could be, had it been asked for alone."""
    told = planned.verdict
    bound, least = least_spread(Tally(problem), told.costs, told.spread)
    is_proven = least - bound < 0.005
    said = f"least {least:.2f}" if is_proven else f"least between {bound:.2f} and {least:.2f}"
    print(f"{name:14} spread {told.spread:.2f}, {said}: at most {told.spread - bound:.2f} duty-weeks away", flush=True)


def _explained(problem: Problem, planned: Outcome, name: str) -> None:
    """Questions about a plan: who else, and why not somebody."""
    explain, chance = Explainer(problem, planned.plan.holders), random.Random(1)
    others, instead, proven = list[Spent](), list[Spent](), 0
    while len(instead) < QUESTIONS:
        shift, person = chance.choice(problem.shifts).id, chance.choice(problem.people).name
        others.append(_timed(lambda: explain.who_else(shift))[1:])  # noqa: B023 - called at once
        answer, *spent = _timed(lambda: explain.why_not(shift, person))  # noqa: B023
        if isinstance(answer, Instead):
            instead.append((spent[0], spent[1]))
            proven += answer.is_proven
    print(f"{name:14}{'who else, ms':14}{_spread(others, 1000)}")
    print(f"{name:14}{'why not, s':14}{_spread(instead)}; {proven} of {len(instead)} proven", flush=True)


def _spread(spent: list[Spent], factor: int = 1) -> str:
    told = ((mean(times) * factor, max(times) * factor) for times in zip(*spent, strict=True))
    (usual, most), (on_the_clock, longest) = told
    return f"mean {usual:.2f} ({on_the_clock:.2f}), most {most:.2f} ({longest:.2f})"


def _timed(work: Callable[[], Answer]) -> tuple[Answer, float, float]:
    """The answer, seconds of the processor, and seconds on the clock."""
    processor, clock = process_time(), perf_counter()
    answer = work()
    return answer, process_time() - processor, perf_counter() - clock


if __name__ == "__main__":
    main()
