"""One incident: what happened when, what was promised after it and was it done, and a document to begin with."""

import json

import streamlit as st

from metrics.incident_story import Milestone, Story, incident_story
from metrics.incident_window import IncidentWindow
from metrics.wording import counted, joined, local, moment, span
from reports.postmortem import draft
from views import _incident_charts, _menu, _store, _trace
from views._figures import draw
from views._frame import View
from views._opened import open_clock
from views._parts import notice
from views._style import as_label, block, plain
from views._tables import RowButton, table

_VERDICTS = {
    "held": "was held in time", "late": "was held late", "overdue": "has not been held and is overdue",
    "due": "is still to come",
}  # fmt: skip


def open_incident(ticket_id: str) -> None:
    st.query_params["incident"] = ticket_id


def open_first(ticket_id: str, told: IncidentWindow) -> None:
    """Open the incident that an action item belongs to; one that belongs to none opens its own clock."""
    ids = json.loads(told.items.filter(ticket_id=ticket_id)["incident_ids"].item())
    if ids:
        open_incident(ids[0])
    else:
        open_clock(ticket_id)


def _back() -> None:
    st.query_params.pop("incident", None)


def show(view: View, named: str) -> None:
    """The incident with this ticket_id or key, or the sentence that says there is none."""
    if wanted := st.session_state.pop("to-ticket", None):
        _menu.go("tickets", ticket=wanted)
    st.button("← All incidents", key="back", type="tertiary", on_click=_back)
    story: Story | None = _store.answer(view.snapshot, incident_story, as_of=view.as_of, ticket=named)
    if story is None:
        notice(
            f"“{named}” is no incident that this store knew at the instant shown. What is one, the rules under "
            "[[incident]] in watchbill.toml say."
        )
        return
    _trace.head(story.ticket, view)
    _said(story)
    _timeline(view, story)
    _learnt(view, story)
    _items(view, story)
    _document(view, story)
    if _menu.has("tickets") and st.button("The whole history of its ticket", key="history", type="tertiary"):
        _menu.go("tickets", ticket=story.ticket.ticket_id)


def _said(story: Story) -> None:
    course = story.course
    told = []
    for column, words in (("to_acknowledge_seconds", "taken up"), ("to_mitigate_seconds", "bearable"),
                          ("to_resolve_seconds", "over")):  # fmt: skip
        told.append(f"{words} after {span(course[column])}" if course[column] is not None else f"{words}: not known")
    state = " It goes on." if course["is_ongoing"] else ""
    block(f"<p>{plain(f'{joined(told)[0].upper()}{joined(told)[1:]}.{state}')}</p>")
    if course["has_backward_clock"]:
        notice("Something is told of a time before it began: look at what the ticket says of its detection.", True)


def _timeline(view: View, story: Story) -> None:
    st.subheader("What happened when?", anchor=False)
    alt = "; ".join(f"{m.label} {moment(m.happened_at, view.zone)}" for m in story.milestones)
    draw(_incident_charts.course(_near(story.milestones), story.began_at, view.zone), name="course", alt=alt)
    later = [milestone for milestone in story.milestones if milestone not in _near(story.milestones)]
    if later:
        figure = _incident_charts.course(later, story.began_at, view.zone)
        draw(figure, name="later", alt="After it: " + "; ".join(m.label for m in later))
    rows = "".join(_row(view, story, milestone) for milestone in story.milestones)
    head = "<th>When</th><th>What</th><th>After it began</th>"
    block(f"<table class='wb-trace'><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>")


_INCIDENT = ("opened", "detected", "acknowledged", "mitigated", "resolved")


def _near(milestones: tuple[Milestone, ...]) -> list[Milestone]:
    """Those of the incident itself: what comes days later has a picture of its own."""
    return [milestone for milestone in milestones if milestone.name in _INCIDENT]


def _row(view: View, story: Story, milestone: Milestone) -> str:
    when = moment(milestone.happened_at, view.zone, year_of=view.as_of)
    what = f"{milestone.label}{' (promised)' if milestone.is_deadline else ''}"
    after = _incident_charts.after(milestone.happened_at, story.began_at)
    return f"<tr><td class='wb-time'>{plain(when)}</td><td>{plain(what)}</td><td>{plain(after)}</td></tr>"


def _learnt(view: View, story: Story) -> None:
    st.subheader("What was learnt?", anchor=False)
    review = story.review
    if review is None:
        notice("Nothing is due: it goes on, or the review in watchbill.toml asks for no post-mortem at this priority.")
        return
    due = moment(review["debrief_due_at"], view.zone, year_of=view.as_of)
    told = f"The debrief {_VERDICTS[review['verdict']]}; its deadline: {due}."
    if not review["has_postmortem"]:
        start = moment(review["start_due_at"], view.zone, year_of=view.as_of)
        late = ", and is overdue" if review["is_start_overdue"] else ""
        block(f"<p>{plain(told)}</p>")
        notice(f"Nobody has begun a post-mortem: it was to be begun by {start}{late}. The draft below is a beginning.")
        return
    missing = json.loads(review["missing_sections"])
    block(f"<p>{plain(told)}</p>")
    for ticket_id, key in zip(json.loads(review["postmortem_ids"]), json.loads(review["postmortem_keys"]), strict=True):
        st.button(f"Its document, {as_label(key)}", key=f"document-{key}", type="tertiary", on_click=_to_ticket,
                  args=(ticket_id,))  # fmt: skip
    if review["is_shared_before_debrief"]:
        notice("The document was shared before its debrief was held.", is_warning=True)
    if missing:
        notice(
            f"Missing in the document, {len(missing)} of {counted(len(story.sections), 'section')}: {joined(missing)}."
        )
    else:
        block("<p>No section is missing.</p>")


def _items(view: View, story: Story) -> None:
    done = story.items["closed_at"].count()
    st.subheader(f"Was it done? {done} of {counted(len(story.items), 'action item')}", anchor=False)
    table(
        story.items, zone=view.zone, name="items-of-one", file_name="action-items.csv", alt="Action items",
        button=RowButton("History", "Show", lambda row: _to_ticket(row["ticket_id"])),
        empty="No action item is linked to this incident or its post-mortem yet.",
    )  # fmt: skip


def _to_ticket(ticket_id: str) -> None:
    """Asked for in a callback, done in the run that follows it: pages cannot be left from within one."""
    st.session_state["to-ticket"] = ticket_id


def _document(view: View, story: Story) -> None:
    st.subheader("A document to begin with", anchor=False)
    block(
        "<p class='wb-dim'>Markdown with the sections that your review asks for, and the timeline filled in. Nobody is "
        "named in it. Copy it with the button in its corner, or save it; this page keeps nothing.</p>"
    )
    text = draft(story, view.zone)
    opened = local(story.ticket.opened_at, view.zone)
    st.download_button(
        "Save as Markdown", text.encode(), file_name=f"post-mortem-{opened:%Y-%m-%d}.md", mime="text/markdown",
        key="save-draft", on_click="ignore",
    )  # fmt: skip
    with st.container(height=420, border=True):
        st.code(text, language=None, wrap_lines=True)
