"""What pages share: sentences about the state of the data, tiles, clauses."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import streamlit as st

from metrics.freshness import SourceAge
from metrics.weekly_health import Clause, Tile
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


def tile(figure: Tile, open_rows: Callable[[str], None], before: str = "week before") -> None:
    """A headline figure: now, the one before (called `before`), the target; its definition and rule; the rows behind
    it."""
    verdict = f"<b>{_SIGNS[figure.tone]} {plain(figure.verdict)}</b>" if figure.verdict else ""
    target = f"<div><span>target</span>{plain(figure.target)}</div>" if figure.target else ""
    block(
        f'<div class="wb-label">{plain(figure.label)}</div><div class="wb-value">{plain(figure.shown)}</div>'
        f'<div class="wb-said">{verdict}<span>{plain(figure.note)}</span></div>'
        f'<div class="wb-facts"><div><span>{plain(before)}</span>{plain(figure.shown_before)}</div>{target}</div>',
        f"wb-tile wb-{figure.tone}",
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(f"Show {figure.n:,}", key=f"tile-{figure.name}", type="tertiary", disabled=not figure.n,
                  help="The tickets behind this figure", on_click=open_rows, args=(figure.rows,))  # fmt: skip
        with st.popover("About", type="tertiary"):
            _definition(figure)


def _definition(figure: Tile) -> None:
    counted_of = f"<p><strong>{plain(figure.label)}</strong>, n = {figure.n:,}</p>"
    block(f"{counted_of}<p>{plain(figure.rule)}</p><br>{defined(figure.definition)}")


def now_in(zone: str, instant: datetime) -> datetime:
    """An instant as a wall-clock reading, for widgets that know no zones."""
    return local(instant, zone).replace(tzinfo=None)


def defined(text: str) -> str:
    """A definition as HTML, an entry to a paragraph: one may run over several lines of its docstring."""
    entries = re.split(r"\n(?=[A-Z]\w+: )", text)
    return "".join(f"<p>{plain(' '.join(entry.split()))}</p>" for entry in entries)
