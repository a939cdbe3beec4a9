"""Team, queue, week or window, and as-of, and nothing else: what they say is written into the address, and read from
there."""

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import streamlit as st

from metrics.teams import Team
from metrics.weeks import Week
from metrics.wording import counted, day
from views._address import Address, instant_text
from views._parts import now_in

WEEKS_OFFERED = 52
WINDOWS_OFFERED = (4, 8, 12, 26, 52)


def show(address: Address, teams: Sequence[Team], data_until: datetime) -> None:
    """The widgets of what the page asks its reader: they show the address and change it."""
    with st.sidebar:
        _team(address, teams)
        if "queue" in address.asks and len(address.team.queues) > 1:
            _queue(address)
        if "week" in address.asks:
            _week(address, data_until)
        if "weeks" in address.asks:
            _window(address)
        if "as_of" in address.asks:
            _as_of(address)


def _team(address: Address, teams: Sequence[Team]) -> None:
    names = [team.name for team in teams]
    st.session_state["team"] = names.index(address.team.name)

    def chosen() -> None:
        st.query_params["team"] = names[st.session_state["team"]]
        for name in ("queue", "promise"):
            st.query_params.pop(name, None)

    st.selectbox("Team", range(len(names)), format_func=names.__getitem__, key="team", on_change=chosen)


def _queue(address: Address) -> None:
    queues = ["", *address.team.queues]
    st.session_state["queue"] = queues.index(address.queue or "")

    def chosen() -> None:
        st.query_params["queue"] = queues[st.session_state["queue"]]

    st.selectbox(
        "Queue", range(len(queues)), format_func=lambda n: queues[n] or f"All {len(queues) - 1} queues", key="queue",
        on_change=chosen,
    )  # fmt: skip


def _week(address: Address, data_until: datetime) -> None:
    weeks = _weeks(address, data_until)
    st.session_state["week"] = [week.name for week in weeks].index(address.week.name)

    def chosen() -> None:
        """Another week is shown as of its own end."""
        st.query_params["week"] = weeks[st.session_state["week"]].name
        st.query_params.pop("as_of", None)

    st.selectbox("Week", range(len(weeks)), format_func=lambda n: _named(weeks[n]), key="week", on_change=chosen)


def _weeks(address: Address, data_until: datetime) -> list[Week]:
    """Newest first: from the week the data end in back a year, and the one shown wherever it lies."""
    newest = Week.containing(max(data_until, address.as_of), address.team.zone)
    offered = {newest.shifted(-back) for back in range(WEEKS_OFFERED)} | {address.week}
    return sorted(offered, reverse=True)


def _named(week: Week) -> str:
    return f"{week.name} · from {day(week.starts_at, week.zone)}"


def _window(address: Address) -> None:
    windows = sorted({*WINDOWS_OFFERED, address.weeks})
    st.session_state["weeks"] = windows.index(address.weeks)

    def chosen() -> None:
        st.query_params["weeks"] = str(windows[st.session_state["weeks"]])

    st.selectbox(
        "Window", range(len(windows)), format_func=lambda n: f"The last {counted(windows[n], 'week')}", key="weeks",
        on_change=chosen,
    )  # fmt: skip


def _as_of(address: Address) -> None:
    zone = address.team.zone
    st.session_state["as_of"] = now_in(zone, address.as_of)

    def chosen() -> None:
        instant: datetime | None = st.session_state["as_of"]
        if instant is not None:
            st.query_params["as_of"] = instant_text(instant.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC))

    st.datetime_input(f"As of, {zone}", key="as_of", on_change=chosen, step=60)
