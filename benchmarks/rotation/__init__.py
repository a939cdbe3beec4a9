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
from rotation.outcome import Limits, Optimal
from rotation.plan import Costs
from rotation.problem import Mode, Problem
from rotation.solve import solve
from rotation.tally import Tally

SIZES = ((6, 5, 1), (12, 13, 2), (20, 26, 4), (40, 52, 4))  # people, weeks, roles
SEEDS = (1, 2, 3)
MODES: tuple[Mode, ...] = ("rebalance", "minimal change")
PATIENCE = 60  # seconds for the least spread of a team
QUESTIONS = 20
Answer = TypeVar("Answer")


def main() -> None:
    """Plan each team in both modes, compare, explain, and print."""
    print(f"{'team':14}{'':18}{'proven, s':>16}{'costs':>28}{'spread':>8}{'in 1 s':>28}{'':>8}")
    for size in SIZES:
        for seed in SEEDS:
            _team(made_up(*size, seed), f"{'x'.join(map(str, size))} #{seed}")
    print()
    for size in SIZES[:3]:
        for seed in SEEDS:
            _against_the_narrowest(made_up(*size, seed), f"{'x'.join(map(str, size))} #{seed}")
    print()
    _explained(made_up(*SIZES[2], SEEDS[0]))


def _team(problem: Problem, name: str) -> None:
    for mode in MODES:
        outcome, processor, clock = _timed(lambda: solve(problem, mode=mode))  # noqa: B023 - called at once
        soon = solve(problem, mode=mode, limits=Limits(seconds=1)).verdict
        proven = "" if isinstance(outcome, Optimal) else " not proven"
        line = f"{name:14}{mode:18}{f'{processor:.2f} ({clock:.2f})':>16}{_told(outcome.verdict)}{_told(soon)}"
        print(line + proven, flush=True)
    tally, judge = Tally(problem), Judge(problem)
    for way, drawn_up in {"in turn": in_turn, "longest since": longest_since}.items():
        print(f"{name:14}{way:18}{'':16}{_told(judge.verdict(drawn_up(tally)))}")
    draft, processor, clock = _timed(lambda: greedy(Tally(problem)))
    print(f"{name:14}{'greedy':18}{f'{processor:.2f} ({clock:.2f})':>16}{_told(judge.verdict(draft.holders))}")


def _told(verdict: Verdict) -> str:
    return f"{_vector(verdict.costs) + '*' * (not verdict.is_lawful):>28}{verdict.spread:8.2f}"


def _vector(costs: Costs) -> str:
    return "/".join(str(cost) for cost in costs.in_order("rebalance"))


def _against_the_narrowest(problem: Problem, name: str) -> None:
    """How much narrower the spread could be, had it been asked for alone."""
    outcome = solve(problem)
    told = outcome.verdict
    bound, least = least_spread(Tally(problem), told.costs, outcome.plan.holders, PATIENCE)
    least = min(least, told.spread)
    is_proven = least - bound < 0.0005
    said = f"least {least:.2f}" if is_proven else f"least between {bound:.2f} and {least:.2f}"
    print(f"{name:14} spread {told.spread:.2f}, {said}: at most {told.spread - bound:.2f} duty-weeks away", flush=True)


def _explained(problem: Problem) -> None:
    """Questions about the plan of a team of twenty: who else, and why not somebody."""
    explain, chance = Explainer(problem, solve(problem).plan.holders), random.Random(1)
    else_, why_not = [], []
    while len(why_not) < QUESTIONS:
        shift, person = chance.choice(problem.shifts).id, chance.choice(problem.people).name
        else_.append(_timed(lambda: explain.who_else(shift))[1:])  # noqa: B023 - called at once
        answer, *spent = _timed(lambda: explain.why_not(shift, person))  # noqa: B023
        if isinstance(answer, Instead):
            why_not.append((*spent, answer.is_proven))
    print(f"{'who else, ms':24}{_spread([1000 * spent for spent, _ in else_])}")
    print(f"{'why not, s':24}{_spread([spent for spent, *_ in why_not])}; ", end="")
    print(f"{sum(is_proven for *_, is_proven in why_not)} of {len(why_not)} proven")


def _spread(spent: list[float]) -> str:
    return f"mean {mean(spent):.2f}, most {max(spent):.2f}"


def _timed(work: Callable[[], Answer]) -> tuple[Answer, float, float]:
    """The answer, seconds of the processor, and seconds on the clock."""
    processor, clock = process_time(), perf_counter()
    answer = work()
    return answer, process_time() - processor, perf_counter() - clock


if __name__ == "__main__":
    main()
