"""Clocks counted by their verdict, and the share that was kept."""

from dataclasses import dataclass

import polars as pl

from metrics.distributions import wilson_interval


@dataclass(frozen=True, slots=True)
class Kept:
    """Clocks by verdict. The share is met of judged (None where nothing is); running ones are in neither."""

    met: int = 0
    breached_closed: int = 0
    breached_open: int = 0
    running: int = 0

    @property
    def breached(self) -> int:
        return self.breached_closed + self.breached_open

    @property
    def judged(self) -> int:
        return self.met + self.breached

    @property
    def share(self) -> float | None:
        return self.met / self.judged if self.judged else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 %, by Wilson's score."""
        return wilson_interval(self.met, self.judged)


def kept(verdicts: pl.Series) -> Kept:
    """A column of verdicts, counted."""
    counts = dict(verdicts.value_counts().iter_rows())
    names = ("met", "breached-closed", "breached-open", "running")
    return Kept(*(int(counts.get(name, 0)) for name in names))
