"""Work against limits, week by week: every number is what the replay in plain Python says of that moment."""

from collections.abc import Callable
from datetime import datetime
from itertools import groupby

import duckdb
import hypothesis
import polars as pl
from hypothesis import given

from metrics.weeks import Week
from metrics.wip import wip
from metrics.wip_by_person import wip_by_person
from metrics.wip_limits import breaches
from tests.conftest import OFFICE, History, utc
from tests.metrics.conftest import Opened
from tests.metrics.oracle import FEW_EXAMPLES, histories, instants, naive
from tests.metrics.wip_oracle import ACTIONS, TEXT

Store = Callable[..., duckdb.DuckDBPyConnection]
NOW = utc("2026-11-16 00:00")
WEEKS = Week.parse("2026-W46", "UTC").through(2)


def active(
    history: History, number: int, owner: str, since: str, until: str | None = None, queue: str = "infra"
) -> None:
    changes = [(since, "owner", f"+{owner}", "x"), (since, "label", "+in progress", "x")]
    changes += [(until, "status", "closed", "x")] if until else []
    history.ticket(number, "2026-11-02 08:00", *changes, queue=queue)


def told(con: duckdb.DuckDBPyConnection, *queues: str) -> dict[str, list[tuple[object, ...]]]:
    rows = wip_by_person(con, as_of=NOW, weeks=WEEKS, queues=queues or ("infra",))
    shown = rows.select("person", "tickets", "allowed_tickets", "is_above", "was_above").rows()
    return {str(person): [row[1:] for row in own] for person, own in groupby(shown, key=lambda row: row[0])}


def test_the_end_of_a_week_counts_and_what_was_above_in_between(history: History, open_store_of: Store) -> None:
    """ana is above from Tuesday to Thursday of the first week, and at the end of the second; bo never is."""
    active(history, 1, "ana", "2026-11-02 09:00")
    active(history, 2, "ana", "2026-11-03 09:00", "2026-11-05 09:00")
    active(history, 3, "ana", "2026-11-12 09:00")
    active(history, 4, "bo", "2026-11-12 09:00")
    con = open_store_of(history.records, OFFICE + "[[wip]]\nperson = 1\n")
    assert told(con) == {
        "ana": [(1, 1, False, True), (2, 1, True, True)],
        "bo": [(0, None, False, False), (1, 1, False, False)],
    }


def test_all_queues_of_a_limit_count_against_it(history: History, open_store_of: Store) -> None:
    """Whoever has work in other queues alone is not shown."""
    active(history, 1, "ana", "2026-11-02 09:00")
    active(history, 2, "ana", "2026-11-03 09:00", queue="access")
    active(history, 3, "bo", "2026-11-03 09:00", queue="access")
    con = open_store_of(history.records, OFFICE + "[[wip]]\nperson = 1\n")
    assert told(con) == {"ana": [(2, 1, True, True)] * 2}


def test_without_limits_people_are_counted_all_the_same(history: History, open_store_of: Store) -> None:
    active(history, 1, "bo", "2026-11-02 09:00")
    active(history, 2, "ana", "2026-11-11 09:00")
    assert told(open_store_of(history.records, OFFICE)) == {
        "ana": [(0, None, False, False), (1, None, False, False)],
        "bo": [(1, None, False, False)] * 2,
    }


@hypothesis.settings(FEW_EXAMPLES, max_examples=3)
@given(history=histories(actions=ACTIONS), as_of=instants())
def test_now_is_what_breaches_say_and_without_a_limit_what_wip_says(
    opened: Opened, history: History, as_of: datetime
) -> None:
    weeks = Week.containing(as_of, "UTC").through(3)
    with opened(history.records, TEXT) as con:
        rows = wip_by_person(con, as_of=as_of, weeks=weeks, queues=("infra", "access"))
        over = breaches(con, as_of=as_of, queue=["infra", "access"]).drop_nulls("person")
        work = wip(con, as_of=as_of, queue=["infra", "access"]).pl().drop_nulls("person_id")
    now = rows.filter(week=weeks[-1].name)
    found = now.filter("is_above").select("person_id", "scope", "tickets", "allowed_tickets").rows()
    assert sorted(found) == sorted(over.select("person_id", "scope", "tickets", "allowed_tickets").rows())
    for person, week, tickets in rows.filter(pl.col("scope").is_null()).select("person_id", "week", "tickets").rows():
        end = min(naive(Week.parse(week, "UTC").ends_at), naive(as_of))
        own = [row for row in work.filter(person_id=person).to_dicts() if row["from_at"] < end]
        assert tickets == sum(row["until_at"] is None or row["until_at"] >= end for row in own)
