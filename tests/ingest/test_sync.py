"""A sync as a whole, whatever the source: everything once, then only news; nothing lost to faults, kills or failures;
no secret anywhere."""

import gzip
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from ingest import intake, sync
from ingest.demo.trackers.wire import Request, Response
from ingest.intake import Outcome
from ingest.journal import Pending, replay
from ingest.store import StoreError, folder, journal_folder
from settings import SettingsError
from tests.conftest import OwnFolder
from tests.ingest.faulty import Faulty, Killed, faults, while_it_lasts
from tests.ingest.ledger import BEGIN, Act, acts, perform, perform_stepwise
from tests.ingest.trackers import QUEUES, WORLDS, environment, settings_of, wired

KINDS = sorted(WORLDS)
FACTS = ("ticket", "event", "account", "gone", "source_status", "shift", "absence")
SOME: list[Act] = [
    Act(verb, ticket, who, what, 7_200)
    for verb, ticket, who, what in (
        ("open", 0, "ana", "one"),
        ("open", 0, "ben", "two words"),
        ("open", 0, "cleo", "=1+1"),
        ("assign", 0, "dev", "one"),
        ("prioritise", 0, "dev", "two words"),
        ("comment", 1, "dev", "ünï ☃"),
        ("label", 1, "ana", "one"),
        ("move", 2, "ben", "one"),
        ("close", 0, "dev", "one"),
        ("reopen", 0, "ana", "one"),
    )
]
Content = dict[str, list[tuple[Any, ...]]]


def world(kind: str, todo: list[Act] = SOME) -> Any:
    tracker = WORLDS[kind].make()
    perform(tracker, todo, queue=QUEUES[kind])
    tracker.now += timedelta(hours=1)
    return tracker


def run(path: Path, trackers: dict[str, Any], **options: Any) -> list[Outcome]:
    kinds = list(trackers)
    return sync.run(path, settings_of(*kinds), environment=environment(*kinds), wire=wired(trackers), **options)


# Instants of what was inferred depend on when somebody looked; they are left out.
TIMELESS = {
    "event": "* REPLACE (if(origin = 'inferred', NULL, occurred_at) AS occurred_at,"
    " if(origin = 'inferred', 0, seq) AS seq)",
    "gone": "* EXCLUDE (gone_at)",
}


def content(path: Path) -> Content:
    """Every fact in the store."""
    return {table: query(path, f"SELECT {TIMELESS.get(table, '*')} FROM {table} ORDER BY ALL") for table in FACTS}


def query(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(path.resolve(), read_only=True) as con:
        return con.execute(sql).fetchall()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "watchbill.duckdb"


# --- Everything once, then only news -----------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_sync_reads_everything(path: Path, kind: str) -> None:
    [outcome] = run(path, {kind: world(kind)})
    assert (outcome.source, outcome.tickets, outcome.new_tickets, outcome.failure) == (kind, 3, 3, None)
    assert outcome.rejected == [] and outcome.requests > 0
    assert query(path, "SELECT count(*) FROM ticket") == [(3,)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_sync_with_nothing_new_changes_nothing_and_asks_little(path: Path, kind: str) -> None:
    tracker = world(kind, SOME + [Act("open", 0, "ana", "one", 1)] * 60)
    run(path, {kind: tracker})
    before = content(path)
    tracker.now += timedelta(hours=1)
    [outcome] = run(path, {kind: tracker})
    assert content(path) == before
    assert (outcome.changed.total(), outcome.new_tickets, outcome.gone) == (0, 0, 0)
    assert outcome.requests <= 12


@pytest.mark.parametrize("kind", KINDS)
def test_a_sync_after_more_was_done_ends_where_a_fresh_one_would(path: Path, kind: str, tmp_path: Path) -> None:
    tracker = WORLDS[kind].make()
    doing = perform_stepwise(tracker, SOME + SOME[3:], queue=QUEUES[kind])
    for did in doing:
        tracker.now = did.at + timedelta(hours=1)
        run(path, {kind: tracker})
    run(tmp_path / "fresh.duckdb", {kind: tracker})
    assert content(path) == content(tmp_path / "fresh.duckdb")


@pytest.mark.parametrize("kind", KINDS)
def test_reading_everything_again_changes_nothing(path: Path, kind: str) -> None:
    tracker = world(kind)
    run(path, {kind: tracker})
    before = content(path)
    [outcome] = run(path, {kind: tracker}, full=True)
    assert content(path) == before
    assert outcome.tickets == 3 and outcome.changed.total() == 0


@pytest.mark.parametrize("kind", KINDS)
def test_the_journal_tells_the_same_history_again(path: Path, kind: str) -> None:
    tracker = WORLDS[kind].make()
    for did in perform_stepwise(tracker, SOME, queue=QUEUES[kind]):
        tracker.now = did.at + timedelta(hours=1)
        run(path, {kind: tracker})
    before = content(path)
    outcome = intake.reparse(path, settings_of(kind))
    assert content(path) == before
    assert outcome.new_tickets == 3


def test_a_journal_that_lost_a_run_is_not_replayed_over_what_it_told(path: Path) -> None:
    run(path, {"rt": world("rt")})
    more = world("rt", SOME[:2])
    run(path, {"rt": more}, full=True)
    before = content(path)
    min(journal_folder(path).glob("rt/*")).unlink()
    with pytest.raises(StoreError, match=r"part of the journal is missing.*sync --full"):
        intake.reparse(path, settings_of("rt"))
    assert content(path) == before


@pytest.mark.parametrize("kind", KINDS)
def test_a_ticket_out_of_sight_leaves_the_numbers(path: Path, kind: str) -> None:
    tracker = WORLDS[kind].make()
    *_, hidden = [did.ticket for did in perform(tracker, SOME, queue=QUEUES[kind]) if did.field == "created"]
    run(path, {kind: tracker})
    tracker.hide(tracker.now + timedelta(hours=1), hidden)
    tracker.now += timedelta(days=8)
    [outcome] = run(path, {kind: tracker})
    assert outcome.gone == 1
    newest = "SELECT ticket_id FROM ticket ORDER BY opened_at DESC LIMIT 1"
    assert query(path, "SELECT ticket_id FROM gone") == query(path, newest)


# --- Side by side ------------------------------------------------------------------------------------


def test_all_sources_end_in_one_store(path: Path) -> None:
    outcomes = run(path, {kind: world(kind) for kind in KINDS})
    assert [outcome.source for outcome in outcomes] == KINDS
    assert query(path, "SELECT source, count(*) FROM ticket GROUP BY ALL ORDER BY ALL") == [(k, 3) for k in KINDS]
    assert query(path, "SELECT DISTINCT failure FROM sync_run") == [(None,)]


def test_only_the_sources_that_are_named_are_asked(path: Path) -> None:
    trackers = {kind: world(kind) for kind in KINDS}
    assert [outcome.source for outcome in run(path, trackers, names=["rt"])] == ["rt"]
    assert query(path, "SELECT DISTINCT source FROM ticket") == [("rt",)]


class Down:
    """A tracker that is not there."""

    now = BEGIN

    def answer(self, request: Request) -> Response:
        return Response(503)


def test_a_source_that_fails_does_not_stop_the_others(path: Path) -> None:
    good, bad = run(path, {"rt": world("rt"), "jira": Down()})
    assert good.failure is None and good.tickets == 3
    assert bad.failure and "HTTP 503" in bad.failure and bad.data_until is None
    assert query(path, "SELECT source, failure IS NULL FROM sync_run ORDER BY 1") == [("jira", False), ("rt", True)]


def test_a_source_that_answers_nonsense_does_not_stop_the_others(path: Path) -> None:
    class Nonsense(Down):
        def answer(self, request: Request) -> Response:
            return Response(200, b'["what", 7]', {"Content-Type": "application/json"})

    outcomes = {outcome.source: outcome for outcome in run(path, {"rt": world("rt"), "github": Nonsense()})}
    assert outcomes["rt"].failure is None
    assert outcomes["github"].failure


@pytest.mark.parametrize("kind", KINDS)
def test_a_failed_source_loses_nothing_that_was_stored(path: Path, kind: str) -> None:
    run(path, {kind: world(kind)})
    before = content(path)
    [outcome] = run(path, {kind: Down()})
    assert outcome.failure and content(path) == before


def test_a_missing_secret_is_said_with_the_name_of_its_variable(path: Path) -> None:
    tracker = world("rt")
    [outcome] = sync.run(path, settings_of("rt"), environment={}, wire=wired({"rt": tracker}))
    assert outcome.failure and "WATCHBILL_RT_TOKEN" in outcome.failure


def test_settings_without_a_source_say_what_to_write(path: Path) -> None:
    with pytest.raises(SettingsError, match=r"write a \[\[source\]\] table"):
        sync.run(path, settings_of(), environment={})


def test_a_source_that_does_not_exist_is_named_with_those_that_do(path: Path) -> None:
    with pytest.raises(SettingsError, match="no source 'trac' in the settings; there are rt"):
        sync.run(path, settings_of("rt"), environment={}, names=["trac"])


def test_progress_is_told_page_by_page(path: Path) -> None:
    told: list[sync.Progress] = []
    run(path, {"rt": world("rt")}, report=told.append)
    assert told[-1].is_done and told[-1].requests > 0 and told[-1].pages > 0


def test_the_summary_of_a_run_is_kept_in_the_store(path: Path) -> None:
    [outcome] = run(path, {"rt": world("rt")})
    [kept] = query(path, "SELECT source, tickets, new_tickets, gone, requests, failure FROM sync_run")
    assert kept == ("rt", 3, 3, 0, outcome.requests, None)
    assert query(path, "SELECT data_until IS NOT NULL FROM sync_run") == [(True,)]


# --- Faults and kills --------------------------------------------------------------------------------


def until_it_ends_well(path: Path, kind: str, wired_to: Any) -> None:
    """As cron would: again, until a run ends well."""
    for _ in range(200):
        try:
            [outcome] = run(path, {kind: wired_to})
        except Killed:
            continue
        if outcome.failure is None:
            return
    raise AssertionError(f"never ended well: {outcome.failure}")


@pytest.mark.parametrize("kind", KINDS)
@given(todo=acts(most=25), day=faults())
@hypothesis_settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_after_any_faults_the_store_is_that_of_a_clean_run(
    kind: str, todo: list[Act], day: list[str], own_folder: OwnFolder
) -> None:
    with own_folder() as place:
        tracker = WORLDS[kind].make()
        steps: Iterator[object] = perform_stepwise(tracker, todo, queue=QUEUES[kind])
        until_it_ends_well(place / "faulty.duckdb", kind, Faulty(tracker, day, while_it_lasts(steps)))
        list(steps)
        tracker.now += timedelta(hours=1)
        until_it_ends_well(place / "faulty.duckdb", kind, tracker)
        until_it_ends_well(place / "clean.duckdb", kind, tracker)
        assert content(place / "faulty.duckdb") == content(place / "clean.duckdb")
        assert query(place / "faulty.duckdb", "SELECT * FROM gone") == []


def test_a_killed_run_goes_on_where_it_was(path: Path) -> None:
    tracker = world("rt", SOME + [Act("open", 0, "ana", "one", 1)] * 200)
    [whole] = run(path.with_name("other.duckdb"), {"rt": tracker})
    with pytest.raises(Killed):
        run(path, {"rt": Faulty(tracker, ["fine"] * (whole.requests - 2) + ["killed"])})
    assert not path.exists(), "readers see nothing of a run that did not end"
    [rest] = run(path, {"rt": tracker})
    assert rest.requests < whole.requests
    assert content(path) == content(path.with_name("other.duckdb"))


# --- Secrets -----------------------------------------------------------------------------------------


def everything_on_disk(path: Path) -> bytes:
    """Every byte of store and journal, compressed ones unpacked."""
    raw = b""
    for file in folder(path).rglob("*"):
        if file.is_file():
            raw += file.read_bytes() + (gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else b"")
    return raw


class Echo:
    """A tracker that repeats the credentials it was given in everything it says."""

    def __init__(self, tracker: Any) -> None:
        self._tracker = tracker
        self.now = tracker.now

    def answer(self, request: Request) -> Response:
        told = self._tracker.answer(request)
        try:
            page = json.loads(told.body)
        except ValueError:
            return told  # type: ignore[no-any-return]
        if isinstance(page, dict):
            page["you_sent"] = [*request.headers.values(), request.body.decode(), *map(list, request.query)]
        return Response(told.status, json.dumps(page).encode(), told.headers)


@pytest.mark.parametrize("kind", KINDS)
def test_no_secret_reaches_store_journal_or_log(path: Path, kind: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    run(path, {kind: Echo(world(kind))})
    assert list(replay(journal_folder(path)))
    assert WORLDS[kind].token.encode() not in everything_on_disk(path)
    assert WORLDS[kind].token not in caplog.text


@pytest.mark.parametrize("kind", KINDS)
def test_no_failure_tells_the_secret(path: Path, kind: str) -> None:
    class Tattling(Down):
        def answer(self, request: Request) -> Response:
            return Response(400, f"bad token {WORLDS[kind].token}".encode())

    [outcome] = run(path, {kind: Tattling()})
    assert outcome.failure and WORLDS[kind].token not in outcome.failure
    assert WORLDS[kind].token.encode() not in everything_on_disk(path)


# --- A demo makes way --------------------------------------------------------------------------------


def test_a_demo_makes_way_for_real_tickets_and_says_so(path: Path) -> None:
    run(path, {"rt": world("rt")}, is_demo=True)
    outcomes = run(path, {"phorge": world("phorge"), "rt": world("rt", SOME[:1])})
    assert any(outcome.replaces_demo for outcome in outcomes)
    assert query(path, "SELECT source, count(*) FROM ticket GROUP BY ALL ORDER BY 1") == [("phorge", 3), ("rt", 1)]
    assert query(path, "SELECT is_demo FROM store_meta") == [(False,)]


def test_a_demo_never_replaces_real_tickets(path: Path) -> None:
    run(path, {"rt": world("rt")})
    with pytest.raises(StoreError, match="holds 3 tickets of your own"):
        run(path, {"rt": world("rt")}, is_demo=True)


def test_a_demo_made_again_is_made_anew(path: Path) -> None:
    run(path, {"rt": world("rt")}, is_demo=True)
    run(path, {"rt": world("rt", SOME[:1])}, is_demo=True)
    assert query(path, "SELECT count(*) FROM ticket") == [(1,)]


# --- A page that a parser or the store cannot bear ----------------------------------------------------


def test_a_page_that_cannot_be_stored_fails_its_source_and_no_other(path: Path) -> None:
    """Request Tracker's transaction ids order events; one beyond all numbers of the store is nobody's fault but its."""
    run(path.with_name("other.duckdb"), {"rt": world("rt")})
    told = [reply for reply in replay(journal_folder(path.with_name("other.duckdb"))) if "Create" in reply.body]
    pending = Pending(journal_folder(path), "rt")
    pending.write(
        replace(told[0], body=re.sub(r'"(id|ObjectId)": ?("?)(\d+)', rf'"\1": \2\g<3>{"0" * 30}', told[0].body))
    )
    outcomes = {outcome.source: outcome for outcome in run(path, {"rt": world("rt"), "phorge": world("phorge")})}
    assert outcomes["phorge"].failure is None and outcomes["phorge"].tickets == 3
    assert "Please report this" in str(outcomes["rt"].failure)
    assert query(path, "SELECT DISTINCT source FROM ticket") == [("phorge",)]
    assert pending.since is not None, "what was fetched waits for a mended program"
