"""The smallest spread of balances that any plan as covered and rested has: what fairness is measured against."""

from ortools.sat.python import cp_model

from rotation.model import Model
from rotation.plan import Costs, Holders
from rotation.tally import Tally, members

TOP = ("uncovered", "two_in_a_row", "rest_breaches")
MANY = 1_000_000  # thousandths of a duty-week: more than any balance


def least_spread(tally: Tally, costs: Costs, start: Holders, seconds: float) -> tuple[float, float]:
    """Below what the spread cannot fall, and the smallest found, in duty-weeks; equal where it is proven."""
    model = Model(tally)
    for level in TOP:
        model.cap(level, getattr(costs, level))
    lowest, highest = (model.cp.new_int_var(-MANY, MANY, name) for name in ("lowest", "highest"))
    for p in (p for p, is_member in enumerate(tally.grid.is_member) if is_member):
        model.cp.add(lowest <= _balance(model, p))
        model.cp.add(highest >= _balance(model, p))
    for (p, s), variable in model.x.items():
        model.cp.add_hint(variable, tally.grid.people[p] in start[tally.grid.shifts[s].id])
    model.cp.minimize(highest - lowest)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers, solver.parameters.max_time_in_seconds = 2, seconds
    solver.parameters.linearization_level, solver.parameters.random_seed = 2, 1
    is_found = solver.solve(model.cp) in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    return solver.best_objective_bound / 1000, solver.objective_value / 1000 if is_found else float("inf")


def _balance(model: Model, p: int) -> cp_model.LinearExprT:
    """A person's balance at the plan's end, in thousandths of a duty-week."""
    weights, grid = model.tally.weights, model.grid
    held = [weights.load(p, s) * x for (q, s), x in model.x.items() if q == p]
    fixed = sum(weights.load(p, s) for s in members(model.tally.fixed_of[p]))
    owed = [
        part * (grid.shifts[s].people - model.empty[s])
        for s, parts in enumerate(weights.owed)
        for q, part in parts
        if q == p
    ]
    return weights.opening[p] + fixed + sum(held) - sum(owed)
