"""The week as a file: made when somebody asks for it, out of what the page shows."""

from collections.abc import Callable

import streamlit as st

from metrics.weekly_health import WeeklyHealth
from reports import page, prose, weekly
from reports.document import Document
from views._frame import View
from views._style import block


def show(view: View, health: WeeklyHealth) -> None:
    """Buttons that save the page as it stands."""
    st.subheader("Take it along", anchor=False)
    name = f"{health.team.name}-{health.week.name}"
    with st.container(horizontal=True, gap="small"):
        _button(view, health, "Save as HTML", page.written, f"{name}.html", "text/html")
        _button(view, health, "Save as Markdown", prose.markdown, f"{name}.md", "text/markdown")
    block(
        "<p class='wb-dim'>One file, figures included, that opens without a network. Each list saves as CSV below it; "
        "the address of this page shows the same numbers again.</p>"
    )


def _button(
    view: View, health: WeeklyHealth, label: str, write: Callable[[Document], str], file_name: str, mime: str
) -> None:
    st.download_button(
        label, lambda: write(weekly.weekly(health, view.known_until)).encode(), file_name=file_name, mime=mime,
        key=f"export-{mime}", on_click="ignore",
    )  # fmt: skip
