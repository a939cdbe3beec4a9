"""The filters of the tickets page: they show what the address says, and change it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st

from metrics.aging_bands import STAGES
from metrics.ticket_search import NO_PRIORITY, NO_STAGE, NOBODY, Wanted

FILTERS = ("q", "state", "stage", "priority", "owner", "opened_from", "opened_to", "order")
LONGEST_SEARCH = 200
_WIDTH = 128  # pixels: seven beside each other on a laptop, two on a phone
_STATES = {"open": True, "closed": False}
_ORDERS = {"newest": "Newest first", "oldest": "Oldest first"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One select: the parameter of the address, what it is called, and what may be chosen besides anything."""

    name: str
    label: str
    anything: str
    options: tuple[str, ...]


def choices(owners: Sequence[str], priorities: Sequence[str]) -> tuple[Choice, ...]:
    return (
        Choice("state", "State", "Any state", tuple(_STATES)),
        Choice("stage", "Stage", "Any stage", (*STAGES, NO_STAGE)),
        Choice("priority", "Priority", "Any priority", (*priorities, NO_PRIORITY)),
        Choice("owner", "Owner", "Anybody", (NOBODY, *owners)),
    )


def read(parameters: Mapping[str, str], offered: Sequence[Choice], zone: str) -> tuple[Wanted, list[str]]:
    """What the address asks for, and a sentence for each value that it cannot."""
    complaints: list[str] = []
    chosen = {choice.name: _chosen(parameters, choice, complaints) for choice in offered}
    first, last = (_day(parameters, name, complaints) for name in ("opened_from", "opened_to"))
    if parameters.get("order", "newest") not in _ORDERS:
        complaints.append(f"order=“{parameters['order']}” is neither newest nor oldest. Shown are the newest first.")
    wanted = Wanted(
        text=parameters.get("q", "")[:LONGEST_SEARCH],
        stage=chosen["stage"],
        priority=chosen["priority"],
        owner=chosen["owner"],
        is_open=_STATES.get(chosen["state"] or ""),
        opened_since=_midnight(first, zone),
        opened_until=_midnight(last and last + timedelta(days=1), zone),
        order="oldest" if parameters.get("order") == "oldest" else "newest",
    )
    return wanted, complaints


def _chosen(parameters: Mapping[str, str], choice: Choice, complaints: list[str]) -> str | None:
    asked = parameters.get(choice.name)
    if asked is None or asked in choice.options:
        return asked
    complaints.append(f"{choice.name}=“{asked}” is nothing that a ticket here has; this filter is left out.")
    return None


def _day(parameters: Mapping[str, str], name: str, complaints: list[str]) -> date | None:
    asked = parameters.get(name)
    try:
        day = date.fromisoformat(asked) if asked else None
        if day and not 1971 <= day.year <= 2100:
            raise ValueError("out of range")
    except ValueError:
        complaints.append(f"{name}=“{asked}” is not a day; write it as 2026-11-16. This filter is left out.")
        return None
    return day


def _midnight(day: date | None, zone: str) -> datetime | None:
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC) if day else None


def show(parameters: Mapping[str, str], offered: Sequence[Choice]) -> None:
    """The search, the selects and the days, as wide as there is room."""
    st.session_state["q"] = parameters.get("q", "")
    st.text_input(
        "Search", key="q", placeholder="Words of the title, or a key", on_change=_typed, max_chars=LONGEST_SEARCH,
        help="Every word has to be in the key or in the title as it is today. Capital letters make no difference.",
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        for choice in offered:
            _select(parameters, choice)
        for name, label in (("opened_from", "Opened from"), ("opened_to", "Opened until")):
            _day_input(parameters, name, label)
        _select(parameters, Choice("order", "Order", _ORDERS["newest"], ("oldest",)))


def _typed() -> None:
    _put("q", st.session_state["q"].strip())


def _put(name: str, text: str | None) -> None:
    if text:
        st.query_params[name] = text
    else:
        st.query_params.pop(name, None)


def _select(parameters: Mapping[str, str], choice: Choice) -> None:
    options = ("", *choice.options)
    asked = parameters.get(choice.name, "")
    st.session_state[choice.name] = options.index(asked) if asked in options else 0
    st.selectbox(
        choice.label, range(len(options)), key=choice.name, width=_WIDTH,
        format_func=lambda n: _ORDERS.get(options[n], options[n]) or choice.anything,
        on_change=lambda: _put(choice.name, options[st.session_state[choice.name]]),
    )  # fmt: skip


def _day_input(parameters: Mapping[str, str], name: str, label: str) -> None:
    st.session_state[name] = _day(parameters, name, [])

    def chosen() -> None:
        day: Any = st.session_state[name]
        _put(name, day.isoformat() if isinstance(day, date) else None)

    st.date_input(
        label, value=None, key=name, on_change=chosen, width=_WIDTH, format="YYYY-MM-DD",
        min_value=date(1971, 1, 1), max_value=date(2100, 12, 31),
    )  # fmt: skip


def is_narrowed(parameters: Mapping[str, str]) -> bool:
    return any(name in parameters for name in FILTERS)


def clear() -> None:
    for name in FILTERS:
        st.query_params.pop(name, None)
