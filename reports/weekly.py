"""The week on paper: what the page "How did our week go?" says, as a document."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from urllib.parse import urlencode

import polars as pl

from metrics.weekly_health import Breach, RowSet, WeeklyHealth
from metrics.weekly_load import WeekLoad
from metrics.weekly_series import FlowWeek, Limits, Promise, WaitWeek
from metrics.wording import counted
from reports.document import Cell, Document, Listing, Part, Picture, Points, Said, Section, Tiles, listing
from reports.stood import stood
from reports.svg import Level, Series, columns, curve, rows

TITLE = "How did our week go?"
MARKS = {"better": "▲ Better", "worse": "▼ Worse", "neutral": "● Also", "decision": "◆ Decide"}
_ABOUT = ("key", "title", "owner", "priority")


def weekly(health: WeeklyHealth, data_until: datetime) -> Document:
    """The whole report of a week."""
    return Document(
        TITLE,
        f"{health.team.name}, {health.heading}",
        stood(health.question.as_of, data_until, health.team.zone),
        (
            Section("What changed", (_said(health),)),
            Section("The figures", (Tiles(health.tiles),)),
            Section("Came in and closed, twelve weeks", tuple(_flow(health))),
            Section("Are we keeping our promises?", tuple(_promises(health))),
            Section("What did duty cost, and what kinds of work came in?", tuple(_work(health))),
            Section(_breach_title(health), tuple(_breaches(health))),
            Section(f"Still untriaged: {health.untriaged.count:,}", _waiting(health)),
            Section(f"Incidents of the week: {health.incidents.count:,}", _listed(health, health.incidents)),
            Section(f"Action items carried over: {health.actions.count:,}", _listed(health, health.actions)),
            Section("The same, live", (Said(f"In the app: {_path(health)}", is_small=True),)),
        ),
        _brief(health),
    )


def _path(health: WeeklyHealth) -> str:
    """The address of the page below that of the app: it shows these numbers again."""
    question, queues = health.question, health.team.queues
    asked = {"team": health.team.name, "week": health.week.name, "as_of": f"{question.instant.isoformat()}Z"}
    return f"/weekly-health?{urlencode(asked | ({'queue': queues[0]} if health.is_one_queue else {}))}"


def _said(health: WeeklyHealth) -> Part:
    return Points(tuple((MARKS[clause.tone], clause.text) for clause in health.changes))


def _brief(health: WeeklyHealth) -> tuple[str, ...]:
    return tuple(f"{MARKS[clause.tone]}: {clause.text}" for clause in health.changes)


def _labels(weeks: Sequence[FlowWeek] | Sequence[WaitWeek]) -> list[str]:
    return [week.label for week in weeks]


def _unfinished(weeks: Sequence[FlowWeek]) -> int:
    return sum(not week.is_complete for week in weeks)


def _flow(health: WeeklyHealth) -> Iterator[Part]:
    weeks = health.weeks
    last = weeks[-1]
    counts = [
        Series("came in", "came", [week.arrivals for week in weeks]),
        Series("closed", "closed", [week.departures for week in weeks]),
    ]
    alt = f"Came in and closed by week; in the last, {last.arrivals} and {last.departures}."
    yield Picture(columns(_labels(weeks), counts, is_stacked=False, unfinished=_unfinished(weeks), alt=alt), alt)
    alt = f"Open when each week ended; at the end {last.open_tickets}."
    standing = Series("open", "open", [week.open_tickets for week in weeks])
    yield Picture(curve(_labels(weeks), standing, unit="open tickets", alt=alt), alt)
    arrivals = [(week, float(week.arrivals)) for week in weeks if week.is_judged]
    if arrivals:
        yield _behaviour("Weekly arrivals", "tickets a week", arrivals, health.limits)
    waits = [(week, week.median / 3600) for week in health.triage if week.is_complete and week.median is not None]
    usual = health.triage_limits
    in_hours = usual and Limits(usual.lower / 3600, usual.mean / 3600, usual.upper / 3600, usual.weeks)
    if waits:
        yield _behaviour("Weekly medians of working hours until triage", "working hours", waits, in_hours)


def _behaviour(
    what: str, unit: str, weeks: Sequence[tuple[FlowWeek | WaitWeek, float]], usual: Limits | None
) -> Picture:
    levels = []
    if usual:
        levels = [Level(f"upper {usual.upper:.1f}", usual.upper), Level(f"mean {usual.mean:.1f}", usual.mean)]
        levels += [Level(f"lower {usual.lower:.1f}", usual.lower)] if usual.lower else []
    outside = sum(week.signal is not None for week, _ in weeks)
    alt = f"{what}: {counted(outside, 'week')} outside the usual range."
    drawn = curve(
        [week.label for week, _ in weeks], Series(unit, "came", [value for _, value in weeks]), levels=levels,
        marked=[week.signal for week, _ in weeks], unit=unit, alt=alt,
    )  # fmt: skip
    return Picture(drawn, alt)


def _promises(health: WeeklyHealth) -> Iterator[Part]:
    if not health.promises:
        yield Said("Nothing configured: no promise covers this team's queues.", is_notice=True)
    for promise in health.promises:
        yield from _promise(promise)


def _promise(promise: Promise) -> Iterator[Part]:
    weeks = promise.weeks
    if not any(week.due.judged + week.started.running for week in weeks):
        yield Said(f"{promise.policy}: nothing fell due in twelve weeks.", is_small=True)
        return
    yield Said(f"{promise.policy}. {promise.budget}")
    counts = [
        Series("met", "met", [week.due.met for week in weeks]),
        Series("broken", "late", [week.due.breached for week in weeks]),
        Series("running", "running", [week.started.running for week in weeks]),
    ]
    labels, unfinished = [week.label for week in weeks], sum(not week.is_complete for week in weeks)
    alt = f"{promise.policy} by week: met, broken and running clocks."
    yield Picture(columns(labels, counts, is_stacked=True, unfinished=unfinished, alt=alt), alt)
    shares = Series("on time", "met", [week.due.share for week in weeks])
    target = Level(f"target {promise.objective:.0%}", promise.objective)
    alt = f"{promise.policy}: share on time of what fell due, by week, against {promise.objective:.0%}."
    yield Picture(curve(labels, shares, levels=[target], unit="on time", is_share=True, alt=alt), alt)


def _work(health: WeeklyHealth) -> Iterator[Part]:
    on_duty = [person for person in health.load.people if person.shifts]
    if on_duty:
        series = [
            Series(name, paint, [getattr(person, kind) for person in on_duty])
            for kind, name, paint in (("business", "business hours", "closed"), ("off", "off hours", "came"),
                                      ("sleep", "sleep", "open"))
        ]  # fmt: skip
        alt = "Interrupted clock hours in the shifts of the week, people by name."
        yield Picture(rows([person.person for person in on_duty], series, alt=alt), alt)
    if health.toil and health.toil.by_tickets.whole:
        kinds = health.toil.categories
        known = Series("tickets", "came", [None if kind.is_unclassified else kind.tickets for kind in kinds])
        rest = Series("unclassified", "running", [kind.tickets if kind.is_unclassified else None for kind in kinds])
        notes = [f"{kind.tickets}, {kind.before} before" for kind in kinds]
        alt = "Tickets opened by kind of work, this week and the week before."
        yield Picture(rows([kind.name for kind in kinds], [known, rest], notes=notes, alt=alt), alt)
    if health.load.people:
        yield _shares(health.load)
        yield Said("Duty-weeks of the twelve weeks shown. People stand by name.", is_small=True)
    else:
        yield Said("The rota names nobody for these queues.", is_notice=True)


def _shares(load: WeekLoad) -> Listing:
    told = [
        (Cell(one.person), *(Cell("–" if value is None else f"{value:.1f}", is_number=True)
                             for value in (one.duty_weeks, one.expected_duty_weeks)))
        for one in load.people
    ]  # fmt: skip
    return Listing(("Person", "Duty-weeks held", "Expected share"), tuple(told), len(told))


def _breach_title(health: WeeklyHealth) -> str:
    return f"Broken promises: {health.broken_count:,} this week, {health.carried_count:,} carried over"


def _breaches(health: WeeklyHealth) -> Iterator[Part]:
    if not health.breaches:
        yield Said("Nothing fell due this week and was missed." if health.promises else "Nothing configured.")
        return
    names = ("Ticket", "Title", "Owner", "Promise", "Late", "State", "Why")
    yield Listing(names, tuple(_breach(breach) for breach in health.breaches), health.broken_count)


def _breach(breach: Breach) -> tuple[Cell, ...]:
    state = "still open" if breach.is_open else "over"
    texts = (breach.title, breach.owner or "nobody", breach.policy, breach.late, state, breach.reason)
    return Cell(breach.key, breach.url), *map(Cell, texts)


def _waiting(health: WeeklyHealth) -> tuple[Part, ...]:
    if not health.has_triage_rule:
        return (Said("Nothing configured: no rule says when a ticket is triaged.", is_notice=True),)
    return _listed(health, health.untriaged)


def _listed(health: WeeklyHealth, listed: RowSet) -> tuple[Part, ...]:
    if listed.rows.is_empty():
        return (Said("None."),)
    found: pl.DataFrame = listed.rows
    own = [name for name in found.columns if name not in (*_ABOUT, "stage")]
    return (listing(found, health.team.zone, listed.count, (*_ABOUT, *own)),)
