"""What a tracker would have recorded of the made-up lives: rows of the table event."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from benchmarks.synthetic.lives import CATEGORY, IN_FAMILY, TYPE, by_source, word

_PRIORITIES = {
    "github": ("P0", "P1", "P2", "P3"),
    "jira": ("Highest", "High", "Medium", "Low"),
    "phorge": ("Unbreak Now!", "High", "Normal", "Low"),
}
_STATUSES = {  # GitHub's boards say the stages between
    "github": {"opened": "open", "done": "completed", "reopened": "open", "redone": "completed"},
    "jira": {"opened": "To Do", "triaged": "Selected", "active": "In Progress", "waiting": "Waiting",
             "resumed": "In Progress", "done": "Done", "reopened": "In Progress", "redone": "Done"},
    "phorge": {"opened": "open", "active": "progress", "waiting": "stalled", "resumed": "progress",
               "done": "resolved", "reopened": "open", "redone": "resolved"},
}  # fmt: skip
_COLUMNS = {"opened": "New", "triaged": "Triaged", "active": "In progress", "waiting": "Waiting",
            "resumed": "In progress", "done": "Done", "reopened": "In progress", "redone": "Done"}  # fmt: skip
_SAYINGS = ("I had a look, more tomorrow.", "It is the disk again.", "Done, please have a look.", "We wait for parts.")
_SINGLE = ("status", "column", "priority", "queue")  # what was lost is what was held before
_NOTHING, _ALL = pl.lit(None, pl.String), pl.lit(True)
_GITHUB, _JIRA, _PHORGE = (pl.col("source") == name for name in ("github", "jira", "phorge"))


@dataclass(frozen=True, slots=True)
class Happening:
    """One kind of event: the instant's column, whose doing, what changed from what to what, and for which tickets."""

    when: str
    who: str
    field: str
    new: pl.Expr
    old: pl.Expr = _NOTHING
    where: pl.Expr = _ALL


def events_of(made_up: pl.DataFrame, end: datetime) -> pl.DataFrame:
    """Rows of the table event before `end`, each ticket's together and in order."""
    columns = "number", "ticket_id", "occurred_at", "order", "actor_id", "field", "old", "new"
    before_end = pl.col("occurred_at") < pl.min_horizontal("gone", pl.lit(end, pl.Datetime("us")))
    parts = [
        made_up.lazy()
        .filter(kind.where)
        .with_columns(occurred_at=kind.when, actor_id=kind.who, old=kind.old, new=kind.new)
        .filter(before_end)
        .with_columns(order=pl.lit(order), field=pl.lit(kind.field))
        .select(columns)
        for order, kind in enumerate(_happenings())
    ]
    held_before = pl.col("new").shift().over("number", "field")
    is_opening = pl.col("order") < len(_openings())
    told = pl.concat(parts).sort("number", "occurred_at", "order").with_columns(
        seq=pl.when(is_opening).then(0).otherwise(pl.int_range(pl.len()).over("number")),
        old=pl.when(pl.col("field").is_in(_SINGLE)).then(held_before).otherwise("old"),
    )  # fmt: skip
    opening, later = pl.format("opened/{}/{}", "field", "order"), pl.format("change/{}", "seq")
    return told.with_columns(
        event_id=pl.when(is_opening).then(opening).otherwise(later), origin=pl.lit("recorded")
    ).drop("number", "order").collect()  # fmt: skip


def _happenings() -> list[Happening]:
    return [*_openings(), *_stages(), *_decisions(), *_words()]


def _said(words: Mapping[str, tuple[str, ...]], index: pl.Expr) -> pl.Expr:
    return by_source(*(word(words[source], index) for source in ("github", "jira", "phorge")))


def _openings() -> list[Happening]:
    """What a ticket is born with."""
    author = "opened", "author"
    status = by_source(*(pl.lit(_STATUSES[source]["opened"]) for source in _STATUSES))
    unset = by_source(_NOTHING, pl.lit("Medium"), pl.lit("Needs Triage"))
    return [
        Happening(*author, "created", _NOTHING),
        Happening(*author, "status", status),
        Happening(*author, "title", pl.col("title")),
        Happening(*author, "queue", pl.col("queue")),
        Happening(*author, "priority", unset, where=~_GITHUB),
        Happening(*author, "type", TYPE, where=_JIRA),
        Happening(*author, "project", pl.col("queue"), where=_PHORGE),
        Happening(*author, "label", CATEGORY, where=~_JIRA & ((pl.col("kind") < 0.3) | IN_FAMILY)),
        Happening("opened", "robot", "column", pl.lit("New"), where=_GITHUB),
    ]


def _stages() -> list[Happening]:
    """From stage to stage, as each tracker tells it."""
    actors = {"triaged": "triager", "reopened": "author"}
    told = [
        Happening(when, actors.get(when, "owner"), "status", pl.lit(status), where=pl.col("source") == source)
        for source, statuses in _STATUSES.items()
        for when, status in statuses.items()
        if when != "opened"
    ]
    return told + [
        Happening(when, "robot" if column == "Done" else "triager", "column", pl.lit(column), where=_GITHUB)
        for when, column in _COLUMNS.items()
        if when != "opened"
    ]


def _decisions() -> list[Happening]:
    """Who, how urgent, where, what for."""
    index = pl.col("priority")
    chosen, raised = _said(_PRIORITIES, index), _said(_PRIORITIES, (index - 1).clip(0))
    day = pl.col("triaged").dt.offset_by("14d").dt.strftime("%Y-%m-%d")
    return [
        Happening("triaged", "triager", "label", chosen, where=_GITHUB),
        Happening("triaged", "triager", "priority", chosen, where=_PHORGE | (_JIRA & (index != 2))),
        Happening("triaged", "triager", "label", CATEGORY, where=pl.col("kind").is_between(0.3, 0.5) & ~IN_FAMILY),
        Happening("raised", "triager", "label", _NOTHING, chosen, where=_GITHUB & (index > 0)),
        Happening("raised", "triager", "label", raised, where=_GITHUB & (index > 0)),
        Happening("raised", "triager", "priority", raised, where=~_GITHUB & (index > 0)),
        Happening("owned", "triager", "owner", pl.col("owner")),
        Happening("handed", "owner", "owner", _NOTHING, pl.col("owner")),
        Happening("handed", "owner", "owner", pl.col("helper")),
        Happening("moved", "triager", "queue", pl.col("other_queue"), where=~IN_FAMILY),
        Happening("triaged", "triager", "eta", day, where=pl.col("planned") < 0.05),
        Happening("triaged", "triager", "custom.severity", pl.format("SEV{}", index), where=pl.col("seen") < 0.03),
        Happening("done", "owner", "effort", pl.format("{}", (pl.col("worked") * 1_000).cast(pl.Int32)),
                  where=pl.col("worked") < 0.15),
        *_links(),
    ]  # fmt: skip


def _links() -> list[Happening]:
    """Post-mortems and actions lead to their incident; its labels say how far it is."""
    link = pl.format("child_of {}", "root_id")
    return [
        Happening("opened", "author", "link", link, where=pl.col("member").is_between(1, 3)),
        Happening("active", "owner", "label", pl.lit("mitigated"), where=_mostly(0)),
        Happening("active", "owner", "label", pl.lit("debrief held"), where=_mostly(1)),
    ]


def _mostly(member: int) -> pl.Expr:
    return (pl.col("member") == member) & (pl.col("worked") < 0.6)


def _words() -> list[Happening]:
    """What is written."""
    answer = word(_SAYINGS, pl.col("number") % len(_SAYINGS))
    return [
        Happening("greeted", "robot", "comment", pl.lit("Thank you, somebody will look.")),
        Happening("answered", "answerer", "comment", answer),
        Happening("asked", "author", "comment", pl.lit("Is there any news?")),
        Happening("told", "owner", "comment", pl.lit("Working on it."), where=pl.col("spoken") > 0.1),
        Happening("told", "owner", "note", pl.lit("Asked the vendor."), where=(pl.col("spoken") <= 0.1) & ~_GITHUB),
        Happening("resumed", "author", "comment", pl.lit("Here is what you asked for.")),
        Happening("described", "author", "description", pl.lit("More words than before.")),
    ]
