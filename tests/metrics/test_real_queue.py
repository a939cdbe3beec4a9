"""A real queue against an answer key that is not ours: the state of every issue as it was stored at the time.

The key was made from hourly backups of the same repository, one row per issue and Monday. Three years of Mondays are
asked of the history alone.
"""

import csv
import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import polars as pl
import pytest

import metrics
import settings
from ingest import intake
from ingest.github import archive as github_archive

pytestmark = pytest.mark.shared

# Their labels rest on inference, because the timeline does not tell how they came or what they are called now:
INFERRED_LABELS = {
    5: "its one label was set in lower case and later renamed in case only, which leaves no event",
    7: "its one label was set in lower case and later renamed in case only, which leaves no event",
    117: "the label of its platform was set in lower case and later renamed in case only, which leaves no event",
    252: "the label of its platform was set in lower case and later renamed in case only, which leaves no event",
    392: "carries the label for defects, though no event ever set it: it came along when the issue was carried in",
    429: "carries the label for defects, though no event ever set it: it came along when the issue was carried in",
}
MISSED_BY_THE_KEY = {862}  # closed after four weeks; the backups did not hold it for its first year
OPEN_ISSUES = {  # the key's own counts
    "2023-07-31": 129,
    "2024-01-29": 139,
    "2024-07-29": 140,
    "2025-01-27": 141,
    "2025-07-28": 139,
    "2026-01-26": 130,
    "2026-07-27": 133,
}
AS_OF = "2026-08-21T00:00Z"
TABLES = ("ticket", "event", "gone", "account", "policy", "calendar", "team")


class Issue(NamedTuple):
    number: int
    state: str
    labels: frozenset[str]
    assignees: frozenset[str]


@pytest.fixture(scope="module")
def archive(shared: Path) -> Path:
    return shared / "real" / "github-bitcoin-core-gui"


@pytest.fixture(scope="module")
def store(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("real") / "real.duckdb"
    outcome = take_in(path, archive)
    assert outcome.tickets == 341
    assert outcome.rejected == []
    return path


@pytest.fixture(scope="module")
def con(store: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    con = metrics.open_store(store)
    yield con
    con.close()


@pytest.fixture(scope="module")
def answers(archive: Path) -> dict[str, tuple[datetime, set[Issue]]]:
    """By Monday: the instant of the backup that stood then, and every issue as that backup had it."""
    weeks: dict[str, tuple[datetime, set[Issue]]] = {}
    with gzip.open(archive / "weekly_state_from_git_history.csv.gz", "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            taken_at = datetime.fromisoformat(row["last_backup_utc"][:26]).replace(tzinfo=UTC)
            labels, owners = (frozenset(filter(None, row[name].split("|"))) for name in ("labels", "assignees"))
            _, issues = weeks.setdefault(row["week"], (taken_at, set()))
            issues.add(Issue(int(row["number"]), row["state"], labels, owners))
    return weeks


def take_in(path: Path, archive: Path) -> intake.Outcome:
    replies = github_archive.replies(archive / "issues.jsonl.xz", "gui")
    return intake.take_in(path, settings.parse(settings.DEFAULT_TOML, "the defaults"), "github", "gui", replies)


def replayed(con: duckdb.DuckDBPyConnection, instant: datetime) -> set[Issue]:
    rows = metrics.ticket_state(con, as_of=instant).pl()
    return {
        Issue(
            int(row["key"].removeprefix("gui#")),
            "open" if row["is_open"] else "closed",
            frozenset(json.loads(row["labels"])),
            frozenset(json.loads(row["owners"])),
        )
        for row in rows.iter_rows(named=True)
    }


@pytest.fixture(scope="module")
def told(
    con: duckdb.DuckDBPyConnection, answers: dict[str, tuple[datetime, set[Issue]]]
) -> dict[str, tuple[dict[int, Issue], dict[int, Issue]]]:
    """By Monday: what the key says and what the replay says, by number."""
    return {
        week: ({issue.number: issue for issue in issues}, {issue.number: issue for issue in replayed(con, taken_at)})
        for week, (taken_at, issues) in answers.items()
    }


def test_the_key_has_a_hundred_and_sixty_mondays_and_its_open_counts(told: Any) -> None:
    assert len(told) == 160
    assert sum(len(key) for key, _ in told.values()) == 50_521
    for week, count in OPEN_ISSUES.items():
        key, replay = told[week]
        open_in_key, open_in_replay = ([n for n in key if side[n].state == "open"] for side in (key, replay))
        assert (len(open_in_key), len(open_in_replay)) == (count, count)


def test_the_replay_knows_the_same_issues_on_every_monday(told: Any) -> None:
    assert all(set(key) <= set(replay) for key, replay in told.values())
    assert {number for key, replay in told.values() for number in replay.keys() - key.keys()} <= MISSED_BY_THE_KEY


def test_state_and_assignees_never_differ(told: Any) -> None:
    differ = [
        (week, number)
        for week, (key, replay) in told.items()
        for number in key.keys() & replay.keys()
        if (key[number].state, key[number].assignees) != (replay[number].state, replay[number].assignees)
    ]
    assert differ == []


def test_labels_differ_at_most_where_they_rest_on_inference(told: Any) -> None:
    differ = {
        number
        for key, replay in told.values()
        for number in key.keys() & replay.keys()
        if key[number].labels != replay[number].labels
    }
    assert differ <= INFERRED_LABELS.keys()


def test_reading_the_archive_again_changes_no_row(archive: Path, store: Path) -> None:
    before = {table: _rows(store, table) for table in TABLES}
    outcome = take_in(store, archive)
    assert outcome.changed.total() == 0
    assert {table: _rows(store, table) for table in TABLES} == before


def _rows(store: Path, table: str) -> list[Any]:
    with duckdb.connect(store, read_only=True) as con:
        return con.execute(f"FROM {table} ORDER BY ALL").fetchall()


# Five tickets read by eye, under the built-in settings: Monday to Friday 09:00-17:00 UTC; triaged by the first label,
# owner or closing; within 4 h when opened in hours, else by the end of the next working day; a first word within 8 h.
BY_HAND = {
    # Opened Thursday evening, so due Friday 17:00; never labelled, closed ten days later by somebody else, which is
    # when it was triaged. Somebody else answered after six minutes: eight hours from Friday 09:00 are Friday 17:00.
    22: {
        "Triage": ("2020-07-02 17:37:18", "2020-07-03 17:00:00", "2020-07-13 08:37:28", "breached-closed"),
        "First response": ("2020-07-02 17:37:18", "2020-07-03 17:00:00", "2020-07-02 17:43:35", "met"),
    },
    # Closed the same Saturday night by somebody else without a word: triaged in time, answered never.
    66: {
        "Triage": ("2020-08-15 22:16:58", "2020-08-17 17:00:00", "2020-08-15 23:04:27", "met"),
        "First response": ("2020-08-15 22:16:58", "2020-08-17 17:00:00", None, "breached-closed"),
    },
    # Opened Thursday at 10:38 in hours, three times closed and twice reopened; the first closing triaged it, months
    # late. Eight hours: 6 h 21 min 42 s until 17:00, and the rest on Friday morning. The first word came in January.
    101: {
        "Triage": ("2020-10-08 10:38:18", "2020-10-08 14:38:18", "2021-01-26 09:41:38", "breached-closed"),
        "First response": ("2020-10-08 10:38:18", "2020-10-09 10:38:18", "2021-01-19 15:39:33", "breached-closed"),
    },
    # Labelled while it was opened: triaged in the same second, which is a latency of zero. Reopened a month later.
    327: {
        "Triage": ("2021-05-13 18:44:56", "2021-05-14 17:00:00", "2021-05-13 18:44:56", "met"),
        "First response": ("2021-05-13 18:44:56", "2021-05-14 17:00:00", "2021-05-13 19:04:52", "met"),
    },
    # Discussed at once and open to this day, but never labelled, assigned or closed: a breach that still runs.
    572: {
        "Triage": ("2022-03-30 18:22:44", "2022-03-31 17:00:00", None, "breached-open"),
        "First response": ("2022-03-30 18:22:44", "2022-03-31 17:00:00", "2022-03-30 18:37:13", "met"),
    },
}


def test_five_tickets_are_judged_as_by_hand(con: duckdb.DuckDBPyConnection) -> None:
    rows = metrics.slo(con, as_of=AS_OF).pl().filter(pl.col("key").is_in([f"gui#{n}" for n in BY_HAND]))
    judged: dict[int, dict[str, Any]] = {number: {} for number in BY_HAND}
    for row in rows.iter_rows(named=True):
        instants = [row[name] and str(row[name]) for name in ("started_at", "due_at", "met_at")]
        judged[int(row["key"].removeprefix("gui#"))][row["policy"]] = (*instants, row["verdict"])
    assert judged == BY_HAND


def test_the_summary_is_a_plain_count_over_the_rows(con: duckdb.DuckDBPyConnection) -> None:
    until = datetime(2024, 3, 11)  # noqa: DTZ001 - rows carry UTC without a zone
    since = until - timedelta(days=28)
    rows = metrics.slo(con, as_of=until.replace(tzinfo=UTC)).pl().to_dicts()
    for summed in metrics.slo_summary(con, as_of=until.replace(tzinfo=UTC)).to_dicts():
        for base, instant in (("opened", "started_at"), ("due", "due_at")):
            inside = [r for r in rows if r["policy"] == summed["policy"] and since <= r[instant] < until]
            verdicts = [row["verdict"] for row in inside if row["verdict"] != "running"]
            assert summed[f"{base}_clocks"] == len(verdicts)
            assert summed[f"{base}_met"] == verdicts.count("met")
            assert summed[f"{base}_running"] == len(inside) - len(verdicts)
            assert summed[f"{base}_compliance"] == pytest.approx(verdicts.count("met") / len(verdicts))
            assert summed["due_clocks"] > 0
