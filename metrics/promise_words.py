"""What the page on promises says in words and headline figures, told from one promise's report by rules."""

from math import ceil, floor

from metrics.error_budget import RECENT_DAYS, Before, Budget
from metrics.kept import Kept
from metrics.promise_cuts import Cut, Group
from metrics.promise_report import PromiseReport
from metrics.weekly_tile import Tile, Tone, definition_of
from metrics.wording import NOTHING, counted, day, percent

_NOISE = 1e-9  # a tenth of forty is a little less than four
_DEFINITION = definition_of("slo")


def tiles(report: PromiseReport, zone: str) -> tuple[Tile, ...]:
    """What fell due, what began, the budget, its burn, and what is missed and still open."""
    return (
        _share("due", "Due, on time", report.due, report.due_before, report.objective),
        _share("opened", "Begun, on time", report.opened, report.opened_before, report.objective),
        _left(report.budget, report.budget_before, zone),
        _burn(report.budget, report.budget_before),
        _overdue(report),
    )


def _share(name: str, label: str, now: Kept, before: Kept, objective: float) -> Tile:
    low, high = now.interval or (None, None)
    is_kept = now.share is not None and now.share >= objective
    said = f"{percent(now.share)}, {'on' if is_kept else 'below'} target" if now.judged else "nothing was judged"
    between = f"{percent(low)} to {percent(high)} (95 %)" if now.judged else ""
    return Tile(
        name, label, now.share, _of(now), before.share, _of(before), percent(objective), now.judged, "clocks",
        f"{between} · {now.running} running" if between else f"{now.running} running",
        "unknown" if now.share is None else "good" if is_kept else "bad", said,
        f"Good when at least {percent(objective)} were on time; grey when nothing was judged. Running clocks are in "
        "neither number. The share lies within the interval by Wilson's score.",
        _DEFINITION, name,
    )  # fmt: skip


def _of(counts: Kept) -> str:
    return f"{counts.met:,} of {counts.judged:,}" if counts.judged else NOTHING


def _left(budget: Budget, before: Before | None, zone: str) -> Tile:
    is_known = budget.left is not None
    tone: Tone = "unknown" if not is_known else "bad" if budget.is_exhausted else "good"
    verdict = "nothing fell due" if not is_known else "used up" if budget.is_exhausted else "some is left"
    return Tile(
        "budget", "Error budget left", budget.left, _said_left(budget.left), before.left if before else None,
        _said_left(before.left if before else None), None, budget.used, "clocks",
        f"{budget.used} used of {_whole(budget.allowed)} allowed", tone, verdict,
        f"Counted over the promise's own window, {_window(budget, zone)}: the share that may be missed, of what the "
        "whole window will see at the pace so far. Bad when more were missed.",
        _DEFINITION, "budget",
    )  # fmt: skip


def _said_left(left: float | None) -> str:
    if left is None:
        return NOTHING
    return f"−{ceil(-left - _NOISE)}" if left < -_NOISE else str(floor(left + _NOISE))


def _whole(value: float | None) -> str:
    return NOTHING if value is None else str(floor(value + _NOISE))


def _burn(budget: Budget, before: Before | None) -> Tile:
    is_fast = budget.burn is not None and budget.burn > 1
    used = budget.used / budget.allowed if budget.allowed else None
    said = "" if budget.burn is None else "faster than it lasts" if is_fast else "it lasts"
    return Tile(
        "burn", "Burn", budget.burn, _times(budget.burn), before.burn if before else None,
        _times(before.burn if before else None), "at most 1 ×",
        budget.used, "clocks", f"{_percent_of(used)} of the budget, {percent(budget.elapsed_share)} of the window",
        "unknown" if budget.burn is None else "bad" if is_fast else "good", said or "nothing fell due",
        "The share of the budget used over the share of the window elapsed. Above 1 the budget does not last.",
        _DEFINITION, "budget",
    )  # fmt: skip


def _times(burn: float | None) -> str:
    return NOTHING if burn is None else f"{burn:.1f} ×"


def _percent_of(share: float | None) -> str:
    return NOTHING if share is None else f"{share * 100:.0f} %"


def _overdue(report: PromiseReport) -> Tile:
    count = report.overdue
    return Tile(
        "overdue", "Broken, still open", count, f"{count:,}", report.overdue_before, f"{report.overdue_before:,}", "0",
        count, "clocks",
        "whenever they fell due", "bad" if count else "good", "each is late by the hour" if count else "none",
        "Bad when any clock is past its deadline and its ticket is still open.", _DEFINITION, "overdue",
    )  # fmt: skip


def answer(report: PromiseReport, zone: str) -> tuple[str, ...]:
    """The answer in sentences: kept or not, the budget, when it is missed, and what is missed most."""
    told = [_kept(report, zone), forecast(report.budget, zone)]
    named = {cut.name: cut for cut in report.cuts}
    if report.due.breached:
        told += [arrivals(named["arrival"]), most_missed(named["category"])]
    return tuple(sentence for sentence in told if sentence)


def _kept(report: PromiseReport, zone: str) -> str:
    since = f"since {day(report.since, zone)}"
    if report.due.share is None:
        return f"Nothing that {report.policy} is about fell due {since}."
    verdict = "kept" if report.due.share >= report.objective else "missed"
    return (
        f"{report.policy}: {report.due.met:,} of {report.due.judged:,} ({percent(report.due.share)}) that fell due "
        f"{since} were on time. The target of {percent(report.objective)} was {verdict}."
    )


def forecast(budget: Budget, zone: str) -> str:
    """How the budget stands, and when it will be used up."""
    window = f"The error budget of {_window(budget, zone)}"
    if budget.allowed is None:
        return f"{window}: nothing fell due yet."
    counts = f"{counted(budget.used, 'clock')} broken, {_whole(budget.allowed)} allowed"
    if budget.is_exhausted and budget.exhausted_at:
        return f"{window} was used up on {day(budget.exhausted_at, zone)}: {counts}."
    pace = f"If the days to come are as the last {RECENT_DAYS}" if budget.is_rolling else "At the pace so far"
    if budget.exhausted_at:
        return f"{window}: {counts}. {pace}, it is used up on {day(budget.exhausted_at, zone)}."
    return f"{window}: {counts}. {pace}, it lasts."


def _window(budget: Budget, zone: str) -> str:
    return f"{day(budget.since, zone)} to {day(budget.until, zone)}"


def arrivals(cut: Cut) -> str:
    """Whether it is the tickets of the evening: said only where the intervals of two shares lie apart."""
    inside, *others = (group for group in cut.groups if group.kept.judged)
    if inside.value != cut.groups[0].value:
        return ""
    worse = [group for group in others if _is_apart(group.kept, inside.kept)]
    told = ", ".join(f"{group.label} {_missed(group)}" for group in (worse or others))
    if not others:
        return "Everything began in opening hours."
    if worse:
        return f"Missed more often than what begins in opening hours {_missed(inside)}: {told}."
    return f"Outside opening hours no more is missed than inside {_missed(inside)}, as far as can be told: {told}."


def _is_apart(one: Kept, other: Kept) -> bool:
    """Fewer of one were kept than of the other, beyond what chance does."""
    return bool(one.interval and other.interval and one.interval[1] < other.interval[0])


def _missed(group: Group) -> str:
    return f"({group.kept.breached:,} of {group.kept.judged:,} missed)"


def most_missed(cut: Cut) -> str:
    """The kind of work that is missed most."""
    first = next((group for group in cut.groups if group.kept.breached), None)
    return f"Most of what is missed is {first.label} {_missed(first)}." if first else ""
