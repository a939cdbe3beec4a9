"""How far each source has been read: the newest word on each counts, and a failure counts until the next success."""

from datetime import UTC, datetime
from pathlib import Path

from ingest.store import writing
from metrics import open_store
from metrics.freshness import SourceAge, source_ages

Run = tuple[str, str, str | None, str | None]  # source, finished, complete until, failure


def ages(path: Path, *runs: Run) -> tuple[SourceAge, ...]:
    with writing(path) as con:
        for n, (source, finished, until, failure) in enumerate(runs):
            con.execute(
                "INSERT INTO sync_run VALUES (?, ?, 'all', ?, ?, ?, 0, 0, 0, 0, 0, 0, 0, 0, ?)",
                [str(n), source, finished, finished, until, failure],
            )
    con = open_store(path)
    try:
        return source_ages(con)
    finally:
        con.close()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_source_is_as_old_as_its_last_good_run(tmp_path: Path) -> None:
    told = ages(
        tmp_path / "s.duckdb",
        ("rt", "2026-03-02 10:00", "2026-03-02 09:59", None),
        ("rt", "2026-03-02 10:15", "2026-03-02 10:14", None),
        ("jira", "2026-03-01 10:00", "2026-03-01 09:00", None),
    )
    assert told == (SourceAge("jira", at("2026-03-01 09:00")), SourceAge("rt", at("2026-03-02 10:14")))


def test_a_failure_counts_until_the_next_success(tmp_path: Path) -> None:
    runs: list[Run] = [
        ("rt", "2026-03-02 10:00", "2026-03-02 09:59", None),
        ("rt", "2026-03-02 10:15", None, "HTTP 503"),
        ("rt", "2026-03-02 10:30", None, "HTTP 401"),
    ]
    assert ages(tmp_path / "a.duckdb", *runs) == (
        SourceAge("rt", at("2026-03-02 09:59"), "HTTP 401", at("2026-03-02 10:30")),
    )
    well = ("rt", "2026-03-02 10:45", "2026-03-02 10:44", None)
    assert ages(tmp_path / "b.duckdb", *runs, well) == (SourceAge("rt", at("2026-03-02 10:44")),)


def test_a_source_that_never_succeeded_has_no_age(tmp_path: Path) -> None:
    told = ages(tmp_path / "s.duckdb", ("rt", "2026-03-02 10:00", None, "HTTP 401"))
    assert told == (SourceAge("rt", None, "HTTP 401", at("2026-03-02 10:00")),)


def test_reading_the_journal_again_makes_nothing_fresher(tmp_path: Path) -> None:
    assert ages(tmp_path / "s.duckdb", ("journal", "2026-03-02 10:00", "2026-03-02 10:00", None)) == ()


def test_a_source_lags_when_it_is_more_than_a_day_behind_the_newest() -> None:
    newest = at("2026-03-02 10:00")
    assert not SourceAge("rt", at("2026-03-01 10:00")).lags(newest)
    assert SourceAge("rt", at("2026-03-01 09:59")).lags(newest)
    assert SourceAge("rt", None).lags(newest) and not SourceAge("rt", None).lags(None)
