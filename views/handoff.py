"""What am I taking over? The page for whoever comes on duty, on Monday, in fifteen minutes."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

import streamlit as st

from metrics.handoff import Handoff, handoff, handoff_tickets
from metrics.handoff_checklist import Check
from metrics.handover import Handover, roles
from metrics.weekly_rows import RowSet
from metrics.wording import counted, day, joined, moment
from views import _handoff_load, _handoff_note, _opened, _store
from views._address import WEEKLY
from views._frame import View, framed
from views._opened import open_clock, open_rows
from views._parts import READING_WIDTH, notice, tile
from views._style import as_label, block, plain
from views._tables import SAVED_AT_MOST, RowButton, table

TITLE = "What am I taking over?"
_FOLDED = {"due": ("late",), "silent": ("dead",), "theirs": ("open",)}  # told in a line below another part


def page() -> None:
    """The whole page, or the sentence that says what is missing."""
    framed(TITLE, _body, asks=WEEKLY)


def _body(view: View) -> None:
    asked = _asked(view)
    told: Handoff = _store.answer(view.snapshot, handoff, **asked)
    _choices(told, view)
    _who(told, view)
    _handoff_note.show(told, view)
    with st.grid(4, min_column_width=150, border=True, gap="xsmall"):
        for figure in told.tiles:
            with st.container(gap="xsmall"):
                tile(figure, open_rows)
    for name in ("due", "promised", "incidents", "waiting", "answer", "silent"):
        _part(told, view, name)
    _new(told, view)
    for name in ("theirs", "unowned"):
        _part(told, view, name)
    _handoff_load.show(told)
    _handoff_note.confirm(told, view)
    _opened.show(view, lambda name: _rows(told, view, name))


def _asked(view: View) -> dict[str, Any]:
    """The question that the address puts; a role that does not answer for these queues is said, and left out."""
    asked: dict[str, Any] = {"as_of": view.as_of, "team": view.team.name, "week": view.address.week}
    asked["queue"] = view.address.queue
    if role := st.query_params.get("role"):
        known = _store.answer(view.snapshot, roles, as_of=view.as_of, queue=list(view.team.queues))
        names = [one.name for one in known]
        if role in names:
            asked["role"] = role
        else:
            notice(
                f"No role “{role[:80]}” answers for these queues ({', '.join(names) or 'none does'}).", is_warning=True
            )
    if st.query_params.get("reach") == "role" and view.address.queue is None:
        asked["is_whole_role"] = True
    return asked


def _choices(told: Handoff, view: View) -> None:
    """The role, where there are several, and whether all of its queues are shown."""
    with st.container(horizontal=True, gap="medium"):
        if len(told.roles) > 1 and told.role:
            names = [role.name for role in told.roles]
            _choice("role", "Role", names, names, names.index(told.role.name))
        others = set(told.role.queues) - set(told.team.queues) if told.role else ()
        if others and view.address.queue is None and told.role:
            labels = [f"The queues of {told.team.name}", f"All queues of {told.role.name}"]
            _choice("reach", "Queues", ["team", "role"], labels, int(st.query_params.get("reach") == "role"))


def _choice(name: str, label: str, options: Sequence[str], labels: Sequence[str], index: int) -> None:
    st.session_state[name] = index

    def chosen() -> None:
        place = st.session_state[name]
        if place is not None:
            st.query_params[name] = options[place]

    st.segmented_control(
        label, range(len(options)), key=name, on_change=chosen, required=True, label_visibility="collapsed",
        format_func=lambda n: as_label(labels[n]),
    )  # fmt: skip


def _who(told: Handoff, view: View) -> None:
    st.subheader(_changes(told, view), anchor=False)
    last = day(told.week.ends_at - _INSTANT, view.zone, year_of=view.as_of)
    week = f"The week that ends with it is {told.week.name}, until {last}."
    queues = ", ".join(told.queues) or "none"
    block(f"<p class='wb-dim'>{plain(week)} Queues: {plain(queues)}.</p>")
    if told.role is None:
        notice(
            "Nothing configured: no role of the rota answers for these queues, so nobody goes off or comes on here. "
            "Write a [[role]] in watchbill.toml, and name its queues."
        )


_INSTANT = datetime.resolution


def _changes(told: Handoff, view: View) -> str:
    change = told.handover
    if change is None or told.role is None:
        return f"Handed over by {told.team.name}"
    if change.changes_at is None:
        stays = f"{joined(change.staying)} keep{'' if len(change.staying) > 1 else 's'} it" if change.staying else None
        return f"{told.role.name}: {stays or 'the rota knows nobody who goes or comes'}"
    return f"Handover of {told.role.name}, {_when(change.changes_at, view)}: {_persons(change)}"


def _when(changes_at: datetime, view: View) -> str:
    """Calendars tell of whole days as midnights UTC: then only the day is known."""
    if changes_at.time() == time():
        return day(changes_at, "UTC", year_of=view.as_of)
    return moment(changes_at, view.zone, year_of=view.as_of)


def _persons(change: Handover) -> str:
    told = [
        f"{joined(people)} {word if len(people) == 1 else words}"
        for people, word, words in (
            (change.outgoing, "goes off", "go off"),
            (change.incoming, "comes on", "come on"),
            (change.staying, "stays", "stay"),
        )
        if people
    ]
    return ", ".join(told)


def _part(told: Handoff, view: View, name: str) -> None:
    """One list with its rule and what to do, and in a line each what is folded below it."""
    part = told.parts[name]
    known = part.unconfigured is None
    st.subheader(f"{part.told.title} {part.total:,}" if known else part.told.title, anchor=False)
    if not known:
        notice(part.unconfigured or "")
    else:
        if part.total:
            block(f"<p class='wb-dim'>{plain(f'{part.told.rule} {part.told.advice}')}</p>")
        _table(told, view, name)
    for other in _FOLDED.get(name, ()):
        _folded(told, other)


def _table(told: Handoff, view: View, name: str) -> None:
    part = told.parts[name]
    table(
        told.rows[name].rows,
        zone=view.zone,
        name=f"part-{name}",
        button=RowButton("Trace", "Clock", lambda row: open_clock(row["ticket_id"], row.get("policy"))),
        total=part.total,
        fetch=lambda most: _fetched(told, view, name, most).rows,
        file_name=f"handoff-{name}.csv",
        alt=part.told.title,
        empty=part.told.none,
    )


def _fetched(told: Handoff, view: View, name: str, most: int) -> RowSet:
    wanted = told.ids(name, most)
    tickets = _store.answer(view.snapshot, handoff_tickets, as_of=view.as_of, ticket_ids=wanted)
    return told.all_rows(name, tickets, most)


def _rows(told: Handoff, view: View, name: str) -> RowSet:
    """What a figure opens into, as far as a dialog shows."""
    return _fetched(told, view, name, min(told.parts[name].total, SAVED_AT_MOST) if name in told.parts else 0)


def _folded(told: Handoff, name: str) -> None:
    part = told.parts[name]
    if part.unconfigured or not part.total:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", width=READING_WIDTH):
        counts = counted(part.total, _COUNTED.get(name, "ticket"))
        advice = f"<span class='wb-dim'>{plain(part.told.advice)}</span>"
        block(f"<p>{plain(part.told.title)} {plain(counts)}. {advice}</p>")
        st.button("Show", key=f"folded-{name}", type="tertiary", help=part.told.rule, on_click=open_rows, args=(name,))


_COUNTED = {"late": "clock"}


def _new(told: Handoff, view: View) -> None:
    """The checklist for new tickets: each check with how many keep it, then what lacks something."""
    new = told.checklist
    st.subheader(new.part.told.title, anchor=False)
    if new.part.unconfigured:
        notice(new.part.unconfigured)
        return
    if not new.tickets:
        notice("Nothing has come in since the week began.")
        return
    said = f"{counted(new.tickets, 'ticket')} came in since the week began; {new.complete:,} lack nothing."
    block(f"<p>{plain(said)}</p><ul class='wb-checks'>{''.join(map(_check, new.checks))}</ul>")
    st.markdown(f"**Still open, and incomplete: {new.part.total:,}**")
    _table(told, view, "new")


def _check(check: Check) -> str:
    is_kept = check.kept == check.tickets
    sign = "✓" if is_kept else "○"
    kind = "wb-better" if is_kept else "wb-worse"
    lacking = "" if is_kept else f", {check.tickets - check.kept:,} lack it"
    said = f"{check.words}: {check.kept:,} of {check.tickets:,}{lacking}"
    return f"<li class='{kind}'><span class='wb-mark' aria-hidden='true'>{sign}</span> {plain(said)}</li>"
