"""The smallest spread of balances that any plan as covered and rested has: what fairness is measured against.

To minimise the spread takes CP-SAT minutes; that no plan has a spread below some number it often knows at once, as
every balance then has few values left. So the least is closed in on from both sides, by such questions.
"""

from ortools.sat.python import cp_model

from rotation.draft import Draft
from rotation.model import Model
from rotation.plan import Costs
from rotation.tally import Tally, members

TOP = ("uncovered", "two_in_a_row", "rest_breaches")
MANY = 1_000_000  # thousandths of a duty-week: more than any balance
GOAL = 300  # how much narrower no plan should be, asked first
QUESTIONS, UNANSWERED = 14, 3  # at most, of which so many in vain
EFFORT = 2.0  # deterministic time for each, about a second each on an idle machine
Bounds = tuple[float, float]


def least_spread(tally: Tally, costs: Costs, spread: float) -> Bounds:
    """Below what the spread cannot fall, and the smallest known, in duty-weeks; equal where it is proven.

    The given one is that of a plan with these costs.
    """
    low, high, hard, vain = 0, round(1000 * spread), MANY, 0
    width = max(0, high - GOAL)
    for _ in range(QUESTIONS):
        status, found = _ask(tally, costs, width)
        if status == cp_model.INFEASIBLE:
            low = width + 1
        elif found is not None:
            high = found
        else:
            hard, vain = width, vain + 1
        if low >= high or vain == UNANSWERED:
            break
        width = (low + min(high, hard)) // 2
    return min(low, high) / 1000, high / 1000


def _ask(tally: Tally, costs: Costs, width: int) -> tuple[int, int | None]:
    """Whether some plan's spread is no more than so much, and what it is in the plan found."""
    model = Model(tally)
    for level in TOP:
        model.cap(level, getattr(costs, level))
    lowest = model.cp.new_int_var(-MANY, MANY, "lowest")
    people = [p for p, is_member in enumerate(tally.grid.is_member) if is_member]
    for balance in (_balance(model, p) for p in people):
        model.cp.add_linear_constraint(balance - lowest, 0, width)
    solver = cp_model.CpSolver()
    told = solver.parameters
    told.num_workers, told.random_seed, told.max_deterministic_time = 1, 1, EFFORT
    told.linearization_level, told.cp_model_probing_level, told.symmetry_level = 2, 0, 0
    told.add_lp_constraints_lazily = False
    status = solver.solve(model.cp)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return int(status), None
    draft = Draft(tally, model.read(solver.response_proto.solution))
    balances = [draft.balance(p) for p in people]
    return int(status), max(balances) - min(balances)


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
