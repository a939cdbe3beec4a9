"""From a problem to the best plan: level by level, each found by small steps and small groups, and proven by CP-SAT.

A walk goes first. Then few people at a time share out anew, as well as can be, while the rest stays; and the solver is
asked of everybody for anything better, which mostly it finds impossible at once. No later level may raise the cost of
an earlier one. One worker is repeatable.
"""

from rotation.check import Judge
from rotation.draft import Draft
from rotation.greedy import greedy
from rotation.obstacles import obstacles
from rotation.outcome import (
    Cancellation,
    Feasible,
    Infeasible,
    Limits,
    Optimal,
    Outcome,
    OutOfTime,
    Watcher,
)
from rotation.plan import Holders, Plan
from rotation.problem import Mode, Problem
from rotation.search import Search
from rotation.tally import Score, Tally
from rotation.unsatisfiable import UndecidedError, contradictory_rules


def solve(
    problem: Problem,
    *,
    mode: Mode = "rebalance",
    limits: Limits | None = None,
    start: Holders | None = None,
    demand_cover: bool = False,
    watcher: Watcher | None = None,
    cancellation: Cancellation | None = None,
) -> Outcome:
    """The best plan there is, or the best that could be found.

    `start` may name a lawful plan to better. Empty seats are a cost like others, so there always is a plan; with
    `demand_cover` a plan that cannot fill every seat is Infeasible instead, with what stands in the way. Every plan
    returned has passed `check`.
    """
    tally = Tally(problem)
    search = Search(tally, mode, limits or Limits(), watcher, cancellation)
    best, bounds = search.run(Draft(tally, start) if start else greedy(tally, "minimal change"))
    return _outcome(problem, mode, best, bounds, demand_cover)


def _outcome(problem: Problem, mode: Mode, best: Holders, bounds: Score, demand_cover: bool) -> Outcome:
    verdict = Judge(problem).verdict(best)
    is_proven = verdict.costs == bounds.costs
    if not verdict.is_lawful:
        raise AssertionError(f"the planner broke a rule, which is its fault: {verdict.violations[0].sentence}")
    told = "optimal" if is_proven else "feasible"
    plan = Plan.of(problem, best, mode=mode, outcome=told, costs=verdict.costs)
    if demand_cover and verdict.costs.uncovered:
        if not bounds.uncovered:
            return OutOfTime(plan, verdict)
        return Infeasible(plan, verdict, obstacles(problem, best), _contradiction(problem))
    return Optimal(plan, verdict) if is_proven else Feasible(plan, verdict, bounds.costs)


def _contradiction(problem: Problem) -> tuple[str, ...]:
    try:
        return contradictory_rules(problem)
    except UndecidedError:
        return ()
