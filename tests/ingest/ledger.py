"""What people did, in words that no tracker knows: random acts to perform at any made-up tracker, and what a reader
must find out about them afterwards."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from ingest.demo.trackers import Desk

BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)
PEOPLE = ("ana", "ben", "cleo", "dev")
BOT = "robot"
VERBS = ("comment", "note", "assign", "unassign", "prioritise", "label", "unlabel", "move", "close", "reopen", "rename")
Change = Callable[[], None]
WORDS = ("one", "two words", "ünï ☃", "<b>bold</b> & 'quoted'", "=1+1")


@dataclass(frozen=True)
class Act:
    """One thing somebody did, `seconds` after the act before it. `ticket` is its place in the order of opening."""

    verb: str
    ticket: int
    who: str
    what: str
    seconds: int


def acts(*, most: int = 40, verbs: tuple[str, ...] = VERBS) -> st.SearchStrategy[list[Act]]:
    """Lists of acts that begin with an opening. Half of the steps fall into one second with the step before."""
    act = st.builds(
        Act,
        verb=st.sampled_from(("open", "open", *verbs)),
        ticket=st.integers(0, 11),
        who=st.sampled_from((*PEOPLE, BOT)),
        what=st.sampled_from(WORDS),
        seconds=st.sampled_from((0, 0, 1, 60, 3_600, 86_400)),
    )
    return st.lists(act, max_size=most).map(lambda rest: [Act("open", 0, "ana", "one", 0), *rest])


@dataclass(frozen=True)
class Did:
    """An act that was possible where it was tried, as a reader should find it: `field` is the store's word for it.

    `value` is neutral: a login for owner, P0..P3 for priority, a stage for stage, `open` or an ending for status, the
    text of comments, notes, titles and labels; None where the field was emptied or lost `old`.
    """

    at: datetime
    ticket: str
    who: str
    field: str
    old: str | None
    value: str | None


def perform(desk: Desk, todo: list[Act], *, queue: str = "infra") -> list[Did]:
    """Do at the desk what can be done, and say what was done. People are enrolled first."""
    return list(perform_stepwise(desk, todo, queue=queue))


def perform_stepwise(desk: Desk, todo: list[Act], *, queue: str = "infra") -> Iterator[Did]:
    """The same, act by act: for a world that changes while it is read."""
    for login in PEOPLE:
        desk.enrol(login, login.title(), email=f"{login}@example.org")
    desk.enrol(BOT, "Robot", is_bot=True)
    clerk = _Clerk(desk, queue)
    for act in todo:
        clerk.now += timedelta(seconds=act.seconds)
        did = clerk.do(act)
        if did:
            yield did


class _Clerk:
    """Keeps just enough in mind to leave out what changes nothing: trackers write no event for that."""

    def __init__(self, desk: Desk, queue: str) -> None:
        self.desk, self.queue, self.now = desk, queue, BEGIN
        self.tickets: list[str] = []
        self.fields: dict[tuple[str, str], str] = {}
        self.labels: dict[str, set[str]] = {}

    def do(self, act: Act) -> Did | None:
        if act.verb == "open":
            key = self.desk.open(self.now, act.who, act.what, f"Please: {act.what}", queue=self.queue)
            self.tickets.append(key)
            self.fields[key, "title"], self.fields[key, "status"], self.labels[key] = act.what, "open", set()
            return Did(self.now, key, act.who, "created", None, None)
        ticket = self.tickets[act.ticket % len(self.tickets)]
        return getattr(self, f"_{act.verb}")(act, ticket)  # type: ignore[no-any-return]

    def _comment(self, act: Act, ticket: str) -> Did:
        self.desk.comment(self.now, act.who, ticket, act.what)
        return Did(self.now, ticket, act.who, "comment", None, act.what)

    def _note(self, act: Act, ticket: str) -> Did:
        self.desk.comment(self.now, act.who, ticket, act.what, is_internal=True)
        return Did(self.now, ticket, act.who, "note", None, act.what)

    def _assign(self, act: Act, ticket: str) -> Did | None:
        whom = PEOPLE[len(act.what) % len(PEOPLE)]
        return self._change(act, ticket, "owner", whom, lambda: self.desk.assign(self.now, act.who, ticket, whom))

    def _unassign(self, act: Act, ticket: str) -> Did | None:
        return self._change(act, ticket, "owner", None, lambda: self.desk.assign(self.now, act.who, ticket, None))

    def _prioritise(self, act: Act, ticket: str) -> Did | None:
        priority = ("P0", "P1", "P2", "P3")[len(act.what) % 4]
        return self._change(
            act, ticket, "priority", priority,
            lambda: self.desk.prioritise(self.now, act.who, ticket, priority),  # type: ignore[arg-type]
        )  # fmt: skip

    def _label(self, act: Act, ticket: str) -> Did | None:
        name = act.what.split()[0]
        if name in self.labels[ticket]:
            return None
        self.labels[ticket].add(name)
        self.desk.label(self.now, act.who, ticket, name)
        return Did(self.now, ticket, act.who, "label", None, name)

    def _unlabel(self, act: Act, ticket: str) -> Did | None:
        name = act.what.split()[0]
        if name not in self.labels[ticket]:
            return None
        self.labels[ticket].discard(name)
        self.desk.label(self.now, act.who, ticket, name, is_on=False)
        return Did(self.now, ticket, act.who, "label", name, None)

    def _move(self, act: Act, ticket: str) -> Did | None:
        stage = ("triaged", "active", "waiting")[len(act.what) % 3]
        if self.fields[ticket, "status"] != "open":
            return None
        return self._change(
            act, ticket, "stage", stage,
            lambda: self.desk.move(self.now, act.who, ticket, stage),  # type: ignore[arg-type]
        )  # fmt: skip

    def _close(self, act: Act, ticket: str) -> Did | None:
        if self.fields[ticket, "status"] != "open":
            return None
        how = ("done", "declined")[len(act.what) % 2]
        self.fields.pop((ticket, "stage"), None)
        return self._change(
            act, ticket, "status", how,
            lambda: self.desk.close(self.now, act.who, ticket, how),  # type: ignore[arg-type]
        )  # fmt: skip

    def _reopen(self, act: Act, ticket: str) -> Did | None:
        if self.fields[ticket, "status"] == "open":
            return None
        return self._change(act, ticket, "status", "open", lambda: self.desk.reopen(self.now, act.who, ticket))

    def _rename(self, act: Act, ticket: str) -> Did | None:
        return self._change(
            act, ticket, "title", act.what, lambda: self.desk.rename(self.now, act.who, ticket, act.what)
        )

    def _change(self, act: Act, ticket: str, field: str, value: str | None, change: Change) -> Did | None:
        old = self.fields.get((ticket, field))
        if old == value:
            return None
        change()
        self.fields[ticket, field] = value  # type: ignore[assignment]
        return Did(self.now, ticket, act.who, field, old, value)
