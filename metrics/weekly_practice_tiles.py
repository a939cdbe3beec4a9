"""The headline figures of a week about how work is done: updates, limits, post-mortems, actions, duty, toil."""

from dataclasses import replace

import duckdb
import polars as pl

from metrics import policies
from metrics.cadence import weekly as weekly_cadence
from metrics.postmortems import postmortems
from metrics.weekly_load import WeekLoad
from metrics.weekly_practice_rows import items as all_items
from metrics.weekly_practice_rows import over_limit
from metrics.weekly_question import Question
from metrics.weekly_tile import SEVEN_DAYS, Tile, Tone, definition_of, not_known, shown
from metrics.weekly_toil import Share, WeekToil
from metrics.wip_limits import people_above
from metrics.wording import counted, percent

_NOT_CONFIGURED = "nothing configured"


def tiles(
    con: duckdb.DuckDBPyConnection,
    question: Question,
    load: WeekLoad,
    toil: WeekToil | None,
    items: pl.DataFrame,
) -> tuple[Tile, ...]:
    """In reading order. `items` are the action items."""
    return (
        _cadence(con, question),
        _over_limit(con, question),
        _postmortems(con, question),
        _actions(con, question, items),
        _off_hours(load),
        *_toil(toil),
    )


def _cadence(con: duckdb.DuckDBPyConnection, question: Question) -> Tile:
    name, label = "cadence", "P0/P1 cadence"
    rule = (
        "Good when no update on an urgent ticket came later than its cadence asks; grey when none was owed. The share "
        "is of the time in which an update was owed: so much of it was covered by one."
    )
    if not policies.versions(con, "cadence"):
        said = "No cadence in the settings says how often an urgent ticket needs an update."
        return not_known(name, label, "cadence", _NOT_CONFIGURED, said)
    asked = [question.week_before, question.week]
    before, now = weekly_cadence(con, weeks=asked, **question.asked).to_dicts()
    if now["compliance"] is None:
        tile = not_known(name, label, "cadence", "no update was owed", rule)
        return replace(tile, before=before["compliance"], shown_before=percent(before["compliance"]))
    late = now["late_gaps"]
    return Tile(
        name, label, now["compliance"], percent(now["compliance"]), before["compliance"],
        percent(before["compliance"]), "100 %", now["gaps"], "of the time owed",
        f"{counted(now['tickets'], 'ticket')}, {counted(now['gaps'], 'gap')}", "bad" if late else "good",
        f"{counted(late, 'gap')} too long" if late else "every update in time", rule, definition_of("cadence"), name,
    )  # fmt: skip


def _standing(
    name: str,
    label: str,
    metric: str,
    value: int,
    before: int | None,
    n: int,
    note: str,
    said: tuple[str, str],
    rule: str,
) -> Tile:
    """What should be none, now and a week earlier; `said` is the verdict where there is any, and where there is not."""
    tone: Tone = "bad" if value else "good"
    return Tile(
        name, label, value, shown(value), before, shown(before), "0", n, "now", note, tone, said[0 if value else 1],
        f"{rule} {SEVEN_DAYS}", definition_of(metric), name,
    )  # fmt: skip


def _over_limit(con: duckdb.DuckDBPyConnection, question: Question) -> Tile:
    name, label = "overlimit", "People above their limit now"
    moments = [question.as_of, question.a_week_earlier]
    now, before = people_above(con, as_of=question.as_of, queue=question.queues, moments=moments)
    if now is None:
        return not_known(
            name, label, "wip", _NOT_CONFIGURED, "No limit for people in the settings covers these queues."
        )
    n = over_limit(con, question).aggregate("count(*)").fetchall()[0][0] if now else 0
    rule = "Good when nobody has more in work than was agreed; at the limit is fine."
    note = f"{counted(n, 'ticket')} in their hands" if n else ""
    said = ("more in work than agreed", "everybody within the limit")
    return _standing(name, label, "wip", now, before, n, note, said, rule)


def _postmortems(con: duckdb.DuckDBPyConnection, question: Question) -> Tile:
    name, label = "postmortems", "Debriefs overdue now"
    if not policies.versions(con, "incident"):
        return not_known(name, label, "postmortems", _NOT_CONFIGURED, "No rule in the settings tells incidents.")
    owed, owed_before = (_debriefs(con, asked) for asked in (question, question.a_week_ago))
    overdue, due, before = owed.get("overdue", 0), owed.get("due", 0), owed_before.get("overdue", 0)
    rule = "Good when every debrief that was due has been held; due ones still have time."
    said = ("past the deadline", "none past the deadline")
    note = f"{due} more due" if due else "none due"
    return _standing(name, label, "postmortems", overdue, before, overdue + due, note, said, rule)


def _debriefs(con: duckdb.DuckDBPyConnection, question: Question) -> dict[str, int]:
    """How many incidents there are of each verdict on their debrief."""
    return dict(postmortems(con, **question.asked).aggregate("verdict, count(*)").fetchall())


def _actions(con: duckdb.DuckDBPyConnection, question: Question, items: pl.DataFrame) -> Tile:
    name, label = "actions", "Actions overdue now"
    if not policies.versions(con, "incident"):
        return not_known(name, label, "action_items", _NOT_CONFIGURED, "No rule in the settings tells action items.")
    overdue, still_open = int(items["is_overdue"].sum()), int(items["is_open"].sum())
    before = int(all_items(con, question.a_week_ago)["is_overdue"].sum())
    rule = "Good when no open action item is past its ETA, or past the days that the settings allow."
    said = ("past their day", "none past its day")
    note = f"of {counted(still_open, 'open item')}" if still_open else "none open"
    return _standing(name, label, "action_items", overdue, before, overdue, note, said, rule)


def _off_hours(load: WeekLoad) -> Tile:
    name, label, rule = "offhours", "Off-hours interruptions", "No rule: this is a plain count of clock hours."
    if load.off_hours is None:
        return not_known(name, label, "shift_load", "nobody was on duty", "No shift of these queues lies in the week.")
    on_duty = counted(sum(person.shifts for person in load.people), "shift")
    return Tile(
        name, label, load.off_hours, shown(load.off_hours), load.off_hours_before, shown(load.off_hours_before), None,
        load.off_hours, "hours", f"clock hours of {on_duty}", "neutral", "", rule,
        definition_of("shift_load"), name,
    )  # fmt: skip


def _toil(toil: WeekToil | None) -> tuple[Tile, ...]:
    label = "Toil, of tickets"
    if toil is None:
        said = "No rule in the settings says which tickets are toil."
        return (not_known("toil", label, "toil", _NOT_CONFIGURED, said),)
    n = int(toil.by_tickets.part)
    by_tickets = f"{n:,} of {int(toil.by_tickets.whole):,} opened"
    by_effort = f"{toil.by_effort.part / 3600:,.0f} of {toil.by_effort.whole / 3600:,.0f} known hours"
    return (
        _share("toil", label, toil.by_tickets, n, by_tickets),
        _share("toil-effort", "Toil, of effort", toil.by_effort, n, by_effort),
    )


def _share(name: str, label: str, share: Share, n: int, note: str) -> Tile:
    is_known = share.now is not None
    return Tile(
        name, label, share.now, percent(share.now), share.before, percent(share.before), None, n, "tickets",
        note if is_known else "", "neutral" if is_known else "unknown", "" if is_known else "nothing known",
        "No rule: no target is set. Toil is what a category of the settings names; what none names is unclassified.",
        definition_of("toil"), "toil",
    )  # fmt: skip
