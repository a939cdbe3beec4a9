"""What is stuck, and why is it not moving? Open tickets by age, who has too much at once, and how the pile grew."""

from collections.abc import Sequence

import polars as pl
import streamlit as st

from metrics.age_expectation import DAYS, PERCENT
from metrics.aging_dots import Clock, dots
from metrics.aging_report import AgingReport, aging_report
from metrics.aging_rows import aging_rows
from metrics.aging_words import answer, over_limit, tiles
from metrics.open_work import STALE_DAYS, by_person, by_silence
from metrics.weekly_health import RowSet
from metrics.wording import counted, percent
from views import _aging_charts, _opened, _store, _work_charts
from views._address import TREND
from views._derived import derived
from views._figures import about, draw
from views._frame import View, framed
from views._opened import open_rows
from views._parts import READING_WIDTH, notice, tile
from views._style import block, plain
from views._tables import SHOWN_AT_MOST

TITLE = "What is stuck, and why is it not moving?"
_CLOCKS: dict[Clock, str] = {"calendar": "Calendar time", "working": "Working time"}


def page() -> None:
    """The whole page, or the sentence that says what is missing."""
    framed(TITLE, _body, asks=TREND)


def _body(view: View) -> None:
    asked = {"as_of": view.as_of, "queues": tuple(view.address.queues), "weeks": tuple(view.address.shown_weeks)}
    report = _store.answer(view.snapshot, aging_report, **asked)
    shown = _labels(view)
    _headline(view, report)
    _dots(report)
    _wip(view, report, shown)
    _people(report)
    _silences(report)
    _over_time(report, shown)
    _waits(report)

    def rows(name: str) -> RowSet:
        found: RowSet = _store.answer(view.snapshot, aging_rows, **asked, name=name, most=SHOWN_AT_MOST)
        return found

    _opened.show(view, rows)


def _labels(view: View) -> tuple[str, ...]:
    weeks = view.address.shown_weeks
    return tuple(_work_charts.labels([weeks[0].shifted(-1), *weeks], view.as_of))


def _headline(view: View, report: AgingReport) -> None:
    with st.container(width=READING_WIDTH):
        block("".join(f"<p>{plain(sentence)}</p>" for sentence in derived(answer, report, view.zone)))
    with st.grid(6, min_column_width=150, border=True, gap="xsmall"):
        for figure in derived(tiles, report):
            with st.container(gap="xsmall"):
                tile(figure, open_rows, "last week's end")


def _dots(report: AgingReport) -> None:
    st.subheader("How old is what is open?", anchor=False)
    clock = _clock_choice()
    if report.work.is_empty():
        notice("Nothing is open in these queues.")
        return
    shown = derived(dots, report.work, clock)
    alt = f"{counted(shown.tickets, 'open ticket')} by stage and age. "
    alt += " ".join(derived(answer, report, "UTC")[:1])
    figure = derived(_aging_charts.dots, shown, report.bands, report.expected, clock)
    draw(figure, name=f"dots-{clock}", alt=alt)
    told = [
        f"A dot is the tickets of one stage and {'day' if clock == 'calendar' else 'eight working hours'} of age, with "
        "their number where there are several. Strokes are the ages by which 50, 70, 85 and 95 % had left the stage in "
        "the last 90 days, none below five tickets: solid of those that left, dotted counting those that stay as well. "
        f"The dashed line is the age by which {PERCENT} % of those closed in the last {DAYS} days were done."
    ]
    if shown.left_out:
        told.append(f"Left out are {counted(shown.left_out, 'younger ticket')}: the oldest are all drawn.")
    if shown.unknown:
        told.append(f"{counted(shown.unknown, 'ticket')} without a calendar have no working age.")
    block(f"<p class='wb-dim'>{plain(' '.join(told))}</p>")
    _lists(report)
    about("aging")


def _clock_choice() -> Clock:
    """By which time ages are counted: the calendar's (as the address leaves unsaid), or `clock=working`."""
    asked = st.query_params.get("clock", "calendar")
    if asked not in _CLOCKS:
        notice(f"clock=“{asked}” is neither calendar nor working. Shown is calendar.", is_warning=True)
    st.session_state["clock"] = asked if asked in _CLOCKS else "calendar"

    def chosen() -> None:
        st.query_params.pop("clock", None)
        if st.session_state["clock"] == "working":
            st.query_params["clock"] = "working"

    st.segmented_control(
        "Age in", list(_CLOCKS), key="clock", on_change=chosen, label_visibility="collapsed", required=True,
        format_func=lambda name: _CLOCKS[name],
    )  # fmt: skip
    return "working" if st.session_state["clock"] == "working" else "calendar"


def _lists(report: AgingReport) -> None:
    """The same lists for those who use no mouse."""
    marks = report.work["mark"]
    listed = (("blocked", "waiting or blocked", int((marks == "blocked").sum())),
              ("stale", f"silent {STALE_DAYS} days", int((report.work["silent_seconds"] >= STALE_DAYS * 86_400).sum())),
              ("older", "older than expected", report.older or 0))  # fmt: skip
    with st.container(horizontal=True):
        for name, said, count in listed:
            st.button(f"{count:,} {said}", key=f"list-{name}", disabled=not count, on_click=open_rows, args=(name,))


def _wip(view: View, report: AgingReport, shown: Sequence[str]) -> None:
    st.subheader("Who has too much at once?", anchor=False)
    said = derived(over_limit, report, view.zone)
    block(f"<p><strong>{plain(said)}</strong></p>")
    if report.wip.is_empty():
        notice("Nobody had anything in work when any of these weeks ended.")
        return
    figure = derived(_work_charts.wip, report.wip, tuple(report.total["week"]), shown)
    draw(figure, name="wip", alt=f"Tickets in work by person and week. {said}")
    people = report.wip["person"].unique(maintain_order=True).to_list()
    _of_a_person("In work now with …", "wip", people)
    about("wip")


def _of_a_person(label: str, kind: str, people: list[str]) -> None:
    """A person's tickets, for those who use no mouse."""
    key = f"{kind}-person"

    def chosen() -> None:
        place, st.session_state[key] = st.session_state[key], None
        if place is not None:
            open_rows(f"{kind}:{people[place]}")

    st.selectbox(
        label, range(len(people)), index=None, key=key, on_change=chosen, width=280, placeholder=label,
        label_visibility="collapsed", format_func=people.__getitem__,
    )  # fmt: skip


def _people(report: AgingReport) -> None:
    st.subheader("Who has what, and how old is the oldest?", anchor=False)
    if report.work.is_empty():
        notice("Nothing is open, so nobody has anything.")
        return
    held = derived(by_person, report.work)
    draw(
        derived(_work_charts.matrix, held, report.expected.calendar),
        name="matrix",
        alt="Open tickets by person and priority, with the age of the oldest. " + _held_words(held),
    )
    _of_a_person("Open, held by …", "holds", held["person"].unique(maintain_order=True).to_list())


def _held_words(held: pl.DataFrame) -> str:
    sums = held.group_by("person", maintain_order=True).agg(pl.col("tickets").sum())
    return "; ".join(f"{person} {tickets}" for person, tickets in sums.iter_rows())


def _silences(report: AgingReport) -> None:
    st.subheader("Not updated for how long?", anchor=False)
    if report.work.is_empty():
        notice("Nothing is open, so nothing is silent.")
        return
    found = derived(by_silence, report.work)
    sums = found.group_by("silence").agg(pl.col("tickets").sum()).sort("silence")
    alt = "; ".join(f"{silence}: {tickets}" for silence, tickets in sums.iter_rows())
    draw(derived(_work_charts.silences, found), name="silences", alt=f"Open tickets by time without an update. {alt}")


def _over_time(report: AgingReport, shown: Sequence[str]) -> None:
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader("Does the pile age?", anchor=False)
        days = [round(seconds / 86_400) for seconds in report.total["total_age_seconds"]]
        draw(
            derived(_work_charts.total, report.total, shown),
            name="total",
            alt=f"Total age of open tickets by week, from {days[0]:,} to {days[-1]:,} days.",
        )
    with right:
        st.subheader("What piles up where?", anchor=False)
        figure = derived(_work_charts.flow, report.flow, shown)
        draw(figure, name="flow", alt="Tickets in each stage by week, stacked.")
        about("cumulative_flow")


def _waits(report: AgingReport) -> None:
    st.subheader("Where did the closed ones wait?", anchor=False)
    if report.waits.is_empty():
        notice("Nothing was closed in this window.")
        return
    known = report.waits.filter(pl.col("share") >= 0.005).select("stage", "share")
    shares = ", ".join(f"{stage} {percent(share)}" for stage, share in known.iter_rows())
    block(f"<p>{plain(f'Of all the time that the tickets closed in this window were open: {shares}.')}</p>")
    draw(derived(_work_charts.waits, report.waits), name="waits", alt=f"Time in each stage of tickets closed. {shares}")
    about("stage_times")
