"""Source by source: how far it has been read, what the last run cost and brought; and the runs themselves."""

from datetime import datetime, timedelta
from typing import Any

import polars as pl
import streamlit as st

from metrics.freshness import LAGS_AFTER
from metrics.source_runs import source_runs, source_states
from metrics.wording import NOTHING, lasted, moment, span
from views import _store
from views._parts import FIRST_ROWS, notice
from views._style import block, plain
from views._tables import table

_NOTHING_READ = (
    "No source was read by then: name one under [[source]] in watchbill.toml and run “watchbill sync”, or bring "
    "history in with “watchbill import”."
)


def show(snapshot: str, known_at: datetime, zone: str) -> None:
    """Every source, then the last runs. `known_at` is the instant up to which runs are told."""
    states = _store.answer(snapshot, source_states, as_of=known_at)
    if states.is_empty():
        notice(_NOTHING_READ)
        return
    ends = [row["data_until_at"] for row in states.iter_rows(named=True) if row["data_until_at"]]
    for row in states.iter_rows(named=True):
        _source(row, max(ends, default=None), known_at, zone)
    _runs(snapshot, known_at, zone)


def _source(row: dict[str, Any], newest: datetime | None, known_at: datetime, zone: str) -> None:
    kind, sign, said = _state(row, newest)
    facts = {
        "Complete until": _at(row["data_until_at"], known_at, zone),
        "Last read to the end": _at(row["synced_at"], known_at, zone),
        "Tickets": f"{row['tickets']:,}",
        "Requests, last run": _beside(f"{row['requests']:,}", f"{row['requests_before']:,}", row),
        "Waited, last run": _beside(span(row["waited_seconds"]), span(row["waited_seconds_before"]), row),
        "Rejected, last run": _beside(f"{row['rejected']:,}", f"{row['rejected_before']:,}", row),
        "Found gone, last run": f"{row['gone']:,}",
    }
    told = "".join(f"<div><span>{name}</span>{plain(text)}</div>" for name, text in facts.items())
    head = f"<h3 class='wb-name'>{plain(row['source'])} <span class='wb-mark'>{sign} {plain(said)}</span></h3>"
    block(f"{head}<div class='wb-facts wb-wrap'>{told}</div>", kind)


def _state(row: dict[str, Any], newest: datetime | None) -> tuple[str, str, str]:
    """The class, the sign and the words for how a source stands."""
    if row["failure"]:
        return "wb-worse", "▲", f"could not be read: {row['failure']}"
    if row["data_until_at"] is None:
        return "wb-worse", "▲", "has never been read to its end: run `watchbill sync`"
    behind = (newest or row["data_until_at"]) - row["data_until_at"]
    if behind > LAGS_AFTER:
        return "wb-worse", "▲", f"ends {lasted(_seconds(behind))} before the newest: run `watchbill sync`"
    return "wb-better", "●", "read to the end"


def _seconds(while_: timedelta) -> float:
    return while_.total_seconds()


def _at(instant: datetime | None, known_at: datetime, zone: str) -> str:
    return moment(instant, zone, year_of=known_at) if instant else "never"


def _beside(now: str, before: str, row: dict[str, Any]) -> str:
    """The last run beside the one before it."""
    return f"{now} (before: {before if row['was_read_before'] else NOTHING})"


def _runs(snapshot: str, known_at: datetime, zone: str) -> None:
    runs = _store.answer(snapshot, source_runs, as_of=known_at, most=FIRST_ROWS)
    st.subheader(f"Runs, the newest first: {runs.total:,}", anchor=False)
    table(
        _worded(runs.rows),
        zone=zone,
        name="runs",
        total=runs.total,
        fetch=lambda most: _worded(_store.answer(snapshot, source_runs, as_of=known_at, most=most).rows),
        file_name="runs.csv",
        alt="Every attempt to read a source",
        empty="No run had ended by then.",
    )


def _worded(runs: pl.DataFrame) -> pl.DataFrame:
    """Under names that speak of runs: elsewhere, what starts are clocks, and seconds are shown in hours."""
    rounded = runs.with_columns(pl.col("took_seconds", "waited_seconds").round(1))
    return rounded.rename({"started_at": "begun_at", "took_seconds": "took (s)", "waited_seconds": "waited (s)"})
