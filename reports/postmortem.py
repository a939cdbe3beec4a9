"""A post-mortem to begin with, as Markdown: the sections that the settings ask for, the timeline already filled in.

It names nobody: what was done stands there, and when. Titles and comments come from trackers; `_literal` leaves nothing
in them for Markdown or a browser to act on, and nobody is called by an @.
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime

from metrics.incident_story import Story
from metrics.ticket_history import Deed
from metrics.wording import day, lasted, local, moment, shortened, span

LONGEST_QUOTE, MOST_ENTRIES = 300, 200
_SIGNS = re.compile(r"([\\`*_\[\]|#~$])")
_BEGINS = re.compile(r"^([-+=]|\d+(?=[.)]))")
_SOMEBODY = "[somebody]"
_PROMPTS = {
    "impact and scope": "Who noticed what, for how long, and how much of it: customers, requests, data.",
    "trigger": "What changed, or came in, just before it began?",
    "resolution": "What ended it, and would the same end it again?",
    "root cause": "What made it possible? Ask of systems, tools and instructions, and why each step made sense then.",
    "what went well": "What kept this smaller or shorter than it could have been?",
    "what did not": "What was missing, slow or misleading? Describe the situation, not the people in it.",
    "action items": "One ticket for each, with an owner and a day.",
    "data and analysis": "Figures, logs and queries that show the above.",
}
_HEADINGS = {"what did not": "What did not go well"}


def draft(story: Story, zone: str) -> str:
    """The document of one incident, in the order of the settings; instants on the clocks of `zone`."""
    names = list(story.sections)
    names += [name for name in ("timeline", "action items") if not any(told.startswith(name) for told in names)]
    head = [f"# Post-mortem: {_literal(story.ticket.key)} {_literal(story.ticket.title)}", ""]
    head += [
        f"Times are {zone}, of {local(story.began_at, zone):%Y}. Nobody is named here: what happened matters, and what "
        "would prevent it.",
        "",
    ]
    parts = [line for name in names for line in (f"## {_heading(name)}", "", *_section(story, name, zone), "")]
    return "\n".join([*head, *parts]).rstrip() + "\n"


def _heading(name: str) -> str:
    words = _HEADINGS.get(name, name)
    return _literal(f"{words[:1].upper()}{words[1:]}")


def _section(story: Story, name: str, zone: str) -> Iterator[str]:
    if name.startswith("timeline"):
        yield from _timeline(story, zone)
        return
    if name.startswith("impact"):
        yield from _facts(story, zone)
    elif name.startswith("action items"):
        yield from _items(story, zone)
    elif name.startswith("resolution"):
        yield from _end(story, zone)
    prompt = next((words for begin, words in _PROMPTS.items() if name.startswith(begin)), "To be written.")
    yield f"_{prompt}_"


def _facts(story: Story, zone: str) -> Iterator[str]:
    course, ticket = story.course, story.ticket
    yield f"- Began: {_when(story, story.began_at, zone)}"
    ended = course["resolved_at"]
    yield f"- Ended: {_when(story, ended, zone) if ended else 'not known' if not course['is_ongoing'] else 'not yet'}"
    if course["lasted_seconds"] is not None:
        yield f"- Lasted: {span(course['lasted_seconds'])}{' so far' if course['is_ongoing'] else ''}"
    yield f"- Priority: {_literal(course['priority'] or 'none')}; queue: {_literal(course['queue'] or 'none')}"
    yield f"- Ticket: {_literal(ticket.key)}{f' <{ticket.url}>' if _is_plain(ticket.url) else ''}"
    yield ""


def _is_plain(url: str | None) -> bool:
    """Whether an address may stand between angle brackets: nothing in it ends them."""
    return bool(url and re.fullmatch(r"https?://[^\s<>\"'`\\]+", url))


def _end(story: Story, zone: str) -> Iterator[str]:
    reached = {milestone.name: milestone.happened_at for milestone in story.milestones}
    for name, words in (("mitigated", "Bearable again"), ("resolved", "Over")):
        if name in reached:
            yield f"- {words}: {_when(story, reached[name], zone)}, {_after(story, reached[name])} from the beginning"
    if reached.keys() & {"mitigated", "resolved"}:
        yield ""


def _items(story: Story, zone: str) -> Iterator[str]:
    for item in story.items.iter_rows(named=True):
        due = f", due {day(item['due_at'], zone, story.began_at)}" if item["due_at"] else ""
        done = "x" if item["closed_at"] else " "
        owner = "" if item["owner"] else "; nobody owns it yet"
        yield f"- [{done}] {_literal(item['key'])} {_literal(item['title'])} ({_literal(item['verdict'])}{due}{owner})"
    if story.items.is_empty():
        yield "No action item is linked to this incident yet."
    yield ""


def _timeline(story: Story, zone: str) -> Iterator[str]:
    entries = sorted(_entries(story), key=lambda entry: entry[0])
    for happened_at, words in entries[:MOST_ENTRIES]:
        yield f"- {_when(story, happened_at, zone)} ({_after(story, happened_at)}): {words}"
    if len(entries) > MOST_ENTRIES:
        yield f"- … and {len(entries) - MOST_ENTRIES:,} more in the ticket"


def _entries(story: Story) -> Iterator[tuple[datetime, str]]:
    """Milestones, and what was done to the ticket until the incident ended."""
    for milestone in story.milestones:
        if not milestone.is_deadline and milestone.name != "opened":
            yield milestone.happened_at, f"**{_literal(milestone.label)}**"
    ended = story.course["resolved_at"]
    names = {deed.actor for deed in story.deeds if deed.actor} | {*story.ticket.owners, story.ticket.author}
    for deed in story.deeds:
        if ended is None or deed.occurred_at <= ended:
            yield from ((deed.occurred_at, words) for words in _done(deed, {name for name in names if name}))


def _done(deed: Deed, names: set[str]) -> Iterator[str]:
    """What one person did, without saying who: changes in a line, words in a line of their own."""
    changes = [nameless(words) for words in deed.words if not words.startswith(("commented", "noted"))]
    if changes:
        yield _literal("; ".join(dict.fromkeys(changes))) + (" (by a machine)" if deed.is_bot else "")
    if deed.text:
        quote = shortened(" ".join(_without(names, deed.text).split()), LONGEST_QUOTE)
        yield f"said: “{_literal(quote)}”"


def nameless(words: str) -> str:
    """What event_words.said tells, without whom it went to.

    >>> nameless("gave it to Ana"), nameless("took it from Ana"), nameless("added label bug")
    ('gave it to somebody', 'took it from somebody', 'added label bug')
    """
    return re.sub(r"^(gave it to|took it from) .*", r"\1 somebody", words, flags=re.DOTALL)


def _without(names: set[str], text: str) -> str:
    for name in sorted(names, key=len, reverse=True):
        text = re.sub(rf"(?<!\w)@?{re.escape(name)}(?!\w)", _SOMEBODY, text, flags=re.IGNORECASE)
    return text


def _when(story: Story, instant: datetime, zone: str) -> str:
    return moment(instant, zone, year_of=story.began_at)


def _after(story: Story, instant: datetime) -> str:
    """How far from the beginning: in hours and minutes, and in days where it is far."""
    seconds = (instant - story.began_at).total_seconds()
    near = span(abs(seconds)) if abs(seconds) < 48 * 3600 else lasted(abs(seconds))
    return f"{'+' if seconds >= 0 else '−'}{near}"


def _literal(text: str) -> str:
    """Text from anywhere, in one line, as Markdown that shows it literally."""
    shown = "".join(sign for sign in " ".join(text.split()) if unicodedata.category(sign) not in ("Cc", "Cf", "Cs"))
    shown = shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("@", "(at)")
    return _BEGINS.sub(r"\\\1", _SIGNS.sub(r"\\\1", shown))
