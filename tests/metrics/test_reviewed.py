"""What became of incidents and their papers: read from the store it says the same as when it is worked out."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

import metrics
import settings
from ingest.records import Gone
from metrics.reviewed import ask_reviewed
from tests.conftest import History, OwnFolder, utc
from tests.metrics.oracle import FEW_EXAMPLES, incident_histories, instants, naive
from tests.metrics.test_facts import plain, told
from tests.metrics.test_incident_tickets import TOLD

ASKED: tuple[Callable[..., duckdb.DuckDBPyRelation], ...] = (
    metrics.incident_tickets, metrics.incident_milestones, metrics.incident_links, metrics.incidents,
    metrics.postmortems, metrics.action_items, metrics.data_quality,
)  # fmt: skip
LATER = timedelta(days=400)
Store = Callable[..., duckdb.DuckDBPyConnection]


def answers(path: Path, as_of: datetime) -> dict[str, list[str]]:
    with metrics.open_store(path) as con:
        return {metric.__name__: sorted(map(repr, metric(con, as_of=as_of).fetchall())) for metric in ASKED}


@FEW_EXAMPLES
@given(history=incident_histories(), as_of=instants(), later=st.sampled_from([timedelta(0), LATER]))
def test_a_store_that_keeps_it_answers_as_one_that_does_not(
    own_folder: OwnFolder, history: History, as_of: datetime, later: timedelta
) -> None:
    with own_folder() as folder:
        kept = told(folder / "kept.duckdb", history.records)
        bare = plain(folder / "plain.duckdb", history.records)
        assert answers(kept, as_of + later) == answers(bare, as_of + later)


def is_read(con: duckdb.DuckDBPyConnection, as_of: str) -> bool:
    """Whether an answer is read from what is kept."""
    told = ask_reviewed(con, "FROM incident_spell($as_of)", as_of=naive(utc(as_of))).explain()
    return "reviewed_piece" in told


@pytest.fixture
def kept(history: History, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Two incidents: one is none any more from 3 November at nine, the other is gone a day later. The end of the first
    is stated for 2027. A ticket that is none has a word still later."""
    history.ticket(
        1, "2026-11-02 09:00", ("2026-11-02 09:30", "label", "+incident", "ana"),
        ("2026-11-02 10:00", "custom.restored", "2027-01-01T00:00Z", "ana"),
        ("2026-11-03 09:00", "label", "-incident", "ana"),
    )  # fmt: skip
    history.ticket(2, "2026-11-02 09:00", ("2026-11-02 09:30", "label", "+incident", "ana"))
    history.records.append(Gone("test/infra#2", utc("2026-11-04 09:00"), "deleted"))
    history.ticket(3, "2026-11-05 09:00", ("2026-11-06 09:00", "comment", "+No incident.", "ana"))
    with metrics.open_store(told(tmp_path / "kept.duckdb", history.records, settings.parse(TOLD, "it"))) as con:
        yield con


def test_it_is_read_by_who_asks_after_the_last_that_happened_to_any_of_them(kept: duckdb.DuckDBPyConnection) -> None:
    assert not is_read(kept, "2026-11-04 09:00")
    assert is_read(kept, "2026-11-04 09:00:00.000001")


def test_a_store_without_facts_has_nothing_to_read(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("2026-11-02 09:30", "label", "+incident", "ana"))
    con = open_store_of(history.records, TOLD)
    told = ask_reviewed(con, "SELECT ticket_id FROM incident_spell($as_of)", as_of=naive(utc("2026-12-01 09:00")))
    assert told.fetchall() == [("test/infra#1",)]


@pytest.mark.parametrize(
    ("as_of", "incidents"),
    [
        ("2026-11-03 09:00", ["infra#1", "infra#2"]),
        ("2026-11-03 09:01", ["infra#2"]),
        ("2026-11-04 09:00", ["infra#2"]),
        ("2026-11-04 09:01", []),
    ],
)
def test_what_happens_at_the_instant_has_not_happened_yet(
    kept: duckdb.DuckDBPyConnection, as_of: str, incidents: list[str]
) -> None:
    assert [row[1] for row in metrics.incidents(kept, as_of=utc(as_of)).order("key").fetchall()] == incidents


def test_an_end_stated_for_later_is_not_reached_before(kept: duckdb.DuckDBPyConnection) -> None:
    reached = {}
    for as_of in ("2026-12-31 23:59", "2027-01-01 00:00", "2027-01-01 00:01"):
        assert is_read(kept, as_of)
        rows = metrics.incident_milestones(kept, as_of=utc(as_of)).project("milestone").fetchall()
        reached[as_of[-5:]] = ("resolved",) in rows
    assert reached == {"23:59": False, "00:00": False, "00:01": True}
