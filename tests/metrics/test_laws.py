"""The laws every metric of the catalogue keeps, those yet to come included."""

import inspect
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import plotly.graph_objects as go
import polars as pl
import pytest
from hypothesis import given

import metrics
from metrics.catalogue import Metric
from metrics.weeks import Week
from tests.conftest import OFFICE, TRIAGE_PROMISE, History, utc
from tests.metrics.conftest import Opened
from tests.metrics.oracle import FEW_EXAMPLES, WORLD, before, histories, instants
from tests.metrics.test_facts import MUCH, PRACTICES

Store = Callable[..., duckdb.DuckDBPyConnection]
METRICS = [pytest.param(metric, id=metric.name) for metric in metrics.catalogue()]
AS_OF = "2026-11-09T12:00Z"
FIRST_OF_ALL = """
[[stages]]
queues = ["infra", "lost"]
valid_from = 2030-01-01
status = { open = "done", closed = "active" }

[[calendar]]
"""
LATER = WORLD.replace("[[calendar]]\n", FIRST_OF_ALL, 1)
LATER += """
[[calendar]]
name = "berlin"
valid_from = 2030-01-01
zone = "Asia/Tokyo"
hours = { sun = ["03:00-04:00"] }
[[priorities]]
valid_from = 2030-01-01
label = { Bug = "P0" }
[[triage]]
queues = ["infra"]
valid_from = 2030-01-01
rule = "rt"
[[slo]]
name = "Resolve"
valid_from = 2030-01-01
clock = "resolve"
objective = 0.5
goals = [{ within = "1m" }]
[[slo]]
name = "A promise of tomorrow"
valid_from = 2030-01-01
clock = "resolve"
objective = 0.5
goals = [{ within = "1m" }]
"""


@pytest.fixture(scope="module")
def a_week(opened: Opened) -> Iterator[duckdb.DuckDBPyConnection]:
    """A store with something of everything."""
    history = History()
    history.ticket(1, "2026-11-02 09:00", ("10:00", "label", "+P0", "ana"), ("11:00", "comment", "+On it.", "ana"))
    history.ticket(2, "2026-11-02 09:30", ("15:00", "status", "closed", "bo"), ("16:00", "status", "open", "bo"))
    history.ticket(3, "2026-11-02 10:00", ("10:30", "label", "+waiting", "bo"), ("12:00", "queue", "access", "bo"))
    history.ticket(4, "2026-11-03 23:00", queue="lost")
    with opened(history.records, WORLD) as con:
        yield con


def asked(metric: Metric, con: duckdb.DuckDBPyConnection, as_of: Any) -> Iterator[duckdb.DuckDBPyRelation]:
    """The metric's rows, asked of each ticket where it explains one ticket at a time."""
    if "ticket_id" not in inspect.signature(metric.rows).parameters:
        yield metric.rows(con, as_of=as_of)
        return
    for (ticket_id,) in con.execute("SELECT ticket_id FROM store.ticket ORDER BY ticket_id LIMIT 2").fetchall():
        yield metric.rows(con, as_of=as_of, ticket_id=ticket_id)


@pytest.mark.parametrize("metric", METRICS)
def test_a_docstring_says_what_is_counted_ignored_timed_and_undefined(metric: Metric) -> None:
    lines = (sys.modules[metric.rows.__module__].__doc__ or "").strip().splitlines()
    assert lines[0].endswith((".", "?"))
    assert lines[1] == ""
    starts = [
        line.split(":")[0] for line in lines[2:] if line.startswith(("Counts:", "Ignores:", "Clock:", "Undefined:"))
    ]
    assert starts == ["Counts", "Ignores", "Clock", "Undefined"]
    assert lines[2].startswith("Counts:")
    assert metric.definition.startswith("Counts:")
    assert metric.question.endswith("?")


@pytest.mark.parametrize("metric", METRICS)
def test_the_instant_is_asked_for_by_name_and_has_no_default(metric: Metric) -> None:
    for function in filter(None, (metric.rows, metric.summary)):
        parameters = inspect.signature(function).parameters
        if "as_of" in parameters or function is metric.rows:
            assert parameters["as_of"].kind is inspect.Parameter.KEYWORD_ONLY
            assert parameters["as_of"].default is inspect.Parameter.empty


@pytest.mark.parametrize("metric", METRICS)
def test_a_metric_without_an_instant_is_refused(metric: Metric, a_week: duckdb.DuckDBPyConnection) -> None:
    for function in filter(None, (metric.rows, metric.summary)):
        with pytest.raises(TypeError, match="as_of"):
            function(a_week)


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_has_its_test_file(metric: Metric) -> None:
    assert Path(__file__).with_name(f"test_{metric.name}.py").is_file()


@pytest.mark.parametrize("metric", METRICS)
def test_the_figure_draws_its_own_rows_and_none_at_all(metric: Metric, a_week: duckdb.DuckDBPyConnection) -> None:
    for rows in asked(metric, a_week, AS_OF):
        figure = metric.figure(rows)
        assert isinstance(figure, go.Figure)
        assert figure.to_json()
        assert isinstance(metric.figure(rows.limit(0)), go.Figure)


@pytest.mark.parametrize("metric", METRICS)
def test_rows_begin_with_what_they_are_about_and_name_instants_as_instants(
    metric: Metric, a_week: duckdb.DuckDBPyConnection
) -> None:
    for rows in asked(metric, a_week, AS_OF):
        assert tuple(rows.columns[: len(metric.key)]) == metric.key
        kinds = dict(zip(rows.columns, map(str, rows.types), strict=True))
        assert all(kind.startswith("TIMESTAMP") == name.endswith("_at") for name, kind in kinds.items())
        assert all(kind == "BOOLEAN" for name, kind in kinds.items() if name.startswith(("is_", "has_")))
        assert "at" not in rows.columns


@pytest.mark.parametrize("text", ["", OFFICE + TRIAGE_PROMISE, WORLD], ids=["unconfigured", "plain", "rich"])
def test_an_empty_store_has_no_rows_rather_than_an_error(opened: Opened, text: str) -> None:
    with opened([], text) as con:
        for metric in metrics.catalogue():
            assert [rows.fetchall() for rows in asked(metric, con, AS_OF)] in ([], [[]])
            if metric.summary:
                metric.summary(con, as_of=AS_OF)


@pytest.mark.parametrize("metric", METRICS)
def test_before_the_first_ticket_there_are_no_rows(metric: Metric, a_week: duckdb.DuckDBPyConnection) -> None:
    assert all(rows.fetchall() == [] for rows in asked(metric, a_week, "2026-11-02T09:00Z"))
    if metric.summary:
        metric.summary(a_week, as_of="2026-11-02T09:00Z")


def test_null_is_not_zero(history: History, open_store_of: Store) -> None:
    """Nobody has touched the ticket: what has not ended has no duration, and what has not begun is no zero."""
    history.ticket(1, "2026-11-09 09:00")
    con = open_store_of(history.records, OFFICE + TRIAGE_PROMISE)
    unknown = {
        metrics.triage_latency: ("triaged_at", "left_at", "latency_seconds", "latency_working_seconds"),
        metrics.first_response: ("responded_at", "responder", "response_seconds", "response_working_seconds"),
        metrics.reopen_cycles: ("closed_at", "open_seconds"),
        metrics.slo: ("met_at", "late_working_seconds"),
        metrics.ticket_state: ("closed_at", "priority"),
    }
    for metric, names in unknown.items():
        [row] = metric(con, as_of=utc("2026-11-09 10:00")).pl().to_dicts()
        assert [row[name] for name in names] == [None] * len(names)


@FEW_EXAMPLES
@given(history=histories(tickets=8, fewest=8, actions=MUCH), as_of=instants())
def test_a_week_says_the_same_whichever_weeks_are_asked_for_beside_it(
    opened: Opened, history: History, as_of: datetime
) -> None:
    """Of three weeks the middle one is left out. A category that only it has is then named in none."""
    first, middle, last = Week.containing(as_of, "Europe/Berlin").through(3)
    with opened(history.records, WORLD + PRACTICES) as con:
        for metric in metrics.catalogue():
            if metric.weekly:
                three, two = (metric.weekly(con, as_of=as_of, weeks=w) for w in ([first, middle, last], [first, last]))
                names = [name for name, kind in two.schema.items() if kind == pl.String]
                same = three.filter(pl.col("week") != middle.name).join(two, on=names, how="semi", nulls_equal=True)
                assert same.sort(names).equals(two.sort(names)), metric.name


# Metrics that answer for a summary with less than their rows.
SHORT = {
    metric: summary
    for metric in metrics.catalogue()
    if metric.summary
    and metric.summary.__module__ == metric.rows.__module__
    and (summary := getattr(sys.modules[metric.rows.__module__], "summary", metric.summary)) is not metric.summary
}


@FEW_EXAMPLES
@given(history=histories(tickets=8, actions=MUCH), as_of=instants())
def test_a_summary_that_is_asked_for_is_that_of_the_rows(opened: Opened, history: History, as_of: datetime) -> None:
    assert {metric.name for metric in SHORT} >= {"aging", "aging_bands", "automation_candidates"}
    with opened(history.records, WORLD + PRACTICES) as con:
        for metric, summary in SHORT.items():
            assert metric.summary
            assert metric.summary(con, as_of=as_of).equals(summary(metric.rows(con, as_of=as_of))), metric.name


@FEW_EXAMPLES
@given(history=histories(tickets=4), as_of=instants())
def test_later_events_change_nothing(opened: Opened, history: History, as_of: datetime) -> None:
    """Nor do tickets opened later, tickets gone later, or policies that come into force later."""
    told = []
    for records, text in ((before(history.records, as_of), WORLD), (history.records, LATER)):
        with opened(records, text) as con:
            told.append({metric.name: _everything(metric, con, as_of) for metric in metrics.catalogue()})
    then, afterwards = told
    for name, rows in then.items():
        assert afterwards[name] == rows, f"{name} as of {as_of}"


def _everything(metric: Metric, con: duckdb.DuckDBPyConnection, as_of: datetime) -> list[str]:
    rows = sorted(repr(row) for rows in asked(metric, con, as_of) for row in rows.fetchall())
    return rows + (sorted(map(repr, metric.summary(con, as_of=as_of).rows())) if metric.summary else [])
