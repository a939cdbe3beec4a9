"""`watchbill.example.toml` describes the made-up teams, and every setting there is."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import settings
from ingest import demo
from ingest.demo import acts, office, people, serving
from ingest.demo.trackers.jira import Jira
from settings.base import Table

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


TEAMS = {
    "infra": people.INFRA,
    "access": people.ACCESS,
    "operations": people.OPERATIONS,
    "product": people.PRODUCT,
    "helpdesk": people.HELPDESK,
}
HOMES = {"infra": "github", "access": "github", "operations": "phorge", "product": "jira", "helpdesk": "rt"}


def test_the_example_settings_know_every_team(example: settings.Settings) -> None:
    assert {team.name: team.queues for team in example.team} == {name: [team.queue] for name, team in TEAMS.items()}
    assert set(example.bots) == {f"github/{people.DEPLOYER.login}", f"phorge/{people.PAGER.login_at('phorge')}"}


def account(place: str, person: people.Person) -> str:
    """Jira Cloud knows people by a number of its own; the others by their logins."""
    if place != "jira":
        return f"{place}/{person.login_at(place)}"
    desk = Jira()
    acts.enrol(desk, place, people.COLLEAGUES, demo.DEFAULT_UNTIL)
    return f"{place}/{desk.users[person.login_at(place)].account_id}"


def test_the_example_settings_know_everybody_under_every_login_at_work(example: settings.Settings) -> None:
    known = {account: (person.zone, person.name) for person in example.person for account in person.accounts}
    for name, team in TEAMS.items():
        for person in team.members:
            there = known[account(HOMES[name], person)]
            assert there == known[f"github/{person.login}"] == (person.office.zone, person.name)


def test_the_example_settings_know_nobody_else(example: settings.Settings) -> None:
    members = {person for team in TEAMS.values() for person in team.members}
    assert {person.name for person in example.person} == {person.name for person in members}


def test_the_example_settings_read_what_the_demo_serves(example: settings.Settings) -> None:
    assert [site.name for site in example.source] == ["phorge", "github", "jira", "rt"]
    assert all(site.url == f"http://localhost:{serving.PORT}/{site.name}" for site in example.source)
    assert {site.variable for site in example.source} == {
        f"WATCHBILL_{name.upper()}_TOKEN" for name in demo.DEMO_TOKENS
    }


def test_the_example_settings_name_every_setting() -> None:
    text = (ROOT / "watchbill.example.toml").read_text(encoding="utf-8")
    keys = {key for table in _tables(Table) for key in table.model_fields}
    assert [key for key in sorted(keys) if not re.search(rf"\b{key}\b", text)] == []


def _tables(table: type[Table]) -> list[type[Table]]:
    return [found for child in table.__subclasses__() for found in (child, *_tables(child))]
