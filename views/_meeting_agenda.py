"""The agenda of a triage meeting on one page: how it stands in words and figures, then section by section."""

from datetime import UTC, datetime
from typing import Any

import polars as pl
import streamlit as st

from metrics.agenda_changes import Change
from metrics.triage_agenda import Item, Section, section_rows
from metrics.weekly_rows import RowSet
from metrics.wording import counted, day, joined, local, signed
from views import _meeting_address, _store
from views._derived import derived
from views._frame import View
from views._meeting_sitting import Sitting
from views._opened import open_rows
from views._parts import notice
from views._style import block, plain
from views._tables import RowButton, table

MOST_ROWS, MOST_KEYS = 1_000, 40
_TEXTS = ("ticket_id", "key", "url", "title", "because", "owner", "priority", "stage")
_COLUMNS: dict[str, Any] = dict.fromkeys(_TEXTS, pl.String) | {"age_days": pl.Int64, "updated_at": pl.Datetime("us")}


def in_words(sitting: Sitting, view: View) -> None:
    """What there is to decide, and whether the pile grows."""
    agenda, pile = sitting.agenda, sitting.agenda.pile
    full = [f"{section.count:,} {section.title[:1].lower()}{section.title[1:]}" for section in agenda.sections
            if section.count]  # fmt: skip
    many = joined(full) if len(full) <= 3 else f"{', '.join(full[:3])}, and more"
    told = f"{counted(agenda.count, 'ticket wants', 'tickets want')} a decision{f': {many}' if full else ''}."
    grown = pile.open_now - pile.open_then
    pile_words = "The pile is as high as it was" if not grown else f"The pile {'grew' if grown > 0 else 'shrank'}"
    by = f" by {abs(grown):,}" if grown else ""
    since = day(_instant(agenda.since), view.zone, year_of=view.as_of)
    block(f"<p>{plain(told)} {plain(f'{pile_words}{by} since {since}.')}</p>")


def tiles(sitting: Sitting, view: View) -> None:
    """Figures with the meeting before beside them, and the rule behind each."""
    agenda, pile, changes = sitting.agenda, sitting.agenda.pile, sitting.changes
    grown = pile.open_now - pile.open_then
    done = sum(one.state == "done" for one in sitting.recent)
    late = sum(_is_late(one.due_on, view) for one in sitting.carried if one.state == "open")
    still = sum(one.state == "open" for one in sitting.carried)
    with st.grid(4, min_column_width=150, border=True, gap="xsmall"):
        _tile("On the agenda", f"{agenda.count:,}", "last meeting", f"{changes.count_then:,}" if changes else "–",
              f"of {counted(pile.open_now, 'open ticket')}", "neutral", "",
              "Open tickets that one of the sections claims, each once.")  # fmt: skip
        _tile("Open", f"{pile.open_now:,}", "then", f"{pile.open_then:,}", f"{signed(grown)} since then",
              "bad" if grown > 0 else "good", "▲ the pile grows" if grown > 0 else "● the pile does not grow",
              "Tickets open in the queues now, and when the last meeting began; without one, two weeks ago. More than "
              "then is bad.")  # fmt: skip
        _tile("Came in", f"{pile.came:,}", "went", f"{pile.went:,}",
              f"against {counted(len(sitting.recent), 'decision')}", "neutral", "",
              "What was opened, reopened or moved in since the last meeting, against what was closed or moved out, and "
              "against what was decided in the last meeting and since.")  # fmt: skip
        _tile("Decided and not done", f"{still:,}", "done since", f"{done:,}", f"{late:,} past their day",
              "bad" if late else "good" if sitting.recent or still else "unknown",
              "▲ late" if late else "● none late" if sitting.recent or still else "○ nothing decided yet",
              "Decisions of earlier meetings that nobody has called done or dropped. One past its day is late; the "
              "target is none.", "0 late")  # fmt: skip


def _tile(
    label: str, value: str, before: str, value_before: str, note: str, tone: str, verdict: str, rule: str,
    target: str = "",
) -> None:  # fmt: skip
    with st.container(gap="xsmall"):
        said = f"<b>{plain(verdict)}</b>" if verdict else ""
        aim = f"<div><span>target</span>{plain(target)}</div>" if target else ""
        block(
            f'<div class="wb-label">{plain(label)}</div><div class="wb-value">{plain(value)}</div>'
            f'<div class="wb-said">{said}<span>{plain(note)}</span></div>'
            f'<div class="wb-facts"><div><span>{plain(before)}</span>{plain(value_before)}</div>{aim}</div>',
            f"wb-tile wb-{tone}",
        )
        with st.popover("About", type="tertiary"):
            block(f"<p><strong>{plain(label)}</strong></p><p>{plain(rule)}</p>")


def _is_late(due: object, view: View) -> bool:
    return due is not None and str(due) < f"{local(view.as_of, view.zone):%Y-%m-%d}"


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def sections(sitting: Sitting, view: View) -> None:
    """Every section that claims anything, then in one line those that are empty and those nothing is configured for."""
    for section in sitting.agenda.sections:
        if section.count:
            _section(section, sitting, view)
    empty = [section.title for section in sitting.agenda.sections if section.is_configured and not section.count]
    if empty:
        block(f"<p>● Nothing here: {plain(joined([f'“{title}”' for title in empty]))}.</p>", "wb-dim")
    silent = [section.title for section in sitting.agenda.sections if not section.is_configured]
    if silent:
        names = joined([f"“{title}”" for title in silent])
        notice(
            f"Nothing configured for {names}: see [[slo]], [[cadence]], [[wip]], [[ownership]] and [[intake]] in "
            "watchbill.toml."
        )


def _section(section: Section, sitting: Sitting, view: View) -> None:
    st.subheader(f"{section.title}: {section.count:,}", anchor=False)
    block(f"<p class='wb-dim'>{plain(section.rule)}</p><p><strong>{plain(section.todo)}</strong></p>")
    decided = [sum(one.ticket_id == item.ticket_id for one in sitting.decided) for item in section.items]
    table(derived(_rows, section.items, tuple(decided)), zone=view.zone, name=f"section-{section.name}",
          button=RowButton("Look", "Open", lambda row: _meeting_address.present(row["ticket_id"])),
          file_name=f"{section.name}.csv", alt=section.title)  # fmt: skip
    if section.more:
        st.button(f"and {len(section.more):,} more", key=f"more-{section.name}", type="tertiary",
                  on_click=open_rows, args=(section.name,))  # fmt: skip


def _rows(items: tuple[Item, ...], decided: tuple[int, ...]) -> pl.DataFrame:
    told = pl.DataFrame([_row(item) for item in items], schema=_COLUMNS)
    return told.with_columns(decided=pl.Series(decided, dtype=pl.Int64))


def _row(item: Item) -> dict[str, object]:
    told = {name: getattr(item, name) for name in _COLUMNS}
    told["age_days"] = int(item.age_days or 0)  # as presentation says it: whole days that have passed
    heard = _instant(item.updated_at).astimezone(UTC).replace(tzinfo=None) if item.updated_at else None
    return told | {"updated_at": heard}


def rows_behind(sitting: Sitting, view: View, name: str) -> RowSet:
    """Every ticket of a section, those beyond the cap too. Raises ValueError for a name that no section has."""
    section = next((one for one in sitting.agenda.sections if one.name == name), None)
    if section is None:
        raise ValueError(f"{name!r} names no section of this agenda")
    tickets = tuple(section.keys)[:MOST_ROWS]
    rows = _store.answer(view.snapshot, section_rows, as_of=_instant(sitting.agenda.as_of), tickets=tickets)
    return RowSet(section.name, section.title, rows)


def since_last(sitting: Sitting) -> None:
    """What entered, left and moved since the last meeting."""
    if sitting.changes is None:
        block("<p class='wb-dim'>This is the first meeting: there is none to compare with.</p>")
        return
    for title, listed in (("Entered", sitting.changes.entered), ("Left", sitting.changes.left),
                          ("Moved", sitting.changes.moved)):  # fmt: skip
        told = "; ".join(plain(_change(one)) for one in listed[:MOST_KEYS]) or "nothing"
        more = f"; and {len(listed) - MOST_KEYS:,} more" if len(listed) > MOST_KEYS else ""
        block(f"<p><strong>{title}, {len(listed):,}:</strong> {told}{more}.</p>")


def _change(one: Change) -> str:
    if one.now is None:
        return f"{one.key} ({'still open' if one.is_open else 'closed'}, was “{one.was}”)"
    return f"{one.key} (“{one.was}” → “{one.now}”)" if one.was else f"{one.key} (“{one.now}”)"
