"""Which rota rules were broken?

Counts: duty of one person two, or three and more weeks in a row over all roles; times with fewer people than the role
asks for; excluding roles held at once; a duty sooner after another than its days of rest; too large a share of time.
Ignores: shifts planned for later; weeks and rest of roles of burden 0; vacant time outside the hours of the role's
calendar, before its first shift and after its last; roles that the settings do not describe.
Clock: shifts follow in a row when less than four days lie between, or less than a week in which nobody else held the
role; a run of up to eight days is one week, of up to fifteen two. By the version in force when a shift began.
Undefined: nothing. The rota has no history: a past shift is as it stands now.
"""

from datetime import datetime
from pathlib import Path

import duckdb
import plotly.graph_objects as go
import polars as pl

from metrics import carried, figures, policies
from metrics.columns import Queues, ask, queue_names, relation, window
from metrics.ended_shifts import duty
from metrics.instants import parse_instant
from metrics.rota import known_as
from metrics.runs import held_shifts, in_a_row, weeks
from metrics.worktime import working_seconds_by

RULES = (
    *("three weeks in a row", "two weeks in a row", "vacant", "conflicting roles at once"),
    *("too little rest", "over the share limit"),
)
QUESTION = "Which rota rules were broken?"
_PEOPLE = Path(__file__).with_name("rota_rules.sql").read_text(encoding="utf-8")
_VACANT = """
WITH piece AS (FROM duty_piece),
span AS (SELECT role, min(from_at) AS from_at, max(until_at) AS until_at FROM piece GROUP BY role),
edge AS (
    SELECT role, unnest([from_at, until_at]) AS edge_at FROM piece
    UNION SELECT s.role, v.valid_from FROM span AS s JOIN role_version AS v USING (role)
    WHERE v.valid_from > s.from_at AND v.valid_from < s.until_at
    UNION SELECT s.role, v.valid_from FROM span AS s JOIN role_version AS r USING (role)
    JOIN calendar_version AS v ON v.calendar = r.calendar
    WHERE v.valid_from > s.from_at AND v.valid_from < s.until_at
),
slice AS (
    SELECT role, edge_at AS from_at, lead(edge_at) OVER (PARTITION BY role ORDER BY edge_at) AS until_at FROM edge
),
manned AS (
    SELECT s.role, s.from_at, s.until_at, count(DISTINCT p.person_id) AS present
    FROM slice AS s LEFT JOIN piece AS p ON p.role = s.role AND p.from_at <= s.from_at AND p.until_at >= s.until_at
    WHERE s.until_at IS NOT NULL
    GROUP BY s.role, s.from_at, s.until_at
)
SELECT m.role, m.from_at, m.until_at, m.present, v.people, c.version AS calendar
FROM manned AS m
JOIN role_version AS v ON v.role = m.role AND m.from_at >= v.valid_from AND m.from_at < v.valid_until
LEFT JOIN calendar_version AS c ON c.calendar = v.calendar AND m.from_at >= c.valid_from AND m.from_at < c.valid_until
WHERE m.present < v.people
    AND ($queues IS NULL OR v.version IN (SELECT version FROM role_queue WHERE list_contains($queues, queue)))
ORDER BY m.role, m.from_at
"""


def rota_rules(
    con: duckdb.DuckDBPyConnection,
    *,
    as_of: str | datetime,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    queue: Queues = None,
) -> duckdb.DuckDBPyRelation:
    """One row per breach that lasted into [since, until), told as a whole.

    rule (three weeks in a row, two weeks in a row, vacant, conflicting roles at once, too little rest, over the share
    limit), roles (a list), person (null: vacant), from_at, until_at, detail (in words). Too little rest lasts from the
    end of one duty to the beginning of the next; shares of time are those of the window. With `queue`, only roles that
    answer for it.
    """
    instant, queues, bounds = parse_instant(as_of), queue_names(queue), window(since, until)
    pieces = duty(con, instant)
    # Roles of burden 0 are no duty: whoever looks on may do so in every week.
    burdened = carried.answering(con, pieces.filter(pl.col("burden") > 0), queues)
    shifts = held_shifts(burdened)
    with known_as(con, duty_piece=pieces, burdened_piece=burdened, burdened_shift=shifts):
        broken = ask(con, _PEOPLE).pl(), _vacant(con, queues)
    over_limit = _over_limit(con, pieces, bounds["since"], min(bounds["until"] or instant, instant), queues)
    breaches = pl.concat([*broken, _without_a_break(shifts), over_limit], how="vertical_relaxed")
    if bounds["since"]:
        breaches = breaches.filter((pl.col("until_at") > bounds["since"]) | (pl.col("from_at") >= bounds["since"]))
    if bounds["until"]:
        breaches = breaches.filter(pl.col("from_at") < bounds["until"])
    return relation(con, breaches.sort("from_at", "rule", "person", "until_at", "detail"))


def _without_a_break(shifts: pl.DataFrame) -> pl.DataFrame:
    """Two weeks and more in a row, over all roles."""
    runs = (
        in_a_row(shifts, "person_id")
        .group_by("person_id", "run")
        .agg(
            pl.first("person"),
            pl.min("from_at"),
            pl.max("until_at"),
            roles=pl.col("role").unique().sort(),
            weeks=weeks(),
        )
    )
    return runs.filter(pl.col("weeks") >= 2).select(
        rule=pl.when(weeks=2).then(pl.lit("two weeks in a row")).otherwise(pl.lit("three weeks in a row")),
        roles="roles",
        person="person",
        from_at="from_at",
        until_at="until_at",
        detail=pl.format("{} weeks without a free one", "weeks"),
    )


def _vacant(con: duckdb.DuckDBPyConnection, queues: list[str] | None) -> pl.DataFrame:
    """Times with too few people, in so far as the hours of the role's calendar lie within them."""
    slices = ask(con, _VACANT, queues=queues).pl()
    hours = working_seconds_by(policies.calendars(con), slices["calendar"], slices["from_at"], slices["until_at"])
    is_same = pl.all_horizontal(pl.col(name) == pl.col(name).shift() for name in ("role", "present", "people"))
    follows = is_same & (pl.col("from_at") == pl.col("until_at").shift())
    return (
        slices.with_columns(hours=hours / 3600.0)
        .with_columns(place=(~follows).fill_null(value=True).cum_sum())
        .group_by("place", maintain_order=True)
        .agg(
            pl.col("role").first(),
            pl.col("from_at").first(),
            pl.col("until_at").last(),
            pl.col("present", "people").first(),
            pl.col("hours").sum(),
        )
        .filter(pl.col("hours") > 0)
        .select(
            rule=pl.lit("vacant"),
            roles=pl.concat_list("role"),
            person=pl.lit(None, pl.String),
            from_at="from_at",
            until_at="until_at",
            detail=pl.format("{} of {} on duty for {} hours", "present", "people", pl.col("hours").round(1)),
        )
    )


def _over_limit(
    con: duckdb.DuckDBPyConnection,
    pieces: pl.DataFrame,
    since: datetime | None,
    until: datetime,
    queues: list[str] | None,
) -> pl.DataFrame:
    held = carried.answering(con, carried.within(pieces, since, until), queues)
    people = carried.times(con, held, since, until).filter("is_over_limit")
    begun = pieces.group_by("role").agg(begun_at=pl.col("from_at").min())
    return people.join(begun, on="role").select(
        rule=pl.lit("over the share limit"),
        roles=pl.concat_list("role"),
        person="person",
        from_at=pl.coalesce(pl.lit(since, pl.Datetime("us")), "begun_at"),
        until_at=pl.lit(until, pl.Datetime("us")),
        detail=pl.format(
            "{} % of {} weeks, limit {} %",
            (100 * pl.col("share_of_time")).round(1),
            pl.col("member_weeks").round(1),
            (100 * pl.col("share_limit")).round(1),
        ),
    )


def summary(rows: duckdb.DuckDBPyRelation) -> pl.DataFrame:
    """One row per rule, the unbroken ones too: rule, breaches, people, hours (they lasted, added up)."""
    return summed(rows.pl())


def summed(breaches: pl.DataFrame) -> pl.DataFrame:
    """The summary of rows that are at hand already."""
    lasted = (pl.col("until_at") - pl.col("from_at")).dt.total_microseconds().sum() / 3600e6
    found = breaches.group_by("rule").agg(
        breaches=pl.len().cast(pl.Int64), people=pl.col("person").drop_nulls().n_unique().cast(pl.Int64), hours=lasted
    )
    rules = pl.DataFrame({"rule": RULES}, schema={"rule": pl.String})
    return rules.join(found, on="rule", how="left", maintain_order="left").fill_null(0)


def figure(rows: duckdb.DuckDBPyRelation) -> go.Figure:
    """Each breach as a bar from its beginning to its end, by who or which role."""
    breaches = rows.select("*, coalesce(person, array_to_string(roles, ', ')) AS who").order("from_at").pl()
    bars = [
        {
            "type": "bar",
            "orientation": "h",
            "name": rule,
            "y": broken["who"].to_list(),
            "base": broken["from_at"].to_list(),
            "x": (broken["until_at"] - broken["from_at"]).dt.total_milliseconds().to_list(),
            "text": broken["detail"].to_list(),
        }
        for rule in RULES
        if not (broken := breaches.filter(rule=rule)).is_empty()
    ]
    return figures.drawn(
        bars,
        question=QUESTION,
        y="Person or role",
        n=breaches.height,
        counted="breaches",
        layout={"xaxis": {"type": "date", "title": {"text": "From and until (UTC)"}}, "barmode": "group"},
    )
