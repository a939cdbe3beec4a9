"""Business, sleep and off hours, weekends and holidays, each as the clock on that person's own wall has them.

Weekends and holidays within a piece of duty are a fact of the store: no instant changes them.
"""

from datetime import date, datetime
from typing import Any

import duckdb
import polars as pl

from metrics import outcomes
from metrics.columns import ask
from metrics.opening_hours import WEEKDAYS
from metrics.rota import role_versions
from metrics.worktime import Calendar, working_seconds_by

NAME = "held_piece"
KINDS = ("business", "off", "sleep")
_ALL_DAY = ["00:00-24:00"]
_DAY = 86_400.0
_PIECE = ("person_id", "zone", "from_at", "until_at")
_KEPT = f"SELECT DISTINCT {', '.join(_PIECE)}, weekend_days, holiday_days FROM fact.{NAME}"
_HOLIDAYS = """
SELECT person_id, list(DISTINCT day) FROM store.person_holiday
WHERE day >= ?::DATE - 1 AND day <= ?::DATE + 1 GROUP BY person_id
"""
Frame = pl.DataFrame


def keep(con: duckdb.DuckDBPyConnection, until: datetime) -> None:
    """Write every piece of duty of the rota until then, with its days, into the attached store."""
    con.register("ever_held", _with_days(con, ask(con, "FROM duty($as_of)", as_of=until).pl()))
    con.execute(f"CREATE OR REPLACE TABLE store.fact.{NAME} AS FROM ever_held")
    con.unregister("ever_held")


def with_days(con: duckdb.DuckDBPyConnection, pieces: Frame) -> Frame:
    """Pieces of duty with weekend_days and holiday_days: their time in either, in days of 24 hours; null where nobody
    knows the person's zone. Columns needed: person_id, zone, from_at, until_at."""
    if not outcomes.are_kept(con):
        return _with_days(con, pieces)
    kept, numbered = con.sql(_KEPT).pl(), pieces.with_row_index("row")
    parts = [numbered.join(kept, on=_PIECE)]
    cut = numbered.join(kept, on=_PIECE, how="anti")
    if not cut.is_empty():
        parts.append(_with_days(con, cut))
    return pl.concat(parts).sort("row").drop("row")


def _with_days(con: duckdb.DuckDBPyConnection, pieces: Frame) -> Frame:
    holidays = _holidays(con, pieces["from_at"].min(), pieces["until_at"].max())
    weekends = {zone: Calendar(zone, dict.fromkeys(("sat", "sun"), _ALL_DAY)) for zone in _zones(pieces)}
    free = {
        person: Calendar(zone, {}, special_days=dict.fromkeys(holidays.get(person, ()), _ALL_DAY))
        for person, zone in _people(pieces)
    }
    named = pieces.with_columns(place=pl.when(pl.col("zone").is_not_null()).then("person_id"))
    return pieces.with_columns(
        weekend_days=_seconds(weekends, named, "zone") / _DAY, holiday_days=_seconds(free, named, "place") / _DAY
    )


def kinds(con: duckdb.DuckDBPyConnection, moments: Frame) -> pl.Series:
    """business, off or sleep for each moment; null where the person's zone or the role's hours are not known.

    Business hours are those of Monday to Friday but for the person's own holidays, and stand above sleep. Columns
    needed: person_id, zone, version, moment_at.
    """
    instants = moments.select(
        "zone",
        hours=pl.concat_str("version", pl.lit(" "), "person_id"),
        from_at="moment_at",
        until_at=pl.col("moment_at") + pl.duration(microseconds=1),
    ).with_columns(hours=pl.when(pl.col("zone").is_not_null()).then("hours"))
    business, sleep = _hours(con, moments)
    kind = (
        pl.when(pl.col("hours").is_null())
        .then(None)
        .when(_seconds(business, instants, "hours") > 0)
        .then(pl.lit("business"))
        .when(_seconds(sleep, instants, "hours") > 0)
        .then(pl.lit("sleep"))
        .otherwise(pl.lit("off"))
    )
    return instants.select(kind.alias("kind")).to_series()


def _hours(con: duckdb.DuckDBPyConnection, moments: Frame) -> tuple[dict[str, Calendar], dict[str, Calendar]]:
    """Calendars of business and of sleep, by role version and person."""
    said = {v.key: v.definition for v in role_versions(con)}
    holidays = _holidays(con, moments["moment_at"].min(), moments["moment_at"].max())
    business, sleep = {}, {}
    for version, person, zone in moments.select("version", "person_id", "zone").unique().drop_nulls().iter_rows():
        name, agreed = f"{version} {person}", said[version]
        week = dict.fromkeys(WEEKDAYS[:5], agreed["business"])
        business[name] = Calendar(zone, week, holidays=holidays.get(person, ()))
        sleep[name] = Calendar(zone, dict.fromkeys(WEEKDAYS, agreed["sleep"]))
    return business, sleep


def _seconds(calendars: dict[str, Calendar], spans: Frame, names: str) -> pl.Series:
    return working_seconds_by(calendars, spans[names], spans["from_at"], spans["until_at"])


def _holidays(con: duckdb.DuckDBPyConnection, since: Any, until: Any) -> dict[str, list[date]]:
    """The holidays of each person that lie between two instants, or may in some zone: calendars of years take long."""
    return dict(con.execute(_HOLIDAYS, [since, until]).fetchall())


def _zones(frame: Frame) -> list[Any]:
    return frame["zone"].drop_nulls().unique().to_list()


def _people(frame: Frame) -> list[tuple[Any, ...]]:
    return frame.select("person_id", "zone").unique().drop_nulls().rows()
