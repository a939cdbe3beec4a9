"""Dates that open tickets were promised for."""

from collections.abc import Callable
from datetime import datetime

import duckdb
import pytest

from metrics.promised_dates import promised_dates
from tests.conftest import History, utc

Store = Callable[..., duckdb.DuckDBPyConnection]


def naive(text: str) -> datetime:
    return utc(text).replace(tzinfo=None)


def dated(history: History, open_store_of: Store, *etas: tuple[str, str], zone: str = "UTC",
          as_of: str = "2026-11-09T12:00Z") -> list[tuple[datetime, bool]]:  # fmt: skip
    history.ticket(1, "2026-11-02 09:00", *((when, "eta", value, "ana") for when, value in etas))
    con = open_store_of(history.records)
    return promised_dates(con, as_of=as_of, zone=zone).project("eta_at, is_past_due").fetchall()


@pytest.mark.parametrize(
    ("value", "zone", "eta_at"),
    [
        ("2026-11-09", "UTC", naive("2026-11-10")),
        ("2026-11-09", "America/Los_Angeles", naive("2026-11-10 08:00")),
        ("2026-11-10T15:00:00Z", "America/Los_Angeles", naive("2026-11-10 15:00")),
    ],
)
def test_a_day_stands_for_its_end_and_an_instant_for_itself(
    history: History, open_store_of: Store, value: str, zone: str, eta_at: datetime
) -> None:
    assert dated(history, open_store_of, ("10:00", value), zone=zone) == [(eta_at, False)]


def test_the_last_word_counts(history: History, open_store_of: Store) -> None:
    found = dated(history, open_store_of, ("10:00", "2026-11-30"), ("11:00", "2026-11-05"))
    assert found == [(naive("2026-11-06"), True)]


@pytest.mark.parametrize("value", ["-2026-11-30", "soon"])
def test_what_was_taken_back_or_is_no_date_is_none(history: History, open_store_of: Store, value: str) -> None:
    assert dated(history, open_store_of, ("10:00", "2026-11-30"), ("11:00", value)) == []


def test_a_closed_ticket_owes_nothing(history: History, open_store_of: Store) -> None:
    history.ticket(2, "2026-11-02 09:00", ("10:00", "eta", "2026-11-05", "ana"), ("11:00", "status", "closed", "ana"))
    assert dated(history, open_store_of) == []
