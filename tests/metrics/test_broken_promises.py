"""Reasons as a store tells them; what they say in which case, test_breach_reason.py has."""

from collections.abc import Callable

import duckdb

import metrics
from metrics.broken_promises import reasons
from tests.conftest import OFFICE, TRIAGE_PROMISE, History, utc
from tests.metrics.oracle import naive

Store = Callable[..., duckdb.DuckDBPyConnection]
RULE = TRIAGE_PROMISE.replace('"labelled"', '{ all = ["priority_set", "owner_set"] }')


def told(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Asked on Thursday 5 November at noon."""
    as_of = utc("2026-11-05 12:00")
    broken = metrics.slo(con, as_of=as_of).filter("starts_with(verdict, 'breached')").pl()
    return reasons(con, broken, as_of=naive(as_of), zone="UTC", near=naive(as_of))


def test_what_a_bot_set_is_lacking_all_the_same(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-03 09:00", ("10:00", "label", "+P1", "ana"), ("11:00", "owner", "+bo", "sweep[bot]"))
    con = open_store_of(history.records, OFFICE + RULE)
    assert told(con) == ["First touched Tue 10:00, but lacked an owner to this day."]


def test_what_was_taken_back_is_lacking(history: History, open_store_of: Store) -> None:
    owned = [("10:00", "owner", "+bo", "ana"), ("11:00", "owner", "-bo", "ana"), ("12:00", "label", "+P1", "ana")]
    history.ticket(1, "2026-11-03 09:00", *owned)
    con = open_store_of(history.records, OFFICE + RULE)
    assert told(con) == ["First touched Tue 10:00, but lacked an owner to this day."]
