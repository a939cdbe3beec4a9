"""A slow and obvious second opinion: whole histories made up by hypothesis, and every metric replayed in plain Python.

Nothing here knows SQL or the metrics layer. A ticket's events are played one by one; after each, its `Moment` says what
it holds and who set that. Every metric then reads along the list of moments. Instants are UTC without a zone.
"""

import os
import re
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import hypothesis
from hypothesis import strategies as st

import settings
from ingest.records import Event, Gone, Record, Status, Ticket
from tests.conftest import History

WORLD = """
bots = ["test/machine"]

[[calendar]]
name = "berlin"
zone = "Europe/Berlin"
holidays = { "A day of rest" = 2026-10-26 }
[calendar.hours]
mon = ["09:00-12:00", "13:00-17:00"]
tue = ["09:00-17:00"]
wed = ["09:00-17:00"]
thu = ["09:00-17:00"]
fri = ["09:00-15:00"]

[[calendar]]
name = "berlin"
valid_from = 2026-11-03
zone = "Europe/Berlin"
hours = { mon = ["08:00-16:00"], tue = ["08:00-16:00"], wed = ["08:00-16:00"], thu = ["08:00-16:00"] }

[[team]]
name = "infra"
calendar = "berlin"
queues = ["infra"]

[[team]]
name = "access"
calendar = "always"
queues = ["access"]

[[stages]]
sources = ["other"]
queues = ["infra", "lost"]
status = { open = "triaged", closed = "done" }

[[stages]]
queues = ["infra"]
presets = ["github", "github-board"]
column = { Waiting = "waiting" }
status = { stalled = "waiting" }

[[stages]]
queues = ["infra"]
valid_from = 2026-11-03
presets = ["github", "github-board"]
label = { waiting = "waiting" }
status = { stalled = "done" }

[[stages]]
presets = ["github", "github-labels"]

[[priorities]]
sources = ["oth*"]
presets = ["rt"]
value = { "40-50" = "P0", "44" = "P4" }

[[priorities]]
queues = ["access"]
default = ["P3"]

[[priorities]]
value = { urgent = "P0", low = "P3" }

[[triage]]
queues = ["access"]
sources = ["other"]
rule = "rt"

[[triage]]
queues = ["infra"]
rule = "board"

[[triage]]
queues = ["infra"]
valid_from = 2026-11-03
rule = "duty"

[[triage]]
queues = ["access"]
rule = "labelled"

[[triage]]
rule = { any = ["owner_set", { all = ["priority_set", "commented"] }] }

[[slo]]
name = "Triage"
clock = "triage"
objective = 0.9
goals = [{ inside = "4h", outside = "end of next working day" }]

[[slo]]
name = "Triage"
valid_from = 2026-11-02
clock = "triage"
objective = 0.8
window = "week"
goals = [
  { priority = ["P0"], within = "30m" },
  { inside = "2h", outside = "end of next working day", next_day = "date" },
]

[[slo]]
name = "First response"
clock = "first_response"
objective = 0.9
goals = [{ within = "8h" }]

[[slo]]
name = "Resolve"
clock = "resolve"
objective = 0.9
window = "month"
pauses = true
goals = [
  { label = ["Incident"], within = "4h" },
  { priority = ["P0"], within = "8h" },
  { priority = ["P1", "P2"], within = "24h" },
]

[[slo]]
name = "Updates"
clock = "update"
calendar = "always"
objective = 0.9
goals = [{ priority = ["P0"], within = "24h" }, { priority = ["P1"], within = "72h" }]

[[slo]]
name = "Acknowledge"
clock = "acknowledge"
calendar = "always"
objective = 0.9
stop = { field = "owner" }
goals = [{ label = ["incident"], within = "30m" }]

[[slo]]
name = "Debrief"
clock = "debrief"
calendar = "always"
objective = 0.9
start = { field = "label", value = "incident" }
stop = { field = "label", value = "debrief*" }
goals = [{ within = "48h" }]

[[slo]]
name = "Mitigate"
clock = "acknowledge"
objective = 0.9
start = { field = "custom.seen", when = "value" }
stop = { field = "comment", key = "Mitigated" }
goals = [{ within = "4h" }]

[[slo]]
name = "Close it"
clock = "debrief"
queues = ["infra"]
objective = 0.9
start = { field = "opened" }
stop = { field = "closed" }
goals = [{ within = "48h" }]

[[incident]]
queues = ["infra"]
incident = [
  { label = ["incident", "bug"], priority = ["P0", "P1"] },
  { type = ["incident*"] },
  { title = ["[SEV?] *"], project = ["*"] },
]
postmortem = [{ label = ["debrief held"] }, { link = ["child_of", "post*"], type = ["Task"] }]
action = [{ link = ["child_of", "action_of"] }]

[incident.milestones]
detected = [{ field = "opened" }, { field = "custom.seen", when = "value" }]
acknowledged = [
  { field = "owner" },
  { field = "comment", key = "acknowledged" },
  { field = "comment", value = "*on it*" },
]
mitigated = [
  { field = "label", value = "waiting" },
  { field = "comment", key = "MITIGATED" },
  { field = "note", key = "Mitigated" },
]
resolved = [{ field = "closed" }]
debrief_held = [{ field = "label", value = "debrief*" }]

[[incident]]
queues = ["infra"]
valid_from = 2026-11-01
presets = ["labels"]
action = [{ label = ["P3"] }]

[[incident]]
presets = ["labels", "types"]
[incident.milestones]
mitigated = [{ field = "status", value = "stalled" }]
"""
FIRST_DAY = datetime.fromisoformat("2026-10-23")  # the Friday before Berlin leaves summer time
LAST_DAY = datetime.fromisoformat("2026-11-16")
FOREVER = datetime.fromisoformat("9999-12-31")
STAGES = ("new", "triaged", "active", "waiting", None, "done")  # later beats earlier; None: not in the map
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SINGLES = ("status", "column", "priority", "queue", "type", "title")
MANY = ("label", "owner", "project", "link")
Said = settings.Settings
SAID = settings.parse(WORLD, "the oracle's world")

# Each example is a store on disk: few, but each of them holds many tickets. `make soak` tells how many times as many.
TIMES = int(os.environ.get("WATCHBILL_SOAK", "1"))
SLOW = [hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.data_too_large]
EXAMPLES, FEW_EXAMPLES = (
    hypothesis.settings(
        max_examples=2 if os.environ.get("WATCHBILL_BRIEF") else count * TIMES,
        suppress_health_check=SLOW,
    )
    for count in (8, 4)
)


# --- Made-up histories ------------------------------------------------------------------------------

_ACTIONS = [
    *[("status", value) for value in ("open", "closed", "closed", "open", "completed", "stalled", "mystery")],
    *[("column", value) for value in ("New", "Triaged", "In progress", "Waiting", "Done", "Elsewhere", "-New")],
    *[("priority", value) for value in ("urgent", "low", "P1", "odd", "-low", "44", "95", "0")],
    *[
        ("label", sign + value)
        for value in ("P0", "P1", "P3", "Bug", "waiting", "in progress", "incident", "debrief held")
        for sign in "+-"
    ],
    *[("owner", sign + value) for value in ("ana", "bo") for sign in "++-"],
    *[("project", sign + "Racks") for sign in "+-"],
    *[("queue", value) for value in ("infra", "access", "infra", "access", "lost", "-infra")],
    *[("comment", "+Any news?"), ("comment", "+Looking."), ("description", "More."), ("eta", "Friday"), ("title", "T")],
    *[("note", "+Asked the vendor."), ("comment", "+mitigated:"), ("comment", "+**Mitigated:** 2026-11-02T10:15Z")],
    *[("custom.seen", value) for value in ("2026-11-01 23:30 -0100", "1793500000", "soon", "-soon")],
]
_INCIDENT_ACTIONS = [
    *_ACTIONS,
    *[("type", value) for value in ("Incident", "incident response", "Task", "Task", "-Task")],
    *[("title", value) for value in ("[SEV1] Down", "[SEV2] Slow", "S Down")],
    *[("label", sign + value) for value in ("incident", "post-mortem", "action item", "bug") for sign in "++-"],
    *[("note", "+Mitigated: 2026-10-27 08:00:30+02:00, so they say"), ("comment", "+I am on it.")],
    *[("comment", f"+{words}") for words in ("> Mitigated: 2026-10-24T00:00Z", "- mitigated : 2027-01-01T00:00Z")],
    *[("comment", f"+Hello\n_Acknowledged_: {when}\nBye") for when in ("", "2026-10-30 10:00", "2026-10-30T10:00Z")],
    *[
        ("link", f"{sign}{relation} test/infra#{number}")
        for relation in ("child_of", "parent_of", "action_of", "has_postmortem", "odd")
        for number in (1, 2, 3)
        for sign in "++-"
    ],
]
_GAPS = [timedelta(seconds=s) for s in (0, 0, 0, 1, 1, 59, 1800, 3600, 9000, 14400, 28800, 86400, 90000, 200000)]
_ACTORS = ["ana", "ana", "bo", "asker", "robot[bot]", "machine"]
_SAID_BY_TRACKERS = [("stalled", "active"), ("Mystery", "waiting"), ("completed", "done"), ("closed", "new")]
_OPENINGS = st.integers(0, 12 * 48).map(lambda n: FIRST_DAY + n * timedelta(minutes=30))


@st.composite
def histories(
    draw: st.DrawFn, tickets: int = 12, fewest: int = 1, steps: int = 0, actions: Sequence[tuple[str, str]] = _ACTIONS
) -> History:
    """Several tickets of two trackers, each with a life of its own; some of them gone in the end."""
    history = History()
    lives = st.lists(
        st.tuples(st.sampled_from(_GAPS), st.sampled_from(actions), st.sampled_from(_ACTORS)),
        min_size=steps,
        max_size=14 + steps,
    )
    for source in ("test", "other"):
        for status, stage in draw(st.lists(st.sampled_from(_SAID_BY_TRACKERS), unique=True)):
            history.records.append(Status(source, status, stage))
    for number in range(1, draw(st.integers(fewest, tickets)) + 1):
        opened = moment = draw(_OPENINGS)
        changes = []
        for gap, (what, value), actor in draw(lives):
            moment += gap
            changes.append((f"{moment:%Y-%m-%d %H:%M:%S}", what, value, actor))
        queue = draw(st.sampled_from(["infra", "infra", "access", "lost", None]))
        kind = draw(st.sampled_from([None, None, "Task"]))
        ticket_id = history.ticket(number, f"{opened:%Y-%m-%d %H:%M:%S}", *changes, queue=queue, type=kind)
        if draw(st.booleans()):
            history.records = [_elsewhere(record, ticket_id) for record in history.records]
        if draw(st.integers(0, 5)) == 5:
            gone = opened + draw(
                st.sampled_from([timedelta(0), timedelta(hours=4), moment - opened, timedelta(days=9)])
            )
            history.records.append(Gone(ticket_id, gone.replace(tzinfo=UTC), "deleted"))
    return history


def incident_histories() -> st.SearchStrategy[History]:
    """Histories in which much is an incident, stated or linked."""
    return histories(tickets=6, fewest=4, steps=9, actions=_INCIDENT_ACTIONS)


def _elsewhere(record: Record, ticket_id: str) -> Record:
    """The ticket as one of another tracker."""
    is_it = isinstance(record, Ticket) and record.ticket_id == ticket_id
    return replace(record, source="other") if is_it else record


def instants() -> st.SearchStrategy[datetime]:
    """Instants to ask at: mostly on the half hours on which things happen."""
    minutes = st.integers(0, int((LAST_DAY - FIRST_DAY) / timedelta(minutes=30)))
    return minutes.map(lambda n: (FIRST_DAY + n * timedelta(minutes=30)).replace(tzinfo=UTC))


def assert_same(history: History, as_of: datetime, got: Sequence[Any], wanted: Sequence[Any]) -> None:
    """The same rows in any order; a difference is shown with the events that led to it."""
    extra, missing = ([row for row in a if row not in b] for a, b in ((got, wanted), (wanted, got)))
    if extra or missing or len(got) != len(wanted):
        tickets = {row[0] for row in (*extra, *missing)}
        events = [r for r in history.records if isinstance(r, Event | Gone) and r.ticket_id in tickets]
        told = "\n".join(map(str, events))
        raise AssertionError(f"as of {as_of}\n{told}\nonly in the metric: {extra}\nonly in the oracle: {missing}")


def before(records: Sequence[Record], instant: datetime) -> list[Record]:
    """What was recorded as happening before an instant."""
    known = {r.ticket_id for r in records if isinstance(r, Ticket) and r.opened_at < instant}
    return [r for r in records if _is_before(r, instant) and getattr(r, "ticket_id", None) in {*known, None}]


def _is_before(record: Record, instant: datetime) -> bool:
    match record:
        case Ticket(opened_at=moment) | Event(occurred_at=moment) | Gone(gone_at=moment):
            return moment < instant
    return True


def naive(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None)


# --- Policies ---------------------------------------------------------------------------------------


def in_force(versions: Sequence[Any], instant: datetime) -> Any:
    """Of the versions of a policy, the last that has begun; None before the first."""
    begun = [version for version in versions if naive(version.valid_from) <= instant]
    return max(begun, key=lambda version: version.valid_from, default=None)


def deciding(policies: Sequence[Any], source: str, queue: str, instant: datetime) -> Any:
    """The first policy that covers the source's queue and has a version in force."""
    for first in policies:
        if all(
            any(fnmatchcase(name, pattern) for pattern in patterns)
            for name, patterns in ((queue, first.queues), (source, first.sources))
        ):
            same = [p for p in policies if (p.queues, p.sources) == (first.queues, first.sources)]
            chosen = in_force(same, instant)
            if chosen:
                return chosen
    return None


def calendar_of(said: Said, queue: str, named: str | None = None) -> str | None:
    return named or next((t.calendar for t in said.team if any(fnmatchcase(queue, p) for p in t.queues)), None)


def calendar_at(said: Said, name: str | None, instant: datetime) -> settings.Calendar | None:
    if name == "always":
        return settings.Calendar(name="always", zone="UTC", hours={day: ["00:00-24:00"] for day in WEEKDAYS})
    found: settings.Calendar | None = in_force([c for c in said.calendar if c.name == name], instant)
    return found


# --- Working time, interval by interval ------------------------------------------------------------


def open_intervals(calendar: settings.Calendar, first: date) -> Iterator[tuple[date, datetime, datetime]]:
    """Day, opening and closing of every opening interval from a day on, for ever."""
    zone, closed = ZoneInfo(calendar.zone), set(calendar.holidays.values())
    for n in range(4_000):
        day = first + timedelta(days=n)
        hours = calendar.hours.get(WEEKDAYS[day.weekday()], [])
        hours = calendar.special_days.get(day.isoformat(), [] if day in closed else hours)
        for text in hours:
            opens, closes = (_wall(day, part, zone) for part in text.split("-"))
            yield day, opens, closes


def _wall(day: date, text: str, zone: ZoneInfo) -> datetime:
    hour, minute = map(int, text.split(":"))
    midnight = datetime.combine(day + timedelta(days=hour // 24), time(), zone)
    return naive(midnight.replace(hour=hour % 24, minute=minute))


def working_seconds(calendar: settings.Calendar, start: datetime, end: datetime) -> float:
    total = 0.0
    for _, opens, closes in open_intervals(calendar, start.date() - timedelta(days=2)):
        if opens >= end:
            break
        total += max(0.0, (min(end, closes) - max(start, opens)).total_seconds())
    return total


def after_working(calendar: settings.Calendar, start: datetime, seconds: float) -> datetime:
    if not seconds:
        return start
    for _, opens, closes in open_intervals(calendar, start.date() - timedelta(days=2)):
        here = max(start, opens)
        left = (closes - here).total_seconds()
        if left >= seconds:
            return here + timedelta(seconds=seconds)
        seconds -= max(0.0, left)
    raise AssertionError("never open")


def day_spans(calendar: settings.Calendar, first: date) -> Iterator[tuple[date, datetime, datetime]]:
    """Day, first opening and last closing of each working day from a day on."""
    held: list[tuple[date, datetime, datetime]] = []
    for span in open_intervals(calendar, first):
        if held and held[0][0] != span[0]:
            yield held[0][0], held[0][1], held[-1][2]
            held = []
        held.append(span)


def due_at(calendar: settings.Calendar, goal: settings.Goal, start: datetime) -> datetime:
    """The deadline, found by walking along the working days."""
    local = start.replace(tzinfo=UTC).astimezone(ZoneInfo(calendar.zone)).date()
    days = day_spans(calendar, local - timedelta(days=3))
    following = None
    text = goal.within or goal.outside
    for day, opens, closes in days:
        if not goal.within and opens <= start < closes:
            text = goal.inside
        is_later = day > local if goal.next_day == "date" else opens > start
        if is_later:
            following = closes
            break
    assert text
    assert following
    if text.startswith("end"):
        return following
    return after_working(calendar, start, int(text[:-1]) * {"m": 60, "h": 3600}[text[-1]])


# --- One ticket, event by event --------------------------------------------------------------------


@dataclass
class Held:
    """A value, since when it has been held without a break, and whether a bot set it."""

    value: str
    since: datetime
    by_bot: bool


@dataclass
class Moment:
    """What a ticket holds after the events of one place in its timeline."""

    at: datetime
    seq: int = 0
    single: dict[str, Held] = field(default_factory=dict)
    many: dict[tuple[str, str], Held] = field(default_factory=dict)
    is_commented: bool = False  # by a human who is not the author
    is_open: bool = True
    is_closed_by_bot: bool = False
    closed_at: datetime | None = None

    @property
    def queue(self) -> str:
        return self.single["queue"].value if "queue" in self.single else ""

    def values(self, name: str) -> list[Held]:
        return [held for (kind, _), held in self.many.items() if kind == name]


@dataclass
class Life:
    """A ticket replayed as of an instant."""

    said: Said
    ticket: Ticket
    events: list[Event]
    gone_at: datetime | None
    as_of: datetime
    bots: set[str]
    statuses: dict[str, str]  # what the tracker says of them: status in lower case to stage
    moments: list[Moment] = field(default_factory=list)

    def __post_init__(self) -> None:
        keys = sorted({(event.occurred_at, event.seq) for event in self.events})
        now = Moment(naive(self.ticket.opened_at))
        for key in keys:
            now = copy(now)
            now.at, now.seq, now.single, now.many = naive(key[0]), key[1], dict(now.single), dict(now.many)
            for event in self.events:
                if (event.occurred_at, event.seq) == key:
                    self._play(now, event)
            self._judge_open(now)
            self.moments.append(now)

    def _play(self, now: Moment, event: Event) -> None:
        by_bot = event.actor_id in self.bots
        if event.field in SINGLES:
            before = now.single.pop(event.field, None)
            if before and before.value == event.new:
                now.single[event.field] = before
            elif event.new:
                now.single[event.field] = Held(event.new, now.at, by_bot)
        elif event.field in MANY:
            if event.old:
                now.many.pop((event.field, event.old), None)
            if event.new:
                now.many.setdefault((event.field, event.new), Held(event.new, now.at, by_bot))
        elif event.field in ("comment", "note") and not by_bot and event.actor_id != self.ticket.author_id:
            now.is_commented = True

    def _judge_open(self, now: Moment) -> None:
        status = now.single["status"]
        is_open = "done" not in self._stages(now, "status", status)
        if is_open != now.is_open:
            now.is_open, now.closed_at, now.is_closed_by_bot = is_open, None if is_open else now.at, status.by_bot

    # What the moment means.

    def _stages(self, now: Moment, name: str, held: Held) -> list[str | None]:
        """The stage a value stands for; [None] where the map should name it and does not; nothing otherwise."""
        policy = deciding(self.said.stages, self.ticket.source, now.queue, held.since)
        mapping = {value.lower(): stage for value, stage in policy.mapping(name).items()} if policy else {}
        mapping = (self.statuses if name == "status" else {}) | mapping
        if held.value.lower() in mapping:
            return [mapping[held.value.lower()]]
        return [None] if mapping and name != "label" else []

    def staged(self, now: Moment) -> list[tuple[str | None, Held]]:
        fields = [(name, now.single[name]) for name in ("status", "column") if name in now.single]
        fields += [("label", held) for held in now.values("label")]
        return [(stage, held) for name, held in fields for stage in self._stages(now, name, held)]

    def stage(self, now: Moment) -> str | None:
        stages = [stage for stage, _ in self.staged(now)]
        return max(stages, key=STAGES.index, default=None)

    def prioritised(self, now: Moment) -> list[tuple[str, Held]]:
        fields = [("priority", now.single["priority"])] if "priority" in now.single else []
        fields += [("label", held) for held in now.values("label")]
        found = []
        for name, held in fields:
            policy = deciding(self.said.priorities, self.ticket.source, now.queue, held.since)
            words = policy.label if name == "label" else {p: p for p in policy.order} | policy.values()
            target = {word.lower(): priority for word, priority in words.items()}.get(held.value.lower())
            if target is None and held.value.isdigit():
                target = _ranged(policy.values(), int(held.value))
            if target and not {target, held.value} & set(policy.undecided()):
                found.append((target, held))
        return found

    def priority(self, now: Moment) -> str | None:
        return min((priority for priority, _ in self.prioritised(now)), default=None)

    def conditions(self, now: Moment) -> set[str]:
        """What a human has done that still stands."""
        humanly = {
            "label_set": any(not held.by_bot for held in now.values("label")),
            "owner_set": any(not held.by_bot for held in now.values("owner")),
            "project_set": any(not held.by_bot for held in now.values("project")),
            "priority_set": any(not held.by_bot for _, held in self.prioritised(now)),
            "left_new": any(not held.by_bot and stage not in ("new", None) for stage, held in self.staged(now)),
            "closed": not now.is_open and not now.is_closed_by_bot,
            "commented": now.is_commented,
        }
        return {name for name, holds in humanly.items() if holds}

    # Reading along.

    def is_live(self) -> bool:
        return self.gone_at is None

    def until(self, instant: datetime, *, inclusive: bool = True) -> Moment:
        known = [m for m in self.moments if m.at < instant or (inclusive and m.at == instant)]
        return known[-1] if known else self.moments[0]

    def stays(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        current: dict[str, Any] | None = None
        for now in self.moments:
            if current and now.queue != current["queue"]:
                current["left_at"], current = now.at, None
            if now.queue and current is None:
                cycle = 1 + sum(stay["queue"] == now.queue for stay in found)
                policy = deciding(self.said.triage, self.ticket.source, now.queue, now.at)
                current = {"queue": now.queue, "cycle": cycle, "entered_at": now.at, "triaged_at": None}
                current |= {"left_at": None, "rule": policy.expression() if policy else {"any": []}}
                found.append(current)
            if current and current["triaged_at"] is None and holds(current["rule"], self.conditions(now)):
                current["triaged_at"] = now.at
        return found

    def open_cycles(self) -> list[tuple[datetime, datetime | None]]:
        cycles, started = [], None
        for now in self.moments:
            if now.is_open and started is None:
                started = now.at
            elif not now.is_open and started is not None:
                cycles.append((started, now.at))
                started = None
        return [*cycles, (started, None)] if started is not None else cycles

    def changes(self) -> list[tuple[str, datetime, int, str]]:
        """queue, instant, +1 or -1, reason: each change of whether the ticket is open in a queue."""
        found: list[tuple[str, datetime, int, str]] = []
        was = Moment(FIRST_DAY, is_open=False)
        counted_in = ""
        for n, now in enumerate(self.moments):
            if self.gone_at and now.at > self.gone_at:
                break
            stays_put, here = now.queue == was.queue, now.queue if now.is_open else ""
            if counted_in and here != counted_in:
                found.append((counted_in, now.at, -1, "closed" if stays_put else "moved out"))
                counted_in = ""
            if here and not counted_in and now.at != self.gone_at:
                found.append((here, now.at, 1, "opened" if n == 0 else "reopened" if stays_put else "moved in"))
                counted_in = here
            was = now
        if self.gone_at and sum(change for _, _, change, _ in found):
            found.append((found[-1][0], self.gone_at, -1, "gone"))
        return found

    def presences(self) -> list[tuple[str, datetime, datetime | None, str | None]]:
        """queue, since, until, why it ended."""
        ends = [*self.changes(), None]
        found = []
        for start, end in pairwise(ends):
            if start and start[2] == 1:
                found.append((start[0], start[1], end[1] if end else None, end[3] if end else None))
        return found

    def first_word(self) -> Event | None:
        others = [e for e in self.events if e.field == "comment" and e.actor_id not in self.bots]
        others = [e for e in others if e.actor_id != self.ticket.author_id]
        return min(others, key=lambda e: (e.occurred_at, e.seq), default=None)

    def updates(self) -> list[datetime]:
        kinds = ("comment", "note", "description", "status", "owner", "eta")
        return [naive(e.occurred_at) for e in self.events if e.field in kinds and e.actor_id not in self.bots]

    def waits(self) -> list[tuple[datetime, datetime]]:
        spells = []
        for now, after in pairwise([*self.moments, None]):
            assert now
            end = after.at if after else FOREVER
            if self.stage(now) == "waiting" and end > now.at:
                spells.append((now.at, end))
        return _joined(spells)


def _ranged(values: dict[str, str], number: int) -> str | None:
    """The priority of the last range that the number is in."""
    ranges = [(word.split("-"), target) for word, target in values.items() if "-" in word]
    return next((target for (a, b), target in reversed(ranges) if int(a) <= number <= int(b)), None)


def _joined(spells: list[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    joined: list[tuple[datetime, datetime]] = []
    for start, end in spells:
        if joined and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def holds(rule: Any, conditions: set[str]) -> bool:
    if isinstance(rule, str):
        return rule in conditions
    [(joint, parts)] = rule.items()
    return {"any": any, "all": all}[joint](holds(part, conditions) for part in parts)


def lives(said: Said, records: Sequence[Record], as_of: datetime) -> list[Life]:
    """Every ticket opened before the instant, replayed up to it, the gone ones among them."""
    bots = {r.account_id for r in records if hasattr(r, "is_bot") and r.is_bot} | set(said.bots)
    known = before(records, as_of)
    gone = {r.ticket_id: naive(r.gone_at) for r in known if isinstance(r, Gone)}
    statuses = {
        ticket.source: {
            r.status.lower(): r.stage for r in records if isinstance(r, Status) and r.source == ticket.source
        }
        for ticket in known
        if isinstance(ticket, Ticket)
    }
    return [
        Life(
            said,
            ticket,
            [e for e in known if isinstance(e, Event) and e.ticket_id == ticket.ticket_id],
            gone.get(ticket.ticket_id),
            naive(as_of),
            bots,
            statuses[ticket.source],
        )
        for ticket in known
        if isinstance(ticket, Ticket)
    ]


# --- Promises --------------------------------------------------------------------------------------


@dataclass
class Clock:
    kind: str
    queue: str
    cycle: int
    started_at: datetime
    met_at: datetime | None = None
    withdrawn_at: datetime | None = None
    policy: settings.Slo | None = None  # the one whose milestones it runs between


def clocks(life: Life) -> Iterator[Clock]:
    for stay in life.stays():
        yield Clock("triage", stay["queue"], stay["cycle"], stay["entered_at"], stay["triaged_at"], stay["left_at"])
    cycles: dict[tuple[str, str], int] = {}
    for queue, start, end, why in life.presences():
        n = cycles["resolve", queue] = cycles.get(("resolve", queue), 0) + 1
        met, withdrawn = (end, None) if why == "closed" else (None, end)
        yield Clock("resolve", queue, n, start, met, withdrawn)
        for clock in update_gaps(life, queue, start, end):
            n = cycles["update", queue] = cycles.get(("update", queue), 0) + 1
            clock.cycle = n
            yield clock
    first_stays = life.stays()[:1]
    if first_stays:
        word, opened = life.first_word(), naive(life.ticket.opened_at)
        queue = first_stays[0]["queue"]
        yield Clock("first_response", queue, 1, opened, naive(word.occurred_at) if word else None)
        yield from milestones(life, queue)


def update_gaps(life: Life, queue: str, start: datetime, end: datetime | None) -> Iterator[Clock]:
    """From update to update, cut where the priority changes, up to the end of the stay."""
    last = end or life.as_of
    updated = {moment for moment in life.updates() if start < moment <= last}
    turned = {
        now.at
        for was, now in pairwise(life.moments)
        if life.priority(was) != life.priority(now) and start < now.at < last
    }
    marks = sorted({start} | updated | turned)
    for begun, ended in pairwise([*marks, None]):
        assert begun
        if end is not None and begun >= end:
            return
        if ended is None:
            yield Clock("update", queue, 0, begun, None, end)
        elif ended in updated:
            yield Clock("update", queue, 0, begun, ended)
        else:
            yield Clock("update", queue, 0, begun, None, ended)


def milestones(life: Life, queue: str) -> Iterator[Clock]:
    for policy in life.said.slo:
        if policy.clock not in ("acknowledge", "debrief"):
            continue
        start = naive(life.ticket.opened_at)
        if policy.start:
            begun = reached(life, policy.start)
            if not begun:
                continue
            start = min(begun)
        assert policy.stop
        done = reached(life, policy.stop, by_human=True)
        met = min((moment for moment in done if moment >= start), default=None)
        yield Clock(policy.clock, queue, 1, start, met, policy=policy)


@dataclass
class Happening:
    """What may stand for a milestone."""

    at: datetime
    field: str
    value: str | None
    by_bot: bool
    by_author: bool


def happenings(life: Life) -> Iterator[Happening]:
    yield Happening(naive(life.ticket.opened_at), "opened", "", False, True)
    for was, now in pairwise([None, *life.moments]):
        assert now
        if not now.is_open and (was is None or was.is_open):
            yield Happening(now.at, "closed", now.single["status"].value, now.is_closed_by_bot, False)
    for e in sorted(life.events, key=lambda e: (e.occurred_at, e.seq)):
        by_author = e.actor_id == life.ticket.author_id
        yield Happening(naive(e.occurred_at), e.field, e.new, e.actor_id in life.bots, by_author)


def reached(life: Life, way: settings.Milestone, *, by_human: bool = False) -> list[datetime]:
    """Every instant at which one way of telling a milestone says that it was reached."""
    found = [h for h in happenings(life) if h.field == way.field]
    if way.when == "value":
        stated = [instant_of(h.value) for h in found[-1:]]
    elif way.key:
        told = [(h, line) for h in found if (line := line_of(h.value or "", way.key)) is not None]
        stated = [instant for _, line in told if (instant := written_instant(line))][-1:]
        found = [] if stated else [h for h, _ in told]
    else:
        stated = []
        found = [h for h in found if h.value is not None and alike(h.value.removeprefix("test/"), way.value or "*")]
    plain = [] if way.when == "value" else [h.at for h in found if not (by_human and _is_idle(h))]
    return [instant for instant in (*stated, *plain) if instant and instant < life.as_of]


def _is_idle(told: Happening) -> bool:
    return told.by_bot or (told.by_author and told.field in ("comment", "note"))


def alike(value: str, pattern: str) -> bool:
    """Does the pattern with * and ? match, whatever the case?"""
    return fnmatchcase(value.lower(), pattern.lower().replace("[", "[[]"))


def line_of(text: str, key: str) -> str | None:
    """The line of a comment that begins with the key and a colon."""
    for line in text.split("\n"):
        words = line.strip().removeprefix("- ").partition(":")
        if words[1] and words[0].strip(" *_").lower() == key.lower():
            return line
    return None


def written_instant(text: str) -> datetime | None:
    found = re.search(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d\S* ?([Z+-][\d:]*)", text)
    try:
        return (
            naive(datetime.fromisoformat(found[0].replace(" ", "T", 1).replace(" ", "").rstrip(","))) if found else None
        )
    except ValueError:
        return None


def instant_of(value: str | None) -> datetime | None:
    if value and value.isdigit():
        return naive(datetime.fromtimestamp(int(value), UTC))
    return written_instant(value or "")


def verdicts(said: Said, life: Life, version_of: str = "start") -> Iterator[dict[str, Any]]:
    """One row per clock that a promise covers."""
    if not life.is_live():
        return
    for clock in clocks(life):
        theirs = [clock.policy] if clock.policy else [policy for policy in said.slo if policy.clock == clock.kind]
        names = dict.fromkeys(policy.name for policy in theirs)
        for name in names:
            instant = clock.started_at if version_of == "start" else life.as_of
            policy = in_force([p for p in said.slo if p.name == name], instant)
            if policy and any(fnmatchcase(clock.queue, pattern) for pattern in policy.queues):
                row = _judged(said, life, clock, policy, instant)
                if row:
                    yield row


def _described(life: Life, clock: Clock) -> Moment:
    """The ticket as it was when the clock stopped, or is now; for a gap, as it was while the gap lasted."""
    if clock.kind == "update":
        end = clock.met_at or clock.withdrawn_at
        return life.until(end, inclusive=False) if end else life.moments[-1]
    if clock.met_at:
        return life.until(clock.met_at)
    if clock.withdrawn_at:
        inside = life.until(clock.withdrawn_at, inclusive=False)
        return inside if inside.at >= clock.started_at else life.until(clock.started_at)
    return life.moments[-1]


def _judged(said: Said, life: Life, clock: Clock, policy: settings.Slo, instant: datetime) -> dict[str, Any] | None:
    now = _described(life, clock)
    priority, labels = life.priority(now), {held.value.lower() for held in now.values("label")}
    goal = next((g for g in policy.goals if _fits(g, priority, labels)), None)
    if goal is None:
        return None
    calendar = calendar_at(said, calendar_of(said, clock.queue, policy.calendar), instant)
    row = {"policy": policy.name, "queue": clock.queue, "cycle": clock.cycle, "started_at": clock.started_at}
    row |= {"met_at": clock.met_at, "priority": priority, "is_open": life.moments[-1].is_open}
    if calendar is None:
        return row | dict.fromkeys(("due_at", "verdict", "elapsed_working_seconds", "late_working_seconds")) | {
            "paused_working_seconds": 0.0
        }  # fmt: skip
    due, paused = _with_pauses(life, clock, policy, calendar, due_at(calendar, goal, clock.started_at))
    if clock.met_at is None and clock.withdrawn_at is not None and clock.withdrawn_at <= due:
        return None
    stopped = clock.met_at or clock.withdrawn_at or life.moments[-1].closed_at or life.as_of
    stopped = max(stopped, clock.started_at)
    verdict = _verdict(life, clock, due)
    late = max(0.0, working_seconds(calendar, due, stopped)) if verdict.startswith("breached") else None
    elapsed = working_seconds(calendar, clock.started_at, stopped) - paused
    row |= {"due_at": due, "verdict": verdict, "paused_working_seconds": paused}
    return row | {"elapsed_working_seconds": elapsed, "late_working_seconds": late}


def _fits(goal: settings.Goal, priority: str | None, labels: set[str]) -> bool:
    return (not goal.priority or priority in goal.priority) and (
        not goal.label or bool({label.lower() for label in goal.label} & labels)
    )


def _with_pauses(
    life: Life, clock: Clock, policy: settings.Slo, calendar: settings.Calendar, due: datetime
) -> tuple[datetime, float]:
    """The deadline moved on by each pause that began before it, and the working time paused."""
    paused = 0.0
    end = clock.met_at or clock.withdrawn_at or life.as_of
    for since, until in life.waits() if policy.pauses else []:
        start, stop = max(since, clock.started_at), min(until, end)
        if start < stop and start < due:
            spent = working_seconds(calendar, start, stop)
            due, paused = after_working(calendar, due, spent), paused + spent
    return due, paused


def _verdict(life: Life, clock: Clock, due: datetime) -> str:
    if clock.met_at is not None:
        return "met" if clock.met_at <= due else "breached-closed"
    if due >= life.as_of:
        return "running"
    return "breached-open" if life.moments[-1].is_open and clock.withdrawn_at is None else "breached-closed"
