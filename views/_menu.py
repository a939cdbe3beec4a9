"""Which pages there are, in the order of the menu, and how one leads to another."""

import importlib
import inspect
from collections.abc import Callable
from importlib.util import find_spec

import streamlit as st

# The module under views/, the path of its address, what the menu calls it. A page not written yet is not listed.
MENU = (
    ("weekly_health", "weekly-health", "Weekly health"),
    ("triage_meeting", "triage-meeting", "Triage meeting"),
    ("handoff", "handoff", "Handoff"),
    ("slo", "slo", "SLO"),
    ("aging", "aging", "Aging and WIP"),
    ("toil", "toil", "Toil"),
    ("incidents", "incidents", "Incidents"),
    ("duty_calendar", "rotation", "Rotation"),
    ("planner", "planner", "Planner"),
    ("tickets", "tickets", "Tickets"),
    ("data", "trust", "Data"),  # at /data, programs read metrics
)

_READ_LATE = ("pandas.io.formats.style", "plotly.tools", "PIL.Image")


def written() -> tuple[tuple[str, str, str], ...]:
    """The entries of the menu whose page exists."""
    return tuple(entry for entry in MENU if find_spec(f"views.{entry[0]}"))


def has(path: str) -> bool:
    return any(entry[1] == path for entry in written())


def read() -> None:
    """Read the module of every page, and with them the libraries they stand on: half a second of work. Streamlit would
    read some only for the first table and figure, and find out where each of them lies at the first thing drawn."""
    for name in (*(f"views.{module}" for module, _, _ in written()), *_READ_LATE):
        importlib.import_module(name)
    inspect.stack()


def shown_by(module: str) -> Callable[[], None]:
    """What draws a page."""

    def show() -> None:
        importlib.import_module(f"views.{module}").page()

    return show


def go(path: str, **parameters: str) -> None:
    """Leave for another page, such as `go("tickets", ticket="github/acme/infra#12")`. Not from within a callback."""
    module, path, label = next(entry for entry in MENU if entry[1] == path)
    st.switch_page(st.Page(shown_by(module), title=label, url_path=path), query_params=parameters)
