"""What shifts that are over met with is read; whoever asks notices nothing of it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

import metrics
import settings
from ingest import policies, tables
from ingest.records import Record
from ingest.store import writing
from metrics import ended_shifts, facts
from metrics.interruptions import COUNTS, counted, interrupted_hours
from metrics.policy_rows import EVER
from metrics.shift_load import INTERRUPTIONS, TICKETS
from tests.conftest import History, utc
from tests.metrics.conftest import Opened
from tests.metrics.oracle import FEW_EXAMPLES, WORLD, histories, instants, naive
from tests.metrics.rota_oracle import ROTA, rotas
from tests.metrics.test_shift_load import TEXT, load, shift, told

BOTH = TEXT.replace('queues = ["infra"]', 'queues = ["infra", "access"]')
LATER = utc("2026-11-30 00:00")


Settled = Callable[..., AbstractContextManager[duckdb.DuckDBPyConnection]]


@pytest.fixture
def settled(opened: Opened, history: History) -> Settled:
    """`with settled() as con`: a store of the history so far, which carries its facts."""
    return lambda text=TEXT: opened(history.records, text, facts.settle)


def counts(con: duckdb.DuckDBPyConnection, as_of: str) -> list[Any]:
    return told(load(con, utc(as_of)), *TICKETS, INTERRUPTIONS[0])


def answers(con: duckdb.DuckDBPyConnection, as_of: datetime, since: datetime) -> list[object]:
    """Whatever is read of shifts: at all, of one queue, of a window that may begin within an hour."""
    window = {"since": since, "until": since + timedelta(days=5)}
    asked = [{}, {"queue": "access"}, {"queue": ["infra", "access"]}, window]
    hours = [{"since": naive(since)}, {"since": naive(since), "until": naive(since) + timedelta(minutes=45)}]
    return [
        sorted(map(repr, ended_shifts.duty(con, naive(as_of)).rows())),
        *(metrics.shift_load(con, as_of=as_of, **some).pl().rows() for some in asked),
        *(metrics.rotation_fairness(con, as_of=as_of, **some).pl()["interruptions"].to_list() for some in asked),
        *(
            interrupted_hours(con, naive(as_of), queues, **some).rows()
            for some in hours
            for queues in (None, ["infra"])
        ),
    ]


@FEW_EXAMPLES
@given(
    history=histories(tickets=6, fewest=3),
    rota=rotas(most=8),
    as_of=instants(),
    since=instants(),
    minutes=st.sampled_from([0, 10, 40]),
)
def test_a_store_that_carries_its_facts_tells_of_shifts_what_one_does_that_does_not(
    opened: Opened, history: History, rota: list[Record], as_of: datetime, since: datetime, minutes: int
) -> None:
    since += timedelta(minutes=minutes)
    records = [*history.records, *rota]
    with opened(records, WORLD + ROTA, facts.settle) as con:
        read = answers(con, as_of, since)
    with opened(records, WORLD + ROTA) as con:
        assert read == answers(con, as_of, since)


def test_what_a_shift_that_is_over_met_with_is_not_looked_up_again(
    history: History, settled: Settled, monkeypatch: pytest.MonkeyPatch
) -> None:
    history.ticket(1, "2026-11-03 09:00", ("10:00", "status", "closed", "ana"))
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    with settled() as con:
        monkeypatch.setattr("metrics.interruptions._QUARTERS", "what nobody may ask")
        monkeypatch.setattr("metrics.encounters._LOOKED_AT", "what nobody may ask")
        assert counts(con, "2026-11-09 00:00") == [1, 0, 1, 1, 1]
        with pytest.raises(duckdb.Error):
            counts(con, "2026-11-08 23:00")


def test_pieces_of_duty_and_their_days_are_read_but_for_one_that_an_instant_cuts(
    history: History, settled: Settled, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ana's two weeks are kept; asked on the second Saturday at noon in Berlin, hers is half a day of that weekend."""
    history.ticket(1, "2026-11-03 09:00")
    for n, (starts, ends) in enumerate([("02", "09"), ("09", "16")]):
        history.records += shift("ana", f"2026-11-{starts}", f"2026-11-{ends}", f"s{n}")
    with settled() as con:
        cut = metrics.shift_load(con, as_of="2026-11-14T11:00Z").pl()["weekend_days"].to_list()
        fair = metrics.rotation_fairness(con, as_of="2026-11-14T11:00Z").pl()["weekend_days"].to_list()
        assert (cut, fair) == ([2.0, 0.5], [2.5])
        monkeypatch.setattr("metrics.duty_hours.Calendar", "what nobody may ask")
        monkeypatch.setattr("metrics.ended_shifts._RUNNING", "what nobody may ask")
        assert metrics.shift_load(con, as_of=LATER).pl()["weekend_days"].to_list() == [2.0, 2.0]
        with pytest.raises(duckdb.Error):
            metrics.shift_load(con, as_of="2026-11-14T11:00Z")


def test_a_shift_that_is_not_over_counts_as_far_as_is_known(history: History, settled: Settled) -> None:
    history.ticket(1, "2026-11-03 09:00", ("10:00", "status", "closed", "ana"))
    history.ticket(2, "2026-11-04 09:00")
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    with settled() as con:
        assert counts(con, "2026-11-03 09:30") == [1, 0, 0, 0, 1]
        assert counts(con, "2026-11-05 00:00") == [2, 0, 1, 1, 2]


def test_a_shift_that_is_over_counts_once_while_another_runs(history: History, settled: Settled) -> None:
    """Ana's is over at the very instant of the question, Bo's lasts until Wednesday."""
    history.ticket(1, "2026-11-03 09:00")
    history.ticket(2, "2026-11-05 09:00")
    history.records += shift("ana", "2026-11-02", "2026-11-09") + shift("bo", "2026-11-04", "2026-11-11", "b")
    with settled() as con:
        rows = metrics.shift_load(con, as_of=utc("2026-11-09 00:00"))
        assert rows.project("person, arrivals, interruptions").fetchall() == [("Ana", 2, 2), ("bo", 1, 1)]


def test_what_a_shift_left_behind_it_has_left_though_all_is_done_since(history: History, settled: Settled) -> None:
    history.ticket(1, "2026-11-03 09:00", ("2026-11-20 09:00", "status", "closed", "bo"))
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    with settled() as con:
        assert load(con, LATER)["untriaged_tickets"] == 1


def test_a_ticket_finished_in_two_queues_during_one_shift_is_one(history: History, settled: Settled) -> None:
    twice = [
        ("10:00", "status", "closed", "ana"),
        ("11:00", "status", "open", "bo"),
        ("12:00", "queue", "access", "bo"),
    ]
    history.ticket(1, "2026-11-03 09:00", *twice, ("13:00", "status", "closed", "ana"))
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    with settled(BOTH) as con:
        finished = [load(con, LATER, queue=queue)["finished_tickets"] for queue in ("infra", "access", None)]
    assert finished == [1, 1, 1]


def test_the_first_of_an_hour_is_that_of_the_queues_asked_about(history: History, settled: Settled) -> None:
    history.ticket(1, "2026-11-03 09:10", queue="access")
    history.ticket(2, "2026-11-03 09:20")
    history.ticket(3, "2026-11-03 09:20")
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    with settled(BOTH) as con:
        firsts = [
            interrupted_hours(con, naive(LATER), queues)["ticket_id"].to_list()
            for queues in (None, ["access"], ["infra"])
        ]
    assert firsts == [["test/infra#1"], ["test/infra#1"], ["test/infra#2"]]


def test_however_many_hours_there_are_each_is_the_queue_s_that_was_first(history: History, settled: Settled) -> None:
    for hour in range(24):
        history.ticket(2 * hour, f"2026-11-03 {hour:02}:20")
        history.ticket(2 * hour + 1, f"2026-11-03 {hour:02}:10", queue="access")
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    with settled(BOTH) as con:
        moments = interrupted_hours(con, naive(LATER), None)["moment_at"]
    assert [moment.minute for moment in moments] == [10] * 24


def test_of_an_hour_that_a_window_cuts_counts_what_lies_within(history: History, settled: Settled) -> None:
    history.ticket(1, "2026-11-03 09:10")
    history.ticket(2, "2026-11-03 09:40")
    history.ticket(3, "2026-11-03 10:10")
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    since = naive(utc("2026-11-03 09:30"))
    with settled() as con:
        firsts = [
            interrupted_hours(con, naive(LATER), None, since, until)["ticket_id"].to_list()
            for until in (None, *(since + timedelta(minutes=minutes) for minutes in (10, 11, 40)))
        ]
    assert firsts == [["test/infra#2", "test/infra#3"], [], ["test/infra#2"], ["test/infra#2"]]


@pytest.mark.parametrize(
    ("since", "until", "found"),
    [
        (None, None, [2]),
        ("09:00", None, [2]),
        ("09:00:01", None, [2]),
        ("09:30", None, [2]),
        ("09:41", None, [1]),
        ("10:00", None, [1]),
        ("10:11", None, []),
        (None, "09:10", []),
        (None, "10:10", [1]),
        ("09:30", "09:40", []),
        ("09:30", "09:41", [1]),
        ("09:30", "10:11", [2]),
        ("08:59", "10:11", [2]),
    ],
)
def test_an_hour_counts_in_a_window_if_something_in_it_does(
    history: History, settled: Settled, since: str | None, until: str | None, found: list[int]
) -> None:
    """At 09:10, 09:40 and 10:10."""
    for n, moment in enumerate(("09:10", "09:40", "10:10")):
        history.ticket(n, f"2026-11-03 {moment}")
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    window = [clock and naive(utc(f"2026-11-03 {clock}")) for clock in (since, until)]
    with settled() as con:
        assert counted(con, naive(LATER), None, *window, "person_id")["interruptions"].to_list() == found


def test_an_hour_in_which_two_queues_interrupt_is_one(history: History, settled: Settled) -> None:
    history.ticket(1, "2026-11-03 09:10", queue="access")
    history.ticket(2, "2026-11-03 09:20")
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    with settled(BOTH) as con:
        for queues in (None, ["access"], ["infra"], ["infra", "access"]):
            assert counted(con, naive(LATER), queues, None, None, "person_id")["interruptions"].to_list() == [1]


@pytest.mark.parametrize("as_of", ["2026-11-30 00:00", "2026-11-03 12:00"])
def test_the_kinds_of_hours_are_known_of_whom_one_knows_the_zone(
    history: History, settled: Settled, as_of: str
) -> None:
    """At 10:10 in Berlin; somebody shares the duty, of whom nothing is known. It is over by the one instant, and not by
    the other."""
    history.ticket(1, "2026-11-03 09:10")
    history.records += shift("ana", "2026-11-02", "2026-11-09") + shift("dee", "2026-11-02", "2026-11-09", "t")
    with settled() as con:
        hours = counted(con, naive(utc(as_of)), None, None, None, "shift_id").sort("shift_id")
    assert hours.select("shift_id", *COUNTS).rows() == [("s", 1, 1, 0, 0), ("t", 1, None, None, None)]


def test_a_ticket_of_which_nobody_knew_yet_interrupted_nobody(history: History, settled: Settled) -> None:
    history.ticket(1, "2026-11-03 09:00")
    history.ticket(2, "2026-11-20 09:00", ("2026-11-03 11:00", "label", "+P1", "bo"))
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    with settled() as con:
        assert ended_shifts.over_until(con, naive(utc("2026-11-20 09:00"))) == EVER
        assert ended_shifts.over_until(con, naive(utc("2026-11-20 09:01"))) > EVER
        assert counts(con, "2026-11-20 09:00")[-1] == 1


def test_a_shift_planned_long_after_the_last_news_is_looked_at_when_it_is_over(
    history: History, settled: Settled
) -> None:
    """A year after the last news, and not after the first, all is looked up again."""
    history.ticket(1, "2025-11-03 09:00")
    history.ticket(2, "2026-11-03 09:00")
    history.records += shift("ana", "2028-11-06", "9999-12-31")
    with settled() as con:
        assert ended_shifts.over_until(con, naive(utc("2028-11-20 00:00"))) == naive(utc("2027-11-03 09:00"))
        assert load(con, utc("2028-11-20 00:00"))["untriaged_tickets"] == 2


def test_who_has_a_shift_that_runs_was_interrupted_before_the_next_began(history: History, settled: Settled) -> None:
    """Ana since Monday, Bo since Wednesday, and neither is done on Thursday; a ticket came on Tuesday, one will come on
    Friday."""
    history.ticket(1, "2026-11-03 09:00")
    history.ticket(2, "2026-11-06 09:00")
    history.records += shift("ana", "2026-11-02", "2026-11-09") + shift("bo", "2026-11-04", "2026-11-11", "b")
    with settled() as con:
        hours = interrupted_hours(con, naive(utc("2026-11-05 00:00")), None)
    assert hours.select("shift_id", "ticket_id").rows() == [("s", "test/infra#1")]


def test_a_rota_without_a_single_ticket_met_with_nothing(history: History, settled: Settled) -> None:
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    with settled() as con:
        assert ended_shifts.over_until(con, naive(LATER)) < naive(utc("2026-11-02"))
        assert counts(con, "2026-11-30 00:00") == [0, 0, 0, 0, 0]


def test_a_calendar_may_tell_of_the_past_otherwise(history: History, tmp_path: Path) -> None:
    history.ticket(1, "2026-11-03 09:00")
    said = settings.parse(TEXT, "the test's settings")
    for until in ("2026-11-09", "2026-11-03"):
        with writing(tmp_path / "s.duckdb", facts.settle) as con:
            tables.upsert(con, [*history.records, *shift("ana", "2026-11-02", until)])
            policies.apply(con, said)
    with metrics.open_store(tmp_path / "s.duckdb") as con:
        assert counts(con, "2026-11-30 00:00") == [0, 0, 0, 0, 0]
