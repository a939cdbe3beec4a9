"""What every question of this benchmark is about: two years of weeks, told at the end of the made-up history."""

from datetime import UTC, timedelta

from benchmarks.synthetic import END
from metrics.weeks import Week

AS_OF = f"{END:%Y-%m-%dT%H:%M}Z"
WEEKS = Week.containing(END.replace(tzinfo=UTC) - timedelta(microseconds=1), "UTC").through(104)
FIRST = WEEKS[0].starts_at.replace(tzinfo=None)
