"""A plan in words: who is on when, what it costs, which rules it bends, and what it does to everybody's balance."""

from collections import Counter
from collections.abc import Iterator

from rotation.balance import opening_balances
from rotation.check import Verdict
from rotation.feeds.markdown import markdown
from rotation.obstacles import obstacles
from rotation.plan import Costs, Plan, levels
from rotation.unsatisfiable import UndecidedError, contradictory_rules

_TOLD = {
    "uncovered": ("vacant seat", "vacant seats"),
    "two_in_a_row": ("two weeks in a row", "times two weeks in a row"),
    "rest_breaches": ("rest cut short", "rests cut short"),
    "unfairness": ("point of unfairness", "points of unfairness"),
    "preferences": ("point of wishes not met", "points of wishes not met"),
    "changes": ("change of what was published", "changes of what was published"),
}
_MOST = 20  # sentences


def report(plan: Plan, verdict: Verdict) -> Iterator[str]:
    """Lines for a terminal or a pipe."""
    yield markdown(plan).rstrip()
    yield ""
    yield f"It costs {costs(plan, verdict.costs)}."
    yield from _listed("Not lawful", [breach.sentence for breach in verdict.violations])
    yield from _listed("To know", [breach.sentence for breach in verdict.flags])
    if verdict.costs.uncovered:
        yield ""
        yield from _vacancies(plan)
    yield ""
    yield from _balances(plan, verdict)


def costs(plan: Plan, told: Costs) -> str:
    """Every level that is not free, the weightiest first."""
    found = [(level, getattr(told, level)) for level in levels(plan.mode)]
    words = [f"{cost} {_TOLD[level][cost != 1]}" for level, cost in found if cost]
    return ", ".join(words) or "nothing"


def levels_in_words(level: str) -> str:
    """What a level counts."""
    return _TOLD[level][1]


def _listed(head: str, sentences: list[str]) -> Iterator[str]:
    yield from (f"{head}: {sentence}" for sentence in sentences[:_MOST])
    if len(sentences) > _MOST:
        yield f"... and {len(sentences) - _MOST} more"


def _vacancies(plan: Plan) -> Iterator[str]:
    """Of each vacant seat, who of those who may hold the role could not take it and why, or could; and which rules
    cannot all be kept."""
    for obstacle in obstacles(plan.problem, plan.holders)[:_MOST]:
        shift = plan.problem.shift_by_id[obstacle.shift]
        able = [one.name for one in plan.problem.people if shift.role in one.roles]
        free = [name for name in able if name not in obstacle.reasons and name not in plan.holders.get(shift.id, ())]
        said = [obstacle.reasons[name] for name in able if name in obstacle.reasons]
        said += [f"{name} could take it." for name in free]
        yield f"Vacant, {shift.id}: {' '.join(said) or f'nobody else may hold {shift.role}.'}"
    try:
        rules = contradictory_rules(plan.problem)
    except UndecidedError:
        return
    told = "; ".join(rules)
    yield f"Not all of this can be: {told}." if rules else "There are plans that leave no seat vacant."


def _balances(plan: Plan, verdict: Verdict) -> Iterator[str]:
    """Before and after, in duty-weeks: carried less owed."""
    before = opening_balances(plan.problem)
    held = Counter(person for row in plan.shifts for person in row.people)
    rows = [
        (name, str(held[name]), f"{before[name] / 1000:+.2f}", f"{after:+.2f}")
        for name, after in sorted(verdict.balances.items(), key=lambda row: (-row[1], row[0]))
    ]
    head = ("Balance in duty-weeks", "shifts", "before", "after")
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for name, *figures in (head, *rows):
        cells = (figure.rjust(width) for figure, width in zip(figures, widths[1:], strict=True))
        yield f"{name.ljust(widths[0])}  {'  '.join(cells)}"
    begun = [before[name] / 1000 for name in verdict.balances]
    if begun:
        yield f"Spread, largest less smallest: {max(begun) - min(begun):.2f} before, {verdict.spread:.2f} after."
