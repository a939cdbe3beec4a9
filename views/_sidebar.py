"""Team, week and as-of, and nothing else: what they say is written into the address, and read from there."""

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import streamlit as st

from metrics.teams import Team
from metrics.weeks import Week
from metrics.wording import day
from views._address import Address, instant_text
from views._parts import now_in

WEEKS_OFFERED = 52


def show(address: Address, teams: Sequence[Team], data_until: datetime) -> None:
    """Three widgets that show the address and change it."""
    names = [team.name for team in teams]
    weeks = _weeks(address, data_until)
    st.session_state["team"] = names.index(address.team.name)
    st.session_state["week"] = [week.name for week in weeks].index(address.week.name)
    st.session_state["as_of"] = now_in(address.team.zone, address.as_of)
    with st.sidebar:
        st.selectbox(
            "Team", range(len(names)), format_func=names.__getitem__, key="team", on_change=_team, args=(names,)
        )
        st.selectbox(
            "Week",
            range(len(weeks)),
            format_func=lambda n: _named(weeks[n]),
            key="week",
            on_change=_week,
            args=(weeks,),
        )
        st.datetime_input(
            f"As of, {address.team.zone}", key="as_of", on_change=_as_of, args=(address.team.zone,), step=60
        )


def _weeks(address: Address, data_until: datetime) -> list[Week]:
    """Newest first: from the week the data end in back a year, and the one shown wherever it lies."""
    newest = Week.containing(max(data_until, address.as_of), address.team.zone)
    offered = {newest.shifted(-back) for back in range(WEEKS_OFFERED)} | {address.week}
    return sorted(offered, reverse=True)


def _named(week: Week) -> str:
    return f"{week.name} · from {day(week.starts_at, week.zone)}"


def _team(names: list[str]) -> None:
    st.query_params["team"] = names[st.session_state["team"]]
    st.query_params.pop("promise", None)


def _week(weeks: list[Week]) -> None:
    """Another week is shown as of its own end."""
    st.query_params["week"] = weeks[st.session_state["week"]].name
    st.query_params.pop("as_of", None)


def _as_of(zone: str) -> None:
    chosen: datetime | None = st.session_state["as_of"]
    if chosen is not None:
        st.query_params["as_of"] = instant_text(chosen.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC))
