"""What was found against the numbers, and the lines that would mend what can be mended by settings, asked together."""

from dataclasses import dataclass
from datetime import datetime

import duckdb

from metrics.findings import Kind, findings
from metrics.missing_words import Paste, person_lines, stage_lines, team_lines


@dataclass(frozen=True, eq=False)
class Trust:
    """kinds are the findings, those first that ask for something; pastes are lines for watchbill.toml."""

    kinds: tuple[Kind, ...]
    pastes: tuple[Paste, ...]

    @property
    def total(self) -> int:
        return sum(kind.findings for kind in self.kinds)


def trust(con: duckdb.DuckDBPyConnection, *, as_of: str | datetime) -> Trust:
    """Everything that was found by as_of."""
    kinds = findings(con, as_of=as_of)
    return Trust(kinds, (*stage_lines(con, kinds=kinds), *person_lines(con, kinds=kinds), *team_lines(kinds=kinds)))
