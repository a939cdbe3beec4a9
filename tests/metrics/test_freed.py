"""What a kind of work took in a quarter, pinned, and held against plain Python."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.freed import freed, last_quarter
from tests.conftest import utc

SCHEMA = {"category": pl.String, "opened_at": pl.Datetime("us"), "effort_seconds": pl.Float64, "names": pl.String}


def rows(*told: tuple[str, str, float | None, str]) -> pl.DataFrame:
    naive = [(category, datetime.fromisoformat(opened), took, names) for category, opened, took, names in told]
    return pl.DataFrame(naive, schema=SCHEMA, orient="row")


@pytest.mark.parametrize(
    ("as_of", "name", "since", "until"),
    [
        ("2026-11-16", "July to September 2026", "2026-07-01", "2026-10-01"),
        ("2026-10-01", "July to September 2026", "2026-07-01", "2026-10-01"),
        ("2026-09-30 23:59:59", "April to June 2026", "2026-04-01", "2026-07-01"),
        ("2026-02-01", "October to December 2025", "2025-10-01", "2026-01-01"),
    ],
)
def test_the_last_quarter_had_ended(as_of: str, name: str, since: str, until: str) -> None:
    assert last_quarter(utc(as_of), "UTC") == (name, utc(since), utc(until))


def test_the_unknown_take_the_median_where_there_is_one() -> None:
    """Five of access known: 10 to 50, the median 30, and one unknown: 150 + 30. Of the other two: what is known."""
    told = [("access", f"2026-07-0{n} 09:00", 10.0 * n, '["Ana"]') for n in range(1, 6)]
    told += [("access", "2026-07-05 10:00", None, '["Bo"]'), ("unclassified", "2026-07-05 10:00", 9.0, "[]")]
    told += [("help", "2026-07-01 09:00", 7.0, "[]"), ("help", "2026-07-01 12:00", None, "[]")]
    assert freed(rows(*told), "UTC").rows() == [
        ("access", 6, 5, 2, 150.0, 5, 30.0, 180.0),
        ("help", 2, 1, 0, 7.0, 1, None, 7.0),
    ]


def test_days_are_those_of_the_zone_and_what_nobody_knows_frees_nothing() -> None:
    told = rows(("a", "2026-07-01 23:30", None, "[]"), ("a", "2026-07-02 00:30", None, "[]"))
    assert freed(told, "UTC").rows() == [("a", 2, 2, 0, None, 0, None, None)]
    assert freed(told, "Europe/Berlin")["days"].to_list() == [1]
    assert freed(rows(), "UTC").is_empty()


TICKETS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "unclassified"]),
        st.datetimes(min_value=datetime(2026, 7, 1), max_value=datetime(2026, 7, 9)),  # noqa: DTZ001
        st.one_of(st.none(), st.integers(0, 9).map(float)),
        st.sampled_from(['["Ana"]', '["Ana","Bo"]', "[]"]),
    ),
    max_size=30,
)


@settings(max_examples=25)
@given(told=TICKETS)
def test_it_is_what_one_adds_up_by_hand(told: list[tuple[str, datetime, float | None, str]]) -> None:
    found = {
        row["category"]: row for row in freed(pl.DataFrame(told, schema=SCHEMA, orient="row"), "Asia/Tokyo").to_dicts()
    }
    assert found == {name: by_hand(name, told) for name in {name for name, *_ in told} - {"unclassified"}}


def by_hand(name: str, told: list[tuple[str, datetime, float | None, str]]) -> dict[str, Any]:
    own = [row for row in told if row[0] == name]
    known = sorted(took for _, _, took, _ in own if took is not None)
    median = known[(len(known) - 1) // 2] if len(known) >= 5 else None
    zone = ZoneInfo("Asia/Tokyo")
    return {
        "category": name,
        "tickets": len(own),
        "days": len({opened.replace(tzinfo=ZoneInfo("UTC")).astimezone(zone).date() for _, opened, _, _ in own}),
        "people": len({who for *_, names in own for who in ("Ana", "Bo") if who in names}),
        "effort_seconds": sum(known) if known else None,
        "effort_tickets": len(known),
        "median_effort_seconds": median,
        "freed_seconds": sum(known) + (len(own) - len(known)) * (median or 0) if known else None,
    }
