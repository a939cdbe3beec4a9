"""Which tickets each section of an agenda would claim, the most pressing first, and why each of them.

A claim is a ticket and what its reason is told from; reasons are put into words for the few that are shown.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from metrics import outcomes
from metrics.agenda_sections import OLD_DAYS, REOPENED_DAYS, URGENT
from metrics.cadence_gaps import gaps
from metrics.columns import ask, written
from metrics.duplicate_suspects import duplicate_suspects
from metrics.over_limit import over_limit
from metrics.recent import ask_open
from metrics.slo import verdicts
from metrics.wording import counted, lasted, local, moment, percent

_STANDING = Path(__file__).with_name("triage_agenda.sql")
_CLOCKS = "verdict = 'breached-open' AND clock = 'triage' OR verdict = 'running' AND due_at < $until"
_OWED = """
SELECT ticket_id, due_at, priority, queue FROM fact.cadence_gap
WHERE last_at < $as_of AND ended_at IS NULL AND due_at < $as_of
"""
Words = Callable[[], str]
Claim = tuple[str, Words]  # a ticket's id, and why it stands here


class Claims:
    """What every section claims at one instant (UTC without a zone), of the tickets that are open in some queues.

    postponed: the day to which a meeting put a ticket off, by its id.
    """

    def __init__(
        self, con: duckdb.DuckDBPyConnection, as_of: datetime, queues: Sequence[str], zone: str, next_at: datetime,
        postponed: dict[str, date],
    ) -> None:  # fmt: skip
        self.con, self.as_of, self.queues, self.zone = con, as_of, list(queues), zone
        self.until, self.postponed = next_at, postponed
        sql = _STANDING.read_text(encoding="utf-8")
        recently = as_of - timedelta(days=REOPENED_DAYS)
        self.standing = ask_open(con, sql, as_of=as_of, queues=self.queues, reopened_since=recently).pl()
        self.clocks = self._clocks()
        self._today = local(as_of, zone).date()

    def _clocks(self) -> pl.DataFrame:
        rows = verdicts(self.con, as_of=_aware(self.as_of), queue=self.queues)
        wanted = rows.filter(written(_CLOCKS, until=self.until)).select("ticket_id, policy, verdict, due_at")
        ordered = wanted.pl().sort("due_at", "ticket_id", "policy")
        return ordered.unique(["ticket_id", "verdict"], keep="first", maintain_order=True)

    def of(self, section: str) -> Iterator[Claim]:
        """The claims of one section, in its order."""
        return _CLAIMING[section](self)

    def _untriaged(self) -> Iterator[Claim]:
        late = self.clocks.filter(verdict="breached-open")
        return ((row["ticket_id"], self._told("was due ", row["due_at"])) for row in late.iter_rows(named=True))

    def _due(self) -> Iterator[Claim]:
        clocks = self.clocks.filter(verdict="running").select("ticket_id", "due_at", "policy")
        last = local(self.until, self.zone).date()
        dated = self.standing.filter(pl.col("eta_on").is_between(self._today, last, closed="left"))
        etas = dated.select("ticket_id", due_at=pl.col("eta_on").cast(pl.Datetime("us")) + timedelta(days=1) - _TICK,
                            policy=pl.lit(None, pl.String))  # fmt: skip
        rows = (
            pl.concat([clocks, etas]).sort("due_at", "ticket_id").unique("ticket_id", keep="first", maintain_order=True)
        )
        for ticket_id, due_at, policy in rows.iter_rows():
            yield ticket_id, self._told(f"{policy} is due ", due_at) if policy else _promised(due_at)

    def _cadence(self) -> Iterator[Claim]:
        owed = self._owed().sort("due_at", "ticket_id")
        for ticket_id, due_at, priority in owed.iter_rows():
            yield ticket_id, self._told(f"{priority}, an update has been owed since ", due_at)

    def _owed(self) -> pl.DataFrame:
        """The gaps between updates that run and are past their due date: ticket_id, due_at, priority."""
        asked = {"as_of": self.as_of}
        if outcomes.are_kept(self.con) and ask(self.con, outcomes.MOVING, **asked).limit(1).fetchall() == []:
            found = ask(self.con, _OWED, **asked).pl()
        else:
            running = gaps(self.con, self.as_of)
            found = running.filter(pl.col("ended_at").is_null(), pl.col("due_at") < self.as_of)
        asked_for = found.filter(pl.col("queue").is_in(self.queues))
        return asked_for.select("ticket_id", "due_at", "priority")

    def _old(self) -> Iterator[Claim]:
        is_old = pl.col("priority").is_in(URGENT) & (pl.col("age_days") > OLD_DAYS)
        rows = self.standing.filter(is_old).sort("priority", "opened_at", "ticket_id")
        return self._each(rows, lambda row: f"{row['priority']}, open for {_days(row['age_days'])}")

    def _unowned(self) -> Iterator[Claim]:
        rows = self.standing.filter(pl.col("is_beyond_triage") & ~pl.col("is_owned"))
        ordered = rows.sort("priority", "opened_at", "ticket_id", nulls_last=True)
        return self._each(ordered, lambda row: f"{_beyond(row['stage'])}, and nobody owns it")

    def _over_limit(self) -> Iterator[Claim]:
        rows = over_limit(self.con, as_of=_aware(self.as_of), queue=self.queues)
        return self._each(rows, lambda row: f"{row['person']} has {row['tickets']} in work, agreed are "
                          f"{row['allowed_tickets']}")  # fmt: skip

    def _silent(self) -> Iterator[Claim]:
        return self._quiet(pl.col("is_silent") & ~pl.col("is_dead"))

    def _dead(self) -> Iterator[Claim]:
        return self._quiet(pl.col("is_dead"))

    def _quiet(self, is_meant: pl.Expr) -> Iterator[Claim]:
        rows = self.standing.filter(is_meant).sort("quiet_from", "ticket_id")
        return self._each(rows, lambda row: f"no word from anybody for {_days(row['quiet_days'])}")

    def _reopened(self) -> Iterator[Claim]:
        rows = self.standing.drop_nulls("reopened_at")
        ordered = rows.sort("reopened_at", "ticket_id", descending=[True, False])
        return self._each(ordered, lambda row: f"reopened {moment(row['reopened_at'], self.zone, year_of=self.as_of)}")

    def _duplicates(self) -> Iterator[Claim]:
        rows = duplicate_suspects(self.con, as_of=_aware(self.as_of), queue=self.queues, is_within=True)
        return self._each(rows.pl(), lambda row: f"like {row['other_key']}: {_alike(row['similarity'])}")

    def _postponed(self) -> Iterator[Claim]:
        days = {row[0]: (row[1], row[2]) for row in self.standing.select("ticket_id", "eta_on", "postponements").rows()}
        due = {ticket: eta for ticket, (eta, _) in days.items() if eta and eta < self._today}
        again = {ticket: day for ticket, day in self.postponed.items() if ticket in days and day <= self._today}
        for ticket, day in sorted((due | again).items(), key=lambda one: (one[1], one[0])):
            yield ticket, _put_off(day, ticket in again, days[ticket][1])

    def _unexplained(self) -> Iterator[Claim]:
        rows = self.standing.filter("is_unexplained").sort("staged_at", "ticket_id")
        return self._each(rows, lambda row: f"in work since {moment(row['staged_at'], self.zone, year_of=self.as_of)}, "
                          "no ETA, no word why")  # fmt: skip

    def _told(self, words: str, instant: datetime) -> Words:
        return lambda: words + moment(instant, self.zone, year_of=self.as_of)

    @staticmethod
    def _each(rows: pl.DataFrame, words: Callable[[dict[str, Any]], str]) -> Iterator[Claim]:
        for row in rows.iter_rows(named=True):
            yield row["ticket_id"], (lambda row=row: words(row))  # type: ignore[misc]


_TICK = timedelta(microseconds=1)


def _aware(instant: datetime) -> datetime:
    return instant.replace(tzinfo=UTC)


def _days(days: float) -> str:
    return lasted(days * 86400)


def _beyond(stage: str | None) -> str:
    """How a ticket beyond triage stands, such as one that was triaged and whose stage is new all the same."""
    return "triaged" if stage in (None, "new") else stage


def _alike(similarity: float) -> str:
    return "the same words" if similarity == 1 else f"{percent(similarity)} of their words are the same"


def _promised(at: datetime) -> Words:
    return lambda: f"promised for {at:%Y-%m-%d}"


def _put_off(day: date, is_by_us: bool, times: int) -> Words:
    if is_by_us:
        return lambda: f"a meeting put it off until {day:%Y-%m-%d}"
    moved = f", moved {counted(times, 'time')} already" if times else ""
    return lambda: f"promised for {day:%Y-%m-%d}{moved}"


_CLAIMING: dict[str, Callable[[Claims], Iterator[Claim]]] = {
    "untriaged": Claims._untriaged,
    "due": Claims._due,
    "cadence": Claims._cadence,
    "old": Claims._old,
    "unowned": Claims._unowned,
    "over_limit": Claims._over_limit,
    "silent": Claims._silent,
    "dead": Claims._dead,
    "reopened": Claims._reopened,
    "duplicates": Claims._duplicates,
    "postponed": Claims._postponed,
    "unexplained": Claims._unexplained,
}
