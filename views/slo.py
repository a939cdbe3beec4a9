"""Are we keeping our promises, and can we afford a bad week? One promise at a time, and every miss with its reason."""

from typing import Any

import polars as pl
import streamlit as st

from metrics.promise_cuts import Cut
from metrics.promise_report import Line, PromiseReport, promise_report, promises
from metrics.promise_rows import promise_rows
from metrics.promise_words import answer, arrivals, forecast, tiles
from metrics.weekly_health import RowSet
from metrics.wording import counted, day, percent
from views import _opened, _promise_charts, _store
from views._address import TREND
from views._derived import derived
from views._figures import about, draw
from views._frame import View, framed
from views._opened import open_clock, open_rows
from views._parts import FIRST_ROWS, READING_WIDTH, notice, tile
from views._promise_choice import base_choice, promise_choice
from views._style import block, plain
from views._tables import SHOWN_AT_MOST, RowButton, table

TITLE = "Are we keeping our promises, and can we afford a bad week?"


def page() -> None:
    """The whole page, or the sentence that says what is missing."""
    framed(TITLE, _body, asks=TREND)


def _body(view: View) -> None:
    lines = _store.answer(view.snapshot, promises, **_asked(view), since=view.address.since)
    if not lines:
        notice("Nothing configured: no promise covers this team's queues. Write one under [[slo]] in watchbill.toml.")
        return
    names = [line.policy for line in lines]
    policy = promise_choice(names, view.address.promise)
    weeks = tuple(view.address.shown_weeks)
    report = _store.answer(view.snapshot, promise_report, **_asked(view), policy=policy, weeks=weeks)
    _headline(view, report)
    _all_promises(lines, policy)
    _by_week(report)
    _budget(view, report)
    _missed(view, report)
    _when(report)
    _what(report)
    _today(report)
    _opened.show(view, lambda name: _rows(view, policy, name, SHOWN_AT_MOST))


def _asked(view: View) -> dict[str, Any]:
    return {"as_of": view.as_of, "queues": tuple(view.address.queues)}


def _rows(view: View, policy: str, name: str, most: int) -> RowSet:
    weeks = tuple(view.address.shown_weeks)
    found: RowSet = _store.answer(
        view.snapshot, promise_rows, **_asked(view), policy=policy, weeks=weeks, name=name, most=most
    )
    return found


def _headline(view: View, report: PromiseReport) -> None:
    said = "".join(f"<p>{plain(sentence)}</p>" for sentence in derived(answer, report, view.zone))
    with st.container(width=READING_WIDTH):
        block(said)
    weeks_before = f"{counted(view.address.weeks, 'week')} before"
    with st.grid(5, min_column_width=150, border=True, gap="xsmall"):
        for figure in derived(tiles, report, view.zone):
            with st.container(gap="xsmall"):
                tile(figure, open_rows, "window before" if figure.rows == "budget" else weeks_before)


def _all_promises(lines: tuple[Line, ...], chosen: str) -> None:
    """Every promise in a line, so that nobody has to try them one by one."""
    if len(lines) == 1:
        return
    head = "<th>Promise</th><th>Due, on time</th><th>Share</th><th>Target</th><th></th><th>Budget</th>"
    rows = "".join(_line(line, line.policy == chosen) for line in lines)
    st.subheader("Every promise in this window", anchor=False)
    block(f"<table class='wb-trace'><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>")


def _line(line: Line, is_chosen: bool) -> str:
    share, left = line.due.share, line.budget_left
    said = "○ nothing fell due" if share is None else "● on target" if share >= line.objective else "▲ below target"
    budget = "nothing fell due" if left is None else "▲ used up" if left < 0 else "● some left"
    name = f"<strong>{plain(line.policy)}</strong>" if is_chosen else plain(line.policy)
    counts = f"{line.due.met:,} of {line.due.judged:,}" if line.due.judged else "–"
    cells = [name, counts, percent(share), percent(line.objective), said, budget]
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _by_week(report: PromiseReport) -> None:
    st.subheader("Week by week", anchor=False)
    base = base_choice()
    last = report.weeks[-1]
    draw(
        derived(_promise_charts.weeks, report, base),
        name="promise-weeks",
        alt=f"{report.policy} by week: met, broken and closed, broken and open, running; and the share on time. "
        f"Week of {last.label}: {last.due.met} of {last.due.judged} due were on time.",
    )
    about("slo")
    worst = [week for week in report.weeks if week.due.breached]
    if worst:
        _why_of_a_week(worst[::-1])


def _why_of_a_week(weeks: list[Any]) -> None:
    """The misses of one week, for those who use no mouse."""

    def chosen() -> None:
        place, st.session_state["why"] = st.session_state["why"], None
        if place is not None:
            open_rows(f"due:breached@{weeks[place].name}")

    st.selectbox(
        "Why was a week missed?", range(len(weeks)), index=None, key="why", on_change=chosen, width=360,
        placeholder="Choose a week", label_visibility="visible",
        format_func=lambda n: f"Week of {weeks[n].label}: {weeks[n].due.breached} of {weeks[n].due.judged} missed",
    )  # fmt: skip


def _budget(view: View, report: PromiseReport) -> None:
    st.subheader("Can we afford a bad week?", anchor=False)
    said = derived(forecast, report.budget, view.zone)
    block(plain(said))
    if report.budget.allowed is not None:
        figure = derived(_promise_charts.burn, report.budget, view.zone, view.as_of)
        draw(figure, name="burn", alt=said)


def _missed(view: View, report: PromiseReport) -> None:
    count = report.due.breached
    st.subheader(f"What was missed, and why: {count:,}", anchor=False)
    if not count:
        notice(f"Nothing that fell due since {day(report.since, view.zone)} was missed.")
        return

    def rows(most: int) -> pl.DataFrame:
        return derived(_why_first, _rows(view, report.policy, "due:breached", most).rows)

    table(
        rows(FIRST_ROWS), zone=view.zone, name="missed", total=count, alt="Broken promises",
        fetch=rows,
        button=RowButton("Trace", "Clock", lambda row: open_clock(row["ticket_id"], report.policy, row["cycle"])),
        file_name="missed.csv",
    )  # fmt: skip


def _why_first(rows: pl.DataFrame) -> pl.DataFrame:
    """Why stands beside the title: it is what the reader came for."""
    return rows.select("key", "url", "title", "why", pl.exclude("key", "url", "title", "why", "policy"))


_CUT_TITLES = {
    "hour": "By the hour the clock began",
    "weekday": "By weekday",
    "arrival": "In or out of opening hours",
    "category": "By kind of work",
    "priority": "By priority",
    "shift": "By duty shift",
}
_NO_GROUPS = {
    "category": "Nothing configured: no rule says what kind of work tickets are. Write some under [[toil]] in "
    "watchbill.toml.",
    "shift": "Nothing configured: no role with a rota answers for these queues. Describe one under [[role]] in "
    "watchbill.toml.",
}


def _when(report: PromiseReport) -> None:
    st.subheader("Is it the evening tickets?", anchor=False)
    named = {cut.name: cut for cut in report.cuts}
    if not report.due.judged:
        notice("Nothing fell due, so no hour stands out.")
        return
    block(plain(arrivals(named["arrival"])))
    for row in (("hour",), ("weekday", "arrival")):
        for column, name in zip(st.columns(len(row), gap="medium"), row, strict=True):
            with column:
                _cut(named[name])


def _what(report: PromiseReport) -> None:
    if not report.due.judged:
        return
    st.subheader("What kind of work, and in which shift?", anchor=False)
    named = {cut.name: cut for cut in report.cuts}
    left, right = st.columns(2, gap="medium")
    with left:
        _cut(named["category"], sideways=True)
    with right:
        _cut(named["priority"], sideways=True)
    _cut(named["shift"])


def _cut(cut: Cut, *, sideways: bool = False) -> None:
    block(f"<strong>{plain(_CUT_TITLES[cut.name])}</strong> <span class='wb-dim'>n = {cut.judged:,}</span>")
    if not cut.groups:
        notice(_NO_GROUPS[cut.name])
        return
    groups = "; ".join(f"{group.label}: {group.kept.breached} of {group.kept.judged}" for group in cut.groups)
    draw(
        derived(_promise_charts.cut, cut, sideways=sideways),
        name=f"cut-{cut.name}",
        alt=f"{_CUT_TITLES[cut.name]}, broken of due. {groups}",
    )


def _today(report: PromiseReport) -> None:
    st.subheader("And by today's version of the promise?", anchor=False)
    again = report.rejudged
    if not report.due.judged:
        notice("Nothing fell due, so there is nothing to judge again.")
        return
    if again.kept == report.due:
        notice("The same: no other version of the promise judged anything in this window.")
        return
    block(f"<p>As it was judged: {_share(report.due)}. By the version in force today: {_share(again.kept)}.</p>")
    lists = (("better", "would now be met", again.better), ("worse", "would now be broken", again.worse),
             ("uncovered", "covered by no version of today", again.uncovered))  # fmt: skip
    with st.container(horizontal=True):
        for name, said, count in lists:
            st.button(
                f"{count:,} {said}", key=f"today-{name}", disabled=not count, on_click=open_rows,
                args=(f"due~today={name}",),
            )  # fmt: skip


def _share(counts: Any) -> str:
    return plain(f"{counts.met:,} of {counts.judged:,} on time ({percent(counts.share)})")
