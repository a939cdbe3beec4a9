"""Publishing a plan, taking it along as a file, and where calendars subscribe to it."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import streamlit as st

from desk import rotas
from metrics.wording import moment
from planning.consequences import Consequences
from planning.feed import calendar
from rotation.feeds.markdown import markdown
from rotation.feeds.table import table
from rotation.plan import Plan
from serving.feeds import feed_path
from views._access import may_publish
from views._desk import ask_writer, kept, writer
from views._parts import notice
from views._plan_board import SAID, Board
from views._style import block, plain

EVERY_ROTA = 100_000  # a feed is made from all that was ever published


def standing(board: Board, zone: str) -> None:
    """What is in force, in a line."""
    rota = board.in_force
    if rota is None:
        block("<p class='wb-dim'>Nothing was published from here yet; what stands is what calendars say.</p>")
        return
    note = f": “{rota.note}”" if rota.note else ""
    at = moment(rota.published_at, zone)
    block(f"<p class='wb-dim'>{plain(f'In force: rota {rota.sequence}, published by {rota.published_by} {at}{note}.')}"
          "</p>")  # fmt: skip


def publish(board: Board, told: Consequences) -> None:
    """The button that makes a draft count, with a note to go with it."""
    if board.draft is None:
        return
    with st.popover("Publish …", type="primary", key="publish-open"):
        if not told.verdict.is_lawful:
            notice("This plan breaks rules that no plan may break; they are listed beside it. Plan anew, then publish.",
                   is_warning=True)  # fmt: skip
            return
        if told.costs.uncovered:
            notice(f"{told.costs.uncovered} of its seats are vacant.", is_warning=True)
        # In a form, so that nothing moves under the fingers of whoever goes from the name to the note to the button.
        with st.form("publish-form", border=False):
            ask_writer()
            st.text_area("What changed, and why", key="publish-note", max_chars=2_000,
                         placeholder="Optional; stands with the rota")  # fmt: skip
            st.form_submit_button("Publish now", key="publish", type="primary", on_click=_publish, args=(board,))


def _publish(board: Board) -> None:
    """`board` is what its reader saw: whoever published since then is not overwritten."""
    draft = board.draft
    assert draft is not None
    if not may_publish():
        return
    if not writer():
        st.session_state["desk-refused"] = "Say who you are, above the note; nothing was published."
        return
    now, note = datetime.now(UTC), str(st.session_state.get("publish-note", ""))
    done = kept(
        lambda: rotas.publish(
            board.desk, draft.id, draft.version, replaces=board.sequence, note=note.strip(), by=writer(), now=now
        )
    )
    if done:
        kept(lambda: rotas.drop_draft(board.desk, draft.id, draft.version, by=writer(), now=now))
        for name in ("draft", "compare"):
            st.query_params.pop(name, None)
        st.session_state[SAID] = (
            f"Rota {done.sequence} is published and in force. Calendars that subscribe to it follow by themselves."
        )


def export(board: Board) -> None:
    """The plan as files, and the address of the feed."""
    name, plan = f"rota-{board.problem.first_day}", board.plan
    with st.popover("Export", key="export"):
        _file("CSV", f"{name}.csv", "text/csv", lambda: table(plan))
        _file("Markdown", f"{name}.md", "text/markdown", lambda: markdown(plan))
        _file("JSON", f"{name}.json", "application/json", lambda: _json(plan))
        if board.in_force is None:
            block("<p class='wb-dim'>iCalendar: publish first, so that calendars update what they show.</p>")
            return
        _file("iCalendar", f"{name}.ics", "text/calendar", lambda: feed(board.desk, board.rota.name))
        _subscribe(board)


def _subscribe(board: Board) -> None:
    """Where calendars follow the rota: the team's, or one person's of it."""
    people = sorted(person.name for person in board.problem.people if person.roles)
    whose = ["", *people]
    place = st.selectbox(
        "Subscribe to", range(len(whose)), key="feed-of", format_func=lambda n: whose[n] or f"all of {board.rota.name}"
    )
    st.code(feed_address(feed_path(board.rota.name, whose[place] or None), st.context.url), language=None,
            wrap_lines=True)  # fmt: skip


def _file(label: str, name: str, kind: str, made: Callable[[], str | bytes]) -> None:
    st.download_button(f"Save as {label}", made, file_name=name, mime=kind, key=f"export-{label}", on_click="ignore")


def _json(plan: Plan) -> str:
    """As `watchbill plan` writes and reads it."""
    return plan.model_dump_json(indent=1, exclude_defaults=True) + "\n"


def feed(desk: Path, team: str) -> bytes:
    return calendar(team, rotas.published(desk, team, EVERY_ROTA))


def feed_address(path: str, page: str | None) -> str:
    """Where a feed is served, seen from the address of a page of this app.

    >>> feed_address("/feeds/web%20ops.ics", "https://watchbill.example/planner?team=x")
    'https://watchbill.example/feeds/web%20ops.ics'
    """
    parts = urlsplit(page or "")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rpartition('/')[0]}{path}" if page else path
