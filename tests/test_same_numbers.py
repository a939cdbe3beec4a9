"""The page and the command line say the same: for the demo, and for a real queue."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

import metrics
import settings
import watchbill
from ingest import intake
from ingest.github import archive as github_archive
from metrics.weekly_health import weekly_health
from metrics.weeks import Week


def told_by_the_command_line(
    store: Path, queue: str, week: Week, as_of: datetime, capsys: pytest.CaptureFixture[str]
) -> dict[str, str]:
    """Policy to "met of judged", of what fell due in the week."""
    capsys.readouterr()
    watchbill.metric(
        "slo",
        as_of=as_of.isoformat(),
        since=week.starts_at.isoformat(),
        until=min(week.ends_at, as_of).isoformat(),
        queue=[queue],
        ticket=None,
        policy=None,
        summary=True,
        format=watchbill.Format.json,
        output=None,
        store=store,
    )
    rows = json.loads(capsys.readouterr().out)
    return {row["policy"]: f"{row['due_met']} of {row['due_clocks']}" for row in rows if row["due_clocks"]}


def told_by_the_page(store: Path, team: str, week: Week, as_of: datetime) -> dict[str, str]:
    con = metrics.open_store(store)
    try:
        health = weekly_health(con, as_of=as_of, week=week, team=team)
    finally:
        con.close()
    return {tile.label: tile.shown for tile in health.tiles if tile.name.startswith("slo:") and " of " in tile.shown}


@pytest.mark.parametrize("name", ["2026-W09", "2026-W41", "2026-W46", "2026-W47"])
def test_of_the_demo(demo_store: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    week, as_of = Week.parse(name, "America/Los_Angeles"), datetime(2026, 11, 16, 16, 30, tzinfo=UTC)
    page = told_by_the_page(demo_store, "infra", week, as_of)
    assert page == told_by_the_command_line(demo_store, "infra", week, as_of, capsys)
    assert page or name == "2026-W47", "every whole week of the demo has promises falling due"


@pytest.mark.shared
@pytest.mark.parametrize("name", ["2021-W10", "2026-W32"])
def test_of_a_real_queue(shared: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    store, archive = tmp_path / "real.duckdb", shared / "real/github-bitcoin-core-gui/issues.jsonl.xz"
    intake.take_in(store, settings.load(tmp_path / "none"), "github", "gui", github_archive.replies(archive, "gui"))
    week, as_of = Week.parse(name, "UTC"), datetime(2026, 8, 20, tzinfo=UTC)
    page = told_by_the_page(store, "everyone", week, as_of)
    assert page and page == told_by_the_command_line(store, "gui", week, as_of, capsys)
