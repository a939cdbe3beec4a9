"""How far a Jira has been read: what one run leaves for the next.

`read`: milliseconds up to which each project's changes are known; `names`, `fields`: what ids were called and which
custom fields were kept then; `census`: when all ids were last counted, and how many each project had.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

Json = Mapping[str, Any]

OVERLAP = timedelta(minutes=10)  # a search may not show yet what happened just now
CENSUS_EVERY = timedelta(days=7)


@dataclass(slots=True)
class Since:
    read: dict[str, int]
    names: dict[str, str]
    fields: dict[str, str]
    counted_at: datetime | None = None
    counts: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, told: Json, projects: list[str], names: dict[str, str], fields: dict[str, str]) -> "Since":
        """From what was written, for these projects. Where a name changed, or other custom fields are kept than then,
        stored tickets are outdated and everything is read again."""
        before: Json = told.get("names") or {}
        is_outdated = any(before.get(known_as, name) != name for known_as, name in names.items())
        is_outdated |= bool(told) and told.get("fields") != fields
        read: Json = {} if is_outdated else told.get("read") or {}
        census: Json = told.get("census") or {}
        return cls(
            {project: int(read.get(project, 0)) for project in projects},
            names,
            fields,
            datetime.fromisoformat(census["at"]) if census.get("at") else None,
            dict(census.get("counts") or {}),
        )

    def groups(self) -> list[tuple[int, list[str]]]:
        """Projects that are read up to the same instant go into one question."""
        ordered = sorted((mark, project) for project, mark in self.read.items())
        return [(mark, [project for _, project in several]) for mark, several in groupby(ordered, lambda pair: pair[0])]

    def is_census_due(self, now: datetime) -> bool:
        return self.counted_at is None or now - self.counted_at >= CENSUS_EVERY

    def json(self) -> dict[str, Any]:
        at = self.counted_at.astimezone(UTC).isoformat() if self.counted_at else None
        census = {"at": at, "counts": dict(self.counts)}
        return {"read": dict(self.read), "names": self.names, "fields": self.fields, "census": census}
