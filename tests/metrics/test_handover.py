"""Who goes off duty and who comes on, around a week's end."""

from collections.abc import Callable

import duckdb
import pytest

from ingest.records import Account, Record, Shift
from metrics.handover import Handover, Role, handover, roles
from metrics.weeks import Week
from tests.conftest import OFFICE, History, utc

Store = Callable[..., duckdb.DuckDBPyConnection]
PEOPLE = "".join(
    f'\n[[person]]\nname = "{name}"\naccounts = ["test/{name.lower()}"]\nroles = ["duty"]\n'
    for name in ("Ana", "Bo", "Cy")
)
DUTY = '\n[[role]]\nname = "duty"\nqueues = ["infra", "access"]\npeople = 1\n'
WEEK = Week.parse("2026-W45", "UTC")  # Mon 2 Nov to Sun 8 Nov


def shift(person: str, starts: str, ends: str) -> list[Record]:
    account = Account(f"test/{person}", "test", person, None, False)
    return [account, Shift(f"{person}-{starts}", "cal", "duty", account.account_id, utc(starts), utc(ends))]


def changed(open_store_of: Store, *shifts: list[Record], text: str = OFFICE + PEOPLE + DUTY) -> Handover:
    con = open_store_of([record for told in shifts for record in told], text)
    return handover(con, role="duty", week=WEEK)


@pytest.mark.parametrize("when", ["2026-11-09 00:00", "2026-11-09 10:00", "2026-11-11 09:00", "2026-11-06 17:00"])
def test_whatever_weekday_it_is_on_the_change_near_the_weeks_end_counts(open_store_of: Store, when: str) -> None:
    found = changed(open_store_of, shift("ana", "2026-11-02", when), shift("bo", when, "2026-11-16"))
    assert found == Handover(utc(when), ("Ana",), ("Bo",))


def test_a_gap_is_bridged_to_the_last_before_and_the_first_after(open_store_of: Store) -> None:
    found = changed(
        open_store_of, shift("ana", "2026-11-02", "2026-11-06 17:00"), shift("bo", "2026-11-09 09:00", "2026-11-13")
    )
    assert (found.outgoing, found.incoming, found.changes_at) == (("Ana",), ("Bo",), utc("2026-11-09 09:00"))


def test_who_goes_on_neither_goes_nor_comes(open_store_of: Store) -> None:
    assert changed(open_store_of, shift("ana", "2026-11-02", "2026-11-16")) == Handover(None, staying=("Ana",))
    two = DUTY.replace("people = 1", "people = 2")
    found = changed(
        open_store_of, shift("ana", "2026-11-02", "2026-11-09"), shift("bo", "2026-11-02", "2026-11-16"),
        shift("cy", "2026-11-09", "2026-11-16"), text=OFFICE + PEOPLE + two,
    )  # fmt: skip
    assert (found.outgoing, found.incoming, found.staying) == (("Ana",), ("Cy",), ("Bo",))


def test_of_daily_changes_it_is_the_one_at_the_weeks_end(open_store_of: Store) -> None:
    days = [shift("ana" if day % 2 else "bo", f"2026-11-{day:02}", f"2026-11-{day + 1:02}") for day in range(5, 13)]
    assert changed(open_store_of, *days) == Handover(utc("2026-11-09"), ("Bo",), ("Ana",))


def test_an_empty_rota_says_nothing(open_store_of: Store) -> None:
    assert changed(open_store_of) == Handover(None)


def test_roles_are_those_that_answer_for_a_queue(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00")
    con = open_store_of(history.records, OFFICE + PEOPLE + DUTY)
    assert roles(con, as_of="2026-11-09T00:00Z", queue=["infra"]) == (Role("duty", ("infra",)),)
    assert roles(con, as_of="2026-11-09T00:00Z", queue=["lost"]) == ()
