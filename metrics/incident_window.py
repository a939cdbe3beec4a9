"""What happened over some weeks, what was learnt and what is left to do: the figures and lists of one page."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb
import polars as pl

from metrics.action_items import action_items
from metrics.action_items import weekly as weekly_items
from metrics.columns import ask
from metrics.distributions import nearest_rank
from metrics.incident_tiles import Bounds, Reviewed, tiles
from metrics.incidents import incidents
from metrics.instants import parse_instant
from metrics.outstanding import outstanding
from metrics.postmortems import postmortems, sections
from metrics.postmortems import weekly as weekly_debriefs
from metrics.ticket_rows import described
from metrics.weekly_rows import TICKET_COLUMNS, RowSet
from metrics.weekly_tiles import Tile
from metrics.weeks import Week

INTERVALS = (
    ("to_acknowledge_seconds", "until somebody looked"),
    ("to_mitigate_seconds", "until it was bearable"),
    ("to_resolve_seconds", "until it was over"),
)
_NAME = re.compile(r"(?P<kind>[a-z]+)(:(?P<what>.+?))?(@(?P<week>\d{4}-W\d\d))?", re.DOTALL)
_RULED = """
SELECT count(*) > 0 FROM queue_incident
WHERE list_contains($queues, queue) AND valid_from < $as_of AND valid_until >= $as_of
"""


@dataclass(frozen=True, slots=True)
class Spread:
    """How long something took, incident by incident: `seconds` sorted, with the percentiles that n allows."""

    column: str
    label: str
    keys: tuple[str, ...]
    seconds: tuple[float, ...]
    median: float | None
    p85: float | None


@dataclass(frozen=True, eq=False)
class IncidentWindow:
    """What the page shows; has_rules: rules tell incidents in any of the queues.

    incidents are those recognised in the window, and those that go on, the newest first; debriefs, those that fell due
    in it and all that are outstanding, by when they are due; missing is postmortems.sections over debriefs. items are
    all rows of action_items; owners is `outstanding` of them. The weekly tables are postmortems' and action_items'.
    """

    has_rules: bool
    zone: str
    since: datetime
    until: datetime
    tiles: tuple[Tile, ...]
    incidents: pl.DataFrame
    spreads: tuple[Spread, ...]
    debriefs: pl.DataFrame
    debrief_weeks: pl.DataFrame
    missing: pl.DataFrame
    items: pl.DataFrame
    item_weeks: pl.DataFrame
    owners: pl.DataFrame

    def chosen(self, name: str) -> tuple[str, pl.DataFrame]:
        """The list behind a figure: its title, and its rows. Raises ValueError for a name no figure here carries."""
        found = _NAME.fullmatch(name)
        if found is None or found["kind"] not in _LISTS:
            raise ValueError(f"{name!r} names no list of this page")
        since, until = self.since, self.until
        if found["week"]:
            week = Week.parse(found["week"], self.zone)
            since, until = week.starts_at, week.ends_at
        return _LISTS[found["kind"]](self, found["what"] or "", parse_instant(since), parse_instant(until))


def _happened(told: IncidentWindow, _: str, since: datetime, until: datetime) -> tuple[str, pl.DataFrame]:
    return "Incidents", _within(told.incidents, "recognised_at", since, until)


def _ongoing(told: IncidentWindow, *_: object) -> tuple[str, pl.DataFrame]:
    return "Going on", told.incidents.filter("is_ongoing")


def _debriefs(told: IncidentWindow, verdict: str, since: datetime, until: datetime) -> tuple[str, pl.DataFrame]:
    if verdict == "outstanding":
        return "Debriefs overdue", told.debriefs.filter(verdict="overdue")
    kept = _within(told.debriefs, "debrief_due_at", since, until)
    return f"Debriefs {verdict}".strip(), kept.filter(verdict=verdict) if verdict else kept


def _missing(told: IncidentWindow, section: str, *_: object) -> tuple[str, pl.DataFrame]:
    names = pl.col("missing_sections").str.json_decode(pl.List(pl.String))
    return f"Without “{section}”", told.debriefs.filter(names.list.contains(section))


def _items(told: IncidentWindow, what: str, since: datetime, until: datetime) -> tuple[str, pl.DataFrame]:
    if what == "overdue":
        return "Action items overdue", told.items.filter("is_overdue")
    if what == "open":
        return "Action items open", told.items.filter("is_open")
    words, column = ("done", "closed_at") if what == "closed" else ("that came", "recognised_at")
    return f"Action items {words}", _within(told.items, column, since, until)


_LISTS: dict[str, Callable[..., tuple[str, pl.DataFrame]]] = {
    "incidents": _happened, "ongoing": _ongoing, "debriefs": _debriefs, "missing": _missing, "items": _items,
    "all": lambda told, *_: ("Incidents", told.incidents), "reviewed": lambda told, *_: ("Debriefs", told.debriefs),
}  # fmt: skip


def _within(rows: pl.DataFrame, column: str, since: datetime, until: datetime) -> pl.DataFrame:
    return rows.filter(pl.col(column) >= since, pl.col(column) < until)


def incident_window(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, weeks: tuple[Week, ...], queues: tuple[str, ...]
) -> IncidentWindow:
    """The weeks in order, of one zone; the last may be unfinished, and the window ends at as_of then."""
    instant = parse_instant(as_of)
    since, until = weeks[0].starts_at, min(weeks[-1].ends_at, instant.replace(tzinfo=UTC))
    inside, earlier = _bounds(weeks, until)
    now, begun = (
        Reviewed(*(asked(con, as_of=at, queue=queues).pl() for asked in (incidents, postmortems)))
        for at in (as_of, since)
    )
    every, reviewed = now
    items = action_items(con, as_of=as_of, queue=queues).pl()
    shown = every.filter(_is_within("recognised_at", inside) | pl.col("is_ongoing"))
    shown = shown.sort("recognised_at", "ticket_id", descending=True)
    is_left = pl.col("verdict").is_in(["due", "overdue"])
    debriefs = reviewed.filter(_is_within("debrief_due_at", inside) | is_left).sort("debrief_due_at", "ticket_id")
    item_weeks = weekly_items(con, as_of=as_of, weeks=[weeks[0].shifted(-1), *weeks], queue=queues)
    debrief_weeks = weekly_debriefs(con, as_of=as_of, weeks=weeks, queue=queues)
    [(has_rules,)] = ask(con, _RULED, as_of=instant, queues=list(queues)).fetchall()
    items = items.sort("is_open", "recognised_at", "ticket_id", descending=[True, False, False])
    return IncidentWindow(
        has_rules, weeks[0].zone, since, until, tiles(now, begun, item_weeks, inside, earlier), shown,
        _spreads(shown.filter(_is_within("recognised_at", inside))), debriefs, debrief_weeks, sections(debriefs), items,
        item_weeks[1:], outstanding(items),
    )  # fmt: skip


def _bounds(weeks: tuple[Week, ...], until: datetime) -> tuple[Bounds, Bounds]:
    """The window, and the one before it: as many weeks earlier, and as far into its last week."""
    before = [week.shifted(-len(weeks)) for week in (weeks[0], weeks[-1])]
    spans = ((weeks[0].starts_at, until), (before[0].starts_at, before[1].starts_at + (until - weeks[-1].starts_at)))
    inside, earlier = ((parse_instant(since), parse_instant(end)) for since, end in spans)
    return inside, earlier


def _is_within(column: str, bounds: Bounds) -> pl.Expr:
    return (pl.col(column) >= bounds[0]) & (pl.col(column) < bounds[1])


def _spreads(shown: pl.DataFrame) -> tuple[Spread, ...]:
    return tuple(_spread(shown.drop_nulls(column).sort(column), column, label) for column, label in INTERVALS)


def _spread(known: pl.DataFrame, column: str, label: str) -> Spread:
    seconds = known[column]
    return Spread(
        column, label, tuple(known["key"]), tuple(seconds), nearest_rank(seconds, 50), nearest_rank(seconds, 85)
    )


def incident_list(
    con: duckdb.DuckDBPyConnection, *, as_of: datetime, name: str, title: str, rows: pl.DataFrame
) -> RowSet:
    """A list of IncidentWindow.chosen, described."""
    told = rows.select("ticket_id", *(column for column in _TOLD if column in rows.columns))
    told = told.with_columns(_in_words(column) for column in _JSON if column in told.columns)
    told = told.with_columns(_in_unit(column) for column in told.columns if column.endswith("_seconds"))
    told = told.rename({column: _unit(column) for column in told.columns})
    shown = described(con, parse_instant(as_of), told["ticket_id"].to_list()).select(*TICKET_COLUMNS)
    return RowSet(name, title, shown.join(told, on="ticket_id", how="left", maintain_order="left"))


_JSON = ("incident_keys", "missing_sections", "postmortem_keys")
_TOLD = (
    "verdict", "recognised_at", "is_ongoing", "to_acknowledge_seconds", "to_mitigate_seconds", "to_resolve_seconds",
    "ended_at", "debrief_due_at", "debrief_held_at", "postmortem_keys", "missing_sections", "due_at", "closed_at",
    "age_seconds", "incident_keys",
)  # fmt: skip


def _in_words(column: str) -> pl.Expr:
    return pl.col(column).str.json_decode(pl.List(pl.String)).list.join(", ")


def _in_unit(column: str) -> pl.Expr:
    """An age in days, a course in minutes."""
    return pl.col(column) / (86400 if column == "age_seconds" else 60)


def _unit(column: str) -> str:
    return "age_days" if column == "age_seconds" else column.replace("_seconds", "_minutes")
