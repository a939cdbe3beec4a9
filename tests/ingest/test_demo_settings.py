"""`watchbill.example.toml` describes the made-up teams, and every setting there is."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import settings
from ingest.demo import office, people

Page = dict[str, Any]
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def example() -> settings.Settings:
    return settings.load(ROOT / "watchbill.example.toml")


def test_the_example_settings_keep_the_demos_calendar(example: settings.Settings) -> None:
    calendar = example.calendar[-1]
    assert set(calendar.holidays.values()) == set(office.CLOSED_DAYS)
    assert {date.fromisoformat(day) for day in calendar.special_days} == set(office.HALF_DAYS)
    assert (calendar.zone, calendar.country, calendar.subdivision) == ("America/Los_Angeles", "US", "CA")


def test_the_example_settings_know_both_teams(example: settings.Settings) -> None:
    known = {account: (person.zone, person.name) for person in example.person for account in person.accounts}
    members = [person for team in people.TEAMS.values() for person in team.members]
    assert known == {f"github/{person.login}": (person.office.zone, person.name) for person in members}
    assert {team.name: team.queues for team in example.team} == {queue: [queue] for queue in people.TEAMS}
    assert example.bots == [f"github/{people.DEPLOYER.login}"]


def test_the_example_settings_name_every_setting() -> None:
    text = (ROOT / "watchbill.example.toml").read_text(encoding="utf-8")
    tables = (
        settings.Calendar,
        settings.Team,
        settings.Person,
        settings.Stages,
        settings.Priorities,
        settings.Triage,
        settings.Milestone,
        settings.Goal,
        settings.Slo,
    )
    keys = {key for table in (settings.Settings, *tables) for key in table.model_fields}
    assert [key for key in sorted(keys) if not re.search(rf"\b{key}\b", text)] == []
