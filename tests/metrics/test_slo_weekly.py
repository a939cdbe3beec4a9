"""Verdicts by week are counts of the rows of the week."""

from collections.abc import Callable
from datetime import datetime

import duckdb
import polars as pl
from hypothesis import given

import metrics
from metrics.slo_judgement import VERDICTS
from metrics.slo_weekly import slo_weekly
from metrics.weeks import Week
from tests.conftest import History, utc
from tests.metrics.conftest import Opened
from tests.metrics.oracle import FEW_EXAMPLES, WORLD, histories, instants


def test_compliance_is_the_share_in_time_of_what_is_decided(
    history: History, open_store_of: Callable[..., duckdb.DuckDBPyConnection]
) -> None:
    """Triage within four hours: two of Monday's four were in time; Friday's is due next week."""
    for number, triaged in enumerate(("10:00", "13:00", "13:00:01", None)):
        history.ticket(number, "2026-11-02 09:00", *([(triaged, "label", "+Bug", "ana")] if triaged else []))
    history.ticket(4, "2026-11-06 16:00")
    weeks = Week.parse("2026-W46", "UTC").through(2)
    table = slo_weekly(open_store_of(history.records), as_of=utc("2026-11-06 17:00"), weeks=weeks)
    assert table.drop("starts_at", "ends_at", "is_complete", "policy").rows() == [
        ("2026-W45", 2, 1, 1, 0, 0.5, 2, 1, 1, 1, 0.5),
        ("2026-W46", 0, 0, 0, 1, None, 0, 0, 0, 0, None),
    ]


def test_a_promise_that_was_changed_is_one_promise_in_every_week(
    history: History, open_store_of: Callable[..., duckdb.DuckDBPyConnection]
) -> None:
    for number, opened_at in enumerate(("2026-10-28 09:00", "2026-11-03 09:00")):
        history.ticket(number, opened_at)
    weeks = Week.parse("2026-W45", "UTC").through(2)
    table = slo_weekly(open_store_of(history.records, WORLD), as_of=utc("2026-11-09 00:00"), weeks=weeks)
    triage = table.filter(policy="Triage").select("week", opened=pl.sum_horizontal("^opened_(met|breached|running).*$"))
    assert triage.rows() == [("2026-W44", 1), ("2026-W45", 1)]


def by_hand(rows: pl.DataFrame, column: str, week: Week) -> list[object]:
    inside = rows.filter(
        pl.col(column).dt.replace_time_zone("UTC").is_between(week.starts_at, week.ends_at, closed="left")
    )
    counts = [inside.filter(verdict=verdict).height for verdict in VERDICTS]
    judged = sum(counts[:3])
    return [*counts, counts[0] / judged if judged else None]


@FEW_EXAMPLES
@given(history=histories(), as_of=instants())
def test_a_week_counts_what_fell_due_and_what_began_in_it(opened: Opened, history: History, as_of: datetime) -> None:
    weeks = Week.containing(as_of, "Europe/Berlin").through(4)
    with opened(history.records, WORLD) as con:
        table, rows = slo_weekly(con, as_of=as_of, weeks=weeks), metrics.slo(con, as_of=as_of).pl()
        few = slo_weekly(con, as_of=as_of, weeks=weeks, queue="infra")
    names = {week.name: week for week in weeks}
    for row in table.iter_rows(named=True):
        own = rows.filter(policy=row["policy"]).drop_nulls("verdict")
        week = names[row["week"]]
        wanted = by_hand(own, "due_at", week) + by_hand(own, "started_at", week)
        assert list(row.values())[5:] == wanted
    in_weeks = [bool(by_hand(rows, "due_at", week)[:4] != [0] * 4) for week in weeks]
    assert any(in_weeks) <= (not table.is_empty())
    assert few.select(pl.sum("due_met")).item() <= table.select(pl.sum("due_met")).item()
