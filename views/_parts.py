"""What pages share: sentences about the state of the data, tiles, clauses, ticket tables."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import polars as pl
import streamlit as st

from metrics.freshness import SourceAge
from metrics.weekly_health import Clause, RowSet, Tile
from metrics.wording import counted, local, moment
from views._style import block, plain

FIRST_ROWS = 25
READING_WIDTH = 900  # pixels: lines a person can follow
STALE_AFTER = timedelta(days=3)
_SIGNS = {"good": "●", "bad": "▲", "neutral": "", "unknown": "○"}
_MARKS = {"better": "▲ Better", "worse": "▼ Worse", "neutral": "● Also", "decision": "◆ Decide"}


def notice(text: str, is_warning: bool = False) -> None:
    """A sentence that says what is the matter and what to do."""
    block(plain(text), "wb-notice wb-warn" if is_warning else "wb-notice")


def freshness(
    data_until: datetime, ages: Sequence[SourceAge], as_of: datetime, zone: str, *, is_demo: bool, now: datetime
) -> None:
    """Up to when the data reach, as a whole and source by source, and as of when the page speaks; what could not be
    read, and why."""
    age = now - data_until
    until, shown_as_of = (moment(instant, zone, year_of=now) for instant in (data_until, as_of))
    shown = f"Data until {until} ({_age(age)}). Shown as of {shown_as_of}. Times are {zone}."
    if len(ages) > 1:
        shown += f" {_reach(ages, until, zone, now)}"
    block(f'<p class="wb-dim">{plain(shown)}</p>')
    if is_demo:
        notice("This is the demo: everybody and everything here is made up.")
    elif age > STALE_AFTER and as_of >= data_until:
        notice(f"The newest data are {_age(age)}. Bring in newer history with “watchbill sync” or “watchbill import”.")
    for source in ages:
        if source.failure:
            notice(f"{source.source} could not be read: {source.failure}", is_warning=True)
        elif source.lags(data_until):
            lack = "its newer tickets are missing here"
            notice(f"{source.source} is complete only until {_until(source, zone, now)}: {lack}.")


def _reach(ages: Sequence[SourceAge], newest: str, zone: str, now: datetime) -> str:
    if all(_until(source, zone, now) == newest for source in ages):
        return f"Every source reaches that far: {', '.join(source.source for source in ages)}."
    return f"Complete until: {'; '.join(f'{source.source} {_until(source, zone, now)}' for source in ages)}."


def _until(source: SourceAge, zone: str, now: datetime) -> str:
    return moment(source.until, zone, year_of=now) if source.until else "never"


def _age(age: timedelta) -> str:
    hours = int(age.total_seconds() // 3600)
    if hours < 0:
        return "ahead of this machine's clock"
    if hours < 48:
        return f"{counted(hours, 'hour')} old" if hours else "less than an hour old"
    return f"{counted(hours // 24, 'day')} old"


def clause(said: Clause, number: int, open_rows: Callable[[str], None]) -> None:
    """One thing that changed, with the button to what stands behind it."""
    with st.container(horizontal=True, vertical_alignment="center", wrap=False, gap="small", width=READING_WIDTH):
        mark = f'<span class="wb-mark">{_MARKS[said.tone]}</span>'
        block(f'<div class="wb-clause">{mark}<span>{plain(said.text)}</span></div>', f"wb-{said.tone}")
        if said.rows:
            st.button("Show", key=f"clause-{number}", type="tertiary", help="The tickets behind this sentence",
                      on_click=open_rows, args=(said.rows,))  # fmt: skip


def tile(figure: Tile, open_rows: Callable[[str], None]) -> None:
    """A headline figure: now, the week before, the target; its definition and rule; the rows behind it."""
    verdict = f"<b>{_SIGNS[figure.tone]} {plain(figure.verdict)}</b>" if figure.verdict else ""
    target = f"<div><span>target</span>{plain(figure.target)}</div>" if figure.target else ""
    block(
        f'<div class="wb-label">{plain(figure.label)}</div><div class="wb-value">{plain(figure.shown)}</div>'
        f'<div class="wb-said">{verdict}<span>{plain(figure.note)}</span></div>'
        f'<div class="wb-facts"><div><span>week before</span>{plain(figure.shown_before)}</div>{target}</div>',
        f"wb-tile wb-{figure.tone}",
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(f"Show {figure.n:,}", key=f"tile-{figure.name}", type="tertiary", disabled=not figure.n,
                  help="The tickets behind this figure", on_click=open_rows, args=(figure.rows,))  # fmt: skip
        with st.popover("About", type="tertiary"):
            _definition(figure)


def _definition(figure: Tile) -> None:
    entries = re.split(r"\n(?=[A-Z]\w+: )", figure.definition)  # each may run over several lines of its docstring
    lines = "".join(f"<p>{plain(' '.join(entry.split()))}</p>" for entry in entries)
    block(f"<p><strong>{plain(figure.label)}</strong>, n = {figure.n:,}</p><p>{plain(figure.rule)}</p><br>{lines}")


_LABELS: dict[str, Callable[[], Any]] = {
    "key": lambda: st.column_config.TextColumn("Ticket", pinned=True),
    "url": lambda: st.column_config.LinkColumn("Ticket", pinned=True, alignment="left"),
    "title": lambda: st.column_config.TextColumn("Title", width=320),
    "owner": lambda: st.column_config.TextColumn("Owner"),
    "priority": lambda: st.column_config.TextColumn("Priority", width="small"),
    "stage": lambda: st.column_config.TextColumn("Stage", width="small"),
    "reason": lambda: st.column_config.TextColumn("Change"),
    "policy": lambda: st.column_config.TextColumn("Promise"),
    "verdict": lambda: st.column_config.TextColumn("Outcome", width=130),
    "is_past_due": lambda: st.column_config.CheckboxColumn("Past due", width="small"),
    "age_days": lambda: st.column_config.NumberColumn("Age, days", width="small"),
    "late_hours": lambda: st.column_config.NumberColumn("Late, working h", format="%.1f"),
    "waited_hours": lambda: st.column_config.NumberColumn("Waited, working h", format="%.1f"),
}
_ABOUT = ("title", "owner", "priority", "stage")
_OUTCOMES = {"breached-open": "broken, still open", "breached-closed": "broken, closed"}
_INSTANTS = {
    "occurred_at": "When", "opened_at": "Opened", "responded_at": "First answer", "entered_at": "Came in",
    "started_at": "Clock began", "due_at": "Due", "met_at": "Met",
}  # fmt: skip


def ticket_table(listed: RowSet, zone: str, open_clock: Callable[[str, str | None], None], place: str) -> None:
    """A list of tickets: searchable and sortable, the key leading to the tracker, each row to its clock trace.

    One list may stand in several places of a page; `place` tells them apart.
    """
    if listed.rows.is_empty():
        notice("No ticket is in this list.")
        return
    name = f"{place}-{listed.name}"
    shows_all = len(listed.rows) <= FIRST_ROWS or st.session_state.get(f"{name}-all", False)
    shown = listed.rows if shows_all else listed.rows.head(FIRST_ROWS)

    def clicked() -> None:
        row = shown.row(st.session_state[f"{name}-clock"]["row"], named=True)
        open_clock(row["ticket_id"], row.get("policy") or listed.policy)

    _table(shown, zone, name, clicked)
    with st.container(horizontal=True):
        if not shows_all:
            st.button(f"Show all {len(listed.rows):,}", key=f"{name}-more", on_click=_show_all, args=(f"{name}-all",))
        st.download_button(
            "Save as CSV", lambda: as_csv(listed.rows), file_name="tickets.csv", mime="text/csv", key=f"{name}-csv",
            on_click="ignore",
        )  # fmt: skip


def _show_all(flag: str) -> None:
    st.session_state[flag] = True


def _table(shown: pl.DataFrame, zone: str, name: str, clicked: Callable[[], None]) -> None:
    frame = for_people(shown, zone).with_columns(clock=pl.lit("Clock"))
    has_links = frame["url"].null_count() == 0
    keys = dict(zip(frame["url"], frame["key"], strict=True))
    first = ["url" if has_links else "key", "clock"]
    table: Any = frame.select(*first, "title", pl.exclude(*first, "key", "url", *_ABOUT), *_ABOUT[1:]).to_pandas()
    config = {column: label() for column, label in _LABELS.items()}
    for column, label in _INSTANTS.items():
        config[column] = st.column_config.DatetimeColumn(label, format="ddd D MMM YYYY HH:mm")
    config["clock"] = st.column_config.ButtonColumn(
        "Trace", type="tertiary", pinned=True, key=f"{name}-clock", on_click=clicked
    )
    styled = table.style.format({"url": keys.get}) if has_links else table
    height: Literal["content"] | int = "content" if len(shown) <= FIRST_ROWS else 640
    st.dataframe(styled, column_config=config, hide_index=True, key=name, height=height, placeholder="–", alt="Tickets")


def for_people(rows: pl.DataFrame, zone: str) -> pl.DataFrame:
    """Instants on the team's clocks, durations in hours, without the names that only programs use."""
    instants = [name for name in rows.columns if name.endswith("_at")]
    seconds = [name for name in rows.columns if name.endswith("_working_seconds")]
    local_time = pl.col(instants).dt.replace_time_zone("UTC").dt.convert_time_zone(zone).dt.replace_time_zone(None)
    in_hours = {name: name.replace("_working_seconds", "_hours") for name in seconds}
    named = pl.col("owner", "priority", "stage").fill_null("none")
    outcomes = [pl.col("verdict").replace(_OUTCOMES)] if "verdict" in rows.columns else []
    shown = rows.with_columns(local_time, named, pl.col(seconds) / 3600, *outcomes)
    return shown.rename(in_hours).drop("ticket_id")


def as_csv(rows: pl.DataFrame) -> bytes:
    """Rows for a spreadsheet, instants in UTC; a cell that a spreadsheet would run as a formula is made text."""
    texts = [name for name, kind in rows.schema.items() if kind == pl.String]
    guarded = [
        pl.when(pl.col(name).str.contains(r"^[=+\-@\t\r]"))
        .then(pl.lit("'") + pl.col(name))
        .otherwise(pl.col(name))
        .alias(name)
        for name in texts
    ]
    return rows.with_columns(*guarded).write_csv(datetime_format="%Y-%m-%dT%H:%M:%SZ").encode()


def now_in(zone: str, instant: datetime) -> datetime:
    """An instant as a wall-clock reading, for widgets that know no zones."""
    return local(instant, zone).replace(tzinfo=None)
