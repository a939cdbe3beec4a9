"""Plans that were announced: from and to the JSON in which a desk keeps them, and into the next problem.

A desk keeps a problem and its plan side by side; the plan's JSON leaves the problem out.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Protocol

from rotation.plan import Plan
from rotation.problem import Problem, Published


class Rota(Protocol):
    """A published rota as a desk hands it out."""

    @property
    def sequence(self) -> int: ...
    @property
    def problem(self) -> Any: ...
    @property
    def plan(self) -> Any: ...
    @property
    def published_at(self) -> datetime: ...


def problem_json(problem: Problem) -> dict[str, Any]:
    return problem.model_dump(mode="json", exclude_defaults=True)


def plan_json(plan: Plan) -> dict[str, Any]:
    return plan.model_dump(mode="json", exclude={"problem"}, exclude_defaults=True)


def problem_of(problem: Any) -> Problem:
    """Raises ValueError for what is none, such as one of a later release."""
    return Problem.model_validate(problem)


def plan_of(problem: Any, plan: Any) -> Plan:
    """Raises ValueError for what is none."""
    return Plan.model_validate({**plan, "problem": problem})


def announced(problem: Problem, plans: Iterable[Plan]) -> Problem:
    """The problem after these plans were announced, in this order: a later word counts for every shift that it names.

    Of shifts that none of them names, what the problem says already stays.
    """
    told: dict[str, tuple[str, ...]] = {}
    for entry in problem.published:
        told[entry.shift] = (*told.get(entry.shift, ()), entry.person)
    for plan in plans:
        told |= plan.holders
    known = problem.person_by_name
    published = [
        Published(person=person, shift=shift)
        for shift in problem.shift_by_id
        for person in told.get(shift, ())[: problem.shift_by_id[shift].people]
        if person in known
    ]
    return problem.changed(published=tuple(published))
