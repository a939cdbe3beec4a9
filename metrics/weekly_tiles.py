"""The headline figures of a week, each with the week before, its target, its n and its definition."""

from dataclasses import replace

import duckdb
import polars as pl

from metrics.distributions import FEWEST
from metrics.first_response import weekly as weekly_answers
from metrics.triage_latency import not_triaged
from metrics.weekly_question import Question, has_triage_rule
from metrics.weekly_series import FlowWeek, Limits, Promise, PromiseWeek
from metrics.weekly_tile import SEVEN_DAYS, Tile, Tone, definition_of
from metrics.wording import NOTHING, counted, percent, signed, span

__all__ = ["Tile", "definition_of", "tiles"]


def tiles(
    con: duckdb.DuckDBPyConnection,
    question: Question,
    weeks: tuple[FlowWeek, ...],
    usual: Limits | None,
    kept: tuple[Promise, ...],
    untriaged: pl.DataFrame,
) -> tuple[Tile, ...]:
    """In reading order: what came and went, promises, waiting. `untriaged` are the rows of that list."""
    flow = (_opened(weeks, usual), _closed(weeks), _net(weeks), _open(weeks))
    promised = tuple(_promise(promise) for promise in kept) or (_no_promise(),)
    return *flow, *promised, _first_response(con, question), _oldest_untriaged(con, question, untriaged)


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


def _first_response(con: duckdb.DuckDBPyConnection, question: Question) -> Tile:
    asked = [question.week_before, question.week]
    before, now = weekly_answers(con, weeks=asked, **question.asked).to_dicts()
    value, value_before = now["median_working_seconds"], before["median_working_seconds"]
    n, answered = now["tickets"], now["answered_tickets"]
    unknown = f"too few (n = {n})" if n else "nothing came in"
    return Tile(
        "first-response", "Median first response", value, span(value), value_before, span(value_before), None, n,
        "working time", f"{_of(answered, n)} answered" if n else "", "neutral" if value is not None else "unknown",
        "" if value is not None else unknown,
        f"No rule: no target is set on the median. Tickets still unanswered count as waiting at least as long as they "
        f"have (Kaplan–Meier); below n = {FEWEST} none is shown.",
        definition_of("first_response"), "answers",
    )  # fmt: skip


def _oldest_untriaged(con: duckdb.DuckDBPyConnection, question: Question, waiting: pl.DataFrame) -> Tile:
    has_rule = has_triage_rule(con, question)
    late = waiting.filter("is_past_due").height
    value = _highest(waiting)
    before = _longest(not_triaged(con, **question.a_week_ago.asked)) if has_rule else None
    tone, verdict = _waiting(has_rule, len(waiting), late)
    return Tile(
        "untriaged", "Oldest untriaged now", value, span(value), before, span(before), None, len(waiting),
        "working time", f"{counted(len(waiting), 'ticket')} waiting" if len(waiting) else "", tone, verdict,
        "Bad when any open ticket is past its triage deadline; grey where no rule says what triaged means. "
        f"{SEVEN_DAYS}",
        definition_of("triage_latency"), "untriaged",
    )  # fmt: skip


def _longest(waits: duckdb.DuckDBPyRelation) -> float | None:
    [(longest,)] = waits.aggregate("max(waited_working_seconds)").fetchall()
    return None if longest is None else float(longest)


def _highest(waiting: pl.DataFrame) -> float | None:
    longest = waiting["waited_working_seconds"].max()
    return float(longest) if isinstance(longest, float | int) else None


def _waiting(has_rule: bool, waiting: int, late: int) -> tuple[Tone, str]:
    if not has_rule:
        return "unknown", "nothing configured"
    if not waiting:
        return "good", "nothing waits"
    return ("bad", f"{late} past the deadline") if late else ("good", "none past the deadline")
