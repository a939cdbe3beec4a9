"""Everything the page "What is stuck, and why is it not moving?" says, as numbers: what is open, and how it came to be.

What stands is compared with what stood when the week before ended.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
import polars as pl

from metrics.age_expectation import Expectation, expectation
from metrics.aging_bands import bands as aging_bands
from metrics.cumulative_flow import weekly as weekly_flow
from metrics.open_work import open_work
from metrics.side_by_side import side_by_side
from metrics.stage_waits import stage_waits
from metrics.total_age import total_age
from metrics.weeks import Week
from metrics.wip_by_person import wip_by_person
from metrics.wip_limits import breaches

_LIMITED = "SELECT 1 FROM queue_practice WHERE kind = 'wip' AND list_contains(?, queue) LIMIT 1"


@dataclass(frozen=True, eq=False)
class AgingReport:
    """work and work_before are rows of `open_work`; bands of `aging_bands.summary`. total and flow begin with the week
    before the window. wip has the same weeks; over are the people above a limit now, by the alphabet."""

    work: pl.DataFrame
    work_before: pl.DataFrame
    bands: pl.DataFrame
    expected: Expectation
    total: pl.DataFrame
    flow: pl.DataFrame
    waits: pl.DataFrame
    wip: pl.DataFrame
    over: pl.DataFrame
    has_limits: bool

    @property
    def older(self) -> int | None:
        return _older(self.work, self.expected)

    @property
    def older_before(self) -> int | None:
        return _older(self.work_before, self.expected)


def aging_report(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, queues: Sequence[str], weeks: Sequence[Week]
) -> AgingReport:
    """The open tickets of the queues at as_of, and consecutive weeks that end with it."""
    asked: dict[str, Any] = {"as_of": as_of, "queue": list(queues)}
    longer = (weeks[0].shifted(-1), *weeks)
    with side_by_side(con) as ask:
        above = ask(breaches, **asked)
        work, before = (ask(open_work, as_of=at, queues=queues) for at in (as_of, weeks[-1].starts_at))
        bands = ask(aging_bands, **asked)
        expected = ask(expectation, as_of=as_of, queues=queues)
        total = ask(total_age, as_of=as_of, weeks=longer, queues=queues)
        flow = ask(weekly_flow, as_of=as_of, weeks=longer, queue=list(queues))
        waits = ask(stage_waits, as_of=as_of, queues=queues, since=weeks[0].starts_at)
        wip = ask(wip_by_person, as_of=as_of, weeks=longer, queues=queues)
    people = above.result().filter(pl.col("person").is_not_null())
    return AgingReport(
        work=work.result(),
        work_before=before.result(),
        bands=bands.result(),
        expected=expected.result(),
        total=total.result(),
        flow=flow.result(),
        waits=waits.result(),
        wip=wip.result(),
        over=people.sort("person", "person_id", "scope"),
        has_limits=bool(con.execute(_LIMITED, [list(queues)]).fetchall()),
    )


def _older(work: pl.DataFrame, expected: Expectation) -> int | None:
    if expected.calendar is None:
        return None
    return work.filter(pl.col("age_seconds") > expected.calendar).height
