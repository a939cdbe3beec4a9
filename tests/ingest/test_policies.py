"""What the settings say is carried by the store, so that a notebook needs no settings file."""

import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

import settings
from ingest import policies
from ingest.store import writing
from settings import Calendar, Person, Settings, SettingsError


def calendar(**more: Any) -> Calendar:
    return Calendar(name="office", zone="Europe/Berlin", hours={"mon": ["09:00-17:00"]}, **more)


def days(**more: Any) -> dict[date, tuple[str, list[str]]]:
    return {day: (title, hours) for day, title, hours in policies.days(calendar(**more))}


def changed(text: str) -> Settings:
    return settings.parse(settings.DEFAULT_TOML + text, "test")


@pytest.fixture
def applied(tmp_path: Path) -> Callable[..., list[tuple[Any, ...]]]:
    """Apply settings to a store and ask its snapshot."""

    def ask(told: Settings, sql: str) -> list[tuple[Any, ...]]:
        path = tmp_path / "s.duckdb"
        with writing(path) as con:
            policies.apply(con, told)
        with duckdb.connect(path.resolve(), read_only=True) as con:
            return con.execute(sql).fetchall()

    return ask


# --- Days unlike their weekday ----------------------------------------------------------------------


def test_without_a_country_no_day_is_special() -> None:
    assert days() == {}


def test_a_countrys_holidays_are_closed() -> None:
    found = days(country="DE")
    assert found[date(2026, 10, 3)][1] == [] and date(2026, 1, 6) not in found
    assert min(found).year == 2000 and max(found).year == 2050


def test_a_subdivision_adds_its_own() -> None:
    assert days(country="DE", subdivision="BY")[date(2026, 1, 6)][1] == []


def test_the_teams_own_holiday_beats_the_countrys_name() -> None:
    found = days(country="DE", holidays={"Lighthouse day": date(2026, 10, 3), "Picnic": date(2026, 7, 1)})
    assert found[date(2026, 10, 3)] == ("Lighthouse day", []) and found[date(2026, 7, 1)] == ("Picnic", [])


def test_special_hours_beat_every_holiday() -> None:
    told = {"2026-10-03": ["09:00-12:00"], "2026-12-24": ["09:00-12:00"]}
    found = days(country="DE", holidays={"Eve": date(2026, 12, 24)}, special_days=told)
    assert found[date(2026, 10, 3)] == found[date(2026, 12, 24)] == ("Special hours", ["09:00-12:00"])


def test_days_come_in_their_order() -> None:
    found = [day for day, _, _ in policies.days(calendar(country="DE", holidays={"Last": date(1999, 12, 31)}))]
    assert found == sorted(found) and found[0] == date(1999, 12, 31)


@pytest.mark.parametrize("more", [{"country": "XX"}, {"country": "DE", "subdivision": "ZZ"}])
def test_an_unknown_country_or_subdivision_is_said_with_the_calendars_name(more: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match=r"calendar 'office'.*ISO codes"):
        days(**more)


# --- Settings as rows -------------------------------------------------------------------------------


def test_teams_stand_in_their_order(applied: Callable[..., Any]) -> None:
    told = changed('[[team]]\nname = "night"\ncalendar = "always"\nqueues = ["n*", "x"]\n')
    assert applied(told, "SELECT team, ordinal, calendar, queues FROM team ORDER BY ordinal") == [
        ("everyone", 0, "office", ["*"]),
        ("night", 1, "always", ["n*", "x"]),
    ]


def test_the_calendar_always_is_there_and_never_closes(applied: Callable[..., Any]) -> None:
    [(hours,)] = applied(changed(""), "SELECT hours->>'$.sun[0]' FROM calendar WHERE calendar = 'always'")
    assert hours == "00:00-24:00"


def test_versions_stand_side_by_side(applied: Callable[..., Any]) -> None:
    text = (
        '[[slo]]\nname = "Triage"\nclock = "triage"\nobjective = 0.5\nvalid_from = 2026-03-01\n'
        'goals = [{ within = "2h" }]\n'
        '[[calendar]]\nname = "office"\nzone = "Asia/Tokyo"\nhours = {}\nvalid_from = 2026-03-01T12:00:00+09:00\n'
    )
    slo = "SELECT valid_from, (definition->>'objective')::DOUBLE FROM policy WHERE name = 'Triage' ORDER BY 1"
    zone = "SELECT valid_from, zone FROM calendar WHERE calendar = 'office' ORDER BY 1"
    ever = datetime(1, 1, 1)  # noqa: DTZ001 - instants in the store are UTC without a zone
    march = datetime(2026, 3, 1)  # noqa: DTZ001
    assert applied(changed(text), slo) == [(ever, 0.9), (march, 0.5)]
    assert applied(changed(text), zone) == [(ever, "UTC"), (march.replace(hour=3), "Asia/Tokyo")]


def test_presets_are_spelled_out(applied: Callable[..., Any]) -> None:
    asked = "SELECT sources[1], {} FROM policy WHERE kind = '{}' ORDER BY ordinal DESC LIMIT 1"
    stages = asked.format("definition->'status'->>'closed', definition->'label'->>'blocked'", "stages")
    assert applied(changed(""), stages) == [("*", "done", "waiting")]
    assert applied(changed(""), asked.format("definition->>'$.any[0]'", "triage")) == [("*", "label_set")]
    incident = asked.format("definition->'marks'->'incident'->0->'label'->>0", "incident")
    assert applied(changed(""), incident) == [("*", "incident")]


def test_a_policy_says_whose_tickets_it_is_for(applied: Callable[..., Any]) -> None:
    sources = "SELECT sources FROM policy WHERE kind = 'priorities' ORDER BY ordinal"
    assert applied(changed(""), sources) == [(["phorge*"],), (["jira*"],), (["rt*"],), (["*"],)]
    assert applied(changed(""), "SELECT DISTINCT sources FROM policy WHERE kind = 'slo'") == [(["*"],)]


def test_preset_priorities_are_spelled_out_with_those_nobody_chose(applied: Callable[..., Any]) -> None:
    told = (
        "SELECT definition->'value'->>'Unbreak Now!', definition->'default'->>0 FROM policy WHERE kind = 'priorities'"
    )
    assert applied(changed(""), f"{told} AND ordinal = 0") == [("P0", "Needs Triage")]


def test_incident_rules_are_carried_with_their_milestones(applied: Callable[..., Any]) -> None:
    text = """
[[incident]]
queues = ["infra"]
valid_from = 2026-03-01
incident = [{ label = ["sev1"], priority = ["P0"] }]
[incident.milestones]
mitigated = [{ field = "comment", key = "Mitigated" }, { field = "custom.done", when = "value" }]
[incident.review]
start_days = 3
sections = ["Timeline"]
aspirational = []
"""
    told = "SELECT queues, valid_from, definition FROM policy WHERE kind = 'incident' AND ordinal = 1"
    [(queues, valid_from, definition)] = applied(changed(text), told)
    assert (queues, valid_from) == (["infra"], datetime(2026, 3, 1))  # noqa: DTZ001
    assert json.loads(definition) == {
        "marks": {"incident": [{"label": ["sev1"], "priority": ["P0"]}], "postmortem": [], "action": []},
        "milestones": {
            "mitigated": [{"field": "comment", "key": "Mitigated"}, {"field": "custom.done", "when": "value"}]
        },
        "review": {
            "priorities": [],
            "start_days": 3,
            "debrief_days": 7,
            "action_days": 30,
            "sections": ["Timeline"],
            "aspirational": [],
        },
    }


def test_what_the_team_agreed_on_is_carried_under_the_name_of_its_kind(applied: Callable[..., Any]) -> None:
    text = """
[[wip]]
queues = ["infra"]
person = 3
[[role]]
name = "duty"
rest_days = 2
[[toil]]
queues = ["infra"]
category = [{ name = "access", label = ["vpn*"] }]
"""
    told = "SELECT definition->>'person' FROM policy WHERE kind = 'wip'"
    assert applied(changed(text), told) == [("3",)]
    told = "SELECT definition->>'rest_days' FROM policy WHERE kind = 'role' AND name = 'duty'"
    assert applied(changed(text), told) == [("2",)]
    told = "SELECT definition->'categories'->0->'label'->>0 FROM policy WHERE kind = 'toil' AND queues = ['infra']"
    assert applied(changed(text), told) == [("vpn*",)]


def test_a_person_has_the_public_holidays_of_their_country(applied: Callable[..., Any]) -> None:
    text = '[[person]]\nname = "Ana"\ncountry = "DE"\nsubdivision = "BE"\n[[person]]\nname = "Bo"\n'
    told = "SELECT person_id, title FROM person_holiday WHERE day = DATE '2026-03-08'"  # Women's Day, in Berlin
    assert len(applied(changed(text), told)) == 1
    with pytest.raises(SettingsError, match=r"person 'Ana'.*ISO codes"):
        applied(changed('[[person]]\nname = "Ana"\ncountry = "Nowhere"\n'), "FROM person")


def test_accounts_know_their_person_and_bots_are_bots(applied: Callable[..., Any]) -> None:
    ana = Person(name="Ana", accounts=["github/ana", "github/ana-bot"])
    told = Settings(person=[ana], bots=["github/ana-bot", "x/y"])
    assert applied(told, "FROM account_setting ORDER BY 1") == [
        ("github/ana", "Ana", False),
        ("github/ana-bot", "Ana", True),
        ("x/y", None, True),
    ]
    assert applied(told, "SELECT person_id, zone, roles FROM person") == [("Ana", "UTC", [])]


def test_what_the_settings_no_longer_say_is_gone(applied: Callable[..., Any]) -> None:
    applied(changed('[[person]]\nname = "Ana"\n'), "FROM person")
    assert applied(changed(""), "FROM person") == []


# --- The digest -------------------------------------------------------------------------------------


def test_the_digest_is_the_same_for_the_same_settings_however_they_are_written() -> None:
    assert policies.digest(changed("")) == policies.digest(changed("\n# a comment\n"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('zone = "UTC"', 'zone = "Europe/Berlin"'),
        ("objective = 0.9", "objective = 0.91"),
        ('["09:00-17:00"]', '["09:00-16:59"]'),
        ('within = "8h"', 'within = "9h"'),
        ('queues = ["*"]', 'queues = ["**"]'),
        ('rule = "labelled"', 'rule = "board"'),
    ],
)
def test_the_digest_notices_every_change(old: str, new: str) -> None:
    assert old in settings.DEFAULT_TOML
    other = settings.parse(settings.DEFAULT_TOML.replace(old, new), "test")
    assert policies.digest(other) != policies.digest(changed(""))


def test_applying_twice_changes_nothing(tmp_path: Path) -> None:
    with writing(tmp_path / "s.duckdb") as con:
        policies.apply(con, changed(""))
        before = con.execute("SELECT rowid, * FROM policy").fetchall()
        policies.apply(con, changed(""))
        assert con.execute("SELECT rowid, * FROM policy").fetchall() == before
        assert con.execute("SELECT settings_digest FROM store_meta").fetchall() == [(policies.digest(changed("")),)]
