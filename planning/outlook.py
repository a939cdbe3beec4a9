"""What the queues of each role will bring in the plan's weeks, told with how wrong such guesses were."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import dropwhile

import duckdb

from metrics.flow import weekly_arrivals
from metrics.weeks import Week
from planning import recorded
from planning.recorded import Answered
from rotation.forecast import Forecast, TooLittleHistory, forecast
from rotation.problem import Problem

LOOKED_BACK = 104  # weeks
ORDINARY = 26  # weeks whose mean an ordinary shift met with


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a role is to expect. `ordinary` is the mean of the last half year, in tickets a week; None: not known."""

    role: str
    queues: tuple[str, ...]
    found: Forecast | TooLittleHistory
    ordinary: float | None = None

    @property
    def multiplier(self) -> float:
        """What a coming shift counts against an ordinary one, whose base load is as heavy as its tickets: half of the
        difference in tickets."""
        if isinstance(self.found, TooLittleHistory) or not self.ordinary or not self.found.weeks:
            return 1.0
        return min(max((1 + self.found.weeks[0].expected / self.ordinary) / 2, 0.5), 2.0)

    def sentences(self) -> list[str]:
        where = self.role + (f" ({', '.join(self.queues)})" if self.queues else "")
        if isinstance(self.found, TooLittleHistory):
            return [f"Forecast for {where}: none. {self.found.sentence()}"]
        week = self.found.weeks[0]
        told = (
            f"Forecast for {where}: about {week.expected:.0f} tickets a week, {week.low} to {week.high} in four of five"
        )
        if self.ordinary:
            told += f"; the last half year had {self.ordinary:.0f} a week"
        judged = self.found.backtest
        return [f"{told}.", judged.sentence() if judged else "There is too little history to say how wrong that is."]


def outlooks(
    con: duckdb.DuckDBPyConnection, roles: Sequence[Answered], zone: str, as_of: datetime, problem: Problem
) -> list[Outlook]:
    """One for each role whose queues are known, for the Mondays of the plan's weeks."""
    last = Week.containing(as_of, zone).shifted(-1)
    first = Week.containing(problem.span[0], zone)
    ahead = [first.shifted(n).monday for n in range(problem.weeks)]
    # The weeks between what is known and the plan are not known either.
    between = [(week.monday, None) for week in _between(last, first)]
    found = []
    for role in roles:
        history = _arrivals(con, role.queues, last.through(LOOKED_BACK), as_of) if role.queues else []
        counts = [count for _, count in history[-ORDINARY:]]
        ordinary = sum(counts) / len(counts) if counts else None
        guessed = forecast([*history, *between], [monday for monday in ahead if monday > last.monday])
        found.append(Outlook(str(role.role["name"]), role.queues, guessed, ordinary))
    return found


def coming(
    con: duckdb.DuckDBPyConnection, *, as_of: datetime, zone: str, first_day: date, weeks: int, roles: tuple[str, ...]
) -> list[Outlook]:
    """The outlook on the weeks of a plan, for those of its roles that the settings describe."""
    answered = [role for role in recorded.roles(con, zone, as_of) if role.role["name"] in roles]
    frame = {"zone": zone, "first_day": first_day, "weeks": weeks, "people": [{"name": "nobody"}]}
    problem = Problem.model_validate({**frame, "roles": [{"name": role} for role in roles]})
    return outlooks(con, answered, zone, as_of, problem)


def _between(last: Week, first: Week) -> list[Week]:
    return [last.shifted(n) for n in range(1, max(0, (first.monday - last.monday).days // 7))]


def _arrivals(
    con: duckdb.DuckDBPyConnection, queues: Sequence[str], weeks: Sequence[Week], as_of: datetime
) -> list[tuple[date, int]]:
    """Weekly arrivals from the first week that had any."""
    counts = weekly_arrivals(con, as_of=as_of, weeks=weeks, queue=list(queues))
    told = ((week.monday, count) for week, count in zip(weeks, counts, strict=True))
    return list(dropwhile(lambda week: not week[1], told))
