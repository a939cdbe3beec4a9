"""What every table of the settings shares: unknown keys are refused, values keep their types, nothing changes later."""

from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, Field

from settings.formats import Instant

EVER = datetime(1, 1, 1, tzinfo=UTC)


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Versioned(Table):
    valid_from: Instant = EVER


class QueuePolicy(Versioned):
    """What holds for some queues: names, or patterns with * and ?."""

    queues: list[str] = Field(default_factory=lambda: ["*"], min_length=1)


class TrackerPolicy(QueuePolicy):
    """What holds for some queues of some trackers: one tracker's `open` is another's `new`."""

    sources: list[str] = Field(default_factory=lambda: ["*"], min_length=1)
