"""What the trackers' words mean: stages, priorities, and when a ticket counts as triaged.

Of the tables of one kind, the first whose `sources` and `queues` match a ticket decides.
"""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from settings.base import TrackerPolicy
from settings.formats import PriorityWord, Rule
from settings.presets import PRIORITY_PRESETS, STAGE_PRESETS, TRIAGE_PRESETS, Stage


def known_presets(names: list[str], presets: dict[str, Any]) -> None:
    """Raise ValueError for the first name that is no preset."""
    for name in names:
        if name not in presets:
            raise ValueError(f"presets: {name!r} is unknown; choose among {', '.join(presets)}")


class Stages(TrackerPolicy):
    """Which source status, board column or label means which stage. `presets` are read first, in order.

    A status that is not named here has the stage that the tracker itself gives it, where it gives one.
    """

    presets: list[str] = Field(default_factory=list)
    status: dict[str, Stage] = Field(default_factory=dict)
    column: dict[str, Stage] = Field(default_factory=dict)
    label: dict[str, Stage] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _presets_exist(self) -> Self:
        known_presets(self.presets, STAGE_PRESETS)
        return self

    def mapping(self, field: Literal["status", "column", "label"]) -> dict[str, Stage]:
        """Source value to stage, presets first and this table's own entries over them."""
        merged: dict[str, Stage] = {}
        for preset in self.presets:
            merged |= STAGE_PRESETS[preset].get(field, {})
        own: dict[str, Stage] = getattr(self, field)
        return merged | own


class Priorities(TrackerPolicy):
    """Which label or native value means which priority; the order is from most to least urgent.

    A native value is a word, or a range of whole numbers such as `90-100`. `presets` are read first, in order.
    """

    presets: list[str] = Field(default_factory=list)
    order: list[str] = Field(default_factory=lambda: ["P0", "P1", "P2", "P3", "P4"], min_length=1)
    default: list[str] = Field(default_factory=list)  # values that mean nobody has chosen yet
    label: dict[str, str] = Field(default_factory=lambda: {f"P{n}": f"P{n}" for n in range(5)})
    value: dict[PriorityWord, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _targets_are_ordered(self) -> Self:
        known_presets(self.presets, PRIORITY_PRESETS)
        for target in [*self.label.values(), *self.values().values()]:
            if target not in self.order:
                raise ValueError(f"{target!r} is not in order = {self.order}; add it there, or correct it")
        return self

    def values(self) -> dict[str, str]:
        """Native value to priority, presets first and this table's own entries over them."""
        merged: dict[str, str] = {}
        for preset in self.presets:
            merged |= PRIORITY_PRESETS[preset]["value"]
        return merged | self.value

    def undecided(self) -> list[str]:
        """The values that mean nobody has chosen yet: this table's own, or else those of the presets."""
        return self.default or [word for preset in self.presets for word in PRIORITY_PRESETS[preset]["default"]]


class Triage(TrackerPolicy):
    """When a ticket counts as triaged: a preset's name, or conditions joined by any and all."""

    rule: Rule = "labelled"

    def expression(self) -> dict[str, Any]:
        """The rule as nested any/all over conditions, presets spelled out."""
        return TRIAGE_PRESETS[self.rule] if isinstance(self.rule, str) else self.rule
