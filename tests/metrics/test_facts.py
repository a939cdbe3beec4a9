"""Facts: a store that carries them answers as one that does not, however it came by them."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from inspect import signature
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

import metrics
import settings
from ingest import policies, tables
from ingest.records import Event, Gone, Record, Ticket
from ingest.store import writing
from metrics import facts
from tests.conftest import OFFICE, TRIAGE_PROMISE, History, OwnFolder, utc
from tests.metrics.oracle import FEW_EXAMPLES, WORLD, before, histories, incident_histories, instants

PRACTICES = """
[[cadence]]
every = { P0 = "24h", P1 = "2 working days", P2 = "1 working day" }
calendar = "team"

[[toil]]
category = [{ name = "full", title = "full" }, { name = "bugs", label = ["bug"] }, { name = "all", queue = ["infra"] }]

[[intake]]
title_words = 1

[[ownership]]
silent_days = 1
dead_days = 3

[[wip]]
person = 1
queue = 1
"""
SAID = settings.parse(WORLD + PRACTICES, "the world")
MUCH = [
    *[("status", value) for value in ("open", "closed", "stalled")],
    *[("column", value) for value in ("In progress", "In progress", "Waiting", "Done")],
    *[("label", sign + value) for value in ("P0", "P1", "Bug", "in progress") for sign in "+-"],
    *[("queue", value) for value in ("infra", "access", "-infra")],
    *[("title", title) for title in ("Disk full on web-1", "Disk full on web-2")],
    *[
        ("comment", "+x"),
        ("owner", "+ana"),
        ("owner", "-ana"),
        ("effort", "30"),
        ("eta", "Friday"),
        ("project", "+Racks"),
    ],
]
OTHERWISE = settings.parse(OFFICE + TRIAGE_PROMISE, "another world")


def told(path: Path, records: Iterable[Record], said: settings.Settings = SAID) -> Path:
    """A store at `path` that knows these records, too, and carries its facts."""
    with writing(path, facts.settle) as con:
        tables.upsert(con, records)
        policies.apply(con, said)
    return path


def plain(path: Path, records: Iterable[Record]) -> Path:
    """As `told`, without its facts."""
    with writing(path) as con:
        tables.upsert(con, records)
        policies.apply(con, SAID)
    return path


def carried(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every fact in a store's file, in one order."""
    with duckdb.connect(path.resolve(), read_only=True) as con:
        return {name: sorted(con.execute(f"FROM fact.{name}").fetchall(), key=repr) for name in facts.FACTS}


def works_out(path: Path) -> bool:
    """Does opening the store work the facts out, instead of reading them?"""
    con = metrics.open_store(path)
    try:
        found = con.execute(
            "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'memory' AND table_name = 'spell'"
        )
        return found.fetchall() == [(1,)]
    finally:
        con.close()


def answers(path: Path, as_of: datetime) -> dict[str, list[str]]:
    """The rows of every metric, at all and of three days, in one order; the clocks of one ticket have a metric of their
    own."""
    con = metrics.open_store(path)
    told: dict[str, list[str]] = {}
    days = {"since": as_of - timedelta(days=5), "until": as_of - timedelta(days=2)}
    try:
        for metric in metrics.catalogue():
            if metric.name == "clock_trace":
                continue
            told[metric.name] = sorted(map(repr, metric.rows(con, as_of=as_of).fetchall()))
            if "until" in signature(metric.rows).parameters:
                told[f"{metric.name}, three days"] = sorted(map(repr, metric.rows(con, as_of=as_of, **days).fetchall()))
    finally:
        con.close()
    return told


@FEW_EXAMPLES
@given(history=histories(tickets=5) | histories(tickets=5, actions=MUCH), as_of=instants())
def test_a_store_that_carries_its_facts_answers_as_one_that_does_not(
    own_folder: OwnFolder, history: History, as_of: datetime
) -> None:
    with own_folder() as folder:
        settled = told(folder / "settled.duckdb", history.records)
        bare = plain(folder / "plain.duckdb", history.records)
        assert works_out(bare)
        assert not works_out(settled)
        assert answers(settled, as_of) == answers(bare, as_of)


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """One small past with and without its facts: what is triaged, waits, is moved, closed, comes back, and is gone."""
    history, folder = History(), tmp_path_factory.mktemp("twice")
    tell = history.ticket
    tell(1, "2026-11-02 09:00", ("10:00", "label", "+P0", "ana"), ("2026-11-04 11:00", "comment", "+On it.", "bo"))
    tell(2, "2026-11-02 09:30", ("15:00", "status", "closed", "bo"), ("2026-11-05 16:00", "status", "open", "bo"))
    tell(3, "2026-11-02 10:00", ("11:00", "status", "stalled", "ana"), ("2026-11-05 09:00", "status", "open", "ana"))
    tell(4, "2026-11-02 11:00", ("12:00", "label", "+P1", "ana"), ("2026-11-03 12:00", "label", "+waiting", "ana"))
    tell(5, "2026-11-03 09:00", ("2026-11-04 09:00", "queue", "access", "ana"), ("12:00", "label", "+P2", "ana"))
    tell(6, "2026-11-03 12:00", ("12:00", "label", "+P1", "bo"), ("2026-11-06 12:00", "status", "closed", "bo"))
    tell(7, "2026-11-02 12:00", ("13:00", "title", "Disk full on web-1", "ana"))
    history.records.append(Gone("test/infra#7", utc("2026-11-04 12:00"), "deleted"))
    tell(8, "2026-11-02 12:30", ("13:00", "custom.seen", "2026-11-04T11:00:00Z", "ana"))  # a clock still to come
    for number in (9, 10):
        tell(number, "2026-11-02 13:00", ("2026-11-05 12:00", "label", "+bug", "ana"), title=f"Disk full on {number}")
    return told(folder / "settled.duckdb", history.records), plain(folder / "plain.duckdb", history.records)


@pytest.mark.parametrize(
    "as_of", ["2026-11-02 13:00", "2026-11-03 12:00", "2026-11-04 11:00", "2026-11-05 08:00", "2026-11-06 12:00"]
)
def test_a_store_that_carries_its_facts_tells_the_past_as_one_that_does_not(
    twice: tuple[Path, Path], as_of: str
) -> None:
    settled, bare = (answers(path, utc(as_of)) for path in twice)
    assert settled == bare
    assert settled["slo"] and settled["ticket_state"]


@FEW_EXAMPLES
@given(history=histories(tickets=6) | incident_histories(), moment=instants(), slice_of=st.sampled_from([1, 2, 50_000]))
def test_facts_brought_up_to_date_are_those_worked_out_at_once(
    own_folder: OwnFolder, history: History, moment: datetime, slice_of: int
) -> None:
    with own_folder() as folder:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(facts, "SLICE", slice_of)
            told(folder / "grown.duckdb", before(history.records, moment))
            told(folder / "grown.duckdb", history.records)
        told(folder / "whole.duckdb", history.records)
        assert carried(folder / "grown.duckdb") == carried(folder / "whole.duckdb")


@pytest.fixture
def two(history: History) -> list[Record]:
    history.ticket(1, "2026-11-02 09:00", ("10:00", "label", "+P0", "ana"), ("11:00", "comment", "+On it.", "ana"))
    history.ticket(2, "2026-11-02 09:30", ("15:00", "status", "closed", "bo"), ("16:00", "status", "open", "bo"))
    return history.records


def test_other_settings_make_other_facts(two: list[Record], tmp_path: Path) -> None:
    told(tmp_path / "changed.duckdb", two)
    told(tmp_path / "changed.duckdb", [], OTHERWISE)
    told(tmp_path / "fresh.duckdb", two, OTHERWISE)
    assert carried(tmp_path / "changed.duckdb") == carried(tmp_path / "fresh.duckdb")


def test_another_type_makes_other_facts(two: list[Record], tmp_path: Path) -> None:
    """A tracker that tells of no changes of types: what was a task is an incident now."""
    incidents = settings.parse(OFFICE + '[[incident]]\nincident = [{ type = ["incident"] }]\n', "a world of types")
    typed = [replace(record, type="Incident") if isinstance(record, Ticket) else record for record in two]
    told(tmp_path / "changed.duckdb", two, incidents)
    told(tmp_path / "changed.duckdb", typed, incidents)
    told(tmp_path / "fresh.duckdb", typed, incidents)
    assert len(carried(tmp_path / "fresh.duckdb")["marked_spell"]) == 2
    assert carried(tmp_path / "changed.duckdb") == carried(tmp_path / "fresh.duckdb")


def test_an_event_that_the_tracker_tells_after_all_makes_other_facts(two: list[Record], tmp_path: Path) -> None:
    inferred = [replace(record, origin="inferred") if isinstance(record, Event) else record for record in two]
    told(tmp_path / "changed.duckdb", inferred)
    told(tmp_path / "changed.duckdb", two)
    assert carried(tmp_path / "changed.duckdb")["inferred"] == []


def test_a_ticket_that_is_gone_takes_its_facts_along(two: list[Record], tmp_path: Path) -> None:
    path = told(tmp_path / "s.duckdb", two)
    with writing(path, facts.settle) as con:
        for table in ("event", "ticket"):
            con.execute(f"DELETE FROM {table} WHERE ticket_id = 'test/infra#2'")
    assert {row[0] for rows in carried(path).values() for row in rows} == {"test/infra#1"}


def test_without_news_nothing_is_worked_out_again(
    two: list[Record], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = told(tmp_path / "s.duckdb", two)
    worked_out: list[int] = []
    spell_out = facts._spell_out

    def counted(con: duckdb.DuckDBPyConnection) -> None:
        [(tickets,)] = con.execute("SELECT count(*) FROM fact.subject").fetchall()
        worked_out.append(tickets)
        spell_out(con)

    monkeypatch.setattr(facts, "_spell_out", counted)
    told(path, [])
    assert sum(worked_out) == 0


@pytest.mark.parametrize("unfinished", ["DELETE FROM fact.meta", "UPDATE fact.meta SET version = 'of yesterday'"])
def test_facts_that_are_unfinished_or_another_versions_are_not_believed(
    two: list[Record], tmp_path: Path, unfinished: str
) -> None:
    path = told(tmp_path / "s.duckdb", two)
    wanted = answers(path, utc("2026-11-09 00:00"))
    with duckdb.connect(path.resolve()) as con:
        con.execute(unfinished)
        con.execute("DELETE FROM fact.spell")
    assert works_out(path)
    assert answers(path, utc("2026-11-09 00:00")) == wanted


def test_killed_half_way_the_next_settling_mends_it(two: list[Record], tmp_path: Path) -> None:
    path = told(tmp_path / "s.duckdb", two)
    wanted = carried(path)
    with duckdb.connect(path.with_suffix(".store") / "private.duckdb") as con:
        con.execute("DELETE FROM fact.meta")
        con.execute("DELETE FROM fact.judged")
    assert carried(told(path, [])) == wanted
