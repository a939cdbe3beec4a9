"""What changed this week, said by rules: what got better, what got worse, what needs a decision.

Nothing is said where nothing is known. A promise got better or worse when its share moved by five points or more, and
the median first response when it moved by a tenth; what moved less is news only below its target, and what fell but
stays on its target is only to be known. Decisions are what is broken and still open, untriaged past its deadline, or
an error budget overspent.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import duckdb

from metrics.instants import parse_instant
from metrics.slo import verdicts
from metrics.weekly_question import Question
from metrics.weekly_series import FlowWeek, Limits, Promise
from metrics.weekly_tile import Tile
from metrics.wording import counted, joined, percent, span

ClauseTone = Literal["better", "worse", "neutral", "decision"]
_POINTS, _TENTH = 0.05, 0.1


@dataclass(frozen=True, slots=True)
class Clause:
    """One thing to know; rows names the list behind it, None where there is none."""

    text: str
    tone: ClauseTone
    rows: str | None


@dataclass(frozen=True, slots=True)
class Overdue:
    """How many promises are broken and still open, how many of them since before the week, and which is the latest."""

    clocks: int
    carried: int
    key: str
    policy: str
    late_working_seconds: float | None


_LATEST = """
count(*), count(*) FILTER (due_at < TIMESTAMP '{since}'), arg_max(key, (coalesce(late_working_seconds, -1), ticket_id)),
arg_max(policy, (coalesce(late_working_seconds, -1), ticket_id)), max(late_working_seconds)
"""


def overdue(con: duckdb.DuckDBPyConnection, question: Question) -> Overdue:
    """What is broken and still open at as_of, however long ago it fell due."""
    still_open = verdicts(con, is_pending=True, **question.asked).filter("verdict = 'breached-open'")
    since = parse_instant(question.bounds(question.week)[0])
    return Overdue(*still_open.aggregate(_LATEST.format(since=since)).fetchall()[0])


def changes(
    weeks: tuple[FlowWeek, ...],
    usual: Limits | None,
    kept: tuple[Promise, ...],
    tiles: tuple[Tile, ...],
    overdue: Overdue,
) -> tuple[Clause, ...]:
    """Better first, then worse, then what is only to be known, then decisions.

    overdue are the promises broken and still open at as_of.
    """
    by_name = {tile.name: tile for tile in tiles}
    said = [
        *_flow(weeks, usual),
        *(clause for promise in kept for clause in _promise(promise)),
        *_first_response(by_name["first-response"]),
        *_decisions(kept, by_name["untriaged"], overdue),
        *(_still(by_name[name], what) for name, what in _STANDING.items() if by_name[name].tone == "bad"),
    ]
    if not kept:
        said.append(Clause("Nothing configured: no promise covers this team's queues, so nothing is judged late.",
                           "neutral", None))  # fmt: skip
    order = ("better", "worse", "neutral", "decision")
    return tuple(sorted(said, key=lambda clause: order.index(clause.tone)))


def _flow(weeks: tuple[FlowWeek, ...], usual: Limits | None) -> Iterator[Clause]:
    week = weeks[-1]
    so_far = "" if week.is_complete else " so far"
    came = counted(week.arrivals, "ticket") if week.arrivals else "Nothing"
    moved = f"{came} came in{so_far} and {_closed(week.departures)}"
    if not week.arrivals and not week.departures:
        yield Clause(f"Nothing came in and nothing was closed{so_far}.", "neutral", None)
    elif not week.net:
        yield Clause(f"{moved}: as many as before are open, {week.open_tickets}.", "neutral", "changes")
    elif week.net > 0:
        tone: ClauseTone = "worse" if week.is_complete else "neutral"
        yield Clause(f"{moved}: {week.net} more open, {week.open_tickets} in all.", tone, "changes")
    else:
        tone = "better" if week.is_complete else "neutral"
        yield Clause(f"{moved}: {-week.net} fewer open, {week.open_tickets} in all.", tone, "changes")
    if usual and week.signal:
        usually = f"{usual.lower:.0f} to {usual.upper:.0f}"
        tone = "worse" if week.signal == "above" else "neutral"
        yield Clause(f"Arrivals were {week.signal} the usual range of {usually} a week.", tone, "opened")


def _closed(n: int) -> str:
    return "none was closed" if n == 0 else f"{n} {'was' if n == 1 else 'were'} closed"


def _promise(promise: Promise) -> Iterator[Clause]:
    week, before = promise.weeks[-1], promise.weeks[-2].due
    now, is_kept = week.due, (week.due.share or 0) >= promise.objective
    if now.share is None:
        return
    moved = 0.0 if before.share is None else now.share - before.share
    share = f"{percent(now.share)} on time{'' if week.is_complete else ' so far'} ({now.met} of {now.judged})"
    was_kept = (before.share or 0) >= promise.objective
    target = f"its target of {percent(promise.objective)}"
    rows = f"due:{promise.policy}"
    if abs(moved) >= _POINTS:
        verb = "rose" if moved > 0 else "fell"
        held = _held(moved > 0, was_kept, is_kept)
        text = f"{promise.policy} {verb} from {percent(before.share)} to {share}, {held} {target}."
        yield Clause(text, _tone(moved > 0, is_kept), rows)
    elif not is_kept:
        yield Clause(f"{promise.policy} was {share}, below {target}.", "worse", rows)


def _held(rose: bool, was_kept: bool, is_kept: bool) -> str:
    if is_kept:
        return "on" if was_kept else "reaching"
    return "still below" if rose or not was_kept else "below"


def _tone(rose: bool, is_kept: bool) -> ClauseTone:
    if rose:
        return "better"
    return "neutral" if is_kept else "worse"


def _first_response(tile: Tile) -> Iterator[Clause]:
    if tile.value is None or tile.before is None or abs(tile.value - tile.before) <= _TENTH * tile.before:
        return
    text = (
        f"Half of the requesters heard back within {tile.shown} of working time, {tile.shown_before} the week before."
    )
    yield Clause(text, "better" if tile.value < tile.before else "worse", "answers")


_STANDING = {
    "overlimit": ("person has", "people have", "more in work than agreed"),
    "postmortems": ("debrief is", "debriefs are", "past the deadline"),
    "actions": ("action item is", "action items are", "overdue"),
}


def _still(tile: Tile, what: tuple[str, str, str]) -> Clause:
    return Clause(f"{counted(int(tile.value or 0), *what[:2])} {what[2]}.", "decision", tile.rows)


def _decisions(kept: tuple[Promise, ...], untriaged: Tile, overdue: Overdue) -> Iterator[Clause]:
    if overdue.clocks:
        is_one = overdue.clocks == 1
        promises = f"{counted(overdue.clocks, 'promise')} {'is' if is_one else 'are'} broken and still open"
        latest = f"{overdue.key} ({overdue.policy}) is {span(overdue.late_working_seconds)} late"
        yield Clause(f"{promises}; {latest}.", "decision", "overdue")
    if untriaged.tone == "bad":
        late = untriaged.verdict.split()[0]
        text = f"{late} untriaged {'ticket is' if late == '1' else 'tickets are'} past the deadline"
        yield Clause(f"{text}; the longest wait is {untriaged.shown}.", "decision", "untriaged")
    spent = [f"{promise.policy} by {promise.overspent}" for promise in kept if promise.overspent]
    if spent:
        budgets = "An error budget is" if len(spent) == 1 else "Error budgets are"
        yield Clause(f"{budgets} overspent: {joined(spent)}.", "decision", "overspent")
