"""The headline figures of a week, each with the week before, its target, its n and its definition."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

import polars as pl

from metrics.catalogue import catalogue
from metrics.distributions import FEWEST, kaplan_meier_median
from metrics.weekly_facts import Facts
from metrics.weekly_rows import RowSet, rows
from metrics.weekly_series import FlowWeek, Limits, Promise, PromiseWeek
from metrics.wording import NOTHING, counted, percent, signed, span
from metrics.worktime import working_seconds_by

Tone = Literal["good", "bad", "neutral", "unknown"]


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure. value and before are numbers (None: not known), shown and shown_before the same in words.

    n counts what the figure is of. tone is judged by `rule`, `verdict` says it in words; unknown is grey.
    """

    name: str
    label: str
    value: float | None
    shown: str
    before: float | None
    shown_before: str
    target: str | None
    n: int
    unit: str
    note: str
    tone: Tone
    verdict: str
    rule: str
    definition: str
    rows: str


def tiles(
    facts: Facts, weeks: tuple[FlowWeek, ...], usual: Limits | None, kept: tuple[Promise, ...]
) -> tuple[Tile, ...]:
    """In reading order: what came and went, promises, waiting."""
    flow = (_opened(weeks, usual), _closed(weeks), _net(weeks), _open(weeks))
    promised = tuple(_promise(promise) for promise in kept) or (_no_promise(),)
    return *flow, *promised, _first_response(facts), _oldest_untriaged(facts)


def definition_of(metric: str) -> str:
    """A metric's four lines: Counts, Ignores, Clock, Undefined."""
    return next(entry.definition for entry in catalogue() if entry.name == metric)


def _flow_tile(name: str, label: str, value: int, before: int, note: str) -> Tile:
    return Tile(
        name, label, value, f"{value:,}", before, f"{before:,}", None, value, "tickets", note, "neutral", "",
        "No rule: this is a plain count.", definition_of("flow"), name,
    )  # fmt: skip


def _opened(weeks: tuple[FlowWeek, ...], usual: Limits | None) -> Tile:
    week, before = weeks[-1], weeks[-2]
    tile = _flow_tile("opened", "Came in", week.arrivals, before.arrivals, "")
    if usual is None:
        return replace(tile, rule="No rule yet: a usual range needs three complete weeks.")
    return replace(
        tile,
        note=f"usually {usual.lower:.0f} to {usual.upper:.0f} a week",
        tone="bad" if week.signal == "above" else "neutral",
        verdict=f"{week.signal} the usual range" if week.signal else "",
        rule=f"Marked when outside {usual.lower:.1f} to {usual.upper:.1f}: the mean of {usual.weeks} complete weeks "
        "± 2.66 × the mean change from week to week.",
    )


def _closed(weeks: tuple[FlowWeek, ...]) -> Tile:
    return _flow_tile("closed", "Closed", weeks[-1].departures, weeks[-2].departures, "or moved away")


def _net(weeks: tuple[FlowWeek, ...]) -> Tile:
    week, before = weeks[-1], weeks[-2]
    verdict = "the pile grew" if week.net > 0 else "the pile shrank" if week.net < 0 else "the pile kept its size"
    return replace(
        _flow_tile("changes", "Net flow", week.net, before.net, "came in − closed"),
        shown=signed(week.net),
        shown_before=signed(before.net),
        n=week.arrivals + week.departures,
        tone="neutral" if not week.is_complete else "bad" if week.net > 0 else "good",
        verdict=verdict if week.is_complete else "so far",
        rule="Good at zero or below: no more came in than was closed. Judged when the week has ended.",
    )


def _open(weeks: tuple[FlowWeek, ...]) -> Tile:
    week, before = weeks[-1], weeks[-2]
    label = "Open at week's end" if week.is_complete else "Open now"
    return _flow_tile("open", label, week.open_tickets, before.open_tickets, "in all stages")


def _promise(promise: Promise) -> Tile:
    week, before = promise.weeks[-1], promise.weeks[-2]
    now, tone, verdict = week.due, *_kept(week, promise.objective)
    shown, shown_before = (_of(judged.met, judged.judged) for judged in (now, before.due))
    low, high = now.interval or (None, None)
    between = f" The share lies between {percent(low)} and {percent(high)} (95 %, Wilson)." if now.judged else ""
    rule = (
        f"Good when at least {percent(promise.objective)} of what fell due this week was on time; grey when nothing "
        f"fell due. Running clocks are in neither.{between} {promise.budget}"
    )
    return Tile(
        f"slo:{promise.policy}", promise.policy, now.share, shown, before.due.share, shown_before,
        percent(promise.objective), now.judged, "due this week", _still(week), tone, verdict, rule,
        definition_of("slo"), f"due:{promise.policy}",
    )  # fmt: skip


def _kept(week: PromiseWeek, objective: float) -> tuple[Tone, str]:
    if week.due.share is None:
        return "unknown", "nothing fell due"
    is_kept = week.due.share >= objective
    share = percent(week.due.share)
    return ("good", f"{share}, on target") if is_kept else ("bad", f"{share}, below target")


def _still(week: PromiseWeek) -> str:
    return f"{week.started.running} running · {week.due.breached_open} broken and open"


def _of(part: int, whole: int) -> str:
    return f"{part:,} of {whole:,}" if whole else NOTHING


def _no_promise() -> Tile:
    return Tile(
        "slo", "Promises", None, NOTHING, None, NOTHING, None, 0, "clocks", "", "unknown", "nothing configured",
        "No promise (slo) in the settings covers this team's queues, so nothing can be late.", definition_of("slo"),
        "due",
    )  # fmt: skip


def _first_response(facts: Facts) -> Tile:
    now, before = (rows(facts, f"answers@{week.name}") for week in (facts.week, facts.week.shifted(-1)))
    values = [_median_wait(answers) for answers in (now, before)]
    n, answered = len(now.rows), int(now.rows["responded_at"].count())
    unknown = f"too few (n = {n})" if n else "nothing came in"
    return Tile(
        "first-response", "Median first response", values[0], span(values[0]), values[1], span(values[1]), None, n,
        "working time", f"{_of(answered, n)} answered" if n else "", "neutral" if values[0] is not None else "unknown",
        "" if values[0] is not None else unknown,
        f"No rule: no target is set on the median. Tickets still unanswered count as waiting at least as long as they "
        f"have (Kaplan–Meier); below n = {FEWEST} none is shown.",
        definition_of("first_response"), "answers",
    )  # fmt: skip


def _median_wait(answers: RowSet) -> float | None:
    known = answers.rows.filter(pl.col("waited_working_seconds").is_not_null())
    return kaplan_meier_median(known["waited_working_seconds"], known["responded_at"].is_not_null())


def _oldest_untriaged(facts: Facts) -> Tile:
    waiting = rows(facts, "untriaged").rows
    late = waiting.filter("is_past_due").height
    value, before = (_longest_wait(facts, at) for at in (facts.as_of, facts.as_of - timedelta(days=7)))
    tone, verdict = _waiting(facts, len(waiting), late)
    return Tile(
        "untriaged", "Oldest untriaged now", value, span(value), before, span(before), None, len(waiting),
        "working time", f"{counted(len(waiting), 'ticket')} waiting" if len(waiting) else "", tone, verdict,
        "Bad when any open ticket is past its triage deadline; grey where no rule says what triaged means. "
        "The week before means the same hour seven days earlier.",
        definition_of("triage_latency"), "untriaged",
    )  # fmt: skip


def _longest_wait(facts: Facts, at: datetime) -> float | None:
    """The longest working time that a ticket open and untriaged at an instant had waited by then."""
    if not facts.has_triage_rule:
        return None
    then = facts.changes.filter(pl.col("occurred_at") < at).group_by("ticket_id").agg(pl.col("change").sum())
    waiting = facts.stays.join(then.filter(pl.col("change") > 0), on="ticket_id", how="semi").filter(
        pl.col("entered_at") < at,
        *(pl.col(end).is_null() | (pl.col(end) >= at) for end in ("triaged_at", "left_at")),
    )
    ends = pl.repeat(at, len(waiting), dtype=pl.Datetime("us"), eager=True)
    waited = working_seconds_by(facts.calendars, waiting["calendar"], waiting["entered_at"], ends).max()
    return float(waited) if isinstance(waited, float | int) else None


def _waiting(facts: Facts, waiting: int, late: int) -> tuple[Tone, str]:
    if not facts.has_triage_rule:
        return "unknown", "nothing configured"
    if not waiting:
        return "good", "nothing waits"
    return ("bad", f"{late} past the deadline") if late else ("good", "none past the deadline")
