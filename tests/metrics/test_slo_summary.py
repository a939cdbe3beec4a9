"""Compliance and error budgets: every share is a plain count over the rows of `slo`."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import duckdb
import pytest
from hypothesis import given

import metrics
from metrics.slo_summary import error_budget
from tests.conftest import OFFICE, TRIAGE_PROMISE, History, utc
from tests.metrics.conftest import Opened
from tests.metrics.oracle import FEW_EXAMPLES, SAID, WORLD, histories, instants, naive

Store = Callable[..., duckdb.DuckDBPyConnection]


def summed(con: duckdb.DuckDBPyConnection, as_of: str, **asked: Any) -> dict[str, Any]:
    [row] = metrics.slo_summary(con, as_of=utc(as_of), **asked).to_dicts()
    return row


def windowed(window: str, zone: str = "UTC") -> str:
    return (OFFICE + TRIAGE_PROMISE).replace('zone = "UTC"', f'zone = "{zone}"') + f'window = "{window}"\n'


def test_running_clocks_are_in_neither_share_and_both_denominators_are_shown(
    history: History, open_store_of: Store
) -> None:
    """Friday's three fell due on Monday; Monday's third is still running at noon."""
    history.ticket(1, "2026-11-06 16:00", ("2026-11-09 09:30", "label", "+Bug", "ana"))
    history.ticket(2, "2026-11-06 16:00", ("2026-11-09 13:00", "label", "+Bug", "ana"))
    history.ticket(3, "2026-11-06 16:00")
    history.ticket(4, "2026-11-09 09:00", ("10:00", "label", "+Bug", "ana"))
    history.ticket(5, "2026-11-09 11:00")
    con = open_store_of(history.records)
    row = summed(con, "2026-11-09 13:30", since=utc("2026-11-09 00:00"), until=utc("2026-11-10 00:00"))
    names = ("clocks", "met", "breached_closed", "breached_open", "running", "compliance")
    assert [row[f"opened_{name}"] for name in names] == [1, 1, 0, 0, 1, 1.0]
    assert [row[f"due_{name}"] for name in names] == [4, 2, 1, 1, 1, 0.5]
    assert (row["due_compliance_low"], row["due_compliance_high"]) == pytest.approx((0.1500, 0.8500), abs=5e-5)


def test_an_empty_window_has_no_compliance_rather_than_a_hundred_percent(
    history: History, open_store_of: Store
) -> None:
    history.ticket(1, "2026-01-05 09:00")
    row = summed(open_store_of(history.records), "2026-11-09 00:00")
    empty = ("opened_compliance", "opened_compliance_low", "due_compliance", "due_compliance_high")
    assert [row[name] for name in (*empty, "budget_allowed", "budget_left", "burn")] == [None] * 7
    assert (row["opened_clocks"], row["due_clocks"], row["budget_used"]) == (0, 0, 0)


@pytest.mark.parametrize(
    ("window", "zone", "as_of", "since", "until"),
    [
        ("28d", "UTC", "2026-11-16 12:00", "2026-10-19 12:00", "2026-11-16 12:00"),
        ("7d", "Europe/Berlin", "2026-10-26 12:00", "2026-10-19 12:00", "2026-10-26 12:00"),
        ("week", "UTC", "2026-11-18 12:00", "2026-11-16 00:00", "2026-11-23 00:00"),
        ("week", "Europe/Berlin", "2026-10-25 12:00", "2026-10-18 22:00", "2026-10-25 23:00"),
        ("month", "UTC", "2026-11-18 12:00", "2026-11-01 00:00", "2026-12-01 00:00"),
        ("month", "Europe/Berlin", "2026-10-31 22:59", "2026-09-30 22:00", "2026-10-31 23:00"),
        ("month", "Europe/Berlin", "2026-10-31 23:30", "2026-10-31 23:00", "2026-11-30 23:00"),
        ("month", "Europe/Berlin", "2026-10-31 23:00", "2026-09-30 22:00", "2026-10-31 23:00"),  # ends as it is asked
        ("month", "America/Los_Angeles", "2026-12-31 12:00", "2026-12-01 08:00", "2027-01-01 08:00"),
        ("quarter", "UTC", "2026-11-18 12:00", "2026-10-01 00:00", "2027-01-01 00:00"),
        ("quarter", "UTC", "2028-02-29 12:00", "2028-01-01 00:00", "2028-04-01 00:00"),
    ],
)
def test_windows_roll_or_follow_the_teams_calendar(
    history: History, open_store_of: Store, window: str, zone: str, as_of: str, since: str, until: str
) -> None:
    history.ticket(1, "2026-01-05 09:00")
    row = summed(open_store_of(history.records, windowed(window, zone)), as_of)
    assert (row["since"], row["until"]) == (naive(utc(since)), naive(utc(until)))
    elapsed = (utc(as_of) - utc(since)) / (utc(until) - utc(since))
    assert row["elapsed_share"] == pytest.approx(min(1.0, elapsed))


def test_a_quarter_of_the_way_the_budget_is_four_times_what_is_due() -> None:
    """20 due in a quarter of the window are 80 in all; a tenth of them may fail. Three have: 3/8 used in 1/4."""
    budget = error_budget(0.9, judged=20, met=17, elapsed_share=0.25)
    assert budget["budget_allowed"] == pytest.approx(8.0)
    assert budget["budget_left"] == pytest.approx(5.0)
    assert (budget["budget_used"], budget["burn"]) == (3, pytest.approx(1.5))


def test_a_budget_may_be_overdrawn_and_of_nothing_there_is_none() -> None:
    spent = error_budget(0.9, judged=10, met=7, elapsed_share=1.0)
    assert (spent["budget_left"], spent["burn"]) == (pytest.approx(-2.0), pytest.approx(3.0))
    kept = error_budget(0.9, judged=10, met=10, elapsed_share=1.0)
    assert (kept["budget_used"], kept["burn"]) == (0, 0.0)
    nothing = error_budget(0.9, judged=0, met=0, elapsed_share=0.5)
    assert (nothing["budget_allowed"], nothing["budget_used"], nothing["burn"]) == (None, 0, None)


def test_a_budget_used_to_its_end_is_not_overspent() -> None:
    assert error_budget(0.9, judged=40, met=36, elapsed_share=1.0)["budget_left"] == 0


def test_there_is_a_row_for_each_promise_in_force(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-10-23 09:00")
    con = open_store_of(history.records, WORLD)
    before, after = (metrics.slo_summary(con, as_of=utc(f"2026-11-0{day} 12:00")) for day in (1, 3))
    assert before["policy"].to_list() == list(dict.fromkeys(promise.name for promise in SAID.slo))
    assert [side["objective"][0] for side in (before, after)] == [0.9, 0.8]


def test_a_promise_to_a_queue_without_a_ticket_so_far_has_no_row(history: History, open_store_of: Store) -> None:
    """The first ticket comes to the queue access on the 10th."""
    history.ticket(1, "2026-11-02 09:00")
    history.ticket(2, "2026-11-10 09:00", queue="access")
    promise = (
        '[[slo]]\nname = "{0}"\nqueues = ["{0}"]\nclock = "resolve"\nobjective = 0.9\ngoals = [{{ within = "4h" }}]\n'
    )
    con = open_store_of(history.records, OFFICE + promise.format("infra") + promise.format("access"))
    told = [
        metrics.slo_summary(con, as_of=utc(f"2026-11-10 {clock}"))["policy"].to_list() for clock in ("09:00", "09:01")
    ]
    assert told == [["infra"], ["infra", "access"]]


@FEW_EXAMPLES
@given(history=histories(), as_of=instants())
def test_the_summary_is_a_plain_count_over_the_rows(opened: Opened, history: History, as_of: datetime) -> None:
    with opened(history.records, WORLD) as con:
        rows = metrics.slo(con, as_of=as_of).pl().to_dicts()
        table = metrics.slo_summary(con, as_of=as_of).to_dicts()
    for row in table:
        for base, instant in (("opened", "started_at"), ("due", "due_at")):
            inside = [r for r in rows if r["policy"] == row["policy"] and r["verdict"] and r[instant]]
            told = [r["verdict"] for r in inside if row["since"] <= r[instant] < row["until"]]
            judged = len(told) - told.count("running")
            assert row[f"{base}_clocks"] == judged
            assert row[f"{base}_running"] == told.count("running")
            assert row[f"{base}_compliance"] == (told.count("met") / judged if judged else None)
        assert row["budget_used"] == row["due_clocks"] - row["due_met"]
