"""A plan: who holds which shift, with the problem it answers, so that its file can be judged by itself."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from rotation.moments import Instant
from rotation.problem import Mode, Problem
from rotation.slots import Shift
from rotation.team import Table

Holders = Mapping[str, tuple[str, ...]]  # of shifts, by id; whoever shadows is not among them


class Costs(Table):
    """What a plan costs, level by level; the package's docstring defines each."""

    uncovered: int = 0
    two_in_a_row: int = 0
    rest_breaches: int = 0
    unfairness: int = 0
    preferences: int = 0
    changes: int = 0

    def in_order(self, mode: Mode) -> tuple[int, ...]:
        """The levels from the weightiest to the lightest: of two plans the one with the smaller tuple is better."""
        return tuple(getattr(self, level) for level in levels(mode))


def levels(mode: Mode) -> tuple[str, ...]:
    """The names of the levels, the weightiest first."""
    hard = ("uncovered", "two_in_a_row", "rest_breaches")
    if mode == "minimal change":
        return (*hard, "changes", "unfairness", "preferences")
    return (*hard, "unfairness", "preferences", "changes")


class PlannedShift(Table):
    """A shift and who does it: `people` cover it, `shadows` look on."""

    shift: str
    role: str
    since: Instant
    until: Instant
    people: tuple[str, ...] = ()
    shadows: tuple[str, ...] = ()


class Plan(Table):
    """Who holds which shift of a problem. Shifts that nobody holds are listed too, with no people.

    `outcome` and `costs` are what the solver said of it; they are null in a plan of other origin, and `check` believes
    neither.
    """

    problem: Problem
    shifts: tuple[PlannedShift, ...] = Field(default=())
    mode: Mode = "rebalance"
    outcome: Literal["optimal", "feasible"] | None = None
    costs: Costs | None = None

    @classmethod
    def of(cls, problem: Problem, holders: Holders, **told: Any) -> Self:
        """The plan in which these people hold these shifts; whoever is pinned to shadow one does."""
        rows = tuple(_row(problem, shift, tuple(sorted(holders.get(shift.id, ())))) for shift in problem.shifts)
        return cls(problem=problem, shifts=rows, **told)

    @property
    def holders(self) -> dict[str, tuple[str, ...]]:
        """Who covers each shift, by its id."""
        return {row.shift: row.people for row in self.shifts}

    @model_validator(mode="after")
    def _is_of_its_problem(self) -> Self:
        known = self.problem.shift_by_id
        seen: set[str] = set()
        for row in self.shifts:
            shift = known.get(row.shift)
            if shift is None:
                raise ValueError(f"the plan has a shift {row.shift!r} that its problem does not have")
            if (row.role, row.since, row.until) != (shift.role, shift.since, shift.until):
                raise ValueError(f"{row.shift} has another role or other times than in the problem: {_told(shift)}")
            if row.shift in seen:
                raise ValueError(f"the plan lists {row.shift} twice")
            seen.add(row.shift)
        return self

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """The JSON schema of a plan file."""
        return cls.model_json_schema()


def _row(problem: Problem, shift: Shift, people: tuple[str, ...]) -> PlannedShift:
    shadows = tuple(sorted(pin.person for pin in problem.pins if pin.is_shadow and pin.shift == shift.id))
    return PlannedShift(
        shift=shift.id, role=shift.role, since=shift.since, until=shift.until, people=people, shadows=shadows
    )


def _told(shift: Shift) -> str:
    return f"{shift.role} from {_iso(shift.since)} to {_iso(shift.until)}"


def _iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
