"""What the page on open work says in words and headline figures, told from its report by rules."""

import polars as pl

from metrics.age_expectation import DAYS, PERCENT
from metrics.aging_report import AgingReport
from metrics.open_work import STALE_DAYS
from metrics.weekly_tile import Tile, Tone, definition_of
from metrics.wording import NOTHING, counted, day, joined, lasted

_DAY = 86_400
_PLAIN = "No rule: this is a plain count."


def tiles(report: AgingReport) -> tuple[Tile, ...]:
    """What is open, its age together, what is older than expected, what waits, what is silent, who has too much."""
    now, before = report.work, report.work_before
    blocked, stale = pl.col("mark") == "blocked", pl.col("silent_seconds") >= STALE_DAYS * _DAY
    return (
        _count("open", "Open now", len(now), len(before), "in all stages", "aging"),
        _total(report),
        _older(report),
        _count("blocked", "Waiting or blocked", now.filter(blocked).height, before.filter(blocked).height,
               "for somebody, or for another ticket", "aging"),
        _count("stale", "Silent six days", now.filter(stale).height, before.filter(stale).height,
               "or longer: no word or deed of a person", "aging"),
        _over(report),
    )  # fmt: skip


def _count(name: str, label: str, now: int, before: int, note: str, metric: str) -> Tile:
    return Tile(
        name, label, now, f"{now:,}", before, f"{before:,}", None, now, "tickets", note, "neutral", "", _PLAIN,
        definition_of(metric), name,
    )  # fmt: skip


def _total(report: AgingReport) -> Tile:
    before, now = (float(value) / _DAY for value in report.total["total_age_seconds"].tail(2))
    word = "ages" if now > before else "grows younger" if now < before else "stands still"
    return Tile(
        "total", "Total age of work", now, f"{now:,.0f} d", before, f"{before:,.0f} d", None, len(report.work),
        "tickets", "the ages of all open tickets, added up", "neutral", f"the pile {word}",
        "No rule: compared with when the week before ended.", definition_of("aging"), "open",
    )  # fmt: skip


def _older(report: AgingReport) -> Tile:
    limit, now, before = report.expected.calendar, report.older, report.older_before
    known = now is not None and limit is not None
    return Tile(
        "older", "Older than expected", now, f"{now:,}" if known else NOTHING, before,
        NOTHING if before is None else f"{before:,}", None, now or 0, "tickets",
        f"than {lasted(limit)}" if limit is not None else "", "neutral" if known else "unknown",
        "" if known else f"too few closed (n = {report.expected.tickets})",
        f"Expected is the age by which {PERCENT} % of the tickets closed in the last {DAYS} days were done "
        f"(n = {report.expected.tickets}). Of what is open, the older ones are counted.",
        definition_of("stage_times"), "older",
    )  # fmt: skip


def _over(report: AgingReport) -> Tile:
    weeks = report.total["week"].to_list()
    now, before = (
        report.wip.filter("is_above", week=week)["person_id"].n_unique() if report.has_limits else None
        for week in (weeks[-1], weeks[-2])
    )
    tone: Tone = "unknown" if now is None else "bad" if now else "good"
    verdict = "nothing configured" if now is None else "above what was agreed" if now else "nobody is"
    return Tile(
        "over", "People over the limit", now, NOTHING if now is None else f"{now:,}", before,
        NOTHING if before is None else f"{before:,}", None if now is None else "0", now or 0, "people",
        "of tickets in work", tone, verdict,
        "Bad when anybody has more in work than the limit in force allows; grey where the settings set none.",
        definition_of("wip"), "over",
    )  # fmt: skip


def answer(report: AgingReport, zone: str) -> tuple[str, ...]:
    """The answer in sentences: how much is open, what is stuck, and who has too much at once."""
    if report.work.is_empty():
        return ("Nothing is open: nothing can be stuck.",)
    counts = dict(report.work["mark"].value_counts().iter_rows())
    oldest = report.work.row(0, named=True)
    stuck = (
        f"{counted(len(report.work), 'ticket')} open: {counts.get('blocked', 0):,} waiting or blocked, "
        f"{counts.get('stale', 0):,} more that nobody has updated for {STALE_DAYS} days, "
        f"{counts.get('moving', 0):,} moving. The oldest, {oldest['key']}, was opened {lasted(oldest['age_seconds'])} "
        "ago."
    )
    return (stuck, over_limit(report, zone))


def over_limit(report: AgingReport, zone: str) -> str:
    """Who has more in work than allowed, by the alphabet, and since when."""
    if not report.has_limits:
        return "Nothing configured: no limit is set on work in progress. Write one under [[wip]] in watchbill.toml."
    if report.over.is_empty():
        return "Nobody is above a limit of work in progress now."
    told = [
        f"{row['person']} ({row['tickets']} in work, {row['allowed_tickets']} allowed, since "
        f"{day(row['above_since_at'], zone)})"
        for row in report.over.iter_rows(named=True)
    ]
    return f"Above their limit now: {joined(told)}."
