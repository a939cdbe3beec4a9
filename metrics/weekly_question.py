"""Which week of whom a page asks about, and from when it looks: what every figure of the page is asked with."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import duckdb

from metrics.instants import parse_instant
from metrics.teams import Team
from metrics.weeks import Week

WEEKS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Question:
    """One week of a team's queues, as known at as_of (UTC)."""

    team: Team
    week: Week
    as_of: datetime

    @property
    def instant(self) -> datetime:
        """as_of as DuckDB wants it."""
        return parse_instant(self.as_of)

    @property
    def queues(self) -> list[str]:
        return list(self.team.queues)

    @property
    def zone(self) -> str:
        return self.team.zone

    @property
    def asked(self) -> dict[str, Any]:
        """What every metric is asked with."""
        return {"as_of": self.as_of, "queue": self.queues}

    @property
    def shown_weeks(self) -> list[Week]:
        """The weeks that trends are drawn over, oldest first."""
        return self.week.through(WEEKS_SHOWN)

    @property
    def week_before(self) -> Week:
        return self.week.shifted(-1)

    @property
    def a_week_earlier(self) -> datetime:
        """What stands now is compared with what stood at the same hour seven days earlier."""
        return self.as_of - timedelta(days=7)

    @property
    def a_week_ago(self) -> "Question":
        """The same of that hour, as it was known then."""
        return replace(self, as_of=self.a_week_earlier)

    @property
    def is_complete(self) -> bool:
        return self.week.ends_at <= self.as_of

    @property
    def middle(self) -> datetime:
        """Around it, a weekday needs no date (UTC without a zone)."""
        return parse_instant(self.week.starts_at) + timedelta(days=3.5)

    def bounds(self, week: Week) -> tuple[datetime, datetime]:
        """[from, until) of a week as far as it is known."""
        return week.starts_at, min(week.ends_at, self.as_of)


def has_triage_rule(con: duckdb.DuckDBPyConnection, question: Question) -> bool:
    """Whether any rule says when a ticket of these queues is triaged."""
    sql = "SELECT 1 FROM queue_triage WHERE list_contains(?, queue) LIMIT 1"
    return bool(con.execute(sql, [question.queues]).fetchall())
