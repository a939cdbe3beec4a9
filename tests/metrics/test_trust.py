"""What speaks against the numbers, what was read when, and every version of every policy."""

import tomllib
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

import metrics
from ingest.records import Account
from ingest.store import writing
from metrics.missing_words import guessed_stage
from metrics.policy_history import Policy, calendar_versions, policy_history, team_queues, word_map
from metrics.source_runs import last_read_at, source_runs, source_states
from metrics.store_tables import ROWS_ARE, store_tables
from metrics.trust import Trust, trust
from tests.conftest import OFFICE, TRIAGE_PROMISE, History, built, utc

HOSTILE = '"]\n[[x]]\n<b>'
ANA = '\n[[person]]\nname = "Ana Ruiz"\naccounts = ["other/ana"]\n'
AGAIN = TRIAGE_PROMISE[TRIAGE_PROMISE.index("[[slo]]"):].replace("0.9", "0.95").replace(
    'name = "Triage"', 'name = "Triage"\nvalid_from = 2026-03-01') .replace('"4h"', '"2h"')  # fmt: skip
RUN = """
INSERT INTO sync_run
VALUES ($id, $source, 'all', $at, $at, $until, 5, 9, 3, $rejected, 1, 0, $asked, $waited, $why)
"""
RUNS = (
    ("r1", "test", "2026-11-08 08:00", "2026-11-08 07:59", 2, 40, 1.5, None),
    ("r2", "test", "2026-11-09 08:00", "2026-11-09 07:59", 0, 50, 0.0, None),
    ("r3", "other", "2026-11-07 08:00", "2026-11-07 07:59", 0, 7, 0.0, None),
    ("r4", "other", "2026-11-09 08:01", None, 0, 1, 0.0, "401 Unauthorized"),
)


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    history = History()
    history.ticket(1, "2026-11-02 09:00", ("10:00", "status", "In Progress", "ana"),
                   ("11:00", "status", HOSTILE, "bo"), ("12:00", "label", "+x", "stray_bot"))  # fmt: skip
    history.ticket(2, "2026-11-02 09:00", queue="lost")
    history.records.append(Account("other/ana", "other", "ana", "Ana Ruiz", False))
    path = built(
        tmp_path_factory.mktemp("trust") / "store.duckdb", history.records, OFFICE + TRIAGE_PROMISE + AGAIN + ANA
    )
    with writing(path) as store:
        for run_id, source, at, until, rejected, asked, waited, why in RUNS:
            told = {"id": run_id, "source": source, "at": naive(at), "until": until and naive(until)}
            store.execute(RUN, told | {"rejected": rejected, "asked": asked, "waited": waited, "why": why})
    con = metrics.open_store(path)
    yield con
    con.close()


def naive(text: str) -> Any:
    return utc(text).replace(tzinfo=None)


@pytest.fixture(scope="module")
def found(con: duckdb.DuckDBPyConnection) -> Trust:
    known = last_read_at(con)
    assert known is not None
    return trust(con, as_of=known)


def test_the_last_run_counts_though_it_ended_after_the_data(con: duckdb.DuckDBPyConnection) -> None:
    known = last_read_at(con)
    assert known is not None and known > utc("2026-11-09 08:01")
    runs = source_runs(con, as_of=known, most=3)
    assert (runs.total, runs.rows["source"].to_list()) == (4, ["other", "test", "test"])
    assert source_runs(con, as_of="2026-11-09T00:00Z", most=9).total == 2


def test_each_source_stands_beside_its_run_before(con: duckdb.DuckDBPyConnection) -> None:
    other, test = source_states(con, as_of="2026-11-10T00:00Z").to_dicts()
    assert (test["requests"], test["requests_before"], test["waited_seconds_before"]) == (50, 40, 1.5)
    assert (test["rejected"], test["rejected_before"], test["tickets"], test["failure"]) == (0, 2, 2, None)
    assert (other["failure"], other["data_until_at"]) == ("401 Unauthorized", naive("2026-11-07 07:59"))
    [early] = source_states(con, as_of="2026-11-08T00:00Z").to_dicts()
    assert (early["source"], early["failure"], early["was_read_before"]) == ("other", None, False)


def test_findings_that_ask_for_something_come_first(found: Trust) -> None:
    names = [kind.name for kind in found.kinds]
    assert names[:3] == ["failed sync", "unmapped status", "account without person"] and "queue without team" in names
    assert found.total == sum(kind.findings for kind in found.kinds) and all(kind.advice for kind in found.kinds)


def test_the_lines_to_paste_are_settings_whatever_the_words_hold(found: Trust) -> None:
    stages, person, bots, others, team = found.pastes
    assert 'queues = ["*"]' in stages.what
    assert tomllib.loads(stages.lines)["status"] == {"In Progress": "active", HOSTILE: "new"}
    assert "Ana Ruiz" in person.what and tomllib.loads(person.lines)["accounts"] == ["other/ana", "test/ana"]
    assert tomllib.loads(bots.lines) == {"bots": ["test/stray_bot"]}
    assert tomllib.loads(others.lines) == {"person": [{"name": "bo", "accounts": ["test/bo"]}]}
    assert tomllib.loads(team.lines) == {"queues": ["lost"]}


@pytest.mark.parametrize(("word", "stage"), [("To Do", "triaged"), ("Blocked", "waiting"), ("QA review", "active")])
def test_a_stage_is_guessed(word: str, stage: str) -> None:
    assert guessed_stage(word) == stage


def named(con: duckdb.DuckDBPyConnection, kind: str) -> Policy:
    return next(policy for policy in policy_history(con) if policy.kind == kind)


def test_versions_say_when_they_held_and_what_changed(con: duckdb.DuckDBPyConnection) -> None:
    first, second = named(con, "slo").editions
    assert (first.valid_from, first.valid_until, first.changes) == (None, naive("2026-03-01"), ())
    assert (second.valid_until, second.changes) == (None, ("objective: 0.9 → 0.95", 'goals.1.inside: "4h" → "2h"'))
    assert [edition.is_in_force(naive("2026-03-01")) for edition in (first, second)] == [False, True]
    assert 'clock = "triage"' in second.says


def test_what_words_mean_and_who_answers(con: duckdb.DuckDBPyConnection) -> None:
    rows = word_map(con, as_of="2026-11-09T00:00Z", kind="stages", queues=("infra",))
    assert {"value": "closed", "target": "done"} in rows.select("value", "target").to_dicts()
    assert team_queues(con).to_dicts() == [{"team": "infra", "calendar": "office", "queues": "infra"}]
    assert calendar_versions(con)["calendar"].to_list() == ["always", "office"]


def test_every_table_says_what_a_row_is(con: duckdb.DuckDBPyConnection) -> None:
    tables = store_tables(con)
    assert tables["table_name"].to_list() == list(ROWS_ARE), "a table that is new wants its words here"
    assert dict(tables.select("table_name", "rows").iter_rows())["ticket"] == 2
