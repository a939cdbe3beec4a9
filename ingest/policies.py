"""What the settings say, as rows of the store, so that a snapshot explains itself without the settings file."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any, Literal

import duckdb
import holidays
import polars as pl

from settings import (
    Cadence,
    Calendar,
    Incident,
    Intake,
    Ownership,
    Priorities,
    Settings,
    SettingsError,
    Toil,
    Wip,
)
from settings.base import TrackerPolicy

Practice = Incident | Cadence | Wip | Ownership | Intake | Toil

# Holidays are written out for these years. Outside them only the weekly hours count.
HOLIDAY_YEARS = range(2000, 2051)

_COLUMNS: dict[str, dict[str, Any]] = {
    "team": {"team": pl.String, "ordinal": pl.Int32, "calendar": pl.String, "queues": pl.List(pl.String)},
    "calendar": {
        "calendar": pl.String,
        "valid_from": pl.Datetime("us"),
        "zone": pl.String,
        "hours": pl.String,
    },
    "calendar_day": {
        "calendar": pl.String,
        "valid_from": pl.Datetime("us"),
        "day": pl.Date,
        "title": pl.String,
        "hours": pl.List(pl.String),
    },
    "policy": {
        "kind": pl.String,
        "name": pl.String,
        "valid_from": pl.Datetime("us"),
        "ordinal": pl.Int32,
        "queues": pl.List(pl.String),
        "definition": pl.String,
        "sources": pl.List(pl.String),
    },
    "person": {
        "person_id": pl.String,
        "name": pl.String,
        "zone": pl.String,
        "joined_on": pl.Date,
        "left_on": pl.Date,
        "roles": pl.List(pl.String),
        "share": pl.Float64,
    },
    "person_holiday": {"person_id": pl.String, "day": pl.Date, "title": pl.String},
    "account_setting": {"account_id": pl.String, "person_id": pl.String, "is_bot": pl.Boolean},
}

ALWAYS = Calendar(
    name="always",
    zone="UTC",
    hours={day: ["00:00-24:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")},
)


def digest(settings: Settings) -> str:
    """A short name of what the settings say, to notice that a store was made under others.

    Policies count as spelled out: what a preset means may change from one version of Watchbill to the next. Who may
    open the app changes no number.
    """
    told = settings.model_dump_json(exclude={"access"}) + repr(list(_policies(settings)))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def apply(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Replace the policies in the store by those of the settings, unless they are the same already."""
    current = con.execute("SELECT settings_digest FROM store_meta").fetchall()
    if current == [(digest(settings),)]:
        return
    for table, rows in _rows(settings).items():
        con.register("setting_rows", pl.DataFrame(rows, schema=_COLUMNS[table], orient="row"))
        con.execute(f"DELETE FROM {table}")
        con.execute(f"INSERT INTO {table} BY NAME FROM setting_rows")
        con.unregister("setting_rows")
    con.execute("UPDATE store_meta SET settings_digest = ?", [digest(settings)])


def _rows(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    calendars = [*settings.calendar, ALWAYS]
    return {
        "team": [(team.name, n, team.calendar, team.queues) for n, team in enumerate(settings.team)],
        "calendar": [(c.name, _naive(c.valid_from), c.zone, json.dumps(c.hours)) for c in calendars],
        "calendar_day": [
            (c.name, _naive(c.valid_from), day, title, hours) for c in calendars for day, title, hours in days(c)
        ],
        "policy": list(_policies(settings)),
        "person": [(p.name, p.name, p.zone, p.joined, p.left, p.roles, p.share) for p in settings.person],
        "person_holiday": list(_person_holidays(settings)),
        "account_setting": list(_accounts(settings)),
    }


def days(calendar: Calendar) -> Iterator[tuple[date, str, list[str]]]:
    """The days unlike their weekday: date, title, hours (none: closed). The team's own word beats the country's.

    Raises SettingsError where the country or its subdivision is not known.
    """
    found: dict[date, tuple[str, list[str]]] = {}
    if calendar.country:
        place = f"calendar {calendar.name!r}"
        public = _public_holidays(calendar.country, calendar.subdivision, place)
        found |= {day: (title, []) for day, title in public}
    found |= {day: (title, []) for title, day in calendar.holidays.items()}
    found |= {date.fromisoformat(day): ("Special hours", hours) for day, hours in calendar.special_days.items()}
    for day, (title, hours) in sorted(found.items()):
        yield day, title, hours


def _public_holidays(country: str, subdivision: str | None, place: str) -> Iterator[tuple[date, str]]:
    try:
        public = holidays.country_holidays(country, subdiv=subdivision, years=HOLIDAY_YEARS)
    except NotImplementedError as error:
        raise SettingsError(
            f"{place}: {error}; write country and subdivision as ISO codes such as 'US' and 'CA', "
            "or leave them out and name the holidays"
        ) from None
    yield from ((day, title) for day, title in public.items() if day.year in HOLIDAY_YEARS)


def _person_holidays(settings: Settings) -> Iterator[tuple[str, date, str]]:
    for person in settings.person:
        if person.country:
            public = _public_holidays(person.country, person.subdivision, f"person {person.name!r}")
            yield from ((person.name, day, title) for day, title in public)


def _policies(settings: Settings) -> Iterator[tuple[Any, ...]]:
    for kind, policies in _maps(settings).items():
        for n, (policy, definition) in enumerate(policies):
            name, since = f"{kind} {n + 1}", _naive(policy.valid_from)
            yield kind, name, since, n, policy.queues, json.dumps(definition), policy.sources
    for n, slo in enumerate(settings.slo):
        promise = slo.model_dump_json(exclude={"name", "valid_from", "queues"})
        yield "slo", slo.name, _naive(slo.valid_from), n, slo.queues, promise, ["*"]
    for n, role in enumerate(settings.role):
        yield "role", role.name, _naive(role.valid_from), n, ["*"], json.dumps(role.definition()), ["*"]


def _maps(settings: Settings) -> dict[str, list[tuple[TrackerPolicy, Any]]]:
    """Every policy about tickets of some queues and trackers with its definition, presets spelled out, by kind."""
    fields: tuple[Literal["status", "column", "label"], ...] = ("status", "column", "label")
    practices: dict[str, Sequence[Practice]] = {
        "incident": settings.incident,
        "cadence": settings.cadence,
        "wip": settings.wip,
        "ownership": settings.ownership,
        "intake": settings.intake,
        "toil": settings.toil,
    }
    return {
        "stages": [(policy, {field: policy.mapping(field) for field in fields}) for policy in settings.stages],
        "priorities": [(policy, _priorities(policy)) for policy in settings.priorities],
        "triage": [(policy, policy.expression()) for policy in settings.triage],
        **{kind: [(policy, policy.definition()) for policy in policies] for kind, policies in practices.items()},
    }


def _priorities(policy: Priorities) -> dict[str, Any]:
    said = {"order": policy.order, "default": policy.undecided()}
    return said | {"label": policy.label, "value": policy.values()}


def _accounts(settings: Settings) -> Iterator[tuple[Any, ...]]:
    owners = {account: person.name for person in settings.person for account in person.accounts}
    for account in sorted({*owners, *settings.bots}):
        yield account, owners.get(account), account in settings.bots


def _naive(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None)
