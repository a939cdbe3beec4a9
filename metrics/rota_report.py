"""Everything the page "Who has carried what?" says of duties that were held, as numbers, asked at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
import polars as pl

from metrics.concentration import concentration_summary
from metrics.fairness import rotation_fairness, summed
from metrics.rota_rules import rota_rules
from metrics.shift_load import shift_load
from metrics.side_by_side import side_by_side


@dataclass(frozen=True, eq=False)
class RotaReport:
    """people are rows of `rotation_fairness`, spreads its summary, and spreads_before that of the window before; loads
    are rows of `shift_load`, breaches of `rota_rules`; hangs_on is the summary of `role_concentration`."""

    people: pl.DataFrame
    spreads: pl.DataFrame
    spreads_before: pl.DataFrame
    loads: pl.DataFrame
    breaches: pl.DataFrame
    hangs_on: pl.DataFrame


def rota_report(
    con: duckdb.DuckDBPyConnection, *, as_of: datetime, since: datetime, before: datetime, queue: Sequence[str]
) -> RotaReport:
    """The window [since, as_of), and the one before, [before, since) as known when it ended."""
    window: dict[str, Any] = {"as_of": as_of, "since": since, "queue": list(queue)}
    with side_by_side(con) as ask:
        loads = ask(_rows, shift_load, **window)
        fair = ask(_rows, rotation_fairness, **window)
        earlier = ask(_rows, rotation_fairness, as_of=since, since=before, queue=list(queue))
        hangs_on = ask(concentration_summary, **window)
        breaches = ask(_rows, rota_rules, **window)
    people = fair.result()
    return RotaReport(
        people, summed(people), summed(earlier.result()), loads.result(), breaches.result(), hangs_on.result()
    )


def _rows(
    con: duckdb.DuckDBPyConnection, /, metric: Callable[..., duckdb.DuckDBPyRelation], **asked: Any
) -> pl.DataFrame:
    return metric(con, **asked).pl()
