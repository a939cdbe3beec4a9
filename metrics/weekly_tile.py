"""A headline figure of a week, with the week before, its target, its n, its rule and its definition."""

from dataclasses import dataclass
from typing import Literal

from metrics.catalogue import catalogue
from metrics.wording import NOTHING

Tone = Literal["good", "bad", "neutral", "unknown"]
SEVEN_DAYS = "The week before means the same hour seven days earlier."


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure. value and before are numbers (None: not known), shown and shown_before the same in words.

    n counts what the figure is of: the rows behind it. tone is judged by `rule`, `verdict` says it in words; unknown is
    grey.
    """

    name: str
    label: str
    value: float | None
    shown: str
    before: float | None
    shown_before: str
    target: str | None
    n: int
    unit: str
    note: str
    tone: Tone
    verdict: str
    rule: str
    definition: str
    rows: str


def definition_of(metric: str) -> str:
    """A metric's four lines: Counts, Ignores, Clock, Undefined."""
    return next(entry.definition for entry in catalogue() if entry.name == metric)


def not_known(name: str, label: str, metric: str, verdict: str, rule: str, rows: str | None = None) -> Tile:
    """A tile of which nothing can be said, and why."""
    return Tile(
        name, label, None, NOTHING, None, NOTHING, None, 0, "", "", "unknown", verdict, rule, definition_of(metric),
        rows or name,
    )  # fmt: skip


def shown(count: int | None) -> str:
    return NOTHING if count is None else f"{count:,}"
