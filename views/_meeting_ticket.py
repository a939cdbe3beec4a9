"""Presentation: one ticket at a time in large type, stepped through with the keyboard, and the form that decides.

Everything from trackers passes `plain`; the one script here focuses the form, and is ours.
"""

from collections.abc import Callable
from datetime import date

import streamlit as st

from metrics.last_words import LastWords, Word, last_words
from metrics.ticket_history import ticket_stages
from metrics.triage_agenda import Item, Section
from metrics.wording import lasted, moment, shortened
from views import _meeting_decisions, _stage_bar, _store
from views._charts import CONFIG
from views._derived import derived
from views._desk import ask_writer, refusal
from views._frame import View
from views._meeting_address import present, stop_presenting
from views._meeting_sitting import Sitting
from views._parts import notice
from views._style import block, link, plain

_LOOK = """
<style>
.wb-large { font-size: 1.2rem; }
.wb-large .wb-name { font-size: 2rem; }
.wb-large .wb-facts { font-size: 1.15rem; }
.wb-large .wb-facts span { font-size: .875rem; }
.wb-turn { font-size: 1.35rem; font-weight: 600; }
.wb-word { border-left: 4px solid light-dark(#DEDEDA, #3A3B42); padding: .1rem .9rem; margin: .5rem 0; }
.wb-word .wb-words { max-height: 16rem; overflow-y: auto; }
.stMain [data-testid="stHeading"] h1 { font-size: 1.1rem; opacity: .74; }
@media (max-width: 640px) { .wb-large .wb-name { font-size: 1.375rem; } }
</style>
"""
_FOCUS = """
<script>
/* press %d */
setTimeout(() => document.querySelector('.stMain [data-testid="stForm"] textarea')?.focus(), 0);
</script>
"""


def show(sitting: Sitting, view: View, due: date) -> None:
    """The ticket that the address names, or the first one."""
    items = sitting.agenda.items
    if not items:
        notice("Nothing wants a decision.")
        st.button("← The agenda", key="stop", type="tertiary", on_click=stop_presenting)
        return
    ids = [item.ticket_id for _, item in items]
    named = st.query_params.get("item")
    place = ids.index(named) if named in ids else 0
    if named is not None and named not in ids:
        notice(f"“{named[:200]}” is not on this agenda; this is its first ticket.", is_warning=True)
    st.html(_LOOK)
    section, item = items[place]
    _steps(sitting, ids, place)
    refusal()
    if key := st.session_state.pop("decision-kept", None):
        block(f"<p role='status'>● Kept what was decided about {plain(key)}.</p>")
    left, right = st.columns([3, 2], gap="large")
    with left:
        _ticket(view, section, item)
    with right:
        _decide(sitting, view, item, due, _forward(ids, place))
    _focus()


def _steps(sitting: Sitting, ids: list[str], place: int) -> None:
    decided = {one.ticket_id for one in sitting.decided}
    after = [*ids[place + 1 :], *ids[:place]]
    skipped_to = next((ticket for ticket in after if ticket not in decided), None)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button("Previous", key="previous", shortcut="Left", disabled=place == 0, on_click=present,
                  args=(ids[place - 1],))  # fmt: skip
        st.button("Next", key="next", shortcut="Right", disabled=place + 1 == len(ids), on_click=present,
                  args=(ids[min(place + 1, len(ids) - 1)],))  # fmt: skip
        st.button("Decide", key="decide", shortcut="D", disabled=not sitting.is_going_on, on_click=_ask_focus,
                  help="Go to the form. Ctrl+Enter keeps the decision and goes on.")  # fmt: skip
        st.button("Skip", key="skip", shortcut="S", disabled=skipped_to is None, on_click=present, args=(skipped_to,),
                  help="To the next ticket that nothing has been decided about")  # fmt: skip
        st.button("The agenda", key="stop", shortcut="A", type="tertiary", on_click=stop_presenting)
        done = len(decided.intersection(ids))
        block(f"<p class='wb-dim' role='status'>{place + 1} of {len(ids)}, {done} decided</p>")


def _ask_focus() -> None:
    st.session_state["focus-form"] = True


def _focus() -> None:
    """Last on the page, so that it moves nothing and finds the form there; each press runs it anew."""
    if st.session_state.pop("focus-form", False):
        presses = st.session_state["focus-presses"] = st.session_state.get("focus-presses", 0) + 1
        st.html(_FOCUS % presses, unsafe_allow_javascript=True)


def _forward(ids: list[str], place: int) -> Callable[[], None]:
    return lambda: present(ids[min(place + 1, len(ids) - 1)])


def _ticket(view: View, section: Section, item: Item) -> None:
    """As the agenda tells it, so that a ticket that has left the store can still be spoken about."""
    block(f"<p>{plain(section.title)}: {plain(item.because)}</p><p class='wb-dim'>{plain(section.todo)}</p>")
    title = f"{link(item.key, item.url)} <span>{plain(shortened(item.title))}</span>"
    block(f"<h2 class='wb-name'>{title}</h2>", "wb-large")
    facts = {
        "Age": lasted((item.age_days or 0) * 86400), "Owner": item.owner or "nobody",
        "Priority": item.priority or "none", "Stage": item.stage or "none known",
    }  # fmt: skip
    told = "".join(f"<div><span>{name}</span>{plain(shortened(text, 100))}</div>" for name, text in facts.items())
    block(f"<div class='wb-facts wb-wrap'>{told}</div>", "wb-large")
    words = _store.answer(view.snapshot, last_words, as_of=view.as_of, ticket_id=item.ticket_id)
    if words is None:
        notice("This ticket is no longer in the store: the agenda remembers what stands above.")
        return
    _talk(words, view)
    _stages(view, item)


def _talk(words: LastWords, view: View) -> None:
    block(f"<p class='wb-turn'>{plain(whose_turn(words, view))}</p>")
    told = "".join(_word(word, view) for word in words.words)
    if not told and words.asked:
        asked = f"<div class='wb-words'>{plain(words.asked)}</div>"
        told = f"<div class='wb-word'><p class='wb-dim'>What was asked for</p>{asked}</div>"
    block(told or "<p class='wb-dim'>Nobody has said anything yet.</p>", "wb-large")


def whose_turn(words: LastWords, view: View) -> str:
    """Who waits for whom, and since when."""
    requester, ago = words.requester or "the requester", lasted(
        max((view.as_of.replace(tzinfo=None) - words.since_at).total_seconds(), 0)
    )  # fmt: skip
    if words.turn == "nobody":
        return f"{requester} owns it: there is nobody to wait for."
    if words.turn == "requester":
        return f"It is {requester}'s turn: we spoke last, {ago} ago."
    spoken = any(not word.is_note for word in words.words)
    return f"It is our turn: {requester} {'spoke last' if spoken else 'has had no answer yet'}, {ago} ago."


def _word(word: Word, view: View) -> str:
    who = f"{word.who}{' (requester)' if word.is_requester else ''}{', a note among us' if word.is_note else ''}"
    when = moment(word.said_at, view.zone, year_of=view.as_of)
    cut = " …" if word.is_cut else ""
    return (
        f"<div class='wb-word'><p class='wb-dim'>{plain(who)}, {plain(when)}</p>"
        f"<div class='wb-words'>{plain(word.text)}{cut}</div></div>"
    )


def _stages(view: View, item: Item) -> None:
    stages = _store.answer(view.snapshot, ticket_stages, as_of=view.as_of, ticket_id=item.ticket_id)
    if stages.is_empty():
        return
    stages = derived(_stage_bar.alive, stages)
    told = _stage_bar.told(stages)
    figure = derived(_stage_bar.figure, stages, view.zone, view.as_of)
    st.plotly_chart(figure, config=CONFIG, key=f"stages-{item.ticket_id}", alt=f"Stages over time. {told}")


def _decide(sitting: Sitting, view: View, item: Item, due: date, then: Callable[[], None]) -> None:
    meeting = sitting.meeting
    if meeting is None:
        notice("No meeting is open: open one on the agenda, and decisions can be written here.")
    elif not sitting.is_going_on:
        notice("This meeting is closed; what it decided stands below.")
    else:
        ask_writer()
        _meeting_decisions.form(view, meeting, item, due, then)
    about = sitting.about(item.ticket_id)
    if about:
        st.subheader("Decided about it", anchor=False)
        _meeting_decisions.listed(about, view, "here", may_write=sitting.is_going_on, empty="")
