"""What kept interrupting a team over some weeks, against as many weeks before: the figures and lists of one page.

The rows of `toil` are asked for once; everything here is cut out of them.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb
import polars as pl

from metrics.automation_candidates import grouped, ranked
from metrics.columns import ask
from metrics.freed import freed, last_quarter
from metrics.instants import parse_instant
from metrics.ticket_rows import described
from metrics.toil import by_category, by_week, toil
from metrics.toil_rules import UNCLASSIFIED
from metrics.weekly_rows import TICKET_COLUMNS, RowSet
from metrics.weekly_tiles import Tile, definition_of
from metrics.weeks import Week
from metrics.wording import NOTHING, counted, day, percent, span

LISTED_AT_MOST = 1_000  # tickets of one list, the newest
_NAME = re.compile(r"(?P<kind>[a-z]+)(:(?P<what>.+?))?(@(?P<week>\d{4}-W\d\d))?", re.DOTALL)
_RULED = """
SELECT count(*) > 0 FROM queue_practice
WHERE kind = 'toil' AND list_contains($queues, queue) AND valid_from < $as_of AND valid_until >= $as_of
"""


@dataclass(frozen=True, eq=False)
class ToilWindow:
    """What the page shows. has_rules: rules are in force for any of the queues.

    tickets are the rows of `toil` since the earliest of the window before and the last quarter. categories is
    toil's summary over the window, with share_before; weeks is toil's weekly; groups are automation_candidates'; freed
    is of `quarter`, whose name is in words.
    """

    has_rules: bool
    zone: str
    since: datetime
    until: datetime
    tickets: pl.DataFrame
    tiles: tuple[Tile, ...]
    categories: pl.DataFrame
    weeks: pl.DataFrame
    groups: pl.DataFrame
    quarter: str
    quarter_bounds: tuple[datetime, datetime]
    freed: pl.DataFrame

    def chosen(self, name: str) -> tuple[str, pl.DataFrame]:
        """The list behind a figure, newest first: its title, and its rows of `toil`, no more than can be read.

        Raises ValueError for a name that no figure here carries.
        """
        found = _NAME.fullmatch(name)
        if found is None or found["kind"] not in _LISTS:
            raise ValueError(f"{name!r} names no list of this page")
        since, until, when = self.since, self.until, "in this window"
        if found["kind"] == "quarter":
            since, until, when = *self.quarter_bounds, self.quarter
        elif found["week"]:
            week = Week.parse(found["week"], self.zone)
            since, until = week.starts_at, min(week.ends_at, self.until)
            when = f"in the week of {day(week.starts_at, self.zone)}"
        kept = _LISTS[found["kind"]](_between(self.tickets, since, until), found["what"] or "")
        title = f"{_TITLES[found['kind']].format(found['what'])}, {when}"
        title += f": the newest of {len(kept):,}" if len(kept) > LISTED_AT_MOST else ""
        return title, kept.sort("opened_at", "ticket_id", descending=True).head(LISTED_AT_MOST)


_LISTS: dict[str, Callable[[pl.DataFrame, str], pl.DataFrame]] = {
    "opened": lambda rows, _: rows,
    "category": lambda rows, what: rows.filter(category=what),
    "quarter": lambda rows, what: rows.filter(category=what),
    "repeats": lambda rows, _: rows.filter("is_repeat"),
    "effort": lambda rows, _: rows.filter(pl.col("effort_seconds").is_not_null()),
    "group": lambda rows, what: rows.filter(pattern=what),
}
_TITLES = {
    "opened": "Opened", "category": "{}", "quarter": "{}", "repeats": "Came again", "effort": "Effort is known",
    "group": "“{}”",
}  # fmt: skip


def toil_window(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, weeks: tuple[Week, ...], queues: tuple[str, ...]
) -> ToilWindow:
    """The weeks in order, of one zone; the last may be unfinished, and the window ends at as_of then."""
    instant, zone = parse_instant(as_of), weeks[0].zone
    moment = instant.replace(tzinfo=UTC)
    since, until = weeks[0].starts_at, min(weeks[-1].ends_at, moment)
    before = weeks[0].shifted(-len(weeks)).starts_at
    quarter, *bounds = last_quarter(moment, zone)
    rows = toil(con, as_of=as_of, since=min(before, bounds[0]), queue=queues).pl()
    inside = _between(rows, since, until)
    elapsed = weeks[-1].shifted(-len(weeks)).starts_at + (until - weeks[-1].starts_at)
    earlier = _between(rows, before, elapsed)
    [(has_rules,)] = ask(con, _RULED, as_of=instant, queues=list(queues)).fetchall()
    return ToilWindow(
        has_rules, zone, since, until, rows, _tiles(inside, earlier), _categories(inside, earlier),
        by_week(inside, weeks, as_of), ranked(grouped(inside)), quarter, (bounds[0], bounds[1]),
        freed(_between(rows, *bounds), zone),
    )  # fmt: skip


def _between(rows: pl.DataFrame, since: datetime, until: datetime) -> pl.DataFrame:
    bounds = [parse_instant(bound) for bound in (since, until)]
    return rows.filter(pl.col("opened_at") >= bounds[0], pl.col("opened_at") < bounds[1])


def _categories(inside: pl.DataFrame, earlier: pl.DataFrame) -> pl.DataFrame:
    shares = by_category(earlier).select("category", share_before="share")
    return by_category(inside).join(shares, on="category", how="left", maintain_order="left")


def toil_list(con: duckdb.DuckDBPyConnection, *, as_of: datetime, name: str, title: str, rows: pl.DataFrame) -> RowSet:
    """A list of ToilWindow.chosen, described."""
    told = rows.select(
        "ticket_id", "category", "opened_at", "closed_at", "effort_seconds", "has_effort_recorded", "people"
    )
    shown = described(con, parse_instant(as_of), told["ticket_id"].to_list()).select(*TICKET_COLUMNS)
    return RowSet(name, title, shown.join(told, on="ticket_id", how="left", maintain_order="left"))


def _tiles(inside: pl.DataFrame, earlier: pl.DataFrame) -> tuple[Tile, ...]:
    return (
        _count(len(inside), len(earlier)),
        _share("unclassified", "Unclassified", inside, earlier, pl.col("category") == UNCLASSIFIED,
               "no rule says what they are", f"category:{UNCLASSIFIED}"),
        _share("repeats", "Came again", inside, earlier, pl.col("is_repeat"),
               "the title of an earlier ticket", "repeats"),
        _effort(inside, earlier),
    )  # fmt: skip


_NO_RULE = "No rule: nobody has said how much would be too much."


def _count(now: int, before: int) -> Tile:
    return Tile(
        "opened", "Opened", now, f"{now:,}", before, f"{before:,}", None, now, "tickets", "in this window", "neutral",
        "", "No rule: this is a plain count.", definition_of("toil"), "opened",
    )  # fmt: skip


def _share(
    name: str, label: str, inside: pl.DataFrame, earlier: pl.DataFrame, is_such: pl.Expr, note: str, rows: str
) -> Tile:
    found = [(frame.filter(is_such).height, len(frame)) for frame in (inside, earlier)]
    now, before = (count / n if n else None for count, n in found)
    shown, shown_before = (_of(count, n) for count, n in found)
    return Tile(
        name, label, now, percent(now), before, shown_before, None, found[0][0], "share of tickets",
        f"{shown}: {note}" if found[0][1] else note, "neutral" if found[0][1] else "unknown", "", _NO_RULE,
        definition_of("toil"), rows,
    )  # fmt: skip


def _of(count: int, n: int) -> str:
    return f"{count:,} of {n:,}" if n else NOTHING


def _effort(inside: pl.DataFrame, earlier: pl.DataFrame) -> Tile:
    known = [frame["effort_seconds"].drop_nulls() for frame in (inside, earlier)]
    now, before = (float(seconds.sum()) if len(seconds) else None for seconds in known)
    note = f"of {counted(len(known[0]), 'ticket')}; nothing is known of the others"
    return Tile(
        "effort", "Known effort", now, span(now), before, span(before), None, len(known[0]), "seconds", note,
        "neutral" if len(known[0]) else "unknown", "", _NO_RULE, definition_of("toil"), "effort",
    )  # fmt: skip
