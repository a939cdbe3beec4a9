"""Tickets of late: a query about what is open is told the same of them as of the whole store."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

import metrics
import settings
from ingest import policies, tables
from ingest.records import Event
from ingest.store import writing
from metrics import facts, recent
from metrics.agenda_claims import Claims
from metrics.columns import ask
from metrics.flow import weekly_flow
from metrics.instants import parse_instant
from metrics.open_work import open_work
from metrics.ownership import owned_now
from metrics.promised_dates import promised_dates
from metrics.shift_load import interruptions
from metrics.slo import verdicts
from metrics.ticket_rows import described
from metrics.triage_latency import not_triaged
from metrics.weeks import Week
from metrics.whose_turn import whose_turn
from metrics.wip_limits import breaches
from tests.conftest import OFFICE, History, OwnFolder, utc
from tests.metrics import test_facts
from tests.metrics.oracle import FEW_EXAMPLES, histories, incident_histories, instants, naive
from tests.metrics.test_facts import MUCH, SAID

Store = Callable[..., duckdb.DuckDBPyConnection]
QUEUES = ["infra", "access", "lost"]


def kept(path: Path, history: History, of_late: timedelta, said: settings.Settings = SAID) -> Path:
    """A store that keeps what happened in so long a while by itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recent, "SPAN", of_late)
        with writing(path, facts.settle) as con:
            tables.upsert(con, history.records)
            policies.apply(con, said)
    return path


def ids(con: duckdb.DuckDBPyConnection) -> set[str]:
    return {ticket for (ticket,) in con.execute("FROM recent_fact.ids").fetchall()}


def answers(con: duckdb.DuckDBPyConnection, as_of: datetime) -> dict[str, list[str]]:
    told = {
        "aging": metrics.aging(con, as_of=as_of).pl(),
        "aging bands of five days": metrics.aging_bands(con, as_of=as_of, days=5).pl(),
        "ownership": metrics.ownership(con, as_of=as_of).pl(),
        "whose turn": whose_turn(con, as_of=as_of).pl(),
        "promised dates": promised_dates(con, as_of=as_of, zone="UTC").pl(),
        "duplicates": metrics.duplicate_suspects(con, as_of=as_of).pl(),
        "how a meeting finds them": Claims(con, parse_instant(as_of), QUEUES, "UTC", parse_instant(as_of), {}).standing,
        "owned now": owned_now(con, as_of=as_of).pl(),
        "open work": open_work(con, as_of=as_of, queues=QUEUES),
        "promises": metrics.slo(con, as_of=as_of).pl(),
        "pending promises": verdicts(con, as_of=as_of, is_pending=True).pl(),
        "not triaged": not_triaged(con, as_of=as_of).pl(),
        "above limits": breaches(con, as_of=as_of),
        "interruptions": interruptions(con, as_of=as_of, since=as_of - timedelta(days=5)),
    }
    weeks = Week.containing(as_of, "Europe/Berlin").through(2)
    for metric in metrics.catalogue():
        if metric.weekly:
            told[f"{metric.name}, two weeks"] = metric.weekly(con, as_of=as_of, weeks=weeks)
    for name, tickets in (("one", ["test/infra#1"]), ("some", [f"test/infra#{n}" for n in (1, 2, 3)])):
        told[name] = described(con, parse_instant(as_of), tickets)
    return {name: sorted(map(repr, rows.iter_rows())) for name, rows in told.items()}


@FEW_EXAMPLES
@given(
    history=histories(tickets=6, actions=MUCH) | incident_histories(),
    as_of=instants(),
    of_late=st.integers(0, 12).map(lambda days: timedelta(days=days)),
)
def test_of_the_tickets_of_late_is_told_what_is_told_of_them_among_all(
    own_folder: OwnFolder, history: History, as_of: datetime, of_late: timedelta
) -> None:
    with own_folder() as folder:
        narrow = kept(folder / "narrow.duckdb", history, of_late)
        whole = kept(folder / "whole.duckdb", history, timedelta(days=9999))
        with metrics.open_store(narrow) as few, metrics.open_store(whole) as all_of_them:
            assert answers(few, as_of) == answers(all_of_them, as_of)
        assert test_facts.answers(narrow, as_of) == test_facts.answers(whole, as_of)


@pytest.fixture
def three(history: History) -> History:
    """Closed long ago, open since long ago, and closed of late."""
    history.ticket(1, "2026-09-01 09:00", ("2026-09-02 09:00", "status", "closed", "ana"))
    history.ticket(2, "2026-09-01 09:00", ("2026-09-02 09:00", "owner", "+ana", "ana"))
    history.ticket(3, "2026-09-01 09:00", ("2026-11-02 09:00", "status", "closed", "ana"))
    return history


def test_of_late_are_the_open_tickets_and_those_to_which_something_happened(three: History, tmp_path: Path) -> None:
    with metrics.open_store(kept(tmp_path / "s.duckdb", three, timedelta(weeks=6))) as con:
        assert ids(con) == {"test/infra#2", "test/infra#3"}
        told = con.execute("SELECT DISTINCT ticket_id FROM recent.spell(TIMESTAMP '2026-11-03')").fetchall()
        assert {ticket for (ticket,) in told} == ids(con)


ANSWER = "[[slo]]\nname = 'Answer'\nclock = 'first_response'\nobjective = 0.9\ngoals = [{ within = '80h' }]\n"
FOUND = """
[[slo]]
name = "Mitigate"
clock = "acknowledge"
objective = 0.9
start = { field = "custom.found", when = "value" }
stop = { field = "closed" }
goals = [{ within = "4h" }]
"""


def test_of_late_is_what_fell_due_although_nothing_happened(three: History, tmp_path: Path) -> None:
    """Nobody answered the first ticket, closed on its second day; it was to be answered within ten. What is known since
    that very instant is of late."""
    said, due_at = settings.parse(OFFICE + ANSWER, "a slow promise"), utc("2026-09-14 17:00")
    of_late = utc("2026-11-02 09:00") - due_at
    with metrics.open_store(kept(tmp_path / "s.duckdb", three, of_late, said)) as con:
        assert "test/infra#1" in ids(con)
        span = {"since": due_at, "until": utc("2026-09-21 00:00")}
        due = metrics.slo(con, as_of=utc("2026-11-03 00:00"), **span).filter("has_due_in_window").pl()
        assert due.filter(key="infra#1")["verdict"].to_list() == ["breached-closed"]
        then = verdicts(con, as_of=due_at, is_pending=True).pl()
        assert ("infra#1", "running") in then.select("key", "verdict").rows()


def test_of_late_is_what_is_said_to_have_begun_then(three: History, tmp_path: Path) -> None:
    """Somebody wrote in September when they will have noticed: three weeks before the last that is known. Without a
    calendar nothing falls due."""
    three.ticket(5, "2026-09-01 09:00", ("2026-09-02 09:00", "custom.found", "2026-10-12T09:00:00Z", "ana"),
                 ("2026-09-03 09:00", "status", "closed", "ana"), queue="lost")  # fmt: skip
    said = settings.parse(OFFICE + FOUND, "a promise after a day that somebody states")
    with metrics.open_store(kept(tmp_path / "s.duckdb", three, timedelta(weeks=3), said)) as con:
        begun = metrics.slo(con, as_of=utc("2026-11-03 00:00"), since=utc("2026-10-12 09:00")).pl()
        assert begun.select("key", "started_at", "due_at").rows() == [("infra#5", naive(utc("2026-10-12 09:00")), None)]
        assert ids(con) == {"test/infra#2", "test/infra#3", "test/infra#5"}


def test_of_late_is_what_stands_in_a_stage_although_nobody_told_whether_it_is_open(
    history: History, tmp_path: Path
) -> None:
    history.ticket(1, "2026-09-01 09:00", ("2026-09-02 09:00", "label", "+waiting", "ana"))
    history.ticket(2, "2026-09-01 09:00", ("2026-11-02 09:00", "status", "closed", "ana"))
    history.records = [
        record for record in history.records
        if not (isinstance(record, Event) and record.ticket_id == "test/infra#1" and record.field == "status")
    ]  # fmt: skip
    said = settings.parse(OFFICE, "labels that are stages")
    with metrics.open_store(kept(tmp_path / "s.duckdb", history, timedelta(weeks=3), said)) as con:
        bands = metrics.aging_bands(con, as_of=utc("2026-11-03 00:00"), days=5).pl()
        assert bands.filter(stage="waiting").select("key", "has_left").rows() == [("infra#1", False)]


def test_what_was_open_before_is_looked_for_among_all(three: History, tmp_path: Path) -> None:
    """In September the first ticket was open, of which nothing is known among those of late."""
    with metrics.open_store(kept(tmp_path / "s.duckdb", three, timedelta(weeks=6))) as con:
        then = metrics.aging(con, as_of=utc("2026-09-01 10:00")).pl()["key"].to_list()
        now = metrics.aging(con, as_of=utc("2026-11-03 00:00")).pl()["key"].to_list()
    assert (then, now) == (["infra#1", "infra#2", "infra#3"], ["infra#2"])


def test_what_stood_before_is_looked_for_among_all_whatever_weeks_are_asked_about(
    three: History, tmp_path: Path
) -> None:
    """In September all three were open; of a week to come nothing else is known."""
    with metrics.open_store(kept(tmp_path / "s.duckdb", three, timedelta(weeks=6))) as con:
        week = weekly_flow(con, as_of=utc("2026-09-01 10:00"), weeks=[Week.parse("2026-W45", "UTC")])
    assert week["open_tickets"].to_list() == [3]


def test_what_was_closed_at_the_first_instant_of_late_was_open_then(three: History, tmp_path: Path) -> None:
    """Six weeks before the last that is known."""
    history, first = three, "2026-09-21 09:00"
    history.ticket(4, "2026-09-01 09:00", (first, "status", "closed", "ana"))
    with metrics.open_store(kept(tmp_path / "s.duckdb", history, timedelta(weeks=6))) as con:
        then = metrics.aging(con, as_of=utc(first)).pl()["key"].to_list()
    assert then == ["infra#2", "infra#3", "infra#4"]


@pytest.mark.parametrize("tickets", [[1], [3], [1, 3]])
def test_a_ticket_of_long_ago_is_described_alone_or_with_one_of_late(
    three: History, tmp_path: Path, tickets: list[int]
) -> None:
    with metrics.open_store(kept(tmp_path / "s.duckdb", three, timedelta(weeks=6))) as con:
        rows = described(con, parse_instant(utc("2026-11-03 00:00")), [f"test/infra#{number}" for number in tickets])
    assert rows["stage"].to_list() == ["done"] * len(tickets)


def test_a_store_without_facts_has_all_its_tickets_there(three: History, open_store_of: Store) -> None:
    con = open_store_of(three.records)
    assert ids(con) == {"test/infra#1", "test/infra#2", "test/infra#3"}
    counts = "SELECT (SELECT count(*) FROM recent.spell($as_of)), (SELECT count(*) FROM spell($as_of))"
    [(of_late, of_all)] = ask(con, counts, as_of=parse_instant(utc("2026-11-03 00:00"))).fetchall()
    assert of_late == of_all > 0


def test_reading_ahead_closes_its_own_connection_and_no_other(three: History, tmp_path: Path) -> None:
    with metrics.open_store(kept(tmp_path / "s.duckdb", three, timedelta(weeks=6))) as con:
        own = con.cursor()
        recent.read_ahead(own)
        with pytest.raises(duckdb.ConnectionException):
            own.execute("SELECT 1")
        assert ids(con) == {"test/infra#2", "test/infra#3"}


def test_there_is_nothing_to_read_ahead_in_a_store_without_facts(three: History, open_store_of: Store) -> None:
    con = open_store_of(three.records)
    recent.read_ahead(con.cursor())
    assert ids(con) == {"test/infra#1", "test/infra#2", "test/infra#3"}
